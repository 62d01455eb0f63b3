"""A recorded rotating radar: real targets whose identity the tracker is not told.

ASTERIX 048 with Mode S addresses. A plot reaches the tracker as range, azimuth, time, pressure altitude,
and whether it is on the ground; its address, callsign, Mode 3/A code and the radar's own track number
do not. Plots are cut into turns where the azimuth passes north.

Truth    the plotted place of every address in every turn in which it was seen: ground distance
         sqrt(slant² - level²) with the flight level where one is told, slant where none is, along the
         azimuth. A turn with two plots of an address counts its first.
Tracks   those reported at the end of a turn, where they were at their own last plot, brought to the
         same plane by their own range and height. Or, to choose, each carried along its velocity to the
         time of the truth that it is compared with.
GOSPA    cut-off 1000 m, over the first 120 turns, from turn 10 on (the first is 0).
Hard     a tenth of the plots dropped, 100 false plots a turn, uniform in the disc of 60 NM; who was
         dropped is still in the truth.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.peers import PeerSettings
from vedette.app.bench.report import Bench
from vedette.app.bench.scoring import Truth
from vedette.app.bench.tracking import BLANK_ROW, NOWHERE_DEG, START_NS, Own, Scan
from vedette.core.errors import FeedError
from vedette.core.observation import Intake
from vedette.core.sensor import Sensor
from vedette.core.units import NM_M, NS_PER_S
from vedette.kernel.geodesy import mean_radius_m
from vedette.track.settings import TrackerSettings
from vedette.wire.asterix import AsterixDecoder

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

CUTOFF_M: Final = 1000.0
SCORE_FROM: Final = 10
DISC_M: Final = 60.0 * NM_M
DROP: Final = 0.1
FALSE_A_TURN: Final = 100
_TOO_SHORT: Final = 100  # plots with an address: less is no traffic

# Defaults but for what is reported: what was seen from its first plot on, what was missed once coasts.
SETTINGS: Final = TrackerSettings(
    undetected=1.0, confirm_existence=0.3, confirm_hits=1, coast_existence=0.95, coast_periods=3.5
)
STRAY_SHARE: Final = 0.003  # of azimuths, by multipath
# The best that was found for Stone Soup on the Barcelona recording, as it is and hard.
PEER: Final = PeerSettings(
    sd_m=60.0, q=30.0, speed_sd_mps=150.0, reach_m=3000.0, gate_sd=5.0, min_plots=3, end_after=2
)
PEER_HARD: Final = PeerSettings(
    sd_m=60.0, q=30.0, speed_sd_mps=150.0, reach_m=3000.0, gate_sd=4.0, min_plots=3, end_after=3
)


@dataclass(frozen=True, slots=True)
class Recording:
    """One radar's plots in the order they were recorded.

    rows      (m,)    of OBSERVATION, nothing in them says who it is
    address   (m,)    number of the Mode S address, -1 none: for the truth alone
    plots_m   (m, 2)  east, north in the plane of the truth
    turn      (m,)    from 0
    period_s          of a turn
    """

    source: str
    rows: NDArray[np.void]
    address: Ints
    plots_m: Array
    turn: Ints
    period_s: float

    @property
    def turns(self) -> int:
        """How many."""
        return int(self.turn.max()) + 1


def load(path: Path) -> Recording:
    """Read the plots of the radar that has most in the file, or FeedError that says what was expected."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FeedError(f"expected a recording of CAT048, got {path}: {error.strerror}") from error
    intake = Intake()
    AsterixDecoder(path.stem, START_NS).receive(data, START_NS, intake)
    plots = {s: n for (s, kind), n in intake.records.items() if kind == "asterix.048"}
    if not plots:
        kinds = sorted({kind for _, kind in intake.records}) or ["nothing that is ASTERIX"]
        raise FeedError(f"expected CAT048 plots in {path}, got {', '.join(kinds)}")
    source = max(plots, key=lambda name: (plots[name], name))
    rows = intake.rows()
    rows = rows[rows["sensor"] == intake.sources.index(source)] if source in intake.sources else rows[:0]
    rows = rows[~np.isnan(rows["range_m"])]
    address = _addresses(rows, intake)
    if (address >= 0).sum() < _TOO_SHORT:
        raise FeedError(
            f"expected {_TOO_SHORT} plots with Mode S addresses or more in {path}: they are the truth, "
            f"got {int((address >= 0).sum())}"
        )
    rows["claim"] = 0
    rows["sensor"] = 0
    period_s = _period_s(rows, address)
    return Recording(source, rows, address, ground_m(rows), _turns(rows, period_s), period_s)


