"""Is it still there: what recursive Bayes must hold, and that it says 30 % where 30 in 100 are there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seen import JITTED, many

from vedette.kernel.presence import look, predict, survival

WIDTH, ROWS = 6, 5
N = WIDTH * ROWS
PRIOR = np.array([[0.6, 0.25, 0.15], [0.8, 0.15, 0.05]])
seeds = st.integers(0, 2**32 - 1)
shares = st.floats(0.0, 1.0)


def some(rng, was_p=0.8):
    b = rng.uniform(0.0, 1.0, (2, 3, 2, N))
    b *= was_p / b.sum(axis=(1, 2, 3), keepdims=True)
    return b, np.full(2, 1.0 - was_p)


def carried(b, gone, *, spread=0.2, survive=1.0, climb=0.1, hide=0.05, again=0.0):
    return predict(
        b, gone, WIDTH, np.full(2, spread), np.full(2, survive), climb, np.full(2, hide), PRIOR, again
    )


@given(seed=seeds, spread=st.floats(0.0, 0.25), survive=shares, climb=shares, hide=shares, again=shares)
def test_what_is_there_and_what_has_gone_stay_all_there_is(seed, spread, survive, climb, hide, again):
    b, gone = some(np.random.default_rng(seed))
    before = b.copy()
    out, left = carried(b, gone, spread=spread, survive=survive, climb=climb, hide=hide, again=again)
    assert np.allclose(out.sum(axis=(1, 2, 3)) + left, 1.0)
    assert (out >= -1e-15).all()
    assert (left >= -1e-12).all()
    assert (b == before).all()


@given(seed=seeds)
def test_without_a_look_and_without_an_end_nothing_decays(seed):
    b, gone = some(np.random.default_rng(seed))
    after, left = look(b, gone, np.ones_like(b))
    assert np.allclose(after, b)
    assert np.allclose(left, gone)
    still, left = carried(b, gone, spread=0.0)
    assert np.allclose(still.sum(axis=(1, 2, 3)), b.sum(axis=(1, 2, 3)))
    assert np.allclose(left, gone)


@given(seed=seeds, p=st.floats(0.01, 0.99))
def test_a_look_that_sees_nothing_is_bayes_rule(seed, p):
    b, gone = some(np.random.default_rng(seed), was_p=0.6)
    after, left = look(b, gone, np.full_like(b, 1.0 - p))
    there = 0.6 * (1.0 - p) / (0.6 * (1.0 - p) + 0.4)
    assert after.sum(axis=(1, 2, 3)) == pytest.approx(there)
    assert left == pytest.approx(1.0 - there)


@given(seed=seeds)
def test_a_look_makes_it_likelier_where_nobody_looked(seed):
    rng = np.random.default_rng(seed)
    b, gone = some(rng)
    miss = np.ones_like(b)
    miss[..., : N // 2] = rng.uniform(0.05, 0.95)
    after, _ = look(b, gone, miss)
    assert (after[..., N // 2 :] >= b[..., N // 2 :]).all()
    assert (after[..., : N // 2].sum(axis=(1, 2, 3)) <= b[..., : N // 2].sum(axis=(1, 2, 3))).all()


@given(seed=seeds, p=st.floats(0.01, 0.9), q=st.floats(0.01, 0.9))
def test_two_looks_are_one_in_either_order(seed, p, q):
    rng = np.random.default_rng(seed)
    b, gone = some(rng)
    one, other = rng.uniform(1.0 - p, 1.0, b.shape), rng.uniform(1.0 - q, 1.0, b.shape)
    a, a_gone = look(*look(b, gone, one), other)
    c, c_gone = look(*look(b, gone, other), one)
    both, both_gone = look(b, gone, one * other)
    for x, y in ((a, c), (a, both), (a_gone, c_gone), (a_gone, both_gone)):
        assert np.allclose(x, y)


def test_what_must_have_been_seen_has_gone():
    b = np.zeros((2, 3, 2, N))
    b[:, 0, 1, 3] = 1.0
    after, left = look(b, np.zeros(2), np.zeros_like(b))
    assert (after == 0.0).all()
    assert (left == 1.0).all()


def test_what_flies_over_the_edge_has_left():
    b = np.zeros((2, 3, 2, N))
    b[:, 0, 1, 0] = 1.0  # in a corner: two of four neighbours are outside
    out, left = carried(b, np.zeros(2), spread=0.2, climb=0.0, hide=0.0)
    assert left == pytest.approx(0.4)
    assert out[:, 0, 1, 1] == pytest.approx(0.2)
    assert out[:, 0, 1, WIDTH] == pytest.approx(0.2)


def test_hidden_ones_come_back_and_visible_ones_hide():
    b = np.zeros((2, 3, 2, N))
    b[:, 0, 1, 12] = 1.0
    gone = np.zeros(2)
    for _ in range(400):
        b, gone = carried(b, gone, spread=0.0, climb=0.0, hide=0.05)
    assert np.allclose(b.sum(axis=(2, 3)), PRIOR, atol=1e-6)


def test_a_battery_ends_a_flight():
    scale_s, never = np.array([1500.0, 3000.0]), np.full(2, np.inf)
    assert survival(0.0, 1500.0, scale_s, 2.0, never)[0] == pytest.approx(np.exp(-1.0))
    stay_s = np.array([600.0, 900.0])
    one = survival(600.0, 300.0, scale_s, 2.0, stay_s) * survival(900.0, 300.0, scale_s, 2.0, stay_s)
    assert one == pytest.approx(survival(600.0, 600.0, scale_s, 2.0, stay_s))
    young, old = survival(0.0, 60.0, scale_s, 2.0, never), survival(3000.0, 60.0, scale_s, 2.0, never)
    assert (young > old).all()


def test_a_will_ends_a_flight_at_any_age():
    long, stay_s = np.full(2, 1e9), np.full(2, 600.0)
    assert survival(0.0, 600.0, long, 2.0, stay_s) == pytest.approx(np.exp(-1.0))
    assert survival(3000.0, 600.0, long, 2.0, stay_s) == pytest.approx(np.exp(-1.0))


def test_of_those_said_to_be_there_with_30_percent_30_in_100_are():
    """Drawn from the model itself, by the same numbers, and told only what was seen."""
    rng = np.random.default_rng(5)
    prior = PRIOR[:1]
    levels = np.array([1.0, 0.35, 0.0])
    sees = np.stack((0.05 * np.ones(N), np.linspace(0.0, 0.4, N)))  # by layer and cell
    survive, spread, climb, hide = 0.98, 0.1, 0.1, 0.03
    miss = (1.0 - levels[:, None, None] * sees[None])[None]
    said, was = [], []
    for _ in range(many(4000)):
        b = np.zeros((1, 3, 2, N))
        b[0, :, 1, 14] = prior[0]
        gone = np.zeros(1)
        level, layer, cell, alive = rng.choice(3, p=prior[0]), 1, 14, True
        for _ in range(int(rng.integers(3, 25))):
            b, gone = predict(
                b, gone, WIDTH, np.full(1, spread), np.full(1, survive), climb, np.full(1, hide), prior, 0.0
            )
            alive = alive and rng.random() < survive
            if alive:
                x, y = cell % WIDTH, cell // WIDTH
                turn = rng.random()
                for k, (dx, dy) in enumerate(((-1, 0), (1, 0), (0, -1), (0, 1))):
                    if k * spread <= turn < (k + 1) * spread:
                        x, y = x + dx, y + dy
                alive = 0 <= x < WIDTH and 0 <= y < ROWS
                cell = y * WIDTH + x
            if rng.random() < hide:
                level = rng.choice(3, p=prior[0])
            if rng.random() < climb:
                layer = 1 - layer
            if alive and rng.random() < levels[level] * sees[layer, cell]:
                break  # seen: the question begins anew
            b, gone = look(b, gone, miss)
        else:
            said.append(float(b.sum()))
            was.append(alive)
    said, was = np.array(said), np.array(was, float)
    assert len(said) > many(1500)
    bins = np.clip((said * 8).astype(int), 0, 7)
    gaps = [abs(said[bins == k].mean() - was[bins == k].mean()) * (bins == k).mean() for k in np.unique(bins)]
    off = sum(gaps)
    slack = 1.0 if JITTED else 10.0**0.5  # a tenth of the flights are told apart that much less
    assert off < 0.04 * slack
    assert abs(said.mean() - was.mean()) < 0.03 * slack
    wrong = np.clip(said * 1.5, 0.0, 1.0)  # the same test finds one who says too much
    assert abs(wrong.mean() - was.mean()) > 0.03 * slack
