"""Every kind of measurement from the observation's row to the track: each alone, moving, in pairs."""

import math

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import ORIGIN, SITE, T0, best, blank, place, polar, radar

from vedette.core.observation import plausible
from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu, rotation_between
from vedette.kernel.measurement import (
    AZIMUTH,
    BARO,
    DIFFERENCE,
    EAST,
    ELEVATION,
    NORTH,
    RANGE,
    RATE,
    V_EAST,
    V_NORTH,
    V_UP,
)
from vedette.track.plots import prepare
from vedette.track.sensors import model
from vedette.track.sites import sites
from vedette.track.state import init, with_sensors
from vedette.track.step import step

ADSB = radar(5, scan="self_report", period_s=None, modality="adsb", lat_deg=None, lon_deg=None, alt_m=None)
seeds = st.integers(0, 2**32 - 1)


def at_s(seconds):
    return T0 + round(seconds * NS_PER_S)


def degrees(enu):
    """lat, lon, alt of one local place."""
    return geodetic_from_enu(ORIGIN, np.array([enu], float))[0]


def placed(prefix, enu):
    """The three columns of a place."""
    return dict(zip((f"{prefix}_lat_deg", f"{prefix}_lon_deg", f"{prefix}_alt_m"), degrees(enu), strict=True))


def row(time_ns, sensor, **columns):
    out = blank(1)
    out["valid_ns"] = out["heard_ns"] = time_ns
    out["sensor"] = sensor
    for name, value in columns.items():
        out[name] = value
    return out


def followed(sensors, path, seconds, looks, told=5.0, seed=0):
    """A target on path(t) told by position until `told`, then by looks(t, rng); states by second."""
    rng = np.random.default_rng(seed)
    state = with_sensors(init(*SITE), [ADSB, *sensors])
    states = []
    for k in range(seconds):
        t = k + 0.5
        rows = [place(at_s(t), *path(t), sensor=5, position_sd_m=10.0, alt_sd_m=10.0)] if t < told else []
        rows += looks(t, rng)
        state, _ = step(state, np.concatenate(rows) if rows else blank(0), [], at_s(k + 1))
        states.append(state)
    return states


def off(state, path):
    """Distance, m, of the only track from where the target is at the track's own time."""
    tracks = best(state)
    assert len(tracks) == 1
    mean = tracks.mu[0] @ tracks.x[0]
    return np.abs(mean[:3] - path((int(tracks.time_ns[0]) - T0) / NS_PER_S))


# Range differences

RECEIVERS = [(-9e3, -6e3, 40.0), (8e3, -7e3, 60.0), (7e3, 9e3, 90.0), (-8e3, 7e3, 20.0)]


def receivers():
    """The first three, each paired with the fourth."""
    places = [degrees(r) for r in RECEIVERS[:3]]
    return [
        radar(i, modality="mlat", scan="event", period_s=None, lat_deg=p[0], lon_deg=p[1], alt_m=p[2])
        for i, p in enumerate(places)
    ]


def differences(path, t, rng, sd_m=15.0):
    """Three rows: how much farther each receiver is than the fourth."""
    at = np.array(path(t))
    away = [np.linalg.norm(at - np.array(r)) for r in RECEIVERS]
    return [
        row(
            at_s(t), i, range_difference_m=away[i] - away[3] + rng.normal(0.0, sd_m),
            range_difference_sd_m=sd_m, **placed("reference", RECEIVERS[3]),
        )
        for i in range(3)
    ]  # fmt: skip


def curve(t):
    """60 m/s, turning at one degree a second after 10 s."""
    turn = math.radians(1.0) * max(t - 10.0, 0.0)
    straight = min(t, 10.0) * 60.0
    bend = 60.0 / math.radians(1.0)
    return (-2000.0 + straight + bend * math.sin(turn), bend * (1.0 - math.cos(turn)), 1500.0)


def test_four_receivers_follow_a_turning_target_by_hyperbolas():
    with_pairs = followed(receivers(), curve, 60, lambda t, rng: differences(curve, t, rng))
    assert {i for s in with_pairs for i in s.tracks.track_id.tolist()} == {1}
    errors = np.array([np.hypot(*off(s, curve)[:2]) for s in with_pairs[15:]])
    assert np.sqrt(np.mean(errors**2)) < 25.0
    assert (best(with_pairs[-1]).sensor_hits[0, :3] > 50).all()
    assert with_pairs[-1].refused == {}
    two = followed(receivers(), curve, 60, lambda t, rng: differences(curve, t, rng)[:1])
    assert np.hypot(*off(two[-1], curve)[:2]) > 3.0 * errors[-1], "one pair leaves it free along a hyperbola"


