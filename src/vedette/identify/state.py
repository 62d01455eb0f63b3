"""What the stage remembers: a dossier of each track, and what is known of who may fly."""

import math
from dataclasses import dataclass, field
from functools import lru_cache

import msgspec

from vedette.core.claim import Claim
from vedette.core.classes import Authorisation
from vedette.core.identity import Identity
from vedette.core.units import NS_PER_S
from vedette.identify import motion
from vedette.identify.ground import Ground
from vedette.identify.leave import Whereabouts
from vedette.identify.model import Model
from vedette.identify.register import Register
from vedette.identify.settings import IdentifySettings
from vedette.identify.surroundings import Surroundings
from vedette.identify.told import Told


class Placing(msgspec.Struct, frozen=True):
    """When something last told where a track is, see `placed`.

    crossed  plots of finders whose lines cross, when last judged; crossed_ns: when they last were its own
    seen     plots of sensors that see it whatever it says of itself; seen_ns: when these last grew
    lost     plots that had placed it when it was lost; None: it is not
    found    the same, of who was found again not long ago; None: it was not
    before   plots that had placed it when it last was not placed; well: whether enough have since, as last
             judged
    """

    crossed: int = 0
    crossed_ns: int = 0
    seen: int = 0
    seen_ns: int = 0
    lost: int | None = None
    found: int | None = None
    before: int = 0
    well: bool = True


class Dossier(msgspec.Struct, frozen=True):
    """What is remembered of one track.

    since_ns when it was first heard of; shown_ns: and first judged, 0 never
    claims   by scheme, with the time it was last heard; claimed_ns: since when it speaks under the Remote ID
             that it speaks under, 0 never
    doubted  key of its Remote ID where that was doubted when last checked: what was not believed while it was
             heard is not remembered as true
    verdict  class index, its probability, authorisation, as last judged at judged_ns; None when
             something new makes it worth judging again
    case     for a drone, nats; ground: what heights have said; plots: that it had when last judged
    unlike_ns  when P(unmanned aircraft) was last below what it takes, 0 never
    drone    whether it counts as one: the case was made, and nothing has spoken against it since
    alone    whether it would be taken for a drone without the company that it keeps
    company  label of the unauthorised drone that it flew with for company_s seconds
    moves    words of how it moves, of which class, as last found at moves_ns
    out      it has leave, and was out of the volume of it; key: of the reason that was last told
    stale    what it was judged by has changed
    patience_ns  how long the verdict holds while it is seen
    began    where it was when it was first judged
    odds     of a drone against a bird by what was seen of it alone, log, without a prior
    directions  plots of direction finders that it had when last judged; heard_s: see emission
    beside   track that said who it is, beside which it began, or stays; 0 none. twin: and as of the last
             whole second it is so near to that one that both may be one target. close_s: seconds on end
             that it has been so near to whichever says who it is
    placing  when something last told where it is
    road     how far it keeps to a road, nats, as last judged
    own      share of these that no other's radio explains, as of the last whole second, see direction
    """

    since_ns: int
    shown_ns: int = 0
    top_speed_mps: float = 0.0
    claims: dict[str, tuple[int, Claim]] = {}
    case: float = 0.0
    ground: Ground = Ground()
    unlike_ns: int = 0
    plots: int = 0
    drone: bool = False
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
    claimed_ns: int = 0
    out: bool = False
    doubted: str = ""
    key: str = ""
    stale: bool = False
    patience_ns: int = 0
    began: Whereabouts | None = None
    odds: float = 0.0
    directions: int = 0
    heard_s: float = 0.0
    beside: int = 0
    twin: bool = False
    close_s: int = 0
    placing: Placing = Placing()
    road: float = 0.0
    own: float = 1.0


@dataclass(frozen=True, slots=True)
class IdentifyState:
    """By track id all dossiers, how it has moved, what was told of its checked claims; the last tick.

    model     what class moves how
    ground_m  of the surroundings, above the ellipsoid; NaN unknown
    around    where is water, and where roads are; None: nobody told
    register  who may fly where and when
    spoken    by which track each Remote ID was last spoken for, and each operator, see operator_key
    finders   by index the direction finders: where each stands, lat deg, lon deg, NaN unknown; range, m
    pointers  indices of cameras and microphones, which tell directions and no distance either
    reporters and of those that only hear what a target says of itself
    checks    whether anybody checks claims: it has told at least once that it looked
    """

    settings: IdentifySettings
    register: Register
    model: Model
    dossiers: dict[int, Dossier]
    moves: motion.Motion
    tick_ns: int = 0
    told: dict[int, Told] = field(default_factory=dict)
    ground_m: float = math.nan
    around: Surroundings | None = None
    checks: bool = False
    spoken: dict[str, int] = field(default_factory=dict)
    finders: dict[int, tuple[float, float, float]] = field(default_factory=dict)
    pointers: tuple[int, ...] = ()
    reporters: tuple[int, ...] = ()


def with_claim(dossier: Dossier | None, heard_ns: int, claim: Claim) -> Dossier:
    """The dossier with one more claim in it."""
    if dossier is None:
        dossier = Dossier(since_ns=heard_ns)
    old = dossier.claims.get(claim.scheme)
    merged = _merge(old, claim)
    other = claim.scheme == "remote_id" and (old is None or old[1].ident != claim.ident)
    fresh = old is None or merged != old[1]
    return msgspec.structs.replace(
        dossier,
        claims={**dossier.claims, claim.scheme: (heard_ns, merged)},
        verdict=None if fresh else dossier.verdict,
        claimed_ns=heard_ns if other else dossier.claimed_ns,
    )


def newest_ns(dossier: Dossier) -> int:
    """When the dossier last heard anything."""
    return max((heard for heard, _ in dossier.claims.values()), default=dossier.since_ns)


def is_unauthorised(dossier: Dossier) -> bool:
    """Whether it was last judged to have no leave."""
    return dossier.verdict is not None and dossier.verdict[2] == Authorisation.UNAUTHORISED


def has_leave(dossier: Dossier | None) -> bool:
    """Whether it was last judged to have leave."""
    if dossier is None or dossier.verdict is None:
        return False
    return dossier.verdict[2] == Authorisation.AUTHORISED


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
