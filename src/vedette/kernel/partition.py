"""One partition of the tracks of several nodes into system tracks, from the evidence of all pairs.

Each node has at most one track in each system track. Node by node, tracks are assigned to system
tracks so that the total evidence is largest (one assignment problem for each connected component),
with a premium for staying. With two nodes that is the best partition; with more, it improves at every
turn and ends where no node can do better alone.

Source: Deb, Yeddanapudi, Pattipati & Bar-Shalom (1997), IEEE Trans. AES 33(2), 523-538, on the
multidimensional assignment that this solves a dimension at a time.
"""

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.assignment import columns_of_rows
from vedette.kernel.jit import njit

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_NEVER_MET = -10.0  # evidence of a pair that was never near enough to be compared


@njit
def components(n: int, first: Ints, second: Ints) -> Ints:
    """Connected components of n nodes with edges first (k,), second (k,): the least node of each, (n,)."""
    root = np.arange(n)
    for e in range(first.shape[0]):
        a = first[e]
        b = second[e]
        while root[a] != a:
            root[a] = root[root[a]]
            a = root[a]
        while root[b] != b:
            root[b] = root[root[b]]
            b = root[b]
        if a < b:
            root[b] = a
        elif b < a:
            root[a] = b
    for i in range(n):
        a = i
        while root[a] != a:
            a = root[a]
        root[i] = a
    return root


@njit
def regroup(
    system: Ints,
    node: Ints,
    founds: Flags,
    rows: Ints,
    start: Ints,
    partner: Ints,
    score: Array,
    stay: float,
    new: int,
) -> int:
    """Assign the rows of one component to system tracks anew, in place.

    system          (n,)  of every row; -1 is none yet
    node            (n,)
    founds          (n,)  whether the row can be a system track by itself
    rows            (k,)  of this component, rising
    start, partner, score   of row i: pairs start[i] to start[i + 1], with whom and with what evidence
    stay                  premium for staying where one is; also what a newcomer must exceed
    new                   the next free system

    Returns the next free system. Node by node: a row may go to any system of the component, or to
    one of its own; each system takes one row of a node.
    """
    k = rows.shape[0]
    names = np.empty(k, np.int64)
    n_names = 0
    for p in range(k):
        s = system[rows[p]]
        known = s < 0
        for q in range(n_names):
            known = known or names[q] == s
        if not known:
            names[n_names] = s
            n_names += 1
    nodes = np.unique(node[rows])
    mine = np.empty(k, np.int64)
    for turn in range(nodes.shape[0]):
        m = 0
        for p in range(k):
            if node[rows[p]] == nodes[turn]:
                mine[m] = rows[p]
                m += 1
        gain = np.empty((m, n_names + m))
        gain[:] = -1e9
        for a in range(m):
            i = mine[a]
            for c in range(n_names):
                gain[a, c] = _gain(i, names[c], system, node, rows, start, partner, score)
                if system[i] == names[c]:
                    gain[a, c] += stay
                elif gain[a, c] == 0.0:
                    gain[a, c] = -1e9  # nobody there
            gain[a, n_names + a] = stay if system[i] < 0 else -1.0
        column = columns_of_rows(-gain)
        grown = n_names
        for a in range(m):
            if column[a] < n_names:
                system[mine[a]] = names[column[a]]
            elif not founds[mine[a]]:
                system[mine[a]] = -1
            else:
                system[mine[a]] = new
                if grown == names.shape[0]:
                    names = np.append(names, np.empty(k, np.int64))
                names[grown] = new
                grown += 1
                new += 1
        n_names = grown
    return new


@njit
def _gain(
    i: int, name: int, system: Ints, node: Ints, rows: Ints, start: Ints, partner: Ints, score: Array
) -> float:
    """Evidence that row i is the target of a system, from its members of other nodes; 0 without any."""
    total = 0.0
    for p in range(rows.shape[0]):
        j = rows[p]
        if j == i or system[j] != name or node[j] == node[i]:
            continue
        evidence = _NEVER_MET
        for e in range(start[i], start[i + 1]):
            if partner[e] == j:
                evidence = score[e]
                break
        total += evidence
    return total


@njit
def neighbours(n: int, first: Ints, second: Ints, score: Array) -> tuple[Ints, Ints, Array]:
    """Pairs by row, both ways: start (n + 1,), partner (2k,), score (2k,)."""
    start = np.zeros(n + 1, np.int64)
    for e in range(first.shape[0]):
        start[first[e] + 1] += 1
        start[second[e] + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    fill = start.copy()
    partner = np.empty(2 * first.shape[0], np.int64)
    value = np.empty(2 * first.shape[0])
    for e in range(first.shape[0]):
        a, b = first[e], second[e]
        partner[fill[a]] = b
        value[fill[a]] = score[e]
        fill[a] += 1
        partner[fill[b]] = a
        value[fill[b]] = score[e]
        fill[b] += 1
    return start, partner, value
