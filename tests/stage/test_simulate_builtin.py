"""Every built-in scenario: it loads, runs, is decoded without a refusal, and gives the same bytes again."""

import hashlib
import math
import os
import subprocess
import sys
from functools import cache

import msgspec
import numpy as np
import pytest

from vedette.app import config
from vedette.app.ingest import Ingest
from vedette.app.recordings import Trouble, open_all
from vedette.app.simulate import simulate
from vedette.core.classes import CLASSES, UAS
from vedette.core.observation import stack
from vedette.core.units import NS_PER_S
from vedette.evaluate.inside import inside
from vedette.simulate import Simulation, builtin_names, load_scenario, read_truth, zones_path
from vedette.simulate.spec.events import Babble
from vedette.wire.geozone import load_zones

NAMES = builtin_names()
SECONDS = 60
LONG_S = 720  # of the longest scenario
_UAS = [CLASSES.index(name) for name in UAS]

DIGESTS = """
import hashlib
from vedette.simulate import Simulation, builtin_names, load_scenario
for name in builtin_names():
    simulation = Simulation(load_scenario(name), seed=11)
    digest = hashlib.sha256()
    for _, emissions, rows in simulation.run(30.0):
        digest.update(rows.tobytes())
        for one in emissions:
            digest.update(repr((one.feed, one.connection, one.t_ns, one.data)).encode())
    print(name, digest.hexdigest())
"""


def quiet(_):
    pass


def zones_of(name):
    path = zones_path(load_scenario(name), name)
    return load_zones(path.read_bytes(), path.name)


@pytest.fixture(scope="module", params=NAMES)
def played(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    counts = simulate(request.param, folder, seconds=SECONDS, seed=3, say=quiet)
    return request.param, folder, counts


def decoded(folder, sensors):
    """Every batch of a recording."""
    ingest = Ingest(sensors)
    for heard in open_all([folder / "journal"], 0, Trouble({})):
        made, _ = ingest.receive(
            heard.options, heard.format, heard.connection, heard.heard_ns, heard.data, link=heard.link
        )
        yield from made
    yield from ingest.finish()


def test_it_says_what_it_is():
    for name in NAMES:
        scenario = load_scenario(name)
        assert scenario.name == name
        assert scenario.title
        assert scenario.summary
        assert 2 <= len(scenario.notice) <= 6
        assert len({zone.id for zone in zones_of(name)}) >= 2


def test_its_frames_are_decoded_without_a_refusal(played):
    name, folder, counts = played
    scenario = load_scenario(name)
    faulty = {spec.id for spec in scenario.sensor if spec.faults is not None}
    faulty |= {event.sensor for event in scenario.event if isinstance(event, Babble)}
    statuses = {}
    for batch in decoded(folder, config.load(folder / "node.toml").sensors()):
        statuses.update({status.id: status for status in batch.statuses})
    assert counts["frames"] > 50
    for spec in scenario.sensors():
        assert statuses[spec.id].frames or spec.modality in ("human", "remote_id", "acoustic"), spec.id
        if spec.id not in faulty:
            late = (
                {"late"} if spec.modality == "human" else set()
            )  # not for tracks: docs/scenarios-sensors.md
            assert set(statuses[spec.id].quarantined) <= late, spec.id
    assert {status.id for status in statuses.values()} == {spec.id for spec in scenario.sensors()}


@cache
def flown(name, seed):
    """Truth of those who may not be there, every 4 s of the whole scenario."""
    scenario = msgspec.structs.replace(load_scenario(name), sensor=[], event=[])
    parts = []
    for _, _, rows in Simulation(scenario, seed).run(LONG_S, every_s=4.0):
        parts.append(rows[~rows["authorised"]])
    return np.concatenate(parts)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "load"])
def test_every_drone_without_leave_is_in_a_zone_in_some_seed(name):
    zones = zones_of(name)
    first = flown(name, 1)
    left = set(np.unique(first["name"][np.isin(first["class"], _UAS)]).tolist())
    for seed in (1, 2, 3):
        rows = flown(name, seed)
        left -= set(np.unique(rows["name"][inside(zones, rows)]).tolist())
        if not left:
            return
    raise AssertionError(f"never in a zone: {sorted(left)}")


@pytest.mark.parametrize("name", [name for name in NAMES if name != "load"])
def test_seeds_are_different_evenings(name):
    first, second = flown(name, 1), flown(name, 2)
    assert len(first) != len(second) or not np.array_equal(first["lat_deg"], second["lat_deg"])


