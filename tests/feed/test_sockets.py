"""Sockets: what comes in is called back with its time; ports, peers and limits."""

import asyncio
import contextlib
import itertools
import logging
import socket

import pytest

from vedette.core.errors import FeedError
from vedette.feed.sockets import DATAGRAMS_A_WAKE_UP, TcpClientFeed, TcpServerFeed, UdpFeed


class Log:
    """What a feed called back, in order."""

    def __init__(self, reply=lambda data: b""):
        self.events = []
        self.reply = reply
        self.clock = itertools.count(1000)

    def callbacks(self):
        return {
            "now_ns": lambda: next(self.clock),
            "on_bytes": self.on_bytes,
            "on_open": lambda connection, peer: self.events.append(("open", connection, peer)),
            "on_close": lambda connection: self.events.append(("close", connection)),
        }

    def on_bytes(self, connection, heard_ns, data):
        self.events.append(("bytes", connection, heard_ns, data))
        return self.reply(data)

    def of(self, kind):
        return [event for event in self.events if event[0] == kind]

    def data(self):
        return b"".join(event[3] for event in self.of("bytes"))


async def until(condition, seconds=5.0):
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.002)


def sender():
    return contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))


def test_datagrams_come_in_order_with_their_time():
    async def run():
        log = Log()
        feed = UdpFeed(0, **log.callbacks())
        await feed.start()
        host, port = feed.address
        assert (host, port > 0) == ("127.0.0.1", True)
        with sender() as out:
            for n in range(1000):
                out.sendto(b"%d" % n, feed.address)
                if n % 100 == 99:
                    await asyncio.sleep(0)
            await until(lambda: len(log.of("bytes")) == 1000)
        await feed.stop()
        await feed.stop()
        return log, port

    log, port = asyncio.run(run())
    assert log.events[0] == ("open", 1, f"udp 127.0.0.1:{port}")
    assert log.events[-1] == ("close", 1)
    assert [event[3] for event in log.of("bytes")] == [b"%d" % n for n in range(1000)]
    times = [event[2] for event in log.of("bytes")]
    assert times == sorted(times)


def test_a_burst_leaves_the_loop_its_turn_and_an_empty_or_long_datagram_is_no_end():
    async def run():
        log = Log()
        feed = UdpFeed(0, datagram_max_bytes=100, **log.callbacks())
        await feed.start()
        with sender() as out:
            for _ in range(DATAGRAMS_A_WAKE_UP + 50):
                out.sendto(b"x", feed.address)
            out.sendto(b"", feed.address)
            out.sendto(bytes(101), feed.address)
            out.sendto(bytes(100), feed.address)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        after_one_turn = len(log.of("bytes"))
        await until(lambda: len(log.of("bytes")) == DATAGRAMS_A_WAKE_UP + 52)
        await feed.stop()
        return log, feed, after_one_turn

    log, feed, after_one_turn = asyncio.run(run())
    assert after_one_turn <= 2 * DATAGRAMS_A_WAKE_UP
    assert feed.oversized == 1
    assert [len(event[3]) for event in log.of("bytes")][-2:] == [0, 100]


def test_a_clock_that_goes_back_does_not():
    async def run():
        log = Log()
        times = iter([50, 40, 60])
        feed = UdpFeed(0, now_ns=lambda: next(times), on_bytes=log.on_bytes)
        await feed.start()
        with sender() as out:
            for _ in range(3):
                out.sendto(b"x", feed.address)
            await until(lambda: len(log.events) == 3)
        await feed.stop()
        return log

    assert [event[2] for event in asyncio.run(run()).events] == [50, 50, 60]


def test_a_multicast_group_is_joined():
    async def run():
        log = Log()
        feed = UdpFeed(0, group="239.255.77.1", **log.callbacks())
        try:
            await feed.start()
        except FeedError as error:
            pytest.skip(f"no multicast here: {error}")
        with sender() as out:
            out.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton("127.0.0.1"))
            out.sendto(b"cat 48", ("239.255.77.1", feed.port))
            await until(lambda: log.data() == b"cat 48")
        await feed.stop()

    asyncio.run(run())


@pytest.mark.parametrize("kind", [UdpFeed, TcpServerFeed])
def test_a_taken_port_is_said_in_one_line(kind):
    async def run():
        log = Log()
        first = kind(0, **log.callbacks())
        await first.start()
        second = kind(first.port, **log.callbacks())
        name = "udp" if kind is UdpFeed else "tcp"
        expected = f"cannot listen on {name} 127.0.0.1:{first.port}: the port is taken"
        with pytest.raises(FeedError, match=expected):
            await second.start()
        await first.stop()
        await second.stop()
        third = kind(70_000, **log.callbacks())
        with pytest.raises(FeedError, match="expected a port from 0 to 65535"):
            await third.start()
        fourth = kind(0, host="192.0.2.1", **log.callbacks())
        with pytest.raises(FeedError, match="expected an address of this machine"):
            await fourth.start()

    asyncio.run(run())


