"""Reports into the members' rows: refuse, begin, follow."""

import numpy as np
from numpy.typing import NDArray

from vedette.core.report import MORE_SENSORS, RELAYED
from vedette.core.units import NS_PER_S
from vedette.fuse.reports import cartesian, known, plausible
from vedette.fuse.settings import FuseSettings
from vedette.fuse.state import Members, blank
from vedette.kernel.fusion import common_part
from vedette.kernel.jit import njit
from vedette.kernel.spd import definite

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

_PAST_EVERY_NS = 2 * NS_PER_S
_FUTURE_NS = NS_PER_S


def take(
    members: Members,
    reports: NDArray[np.void],
    now_ns: int,
    settings: FuseSettings,
    next_uid: int,
    refused: dict[str, int],
) -> tuple[Members, Flags, int]:
    """Take reports (m,) of REPORT into the members.

    refused  counts what was not used, by reason; changed in place

    Returns the members, which of them have news (n,), and the next free uid.
    """
    x, P, good = _usable(reports, now_ns, settings, refused)
    by = good[np.lexsort((reports["time_ns"][good], _name(reports[good])))]
    name = _name(reports[by])
    turn = np.arange(len(by)) - np.searchsorted(name, name)  # a track's second report is a turn of its own
    members = members.copy()
    fresh_uid: list[Ints] = []
    for t in range(int(turn.max()) + 1 if len(turn) else 0):
        now = by[turn == t]
        members, next_uid, news = _follow(
            members, reports[now], x[now], P[now], now_ns, settings, next_uid, refused
        )
        fresh_uid.append(news)
    fresh = np.isin(members.uid, np.concatenate(fresh_uid)) if fresh_uid else np.zeros(len(members), np.bool_)
    return members, fresh, next_uid


def _name(reports: NDArray[np.void]) -> NDArray[np.uint64]:
    """One number for each node's track."""
    out: NDArray[np.uint64] = (reports["node"].astype(np.uint64) << np.uint64(32)) | reports[
        "track_id"
    ].astype(np.uint64)
    return out


def _usable(
    reports: NDArray[np.void], now_ns: int, settings: FuseSettings, refused: dict[str, int]
) -> tuple[Array, Array, Ints]:
    """States and covariances of all reports, and the index of those that can be used."""
    usable = np.ones(len(reports), np.bool_)

    def refuse(reason: str, which: Flags) -> None:
        n = int((which & usable).sum())
        if n:
            refused[reason] = refused.get(reason, 0) + n
            usable[which] = False

    refuse("late", reports["time_ns"] < now_ns - round(settings.late_s * NS_PER_S))
    refuse("future", reports["time_ns"] > now_ns + _FUTURE_NS)
    refuse("bad-value", ~plausible(reports))
    safe = reports.copy()
    safe[~usable] = np.zeros((), reports.dtype)
    x, P = cartesian(safe)
    refuse("bad-covariance", ~definite(np.ascontiguousarray(P)))
    return x, P, np.flatnonzero(usable)


