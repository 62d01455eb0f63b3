"""Whether a track may be where it is, by what speaks for it."""

import math
from collections.abc import Container, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES
from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.identify.leaves import holds, span_ns
from vedette.identify.register import Beyond, Register, distance_m, is_beyond
from vedette.identify.settings import IdentifySettings

Array = NDArray[np.float64]

MANNED = ("aeroplane", "helicopter", "glider", "balloon")
_NOT_MEASURED_M: Final = 50_000.0


class Whereabouts(NamedTuple):
    """Where a track is.

    lat_deg, lon_deg, alt_m  alt_m above the ellipsoid, NaN unknown
    sd_m, alt_sd_m           1 sigma along the longer axis, and of the height; NaN unknown
    seen                     not predicted only, nor in one direction
    out                      was out of what its leave is for when it was last judged
    """

    lat_deg: float
    lon_deg: float
    alt_m: float
    sd_m: float
    alt_sd_m: float
    seen: bool = True
    out: bool = False


class Found(NamedTuple):
    """A verdict.

    name   of the authorisation
    why    in words
    zones  where it may be: empty is everywhere; None where it has no leave
    key    what of the reason a person should be told again when it changes
    out    it has leave, and is out of the volume of it
    """

    name: str
    why: list[str]
    zones: list[str] | None = None
    key: str = ""
    out: bool = False


def whereabouts(row: np.void, out: bool, *, placed: bool = True) -> Whereabouts:
    """Of one row of TRACK; out as in Whereabouts, placed as in authorise."""
    return Whereabouts(
        float(row["lat_deg"]), float(row["lon_deg"]), float(row["alt_m"]), float(row["sd_major_m"]),
        float(row["alt_sd_m"]), placed and bool(row["status"] == TrackStatus.CONFIRMED), out,
    )  # fmt: skip


def speaking(
    settings: IdentifySettings, claims: Mapping[str, tuple[int, Claim]], tick_ns: int, *, own: bool
) -> list[Claim]:
    """The claims that still speak for a track.

    A drone may fly behind something for its receiver and not for a radar: it remains who it was for longer,
    as long as nobody else speaks under its name.

    claims  by scheme, with the time each was last heard
    own     its Remote ID has settled whether it may be there, and nobody has spoken under it since
    """
    out = []
    for heard, claim in claims.values():
        long = own and claim.scheme == "remote_id"
        lasts_s = settings.leave_age_s if long else settings.claim_age_s
        if tick_ns - heard <= lasts_s * NS_PER_S:
            out.append(claim)
    return out


def authorise(
    settings: IdentifySettings,
    register: Register,
    p: Array,
    since_ns: int,
    drone: bool,
    claims: Sequence[Claim],
    heard: Container[str],
    row: np.void,
    tick_ns: int,
    *,
    began: Whereabouts | None = None,
    out: bool = False,
    placed: bool = True,
    adrift: bool = False,
    vanished: bool = False,
) -> Found:
    """The verdict, why, and where it holds.

    heard  Remote IDs that tracks speak under, and their operators, of those that are where they say
    row    of TRACK
    began  where the track was when it was first judged; None unknown
    out    it was out of the volume of its leave when it was last judged
    placed somebody measured lately where it is, or it was held for one without leave before
    adrift it began beside one that says who it is, and whose satellite navigation is disturbed
    vanished  it began beside one that said who it is, and is neither heard nor seen any more
    """
    by_scheme = {claim.scheme: claim for claim in claims}
    best = CLASSES[int(np.argmax(p))]
    address = by_scheme.get("icao24")
    if address is not None and best in MANNED:
        return _manned(register, address, tick_ns)
    remote = by_scheme.get("remote_id")
    if remote is not None:
        return _match(register, remote, whereabouts(row, out, placed=placed), settings.out_sigma, tick_ns)
    age_s = (tick_ns - since_ns) / NS_PER_S
    if not drone or age_s < settings.claim_wait_s:
        return Found("unknown", [])
    if adrift:
        why = "began beside a drone that says who it is and may have drifted: may be that one"
        return Found("unknown", [why], key="adrift")
    places = [there for there in (began, whereabouts(row, out=False)) if there is not None]
    expected = _expected(settings, register, heard, places, age_s, tick_ns, vanished=vanished)
    if expected is not None:
        why = f"may be {expected}, who has leave now and was not heard yet"
        return Found("unknown", [why], key=f"expected {expected}")
    if not placed:
        why = "nobody measures now where it is: it is seen or heard in one direction"
        return Found("unknown", [why], key="unplaced")
    return Found("unauthorised", ["flies as a drone and does not say who it is: no Remote ID was heard"])


