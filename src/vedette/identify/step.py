"""One step of identification: claims to tracks, then class, authorisation and reasons."""

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES, UAS, Authorisation
from vedette.core.identity import Identity
from vedette.core.picture import UNKNOWN_CLASS, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.identify import believed, company, evidence, motion
from vedette.identify.classify import by_claim
from vedette.identify.evidence import Moved
from vedette.identify.model import Model, builtin
from vedette.identify.settings import Authorised, IdentifySettings, holds
from vedette.identify.told import Told

Array = NDArray[np.float64]

_UAS = np.array([CLASSES.index(c) for c in UAS])
_SEEN_AGAIN_NS = 800_000_000
_SETTLED_NS = 6 * NS_PER_S
_WORDED_NS = 10 * NS_PER_S  # what is said of a motion holds so long: to find it costs more than to judge
_UNSEEN_NS = 8 * NS_PER_S  # more than settled ones wait: who is seen is judged then, not all on one tick
_VISIBLE = 0.05  # a change of a class probability that a person is told of
_MANNED = ("aeroplane", "helicopter", "glider", "balloon")


class Dossier(msgspec.Struct, frozen=True):
    """What is remembered of one track.

    claims   by scheme, with the time it was last heard
    verdict  class index, its probability, authorisation, as last judged at judged_ns; None when
             something new makes it worth judging again
    alone    whether it counts as a drone without the company that it keeps
    company  label of the unauthorised drone that it flew with for company_s seconds
    moves    words of how it moves, of which class, as last found at moves_ns
    """

    since_ns: int
    top_speed_mps: float = 0.0
    claims: dict[str, tuple[int, Claim]] = {}
    uas_since_ns: int | None = None
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


@dataclass(frozen=True, slots=True)
class IdentifyState:
    """By track id all dossiers, how it has moved, what was told of its checked claims; the last tick.

    model  what class moves how
    """

    settings: IdentifySettings
    model: Model
    dossiers: dict[int, Dossier]
    moves: motion.Motion
    tick_ns: int = 0
    told: dict[int, Told] = field(default_factory=dict)


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


def init(settings: IdentifySettings | None = None, model: Model | None = None) -> IdentifyState:
    """Nothing known of anything; without a model, with the one that comes with Vedette."""
    return IdentifyState(settings or IdentifySettings(), model or builtin(), {}, motion.init())


def with_ground(state: IdentifyState, ground_m: float) -> IdentifyState:
    """With the height of the surroundings, m above the ellipsoid, as it is now known."""
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
    for track_id, heard_ns, claim in hits:
        dossiers[track_id] = _told(dossiers.get(track_id), heard_ns, claim)
    if tick_ns % NS_PER_S == 0:
        _note_company(dossiers, rows)
    out = rows.copy()
    identities: list[Identity] = []
    zones: dict[int, list[str]] = {}
    second = tick_ns // NS_PER_S
    ids = rows["track_id"].tolist()
    verdicts: list[tuple[int, float, int]] = []
    moves = motion.step(state.moves, rows)
    due = _due(state, dossiers, rows, tick_ns)
    seen = evidence.told(state.model, moves, [ids[i] for i in due], class_p[due])
    moved = dict(zip(due, seen, strict=True))
    for i, track_id in enumerate(ids):
        dossier = dossiers.get(track_id) or Dossier(since_ns=int(out["time_ns"][i]))
        if i in moved:
            before = dossier.last
            seen_by = [sensors[s] for s in _most_first(plots[i])]
            found = checked.get(track_id)
            dossier = _judge(state, dossier, out[i], class_p[i], moved[i], seen_by, tick_ns, found)
            if dossier.last is not before and dossier.last is not None:
                identities.append(dossier.last)
            dossiers[track_id] = dossier
        verdicts.append(dossier.verdict or (UNKNOWN_CLASS, math.nan, Authorisation.UNKNOWN))
        if dossier.permit is not None:
            zones[track_id] = dossier.permit
    if verdicts:
        out["class_index"], out["class_probability"], out["authorisation"] = zip(*verdicts, strict=True)
    for track_id in rows["track_id"][rows["status"] == TrackStatus.ENDED].tolist():
        dossiers.pop(track_id, None)
    if second % 60 == 0:
        # Claims of tracks that were never shown.
        horizon = tick_ns - 120 * NS_PER_S
        dossiers = {k: d for k, d in dossiers.items() if d.last or _newest(d) > horizon}
    moves = motion.without_ended(moves, rows)
    return IdentifyState(state.settings, state.model, dossiers, moves, tick_ns, checked), IdentifyOutput(
        out, identities, zones
    )


