"""What becomes of hypotheses after a look: merged, separated, let go, and what they say together."""

import itertools
import math

import hypotheses_reference as reference
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seen import examples

from vedette.kernel.clusters import discount, mates, of_rows, remove, shown
from vedette.kernel.reduction import close_up, reduce

seeds = st.integers(0, 2**32 - 1)
LEAST_R = 1e-3
TIE = 0.02


class Scene:
    """A table and the leaves that it speaks of; `owner` is the target of each leaf."""

    def __init__(self, seed, apart=1.0, clusters=2, n_models=2, leaves=4):
        rng = np.random.default_rng(seed)
        self.table, self.owner = [], []
        for _ in range(int(rng.integers(1, clusters + 1))):
            mine = []
            for _ in range(int(rng.integers(1, 4))):
                k = int(rng.integers(1, leaves))
                mine.append(list(range(len(self.owner), len(self.owner) + k)))
                self.owner += [max(self.owner, default=-1) + 1] * k
            rows = {tuple(own[h % len(own)] for own in mine) for h in range(max(map(len, mine)))}
            rows |= {tuple(int(rng.choice(own)) for own in mine) for _ in range(int(rng.integers(0, 5)))}
            weight = rng.dirichlet(np.ones(len(rows)))
            self.table.append([(math.log(w), row) for w, row in zip(weight, sorted(rows), strict=True)])
        n = len(self.owner)
        place = rng.normal(0.0, 3e3, (max(self.owner) + 1, 6))[self.owner]
        self.x = place[:, None] + rng.normal(0.0, apart, (n, n_models, 6))
        root = rng.normal(0.0, 1.0, (n, n_models, 6, 6))
        self.P = root @ root.transpose(0, 1, 3, 2) + 0.3 * np.eye(6)
        self.mu = rng.dirichlet(np.ones(n_models), n)
        self.r = rng.uniform(0.6, 1.0, n)
        self.recent = np.stack([np.arange(1, n + 1), np.zeros(n), np.zeros(n)], axis=1).astype(np.uint64)

    def reduced(self, merge_d2=1.0, tie=TIE):
        """rows, table, x, P, mu, r after it; what is given stays."""
        x, P, mu, r = (a.copy() for a in (self.x, self.P, self.mu, self.r))
        rows, *new = reduce(x, P, mu, r, self.recent, *reference.arrays(self.table), merge_d2, LEAST_R, tie)
        return rows, reference.table_of(*new), x, P, mu, r


def moments(table, rows, x, P, mu, r):
    """Σ r, Σ r x and Σ r (P + x xᵀ) that are expected over all targets and hypotheses."""
    mean = np.einsum("n,nm,nma->na", r, mu, x)
    second = np.einsum("n,nm,nmab->nab", r, mu, P + x[..., :, None] * x[..., None, :])
    place = {int(i): k for k, i in enumerate(rows)}
    local = [[(w, tuple(place[i] for i in row)) for w, row in c] for c in table]
    return [reference.expected(local, len(rows), v[rows]) for v in (r, mean, second)]


def every(scene):
    return np.arange(len(scene.owner))


def named(table, owner):
    """Each target of a table, once a cluster."""
    return [sorted({owner[i] for _, row in c for i in row}) for c in table]


@given(
    seed=seeds, apart=st.sampled_from([0.0, 0.3, 1.0, 3.0]), merge_d2=st.sampled_from([0.0, 1.0, 4.0, 1e9])
)
@examples(120)
def test_merging_keeps_existence_means_and_spreads(seed, apart, merge_d2):
    """Over each cluster's hypotheses, to the second moment; whatever is merged, nothing moves."""
    scene = Scene(seed, apart)
    rows, table, *after = scene.reduced(merge_d2, tie=-1.0)  # tied whatever: nothing comes apart
    for a, b in zip(
        moments(scene.table, every(scene), scene.x, scene.P, scene.mu, scene.r),
        moments(table, rows, *after),
        strict=True,
    ):
        assert np.allclose(a, b, rtol=1e-9, atol=1e-6 * max(1.0, np.abs(a).max()))
    for i in rows:
        for P in after[1][i]:
            assert np.allclose(P, P.T, rtol=1e-12)
            assert np.linalg.eigvalsh(P).min() > 0.0
        assert after[2][i].sum() == pytest.approx(1.0)
        assert 0.0 < after[3][i] <= 1.0


