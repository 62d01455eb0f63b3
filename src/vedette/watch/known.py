"""What is kept of a track beside where it is: who it is thought to be, and what it says of itself."""

import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES, N_CLASSES
from vedette.core.identity import Identity

_packed = struct.Struct(f"={N_CLASSES}d").pack
_NOT_KNOWN = _packed(*(math.nan,) * N_CLASSES)


@dataclass(frozen=True, slots=True)
class Known:
    """One track as it was last identified.

    classes       N_CLASSES probabilities as bytes of float64, NaN where nothing was said
    claimed_only  nothing but its own word speaks for it
    case          how far the case is made that it is an unmanned aircraft, 0 to 1
    doubt         how likely the most doubted of its claims is false; 0 where none was checked
    """

    label: str
    since_ns: int
    reasons: tuple[str, ...]
    classes: bytes
    claimed_only: bool = False
    doubt: float = 0.0
    case: float = 0.0


@dataclass(frozen=True, slots=True)
class Said:
    """What a transponder said: its address, since and until when, how often, its code and the one before it.

    changed_ns  when the code changed; None never
    """

    address: str
    first_ns: int
    heard_ns: int
    times: int = 1
    squawk: str | None = None
    before: str | None = None
    changed_ns: int | None = None
    emergency: str | None = None


def identified(known: dict[int, Known], identities: Iterable[Identity]) -> dict[int, Known]:
    """What is known, with what was identified now."""
    new = {
        one.track_id: Known(
            one.label,
            one.since_ns,
            tuple(one.reasons[:3]),
            _packed(*(one.classes.get(name, 0.0) for name in CLASSES)) if one.classes else _NOT_KNOWN,
            one.evidence == "claims-only",
            max((doubt.probability for doubt in one.doubts), default=0.0),
            one.case,
        )
        for one in identities
    }
    return {**known, **new} if new else known


def heard(said: dict[int, Said], hits: Iterable[tuple[int, int, Claim]]) -> dict[int, Said]:
    """What transponders said, with what was heard now: (track id, heard_ns, claim)."""
    out = said
    for track_id, heard_ns, claim in hits:
        if claim.scheme != "icao24":
            continue
        if out is said:
            out = dict(said)
        out[track_id] = _one(out.get(track_id), heard_ns, claim)
    return out


def _one(old: Said | None, heard_ns: int, claim: Claim) -> Said:
    if old is None or old.address != claim.ident:
        squawk, emergency = claim.squawk, claim.emergency
        return Said(claim.ident, heard_ns, heard_ns, squawk=squawk, emergency=emergency)
    squawk = claim.squawk or old.squawk
    changed = old.squawk is not None and squawk != old.squawk
    return Said(
        old.address,
        old.first_ns,
        max(old.heard_ns, heard_ns),
        old.times + 1,
        squawk,
        old.squawk if changed else old.before,
        heard_ns if changed else old.changed_ns,
        claim.emergency or old.emergency,
    )


def claimed_only(known: Mapping[int, Known], ids: Iterable[int]) -> NDArray[np.bool_]:
    """Which tracks (n,) rest on nothing but their own word."""
    each = [(one := known.get(track_id)) is not None and one.claimed_only for track_id in ids]
    return np.array(each, np.bool_)


def class_table(known: Mapping[int, Known], ids: Iterable[int]) -> NDArray[np.float64]:
    """Class probabilities (n, N_CLASSES) of tracks; NaN where nothing is known."""
    rows = [one.classes if (one := known.get(track_id)) is not None else _NOT_KNOWN for track_id in ids]
    return np.frombuffer(b"".join(rows), np.float64).reshape(len(rows), N_CLASSES)
