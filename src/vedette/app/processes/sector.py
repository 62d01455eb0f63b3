"""Observations to tracks, identities and alerts.

A sector that was started again reads what the stream still holds, without telling, so that its
tracks are back at once; the next whole second tells them all. Its tracks have new numbers, so the
alerts of the old ones are cleared. Those of an earlier run of the node the ledger process clears, which
knows what the record holds.
"""

import asyncio
import contextlib
import logging
from functools import partial
from pathlib import Path

import msgspec

from vedette.app import authorisations, numbers, rules, topology
from vedette.app.config import load_surface_file, load_zone_files
from vedette.app.held import Notes, recorded_from_ns
from vedette.app.leaves_as_told import as_told
from vedette.app.memory import keep_freed
from vedette.app.messages import Answer, BiasNews, DoubtNews, LeaveNews
from vedette.app.processes.common import Run, main
from vedette.app.processes.rereading import reread
from vedette.app.restarted import ended
from vedette.app.sector import Sector, SectorOutput
from vedette.app.warm import warm
from vedette.bus.client import Message
from vedette.core.alert import Alert, Decision
from vedette.core.errors import StorageError
from vedette.core.interference import InterferenceMap
from vedette.core.observation import decode_batch
from vedette.core.picture import encode_picture
from vedette.core.zone import Zone
from vedette.identify.leaves import Leaves
from vedette.watch.rule import RuleSet

_log = logging.getLogger("vedette.sector")
_QUIET_S = 1.0
_KEPT_S = 60.0
_LEAVES_AT_ONCE = 500
_TIDIED_S = 3600.0
_MEMORY = "watch.json"  # in the run folder: what of the watch outlives a process


