"""Keys: the node's own, and those that nodes are known by.

The private key is a PEM file (PKCS 8) that only its owner may read; nothing here logs or prints it. Known
keys are lines of text, as many for a node as it has had:

    # who      by which key
    airport    ed25519:4f1d…

A node's name is everything before the last run of spaces.
"""

import os
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from vedette.core.chain import check_name, message_of
from vedette.core.entry import SALT_BYTES, Group
from vedette.core.errors import LedgerError

KEY_FILE: Final = "node.key"
KNOWN_FILE: Final = "nodes.keys"
PREFIX: Final = "ed25519:"
KEY_BYTES: Final = 32

Known = dict[str, frozenset[bytes]]
RandomBytes = Callable[[int], bytes]


class Signer:
    """A node's private key, at work."""

    __slots__ = ("_key", "_secret", "public")

    def __init__(self, key: Ed25519PrivateKey) -> None:
        """Take a key. `public` is its public half, 32 bytes."""
        self._key = key
        self.public = key.public_key().public_bytes_raw()
        self._secret = blake2b(key.private_bytes_raw(), digest_size=32, person=b"vedette salts").digest()

    def sign(self, message: bytes) -> bytes:
        """The signature, 64 bytes; the same each time."""
        return self._key.sign(message)

    def salt(self, seq: int) -> bytes:
        """What keeps the digest of entry `seq` from telling what it says. Nobody else can derive it."""
        return blake2b(seq.to_bytes(8, "little"), digest_size=SALT_BYTES, key=self._secret).digest()

    def group(self, node: str, first: int, last: int, head: bytes) -> Group:
        """Sign for entries first to last, of which the last has the hash `head`."""
        signature = self._key.sign(message_of(node, first, last, self.public, head))
        return Group(node, first, last, self.public, head, signature)


def signed(group: Group) -> bool:
    """Whether a group's signature is that of its key for what it says."""
    try:
        message = message_of(group.node, group.first, group.last, group.key, group.head)
        Ed25519PublicKey.from_public_bytes(group.key).verify(group.signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def load_or_make_key(folder: Path, random_bytes: RandomBytes) -> Signer:
    """The key in a ledger's folder; made, for nobody else to read, where there is none."""
    path = folder / KEY_FILE
    if not path.exists():
        _make_key(path, random_bytes)
    return load_key(path)


def load_key(path: Path) -> Signer:
    """A private key from its file, or LedgerError: also where others may read it."""
    try:
        mode = path.stat().st_mode & 0o777
        content = path.read_bytes()
    except OSError as error:
        raise LedgerError(f"expected the node's key in {path}: {error.strerror}") from error
    if mode & 0o077:
        raise LedgerError(f"expected {path} to be for its owner alone (mode 600), got mode {mode:o}")
    try:
        key = serialization.load_pem_private_key(content, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise LedgerError(f"expected an Ed25519 private key in PEM in {path}, got another thing") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise LedgerError(f"expected an Ed25519 private key in {path}, got a key of another kind")
    return Signer(key)


def _make_key(path: Path, random_bytes: RandomBytes) -> None:
    """Write a new key, whole or not at all; one that another process made meanwhile is left alone."""
    pem = Ed25519PrivateKey.from_private_bytes(random_bytes(KEY_BYTES)).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    draft = path.with_suffix(".new")
    try:
        draft.unlink(missing_ok=True)  # of a start that was killed
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, pem)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if not path.exists():
            draft.rename(path)
        draft.unlink(missing_ok=True)
    except OSError as error:
        raise LedgerError(f"cannot make the node's key {path}: {error.strerror}") from error


def spell_key(key: bytes) -> str:
    """A public key as text."""
    return PREFIX + key.hex()


def read_key(text: str, place: str) -> bytes:
    """A public key from text, or LedgerError that names the place."""
    digits = text.removeprefix(PREFIX)
    try:
        key = bytes.fromhex(digits)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES or len(digits) != 2 * KEY_BYTES:
        raise LedgerError(f"{place}: expected {PREFIX} and 64 hexadecimal digits, got {text[:80]!r}")
    return key


def read_known(path: Path) -> Known:
    """The keys that nodes are known by; none where there is no file. LedgerError names the line."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise LedgerError(f"expected a file of known keys, got {path}: {error}") from error
    known: dict[str, frozenset[bytes]] = {}
    for number, line in enumerate(lines, start=1):
        text = line.partition("#")[0].strip()
        if not text:
            continue
        node, _, key = text.rpartition(" ")
        place = f"{path}: line {number}"
        if not node:
            raise LedgerError(f"{place}: expected a node and its key, got {text[:80]!r}")
        known[node.strip()] = known.get(node.strip(), frozenset()) | {read_key(key, place)}
    return known


def add_known(path: Path, node: str, key: bytes) -> None:
    """Write one more key to a file of known keys; nothing where it is there already."""
    check_name(node, "node")
    if "#" in node:
        raise LedgerError(f"expected a node's name without '#', got {node!r}")
    if key in read_known(path).get(node, frozenset()):
        return
    try:
        before = path.read_text(encoding="utf-8") if path.exists() else "# node  its public key\n"
        draft = path.with_name(path.name + ".new")
        with draft.open("w", encoding="utf-8") as file:
            file.write(f"{before}{'' if before.endswith(chr(10)) else chr(10)}{node} {spell_key(key)}\n")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise LedgerError(f"cannot write the known keys {path}: {error.strerror}") from error