def _due(
    state: IdentifyState, dossiers: dict[int, Dossier], rows: NDArray[np.void], tick_ns: int
) -> list[int]:
    """Which rows are to be judged now.

    A whole second brings every track at once: those that were not seen just now can wait.
    """
    out = []
    for i, (track_id, heard_ns) in enumerate(
        zip(rows["track_id"].tolist(), rows["heard_ns"].tolist(), strict=True)
    ):
        dossier = dossiers.get(track_id)
        if dossier is None or dossier.verdict is None:
            out.append(i)
            continue
        patience_ns = _patience_ns(dossier) if heard_ns > state.tick_ns else _UNSEEN_NS
        if tick_ns - dossier.judged_ns >= patience_ns:
            out.append(i)
    return out


def _patience_ns(dossier: Dossier) -> int:
    """How long the verdict on a track that is seen holds: longer for aircraft that say who they are."""
    if dossier.verdict is None or dossier.verdict[2] != Authorisation.AUTHORISED:
        return _SEEN_AGAIN_NS
    return _SETTLED_NS if CLASSES[dossier.verdict[0]] in _MANNED else _SEEN_AGAIN_NS


def _told(dossier: Dossier | None, heard_ns: int, claim: Claim) -> Dossier:
    """The dossier with one more claim in it."""
    if dossier is None:
        return Dossier(since_ns=heard_ns, claims={claim.scheme: (heard_ns, claim)})
    old = dossier.claims.get(claim.scheme)
    merged = _merge(old, claim)
    fresh = old is None or merged != old[1]
    return msgspec.structs.replace(
        dossier,
        claims={**dossier.claims, claim.scheme: (heard_ns, merged)},
        verdict=None if fresh else dossier.verdict,
    )


def _note_company(dossiers: dict[int, Dossier], rows: NDArray[np.void]) -> None:
    """Count who flew with an unauthorised drone in the last second; rows are all shown tracks."""
    ids = rows["track_id"].tolist()
    known = [dossiers.get(track_id) for track_id in ids]
    drones = np.array([d is not None and _is_stranger(d) for d in known], np.bool_)
    if not drones.any() and not any(d is not None and d.company_s for d in known):
        return
    beside = company.companions(rows, drones).tolist()
    for track_id, dossier, drone in zip(ids, known, beside, strict=True):
        if dossier is None or (drone < 0 and not dossier.company_s):
            continue
        partner = known[drone] if drone >= 0 else None
        other = partner.last if partner is not None else None
        seconds = company.count(dossier.company_s, together=drone >= 0)
        label = other.label if other is not None else dossier.company
        dossiers[track_id] = msgspec.structs.replace(dossier, company_s=seconds, company=label)


