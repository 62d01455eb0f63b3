"""One step of identification: claims to tracks, then class, authorisation and reasons."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES, UAS, Authorisation
from vedette.core.identity import Identity
from vedette.core.picture import UNKNOWN_CLASS, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.identify import believed, case, company, evidence, leave, motion
from vedette.identify.classify import by_claim
from vedette.identify.evidence import Moved
from vedette.identify.leaves import Leaves, plain
from vedette.identify.model import Model, builtin
from vedette.identify.register import Register, operator_key, register
from vedette.identify.settings import IdentifySettings
from vedette.identify.told import Told

Array = NDArray[np.float64]

_UAS = np.array([CLASSES.index(c) for c in UAS])
_BIRD = CLASSES.index("bird")
_SURFACE = np.array([CLASSES.index(c) for c in ("ground_vehicle", "vessel")])
_AUTHORISATION = {one.name.lower(): one for one in Authorisation}
_NO_VERDICT = (UNKNOWN_CLASS, math.nan, Authorisation.UNKNOWN)
_SEEN_AGAIN_NS = 800_000_000
_SETTLED_NS = 6 * NS_PER_S
_WORDED_NS = 10 * NS_PER_S  # what is said of a motion holds so long: to find it costs more than to judge
_UNSEEN_NS = 8 * NS_PER_S  # more than settled ones wait: who is seen is judged then, not all on one tick
_CHECKED_NS = 4 * NS_PER_S  # after that a claim was checked, or never will be
_STEP_OF_CASE = 0.2
_VISIBLE = 0.05  # a change of a class probability that a person is told of


class Dossier(msgspec.Struct, frozen=True):
    """What is remembered of one track.

    claims   by scheme, with the time it was last heard; claimed_ns: when the first was heard, 0 never
    verdict  class index, its probability, authorisation, as last judged at judged_ns; None when
             something new makes it worth judging again
    case     for a drone, and for the ground, in nats, see `case`; plots: that it had when last judged
    drone    whether it counts as one: the case was made, and nothing has spoken against it since
    alone    whether it would be taken for a drone without the company that it keeps
    company  label of the unauthorised drone that it flew with for company_s seconds
    moves    words of how it moves, of which class, as last found at moves_ns
    out      it has leave, and was out of the volume of it; key: of the reason that was last told
    stale    what it was judged by has changed
    patience_ns  how long the verdict holds while it is seen
    """

    since_ns: int
    top_speed_mps: float = 0.0
    claims: dict[str, tuple[int, Claim]] = {}
    case: float = 0.0
    ground: float = 0.0
    plots: int = 0
    drone: bool = False
    last: Identity | None = None
    judged_ns: int = -NS_PER_S * 3600
    verdict: tuple[int, float, int] | None = None
    permit: list[str] | None = None
    alone: bool = False
    company_s: int = 0
    company: str = ""
    moves: list[str] = []
    moves_of: int = -1
    moves_ns: int = 0
    claimed_ns: int = 0
    out: bool = False
    key: str = ""
    stale: bool = False
    patience_ns: int = 0


class Seen(NamedTuple):
    """What one judgement knows beside the track's own row: plots in all, and birds about."""

    plots: int
    birds: int


@dataclass(frozen=True, slots=True)
class IdentifyState:
    """By track id all dossiers, how it has moved, what was told of its checked claims; the last tick.

    model     what class moves how
    ground_m  of the surroundings, above the ellipsoid; NaN unknown
    register  who may fly where and when
    spoken    by which track each Remote ID was last spoken for, and each operator, see operator_key
    checks    whether anybody checks claims: it has told at least once that it looked
    """

    settings: IdentifySettings
    register: Register
    model: Model
    dossiers: dict[int, Dossier]
    moves: motion.Motion
    tick_ns: int = 0
    told: dict[int, Told] = field(default_factory=dict)
    ground_m: float = math.nan
    checks: bool = False
    spoken: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IdentifyOutput:
    """What the stages after it need.

    rows        those that came in, class and authorisation filled in
    identities  those that changed so that a person would see it
    zones       ids of the zones where an authorised track may be, by track id; empty is everywhere
    """

    rows: NDArray[np.void]
    identities: list[Identity]
    zones: dict[int, list[str]]


def init(
    settings: IdentifySettings | None = None,
    model: Model | None = None,
    ground_m: float | None = None,
    leaves: Register | None = None,
) -> IdentifyState:
    """Nothing known of anything; without a model, with the one that comes with Vedette.

    ground_m  of the surroundings, m above the ellipsoid, where somebody said so
    leaves    who may fly; None: those of the settings
    """
    ground = math.nan if ground_m is None else ground_m
    settings = settings or IdentifySettings()
    known = leaves or register(Leaves(authorised=tuple(settings.authorised)))
    return IdentifyState(settings, known, model or builtin(), {}, motion.init(), ground_m=ground)


