"""How a tracking bench judges a tracker: scan by scan, against the truth, with its own time.

GOSPA   p = 2, alpha = 2; over the scored scans (of all runs) gospa_mean_m is its mean and gospa_rms_m the
        root of its mean square, whose square falls apart into localisation, missed and false, each given
        as the root of its mean square. gospa_m is the one that the benchmark's own definition names.
switch  a truth is matched to another track than the last one it was matched to, counted in scored
        scans; per 100 target-scans, a target-scan being one truth in one scored scan
CPU     process time of `step` alone, median over all scans but each run's first. Data is made,
        reports are read and scores are kept outside of it.
"""

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.app.bench.tracking import Reported, Scan, Subject
from vedette.core.units import NS_PER_S
from vedette.evaluate.gospa import Gospa, gospa, gospa_places

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Say = Callable[[str], None]

_PROGRESS_S = 5.0


@dataclass(frozen=True, slots=True)
class Truth:
    """Who was where in one scan.

    ids       (n,)    each once; the same number is the same target
    places_m  (n, 2)  east, north
    time_ns   (n,)    each track is carried to the time of the truth that it is compared with; None
                      compares it as it was reported
    area_m    (2, 2)  least and most east and north of the scene; what is reported beyond is about
                      nothing that the truth speaks of and is left out, for every tracker alike
    """

    ids: Ints
    places_m: Array
    time_ns: Ints | None = None
    area_m: Array | None = None


class Figures(Struct, frozen=True, kw_only=True):
    """What one tracker did. None where it was not measured; see the module."""

    tracker: str
    scans: int
    scored_scans: int
    gospa_m: float
    gospa_mean_m: float
    gospa_rms_m: float
    localisation_m: float
    missed_m: float
    false_m: float
    missed_a_scan: float
    false_a_scan: float
    targets_a_scan: float
    switches: int
    switches_per_100_target_scans: float
    cpu_ms_a_scan: float | None
    cpu_ms_a_scan_mean: float | None


@dataclass(slots=True)
class Tally:
    """One tracker's marks, scan by scan; run and scan tell which scan of which run.

    rms  whether gospa_m is the root of the mean square over scans, not the mean
    """

    name: str
    cutoff_m: float
    score_from: int
    rms: bool = False
    gospas: list[Gospa] = field(default_factory=list)
    truths: list[int] = field(default_factory=list)
    switches: list[int] = field(default_factory=list)
    cpu_s: list[float] = field(default_factory=list)
    scan: list[int] = field(default_factory=list)
    _last: dict[int, int] = field(default_factory=dict)

    def begin_run(self) -> None:
        """Forget whom each truth was matched to."""
        self._last = {}

    def mark(self, scan: int, truth: Truth, reported: Reported, cpu_s: float) -> None:
        """Judge one scan."""
        if truth.area_m is not None:
            places = reported.places_m
            reported = reported.take(((places >= truth.area_m[0]) & (places <= truth.area_m[1])).all(axis=1))
        if truth.time_ns is None:
            result, match = gospa_places(truth.places_m, reported.places_m, self.cutoff_m)
        else:
            result, match = gospa(_distances_m(truth, reported, truth.time_ns), self.cutoff_m)
        switched = 0
        held = np.flatnonzero(match >= 0)
        mine = reported.ids[match[held]].tolist()
        for who, track in zip(truth.ids[held].tolist(), mine, strict=True):
            switched += self._last.get(who, track) != track
            self._last[who] = track
        self.gospas.append(result)
        self.truths.append(len(truth.ids))
        self.switches.append(switched)
        self.cpu_s.append(cpu_s)
        self.scan.append(scan)

    def figures(self, until: int | None = None) -> Figures:
        """Sum up the scans before `until`; all without it."""
        seen = [k for k, scan in enumerate(self.scan) if until is None or scan < until]
        scored = [k for k in seen if self.scan[k] >= self.score_from]
        timed = [self.cpu_s[k] * 1e3 for k in seen if self.scan[k] > 0 and not math.isnan(self.cpu_s[k])]
        marks = [self.gospas[k] for k in scored]
        mean_m = _mean([g.total_m for g in marks])
        rms_m = _root_mean([g.total_m**2 for g in marks])
        switches = sum(self.switches[k] for k in scored)
        targets = sum(self.truths[k] for k in scored)
        return Figures(
            tracker=self.name,
            scans=len(seen),
            scored_scans=len(scored),
            gospa_m=rms_m if self.rms else mean_m,
            gospa_mean_m=mean_m,
            gospa_rms_m=rms_m,
            localisation_m=_root_mean([g.localisation_m2 for g in marks]),
            missed_m=_root_mean([g.missed_m2 for g in marks]),
            false_m=_root_mean([g.false_m2 for g in marks]),
            missed_a_scan=_mean([g.missed for g in marks]),
            false_a_scan=_mean([g.false for g in marks]),
            targets_a_scan=targets / max(len(scored), 1),
            switches=switches,
            switches_per_100_target_scans=100.0 * switches / max(targets, 1),
            cpu_ms_a_scan=float(np.median(timed)) if timed else None,
            cpu_ms_a_scan_mean=_mean(timed) if timed else None,
        )


def watch(
    subject: Subject, tally: Tally, scans: Iterable[tuple[Scan, Truth]], say: Say | None = None
) -> None:
    """Let one tracker see one run, scan by scan, and mark it."""
    tally.begin_run()
    said_s = time.monotonic()
    for k, (scan, truth) in enumerate(scans):
        subject.prepare(scan)
        begin_s = time.process_time()
        subject.step()
        cpu_s = time.process_time() - begin_s
        tally.mark(k, truth, subject.report(), cpu_s)
        if say is not None and time.monotonic() - said_s > _PROGRESS_S:
            said_s = time.monotonic()
            say(f"{tally.name}: scan {k + 1}, {cpu_s * 1e3:.4g} ms")


def _distances_m(truth: Truth, reported: Reported, time_ns: Ints) -> Array:
    """Distances (n, k), each track carried to each truth's time along its velocity."""
    ahead_s = (time_ns[:, None] - reported.time_ns[None, :]) / NS_PER_S
    there = reported.places_m[None, :, :] + ahead_s[:, :, None] * reported.velocity_mps[None, :, :]
    out: Array = np.linalg.norm(there - truth.places_m[:, None, :], axis=2)
    return out


def _mean(values: list[float] | list[int]) -> float:
    return float(np.mean(values)) if values else 0.0


def _root_mean(squares: list[float]) -> float:
    return math.sqrt(_mean(squares))