def _addresses(rows: NDArray[np.void], intake: Intake) -> Ints:
    """Number of each plot's Mode S address, in the order they first come; -1 none."""
    number: dict[str, int] = {}
    out = np.full(len(rows), -1, np.int64)
    for j, claim in enumerate(rows["claim"].tolist()):
        if claim and intake.claims[claim - 1].scheme == "icao24":
            out[j] = number.setdefault(intake.claims[claim - 1].ident, len(number))
    return out


def _period_s(rows: NDArray[np.void], address: Ints) -> float:
    """A turn: the median time from one plot of an address to its next."""
    order = np.lexsort((rows["valid_ns"], address))
    order = order[address[order] >= 0]
    same = np.diff(address[order]) == 0
    between_s = np.diff(rows["valid_ns"][order])[same] / NS_PER_S
    between_s = between_s[(between_s > 0.5) & (between_s < 60.0)]  # a double plot, a landing and a return
    if not len(between_s):
        raise FeedError("expected addresses that are plotted again within a minute: no turn can be seen")
    return float(np.median(between_s))


def _turns(rows: NDArray[np.void], period_s: float) -> Ints:
    """Turn of each plot, (m,), from 0: how often the azimuth has passed north, by azimuth and time.

    Plots do not come in the order of their azimuths; each is laid to where the beam was by its time.
    """
    azimuth_deg = rows["azimuth_deg"] % 360.0
    step_deg = (np.diff(azimuth_deg) + 180.0) % 360.0 - 180.0
    gap = np.diff(rows["valid_ns"]) / NS_PER_S / period_s - step_deg / 360.0
    step_deg += 360.0 * np.maximum(np.round(gap), 0.0)
    phase_deg = azimuth_deg[0] + np.concatenate(([0.0], np.cumsum(step_deg)))
    turn: Ints = np.floor(phase_deg / 360.0 + 1e-9).astype(np.int64)
    out: Ints = turn - turn.min()
    return out


def ground_m(rows: NDArray[np.void]) -> Array:
    """East and north of each plot, (m, 2), by range, azimuth and, where it is told, flight level."""
    level_m = np.nan_to_num(rows["baro_alt_m"])
    away_m = np.sqrt(np.maximum(rows["range_m"] ** 2 - level_m**2, 0.0))
    azimuth_rad = np.radians(rows["azimuth_deg"])
    return np.column_stack((away_m * np.sin(azimuth_rad), away_m * np.cos(azimuth_rad)))


def ground_of_tracks_m(enu_m: Array, known: NDArray[np.bool_]) -> Array:
    """The same plane for tracks, (k, 2).

    enu_m  (k, 3)  east, north, up of the radar
    known  (k,)    whether the height rests on a measurement: else it counts as none, as in `ground_m`
    """
    across_m = np.hypot(enu_m[:, 0], enu_m[:, 1])
    level_m = enu_m[:, 2] + across_m**2 / (2.0 * mean_radius_m(NOWHERE_DEG[0]))
    slant2 = across_m**2 + enu_m[:, 2] ** 2
    away_m = np.sqrt(np.maximum(slant2 - np.where(known, level_m, 0.0) ** 2, 0.0))
    out: Array = enu_m[:, :2] * (away_m / np.maximum(across_m, 1e-9))[:, None]
    return out


