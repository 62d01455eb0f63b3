"""AIRSPACE-CV: targets that fly nearly straight through a square, one sensor, clutter.

A scan a second. State east, v_east, north, v_north; white acceleration of 1 m²/s³ an axis; speed at
birth U(5, 30) m/s in any direction; a square of side sqrt(n / density) km; survival 0.995 a scan; Poisson
n (1 - 0.995) births a scan, uniform; who leaves is dead, and tracks beyond the square are not scored. The
sensor gives east and north with 20 m of noise an axis, sees with probability 0.9, and has Poisson(n)
uniform false plots a scan. GOSPA with a cut-off of 100 m, from scan 10 on (the first is 0).

A shorter run of the same seed is the beginning of a longer one. Targets and plots have random numbers of
their own: what is seen does not change who flies.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final, Literal

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.app.bench.knowing import Knowing
from vedette.app.bench.peers import PeerSettings
from vedette.app.bench.report import Bench, PeerRun
from vedette.app.bench.scoring import Tally, Truth
from vedette.app.bench.tracking import START_NS, Own, Scan
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.track.settings import TrackerSettings

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

CUTOFF_M: Final = 100.0
SCORE_FROM: Final = 10
Q: Final = 1.0  # m²/s³
SPEED_MPS: Final = (5.0, 30.0)
SURVIVAL: Final = 0.995
SD_M: Final = 20.0
DETECTION: Final = 0.9

# White acceleration over one second.
_F: Final = np.array([[1.0, 1.0], [0.0, 1.0]])
_QD: Final = Q * np.array([[1.0 / 3.0, 0.5], [0.5, 1.0]])
_ROOT: Final = np.linalg.cholesky(_QD)
# Spread of one axis of the velocity at birth: a speed of U(a, b) in any direction.
SPEED_SD_MPS: Final = math.sqrt((SPEED_MPS[1] ** 3 - SPEED_MPS[0] ** 3) / (SPEED_MPS[1] - SPEED_MPS[0]) / 6.0)


class AirspaceCv(Struct, frozen=True, kw_only=True):
    """Which scene: targets at any time on average, targets a km², seed, scans."""

    n: int
    density: float
    seed: int
    scans: int = 60

    @property
    def side_m(self) -> float:
        """Side of the square."""
        return 1000.0 * math.sqrt(self.n / self.density)


# What the tracker is told of every scene: how targets move and come and go, and when to report one.
# How many come in and how much is false it is told the same for all of them and has to find out.
SETTINGS: Final = TrackerSettings(
    models=("steady",),
    steady_q=Q,
    birth_speed_sd_mps=(SPEED_SD_MPS, SPEED_SD_MPS, SPEED_SD_MPS),
    lifetime_s=1.0 / (1.0 - SURVIVAL),
    gate_sd=4.0,
    confirm_existence=0.5,
    confirm_hits=1,
    coast_existence=0.5,
    coast_periods=8.0,
    drop_periods=20.0,
    drop_existence=0.01,
    keep_existence=0.001,
    birth_existence=0.001,
)
FALSE_PER_SCAN: Final = 100.0


def sensor(scene: AirspaceCv) -> Sensor:
    """The sensor; its range makes a disc of the square's area."""
    return Sensor(
        id="airspace-cv",
        index=0,
        scan="staring",
        period_s=1.0,
        range_max_m=scene.side_m / math.sqrt(math.pi),
        detection_probability=DETECTION,
        false_per_scan=FALSE_PER_SCAN,
        position_sd_m=SD_M,
    )


def play(scene: AirspaceCv) -> Iterator[tuple[Scan, Truth]]:
    """Scan by scan; the same each time."""
    for scan, truth, _ in play_known(scene):
        yield scan, truth


