"""Proves an evidence pack: its bits, signature and ledger, and that the same follows from its frames."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct

from vedette.app.evidence import manifest as told
from vedette.app.evidence.agree import Agreement, agree
from vedette.app.evidence.box import members, open_box
from vedette.app.evidence.derive import Derived, derive
from vedette.app.evidence.pack import LEDGER
from vedette.app.evidence.seal import SIGNATURE, sealed_by
from vedette.core.errors import LedgerError, StorageError
from vedette.ledger import keys
from vedette.ledger.judge import Terms
from vedette.ledger.verify import verify

Say = Callable[[str], None]
_BESIDE = (told.NAME, SIGNATURE)


class Proof(Struct, frozen=True, kw_only=True):
    """What came of it.

    fault      what is wrong with the file, None where nothing is
    key        who signed; known: whether that key was given as one to trust
    entries    of the ledger in it
    same       whether the derivation is the same to the byte; None where it was not tried
    agreement  where it is not: how the pack's own derivation agrees with the one made now
    """

    file: str
    fault: str | None
    manifest: told.Manifest | None = None
    key: str | None = None
    known: bool = False
    entries: int = 0
    derived: Derived | None = None
    same: bool | None = None
    agreement: Agreement | None = None

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong, and the same follows, to the byte or but for rounding."""
        if self.fault is not None:
            return False
        return self.same is not False or (self.agreement is not None and self.agreement.close)


def prove(path: Path, say: Say, *, trusted: Sequence[str] = (), again: bool = True) -> Proof:
    """Prove a pack.

    trusted  public keys, as text
    again    whether to derive it again
    """
    with tempfile.TemporaryDirectory(prefix="vedette-prove-") as name:
        content, fresh = Path(name) / "content", Path(name) / "fresh"
        content.mkdir()
        try:
            open_box(path, content)
            manifest = told.read(content, str(path))
            key = _sealed(content, path)
            _check_members(content, manifest, path)
            entries = _check_ledger(content, key)
        except (StorageError, LedgerError) as error:
            return Proof(file=str(path), fault=str(error))
        sound = Proof(
            file=str(path), fault=None, manifest=manifest, key=key, known=key in trusted, entries=entries
        )
        if not again:
            return sound
        say(f"deriving tracks and alerts again from {manifest.journal.frames:,} frames")
        derived = derive(content, fresh, manifest.window, say)
        same = derived == manifest.derived
        agreement = None if same else agree(content / "derived", fresh)
    return Proof(
        **{name: getattr(sound, name) for name in ("file", "fault", "manifest", "key", "known", "entries")},
        derived=derived,
        same=same,
        agreement=agreement,
    )


def _sealed(content: Path, path: Path) -> str:
    try:
        text = (content / SIGNATURE).read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{path}: expected {SIGNATURE} in it, got {error}") from error
    return sealed_by((content / told.NAME).read_bytes(), text, str(path))


def _check_members(content: Path, manifest: told.Manifest, path: Path) -> None:
    """Every file of it as the manifest names it, and none beside."""
    there = [name for name in members(content) if name not in _BESIDE]
    named = [member.name for member in manifest.members]
    if there != named:
        odd = sorted(set(there) ^ set(named))
        raise StorageError(f"{path}: expected the files that the manifest names, got a difference in {odd}")
    for member in manifest.members:
        if told.member_of(content, member.name) != member:
            raise StorageError(f"{path}: {member.name} is not what the manifest names")


def _check_ledger(content: Path, key: str) -> int:
    """The ledger in it, proved by the key that signed the pack; returns how many entries."""
    if not (content / LEDGER).is_file():
        return 0
    verdict = verify(
        content / LEDGER,
        Terms(known={}, vouched=frozenset({keys.read_key(key, SIGNATURE)}), heads=(), quick=False),
        lambda entries: None,
    )
    if verdict.fault is not None:
        raise StorageError(f"{LEDGER}: {verdict.fault}")
    return verdict.entries
