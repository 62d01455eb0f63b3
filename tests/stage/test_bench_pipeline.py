"""The bench of the pipeline: its traffic says what it means, and one short run works end to end."""

import mmap
import os
import subprocess
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from vedette.app.bench import traffic as bench_traffic
from vedette.app.bench.meter import Meter
from vedette.app.bench.traffic import CHUNK_NS, FEEDS, Traffic
from vedette.core.observation import Intake
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import geodetic_from_enu
from vedette.wire.formats import FORMATS, DecoderOptions

START_NS = 1_750_000_000 * NS_PER_S


def _heard(rate: float, seconds: int, seed: int = 1) -> tuple[list[bench_traffic.Emission], Intake]:
    """Everything that the traffic sends, decoded at the instant at which it is due."""
    traffic = Traffic(rate, seed)
    decoders = {f.name: FORMATS[f.format].make(DecoderOptions(f.name)) for f in FEEDS}
    emissions = traffic.hello(START_NS)
    for from_ns in range(START_NS, START_NS + seconds * NS_PER_S, CHUNK_NS):
        emissions += traffic.between(from_ns, from_ns + CHUNK_NS)
    intake = Intake()
    for emission in emissions:
        decoders[emission.feed].receive(emission.data, emission.due_ns, intake)
    return emissions, intake


def test_every_octet_of_the_traffic_is_understood_and_counted() -> None:
    emissions, intake = _heard(400.0, 4)
    assert not intake.quarantined
    assert len(intake) == sum(e.observations for e in emissions)
    assert len(intake) == pytest.approx(400 * 4, rel=0.1)
    assert {e.feed for e in emissions} == {f.name for f in FEEDS}


def test_a_report_is_stamped_with_the_instant_it_is_due_and_never_later() -> None:
    rows = _heard(400.0, 4)[1].rows()
    age_ns = rows["heard_ns"] - rows["valid_ns"]
    assert age_ns.min() >= 0
    assert age_ns.max() <= NS_PER_S // 128


def test_all_sensors_see_a_target_in_the_same_place() -> None:
    """Radar plots with an address lie where the same aircraft says it is, within noise and half a second."""
    _, intake = _heard(200.0, 4)
    rows = intake.rows()
    radars = {f"asterix:20/{k + 1}": s for k, s in enumerate(bench_traffic.sensors(200.0)[:4])}
    told = {}
    for row in rows[rows["claim"] > 0]:
        if not np.isnan(row["lat_deg"]):
            told[intake.claims[int(row["claim"]) - 1].ident, int(row["valid_ns"]) // NS_PER_S] = row
    compared = 0
    for row in rows:
        radar = radars.get(intake.sources[int(row["sensor"])])
        if radar is None or not row["claim"]:
            continue
        claim = intake.claims[int(row["claim"]) - 1]
        same = told.get((claim.ident, int(row["valid_ns"]) // NS_PER_S))
        if same is None:
            continue
        place = _place(radar, row, float(row["baro_alt_m"]))
        metres = np.array([111_200.0, 111_200.0 * np.cos(np.radians(place[0]))])
        away_m = np.hypot(*((place[:2] - [same["lat_deg"], same["lon_deg"]]) * metres))
        assert away_m < 300.0 + 5.0 * 0.06 / 57.3 * row["range_m"]
        compared += 1
    assert compared > 50


def _place(radar: Sensor, row: np.void, alt_m: float) -> np.ndarray:
    """Where a plot lies, by bisection of its elevation to the height that it tells."""
    origin = np.array([radar.lat_deg, radar.lon_deg, radar.alt_m])
    low, high = -10.0, 90.0
    azimuth = np.radians(row["azimuth_deg"])
    for _ in range(50):
        elevation = np.radians((low + high) / 2)
        flat = row["range_m"] * np.cos(elevation)
        enu = np.array([[flat * np.sin(azimuth), flat * np.cos(azimuth), row["range_m"] * np.sin(elevation)]])
        place = geodetic_from_enu(origin, enu)[0]
        low, high = ((low + high) / 2, high) if place[2] < alt_m else (low, (low + high) / 2)
    return place


def test_the_same_seed_gives_the_same_bytes() -> None:
    assert _heard(100.0, 2, seed=3)[0] == _heard(100.0, 2, seed=3)[0]
    assert _heard(100.0, 2, seed=3)[0] != _heard(100.0, 2, seed=4)[0]


def test_nothing_is_due_twice_or_left_out_at_the_seams_of_chunks() -> None:
    whole = Traffic(100.0, 1).between(START_NS, START_NS + NS_PER_S)
    traffic = Traffic(100.0, 1)
    cut = [START_NS, START_NS + 333_333_333, START_NS + 333_333_334, START_NS + NS_PER_S]
    pieces = [e for a, b in pairwise(cut) for e in traffic.between(a, b)]
    assert [(e.due_ns, e.feed) for e in pieces] == [(e.due_ns, e.feed) for e in whole]


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")
def test_the_meter_sees_memory_that_is_taken() -> None:
    meter = Meter({"me": os.getpid()})
    taken = []
    for second in range(8):
        meter.sample(float(second))
        taken.append(mmap.mmap(-1, 4_000_000))  # what was freed before is not given again
        taken[-1].write(bytes([second + 1]) * 4_000_000)
    assert meter.growth_mb_per_min(["me"]) == pytest.approx(240.0, rel=0.2)
    assert meter.figures(["me"])["memory_mb_peak"]["node"] > 28.0


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")
def test_a_look_at_a_process_that_has_ended_leaves_the_meter_as_it_was() -> None:
    ended = subprocess.Popen(["true"])
    time.sleep(0.2)  # not waited for: it is still in the table of processes, without any memory
    meter = Meter({"me": os.getpid(), "ended": ended.pid})
    with pytest.raises((ProcessLookupError, FileNotFoundError)):
        meter.sample(0.0)
    ended.wait()
    assert meter.memory_mb(["me"]).size == 0


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="needs Linux's /proc")
def test_a_short_run_loses_nothing_and_measures_every_row() -> None:
    from vedette.app.bench.pipeline import bench

    said: list[str] = []
    summary = bench(200.0, 5.0, 1, said.append)
    assert summary["observations"] == summary["observations_sent"] > 900
    assert summary["nothing_lost"]
    assert summary["quarantined"] == 0
    assert summary["latency_unexplained"] == 0
    assert summary["latency_samples"] > 500
    assert 0.0 < summary["latency_ms_p50"] <= summary["latency_ms_p99"] <= summary["latency_ms_max"]
    # Sent, then heard, then shown: the whole is never shorter than its second part.
    assert summary["latency_ms_p50"] >= summary["since_heard_ms_p50"]
    assert 0.8 * summary["targets"] < summary["tracks_shown"] < 1.2 * summary["targets"]
    assert {"ingest", "sector", "record", "serve", "bus", "node"} <= set(summary["memory_mb_end"])