def test_a_difference_without_its_reference_says_nothing():
    z = prepare(row(T0, 0, range_difference_m=100.0), model(receivers()[0], ORIGIN), ORIGIN).z
    assert np.isnan(z).all()


# A sensor that moves


def ship(t):
    """8 m/s on a circle of 600 m radius: it comes about in the scene."""
    angle = 8.0 * t / 600.0
    return (600.0 * math.sin(angle), -3000.0 + 600.0 * (1.0 - math.cos(angle)), 25.0)


def straight(t):
    return (2500.0 - 30.0 * t, 4000.0 + 10.0 * t, 300.0)


def from_ship(t, rng, told=True):
    """What the ship's radar measures, with or without the ship's place."""
    here = degrees(ship(t))
    d = enu_from_geodetic(here, *degrees(straight(t)).reshape(3, 1))[0]
    d += rng.normal(0.0, 8.0, 3)
    out = polar(at_s(t), *d, sensor=0)
    for name, value in placed("sensor", ship(t)).items() if told else ():
        out[name] = value
    return [out]


def test_a_radar_on_a_turning_ship_sees_a_straight_target_straight():
    start = degrees(ship(0.0))
    at_start = {"lat_deg": start[0], "lon_deg": start[1], "alt_m": start[2]}
    sensor = radar(0, scan="staring", range_sd_m=8.0, azimuth_sd_deg=0.1, elevation_sd_deg=0.1, **at_start)
    states = followed([sensor], straight, 90, from_ship, told=0.0)
    assert {i for s in states for i in s.tracks.track_id.tolist()} == {1}
    late = states[20:]
    shown = [best(s) for s in late]
    velocity = np.array([t.mu[0] @ t.x[0, :, 3:5] for t in shown])
    assert np.sqrt(np.mean((velocity - [-30.0, 10.0]) ** 2)) < 1.5
    assert max(np.hypot(*off(s, straight)[:2]) for s in late) < 30.0
    fixed = followed([sensor], straight, 90, lambda t, rng: from_ship(t, rng, told=False), told=0.0)
    lost = best(fixed[-1])
    wrong = lost.mu[0] @ lost.x[0, :, :2] - straight(90.0)[:2]
    assert np.hypot(*wrong) > 300.0, "without its place it would be far off"


def test_a_look_from_many_places_is_the_same_as_looks_from_each():
    """Three plots of one moving sensor at once: each is taken from its own place."""
    sensor = model(radar(0), ORIGIN)
    where = [(0.0, 0.0, 0.0), (4000.0, -500.0, 30.0), (-900.0, 7000.0, 60.0), (4000.0, -500.0, 30.0)]
    rows = np.concatenate([polar(T0, 2000.0, 1000.0 + j, 50.0) for j in range(4)])
    for j, enu in enumerate(where):
        for name, value in placed("sensor", enu).items() if j else ():
            rows[name][j] = value
    together = prepare(rows, sensor, ORIGIN)
    assert len(together.pose) == 3
    for j in range(4):
        alone = prepare(rows[j : j + 1], sensor, ORIGIN)
        assert np.allclose(together.pose[together.at[j]], alone.pose[alone.at[0]])
        assert np.allclose(together.rotation[together.at[j]], alone.rotation[alone.at[0]])
        assert np.allclose(alone.pose[0, :3], where[j], atol=1e-3)


def test_a_sensor_without_a_place_has_one_where_it_says():
    sensor = model(radar(0, lat_deg=None, lon_deg=None, alt_m=None), ORIGIN)
    rows = np.concatenate([polar(T0, 2000.0, 1000.0, 50.0)] * 2)
    for name, value in placed("sensor", (500.0, 600.0, 20.0)).items():
        rows[name][1] = value
    seen = sites(rows, sensor.sensor, sensor.pose, sensor.rotation, ORIGIN)
    assert seen.placed.tolist() == [False, True]
    plots = prepare(rows, sensor, ORIGIN)
    assert np.isnan(plots.z[0]).all()
    assert plots.z[1, RANGE] == rows["range_m"][1]
    assert plots.has_place.tolist() == [False, True]


# Each alone