def with_leaves(state: IdentifyState, leaves: Register) -> IdentifyState:
    """The same by other leaves: every track is judged anew when it is next told."""
    dossiers = {
        track_id: msgspec.structs.replace(dossier, stale=True) for track_id, dossier in state.dossiers.items()
    }
    return replace(state, register=leaves, dossiers=dossiers)


def with_ground(state: IdentifyState, ground_m: float) -> IdentifyState:
    """With the height of the lowest sensor, m above the ellipsoid: heights are told the model above it."""
    return replace(state, moves=replace(state.moves, ground_m=ground_m))


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
    state = replace(state, spoken=spoken)
    for track_id, heard_ns, claim in hits:
        dossiers[track_id] = _told(dossiers.get(track_id), heard_ns, claim)
    ids = rows["track_id"].tolist()
    known = [dossiers.get(track_id) for track_id in ids]
    if tick_ns % NS_PER_S == 0:
        _note_company(dossiers, known, rows)
    out = rows.copy()
    identities: list[Identity] = []
    second = tick_ns // NS_PER_S
    moves = motion.step(state.moves, rows)
    due = _due(state, known, rows, tick_ns)
    flocks = _flocks(known, rows, due)
    moved = evidence.told(state.model, moves, [ids[i] for i in due], class_p[due])
    for i, moved_so in zip(due, moved, strict=True):
        track_id, dossier = ids[i], known[i] or Dossier(since_ns=int(out["time_ns"][i]))
        before = dossier.last
        seen_by = [sensors[s] for s in _most_first(plots[i])]
        seen = Seen(int(plots[i].sum()), flocks.get(i, 0))
        found = checked.get(track_id)
        dossier = _judge(state, dossier, out[i], class_p[i], moved_so, seen_by, seen, tick_ns, found)
        if dossier.last is not before and dossier.last is not None:
            identities.append(dossier.last)
        known[i] = dossiers[track_id] = dossier
    judged = [dossier for dossier in known if dossier is not None]
    zones = {
        track_id: dossier.permit
        for track_id, dossier in zip(ids, judged, strict=True)
        if dossier.permit is not None
    }
    if judged:
        verdicts = [dossier.verdict or _NO_VERDICT for dossier in judged]
        out["class_index"], out["class_probability"], out["authorisation"] = zip(*verdicts, strict=True)
    for track_id in rows["track_id"][rows["status"] == TrackStatus.ENDED].tolist():
        dossiers.pop(track_id, None)
    if second % 60 == 0:
        # Claims of tracks that were never shown.
        horizon = tick_ns - 120 * NS_PER_S
        dossiers = {k: d for k, d in dossiers.items() if d.last or _newest(d) > horizon}
        spoken = {ident: track_id for ident, track_id in spoken.items() if track_id in dossiers}
    moves = motion.without_ended(moves, rows)
    checks = state.checks or told is not None
    after = replace(
        state, spoken=spoken, dossiers=dossiers, moves=moves, tick_ns=tick_ns, told=checked, checks=checks
    )
    return after, IdentifyOutput(out, identities, zones)


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


def _patience_ns(best: int, verdict: str) -> int:
    """How long a verdict on a track that is seen holds: longer for aircraft that say who they are."""
    return _SETTLED_NS if verdict == "authorised" and CLASSES[best] in leave.MANNED else _SEEN_AGAIN_NS


def _told(dossier: Dossier | None, heard_ns: int, claim: Claim) -> Dossier:
    """The dossier with one more claim in it."""
    if dossier is None:
        return Dossier(since_ns=heard_ns, claims={claim.scheme: (heard_ns, claim)}, claimed_ns=heard_ns)
    old = dossier.claims.get(claim.scheme)
    merged = _merge(old, claim)
    fresh = old is None or merged != old[1]
    return msgspec.structs.replace(
        dossier,
        claims={**dossier.claims, claim.scheme: (heard_ns, merged)},
        verdict=None if fresh else dossier.verdict,
        claimed_ns=dossier.claimed_ns or heard_ns,
    )


def _note_company(dossiers: dict[int, Dossier], known: list[Dossier | None], rows: NDArray[np.void]) -> None:
    """Count who flew with an unauthorised drone in the last second, in dossiers and in known, those of rows.

    rows are all shown tracks. Company is kept with those who are drones on their own evidence only: birds in
    a flock must not make each other drones.
    """
    drones = np.array([d is not None and d.alone and _is_unauthorised(d) for d in known], np.bool_)
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


