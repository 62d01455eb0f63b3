"""The node's signed record: alerts as they come over the bus, what people enter, and the incidents of both.

It is the one writer of the ledger. A message of the stream is acknowledged when its entries are on the disk,
so a process that is killed gets it again; what the ledger holds already is not entered twice.
"""

import asyncio
import contextlib
import itertools
import logging
import secrets
import shutil
from collections.abc import Callable
from functools import partial
from typing import Final, Literal

import msgspec

from vedette.app import procedures, topology
from vedette.app.book import LEDGER, Book, exported, proved
from vedette.app.closure.record import ClosureNews
from vedette.app.messages import ProcessNews
from vedette.app.processes.common import Run, main
from vedette.app.processes.rereading import reread
from vedette.app.restarted import ended
from vedette.bus.client import Message
from vedette.core.alert import Alert, Decision
from vedette.core.entry import Draft
from vedette.core.errors import BusError, LedgerError
from vedette.core.incident import RecordQuestion
from vedette.incident.procedures import Procedure

EXPORTS: Final = "exports"  # folder of files on their way to somebody
_log = logging.getLogger("vedette.ledger")
_TOLD_S: Final = 0.3
_FORGET_TURNS: Final = 12_000  # an hour
_AGAIN_S: Final = 1.0
_MOST_AT_ONCE: Final = 500
_MOST_ENDED_AT_ONCE: Final = 100


