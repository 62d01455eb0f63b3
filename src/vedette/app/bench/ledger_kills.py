"""kill -9 of a real writer at random moments: nothing acknowledged may be lost, and the ledger must open.

A kill takes the process, not the power: it does not try what the disk was told to keep. That SQLite waits
for the disk is what `flushes_per_commit` of the bench shows.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from vedette.app.bench.ledger_writer import NODE
from vedette.core.errors import LedgerError
from vedette.ledger import head, keys, schema, store
from vedette.ledger.judge import Terms
from vedette.ledger.verify import verify
from vedette.ledger.writer import Ledger

Say = Callable[[str], None]
_LONGEST_S: Final = 0.25
_PROVE_EVERY: Final = 100
_SAY_EVERY: Final = 50


def kills(folder: Path, count: int, seed: int, say: Say) -> dict[str, Any]:
    """Kill so many writers of one ledger, one after the other.

    lost    acknowledged entries that were not there after a kill
    broken  times that the ledger did not open or did not prove
    early   writers killed before their first acknowledgement in that life
    """
    rng = random.Random(seed)
    told = {"kills": 0, "acknowledged": 0, "lost": 0, "broken": 0, "early": 0, "unacknowledged_kept": 0}
    faults: list[str] = []
    acked = 0
    for k in range(count):
        seq, hash_ = _one_life(folder, rng, seed * 1_000_003 + k)
        told["kills"] += 1
        told["early"] += seq == 0
        told["acknowledged"] += max(seq - acked, 0) if seq else 0
        acked = max(acked, seq)
        try:
            held = _held(folder, seq, hash_)
        except LedgerError as error:
            told["broken"] += 1
            faults.append(str(error))
            break
        told["lost"] += max(acked - held, 0)
        told["unacknowledged_kept"] += max(held - acked, 0)
        acked = max(acked, held)
        if (k + 1) % _PROVE_EVERY == 0 or k + 1 == count:
            fault = verify(folder, Terms(known=keys.read_known(folder / keys.KNOWN_FILE))).fault
            if fault is not None:
                told["broken"] += 1
                faults.append(str(fault))
                break
        if (k + 1) % _SAY_EVERY == 0:
            say(f"{k + 1} kills, {acked:,} entries, {told['lost']} lost, {told['broken']} broken")
    return {**told, "entries": acked, "faults": faults}


def _one_life(folder: Path, rng: random.Random, seed: int) -> tuple[int, bytes]:
    """Start a writer, kill it at a random moment; the last seq that it told, and its hash."""
    command = [sys.executable, "-m", "vedette.app.bench.ledger_writer", str(folder), str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
        if writer.stdout is None:
            raise LedgerError("expected a pipe to the writer")
        try:
            if writer.stdout.readline() != b"ready\n":
                raise LedgerError("expected the writer to start, it did not")
            time.sleep(rng.uniform(0.0, _LONGEST_S))
        finally:
            os.kill(writer.pid, signal.SIGKILL)
        said = writer.stdout.read().splitlines(keepends=True)
    whole = [line for line in said if line.endswith(b"\n")]
    if not whole:
        return 0, b""
    seq, _, digits = whole[-1].decode().strip().partition(" ")
    return int(seq), bytes.fromhex(digits)


def _held(folder: Path, seq: int, hash_: bytes) -> int:
    """How far the ledger goes after a kill. LedgerError where it does not open, or says another thing."""
    with Ledger(folder, NODE, time.time_ns, os.urandom) as ledger:
        last = 0 if ledger.head is None else ledger.head.last
    if seq and last >= seq:
        db = store.open_to_read(folder / head.LEDGER_FILE)
        try:
            row = db.execute(
                "SELECT hash FROM entry WHERE node = ? AND seq = ?", (schema.OWN, seq)
            ).fetchone()
        finally:
            db.close()
        if row != (hash_,):
            raise LedgerError(f"expected at seq {seq} the entry that was acknowledged, got another")
    return last
