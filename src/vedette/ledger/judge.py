"""Judges a stream of groups: chain, signatures, known keys and heads that others know of."""

import sqlite3
from collections.abc import Callable, Iterator
from typing import Final

from msgspec import Struct

from vedette.core.entry import Group
from vedette.ledger import proof
from vedette.ledger.keys import Known, spell_key
from vedette.ledger.proof import Broken, Fault, Link, Walk
from vedette.ledger.sources import UNREADABLE, Linked

_REPORT_EVERY: Final = 20_000
Progress = Callable[[int], None]


class Terms(Struct, frozen=True):
    """By what a file is proved.

    known    keys that nodes are known by
    vouched  keys that are good for any node
    heads    that others know of
    quick    check only the newest signature of each key, which by the chain covers all before it, and
             not whether SQLite's indexes fit
    """

    known: Known = {}
    vouched: frozenset[bytes] = frozenset()
    heads: tuple[Group, ...] = ()
    quick: bool = False


class Seen(Struct, frozen=True):
    """What a judge saw, to be joined with what another saw of the same ledger.

    keys   the newest group of each key
    heads  which of those of its terms
    """

    walks: list[Walk]
    signatures: int
    keys: list[Group]
    heads: list[int]


class Judge:
    """What was seen so far."""

    def __init__(self, terms: Terms, progress: Progress) -> None:
        """Begin. `walks` is how far each node is proved, `signatures` how many were checked."""
        self.walks: dict[str, Walk] = {}
        self.signatures = 0
        self.keys: dict[tuple[str, bytes], Group] = {}  # the newest group of each
        self._terms = terms
        self._progress = progress
        self._entries = 0
        self._at: tuple[str, int] | None = None
        self._seen_heads: set[int] = set()

    def prove(self, groups: Iterator[Linked]) -> Fault | None:
        """Go through all groups of a file; the first fault, or None."""
        return self.follow(groups) or self.finish()

    def follow(self, groups: Iterator[Linked]) -> Fault | None:
        """Go through groups; the first fault in them, or None."""
        try:
            for group, links, part in groups:
                self._step(group, links, part=part)
        except Broken as broken:
            return broken.fault
        except (*UNREADABLE, sqlite3.Error) as error:
            return self.unreadable(error)
        return None

    def finish(self) -> Fault | None:
        """Look at what only the whole tells; the first fault in that, or None."""
        try:
            self._check_newest()
            self._check_ends()
            self._check_known()
        except Broken as broken:
            return broken.fault
        return None

    def forget(self) -> None:
        """Begin again."""
        self.walks.clear()
        self.keys.clear()
        self.signatures = self._entries = 0
        self._at = None
        self._seen_heads.clear()

    def seen(self) -> Seen:
        """What was seen so far."""
        walks, keys = list(self.walks.values()), list(self.keys.values())
        return Seen(walks, self.signatures, keys, sorted(self._seen_heads))

    def join(self, before: Seen) -> None:
        """Put before it what another judge saw of the first groups of the same nodes."""
        for walk in before.walks:
            after = self.walks.get(walk.node)
            self.walks[walk.node] = walk if after is None else proof.joined(walk, after)
        self.keys = {(group.node, group.key): group for group in before.keys} | self.keys
        self.signatures += before.signatures
        self._seen_heads.update(before.heads)

    def unreadable(self, error: Exception) -> Fault:
        """The fault that something could not be read after what was proved."""
        node, seq = self._at or (None, None)
        return Fault("form", f"cannot be read: {error}", node, None if seq is None else seq + 1)

    def _step(self, group: Group, links: list[Link], *, part: bool) -> None:
        walk = self.walks.get(group.node) or proof.init(group.node)
        self._at = (group.node, walk.last)
        try:
            walk = proof.step(walk, group, links, part=part)
        except Broken as broken:
            # In the chain stands what the group before was signed with: look there first.
            if broken.fault.what == "chain" and broken.fault.seq == group.first and walk.group is not None:
                self._check(walk.group)
            raise
        if not self._terms.quick:
            self._check(group)
        self.walks[group.node] = walk
        self.keys[group.node, group.key] = group
        self._at = (group.node, walk.last)
        self._check_heads(group)
        before, self._entries = self._entries, self._entries + len(links)
        if before // _REPORT_EVERY != self._entries // _REPORT_EVERY:
            self._progress(self._entries)

    def _check(self, group: Group) -> None:
        self.signatures += 1
        proof.check_signature(group)

    def _check_newest(self) -> None:
        if self._terms.quick:
            for group in self.keys.values():
                self._check(group)

    def _check_heads(self, group: Group) -> None:
        """A head that others know of must be the one that stands here."""
        for i, head in enumerate(self._terms.heads):
            if head.node == group.node and group.first <= head.last <= group.last:
                self._seen_heads.add(i)
                if (head.last, head.head) != (group.last, group.head):
                    detail = f"a head of {spell_key(head.key)} signs another entry in this place"
                    raise Broken(Fault("fork", detail, head.node, head.last))

    def _check_ends(self) -> None:
        """No node may end before a head that others know of."""
        for i, head in enumerate(self._terms.heads):
            if i in self._seen_heads:
                continue
            walk = self.walks.get(head.node) or proof.init(head.node)
            if head.last > walk.last:
                detail = (
                    f"expected entries up to seq {head.last}, which a head signs, got them up to {walk.last}"
                )
                raise Broken(Fault("truncated", detail, head.node, walk.last + 1))

    def _check_known(self) -> None:
        """Whether nodes are known by their keys. Last, for it says nothing of the entries."""
        for (node, key), group in self.keys.items():
            if key not in self._terms.vouched and key not in self._terms.known.get(node, frozenset()):
                detail = (
                    f"all is signed by {spell_key(key)}, but {node} is not known by that key: "
                    "if it is, say so with --key or in the file of known keys"
                )
                raise Broken(Fault("unknown-key", detail, node, group.last))
