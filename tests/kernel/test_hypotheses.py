"""Branching of joint hypotheses against the list of all joint events."""

import itertools
import math

import hypotheses_reference as reference
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from seen import JITTED, examples, many

from vedette.kernel.clusters import involve, split
from vedette.kernel.hypotheses import associate

seeds = st.integers(0, 2**32 - 1)
NEVER = -1e9  # a prune that cuts nothing


def problem(seed, n_targets=4, n_plots=4, leaves=3, spread=3.0, fill=0.6):
    """n_plots, missed, pairs, table: some clusters of some targets with some leaves each."""
    rng = np.random.default_rng(seed)
    n_targets, n_plots = int(rng.integers(1, n_targets + 1)), int(rng.integers(0, n_plots + 1))
    targets, n = [], 0
    for _ in range(n_targets):
        k = int(rng.integers(1, leaves + 1))
        targets.append(list(range(n, n + k)))
        n += k
    table = []
    while targets:
        k = int(rng.integers(1, len(targets) + 1))
        mine, targets = targets[:k], targets[k:]
        everything = list(itertools.product(*mine))
        # At least so many rows that each leaf is in one; the others by chance.
        rows = {tuple(own[h % len(own)] for own in mine) for h in range(max(map(len, mine)))}
        rows |= {everything[q] for q in rng.integers(0, len(everything), int(rng.integers(0, 4)))}
        weight = rng.dirichlet(np.ones(len(rows)))
        table.append([(math.log(w), row) for w, row in zip(weight, sorted(rows), strict=True)])
    pairs, q = [], 0
    for _ in range(n):
        plots = [j for j in range(n_plots) if rng.random() < fill]
        pairs.append([(j, float(rng.normal(1.0, spread)), q + e) for e, j in enumerate(plots)])
        q += len(plots)
    return n_plots, rng.uniform(-3.0, 0.0, n), pairs, table


def flat(pairs):
    """pair_start, pair_plot, pair_w of pairs by leaf."""
    start = np.concatenate(([0], np.cumsum([len(p) for p in pairs]))).astype(np.int64)
    plot = np.array([j for p in pairs for j, _, _ in p], np.int64)
    return start, plot, np.array([w for p in pairs for _, w, _ in p], float)


def branched(n_plots, missed, pairs, table, beam=20_000, keep=20_000, prune=NEVER, largest=99, ignore=0.0):
    """What the kernel makes of it: [{((leaf, pair), …): log weight}] by cluster, p_pair, p_other."""
    faint = np.zeros(len(missed), np.bool_)
    before = [np.array(missed, float), faint, *flat(pairs), *reference.arrays(table)]
    given_arrays = [a.copy() for a in before]
    child_leaf, child_pair, *new, p_pair, p_other = associate(
        n_plots, *before, beam, keep, prune, largest, ignore
    )
    for a, b in zip(before, given_arrays, strict=True):
        assert np.array_equal(a, b), "arguments are not touched"
    got = reference.table_of(*new)
    for cluster in got:
        assert math.fsum(math.exp(w) for w, _ in cluster) == pytest.approx(1.0, abs=1e-9)
    assert {i for cluster in got for _, row in cluster for i in row} == set(range(len(child_leaf)))
    children = list(zip(child_leaf.tolist(), child_pair.tolist(), strict=True))
    assert len(set(children)) == len(children), "a leaf and a plot give one child"
    plot_of = {q: j for p in pairs for j, _, q in p}
    owner = {q: i for i, p in enumerate(pairs) for _, _, q in p}
    assert all(q < 0 or owner[q] == i for i, q in children)
    out = []
    for cluster in got:
        by_event = {}
        for w, row in cluster:
            key = tuple(sorted(children[i] for i in row))
            taken = [plot_of[q] for _, q in key if q >= 0]
            assert len(set(taken)) == len(taken), "no plot twice in a hypothesis"
            assert key not in by_event
            by_event[key] = w
        out.append(by_event)
    return out, p_pair, p_other


def the_same(got, want, abs_tol=1e-9):
    """Two lists of clusters, in any order, have the same events with the same weights."""
    assert {frozenset(c) for c in got} == {frozenset(c) for c in want}
    by_events = {frozenset(c): c for c in want}
    for cluster in got:
        for key, w in cluster.items():
            assert math.isclose(math.exp(w), math.exp(by_events[frozenset(cluster)][key]), abs_tol=abs_tol)


