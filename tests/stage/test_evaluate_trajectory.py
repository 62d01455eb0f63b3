"""Trajectory GOSPA: its definition by brute force, its own properties, and what others make of it."""

import itertools
import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from walks import trajectories

from vedette.evaluate.gospa import gospa
from vedette.evaluate.trajectory import near_pairs, trajectory_gospa
from vedette.evaluate.trajectory_lp import relaxed
from vedette.kernel.trajectory_paths import bracket, priced

GOLDEN = Path(__file__).parents[1] / "golden" / "score" / "trajectories.json"
scenes = st.tuples(st.integers(1, 6), st.integers(0, 3), st.integers(0, 3), st.integers(0, 2**32))
cutoffs, switches = st.floats(1.0, 40.0), st.floats(0.0, 30.0)


def compare(x, y, cutoff, switch, **more):
    """The metric between trajectories (T, n, 2) and (T, m, 2)."""
    here, there = ~np.isnan(x[..., 0]), ~np.isnan(y[..., 0])
    truths = [np.flatnonzero(row) for row in here]
    tracks = [np.flatnonzero(row) for row in there]
    away = [
        np.linalg.norm(a[i][:, None] - b[j][None, :], axis=2)
        for a, b, i, j in zip(x, y, truths, tracks, strict=True)
    ]
    return trajectory_gospa(here, there, near_pairs(away, truths, tracks, cutoff), cutoff, switch, **more)


def assignments(n, m):
    """All ways to give each of n truths one of m tracks, or -1, each track once at most."""
    for way in itertools.product(range(-1, m), repeat=n):
        used = [j for j in way if j >= 0]
        if len(set(used)) == len(used):
            yield way


def by_assignment(x, y, c, gamma):
    """The multi-dimensional assignment (definition 2), by dynamic programming over all assignments."""
    ways = list(assignments(x.shape[1], y.shape[1]))

    def cost(k, way):
        total = 0.0
        for i, j in enumerate(way):
            here = not np.isnan(x[k, i, 0])
            there = j >= 0 and not np.isnan(y[k, j, 0])
            if here and there:
                total += min(np.linalg.norm(x[k, i] - y[k, j]), c) ** 2
            elif here or there:
                total += c**2 / 2
        left = set(range(y.shape[1])) - set(way)
        return total + c**2 / 2 * sum(not np.isnan(y[k, j, 0]) for j in left)

    def change(a, b):
        return gamma**2 / 2 * sum((p != q) * ((p >= 0) + (q >= 0)) for p, q in zip(a, b, strict=True))

    best = [cost(0, way) for way in ways]
    for k in range(1, len(x)):
        best = [
            cost(k, way) + min(b + change(was, way) for b, was in zip(best, ways, strict=True))
            for way in ways
        ]
    return np.sqrt(min(best))


@settings(max_examples=100)
@given(scenes, cutoffs, switches)
def test_it_is_the_best_assignment_or_better(scene, c, gamma):
    instants, n, m, seed = scene
    x, y = trajectories(instants, n, seed), trajectories(instants, m, seed + 1)
    result = compare(x, y, c, gamma)
    whole = by_assignment(x, y, c, gamma)
    assert result.exact
    assert result.total_m <= whole * (1 + 1e-6) + 1e-9
    if n <= 1 or m <= 1:  # then there is no use in shares
        assert result.total_m == pytest.approx(whole, rel=1e-6, abs=1e-9)


@given(scenes, cutoffs, switches)
def test_it_falls_apart(scene, c, gamma):
    instants, n, m, seed = scene
    result = compare(trajectories(instants, n, seed), trajectories(instants, m, seed + 1), c, gamma)
    parts = (result.localisation_m2, result.missed_m2, result.false_m2, result.switch_m2)
    assert all(part.shape == (instants,) for part in parts)
    assert all((part >= -1e-9).all() for part in parts)
    assert result.total_m**2 == pytest.approx(sum(part.sum() for part in parts), rel=1e-9, abs=1e-9)


@given(scenes, cutoffs, switches)
def test_it_is_a_metric(scene, c, gamma):
    instants, n, m, seed = scene
    x, y, z = (trajectories(instants, k, seed + s) for k, s in ((n, 0), (m, 1), (2, 2)))
    there, back = compare(x, y, c, gamma), compare(y, x, c, gamma)
    assert there.total_m == pytest.approx(back.total_m, rel=1e-6, abs=1e-9)
    assert there.missed_m2.sum() - there.false_m2.sum() == pytest.approx(
        back.false_m2.sum() - back.missed_m2.sum(), abs=1e-6
    )
    assert compare(x, x, c, gamma).total_m ** 2 == pytest.approx(0.0, abs=1e-9)  # a root has half the digits
    round_about = there.total_m + compare(y, z, c, gamma).total_m
    assert compare(x, z, c, gamma).total_m <= round_about * (1 + 1e-6) + 1e-9


@given(scenes, cutoffs)
def test_without_a_price_on_switches_it_is_gospa_of_every_instant(scene, c):
    instants, n, m, seed = scene
    x, y = trajectories(instants, n, seed), trajectories(instants, m, seed + 1)
    result = compare(x, y, c, 0.0)
    for k in range(instants):
        a, b = (part[k][~np.isnan(part[k, :, 0])] for part in (x, y))
        alone, _ = gospa(np.linalg.norm(a[:, None] - b[None, :], axis=2), c)
        at_k = result.localisation_m2[k] + result.missed_m2[k] + result.false_m2[k]
        assert at_k == pytest.approx(alone.total_m**2, rel=1e-6, abs=1e-6)


