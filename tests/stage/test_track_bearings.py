"""Starts without range: ghosts, one sensor at rest and one that moves, clocks, purity."""

import copy
import dataclasses
import math

import numpy as np
import pytest

from vedette.core.observation import Intake
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu
from vedette.track import bearings
from vedette.track.angle_tracks import Look
from vedette.track.clock_offsets import clock_offsets
from vedette.track.plots import prepare
from vedette.track.starts import bearing_look, begin_tracks
from vedette.track.state import init, with_sensors
from vedette.track.step import step

T0 = 1_750_000_000 * NS_PER_S
TWO = [np.array([-1000.0, 0.0, 0.0]), np.array([1000.0, 0.0, 0.0])]
THREE = [*TWO, np.array([0.0, 5000.0, 0.0])]
AROUND = (0.0, 2.0 * math.pi)


def legs(t_s):
    """A sensor at 40 m/s that turns by 90 degrees every 30 s."""
    place = np.array([0.0, 0.0, 50.0])
    for k in range(10):
        part = min(max(t_s - 30.0 * k, 0.0), 30.0)
        place = place + part * (np.array([40.0, 0.0, 0.0]) if k % 2 == 0 else np.array([0.0, 40.0, 0.0]))
    return place


def flights(n, seed, speed=15.0):
    rng = np.random.default_rng(seed)
    x = np.zeros((n, 6))
    x[:, :2] = rng.uniform([-1500.0, 1000.0], [1500.0, 4000.0], (n, 2))
    x[:, 2] = rng.uniform(50.0, 300.0, n)
    course = rng.uniform(0.0, 2.0 * math.pi, n)
    x[:, 3], x[:, 4] = speed * np.cos(course), speed * np.sin(course)
    return x


def look_at(rng, s, pose, targets, t_s, *, sd_deg, elevation, pd, false):
    """One look of sensor s at targets (n, 6) with their states at time 0."""
    sd, z = math.radians(sd_deg), []
    for x in targets:
        if rng.random() < pd:
            e, n, u = x[:3] + t_s * x[3:] - pose
            up = math.atan2(u, math.hypot(e, n)) + rng.normal(0.0, sd)
            z.append([math.atan2(e, n) + rng.normal(0.0, sd), up if elevation else math.nan])
    z += [
        [rng.uniform(-math.pi, math.pi), rng.uniform(0.0, 0.7) if elevation else math.nan]
        for _ in range(rng.poisson(false))
    ]
    z = rng.permutation(np.array(z).reshape(-1, 2))
    m = len(z)
    clutter = -math.log(2.0 * math.pi) - (math.log(math.pi / 4.0) if elevation else 0.0)
    time_ns = T0 + round(t_s * 1e9)
    return Look(
        sensor=s,
        period_ns=NS_PER_S,
        pd=pd,
        false=max(false, 0.1),
        log_clutter=np.full(m, clutter),
        time_ns=np.full(m, time_ns),
        z=z,
        sd=np.full((m, 2), sd),
        pose=pose,
        rotation=np.eye(3),
        p_left=np.ones(m),
        reach_m=10_000.0,
        view=AROUND,
        whole=True,
    )


def watch(sensors, targets, seconds, *, seed=0, sd_deg=1.0, elevation=False, pd=0.9, false=0.1):
    """Run a scene; a target that has begun is no longer passed, as a track would take its bearings.

    Returns (time s, target or -1 for a ghost, start) of all starts.
    """
    rng = np.random.default_rng(seed)
    state, out, left = bearings.init(), [], dict(enumerate(targets))
    for k in range(seconds * len(sensors)):
        s, t_s = k % len(sensors), k / len(sensors)
        pose = sensors[s](t_s) if callable(sensors[s]) else sensors[s]
        look = look_at(
            rng, s, pose, list(left.values()), t_s, sd_deg=sd_deg, elevation=elevation, pd=pd, false=false
        )
        state, starts = bearings.step(state, look, int(T0 + round(t_s * 1e9)))
        for start in starts:
            at = (start.time_ns - T0) / NS_PER_S
            off = {}
            for i, x in left.items():
                d = start.x[:2] - x[:2] - at * x[3:5]
                off[i] = d @ np.linalg.solve(start.P[:2, :2], d)
            mine = min(off, key=off.get, default=-1)
            mine = mine if mine >= 0 and off[mine] < 14.0 else -1
            left.pop(mine, None)
            out.append((t_s, mine, start))
    return out


