"""The bench: a model of motion judged on simulated seeds and on recordings, and taught anew.

Three things are judged, each on what it was not taught with: the model alone on simulated tracks, the whole
stage on the same (its sensors' word and claims with it), and the model alone on recordings kept aside.

A task is one scene, one scenario with one seed, or the recordings; each has a process that gives its memory
back. The same tasks give the same figures and the same model.
"""

import concurrent.futures
import multiprocessing
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.classify import figures, recordings, teach
from vedette.app.bench.classify.boosting import Recipe
from vedette.app.bench.classify.examples import EXAMPLE, gathered, ground_of, played
from vedette.app.bench.classify.scenes import scene
from vedette.core.classes import CLASSES, N_CLASSES
from vedette.core.errors import ConfigError, StorageError
from vedette.identify.evidence import USED_PRIOR
from vedette.identify.model import FILE, Model, builtin, ignorant, load, to_bytes
from vedette.simulate.load import load_scenario

Array = NDArray[np.float64]
Say = Callable[[str], None]

SECONDS: Final = 100.0
SCENES: Final = 40  # that a model is taught with
FOLLOWED: Final = range(201, 241)  # scenes whose truth is seen as recordings are, to teach with
TAUGHT_SEEDS: Final = (11,)  # of built-in scenarios
SCENARIOS: Final = (
    "airport", "balloons", "border_drones", "brussels", "concert", "fast_jets", "government_building",
    "land_border", "nuclear_plant", "prison", "rally", "sea_border", "ships", "stadium", "summit",
)  # fmt: skip
TAUGHT_SCENARIOS: Final = (
    "airport", "balloons", "border_drones", "nuclear_plant", "ships", "stadium",
)  # fmt: skip
_STRETCHES: Final = 3  # of an individual in recordings
_STRETCHES_ALONE: Final = 40  # of one that is all there is of its kind
_STRETCHES_MANY: Final = 1  # kept aside, of one of hundreds
DRAWS: Final = range(2, 10)  # of the errors that recordings kept aside are seen with


@dataclass(frozen=True, slots=True)
class Task:
    """Where examples come from: a "scene", a "scenario", "recordings", or "followed", a scene as if recorded.

    taught  of recordings: those that are learnt from, or those kept aside
    """

    kind: str
    name: str
    seed: int
    model: Model
    taught: bool = False

    @property
    def words(self) -> str:
        """For progress."""
        return f"{self.kind} {self.name or self.seed} {self.seed if self.name else ''}".strip()


@dataclass(frozen=True, slots=True)
class ClassifyOptions:
    """What the command line asks for.

    seeds       of scenes and scenarios that are judged: none that was taught
    scenarios   built-in ones that are judged
    recordings  folder of shared recordings; None or absent leaves them out
    train       file to write a new model to; None judges the one that comes with Vedette
    scenes      random ones that the new model is taught with
    kept        folder where examples to teach with are kept, and taken from when they are there
    """

    seeds: tuple[int, ...]
    scenarios: tuple[str, ...] = SCENARIOS
    recordings: Path | None = None
    train: Path | None = None
    scenes: int = SCENES
    kept: Path | None = None
    jobs: int | None = None


def bench(options: ClassifyOptions, say: Say) -> tuple[dict[str, Any], str]:
    """Teach if asked for, judge, and tell; returns figures and lines to print."""
    taught = [seed for seed in options.seeds if seed <= SCENES or seed in (*TAUGHT_SEEDS, *FOLLOWED)]
    if taught:
        raise ConfigError(
            "--seeds",
            f"seeds above {SCENES} and none of {FOLLOWED.start} to {FOLLOWED.stop - 1}",
            f"{taught}",
        )
    for name in options.scenarios:
        load_scenario(name)  # a wrong name is told before minutes have passed
    there = options.recordings if options.recordings and options.recordings.is_dir() else None
    if options.recordings and there is None:
        say(f"{options.recordings} is not there: recordings are left out")
    model = builtin() if options.train is None else _taught(options, there, say)
    tasks = [Task("scene", "", seed, model) for seed in options.seeds]
    tasks += [Task("scenario", name, seed, model) for name in options.scenarios for seed in options.seeds]
    simulated = _gathered(tasks, options.jobs, say)
    summary: dict[str, Any] = {"model": model.about, "bytes": len(to_bytes(model))}
    scenes = simulated[simulated["source"] < len(options.seeds)]
    scenarios = simulated[simulated["source"] >= len(options.seeds)]
    for name, rows in (("scenes", scenes), ("scenarios", scenarios)):
        if len(rows):
            summary[name] = figures.figures(by_motion(model, rows), rows)
            told = rows[~np.isnan(rows["said"][:, 0])]
            summary[f"{name}_stage"] = figures.figures(told["said"].astype(np.float64), told, USED_PRIOR)
    if there is not None:
        rows, by_source = judged_recordings(model, there)
        summary["recordings"] = figures.figures(by_motion(model, rows), rows, by_track=True)
        summary["recordings_by_source"] = by_source
    return summary, _text(summary)


