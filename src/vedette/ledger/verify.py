"""Proves a file: a ledger or an export. What comes out is a verdict, and the first fault if there is one."""

from functools import partial
from pathlib import Path

import msgspec
from msgspec import Struct

from vedette.core.errors import LedgerError
from vedette.ledger import export, halves, head, schema, sources, store
from vedette.ledger.beside import Beside
from vedette.ledger.judge import Judge, Progress, Terms
from vedette.ledger.keys import spell_key
from vedette.ledger.proof import Fault, Walk


class Proved(Struct, frozen=True):
    """What is proved of one node's entries.

    entries      that can be read; withheld: that cannot, and whose place in the chain is proved
    first, last  seq; gaps: how often some are missing in between, which a whole ledger has not
    from_ns      UTC of the first entry and of the last one, None where all are withheld
    keys         that signed
    head         hash of the last entry, hexadecimal
    """

    node: str
    entries: int
    withheld: int
    groups: int
    first: int
    last: int
    gaps: int
    from_ns: int | None
    to_ns: int | None
    keys: list[str]
    head: str


class Verdict(Struct, frozen=True):
    """What a proof came to.

    fault       the first thing wrong, None for nothing
    nodes       what is proved, up to the fault
    signatures  how many were checked; the others are in the chain under them
    notes       what the proof does not cover, in words
    """

    file: str
    form: str
    fault: Fault | None
    nodes: list[Proved]
    signatures: int
    notes: list[str]

    @property
    def entries(self) -> int:
        """Of all nodes."""
        return sum(node.entries for node in self.nodes)


def verify(path: Path, terms: Terms, progress: Progress = lambda _: None, *, helper: bool = False) -> Verdict:
    """Prove a ledger (its folder or its file) or an export.

    progress  told the number of entries so far, now and then
    helper    share a long closed ledger with a second process; progress is of the second half then

    LedgerError where there is no such file. Whatever is wrong in it is a fault, not an error.
    """
    if path.is_dir():
        path = path / head.LEDGER_FILE
    if not path.is_file():
        raise LedgerError(f"expected a ledger or an export, got {path}: no such file")
    prove = _verify_export if export.is_export(path) else partial(_verify_ledger, helper=helper)
    verdict = prove(path, terms, progress)
    if terms.quick and verdict.fault is not None and verdict.fault.what == "signature":
        # The newest signature tells that something under it is wrong; which is the first, all of them tell.
        return prove(path, msgspec.structs.replace(terms, quick=False), progress)
    return verdict


def _verify_export(path: Path, terms: Terms, progress: Progress) -> Verdict:
    judge = Judge(terms, progress)
    if path.stat().st_size:
        with export.open_export(path) as content:
            fault = judge.prove(sources.of_export(content))
    else:
        fault = Fault("form", "expected an export, got an empty file")
    notes = ["an export proves what is in it, not that nothing came before or after"]
    return _verdict(path, "export", judge, fault, notes)


def _verify_ledger(path: Path, terms: Terms, progress: Progress, *, helper: bool) -> Verdict:
    notes: list[str] = []
    head_fault = None
    try:
        own = head.read_head(path.with_name(head.HEAD_FILE))
        if own is None:
            notes.append("no head lies beside it: that its end was cut off would show only with --head")
        else:
            terms = msgspec.structs.replace(terms, heads=(*terms.heads, own))
    except LedgerError as error:
        head_fault = Fault("file", str(error))
    if terms.quick:
        notes.append("quick: that no index hides an entry was not looked at")
    told = path.with_name(head.SUM_FILE)
    closed = told.exists()
    beside = Beside(path, closed=closed, quick=terms.quick)
    judge = Judge(terms, progress)
    fault = _prove(path, judge, terms, closed=closed, helper=helper)
    beside_fault = beside.join()
    if closed and not told.exists():  # it was opened meanwhile, and perhaps written to
        return _verify_ledger(path, terms, progress, helper=helper)
    return _verdict(path, "ledger", judge, fault or head_fault or beside_fault, notes + beside.notes)


def _prove(path: Path, judge: Judge, terms: Terms, *, closed: bool, helper: bool) -> Fault | None:
    try:
        db = store.open_to_read(path, closed=closed)
    except LedgerError as error:
        return Fault("form", str(error))
    try:
        db.execute("BEGIN")  # one state of it, also while it is written
        schema.check(db, path.name)
        cut = halves.find_cut(db) if helper and closed else None
        if cut is not None:
            return halves.prove(db, path, judge, terms, cut)
        return judge.prove(sources.of_ledger(db))
    except LedgerError as error:
        return Fault("form", str(error))
    except store.TROUBLE as error:
        return judge.unreadable(error)
    finally:
        db.close()


def _verdict(path: Path, form: str, judge: Judge, fault: Fault | None, notes: list[str]) -> Verdict:
    return Verdict(
        file=str(path),
        form=form,
        fault=fault,
        nodes=[
            _proved(walk, [spell_key(key) for node, key in judge.keys if node == walk.node])
            for walk in judge.walks.values()
        ],
        signatures=judge.signatures,
        notes=notes,
    )


def _proved(walk: Walk, keys: list[str]) -> Proved:
    return Proved(
        node=walk.node,
        entries=walk.entries,
        withheld=walk.withheld,
        groups=walk.groups,
        first=walk.first,
        last=walk.last,
        gaps=walk.gaps,
        from_ns=walk.from_ns,
        to_ns=None if walk.from_ns is None else walk.stamp.time_ns,
        keys=keys,
        head="" if walk.group is None else walk.group.head.hex(),
    )
