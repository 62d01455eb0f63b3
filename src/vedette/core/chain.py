r"""What is hashed and what is signed, byte by byte. Little-endian throughout.

Content of an entry           0  16s  "vedette entry 1\n"
                             16  16s  salt
                             32  u8   seq, 8 bytes
                             40  i8   time_ns of the stamp
                             48  u4   counter of the stamp
                             52  u2   bytes of node        then, one after the other from 64 on:
                             54  u2   bytes of kind        node, kind, incident, author in UTF-8,
                             56  u2   bytes of incident,   and the body
                                      0 for none
                             58  u2   bytes of author
                             60  u4   bytes of body

Digest of an entry            SHA-256 of its content
Hash of an entry              SHA-256 of "vedette chain 1\n", previous (32 bytes), digest

Message of a group            0  16s  "vedette group 1\n"
                             16  u8   first, 8 bytes
                             24  u8   last, 8 bytes
                             32  32s  key
                             64  32s  head
                             96       node in UTF-8

Signature of a group          Ed25519 (RFC 8032) of its message by its key
Link of a group               SHA-256 of "vedette links 1\n", its message, its signature

`previous` of an entry is 32 zero bytes for seq 1, the link of the group before for the first of a later
group, and the hash of the entry before for all others. So each signature is itself in the chain.
"""

import struct
from hashlib import sha256
from typing import Final

from vedette.core.entry import MOST_BODY_BYTES, MOST_NAME_BYTES, SALT_BYTES, Draft, Entry, Group
from vedette.core.errors import LedgerError
from vedette.core.hlc import Stamp

ENTRY_MARK: Final = b"vedette entry 1\n"
CHAIN_MARK: Final = b"vedette chain 1\n"
GROUP_MARK: Final = b"vedette group 1\n"
LINKS_MARK: Final = b"vedette links 1\n"
CONTENT: Final = struct.Struct("<16s16sQqIHHHHI")
MESSAGE: Final = struct.Struct("<16sQQ32s32s")


def pack(
    salt: bytes,
    seq: int,
    time_ns: int,
    counter: int,
    node: bytes,
    kind: bytes,
    incident: bytes,
    author: bytes,
    body: bytes,
) -> bytes:
    """The content of an entry from its parts, texts already in UTF-8; struct.error where they cannot be."""
    return (
        CONTENT.pack(
            ENTRY_MARK,
            salt,
            seq,
            time_ns,
            counter,
            len(node),
            len(kind),
            len(incident),
            len(author),
            len(body),
        )
        + node
        + kind
        + incident
        + author
        + body
    )


def content_of(entry: Entry) -> bytes:
    """The content of an entry."""
    return pack(
        entry.salt,
        entry.seq,
        *entry.stamp,
        entry.node.encode(),
        entry.kind.encode(),
        (entry.incident or "").encode(),
        entry.author.encode(),
        entry.body,
    )


def digest_of(content: bytes) -> bytes:
    """The digest of a content."""
    return sha256(content).digest()


def hash_of(previous: bytes, digest: bytes) -> bytes:
    """The hash of an entry."""
    return sha256(CHAIN_MARK + previous + digest).digest()


def message_of(node: str, first: int, last: int, key: bytes, head: bytes) -> bytes:
    """What the signature of a group signs."""
    return MESSAGE.pack(GROUP_MARK, first, last, key, head) + node.encode()


def link_of(group: Group) -> bytes:
    """What the first entry of the next group has as `previous`."""
    message = message_of(group.node, group.first, group.last, group.key, group.head)
    return sha256(LINKS_MARK + message + group.signature).digest()


def unpack(content: bytes, previous: bytes, hash_: bytes) -> Entry:
    """The entry that a content says, or LedgerError. Whether the hash is right is not looked at."""
    try:
        mark, salt, seq, time_ns, counter, *sizes = CONTENT.unpack_from(content)
        parts, at = [], CONTENT.size
        for size in sizes:
            parts.append(content[at : at + size])
            at += size
        if mark != ENTRY_MARK or at != len(content):
            raise LedgerError(
                f"expected {ENTRY_MARK!r} and {at} bytes as content of an entry, got {mark!r}, {len(content)}"
            )
        node, kind, incident, author = (part.decode() for part in parts[:4])
    except (struct.error, UnicodeDecodeError) as error:
        raise LedgerError(f"expected the content of an entry, got {content[:80]!r}: {error}") from error
    return Entry(
        node, seq, Stamp(time_ns, counter), kind, incident or None, author, parts[4], salt, previous, hash_
    )


def chained(draft: Draft, node: str, seq: int, stamp: Stamp, salt: bytes, previous: bytes) -> Entry:
    """The entry that a draft becomes."""
    if len(salt) != SALT_BYTES:
        raise LedgerError(f"expected a salt of {SALT_BYTES} bytes, got {len(salt)}")
    content = pack(
        salt,
        seq,
        stamp.time_ns,
        stamp.counter,
        node.encode(),
        draft.kind.encode(),
        (draft.incident or "").encode(),
        draft.author.encode(),
        draft.body,
    )
    return Entry(
        node,
        seq,
        stamp,
        draft.kind,
        draft.incident,
        draft.author,
        draft.body,
        salt,
        previous,
        hash_of(previous, digest_of(content)),
    )


def check_draft(draft: Draft) -> None:
    """LedgerError unless a draft can be entered."""
    check_name(draft.kind, "kind")
    check_name(draft.author, "author")
    if draft.incident is not None:
        check_name(draft.incident, "incident")
    if len(draft.body) > MOST_BODY_BYTES:
        raise LedgerError(
            f"expected a body of {MOST_BODY_BYTES} bytes or less, got {len(draft.body)}: "
            "keep what is large elsewhere, and enter its SHA-256"
        )


def check_name(text: str, what: str) -> None:
    """LedgerError unless `text` can name a node, a kind, an incident or an author."""
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        size = 0
    if not 0 < size <= MOST_NAME_BYTES or not text.isprintable() or text != text.strip():
        raise LedgerError(
            f"expected as {what} 1 to {MOST_NAME_BYTES} bytes of printable text without spaces around it, "
            f"got {text[:80]!r}"
        )