@given(seed=seeds, merge_d2=st.sampled_from([0.0, 1.0, 1e9]), tie=st.sampled_from([0.0, 0.02, 0.2]))
@examples(120)
def test_every_table_is_sound(seed, merge_d2, tie):
    """Weights sum to 1, rows differ, a leaf is in one cluster and of one target, every target is there."""
    scene = Scene(seed)
    rows, table, *_ = scene.reduced(merge_d2, tie)
    assert list(rows) == sorted(set(rows.tolist()))
    seen = []
    for cluster in table:
        assert len(cluster) > 1
        assert math.fsum(math.exp(w) for w, _ in cluster) == pytest.approx(1.0, abs=1e-9)
        assert len({row for _, row in cluster}) == len(cluster)
        columns = list(zip(*(row for _, row in cluster), strict=True))
        assert all(len({scene.owner[i] for i in column}) == 1 for column in columns)
        seen += sorted({i for _, row in cluster for i in row})
    assert len(set(seen)) == len(seen)
    assert set(seen) <= set(rows.tolist())
    alone = [scene.owner[i] for i in rows if i not in seen]
    assert sorted(alone + [t for c in named(table, scene.owner) for t in c]) == sorted(set(scene.owner))


@given(seed=seeds)
@examples(80)
def test_leaves_that_are_far_apart_stay(seed):
    """Nothing is merged and nothing is tied too little: the hypotheses are what they were."""
    scene = Scene(seed, apart=1e3)
    before = [c for c in scene.table if len(c) > 1]
    rows, table, x, _P, _mu, _r = scene.reduced(tie=-1.0)
    assert rows.tolist() == list(range(len(scene.owner)))
    assert np.array_equal(x, scene.x)
    for a, b in zip(before, table, strict=True):
        assert {row: pytest.approx(w) for w, row in a} == {row: w for w, row in b}


def test_leaves_that_are_one_become_one_and_the_target_stands_alone():
    scene = Scene(0, clusters=1)
    scene.table = [[(math.log(0.3), (0,)), (math.log(0.7), (1,))]]
    scene.owner = [0, 0]
    for name in ("x", "P", "mu", "r", "recent"):
        setattr(scene, name, getattr(scene, name)[[0, 0]])
    rows, table, *_ = scene.reduced()
    assert rows.tolist() == [1]
    assert table == []


def test_leaves_that_exist_unequally_stay_apart():
    scene = Scene(0, clusters=1, apart=0.0)
    scene.table = [[(math.log(0.3), (0,)), (math.log(0.7), (1,))]]
    scene.x, scene.P, scene.mu, scene.recent = (getattr(scene, a)[[0, 0]] for a in ("x", "P", "mu", "recent"))
    scene.r = np.array([1.0, 0.4])
    assert [sorted(row for _, row in c) for c in scene.reduced()[1]] == [[(0,), (1,)]]
    scene.r = np.array([1.0, 0.9])
    rows, table, *_, r = scene.reduced()
    assert (rows.tolist(), table) == ([1], [])
    assert r[1] == pytest.approx(0.93)


def two_by_two(weights, r=1.0):
    """Targets 0 and 1 with leaves 0, 1 and 2, 3, far apart; weights of (0,2), (0,3), (1,2), (1,3)."""
    scene = Scene(1, clusters=1)
    scene.owner = [0, 0, 1, 1]
    rows = itertools.product((0, 1), (2, 3))
    scene.table = [[(math.log(w), row) for w, row in zip(weights, rows, strict=True) if w > 0.0]]
    scene.x = np.repeat(1e3 * np.arange(4.0)[:, None, None], 6, axis=2) * np.ones((4, 1, 6))
    scene.P, scene.mu, scene.r = np.tile(np.eye(6), (4, 1, 1, 1)), np.ones((4, 1)), np.full(4, r)
    scene.recent = np.arange(1, 5, dtype=np.uint64)[:, None]
    return scene


def test_targets_that_do_not_depend_on_each_other_come_apart():
    """0.42 = 0.6 · 0.7 and so on: two clusters whose product is what they were."""
    scene = two_by_two([0.42, 0.18, 0.28, 0.12])
    rows, table, *_ = scene.reduced()
    assert rows.tolist() == [0, 1, 2, 3]
    assert named(table, scene.owner) == [[0], [1]]
    weights = [{row[0]: math.exp(w) for w, row in c} for c in table]
    assert weights[0] == {0: pytest.approx(0.6), 1: pytest.approx(0.4)}
    assert weights[1] == {2: pytest.approx(0.7), 3: pytest.approx(0.3)}