@given(seed=seeds)
@examples(150)
def test_it_lists_every_joint_event_with_its_weight(seed):
    """Several leaves a target, several hypotheses a cluster, clusters that a plot joins."""
    case = problem(seed)
    got, p_pair, p_other = branched(*case)
    want, want_pair, want_other = reference.associate(*case)
    the_same(got, want)
    assert np.allclose(p_pair, want_pair, atol=1e-9)
    assert np.allclose(p_other, want_other, atol=1e-9)


@given(seed=seeds, prune=st.floats(-12.0, -0.1))
@examples(100)
def test_pruning_takes_away_what_is_light_and_nothing_else(seed, prune):
    """What is left is exactly what weighs at least so much against the best; marginals lose little."""
    case = problem(seed)
    got, p_pair, p_other = branched(*case, prune=prune)
    want, want_pair, want_other = reference.associate(*case)
    light = 0.0
    kept = []
    for cluster in want:
        top = max(cluster.values())
        light += sum(math.exp(w) for w in cluster.values() if w < top + prune + 1e-9)
        kept.append(reference.normed({k: w for k, w in cluster.items() if w >= top + prune}))
    the_same(got, kept)
    assert np.abs(p_pair - want_pair).max(initial=0.0) <= light + 1e-9
    assert np.abs(p_other - want_other).max(initial=0.0) <= light + 1e-9


@given(seed=seeds, keep=st.integers(1, 12))
@examples(60)
def test_no_more_hypotheses_are_kept_than_asked_and_those_are_the_best(seed, keep):
    """Of parents no more than `keep` each, so that their product is whole; a lone history keeps all."""
    case = problem(seed, leaves=1)
    got, p_pair, _ = branched(*case, keep=keep)
    want, want_pair, _ = reference.associate(*case)
    best = {frozenset(i for i, _ in next(iter(c))): sorted(c.values(), reverse=True) for c in want}
    for cluster in got:
        all_of_it = best[frozenset(i for i, _ in next(iter(cluster)))]
        if len(next(iter(cluster))) > 1:
            assert len(cluster) == min(keep, len(all_of_it))
        top = np.array(all_of_it[: len(cluster)])
        top -= math.log(np.exp(top).sum())
        assert np.allclose(sorted(cluster.values(), reverse=True), top, atol=1e-9)
    assert np.allclose(p_pair, want_pair, atol=1e-9), "marginals are of all that was found"


@given(seed=seeds)
@examples(60)
def test_order_of_plots_leaves_and_clusters_does_not_matter(seed):
    n_plots, missed, pairs, table = problem(seed)
    rng = np.random.default_rng(seed)
    plot_to, leaf_to = rng.permutation(n_plots), rng.permutation(len(missed))
    there = [[] for _ in pairs]
    pair_to, q = {}, 0
    for i in np.argsort(leaf_to):
        options = [pairs[i][e] for e in rng.permutation(len(pairs[i]))]
        for j, w, old in options:
            there[leaf_to[i]].append((int(plot_to[j]), w, q))
            pair_to[old] = q
            q += 1
    moved = np.empty(len(missed))
    moved[leaf_to] = missed
    moved_table = []
    for c in rng.permutation(len(table)):
        turn = rng.permutation(len(table[c][0][1]))
        rows = [(w, tuple(int(leaf_to[row[t]]) for t in turn)) for w, row in table[c]]
        moved_table.append([rows[h] for h in rng.permutation(len(rows))])
    straight, p_pair, p_other = branched(n_plots, missed, pairs, table)
    shuffled, q_pair, q_other = branched(n_plots, moved, there, moved_table)
    renamed = [
        {
            tuple(sorted((int(leaf_to[i]), pair_to.get(q, -1)) for i, q in key)): w
            for key, w in cluster.items()
        }
        for cluster in straight
    ]
    the_same(shuffled, renamed)
    assert all(math.isclose(p_pair[a], q_pair[b], abs_tol=1e-9) for a, b in pair_to.items())
    assert np.allclose(q_other[plot_to], p_other, atol=1e-9)


