"""Everybody who says where they are, and what each of them said: the memory of the check of claims.

A row is a *sender*: one strand of one id (kernel.senders). Columns are replaced, not changed: a step works
on copies.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.kernel.senders import STRANDS, SUMS

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

RING = 16
UNKNOWN, GOOD, BAD = range(3)
_SPARE = 64  # rows for second strands in one step


@dataclass(slots=True)
class Senders:
    """All senders by column, n rows; s sensors, R reports of each.

    code        id of each, as in `names`
    first_ns, count, ring_ns, ring, violations   see kernel.senders.take_reports
    receiver, signal                             see kernel.senders.note_signal
    run, shift_ns                                see kernel.senders.follow_replays
    nac_p       newest accuracy category, NaN unknown; best_nac_p the best one ever told, -1 none
    airborne    1 airborne, 0 on the ground, -1 not said
    balance     (n, s)  log likelihood ratio of the sensor's looks: there and seen, over not there
    best        (n, s)  the highest that it has been
    sight       (n, s)  how likely the sensor sees that place, as it was when it last looked
    looks, seen (n, s)  how often it looked, and saw something there
    elsewhere   (n, s)  of direction finders: log likelihood ratio of an emission from where nobody is
    doubt       probability that the claim is false, as last judged; doubt_place that it is elsewhere
    quality     UNKNOWN, GOOD, BAD: its satellite navigation, with hysteresis
    lost_ns     when it last said that it had lost its accuracy, 0 never
    jumped_ns   when its claim last went where nothing can have gone, 0 never
    odds        log odds that other sensors give for a false place; below 0 they see it there
    track, track_ns  whose track its reports went to, and when last
    """

    code: Ints
    first_ns: Ints
    count: Ints
    ring_ns: Ints
    ring: Array
    violations: Array
    receiver: Ints
    signal: Array
    run: Ints
    shift_ns: Ints
    nac_p: Array
    best_nac_p: Array
    airborne: Ints
    balance: Array
    best: Array
    sight: Array
    looks: Ints
    seen: Ints
    elsewhere: Array
    doubt: Array
    doubt_place: Array
    quality: Ints
    lost_ns: Ints
    jumped_ns: Ints
    odds: Array
    track: Ints
    track_ns: Ints

    def __len__(self) -> int:
        return len(self.code)

    def copy(self) -> "Senders":
        """The same in arrays of their own."""
        return Senders(*(getattr(self, name).copy() for name in _COLUMNS))

    def take(self, rows: Ints) -> "Senders":
        """These rows."""
        return Senders(*(getattr(self, name)[rows] for name in _COLUMNS))

    def grown(self, more: int) -> "Senders":
        """These rows, then so many blank ones, in arrays of their own."""
        blank = none(self.balance.shape[1], more)
        return Senders(*(np.concatenate((getattr(self, name), getattr(blank, name))) for name in _COLUMNS))

    def widened(self, n_sensors: int) -> "Senders":
        """The same with room for more sensors."""
        more = n_sensors - self.balance.shape[1]
        if more <= 0:
            return self
        blank = none(more, len(self))
        changed: dict[str, Any] = {
            name: np.concatenate((getattr(self, name), getattr(blank, name)), axis=1) for name in _BY_SENSOR
        }
        return replace(self, **changed)

    @property
    def newest(self) -> Ints:
        """Where in its ring each sender's newest report is, (n,)."""
        return (self.count - 1) % RING

    @property
    def last_ns(self) -> Ints:
        """Time of each sender's newest report, (n,)."""
        out: Ints = self.ring_ns[np.arange(len(self)), self.newest]
        return out

    @property
    def place(self) -> Array:
        """Each sender's newest report, (n, 6) as in the ring."""
        out: Array = self.ring[np.arange(len(self)), self.newest]
        return out


_COLUMNS = tuple(f.name for f in fields(Senders))
_BY_SENSOR = ("balance", "best", "sight", "looks", "seen", "elsewhere")


def none(n_sensors: int = 0, n: int = 0) -> Senders:
    """Rows of whom nothing is known."""
    each, by_sensor = (n,), (n, n_sensors)
    return Senders(
        code=np.zeros(each, np.int64),
        first_ns=np.zeros(each, np.int64),
        count=np.zeros(each, np.int64),
        ring_ns=np.zeros((n, RING), np.int64),
        ring=np.full((n, RING, 6), np.nan),
        violations=np.zeros(each),
        receiver=np.full(each, -1, np.int64),
        signal=np.zeros((n, SUMS)),
        run=np.zeros(each, np.int64),
        shift_ns=np.zeros(each, np.int64),
        nac_p=np.full(each, np.nan),
        best_nac_p=np.full(each, -1.0),
        airborne=np.full(each, -1, np.int64),
        balance=np.zeros(by_sensor),
        best=np.zeros(by_sensor),
        sight=np.zeros(by_sensor),
        looks=np.zeros(by_sensor, np.int64),
        seen=np.zeros(by_sensor, np.int64),
        elsewhere=np.zeros(by_sensor),
        doubt=np.zeros(each),
        doubt_place=np.zeros(each),
        quality=np.zeros(each, np.int64),
        lost_ns=np.zeros(each, np.int64),
        jumped_ns=np.zeros(each, np.int64),
        odds=np.zeros(each),
        track=np.zeros(each, np.int64),
        track_ns=np.zeros(each, np.int64),
    )


@dataclass(frozen=True, slots=True)
class Names:
    """Ids and their strands.

    codes   number of each id
    claims  (c,) the newest claim of each id, by code
    strand  (c, 3) rows of its senders, -1 none
    """

    codes: dict[str, int] = field(default_factory=dict)
    claims: tuple[Claim, ...] = ()
    strand: Ints = field(default_factory=lambda: np.zeros((0, STRANDS), np.int64))


def known_as(names: Names, claims: Sequence[Claim]) -> tuple[Names, Ints]:
    """The names with these claims' ids and what they say now, and the code of each claim, (m,)."""
    codes = names.codes
    out = np.empty(len(claims), np.int64)
    newest = list(names.claims)
    owned = False
    for j, claim in enumerate(claims):
        code = codes.get(claim.ident)
        if code is None:
            if not owned:
                codes, owned = dict(codes), True
            code = codes[claim.ident] = len(codes)
            newest.append(claim)
        else:
            newest[code] = claim
        out[j] = code
    more = np.full((len(newest) - len(names.strand), STRANDS), -1, np.int64)
    return Names(codes, tuple(newest), np.concatenate((names.strand, more))), out


def room_for(senders: Senders, n_ids: int) -> Senders:
    """Blank rows for so many new ids and some second strands, in arrays of their own."""
    return senders.grown(n_ids + _SPARE)


def forget(senders: Senders, names: Names, keep: NDArray[np.bool_]) -> tuple[Senders, Names]:
    """Only these senders (n,), and the ids that still have one."""
    rows = np.flatnonzero(keep)
    left = senders.take(rows)
    place = np.full(len(senders) + 1, -1, np.int64)
    place[rows] = np.arange(len(rows))
    strand = place[names.strand]  # -1 points to the last place, which is -1
    alive: NDArray[np.bool_] = np.any(strand >= 0, axis=1)
    code = np.cumsum(alive) - 1
    left.code = code[left.code]
    codes = {ident: int(code[c]) for ident, c in names.codes.items() if alive[c]}
    claims = tuple(claim for claim, there in zip(names.claims, alive.tolist(), strict=True) if there)
    return left, Names(codes, claims, strand[alive])
