"""Identity: what a track is thought to be, whether it may be there, and why."""

from typing import Literal

from msgspec import Struct

from vedette.core.claim import Claim

Size = Literal["small", "large"]
Evidence = Literal["", "claims-only", "seen-only", "both"]


class ClaimDoubt(Struct, frozen=True, omit_defaults=True):
    """How far one claim is doubted.

    key          Claim.key of the claim
    probability  that it is false: that nobody is where it says, or that it is somebody else
    kinds        of suspicion, by name, the strongest first (docs/claims.md)
    reasons      why, in words, the strongest first; also what speaks for the claim
    """

    key: str
    probability: float
    kinds: list[str] = []
    reasons: list[str] = []


class Identity(Struct, frozen=True, omit_defaults=True):
    """All that is known of one track beside where it is.

    label          what people call it: a callsign, a serial number, else "T123"
    classes        probability by class, sums to 1; empty where nothing is known
    authorisation  "authorised", "unauthorised", "unknown"
    reasons        why, strongest first, in words
    claims         what was said of it, newest first
    size           "small" is below 25 kg, the limit of the European open category (EU 2019/947, article 4);
                   "large" is heavier; None where it is open
    size_p         probability of that
    sensors        ids of the sensors that contributed, since `since_ns`
    doubts         of the claims that were checked
    case           how far the case is made that it is an unmanned aircraft: 0 not at all, 1 it counts as one
    evidence       what it rests on: its own word only, other sensors only, or both; "" where nobody looked
    """

    track_id: int
    time_ns: int
    label: str
    since_ns: int
    classes: dict[str, float] = {}
    authorisation: str = "unknown"
    reasons: list[str] = []
    claims: list[Claim] = []
    sensors: list[str] = []
    doubts: list[ClaimDoubt] = []
    evidence: Evidence = ""
    case: float = 0.0
    size: Size | None = None
    size_p: float | None = None