def play_known(scene: AirspaceCv) -> Iterator[tuple[Scan, Truth, Ints]]:
    """The same with whose each plot is, (m,): its place in the truth, -1 for clutter."""
    rng, plots_rng = (np.random.default_rng(s) for s in np.random.SeedSequence(scene.seed).spawn(2))
    side_m = scene.side_m
    area_m = np.array([[0.0, 0.0], [side_m, side_m]])
    ids = np.zeros(0, np.int64)
    x = np.zeros((0, 2, 2))  # target, axis, (place, velocity)
    next_id = 1
    for k in range(scene.scans):
        if k:
            x = x @ _F.T + rng.normal(size=x.shape) @ _ROOT.T
            inside = ((x[:, :, 0] >= 0.0) & (x[:, :, 0] <= side_m)).all(axis=1)
            stays = inside & (rng.random(len(x)) < SURVIVAL)
            ids, x = ids[stays], x[stays]
        born = rng.poisson(scene.n * (1.0 - SURVIVAL)) if k else scene.n
        ids = np.concatenate((ids, np.arange(next_id, next_id + born)))
        x = np.concatenate((x, _newborn(rng, born, side_m)))
        next_id += born
        plots_m, whose = _look(plots_rng, x[:, :, 0], scene.n, side_m)
        now_ns = START_NS + k * NS_PER_S
        scan = Scan(now_ns, plots_m, np.full(len(plots_m), now_ns))
        yield scan, Truth(ids, x[:, :, 0].copy(), area_m=area_m), whose


def _newborn(rng: np.random.Generator, born: int, side_m: float) -> Array:
    speed = rng.uniform(*SPEED_MPS, born)
    course = rng.uniform(0.0, 2.0 * math.pi, born)
    out = np.empty((born, 2, 2))
    out[:, :, 0] = rng.uniform(0.0, side_m, (born, 2))
    out[:, 0, 1], out[:, 1, 1] = speed * np.sin(course), speed * np.cos(course)
    return out


def _look(rng: np.random.Generator, places_m: Array, n: int, side_m: float) -> tuple[Array, Ints]:
    """Plots (m, 2) in no order, and whose each is."""
    seen = np.flatnonzero(rng.random(len(places_m)) < DETECTION)
    false = rng.uniform(0.0, side_m, (rng.poisson(n), 2))
    plots_m = np.concatenate((places_m[seen] + rng.normal(0.0, SD_M, (len(seen), 2)), false))
    whose = np.concatenate((seen, np.full(len(false), -1)))
    order = rng.permutation(len(plots_m))
    return plots_m[order], whose[order]


def bench(scene: AirspaceCv, *, peers: bool = False, peer_scans: int | None = None) -> Bench:
    """Make it ready to run; with peers, Stone Soup over peer_scans or as many as it can do in minutes."""
    return Bench(
        head={"bench": "airspace-cv", **msgspec.structs.asdict(scene)},
        cutoff_m=CUTOFF_M,
        score_from=SCORE_FROM,
        runs=[partial(play, scene)],
        make=lambda: Own(SETTINGS, sensor(scene), at_end=True),
        settings=SETTINGS,
        bound=partial(bound, scene),
        peers=_peers(scene, peer_scans) if peers else (),
    )


def bound(scene: AirspaceCv, tally: Tally) -> None:
    """Mark the filters that know the association."""
    tally.begin_run()
    knowing = Knowing(_F, _QD, SD_M, SPEED_SD_MPS)
    for k, (scan, truth, whose) in enumerate(play_known(scene)):
        truth = replace(truth, area_m=None)  # nothing is reported beyond but a place that noise moved there
        tally.mark(k, truth, knowing.step(scan, truth, whose), math.nan)


def _peers(scene: AirspaceCv, scans: int | None) -> list[PeerRun]:
    """Nearest neighbour, and JPDA where it ends in minutes: as the table of figures has them."""
    if scans is None:
        scans = 60 if scene.n <= 100 else 40 if scene.n <= 400 else 14
    scans = min(scans, scene.scans)
    kinds: tuple[Literal["nn", "jpda"], ...] = ("nn", "jpda") if scene.n <= 400 else ("nn",)
    dense = scene.density >= 1.0  # where three false plots in a row are common
    told = [
        PeerSettings(
            association=kind,
            sd_m=SD_M,
            q=Q,
            speed_sd_mps=SPEED_SD_MPS,
            reach_m=150.0,
            gate_sd=3.0 if dense else 4.0,
            min_plots=4 if dense else 3,
            detection=DETECTION,
            clutter_density_m2=scene.n / scene.side_m**2,
        )
        for kind in kinds
    ]
    return [(one, scans) for one in told]
