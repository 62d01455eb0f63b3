"""What is to be known of the claims that went to one track."""

from dataclasses import dataclass

from vedette.core.identity import ClaimDoubt, Evidence


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be known of one track's claims: a doubt each, what the track rests on, and remarks."""

    doubts: tuple[ClaimDoubt, ...] = ()
    evidence: Evidence = ""
    remarks: tuple[str, ...] = ()