def test_targets_that_depend_on_each_other_stay_together():
    scene = two_by_two([0.5, 0.0, 0.0, 0.5])
    _, table, *_ = scene.reduced()
    assert named(table, scene.owner) == [[0, 1]]
    assert {row for _, row in table[0]} == {(0, 2), (1, 3)}


@given(seed=seeds, tie=st.sampled_from([0.0, 0.02, 0.1]))
@examples(100)
def test_what_comes_apart_had_no_pair_that_hung_together(seed, tie):
    """For any two leaves in different parts: together as often as by chance, within tie where they met."""
    scene = Scene(seed, apart=1e3, clusters=1)
    _, table, *_ = scene.reduced(tie=tie)
    part = {t: k for k, c in enumerate(named(table, scene.owner)) for t in c}
    joint = [(math.exp(w), row) for w, row in scene.table[0]]
    for s, t in itertools.combinations(range(len(joint[0][1])), 2):
        own, other = scene.owner[joint[0][1][s]], scene.owner[joint[0][1][t]]
        if own in part and part.get(own) == part.get(other):
            continue
        for a, b in {(row[s], row[t]) for _, row in joint}:
            both = sum(w for w, row in joint if (row[s], row[t]) == (a, b))
            mine = sum(w for w, row in joint if row[s] == a)
            theirs = sum(w for w, row in joint if row[t] == b)
            assert abs(both - mine * theirs) <= tie + 1e-12


@given(seed=seeds)
@examples(60)
def test_the_product_of_what_comes_apart_is_what_was_together(seed):
    """A joint table made as a product of two: its parts give it back."""
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.ones(2)), rng.dirichlet(np.ones(2))
    scene = two_by_two(np.outer(p, q).ravel())
    _, table, *_ = scene.reduced(tie=1e-9)
    parts = [{row: math.exp(w) for w, row in c} for c in table]
    for w, row in scene.table[0]:
        assert math.prod(parts[t][(i,)] for t, i in enumerate(row)) == pytest.approx(math.exp(w))


def test_hypotheses_that_differ_only_in_names_become_the_heavier_one():
    """Two targets that shared the last plots either way: the likelier naming, with the weight of both."""
    scene = two_by_two([0.0, 0.3, 0.6, 0.0])
    scene.recent = np.array([[7, 6], [9, 8], [7, 6], [9, 8]], np.uint64)
    rows, table, x, *_ = scene.reduced()
    assert rows.tolist() == [1, 2]
    assert table == []
    assert np.array_equal(x, scene.x)
    scene.recent[3, 1] = 5  # an older plot that only one of the namings has
    assert len(scene.reduced()[1][0]) == 2


def test_those_that_are_hardly_there_do_not_count_in_the_names():
    scene = two_by_two([0.0, 0.3, 0.6, 0.0])
    scene.recent = np.array([[7], [9], [7], [9]], np.uint64)
    scene.r = np.array([1.0, 0.1, 0.1, 1.0])
    assert named(scene.reduced()[1], scene.owner) == [[0, 1]], "alive with 7 and 9, or with neither"


def test_the_dead_leave_and_take_no_living_with_them():
    scene = two_by_two([0.1, 0.2, 0.3, 0.4])
    scene.r = np.array([LEAST_R / 2, LEAST_R / 3, 1.0, 0.4])
    rows, table, *_ = scene.reduced()
    assert rows.tolist() == [2, 3]
    assert [{row: pytest.approx(math.exp(w)) for w, row in c} for c in table] == [{(2,): 0.4, (3,): 0.6}]
    scene.r[:] = 1e-4
    rows, table, *_ = scene.reduced()
    assert (rows.tolist(), table) == ([], [])


def test_the_dead_leave_when_they_are_alone():
    scene = two_by_two([0.25] * 4)
    scene.table = [[(0.0, (0,))], [(math.log(0.5), (1,)), (math.log(0.5), (2,))], [(0.0, (3,))]]
    scene.r = np.array([1e-4, 1e-4, 2e-4, 1.0])
    rows, table, *_ = scene.reduced()
    assert (rows.tolist(), table) == ([3], [])


def test_a_leaf_alive_in_one_hypothesis_keeps_its_target():
    scene = two_by_two([0.5, 0.0, 0.0, 0.5])
    scene.r = np.array([1.0, 1e-5, 1e-5, 1.0])
    _, table, *_ = scene.reduced()
    assert named(table, scene.owner) == [[0, 1]]


