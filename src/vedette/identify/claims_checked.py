"""Claims against evidence: what Remote ID and ADS-B say, compared with what everybody else sees.

Once a second every sender is followed, the sensors that should have seen it are asked, and its claim is
judged. The check knows of the tracker only which reports went to which track, and compares claims with
plots, not with tracks: a track may already have been drawn to where the claim says.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.interference import DisturbedCell
from vedette.core.units import NS_PER_S
from vedette.identify import context, interference, reports
from vedette.identify.asking import ask_all
from vedette.identify.check_state import CheckState, Shown, Strands
from vedette.identify.following import take
from vedette.identify.judged import Judged, judge
from vedette.identify.senders import BAD, forget
from vedette.identify.told import Told
from vedette.identify.worded import in_words, rests_on, seen_by_others
from vedette.kernel.geodesy import geodetic_from_enu

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

_AFTER_NS: Final = 3 * NS_PER_S // 10
_SILENT_NS: Final = 120 * NS_PER_S
_FORGET_NS: Final = 30 * NS_PER_S  # how often the silent are forgotten
_MAP_NS: Final = 5 * NS_PER_S
_TELL_MAP_NS: Final = 10 * NS_PER_S
_NEAR_DEG: Final = 300.0 / 111_195.0
_REGAINED_NS: Final = 15 * NS_PER_S  # so long after it was regained a place may still be off
_LOST_FROM: Final = 4  # a category that a sender must have told for its loss to count


@dataclass(frozen=True, slots=True)
class CheckOutput:
    """What a step found.

    told  by track id: what is to be known of the claims that went to it; None where nobody was judged
    map   where satellite navigation is disturbed; None where nothing new is to be told
    """

    told: dict[int, Told] | None = None
    map: list[DisturbedCell] | None = None


def believable(state: CheckState, rows: NDArray[np.void], claims: list[Claim]) -> Mask | None:
    """Which rows (m,) the tracker should have; None: all of them.

    What a doubted sender says is kept from it while something that others see is near: that would be drawn
    away.
    """
    if not state.withheld:
        return None
    out = np.ones(len(rows), np.bool_)
    for j in np.flatnonzero(rows["claim"]).tolist():
        strands = state.withheld.get(claims[int(rows["claim"][j]) - 1].ident)
        if strands is None or np.isnan(rows["lat_deg"][j]):
            continue
        lat, lon = float(rows["lat_deg"][j]), float(rows["lon_deg"][j])
        nearest = min(strands, key=lambda s: (s[0] - lat) ** 2 + (s[1] - lon) ** 2)
        out[j] = not nearest[2]
    return None if out.all() else out


def step(
    state: CheckState,
    rows: NDArray[np.void],
    claims: list[Claim],
    hits: tuple[NDArray[np.uint32], Ints],
    tracks: Shown | None,
    tick_ns: int,
) -> tuple[CheckState, CheckOutput]:
    """Take what was heard in a tick; judge once a second, a little after the tracks were shown.

    All else that comes once a second is done on the whole one, and much on the half: it waits for neither.

    rows    (m,) of OBSERVATION, those that were kept from the tracker too
    hits    track ids (h,) and the rows (h,) that they took
    tracks  all that are shown, on a whole second; None between
    """
    heard = reports.of_tick(rows, claims, *hits)
    if heard is not None:
        state = replace(state, pending=(*state.pending, heard))
    if tracks is not None:
        state = replace(state, shown=tracks)
    if (tick_ns - _AFTER_NS) // NS_PER_S <= (state.tick_ns - _AFTER_NS) // NS_PER_S:
        return state, CheckOutput()
    shown, plots = state.shown
    last_ns = state.tick_ns
    state = take(state, reports.joined(state.pending), tick_ns)
    small = np.array([c.scheme == "remote_id" for c in state.names.claims], np.bool_)[state.senders.code]
    others = seen_by_others(plots, state.sensors)
    places = _places(state)
    state, trust = _trusted(state, small, places, tick_ns)
    flying = seen_by_others(plots, state.sensors, finders=False)
    state = ask_all(state, small, trust, shown[flying], tick_ns)
    everybody = np.arange(len(state.senders))
    state, judged = _judged(state, everybody, small, places, trust, tick_ns)
    cells = state.cells
    state = _map(state, small, places, last_ns, tick_ns)
    placed = seen_by_others(plots, state.sensors, finders=False, one_camera=False)
    seen = np.where(surely_false(state, judged, shown), placed, others)
    told = in_words(state, judged, trust, small, rests_on(shown, seen), tick_ns)
    state = replace(state, told=told, withheld=_withheld(state, places, shown[others]))
    if tick_ns // _FORGET_NS > last_ns // _FORGET_NS:
        senders, names = forget(state.senders, state.names, tick_ns - state.senders.last_ns <= _SILENT_NS)
        state = replace(state, senders=senders, names=names)
    state = replace(state, tick_ns=tick_ns)
    at = state.map_told
    if state.cells is cells and tick_ns - at[0] < _TELL_MAP_NS:
        return state, CheckOutput(told)
    news = interference.told(state.cells)
    if interference.same(news, at[1]) and (tick_ns - at[0] < _TELL_MAP_NS or not news):
        return state, CheckOutput(told)
    return replace(state, map_told=(tick_ns, news)), CheckOutput(told, news)


def surely_false(state: CheckState, judged: Judged, tracks: NDArray[np.void]) -> Mask:
    """Which tracks (n,) of TRACK have a claim that is surely false: directions to them are others'."""
    doubted = state.senders.track[judged.doubt > state.settings.ghost_from]
    out: Mask = np.isin(tracks["track_id"], doubted[doubted > 0])
    return out


