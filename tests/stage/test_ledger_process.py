"""The node's ledger process before a real bus: killed while alerts come, it loses and doubles nothing."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
import uuid

import msgspec
import pytest

from vedette.app import topology
from vedette.app.book import Book
from vedette.app.messages import ProcessNews
from vedette.app.processes.common import Secrets, write_secrets
from vedette.app.verify import VerifyOptions, prove
from vedette.bus.client import connect
from vedette.bus.server import NatsServer
from vedette.core.alert import Alert, Decision
from vedette.core.event import AlertChanged, AlertRaised, Note, read
from vedette.core.incident import IncidentSummary, RecordQuestion
from vedette.incident.project import project
from vedette.incident.settings import IncidentSettings
from vedette.ledger.read import Reader, Wanted

pytestmark = pytest.mark.slow
BEGAN_NS = time.time_ns()
PROCEDURES = (
    '[[procedure]]\nname = "{name}"\ntitle = "T"\n[[procedure.step]]\nname = "a"\nwhat = "b"\nowner = "c"\n'
)


class Process:
    """The process as the supervisor starts it."""

    def __init__(self, folder, server):
        self.folder, self.generation = folder, 0
        (folder / "node.toml").write_text('procedures = "p.toml"\n[node]\nname = "airport"\n')
        (folder / "p.toml").write_text(PROCEDURES.format(name="first"))
        (folder / "log").mkdir()
        write_secrets(
            folder,
            Secrets(
                bus_url=server.url, bus_user=server.user, bus_password=server.password, token="t",
                node_id=str(uuid.uuid4()), started_ns=BEGAN_NS, first_id=1,
                procedures_path=str(folder / "p.toml"),
            ),
        )  # fmt: skip
        self.start()

    def start(self):
        (self.folder / "ledger.ready").unlink(missing_ok=True)
        self.popen = subprocess.Popen(
            [sys.executable, "-m", "vedette.app.processes.ledger", str(self.folder)],
            env={**os.environ, "VEDETTE_GENERATION": str(self.generation)},
        )
        self.generation += 1

    def kill(self):
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self):
        ready, end = self.folder / "ledger.ready", time.monotonic() + 20
        while not (ready.exists() and ready.read_text() == str(self.popen.pid)):  # before, nobody heeds it
            assert time.monotonic() < end, "the process did not get ready"
            time.sleep(0.05)
        self.popen.terminate()
        assert self.popen.wait(20) == 0


@pytest.fixture
def server(tmp_path):
    one = NatsServer(tmp_path / "bus", name="airport")
    one.start()
    yield one
    one.stop()


@pytest.fixture
def process(tmp_path, server):
    (tmp_path / "node").mkdir()
    one = Process(tmp_path / "node", server)
    yield one
    one.kill()


@contextlib.asynccontextmanager
async def joined(server):
    bus = await connect(server.url, server.credentials, "test")
    for stream in topology.STREAMS:
        await bus.ensure_stream(
            stream.name, list(stream.subjects), storage=stream.storage, max_age_s=stream.max_age_s,
            max_bytes=stream.max_bytes,
        )  # fmt: skip
    try:
        yield bus
    finally:
        await bus.close(1.0)


def on_the_bus(server, work):
    async def run():
        async with joined(server) as bus:
            await work(bus)

    asyncio.run(run())


def alert(i, state, at):
    severity = {"predicted": "caution", "actual": "warning", "cleared": "info"}[state]
    return Alert(
        f"A{i}", BEGAN_NS + at, i, "zone-entry", "Z", "Zone", state, severity, 0.9, 51.0, 4.0, label=f"T{i}"
    )


async def ask(bus, **fields):
    return msgspec.json.decode(
        await bus.request(topology.LEDGER, msgspec.json.encode(RecordQuestion(**fields)))
    )


async def until(look, seconds=30):
    end = time.monotonic() + seconds
    while not (found := await look()):
        assert time.monotonic() < end, "it did not come"
        await asyncio.sleep(0.1)
    return found


def standings(folder):
    """(alert, state) of all entries about alerts, in order."""
    with Reader(folder / "ledger") as reader:
        events = [read(entry.kind, entry.body) for entry in reader.entries()]
    return [
        (event.alert.alert_id, event.alert.state)
        for event in events
        if isinstance(event, AlertRaised | AlertChanged)
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_while_alerts_come_it_loses_and_doubles_nothing(server, process, seed):
    rng, folder = random.Random(seed), process.folder
    acknowledged = []

    async def feed(bus):
        for n in range(90):
            i, state = n // 3, ("predicted", "actual", "cleared")[n % 3]
            await bus.publish_durable(topology.ALERT, msgspec.json.encode([alert(i, state, n)]), f"m-{n}")
            await asyncio.sleep(rng.uniform(0.0, 0.12))

    async def write(bus):
        """A person who writes notes; each that was answered for must be there in the end."""
        n = 0
        while True:
            n += 1
            with contextlib.suppress(Exception):
                body = msgspec.Raw(msgspec.json.encode(Note(f"note {n}")))
                told = await ask(
                    bus, asks="enter", kind="note", body=body, incident="airport-1", author="anna"
                )
                if told["status"] == 200:
                    acknowledged.append((told["seq"], f"note {n}"))
            await asyncio.sleep(rng.uniform(0.01, 0.1))

    async def trouble():
        for _ in range(4):
            await asyncio.sleep(rng.uniform(0.8, 2.5))
            process.kill()
            process.start()

    async def run(bus):
        writing = asyncio.create_task(write(bus))
        await asyncio.gather(feed(bus), trouble())
        await bus.flush_durable()

        async def all_there():
            with contextlib.suppress(Exception):
                return len(standings(folder)) >= 90
            return False

        await until(all_there, 60)
        writing.cancel()
        await asyncio.sleep(1.0)  # what would come twice comes now

    on_the_bus(server, run)
    process.stop()
    expected = [(f"A{n // 3}", ("predicted", "actual", "cleared")[n % 3]) for n in range(90)]
    assert standings(folder) == expected
    with Reader(folder / "ledger") as reader:
        notes = {e.seq: read(e.kind, e.body).text for e in reader.entries(Wanted(kind="note"))}
        incidents = project(reader.entries())
    assert len(acknowledged) > 3
    assert {seq: notes.get(seq) for seq, _ in acknowledged} == dict(acknowledged)
    assert sorted(incidents) == sorted(f"airport-{i + 1}" for i in range(30))
    assert all(
        len(one.alerts) == 1 and not any(line.marks for line in one.record) for one in incidents.values()
    )
    verdict, _ = prove(VerifyOptions(folder / "ledger"), lambda _: None)
    assert verdict.fault is None
    assert process.generation == 5


def test_it_answers_tells_and_takes_procedures_as_they_change(server, process):
    folder = process.folder

    async def run(bus):
        told, news = {}, []

        async def on_incident(message):
            for one in msgspec.json.decode(message.payload, type=list[IncidentSummary]):
                told[one.id] = one

        async def on_news(message):
            news.append(msgspec.json.decode(message.payload, type=ProcessNews))

        await bus.subscribe(topology.INCIDENT, on_incident)
        await bus.subscribe(topology.PROCESS, on_news)

        async def ready():
            return (folder / "ledger.ready").exists()

        await until(ready)
        await bus.publish_durable(topology.ALERT, msgspec.json.encode([alert(1, "actual", 1)]), "a")
        decision = Decision(do="acknowledge", alert_id="A1", author="anna (watch officer)", time_ns=BEGAN_NS)
        await bus.publish_durable(topology.DECIDED, msgspec.json.encode(decision), "b")
        await bus.publish_durable(topology.ALERT, b"not JSON", "c")
        await bus.publish_durable(topology.ALERT, msgspec.json.encode([alert(2, "actual", 2)]), "d")

        async def two():
            return len(told) == 2 and told["airport-1"].entries == 3

        await until(two)
        one = await ask(bus, asks="incident", incident="airport-1")
        assert [p["name"] for p in one["procedures"]] == ["first"]
        assert [line["kind"] for line in one["incident"]["record"]] == [
            "incident-opened", "alert-raised", "decided"
        ]  # fmt: skip
        assert one["incident"]["record"][2]["author"] == "anna (watch officer)"

        async def enter(kind, body, incident="airport-1", author="anna", **more):
            raw = msgspec.Raw(msgspec.json.encode(body))
            return await ask(bus, asks="enter", kind=kind, body=raw, incident=incident, author=author, **more)

        assert (await enter("incident-closed", {"outcome": "x"}))["status"] == 409
        assert (await enter("note", {"text": "x"}, incident="airport-9"))["status"] == 404
        assert (await enter("alert-raised", {"alert": {}}))["status"] == 400
        assert (await enter("note", {"words": "x"}))["status"] == 400
        first = await enter("note", {"text": "lights"})
        assert first["status"] == 200
        entry = {"entry": {"node": "airport", "seq": first["seq"]}, "why": "typing"}
        assert (await enter("corrected", entry, author="bert"))["status"] == 403
        assert (await enter("corrected", entry, author="bert", corrects_any=True))["status"] == 200
        seen = {"up_to": [{"node": "airport", "seq": first["seq"]}]}
        assert (await enter("seen", seen))["said"].startswith("entered")
        assert (await enter("seen", seen))["said"] == "was entered before"

        proof = await ask(bus, asks="prove")
        assert proof["proved"]
        assert (await ask(bus, asks="head"))["entries"] == proof["entries"] == 8
        export = await ask(bus, asks="export", incident="airport-1")
        given = folder / "exports" / export["file"]
        assert export["entries"] == 6
        verdict, _ = prove(VerifyOptions(given, known=folder / "ledger" / "nodes.keys"), lambda _: None)
        assert verdict.fault is None

        (folder / "p.toml").write_text("[[procedure]]\nname = 3\n")

        async def failed():
            return any(one.name == "procedures" and one.state == "failed" for one in news)

        await until(failed)
        one = await ask(bus, asks="incident", incident="airport-1")
        assert [p["name"] for p in one["procedures"]] == ["first"]
        (folder / "p.toml").write_text(PROCEDURES.format(name="second"))

        async def second():
            one = await ask(bus, asks="incident", incident="airport-1")
            return [p["name"] for p in one["procedures"]] == ["second"]

        await until(second)

    on_the_bus(server, run)
    process.stop()


def test_alerts_that_an_earlier_run_left_end_with_the_reason_and_only_once(server, process):
    """The earlier run was killed: two of its alerts are in the record, one is still on its way there."""
    folder = process.folder
    (folder / "record.ready").write_text("1")

    async def old(bus):
        messages = [[alert(1, "actual", -900), alert(2, "actual", -800)], [alert(2, "cleared", -700)]]
        for n, message in enumerate(messages):
            await bus.publish_durable(topology.ALERT, msgspec.json.encode(message), f"old-{n}")
        await bus.flush_durable()

        async def entered():
            with contextlib.suppress(Exception):
                return [state for _, state in standings(folder)] == ["actual", "actual", "cleared", "cleared"]
            return False

        await until(entered)
        process.kill()
        await bus.publish_durable(topology.ALERT, msgspec.json.encode([alert(3, "actual", -600)]), "old-3")
        await bus.publish_durable(topology.ALERT, msgspec.json.encode([alert(4, "actual", 600)]), "new")
        await bus.flush_durable()

    async def new(bus):
        process.start()

        async def all_over():
            with contextlib.suppress(Exception):
                return ("A3", "cleared") in standings(folder)
            return False

        await until(all_over)
        process.kill()
        process.start()  # in the same run of the node: nothing is ended twice
        await asyncio.sleep(6.0)

    on_the_bus(server, old)
    on_the_bus(server, new)
    process.stop()
    assert standings(folder) == [
        ("A1", "actual"), ("A2", "actual"), ("A2", "cleared"), ("A1", "cleared"),
        ("A3", "actual"), ("A4", "actual"), ("A3", "cleared"),
    ]  # fmt: skip
    with Reader(folder / "ledger") as reader:
        bodies = [read(entry.kind, entry.body) for entry in reader.entries(Wanted(kind="alert-changed"))]
    whys = {event.alert.alert_id: event.alert.reasons for event in bodies if isinstance(event, AlertChanged)}
    assert whys["A1"][0].startswith("the node was started again at 20")
    verdict, _ = prove(VerifyOptions(folder / "ledger"), lambda _: None)
    assert verdict.fault is None


def test_a_book_opened_again_goes_on_where_it_was(tmp_path):
    def opened():
        return Book(tmp_path, "airport", IncidentSettings(), BEGAN_NS, time.time_ns)

    book = opened()
    assert book.is_new
    book.append(book.keeper.alerts([alert(1, "actual", 1)]))
    body = msgspec.Raw(b'{"judgement":"a kite"}')
    question = RecordQuestion(
        asks="enter", kind="incident-assessed", body=body, incident="airport-1", author="a"
    )
    assert book.answer(question, [])["status"] == 200
    closing = msgspec.structs.replace(
        question, kind="incident-closed", body=msgspec.Raw(b'{"outcome":"over"}')
    )
    closed = book.answer(closing, [])
    withdrawn = {"entry": {"node": "airport", "seq": closed["seq"]}, "why": "it flew on"}
    undo = msgspec.structs.replace(
        question, kind="corrected", body=msgspec.Raw(msgspec.json.encode(withdrawn))
    )
    assert book.answer(undo, [])["status"] == 200
    before = book.summaries["airport-1"]
    book.close()
    book = opened()
    assert not book.is_new
    assert book.summaries == {"airport-1": before}
    assert before.state == "assessed"
    assert book.keeper.alerts([alert(1, "actual", 1)]) == []
    assert [one.incident for one in book.keeper.alerts([alert(1, "cleared", 2)])] == ["airport-1"]
    assert (
        book.keeper.incident_of(msgspec.structs.replace(alert(1, "actual", 3), alert_id="A9")) == "airport-1"
    )
    book.close()
