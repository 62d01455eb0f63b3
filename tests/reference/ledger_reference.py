"""A second verifier of exports, written from docs/ledger.md alone: nothing of the ledger's code is used."""

import struct
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def read(content, keys):
    """Prove an export by these public keys; the entries, or ValueError with what is wrong."""
    if content[:8] != b"VDTL\x01\x00\x00\x00":
        raise ValueError("header")
    at, entries, waiting = 8, [], []
    node = previous = None
    expected = 0
    while True:
        kind, length = struct.unpack_from("<II", content, at)
        payload = content[at + 8 : at + 8 + length]
        if len(payload) != length:
            raise ValueError("length")
        if kind == 1:
            expected, previous = struct.unpack_from("<Q32s", payload)
            node = payload[40:].decode()
            if expected == 1 and previous != bytes(32):
                raise ValueError("start")
        elif kind in (2, 3):
            digest = sha256(payload[32:]).digest() if kind == 2 else payload[32:]
            hash_ = sha256(b"vedette chain 1\n" + previous + digest).digest()
            if hash_ != payload[:32]:
                raise ValueError(f"hash of {node} {expected}")
            if kind == 2:
                entry = content_of(payload[32:])
                if (entry["node"], entry["seq"]) != (node, expected):
                    raise ValueError(f"place of {node} {expected}")
                entries.append({**entry, "hash": hash_.hex(), "previous": previous.hex()})
            waiting.append(hash_)
            previous, expected = hash_, expected + 1
        elif kind == 4:
            first, last, key, signature = struct.unpack("<QQ32s64s", payload)
            if (first, last) != (expected - len(waiting), expected - 1) or key not in keys:
                raise ValueError(f"group of {node} {first}")
            message = b"vedette group 1\n" + struct.pack("<QQ", first, last) + key + previous + node.encode()
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
            previous, waiting = sha256(b"vedette links 1\n" + message + signature).digest(), []
        elif kind == 5:
            if waiting or payload != sha256(content[:at]).digest() or at + 8 + length != len(content):
                raise ValueError("end")
            return entries
        else:
            raise ValueError(f"kind {kind}")
        at += 8 + length


def content_of(content):
    """The fields of an entry's content."""
    mark, salt, seq, time_ns, counter, *sizes = struct.unpack_from("<16s16sQqIHHHHI", content)
    if mark != b"vedette entry 1\n" or 64 + sum(sizes) != len(content):
        raise ValueError("content")
    parts, at = [], 64
    for size in sizes:
        parts.append(content[at : at + size])
        at += size
    node, kind, incident, author = (part.decode() for part in parts[:4])
    return {
        "node": node,
        "seq": seq,
        "time_ns": time_ns,
        "counter": counter,
        "kind": kind,
        "incident": incident or None,
        "author": author,
        "body": parts[4].decode(),
        "salt": salt.hex(),
    }
