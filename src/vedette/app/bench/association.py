"""Association: targets that meet (Williams 2015; García-Fernández et al. 2018), from a file of runs.

81 scans of a second; state east, v_east, north, v_north; white acceleration of 0.02 m²/s³ an axis;
places with unit variance an axis; 300 m by 300 m; one target dies at scan 41; survival 0.99; seen with
probability 0.9 among Poisson(10) false plots a scan. Targets are born around (100, 100) m with 150 m and
1 m/s, 3 in the first scan and 0.005 a scan after it. GOSPA with a cut-off of 10 m over all scans of all
runs, root mean square.

The file (.npz)   truth   (scans, targets, 4)
                  birth   (targets,)  first scan, from 1
                  death   (targets,)  first scan without it, from 1
                  z       (plots, 2)  of all runs and scans in a row
                  offset  (runs * scans + 1,)  where each scan's plots begin in z
                  pd, lc  optional: detection probability, false plots a scan

With another detection probability or clutter the plots are made anew around the same truth. The tracker
gets the places as metres; whether they are is all the same to it.
"""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.peers import PeerSettings
from vedette.app.bench.report import Bench
from vedette.app.bench.scoring import Truth
from vedette.app.bench.tracking import START_NS, Own, Scan
from vedette.core.errors import FeedError
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.track.settings import TrackerSettings

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

CUTOFF_M: Final = 10.0
AREA_M: Final = 300.0
Q: Final = 0.02
SD_M: Final = 1.0
SURVIVAL: Final = 0.99
SPEED_SD_MPS: Final = 1.0

SETTINGS: Final = TrackerSettings(
    models=("steady",),
    steady_q=Q,
    birth_speed_sd_mps=(SPEED_SD_MPS, SPEED_SD_MPS, SPEED_SD_MPS),
    lifetime_s=1.0 / (1.0 - SURVIVAL),
    # Of 3 targets and 0.005 around a corner as wide as the area, what falls into the area.
    undetected=0.003,
    undetected_first=1.8,
    confirm_existence=0.4,
    confirm_hits=1,
    coast_existence=0.4,
    coast_periods=8.0,
    drop_periods=20.0,
    drop_existence=0.01,
    keep_existence=1e-5,
    birth_existence=1e-5,
)


@dataclass(frozen=True, slots=True)
class Meeting:
    """The file as arrays; see the module. pd and lc are NaN where the file does not tell."""

    name: str
    truth: Array
    birth: Ints
    death: Ints
    z: Array
    offset: Ints
    pd: float
    lc: float

    @property
    def scans(self) -> int:
        """Scans of a run."""
        return len(self.truth)

    @property
    def runs(self) -> int:
        """Runs in it."""
        return (len(self.offset) - 1) // max(self.scans, 1)


def load(path: Path) -> Meeting:
    """Read a file of runs, or FeedError that says what was expected."""
    try:
        with np.load(path) as file:
            held = {name: np.asarray(file[name]) for name in file.files}
    except (OSError, ValueError, TypeError, EOFError, zipfile.BadZipFile) as error:
        why = (error.strerror if isinstance(error, OSError) else None) or "it is none"
        raise FeedError(f"expected an .npz file of runs, got {path}: {why}") from error
    wanted = ("truth", "birth", "death", "z", "offset")
    missing = [name for name in wanted if name not in held]
    if missing:
        raise FeedError(f"expected {', '.join(wanted)} in {path}, it has no {', '.join(missing)}")
    try:
        meeting = Meeting(
            name=path.name,
            truth=held["truth"].astype(np.float64),
            birth=held["birth"].astype(np.int64),
            death=held["death"].astype(np.int64),
            z=held["z"].astype(np.float64),
            offset=held["offset"].astype(np.int64),
            pd=_one(held, "pd"),
            lc=_one(held, "lc"),
        )
    except (TypeError, ValueError) as error:
        raise FeedError(f"expected numbers in {path}: {error}") from error
    _check(meeting, path)
    return meeting


def _one(held: dict[str, NDArray[Any]], name: str) -> float:
    return float(held[name]) if name in held else float("nan")


