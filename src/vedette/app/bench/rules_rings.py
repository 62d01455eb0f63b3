"""What an officer is rung for over the built-in scenarios, with the rules as they stand together.

With intruders: who came, who was alerted, how long before. Without them (normal traffic) every ring is
false, but for what the rules hold for where all is known, such as a sensor that really is cut off.
"""

import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.alert import Alert
from vedette.evaluate.rings import NEAR_M, WARNED_S, Placed, Rings

if TYPE_CHECKING:
    from vedette.evaluate.beside import Beside

_DAY_H: Final = 24.0
_MOST_NAMED: Final = 6


class Run(Struct, frozen=True):
    """One scenario with one seed."""

    scenario: str
    seed: int
    rings: Rings


def run_one(name: str, seed: int, seconds: float, rules_file: Path | None, *, intruders: bool) -> Run:
    """One scenario with one seed, through the code of simulate and replay."""
    from vedette.app import rules
    from vedette.app.bench.rules_normal import without_intruders
    from vedette.app.bench.rules_truth import due_of, inside_from
    from vedette.app.circumstances import circumstances
    from vedette.app.config import load, load_zone_files
    from vedette.app.replay import ReplayOptions, replay
    from vedette.app.sector import SectorOutput
    from vedette.app.simulate import simulate
    from vedette.evaluate.beside import beside
    from vedette.evaluate.matching import match
    from vedette.evaluate.picture import load_picture
    from vedette.evaluate.rings import judge
    from vedette.evaluate.score import CUTOFF_M
    from vedette.evaluate.truth import load_truth
    from vedette.simulate.load import load_scenario
    from vedette.simulate.spec.actors import Forger

    wanted = rules.built_in() if rules_file is None else rules.read(rules_file)
    alerts: list[Alert] = []

    def take(output: SectorOutput) -> None:
        alerts.extend(output.alerts)

    folder = Path(tempfile.mkdtemp(prefix="vedette-rings-"))
    try:
        scenario = load_scenario(name)
        if not intruders:
            scenario = without_intruders(scenario)
        simulate(name, folder, seconds=seconds, seed=seed, say=_quiet, scenario=scenario)
        replay(ReplayOptions([folder], folder), _quiet, on_output=take, rules=wanted)
        config = load(folder / "node.toml")
        zones = load_zone_files(config, folder)
        rows = load_truth(folder / "truth.csv")
        about = circumstances(scenario, sorted(set(rows["id"].tolist())), scenario.start_ns)
        due = due_of(rows, zones, wanted, config.watch, about)
        both = beside(load_picture(folder / "picture.duckdb"), rows, CUTOFF_M)
        matches = match(both, CUTOFF_M)
        held = matches.authorisation == "unauthorised"
        entered, began = inside_from(rows, zones)
        forgers = [(actor.at[0], actor.at[1]) for actor in scenario.actor if isinstance(actor, Forger)]
        where = placed(both, matches.track, forgers)
        return Run(name, seed, judge(alerts, due, rows, where, entered, began, held))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def placed(both: "Beside", track: NDArray[np.int64], forgers: Sequence[tuple[float, float]] = ()) -> Placed:
    """The individual that each track was on: the one it was matched to, else the nearest within NEAR_M.

    track    (n,) that each row of truth was matched to
    forgers  where transmitters of flights stand that are not there, lat deg, lon deg
    """
    from vedette.evaluate.beside import distances_m

    at: dict[tuple[int, int], int] = {}
    for k, here in both.truths_at():
        tracks = both.tracks[k]
        there = np.zeros(len(forgers), here.dtype)
        there["lat_deg"], there["lon_deg"] = np.array(forgers).reshape(-1, 2).T
        all_of = np.concatenate((here, there))
        if not len(all_of) or not len(tracks):
            continue
        away = distances_m(all_of, tracks)
        nearest = away.argmin(axis=0)
        close = np.flatnonzero(away[nearest, np.arange(len(tracks))] <= NEAR_M)
        for j in close.tolist():
            at[int(both.times_ns[k]), int(tracks["track_id"][j])] = int(all_of["id"][nearest[j]])
    on = np.flatnonzero(track >= 0)
    for row, ident in zip(both.rows[on], track[on].tolist(), strict=True):
        at[int(row["time_ns"]), ident] = int(row["id"])
    keys = np.array(sorted(at), np.int64).reshape(len(at), 2)
    individual = np.array([at[time_ns, ident] for time_ns, ident in keys.tolist()], np.int64)
    return Placed(keys[:, 0], keys[:, 1], individual, forged=bool(forgers))