TARGET = np.array([3000.0, 4000.0, 600.0, 40.0, -30.0, 2.0])
GEO = degrees(TARGET[:3])
SLANT = float(np.linalg.norm(TARGET[:3]))
REFERENCE = (6000.0, -2000.0, 30.0)
ALONE = {
    "range": {"range_m": SLANT},
    "azimuth": {"azimuth_deg": math.degrees(math.atan2(3.0, 4.0))},
    "elevation": {"elevation_deg": math.degrees(math.asin(600.0 / SLANT))},
    "rate": {"range_rate_mps": float(TARGET[:3] @ TARGET[3:]) / SLANT},
    "place": {"lat_deg": GEO[0], "lon_deg": GEO[1]},
    "height": {"alt_m": GEO[2]},
    "baro": {"baro_alt_m": GEO[2]},
    "velocity": {"v_east_mps": 40.0, "v_north_mps": -30.0},
    "climb": {"v_up_mps": 2.0},
    "difference": {
        "range_difference_m": SLANT - float(np.linalg.norm(TARGET[:3] - REFERENCE)),
        **placed("reference", REFERENCE),
    },
}
PAIRS = [("range", "rate"), ("range", "elevation"), ("azimuth", "elevation"), ("azimuth", "rate")]


@pytest.mark.parametrize("kinds", [(k,) for k in ALONE] + PAIRS, ids=lambda kinds: "+".join(kinds))
def test_each_subset_alone_is_taken_and_sharpens_the_track(kinds):
    """A track a second old gets one row with only this: it is its own, and it knows more after it."""
    state = with_sensors(init(*SITE), [radar(0, scan="event", period_s=None), ADSB])
    for k in range(4):
        enu = TARGET[:3] + (k - 4) * TARGET[3:]
        state, _ = step(state, place(at_s(k), *enu, sensor=5), [], at_s(k) + 1)
    columns = {name: value for kind in kinds for name, value in ALONE[kind].items()}
    told = row(at_s(4), 0, **columns)
    after, output = step(state, told, [], at_s(4) + 1)
    assert after.refused == {}
    assert output.hits.row.tolist() == [0]
    assert output.hits.track_id.tolist() == [1]
    assert best(after).track_id.tolist() == [1]
    assert int(best(after).sensor_hits[0, 0]) == 1
    weak = np.tile(told, 1)
    for name in told.dtype.names:  # the same, said to be worth nothing
        if "_sd_" in name:
            weak[name] = 9e5
    unsharp, _ = step(state, weak, [], at_s(4) + 1)
    sizes = [np.linalg.slogdet(best(s).P[0, 1])[1] for s in (after, unsharp)]
    assert sizes[0] < sizes[1] - 1e-3
    assert np.linalg.norm(off(after, lambda t: TARGET[:3])) < 120.0


# Noise


@given(range_m=st.floats(10.0, 2e5), reference_m=st.floats(1e3, 1e5))
def test_thermal_noise_goes_with_the_square_of_range_beyond_its_reference(range_m, reference_m):
    rows = polar(T0, 0.0, range_m, 0.0)
    rows["elevation_deg"] = np.nan
    plain = prepare(rows, model(radar(), ORIGIN), ORIGIN).sd[0]
    sd = prepare(rows, model(radar(thermal_range_m=reference_m), ORIGIN), ORIGIN).sd[0]
    growth = math.sqrt(1.0 + min((range_m / reference_m) ** 4, 1e4))
    for component in (RANGE, AZIMUTH, ELEVATION, RATE):
        assert sd[component] == pytest.approx(plain[component] * growth)
    others = [c for c in range(len(sd)) if c not in (RANGE, AZIMUTH, ELEVATION, RATE)]
    assert (sd[others] == plain[others]).all()


@given(snr_db=st.floats(-20.0, 60.0))
def test_thermal_noise_goes_with_the_signal_where_it_is_told(snr_db):
    """At its reference √2 of the floor; ten times the power, a tenth of the thermal variance."""
    sensor = model(radar(thermal_snr_db=13.0, thermal_range_m=1e3), ORIGIN)
    rows = polar(T0, 0.0, 5000.0, 0.0, snr_db=np.float32(snr_db))
    growth = prepare(rows, sensor, ORIGIN).sd[0, RANGE] / 10.0
    assert growth**2 - 1.0 == pytest.approx(10.0 ** ((13.0 - np.float32(snr_db)) / 10.0), rel=1e-4)


def test_noise_that_is_told_stays_as_told():
    sensor = model(radar(thermal_snr_db=30.0, thermal_range_m=1e3), ORIGIN)
    rows = polar(T0, 0.0, 5000.0, 4900.0, snr_db=0.0, range_sd_m=7.0, azimuth_sd_deg=1.0)
    sd = prepare(rows, sensor, ORIGIN).sd[0]
    assert sd[RANGE] == 7.0
    assert sd[AZIMUTH] == pytest.approx(math.radians(1.0))


