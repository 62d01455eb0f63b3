"""The ledger: how fast it writes, proves and starts, what kill -9 loses, which flipped bits are noticed."""

import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from vedette.app.bench.ledger_flips import flips
from vedette.app.bench.ledger_kills import kills
from vedette.app.bench.ledger_start import MOST_S_PER_MILLION, starts
from vedette.app.bench.ledger_writer import NODE, drafts
from vedette.core.entry import Draft
from vedette.ledger import head, keys
from vedette.ledger.judge import Terms
from vedette.ledger.verify import verify
from vedette.ledger.writer import Ledger

Say = Callable[[str], None]
GROUP: Final = 100
VERIFY_GROUP: Final = 1000
WRITERS: Final = 8
LEAST_RATE: Final = 5000.0
MOST_VERIFY_S_PER_MILLION: Final = 10.0
_LEAST_JUDGED: Final = 100_000  # fewer entries are proved too fast to judge the time by
_SAY_EVERY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class LedgerBench:
    """How much of each; 0 leaves it out.

    entries  written in groups
    kills    of a writer
    flips    of each kind of file
    verify   entries of a ledger that is proved
    start    entries of a node's record that is opened
    folder   where; None is the system's folder for what is temporary
    """

    entries: int
    kills: int
    flips: int
    verify: int
    seed: int
    folder: Path | None = None
    start: int = 0


def bench(options: LedgerBench, say: Say) -> tuple[dict[str, Any], bool]:
    """What was measured, and whether all limits were kept."""
    summary: dict[str, Any] = {"bench": "ledger", "seed": options.seed}
    with tempfile.TemporaryDirectory(prefix="vedette-ledger-", dir=options.folder) as name:
        folder = Path(name)
        if options.entries:
            summary["append"] = appends(folder / "append", options.entries, options.seed, say)
        if options.kills:
            summary["kill"] = kills(folder / "kill", options.kills, options.seed, say)
        if options.flips:
            summary["flip"] = flips(folder / "flip", options.flips, options.seed, say)
        if options.verify:
            summary["verify"] = proves(folder / "verify", options.verify, options.seed, say)
        if options.start:
            summary["start"] = starts(folder / "start", options.start, options.seed, say)
    summary["passed"] = _passed(summary)
    return summary, summary["passed"]


def _passed(summary: dict[str, Any]) -> bool:
    append, kill, flip, proved, start = (
        summary.get(name) for name in ("append", "kill", "flip", "verify", "start")
    )
    return bool(
        (append is None or append["entries_per_s"] >= LEAST_RATE)
        and (kill is None or kill["lost"] == kill["broken"] == 0)
        and (flip is None or all(kind["changed"] == 0 for kind in flip.values()))
        and (flip is None or flip["closed"]["not_noticed"] == flip["export"]["not_noticed"] == 0)
        and (proved is None or (proved["proved"] and _fast(proved)))
        and (start is None or _starts_fast(start))
    )


def _fast(proved: dict[str, Any]) -> bool:
    if proved["entries"] < _LEAST_JUDGED:
        return True
    return bool(proved["took_s"] <= MOST_VERIFY_S_PER_MILLION * proved["entries"] / 1e6)


def _starts_fast(start: dict[str, Any]) -> bool:
    if start["entries"] < _LEAST_JUDGED:
        return True
    return bool(start["cpu_s"] <= MOST_S_PER_MILLION * max(1.0, start["entries"] / 1e6))


