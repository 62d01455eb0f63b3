"""The fusion's state: a value. What `step` returns is new; what it was given is not touched."""

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import NDArray

from vedette.core.report import N_SOURCES
from vedette.fuse.settings import FuseSettings

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

N_PAST = 16  # earlier states that are kept of each member, 2 s apart or more
NO_SYSTEM = -1


@dataclass(slots=True)
class Members:
    """Tracks of nodes by column, n rows, in the order in which they were first heard of.

    uid        number within the fusion, rising by row
    node, track_id  whose
    system     number of the system track; NO_SYSTEM before it has one
    duplicate  whether it is a second track that the node made of one target: it does not count
    data_ns    of the newest data that went into the state, as far as the lineage tells
    heard_ns   when a report with newer data last came: an echo of what was told keeps nothing alive
    W          see kernel.fusion: what of P is common to all filters of one target
    knows      (n, 3) height, horizontal velocity, climb
    closed     whether the slots name all sensors that it rests on
    relayed    whether another fusion made it from others' reports
    past_*     some earlier states, in any order; time 0 is an empty slot
    """

    uid: Ints
    node: Ints
    track_id: Ints
    system: Ints
    duplicate: NDArray[np.bool_]
    since_ns: Ints
    time_ns: Ints
    data_ns: Ints
    heard_ns: Ints
    x: Array
    P: Array
    W: Array
    q: Array
    knows: NDArray[np.bool_]
    existence: Array
    sensor: NDArray[np.uint64]
    sensor_since_ns: Ints
    sensor_until_ns: Ints
    closed: NDArray[np.bool_]
    relayed: NDArray[np.bool_]
    past_ns: Ints
    past_x: Array

    def __len__(self) -> int:
        return len(self.uid)

    def copy(self) -> "Members":
        """The same values in arrays of their own."""
        return Members(*(getattr(self, f.name).copy() for f in fields(self)))

    def keep(self, mask: NDArray[np.bool_]) -> "Members":
        """Only the rows in mask."""
        return Members(*(getattr(self, f.name)[mask] for f in fields(self)))

    def append(self, other: "Members") -> "Members":
        """These rows, then the other's."""
        return Members(
            *(np.concatenate((getattr(self, f.name), getattr(other, f.name))) for f in fields(self))
        )


def blank(n: int) -> Members:
    """Rows with nothing in them yet."""

    def ints() -> Ints:
        return np.zeros(n, np.int64)

    return Members(
        uid=ints(),
        node=ints(),
        track_id=ints(),
        system=np.full(n, NO_SYSTEM, np.int64),
        duplicate=np.zeros(n, np.bool_),
        since_ns=ints(),
        time_ns=ints(),
        data_ns=ints(),
        heard_ns=ints(),
        x=np.zeros((n, 6)),
        P=np.zeros((n, 6, 6)),
        W=np.zeros((n, 6, 6)),
        q=np.zeros(n),
        knows=np.zeros((n, 3), np.bool_),
        existence=np.zeros(n),
        sensor=np.zeros((n, N_SOURCES), np.uint64),
        sensor_since_ns=np.zeros((n, N_SOURCES), np.int64),
        sensor_until_ns=np.zeros((n, N_SOURCES), np.int64),
        closed=np.zeros(n, np.bool_),
        relayed=np.zeros(n, np.bool_),
        past_ns=np.zeros((n, N_PAST), np.int64),
        past_x=np.zeros((n, N_PAST, 6)),
    )


@dataclass(frozen=True, slots=True)
class Pairs:
    """What is known of each pair of members, k rows, in order of key.

    first, second  uid, first below second
    score          log likelihood ratio of one target against two, summed over their history
    time_ns        data that the score goes up to
    """

    first: Ints
    second: Ints
    score: Array
    time_ns: Ints

    def key(self) -> Ints:
        """One number a pair, rising by row."""
        return pair_key(self.first, self.second)


def pair_key(first: Ints, second: Ints) -> Ints:
    """One number for each pair of uids, which are below 2³¹."""
    return (first << 32) | second


def no_pairs() -> Pairs:
    """None."""
    nothing = np.zeros(0, np.int64)
    return Pairs(nothing, nothing, np.zeros(0), nothing)


@dataclass(frozen=True, slots=True)
class FuseState:
    """Everything that the next step depends on.

    node      number of this node, under which it reports system tracks
    born_ns   when each system track that members point to was first there, by its number
    shown     numbers of the system tracks in the last output
    refused   reports that were not used, by reason
    """

    settings: FuseSettings
    node: int
    members: Members
    pairs: Pairs
    next_uid: int = 1
    next_system: int = 1
    born_ns: dict[int, int] = field(default_factory=dict)
    shown: tuple[int, ...] = ()
    refused: dict[str, int] = field(default_factory=dict)


def init(node: int, settings: FuseSettings | None = None, *, first_id: int = 1) -> FuseState:
    """Nothing heard yet; system tracks count from first_id and are reported as this node's."""
    return FuseState(settings or FuseSettings(), node, blank(0), no_pairs(), next_system=first_id)
