"""Following senders: what was heard in a second goes to the memory of who said it."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.identify import context, looks, reports
from vedette.identify.check_state import TABLE_BITS, CheckState
from vedette.identify.reports import Reports
from vedette.identify.senders import Names, Senders, forget, known_as, room_for
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.kernel.senders import follow_replays, note_signal, take_reports

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_REPLAY_NS: Final = 5 * NS_PER_S
_VIOLATIONS_S: Final = 60.0
_SIGNAL_S: Final = 60.0
_JUMP: Final = 0.9
_MOVED_M: Final = 1.0


def take(state: CheckState, heard: Reports, tick_ns: int) -> CheckState:
    """Follow every sender through what was heard since the last step."""
    passed_s = min((tick_ns - state.tick_ns) / NS_PER_S, 600.0)
    names, code = known_as(state.names, heard.claims)
    n = len(state.senders)
    senders = room_for(
        state.senders.widened(max(state.sensors, default=-1) + 1), len(names.codes) - len(state.names.codes)
    )
    senders.violations *= np.exp(-passed_s / _VIOLATIONS_S)
    senders.signal *= np.exp(-passed_s / _SIGNAL_S)
    report = reports.in_frame(heard, state.origin)
    strand = names.strand.copy()
    before = senders.violations.copy()
    last = senders.place.copy()
    row, used = take_reports(
        code, heard.valid_ns, report, heard.limit, strand, n, senders.first_ns, senders.count,
        senders.ring_ns, senders.ring, senders.violations,
    )  # fmt: skip
    names = Names(names.codes, names.claims, strand)
    mine = row >= 0
    i = row[mine]
    senders.code[i] = code[mine]
    senders.nac_p[i] = heard.nac_p[mine]
    np.fmax.at(senders.best_nac_p, i, heard.nac_p[mine])
    senders.airborne[i] = heard.airborne[mine]
    went = mine & (heard.track_id > 0)
    senders.track[row[went]], senders.track_ns[row[went]] = heard.track_id[went], tick_ns
    senders.jumped_ns[senders.violations - before > _JUMP] = tick_ns
    _hear_signals(state, senders, heard, report, row)
    keys, told_ns = _room_to_remember(state, len(heard))
    moved = np.hypot(*(report[:, k] - np.where(mine, last[row, k], np.nan) for k in (0, 1))) > _MOVED_M
    follow_replays(
        row, reports.exact_keys(heard.place), heard.valid_ns, moved, keys, told_ns, senders.run,
        senders.shift_ns, _REPLAY_NS,
    )  # fmt: skip
    senders = senders.take(np.arange(used))
    names, over = context.follow_jumps(senders, names, tick_ns)
    if over.any():
        senders, names = forget(senders, names, ~over)
    plots = np.concatenate((state.plots, heard.plots))
    spoke = dict(state.spoke_ns)
    for s in np.unique(heard.plots["sensor"]).tolist():
        spoke[s] = tick_ns
    return replace(
        state, pending=(), senders=senders, names=names, told_keys=keys, told_ns=told_ns, spoke_ns=spoke,
        plots=plots[plots["ns"] > tick_ns - looks.HELD_NS],
    )  # fmt: skip


def _hear_signals(state: CheckState, senders: Senders, heard: Reports, report: Array, row: Ints) -> None:
    """Note the levels at which receivers whose place is known heard each sender. In place."""
    away = np.full(len(row), np.nan)
    loud = ~np.isnan(heard.signal_dbm)
    for s in np.unique(heard.receiver[loud]).tolist():
        card = state.sensors.get(s)
        if card is None or card.lat_deg is None or card.lon_deg is None:
            continue
        at = enu_from_geodetic(
            state.origin, np.array([card.lat_deg]), np.array([card.lon_deg]), np.array([card.alt_m or 0.0])
        )[0]
        mine = heard.receiver == s
        up = np.where(np.isnan(report[mine, 2]), at[2], report[mine, 2])
        away[mine] = np.sqrt(
            (report[mine, 0] - at[0]) ** 2 + (report[mine, 1] - at[1]) ** 2 + (up - at[2]) ** 2
        )
    note_signal(row, heard.receiver, away, heard.signal_dbm, senders.receiver, senders.signal)


def _room_to_remember(state: CheckState, reports_a_second: int) -> tuple[NDArray[np.uint64], Ints]:
    """The tables of told places, in arrays of their own, larger where more is told."""
    wanted = 600 * reports_a_second
    size = len(state.told_keys)
    if wanted <= size or size >= 1 << TABLE_BITS[1]:
        return state.told_keys.copy(), state.told_ns.copy()
    larger = min(1 << max(wanted - 1, 1).bit_length(), 1 << TABLE_BITS[1])
    keys, told_ns = np.zeros(larger, np.uint64), np.zeros(larger, np.int64)
    old = np.flatnonzero(state.told_ns)
    at = state.told_keys[old] & np.uint64(larger - 1)
    keys[at], told_ns[at] = state.told_keys[old], state.told_ns[old]
    return keys, told_ns