def test_two_sensors_without_elevation_place_one_target():
    for seed in range(5):
        found = watch(TWO, flights(1, seed), 20, seed=seed)
        assert [i for _, i, _ in found] == [0]
        assert found[0][2].sensors in ((0, 1), (1, 0))
        assert found[0][2].probability > 0.95
        assert not found[0][2].has_height


@pytest.mark.parametrize("n", [3, 4, 5])
def test_three_sensors_without_elevation_begin_every_target_and_few_ghosts(n):
    begun = ghosts = 0
    for seed in range(4):
        found = watch(THREE, flights(n, seed), 60, seed=seed)
        begun += sum(i >= 0 for _, i, _ in found)
        ghosts += sum(i < 0 for _, i, _ in found)
    assert begun >= 0.85 * 4 * n
    assert ghosts <= 1


def test_two_sensors_without_elevation_wait_rather_than_show_ghosts():
    found = [one for seed in range(6) for one in watch(TWO, flights(3, seed), 60, seed=seed)]
    ghosts = sum(i < 0 for _, i, _ in found)
    assert ghosts <= 1
    assert len(found) - ghosts >= 3


def test_elevation_tells_targets_from_ghosts():
    found = [one for seed in range(4) for one in watch(TWO, flights(4, seed), 60, seed=seed, elevation=True)]
    assert sum(i >= 0 for _, i, _ in found) >= 11
    assert sum(i < 0 for _, i, _ in found) <= 1


@pytest.mark.parametrize("elevation", [True, False])
def test_one_sensor_at_rest_never_tells_a_range(elevation):
    targets = np.array([[500.0, 3000.0, 150.0, 4.0, -6.0, 0.0], [-400.0, 900.0, 80.0, 20.0, 0.0, 0.0]])
    assert watch([np.zeros(3)], targets, 120, sd_deg=0.5, elevation=elevation, false=0.02) == []


def test_one_sensor_in_straight_flight_does_not_tell_a_range_and_one_that_turns_does():
    target = np.array([[500.0, 3000.0, 150.0, 4.0, -6.0, 0.0]])
    straight = watch([lambda t: np.array([10.0 * t, 0.0, 50.0])], target, 90, sd_deg=0.5, false=0.0)
    assert straight == []
    for seed in range(3):
        turning = watch([legs], target, 90, sd_deg=0.5, false=0.0, seed=seed)
        assert [i for _, i, _ in turning] == [0]
        assert turning[0][0] > 30.0


def test_the_azimuth_may_pass_south():
    target = np.array([[-100.0, -2500.0, 100.0, 12.0, 0.0, 0.0]])
    found = watch(TWO, target, 25, sd_deg=0.5, false=0.0)
    assert [i for _, i, _ in found] == [0]
    # Directly: a direction that is followed from +179.9 to -179.9 degrees stays one.
    state = bearings.init()
    for k in range(20):
        look = look_at(
            np.random.default_rng(k), 0, np.array([-90.0, 0.0, 0.0]), target, float(k),
            sd_deg=0.1, elevation=True, pd=1.0, false=0.0,
        )  # fmt: skip
        state, _ = bearings.step(state, look, int(look.time_ns[0]))
    assert len(state.tracks) == 1
    assert state.tracks.hits[0] == 20


def test_starts_are_honest():
    nees = []
    for seed in range(25):
        for _, i, start in watch(TWO, flights(1, seed), 15, seed=seed, elevation=True, false=0.0):
            x = flights(1, seed)[i]
            at = (start.time_ns - T0) / NS_PER_S
            off = start.x - np.concatenate((x[:3] + at * x[3:], x[3:]))
            nees.append(off @ np.linalg.solve(start.P, off) / 6.0)
    assert len(nees) >= 23
    assert 0.3 < np.mean(nees) < 1.6