def test_a_track_that_changes_costs_its_switch():
    x = np.zeros((10, 1, 2))
    y = np.full((10, 2, 2), np.nan)
    y[:5, 0], y[5:, 1] = 1.0, 1.0
    result = compare(x, y, 20.0, 5.0)
    assert result.localisation_m2 == pytest.approx(np.full(10, 2.0))
    assert result.switch_m2.tolist() == [0.0] * 5 + [25.0] + [0.0] * 4
    assert (result.missed_m2.sum(), result.false_m2.sum()) == (0.0, 0.0)


def test_a_track_that_comes_late_is_missed_and_no_switch():
    x = np.zeros((10, 1, 2))
    y = np.full((10, 1, 2), np.nan)
    y[3:, 0] = 0.0
    result = compare(x, y, 20.0, 5.0)
    assert result.total_m == pytest.approx(np.sqrt(3 * 200.0))
    assert result.missed_m2.tolist() == [200.0] * 3 + [0.0] * 7
    assert result.switch_m2.sum() == 0.0


def test_a_switch_dearer_than_missing_is_not_made():
    x = np.zeros((3, 1, 2))
    y = np.full((3, 2, 2), np.nan)
    y[0, 0] = y[1:, 1] = 0.0
    result = compare(x, y, 2.0, 100.0)  # misses track 0's instant rather than change
    assert result.switch_m2.sum() == 0.0
    assert result.total_m == pytest.approx(np.sqrt(4.0))


@pytest.mark.parametrize("number", range(40))
def test_it_is_the_linear_program_of_the_paper(number):
    """Optima of the whole program, dummies and all, by HiGHS; the golden folder has the script."""
    case = json.loads(GOLDEN.read_text(encoding="utf-8"))[number]
    x, y = trajectories(*case["truths"]), trajectories(*case["tracks"])
    result = compare(x, y, case["cutoff_m"], case["switch_m"])
    assert result.exact
    assert result.total_m**2 == pytest.approx(case["square_m2"], rel=1e-6, abs=1e-6)


def group(seed):
    """Gains of one group that is not whole at its optimum more often than not."""
    rng = np.random.default_rng(seed)
    row, column = (part.ravel() for part in np.mgrid[0:4, 0:4])
    gain = np.maximum(rng.normal(0.0, 1.0, (12, 16)), 0.0)
    return gain, row, column, float(rng.uniform(0.2, 0.8))


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_the_program_is_solved_and_its_prices_prove_it(seed):
    gain, row, column, switch = group(seed)
    share, prices = relaxed(gain, row, column, switch)
    assert (share >= 0).all()
    for k in range(4):
        assert (share[:, row == k].sum(axis=1) <= 1 + 1e-12).all()
        assert (share[:, column == k].sum(axis=1) <= 1 + 1e-12).all()
    value = (gain * share).sum() - switch * np.abs(np.diff(share, axis=0)).sum()
    begin = np.searchsorted(row, np.arange(5))
    bound, _ = priced(gain, begin, column, prices, switch)
    assert value == pytest.approx(bound, rel=1e-7)
    least, most, paths = bracket(gain, begin, column, 4, switch, 300)
    assert least <= value * (1 + 1e-7)
    assert most >= value * (1 - 1e-7)
    for k in range(12):  # nobody shares a track
        used = [column[e] for e in paths[:, k] if e >= 0]
        assert len(set(used)) == len(used)


def crowd(seed, n=4, instants=40):
    """Truths that swarm and tracks that change among them."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0, 30, (1, n, 2)) + rng.normal(0, 4, (instants, n, 2)).cumsum(axis=0)
    order = np.array([rng.permutation(n) if k % 5 == 0 else np.full(n, -1) for k in range(instants)])
    for k in range(instants):
        if order[k, 0] < 0:
            order[k] = order[k - 1]
    y = np.take_along_axis(x, order[:, :, None], axis=1) + rng.normal(0, 6, x.shape)
    return x, y


def test_what_is_too_large_is_bracketed():
    x, y = crowd(3)
    true = compare(x, y, 60.0, 30.0)
    bound = compare(x, y, 60.0, 30.0, largest=0)
    assert true.exact
    assert bound.lower_m <= true.total_m * (1 + 1e-6)
    assert bound.total_m >= true.total_m * (1 - 1e-6)


def test_hundreds_of_tracks_over_hundreds_of_instants():
    rng = np.random.default_rng(1)
    instants, n = 300, 300
    x = rng.uniform(0, 30_000, (1, n, 2)) + np.arange(instants)[:, None, None] * rng.normal(0, 15, (1, n, 2))
    y = np.concatenate((x, x), axis=1) + rng.normal(0, 10, (instants, 2 * n, 2))
    y[instants // 2 :, :n] = np.nan  # every truth changes its track
    y[: instants // 2, n:] = np.nan
    compare(x[:5, :3], y[:5, :3], 100.0, 50.0)  # compiles
    begin_s = time.process_time()
    result = compare(x, y, 100.0, 50.0)
    assert time.process_time() - begin_s < 30.0
    assert result.exact
    assert result.switch_m2[instants // 2] == pytest.approx(n * 50.0**2, rel=0.02)


def test_wrong_settings_are_refused():
    nobody = np.zeros((1, 0, 2))
    with pytest.raises(ValueError, match="cut-off"):
        compare(nobody, nobody, 0.0, 1.0)
    with pytest.raises(ValueError, match="switch"):
        compare(nobody, nobody, 1.0, -1.0)
