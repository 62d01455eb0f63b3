"""Three hundred kilometres of air: distances, directions and the horizon hold in a frame so large."""

import math

import numpy as np
import pytest
from decoded import decoded

from vedette.app import config
from vedette.app.simulate import simulate
from vedette.core.classes import CLASSES
from vedette.core.observation import stack
from vedette.core.units import NS_PER_S
from vedette.simulate import load_scenario, read_truth


def quiet(_):
    pass


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