def summed(runs: Sequence[Rings]) -> dict[str, Any]:
    """All runs together. Intervals hold the mean of a Poisson count in 95 of 100 cases."""
    hours = sum(one.hours for one in runs)
    warnings = [s for one in runs for s in one.warnings_s]
    seen = [s for one in runs for s in one.seen_s]
    entered = sum(one.entered for one in runs)
    outside = sum(len(one.warnings_s) for one in runs)
    out: dict[str, Any] = {
        "runs": len(runs),
        "hours": round(hours, 3),
        "entered": entered,
        "alerted": sum(one.alerted for one in runs),
        "warned_30_s": sum(s >= WARNED_S for s in warnings),
        "from_outside": outside,
        "seen_in_time": len(seen),
        "seen_warning_s_median": _median(seen),
        "missed": _counted([f"{m.name} ({m.cause})" for one in runs for m in one.missed]),
    }
    for level in ("rings", "notes"):
        told = [t for one in runs for t in getattr(one, f"false_{level}")]
        low, high = poisson(len(told))
        out[f"false_{level}"] = len(told)
        out[f"false_{level}_a_day"] = round(_DAY_H * len(told) / hours, 1) if hours else None
        out[f"false_{level}_a_day_95"] = (
            [round(_DAY_H * x / hours, 1) for x in (low, high)] if hours else None
        )
        out[f"false_{level}_by"] = _counted([f"{t.rule}: {t.who}" for t in told])
    return out


def each(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """Where to look: each false ring with its second, and each drone that was missed."""
    rang = [
        {
            "scenario": run.scenario,
            "seed": run.seed,
            "time_s": round(one.time_s, 1),
            "what": one.rule,
            "who": one.who,
        }
        for run in runs
        for one in run.rings.false_rings
    ]
    missed = [
        {
            "scenario": run.scenario,
            "seed": run.seed,
            "time_s": None,
            "what": f"missed: {one.cause}",
            "who": one.name,
        }
        for run in runs
        for one in run.rings.missed
    ]
    return [*rang, *missed]


def poisson(count: int) -> tuple[float, float]:
    """Bounds of the mean of a Poisson count in which a count so far out is 2.5 % likely on either side.

    Source: Garwood (1936), Biometrika 28, 437-442; found here by bisection of the distribution itself.
    """
    low = 0.0 if count == 0 else _root(lambda mean: 1.0 - _at_most(count - 1, mean) - 0.025, 0.0, count + 1.0)
    high = _root(lambda mean: 0.025 - _at_most(count, mean), float(count), 3.0 * count + 20.0)
    return low, high


def _at_most(count: int, mean: float) -> float:
    """Probability of count or less."""
    if mean <= 0.0:
        return 1.0
    logs = [k * math.log(mean) - mean - math.lgamma(k + 1.0) for k in range(count + 1)]
    return math.fsum(math.exp(x) for x in logs)


def _root(rising: Any, low: float, high: float) -> float:
    """Where a function that rises goes through naught."""
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if rising(middle) < 0.0 else (low, middle)
    return 0.5 * (low + high)


def _median(values: list[float]) -> float | None:
    return round(float(np.median(values)), 1) if values and np.isfinite(np.median(values)) else None


def _counted(names: list[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())


def table(totals: dict[str, Any], by_scenario: dict[str, dict[str, Any]]) -> str:
    """One line a scenario and one of all; then who was missed, and what rang for nothing."""
    lines = [_HEAD, *(_line(name, row) for name, row in by_scenario.items()), _line("all", totals)]
    for name, row in by_scenario.items():
        for what in ("missed", "false_rings_by", "false_notes_by"):
            if row[what]:
                named = [f"{k} x{n}" if n > 1 else k for k, n in list(row[what].items())[:_MOST_NAMED]]
                more = len(row[what]) - len(named)
                words = what.removesuffix("_by").replace("_", " ")
                lines.append(f"{name}, {words}: {'; '.join(named)}{f'; {more} more' if more > 0 else ''}")
    return "\n".join(lines)


_HEAD: Final = (
    f"{'scenario':<22}{'hours':>7}{'entered':>9}{'alerted':>9}{'30 s':>8}{'median s (n)':>15}"
    f"{'false rings a day':>26}{'false notes a day':>26}"
)


def _line(name: str, row: dict[str, Any]) -> str:
    median = row["seen_warning_s_median"]
    warned = f"{'-' if median is None else median} ({row['seen_in_time']})"

    def a_day(level: str) -> str:
        if row[f"false_{level}_a_day"] is None:
            return "-"
        low, high = row[f"false_{level}_a_day_95"]
        return f"{row[f'false_{level}_a_day']:.0f} ({low:.0f} to {high:.0f})"

    thirty = f"{row['warned_30_s']}/{row['from_outside']}"
    return (
        f"{name:<22}{row['hours']:>7.2f}{row['entered']:>9}{row['alerted']:>9}{thirty:>8}{warned:>15}"
        f"{a_day('rings'):>26}{a_day('notes'):>26}"
    )


def _quiet(line: str) -> None:
    """Nothing is said of a single run."""
