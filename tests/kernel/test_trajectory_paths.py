"""Paths of truths through tracks: the best one is the best of all, and no trick makes a way worse."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.trajectory_paths import best_path, bracket, choose, exchange, priced, take_turns, worth

cases = st.tuples(st.integers(1, 5), st.integers(1, 3), st.floats(0, 2), st.integers(0, 2**32))


def group(instants, n, m, seed):
    """Every truth with every track: gains (T, n m), begins, tracks."""
    gain = np.maximum(np.random.default_rng(seed).normal(0.2, 1.0, (instants, n * m)), 0.0)
    return gain, np.arange(n + 1) * m, np.tile(np.arange(m), n)


@given(cases)
def test_the_best_path_is_the_best_of_all(case):
    instants, pairs, switch, seed = case
    gain, _, _ = group(instants, 1, pairs, seed)
    path = np.full(instants, -1)
    found = best_path(gain, 0, pairs, switch, path)
    ways = np.array(list(itertools.product(range(-1, pairs), repeat=instants)))
    best = max(worth(gain, way[None], switch) for way in ways)
    assert found == pytest.approx(best, abs=1e-9)
    assert worth(gain, path[None], switch) == pytest.approx(best, abs=1e-9)


def possible(paths, column):
    """Whether nobody shares a track."""
    for at in paths.T:
        used = [column[e] for e in at if e >= 0]
        if len(set(used)) != len(used):
            return False
    return True


@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.floats(0, 2), st.integers(0, 2**32))
def test_turns_and_swaps_only_gain_and_stay_possible(instants, n, m, switch, seed):
    gain, begin, column = group(instants, n, m, seed)
    pair_of = np.arange(n * m).reshape(n, m)
    bound, paths = priced(gain, begin, column, np.zeros((instants, m)), switch)
    value = take_turns(gain, begin, column, paths, m, switch)
    assert possible(paths, column)
    assert value == pytest.approx(worth(gain, paths, switch), abs=1e-9)
    won = exchange(gain, begin, column, pair_of, paths, switch)
    assert won >= 0.0
    assert possible(paths, column)
    assert value + won == pytest.approx(worth(gain, paths, switch), abs=1e-9)
    assert worth(gain, paths, switch) <= bound + 1e-9


@given(st.integers(1, 6), st.integers(1, 3), st.floats(0, 2), st.integers(0, 2**32))
def test_the_choice_between_two_ways_is_the_best_of_all_mixtures(instants, n, switch, seed):
    gain, _, _ = group(instants, n, 3, seed)
    rng = np.random.default_rng(seed + 1)
    here, there = (np.arange(n)[:, None] * 3 + rng.integers(0, 3, (n, instants)) for _ in range(2))
    before = worth(gain, here, switch)
    masks = itertools.product([False, True], repeat=instants)
    best = max(worth(gain, np.where(np.array(mask), there, here), switch) for mask in masks)
    won = choose(gain, here, there, switch)
    assert before + won == pytest.approx(best, abs=1e-9)
    assert worth(gain, here, switch) == pytest.approx(best, abs=1e-9)


@given(st.integers(1, 12), st.integers(1, 4), st.integers(1, 4), st.floats(0, 2), st.integers(0, 2**32))
def test_the_bracket_holds_what_can_be(instants, n, m, switch, seed):
    gain, begin, column = group(instants, n, m, seed)
    least, most, paths = bracket(gain, begin, column, m, switch, 50)
    assert possible(paths, column)
    assert least <= most + 1e-9
    assert least == pytest.approx(worth(gain, paths, switch), abs=1e-9)
