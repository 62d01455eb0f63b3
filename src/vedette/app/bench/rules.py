"""How good each rule of the watch is, over the built-in scenarios: due, alerted, missed, false, warning time.

Each rule by itself: that one gives way to another (`unless`) is left out, so that none hides behind
another. One task is one scenario with one seed, in a process of its own, through the code of simulate and
replay.

With `together`, the rules as they stand, and what an officer is rung for: see `rules_rings`.
"""

import argparse
import concurrent.futures
import multiprocessing
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec
import numpy as np
from msgspec import Struct, structs
from numpy.typing import NDArray

from vedette.app.bench import rules_rings
from vedette.core.alert import Alert
from vedette.evaluate.rules import Raised, RuleScore
from vedette.watch.rule import RuleSet

R = TypeVar("R")
Say = Callable[[str], None]
Task = tuple[str, int, float, Path | None]  # scenario, seed, seconds, file of rules
MOST: Final = 500  # individuals of a scenario that is run unasked


class Run(Struct, frozen=True):
    """One scenario with one seed."""

    scenario: str
    seed: int
    rules: list[RuleScore]


@dataclass(frozen=True, slots=True)
class RulesOptions:
    """What the command line asks for. rules: a file; None is the built-in ones.

    first      seed, the others count up from it
    together   what an officer is rung for; intruders: whether those come who have no business there
    """

    scenarios: tuple[str, ...] | None
    seeds: int
    minutes: float
    rules: Path | None = None
    jobs: int | None = None
    first: int = 1
    together: bool = False
    intruders: bool = True


def wanted(options: argparse.Namespace) -> RulesOptions:
    """What the command line asks for."""
    names = None if options.scenarios is None else tuple(options.scenarios.split(","))
    together = options.together or options.without_intruders
    return RulesOptions(
        names, options.seeds, options.minutes, options.rules, options.jobs, options.first_seed, together,
        intruders=not options.without_intruders,
    )  # fmt: skip


def bench(options: RulesOptions, say: Say) -> tuple[dict[str, Any], str]:
    """Run everything; returns figures and lines to print."""
    names = list(options.scenarios) if options.scenarios else _small(say)
    tasks = [
        (name, seed, options.minutes * 60.0, options.rules)
        for name in names
        for seed in range(options.first, options.first + options.seeds)
    ]
    jobs = options.jobs or os.cpu_count() or 1
    if options.together:
        return _rung(options, names, tasks, jobs, say)
    runs = list(_runs(run_one, tasks, jobs, say))
    totals = summed([score for run in runs for score in run.rules])
    by_scenario = {name: summed([s for r in runs if r.scenario == name for s in r.rules]) for name in names}
    summary = {
        "settings": {"seeds": options.seeds, "minutes": options.minutes},
        "rules": totals,
        "scenarios": by_scenario,
    }
    return msgspec.to_builtins(summary), table(totals, by_scenario)


def _rung(
    options: RulesOptions, names: list[str], tasks: Sequence[Task], jobs: int, say: Say
) -> tuple[dict[str, Any], str]:
    """What an officer is rung for: figures and lines."""
    one = partial(rules_rings.run_one, intruders=options.intruders)
    runs = list(_runs(one, tasks, jobs, say))
    totals = rules_rings.summed([run.rings for run in runs])
    by_scenario = {
        name: rules_rings.summed([run.rings for run in runs if run.scenario == name]) for name in names
    }
    settings = {
        "seeds": [options.first, options.first + options.seeds - 1],
        "minutes": options.minutes,
        "intruders": options.intruders,
    }
    each = rules_rings.each(runs)
    summary = {"settings": settings, "all": totals, "scenarios": by_scenario, "each": each}
    return msgspec.to_builtins(summary), rules_rings.table(totals, by_scenario)


def _small(say: Say) -> list[str]:
    """All built-in scenarios but those that are a load and no scene."""
    from vedette.simulate.load import builtin_names, load_scenario
    from vedette.simulate.simulation import Simulation

    out = []
    for name in builtin_names():
        size = len(Simulation(load_scenario(name)).roster)
        if size > MOST:
            say(f"{name} has {size:,} individuals and is left out: name it with --scenarios")
        else:
            out.append(name)
    return out


def _runs(
    one: Callable[[str, int, float, Path | None], R], tasks: Sequence[Task], jobs: int, say: Say
) -> Iterator[R]:
    """All runs in the order of tasks, however long each takes."""
    began_s = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(
        min(jobs, len(tasks)), mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1
    ) as pool:
        futures = [pool.submit(one, *task) for task in tasks]
        for done, _ in enumerate(concurrent.futures.as_completed(futures), start=1):
            say(f"{done} of {len(tasks)} runs, {time.monotonic() - began_s:.0f} s")
        yield from (future.result() for future in futures)


