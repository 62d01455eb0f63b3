"""Fusion benchmark: three overlapping sectors, one of them late, one of them cut off for a minute.

Targets fly with white acceleration. Each sector has a radar with 4 s a turn and a Kalman filter for
each target that it sees; node 2 is heard 6 s late, node 3 measures no height and is cut off for a
minute. The hub fuses what they tell; a partner fuses the hub's picture with sector 1 and tells that
back to the hub, so that information goes in a circle.

Measured at every second, on the same targets: GOSPA (p = 2, horizontal distance, cut-off 300 m) of the
fused picture and of each sector's own; the horizontal position error and its NEES (2 where it is
honest); how often a target's number changed; CPU time a step of the hub.
"""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.report import REPORT, sensor_number
from vedette.core.units import NS_PER_S
from vedette.evaluate import gospa
from vedette.fuse.reports import reports_from_enu
from vedette.fuse.state import init
from vedette.fuse.step import step
from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu, rotation_between

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Say = Callable[[str], None]

LEAST_S: Final = 30  # shorter runs have too few tracks to say anything
NEES_LIMIT: Final = 2.5
CUTOFF_M = 300.0
T0_NS = 1_750_000_000 * NS_PER_S
CENTRE = np.array([50.5, 4.5, 0.0])  # lat deg, lon deg, m
PLACES = ((50.5, 4.2), (50.7, 4.8), (50.35, 4.8))
HUB, PARTNER = 10, 11
_REACH_M = 45_000.0
_AREA_M = 50_000.0
_TURN_S = 4
_PD = 0.9
_FORGET_AFTER = 4  # turns without a plot
_RANGE_SD_M, _AZIMUTH_SD_RAD, _HEIGHT_SD_M = 40.0, math.radians(0.15), 80.0
_LATE_NODE, _LATE_S = 2, 6
_FLAT_NODE = 3
_CUT_NODE, _CUT_S = 3, (200, 260)
_SAY_S = 120


@dataclass(slots=True)
class Sector:
    """One radar and its filters; rows are targets, number 0 is no track."""

    node: int
    origin: Array
    x: Array
    P: Array
    number: Ints
    misses: Ints
    since_s: Ints
    plot_s: Ints
    next_number: int = 1
    told: list[NDArray[np.void]] = field(default_factory=list)


@dataclass(slots=True)
class Tally:
    """What was measured of one picture."""

    square: list[float] = field(default_factory=list)
    localisation: list[float] = field(default_factory=list)
    missed: int = 0
    false: int = 0
    error2: list[float] = field(default_factory=list)
    nees: list[float] = field(default_factory=list)
    last: dict[int, int] = field(default_factory=dict)
    switches: int = 0
    matches: int = 0


def bench(seed: int, targets: int, seconds: int, say: Say) -> dict[str, Any]:
    """The same flights three times: nothing wrong, `process_q` not told, one node late and one cut off."""
    seconds = max(seconds, LEAST_S)
    runs = {}
    for name, tell_q, troubled in (
        ("clean", True, False),
        ("process_q not told", False, False),
        ("one late, one cut off", True, True),
    ):
        say(f"{name}: {targets} targets, {seconds} s")
        runs[name] = run(seed, targets=targets, seconds=seconds, tell_q=tell_q, troubled=troubled, say=say)
    head = {"bench": "fusion", "seed": seed, "targets": targets, "seconds": seconds}
    return {**head, "runs": runs, "nees_limit": NEES_LIMIT, "passed": all(map(judge, runs.values()))}


def judge(result: dict[str, Any]) -> bool:
    """Whether the fused picture is better than every sector's, nearer where several see, and honest."""
    pictures = result["pictures"]
    alone = min(p["gospa_rms_m"] for name, p in pictures.items() if name != "fused")
    near = result["seen_by_several"]
    if not near["target_seconds"] or pictures["fused"]["nees"] is None:
        return False
    nearer = result["troubled"] or near["fused_position_rms_m"] < near["surest_sector_position_rms_m"]
    fused = pictures["fused"]
    return bool(fused["gospa_rms_m"] < alone and nearer and fused["nees"] < NEES_LIMIT)