def _manned(register: Register, address: Claim, tick_ns: int) -> Found:
    """A manned aircraft that says who it is may be anywhere; a flight plan tells what for."""
    why = f"answers as {address.ident}: a manned aircraft that says who it is"
    if not register.flights:
        return Found("authorised", [why], [])
    plan = register.flight(address, tick_ns)
    if plan is not None:
        whose = f" of {plan.operator}" if plan.operator else ""
        number = f" {plan.reference}" if plan.reference else ""
        name = plan.callsign or address.callsign or address.ident
        words = f"flight plan{number}{whose} for {name}"
        return Found("authorised", [words, why], [], key=words)
    other = register.other_address(address, tick_ns)
    if other is not None:
        remark = f"the flight plan for {other.callsign} names another address, {other.icao24}"
        return Found("authorised", [why, remark], [], key=remark)
    return Found("authorised", [why], [])


def _expected(
    settings: IdentifySettings,
    register: Register,
    heard: Container[str],
    places: Sequence[Whereabouts],
    age_s: float,
    tick_ns: int,
    *,
    vanished: bool,
) -> str | None:
    """Somebody who has leave here and now, is not heard, and may take so long; None where there is nobody.

    places    where the track is, and where it began: who flies in a volume takes off in it
    vanished  as in authorise: then it may be that one, for as long as leave lasts that is not heard of
    """
    planned_s = settings.leave_age_s if vanished else settings.planned_wait_s
    if age_s >= max(settings.expected_wait_s, planned_s):
        return None
    for i, entry in enumerate(register.leaves.authorised):
        wait_s = settings.expected_wait_s if entry.area is None else planned_s
        if age_s >= wait_s or not holds(entry, tick_ns) or register.heard(i, heard):
            continue
        if all(_may_be_in(register, i, there, settings.out_sigma) for there in places):
            return entry.operator or entry.serial or entry.registration
    return None


def _may_be_in(register: Register, entry: int, there: Whereabouts, sigma: float) -> bool:
    """Whether a place may be in the volume of an authorisation."""
    beyond = _beyond(register, entry, there)
    return beyond is None or not is_beyond(beyond, there.sd_m, there.alt_sd_m, sigma)


def _match(register: Register, remote: Claim, there: Whereabouts, sigma: float, tick_ns: int) -> Found:
    """What the authorisations say of a Remote ID there, all of them together."""
    entries = register.entries(remote)
    against = register.mismatch(remote)
    also = [against] if against else []
    if not entries:
        whose = _whose(register, remote, [])
        why = f"Remote ID {remote.ident}{whose} holds no authorisation that is valid now"
        return Found("unauthorised", [why, *also], key=against)
    leaves = register.leaves.authorised
    timely = [i for i in entries if holds(leaves[i], tick_ns)]
    if not timely:
        return _out_of_time(register, remote, entries, tick_ns, also)
    beyond = {i: found for i in timely if (found := _beyond(register, i, there)) is not None}
    out = [i for i in beyond if _is_out(beyond[i], there, sigma)]
    good = [i for i in timely if i not in out]
    if not good:
        nearest = min(out, key=lambda i: distance_m(beyond[i]))
        return _out_of_volume(register, remote, nearest, beyond[nearest], there, also)
    everywhere = any(not leaves[i].zones for i in good)
    zones = [] if everywhere else list(dict.fromkeys(zone for i in good for zone in leaves[i].zones))
    number = next((f" ({name})" for i in good if (name := leaves[i].reference)), "")
    why = f"Remote ID {remote.ident}{_whose(register, remote, good)} holds an authorisation{number}"
    return Found("authorised", [why, *also], zones, key=against)