def sensor(recording: Recording, *, hard: bool) -> Sensor:
    """The radar as a node would be told of it. Where it stands matters to nothing in this bench."""
    return Sensor(
        id=recording.source,
        index=0,
        source=recording.source,
        scan="rotating",
        lat_deg=NOWHERE_DEG[0],
        lon_deg=NOWHERE_DEG[1],
        alt_m=0.0,
        period_s=recording.period_s,
        range_max_m=120_000.0,
        detection_probability=0.9 * (1.0 - DROP if hard else 1.0),
        false_per_scan=1.0 + (FALSE_A_TURN if hard else 0),
        stray_share=STRAY_SHARE,
    )


def play(
    recording: Recording, turns: int, *, hard_seed: int | None = None, at_truth: bool = False
) -> Iterator[tuple[Scan, Truth]]:
    """Turn by turn.

    turns      so many from the first, or as many as there are
    hard_seed  drop plots and add clutter with this seed; None leaves them as they are
    at_truth   compare each track at the time of the truth
    """
    rng = None if hard_seed is None else np.random.default_rng(hard_seed)
    turn_ns = round(recording.period_s * NS_PER_S)
    end_ns = START_NS
    for k in range(min(turns, recording.turns)):
        mine = np.flatnonzero(recording.turn == k)
        _, first = np.unique(recording.address[mine], return_index=True)
        named = np.sort(first[recording.address[mine[first]] >= 0])
        truth = Truth(
            recording.address[mine[named]],
            recording.plots_m[mine[named]],
            recording.rows["valid_ns"][mine[named]].astype(np.int64) if at_truth else None,
        )
        rows = recording.rows[mine]
        north_ns = _north_ns(rows, recording.period_s, end_ns)
        if rng is not None and len(rows):
            rows = _harden(rng, rows, recording.period_s, north_ns)
        rows = rows[np.argsort(rows["valid_ns"], kind="stable")]
        end_ns = max(north_ns + turn_ns, int(rows["valid_ns"].max(initial=0)))
        yield Scan(end_ns, ground_m(rows), rows["valid_ns"].astype(np.int64), rows), truth


def _north_ns(rows: NDArray[np.void], period_s: float, otherwise_ns: int) -> int:
    """When the beam passed north at the beginning of the turn of these plots."""
    if not len(rows):
        return otherwise_ns
    return int(np.median(rows["valid_ns"] - rows["azimuth_deg"] % 360.0 / 360.0 * period_s * NS_PER_S))


def _harden(
    rng: np.random.Generator, rows: NDArray[np.void], period_s: float, north_ns: int
) -> NDArray[np.void]:
    """Some plots less, and false ones more, at the time at which the beam is there."""
    kept = rows[rng.random(len(rows)) >= DROP]
    false = np.repeat(BLANK_ROW, FALSE_A_TURN)
    false["range_m"] = DISC_M * np.sqrt(rng.random(FALSE_A_TURN))
    false["azimuth_deg"] = rng.uniform(0.0, 360.0, FALSE_A_TURN)
    later_ns = (false["azimuth_deg"] / 360.0 * period_s * NS_PER_S).astype(np.int64)
    false["valid_ns"] = false["heard_ns"] = north_ns + later_ns
    return np.concatenate((kept, false))


def bench(
    path: Path, *, turns: int, hard_seed: int | None = None, at_truth: bool = False, peers: bool = False
) -> Bench:
    """Make it ready to run, or FeedError; see `load` and `play`."""
    recording = load(path)
    hard = hard_seed is not None
    radar = sensor(recording, hard=hard)
    head: dict[str, Any] = {
        "bench": "radar",
        "file": path.name,
        "source": recording.source,
        "period_s": round(recording.period_s, 4),
        "turns": min(turns, recording.turns),
        "hard": hard,
        "seed": hard_seed,
        "at": "truth" if at_truth else "update",
    }
    return Bench(
        head=head,
        cutoff_m=CUTOFF_M,
        score_from=SCORE_FROM,
        runs=[partial(play, recording, turns, hard_seed=hard_seed, at_truth=at_truth)],
        make=lambda: Own(SETTINGS, radar, at_end=False, project=ground_of_tracks_m),
        settings=SETTINGS,
        peers=[(PEER_HARD if hard else PEER, turns)] if peers else (),
    )
