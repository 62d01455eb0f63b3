"""What leaves note of plots, and which plots are surely whose: beside plain NumPy and dictionaries."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.ledger import found, note, remember, sure_pairs, weigh
from vedette.track.state import blank

seeds = st.integers(0, 2**32 - 1)
SURE = 0.5


def plots(rng, m):
    """Columns of m plots, as `note` and `found` take them, by name."""
    return {
        "valid_ns": rng.integers(0, 100, m),
        "heard_ns": rng.integers(0, 100, m),
        "has_place": rng.random(m) < 0.5,
        "label": rng.choice([0, 7, 2**63 + 5], (m, 3)).astype(np.uint64),
        "baro_alt_m": rng.choice([np.nan, 500.0, 900.0], m),
        "height_kind": rng.integers(0, 4, m).astype(np.uint8),
    }


def same(mine, theirs):
    return all(np.array_equal(mine[k], theirs[k], equal_nan=theirs[k].dtype.kind == "f") for k in theirs)


@given(seed=seeds)
def test_a_leaf_notes_the_plot_that_it_took(seed):
    """Newest times, first names, last barometric height; several leaves may have taken the same plot."""
    rng = np.random.default_rng(seed)
    n, m, sensor, gain = 10, 6, int(rng.integers(2)), 0.1
    took = rng.integers(-1, m, n)
    seen, looked_ns = plots(rng, m), rng.integers(0, 100, m)
    known = {
        "hit_ns": rng.integers(0, 100, n),
        "heard": rng.integers(0, 100, n),
        "hits": rng.integers(1, 9, n),
        "missed": rng.integers(0, 3, n),
        "excused_ns": rng.integers(0, 3, n),
        "look_ns": rng.integers(0, 100, (n, 2)),
        "sensor_hits": rng.integers(0, 3, (n, 2)),
        "sensor_share": rng.uniform(0.0, 1.0, (n, 2)),
        "label": rng.choice([0, 9], (n, 3)).astype(np.uint64),
        "baro_alt_m": rng.choice([np.nan, 100.0], n),
        "height_kind": rng.integers(0, 4, n).astype(np.uint8),
    }
    want = {k: v.copy() for k, v in known.items()}
    i, j = np.flatnonzero(took >= 0), took[took >= 0]
    want["hit_ns"][i] = np.maximum(want["hit_ns"][i], seen["valid_ns"][j])
    want["heard"][i] = np.maximum(want["heard"][i], seen["heard_ns"][j])
    want["hits"][i] += seen["has_place"][j]
    want["missed"][i] = want["excused_ns"][i] = 0
    want["look_ns"][i, sensor] = np.maximum(want["look_ns"][i, sensor], looked_ns[j])
    want["sensor_hits"][i, sensor] += 1
    want["sensor_share"][i, sensor] = (1.0 - gain) * want["sensor_share"][i, sensor] + gain
    want["label"][i] = np.where(want["label"][i] == 0, seen["label"][j], want["label"][i])
    baro_m = seen["baro_alt_m"][j]
    want["baro_alt_m"][i] = np.where(np.isnan(baro_m), want["baro_alt_m"][i], baro_m)
    want["height_kind"][i] |= seen["height_kind"][j]
    note(took, looked_ns, sensor, *seen.values(), *known.values(), gain)
    assert np.allclose(known.pop("sensor_share"), want.pop("sensor_share"))
    assert same(known, want)


@given(seed=seeds)
def test_a_track_begins_with_what_its_plot_says_and_nothing_else(seed):
    rng = np.random.default_rng(seed)
    m, first, sensor = 6, 2, int(rng.integers(3))
    seen, p, number = plots(rng, m), rng.random(m), np.arange(100, 100 + m)
    born = np.sort(rng.permutation(m)[: rng.integers(0, m + 1)])
    k = len(born)
    tracks = blank(first + k, 3, 1)
    tracks.hit_ns[:first] = 5
    want = tracks.copy()
    found(
        born, first, sensor, 40, p, number, seen["valid_ns"], seen["heard_ns"], seen["label"],
        seen["baro_alt_m"], seen["height_kind"], tracks.track_id, tracks.born_ns, tracks.time_ns,
        tracks.hit_ns, tracks.heard_ns, tracks.hits, tracks.r, tracks.recent, tracks.label,
        tracks.baro_alt_m, tracks.height_kind, tracks.look_ns, tracks.sensor_hits, tracks.first_sensor,
    )  # fmt: skip
    new = slice(first, None)
    want.track_id[new] = np.arange(40, 40 + k)
    for name in ("born_ns", "time_ns", "hit_ns"):
        getattr(want, name)[new] = seen["valid_ns"][born]
    want.look_ns[new, sensor] = seen["valid_ns"][born]
    want.hits[new] = want.sensor_hits[new, sensor] = 1
    want.r[new], want.recent[new, 0], want.first_sensor[new] = p[born], number[born], sensor
    for name in ("heard_ns", "label", "baro_alt_m", "height_kind"):
        getattr(want, name)[new] = seen[name][born]
    names = tracks.__slots__
    assert same({n: getattr(tracks, n) for n in names}, {n: getattr(want, n) for n in names})


@given(seed=seeds, depth=st.integers(1, 4))
def test_the_last_plots_of_a_child_are_its_own_and_then_its_parents(seed, depth):
    rng = np.random.default_rng(seed)
    recent = rng.integers(0, 2**63, (8, depth)).astype(np.uint64)
    rows, number = rng.permutation(8)[:5], rng.integers(1, 2**62, 4)
    child, took = rng.integers(0, 5, 9), rng.integers(-1, 4, 9)
    before = recent.copy()
    out = remember(recent, rows, child, took, number)
    for c, (parent, j) in enumerate(zip(rows[child], took, strict=True)):
        fresh = [int(number[j])] if j >= 0 else []
        assert out[c].tolist() == (fresh + before[parent].tolist())[:depth]
    assert np.array_equal(recent, before)


@given(seed=seeds)
def test_a_pair_weighs_what_it_is_likelier_than_a_plot_of_nobody(seed):
    rng = np.random.default_rng(seed)
    many = rng.integers(0, 4, 6)
    start = np.concatenate(([0], np.cumsum(many)))
    plot, loglik, other = rng.integers(0, 5, start[-1]), rng.normal(-20.0, 9.0, start[-1]), rng.normal(size=5)
    detected = rng.choice([0.0, 1e-6, 0.4, 1.0], 6)
    leaf = np.repeat(np.arange(6), many)
    with np.errstate(divide="ignore"):
        want = np.log(detected)[leaf] + loglik - other[plot]
    got = weigh(detected, start, plot, loglik, other)
    assert np.allclose(got[np.isfinite(want)], want[np.isfinite(want)])
    assert (got[np.isinf(want)] < -500.0).all(), "what cannot be is no NaN, and next to nothing"
    assert np.isfinite(got).all()


def sure(start, plot, p_pair, track_id, shared):
    """Leaves and plots that are surely a track's; and {(track, plot): probability}, each once."""
    track_id = np.array(track_id, np.uint32)
    leaf, its, p = sure_pairs(
        np.array(start), np.array(plot), np.array(p_pair), track_id, np.array(shared), SURE
    )
    keys = list(zip(track_id[leaf].tolist(), its.tolist(), strict=True))
    assert len(set(keys)) == len(keys) == len(p)
    return list(zip(leaf.tolist(), its.tolist(), strict=True)), dict(zip(keys, p.tolist(), strict=True))