async def work(run: Run) -> None:
    """The process."""
    keep_freed()
    config = run.config
    zones = load_zone_files(config, run.folder)
    first_id = run.secrets.first_id + run.generation * numbers.A_RUN
    numbers.note(run.folder, first_id)
    known = authorisations.of_node(config, run.folder, zones)
    sector = Sector(
        config.origin,
        zones,
        config.tracker,
        config.identify_settings(),
        config.watch,
        rules=rules.of_node(config, run.folder, zones),
        leaves=known,
        surface=load_surface_file(config, run.folder),
        first_id=first_id,
    )
    leaves = Leaver(run, sector, zones, known)
    memory = run.folder / _MEMORY
    _remember(sector, memory)
    warm()
    if run.generation:
        await _clear_old_alerts(run)
    teller = Teller(run)
    await run.bus.answer(topology.DECISION, partial(_decide, sector, teller))
    tasks = [
        asyncio.create_task(work)
        for work in (
            _follow(run, sector, teller),
            _rules_again(run, sector, zones),
            leaves.again(),
            leaves.tidy(),
            _keep(sector, memory),
        )
    ]
    stop = asyncio.create_task(run.stopping.wait())
    run.ready()
    await asyncio.wait({*tasks, stop}, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    _write_memory(sector, memory, b"")


class Teller:
    """Publishes changes of alerts, each message under a name that no other has."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._told = 0

    async def alerts(self, alerts: list[Alert]) -> None:
        """Tell changes, in order."""
        if alerts:
            self._told += 1
            name = f"{self._run.secrets.started_ns}-{self._run.generation}-{self._told}"
            await self._run.bus.publish_durable(topology.ALERT, msgspec.json.encode(alerts), name)

    async def decided(self, decision: Decision) -> None:
        """Tell a decision that was taken, for the record."""
        self._told += 1
        name = f"{self._run.secrets.started_ns}-{self._run.generation}-{self._told}"
        await self._run.bus.publish_durable(topology.DECIDED, msgspec.json.encode(decision), name)


async def _decide(sector: Sector, teller: Teller, payload: bytes) -> bytes:
    """Take what somebody decided about an alert."""
    try:
        decision = msgspec.json.decode(payload, type=Decision)
    except msgspec.DecodeError as error:
        return msgspec.json.encode(Answer(400, f"expected a decision, got {error}"))
    changes, refusal = sector.decide(decision)
    if refusal:
        return msgspec.json.encode(Answer(409, refusal))
    await teller.decided(decision)
    await teller.alerts(changes)
    _log.warning("%s %s %s by %s: %s", decision.do, decision.alert_id, decision.scope, decision.author,
                 decision.reason)  # fmt: skip
    return msgspec.json.encode(Answer(200, f"{decision.do}: done"))


async def _rules_again(run: Run, sector: Sector, zones: list[Zone]) -> None:
    """Watch by the rules file as it is changed."""
    read, take = partial(rules.read, zones=zones), partial(_take_rules, sector)
    await reread(run, "rules", run.secrets.rules_path, run.config.rules, read, take)


def _take_rules(sector: Sector, found: RuleSet) -> str:
    sector.use_rules(found)
    return f"{len(found.used())} rules in use"


class Leaver:
    """Keeps who may fly as the file of authorisations is changed, tells it, and notes what held when."""

    def __init__(self, run: Run, sector: Sector, zones: list[Zone], known: Leaves) -> None:
        self._run = run
        self._sector = sector
        self._zones = zones
        self._known = known
        # A process that was started again goes through old ticks once more: nothing is noted of those.
        self._since_ns = run.now_ns() if run.generation else run.secrets.started_ns
        self._notes: Notes | None = None
        if run.config.authorisations is not None:
            self._begin(run.folder / run.config.authorisations)

    async def again(self) -> None:
        """Look at the file until the process ends, and tell whoever asks."""

        async def on_repeat(_: Message) -> None:
            await self._tell()

        await self._run.bus.subscribe(topology.REPEAT, on_repeat)
        await self._tell()
        path, copy = self._run.secrets.authorisations_path, self._run.config.authorisations
        await reread(self._run, "authorisations", path, copy, self._read, self._take)

    def _read(self, path: Path) -> tuple[bytes, Leaves]:
        content = authorisations.content_of(path)
        return content, authorisations.understood(content, str(path), self._run.config, self._zones)

    def _take(self, found: tuple[bytes, Leaves]) -> str:
        content, leaves = found
        if leaves != self._known:  # a remark changes nothing, and nothing is noted of it
            self._sector.use_leaves(leaves)
            self._note(content)
            self._known = leaves
            self._telling = asyncio.create_task(self._tell())
        kept = "" if self._notes is None else f"; {self._notes.words()}"
        return (
            f"{len(leaves.authorised)} authorisations, {len(leaves.operators)} operators, "
            f"{len(leaves.flights)} flight plans{kept}"
        )

    async def _tell(self) -> None:
        """Who may fly, to those who show it, in parts that the bus takes."""
        told = as_told(self._known)
        for first in range(0, max(1, len(told)), _LEAVES_AT_ONCE):
            part = told[first : first + _LEAVES_AT_ONCE]
            news = LeaveNews(part, begins=first == 0)
            await self._run.bus.publish(topology.LEAVES, msgspec.json.encode(news))

    def _begin(self, path: Path) -> None:
        content = authorisations.content_of(path)
        try:
            self._notes = Notes(self._run.folder)
        except StorageError as error:
            _log.warning("a replay will not know of authorisations that change: %s", error)
        self._note(content)

    def _note(self, content: bytes) -> None:
        if self._notes is None:
            return
        from_ns = max(self._sector.tick_ns, self._since_ns)
        try:
            self._notes.note(content, from_ns)
        except StorageError as error:
            _log.warning("a replay will not know that authorisations changed: %s", error)

    async def tidy(self) -> None:
        """Let go, now and then, of what no replay of the recording needs any more."""
        folder, records = self._run.folder, self._run.config.node.journal
        while self._notes is not None:
            now_ns = self._run.now_ns()
            begins_ns = await asyncio.to_thread(recorded_from_ns, folder, records=records, now_ns=now_ns)
            try:
                gone = 0 if begins_ns is None else self._notes.let_go(begins_ns)
            except StorageError as error:
                _log.warning("%s", error)
            else:
                if gone:
                    _log.info("%d changes of before the recording let go; %s", gone, self._notes.words())
            await asyncio.sleep(_TIDIED_S)
        await self._run.stopping.wait()


def _remember(sector: Sector, path: Path) -> None:
    """Go on with what an earlier process remembered, if it can be read."""
    try:
        sector.restore_watch(path.read_bytes())
    except FileNotFoundError:
        pass
    except (OSError, StorageError) as error:
        _log.warning("begins without the watch's memory: %s", error)


async def _keep(sector: Sector, path: Path) -> None:
    """Write the watch's memory once a minute, where it changed."""
    last = b""
    while True:
        await asyncio.sleep(_KEPT_S)
        last = _write_memory(sector, path, last)


def _write_memory(sector: Sector, path: Path, last: bytes) -> bytes:
    """Write it whole or not at all; returns what the file holds."""
    memory = sector.watch_memory
    if memory != last:
        part = path.with_suffix(".part")
        try:
            part.write_bytes(memory)
            part.replace(path)
        except OSError as error:
            _log.warning("cannot keep the watch's memory: %s", error)
            return last
    return memory


async def _clear_old_alerts(run: Run) -> None:
    """The tracks of before have gone with their numbers: so have their alerts."""
    held: dict[str, Alert] = {}
    stored = aiter(run.bus.read_from("ALERTS", 1, topic=topology.ALERT))
    with contextlib.suppress(TimeoutError):
        while True:
            message = await asyncio.wait_for(anext(stored), _QUIET_S)
            for alert in msgspec.json.decode(message.payload, type=list[Alert]):
                if alert.time_ns >= run.secrets.started_ns:
                    held[alert.alert_id] = alert
            if message.pending == 0:
                break
    now_ns = run.now_ns()
    cleared = [ended(alert, "tracker", now_ns, now_ns) for alert in held.values() if alert.state != "cleared"]
    if cleared:
        await run.bus.publish_durable(topology.ALERT, msgspec.json.encode(cleared), f"restart-{now_ns}")


async def _follow(run: Run, sector: Sector, teller: Teller) -> None:
    """Step through the stream as it grows."""
    silent = run.generation > 0
    repeat = asyncio.Event()

    async def on_repeat(_: Message) -> None:
        repeat.set()

    await run.bus.subscribe(topology.REPEAT, on_repeat)
    async for message in run.bus.read_from("OBS", 1, topic=topology.OBSERVATIONS):
        batch = decode_batch(message.payload)
        output = sector.step(batch)
        if silent and message.pending == 0:
            silent = False
            _log.warning("started again with %d tracks", sector.n_tracks)
        if repeat.is_set():
            repeat.clear()
            await run.bus.publish(topology.IDENTITY, msgspec.json.encode(sector.identities))
        if not silent:
            await _tell(run, teller, output, batch.tick_ns)


async def _tell(run: Run, teller: Teller, output: SectorOutput, time_ns: int) -> None:
    """Publish what one batch changed, the picture first."""
    if output.picture is not None:
        await run.bus.publish(topology.PICTURE, encode_picture(output.picture))
    if output.identities:
        await run.bus.publish(topology.IDENTITY, msgspec.json.encode(output.identities))
    await teller.alerts(output.alerts)
    if output.doubts is not None:
        await run.bus.publish(topology.DOUBT, msgspec.json.encode(DoubtNews(time_ns, output.doubts)))
    if output.interference is not None:
        news = InterferenceMap(time_ns, output.interference)
        await run.bus.publish(topology.INTERFERENCE, msgspec.json.encode(news))
    if output.biases:
        await run.bus.publish(topology.BIAS, msgspec.json.encode(BiasNews(time_ns, output.biases)))


if __name__ == "__main__":
    main("sector", work)
