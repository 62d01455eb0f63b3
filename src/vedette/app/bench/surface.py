"""A recorded airport surface: primary radar and multilateration, alone and together.

ASTERIX 010 of two sensors at once, played as `vedette replay` plays it: the same configuration, the same
ticks of 20 ms. Three runs of the same tracker with the same settings differ only in what they hear:
the radar, the multilateration, or both. No run hears an address, a callsign, a Mode 3/A code or a
sensor's own track number. Reports of fixed test transponders (field monitors) are left out everywhere.

Truth    half of the multilateration reports of each address (--fed) go to the tracker, the others make
         the truth: see `surface_truth`. The sensor is configured with the longer period that it then has.
Area     what both sensors see: the disc of the radar's `range_max_m`, up to its `height_max_m`. Addresses
         beyond are not asked for, and a track that is one of them, or that is none and lies outside, is
         not counted.
Tracks   those shown as confirmed at each whole second, carried to it.
GOSPA    cut-off 50 m (--cutoff), once a second from second 60 on.
False    every other track within the cut-off of an address: a double, or a ghost. Of a track further from
         all of them addresses say nothing: it may be a vehicle without a transponder, or nothing. Such
         strangers are counted apart, and `gospa_with_strangers_m` charges each as false.
"""

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.app import config as configuration
from vedette.app.bench.scoring import Say, Tally, Truth
from vedette.app.bench.surface_truth import Ground, ground_at, held_out, paths
from vedette.app.bench.surface_truth import Path as Way
from vedette.app.bench.tracking import Reported
from vedette.app.config import NodeConfig
from vedette.app.ingest import Ingest
from vedette.app.recordings import Trouble, open_all
from vedette.core.errors import ConfigError, FeedError
from vedette.core.observation import ON_GROUND, Batch
from vedette.core.picture import TrackStatus
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.evaluate.gospa import gospa_places
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.track.sensors import model
from vedette.track.state import init, with_sensors
from vedette.track.step import step

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

CUTOFF_M: Final = 50.0  # unless told otherwise
SCORE_FROM: Final = 60
CONFIG: Final = Path(__file__).parents[4] / "examples" / "barcelona-surface.toml"
_MIDNIGHT_NS: Final = 1_601_596_800 * NS_PER_S  # any midnight: the recording has times of day only
_FIELD_MONITOR: Final = "field monitor"
_PROGRESS_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Tick:
    """What was heard in one tick.

    rows  (m,)  of OBSERVATION, nothing in them says who it is
    fed   (m,)  whether trackers may hear of it
    """

    tick_ns: int
    rows: NDArray[np.void]
    fed: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Recording:
    """Both sensors' reports as a node hears them, and what was kept back of them."""

    config: NodeConfig
    radar: Sensor
    mlat: Sensor
    ticks: list[Tick]
    ways: list[Way]
    left_out: int
    fed: float
    apart_m: float
    cutoff_m: float = CUTOFF_M


def load(folder: Path, config: Path, minutes: float | None, fed: float) -> Recording:
    """Read a folder of recordings, or FeedError that says what was expected.

    minutes  so many from the first second; None is all
    fed      share of the multilateration reports of each address that trackers get
    """
    if not 0.0 < fed < 1.0:
        raise FeedError(f"expected a share above 0 and below 1 to feed, got {fed}: the rest is the truth")
    node = configuration.load(config)
    origin = node.origin
    if origin is None:
        raise ConfigError(str(config), "a [node] with an origin", "none")
    radar, mlat = _only(node, "radar", config), _only(node, "mlat", config)
    batches = list(_batches(folder, node, minutes))
    if not batches:
        raise FeedError(f"expected reports of {radar.source} and {mlat.source} in {folder}, got none")
    rows = np.concatenate([batch.observations() for batch in batches])
    tick = np.repeat(np.arange(len(batches)), [len(batch.observations()) for batch in batches])
    address = _addresses(batches)
    monitor = address == -2
    rows, tick, address = rows[~monitor], tick[~monitor], address[~monitor]
    rows["claim"] = 0
    named = (rows["sensor"] == mlat.index) & (address >= 0)
    if named.sum() < 100 or not (rows["sensor"] == radar.index).any():
        raise FeedError(
            f"expected reports of {radar.source} and, with Mode S addresses, of {mlat.source} "
            f"in {folder}, got {int((rows['sensor'] == radar.index).sum())} and {int(named.sum())}"
        )
    kept = np.zeros(len(rows), np.bool_)
    kept[named] = held_out(address[named], fed)
    at_m = _places_m(rows, mlat, origin)
    speed_mps = np.hypot(rows["v_east_mps"], rows["v_north_mps"])
    ground = (rows["flags"] & ON_GROUND) != 0
    low = ground | (rows["baro_alt_m"] <= radar.height_max_m)
    ways = paths(address[kept], rows["valid_ns"][kept], at_m[kept], speed_mps[kept], ground[kept], low[kept])
    first = np.searchsorted(tick, np.arange(len(batches) + 1))
    ticks = [
        Tick(batch.tick_ns, rows[a:b], ~kept[a:b])
        for batch, (a, b) in zip(batches, itertools.pairwise(first.tolist()), strict=True)
    ]
    if mlat.period_s is not None:
        mlat = msgspec.structs.replace(mlat, period_s=mlat.period_s / fed)
    told = named & ~kept
    apart_m = _apart_m(ways, address[told], rows["valid_ns"][told], at_m[told])
    return Recording(node, radar, mlat, ticks, ways, int(monitor.sum()), fed, apart_m)


