"""Members to system tracks: who belongs together, and which number the whole has for life."""

import numpy as np
from numpy.typing import NDArray

from vedette.fuse.settings import FuseSettings
from vedette.fuse.state import NO_SYSTEM, Members, Pairs
from vedette.kernel.partition import components, neighbours, regroup

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


def group(
    members: Members,
    pairs: Pairs,
    active: Flags,
    founds: Flags,
    born_ns: dict[int, int],
    next_system: int,
    now_ns: int,
    settings: FuseSettings,
) -> tuple[dict[int, int], int, dict[int, int]]:
    """Give every active member its system track, in members.system and .duplicate, in place.

    founds   (n,) see `founders`
    born_ns  of the system tracks before

    Returns born_ns after, the next free number, and into which system track each that ended went.
    """
    first, second = np.searchsorted(members.uid, pairs.first), np.searchsorted(members.uid, pairs.second)
    _part_duplicates(members, first, second, pairs.score, active)
    before = members.system.copy()
    counted = active & ~members.duplicate
    next_system = _assign(members, founds, first, second, pairs.score, counted, next_system, settings)
    _find_duplicates(members, first, second, pairs.score, counted, settings)
    born = dict(born_ns)
    for number in np.setdiff1d(members.system, list(born)).tolist():
        if number != NO_SYSTEM:
            born[number] = now_ns
    ended = _keep_oldest(members, before, counted, born)
    living = set(members.system.tolist())
    return {n: t for n, t in born.items() if n in living}, next_system, ended


def founders(members: Members, active: Flags) -> Flags:
    """Members that can be a system track by themselves, (n,).

    Not so what another fusion made from sensors whose own nodes are heard here too: if it were a
    target, they would tell it. Without this rule two nodes that tell each other their pictures would
    each take the other's echoes for new targets, without end.
    """
    out = active.copy()
    known = active & members.closed
    direct = set(members.sensor[known & ~members.relayed].ravel().tolist())
    relays = np.unique(members.node[known & members.relayed]).tolist()
    sets = {
        n: set(members.sensor[known & members.relayed & (members.node == n)].ravel().tolist()) for n in relays
    }
    for n in relays:
        covered = direct.union(*(s for m, s in sets.items() if s < sets[n] or (s == sets[n] and m < n)))
        row = np.flatnonzero(known & members.relayed & (members.node == n))
        covered_all = np.isin(members.sensor[row], np.array(sorted(covered | {0}), np.uint64)).all(axis=1)
        out[row[covered_all]] = False
    return out


def _assign(
    members: Members,
    founds: Flags,
    first: Ints,
    second: Ints,
    score: Array,
    counted: Flags,
    next_system: int,
    settings: FuseSettings,
) -> int:
    """Assign anew where the evidence no longer fits the partition; returns the next free number."""
    system, node = members.system, members.node
    other = counted[first] & counted[second] & (node[first] != node[second])
    first, second, score = first[other], second[other], score[other]
    together = (system[first] == system[second]) & (system[first] != NO_SYSTEM)
    drawn = ~together & (score > settings.stay)
    tense = counted & (system == NO_SYSTEM) & founds
    tense[first[drawn]] = tense[second[drawn]] = True
    inside = np.zeros(len(members))
    np.add.at(inside, first[together], score[together])
    np.add.at(inside, second[together], score[together])
    tense |= counted & (inside < -settings.stay)
    rows = np.flatnonzero(counted & (system != NO_SYSTEM))
    by = rows[np.lexsort((node[rows], system[rows]))]
    chained = system[by[1:]] == system[by[:-1]]
    twice = chained & (node[by[1:]] == node[by[:-1]])
    tense[by[1:][twice]] = True
    root = components(
        len(members),
        np.concatenate((first[drawn], by[:-1][chained])),
        np.concatenate((second[drawn], by[1:][chained])),
    )
    start, partner, evidence = neighbours(len(members), first, second, score)
    touched = np.zeros(len(members), np.bool_)
    touched[root[tense]] = True
    rows = np.flatnonzero(counted & touched[root])
    by = rows[np.argsort(root[rows], kind="stable")]
    cuts = np.flatnonzero(np.diff(root[by])) + 1
    for part in np.split(by, cuts) if len(by) else []:
        next_system = regroup(
            system, node, founds, part, start, partner, evidence, settings.stay, next_system
        )
    return next_system


def _part_duplicates(members: Members, first: Ints, second: Ints, score: Array, active: Flags) -> None:
    """A duplicate whose original is gone, or that no longer fits it, stands for itself again, in place."""
    for i in np.flatnonzero(members.duplicate & active).tolist():
        mine = (first == i) | (second == i)
        with_whom = np.where(first[mine] == i, second[mine], first[mine])
        good = (
            active[with_whom]
            & ~members.duplicate[with_whom]
            & (members.node[with_whom] == members.node[i])
            & (members.system[with_whom] == members.system[i])
            & (score[mine] > 0.0)
        )
        if not good.any():
            members.duplicate[i] = False
            members.system[i] = NO_SYSTEM


def _find_duplicates(
    members: Members, first: Ints, second: Ints, score: Array, counted: Flags, settings: FuseSettings
) -> None:
    """Of two tracks of one node with strong evidence of being one target, one stops counting, in place.

    It is the one with fewer partners in its system track, then the younger one.
    """
    node, system = members.node, members.system
    found = (score >= settings.duplicate) & (node[first] == node[second]) & counted[first] & counted[second]
    if not found.any():
        return
    number, size = np.unique(system[counted], return_counts=True)
    sizes = dict(zip(number.tolist(), size.tolist(), strict=True))
    for a, b in zip(first[found].tolist(), second[found].tolist(), strict=True):
        if members.duplicate[a] or members.duplicate[b]:
            continue
        rank = [(sizes[int(system[i])], -int(members.since_ns[i]), -int(members.uid[i])) for i in (a, b)]
        less, more = (a, b) if rank[0] < rank[1] else (b, a)
        members.duplicate[less] = True
        system[less] = system[more]


def _keep_oldest(members: Members, before: Ints, counted: Flags, born: dict[int, int]) -> dict[int, int]:
    """Where a system track was emptied into another, the older number lives on; changes in place.

    Returns into which number each emptied one went.
    """
    system = members.system
    counted = counted & (system != NO_SYSTEM)
    had = np.unique(before[counted & (before != NO_SYSTEM)])
    emptied = np.setdiff1d(had, system[counted])
    into: dict[int, int] = {}
    renamed: set[int] = set()
    for number in sorted(emptied.tolist(), key=lambda n: (born[n], n)):
        heir = int(system[counted & (before == number)][0])
        if (born[number], number) < (born[heir], heir) and heir not in renamed:
            system[system == heir] = number
            into[heir] = number
            renamed |= {heir, number}
        else:
            system[system == number] = heir
            into[number] = heir
    return {n: into[n] if into[n] not in into else into[into[n]] for n in into}