def table(summary: dict[str, Any]) -> str:
    """The figures for people."""
    lines = [
        f"{'':<23}{'picture':<10}{'GOSPA m':>9}{'missed/s':>10}{'false/s':>9}{'pos m':>8}{'NEES':>7}"
        f"{'switches/100':>14}"
    ]
    for name, one in summary["runs"].items():
        for k, (picture, p) in enumerate(one["pictures"].items()):
            lines.append(
                f"{name if not k else '':<23}{picture:<10}{p['gospa_rms_m']:>9}{p['missed_a_second']:>10}"
                f"{p['false_a_second']:>9}{p['position_rms_m']:>8}{p['nees']:>7}{p['switches_a_100']:>14}"
            )
        near = one["seen_by_several"]
        lines.append(
            f"{'':<23}seen by several: fused {near['fused_position_rms_m']} m, surest sector "
            f"{near['surest_sector_position_rms_m']} m; {one['cpu_ms_median']} ms of CPU a step"
        )
    verdict = "passed" if summary["passed"] else "not passed"
    return "\n".join([*lines, f"{verdict}: fused is better than each sector, and NEES below {NEES_LIMIT}"])


def run(
    seed: int = 1,
    *,
    targets: int = 60,
    seconds: int = 600,
    process_q: float = 2.0,
    tell_q: bool = True,
    troubled: bool = True,
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Fly, track, fuse and measure.

    process_q  m²/s³, acceleration noise density of the targets; the sectors' filters know it
    tell_q     whether their reports tell it
    troubled   whether node 2 is late and node 3 is cut off
    say        takes lines of progress
    """
    rng = np.random.default_rng(seed)
    truth = fly(rng, targets, seconds, process_q)
    sectors = [new_sector(i + 1, place, targets) for i, place in enumerate(PLACES)]
    hub, partner = init(HUB), init(PARTNER)
    echo = np.zeros(0, REPORT)
    tallies = {name: Tally() for name in ("fused", *(f"sector {s.node}" for s in sectors))}
    cpu_ms = []
    together: list[tuple[float, float]] = []
    for now_s in range(seconds):
        now_ns = T0_NS + now_s * NS_PER_S
        if now_s and now_s % _SAY_S == 0:
            say(f"{now_s} of {seconds} s")
        for s in sectors:
            look(s, rng, truth[now_s], now_s, process_q)
            s.told.append(tell(s, now_s, process_q if tell_q else math.nan))
        heard = np.concatenate([*(_arrives(s, now_s, troubled=troubled) for s in sectors), echo])
        begin = time.process_time()
        hub, fused = step(hub, heard, now_ns)
        cpu_ms.append(1e3 * (time.process_time() - begin))
        partner, back = step(partner, np.concatenate((fused.rows, sectors[0].told[-1])), now_ns)
        echo = back.rows
        ours = _measure(tallies["fused"], truth[now_s], fused.rows)
        theirs = [_measure(tallies[f"sector {s.node}"], truth[now_s], s.told[-1]) for s in sectors]
        for i, (_, error2) in ours.items():
            seen = [found[i] for found in theirs if i in found]
            if len(seen) > 1:
                together.append((error2, min(seen)[1]))
    return {
        "seed": seed,
        "targets": targets,
        "seconds": seconds,
        "tell_q": tell_q,
        "troubled": troubled,
        "pictures": {name: _summary(tally, seconds) for name, tally in tallies.items()},
        "seen_by_several": {
            "target_seconds": len(together),
            "fused_position_rms_m": _root_mean([f for f, _ in together]),
            "surest_sector_position_rms_m": _root_mean([s for _, s in together]),
        },
        "cpu_ms_median": round(float(np.median(cpu_ms[1:])), 2),
        "cpu_ms_most": round(float(np.max(cpu_ms[1:])), 2),
        "refused": hub.refused,
    }


def fly(rng: np.random.Generator, targets: int, seconds: int, process_q: float) -> Array:
    """States (seconds, targets, 6) in the east-north-up frame at CENTRE; they turn round at the edge."""
    x = np.empty((seconds, targets, 6))
    s = np.empty((targets, 6))
    s[:, :2] = rng.uniform(-0.6, 0.6, (targets, 2)) * _AREA_M
    s[:, 2] = rng.uniform(300.0, 5000.0, targets)
    speed, course = rng.uniform(15.0, 180.0, targets), rng.uniform(0.0, 2.0 * math.pi, targets)
    s[:, 3], s[:, 4], s[:, 5] = speed * np.sin(course), speed * np.cos(course), 0.0
    F, root = _cv(1.0)[0], np.linalg.cholesky(process_q * _cv(1.0)[1])
    for k in range(seconds):
        x[k] = s
        s = s @ F.T + rng.normal(size=(targets, 6)) @ root.T
    return x


def _cv(dt_s: float) -> tuple[Array, Array]:
    """Transition (6, 6) and noise (6, 6) for a density of 1; as kernel.fusion.carry."""
    F = np.eye(6)
    F[:3, 3:] = dt_s * np.eye(3)
    shape = np.array([[dt_s**3 / 3.0, dt_s**2 / 2.0], [dt_s**2 / 2.0, dt_s]])
    return F, np.kron(shape, np.eye(3))


def new_sector(node: int, place: tuple[float, float], targets: int) -> Sector:
    """A sector at a place, without tracks."""
    zeros = np.zeros(targets, np.int64)
    return Sector(
        node, np.array([*place, 0.0]), np.zeros((targets, 6)), np.zeros((targets, 6, 6)),
        zeros.copy(), zeros.copy(), zeros.copy(), zeros.copy(),
    )  # fmt: skip


def look(sector: Sector, rng: np.random.Generator, truth: Array, now_s: int, process_q: float) -> None:
    """Carry the sector's tracks to now and give those their plots that the beam passes, in place.

    Every target is passed once a turn, at a second of its own.
    """
    F, Q = _cv(1.0)
    sector.x = sector.x @ F.T
    sector.P = F @ sector.P @ F.T + process_q * Q
    place = to_enu(sector.origin, truth)
    for i in np.flatnonzero((np.arange(len(truth)) + now_s + sector.node) % _TURN_S == 0).tolist():
        ground = math.hypot(place[i, 0], place[i, 1])
        if ground > _REACH_M or rng.random() > _PD:
            sector.misses[i] += 1
            if sector.misses[i] > _FORGET_AFTER:
                sector.number[i] = 0
            continue
        across = np.array([place[i, 1], -place[i, 0]]) / ground
        along = np.array([place[i, 0], place[i, 1]]) / ground
        axes = np.zeros((3, 3))
        axes[:2, 0], axes[:2, 1], axes[2, 2] = along, across, 1.0
        sd = np.array([_RANGE_SD_M, _AZIMUTH_SD_RAD * ground, _HEIGHT_SD_M])
        _plot(
            sector, i, place[i, :3] + axes @ (sd * rng.normal(size=3)), axes @ np.diag(sd**2) @ axes.T, now_s
        )


def _plot(sector: Sector, i: int, z: Array, R: Array, now_s: int) -> None:
    """Begin or update the track of target i, in place."""
    sector.misses[i] = 0
    sector.plot_s[i] = now_s
    if sector.number[i] == 0:
        sector.number[i] = sector.next_number
        sector.next_number += 1
        sector.since_s[i] = now_s
        sector.x[i] = np.concatenate((z, np.zeros(3)))
        sector.P[i] = np.zeros((6, 6))
        sector.P[i, :3, :3] = R
        sector.P[i, 3:, 3:] = np.diag([110.0, 110.0, 15.0]) ** 2
        return
    P = sector.P[i]
    K = np.linalg.solve(P[:3, :3] + R, P[:3]).T
    sector.x[i] = sector.x[i] + K @ (z - sector.x[i, :3])
    A = np.eye(6)
    A[:, :3] -= K
    sector.P[i] = A @ P @ A.T + K @ R @ K.T


def tell(sector: Sector, now_s: int, process_q: float) -> NDArray[np.void]:
    """Reports of the tracks that have had more than one plot."""
    i = np.flatnonzero((sector.number > 0) & (sector.plot_s > sector.since_s))
    knows = np.ones((len(i), 3), np.bool_)
    knows[:, [0, 2]] = sector.node != _FLAT_NODE
    now_ns = T0_NS + now_s * NS_PER_S
    rows = reports_from_enu(
        sector.node, sector.origin, sector.number[i].astype(np.uint32), np.full(len(i), now_ns),
        sector.x[i], sector.P[i], knows,
    )  # fmt: skip
    rows["process_q"] = process_q
    rows["since_ns"] = T0_NS + sector.since_s[i] * NS_PER_S
    rows["lineage"]["sensor"][:, 0] = sensor_number(f"node {sector.node}", "radar")
    rows["lineage"]["since_ns"][:, 0] = rows["since_ns"]
    rows["lineage"]["until_ns"][:, 0] = T0_NS + sector.plot_s[i] * NS_PER_S
    return rows


def _arrives(sector: Sector, now_s: int, *, troubled: bool) -> NDArray[np.void]:
    """What the hub hears of a sector in this second."""
    sent_s = now_s - (_LATE_S if troubled and sector.node == _LATE_NODE else 0)
    cut = troubled and sector.node == _CUT_NODE and _CUT_S[0] <= now_s < _CUT_S[1]
    return np.zeros(0, REPORT) if cut or sent_s < 0 else sector.told[sent_s]


def to_enu(origin: Array, x: Array) -> Array:
    """States (n, 6) from the frame at CENTRE to that at an origin."""
    turn = rotation_between(CENTRE, float(origin[0]), float(origin[1]))
    place = geodetic_from_enu(CENTRE, np.ascontiguousarray(x[:, :3]))
    out = np.empty_like(x)
    out[:, :3] = enu_from_geodetic(origin, *place.T.copy())
    out[:, 3:] = x[:, 3:] @ turn.T
    return out


def _measure(tally: Tally, truth: Array, rows: NDArray[np.void]) -> dict[int, tuple[float, float]]:
    """Compare one picture with the truth (n, 6), in place.

    Returns of each matched target the variance that the picture tells and the square of the error.
    """
    found = {}
    real = geodetic_from_enu(CENTRE, np.ascontiguousarray(truth[:, :3]))
    flat = np.zeros(len(rows))
    there = enu_from_geodetic(CENTRE, rows["lat_deg"].copy(), rows["lon_deg"].copy(), flat)[:, :2]
    here = enu_from_geodetic(CENTRE, real[:, 0].copy(), real[:, 1].copy(), np.zeros(len(real)))[:, :2]
    apart = here[:, None, :] - there[None, :, :]
    result, match = gospa(np.hypot(apart[:, :, 0], apart[:, :, 1]), CUTOFF_M)
    tally.square.append(result.total_m**2)
    tally.localisation.append(result.localisation_m2)
    tally.missed += result.missed
    tally.false += result.false
    for i in np.flatnonzero(match >= 0).tolist():
        row = rows[match[i]]
        d = apart[i, match[i]]
        number = int(row["track_id"])
        tally.switches += tally.last.get(i, number) != number
        tally.last[i] = number
        tally.matches += 1
        tally.error2.append(float(d @ d))
        tally.nees.append(float(d @ np.linalg.solve(row["cov"][:2, :2], d)))
        found[i] = float(np.trace(row["cov"][:2, :2])), float(d @ d)
    return found


def _root_mean(squares: list[float]) -> float | None:
    """Of squares, None where there are none."""
    return round(math.sqrt(float(np.mean(squares))), 1) if squares else None


def _summary(tally: Tally, seconds: int) -> dict[str, float | None]:
    """Figures of one picture; None where no target was ever matched."""
    return {
        "gospa_rms_m": round(math.sqrt(float(np.mean(tally.square))), 1),
        "missed_a_second": round(tally.missed / seconds, 2),
        "false_a_second": round(tally.false / seconds, 2),
        "position_rms_m": _root_mean(tally.error2),
        "nees": round(float(np.mean(tally.nees)), 2) if tally.nees else None,
        "switches": tally.switches,
        "switches_a_100": round(100.0 * tally.switches / max(tally.matches, 1), 3),
    }