@given(
    seed=seeds, odd=st.sampled_from([700.0, -700.0, 1e4, -1e4, -math.inf]), largest=st.sampled_from([0, 99])
)
@examples(80)
def test_weights_beyond_the_range_of_numbers_do_not_break_it(seed, odd, largest):
    """Sums and products are taken of logs; a target that cannot have been missed was not."""
    n_plots, missed, pairs, table = problem(seed)
    rng = np.random.default_rng(seed)
    missed = np.where(rng.random(len(missed)) < 0.4, -abs(odd), missed)
    pairs = [[(j, odd if rng.random() < 0.5 else w, q) for j, w, q in p] for p in pairs]
    got, p_pair, p_other = branched(n_plots, missed, pairs, table, prune=-20.0, largest=largest)
    for values in (p_pair, p_other, *(np.array(list(c.values())) for c in got)):
        assert np.isfinite(values).all()
    assert ((p_pair >= 0.0) & (p_pair <= 1.0 + 1e-9)).all()
    if largest and math.isfinite(odd):
        _, want_pair, want_other = reference.associate(n_plots, missed, pairs, table)
        assert np.allclose(p_pair, want_pair, atol=1e-5)
        assert np.allclose(p_other, want_other, atol=1e-5)


def test_two_that_want_one_plot_both_may_have_it():
    """However sure the plot is one of the two's: which of them it is, it does not say."""
    pairs = [[(0, 1000.0, 0)], [(0, 1000.0, 1)]]
    got, p_pair, p_other = branched(1, np.zeros(2), pairs, [[(0.0, (0,))], [(0.0, (1,))]], prune=-5.8)
    assert len(got) == 1
    assert len(got[0]) == 2
    assert np.allclose(p_pair, 0.5)
    assert p_other[0] == pytest.approx(0.0, abs=1e-12)


def test_three_that_want_one_plot_each_may_have_it():
    """The first may take it or not, whatever the two after it would both get if there were two."""
    pairs = [[(0, 20.0, 0)], [(0, 20.0, 1)], [(0, 20.0, 2)]]
    got, p_pair, _ = branched(1, np.zeros(3), pairs, [[(0.0, (i,))] for i in range(3)], prune=-5.8, beam=60)
    assert len(got[0]) == 3
    assert np.allclose(p_pair, 1.0 / 3.0, atol=1e-6)


def forest(rng, n_targets, n_plots):
    """Pairs without a loop."""
    part = list(range(n_targets + n_plots))
    pairs, q = [[] for _ in range(n_targets)], 0
    for i in range(n_targets):
        for j in rng.permutation(n_plots).tolist():
            a, b = part[i], part[n_targets + j]
            if a != b and rng.random() < 0.6:
                part = [a if p == b else p for p in part]
                pairs[i].append((j, float(rng.normal(4.0, 3.0)), q))
                q += 1
    return pairs


def best_found_by_a_narrow_beam(beam):
    """Share of forests of 4 targets in which the best assignment is the best one found."""
    hits = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        pairs, missed = forest(rng, 4, 4), rng.uniform(-3.0, 0.0, 4)
        table = [[(0.0, (i,))] for i in range(4)]
        got, _, _ = branched(4, missed, pairs, table, beam=beam)
        want, _, _ = reference.associate(4, missed, pairs, table)
        best = {max(c, key=c.get) for c in want}
        hits.append({max(c, key=c.get) for c in got} == best)
    return float(np.mean(hits))


@pytest.mark.parametrize(("beam", "least"), [(1, 0.9), (3, 0.99), (8, 1.0)])
def test_a_narrow_beam_finds_the_best_assignment_of_most_trees(beam, least):
    assert best_found_by_a_narrow_beam(beam) >= least


@pytest.mark.parametrize("beam", [1, 2, 5, 60])
def test_a_beam_that_overflows_still_ends_with_hypotheses(beam):
    """A row of targets so near each other that each could have the plots of all: far more ways than room."""
    for seed in range(many(100)):
        rng = np.random.default_rng(seed)
        place, plot = np.arange(7.0), rng.permutation(7) + rng.normal(0.0, 0.5, 7)
        weight = 3.0 - 0.5 * ((place[:, None] - plot[None, :]) / 0.8) ** 2
        pairs = [[(j, float(weight[i, j]), 7 * i + j) for j in range(7)] for i in range(7)]
        got, p_pair, _ = branched(
            7, np.full(7, -2.0), pairs, [[(0.0, (i,))] for i in range(7)], beam=beam, keep=30, prune=-5.8
        )
        assert 1 <= len(got[0]) <= min(beam, 30)
        assert np.isfinite(p_pair).all()