def _check(meeting: Meeting, path: Path) -> None:
    """FeedError unless the arrays fit each other."""
    truth, offset = meeting.truth, meeting.offset
    if truth.ndim != 3 or truth.shape[2] != 4 or not truth.size:
        raise FeedError(f"expected truth of shape (scans, targets, 4) in {path}, got {truth.shape}")
    n = truth.shape[1]
    if meeting.birth.shape != (n,) or meeting.death.shape != (n,):
        raise FeedError(f"expected birth and death of {n} targets in {path}, got {meeting.birth.shape}")
    if meeting.z.ndim != 2 or meeting.z.shape[1] != 2:
        raise FeedError(f"expected z of shape (plots, 2) in {path}, got {meeting.z.shape}")
    whole = offset.ndim == 1 and len(offset) > 1 and (len(offset) - 1) % len(truth) == 0
    if not whole or offset[0] != 0 or (np.diff(offset) < 0).any() or offset[-1] != len(meeting.z):
        raise FeedError(
            f"expected offset in {path} to rise from 0 to {len(meeting.z)} in runs of {len(truth)} scans, "
            f"got {offset.shape}"
        )


def vary(meeting: Meeting, pd: float | None, clutter: float | None, runs: int, seed: int) -> Meeting:
    """The same truth with plots made anew, where another probability or clutter is asked for.

    pd       detection probability; None keeps the file's, or 0.9
    clutter  false plots a scan; None keeps the file's, or 10
    seed     of the new plots: run r takes the r-th stream of it
    """
    if pd is None and clutter is None:
        return meeting
    chance = pd if pd is not None else 0.9 if np.isnan(meeting.pd) else meeting.pd
    rate = clutter if clutter is not None else 10.0 if np.isnan(meeting.lc) else meeting.lc
    plots = []
    for run in range(runs):
        rng = np.random.default_rng([seed, run])
        for k in range(meeting.scans):
            places = meeting.truth[k, _alive(meeting, k)][:, (0, 2)]
            seen = places[rng.random(len(places)) < chance]
            seen = seen + rng.normal(0.0, SD_M, seen.shape)
            false = rng.uniform(0.0, AREA_M, (rng.poisson(rate), 2))
            plots.append(rng.permutation(np.concatenate((seen, false))))
    offset = np.concatenate(([0], np.cumsum([len(p) for p in plots])))
    return replace(meeting, z=np.concatenate(plots), offset=offset, pd=chance, lc=rate)


def sensor(meeting: Meeting) -> Sensor:
    """The sensor; its range makes a disc of the area."""
    return Sensor(
        id="association",
        index=0,
        scan="staring",
        period_s=1.0,
        range_max_m=AREA_M / np.sqrt(np.pi),
        detection_probability=0.9 if np.isnan(meeting.pd) else meeting.pd,
        false_per_scan=10.0 if np.isnan(meeting.lc) else meeting.lc,
        position_sd_m=SD_M,
    )


def _alive(meeting: Meeting, k: int) -> Ints:
    """Targets of scan k, counted from 0."""
    return np.flatnonzero((meeting.birth <= k + 1) & (k + 1 < meeting.death))


def play(meeting: Meeting, run: int) -> Iterator[tuple[Scan, Truth]]:
    """One run, scan by scan."""
    for k in range(meeting.scans):
        at = run * meeting.scans + k
        plots = meeting.z[meeting.offset[at] : meeting.offset[at + 1]]
        now_ns = START_NS + k * NS_PER_S
        alive = _alive(meeting, k)
        yield (
            Scan(now_ns, plots, np.full(len(plots), now_ns)),
            Truth(alive, meeting.truth[k, alive][:, (0, 2)]),
        )


def bench(
    path: Path, *, runs: int, pd: float | None, clutter: float | None, seed: int, peers: bool = False
) -> Bench:
    """Make it ready to run, or FeedError; see `load` and `vary`."""
    held = load(path)
    anew = pd is not None or clutter is not None
    if not anew and runs > held.runs:
        raise FeedError(f"expected {runs} runs in {path}, it has {held.runs}: ask for fewer with --runs")
    meeting = vary(held, pd, clutter, runs, seed)
    told = sensor(meeting)
    peer = PeerSettings(
        sd_m=SD_M,
        q=Q,
        speed_sd_mps=SPEED_SD_MPS,
        reach_m=10.0,
        detection=told.detection_probability,
        clutter_density_m2=told.false_per_scan / AREA_M**2,
    )
    return Bench(
        head={
            "bench": "association",
            "file": meeting.name,
            "runs": runs,
            "pd": told.detection_probability,
            "clutter": told.false_per_scan,
            "seed": seed if anew else None,
        },
        cutoff_m=CUTOFF_M,
        score_from=0,
        rms=True,
        runs=[partial(play, meeting, run) for run in range(runs)],
        make=lambda: Own(SETTINGS, told, at_end=True),
        settings=SETTINGS,
        peers=[(peer, meeting.scans), (msgspec.structs.replace(peer, association="jpda"), meeting.scans)]
        if peers
        else (),
    )
