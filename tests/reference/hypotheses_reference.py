"""Joint association hypotheses, written plainly: every event of every parent hypothesis is listed.

The oracle of kernel.clusters, kernel.hypotheses and kernel.reduction. Nothing is shared with the kernels,
nothing is cut off.

A Table is a list of clusters; a cluster is a list of (log weight, (leaf, leaf, …)), one leaf a target.
Pairs are a list a leaf of (plot, log weight, number of the pair).
"""

import itertools
import math

import numpy as np


def arrays(table):
    """first_hyp, log_w, first_leaf, leaf of a Table, as kernels take them."""
    first_hyp, log_w, first_leaf, leaf = [0], [], [0], []
    for cluster in table:
        for w, leaves in cluster:
            log_w.append(w)
            leaf += leaves
        first_hyp.append(len(log_w))
        first_leaf.append(len(leaf))
    ints = np.int64
    return np.array(first_hyp, ints), np.array(log_w, float), np.array(first_leaf, ints), np.array(leaf, ints)


def table_of(first_hyp, log_w, first_leaf, leaf):
    """The Table of such arrays."""
    out = []
    for c in range(len(first_hyp) - 1):
        h_n = first_hyp[c + 1] - first_hyp[c]
        block = leaf[first_leaf[c] : first_leaf[c + 1]].reshape(h_n, -1)
        out.append([(float(log_w[first_hyp[c] + h]), tuple(int(i) for i in block[h])) for h in range(h_n)])
    return out


def components(table, pairs):
    """Lists of clusters that are joined through plots that leaves of theirs could both take."""
    part = list(range(len(table)))
    owner = {}
    for c, cluster in enumerate(table):
        for leaf in {i for _, leaves in cluster for i in leaves}:
            for plot, _, _ in pairs[leaf]:
                a, b = part[c], part[owner.setdefault(plot, c)]
                part = [min(a, b) if p in (a, b) else p for p in part]
    return [[c for c in range(len(table)) if part[c] == g] for g in sorted(set(part))]


def events(clusters, missed, pairs):
    """{((leaf, pair or -1), …): log weight} of all joint events of some clusters, sorted within."""
    out = {}
    for parents in itertools.product(*clusters):
        weight = sum(w for w, _ in parents)
        leaves = [i for _, row in parents for i in row]
        options = [[(-1, missed[i], -1), *pairs[i]] for i in leaves]
        for choice in itertools.product(*options):
            plots = [plot for plot, _, _ in choice if plot >= 0]
            if len(set(plots)) == len(plots):
                key = tuple(sorted((i, q) for i, (_, _, q) in zip(leaves, choice, strict=True)))
                out[key] = weight + sum(w for _, w, _ in choice)
    return out


def normed(weights):
    """The same keys, log weights that sum to 1."""
    top = max(weights.values())
    total = math.fsum(math.exp(w - top) for w in weights.values())
    return {key: w - top - math.log(total) for key, w in weights.items()}


def associate(n_plots, missed, pairs, table):
    """For each component its normed events; then p of each pair, p of each plot being nobody's."""
    plot_of = {q: plot for options in pairs for plot, _, q in options}
    p_pair, p_other = np.zeros(len(plot_of)), np.ones(n_plots)
    out = []
    for group in components(table, pairs):
        found = normed(events([table[c] for c in group], missed, pairs))
        for key, w in found.items():
            for _, q in key:
                if q >= 0:
                    p_pair[q] += math.exp(w)
                    p_other[plot_of[q]] -= math.exp(w)
        out.append(found)
    return out, p_pair, p_other


def expected(table, n, value):
    """Sum over targets of the mean of value[leaf] (n, …), all hypotheses; leaves in no cluster once."""
    loose = set(range(n))
    total = np.zeros(np.shape(value)[1:])
    for cluster in table:
        for w, leaves in cluster:
            loose -= set(leaves)
            for i in leaves:
                total = total + math.exp(w) * value[i]
    for i in loose:
        total = total + value[i]
    return total