@pytest.mark.parametrize("beam", [1, 5, 10])
def test_what_surely_comes_to_most_stays_in_a_beam_full_of_promises(beam):
    """Five want plot 0; the first is far likelier to have it, but leaving it to all five looks better yet."""
    pairs = [[(0, 30.0, 0), *((j, 0.1 * j, j) for j in range(1, 13))]]
    pairs += [[(0, 20.0, 13 + i)] for i in range(5)]
    table = [[(0.0, (i,))] for i in range(6)]
    got, p_pair, _ = branched(13, np.zeros(6), pairs, table, beam=beam, keep=30, prune=-5.8)
    assert len(got[0]) >= 1
    assert p_pair[0] > 0.9


@given(seed=seeds, largest=st.sampled_from([0, 1]))
@examples(80)
def test_what_is_too_large_goes_by_propagation_close_to_the_truth(seed, largest):
    """Targets come apart; what each took is close to what the list of all events says, on trees the same."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(1, 5))
    tree = bool(rng.random() < 0.5)
    if tree:
        pairs = forest(rng, n, 4)
        missed = rng.uniform(-3.0, 0.0, n)
    else:
        _, missed, pairs, _ = problem(seed, leaves=1)
        n = len(missed)
    table = [[(0.0, (i,))] for i in range(n)]
    got, p_pair, p_other = branched(4, missed, pairs, table, largest=largest)
    _, want_pair, want_other = reference.associate(4, missed, pairs, table)
    assert sorted(i for c in got for i in {leaf for row in c for leaf, _ in row}) == list(range(n))
    assert all(len(row) == 1 for c in got for row in c)
    assert np.abs(p_pair - want_pair).max(initial=0.0) < (1e-4 if tree else 0.45)
    assert np.abs(p_other - want_other).max(initial=0.0) < (1e-4 if tree else 0.45)
    for cluster in got:
        for ((i, q),), w in cluster.items():
            share = p_pair[q] if q >= 0 else 1.0 - sum(p_pair[e] for _, _, e in pairs[i])
            assert math.exp(w) == pytest.approx(share, abs=1e-4)


def test_propagation_leaves_out_what_is_less_likely_than_the_best():
    pairs = [[(0, 5.0, 0), (1, 3.0, 1)], [(1, 5.0, 2), (0, 3.0, 3)]]
    table = [[(0.0, (0,))], [(0.0, (1,))]]
    got, p_pair, _ = branched(2, np.full(2, -2.0), pairs, table, largest=1, ignore=0.8)
    assert [list(c) for c in got] == [[((0, 0),)], [((1, 2),)]]
    assert 0.0 < p_pair[1] < 0.5, "but it is told"


def test_propagation_goes_on_from_the_heaviest_hypothesis():
    """Two targets with two histories each, too many to search: the likeliest histories live on."""
    table = [[(math.log(0.3), (0, 2)), (math.log(0.7), (1, 3))]]
    pairs = [[(0, 1.0, 0)], [(0, 1.0, 1)], [(0, 1.0, 2)], [(0, 1.0, 3)]]
    got, p_pair, _ = branched(1, np.zeros(4), pairs, table, largest=1)
    assert {i for c in got for row in c for i, _ in row} == {1, 3}
    assert p_pair[0] == p_pair[2] == 0.0


def test_more_parents_than_are_kept_begin_with_the_best():
    """Clusters of 4 and 4 hypotheses that a plot joins: of their 16 the best 3 go on."""
    weights = [math.log(w) for w in (0.4, 0.3, 0.2, 0.1)]
    table = [[(w, (h,)) for h, w in enumerate(weights)], [(w, (4 + h,)) for h, w in enumerate(weights)]]
    pairs = [[(0, 0.0, i)] for i in range(8)]
    got, _, _ = branched(1, np.zeros(8), pairs, table, keep=3)
    parents = {tuple(i for i, _ in row) for row in got[0]}
    assert parents <= {(0, 4), (0, 5), (1, 4)}
    assert (0, 4) in parents


def test_many_plots_fill_more_than_one_word():
    """150 plots that two targets share: no two hypotheses confuse them."""
    n = 150 if JITTED else 70
    pairs = [[(j, 0.0, j) for j in range(n)], [(j, 0.0, n + j) for j in range(n)]]
    got, p_pair, _ = branched(n, np.zeros(2), pairs, [[(0.0, (0,))], [(0.0, (1,))]], beam=10**5, keep=10**5)
    assert len(got[0]) == (n + 1) ** 2 - n
    assert np.allclose(p_pair, n / ((n + 1) ** 2 - n))


def test_a_hundred_targets_go_by_propagation_quickly_and_soundly():
    """A chain in which each target shares a plot with the next."""
    n = 100 if JITTED else 20
    pairs = [[(i, 3.0, 2 * i), (i + 1, 2.5, 2 * i + 1)] for i in range(n)]
    got, p_pair, p_other = branched(
        n + 1, np.full(n, -2.0), pairs, [[(0.0, (i,))] for i in range(n)], largest=16
    )
    assert len(got) == n
    assert np.isfinite(p_pair).all()
    by_plot = p_other.copy()
    np.add.at(by_plot, [j for p in pairs for j, _, _ in p], p_pair)
    assert np.allclose(by_plot, 1.0, atol=1e-3)


def test_one_alone_lets_go_what_is_light():
    """A plot that is the target's with 1 in 1000: told, not followed."""
    pairs = [[(0, 7.0, 0), (1, 0.1, 1)]]
    got, p_pair, p_other = branched(2, np.zeros(1), pairs, [[(0.0, (0,))]], prune=-5.8)
    assert got == [{((0, 0),): 0.0}]
    total = 1.0 + math.exp(7.0) + math.exp(0.1)
    assert np.allclose(p_pair, [math.exp(7.0) / total, math.exp(0.1) / total])
    assert np.allclose(p_other, 1.0 - p_pair)