def test_a_covariance_that_is_none_is_far_from_everything():
    """What cannot be judged is not merged."""
    scene = two_by_two([0.42, 0.18, 0.28, 0.12])
    scene.x[:] = 0.0
    scene.P[:] = -np.eye(6)
    assert len(scene.reduced()[0]) == 4
    scene.P[:] = np.eye(6)
    scene.P[..., 0, 1] = scene.P[..., 1, 0] = 5.0
    assert len(scene.reduced()[0]) == 4


@pytest.mark.parametrize("targets", [1, 2])
def test_those_that_cannot_exist_become_one_and_nothing_divides_by_zero(targets):
    """Both leaves of target 0 exist with probability 0, beside one that lives; or alone."""
    scene = two_by_two([0.5, 0.0, 0.0, 0.5])
    scene.r = np.array([0.0, 0.0, 1.0, 1.0])
    if targets == 1:
        scene.table = [[(math.log(0.5), (0,)), (math.log(0.5), (1,))], *([(0.0, (i,))] for i in (2, 3))]
    rows, table, x, P, mu, r = scene.reduced()
    assert rows.tolist() == [2, 3]
    assert [[row for _, row in c] for c in table] == ([] if targets == 1 else [[(2,), (3,)]])
    for values in (x, P, mu, r):
        assert np.isfinite(values).all()


def test_a_model_that_neither_leaf_believes_in_stays_as_it_was():
    scene = two_by_two([0.42, 0.18, 0.28, 0.12])
    scene.x, scene.P = np.zeros((4, 2, 6)), np.tile(np.eye(6), (4, 2, 1, 1))
    scene.x[:, 1] = 5.0
    scene.mu = np.tile([1.0, 0.0], (4, 1))
    rows, table, x, P, mu, _ = scene.reduced()
    assert (rows.tolist(), table) == ([0, 2], [])
    assert np.array_equal(x[0], scene.x[0])
    assert np.array_equal(mu[0], [1.0, 0.0])
    assert np.isfinite(P).all()


def test_leaves_of_one_target_are_told_apart_by_their_mixtures():
    """Alone, of two models: those far apart stay two, those near become one."""
    scene = two_by_two([0.25] * 4)
    scene.table = [[(math.log(w), (i,)) for i, w in enumerate((0.2, 0.3, 0.4, 0.1))]]
    scene.owner = [0] * 4
    scene.x = np.zeros((4, 2, 6))
    scene.x[2:] = 50.0
    scene.x[3] += 0.01
    scene.P, scene.mu = np.tile(np.eye(6), (4, 2, 1, 1)), np.full((4, 2), 0.5)
    rows, table, *_ = scene.reduced()
    assert rows.tolist() == [1, 2]
    assert {row: pytest.approx(math.exp(w)) for w, row in table[0]} == {(1,): 0.5, (2,): 0.5}


@given(seed=seeds)
@examples(80)
def test_shown_is_the_heaviest_hypothesis_and_existence_is_of_all(seed):
    scene = Scene(seed)
    n = len(scene.owner) + 2
    scene.r = np.append(scene.r, [0.3, 0.9])  # two rows in no cluster
    was = np.zeros(n, np.bool_)
    best, exists, standing, stands = shown(scene.r, was, 0.0, *reference.arrays(scene.table))
    assert (standing <= exists + 1e-12).all()
    assert best[stands].all()
    assert (np.flatnonzero(stands == np.arange(n)) == np.flatnonzero(best)).all()
    assert all(scene.owner[stands[i]] == scene.owner[i] for i in range(n - 2))
    assert best[-2:].all()
    assert exists[-2:].tolist() == [0.3, 0.9]
    for cluster in scene.table:
        top = max(cluster)[1]
        leaves = {i for _, row in cluster for i in row}
        assert {i for i in leaves if best[i]} == set(top)
        for i in leaves:
            over = sum(
                math.exp(w) * scene.r[j]
                for w, row in cluster
                for j in row
                if scene.owner[j] == scene.owner[i]
            )
            assert exists[i] == pytest.approx(over)
    owners = [scene.owner[i] for i in np.flatnonzero(best[:-2])]
    assert sorted(owners) == sorted(set(scene.owner)), "one row a target"


