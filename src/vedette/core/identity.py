"""Identity: what a track is thought to be, whether it may be there, and why."""

from typing import Literal

from msgspec import Struct

from vedette.core.claim import Claim

Size = Literal["small", "large"]


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
    size: Size | None = None
    size_p: float | None = None
