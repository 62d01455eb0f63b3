"""What is checked of a ledger's file beside its entries: SQLite's structure, and every bit as it was closed.

Both run in a thread of their own while the chain is proved; SQLite and SHA-256 work without Python's lock.
"""

import sqlite3
import threading
from pathlib import Path

from vedette.core.errors import LedgerError
from vedette.ledger import head, store
from vedette.ledger.proof import Fault


class Beside:
    """The two checks of one file, under way."""

    def __init__(self, path: Path, *, closed: bool, quick: bool) -> None:
        """Begin.

        closed  the ledger is, so there is a sum of all its bytes
        quick   do not compare indexes with the rows that they are of
        """
        self._closed = closed
        self._check = "quick_check" if quick else "integrity_check"
        self.notes: list[str] = []
        self._path = path
        self._found: list[Fault] = []
        self._thread = threading.Thread(target=self._run, name="ledger-beside", daemon=True)
        self._thread.start()

    def join(self) -> Fault | None:
        """Wait for both; the first fault."""
        self._thread.join()
        return self._found[0] if self._found else None

    def _run(self) -> None:
        try:
            self._check_structure()
            self._check_sum()
        except (sqlite3.Error, LedgerError, OSError, ValueError, TypeError) as error:
            self._found.append(Fault("index", f"SQLite cannot read the file: {error}"))

    def _check_structure(self) -> None:
        db = store.open_to_read(self._path, closed=self._closed)
        try:
            db.text_factory = bytes  # what it says of damage may quote the damage
            told = db.execute(f"PRAGMA {self._check}(1)").fetchone()
        finally:
            db.close()
        if told != (b"ok",):
            said = told[0].decode("utf-8", "replace") if told else "nothing"
            self._found.append(Fault("index", f"expected SQLite to find its structure whole, got: {said}"))

    def _check_sum(self) -> None:
        told = self._path.with_name(head.SUM_FILE)
        if not self._closed:
            self.notes.append(
                "no sum lies beside it, as while it is open: bits that nothing reads are not covered"
            )
        elif store.has_log(self._path):
            self._found.append(Fault("file", "expected no write-ahead log beside a closed ledger, got one"))
        elif told.read_bytes() != head.sum_line(self._path):
            self._found.append(Fault("file", f"expected the bytes of {told.name}, got others: bits changed"))
