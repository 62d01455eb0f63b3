"""Counting plots by place and by what they measured, beside plain NumPy."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.cells import (
    deposit,
    far_above,
    fold,
    plane_cells,
    polar_cells,
    repeated,
    settle,
    shared,
    tally,
)
from vedette.kernel.measurement import AZIMUTH, EAST, N_COMPONENTS, NORTH, RANGE

seeds = st.integers(0, 2**32 - 1)


def plots(rng, n):
    z = np.full((n, N_COMPONENTS), np.nan)
    z[:, RANGE], z[:, AZIMUTH] = rng.uniform(0.0, 3e4, n), rng.uniform(-7.0, 14.0, n)
    z[:, EAST], z[:, NORTH] = rng.uniform(-5e4, 5e4, (2, n))
    for column in (RANGE, AZIMUTH, EAST, NORTH):
        z[rng.random(n) < 0.1, column] = np.nan
    return z


@given(seed=seeds, start=st.floats(0, 2 * math.pi), width=st.floats(0.1, 2 * math.pi))
def test_polar_cells_are_those_of_plain_arithmetic(seed, start, width):
    rng = np.random.default_rng(seed)
    z, at = plots(rng, 60), rng.integers(0, 2, 60)
    home = np.array([5.0, 6.0, 7.0])
    pose = np.concatenate((np.stack((home, home + np.array([0.0, 3.0, 0.0]))), np.zeros((2, 3))), axis=1)
    out = polar_cells(z, at, pose, home, start, width, 2e4, 8, 4)
    sector = np.minimum(np.floor((z[:, AZIMUTH] - start) % (2 * math.pi) / width * 8), 7)
    ring = np.minimum(np.floor(z[:, RANGE] / 5e3), 3)
    told = np.where(np.isnan(sector + ring) | (at == 1), -1, sector * 4 + ring)
    assert np.array_equal(out, told)


def test_a_home_that_is_not_known_has_no_cells():
    z = plots(np.random.default_rng(1), 5)
    home = np.full(3, np.nan)
    assert (polar_cells(z, np.zeros(5, np.int64), np.zeros((1, 6)), home, 0.0, 6.0, 1e4, 8, 4) == -1).all()


@given(seed=seeds, side=st.floats(10.0, 1e4))
def test_plane_cells_are_those_of_plain_arithmetic(seed, side):
    z = plots(np.random.default_rng(seed), 60)
    column, row = np.floor(z[:, EAST] / side) % 16, np.floor(z[:, NORTH] / side) % 16
    assert np.array_equal(plane_cells(z, side, 16), np.where(np.isnan(column + row), -1, column * 16 + row))


@given(keys=st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 3), max_size=80), least=st.integers(1, 6))
def test_repeated_and_shared_keys_are_those_that_a_count_finds(keys, least):
    array = np.array(keys, np.uint64)
    assert repeated(array, least).tolist() == [keys.count(key) >= least for key in keys]
    third = len(keys) // 3
    few, those, others = array[:third], array[third : 2 * third], array[2 * third :]
    assert shared(few, those, others) == int(np.isin(few, array[third:]).sum())


@given(seed=seeds)
def test_rows_have_one_key_where_they_are_alike_in_the_columns(seed):
    rng = np.random.default_rng(seed)
    z = plots(rng, 50)
    columns = np.array([RANGE, AZIMUTH, EAST, NORTH])
    key = fold(z.view(np.uint64), columns)
    assert len(set(key.tolist())) == len(np.unique(z[:, columns].view(np.uint64), axis=0))
    other = z.copy()
    other[:, N_COMPONENTS - 1] = 5.0
    assert np.array_equal(fold(other.view(np.uint64), columns), key)


def test_plots_are_counted_in_all_their_sector_and_their_cell():
    count = np.zeros(1 + 2 + 6 + 1)
    bins = tally(np.array([0, 4, 4, -1]), True, 3, 3, 9, count)
    assert bins.tolist() == [[0, 1, 3], [0, 2, 7], [0, 2, 7], [0, 9, 9]]
    assert count.tolist() == [4.0, 1.0, 2.0, 1.0, 0.0, 0.0, 0.0, 2.0, 0.0, 2.0]
    assert tally(np.array([0, 4, 4, -1]), False, 3, 3, 9, count)[:, 1].tolist() == [9, 9, 9, 9]


@given(seed=seeds)
def test_weights_are_added_where_their_plots_lie_and_to_nothing_else(seed):
    rng = np.random.default_rng(seed)
    cell, weight, count = rng.integers(-1, 6, 20), rng.uniform(-1.0, 1.0, 20), rng.uniform(0.0, 9.0, 6)
    before = count.copy()
    out = deposit(cell, weight, count)
    assert np.array_equal(count, before)
    assert np.allclose(out - count, np.bincount(cell + 1, weight, 7)[1:])


def test_what_is_far_above_the_usual_and_how_it_settles():
    count = np.array([100.0, 100.0, 21.0, 3.0])
    usual = np.array([40.0, 10.0, 0.0, 0.0])
    least = np.array([20.0, 20.0, 20.0, np.inf])
    assert far_above(count, usual, least).tolist() == [False, True, True, False]
    loud = np.array([0, 3, 1, 0])
    mean, last, still = settle(count, usual, loud, least, 0.1, 3)
    assert still.tolist() == [0, 4, 2, 0]
    assert last.tolist() == [0.0, 100.0, 21.0, 0.0]
    assert np.allclose(mean, [46.0, 10.0, 0.0, 0.3])
    mean, last, still = settle(count, usual, np.array([0, 4, 0, 0]), least, 0.1, 3)
    assert mean[1] == 19.0, "after its mute it becomes usual, slowly"
    assert settle(np.zeros(4), usual, loud, least, 0.1, 3)[2].tolist() == [0, 0, 0, 0]
