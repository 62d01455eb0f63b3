"""Late-data benchmark: what it costs when a share of the observations comes seconds later.

Four trackers see the same measurements:

in order   everything in the order of its time, nothing late
dropped    what is late never comes, and the tracker is not told
on time    what is late never comes, and the tracker knows how much is missing: nobody can do better at the
           live edge without what comes late
folded     what is late comes, and is folded in at its own time

The picture of the folding tracker is judged as it was shown at each instant (live), and again as the
same instant stood some seconds later, when more had come in. When all has come in it should be the picture
of the tracker that got everything in order.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.late_scene import LateScene, airspace, delayed, radars, ticks, told_of
from vedette.app.bench.scoring import Tally, Truth
from vedette.app.bench.tracking import Reported
from vedette.core.picture import TrackStatus
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu
from vedette.track import late, past
from vedette.track.estimate import estimate
from vedette.track.state import TrackerState, init, with_sensors

Say = Callable[[str], None]

LIMIT: Final = 0.02  # of GOSPA, once all has come in
_LAGS_S: Final = (0, 1, 2, 5, 10)


def bench(
    n: int, density: float, seconds: int, seed: int, share: float, most_s: float, say: Say
) -> dict[str, Any]:
    """Both scenes.

    share   of the observations that is late
    most_s  they are late by U(1, most_s)
    """
    scenes = (airspace(n, density, seed, seconds), radars(seed, seconds))
    told = {scene.name: measure(scene, share, most_s, seed, say) for scene in scenes}
    passed = all(one["cost_folded"] < LIMIT for one in told.values())
    head = {"bench": "late", "n": n, "density": density, "seconds": seconds, "seed": seed}
    return {**head, "share": share, "most_s": most_s, **told, "limit": LIMIT, "passed": passed}


def measure(scene: LateScene, share: float, most_s: float, seed: int, say: Say) -> dict[str, Any]:
    """All trackers on one scene; costs are shares of the GOSPA of what came in order."""
    rows, was_late = delayed(scene, share, most_s, seed)
    all_in = int(np.ceil(most_s))
    runs: dict[str, Any] = {}

    def note(name: str, heard: NDArray[np.void], sensors: list[Sensor], lags: Iterable[int]) -> TrackerState:
        say(f"{scene.name}: {name}")
        tallies, cpu_ms, tracker = _watch(scene, heard, sensors, most_s, tuple(lags))
        for lag, tally in tallies.items():
            figures = msgspec.structs.asdict(tally.figures())
            kept = {k: figures[k] for k in _SHOWN}
            runs[name if not lag else f"{name}, {lag} s later"] = kept
        runs[name]["cpu_ms_a_second"] = cpu_ms
        return tracker

    note("in order", scene.rows, scene.sensors, (0,))
    note("dropped", rows[~was_late], scene.sensors, (0,))
    note("on time", rows[~was_late], told_of(scene, 1.0 - share), (0,))
    note("live", rows, scene.sensors, (0,))
    tracker = note("folded", rows, scene.sensors, sorted({*_LAGS_S, all_in}))
    best = runs["in order"]["gospa_m"]
    return {
        "observations": len(rows),
        "late": int(was_late.sum()),
        "not_used": tracker.refused,
        "runs": runs,
        "cost_folded": runs[f"folded, {all_in} s later"]["gospa_m"] / best - 1.0,
        "cost_live": runs["live"]["gospa_m"] / best - 1.0,
        "cost_on_time": runs["on time"]["gospa_m"] / best - 1.0,
        "cost_dropped": runs["dropped"]["gospa_m"] / best - 1.0,
    }


_SHOWN: Final = (
    "gospa_m", "localisation_m", "missed_a_scan", "false_a_scan", "switches", "scored_scans",
)  # fmt: skip


def _watch(
    scene: LateScene, rows: NDArray[np.void], sensors: list[Sensor], most_s: float, lags_s: tuple[int, ...]
) -> tuple[dict[int, Tally], float, TrackerState]:
    """One tracker: marks by how much later each instant is judged, CPU, and its last state."""
    settings = msgspec.structs.replace(scene.settings, late_s=max(scene.settings.late_s, most_s + 1.0))
    tracker = with_sensors(init(float(scene.origin[0]), float(scene.origin[1]), settings), sensors)
    # To judge an instant again, a state of each second is kept.
    state = late.init(tracker, spacing=0.0 if max(lags_s) else past.SPACING)
    tallies = {lag: Tally(scene.name, scene.cutoff_m, scene.score_from) for lag in lags_s}
    at = {instant.time_ns: k for k, instant in enumerate(scene.instants)}
    last_ns = scene.instants[-1].time_ns
    done, cpu_s = 0, 0.0
    for tick_ns in ticks(scene, most_s):
        upto = int(np.searchsorted(rows["heard_ns"], tick_ns, side="right"))
        if upto == done and tick_ns % NS_PER_S:
            continue
        began_s = time.process_time()
        state, _ = late.step(state, rows[done:upto], (), tick_ns)
        if tick_ns <= last_ns:
            cpu_s += time.process_time() - began_s
        done = upto
        if tick_ns % NS_PER_S:
            continue
        kept = {s.end_ns: s.tracker for s in state.past.snapshots}
        for lag, tally in tallies.items():
            then = tick_ns - lag * NS_PER_S
            if then in at:
                instant = scene.instants[at[then]]
                mark = Truth(instant.ids, instant.places_m)
                seen = state.tracker if not lag else kept[then]
                tally.mark(at[then], mark, _reported(scene, seen, then), 0.0)
    return tallies, 1e3 * cpu_s / len(scene.instants), state.tracker


def _reported(scene: LateScene, tracker: TrackerState, time_ns: int) -> Reported:
    """What is shown of a state, at a time, in the plane of the truth."""
    status = tracker.tracks.status
    wanted = (status > 0) if scene.coasting else (status == TrackStatus.CONFIRMED)
    rows = np.flatnonzero(tracker.tracks.shown & wanted)
    at = np.maximum(tracker.tracks.time_ns[rows], time_ns)
    mean, _ = estimate(tracker.tracks, tracker.clusters, rows, at, tracker.settings.motion())
    place = geodetic_from_enu(scene.origin, mean)
    flat = enu_from_geodetic(scene.origin, place[:, 0], place[:, 1], np.zeros(len(place)))[:, :2]
    ids = tracker.tracks.track_id[rows].astype(np.int64)
    return Reported(ids, flat, mean[:, 3:5], np.full(len(rows), time_ns))


def table(summary: dict[str, Any]) -> str:
    """The same for people."""
    out = []
    for scene in ("airspace", "radars"):
        told = summary[scene]
        out.append(
            f"{scene}: {told['observations']} observations, {told['late']} late, not used {told['not_used']}"
        )
        out.append(
            f"{'':24} {'GOSPA m':>9} {'localis.':>9} {'missed':>7} {'false':>7} {'switches':>9} {'ms/s':>9}"
        )
        for name, run in told["runs"].items():
            cpu = run.get("cpu_ms_a_second")
            out.append(
                f"{name:24} {run['gospa_m']:9.1f} {run['localisation_m']:9.1f} {run['missed_a_scan']:7.2f} "
                f"{run['false_a_scan']:7.2f} {run['switches']:9d} {'' if cpu is None else f'{cpu:.1f}':>9}"
            )
        out.append(
            f"cost: folded, all in {told['cost_folded']:+.2%}; live {told['cost_live']:+.2%}; "
            f"on time only {told['cost_on_time']:+.2%}; dropped {told['cost_dropped']:+.2%}"
        )
    out.append(
        f"limit of what is folded {summary['limit']:.0%}: {'kept' if summary['passed'] else 'NOT kept'}"
    )
    return "\n".join(out)
