"""The signature of a pack: of its manifest, which names every other file by its SHA-256.

    manifest.sig    ed25519:PUBLIC KEY, a space, SIGNATURE, both in hexadecimal

Signed is "vedette-evidence/1", a zero byte, and the SHA-256 of manifest.json.
"""

import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vedette.core.errors import StorageError
from vedette.ledger.keys import Signer, read_key, spell_key

SIGNATURE: Final = "manifest.sig"
_FOR: Final = b"vedette-evidence/1\0"


def seal(manifest: bytes, signer: Signer) -> str:
    """The signature file."""
    return f"{spell_key(signer.public)} {signer.sign(_message(manifest)).hex()}\n"


def sealed_by(manifest: bytes, text: str, place: str) -> str:
    """The key that signed it, as text, or StorageError."""
    key, _, digits = text.strip().partition(" ")
    try:
        public = read_key(key, f"{place}: {SIGNATURE}")
        Ed25519PublicKey.from_public_bytes(public).verify(bytes.fromhex(digits), _message(manifest))
    except InvalidSignature:
        raise StorageError(f"{place}: {SIGNATURE} is not of this manifest by {key}") from None
    except ValueError as error:
        raise StorageError(f"{place}: {SIGNATURE}: expected a key and a signature, got {error}") from error
    return key


def _message(manifest: bytes) -> bytes:
    return _FOR + hashlib.sha256(manifest).digest()
