"""Registration: planted biases are found, absent ones are not, and what cannot be seen stays unknown."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import blank

from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.kernel import registration as kernel
from vedette.kernel.geodesy import enu_from_geodetic, geodetic_from_enu, rotation_between
from vedette.track.registration import (
    SensorBias,
    corrected,
    corrected_model,
    correction,
    init,
    report,
    step,
)
from vedette.track.sensors import model
from vedette.track.sightings import RegistrationSettings, no_sightings

T0 = 1_700_000_000 * NS_PER_S
CENTRE = np.array([50.5, 5.0, 0.0])
SITES = np.array([[-35e3, -20e3, 100.0], [40e3, -15e3, 200.0], [0.0, 45e3, 300.0]])
SD = np.array([50.0, math.radians(0.09), math.radians(0.3)])
UNIT = {"range_m": 0, "azimuth_deg": 2, "elevation_deg": 3, "east_m": 4, "north_m": 5, "clock_s": 6}
seeds = st.integers(0, 2**32 - 1)


def traffic(
    seed,
    planted,
    *,
    turns=12,
    targets=25,
    origin=CENTRE,
    wrong=0.0,
    truthful=False,
    elevated=True,
    order=(0, 1, 2),
):
    """Sightings by tick of straight flights: three radars, one plot each of each target in 4 s.

    planted   {sensor: (7,)} of the first three sensors, in the kernel's units
    wrong     share of the plots that are of another target
    truthful  the targets tell their position as well
    order     Sensor.index of each site
    """
    rng = np.random.default_rng(seed)
    start = np.column_stack([rng.uniform(-60e3, 60e3, (targets, 2)), rng.uniform(3e3, 11e3, targets)])
    v = np.column_stack([rng.uniform(-180.0, 180.0, (targets, 2)), np.zeros(targets)])
    poses = geodetic_from_enu(CENTRE, SITES)
    turn_frame = rotation_between(CENTRE, origin[0], origin[1])
    for turn in range(turns):
        rows = []
        for target in range(targets):
            for site in range(4 if truthful else 3):
                t = 4.0 * turn + site + 0.9 * rng.random()
                whose = int(rng.integers(targets)) if rng.random() < wrong else target
                noise = rng.normal(0.0, SD)
                biased = site < 3
                b = planted.get(site, np.zeros(7)) if biased else np.zeros(7)
                at = start[whose] + v[whose] * (t - b[6])
                row = no_sightings(1)
                plot = row.plot[0]
                plot[kernel.V], plot[kernel.V_COVARIANCE] = turn_frame @ v[target], (9.0 * np.eye(3)).ravel()
                there = geodetic_from_enu(CENTRE, at[None])[0]
                plot[kernel.TRACK_HEIGHT_M] = there[2] + rng.normal(0.0, 5.0)
                plot[kernel.TRACK_HEIGHT_SD_M] = 40.0
                if biased:
                    shifted = poses[site].copy()
                    shift = geodetic_from_enu(poses[site], np.array([[-b[4], -b[5], 0.0]]))[0]
                    shifted[:2] = shift[:2]
                    d = enu_from_geodetic(shifted, *there.reshape(3, 1))[0]
                    ground = math.hypot(d[0], d[1])
                    z = np.array([math.hypot(ground, d[2]), math.atan2(d[0], d[1]), math.atan2(d[2], ground)])
                    z = z * [1.0 + b[1], 1.0, 1.0] + [b[0], b[2], b[3]] + noise
                    plot[kernel.Z][:3], plot[kernel.SD][:3] = z, SD
                    if not elevated:
                        plot[kernel.Z][2] = np.nan
                    plot[kernel.POSE] = enu_from_geodetic(origin, *poses[site].reshape(3, 1))[0]
                    plot[kernel.ROTATION] = rotation_between(origin, *poses[site][:2]).ravel()
                else:
                    lat, lon, alt = there.reshape(3, 1)
                    low = enu_from_geodetic(origin, lat, lon, np.zeros(1))[0]
                    high = enu_from_geodetic(origin, lat, lon, np.full(1, 1000.0))[0]
                    plot[kernel.Z][4:6] = low[:2] + rng.normal(0.0, 20.0, 2)
                    plot[kernel.Z][6], plot[kernel.SD][4:7] = (
                        alt[0] + rng.normal(0.0, 15.0),
                        [20.0, 20.0, 15.0],
                    )
                    plot[kernel.UP] = (high[:2] - low[:2]) / 1000.0
                row.sensor[0] = order[site] if biased else 9
                row.biased[0], row.track[0] = biased, target + 1
                row.valid_ns[0] = T0 + round(t * NS_PER_S)
                rows.append(row)
        rows.sort(key=lambda r: int(r.valid_ns[0]))
        seen = rows[0]
        for row in rows[1:]:
            seen = seen.append(row)
        yield seen, T0 + round(4.0 * (turn + 1) * NS_PER_S)


def learnt(ticks, origin=CENTRE, rules=None):
    state = init(origin, rules)
    for seen, now_ns in ticks:
        state = step(state, seen, now_ns)
    return state


def planted(**biases):
    out = np.zeros(7)
    for name, value in biases.items():
        out[UNIT[name]] = math.radians(value) if name.endswith("_deg") else value
    return out


BIAS = planted(azimuth_deg=0.3, range_m=80.0)


@given(seed=seeds, site=st.integers(0, 2), elevated=st.booleans())
@settings(max_examples=10)
def test_azimuth_and_range_planted_on_one_of_three_are_found(seed, site, elevated):
    state = learnt(traffic(seed, {site: BIAS}, turns=20, elevated=elevated))
    for bias in report(state):
        mine = bias.sensor == site
        assert abs(bias.azimuth_deg - 0.3 * mine) < 0.05
        assert abs(bias.range_m - 80.0 * mine) < 4.0 * bias.range_sd_m + 3.0
        assert bias.rejected < 0.02 * bias.pairs
    assert {"azimuth", "range"} <= set(report(state)[site].known)


@given(seed=seeds, site=st.integers(0, 2))
@settings(max_examples=8)
def test_targets_that_tell_their_position_show_every_bias(seed, site):
    told = {
        "azimuth_deg": -0.4,
        "range_m": -120.0,
        "elevation_deg": 0.3,
        "east_m": 90.0,
        "north_m": -70.0,
        "clock_s": 0.5,
    }
    state = learnt(traffic(seed, {site: planted(**told)}, truthful=True, turns=15))
    for bias in report(state):
        for name in told:
            error = getattr(bias, name) - told[name] * (bias.sensor == site)
            quantity, unit = name.rsplit("_", 1)
            sd = getattr(bias, f"{quantity}_sd_{unit}")
            assert abs(error) < 4.5 * sd, (name, error, sd)
    assert 9 not in {bias.sensor for bias in report(state)}


def z_scores(bias: SensorBias):
    return [
        abs(bias.range_m) / bias.range_sd_m,
        abs(bias.azimuth_deg) / bias.azimuth_sd_deg,
        abs(bias.elevation_deg) / bias.elevation_sd_deg,
        abs(bias.east_m) / bias.east_sd_m,
        abs(bias.north_m) / bias.north_sd_m,
        abs(bias.clock_s) / bias.clock_sd_s,
    ]


def test_nothing_planted_is_nothing_found():
    """Over many seeds: hardly ever beyond three of its own sigma, and by rms about one at most."""
    z = []
    for seed in range(12):
        z += [
            z_scores(bias) for bias in report(learnt(traffic(seed, {}, truthful=True, turns=8, targets=15)))
        ]
    z = np.array(z)
    assert (z < 3.0).mean() > 0.98
    assert np.sqrt((z**2).mean()) < 1.2
    assert np.sqrt((z**2).mean()) > 0.3, "sigmas that hold everything say nothing"


def test_what_radars_have_in_common_stays_unknown():
    """No target tells where it is: the clocks' mean and the sites' common shift keep their prior."""
    state = learnt(traffic(1, {0: planted(clock_s=0.5)}, turns=20))
    for bias in report(state):
        assert bias.clock_sd_s > 0.95 * 0.5 / math.sqrt(3.0)
        assert math.hypot(
            bias.east_sd_m, bias.north_sd_m
        ) > 0.95 * RegistrationSettings().position_sd_m * math.sqrt(2.0 / 3.0)
        assert not {"clock", "east", "north"} & set(bias.known)
    # But the majority is believed.
    np.testing.assert_allclose([bias.clock_s for bias in report(state)], [0.5, 0.0, 0.0], atol=0.1)


def test_a_sensor_alone_is_not_judged():
    def alone():
        for seen, now_ns in traffic(2, {0: BIAS}):
            yield seen.take(seen.sensor == 0), now_ns

    (bias,) = report(learnt(alone()))
    assert (bias.range_m, bias.azimuth_deg, bias.pairs, bias.known) == (0.0, 0.0, 0, [])
    assert math.isclose(bias.range_sd_m, 150.0)
    assert math.isclose(bias.azimuth_sd_deg, 0.5)
    assert (correction(learnt(alone()), 77).bias == 0.0).all()


@given(seed=seeds)
@settings(max_examples=8)
def test_wrong_pairs_do_not_break_it(seed):
    state = learnt(traffic(seed, {1: BIAS}, turns=20, wrong=0.05))
    for bias in report(state):
        assert abs(bias.azimuth_deg - 0.3 * (bias.sensor == 1)) < 0.05
        assert abs(bias.range_m - 80.0 * (bias.sensor == 1)) < 4.0 * bias.range_sd_m + 5.0


@given(seed=seeds, order=st.permutations([0, 1, 2]))
@settings(max_examples=8)
def test_the_order_of_sensors_does_not_matter(seed, order):
    plain = learnt(traffic(seed, {0: BIAS}, turns=6))
    other = learnt(traffic(seed, {0: BIAS}, turns=6, order=order))
    at = np.searchsorted(other.sensors, order)
    np.testing.assert_allclose(other.bias[at], plain.bias, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(other.spread[at], plain.spread, rtol=1e-4, atol=1e-6)


@given(seed=seeds, lat=st.floats(49.0, 52.0), lon=st.floats(3.0, 7.0))
@settings(max_examples=8)
def test_the_sector_s_frame_does_not_matter(seed, lat, lon):
    origin = np.array([lat, lon, 0.0])
    here = learnt(traffic(seed, {2: BIAS}, turns=6))
    there = learnt(traffic(seed, {2: BIAS}, turns=6, origin=origin), origin)
    # The frames differ by the second order of velocity noise along the sector's axes; biases hardly.
    difference = (there.bias - here.bias) / RegistrationSettings().prior_sd()
    assert abs(difference).max() < 0.02


def test_a_radar_that_somebody_turned_is_learnt_anew():
    state = learnt(traffic(4, {0: BIAS}, turns=15))
    turned = planted(azimuth_deg=-1.5, range_m=80.0)
    for seen, now_ns in traffic(5, {0: turned}, turns=25):
        later = replace(seen, valid_ns=seen.valid_ns + 100 * NS_PER_S, track=seen.track + 1000)
        state = step(state, later, now_ns + 100 * NS_PER_S)
    azimuths = [bias.azimuth_deg for bias in report(state)]
    np.testing.assert_allclose(azimuths, [-1.5, 0.0, 0.0], atol=0.06)


def drifted(ticks, deg_per_s, sd_deg=0.6):
    """The same sightings, with the azimuths of the first radar drifting away; it is one against drones."""
    rng = np.random.default_rng(1)
    for seen, now_ns in ticks:
        plot = seen.plot.copy()
        mine = seen.sensor == 0
        since_s = (seen.valid_ns[mine] - T0) / NS_PER_S
        off = deg_per_s * since_s + rng.normal(0.0, sd_deg, mine.sum())
        plot[mine, kernel.Z.start + 1] += np.radians(off)
        plot[mine, kernel.SD.start + 1] = np.radians(sd_deg)
        yield replace(seen, plot=plot), now_ns


def test_an_azimuth_that_drifts_is_followed():
    turns, speed = 150, 0.005
    state = learnt(drifted(traffic(12, {}, turns=turns, targets=8), speed))
    azimuths = [bias.azimuth_deg for bias in report(state)]
    np.testing.assert_allclose(azimuths, [speed * 4.0 * turns, 0.0, 0.0], atol=0.3)
    assert state.walk[0, kernel.AZIMUTH] > 0.0
    assert not state.walk[1:].any()


def test_biases_that_stay_do_not_walk():
    state = learnt(traffic(13, {0: BIAS}, turns=150, targets=8))
    assert not state.walk.any()


def test_a_step_changes_nothing_it_was_given_and_repeats_itself():
    ticks = list(traffic(6, {0: BIAS}, turns=4))
    state = learnt(ticks[:2])
    before = {
        f.name: np.copy(getattr(state, f.name)) for f in fields(state) if f.name not in ("settings", "memory")
    }
    seen = ticks[2][0]
    plots = seen.plot.copy()
    one, two = step(state, *ticks[2]), step(state, *ticks[2])
    assert one.x.tobytes() == two.x.tobytes()
    assert one.P.tobytes() == two.P.tobytes()
    assert not seen.used.any()
    np.testing.assert_array_equal(seen.plot, plots)
    for name, value in before.items():
        np.testing.assert_array_equal(getattr(state, name), value)


def test_correction_undoes_what_was_planted():
    state = learnt(traffic(7, {0: BIAS}, turns=3))
    bias = planted(azimuth_deg=0.4, range_m=60.0, elevation_deg=-0.2, east_m=80.0, north_m=30.0, clock_s=0.25)
    bias[1] = 1e-4
    state = replace(
        state, bias=np.stack([bias, np.zeros(7), np.zeros(7)]), off=np.array([True, False, False])
    )
    rows = blank(3)
    rows["sensor"] = [0, 0, 1]
    rows["valid_ns"] = T0
    rows["range_m"], rows["azimuth_deg"], rows["elevation_deg"] = 30e3, 10.0, 5.0
    rows["lat_deg"][1], rows["lon_deg"][1] = 50.6, 5.1
    out = corrected(state, rows, CENTRE)
    assert out["range_m"][0] == pytest.approx((30e3 - 60.0) / 1.0001)
    assert out["azimuth_deg"][0] == pytest.approx(9.6)
    assert out["elevation_deg"][0] == pytest.approx(5.2)
    assert T0 - out["valid_ns"][0] == NS_PER_S // 4
    moved = enu_from_geodetic(CENTRE, out["lat_deg"][1:2], out["lon_deg"][1:2], np.zeros(1))
    stood = enu_from_geodetic(CENTRE, np.array([50.6]), np.array([5.1]), np.zeros(1))
    np.testing.assert_allclose((stood - moved)[0, :2], [80.0, 30.0], atol=0.05)
    assert out[2:].tobytes() == rows[2:].tobytes()
    sensor = Sensor(id="a", index=0, lat_deg=50.4, lon_deg=4.8, alt_m=50.0)
    placed = model(sensor, CENTRE)
    np.testing.assert_allclose(
        placed.pose[:2] - corrected_model(state, placed).pose[:2], [80.0, 30.0], atol=0.3
    )
