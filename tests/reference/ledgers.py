"""Small ledgers for tests: keys and clocks that give the same bytes each time."""

import sqlite3
from pathlib import Path

from vedette.core import canonical, chain, event, hlc
from vedette.core.entry import NOTHING, Draft
from vedette.core.units import NS_PER_S
from vedette.ledger import head, keys
from vedette.ledger.judge import Terms
from vedette.ledger.verify import verify
from vedette.ledger.writer import Ledger

START_NS = 1_800_000_000 * NS_PER_S


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now_ns=START_NS):
        self.now_ns = now_ns

    def __call__(self):
        return self.now_ns


def random_bytes(seed):
    """Bytes that anybody can guess, for keys that guard nothing."""
    return lambda count: bytes((seed + i) % 256 for i in range(count))


def open_ledger(folder, node="airport", clock=None, seed=None):
    return Ledger(folder, node, clock or Clock(), random_bytes(sum(node.encode()) if seed is None else seed))


def note(text, incident=None, author="anna", kind="note"):
    return Draft(kind, author, canonical.encode({"text": text}), incident)


def filled(folder, groups=((2, None), (1, "fire"), (3, "fire")), node="airport", clock=None):
    """A closed ledger of groups: how many entries, about which incident."""
    clock = clock or Clock()
    with open_ledger(folder, node, clock) as ledger:
        for g, (count, incident) in enumerate(groups):
            ledger.append([note(f"{g}.{i}", incident) for i in range(count)])
            clock.now_ns += NS_PER_S
    return folder


def known(*folders):
    """The keys of the nodes whose ledgers these are."""
    together = {}
    for folder in folders:
        for node, theirs in keys.read_known(Path(folder) / keys.KNOWN_FILE).items():
            together[node] = together.get(node, frozenset()) | theirs
    return together


def fault_of(path, *, keys_of=None, **terms):
    """The first fault of a ledger or an export."""
    folder = keys_of or (path if Path(path).is_dir() else Path(path).parent)
    return verify(Path(path), Terms(known=known(folder), **terms)).fault


def forge(folder, *statements, sum_too=True):
    """Change a closed ledger as one would who knows SQLite, and put triggers and sum right again."""
    path = Path(folder) / head.LEDGER_FILE
    db = sqlite3.connect(path)
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        db.execute(*statement) if isinstance(statement, tuple) else db.execute(statement)
    for _, sql in triggers:
        db.execute(sql)
    db.commit()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    if sum_too:
        head.write_sum(path)


def entries(events, node="airport", incident="i-1", start_ns=START_NS, author="anna"):
    """A chain of these events, a nanosecond apart; drafts and texts of kinds that nobody knows, too."""
    stamp, ahead, made = hlc.START, NOTHING, []
    for seq, each in enumerate(events, start=1):
        made_of = each if isinstance(each, Draft) else event.draft(each, author, incident)
        stamp = hlc.tick(stamp, start_ns + seq)
        made.append(chain.chained(made_of, node, seq, stamp, bytes(16), ahead))
        ahead = made[-1].hash
    return made
