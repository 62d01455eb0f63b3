"""The nouns of a ledger: entries, and the groups that are signed.

A node writes entries in groups; a group is what became durable together, and is signed as one. What an
entry says is hashed first (its digest), then chained to the entry before. So an entry can be withheld from a
partner: its digest stands in for it, and the chain still proves that nothing was put in or taken out.
"""

from typing import Final

from msgspec import Struct

from vedette.core.hlc import Stamp

NOTHING: Final = bytes(32)  # what comes before the first entry of a node
MOST_NAME_BYTES: Final = 128
MOST_BODY_BYTES: Final = 1 << 20
SALT_BYTES: Final = 16


class Draft(Struct, frozen=True):
    """What is to be entered.

    kind      what it is, "note", "alert-raised", …; a kind that is not known is carried
    author    who says so: a person, or the part of the node that noticed
    body      canonical bytes, see core.canonical
    incident  which incident it is about, None for none
    """

    kind: str
    author: str
    body: bytes
    incident: str | None = None


class Entry(Struct, frozen=True, gc=False):
    """One entry of one node's ledger.

    seq       counts up by one from 1
    stamp     hybrid logical clock
    salt      16 bytes that nobody can guess, so that a digest does not tell what is withheld
    previous  what the chain was before it: hash of the entry before, or link of the group before
    hash      of previous and the digest of the rest, SHA-256
    """

    node: str
    seq: int
    stamp: Stamp
    kind: str
    incident: str | None
    author: str
    body: bytes
    salt: bytes
    previous: bytes
    hash: bytes

    @property
    def place(self) -> tuple[Stamp, str, int]:
        """Where it stands among the entries of many nodes: every node that has them orders them so."""
        return (self.stamp, self.node, self.seq)


class Withheld(Struct, frozen=True, gc=False):
    """The place of an entry that its node did not release."""

    node: str
    seq: int
    digest: bytes
    previous: bytes
    hash: bytes


class Group(Struct, frozen=True, gc=False):
    """Entries that became durable together, and the node's signature for them and all before.

    first, last  seq of its entries, both included
    key          Ed25519 public key, 32 bytes
    head         hash of entry `last`
    signature    of the group's message (see core.chain), 64 bytes
    """

    node: str
    first: int
    last: int
    key: bytes
    head: bytes
    signature: bytes