def _places(state: CheckState) -> Array:
    """Where every sender says it is, (n, 2) lat deg, lon deg."""
    place = state.senders.place[:, :3].copy()
    place[np.isnan(place[:, 2]), 2] = 0.0
    return geodetic_from_enu(state.origin, place)[:, :2]


def _trusted(state: CheckState, small: Mask, places: Array, tick_ns: int) -> tuple[CheckState, Array]:
    """How far told positions can be trusted to be where their senders are, (n,), and the state that knows."""
    before = state.senders
    quality = interference.qualities(before.nac_p, before.best_nac_p, before.quality, small)
    worse = (quality == BAD) & (before.best_nac_p >= _LOST_FROM)
    lost_ns = np.where(worse, tick_ns, before.lost_ns)
    by_id = np.zeros(len(state.names.claims), np.int64)
    np.maximum.at(by_id, before.code, lost_ns)
    lost_ns = by_id[before.code]  # what is regained may jump, and is another strand then
    lost = (lost_ns > 0) & (tick_ns - lost_ns < _REGAINED_NS)
    state = replace(state, senders=replace(before, quality=quality, lost_ns=lost_ns))
    return state, interference.trust(state.cells, interference.cells_of(places[:, 0], places[:, 1]), lost)


def _judged(
    state: CheckState, rows: Ints, small: Mask, places: Array, trust: Array, tick_ns: int
) -> tuple[CheckState, Judged]:
    """Everybody's claim judged, and the state that knows it."""
    aside = context.beside(
        state.senders,
        rows,
        state.names,
        small,
        places,
        trust,
        state.register,
        state.zones,
        tick_ns,
    )
    judged = judge(state.senders, rows, state.sensors, aside)
    senders = replace(
        state.senders,
        doubt=judged.doubt,
        doubt_place=judged.doubt_place,
        odds=judged.sensors,
    )
    return replace(state, senders=senders), judged


def _map(state: CheckState, small: Mask, places: Array, last_ns: int, tick_ns: int) -> CheckState:
    """The map of interference, brought up to date every few seconds."""
    if tick_ns // _MAP_NS == last_ns // _MAP_NS:
        return state
    senders = state.senders
    doubted = senders.doubt > state.settings.doubt_from
    cells = interference.update(
        state.cells, senders, interference.cells_of(places[:, 0], places[:, 1]), small, doubted, tick_ns
    )
    return replace(state, cells=cells)


def _withheld(state: CheckState, places: Array, others: NDArray[np.void]) -> dict[str, Strands]:
    """Ids with a sender that the tracker should not have, with where all their senders are.

    others  of TRACK, what other sensors see
    """
    senders = state.senders
    doubted = np.flatnonzero(senders.doubt_place > state.settings.doubt_from)
    if not len(doubted) or not len(others):
        return {}
    held = np.zeros(len(senders), np.bool_)
    for i in doubted.tolist():
        lat, lon = places[i].tolist()
        east = (others["lon_deg"] - lon) * np.cos(np.radians(lat))
        held[i] = bool((np.hypot(east, others["lat_deg"] - lat) < _NEAR_DEG).any())
    out: dict[str, Strands] = {}
    for code in dict.fromkeys(senders.code[held].tolist()):
        ident = state.names.claims[code].ident
        mine = [i for i in state.names.strand[code].tolist() if i >= 0]
        out[ident] = [(*places[i].tolist(), bool(held[i])) for i in mine]
    return out