def _flocks(known: Sequence[Dossier | None], rows: NDArray[np.void], due: list[int]) -> dict[int, int]:
    """How many birds are about those rows that are to be judged and of which a drone's case is begun."""
    which = [i for i in due if (one := known[i]) is not None and one.case > 0.0]
    if not which:
        return {}
    birds = np.array([d is not None and d.verdict is not None and d.verdict[0] == _BIRD for d in known])
    found = company.birds_about(rows, np.array(which), birds)
    return dict(zip(which, found.tolist(), strict=True))


def _is_unauthorised(dossier: Dossier) -> bool:
    """Whether it was last judged to have no leave."""
    return dossier.verdict is not None and dossier.verdict[2] == Authorisation.UNAUTHORISED


def _most_first(plots: NDArray[np.int64]) -> list[int]:
    """Indices of the sensors that have plots, most plots first."""
    return sorted(np.flatnonzero(plots).tolist(), key=lambda s: (-plots[s], s))


def _newest(dossier: Dossier) -> int:
    """When the dossier last heard anything."""
    return max((heard for heard, _ in dossier.claims.values()), default=dossier.since_ns)


def _merge(old: tuple[int, Claim] | None, new: Claim) -> Claim:
    """What the new claim leaves open stays as the same sender last said it."""
    if old is None or old[1].ident != new.ident:
        return new
    return _completed(old[1], new)


@lru_cache(maxsize=65536)
def _completed(old: Claim, new: Claim) -> Claim:
    """The new claim with what it leaves open from the old one."""
    kept = {name: getattr(old, name) for name in Claim.__struct_fields__ if getattr(new, name) is None}
    return msgspec.structs.replace(new, **kept)


def _judge(
    state: IdentifyState,
    dossier: Dossier,
    row: np.void,
    class_p: Array,
    moved: Moved,
    sensors: list[str],
    seen: Seen,
    tick_ns: int,
    told: Told | None = None,
) -> Dossier:
    """The dossier with class, authorisation and reasons judged anew."""
    settings = state.settings
    speed = math.hypot(float(row["v_east_mps"]), float(row["v_north_mps"]))
    sure_speed = speed - 2.0 * float(row["speed_sd_mps"])
    top = max(dossier.top_speed_mps, sure_speed)
    track_id = int(row["track_id"])
    settled = dossier.last is not None and dossier.last.authorisation != "unknown"
    said = dossier.claims.get("remote_id")
    own = settled and said is not None and state.spoken.get(said[1].ident) == track_id
    claims = leave.speaking(settings, dossier.claims, tick_ns, own=own)
    against = believed.doubted(told, claims, settings)
    trusted = believed.believed(claims, against)
    p = moved.p
    for claim in trusted:
        p = p * by_claim(claim)
    alone = p / p.sum()
    # A Remote ID is believed where it says who flies; that a drone flies is for others to show.
    shown = p
    for claim in trusted:
        shown = shown / by_claim(claim) if claim.scheme == "remote_id" else shown
    p = _in_company(alone, dossier.company_s)
    uas = float(p[_UAS].sum())
    made, ground = dossier.case, dossier.ground
    if seen.plots != dossier.plots:
        since_s = (tick_ns - max(dossier.judged_ns, dossier.since_ns)) / NS_PER_S
        over_m = float(row["alt_m"]) - state.ground_m
        sd_m = math.hypot(float(row["alt_sd_m"]), settings.ground_sd_m)
        ground = case.ground(ground, over_m, sd_m, since_s)
        shown = _in_company(shown, dossier.company_s)
        p_air = case.in_the_air(float(shown[_UAS].sum()), float(shown[_SURFACE].sum()), ground)
        odds = company.flock_odds(seen.birds)
        made = case.heard(made, p_air, since_s, settings.sure_from, odds)
    flies = case.in_the_air(uas, float(p[_SURFACE].sum()), ground)
    made_it = made >= settings.sure_from and flies >= settings.uas_from
    drone = flies >= settings.uas_below if dossier.drone else made_it
    found = leave.authorise(
        settings, state.register, p, dossier.since_ns, drone, trusted, state.spoken, row, tick_ns,
        out=dossier.out,
    )  # fmt: skip
    verdict, why, allowed = believed.verdict(found[:3], told, against, settings)
    looked = told is not None and told.evidence != ""
    if verdict == "unauthorised" and not looked and state.checks and _unchecked(dossier, tick_ns):
        verdict, allowed = "unknown", None
        why = ["says who it is; nobody has looked yet whether it is there", *why]
    best = int(np.argmax(p))
    share = round(max(0.0, made) / settings.sure_from, 2)
    last = dossier.last
    seen_otherwise = (
        last is None or found.key != dossier.key or _differs(last, p, verdict, claims, sensors, share)
    )
    if last is None or seen_otherwise or believed.differ(last, told):
        heft, heft_p = evidence.size(p, top)
        if best != dossier.moves_of or tick_ns - dossier.moves_ns >= _WORDED_NS:
            words = evidence.words(state.model, moved, best)
            dossier = msgspec.structs.replace(dossier, moves=words, moves_of=best, moves_ns=tick_ns)
        last = Identity(
            track_id=track_id,
            time_ns=int(row["time_ns"]),
            label=_label(claims, track_id),
            since_ns=dossier.since_ns,
            classes=dict(zip(CLASSES, np.round(p, 4).tolist(), strict=True)),
            authorisation=verdict,
            reasons=[
                *why,
                *_reasons(p, class_p, claims, top),
                *dossier.moves,
                *_company_reason(dossier),
            ],
            claims=claims,
            sensors=sensors,
            size=heft,
            size_p=heft_p,
            doubts=list(told.doubts) if told else [],
            evidence=believed.evidence(told, claims, settings) or (last.evidence if last and claims else ""),
            case=share,
        )
    return msgspec.structs.replace(
        dossier,
        top_speed_mps=top,
        case=made,
        ground=ground,
        plots=seen.plots,
        drone=drone,
        last=last,
        judged_ns=tick_ns,
        verdict=(best, float(p[best]), _AUTHORISATION[verdict]),
        patience_ns=_patience_ns(best, verdict),
        permit=allowed,
        alone=float(alone[_UAS].sum()) >= settings.uas_from,
        out=found.out,
        key=found.key,
        stale=False,
    )