def _only(node: NodeConfig, modality: str, config: Path) -> Sensor:
    """The one placed sensor of a kind."""
    mine = [s for s in node.sensors() if s.modality == modality and s.lat_deg is not None]
    if len(mine) != 1:
        raise ConfigError(str(config), f"one {modality} sensor with a place", str(len(mine)))
    return mine[0]


def _batches(folder: Path, node: NodeConfig, minutes: float | None) -> Iterator[Batch]:
    """What a node would have heard, tick by tick."""
    ingest = Ingest(node.sensors(), late_s=node.tracker.late_s)
    end_ns: int | None = None
    for heard in open_all([folder], _MIDNIGHT_NS, Trouble({})):
        if end_ns is None:
            end_ns = heard.heard_ns + round((minutes or 1e6) * 60.0 * NS_PER_S)
        if heard.heard_ns > end_ns:
            break
        yield from ingest.receive(heard.options, heard.format, 0, heard.heard_ns, heard.data)[0]
    yield from ingest.finish()


def _addresses(batches: list[Batch]) -> Ints:
    """Number of each row's Mode S address in the order they first come; -1 none, -2 a field monitor."""
    number: dict[str, int] = {}
    out = []
    for batch in batches:
        for claim in batch.observations()["claim"].tolist():
            told = batch.claims[claim - 1] if claim else None
            if told is None or told.scheme != "icao24":
                out.append(-1)
            elif told.description == _FIELD_MONITOR:
                out.append(-2)
            else:
                out.append(number.setdefault(told.ident, len(number)))
    return np.array(out, np.int64)


def _places_m(rows: NDArray[np.void], sensor: Sensor, origin: tuple[float, float]) -> Array:
    """East and north in the sector's frame, (m, 2), of what this sensor measured."""
    at = model(sensor, np.array([*origin, 0.0]))
    azimuth_rad = np.radians(rows["azimuth_deg"])
    away = np.column_stack((np.sin(azimuth_rad), np.cos(azimuth_rad), np.zeros(len(rows))))
    polar = (at.pose + (rows["range_m"][:, None] * away) @ at.rotation)[:, :2]
    told = enu_from_geodetic(np.array([*origin, 0.0]), rows["lat_deg"], rows["lon_deg"], np.zeros(len(rows)))[
        :, :2
    ]
    out: Array = np.where(np.isnan(rows["lat_deg"])[:, None], polar, told)
    return out


def _apart_m(ways: list[Way], address: Ints, time_ns: Ints, places_m: Array) -> float:
    """Median distance of the reports that are fed from the truth, which does not know them."""
    far = []
    by_ident = {way.ident: way for way in ways}
    for k in range(0, len(address), 7):
        way = by_ident.get(int(address[k]))
        there = None if way is None else ground_at([way], int(time_ns[k]))
        if there is not None and len(there.ids) == 1 and there.known[0]:
            far.append(float(np.hypot(*(there.places_m[0] - places_m[k]))))
    return float(np.median(far)) if far else float("nan")


