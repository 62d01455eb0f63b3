"""The writer of a node's ledger: one thread, and what waits goes in as one group.

A group is one transaction and one signature. `append` returns when the disk has it. While one group is on its
way to the disk the next one gathers, so the more there is to write, the larger the groups are.
"""

import fcntl
import mmap
import os
import queue
import sqlite3
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import msgspec

from vedette.core import hlc
from vedette.core.chain import chained, check_draft, check_name, link_of
from vedette.core.entry import Draft, Entry, Group
from vedette.core.errors import LedgerError
from vedette.ledger import head, keys, recover, schema, store
from vedette.ledger.proof import MOST_IN_GROUP
from vedette.ledger.take import Taken, join, prove

GATHERED: Final = 4096  # a group that has so many waits for no more
_HARMLESS: Final = {"SQLITE_FULL", "SQLITE_BUSY"}  # nothing was written, and a later try may do

Clock = Callable[[], int]


@dataclass(frozen=True, slots=True)
class _Append:
    drafts: Sequence[Draft]
    done: Future[list[Entry]]


@dataclass(frozen=True, slots=True)
class _Take:
    content: mmap.mmap
    done: Future[Taken]


class Ledger:
    """A node's ledger, open for writing. One process at a time has it."""

    def __init__(self, folder: Path | str, node: str, now_ns: Clock, random_bytes: keys.RandomBytes) -> None:
        """Open the ledger in a folder, or begin one.

        node          the name of the node; a ledger is one node's for ever
        now_ns        UTC
        random_bytes  so many bytes that nobody can guess, for the node's key if it has none yet

        LedgerError where the ledger is another's, open elsewhere, or its end is broken.
        """
        check_name(node, "node")
        self.node = node
        self.folder = Path(folder)
        self.path = self.folder / head.LEDGER_FILE
        self._now_ns = now_ns
        self._jobs: queue.SimpleQueue[_Append | _Take | None] = queue.SimpleQueue()
        self._failed: str | None = None
        self._closed = False
        self._guard = threading.Lock()  # between what is handed in and closing
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._head = os.open(self.folder / head.HEAD_FILE, os.O_RDWR | os.O_CREAT, 0o640)
        except OSError as error:
            raise LedgerError(f"cannot open a ledger in {self.folder}: {error.strerror}") from error
        try:
            self._open(random_bytes)
        except BaseException:
            os.close(self._head)
            raise
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    def _open(self, random_bytes: keys.RandomBytes) -> None:
        try:
            fcntl.flock(self._head, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise LedgerError(f"expected {self.folder} to be free, another process has it open") from None
        self._signer = self._key(random_bytes)
        self._db = store.open_to_write(self.path, self.node)
        try:
            self._tail = recover.tail_of(self._db, self.node, self.path)
            recover.check_head(self._db, self._tail, self.node, self.folder / head.HEAD_FILE)
            self._check_key()
            head.drop_sum(self.path)  # all holds, and from here on it is written to
            if self._tail.group is not None:
                self._write_head(self._tail.group)
            stamp = recover.followed(self._db, self._tail.stamp, self._now_ns())
            self._tail = msgspec.structs.replace(self._tail, stamp=stamp)
            head.sync_folder(self.folder)
        except OSError as error:
            self._db.close()
            raise LedgerError(f"cannot write in {self.folder}: {error.strerror}") from error
        except BaseException:
            self._db.close()
            raise

    def _key(self, random_bytes: keys.RandomBytes) -> keys.Signer:
        path = self.folder / keys.KEY_FILE
        if self.path.exists() and not path.exists():  # a key is made before anything else
            raise LedgerError(f"expected the node's key in {path}: without it the ledger cannot go on")
        return keys.load_or_make_key(self.folder, random_bytes)

    def _check_key(self) -> None:
        """A key that signs for the first time is made known; another one must have been, by a person."""
        path = self.folder / keys.KNOWN_FILE
        if self._tail.seq == 0:
            keys.add_known(path, self.node, self._signer.public)
        elif self._signer.public not in keys.read_known(path).get(self.node, frozenset()):
            raise LedgerError(
                f"expected the key in {self.folder / keys.KEY_FILE} to be one of {self.node}, got "
                f"{keys.spell_key(self._signer.public)}: if it is, add it to {path}"
            )

    @property
    def head(self) -> Group | None:
        """The newest signed group: what others should be told. None before the first entry."""
        return self._tail.group

    @property
    def public_key(self) -> bytes:
        """The key that the node signs with."""
        return self._signer.public

    def append(self, drafts: Sequence[Draft]) -> list[Entry]:
        """Enter all of these, or none. When this returns they are on the disk, signed.

        LedgerError where a draft cannot be entered or the disk takes nothing.
        """
        return self.submit(drafts).result()

    def submit(self, drafts: Sequence[Draft]) -> "Future[list[Entry]]":
        """Like `append`, without waiting: the result is there when they are on the disk."""
        if len(drafts) > MOST_IN_GROUP:
            raise LedgerError(f"expected {MOST_IN_GROUP} drafts or fewer at once, got {len(drafts)}")
        for draft in drafts:
            check_draft(draft)
        done: Future[list[Entry]] = Future()
        self._hand_in(_Append(drafts, done))
        return done

    def take(self, path: Path | str, known: keys.Known) -> Taken:
        """Take over a partner's entries from an exported file, after proving it.

        known  the keys that nodes are known by
        """
        done: Future[Taken] = Future()
        with prove(Path(path), known) as content:
            self._hand_in(_Take(content, done))
            return done.result()

    def close(self) -> None:
        """Write what waits, and close. What is read of the file from then on is covered by its sum."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            self._jobs.put(None)
        self._thread.join()
        try:
            busy = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            self._db.close()
            os.fsync(self._head)
            if not busy and self._failed is None:
                head.write_sum(self.path)
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(f"cannot close the ledger {self.path}: {error}") from error
        finally:
            self._db.close()
            os.close(self._head)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The thread

    def _hand_in(self, job: "_Append | _Take") -> None:
        job.done.set_running_or_notify_cancel()  # from here on it is done, whoever stops waiting for it
        with self._guard:
            if self._closed:
                raise LedgerError(f"the ledger {self.path} is closed")
            self._jobs.put(job)

    def _run(self) -> None:
        held: _Append | _Take | None = None  # taken from the queue, and does not go with those before
        while True:
            job = held or self._jobs.get()
            held = None
            if isinstance(job, _Append):
                together, held = self._gather(job)
                self._finish(together)
            elif isinstance(job, _Take):
                self._take(job)
            else:
                return

    def _gather(self, first: _Append) -> "tuple[list[_Append], _Append | _Take | None]":
        """What waits already, as far as it makes one group; and what was taken from the queue beyond that."""
        together, size = [first], len(first.drafts)
        while size < GATHERED and not self._jobs.empty():
            job = self._jobs.get()
            if job is None:
                self._jobs.put(None)  # closing: nothing comes after it
                break
            if not isinstance(job, _Append) or size + len(job.drafts) > MOST_IN_GROUP:
                return together, job
            together.append(job)
            size += len(job.drafts)
        return together, None

    def _finish(self, jobs: list[_Append]) -> None:
        """Write one group, and tell those who wait for it."""
        try:
            entries = self._write([draft for job in jobs for draft in job.drafts])
        except Exception as error:  # whatever it was: nobody may wait for ever
            failure = self._fail(error)
            for job in jobs:
                job.done.set_exception(failure)
            return
        at = 0
        for job in jobs:
            job.done.set_result(entries[at : at + len(job.drafts)])
            at += len(job.drafts)

    def _write(self, drafts: list[Draft]) -> list[Entry]:
        self._check_sound()
        if not drafts:
            return []
        seq, stamp, ahead = self._tail.seq, self._tail.stamp, self._tail.ahead
        now_ns = self._now_ns()
        entries = []
        for draft in drafts:
            seq, stamp = seq + 1, hlc.tick(stamp, now_ns)
            entry = chained(draft, self.node, seq, stamp, self._signer.salt(seq), ahead)
            ahead = entry.hash
            entries.append(entry)
        group = self._signer.group(self.node, self._tail.seq + 1, seq, ahead)
        with store.transaction(self._db):
            store.insert_entries(self._db, schema.OWN, entries)
            store.insert_group(self._db, schema.OWN, group)
        self._tail = recover.Tail(seq, stamp, link_of(group), group)
        self._write_head(group)
        return entries

    def _take(self, job: _Take) -> None:
        try:
            self._check_sound()
            taken = join(self._db, job.content)
        except Exception as error:
            job.done.set_exception(error if isinstance(error, LedgerError) else self._fail(error))
            return
        stamp = recover.followed(self._db, self._tail.stamp, self._now_ns())
        self._tail = msgspec.structs.replace(self._tail, stamp=stamp)
        job.done.set_result(taken)

    def _check_sound(self) -> None:
        if self._failed is not None:
            raise LedgerError(self._failed)

    def _write_head(self, group: Group) -> None:
        """In place: what is there is the head before or this one, never a part."""
        try:
            os.pwrite(self._head, head.encode_head(group), 0)
        except OSError as error:
            self._failed = f"cannot write the head of {self.path}: {error.strerror}; open the ledger again"

    def _fail(self, error: Exception) -> LedgerError:
        """What those who wait are told. After most errors nothing is written until it is opened again."""
        if isinstance(error, LedgerError):
            return error
        name = getattr(error, "sqlite_errorname", "")
        told = f"cannot write the ledger {self.path}: {error}"
        if name not in _HARMLESS:
            told += "; open it again"
            self._failed = told
        return LedgerError(told)