def _whose(register: Register, remote: Claim, entries: Sequence[int]) -> str:
    """Whose drone it is, by its authorisations or by the register; empty where nobody told."""
    told = next((name for i in entries if (name := register.leaves.authorised[i].operator)), "")
    if told:
        return f" of {told}"
    known = register.operator(remote)
    return f" of {known.name or known.registration}" if known is not None else ""


def _beyond(register: Register, entry: int, there: Whereabouts) -> Beyond | None:
    """How far a track is out of an authorisation's volume; None where it has none."""
    return register.beyond(entry, there.lat_deg, there.lon_deg, there.alt_m)


def _is_out(beyond: Beyond, there: Whereabouts, sigma: float) -> bool:
    """Whether a track has left a volume. What has left is back only when it is in, so that none flickers.

    What nobody sees now neither leaves nor comes back.
    """
    if not there.seen:
        return there.out
    return is_beyond(beyond, there.sd_m, there.alt_sd_m, 0.0 if there.out else sigma)


def _out_of_time(
    register: Register, remote: Claim, entries: Sequence[int], tick_ns: int, also: list[str]
) -> Found:
    """Its leave is over, or has not begun: the one that is nearest in time tells."""
    gaps: list[tuple[float, bool, int]] = []
    for i in entries:
        start_ns, end_ns = span_ns(register.leaves.authorised[i])
        if end_ns is not None and end_ns <= tick_ns:
            gaps.append(((tick_ns - end_ns) / NS_PER_S, True, i))
        elif start_ns is not None:
            gaps.append(((start_ns - tick_ns) / NS_PER_S, False, i))
    gap_s, over, nearest = min(gaps)
    how = f"ended {_long(gap_s)} ago" if over else f"begins in {_long(gap_s)}"
    who = f"Remote ID {remote.ident}{_whose(register, remote, [nearest])}"
    why = f"{who} holds no authorisation that is valid now: {_its(register, nearest)} {how}"
    return Found("unauthorised", [why, *also], key=f"{_against_key(also)}{over}{_doublings(gap_s)}")


def _out_of_volume(
    register: Register, remote: Claim, entry: int, beyond: Beyond, there: Whereabouts, also: list[str]
) -> Found:
    """It has left the volume of its leave."""
    parts = []
    if beyond.away_m > 0.0:
        far = beyond.away_m > _NOT_MEASURED_M
        away = f"{beyond.away_m / 1000.0:.0f} km" if far else f"{beyond.away_m:.0f} m"
        parts.append(f"{away} outside{_give_or_take(there.sd_m)}")
    if abs(beyond.high_m) > 0.0:
        side = "above its top" if beyond.high_m > 0.0 else "below its bottom"
        parts.append(f"{abs(beyond.high_m):.0f} m {side}{_give_or_take(there.alt_sd_m)}")
    how = ", ".join(parts) or "was last seen outside"
    who = f"Remote ID {remote.ident}{_whose(register, remote, [entry])}"
    why = f"{who} is out of the volume of {_its(register, entry)}: {how}"
    key = f"{_against_key(also)}out{_doublings(distance_m(beyond))}"
    return Found("unauthorised", [why, *also], key=key, out=True)


def _its(register: Register, entry: int) -> str:
    """An authorisation in words."""
    number = register.leaves.authorised[entry].reference
    return f"its authorisation {number}" if number else "its authorisation"


def _against_key(also: Sequence[str]) -> str:
    """What speaks against a claim, as part of a key."""
    return "".join(f"{one}; " for one in also)


def _give_or_take(sd_m: float) -> str:
    return f" (± {sd_m:.0f} m)" if math.isfinite(sd_m) else ""


def _long(seconds: float) -> str:
    """A length of time in words, rounded down."""
    for size_s, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 2 * size_s:
            return f"{seconds // size_s:.0f} {name}"
    return f"{seconds:.0f} s"


def _doublings(value: float) -> int:
    """How often 1 is doubled up to a value: a figure that changed by less is not told again."""
    return int(math.log2(min(max(value, 1.0), 1e9)))
