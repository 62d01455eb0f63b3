"""The map of false plots: flat where clutter is alike everywhere, dense where it is dense, and it forgets."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import ORIGIN, SITE, T0, polar, radar

from vedette.track import background, cells, clutter_map
from vedette.track.cells import N_CELLS
from vedette.track.plots import local, prepare
from vedette.track.sensors import model
from vedette.track.settings import TrackerSettings
from vedette.track.state import init, with_sensors
from vedette.track.step import step_plots

SECOND = 1_000_000_000
NOWHERE = {"lat_deg": None, "lon_deg": None, "alt_m": None}
BOX = model(
    radar(scan="staring", **NOWHERE, range_max_m=4000.0, false_per_scan=40.0, position_sd_m=5.0),
    ORIGIN,
)
ROUND = model(radar(range_max_m=20_000.0, false_per_scan=40.0), ORIGIN)
SIDE_M = 4000.0 * np.sqrt(np.pi)  # a square of the disc's area


def everywhere(rng, n, sensor):
    """False plots alike everywhere in what the sensor sees: on the plane, or by range and azimuth."""
    if sensor is BOX:
        return local(*rng.uniform(0.0, SIDE_M, (2, n)), BOX, T0)
    rows = polar(T0, np.zeros(n), np.ones(n), np.zeros(n))
    rows["range_m"], rows["azimuth_deg"] = rng.uniform(0.0, 20_000.0, n), rng.uniform(0.0, 360.0, n)
    rows["elevation_deg"] = np.nan
    return prepare(rows, ROUND, ORIGIN)


def learnt(sensor, periods, rng, more=lambda k: None, known=None):
    """The map after so many periods of 40 plots everywhere and what `more` gives."""
    known = known or clutter_map.init()
    for k in range(periods):
        for plots in (everywhere(rng, rng.poisson(40), sensor), more(k)):
            if plots is not None:
                known = clutter_map.add(known, sensor, plots, np.ones(len(plots)))
        known = clutter_map.close(known, sensor)
    return known


@pytest.mark.parametrize("sensor", [BOX, ROUND])
@given(seed=st.integers(0, 2**32 - 1), periods=st.integers(1, 60))
@settings(max_examples=15)
def test_clutter_that_is_alike_everywhere_leaves_the_map_nearly_flat(sensor, seed, periods):
    known = learnt(sensor, periods, np.random.default_rng(seed))
    assert np.abs(np.log(known.relative)).max() < 0.7
    assert np.abs(np.log(known.relative)).mean() < 0.1


@pytest.mark.parametrize("sensor", [BOX, ROUND])
def test_a_patch_is_found_at_its_density_and_is_forgotten(sensor):
    rng = np.random.default_rng(4)

    def patch(_):
        if sensor is BOX:
            return local(*rng.uniform(3000.0, 3500.0, (2, 40)), BOX, T0)
        rows = polar(T0, np.zeros(40), np.ones(40), np.zeros(40))
        rows["range_m"], rows["azimuth_deg"] = rng.uniform(5000.0, 7500.0, 40), rng.uniform(40.0, 60.0, 40)
        return prepare(rows, ROUND, ORIGIN)

    known = learnt(sensor, 60, rng, patch)
    probe = patch(0)
    inside = clutter_map.relative(known, sensor, probe).mean()
    share = (500.0 / SIDE_M) ** 2 if sensor is BOX else 2500.0 / 20_000.0 * 20.0 / 360.0
    told = 0.5 * (1.0 + 1.0 / share)  # half of all plots are in it
    assert 0.6 * told < inside < 1.4 * told
    outside = everywhere(rng, 2000, sensor)
    assert np.median(clutter_map.relative(known, sensor, outside)) < 0.7
    later = learnt(sensor, 500, rng, known=known)
    assert clutter_map.relative(later, sensor, probe).max() < 2.0


def test_few_plots_say_nothing():
    assert (learnt(BOX, 0, np.random.default_rng(1)).relative == 1.0).all()
    known = clutter_map.add(clutter_map.init(), BOX, local(np.zeros(4), np.zeros(4), BOX, T0), np.ones(4))
    assert (clutter_map.close(known, BOX).relative == 1.0).all()


@given(
    east=st.floats(-1e7, 1e7),
    north=st.floats(-1e7, 1e7),
    range_m=st.floats(0, 1e7),
    azimuth_deg=st.floats(-720, 720),
    start=st.floats(0, 360),
    width=st.floats(1, 360),
)
@settings(max_examples=200)
def test_every_plot_has_a_cell(east, north, range_m, azimuth_deg, start, width):
    plots = local(np.array([east]), np.array([north]), BOX, T0)
    assert 0 <= cells.cells(False, BOX, plots)[0] < N_CELLS
    sector = model(radar(azimuth_from_deg=start, azimuth_width_deg=width), ORIGIN)
    rows = polar(T0, 1.0, 1.0, 0.0)
    rows["range_m"], rows["azimuth_deg"] = range_m, azimuth_deg
    plots = prepare(rows, sector, ORIGIN)
    assert 0 <= cells.cells(True, sector, plots)[0] < N_CELLS


def test_bearings_and_plots_from_elsewhere_have_none():
    known = clutter_map.close(
        clutter_map.add(
            clutter_map.init(), ROUND, everywhere(np.random.default_rng(1), 9, ROUND), np.ones(9)
        ),
        ROUND,
    )
    rows = polar(T0, [900.0, 900.0, 900.0], [10.0, 20.0, 30.0], [0.0, 0.0, 0.0])
    rows["range_m"][1] = np.nan
    rows["sensor_lat_deg"][2], rows["sensor_lon_deg"][2] = SITE[0] + 0.1, SITE[1]
    plots = prepare(rows, ROUND, ORIGIN)
    assert (cells.cells(True, ROUND, plots) >= 0).tolist() == [True, False, False]
    assert clutter_map.relative(known, ROUND, plots)[1:].tolist() == [1.0, 1.0]


def test_the_density_told_is_that_of_the_place():
    told = background.init(BOX, TrackerSettings())
    both = local(np.array([10.0, 3000.0]), np.array([10.0, 3000.0]), BOX, T0)
    flat, _ = background.others(told, BOX, both)
    plane = replace(told.map, polar=False)
    relative = np.ones(N_CELLS)
    relative[cells.cells(False, BOX, both)[0]] = 50.0
    dense = replace(told, map=replace(plane, relative=relative))
    log_density, new = background.others(dense, BOX, both)
    hidden = told.new(0.9)
    assert np.isclose(np.exp(log_density[0] - flat[0]), (50.0 * told.false + hidden) / (told.false + hidden))
    assert np.isclose(log_density[1], flat[1])
    assert np.isclose(new[0], hidden / (50.0 * told.false + hidden))


@pytest.mark.parametrize(("learn", "few"), [(True, True), (False, False)])
def test_a_patch_gives_few_false_tracks_once_it_is_known(learn, few):
    rng = np.random.default_rng(8)
    state = with_sensors(init(*SITE, TrackerSettings(clutter_map=learn)), [BOX.sensor])
    shown = []
    for k in range(60):
        places = np.concatenate((rng.uniform(0.0, SIDE_M, (10, 2)), rng.uniform(3000.0, 4000.0, (30, 2))))
        plots = local(places[:, 0], places[:, 1], state.sensors[0], T0 + k * SECOND)
        state, output = step_plots(state, [(state.sensors[0], plots)], T0 + k * SECOND)
        shown.append(len(output.rows))
    assert (np.mean(shown[30:]) < 0.5) == few
