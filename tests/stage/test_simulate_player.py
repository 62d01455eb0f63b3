"""The player speaks to real sockets, paced by the clock that it is given."""

import asyncio
import time
from collections import deque

import msgspec
import pytest

from vedette.core.errors import FeedError
from vedette.core.units import NS_PER_S
from vedette.simulate import Address, Player, Simulation, load_scenario

SCENARIO = load_scenario("brussels")
LOOPBACK = "127.0.0.1"


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self, now_ns):
        self.ns = now_ns
        self.slept = deque()

    def now_ns(self):
        return self.ns

    async def sleep(self, seconds):
        assert seconds > 0
        self.ns += round(seconds * NS_PER_S)
        self.slept.append(seconds)
        await asyncio.sleep(0.0005)


class Node:
    """A SAPIENT port, a UDP port and a client of the Beast server."""

    def __init__(self):
        self.streams = []
        self.writers = []
        self.datagrams = []
        self.beast = b""

    async def open(self):
        self.server = await asyncio.start_server(self.accept, LOOPBACK, 0)
        loop = asyncio.get_running_loop()
        node = self

        class Udp(asyncio.DatagramProtocol):
            def datagram_received(self, data, addr):
                node.datagrams.append(data)

        self.udp, _ = await loop.create_datagram_endpoint(Udp, local_addr=(LOOPBACK, 0))
        return {
            "sapient": Address(LOOPBACK, self.server.sockets[0].getsockname()[1]),
            "asr": Address(LOOPBACK, self.udp.get_extra_info("sockname")[1]),
            "adsb": Address(LOOPBACK, 0),
        }

    async def accept(self, reader, writer):
        number = len(self.streams)
        self.streams.append(b"")
        self.writers.append(writer)
        while data := await reader.read(65536):
            self.streams[number] += data
            writer.write(b"answer that nobody reads")
        writer.close()

    async def listen_to_beast(self, address):
        reader, self.beast_writer = await asyncio.open_connection(address.host, address.port)
        while data := await reader.read(65536):
            self.beast += data

    async def close(self):
        self.server.close()
        self.udp.close()
        for writer in self.writers:
            writer.close()
        self.beast_writer.close()


async def play(simulation, clock, seconds, during=None):
    node = Node()
    addresses = await node.open()
    truth = []
    player = Player(simulation, addresses, now_ns=clock.now_ns, sleep=clock.sleep, on_truth=truth.append)
    await player.start()
    listening = asyncio.create_task(node.listen_to_beast(player.addresses["adsb"]))
    for _ in range(200):
        if len(node.streams) == 4 and hasattr(node, "beast_writer"):
            break
        await asyncio.sleep(0.005)
    if during:
        await during(node, player)
    else:
        await player.run(simulation.start_ns + round(seconds * NS_PER_S))
    await asyncio.sleep(0.05)
    await player.stop()
    await asyncio.wait_for(listening, 5)
    await node.close()
    return node, player, truth


def test_what_arrives_is_what_was_simulated():
    simulation = Simulation(SCENARIO, seed=7)
    clock = Clock(simulation.start_ns)
    node, player, truth = asyncio.run(play(simulation, clock, 3.0))
    _, emissions = simulation.step(simulation.init(), simulation.start_ns + 3 * NS_PER_S)
    assert node.datagrams == [e.data for e in emissions if e.feed == "asr"]
    assert node.beast == b"".join(e.data for e in emissions if e.feed == "adsb")
    assert len(node.streams) == 4
    assert all(node.streams)
    remote_id = sum(e.feed == "remoteid" for e in emissions)  # has no address here
    assert player.lost == remote_id
    assert player.skipped == 0
    assert [(rows["time_ns"][0] - simulation.start_ns) / NS_PER_S for rows in truth] == [0, 1, 2]
    assert clock.ns == pytest.approx(simulation.start_ns + 3 * NS_PER_S, abs=NS_PER_S // 100)
    assert len(clock.slept) > 30


def test_each_sapient_sensor_registers_once_on_its_own_connection():
    simulation = Simulation(SCENARIO, seed=7)
    node, _, _ = asyncio.run(play(simulation, Clock(simulation.start_ns), 2.0))
    names = [s.name.encode() for s in SCENARIO.sensor if s.feed == "sapient"]
    for name in names:
        assert sum(stream.count(name) for stream in node.streams) == 1


def test_a_sensor_whose_connection_is_dropped_registers_again():
    simulation = Simulation(SCENARIO, seed=7)
    clock = Clock(simulation.start_ns)

    async def during(node, player):
        await player.run(simulation.start_ns + NS_PER_S)
        for writer in node.writers[:1]:
            writer.close()
        for _ in range(100):
            await asyncio.sleep(0.01)
            if len(node.streams) == 5:
                break
        clock.ns = simulation.start_ns
        await player.run(simulation.start_ns + 2 * NS_PER_S)

    node, _, _ = asyncio.run(play(simulation, clock, 0, during))
    assert len(node.streams) == 5
    assert b"BSI Flex" in node.streams[4]
    assert len(node.streams[4]) > 1_000


def test_what_is_far_too_late_is_skipped_and_not_sent_in_a_burst():
    simulation = Simulation(SCENARIO, seed=7)
    late = Clock(simulation.start_ns + 60 * NS_PER_S)
    node, player, _ = asyncio.run(play(simulation, late, 2.0))
    assert player.sent == 0
    assert player.skipped > 20
    assert node.datagrams == []


def test_a_taken_port_is_named():
    async def taken():
        server = await asyncio.start_server(lambda r, w: None, LOOPBACK, 0)
        port = server.sockets[0].getsockname()[1]
        player = Player(Simulation(SCENARIO), {"adsb": Address(LOOPBACK, port)}, now_ns=time.time_ns)
        try:
            await player.start()
        finally:
            server.close()
        return port

    with pytest.raises(FeedError, match="feed adsb: expected a free address"):
        asyncio.run(taken())


def test_real_time_is_kept():
    quiet = msgspec.structs.replace(SCENARIO, actor=SCENARIO.actor[2:3])
    simulation = Simulation(quiet, seed=7, start_ns=time.time_ns())
    player = Player(simulation, {}, now_ns=time.time_ns)
    begun = time.monotonic()
    asyncio.run(player.run(simulation.start_ns + NS_PER_S // 2))
    assert 0.45 < time.monotonic() - begun < 3.0
