"""The tracker's tables as values: rows that are added, rows that go, and clusters that follow them."""

import numpy as np
import pytest
from hypotheses_reference import arrays, table_of
from hypothesis import given
from hypothesis import strategies as st

from vedette.track.state import Clusters, Tracks, blank

COLUMNS = Tracks.__slots__
seeds = st.integers(0, 2**32 - 1)


def some_tracks(rng, n):
    """Rows of which every column says something."""
    tracks = blank(n, 2, 3)
    for name in COLUMNS:
        column = getattr(tracks, name)
        column[:] = rng.integers(0, 2 if column.dtype == np.bool_ else 200, column.shape)
    return tracks


def same(mine, theirs):
    for name in COLUMNS:
        a, b = getattr(mine, name), getattr(theirs, name)
        assert a.dtype == b.dtype
        assert np.array_equal(a, b, equal_nan=a.dtype.kind == "f"), name


def roomy(tracks, room):
    """The tracks with x and P in the first rows of larger arrays, and those."""
    n = len(tracks)
    states = np.full((n + room, 3, 6), 4.0), np.full((n + room, 3, 6, 6), 5.0)
    states[0][:n], states[1][:n] = tracks.x, tracks.P
    tracks.x, tracks.P = states[0][:n], states[1][:n]
    return states


@given(seed=seeds, n=st.integers(0, 5), more=st.integers(0, 4))
def test_new_rows_have_nothing_in_them_and_the_others_stay(seed, n, more):
    tracks = some_tracks(np.random.default_rng(seed), n)
    before = tracks.copy()
    out = tracks.grown(more)
    same(out, before.append(blank(more, 2, 3)))
    for name in COLUMNS:
        getattr(out, name)[:] = 0
    same(tracks, before)


@given(seed=seeds, n=st.integers(1, 5), more=st.integers(0, 4), room=st.integers(0, 6))
def test_with_room_for_them_states_stay_where_they_are(seed, n, more, room):
    """Without enough of it they are copied, as all other columns are."""
    tracks = some_tracks(np.random.default_rng(seed), n)
    states = roomy(tracks, room)
    before = tracks.copy()
    out = tracks.grown(more, states=states)
    assert len(out.x) == len(out.P) == len(out) == n + more
    for name, there in zip(("x", "P"), states, strict=True):
        column = getattr(out, name)
        assert (column.base is there) == (more <= room)
        if more <= room:
            column[n:] = 0.0  # the caller's to set
    same(out, before.append(blank(more, 2, 3)))
    for name in COLUMNS:
        if name not in ("x", "P"):
            assert not np.shares_memory(getattr(out, name), getattr(tracks, name))


@pytest.mark.parametrize("moved", ["x", "P"])
def test_states_that_lie_elsewhere_are_not_taken_for_those(moved):
    tracks = some_tracks(np.random.default_rng(1), 3)
    states = roomy(tracks, 5)
    setattr(tracks, moved, getattr(tracks, moved) + 1.0)
    before = tracks.copy()
    out = tracks.grown(2, states=states)
    same(out, before.append(blank(2, 2, 3)))
    assert not np.shares_memory(out.x, states[0])
    assert not np.shares_memory(out.P, states[1])


@given(seed=seeds, n=st.integers(0, 12), share=st.sampled_from([0.0, 0.2, 0.7, 1.0]))
def test_who_stays_after_a_drop_and_where(seed, n, share):
    rng = np.random.default_rng(seed)
    tracks = some_tracks(rng, n)
    before = tracks.copy()
    gone = rng.random(n) < share
    place = tracks.drop(np.flatnonzero(gone))
    stay = np.flatnonzero(~gone)
    assert (place[gone] == -1).all()
    assert sorted(place[stay].tolist()) == list(range(len(stay))) == list(range(len(tracks)))
    same(tracks.take(place[stay]), before.take(stay))
    unmoved = stay[stay < len(stay)]
    assert np.array_equal(place[unmoved], unmoved), "only the last ones move"


def some_clusters(rng):
    """A table of three clusters, the target of each row, -1 for rows that stand alone."""
    owner, table = [], []
    for _ in range(3):
        mine = []
        for _ in range(int(rng.integers(1, 4))):
            k = int(rng.integers(1, 4))
            mine.append(list(range(len(owner), len(owner) + k)))
            owner += [max(owner, default=-1) + 1] * k
        rows = {tuple(own[h % len(own)] for own in mine) for h in range(3)}
        weight = rng.dirichlet(np.ones(len(rows)))
        table.append([(float(np.log(w)), row) for w, row in zip(weight, sorted(rows), strict=True)])
    return table, np.array([*owner, -1, -1])


@given(seed=seeds)
def test_clusters_follow_the_rows_that_moved(seed):
    """After a drop they say the same of the same rows as where the rows keep their order."""
    rng = np.random.default_rng(seed)
    table, owner = some_clusters(rng)
    shuffled = rng.permutation(len(owner))
    table = [[(w, tuple(int(shuffled[i]) for i in row)) for w, row in c] for c in table]
    gone = np.zeros(len(owner), np.bool_)
    gone[shuffled] = np.isin(owner, np.flatnonzero(rng.random(owner.max() + 1) < 0.3))
    clusters = Clusters(*arrays(table))
    moved, kept = some_tracks(rng, len(owner)), blank(len(owner), 2, 3)
    moved.hits[:] = kept.hits[:] = np.arange(len(owner))
    place = moved.drop(np.flatnonzero(gone))
    kept = kept.take(~gone)
    there, here = clusters.without(gone, place), clusters.without(gone)
    there.leaf, here.leaf = moved.hits[there.leaf], kept.hits[here.leaf]
    for name in ("first_hyp", "log_w", "first_leaf", "leaf"):
        assert np.array_equal(getattr(there, name), getattr(here, name))
    assert not gone[there.leaf].any()
    assert table_of(clusters.first_hyp, clusters.log_w, clusters.first_leaf, clusters.leaf) == table