@pytest.mark.parametrize(
    ("below_deg", "elevation_deg", "more_deg"),
    [
        (None, 0.0, 0.75), (None, 1.4, 0.75), (None, -1.4, 0.75), (None, 2.25, 0.375), (None, 3.1, 0.0),
        (4.0, 3.0, 2.0), (0.0, 0.0, 0.0),
    ],
)  # fmt: skip
def test_elevations_near_the_ground_are_told_less_well_than_the_radar_tells(
    below_deg, elevation_deg, more_deg
):
    sensor = model(radar(reflected_below_deg=below_deg), ORIGIN)
    rows = polar(T0, 0.0, 3000.0, 0.0, elevation_sd_deg=0.5)
    rows["elevation_deg"] = elevation_deg
    sd = prepare(rows, sensor, ORIGIN).sd[0]
    assert sd[ELEVATION] == pytest.approx(math.radians(math.hypot(0.5, more_deg)))


def test_a_camera_has_no_reflection():
    camera = model(msgspec.structs.replace(radar(), modality="camera", elevation_sd_deg=0.1), ORIGIN)
    rows = polar(T0, 0.0, 3000.0, 0.0)
    rows["elevation_deg"] = 0.0
    assert prepare(rows, camera, ORIGIN).sd[0, ELEVATION] == pytest.approx(math.radians(0.1))


@pytest.mark.parametrize("elevation_deg", [0.0, 30.0, -30.0, 60.0, 85.0, 89.0])
def test_azimuth_noise_grows_towards_the_zenith(elevation_deg):
    rows = polar(T0, 0.0, 1000.0, 0.0)
    rows["elevation_deg"] = elevation_deg
    sd = prepare(rows, model(radar(), ORIGIN), ORIGIN).sd[0]
    assert sd[AZIMUTH] * math.cos(math.radians(elevation_deg)) == pytest.approx(math.radians(0.2))


def test_a_drone_that_flies_over_the_sensor_keeps_its_track():
    """Range, azimuth and elevation of a drone at 120 m that passes 3 m beside the zenith."""

    def overhead(t):
        return (-200.0 + 10.0 * t, 3.0, 120.0)

    def seen(t, rng):
        d = np.array(overhead(t))
        slant = np.linalg.norm(d)
        # Errors along the line of sight and across it, as an aperture makes them.
        across = np.array([d[1], -d[0], 0.0]) / np.hypot(d[0], d[1])
        above = np.cross(across, d / slant)
        sigma = slant * math.radians(1.0)
        d = d * (1.0 + rng.normal(0.0, 3.0) / slant) + sigma * (across * rng.normal() + above * rng.normal())
        return [polar(at_s(t), *d, sensor=0)]

    sensor = radar(0, scan="staring", range_sd_m=3.0, azimuth_sd_deg=1.0, elevation_sd_deg=1.0)
    for seed in range(5):
        states = followed([sensor], overhead, 40, seen, told=0.0, seed=seed)
        assert {best(s).track_id.tolist()[0] for s in states} == {1}
        late = states[10:]
        assert max(len(best(s)) for s in late) == 1, "no plot was taken for another target"
        assert max(np.hypot(*off(s, overhead)[:2]) for s in late) < 10.0


# Positions


def test_an_error_by_axis_is_carried_with_its_correlation():
    sensor = model(radar(0), ORIGIN)
    told = {"position_sd_east_m": 30.0, "position_sd_north_m": 10.0, "position_corr": -0.75}
    plots = prepare(place(T0, 1.0, 2.0, 3.0, position_sd_m=20.0, **told), sensor, ORIGIN)
    assert (plots.sd[0, EAST], plots.sd[0, NORTH], plots.corr[0]) == (30.0, 10.0, -0.75)
    for spoilt in ("position_sd_east_m", "position_sd_north_m"):
        plots = prepare(
            place(T0, 1.0, 2.0, 3.0, position_sd_m=20.0, **{**told, spoilt: np.nan}), sensor, ORIGIN
        )
        assert (plots.sd[0, EAST], plots.sd[0, NORTH], plots.corr[0]) == (20.0, 20.0, 0.0)
    for impossible in (1.0, -1.5, np.inf, np.nan):
        plots = prepare(place(T0, 1.0, 2.0, 3.0, **{**told, "position_corr": impossible}), sensor, ORIGIN)
        assert (plots.sd[0, EAST], plots.sd[0, NORTH], plots.corr[0]) == (30.0, 10.0, 0.0)


