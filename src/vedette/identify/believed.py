"""Which claims count for a verdict, and what the doubt about the others makes of it.

A doubted claim gives no leave and says nothing of the class. Where other sensors see the target too, it is
then judged as one that does not say who it is: where its word is surely false, by what they see alone, since
a made-up place may cross a bird or somebody with leave. Where nothing else is seen, somebody transmits and
there may be no flight: unauthorised while that is not sure, unknown once it is, so that forged ids by the
hundred raise no alerts by the hundred. Both are shown with their reasons.
"""

from collections.abc import Sequence
from typing import Final

from vedette.core.claim import Claim
from vedette.core.identity import ClaimDoubt, Evidence, Identity
from vedette.identify.kinds import Kind
from vedette.identify.settings import IdentifySettings
from vedette.identify.told import Told

Verdict = tuple[str, list[str], list[str] | None]

_VISIBLE: Final = 0.1  # a change of a doubt that a person is told of
_ONLY_CLAIMED: Final = "only its own word tells where it is: no other sensor sees it there"
# What is said of where it is, and not of who it is.
_OF_PLACE: Final[frozenset[Kind]] = frozenset(
    ("contradicted-by-radar", "contradicted-by-direction-finder", "no-target", "swarm")
)
_NAMES: Final = {"remote_id": "Remote ID", "icao24": "ADS-B"}


def doubted(told: Told | None, claims: Sequence[Claim], settings: IdentifySettings) -> list[ClaimDoubt]:
    """The doubts that are too strong to go by, of these claims."""
    if told is None:
        return []
    keys = {claim.key for claim in claims}
    return [d for d in told.doubts if d.key in keys and d.probability > settings.doubt_from]


def believed(claims: Sequence[Claim], against: Sequence[ClaimDoubt]) -> list[Claim]:
    """The claims that are not doubted."""
    keys = {doubt.key for doubt in against}
    return [claim for claim in claims if claim.key not in keys]


def verdict(
    found: Verdict, told: Told | None, against: Sequence[ClaimDoubt], settings: IdentifySettings
) -> Verdict:
    """The verdict that the believed claims gave, with the doubt about the others in it."""
    if told is None:
        return found
    name, why, allowed = found
    remarks = [*told.remarks]
    if told.evidence == "claims-only":
        remarks.append(_ONLY_CLAIMED)
    if not against:
        return name, [*why, *remarks], allowed
    worst = max(against, key=lambda doubt: doubt.probability)
    scheme, _, ident = worst.key.partition(":")
    first = f"{_NAMES.get(scheme, scheme)} {ident} is doubted, {100 * worst.probability:.0f} %"
    if worst.reasons:
        first += f": {worst.reasons[0]}"
    surely = worst.probability > settings.ghost_from
    if surely and told.evidence == "claims-only":
        return "unknown", [first, *worst.reasons[1:], *remarks], None
    elsewhere = surely and not _OF_PLACE.isdisjoint(worst.kinds)
    if name != "authorised" and not elsewhere:
        name, allowed = "unauthorised", None
    return name, [first, *worst.reasons[1:], *why, *remarks], allowed


def evidence(told: Told | None, claims: Sequence[Claim], settings: IdentifySettings) -> Evidence:
    """What a track rests on, as far as somebody looked."""
    if told is not None:
        return told.evidence
    return "seen-only" if settings.check_claims and not claims else ""


def differ(old: Identity, told: Told | None) -> bool:
    """Whether a person would see a difference in the doubts or in what the track rests on."""
    if told is None:
        return False
    if old.evidence != told.evidence or len(old.doubts) != len(told.doubts):
        return True
    return any(
        a.key != b.key or a.kinds[:1] != b.kinds[:1] or abs(a.probability - b.probability) >= _VISIBLE
        for a, b in zip(old.doubts, told.doubts, strict=True)
    )