def run_one(name: str, seed: int, seconds: float, rules_file: Path | None = None) -> Run:
    """One scenario with one seed."""
    from vedette.app import rules
    from vedette.app.bench.rules_truth import due_of, entries
    from vedette.app.circumstances import circumstances
    from vedette.app.config import load, load_zone_files
    from vedette.app.replay import ReplayOptions, replay
    from vedette.app.sector import SectorOutput
    from vedette.app.simulate import simulate
    from vedette.evaluate.beside import beside
    from vedette.evaluate.matching import match
    from vedette.evaluate.picture import load_picture
    from vedette.evaluate.rules import rule_scores
    from vedette.evaluate.score import CUTOFF_M
    from vedette.evaluate.truth import load_truth
    from vedette.simulate.load import load_scenario

    alone = by_themselves(rules.built_in() if rules_file is None else rules.read(rules_file))
    alerts: list[Alert] = []

    def take(output: SectorOutput) -> None:
        alerts.extend(output.alerts)

    folder = Path(tempfile.mkdtemp(prefix="vedette-rules-"))
    try:
        simulate(name, folder, seconds=seconds, seed=seed, say=_quiet)
        replay(ReplayOptions([folder], folder), _quiet, on_output=take, rules=alone)
        config = load(folder / "node.toml")
        zones = load_zone_files(config, folder)
        rows = load_truth(folder / "truth.csv")
        scenario = load_scenario(name)
        about = circumstances(scenario, sorted(set(rows["id"].tolist())), scenario.start_ns)
        due = due_of(rows, zones, alone, config.watch, about)
        matches = match(beside(load_picture(folder / "picture.duckdb"), rows, CUTOFF_M), CUTOFF_M)
        used = [rule.name for rule in alone.used()]
        scores = rule_scores(used, due, raised_of(alerts), rows, matches, entries(rows, zones))
        return Run(name, seed, scores)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def by_themselves(rules: RuleSet) -> RuleSet:
    """The rules without giving way to each other."""
    alone = [structs.replace(rule, common=structs.replace(rule.common, unless=[])) for rule in rules.rules]
    return structs.replace(rules, rules=tuple(alone))


def raised_of(alerts: Sequence[Alert]) -> list[Raised]:
    """The first change of every alert, with all that it ever was about."""
    first: dict[str, Raised] = {}
    for alert in alerts:
        of_many = alert.members if alert.kind in ("swarm", "formation") else []
        ids = tuple(i for i in (alert.track_id, *of_many) if i)
        before = first.get(alert.alert_id)
        if before is not None:
            first[alert.alert_id] = structs.replace(before, ids=tuple(dict.fromkeys((*before.ids, *ids))))
        elif alert.state != "cleared":
            first[alert.alert_id] = Raised(alert.time_ns, alert.rule, ids, alert.sensor)
    return list(first.values())


def summed(scores: Sequence[RuleScore]) -> list[dict[str, Any]]:
    """One row a rule: counts, false alerts an hour, warning times."""
    out = []
    for rule in dict.fromkeys(score.rule for score in scores):
        mine = [score for score in scores if score.rule == rule]
        hours = sum(score.hours for score in mine)
        warnings = np.array([s for score in mine for s in score.warnings_s])
        seen = np.array([s for score in mine for s in score.seen_s])
        out.append(
            {
                "rule": rule,
                "due": sum(score.due for score in mine),
                "alerted": sum(score.alerted for score in mine),
                "missed": sum(score.missed for score in mine),
                "false": sum(score.false_alerts for score in mine),
                "false_per_hour": sum(score.false_alerts for score in mine) / hours if hours else None,
                "warning_s_median": _quantile(warnings, 0.5),
                "warning_s_p10": _quantile(warnings, 0.1),
                "seen_in_time": len(seen),
                "seen_warning_s_median": _quantile(seen, 0.5),
                "seen_warning_s_p10": _quantile(seen, 0.1),
                "missed_names": _counted([name for score in mine for name in score.missed_names]),
                "false_names": _counted([name for score in mine for name in score.false_names]),
            }
        )
    return out


def _quantile(values: NDArray[np.float64], q: float) -> float | None:
    return round(float(np.quantile(values, q)), 1) if len(values) else None


def _counted(names: list[str]) -> dict[str, int]:
    return {name: names.count(name) for name in sorted(set(names))}


def table(totals: list[dict[str, Any]], by_scenario: dict[str, list[dict[str, Any]]]) -> str:
    """All rules over all scenarios; then each scenario's rules that had anything to tell."""
    lines = [_HEAD, *(_line(row["rule"], row) for row in totals)]
    for name, rows in by_scenario.items():
        told = [row for row in rows if row["due"] or row["false"]]
        lines += ["", name, *(_line(f"  {row['rule']}", row) for row in told)]
        for row in told:
            for what in ("missed", "false"):
                if row[f"{what}_names"]:
                    who = ", ".join(f"{k} x{n}" if n > 1 else k for k, n in row[f"{what}_names"].items())
                    lines.append(f"    {row['rule']} {what}: {who}")
    return "\n".join(lines)


_HEAD: Final = (
    f"{'rule':<20}{'due':>5}{'alerted':>9}{'missed':>8}{'false':>7}{'false/h':>9}"
    f"{'warning median, p10 s':>24}{'seen in time: n, median, p10 s':>33}"
)


def _line(name: str, row: dict[str, Any]) -> str:
    def s(value: float | None) -> str:
        return "-" if value is None else f"{value:.1f}"

    warned = f"{s(row['warning_s_median'])}, {s(row['warning_s_p10'])}"
    seen = f"{row['seen_in_time']}, {s(row['seen_warning_s_median'])}, {s(row['seen_warning_s_p10'])}"
    return (
        f"{name:<20}{row['due']:>5}{row['alerted']:>9}{row['missed']:>8}{row['false']:>7}"
        f"{s(row['false_per_hour']):>9}{warned:>24}{seen:>33}"
    )


def _quiet(line: str) -> None:
    """Nothing is said of a single run."""
