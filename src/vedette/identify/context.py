"""What is known of claims beside what sensors see: their company, their doubles, their leave."""

import itertools
import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.units import NS_PER_S
from vedette.identify.judged import Aside
from vedette.identify.leaves import Authorised, holds
from vedette.identify.reach import Reach, away_m, reach
from vedette.identify.register import Register
from vedette.identify.senders import Names, Senders
from vedette.identify.serial import keeps_format
from vedette.kernel.claim_looks import movers_alike

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

ALIVE_NS: Final = 5 * NS_PER_S
_TWICE_FROM: Final = 3  # reports of each
_STEP_NS: Final = 4 * NS_PER_S
_BESIDE_M: Final = 1000.0
_OUTSIDE: Final = math.log(12.0)
_OUT_OF_TIME: Final = math.log(8.0)


def borrowed(
    claim: Claim,
    lat_deg: float,
    lon_deg: float,
    leaves: Sequence[Authorised],
    zones: dict[str, list[Reach]],
    now_ns: int,
) -> float:
    """Log odds that a serial number with leave is borrowed: it is heard where or when it has none.

    0 where the id has no leave at all, or one that holds everywhere now.
    """
    mine = [leave for leave in leaves if leave.serial == claim.ident]
    if not mine:
        return 0.0
    timely = [leave for leave in mine if holds(leave, now_ns)]
    out = 0.0 if timely else _OUT_OF_TIME
    circles: list[Reach] = []
    for leave in timely or mine:
        about = [reach(leave.area)] if leave.area is not None else []
        if not leave.zones and not about:
            return out
        circles += [one for one in about if one is not None]
        circles += [circle for zone in leave.zones if not about for circle in zones.get(zone, [])]
    if circles and all(away_m(lat, lon, lat_deg, lon_deg) > r + _BESIDE_M for lat, lon, r in circles):
        out += _OUTSIDE
    return out


def twice(senders: Senders, names: Names, now_ns: int) -> tuple[Mask, Array, Mask]:
    """Who shares its id with another sender that is heard at the same time, (n,).

    And the log odds that sensors give for that one's place being false, and whether it was there first.
    """
    n = len(senders)
    two, later = np.zeros((2, n), np.bool_)
    rival = np.zeros(n)
    last = senders.last_ns
    alive = (now_ns - last <= ALIVE_NS) & (senders.count >= _TWICE_FROM)
    for rows in names.strand[(names.strand >= 0).sum(axis=1) > 1]:
        mine = [i for i in rows.tolist() if i >= 0 and alive[i]]
        for i in mine:
            others = [
                j for j in mine if j != i and senders.first_ns[j] < last[i] and senders.first_ns[i] < last[j]
            ]
            two[i] = bool(others)
            rival[i] = min((float(senders.odds[j]) for j in others), default=0.0)
            later[i] = any(senders.first_ns[j] < senders.first_ns[i] for j in others)
    return two, rival, later


def follow_jumps(senders: Senders, names: Names, now_ns: int) -> tuple[Names, Mask]:
    """Strands that go on elsewhere: the new one takes over, and has jumped. In place.

    Returns the names without those that are over, and who is, (n,).
    """
    over = np.zeros(len(senders), np.bool_)
    several = np.flatnonzero((names.strand >= 0).sum(axis=1) > 1)
    if not len(several):
        return names, over
    strand = names.strand.copy()
    last = senders.last_ns
    for c in several.tolist():
        rows = sorted((i for i in strand[c].tolist() if i >= 0), key=lambda i: int(senders.first_ns[i]))
        for old, new in itertools.pairwise(rows):
            gone = senders.first_ns[new] >= last[old] and now_ns - last[old] > _STEP_NS
            if not gone or senders.count[new] < _TWICE_FROM - 1:
                continue
            senders.violations[new] += senders.violations[old] + 1.0
            senders.jumped_ns[new] = senders.first_ns[new]
            senders.first_ns[new] = senders.first_ns[old]
            senders.best_nac_p[new] = max(senders.best_nac_p[new], senders.best_nac_p[old])
            senders.quality[new] = max(senders.quality[new], senders.quality[old])
            strand[c][strand[c] == old] = -1
            over[old] = True
    return Names(names.codes, names.claims, strand), over


def beside(
    senders: Senders,
    rows: Ints,
    names: Names,
    small: Mask,
    places_deg: Array,
    trust: Array,
    leaves: Register,
    zones: dict[str, list[Reach]],
    now_ns: int,
) -> Aside:
    """All of it, of these senders (k,).

    small       (k,)    who says that it is a drone
    places_deg  (k, 2)  where they say they are, lat and lon
    """
    place = senders.place[rows]
    alike, odds = movers_alike(senders.first_ns[rows], place[:, 4], place[:, 5], ~small, senders.odds[rows])
    two, rival, later = twice(senders, names, now_ns)
    claims = [names.claims[c] for c in senders.code[rows].tolist()]
    loans = np.zeros(len(rows))
    others = np.zeros(len(rows), np.bool_)
    for k, claim in enumerate(claims):
        mine = leaves.by_serial.get(claim.ident)
        if mine is not None:
            lat, lon = places_deg[k].tolist()
            own = [leaves.leaves.authorised[i] for i in mine]
            loans[k] = borrowed(claim, lat, lon, own, zones, now_ns)
        others[k] = bool(claim.operator_id) and bool(leaves.mismatch(claim))
    bad = np.array([c.id_kind == "serial" and not keeps_format(c.ident) for c in claims], np.bool_)
    return Aside(trust, alike, odds, two[rows], rival[rows], later[rows], bad, loans, others)