def test_nothing_to_associate():
    got, p_pair, p_other = branched(0, np.zeros(0), [], [])
    assert got == []
    assert len(p_pair) == len(p_other) == 0
    got, _, p_other = branched(2, np.full(1, -1.0), [[]], [[(0.0, (0,))]])
    assert got == [{((0, -1),): 0.0}]
    assert p_other.tolist() == [1.0, 1.0]


def rows_and_clusters(seed):
    """cluster (n,), and a Table whose leaves are rows; some rows stand alone."""
    rng = np.random.default_rng(seed)
    _, missed, _, table = problem(seed)
    n = len(missed) + int(rng.integers(0, 4))
    name = rng.permutation(n)
    table = [[(w, tuple(int(name[i]) for i in row)) for w, row in cluster] for cluster in table]
    # A cluster of one target with one history is a row that stands alone.
    table = [c for c in table if len(c) > 1]
    cluster = np.full(n, -1, np.int64)
    for c, rows in enumerate(table):
        for _, row in rows:
            cluster[list(row)] = c
    return rng, cluster, table


@given(seed=seeds)
@examples(100)
def test_what_is_taken_out_and_what_stays_is_everything(seed):
    rng, cluster, table = rows_and_clusters(seed)
    first_hyp, log_w, first_leaf, leaf = reference.arrays(table)
    wanted = rng.random(len(cluster)) < 0.3
    before = wanted.copy()
    involved = involve(wanted, cluster, first_leaf, leaf)
    assert np.array_equal(wanted, before)
    hit = {int(c) for c in cluster[wanted]} - {-1}
    assert np.array_equal(involved, wanted | np.isin(cluster, list(hit)))
    local = np.flatnonzero(involved)
    *mine, rest_hyp, rest_w, rest_first, rest_leaf = split(local, cluster, first_hyp, log_w, first_leaf, leaf)
    taken = [[(w, tuple(int(local[i]) for i in row)) for w, row in c] for c in reference.table_of(*mine)]
    alone = [[(0.0, (int(i),))] for i in local if cluster[i] < 0]
    assert taken == alone + [table[c] for c in sorted(hit)]
    rest = reference.table_of(rest_hyp, rest_w, rest_first, rest_leaf)
    assert rest == [table[c] for c in range(len(table)) if c not in hit]


def test_a_faint_leaf_without_a_plot_goes_only_when_it_stands_alone():
    pairs = [[], [(0, -0.1, 0)], []]
    table = [[(0.0, (0,))], [(0.0, (1,))], [(0.0, (2,))]]
    arrays = reference.arrays(table)
    missed = np.zeros(3)
    faint = np.array([True, True, False])
    child, pair, *_ = associate(1, missed, faint, *flat(pairs), *arrays, 60, 30, NEVER, 16, 0.0)
    assert sorted(zip(child.tolist(), pair.tolist(), strict=True)) == [(1, -1), (1, 0), (2, -1)]
