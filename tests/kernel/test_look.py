"""The kernels of a look in the order in which the stage calls them, against the plain references."""

import math

import hypotheses_reference
import look_reference
import numpy as np
import pytest
from seen import GATE_SD, KINDS, MODELS, a_sensor, plain, plot_of, seen, some_tracks

from vedette.kernel.gating import gate
from vedette.kernel.hypotheses import associate
from vedette.kernel.kalman import take
from vedette.kernel.motion import predict_rows
from vedette.kernel.windows import windows

LAG_S = 1.0
STRAY = (0.05, 5.0)


def a_scene(seed, n=4, extra=2, apart=5_000.0):
    """Four targets in clusters of two, each with two histories, and plots of them and of nothing."""
    rng = np.random.default_rng(seed)
    sensor = a_sensor(rng)
    x, P, mu, r = some_tracks(rng, n, sensor.pose, apart)
    x = np.repeat(x, 2, axis=0)
    x[1::2, :, :3] += rng.normal(0.0, 30.0, (n, 1, 3))
    P, mu, r = (np.repeat(a, 2, axis=0) for a in (P, mu, r))
    plots = [
        plot_of(
            rng, x[2 * i, 1, :3] + LAG_S * x[2 * i, 1, 3:], x[2 * i, 1, 3:], sensor, str(rng.choice(KINDS))
        )
        for i in range(n)
    ]
    plots += [
        plot_of(rng, x[0, 1, :3] + rng.normal(0, 400.0, 3), x[0, 1, 3:], sensor, "rae") for _ in range(extra)
    ]
    clutter = np.array([np.where(np.isnan(p[0]), 0.0, sensor.log_density).sum() for p in plots])
    table = [[(math.log(0.6), (a, a + 2)), (math.log(0.4), (a + 1, a + 3))] for a in range(0, 2 * n, 4)]
    return (
        x,
        P,
        mu,
        r,
        rng.uniform(0.5, 0.95, 2 * n),
        plots,
        rng.uniform(-0.3, 0.0, len(plots)),
        sensor,
        clutter,
        table,
    )


def fast_look(x, P, mu, r, pd, plots, dt_s, sensor, clutter, table):
    x, P, mu = x.copy(), P.copy(), mu.copy()
    look = seen(plots, sensor, dt_s, stray=STRAY)
    predict_rows(x, P, mu, np.full(len(x), LAG_S), MODELS)
    start, plot, loglik, astray = gate(x, P, mu, look, windows(look), GATE_SD)
    weight = np.log(r * pd)[np.repeat(np.arange(len(x)), np.diff(start))] + loglik - clutter[plot]
    child, pair, *new, _, p_other = associate(
        len(plots), np.log(1.0 - r * pd), np.zeros(len(r), np.bool_), start, plot, weight,
        *hypotheses_reference.arrays(table),
        10_000, 10_000, -1e9, 99, 0.0,
    )  # fmt: skip
    took = np.where(pair >= 0, plot[pair] if len(plot) else 0, -1)
    survives = r * (1.0 - pd) / (1.0 - r * pd)
    stray = (pair >= 0) & (astray[pair] if len(plot) else False)
    states = take(x, P, mu, r, look, child, took, stray, survives, 0)
    found = {}
    for cluster in hypotheses_reference.table_of(*new):
        for w, row in cluster:
            found[tuple(sorted((int(child[i]), int(took[i])) for i in row))] = math.exp(w)
    children = {
        (int(i), int(j)): tuple(a[k] for a in states)
        for k, (i, j) in enumerate(zip(child, took, strict=True))
    }
    return found, children, p_other


def plain_look(x, P, mu, r, pd, plots, dt_s, sensor, clutter, table):
    """The same, one leaf, one plot and one event at a time."""
    carried = [look_reference.predict(x[i], P[i], mu[i], LAG_S, MODELS) for i in range(len(x))]
    places = [plain(p, sensor, t) for p, t in zip(plots, dt_s, strict=True)]
    pairs, plot_of_pair, strays = [], [], {}
    for i, leaf in enumerate(carried):
        mine = []
        for j, place in enumerate(places):
            fits = look_reference.gated(*leaf, place, GATE_SD, STRAY)
            if fits is not None:
                mine.append((j, math.log(r[i] * pd[i]) + fits[0] - clutter[j], len(plot_of_pair)))
                strays[i, j] = fits[1]
                plot_of_pair.append(j)
        pairs.append(mine)
    events, _, p_other = hypotheses_reference.associate(len(plots), np.log(1.0 - r * pd), pairs, table)
    found = {
        tuple(sorted((i, plot_of_pair[q] if q >= 0 else -1) for i, q in key)): math.exp(w)
        for component in events
        for key, w in component.items()
    }
    children = {}
    for i, j in {c for key in found for c in key}:
        if j < 0:
            children[i, j] = (*carried[i], r[i] * (1.0 - pd[i]) / (1.0 - r[i] * pd[i]))
        else:
            z, sd, *rest = places[j]
            sd = sd * np.where(strays[i, j] & (np.arange(len(sd)) == 1), STRAY[1], 1.0)
            children[i, j] = (*look_reference.take(*carried[i], (z, sd, *rest)), 1.0)
    return found, children, p_other


@pytest.mark.parametrize("apart", [300.0, 5_000.0])
@pytest.mark.parametrize("seed", range(4))
def test_a_look_agrees_with_its_plain_reference(seed, apart):
    """All events, their weights, and the state of every leaf after it."""
    scene = a_scene(seed, apart=apart)
    (found, children, p_other), (events, states, nobody) = fast_look(*scene), plain_look(*scene)
    assert set(found) == set(events)
    for key, weight in found.items():
        assert math.isclose(weight, events[key], rel_tol=1e-7, abs_tol=1e-12)
    assert np.allclose(p_other, nobody, atol=1e-9)
    assert set(children) == set(states)
    for key, state in children.items():
        for a, b in zip(state, states[key], strict=True):
            assert np.abs(a - b).max() < 1e-8 * max(1.0, float(np.abs(b).max()))