def test_peers_are_numbered_answered_and_closed():
    async def run():
        log = Log(reply=bytes.upper)
        feed = TcpServerFeed(0, **log.callbacks())
        await feed.start()
        read_a, write_a = await asyncio.open_connection(*feed.address)
        write_a.write(b"hello")
        assert await read_a.readexactly(5) == b"HELLO"
        read_b, write_b = await asyncio.open_connection(*feed.address)
        write_b.write(b"you")
        assert await read_b.readexactly(3) == b"YOU"
        feed.send(1, b"pushed")
        feed.send(99, b"to nobody")
        assert await read_a.readexactly(6) == b"pushed"
        write_a.close()
        await until(lambda: ("close", 1) in log.events)
        assert feed.connections == 1
        await feed.stop()
        with contextlib.suppress(ConnectionResetError):
            assert await read_b.read() == b""
        write_b.close()
        return log

    log = asyncio.run(run())
    assert [event[:2] for event in log.of("open")] == [("open", 1), ("open", 2)]
    assert log.of("open")[0][2].startswith("tcp 127.0.0.1:")
    assert log.of("close") == [("close", 1), ("close", 2)]


def test_one_peer_too_many_is_turned_away():
    async def run():
        log = Log()
        feed = TcpServerFeed(0, connections_max=2, **log.callbacks())
        await feed.start()
        peers = [await asyncio.open_connection(*feed.address) for _ in range(3)]
        await until(lambda: feed.refused == 1)
        assert feed.connections == 2
        assert len(log.of("open")) == 2
        for _, writer in peers:
            writer.close()
        await until(lambda: feed.connections == 0)
        assert len(log.of("close")) == 2
        _, writer = await asyncio.open_connection(*feed.address)
        await until(lambda: feed.connections == 1)
        writer.close()
        await feed.stop()

    asyncio.run(run())


def test_a_peer_that_does_not_read_is_dropped_and_the_others_are_not():
    async def run():
        log = Log(reply=lambda data: data * 1000)
        feed = TcpServerFeed(0, unread_max_bytes=1 << 16, **log.callbacks())
        await feed.start()
        with socket.create_connection(feed.address) as deaf:
            deaf.setblocking(False)
            reader, writer = await asyncio.open_connection(*feed.address)
            while not feed.dropped_slow:
                with contextlib.suppress(OSError):
                    deaf.send(bytes(4096))
                await asyncio.sleep(0)
            writer.write(b"y")
            assert await reader.readexactly(1000) == b"y" * 1000
        writer.close()
        await feed.stop()
        return feed, log

    feed, log = asyncio.run(run())
    assert feed.dropped_slow == 1
    assert ("close", 1) in log.events


def test_we_connect_again_and_say_it_once(caplog):
    caplog.set_level(logging.INFO, "vedette.feed")

    async def run():
        log = Log()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        feed = TcpClientFeed(
            "127.0.0.1", port, back_off_first_s=0.01, back_off_last_s=0.05, **log.callbacks()
        )
        await feed.start()
        await until(lambda: feed.trouble is not None)
        assert "connection refused" in feed.trouble
        await asyncio.sleep(0.1)
        peers = []

        async def serve(reader, writer):
            peers.append(writer)
            writer.write(b"frame %d" % len(peers))
            await writer.drain()

        server = await asyncio.start_server(serve, "127.0.0.1", port)
        await until(lambda: log.data() == b"frame 1")
        assert feed.connected
        assert feed.trouble is None
        peers[0].close()
        await until(lambda: log.data() == b"frame 1frame 2")
        await feed.stop()
        assert not feed.connected
        for peer in peers:
            peer.close()
        server.close()
        await server.wait_closed()
        return log

    log = asyncio.run(run())
    assert [event[:2] for event in log.of("open")] == [("open", 1), ("open", 2)]
    assert log.of("close") == [("close", 1), ("close", 2)]
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 4  # refused, connected, closed, connected
    assert "connection refused" in said[0]
    assert "closed the connection" in said[2]


def test_stopping_while_it_waits_is_quick():
    async def run():
        feed = TcpClientFeed("127.0.0.1", 1, **Log().callbacks())
        await feed.start()
        await until(lambda: feed.trouble is not None)
        async with asyncio.timeout(1):
            await feed.stop()

    asyncio.run(run())
