"""One step of the fusion: reports of tracks from several nodes, to system tracks."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vedette.core.report import MORE_SENSORS, N_SOURCES, RELAYED, REPORT
from vedette.core.units import NS_PER_S
from vedette.fuse.evidence import weigh
from vedette.fuse.groups import founders, group
from vedette.fuse.intake import take
from vedette.fuse.reports import tell
from vedette.fuse.settings import FuseSettings
from vedette.fuse.state import NO_SYSTEM, FuseState, Members
from vedette.kernel.blending import blend

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MEMBER = np.dtype(
    [
        ("system", "<u4"),
        ("node", "<u4"),
        ("track_id", "<u4"),
        ("role", "<i4"),  # Roles below
        ("time_ns", "<i8"),
    ]
)
USED, NOTHING_NEW, TOO_FAR, DUPLICATE = 1, 0, -1, -2


@dataclass(frozen=True, slots=True)
class FuseOutput:
    """What a step gives.

    rows     (n,) of REPORT: all system tracks now, by number, as this node's own: ready to be told on
    members  (k,) of MEMBER, by system track and node: who is in it, and what became of its report
    ended    system tracks that were in the last output and are not in this: number → where its members
             went, 0 when nobody is left
    """

    rows: NDArray[np.void]
    members: NDArray[np.void]
    ended: dict[int, int]


def step(state: FuseState, reports: NDArray[np.void], now_ns: int) -> tuple[FuseState, FuseOutput]:
    """Take reports (m,) of REPORT that arrived since the last step, in any order.

    now_ns  UTC; the system tracks are given for this time

    Returns the new state and all system tracks. Reports with impossible values or covariances, from
    the future, older than late_s or older than what their track told before ("superseded") are counted
    in state.refused by reason and not used. Reports of this node's own system tracks are "own".
    """
    settings = state.settings
    refused = dict(state.refused)
    own = reports["node"] == state.node
    if own.any():
        refused["own"] = refused.get("own", 0) + int(own.sum())
        reports = reports[~own]
    members, fresh, next_uid = take(state.members, reports, now_ns, settings, state.next_uid, refused)
    known = members.heard_ns > now_ns - round(settings.memory_s * NS_PER_S)
    members, fresh = members.keep(known), fresh[known]
    active = _active(members, now_ns, settings)
    founds = founders(members, active)
    pairs = weigh(state.pairs, members, active, fresh, now_ns, settings)
    born_ns, next_system, went = group(
        members, pairs, active, founds, state.born_ns, state.next_system, now_ns, settings
    )
    output = _output(state, members, active, founds, born_ns, now_ns, went)
    after = replace(
        state,
        members=members,
        pairs=pairs,
        next_uid=next_uid,
        next_system=next_system,
        born_ns=born_ns,
        shown=tuple(output.rows["track_id"].tolist()),
        refused=refused,
    )
    return after, output


def _active(members: Members, now_ns: int, settings: FuseSettings) -> Flags:
    """Members that were heard of lately, of a time that is not too long ago, (n,)."""
    heard: Flags = members.heard_ns > now_ns - round(settings.silent_s * NS_PER_S)
    oldest = now_ns - round((settings.late_s + settings.silent_s) * NS_PER_S)
    return heard & (members.time_ns > oldest)


def _output(
    state: FuseState,
    members: Members,
    active: Flags,
    founds: Flags,
    born_ns: dict[int, int],
    now_ns: int,
    went: dict[int, int],
) -> FuseOutput:
    """Fuse every system track and tell it."""
    # What only echoes speak of is kept, so that it has its number when it comes back, but is not told.
    told_of = np.isin(members.system, members.system[founds & ~members.duplicate])
    counted = np.flatnonzero(active & ~members.duplicate & told_of & (members.system != NO_SYSTEM))
    order = counted[np.lexsort((members.uid[counted], members.node[counted], members.system[counted]))]
    number, start = np.unique(members.system[order], return_index=True)
    start = np.append(start, len(order)).astype(np.int64)
    dt_s: Array = (now_ns - members.time_ns) / NS_PER_S
    x, P, _, fate = blend(
        order, start, members.x, members.P, members.W, dt_s, members.q, members.sensor,
        members.sensor_until_ns, members.closed, members.relayed,
        state.settings.outlier_sd,
    )  # fmt: skip
    rows = np.zeros(len(number), REPORT)
    rows["node"], rows["track_id"], rows["time_ns"] = state.node, number, now_ns
    rows["since_ns"] = [born_ns[n] for n in number.tolist()]
    rows["process_q"] = np.nan
    group_of = np.repeat(np.arange(len(number)), np.diff(start))
    used = fate == USED
    knows = np.zeros((len(number), 3), np.bool_)
    np.logical_or.at(knows, group_of[used], members.knows[order[used]])
    existence = np.zeros(len(number))
    np.maximum.at(existence, group_of[used], members.existence[order[used]])
    rows["existence"] = existence
    tell(rows, x, P, knows)
    _tell_lineage(rows, members, order[fate >= 0], group_of[fate >= 0])
    extra = np.flatnonzero(active & members.duplicate)
    told = _members(
        members, np.concatenate((order, extra)), np.concatenate((fate, np.full(len(extra), DUPLICATE)))
    )
    gone = np.setdiff1d(np.array(state.shown, np.int64), number).tolist()
    return FuseOutput(rows, told, {n: went.get(n, 0) for n in gone})


def _members(members: Members, row: Ints, role: Ints) -> NDArray[np.void]:
    """Rows of MEMBER, by system track, node and track."""
    out = np.zeros(len(row), MEMBER)
    out["system"], out["node"] = members.system[row], members.node[row]
    out["track_id"], out["time_ns"] = members.track_id[row], members.time_ns[row]
    out["role"] = role
    return out[np.lexsort((out["track_id"], out["node"], out["system"]))]


def _tell_lineage(rows: NDArray[np.void], members: Members, order: Ints, group_of: Ints) -> None:
    """Union of the lineages of the members in order (k,), each of row group_of (k,), in place."""
    part, slot = np.nonzero(members.sensor[order])
    sensor = members.sensor[order][part, slot]
    since, until = members.sensor_since_ns[order][part, slot], members.sensor_until_ns[order][part, slot]
    system = group_of[part]
    by = np.lexsort((sensor, system))
    system, sensor, since, until = system[by], sensor[by], since[by], until[by]
    more = np.zeros(len(rows), np.bool_)
    more[group_of[~members.closed[order]]] = True
    if len(system):
        begins = np.flatnonzero(np.append(True, (np.diff(system) != 0) | (sensor[1:] != sensor[:-1])))
        since, until = np.minimum.reduceat(since, begins), np.maximum.reduceat(until, begins)
        system, sensor = system[begins], sensor[begins]
        place = np.arange(len(system)) - np.searchsorted(system, system)
        fits = place < N_SOURCES
        more[system[~fits]] = True
        lineage = rows["lineage"]
        at = system[fits], place[fits]
        lineage["sensor"][at], lineage["since_ns"][at] = sensor[fits], since[fits]
        lineage["until_ns"][at] = until[fits]
    rows["flags"] = np.where(more, MORE_SENSORS | RELAYED, RELAYED)