def appends(folder: Path, entries: int, seed: int, say: Say) -> dict[str, Any]:
    """Write entries: by one caller in groups, then by some callers one at a time.

    flushes_per_commit  of the disk under the folder while one caller wrote, as Linux counts them; None where
                        it does not. One or more says that SQLite did wait for the disk.
    """
    say(f"appending {entries:,} entries, {GROUP} at a time")
    rng = random.Random(seed)
    groups = [drafts(rng, GROUP) for _ in range(max(entries // GROUP, 1))]
    waited_s = []
    with Ledger(folder / "groups", NODE, time.time_ns, os.urandom) as ledger:
        flushed = _flushes(folder)
        begun = time.perf_counter()
        for group in groups:
            before = time.perf_counter()
            ledger.append(group)
            waited_s.append(time.perf_counter() - before)
        took_s = time.perf_counter() - begun
        flushes = None if flushed is None else (_flushes(folder) or 0) - flushed
    waited_s.sort()
    return {
        "entries": len(groups) * GROUP,
        "group": GROUP,
        "entries_per_s": round(len(groups) * GROUP / took_s, 1),
        "ms_a_group": round(1e3 * statistics.median(waited_s), 3),
        "ms_a_group_p99": round(1e3 * waited_s[int(0.99 * (len(waited_s) - 1))], 3),
        "flushes_per_commit": None if flushes is None else round(flushes / len(groups), 2),
        "one_fsync_ms": round(1e3 * _fsync_s(folder), 3),
        "single": _singles(folder / "singles", min(entries, 10_000), seed, say),
    }


def _singles(folder: Path, entries: int, seed: int, say: Say) -> dict[str, Any]:
    """Callers that wait for each entry before they make the next: groups form by themselves."""
    say(f"appending {entries:,} entries one at a time from {WRITERS} callers")
    rng = random.Random(seed)
    shares = [drafts(rng, max(entries // WRITERS, 1)) for _ in range(WRITERS)]

    def work(mine: list[Draft]) -> None:
        for draft in mine:
            ledger.append([draft])

    with Ledger(folder, NODE, time.time_ns, os.urandom) as ledger:
        callers = [threading.Thread(target=work, args=(mine,)) for mine in shares]
        begun = time.perf_counter()
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        took_s = time.perf_counter() - begun
    count = sum(len(mine) for mine in shares)
    groups = verify(folder, Terms(known=keys.read_known(folder / keys.KNOWN_FILE))).nodes[0].groups
    return {
        "callers": WRITERS,
        "entries": count,
        "entries_per_s": round(count / took_s, 1),
        "entries_a_group": round(count / groups, 2),
    }


def proves(folder: Path, entries: int, seed: int, say: Say) -> dict[str, Any]:
    """Make a ledger of so many entries and prove it."""
    rng = random.Random(seed)
    said = begun = time.perf_counter()
    written = 0
    with Ledger(folder, NODE, time.time_ns, os.urandom) as ledger:
        while written < entries:
            written += len(ledger.append(drafts(rng, min(VERIFY_GROUP, entries - written))))
            if time.perf_counter() - said > _SAY_EVERY_S:
                said = time.perf_counter()
                say(f"{written:,} of {entries:,} entries written, to be proved")
    made_s = time.perf_counter() - begun
    known = keys.read_known(folder / keys.KNOWN_FILE)
    times = {}
    for name, quick in (("took_s", False), ("quick_took_s", True)):
        say(f"proving {entries:,} entries{', the newest signature alone' if quick else ''}")
        begun, cpu_s = time.perf_counter(), sum(os.times()[:4])  # ours and the helper's
        verdict = verify(folder, Terms(known=known, quick=quick), helper=True)
        times[name] = round(time.perf_counter() - begun, 3)
        times[name.replace("took", "cpu")] = round(sum(os.times()[:4]) - cpu_s, 3)
    return {
        "proved": verdict.fault is None and verdict.entries == entries,
        "entries": entries,
        "group": VERIFY_GROUP,
        "mb": round((folder / head.LEDGER_FILE).stat().st_size / 1e6, 1),
        "made_s": round(made_s, 1),
        **times,
    }


def _fsync_s(folder: Path) -> float:
    """How long one small write takes to be on this disk, the median of some."""
    times = []
    with (folder / "probe").open("wb", buffering=0) as file:
        for _ in range(50):
            file.write(bytes(4096))
            before = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - before)
    return statistics.median(times)


def _flushes(folder: Path) -> int | None:
    """Flush requests that the disk under a folder has completed.

    Source: Linux, Documentation/admin-guide/iostats.rst, field 16.
    """
    if not folder.exists():
        folder = folder.parent
    device = folder.stat().st_dev
    try:
        for line in Path("/proc/diskstats").read_text(encoding="ascii").splitlines():
            fields = line.split()
            if (int(fields[0]), int(fields[1])) == (os.major(device), os.minor(device)) and len(fields) > 18:
                return int(fields[18])
    except OSError:
        return None
    return None


def table(summary: dict[str, Any]) -> str:
    """The same for people."""
    lines = []
    for part, figures in summary.items():
        if isinstance(figures, dict):
            lines.append(part)
            lines += [f"  {name:22} {value}" for name, value in figures.items()]
        else:
            lines.append(f"{part:24} {figures}")
    return "\n".join(lines)
