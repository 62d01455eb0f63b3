"""The sector's process before a real bus, while its file of authorisations is changed."""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
import uuid

import msgspec
import pytest
from tests.reference.claimed import RADAR, T0, Sky, straight
from tests.stage.test_ledger_process import joined, until

from vedette.app import topology
from vedette.app.held import Notes, files_of
from vedette.app.messages import LeaveNews, ProcessNews
from vedette.app.processes.common import Secrets, write_secrets
from vedette.bus.server import NatsServer
from vedette.core.identity import Identity
from vedette.core.observation import Batch, encode_batch
from vedette.core.units import NS_PER_S

pytestmark = pytest.mark.slow
LEAVE = '[[authorisation]]\nserial = "A"\noperator = "Survey"\n'
BOUNDED = LEAVE + "area = { circle = [50.0, 4.0, 100.0] }\n"
NODE = 'authorisations = "leaves.toml"\n[node]\norigin = [50.9, 4.48]\n'
TICK_NS = NS_PER_S // 25


class Air:
    """Seconds of one honest drone, told on the bus as the ingest process does."""

    def __init__(self, bus):
        self.bus = bus
        self.sky = Sky(RADAR)
        self.told: list[Identity] = []
        self.news: list[ProcessNews] = []
        self.leaves: list[LeaveNews] = []

    async def listen(self):
        async def identity(message):
            self.told += msgspec.json.decode(message.payload, type=list[Identity])

        async def news(message):
            self.news.append(msgspec.json.decode(message.payload, type=ProcessNews))

        async def leaves(message):
            self.leaves.append(msgspec.json.decode(message.payload, type=LeaveNews))

        await self.bus.subscribe(topology.LEAVES, leaves)
        await self.bus.subscribe(topology.IDENTITY, identity)
        await self.bus.subscribe(topology.PROCESS, news)

    async def second(self):
        flight = straight()
        rows, said = self.sky.heard({"A": flight}, seen=[flight])
        now_ns = T0 + self.sky.s * NS_PER_S
        sensors = self.sky.sensors if self.sky.s == 0 else []
        for batch in (
            Batch(2 * self.sky.s, now_ns + TICK_NS, rows.tobytes(), said, sensors),
            Batch(2 * self.sky.s + 1, now_ns + NS_PER_S),
        ):
            await self.bus.publish(topology.OBSERVATIONS, encode_batch(batch))
        self.sky.s += 1

    async def last(self, verdict):
        """Fly on until the drone is told to be of this authorisation; its first reason."""

        async def look():
            await self.second()
            await asyncio.sleep(0.1)
            mine = [one for one in self.told if one.label == "A"]
            return mine[-1].reasons[0] if mine and mine[-1].authorisation == verdict else ""

        return await until(look)

    async def said(self, state):
        async def look():
            return [n.detail for n in self.news if n.name == "authorisations" and n.state == state]

        return (await until(look))[-1]


@pytest.fixture
def folder(tmp_path):
    """A run folder; the file that people change lies beside it, as it does for `run`."""
    there = tmp_path / "data"
    (there / "log").mkdir(parents=True)
    (there / "node.toml").write_text(NODE)
    (there / "leaves.toml").write_text(LEAVE)
    (tmp_path / "leaves.toml").write_text(LEAVE)
    return there


def test_a_running_node_takes_the_file_as_it_changes_and_keeps_the_last_good_one(folder, tmp_path):
    server = NatsServer(tmp_path / "bus", name="air")
    server.start()
    file = tmp_path / "leaves.toml"
    write_secrets(
        folder,
        Secrets(
            bus_url=server.url, bus_user=server.user, bus_password=server.password, token="t",
            node_id=str(uuid.uuid4()), started_ns=T0 - 1, first_id=1, authorisations_path=str(file),
        ),
    )  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "vedette.app.processes.sector", str(folder)],
        env={**os.environ, "VEDETTE_GENERATION": "0"},
    )

    async def fly():
        async with joined(server) as bus:
            air = Air(bus)
            await air.listen()
            assert "A of Survey holds an authorisation" in await air.last("authorised")
            file.write_text(BOUNDED)
            assert "is out of the volume of its authorisation: 1" in await air.last("unauthorised")
            assert "1 authorisations" in await air.said("running")
            (told,) = air.leaves[-1].leaves
            assert (told.holder, told.serials, told.area.circle) == ("Survey", ["A"], (50.0, 4.0, 100.0))
            count = len(air.leaves)
            await bus.publish(topology.REPEAT, b"")

            async def again():
                return air.leaves[count:]

            assert [(news.begins, news.leaves) for news in await until(again)] == [(True, [told])]
            file.write_text(BOUNDED + "# a remark\n")

            async def reread():
                return len([n for n in air.news if n.name == "authorisations" and n.state == "running"]) == 2

            await until(reread)
            assert "2 changes kept for replays, 2 contents of 0 kB" in air.news[-1].detail
            file.write_text(LEAVE + "zones = [3]\n")
            said = await air.said("failed")
            assert f"{file}:4: authorisation[0].zones[0]: expected str, got int" in said
            assert said.endswith("the authorisations of before hold")
            told = len(air.told)
            for _ in range(3):
                await air.second()
            await asyncio.sleep(0.5)
            assert {one.authorisation for one in air.told[told:]} <= {"unauthorised"}
            file.write_text(LEAVE)
            await air.last("authorised")

    try:
        end = time.monotonic() + 60
        while not (folder / "sector.ready").exists():
            assert process.poll() is None
            assert time.monotonic() < end, "the process did not get ready"
            time.sleep(0.1)
        asyncio.run(fly())
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        server.stop()
    assert (folder / "leaves.toml").read_text() == LEAVE, "the newest good one"
    held = Notes(folder).all()
    assert [path.read_text() for _, path in held] == [LEAVE, BOUNDED, LEAVE], "a remark is no change"
    assert len(files_of(folder)) == 3, "two contents, each once, and when they held"
    times = [from_ns for from_ns, _ in held]
    assert times[0] == T0 - 1
    assert times[1] in range(T0, T0 + 1000 * NS_PER_S)
    assert times == sorted(times)
