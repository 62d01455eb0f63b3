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
from vedette.track import bearings, starts
from vedette.track.angle_tracks import Look
from vedette.track.clock_offsets import clock_offsets
from vedette.track.look import draft
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
        heard_ns=time_ns,
        z=z,
        sd=np.full((m, 2), sd),
        pose=np.tile(pose, (m, 1)),
        rotation=np.tile(np.eye(3), (m, 1, 1)),
        home=(pose, np.eye(3)),
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
        state, begun = bearings.step(state, [look], int(T0 + round(t_s * 1e9)))
        for start in begun:
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
        state, _ = bearings.step(state, [look], int(look.time_ns[0]))
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
        after, begun = bearings.step(state, [look], int(T0 + k * NS_PER_S // 2))
        again, begun_again = bearings.step(before, [given], int(T0 + k * NS_PER_S // 2))
        for f in dataclasses.fields(state.tracks):
            old, new = getattr(state.tracks, f.name), getattr(before.tracks, f.name)
            assert old.tobytes() == new.tobytes(), f.name
            assert getattr(after.tracks, f.name).tobytes() == getattr(again.tracks, f.name).tobytes()
        assert look.z.tobytes() == given.z.tobytes()
        assert [s.x.tobytes() for s in begun] == [s.x.tobytes() for s in begun_again]
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


ORIGIN = (50.0, 5.0)
SECTOR = np.array([*ORIGIN, 0.0])


def place_of(index, at, **other):
    """A sensor of the sector at (3,) m."""
    lat, lon, alt = geodetic_from_enu(SECTOR, np.array([at]))[0].tolist()
    told = {"modality": "camera", "scan": "event", "false_per_scan": 0.02} | other
    name = f"sensor {index}"
    return Sensor(id=name, index=index, source=name, lat_deg=lat, lon_deg=lon, alt_m=alt, **told)


def seen_from(at, x, now_ns, sensor, rng, *, sd_deg=0.1, elevation=True, **other):
    """One bearing from (3,) m to a state (6,) as a row; its own place where it tells one."""
    e, n, u = x[:3] - at
    z = np.degrees([math.atan2(e, n), math.atan2(u, math.hypot(e, n))]) + rng.normal(0.0, sd_deg, 2)
    intake = Intake()
    values = {"azimuth_deg": z[0] % 360.0, "azimuth_sd_deg": sd_deg}
    if elevation:
        values |= {"elevation_deg": z[1], "elevation_sd_deg": sd_deg}
    intake.observe("", now_ns, now_ns, None, values | other)
    rows = intake.rows()
    rows["sensor"] = sensor
    return rows


def at_state(x, t_s):
    return np.concatenate((x[:3] + t_s * x[3:], x[3:]))


def off_m(row, x):
    """How far a reported row is from a state (6,), m."""
    place = enu_from_geodetic(SECTOR, *(np.array([row[c]]) for c in ("lat_deg", "lon_deg", "alt_m")))[0]
    return float(np.linalg.norm(place - x[:3]))


DRONE = np.array([300.0, 2000.0, 150.0, 12.0, -5.0, 0.0])


def test_bearings_become_a_shown_track_of_the_tracker():
    state = with_sensors(init(*ORIGIN), [place_of(k, TWO[k]) for k in range(2)])
    rng, shown = np.random.default_rng(2), []
    for k in range(150):
        now = T0 + k * NS_PER_S // 10
        x = at_state(DRONE, 0.1 * k)
        state, output = step(state, seen_from(TWO[k % 2], x, now, k % 2, rng), [], now + 1)
        shown += output.rows["track_id"].tolist()
    assert set(shown) == {1}
    assert len(shown) > 100
    assert off_m(output.rows[0], x) < 15.0
    assert len(state.bearings.tracks) == 0


@pytest.mark.parametrize("first_s", [0.0, 5.0, 15.0])
def test_a_drone_that_a_radar_sees_too_is_one_track(first_s):
    """Whether the radar is there from the beginning, or when the bearings have begun the track."""
    finders = [place_of(k, TWO[k], modality="rf", scan="staring", period_s=1.0) for k in range(2)]
    here = np.array([0.0, -500.0, 0.0])
    scan = place_of(2, here, modality="radar", scan="rotating", period_s=1.0, range_max_m=10_000.0)
    for seed in range(3):
        state, shown = with_sensors(init(*ORIGIN), [*finders, scan]), set()
        rng = np.random.default_rng(seed)
        for k in range(90):
            now, x = T0 + k * NS_PER_S // 3, at_state(DRONE, k / 3)
            if k % 3 < 2:
                rows = seen_from(TWO[k % 3], x, now, k % 3, rng, sd_deg=2.0, elevation=False)
            else:
                off = float(np.linalg.norm(x[:3] - here)) + rng.normal(0.0, 10.0)
                rows = seen_from(here, x, now, 2, rng, sd_deg=0.3, range_m=off, range_sd_m=10.0)
                rows = rows if k / 3 >= first_s else rows[:0]
            state, output = step(state, rows, [], now + 1)
            shown |= set(output.rows["track_id"].tolist())
        assert len(shown) == 1
        assert int((state.tracks.r > 0.5).sum()) == 1
        assert state.tracks.sensor_hits[np.argmax(state.tracks.r)].min() > 5


def test_a_sensor_that_tells_where_it_is_ranges_alone_once_it_has_turned():
    drone = np.array([500.0, 3000.0, 150.0, 4.0, -6.0, 0.0])
    mover = place_of(0, np.zeros(3), range_max_m=8000.0)
    state = with_sensors(init(*ORIGIN), [mover])
    rng, began_s = np.random.default_rng(0), None
    for k in range(90):
        now, x, own = T0 + k * NS_PER_S, at_state(drone, k), legs(float(k))
        at = geodetic_from_enu(SECTOR, own[None])[0].tolist()
        told = dict(zip(("sensor_lat_deg", "sensor_lon_deg", "sensor_alt_m"), at, strict=True))
        state, output = step(state, seen_from(own, x, now, 0, rng, sd_deg=0.5, **told), [], now + 1)
        if len(output.rows) and began_s is None:
            began_s = k
    assert began_s is not None
    assert began_s > 30
    assert off_m(output.rows[0], x) < 600.0


@pytest.mark.parametrize("rate", [1, 3])
def test_false_bearings_without_a_target_show_nothing(rate):
    for seed in range(2):
        state = with_sensors(init(*ORIGIN), [place_of(k, THREE[k], false_per_scan=1.0) for k in range(3)])
        rng = np.random.default_rng(seed)
        for k in range(90):
            intake, now = Intake(), T0 + k * NS_PER_S // 3
            for _ in range(rng.poisson(rate)):
                intake.observe("", now, now, None, {"azimuth_deg": rng.uniform(0.0, 360.0)})
            rows = intake.rows()
            rows["azimuth_sd_deg"], rows["sensor"] = 1.0, k % 3
            state, output = step(state, rows, [], now + 1)
            assert len(output.rows) == 0


def test_looks_without_bearings_leave_the_bearings_as_they_were():
    """Not even a copy: a scene without them pays nothing."""
    scan = place_of(0, np.zeros(3), modality="radar", scan="rotating", period_s=1.0)
    state, rng = with_sensors(init(*ORIGIN), [scan]), np.random.default_rng(0)
    for k in range(5):
        x = at_state(DRONE, float(k))
        rows = seen_from(np.zeros(3), x, T0 + k * NS_PER_S, 0, rng, range_m=float(np.linalg.norm(x[:3])))
        after, _ = step(state, rows, [], T0 + k * NS_PER_S + 1)
        assert after.bearings is state.bearings
        state = after


def test_a_whole_look_of_which_nothing_fits_says_nothing_of_classes():
    """Plots with class likelihoods, none of them near the two tracks that were missed."""
    scan = place_of(0, np.zeros(3), modality="radar", scan="staring", period_s=1.0)
    state, rng = with_sensors(init(*ORIGIN), [scan]), np.random.default_rng(0)
    for k in range(6):
        now = T0 + k * NS_PER_S
        here = [DRONE, 2.0 * DRONE] if k < 5 else [-DRONE, -2.0 * DRONE]
        rows = np.concatenate(
            [seen_from(np.zeros(3), x, now, 0, rng, range_m=float(np.linalg.norm(x[:3]))) for x in here]
        )
        rows["class_likelihood"] = 0.1
        state, _ = step(state, rows, [], now + 1)
    assert len(state.tracks) == 4


def test_a_start_where_a_track_is_begins_nothing_and_takes_the_place_of_a_guess(monkeypatch):
    scan = place_of(0, np.zeros(3), modality="radar", scan="staring", period_s=1.0, false_per_scan=3.0)
    rng = np.random.default_rng(0)
    row = seen_from(np.zeros(3), DRONE, T0, 0, rng, range_m=float(np.linalg.norm(DRONE[:3])))

    def after(seconds, off_m):
        """Numbers and existence once a start comes so far beside the drone, after so many plots of it."""
        state = with_sensors(init(*ORIGIN), [scan])
        for k in range(seconds):
            row["valid_ns"] = T0 + k * NS_PER_S
            state, _ = step(state, row, [], T0 + k * NS_PER_S + 1)
        work = draft(state)
        start = bearings.Start(
            time_ns=T0 + seconds * NS_PER_S,
            x=DRONE * (1.0, 1.0, 1.0, 0.0, 0.0, 0.0) + (off_m, 0.0, 0.0, 0.0, 0.0, 0.0),
            P=np.diag([400.0, 400.0, 400.0, 25.0, 25.0, 25.0]),
            probability=0.99,
            sensors=(0,),
            numbers=(1,),
            plot_sensor=np.zeros(1, np.int64),
            plot_ns=np.full(1, T0),
            has_height=True,
        )
        monkeypatch.setattr(starts, "step", lambda *_: (state.bearings, [start]))
        look = look_at(rng, 0, np.zeros(3), [], 0.0, sd_deg=1.0, elevation=True, pd=0.9, false=0.0)
        starts.begin_tracks(work, state.bearings, [look], T0)
        return dict(zip(work.tracks.track_id.tolist(), work.tracks.r.tolist(), strict=True))

    assert set(after(5, 0.0)) == {1}
    assert set(after(5, 2000.0)) == {1, 2}
    assert after(1, 0.0) == {2: 0.99}, "one plot may be false: not shown, and the same on less"
    assert set(after(1, 2000.0)) == {1, 2}


def test_a_drone_that_brakes_hard_after_long_steady_flight_keeps_its_number():
    eye = place_of(0, np.zeros(3), modality="radar", range_max_m=2000.0, false_per_scan=0.01)
    state, rng, shown = with_sensors(init(*ORIGIN), [eye]), np.random.default_rng(1), set()
    for k in range(120):
        now = T0 + k * NS_PER_S // 4
        t, braking = 0.25 * k, max(0.25 * k - 20.0, 0.0)
        speed = max(8.0 - 9.0 * braking, 0.0)
        gone = 8.0 * min(t, 20.0) + 8.0 * min(braking, 0.9) - 4.5 * min(braking, 0.9) ** 2
        x = np.array([-80.0 + gone, 100.0, 40.0, speed, 0.0, 0.0])
        off = float(np.linalg.norm(x[:3])) + rng.normal(0.0, 0.05)
        rows = seen_from(np.zeros(3), x, now, 0, rng, sd_deg=0.03, range_m=off, range_sd_m=0.05)
        state, output = step(state, rows, [], now + 1)
        shown |= set(output.rows["track_id"].tolist())
    assert shown == {1}
    assert len(state.tracks) == 1