def test_the_same_seed_gives_the_same_bytes_in_any_process():
    said = []
    for hash_seed in ("1", "4242"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", DIGESTS]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        said.append(done.stdout)
    assert said[0] == said[1]
    assert [line.split()[0] for line in said[0].splitlines()] == NAMES


def test_the_recording_is_the_same_byte_for_byte(tmp_path):
    digests = []
    for run in ("a", "b"):
        simulate("border_drones", tmp_path / run, seconds=20, seed=5, say=quiet)
        files = sorted(path for path in (tmp_path / run).rglob("*") if path.is_file())
        digests.append(
            [(str(p.relative_to(tmp_path / run)), hashlib.sha256(p.read_bytes()).hexdigest()) for p in files]
        )
    assert digests[0] == digests[1]
    assert {"node.toml", "truth.csv", "zones.json"} <= {name for name, _ in digests[0]}


def ecef(lat_deg, lon_deg, alt_m):
    """WGS-84, written out once more: not the simulator's, not the tracker's."""
    lat, lon, e2 = np.radians(lat_deg), np.radians(lon_deg), 6.69437999014e-3
    n = 6_378_137.0 / np.sqrt(1.0 - e2 * np.sin(lat) ** 2)
    flat = (n + alt_m) * np.cos(lat)
    return np.stack((flat * np.cos(lon), flat * np.sin(lon), (n * (1.0 - e2) + alt_m) * np.sin(lat)), -1)


@pytest.fixture(scope="module")
def jets(tmp_path_factory):
    """Five minutes of fast jets: folder, sensors, batches."""
    folder = tmp_path_factory.mktemp("jets")
    simulate("fast_jets", folder, seconds=300, seed=2, say=quiet)
    sensors = config.load(folder / "node.toml").sensors()
    return folder, sensors, list(decoded(folder, sensors))


def test_a_large_frame_holds_distances_and_the_horizon(jets):
    folder, sensors, batches = jets
    rows = read_truth(folder / "truth.csv")
    far = next(sensor for sensor in sensors if sensor.id == "long-range-far")
    station = ecef(far.lat_deg, far.lon_deg, far.alt_m)
    plots = stack([batch.observations() for batch in batches if batch.rows])
    plots = plots[plots["sensor"] == far.index]
    ground_m = load_scenario("fast_jets").site.ground_m
    of_intruder, reach_m = 0, 0.0
    for number in np.unique(rows["id"]):
        one = rows[rows["id"] == number]
        fields = ("lat_deg", "lon_deg", "alt_m")
        since = (plots["valid_ns"] - one["time_ns"][0]) / NS_PER_S
        times = (one["time_ns"] - one["time_ns"][0]) / NS_PER_S
        there = (since >= 0.0) & (since <= times[-1])
        lat, lon, alt = (np.interp(since[there], times, one[field]) for field in fields)
        away = np.linalg.norm(ecef(lat, lon, alt) - station, axis=-1)
        bearing = azimuth_deg(far, lat, lon)
        off = (plots["azimuth_deg"][there] - bearing + 180.0) % 360.0 - 180.0
        near = np.abs(plots["range_m"][there] - away) < 500.0
        near &= np.abs(off) < 0.75
        if not near.any() or one["class"][0] != CLASSES.index("aeroplane"):
            continue
        root = math.sqrt(near.sum())
        assert abs(np.mean(plots["range_m"][there][near] - away[near])) < 5.0 + 400.0 / root, one["name"][0]
        assert abs(np.mean(off[near])) < 0.005 + 0.6 / root, one["name"][0]
        horizon = np.sqrt(2.0 * 8_494_667.0) * (np.sqrt(far.alt_m - ground_m) + np.sqrt(alt - ground_m))
        assert (away[near] < horizon[near] + 1_000.0).all(), one["name"][0]
        reach_m = max(reach_m, float(away[near].max()))
        of_intruder += int(near.sum()) if str(one["name"][0]).startswith("intruder") else 0
    assert of_intruder > 40
    assert reach_m > 280e3


def azimuth_deg(station, lat_deg, lon_deg):
    """On the ellipsoid's tangent plane at the station."""
    lat, lon = np.radians(station.lat_deg), np.radians(station.lon_deg)
    away = ecef(lat_deg, lon_deg, 5_000.0) - ecef(station.lat_deg, station.lon_deg, station.alt_m)
    east = away @ np.array([-np.sin(lon), np.cos(lon), 0.0])
    north = away @ np.array([-np.sin(lat) * np.cos(lon), -np.sin(lat) * np.sin(lon), np.cos(lat)])
    return np.degrees(np.arctan2(east, north)) % 360.0


def test_transponders_say_the_category_of_their_kind(jets):
    said = {claim.ident: claim.category for batch in jets[2] for claim in batch.claims if claim.category}
    assert [said[address] for address in ("511060", "511061", "511010", "511F01")] == ["A7", "A1", "A3", "A6"]