@given(seed=seeds, wide=st.sampled_from([1.0, 700.0]))
@examples(80)
def test_a_discount_is_bayes_rule(seed, wide):
    scene = Scene(seed)
    arrays = reference.arrays(scene.table)
    factor = np.random.default_rng(seed).uniform(-wide, 0.0, len(scene.owner))
    discount(factor, *arrays)
    for before, after in zip(scene.table, reference.table_of(*arrays), strict=True):
        want = reference.normed({row: w + factor[list(row)].sum() for w, row in before})
        assert {row: w for w, row in after} == {row: pytest.approx(w) for row, w in want.items()}


@given(seed=seeds)
@examples(100)
def test_removing_targets_leaves_the_marginal_of_the_others(seed):
    scene = Scene(seed)
    rng = np.random.default_rng(seed)
    going = {t for t in set(scene.owner) if rng.random() < 0.4}
    gone = np.array([t in going for t in scene.owner])
    new = remove(gone, *reference.arrays(scene.table))
    table = reference.table_of(*new)
    want = []
    for cluster in scene.table:
        left = {}
        for w, row in cluster:
            key = tuple(i for i in row if not gone[i])
            left[key] = left.get(key, 0.0) + math.exp(w)
        if len(left) > 1:
            want.append({key: pytest.approx(w) for key, w in left.items()})
    assert [{row: math.exp(w) for w, row in c} for c in table] == want
    # Rows that stand alone afterwards are one a target.
    inside = {i for c in table for _, row in c for i in row}
    alone = [scene.owner[i] for i in range(len(gone)) if i not in inside and not gone[i]]
    assert len(alone) == len(set(alone))


@given(seed=seeds)
@examples(60)
def test_every_row_is_of_the_cluster_that_speaks_of_it(seed):
    scene = Scene(seed)
    n = len(scene.owner) + 2
    want = {i: c for c, cluster in enumerate(scene.table) for _, row in cluster for i in row}
    assert of_rows(n, *reference.arrays(scene.table)[2:]).tolist() == [want.get(i, -1) for i in range(n)]


@given(seed=seeds)
@examples(80)
def test_mates_are_the_other_leaves_of_a_target_by_how_often_they_hold(seed):
    """Of some targets, in any order, and two rows in no cluster; with its own it is all of the target."""
    scene = Scene(seed)
    rng = np.random.default_rng(seed)
    n = len(scene.owner)
    r = np.append(scene.r, [0.3, 0.9])
    targets = [int(t) for t in rng.permutation(max(scene.owner) + 1) if rng.random() < 0.8]
    leaves = {
        t: sorted({i for c in scene.table for _, row in c for i in row if scene.owner[i] == t})
        for t in targets
    }
    rows = rng.permutation([int(rng.choice(leaves[t])) for t in targets] + [n, n + 1])
    arrays = reference.arrays(scene.table)
    own, of, other, p = mates(rows, r, *arrays)
    holds = np.zeros(n)
    for w, row in itertools.chain(*scene.table):
        holds[list(row)] += math.exp(w) * r[list(row)]
    got = {(int(q), int(i)): v for q, i, v in zip(of, other, p, strict=True)}
    assert len(got) == len(of)
    want = {
        (q, i): pytest.approx(holds[i])
        for q, mine in enumerate(rows.tolist())
        if mine < n
        for i in leaves[scene.owner[mine]]
        if i != mine
    }
    assert got == want
    assert len(list(itertools.groupby(of))) == len(set(of.tolist())), "those of one target side by side"
    exists = shown(r, np.zeros(n + 2, np.bool_), 0.0, *arrays)[1]
    for q, mine in enumerate(rows.tolist()):
        assert own[q] == (1.0 if mine >= n else pytest.approx(holds[mine]))
        assert mine >= n or own[q] + p[of == q].sum() == pytest.approx(exists[mine])


@given(
    seed=seeds, n=st.integers(0, 12), share=st.sampled_from([0.0, 0.3, 0.8, 1.0]), models=st.integers(1, 3)
)
def test_rows_that_live_close_up_and_none_moves_that_need_not(seed, n, share, models):
    rng = np.random.default_rng(seed)
    x, P = rng.normal(size=(n, models, 6)), rng.normal(size=(n, models, 6, 6))
    before = x.copy(), P.copy()
    live = np.flatnonzero(rng.random(n) < share)
    k = len(live)
    was = close_up(live, x, P)
    assert sorted(was.tolist()) == live.tolist()
    assert np.array_equal(x[:k], before[0][was])
    assert np.array_equal(P[:k], before[1][was])
    stay = live[live < k]
    assert np.array_equal(was[stay], stay)