class Score:
    """One run's marks."""

    def __init__(self, name: str, recording: Recording) -> None:
        radar, origin = recording.radar, recording.config.origin
        self.tally = Tally(name, recording.cutoff_m, SCORE_FROM, rms=True)
        self.tally.begin_run()
        self.strict = Tally(name, recording.cutoff_m, SCORE_FROM, rms=True)
        self._cutoff_m = recording.cutoff_m
        self._centre = model(radar, np.array([*(origin or (0.0, 0.0)), 0.0])).pose[:2]
        self._reach_m = radar.range_max_m

    def mark(self, second: int, now: Ground, seen: Reported, cpu_s: float) -> None:
        """Judge one second; see the module for what counts."""
        inside = now.known & now.low & self._inside(now.places_m)
        _, match = gospa_places(now.places_m, seen.places_m, self._cutoff_m)
        counted = self._inside(seen.places_m)
        counted[match[(match >= 0) & ~inside]] = False
        counted[match[(match >= 0) & inside]] = True
        apart_m = np.linalg.norm(seen.places_m[:, None] - now.places_m[None], axis=2)
        stranger = apart_m.min(axis=1, initial=np.inf) > self._cutoff_m
        truth = Truth(now.ids[inside], now.places_m[inside])
        self.tally.mark(second, truth, _some(seen, counted & ~stranger), cpu_s)
        self.strict.mark(second, truth, _some(seen, counted), cpu_s)

    def _inside(self, places_m: Array) -> NDArray[np.bool_]:
        away: NDArray[np.bool_] = np.linalg.norm(places_m - self._centre, axis=1) <= self._reach_m
        return away

    def figures(self) -> dict[str, Any]:
        """As in every tracking bench, and who was seen."""
        plain = msgspec.to_builtins(self.tally.figures())
        targets = max(plain["targets_a_scan"], 1e-9)
        plain["seen_share"] = 1.0 - plain["missed_a_scan"] / targets
        strict = self.strict.figures()
        plain["strangers_a_scan"] = strict.false_a_scan - plain["false_a_scan"]
        plain["gospa_with_strangers_m"] = strict.gospa_m
        plain["localisation_m_a_target"] = (
            plain["localisation_m"] / max(targets - plain["missed_a_scan"], 1e-9) ** 0.5
        )
        return {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in plain.items()}


def _some(seen: Reported, which: NDArray[np.bool_]) -> Reported:
    return Reported(seen.ids[which], seen.places_m[which], seen.velocity_mps[which], seen.time_ns[which])


def run(recording: Recording, name: str, heard: tuple[int, ...], say: Say) -> dict[str, Any]:
    """One run of the tracker with what these sensors say; its figures."""
    sensors = [s if s.index != recording.mlat.index else recording.mlat for s in recording.config.sensors()]
    origin = recording.config.origin or (0.0, 0.0)
    state = with_sensors(init(*origin, recording.config.tracker), sensors)
    score = Score(name, recording)
    cpu_s = 0.0
    said_s = time.monotonic()
    first = recording.ticks[0].tick_ns // NS_PER_S
    for tick in recording.ticks:
        rows = tick.rows[tick.fed & np.isin(tick.rows["sensor"], heard)]
        begin_s = time.process_time()
        state, output = step(state, rows, [], tick.tick_ns)
        cpu_s += time.process_time() - begin_s
        if not output.whole:
            continue
        second = tick.tick_ns // NS_PER_S - first
        shown = output.rows["status"] == TrackStatus.CONFIRMED
        seen = Reported(
            output.rows["track_id"][shown].astype(np.int64),
            output.mean[shown, :2],
            output.mean[shown, 3:5],
            np.full(int(shown.sum()), tick.tick_ns),
        )
        score.mark(second, ground_at(recording.ways, tick.tick_ns), seen, cpu_s)
        cpu_s = 0.0
        if time.monotonic() - said_s > _PROGRESS_S:
            said_s = time.monotonic()
            say(f"{name}: second {second}")
    return score.figures()


def bench(
    folder: Path, *, config: Path, minutes: float | None, fed: float, say: Say, cutoff_m: float = CUTOFF_M
) -> tuple[dict[str, Any], str]:
    """All three runs; the summary and the same for people."""
    recording = replace(load(folder, config, minutes, fed), cutoff_m=cutoff_m)
    one, other = recording.radar.index, recording.mlat.index
    runs = {
        "radar": run(recording, "radar alone", (one,), say),
        "mlat": run(recording, "multilateration alone", (other,), say),
        "fused": run(recording, "both", (one, other), say),
    }
    summary: dict[str, Any] = {
        "bench": "surface",
        "folder": folder.name,
        "minutes": minutes,
        "fed": fed,
        "cutoff_m": cutoff_m,
        "score_from": SCORE_FROM,
        "addresses": len(recording.ways),
        "field_monitor_reports_left_out": recording.left_out,
        "truth_to_fed_reports_m": round(recording.apart_m, 3),
        **runs,
        "fused_is_best": {
            name: all(runs["fused"][name] < runs[k][name] for k in ("radar", "mlat"))
            for name in ("gospa_m", "switches_per_100_target_scans")
        },
    }
    return summary, _text(summary)


def _text(summary: dict[str, Any]) -> str:
    names = (
        "gospa_m", "localisation_m", "missed_m", "false_m", "switches_per_100_target_scans", "seen_share",
        "gospa_with_strangers_m", "strangers_a_scan", "localisation_m_a_target", "cpu_ms_a_scan",
    )  # fmt: skip
    runs = [summary[k] for k in ("radar", "mlat", "fused")]
    head = ", ".join(f"{k} {v}" for k, v in summary.items() if not isinstance(v, dict))
    lines = [head, "", " " * 32 + "".join(f"{run['tracker']:>24}" for run in runs)]
    lines += [f"{name:32}" + "".join(f"{run[name]:>24.4g}" for run in runs) for name in names]
    return "\n".join(lines)
