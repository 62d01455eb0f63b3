"""Surface sensors: large echoes, multilateration, what one of two sensors does not see, and masts."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scenes import ORIGIN, SITE, T0, best, polar, radar

from vedette.core.observation import ON_GROUND
from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.kernel.measurement import AZIMUTH, EAST, HEIGHT, NORTH, RANGE
from vedette.track.extent import as_points, extent_noise
from vedette.track.plots import prepare
from vedette.track.sensors import model
from vedette.track.state import init, with_sensors
from vedette.track.step import step

SURFACE = {"range_max_m": 2500.0, "range_sd_m": 5.0, "azimuth_sd_deg": 0.2, "height_max_m": 100.0}
MLAT_FIELDS = {"modality": "mlat", "scan": "staring", "position_sd_m": 3.0, "false_per_scan": 0.5,
               "second_plot_share": 1e-6}  # fmt: skip
MLAT = radar(1, **MLAT_FIELDS, height_max_m=1000.0)
angles = st.floats(0.0, 360.0)


def at_s(seconds):
    return T0 + round(seconds * NS_PER_S)


def flat(seconds, east, north, sensor=0, **columns):
    """A plot on the ground without an elevation."""
    return polar(at_s(seconds), east, north, 0.0, sensor=sensor, elevation_deg=np.nan, **columns)


def play(sensors, seconds, looks):
    """Second by second, what is shown and the state; looks(t) gives rows in the order they were heard."""
    state = with_sensors(init(*SITE), sensors)
    for t in range(seconds):
        for rows in looks(t):
            state, _ = step(state, rows, [], int(rows["valid_ns"][-1]) + 20_000_000)
        state, output = step(state, flat(0, 1, 1)[:0], [], at_s(t + 1))
        yield state, output.rows


# Extent


@given(angles, angles, st.floats(200.0, 2500.0), st.floats(1.0, 80.0), st.floats(-0.5, 0.5))
def test_an_echo_is_moved_along_its_heading_by_a_share_of_its_length(azimuth, heading, away, length, share):
    az, h = math.radians(azimuth), math.radians(heading)
    rows = flat(0, away * math.sin(az), away * math.cos(az), length_m=length, heading_deg=heading)
    told = as_points(rows, radar(ahead_share=share))
    where = [
        float(told["range_m"][0]) * f(math.radians(told["azimuth_deg"][0])) for f in (math.sin, math.cos)
    ]
    moved = np.array(where) - away * np.array([math.sin(az), math.cos(az)])
    assert moved == pytest.approx(share * length * np.array([math.sin(h), math.cos(h)]), abs=1e-2)
    assert as_points(rows, radar()) is rows


@given(angles, angles, st.floats(1.0, 80.0), st.floats(0.0, 60.0))
def test_extent_adds_the_variance_of_a_rectangle_however_it_is_turned(azimuth, heading, length, width):
    rows = flat(0, math.sin(math.radians(azimuth)) * 1e3, math.cos(math.radians(azimuth)) * 1e3,
                length_m=length, width_m=width, heading_deg=heading)  # fmt: skip
    sd = np.full((1, 12), 0.01)
    sd[0, AZIMUTH] = 1e-5
    extent_noise(rows, radar(), sd)
    along, across = sd[0, RANGE] ** 2 - 1e-4, (sd[0, AZIMUTH] * 1e3) ** 2 - 1e-4
    assert along + across == pytest.approx((length**2 + width**2) / 12.0, rel=1e-4)
    turned = math.radians(heading - azimuth)
    assert along == pytest.approx(
        ((length * math.cos(turned)) ** 2 + (width * math.sin(turned)) ** 2) / 12.0, rel=1e-3, abs=1e-3
    )


@pytest.mark.parametrize(
    "odd", [{"length_m": -3.0}, {"length_m": np.inf}, {"heading_deg": np.nan}, {"width_m": -1.0}]
)
def test_an_odd_extent_counts_as_none(odd):
    told = {"length_m": 30.0, "width_m": 20.0, "heading_deg": 40.0} | odd
    plots = prepare(flat(0, 500, 500, **told), model(radar(ahead_share=0.3), ORIGIN), ORIGIN)
    plain = prepare(flat(0, 500, 500), model(radar(), ORIGIN), ORIGIN)
    assert np.array_equal(plots.z, plain.z, equal_nan=True)
    assert np.array_equal(plots.sd, plain.sd)


# Multilateration


@given(st.floats(-9e3, 9e3), st.floats(-9e3, 9e3))
def test_multilateration_by_east_and_north_has_round_errors(east, north):
    plots = prepare(flat(0, east, north, sensor=1), model(MLAT, ORIGIN), ORIGIN)
    assert plots.z[0, (EAST, NORTH)] == pytest.approx([east, north], abs=0.1)
    assert np.isnan(
        plots.z[
            0,
            (RANGE, AZIMUTH),
        ]
    ).all()
    assert plots.sd[0, (EAST, NORTH)] == pytest.approx([3.0, 3.0])


def test_multilateration_of_the_ground_is_at_the_ground():
    plots = prepare(flat(0, 400, 300, sensor=1, flags=ON_GROUND), model(MLAT, ORIGIN), ORIGIN)
    assert plots.z[0, HEIGHT] == pytest.approx(0.0, abs=1.0)


def test_two_cars_that_stand_side_by_side_stay_two():
    """Two seconds between reports of each, and hardly any between theirs."""

    def looks(t):
        if t % 2:
            return
        drive = max(0.0, 60.0 - 6.0 * t)
        yield flat(t + 0.2, 300.0, 200.0, sensor=1, flags=ON_GROUND)
        yield flat(t + 0.5, 300.0, 213.0 + drive, sensor=1, flags=ON_GROUND)

    ids = []
    mlat = radar(1, **MLAT_FIELDS, period_s=2.0)
    for state, _ in play([mlat], 60, looks):
        tracks = best(state)
        ids.append(tuple(sorted(tracks.track_id[tracks.status == TrackStatus.CONFIRMED].tolist())))
    assert len(ids[12]) == 2
    assert set(ids[12:]) == {ids[12]}


# Two sensors


def test_who_one_sensor_no_longer_sees_stays_while_another_does():
    """A car that goes behind a building for the radar; it comes out again and is nobody new."""

    def looks(t):
        east = 300.0 + 8.0 * t
        if t % 2 == 0:
            yield flat(t + 0.2, east, 400.0, sensor=1, flags=ON_GROUND)
        if not 15 <= t < 60:
            yield flat(t + 0.6, east + 3.2, 400.0)

    both = [radar(0, **SURFACE), radar(1, **MLAT_FIELDS, period_s=2.0)]
    shown = [rows for _, rows in play(both, 80, looks)]
    assert all(len(rows) == 1 and rows["status"][0] == TrackStatus.CONFIRMED for rows in shown[8:])
    assert len({int(rows["track_id"][0]) for rows in shown[8:]}) == 1


# Fixtures


def masts(t):
    """A mast, and a car that drives past it at 8 m/s within 20 m, a second each."""
    rng = np.random.default_rng(t)
    mast = np.array([500.0, 0.0]) + rng.normal(0.0, 1.5, 2)
    yield flat(t + 0.2, *mast)
    if t >= 40:
        yield flat(t + 0.4, 180.0 + 8.0 * (t + 0.4 - 40.0), 18.0)


@pytest.mark.parametrize("after_s", [None, 20.0])
def test_a_mast_is_a_fixture_and_a_car_that_passes_it_is_not(after_s):
    counts, cars = [], set()
    for k, (_, rows) in enumerate(play([radar(0, **SURFACE, fixed_after_s=after_s)], 110, masts)):
        counts.append(len(rows))
        if k > 45:
            cars |= {int(i) for i, v in zip(rows["track_id"], rows["v_east_mps"], strict=True) if v > 4.0}
    assert set(counts[10:18]) == {1}
    standing = 0 if after_s else 1
    assert set(counts[32:40]) == {standing}
    assert set(counts[48:]) == {standing + 1}
    assert len(cars) == 1


def test_a_car_that_came_and_waits_is_no_fixture():
    def looks(t):
        yield flat(t + 0.2, 300.0 + min(10.0 * t, 200.0), 100.0)

    shown = [rows for _, rows in play([radar(0, **SURFACE, fixed_after_s=15.0)], 90, looks)]
    assert all(len(rows) == 1 for rows in shown[5:])


def test_what_multilateration_hears_is_no_fixture():
    def looks(t):
        yield flat(t + 0.2, 300.0, 100.0)
        yield flat(t + 0.6, 300.0, 100.0, sensor=1, flags=ON_GROUND)

    both = [radar(0, **SURFACE, fixed_after_s=15.0), radar(1, **MLAT_FIELDS)]
    assert all(len(rows) == 1 for _, rows in list(play(both, 60, looks))[5:])