async def work(run: Run) -> None:
    """The process."""
    shutil.rmtree(run.folder / EXPORTS, ignore_errors=True)
    book = Book(run.folder, run.config.node.name, run.config.incidents, run.secrets.started_ns, run.now_ns)
    clerk = Clerk(run, book)
    await run.bus.answer(topology.LEDGER, clerk.answer)
    works = (clerk.follow(), clerk.tell(), clerk.reread(), clerk.end_old())
    tasks = [asyncio.create_task(one) for one in works]
    stop = asyncio.create_task(run.stopping.wait())
    run.ready()
    try:
        done, _ = await asyncio.wait({*tasks, stop}, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {stop}:
            await task  # its error
    finally:
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        book.close()


class Clerk:
    """Keeps the book."""

    def __init__(self, run: Run, book: Book) -> None:
        self._run = run
        self._book = book
        self._procedures: list[Procedure] = procedures.of_node(run.config, run.folder)
        self._failing = False

    async def answer(self, payload: bytes) -> bytes:
        """Whoever asks or enters."""
        asked = msgspec.json.decode(payload, type=RecordQuestion)
        folder = self._book.folder
        if asked.asks == "prove":
            told = await asyncio.to_thread(proved, folder)
        elif asked.asks == "export":
            out = self._run.folder / EXPORTS / f"{secrets.token_hex(16)}.vdtl"
            told = await asyncio.to_thread(exported, folder, out, asked.incident)
        else:
            told = self._book.answer(asked, self._procedures)
        return msgspec.json.encode(told)

    async def follow(self) -> None:
        """Enter what the stream has, from where it was left."""
        async for message in self._run.bus.read_durable("ALERTS", LEDGER, anew=self._book.is_new):
            if message.topic == topology.CLOSURE_DECIDED:
                await self._until_done(partial(self._closure, message))
            elif drafts := self._drafts(message):
                await self._until_done(partial(self._book.append, drafts))

    def _closure(self, message: Message) -> None:
        """What a person decided about an airport; what cannot be read is said and passed over."""
        try:
            news = msgspec.json.decode(message.payload, type=ClosureNews)
        except msgspec.MsgspecError as error:
            _log.error("a message of %s is not in the record: %s", message.topic, error)
            return
        self._book.decided_closure(news)

    def _drafts(self, message: Message) -> list[Draft]:
        """What a message makes; one that cannot be entered is said and passed over."""
        drafts: list[Draft] = []
        try:
            if message.topic == topology.DECIDED:
                return self._book.keeper.decision(msgspec.json.decode(message.payload, type=Decision))
            for alert in msgspec.json.decode(message.payload, type=list[Alert]):
                try:
                    drafts += self._book.keeper.alerts([alert])
                except LedgerError as error:
                    _log.error("alert %s is not in the record: %s", alert.alert_id, error)
        except (LedgerError, msgspec.MsgspecError) as error:
            _log.error("a message of %s is not in the record: %s", message.topic, error)
        return drafts

    async def _until_done(self, enter: Callable[[], object]) -> None:
        """Until the disk has it, however long that takes."""
        while True:
            try:
                enter()
            except LedgerError as error:
                await self._fails(error)
                await asyncio.sleep(_AGAIN_S)
                with contextlib.suppress(LedgerError):
                    self._book.reopen()
                continue
            if self._failing:
                self._failing = False
                await self._news("running", "writes again")
            return

    async def _fails(self, error: LedgerError) -> None:
        if not self._failing:
            self._failing = True
            _log.error("%s", error)
            await self._news("failed", f"{error}; alerts wait for it")

    async def _news(self, state: Literal["running", "failed"], detail: str) -> None:
        await self._run.bus.publish(
            topology.PROCESS, msgspec.json.encode(ProcessNews("ledger", state, detail))
        )

    async def tell(self) -> None:
        """Tell incidents: all at the start, then those that change."""
        known = self._book.newest()
        for first in range(0, len(known), _MOST_AT_ONCE):
            part = known[first : first + _MOST_AT_ONCE]
            await self._run.bus.publish(topology.INCIDENT, msgspec.json.encode(part))
        for turn in itertools.count(1):
            await asyncio.sleep(_TOLD_S)
            if turn % _FORGET_TURNS == 0:
                self._book.forget()
            if self._book.changed:
                try:
                    told = self._book.project_changed()
                except LedgerError as error:
                    await self._fails(error)
                    continue
                await self._run.bus.publish(topology.INCIDENT, msgspec.json.encode(told))

    async def end_old(self) -> None:
        """Tell once that alerts are over which an earlier run of the node left.

        The record knows them for as long as it is kept, the stream for thirty days. They go out as changes
        of alerts do, so the record, the history and the page all have it. Begins when all of before is in
        the record and the history listens; a process that dies before they are in begins again.
        """
        while not (self._run.works("record") and await self._has_read_all()):
            await asyncio.sleep(_AGAIN_S)
        await self._recall()
        at_ns, now_ns = self._run.secrets.started_ns, self._run.now_ns()
        over = [ended(alert, "node", at_ns, now_ns) for alert in self._book.keeper.left_over()]
        for first in range(0, len(over), _MOST_ENDED_AT_ONCE):
            part = msgspec.json.encode(over[first : first + _MOST_ENDED_AT_ONCE])
            name = f"over-{at_ns}-{self._run.generation}-{first}"
            await self._run.bus.publish_durable(topology.ALERT, part, name, wait=True)
        if over:
            _log.warning("%d alerts of an earlier run are over", len(over))
        await self._run.stopping.wait()

    async def _recall(self) -> None:
        """Know of alerts that hold for longer than the book looks back when it starts."""
        try:
            for entry in await asyncio.to_thread(self._book.held_before):
                self._book.keeper.recall(entry)
        except LedgerError as error:
            _log.error("alerts of more than a month ago may stay as they are: %s", error)

    async def _has_read_all(self) -> bool:
        with contextlib.suppress(BusError):
            return await self._run.bus.unread("ALERTS", LEDGER) == 0
        return False

    async def reread(self) -> None:
        """Take the file of procedures as it is changed."""
        path, copy = self._run.secrets.procedures_path, self._run.config.procedures
        await reread(self._run, "procedures", path, copy, procedures.read, self._take_procedures)

    def _take_procedures(self, found: list[Procedure]) -> str:
        self._procedures = found
        return f"{len(found)} procedures"


if __name__ == "__main__":
    main("ledger", work)