def _in_company(p: Array, company_s: int) -> Array:
    """Class probabilities with what the company that it keeps says; p up to a factor."""
    out: Array = p.copy()
    out[_UAS] *= math.exp(company.log_odds(company_s))
    out /= out.sum()
    return out


def _unchecked(dossier: Dossier, tick_ns: int) -> bool:
    """Whether a track says who it is, and the check of claims has not come to it yet.

    Until then nobody knows whether it is one of many that a single transmitter makes up. Leave that it has,
    and what was known of it before it spoke, stay.
    """
    before = dossier.last.authorisation if dossier.last is not None else "unknown"
    young = tick_ns - dossier.claimed_ns < _CHECKED_NS
    return young and before == "unknown" and "remote_id" in dossier.claims


def _reasons(p: Array, class_p: Array, claims: list[Claim], top_mps: float) -> list[str]:
    """What spoke for the class, in words."""
    best = int(np.argmax(p))
    name = CLASSES[best].replace("_", " ")
    out = [f"{name}, {100 * float(p[best]):.0f} %"]
    if int(np.argmax(class_p)) == best and class_p[best] > 0.5:
        out.append(f"sensors report a {name} ({100 * float(class_p[best]):.0f} % on their word alone)")
    for claim in claims:
        said = {"remote_id": "Remote ID", "icao24": "transponder", "mode_3a": "transponder code"}.get(
            claim.scheme
        )
        if said:
            out.append(
                f"{said} says {claim.callsign or claim.ident}"
                + (f", {claim.category}" if claim.category else "")
            )
    if top_mps > 1.0:
        out.append(f"has flown at {top_mps:.0f} m/s at least")
    return out


def _company_reason(dossier: Dossier) -> list[str]:
    """With whom it flies, where that counts."""
    if dossier.company_s < 3:
        return []
    return [
        f"has kept station with {dossier.company}, an unauthorised drone, for {dossier.company_s} s or more"
    ]


def _label(claims: list[Claim], track_id: int) -> str:
    """What people call it."""
    order = {"icao24": 0, "remote_id": 1, "system_track": 2, "mode_3a": 3}
    for claim in sorted(claims, key=lambda c: order.get(c.scheme, 9)):
        if claim.callsign:
            return claim.callsign
        if claim.scheme in ("icao24", "remote_id"):
            return claim.ident
        if claim.scheme == "mode_3a":
            return f"A{claim.ident}"
    return f"T{track_id}"


def _differs(
    old: Identity, p: Array, verdict: str, claims: list[Claim], sensors: list[str], share: float
) -> bool:
    """Whether a person would see a difference."""
    if abs(old.case - share) >= _STEP_OF_CASE or (share == 1.0) != (old.case == 1.0):
        return True
    if old.authorisation != verdict or old.sensors != sensors:
        return True
    if [(c.key, c.callsign) for c in old.claims] != [(c.key, c.callsign) for c in claims]:
        return True
    before = np.fromiter(old.classes.values(), np.float64, len(p))
    return bool(np.abs(before - p).max() >= _VISIBLE)
