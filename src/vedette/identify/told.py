"""What is to be known of the claims that went to one track."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from vedette.core.identity import ClaimDoubt, Evidence

DRIFT: Final = "may have drifted rather than flown: satellite navigation is disturbed there"


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be known of one track's claims: a doubt each, what the track rests on, and remarks."""

    doubts: tuple[ClaimDoubt, ...] = ()
    evidence: Evidence = ""
    remarks: tuple[str, ...] = ()

    @property
    def drifts(self) -> bool:
        """Whether its place may have drifted rather than flown."""
        return DRIFT in self.remarks


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who is heard, and is where it says: whose satellite navigation is disturbed may be another track.

    spoken  by which track each name was last spoken for; told: of the checked claims of tracks
    silent  a track that is not heard any more, though it may be there still; 0 none
    """

    spoken: Mapping[str, int]
    told: Mapping[int, Told]
    silent: int = 0

    def __contains__(self, name: object) -> bool:
        track = self.spoken.get(name) if isinstance(name, str) else None
        if track is None or track == self.silent:
            return False
        known = self.told.get(track)
        return known is None or not known.drifts
