"""One bit of a ledger's files is flipped, and the proof must say so. Each flip is of a fresh copy.

closed    any bit of the file of a closed ledger, its sum beside it
export    any bit of an export
killed    any bit of the files that a killed writer leaves: the file, the write-ahead log and the head

Where a flip is not noticed, or only by the sum of all bytes, all tables are read and compared with before;
`changed` counts where anything else is read, and must be 0. A killed writer leaves no sum: there a bit that
nothing reads can flip unnoticed.
"""

import os
import random
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from vedette.app.bench.ledger_writer import NODE, drafts
from vedette.core.errors import LedgerError
from vedette.ledger import head, keys, store
from vedette.ledger.judge import Terms
from vedette.ledger.keys import Known
from vedette.ledger.read import Reader
from vedette.ledger.verify import verify
from vedette.ledger.writer import Ledger

Say = Callable[[str], None]
_GROUPS: Final = 25
_MOST_TOGETHER: Final = 12
_PARTNER: Final = "partner"
_TABLES: Final = ("node", "entry", "withheld", "entry_group")
_SAY_EVERY: Final = 500


def flips(folder: Path, count: int, seed: int, say: Say) -> dict[str, Any]:
    """Flip so many bits of each kind of file; what was caught, and by which check first."""
    rng = random.Random(seed)
    made = _Made(folder, rng)
    return {
        "closed": _flipped(made.closed, [head.LEDGER_FILE], made.known, count, rng, say, "closed"),
        "export": _flipped(made.exports, ["part.vdtl"], made.known, count, rng, say, "export"),
        "killed": _flipped(
            made.killed,
            [head.LEDGER_FILE, f"{head.LEDGER_FILE}-wal", head.HEAD_FILE],
            made.known,
            count,
            rng,
            say,
            "killed",
        ),
    }


class _Made:
    """A small ledger with entries of a partner, some withheld: closed, as an export, and as killed."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.closed, self.exports, self.killed = folder / "closed", folder / "exports", folder / "killed"
        self.exports.mkdir(parents=True)
        partner = folder / "partner"
        with Ledger(partner, _PARTNER, time.time_ns, os.urandom) as ledger:
            theirs = ledger.public_key
            _fill(ledger, rng)
        with Reader(partner) as reader:
            reader.export(self.exports / "theirs.vdtl", incident="incident-1")
        with Ledger(self.closed, NODE, time.time_ns, os.urandom) as ledger:
            keys.add_known(self.closed / keys.KNOWN_FILE, _PARTNER, theirs)
            self.known: Known = keys.read_known(self.closed / keys.KNOWN_FILE)
            _fill(ledger, rng)
            ledger.take(self.exports / "theirs.vdtl", self.known)
            _fill(ledger, rng)
            _copy(self.closed, self.killed)  # while it is open: what a killed writer leaves
        with Reader(self.closed) as reader:
            reader.export(self.exports / "part.vdtl", first=20)


def _fill(ledger: Ledger, rng: random.Random) -> None:
    for _ in range(_GROUPS):
        ledger.append(drafts(rng, rng.randint(1, _MOST_TOGETHER)))


def _copy(source: Path, target: Path) -> None:
    target.mkdir()
    for name in (head.LEDGER_FILE, f"{head.LEDGER_FILE}-wal", head.HEAD_FILE, head.SUM_FILE, "part.vdtl"):
        if (source / name).exists():
            shutil.copyfile(source / name, target / name)


def _flipped(
    source: Path, names: list[str], known: Known, count: int, rng: random.Random, say: Say, what: str
) -> dict[str, Any]:
    """Flip bits of these files, taken as one row of bits."""
    sizes = [(source / name).stat().st_size for name in names]
    before = _content(source)
    target = source.with_name("flipped")
    if verify(source / names[0], Terms(known=known)).fault is not None:
        raise LedgerError(f"expected what is made in {source} to be proved before a bit is flipped")
    caught: Counter[str] = Counter()
    missed: list[str] = []
    changed = 0
    for n in range(1, count + 1):
        name, at, bit = _pick(rng, names, sizes)
        _copy(source, target)
        _flip(target / name, at, bit)
        proved = target / names[0]
        fault = verify(proved, Terms(known=known)).fault
        if fault is None:
            missed.append(f"{name} byte {at} bit {bit}")
        else:
            caught[fault.what] += 1
        if fault is None or fault.what == "file":
            changed += _content(target) != before
        shutil.rmtree(target)
        if n % _SAY_EVERY == 0:
            say(f"{what}: {n:,} bits flipped, {len(missed)} not noticed")
    return {
        "flips": count,
        "bits": 8 * sum(sizes),
        "caught": sum(caught.values()),
        "not_noticed": len(missed),
        "changed": changed,
        "by": dict(sorted(caught.items())),
        "where_not_noticed": missed[:10],
    }


def _pick(rng: random.Random, names: list[str], sizes: list[int]) -> tuple[str, int, int]:
    at = rng.randrange(sum(sizes))
    for name, size in zip(names, sizes, strict=True):
        if at < size:
            return name, at, rng.randrange(8)
        at -= size
    raise LedgerError("expected a byte of these files")


def _flip(path: Path, at: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ (1 << bit)]))


def _content(folder: Path) -> list[tuple[Any, ...]]:
    """Everything that can be read of a ledger and the head beside it; nothing for a folder without one."""
    path = folder / head.LEDGER_FILE
    if not path.exists():
        return []
    return list(_rows(path))


def _rows(path: Path) -> Iterator[tuple[Any, ...]]:
    try:
        db = store.open_to_read(path)
    except LedgerError as error:
        yield (str(error),)
        return
    try:
        db.text_factory = bytes
        for table in _TABLES:
            yield from db.execute(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608 -- our own names
        yield from db.execute("SELECT type, name, sql FROM sqlite_schema ORDER BY name")
    except store.TROUBLE as error:
        yield (str(error),)
    finally:
        db.close()