def by_motion(model: Model, rows: NDArray[np.void]) -> Array:
    """(k, N_CLASSES) by the model alone, all classes as likely as each other at first."""
    out = np.zeros((len(rows), N_CLASSES))
    columns = [CLASSES.index(name) for name in model.classes]
    out[:, columns] = model.probabilities(np.ascontiguousarray(rows["features"], np.float64))
    return out


def judged_recordings(model: Model, data: Path) -> tuple[NDArray[np.void], dict[str, Any]]:
    """Examples of recordings kept aside, and for each source how it was judged.

    Errors are drawn DRAWS times, so that no figure hangs on one draw. `individual` of the examples is the
    flight, `track` the stretch in its draw.
    """
    parts = _stretches(data, taught=False)
    drawn = [recordings.examples(parts, seed, model) for seed in DRAWS]
    return _by_flight(drawn, parts), _by_source(model, drawn, parts)


def _by_source(
    model: Model, drawn: Sequence[NDArray[np.void]], parts: Sequence[recordings.Stretch]
) -> dict[str, Any]:
    """Of each source the share in the right class, how sure that was said, and the share of each draw."""
    rows = np.concatenate(drawn)
    draw = np.repeat(np.arange(len(drawn)), [len(some) for some in drawn])
    p = by_motion(model, rows)
    right, sure = p.argmax(axis=1) == rows["class"], p.max(axis=1)
    source = np.array([parts[k].flight.source for k in rows["individual"].tolist()])
    out: dict[str, Any] = {}
    for name in sorted(set(source.tolist())):
        mine = source == name
        old = mine & (rows["age_s"] >= 30.0)
        each = [float(right[old & (draw == k)].mean()) for k in np.unique(draw[old]).tolist()]
        out[name] = {
            "class": CLASSES[int(rows["class"][mine][0])],
            "stretches": len(set(rows["individual"][mine].tolist())),
            "right": _mean(right[mine]),
            "said": _mean(sure[mine]),
            "right_after_30_s": _mean(right[old]),
            "said_after_30_s": _mean(sure[old]),
            "of_draws": [round(share, 4) for share in each],
            "taken_for": figures.confusion(p[old], rows["class"][old].astype(np.int64), np.ones(old.sum())),
        }
    return out


def _mean(values: NDArray[Any]) -> float | None:
    """Rounded; None of nothing."""
    return round(float(values.mean()), 4) if len(values) else None


def _by_flight(drawn: Sequence[NDArray[np.void]], parts: Sequence[recordings.Stretch]) -> NDArray[np.void]:
    """The same in one, with individuals as they are, not one a stretch; `track`: a stretch in its draw."""
    number: dict[str, int] = {}
    flight = [number.setdefault(part.flight.name, len(number)) for part in parts]
    out = np.concatenate(drawn)
    out["track"] = out["individual"] + np.repeat(
        len(parts) * np.arange(len(drawn)), [len(some) for some in drawn]
    )
    out["individual"] = [flight[k] for k in out["individual"].tolist()]
    return out


def _stretches(data: Path, *, taught: bool) -> list[recordings.Stretch]:
    return [
        part
        for flight in recordings.flights(data)
        if flight.aside != taught
        for part in recordings.stretches(flight, _most(flight, taught=taught))
    ]


def _most(flight: recordings.Flight, *, taught: bool) -> int:
    """How many stretches of it."""
    if flight.only_aside:
        return _STRETCHES_ALONE
    return _STRETCHES if taught or flight.class_name != "aeroplane" else _STRETCHES_MANY


