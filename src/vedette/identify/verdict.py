"""The verdict on one track: its class, the case for a drone, whether it may be there, and why."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES, UAS, Authorisation
from vedette.core.identity import ClaimDoubt, Identity
from vedette.core.units import NS_PER_S
from vedette.identify import (
    believed,
    case,
    company,
    emission,
    evidence,
    ground,
    leave,
    motion,
    placed,
    surroundings,
    transponder,
)
from vedette.identify.classify import by_claim
from vedette.identify.evidence import Moved, leaning
from vedette.identify.ground import Ground, Height
from vedette.identify.state import Dossier, IdentifyState, has_leave, is_unauthorised
from vedette.identify.surroundings import ANYWHERE, There
from vedette.identify.told import Speakers, Told

Array = NDArray[np.float64]

_UAS = np.array([CLASSES.index(c) for c in UAS])
_BIRD = CLASSES.index("bird")
_LEAST_P = 1e-9
_PRIOR_ODDS = math.log(float(evidence.USED_PRIOR[_UAS].sum()) / float(evidence.USED_PRIOR[_BIRD]))
_SURFACE = np.array([CLASSES.index(c) for c in ("ground_vehicle", "vessel")])
_AUTHORISATION = {one.name.lower(): one for one in Authorisation}
_SEEN_AGAIN_NS = 800_000_000
_NUMBERS = frozenset({"sensor_track", "system_track"})  # of a sensor's own, not of who flies
_TWIN = "began beside a drone that says who it is, and is there still: may be that one, seen twice"
_SETTLED_NS = 6 * NS_PER_S
_WORDED_NS = 10 * NS_PER_S  # what is said of a motion holds so long: to find it costs more than to judge
_CHECKED_NS = 4 * NS_PER_S  # after that a claim was checked, or never will be
_STEADILY_NS = 3 * NS_PER_S  # a moment above the bar makes no drone of what stays below it
_HARDLY_NS = 10 * NS_PER_S
_UNMEASURED_NS = 3 * NS_PER_S
_STEP_OF_CASE = 0.2
_GUESSED_SD_M = 10.0  # of the ground, where the lowest sensor is all that tells of it
_VISIBLE = 0.05  # a change of a class probability that a person is told of


class Look(NamedTuple):
    """What one judgement goes by, beside what is remembered.

    row      of TRACK
    class_p  (N_CLASSES,) what the sensors said of class
    sensors  ids of those that have plots, most first; plots: in all; directions: of
             direction finders; seen: of those that see it whatever it says of itself
    placed   whether somebody measured lately where it is, see motion
    beside   what those about it say, log odds of a drone against a bird
    told     what the check of its claims found; None where it found nothing yet
    there    what the surroundings say
    silent   it answers by no transponder, where somebody hears these
    hearable it is where a direction finder hears well
    """

    row: np.void
    class_p: Array
    moved: Moved
    sensors: list[str]
    plots: int
    directions: int
    seen: int
    placed: bool
    beside: float
    told: Told | None
    tick_ns: int
    there: There = ANYWHERE
    silent: bool = False
    hearable: bool = False


class Weighed(NamedTuple):
    """The evidence of class, weighed.

    p      (N_CLASSES,) class probabilities; alone: of the track alone, without its company, nor heights
    case   for a drone, nats; unlike_ns: when it was last less likely one than it takes
    ground what heights say
    drone  whether it counts as one
    mute   it answers by no transponder, and is low; denies: how far its height denies the ground, nats
    """

    p: Array
    alone: Array
    case: float
    ground: Ground
    unlike_ns: int
    drone: bool
    mute: bool
    denies: float


def judge(state: IdentifyState, dossier: Dossier, look: Look) -> Dossier:
    """The dossier with class, authorisation and reasons judged anew."""
    settings, told, tick_ns = state.settings, look.told, look.tick_ns
    claims = _speaking(state, dossier, look)
    against = believed.doubted(told, claims, settings)
    trusted = believed.believed(claims, against)
    dossier = _listened(dossier, look)
    weighed = _weighed(state, dossier, look, trusted)
    vanished = _vanished(state, dossier.beside, tick_ns)
    speakers = Speakers(state.spoken, state.told, dossier.beside if vanished else 0)
    found = leave.authorise(
        settings, state.register, weighed.p, dossier.since_ns, weighed.drone, trusted, speakers, look.row,
        tick_ns, began=dossier.began, out=dossier.out, placed=_is_placed(dossier, look, trusted),
        adrift=_adrift(state, dossier.beside), vanished=vanished,
    )  # fmt: skip
    verdict, why, allowed = believed.verdict(found[:3], told, against, settings)
    looked = told is not None and told.evidence != ""
    if verdict == "unauthorised" and not looked and _unchecked(state, dossier, look, drone=weighed.drone):
        verdict, allowed = "unknown", None
        why = ["says who it is; nobody has looked yet whether it is there", *why]
    if verdict == "unauthorised" and not weighed.drone and _hardly_heard(state, dossier, against, tick_ns):
        verdict, allowed = "unknown", None
    best = int(np.argmax(weighed.p))
    dossier = msgspec.structs.replace(
        dossier,
        top_speed_mps=max(dossier.top_speed_mps, _surely_mps(look.row)),
        case=weighed.case,
        ground=weighed.ground,
        unlike_ns=weighed.unlike_ns,
        plots=look.plots,
        drone=weighed.drone,
        shown_ns=dossier.shown_ns or tick_ns,
        judged_ns=tick_ns,
        verdict=(best, float(weighed.p[best]), _AUTHORISATION[verdict]),
        patience_ns=_patience_ns(best, verdict),
        permit=allowed,
        alone=float(weighed.alone[_UAS].sum()) >= settings.uas_from,
        out=found.out,
        doubted=_doubted(dossier, told, against),
        stale=False,
        odds=_odds(look.moved.p),
        road=look.there.road,
        began=dossier.began or leave.whereabouts(look.row, out=False),
    )
    last, share = dossier.last, round(max(0.0, weighed.case) / settings.sure_from, 2)
    if (
        last is None
        or found.key != dossier.key
        or _differs(last, weighed.p, verdict, claims, look.sensors, share)
        or believed.differ(last, told)
        or (_TWIN in last.reasons) != dossier.twin
    ):
        dossier = _worded(state, dossier, look, best)
        last = _identity(state, dossier, look, weighed, claims, verdict, why, share)
    return msgspec.structs.replace(dossier, last=last, key=found.key)


def _is_placed(dossier: Dossier, look: Look, trusted: Sequence[Claim]) -> bool:
    """Whether its place counts against it: often enough measured, or held for one without leave before.

    Who says nothing is placed by what sees it, and not by a report of somebody else, or its own half heard.
    """
    speaks = any(claim.scheme not in _NUMBERS for claim in trusted)
    seen = speaks or placed.is_seen(dossier.placing, look.tick_ns)
    return (dossier.placing.well and seen) or is_unauthorised(dossier)


def _doubted(dossier: Dossier, told: Told | None, against: Sequence[ClaimDoubt]) -> str:
    """The key of what it says of itself, where that is doubted; as last checked."""
    said = dossier.claims.get("remote_id")
    if told is None or said is None:
        return dossier.doubted
    return said[1].key if any(doubt.key == said[1].key for doubt in against) else ""


def _adrift(state: IdentifyState, track_id: int) -> bool:
    """Whether what a track says of its place may have drifted: another track may be it."""
    known = state.told.get(track_id)
    return known is not None and known.drifts


def _vanished(state: IdentifyState, track_id: int, tick_ns: int) -> bool:
    """Whether a track with leave is neither heard nor measured now, or has ended: another may be that one."""
    other = state.dossiers.get(track_id)
    if other is None:
        return track_id != 0
    said = other.claims.get("remote_id")
    if said is None or not has_leave(other) or tick_ns - said[0] <= state.settings.claim_age_s * NS_PER_S:
        return False
    return int(motion.measured_ns(state.moves, [track_id])[0]) < tick_ns - _UNMEASURED_NS


def _is_word_of(state: IdentifyState, speaker: int, track_id: int) -> bool:
    """Whether a track that speaks may be the word of another, whose satellite navigation is disturbed."""
    other = state.dossiers.get(speaker)
    return other is not None and other.beside == track_id and _adrift(state, speaker)


def _odds(p: Array) -> float:
    """Log odds of a drone against a bird, without the prior."""
    return math.log(max(float(p[_UAS].sum()), _LEAST_P) / max(float(p[_BIRD]), _LEAST_P)) - _PRIOR_ODDS


def _surely_mps(row: np.void) -> float:
    """How fast it surely is."""
    speed = math.hypot(float(row["v_east_mps"]), float(row["v_north_mps"]))
    return speed - 2.0 * float(row["speed_sd_mps"])


def _speaking(state: IdentifyState, dossier: Dossier, look: Look) -> list[Claim]:
    """The claims that still speak for the track."""
    settled = dossier.last is not None and dossier.last.authorisation != "unknown"
    said = dossier.claims.get("remote_id")
    heard = said is not None and said[1].ident in state.spoken
    own = settled and heard and not _has_gone_on(state, dossier, int(look.row["track_id"]))
    doubted = dossier.doubted if look.told is None else ""
    spoke = leave.speaking(state.settings, dossier.claims, look.tick_ns, own=own)
    return [claim for claim in spoke if claim.key != doubted]


def _has_gone_on(state: IdentifyState, dossier: Dossier, track_id: int) -> bool:
    """Whether its Remote ID was last heard of another track, which is not the same drone seen twice."""
    said = dossier.claims.get("remote_id")
    speaker = state.spoken.get(said[1].ident) if said is not None else None
    if speaker is None or speaker == track_id:
        return False
    twins = dossier.twin and dossier.beside == speaker
    return not twins and not _is_word_of(state, speaker, track_id)


def is_left(state: IdentifyState, dossier: Dossier, track_id: int, tick_ns: int) -> bool:
    """Whether who it was, with leave, is not heard of it any more and has gone on under another track."""
    said = dossier.claims.get("remote_id")
    if said is None or not has_leave(dossier):
        return False
    silent = tick_ns - said[0] > state.settings.claim_age_s * NS_PER_S
    return silent and _has_gone_on(state, dossier, track_id)


def _listened(dossier: Dossier, look: Look) -> Dossier:
    """The dossier with what direction finders have heard of the track since it was last judged."""
    own = dossier.own if look.directions > dossier.directions else 0.0
    heard_s = emission.heard(dossier.heard_s, own, _since_s(dossier, look))
    return msgspec.structs.replace(dossier, heard_s=heard_s, directions=look.directions)


def _since_s(dossier: Dossier, look: Look) -> float:
    """How long ago it was last judged, or began."""
    return (look.tick_ns - max(dossier.judged_ns, dossier.since_ns)) / NS_PER_S


def _weighed(state: IdentifyState, dossier: Dossier, look: Look, trusted: list[Claim]) -> Weighed:
    """Motion and words with the claims that are believed, the company it keeps, and its height."""
    settings = state.settings
    height = _height(state, look.row)
    denies, mute = ground.denies(dossier.ground.mean(height)), look.silent and transponder.is_low(height)
    p = surroundings.weighed(look.moved.p, look.there, denies)
    p = transponder.weighed(p, mute=mute)
    silent_s = (look.tick_ns - dossier.since_ns) / NS_PER_S if look.hearable else 0.0
    p = leaning(p, _UAS, emission.log_odds(dossier.heard_s, look.directions, look.seen, silent_s))
    for claim in trusted:
        p = p * by_claim(claim)
    alone = p / p.sum()
    # A Remote ID is believed where it says who flies; that a drone flies is for others to show.
    shown = p
    for claim in trusted:
        shown = shown / by_claim(claim) if claim.scheme == "remote_id" else shown
    kept = company.log_odds(dossier.company_s) + look.beside
    p = _in_flock(leaning(alone, _UAS, kept), look.beside)
    made, kept_to = dossier.case, dossier.ground
    up = ground.is_up(height)
    if look.plots != dossier.plots:
        since_s = _since_s(dossier, look)
        kept_to = ground.seen(kept_to, height, _surely_mps(look.row), since_s)
        if look.placed and not dossier.twin:
            flies = _flies(leaning(shown, _UAS, kept), kept_to, up=up)
            made = case.heard(made, flies, since_s, settings.sure_from)
    flies = _flies(p, kept_to, up=up)
    unlike_ns = look.tick_ns if flies < settings.uas_from else dossier.unlike_ns
    steadily = look.tick_ns - max(unlike_ns, dossier.since_ns) >= _STEADILY_NS
    made_it = made >= settings.sure_from and flies >= settings.uas_from and steadily
    drone = flies >= settings.uas_below if dossier.drone else made_it
    return Weighed(_grounded(p, kept_to), alone, made, kept_to, unlike_ns, drone, mute, denies)


def _height(state: IdentifyState, row: np.void) -> Height:
    """How high a row of TRACK is over the ground."""
    told = not math.isnan(state.ground_m)
    ground_m = state.ground_m if told else state.moves.ground_m
    flat_m = state.settings.ground_sd_m if told else _GUESSED_SD_M
    return Height(float(row["alt_m"]) - ground_m, float(row["alt_sd_m"]), flat_m)


def _flies(p: Array, kept_to: Ground, *, up: bool) -> float:
    """P(unmanned aircraft) with what heights say in it."""
    return ground.in_the_air(float(p[_UAS].sum()), float(p[_SURFACE].sum()), kept_to.nats, up=up)


def _grounded(p: Array, kept_to: Ground) -> Array:
    """Class probabilities with what heights say between a drone and what drives or floats; no others."""
    drone, surface = float(p[_UAS].sum()), float(p[_SURFACE].sum())
    both = drone + surface
    if kept_to.nats <= 0.0 or drone <= 0.0 or surface <= 0.0:
        return p
    share = ground.in_the_air(drone / both, surface / both, kept_to.nats)
    out: Array = p.copy()
    out[_UAS] *= both * share / drone
    out[_SURFACE] *= both * (1.0 - share) / surface
    return out


def _in_flock(p: Array, beside: float) -> Array:
    """Class probabilities of what flies among birds: no more likely one with a crew than it is a drone."""
    return leaning(p, transponder.CREWED, min(beside, 0.0))


def _patience_ns(best: int, verdict: str) -> int:
    """How long a verdict on a track that is seen holds: longer for aircraft that say who they are."""
    return _SETTLED_NS if verdict == "authorised" and CLASSES[best] in leave.MANNED else _SEEN_AGAIN_NS


def _worded(state: IdentifyState, dossier: Dossier, look: Look, best: int) -> Dossier:
    """The dossier with words of how it moves, found again where the old ones are of another class, or old."""
    if best == dossier.moves_of and look.tick_ns - dossier.moves_ns < _WORDED_NS:
        return dossier
    words = evidence.words(state.model, look.moved, best)
    return msgspec.structs.replace(dossier, moves=words, moves_of=best, moves_ns=look.tick_ns)


def _identity(
    state: IdentifyState, dossier: Dossier, look: Look, weighed: Weighed, claims: list[Claim], verdict: str,
    why: list[str], share: float,
) -> Identity:  # fmt: skip
    """What people are told of the track."""
    last, told, track_id, p = dossier.last, look.told, int(look.row["track_id"]), weighed.p
    heft, heft_p = evidence.size(p, dossier.top_speed_mps)
    return Identity(
        track_id=track_id,
        time_ns=int(look.row["time_ns"]),
        label=_label(claims, track_id),
        since_ns=dossier.since_ns,
        classes=dict(zip(CLASSES, np.round(p, 4).tolist(), strict=True)),
        authorisation=verdict,
        reasons=[
            *why,
            *_reasons(p, look.class_p, claims, dossier.top_speed_mps),
            *dossier.moves,
            *emission.words(dossier.heard_s),
            *transponder.words(p, mute=weighed.mute),
            *surroundings.words(look.there, weighed.denies),
            *_company_reason(dossier),
            *([_TWIN] if dossier.twin else []),
        ],
        claims=claims,
        sensors=look.sensors,
        size=heft,
        size_p=heft_p,
        doubts=list(told.doubts) if told else [],
        evidence=believed.evidence(told, claims, state.settings)
        or (last.evidence if last and claims else ""),
        case=share,
    )


def _unchecked(state: IdentifyState, dossier: Dossier, look: Look, *, drone: bool) -> bool:
    """Whether a track says who it is, and the check of claims has not come to it yet.

    Until then nobody knows whether it is one of many that a single transmitter makes up. Leave that it has,
    and what was known of it before it spoke, stay. A report or two that went to it, of who then speaks from
    another track, are that one's: what they say is never checked here, and makes none of what is no drone.
    """
    said = dossier.claims.get("remote_id")
    before = dossier.last.authorisation if dossier.last is not None else "unknown"
    if said is None or before != "unknown" or not state.checks:
        return False
    if look.told is not None or look.tick_ns - dossier.claimed_ns < _CHECKED_NS:
        return True
    return not drone and state.spoken.get(said[1].ident) != int(look.row["track_id"])


def _hardly_heard(
    state: IdentifyState, dossier: Dossier, against: Sequence[ClaimDoubt], tick_ns: int
) -> bool:
    """Whether it is doubted by a look or two: unsurely, and it has spoken under its Remote ID for seconds."""
    unsure = all(doubt.probability <= state.settings.ghost_from for doubt in against)
    return bool(against) and unsure and tick_ns - dossier.claimed_ns < _HARDLY_NS


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