def test_a_long_thin_error_moves_a_track_along_its_short_axis():
    """Errors of 300 m to the north-east and 15 m across: 100 m off along it is nothing, across much."""
    sensor = radar(0, scan="event", period_s=None)
    state = with_sensors(init(*SITE), [sensor, ADSB])
    for k in range(4):
        state, _ = step(
            state, place(at_s(k), 3000.0, 4000.0, 600.0, sensor=5, position_sd_m=20.0), [], at_s(k) + 1
        )
    variance = 0.5 * (300.0**2 + 15.0**2)
    told = {"position_sd_east_m": math.sqrt(variance), "position_sd_north_m": math.sqrt(variance),
            "position_corr": 0.5 * (300.0**2 - 15.0**2) / variance}  # fmt: skip
    moved = []
    for east, north in ((20.0, 20.0), (20.0, -20.0)):
        plot = place(at_s(4), 3000.0 + east, 4000.0 + north, 600.0, **told)
        after, output = step(state, plot, [], at_s(4) + 1)
        assert output.hits.row.tolist() == [0]
        shift = best(after).x[0, 1, :2] - [3000.0, 4000.0]
        moved.append(float(shift @ (east, north)) / (east * east + north * north))
    assert moved[0] < 0.1
    assert moved[1] > 0.4


@given(seed=seeds)
def test_a_told_velocity_is_along_the_sectors_axes(seed):
    """A level flight up to 150 km off: the velocity told there is the change of its local position."""
    rng = np.random.default_rng(seed)
    here = degrees([*rng.uniform(-150e3, 150e3, 2), 0.0])
    here[2] = 9000.0
    told = rng.normal(0.0, 200.0, 2)
    turn = rotation_between(ORIGIN, here[0], here[1]).T
    want = turn @ np.array([*told, 0.0])
    rows = row(
        T0, 0, lat_deg=here[0], lon_deg=here[1], alt_m=here[2], v_east_mps=told[0], v_north_mps=told[1]
    )
    z = prepare(rows, model(radar(0), ORIGIN), ORIGIN).z[0]
    assert np.allclose(z[[V_EAST, V_NORTH]], want[:2], atol=1e-9)
    assert np.isnan(z[V_UP])
    # The same told by a sensor that stands there.
    there = radar(0, lat_deg=here[0], lon_deg=here[1], alt_m=0.0)
    rows = row(T0, 0, range_m=100.0, azimuth_deg=0.0, v_east_mps=told[0], v_north_mps=told[1])
    z = prepare(rows, model(there, ORIGIN), ORIGIN).z[0]
    assert np.allclose(z[[V_EAST, V_NORTH]], want[:2], atol=1e-9)


def test_an_error_of_the_pressure_comes_on_top_of_that_of_the_air():
    sensor = model(radar(0), ORIGIN)
    plain, worse = (
        prepare(row(T0, 0, baro_alt_m=100.0, baro_alt_sd_m=sd), sensor, ORIGIN).sd[0, BARO]
        for sd in (np.nan, 80.0)
    )
    assert (plain, worse) == (150.0, 170.0)


def test_a_false_difference_lies_between_its_receivers():
    sensor = model(receivers()[0], ORIGIN)
    rows = row(T0, 0, range_difference_m=10.0, **placed("reference", RECEIVERS[3]))
    plots = prepare(rows, sensor, ORIGIN)
    base_m = np.linalg.norm(np.array(RECEIVERS[0]) - RECEIVERS[3])
    assert plots.log_clutter[0] == pytest.approx(-math.log(2.0 * base_m), abs=1e-6)
    assert plots.z[0, DIFFERENCE] == 10.0


@pytest.mark.parametrize(
    "name", ["sensor_lat_deg", "reference_lat_deg", "sensor_alt_m", "range_difference_m"]
)
def test_an_impossible_place_is_refused(name):
    with np.errstate(over="ignore"):
        assert not plausible(row(T0, 0, **{name: 1e9})).any()
    assert plausible(row(T0, 0, **{name: 45.0})).all()


def test_a_status_is_reported_of_a_track_of_differences():
    state = followed(receivers(), curve, 20, lambda t, rng: differences(curve, t, rng))[-1]
    assert best(state).status.tolist() == [TrackStatus.CONFIRMED]
