"""The standing scorecard: every built-in scenario simulated, replayed, scored and reviewed, seed by seed.

One task is one scenario with one seed, in a process of its own that gives its memory back when it ends. The
same scenarios, seeds and minutes give the same figures, so that a figure that got worse is a difference in
docs/scorecard.md that somebody reads.
"""

import concurrent.futures
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from vedette.app.bench import scorecard_page as page
from vedette.app.bench.scorecard_page import Case, Held, Settings
from vedette.core.errors import ConfigError, StorageError

Say = Callable[[str], None]
MOST: Final = 500  # individuals of a scenario that is run unasked


class Run(Struct, frozen=True):
    """One scenario with one seed: figures by name, who was missed and why, how everybody was held."""

    scenario: str
    seed: int
    figures: dict[str, float]
    cases: list[Case]
    held: list[Held]


@dataclass(frozen=True, slots=True)
class ScorecardOptions:
    """What the command line asks for. None takes what the committed file has, or the defaults.

    file   the committed scorecard
    check  compare only: nothing is written
    jobs   processes at a time; None is one a core
    """

    scenarios: tuple[str, ...] | None
    seeds: int | None
    minutes: float | None
    file: Path
    check: bool
    jobs: int | None = None


def bench(options: ScorecardOptions, say: Say) -> tuple[dict[str, Any], str, bool]:
    """Run everything; returns figures, lines to print, and False where a check found a worse figure."""
    before = page.read(options.file) if options.file.is_file() else None
    if options.check and before is None:
        raise StorageError(f"{options.file}: expected a scorecard to check against, got none")
    settings = _settings(options, before.settings if before else None)
    names = _names(options, say)
    runs = list(_runs(names, settings, options.jobs or os.cpu_count() or 1, say))
    rows = [page.row_of(name, [r.figures for r in runs if r.scenario == name]) for name in names]
    cases = {name: [case for r in runs if r.scenario == name for case in r.cases] for name in names}
    held = {name: [one for r in runs if r.scenario == name for one in r.held] for name in names}
    worse = page.worse(before, rows, settings) if before else []
    if not options.check:
        kept = _kept(before, names, settings) if options.scenarios else []
        text = page.written(settings, rows, cases, held, kept, before.nights if before else "")
        try:
            options.file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{options.file}: cannot write: {error}") from error
    lines = [page.table(rows), *(["", "worse than the file:", *worse] if worse else ["", _fine(before)])]
    summary = {"settings": settings, "rows": rows, "worse": worse}
    return page.as_json(summary), "\n".join(lines), not worse or not options.check


def _fine(before: page.Card | None) -> str:
    return "nothing got worse than the file" if before else "there was no file to compare with"


def _settings(options: ScorecardOptions, before: Settings | None) -> Settings:
    """As asked for; else as the file has it, so that its figures can be compared; else the defaults."""
    usual = before or Settings(seeds=3, minutes=5.0)
    wanted = Settings(
        seeds=usual.seeds if options.seeds is None else options.seeds,
        minutes=usual.minutes if options.minutes is None else options.minutes,
    )
    if options.check and before is not None and wanted != before:
        raise ConfigError("--check", f"the file's own settings: {before.words()}", wanted.words())
    return wanted


def _names(options: ScorecardOptions, say: Say) -> list[str]:
    """Those that were asked for; else all that are built in, but for those that are a load and no scene."""
    from vedette.simulate.load import builtin_names, load_scenario
    from vedette.simulate.simulation import Simulation

    scenarios = {name: load_scenario(name) for name in options.scenarios or builtin_names()}
    if options.scenarios:
        return list(scenarios)
    sizes = {name: len(Simulation(scenario).roster) for name, scenario in scenarios.items()}
    for name, size in sizes.items():
        if size > MOST:
            say(f"{name} has {size:,} individuals and is left out: name it with --scenarios")
    return [name for name, size in sizes.items() if size <= MOST]


def _kept(before: page.Card | None, names: Sequence[str], settings: Settings) -> list[page.Kept]:
    """What the file says of scenarios that were not run now."""
    if before is None or before.settings != settings:
        return []
    return [kept for kept in before.kept if kept.name not in names]


def _runs(names: Sequence[str], settings: Settings, jobs: int, say: Say) -> Iterator[Run]:
    """All runs in the order of scenarios and seeds, however long each takes."""
    tasks = [(name, seed, settings.minutes * 60.0) for name in names for seed in range(1, settings.seeds + 1)]
    spawn = multiprocessing.get_context("spawn")
    began_s = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(
        min(jobs, len(tasks)), mp_context=spawn, max_tasks_per_child=1
    ) as pool:
        futures = [pool.submit(run_one, *task) for task in tasks]
        for done, _ in enumerate(concurrent.futures.as_completed(futures), start=1):
            say(f"{done} of {len(tasks)} runs, {time.monotonic() - began_s:.0f} s")
        yield from (future.result() for future in futures)


def run_one(name: str, seed: int, seconds: float) -> Run:
    """One scenario with one seed, through the same code as simulate, replay, score and review."""
    from vedette.app.circumstances import circumstances
    from vedette.app.config import load, load_zone_files
    from vedette.app.replay import ReplayOptions, replay
    from vedette.app.review import Plots, reviewed
    from vedette.app.simulate import simulate
    from vedette.evaluate.picture import load_picture
    from vedette.evaluate.runs import figures
    from vedette.evaluate.score import compare
    from vedette.evaluate.truth import load_truth
    from vedette.evaluate.verdict import LATE_S
    from vedette.simulate.load import load_scenario

    folder = Path(tempfile.mkdtemp(prefix="vedette-scorecard-"))
    try:
        simulate(name, folder, seconds=seconds, seed=seed, say=_quiet)
        config = load(folder / "node.toml")
        plots = Plots(config)
        replay(ReplayOptions([folder], folder), _quiet, on_batch=plots.take)
        rows = load_truth(folder / "truth.csv")
        zones = load_zone_files(config, folder)
        compared = compare(load_picture(folder / "picture.duckdb"), rows, zones, largest=0.0)
        scenario = load_scenario(name)
        about = circumstances(scenario, sorted(set(rows["id"].tolist())), scenario.start_ns)
        gone = reviewed(compared, plots.observations(), plots.sensors, about, LATE_S)
        numbers = {**figures(compared.score), **page.of_review(compared.score, gone.review)}
        return Run(name, seed, numbers, page.cases_of(gone.review, seed), page.held_of(gone.review))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _quiet(line: str) -> None:
    """Nothing is said of a single run."""