@given(seed=seeds)
def test_leaves_of_one_track_count_together(seed):
    """Probabilities are eighths, so that sums are exact and many lie at the edge."""
    rng = np.random.default_rng(seed)
    n, m = 7, 5
    track_id = rng.choice([1, 2, 3, 2**31 + 1, 2**32 - 1], n)
    shared = (track_id[:, None] == track_id[None]).sum(axis=1) > 1
    near = rng.random((n, m)) < 0.6
    p = np.zeros((n, m))
    for j in range(m):
        who = np.append(np.flatnonzero(near[:, j]), n)  # or nobody's
        share = rng.multinomial(8, rng.dirichlet(np.full(len(who), 0.5))) / 8.0
        p[who[:-1], j] = share[:-1]
    leaf, plot = np.nonzero(near)
    start = np.searchsorted(leaf, np.arange(n + 1))
    pairs, got = sure(start, plot, p[near], track_id, shared)
    want = {}
    for track in set(track_id.tolist()):
        mine = track_id == track
        for j in range(m):
            total, most = p[mine, j].sum(), p[mine, j].max()
            if most > SURE or (total >= SURE and shared[mine].all()):
                want[track, j] = total, most
    assert set(got) == set(want)
    for key, (total, most) in want.items():
        assert (most if most > SURE else total) <= got[key] <= total
    assert all(near[i, j] for i, j in pairs)


def test_a_sum_at_the_edge():
    """Two halves of a half are one; half alone is not more than half; what hardly exceeds 1 is certain."""
    start, plot = [0, 1, 2, 3, 5], [4, 4, 3, 9, 4]
    track_id, shared = [5, 5, 6, 7], [True, True, False, False]
    _, got = sure(start, plot, [0.25, 0.25, 0.5, 1.0 + 1e-15, 0.5], track_id, shared)
    assert got == {(5, 4): 0.5, (7, 9): 1.0}
    _, got = sure(start, plot, [0.25, 0.24, 0.51, 0.0, 0.5], track_id, shared)
    assert got == {(6, 3): 0.51}


def test_without_pairs_nothing_is_sure():
    none = np.zeros(0, np.int64)
    assert sure([0, 0], none, np.zeros(0), [3], [True]) == ([], {})
