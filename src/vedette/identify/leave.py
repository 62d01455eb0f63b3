"""Whether a track may be where it is, by what speaks for it."""

from collections.abc import Collection, Mapping

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES
from vedette.core.units import NS_PER_S
from vedette.identify.settings import Authorised, IdentifySettings, holds

Array = NDArray[np.float64]

MANNED = ("aeroplane", "helicopter", "glider", "balloon")


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
    p: Array,
    since_ns: int,
    drone: bool,
    claims: list[Claim],
    heard: Collection[str],
    tick_ns: int,
) -> tuple[str, list[str], list[str] | None]:
    """The verdict, why, and where it holds.

    heard  Remote IDs that tracks speak under
    """
    by_scheme = {claim.scheme: claim for claim in claims}
    best = CLASSES[int(np.argmax(p))]
    address = by_scheme.get("icao24")
    if address is not None and best in MANNED:
        return "authorised", [f"answers as {address.ident}: a manned aircraft that says who it is"], []
    remote = by_scheme.get("remote_id")
    if remote is not None:
        return _match(settings.authorised, remote.ident, tick_ns)
    age_s = (tick_ns - since_ns) / NS_PER_S
    if not drone or age_s < settings.claim_wait_s:
        return "unknown", [], None
    expected = _expected(settings.authorised, heard, tick_ns) if age_s < settings.expected_wait_s else None
    if expected is not None:
        return "unknown", [f"may be {expected}, who has leave now and was not heard yet"], None
    return "unauthorised", ["flies as a drone and does not say who it is: no Remote ID was heard"], None


def _expected(entries: list[Authorised], heard: Collection[str], tick_ns: int) -> str | None:
    """Somebody who has leave now and is not heard; None where there is nobody."""
    for entry in entries:
        if entry.serial not in heard and holds(entry, tick_ns):
            return entry.operator or entry.serial
    return None


def _match(entries: list[Authorised], serial: str, tick_ns: int) -> tuple[str, list[str], list[str] | None]:
    """What the authorisations that hold now say of a serial number, all of them together."""
    good = [entry for entry in entries if entry.serial == serial and holds(entry, tick_ns)]
    if not good:
        return "unauthorised", [f"Remote ID {serial} holds no authorisation that is valid now"], None
    who = f" of {good[0].operator}" if good[0].operator else ""
    everywhere = any(not entry.zones for entry in good)
    zones = [] if everywhere else list(dict.fromkeys(zone for entry in good for zone in entry.zones))
    return "authorised", [f"Remote ID {serial}{who} holds an authorisation"], zones