def _follow(
    members: Members,
    reports: NDArray[np.void],
    x: Array,
    P: Array,
    now_ns: int,
    settings: FuseSettings,
    next_uid: int,
    refused: dict[str, int],
) -> tuple[Members, int, Ints]:
    """Take one report of each of several tracks; returns members, next uid, uids with news.

    members is changed in place where it can be.
    """
    name = _name(reports)
    mine = (members.node.astype(np.uint64) << np.uint64(32)) | members.track_id.astype(np.uint64)
    order = np.argsort(mine, kind="stable")
    at = np.searchsorted(mine[order], name)
    found = at < len(mine)
    found[found] = mine[order[at[found]]] == name[found]
    row = np.full(len(reports), -1)
    row[found] = order[at[found]]
    newer = found.copy()
    newer[found] = reports["time_ns"][found] > members.time_ns[row[found]]
    if (found & ~newer).any():
        refused["superseded"] = refused.get("superseded", 0) + int((found & ~newer).sum())
    i, r = row[newer], np.flatnonzero(newer)
    dt_s: Array = (reports["time_ns"][r] - members.time_ns[i]) / NS_PER_S
    told = _told_q(reports[r])
    _update_common(members.W, members.P, np.ascontiguousarray(P[r]), i, dt_s, told)
    _keep_past(members.past_ns, members.past_x, members.time_ns, members.x, i)
    _write(members, i, reports[r], x[r], P[r], now_ns, settings)
    r = np.flatnonzero(~found)
    new = blank(len(r))
    new.uid[:] = np.arange(next_uid, next_uid + len(r))
    new.node[:], new.track_id[:] = reports["node"][r], reports["track_id"][r]
    _write(new, np.arange(len(r)), reports[r], x[r], P[r], now_ns, settings)
    new.W[:] = new.P  # nothing is known yet of how it came about
    news = np.concatenate((members.uid[i], new.uid))
    return members.append(new), next_uid + len(r), news


def _told_q(reports: NDArray[np.void]) -> Array:
    """Process noise density of each report, NaN where it is not told."""
    return np.ascontiguousarray(reports["process_q"], np.float64)


def _write(
    members: Members,
    i: Ints,
    reports: NDArray[np.void],
    x: Array,
    P: Array,
    now_ns: int,
    settings: FuseSettings,
) -> None:
    """Write reports (k,) into rows i (k,), in place."""
    told = _told_q(reports)
    lineage = reports["lineage"]
    members.time_ns[i] = reports["time_ns"]
    members.since_ns[i] = reports["since_ns"]
    told_until = lineage["until_ns"].max(axis=1)
    data_ns = np.where(told_until > 0, np.minimum(told_until, reports["time_ns"]), reports["time_ns"])
    members.heard_ns[i] = np.where(data_ns > members.data_ns[i], now_ns, members.heard_ns[i])
    members.data_ns[i] = np.maximum(members.data_ns[i], data_ns)
    members.x[i], members.P[i] = x, P
    members.q[i] = np.where(np.isnan(told), settings.process_q, told)
    members.knows[i] = known(reports)
    members.existence[i] = reports["existence"]
    members.sensor[i] = lineage["sensor"]
    members.sensor_since_ns[i] = lineage["since_ns"]
    members.sensor_until_ns[i] = lineage["until_ns"]
    members.relayed[i] = reports["flags"] & RELAYED != 0
    members.closed[i] = (lineage["sensor"] != 0).any(axis=1) & (reports["flags"] & MORE_SENSORS == 0)


@njit
def _update_common(W: Array, P: Array, P_now: Array, i: Ints, dt_s: Array, q: Array) -> None:
    """The common part of rows i (k,) after reports with P_now (k, 6, 6), in W (n, 6, 6)."""
    work = np.empty((5, 6, 6))
    out = np.empty((6, 6))
    for k in range(i.shape[0]):
        if np.isnan(q[k]):
            W[i[k]] = P_now[k]
        else:
            common_part(P[i[k]], W[i[k]], P_now[k], dt_s[k], q[k], out, work)
            W[i[k]] = out


@njit
def _keep_past(past_ns: Ints, past_x: Array, time_ns: Ints, x: Array, i: Ints) -> None:
    """Put the newest state of rows i (k,) into the oldest slot, if it is far enough from the last kept."""
    for k in range(i.shape[0]):
        row = i[k]
        oldest = 0
        newest = 0
        for h in range(past_ns.shape[1]):
            if past_ns[row, h] < past_ns[row, oldest]:
                oldest = h
            newest = max(newest, past_ns[row, h])
        if time_ns[row] - newest >= _PAST_EVERY_NS:
            past_ns[row, oldest] = time_ns[row]
            past_x[row, oldest] = x[row]
