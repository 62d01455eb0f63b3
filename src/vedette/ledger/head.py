"""What lies beside a ledger's file, to tell when some of it went missing or was touched.

ledger.head    the newest signed group, as one line of canonical JSON with hexadecimal bytes, filled up with
               spaces to 1,024 bytes. Written after each group. A chain that was cut at its end is whole in
               itself; who holds a later head knows better. Give copies of it to others.
ledger.sha256  of the whole file, as `sha256sum` writes it; there while the ledger is closed.
"""

import os
from hashlib import file_digest
from pathlib import Path
from typing import Any, Final

from vedette.core import canonical
from vedette.core.entry import Group
from vedette.core.errors import LedgerError
from vedette.ledger.keys import signed

LEDGER_FILE: Final = "ledger.sqlite"
HEAD_FILE: Final = "ledger.head"
SUM_FILE: Final = "ledger.sha256"
HEAD_BYTES: Final = 1024


def encode_head(group: Group) -> bytes:
    """A group as a head file."""
    told = {
        "first": group.first,
        "head": group.head.hex(),
        "key": group.key.hex(),
        "last": group.last,
        "node": group.node,
        "signature": group.signature.hex(),
    }
    return canonical.encode(told).ljust(HEAD_BYTES - 1) + b"\n"


def decode_head(content: bytes, place: str) -> Group:
    """A head file's group, its signature checked; LedgerError where any bit is not as it was written."""
    try:
        told: Any = canonical.decode(content.rstrip(b" \n"))
        head, key, signature = (bytes.fromhex(told[name]) for name in ("head", "key", "signature"))
        group = Group(told["node"], told["first"], told["last"], key, head, signature)
        good = encode_head(group) == content and signed(group)
    except (LedgerError, KeyError, TypeError, ValueError, AttributeError):
        good = False
    if not good:
        raise LedgerError(f"expected a signed head in {place}, got what its key did not sign")
    return group


def read_head(path: Path) -> Group | None:
    """The head in a file; None where there is no file or nothing in it yet."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise LedgerError(f"cannot read the head {path}: {error.strerror}") from error
    return decode_head(content, str(path)) if content else None


def sum_line(path: Path) -> bytes:
    """What the sum file of a ledger's file says."""
    with path.open("rb") as file:
        return f"{file_digest(file, 'sha256').hexdigest()}  {path.name}\n".encode()


def write_sum(path: Path) -> None:
    """Write the sum of a closed ledger's file beside it."""
    target = path.with_name(SUM_FILE)
    draft = target.with_name(SUM_FILE + ".new")
    with draft.open("wb") as file:
        file.write(sum_line(path))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    sync_folder(path.parent)


def drop_sum(path: Path) -> None:
    """Take the sum away before the ledger's file is written to; durable when this returns."""
    target = path.with_name(SUM_FILE)
    if target.exists():
        target.unlink()
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has what was made, renamed or taken away in a folder."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