def test_a_step_touches_nothing_that_it_was_given():
    rng = np.random.default_rng(3)
    state = bearings.init()
    for k in range(12):
        look = look_at(
            rng, k % 2, TWO[k % 2], flights(2, 1), k / 2, sd_deg=1.0, elevation=True, pd=0.9, false=0.5
        )
        before, given = copy.deepcopy(state), copy.deepcopy(look)
        after, starts = bearings.step(state, look, int(T0 + k * NS_PER_S // 2))
        again, starts_again = bearings.step(before, given, int(T0 + k * NS_PER_S // 2))
        for f in dataclasses.fields(state.tracks):
            old, new = getattr(state.tracks, f.name), getattr(before.tracks, f.name)
            assert old.tobytes() == new.tobytes(), f.name
            assert getattr(after.tracks, f.name).tobytes() == getattr(again.tracks, f.name).tobytes()
        assert look.z.tobytes() == given.z.tobytes()
        assert [s.x.tobytes() for s in starts] == [s.x.tobytes() for s in starts_again]
        state = after


@pytest.mark.parametrize("moves", [True, False])
def test_clock_offsets_are_found_and_a_hovering_target_tells_nothing(moves):
    rng = np.random.default_rng(5)
    t = np.sort(rng.uniform(0.0, 120.0, 900))
    path_s = np.arange(0.0, 121.0, 0.5)

    def place(at):
        turning = np.stack((600 * np.sin(at / 9.0), 500 * np.cos(at / 13.0), 100 + at), axis=1)
        return [0.0, 1500.0, 0.0] + moves * turning

    poses = np.array(THREE)
    sensor = rng.integers(0, 3, len(t))
    away = place(t) - poses[sensor]
    z = np.stack(
        (np.arctan2(away[:, 0], away[:, 1]), np.arctan2(away[:, 2], np.hypot(*away[:, :2].T))), axis=1
    )
    z += rng.normal(0.0, 2e-3, z.shape)
    planted = np.array([0.0, 0.3, -0.2])
    others, offset, sd = clock_offsets(
        sensor, t + planted[sensor], z, np.full(z.shape, 2e-3), poses[sensor],
        np.tile(np.eye(3), (len(t), 1, 1)), path_s, place(path_s), 0, density=30.0,
    )  # fmt: skip
    assert others.tolist() == [1, 2]
    if moves:
        assert np.abs(offset - planted[1:]).max() < 0.05
        assert (np.abs(offset - planted[1:]) < 4.0 * sd).all()
        assert (sd < 0.05).all()
    else:
        assert (sd > 0.3).all()


def test_bearings_become_a_shown_track_of_the_tracker():
    origin = (50.0, 5.0)
    sector = np.array([*origin, 0.0])
    at = geodetic_from_enu(sector, np.array(TWO))
    cameras = [
        Sensor(
            id=f"camera {k}",
            index=k,
            source=f"camera {k}",
            modality="camera",
            scan="event",
            lat_deg=float(at[k, 0]),
            lon_deg=float(at[k, 1]),
            alt_m=float(at[k, 2]),
            false_per_scan=0.02,
        )
        for k in range(2)
    ]
    state, without = with_sensors(init(*origin), cameras), bearings.init()
    x = np.array([300.0, 2000.0, 150.0, 12.0, -5.0, 0.0])
    rng = np.random.default_rng(2)
    shown, starts = [], 0
    for k in range(150):
        now = T0 + k * NS_PER_S // 10
        intake = Intake()
        e, n, u = x[:3] + 0.1 * k * x[3:] - np.array(TWO)[k % 2]
        z = np.degrees([math.atan2(e, n), math.atan2(u, math.hypot(e, n))]) + rng.normal(0.0, 0.1, 2)
        values = {"azimuth_deg": z[0] % 360.0, "elevation_deg": z[1]}
        intake.observe("camera", now, now, None, values | {"azimuth_sd_deg": 0.1, "elevation_sd_deg": 0.1})
        rows = intake.rows()
        rows["sensor"] = k % 2
        state, output = step(state, rows, [], now + 1)
        p_left = np.array([0.0 if len(output.hits.row) else 1.0])
        sensor = state.sensors[k % 2]
        look = bearing_look(sensor, prepare(rows, sensor, sector), p_left, whole=False)
        without, more = bearings.step(without, look, now)
        starts += len(more)
        state = begin_tracks(state, more, now)
        shown += output.rows["track_id"].tolist()
    assert starts == 1
    assert set(shown) == {1}
    assert len(shown) > 100
    last = output.rows[0]
    place = enu_from_geodetic(sector, *(np.array([last[c]]) for c in ("lat_deg", "lon_deg", "alt_m")))[0]
    assert np.linalg.norm(place - x[:3] - 14.9 * x[3:]) < 15.0
