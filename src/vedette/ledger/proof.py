"""The proof of a chain, one signed group at a time: `init` and `step(walk, group, links) → walk`.

A link is what of an entry is chained. Where the entry is withheld, its time is None.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final, Literal

from msgspec import Struct

from vedette.core.chain import CHAIN_MARK, link_of
from vedette.core.entry import NOTHING, Group
from vedette.core.errors import LedgerError
from vedette.core.hlc import START, Stamp
from vedette.ledger.keys import signed

MOST_IN_GROUP: Final = 1 << 16

# seq, time_ns, counter, digest, previous, hash; time_ns and counter are None where withheld
Link = tuple[int, int | None, int | None, bytes, bytes, bytes]

What = Literal[
    "form",  # it cannot be read as what it should be
    "order",  # a seq or a time that does not follow
    "chain",  # an entry does not follow on the one before
    "hash",  # what an entry says is not what its hash was made of
    "signature",  # a group is not signed, or not by its key
    "unknown-key",  # signed, by a key that the node is not known by
    "fork",  # two different entries in one place
    "truncated",  # a later head is known
    "index",  # SQLite's own structure
    "file",  # bits that nothing reads: the file is not as it was closed
]


class Fault(Struct, frozen=True):
    """The first thing that is wrong.

    node, seq  where; None where it is not about one node, one entry
    detail     what was expected and what came
    """

    what: What
    detail: str
    node: str | None = None
    seq: int | None = None

    def __str__(self) -> str:
        at = "" if self.node is None else f" at {self.node}"
        at += "" if self.seq is None else f" seq {self.seq}"
        return f"{self.what}{at}: {self.detail}"


class Broken(LedgerError):  # noqa: N818 -- a chain that is broken is a result of the proof
    """Carries the fault that ends a proof."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(str(fault))
        self.fault = fault


class Walk(Struct, frozen=True):
    """How far one node's chain is proved.

    last      seq; 0 before the first
    stamp     of the last entry that is not withheld
    ahead     what `previous` of the next entry must be
    group     the newest group, None before the first
    gaps      how often entries are missing in between, which only a part of a ledger has
    from_ns   time of the first entry, None while all are withheld
    """

    node: str
    first: int = 0
    last: int = 0
    stamp: Stamp = START
    ahead: bytes = NOTHING
    group: Group | None = None
    entries: int = 0
    withheld: int = 0
    groups: int = 0
    gaps: int = 0
    from_ns: int | None = None


def init(node: str) -> Walk:
    """Before the first group of a node."""
    return Walk(node)


def step(walk: Walk, group: Group, links: Sequence[Link], *, part: bool) -> Walk:
    """Follow the chain through one group. Its signature is not looked at.

    part  whether entries may be missing before it: a copy of some of a ledger, not a whole one

    Raises Broken with the first fault.
    """
    gap = group.first != walk.last + 1
    if gap and (not part or group.first <= walk.last):
        raise _broken("order", walk.node, group.first, f"expected a group from seq {walk.last + 1} on")
    ahead = links[0][4] if gap and links else walk.ahead
    if not group.first <= group.last < group.first + MOST_IN_GROUP:
        raise _broken("order", walk.node, group.first, f"expected a last seq that fits, got {group.last}")
    stamp, ahead, withheld, from_ns = _follow(walk, group, links, ahead)
    gone = walk.groups > 0 and gap
    return Walk(
        node=walk.node,
        first=walk.first or group.first,
        last=group.last,
        stamp=stamp,
        ahead=link_of(group),
        group=group,
        entries=walk.entries + len(links) - withheld,
        withheld=walk.withheld + withheld,
        groups=walk.groups + 1,
        gaps=walk.gaps + gone,
        from_ns=walk.from_ns if walk.from_ns is not None else from_ns,
    )


def joined(before: Walk, after: Walk) -> Walk:
    """One walk of two, the second of which began where the first ended."""
    return Walk(
        node=after.node,
        first=before.first or after.first,
        last=after.last,
        stamp=after.stamp,
        ahead=after.ahead,
        group=after.group,
        entries=before.entries + after.entries,
        withheld=before.withheld + after.withheld,
        groups=before.groups + after.groups,
        gaps=before.gaps + after.gaps,
        from_ns=after.from_ns if before.from_ns is None else before.from_ns,
    )


def _follow(
    walk: Walk, group: Group, links: Sequence[Link], ahead: bytes
) -> tuple[Stamp, bytes, int, int | None]:
    """Entry by entry: the newest stamp, the last hash, how many were withheld, the first time."""
    expected, withheld = group.first, 0
    before, from_ns = tuple(walk.stamp), None
    for seq, time_ns, counter, digest, previous, hash_ in links:
        if seq != expected:
            raise _broken("order", walk.node, expected, f"expected seq {expected}, got {seq}")
        if previous != ahead:
            raise _broken("chain", walk.node, seq, f"expected {_short(ahead)} before, got {_short(previous)}")
        ahead = sha256(CHAIN_MARK + previous + digest).digest()
        if hash_ != ahead:
            raise _broken("hash", walk.node, seq, f"expected {_short(ahead)}, got {_short(hash_)}")
        if time_ns is None or counter is None:
            withheld += 1
        else:
            if (time_ns, counter) <= before:
                raise _broken("order", walk.node, seq, f"expected a time after {before}, got {time_ns}")
            before = (time_ns, counter)
            from_ns = time_ns if from_ns is None else from_ns
        expected += 1
    if expected != group.last + 1:
        raise _broken("order", walk.node, expected, f"expected seq up to {group.last}, got {expected - 1}")
    if ahead != group.head:
        raise _broken("signature", walk.node, group.last, f"expected {_short(ahead)} signed, got another")
    return Stamp(*before), ahead, withheld, from_ns


def check_signature(group: Group) -> None:
    """Raises Broken unless a group is signed by the key that it names."""
    if not signed(group):
        raise _broken(
            "signature",
            group.node,
            group.last,
            f"the signature of seq {group.first} to {group.last} is not right",
        )


def _broken(what: What, node: str, seq: int, detail: str) -> Broken:
    return Broken(Fault(what, detail, node, seq))


def _short(hash_: object) -> str:
    return hash_.hex()[:16] + "…" if isinstance(hash_, bytes) else repr(hash_)[:40]
