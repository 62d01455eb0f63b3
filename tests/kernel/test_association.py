"""Association probabilities against the enumeration of every joint hypothesis."""

import itertools
import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.association import marginals

seeds = st.integers(0, 2**32 - 1)
LOOP_BOUND = 0.45


def enumerate_all(n_tracks, n_plots, track, plot, weight, missed, other):
    """Exact marginals: every way to give each track one plot or none, no plot twice."""
    table = [dict.fromkeys((), 0.0) for _ in range(n_tracks)]
    index = {}
    for k, (i, j) in enumerate(zip(track, plot, strict=True)):
        table[i][int(j)] = weight[k]
        index[int(i), int(j)] = k
    p_pair, p_missed, p_other = np.zeros(len(track)), np.zeros(n_tracks), np.zeros(n_plots)
    total = 0.0
    for choice in itertools.product(*[[None, *t] for t in table]):
        taken = [j for j in choice if j is not None]
        if len(set(taken)) != len(taken):
            continue
        mass = math.prod(missed[i] if j is None else table[i][j] for i, j in enumerate(choice))
        mass *= math.prod(other[j] for j in range(n_plots) if j not in taken)
        total += mass
        for i, j in enumerate(choice):
            if j is None:
                p_missed[i] += mass
            else:
                p_pair[index[i, j]] += mass
        for j in range(n_plots):
            if j not in taken:
                p_other[j] += mass
    return p_pair / total, p_missed / total, p_other / total


def graph(rng, n_tracks, n_plots, pairs):
    """Weights from clutter-like to sure on the given pairs."""
    pairs = sorted(pairs)
    track = np.array([i for i, _ in pairs], np.int64)
    plot = np.array([j for _, j in pairs], np.int64)
    weight = 10.0 ** rng.uniform(-2.0, 3.0, len(pairs))
    return (
        n_tracks,
        n_plots,
        track,
        plot,
        weight,
        rng.uniform(0.05, 1.0, n_tracks),
        rng.uniform(0.2, 3, n_plots),
    )


def tree(rng, n_tracks, n_plots):
    """A random forest: an edge is taken only where it joins two parts that were apart."""
    part = list(range(n_tracks + n_plots))
    pairs = []
    for i, j in rng.permutation([(i, j) for i in range(n_tracks) for j in range(n_plots)]).tolist():
        a, b = part[i], part[n_tracks + j]
        if a != b and rng.random() < 0.9:
            part = [a if p == b else p for p in part]
            pairs.append((i, j))
    return pairs


def worst(case):
    return max(
        (
            float(np.abs(a - b).max())
            for a, b in zip(marginals(*case), enumerate_all(*case), strict=True)
            if len(a)
        ),
        default=0.0,
    )


@given(seed=seeds, n_tracks=st.integers(1, 4), n_plots=st.integers(1, 4))
def test_exact_on_trees(seed, n_tracks, n_plots):
    rng = np.random.default_rng(seed)
    assert worst(graph(rng, n_tracks, n_plots, tree(rng, n_tracks, n_plots))) < 1e-5


@given(seed=seeds, n_tracks=st.integers(2, 4), n_plots=st.integers(2, 4), fill=st.floats(0.3, 1.0))
def test_close_on_loops(seed, n_tracks, n_plots, fill):
    """Loopy propagation is an approximation; see the bound measured in the next test."""
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(n_tracks) for j in range(n_plots) if rng.random() < fill]
    assert worst(graph(rng, n_tracks, n_plots, pairs)) < LOOP_BOUND


def test_on_loops_it_is_close_on_average():
    """Worst of all probabilities of a graph in which every track gates with every plot."""
    errors = []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        errors.append(worst(graph(rng, 3, 3, [(i, j) for i in range(3) for j in range(3)])))
    assert np.mean(errors) < 0.06
    assert np.percentile(errors, 95) < 0.2
    assert max(errors) < LOOP_BOUND


@given(seed=seeds, n_tracks=st.integers(1, 30), n_plots=st.integers(1, 30), fill=st.floats(0.0, 1.0))
def test_probabilities_sum_to_one_and_stay_in_bounds(seed, n_tracks, n_plots, fill):
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(n_tracks) for j in range(n_plots) if rng.random() < fill]
    case = graph(rng, n_tracks, n_plots, pairs)
    _, _, track, plot, _, _, _ = case
    p_pair, p_missed, p_other = marginals(*case)
    by_track, by_plot = p_missed.copy(), p_other.copy()
    np.add.at(by_track, track, p_pair)
    np.add.at(by_plot, plot, p_pair)
    assert np.allclose(by_track, 1.0, atol=1e-9)
    assert np.allclose(by_plot, 1.0, atol=1e-3)
    for p in (p_pair, p_missed, p_other):
        assert ((p >= 0.0) & (p <= 1.0)).all()


@given(
    seed=seeds,
    n_tracks=st.integers(1, 5),
    n_plots=st.integers(1, 5),
    power=st.floats(0.0, 300.0),
    low=st.floats(-300.0, 0.0),
)
def test_enormous_and_tiny_weights_stay_finite(seed, n_tracks, n_plots, power, low):
    """Well-placed plots in thin clutter reach 1e26; a difference of sums would be all rounding."""
    rng = np.random.default_rng(seed)
    pairs = [(i, j) for i in range(n_tracks) for j in range(n_plots)]
    n, m, track, plot, _, missed, other = graph(rng, n_tracks, n_plots, pairs)
    weight = 10.0 ** np.where(rng.random(len(pairs)) < 0.5, power, low)
    for p in marginals(n, m, track, plot, weight, missed, other):
        assert np.isfinite(p).all()
        assert ((p >= 0.0) & (p <= 1.0 + 1e-12)).all()


def test_the_sure_pair_wins_however_large_its_weight():
    track, plot = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    weight = np.array([1e26, 1.0, 1.0, 1e26])
    p_pair, p_missed, p_other = marginals(
        2, 2, track, plot, weight, np.array([0.1, 0.1]), np.array([1.5, 1.5])
    )
    assert np.allclose(p_pair, [1.0, 0.0, 0.0, 1.0], atol=1e-9)
    assert np.allclose(p_missed, 0.0, atol=1e-9)
    assert np.allclose(p_other, 0.0, atol=1e-9)


def test_two_tracks_and_one_plot_share_it():
    """Symmetric, so half each but for the clutter: checked by hand. 2 of 2 + 1 + …"""
    track, plot = np.array([0, 1]), np.array([0, 0])
    p_pair, p_missed, p_other = marginals(
        2, 1, track, plot, np.array([4.0, 4.0]), np.array([1.0, 1.0]), np.array([2.0])
    )
    # Hypotheses: none 2, first 4, second 4.
    assert np.allclose(p_pair, 0.4, atol=1e-5)
    assert np.allclose(p_missed, 0.6, atol=1e-5)
    assert np.allclose(p_other, 0.2, atol=1e-5)


def test_nothing_to_pair():
    none = np.zeros(0, np.int64)
    p_pair, p_missed, p_other = marginals(2, 3, none, none, np.zeros(0), np.full(2, 0.3), np.full(3, 1.0))
    assert len(p_pair) == 0
    assert np.array_equal(p_missed, [1.0, 1.0])
    assert np.array_equal(p_other, [1.0, 1.0, 1.0])