def _is_stranger(dossier: Dossier) -> bool:
    """Whether it was last judged an unauthorised drone, on its own evidence.

    Birds in a flock must not make each other drones.
    """
    verdict = dossier.verdict
    return dossier.alone and verdict is not None and verdict[2] == Authorisation.UNAUTHORISED


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
    tick_ns: int,
    told: Told | None = None,
) -> Dossier:
    """The dossier with class, authorisation and reasons judged anew."""
    settings = state.settings
    speed = math.hypot(float(row["v_east_mps"]), float(row["v_north_mps"]))
    sure_speed = speed - 2.0 * float(row["speed_sd_mps"])
    top = max(dossier.top_speed_mps, sure_speed)
    claims = [
        claim for heard, claim in dossier.claims.values()
        if tick_ns - heard <= settings.claim_age_s * NS_PER_S
    ]  # fmt: skip
    against = believed.doubted(told, claims, settings)
    trusted = believed.believed(claims, against)
    p = moved.p
    for claim in trusted:
        p = p * by_claim(claim)
    if trusted:
        p = p / p.sum()
    uas = uas_alone = float(p[_UAS].sum())
    if dossier.company_s:
        p = p.copy()
        p[_UAS] *= math.exp(company.log_odds(dossier.company_s))
        p /= p.sum()
        uas = float(p[_UAS].sum())
    since = dossier.uas_since_ns
    if uas >= settings.uas_from and since is None:
        since = int(row["time_ns"])
    elif uas < settings.uas_below:
        since = None
    found = _authorise(settings, p, dossier.since_ns, since, trusted, tick_ns)
    verdict, why, allowed = believed.verdict(found, told, against, settings)
    best = int(np.argmax(p))
    last = dossier.last
    if last is None or _differs(last, p, verdict, claims, sensors) or believed.differ(last, told):
        heft, heft_p = evidence.size(p, top)
        if best != dossier.moves_of or tick_ns - dossier.moves_ns >= _WORDED_NS:
            words = evidence.words(state.model, moved, best)
            dossier = msgspec.structs.replace(dossier, moves=words, moves_of=best, moves_ns=tick_ns)
        last = Identity(
            track_id=int(row["track_id"]),
            time_ns=int(row["time_ns"]),
            label=_label(claims, int(row["track_id"])),
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
            evidence=believed.evidence(told, claims, settings),
        )
    return msgspec.structs.replace(
        dossier,
        top_speed_mps=top,
        uas_since_ns=since,
        last=last,
        judged_ns=tick_ns,
        verdict=(best, float(p[best]), Authorisation[verdict.upper()]),
        permit=allowed,
        alone=uas_alone >= settings.uas_from,
    )


def _authorise(
    settings: IdentifySettings,
    p: Array,
    since_ns: int,
    uas_since_ns: int | None,
    claims: list[Claim],
    tick_ns: int,
) -> tuple[str, list[str], list[str] | None]:
    """The verdict, why, and where it holds."""
    by_scheme = {claim.scheme: claim for claim in claims}
    best = CLASSES[int(np.argmax(p))]
    address = by_scheme.get("icao24")
    if address is not None and best in _MANNED:
        return "authorised", [f"answers as {address.ident}: a manned aircraft that says who it is"], []
    remote = by_scheme.get("remote_id")
    if remote is not None:
        return _match(settings.authorised, remote.ident, tick_ns)
    settled = uas_since_ns is not None and tick_ns - uas_since_ns >= settings.uas_for_s * NS_PER_S
    if settled and tick_ns - since_ns >= settings.claim_wait_s * NS_PER_S:
        return "unauthorised", ["flies as a drone and does not say who it is: no Remote ID was heard"], None
    return "unknown", [], None


def _match(entries: list[Authorised], serial: str, tick_ns: int) -> tuple[str, list[str], list[str] | None]:
    """What the authorisations that hold now say of a serial number, all of them together."""
    good = [entry for entry in entries if entry.serial == serial and holds(entry, tick_ns)]
    if not good:
        return "unauthorised", [f"Remote ID {serial} holds no authorisation that is valid now"], None
    who = f" of {good[0].operator}" if good[0].operator else ""
    everywhere = any(not entry.zones for entry in good)
    zones = [] if everywhere else list(dict.fromkeys(zone for entry in good for zone in entry.zones))
    return "authorised", [f"Remote ID {serial}{who} holds an authorisation"], zones


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


def _differs(old: Identity | None, p: Array, verdict: str, claims: list[Claim], sensors: list[str]) -> bool:
    """Whether a person would see a difference."""
    if old is None or old.authorisation != verdict or old.sensors != sensors:
        return True
    if [(c.key, c.callsign) for c in old.claims] != [(c.key, c.callsign) for c in claims]:
        return True
    before = np.fromiter(old.classes.values(), np.float64, len(p))
    return bool(np.abs(before - p).max() >= _VISIBLE)