def _taught(options: ClassifyOptions, there: Path | None, say: Say) -> Model:
    """A new model, written to its file. Without recordings it knows simulated motion only, and says so."""
    blank = ignorant(teach.TAUGHT)
    tasks = [Task("scene", "", seed, blank) for seed in range(1, options.scenes + 1)]
    tasks += [Task("scenario", name, seed, blank) for name in TAUGHT_SCENARIOS for seed in TAUGHT_SEEDS]
    tasks += [Task("followed", "", seed, blank) for seed in FOLLOWED]
    if there is not None:
        tasks.append(Task("recordings", str(there), 1, blank, taught=True))
    rows = _gathered(tasks, options.jobs, say, options.kept)
    whole = rows["source"].astype(np.int64)
    is_recorded = (whole == len(tasks) - 1) & (there is not None)
    fold = np.where(is_recorded, rows["individual"].astype(np.int64), whole) % teach.FOLDS
    about = (
        f"taught with {len(rows)} examples of {options.scenes} random scenes, {len(TAUGHT_SCENARIOS)} "
        f"scenarios (seed {', '.join(map(str, TAUGHT_SEEDS))}), {len(FOLLOWED)} scenes as if recorded"
        f"{', and recordings' if there else ''}"
    )
    model = teach.teach(rows, fold, Recipe(), 1, about, say)
    path = options.train or FILE
    try:
        path.write_bytes(to_bytes(model))
    except OSError as error:
        raise StorageError(f"{path}: cannot write: {error}") from error
    return load(path)


def _gathered(
    tasks: Sequence[Task], jobs: int | None, say: Say, kept: Path | None = None
) -> NDArray[np.void]:
    """Examples of all tasks in their order, `source` the place of each in it."""
    spawn = multiprocessing.get_context("spawn")
    many = min(jobs or os.cpu_count() or 1, max(len(tasks), 1))
    out = [np.zeros(0, EXAMPLE)]
    with concurrent.futures.ProcessPoolExecutor(many, mp_context=spawn) as pool:
        for k, some in enumerate(pool.map(partial(run_kept, kept), tasks)):
            rows = some.copy()
            rows["source"] = k
            out.append(rows)
            say(f"{k + 1} of {len(tasks)}: {tasks[k].words}, {len(rows)} examples")
    return np.concatenate(out)


def run_kept(kept: Path | None, task: Task) -> NDArray[np.void]:
    """Examples of one task, from its file if that is there and of the same kind."""
    path = None if kept is None else kept / f"{task.kind}-{Path(task.name).name}-{task.seed}.npy"
    if path is not None and path.is_file():
        rows: NDArray[np.void] = np.load(path, allow_pickle=False)
        if rows.dtype == EXAMPLE:
            return rows
    rows = run_task(task)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, rows, allow_pickle=False)
    return rows


def run_task(task: Task) -> NDArray[np.void]:
    """Examples of one task."""
    if task.kind == "recordings":
        parts = _stretches(Path(task.name), taught=task.taught)
        return _by_flight([recordings.examples(parts, task.seed, task.model)], parts)
    if task.kind == "followed":
        parts = recordings.of_scene(scene(task.seed), task.seed, SECONDS)
        return recordings.examples(parts, task.seed, task.model)
    if task.kind == "scene":
        made, name = scene(task.seed), "scene"
    else:
        made, name = load_scenario(task.name), task.name
    return gathered(played(made, name, task.seed, SECONDS, task.model), ground_of(made))


def _text(summary: dict[str, Any]) -> str:
    """The figures for people."""
    head = "".join(f"{title:>9}" for title in ("accuracy", "ECE", "floor", "in mix", "floor"))
    lines = [summary["model"], f"{'':20}{head}{'AUC 5 s':>9}{'10 s':>7}{'30 s':>7}"]
    for name in ("scenes", "scenes_stage", "scenarios", "scenarios_stage", "recordings"):
        if name in summary:
            one = summary[name]
            keys = ("accuracy", "ece", "floor", "mix_ece", "mix_floor", "auc_5_s", "auc_10_s", "auc_30_s")
            cells = (one.get(key) for key in keys)
            widths = (9, 9, 9, 9, 9, 9, 7, 7)
            lines.append(
                f"{name:20}"
                + "".join(
                    f"{'-' if a is None else f'{a:.3f}':>{w}}" for a, w in zip(cells, widths, strict=True)
                )
            )
    for name, one in summary.get("recordings_by_source", {}).items():
        lines.append(f"{name}: {one['right']:.1%} taken for {one['class']}{_after(one)}")
    return "\n".join(lines)


def _after(one: dict[str, Any]) -> str:
    """What a source's old tracks were taken for, in words."""
    if not one["of_draws"]:
        return ""
    low, high = min(one["of_draws"]), max(one["of_draws"])
    return (
        f"; after 30 s {one['right_after_30_s']:.1%} ({low:.0%} to {high:.0%} by draw of errors), "
        f"said to be {one['said_after_30_s']:.1%}"
    )
