"""One step of identification: claims to tracks, then class, authorisation and reasons."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.classes import Authorisation
from vedette.core.identity import Identity
from vedette.core.leave import plain
from vedette.core.picture import UNKNOWN_CLASS, TrackStatus
from vedette.core.sensor import COOPERATIVE, Sensor
from vedette.core.surface import Surface
from vedette.core.units import NS_PER_S
from vedette.identify import company, direction, evidence, motion, placed, plot_kinds, transponder
from vedette.identify.leaves import Leaves
from vedette.identify.model import Model, builtin
from vedette.identify.register import Register, operator_key, register
from vedette.identify.settings import IdentifySettings
from vedette.identify.state import Dossier, IdentifyState, has_leave, is_unauthorised, newest_ns, with_claim
from vedette.identify.surroundings import ANYWHERE, There, on_a_plane, there
from vedette.identify.told import Told
from vedette.identify.verdict import Look, is_left, judge

Array = NDArray[np.float64]

_NO_VERDICT = (UNKNOWN_CLASS, math.nan, Authorisation.UNKNOWN)
_YOUNG_NS = 4 * NS_PER_S  # after that it has begun where it is
_STAYS_S = 8  # no two drones fly so close so long, unless both are known
_UNSEEN_NS = 8 * NS_PER_S  # more than settled ones wait: who is seen is judged then, not all on one tick


@dataclass(frozen=True, slots=True)
class IdentifyOutput:
    """What the stages after it need.

    rows        those that came in, class and authorisation filled in
    identities  those that changed so that a person would see it
    zones       ids of the zones where an authorised track may be, by track id; empty is everywhere
    unplaced    tracks that nobody measures now, or has not often enough since nobody did, of rows
    """

    rows: NDArray[np.void]
    identities: list[Identity]
    zones: dict[int, list[str]]
    unplaced: frozenset[int] = frozenset()


def init(
    settings: IdentifySettings | None = None,
    model: Model | None = None,
    ground_m: float | None = None,
    leaves: Register | None = None,
    surface: Surface | None = None,
) -> IdentifyState:
    """Nothing known of anything; without a model, with the one that comes with Vedette.

    ground_m  of the surroundings, m above the ellipsoid, where somebody said so
    leaves    who may fly; None: those of the settings
    surface   a map of water and roads; None: there is none
    """
    ground = math.nan if ground_m is None else ground_m
    settings = settings or IdentifySettings()
    known = leaves or register(Leaves(authorised=tuple(settings.authorised)))
    around = on_a_plane(surface) if surface is not None else None
    return IdentifyState(
        settings, known, model or builtin(), {}, motion.init(), ground_m=ground, around=around
    )


def with_leaves(state: IdentifyState, leaves: Register) -> IdentifyState:
    """The same by other leaves: every track is judged anew when it is next told."""
    dossiers = {
        track_id: msgspec.structs.replace(dossier, stale=True) for track_id, dossier in state.dossiers.items()
    }
    return replace(state, register=leaves, dossiers=dossiers)


def with_ground(state: IdentifyState, ground_m: float) -> IdentifyState:
    """With the height of the lowest sensor, m above the ellipsoid: heights are told the model above it."""
    return replace(state, moves=replace(state.moves, ground_m=ground_m))


def with_sensor(state: IdentifyState, sensor: Sensor) -> IdentifyState:
    """With one more sensor, or more known of one."""
    if sensor.modality == "rf":
        lat_deg, lon_deg = sensor.lat_deg, sensor.lon_deg
        place = (math.nan, math.nan) if lat_deg is None or lon_deg is None else (lat_deg, lon_deg)
        return replace(state, finders={**state.finders, sensor.index: (*place, sensor.range_max_m)})
    if sensor.modality in ("camera", "acoustic"):
        return replace(state, pointers=tuple(sorted({*state.pointers, sensor.index})))
    if sensor.modality in COOPERATIVE:
        return replace(state, reporters=tuple(sorted({*state.reporters, sensor.index})))
    return state


def step(
    state: IdentifyState,
    rows: NDArray[np.void],
    class_p: Array,
    hits: list[tuple[int, int, Claim]],
    plots: NDArray[np.int64],
    sensors: dict[int, str],
    tick_ns: int,
    told: dict[int, Told] | None = None,
) -> tuple[IdentifyState, IdentifyOutput]:
    """Take what the tracker gave and say what each track is.

    A track is judged about once a second while it is seen, every eight while it is not, and at
    once when somebody says something new of it.

    rows     (n,) of TRACK that changed
    class_p  (n, N_CLASSES) what the sensors said of class
    hits     (track id, heard_ns, claim) of plots that surely went to a track
    plots    (n, s) plots that each row's track has of each sensor
    sensors  sensor ids by index
    told     what the check of claims found, by track id; None where nothing new
    """
    checked = state.told if told is None else told
    dossiers = dict(state.dossiers)
    spoken = {**state.spoken, **_speakers(hits, state.register)} if hits else state.spoken
    state = replace(state, spoken=spoken, told=checked)
    for track_id, heard_ns, claim in hits:
        dossiers[track_id] = with_claim(dossiers.get(track_id), heard_ns, claim)
    ids = rows["track_id"].tolist()
    known = [dossiers.get(track_id) for track_id in ids]
    directions, seen = plot_kinds.by_kind(state.finders, state.reporters, plots)
    if tick_ns % NS_PER_S == 0:
        _note_company(dossiers, known, rows)
        _note_senders(state, dossiers, known, rows, plots, seen, tick_ns)
    out = rows.copy()
    identities: list[Identity] = []
    second = tick_ns // NS_PER_S
    measured = plot_kinds.measured(state.finders, state.pointers, plots)
    crossed = plot_kinds.crossed(state.finders, plots, plot_kinds.CROSSES)
    moves = motion.step(state.moves, rows, measured)
    measured_ns = motion.measured_ns(moves, ids)
    if tick_ns % NS_PER_S == 0:
        far = placed.astray(rows, measured_ns, tick_ns)
        _note_lost(dossiers, known, ids, far, measured + crossed, tick_ns)
    due = _due(state, known, rows, tick_ns)
    neighbours = _neighbours(known, rows, due)
    said = _said(known, class_p, due, measured + crossed)
    moved = evidence.told(state.model, moves, [ids[i] for i in due], said)
    around = _around(state, known, rows[due], due, tick_ns)
    silent = transponder.silent(known, rows, due, tick_ns)
    within = _within(state, rows[due])
    looked = zip(due, said, moved, neighbours, around, silent, within, strict=True)
    for i, words, moved_so, beside, where, mute, hearable in looked:
        track_id, dossier = ids[i], known[i] or Dossier(since_ns=int(out["time_ns"][i]))
        before = dossier.last
        placing = placed.looked(dossier.placing, int(crossed[i]), int(seen[i]), dossier.own, tick_ns)
        dossier = msgspec.structs.replace(dossier, placing=placing)
        where_ns = int(measured_ns[i])
        is_placed = placed.is_placed(dossier, out[i], where_ns, tick_ns)
        is_beside = placed.is_beside(dossier, out[i], where_ns, tick_ns)
        count = int(measured[i]) + int(crossed[i])
        placing = placed.counted(placing, count, is_placed=is_placed, is_beside=is_beside)
        dossier = msgspec.structs.replace(dossier, placing=placing)
        if is_left(state, dossier, track_id, tick_ns):
            dossier = placed.begun_anew(dossier, count)
        seen_by = [sensors[s] for s in _most_first(plots[i])]
        look = Look(
            out[i], words, moved_so, seen_by, int(plots[i].sum()), int(directions[i]), int(seen[i]),
            is_placed, beside, checked.get(track_id), tick_ns, where, mute, hearable,
        )  # fmt: skip
        dossier = judge(state, dossier, look)
        if dossier.last is not before and dossier.last is not None:
            identities.append(dossier.last)
        known[i] = dossiers[track_id] = dossier
    judged = [dossier for dossier in known if dossier is not None]
    unplaced = frozenset(i for i, dossier in zip(ids, judged, strict=True) if not dossier.placing.well)
    zones = {
        track_id: dossier.permit
        for track_id, dossier in zip(ids, judged, strict=True)
        if dossier.permit is not None
    }
    if judged:
        verdicts = [dossier.verdict or _NO_VERDICT for dossier in judged]
        out["class_index"], out["class_probability"], out["authorisation"] = zip(*verdicts, strict=True)
    ended = set(rows["track_id"][rows["status"] == TrackStatus.ENDED].tolist())
    for track_id in ended:
        dossiers.pop(track_id, None)
    if not ended.isdisjoint(spoken.values()):
        # Who takes off again, or is found again, may be silent for a while as at first.
        spoken = {ident: track_id for ident, track_id in spoken.items() if track_id not in ended}
    if second % 60 == 0:
        # Claims of tracks that were never shown.
        horizon = tick_ns - 120 * NS_PER_S
        dossiers = {k: d for k, d in dossiers.items() if d.last or newest_ns(d) > horizon}
        spoken = {ident: track_id for ident, track_id in spoken.items() if track_id in dossiers}
    moves = motion.without_ended(moves, rows)
    checks = state.checks or told is not None
    after = replace(
        state, spoken=spoken, dossiers=dossiers, moves=moves, tick_ns=tick_ns, told=checked, checks=checks
    )
    return after, IdentifyOutput(out, identities, zones, unplaced)


def _speakers(hits: list[tuple[int, int, Claim]], known: Register) -> dict[str, int]:
    """Which track spoke under which Remote ID, and for which operator where one has leave as such."""
    out = {claim.ident: track_id for track_id, _, claim in hits if claim.scheme == "remote_id"}
    if known.by_registration:
        for track_id, _, claim in hits:
            if claim.operator_id:
                out[operator_key(plain(claim.operator_id))] = track_id
    return out


def _due(
    state: IdentifyState, known: Sequence[Dossier | None], rows: NDArray[np.void], tick_ns: int
) -> list[int]:
    """Which rows are to be judged now; known are their dossiers.

    A whole second brings every track at once: those that were not seen just now can wait.
    """
    heard = (rows["heard_ns"] > state.tick_ns).tolist()
    return [
        i
        for i, (one, seen) in enumerate(zip(known, heard, strict=True))
        if one is None
        or one.verdict is None
        or one.stale
        or tick_ns - one.judged_ns >= (one.patience_ns if seen else _UNSEEN_NS)
    ]


def _note_company(dossiers: dict[int, Dossier], known: list[Dossier | None], rows: NDArray[np.void]) -> None:
    """Count who flew with an unauthorised drone in the last second, in dossiers and in known, those of rows.

    rows are all shown tracks. Company is kept with those who are drones on their own evidence only: birds in
    a flock must not make each other drones.
    """
    drones = np.array([d is not None and d.alone and is_unauthorised(d) for d in known], np.bool_)
    if not drones.any() and not any(d is not None and d.company_s for d in known):
        return
    beside = company.companions(rows, drones).tolist()
    for i, (track_id, drone) in enumerate(zip(rows["track_id"].tolist(), beside, strict=True)):
        dossier = known[i]
        if dossier is None or (drone < 0 and not dossier.company_s):
            continue
        partner = known[drone] if drone >= 0 else None
        other = partner.last if partner is not None else None
        seconds = company.count(dossier.company_s, together=drone >= 0)
        label = other.label if other is not None else dossier.company
        dossiers[track_id] = msgspec.structs.replace(dossier, company_s=seconds, company=label)
    for i, track_id in enumerate(rows["track_id"].tolist()):
        known[i] = dossiers.get(track_id)


def _note_lost(
    dossiers: dict[int, Dossier], known: list[Dossier | None], ids: list[int], far: NDArray[np.bool_],
    counts: NDArray[np.int64], tick_ns: int,
) -> None:  # fmt: skip
    """Note in dossiers and in known, those of rows, who is lost and who is found again, see placed."""
    for i, away in enumerate(far.tolist()):
        before = known[i]
        if before is not None and (away or before.placing.lost is not None):
            after = placed.followed(before, int(counts[i]), tick_ns, far=away)
            known[i] = dossiers[ids[i]] = after


def _within(state: IdentifyState, rows: NDArray[np.void]) -> list[bool]:
    """Which rows (n,) are where a direction finder hears well."""
    if not state.finders:
        return [False] * len(rows)
    places = np.stack((rows["lat_deg"], rows["lon_deg"]), axis=1)
    out: list[bool] = direction.within(np.array([*state.finders.values()]), places).tolist()
    return out


def _note_senders(
    state: IdentifyState, dossiers: dict[int, Dossier], known: list[Dossier | None], rows: NDArray[np.void],
    plots: NDArray[np.int64], seen: NDArray[np.int64], tick_ns: int,
) -> None:  # fmt: skip
    """Note in dossiers and in known, those of rows, what has to do with another that says who it is.

    Whose directions are another's, and who began beside one. rows are all shown tracks.
    """
    heard = np.array([_is_heard(state, one, tick_ns) for one in known], np.bool_)
    speaks = direction.seen_well(seen) & heard
    own = _own(state, rows, plots, speaks).tolist()
    ids = rows["track_id"].tolist()
    nearest = company.nearest(rows, speaks)
    close = company.twins(rows, nearest, np.zeros(len(rows), np.bool_)).tolist()
    stands = [
        (0, 0) if one is None else _stands(one, ids[other] if other >= 0 else 0, tick_ns, close=near)
        for one, other, near in zip(known, nearest.tolist(), close, strict=True)
    ]
    place = {track_id: i for i, track_id in enumerate(ids)}
    was = np.array([one is not None and one.twin for one in known], np.bool_)
    of = np.array([place.get(other, -1) for other, _ in stands], np.int64)
    twin = company.twins(rows, of, was).tolist()
    for i, (track_id, share, (other, since_s), both) in enumerate(zip(ids, own, stands, twin, strict=True)):
        dossier = known[i]
        if dossier is None:
            continue
        before = (dossier.own, dossier.beside, dossier.close_s, dossier.twin)
        if before != (share, other, since_s, both):
            known[i] = dossiers[track_id] = msgspec.structs.replace(
                dossier, own=share, beside=other, close_s=since_s, twin=both
            )


def _own(
    state: IdentifyState, rows: NDArray[np.void], plots: NDArray[np.int64], speaks: NDArray[np.bool_]
) -> Array:
    """Share (n,) of each row's directions that is not another's who speaks."""
    finders = [s for s in state.finders if s < plots.shape[1]]
    if not finders:
        return np.ones(len(rows))
    places = np.stack((rows["lat_deg"], rows["lon_deg"]), axis=1)
    there = np.array([state.finders[s] for s in finders])
    return direction.own(plots[:, finders], there, places, rows["sd_major_m"].astype(np.float64), speaks)


def _stands(dossier: Dossier, other: int, tick_ns: int, *, close: bool) -> tuple[int, int]:
    """The track that a track began beside, or stays by, 0 none; and for how many seconds it has been close.

    It begins where it was first shown just now: a hit or two may have gone to it seconds before. And where
    nobody has measured it often enough since it was last not placed. It stays where it is no drone yet, and
    has been close for long.

    other  the nearest that says who it is, 0 none; close: whether both may be one target
    """
    close_s = dossier.close_s + 1 if close else 0
    begins = tick_ns - dossier.shown_ns < _YOUNG_NS or not dossier.placing.well
    stays = close_s >= _STAYS_S and not dossier.drone
    return (other if other and (begins or stays) else dossier.beside), close_s


def _is_heard(state: IdentifyState, dossier: Dossier | None, tick_ns: int) -> bool:
    """Whether it says by Remote ID who it is, or is only silent for a while and has leave."""
    said = dossier.claims.get("remote_id") if dossier is not None else None
    if said is None:
        return False
    settings = state.settings
    age_s = settings.leave_age_s if has_leave(dossier) else settings.claim_age_s
    return said[0] >= tick_ns - round(max(age_s, settings.claim_age_s) * NS_PER_S)


def _said(
    known: Sequence[Dossier | None], class_p: Array, due: list[int], counts: NDArray[np.int64]
) -> Array:
    """What the sensors have said (k, N_CLASSES) of each row that is to be judged, and who is there now.

    counts  (n,) plots that have placed each row, in all
    """
    placings = [None if (one := known[i]) is None else one.placing for i in due]
    share = np.array([
        1.0 if placing is None else placed.known_again(placing, int(counts[i]))
        for i, placing in zip(due, placings, strict=True)
    ])  # fmt: skip
    return evidence.fading(class_p[due], share) if (share < 1.0).any() else class_p[due]


def _neighbours(known: Sequence[Dossier | None], rows: NDArray[np.void], due: list[int]) -> list[float]:
    """What those about them say of each row that is to be judged, see company.about."""
    odds = np.array([0.0 if one is None else one.odds for one in known])
    said: list[float] = company.about(rows, np.array(due, np.int64), odds).tolist()
    return said


def _around(
    state: IdentifyState,
    known: Sequence[Dossier | None],
    rows: NDArray[np.void],
    due: list[int],
    tick_ns: int,
) -> list[There]:
    """What the surroundings say of each row that is to be judged."""
    if state.around is None or not due:
        return [ANYWHERE] * len(due)
    dossiers = [known[i] for i in due]
    before = np.array([one.road if one is not None else 0.0 for one in dossiers])
    judged_ns = [max(one.judged_ns, one.since_ns) if one is not None else tick_ns for one in dossiers]
    return there(state.around, rows, before, (tick_ns - np.array(judged_ns)) / NS_PER_S)


def _most_first(plots: NDArray[np.int64]) -> list[int]:
    """Indices of the sensors that have plots, most plots first."""
    return sorted(np.flatnonzero(plots).tolist(), key=lambda s: (-plots[s], s))
