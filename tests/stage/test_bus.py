"""The bus against a real nats-server on loopback."""

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Literal

import pytest

from vedette.bus.client import Bus, Message, connect
from vedette.bus.server import Credentials, NatsServer, ServerLimits, find_binary
from vedette.core.errors import BusError

SMALL = ServerLimits(max_memory_mib=32, max_file_mib=64)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    one = NatsServer(tmp_path / "bus", limits=SMALL)
    one.start()
    yield one
    one.stop()


def run(server: NatsServer, work: Callable[[Bus, Bus], Awaitable[None]], **options: int) -> None:
    """Two connections, some work, a clean end; bounded."""

    async def main() -> None:
        first = await connect(server.url, server.credentials, "first", **options)
        second = await connect(server.url, server.credentials, "second")
        try:
            await work(first, second)
        finally:
            await first.close(1.0)
            await second.close(1.0)

    asyncio.run(asyncio.wait_for(main(), 30))


async def eventually(condition: Callable[[], bool], timeout_s: float = 10.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)


def test_a_server_starts_stops_and_keeps_its_secret(tmp_path: Path) -> None:
    server = NatsServer(tmp_path / "bus", limits=SMALL)
    assert not server.alive()
    server.start()
    try:
        assert server.alive()
        assert server.port > 0
        assert stat.S_IMODE((tmp_path / "bus" / "nats.conf").stat().st_mode) == 0o600
        assert server.password not in repr(server.credentials)
        assert server.password not in server.url
        assert server.password not in (tmp_path / "bus" / "nats.log").read_text()
        pid = server.pid
        assert pid is not None
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists():
            assert server.password.encode() not in command.read_bytes()
    finally:
        server.stop()
    assert not server.alive()
    server.stop()


def test_nobody_gets_in_without_the_log_in(server: NatsServer) -> None:
    for wrong in (None, Credentials(server.user, "guess")):
        with pytest.raises(BusError, match="Authorization Violation"):
            asyncio.run(connect(server.url, wrong, "stranger", timeout_s=0.4))


def test_an_absent_server_is_one_clear_line() -> None:
    with pytest.raises(
        BusError, match=r"expected a message server at nats://127\.0\.0\.1:1 within 0\.3 s"
    ) as raised:
        asyncio.run(connect("nats://127.0.0.1:1", None, "lonely", timeout_s=0.3))
    assert "\n" not in str(raised.value)


def test_a_taken_port_a_used_folder_and_a_missing_program_are_one_clear_line(
    server: NatsServer, tmp_path: Path
) -> None:
    with pytest.raises(BusError, match=f"expected port {server.port} on 127.0.0.1 to be free"):
        NatsServer(tmp_path / "other", port=server.port).start(1.0)
    with pytest.raises(BusError, match="another message server uses it"):
        NatsServer(server.folder).start(0.2)
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(BusError, match="cannot start the message server") as raised:
        NatsServer(tmp_path / "file").start(1.0)
    assert "\n" not in str(raised.value)
    assert find_binary().name.startswith("nats-server")


def test_a_program_that_ends_at_once_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(BusError, match="expected the message server to run, it ended") as raised:
        NatsServer(tmp_path / "bus", binary=tmp_path / "absent").start(5.0)
    assert "\n" not in str(raised.value)


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel to tell the child")
def test_the_server_dies_with_its_owner(tmp_path: Path) -> None:
    script = (
        "import os, pathlib, sys; from vedette.bus.server import NatsServer\n"
        "server = NatsServer(pathlib.Path(sys.argv[1])); server.start()\n"
        "print(server.pid, flush=True); os.kill(os.getpid(), 9)"
    )
    owner = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "bus")],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert owner.returncode == -signal.SIGKILL
    pid = int(owner.stdout)
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and _runs(pid):
        time.sleep(0.02)
    assert not _runs(pid)
    again = NatsServer(tmp_path / "bus", limits=SMALL)  # and its folder can be used at once
    again.start()
    again.stop()


def _runs(pid: int) -> bool:
    with contextlib.suppress(OSError):
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
        return state not in ("Z", "X")
    return False


def test_live_messages_come_in_order_and_a_bad_one_stops_nothing(server: NatsServer) -> None:
    async def work(sender: Bus, reader: Bus) -> None:
        got: list[bytes] = []

        async def take(message: Message) -> None:
            if message.payload == b"7":
                raise ValueError("no")
            got.append(message.payload)

        await reader.subscribe("a.*", take)
        await reader.flush()
        for i in range(20):
            assert await sender.publish("a.b", b"%d" % i)
        await eventually(lambda: len(got) == 19)
        assert got == [b"%d" % i for i in range(20) if i != 7]
        assert reader.counters.callback_errors == 1
        assert sender.counters.published == 20

    run(server, work)


def test_too_big_a_message_is_refused_by_name(server: NatsServer) -> None:
    async def work(sender: Bus, reader: Bus) -> None:
        with pytest.raises(BusError, match="9000000 bytes to big"):
            await sender.publish("big", bytes(9_000_000))
        with pytest.raises(BusError, match="9000000 bytes to big"):
            await sender.publish_durable("big", bytes(9_000_000), "1")

    run(server, work)


def test_questions_are_answered_also_with_an_error(server: NatsServer) -> None:
    async def work(asker: Bus, other: Bus) -> None:
        async def turn(payload: bytes) -> bytes:
            if not payload:
                raise ValueError("expected something,\ngot nothing")
            return payload[::-1]

        await other.answer("turn", turn)
        await other.flush()
        assert await asker.request("turn", b"abc") == b"cba"
        with pytest.raises(BusError, match=r"^turn: expected something, got nothing$"):
            await asker.request("turn", b"")
        with pytest.raises(BusError, match="nobody listens"):
            await asker.request("nobody", b"")

    run(server, work)


def test_a_stream_keeps_one_copy_and_is_read_from_anywhere(server: NatsServer) -> None:
    async def work(sender: Bus, reader: Bus) -> None:
        await sender.ensure_stream("S", ["s.>"], storage="memory", max_age_s=60, max_bytes=1_000_000)
        await sender.ensure_stream("S", ["s.>", "t.>"], storage="memory", max_age_s=90, max_bytes=1_000_000)
        for i in range(50):
            await sender.publish_durable("s.x" if i % 2 else "t.x", b"%d" % i, f"id{i // 2 * 2}{i % 2}")
            await sender.publish_durable("s.x" if i % 2 else "t.x", b"again", f"id{i // 2 * 2}{i % 2}")
        await sender.flush_durable()
        assert sender.counters.acknowledged == 100
        everything = await taken(reader, 50)
        assert [message.payload for message in everything] == [b"%d" % i for i in range(50)]
        assert [message.seq for message in everything] == list(range(1, 51))
        assert everything[-1].pending == 0
        assert [message.seq for message in await taken(reader, 3, seq=40)] == [40, 41, 42]
        assert [message.payload for message in await taken(reader, 2, topic="s.*")] == [b"1", b"3"]

    run(server, work)


async def taken(bus: Bus, count: int, seq: int = 1, topic: str = "") -> list[Message]:
    got: list[Message] = []
    async with contextlib.aclosing(bus.read_from("S", seq, topic=topic)) as messages:
        async for message in messages:
            got.append(message)
            if len(got) == count:
                break
    return got


@pytest.mark.parametrize("storage", ["memory", "file"])
def test_a_killed_server_loses_nothing_that_is_durable(
    server: NatsServer, storage: Literal["memory", "file"]
) -> None:
    async def work(sender: Bus, reader: Bus) -> None:
        await sender.ensure_stream("S", ["s.>"], storage=storage, max_age_s=60, max_bytes=10_000_000)
        read: list[Message] = []

        async def keep_reading() -> None:
            async for message in reader.read_from("S"):
                read.append(message)  # noqa: PERF401 -- others look at it meanwhile

        reading = asyncio.create_task(keep_reading())
        for i in range(300):
            await sender.publish_durable("s.x", b"%d" % i, f"id{i}", wait=True)
            if i == 100:
                await sender.flush_durable()
                await eventually(lambda: len(read) == 101)
                assert server.pid is not None
                os.kill(server.pid, signal.SIGKILL)
        await eventually(lambda: not server.alive())
        port = server.port
        server.start()
        assert server.port == port
        await sender.flush_durable()
        await eventually(lambda: len(read) >= 300)
        assert [message.payload for message in read] == [b"%d" % i for i in range(300)]
        assert sender.counters.dropped_durable == 0
        assert sender.counters.reconnects == 1
        reading.cancel()

    run(server, work)


def test_what_a_full_buffer_pushes_out_is_counted(server: NatsServer) -> None:
    async def work(sender: Bus, reader: Bus) -> None:
        await sender.ensure_stream("S", ["s.>"], storage="file", max_age_s=60, max_bytes=10_000_000)
        server.stop()
        await eventually(lambda: not sender.connected)
        kept = [await sender.publish_durable("s.x", bytes(1000), f"id{i}") for i in range(20)]
        assert kept == [True] * 10 + [False] * 10
        assert sender.buffered == 10
        assert sender.counters.dropped_durable == 10
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await sender.publish_durable("s.x", bytes(1000), "patient", wait=True)
        with pytest.raises(BusError, match="10 are not"):
            await sender.flush_durable(0.1)
        live = [await sender.publish("s.y", bytes(1_000_000)) for _ in range(8)]
        assert live.count(False) == sender.counters.dropped_live > 0
        server.start()
        await sender.flush_durable()

    run(server, work, buffer_bytes=10_000)


def test_a_durable_reader_gets_again_what_it_did_not_finish(server: NatsServer) -> None:
    async def work(first: Bus, second: Bus) -> None:
        await first.ensure_stream("S", ["s.>"], storage="file", max_age_s=60.0, max_bytes=1024 * 1024)
        for n in range(5):
            await first.publish_durable("s.a", b"%d" % n, f"m{n}")
        await first.flush_durable()

        async def read(bus: Bus, count: int, *, anew: bool = False) -> list[bytes]:
            got: list[bytes] = []
            async with contextlib.aclosing(bus.read_durable("S", "me", anew=anew)) as messages:
                async for message in messages:
                    got.append(message.payload)
                    if len(got) == count:
                        break  # it dies with this one in its hands
            return got

        assert await read(first, 2) == [b"0", b"1"]
        began_s = time.monotonic()
        assert await read(second, 3) == [b"1", b"2", b"3"]
        assert time.monotonic() - began_s > 1.0, "it waits until the first one is surely gone"
        assert await second.unread("S", "me") == 2, "the one that it died with, and the newest"
        assert await read(second, 5, anew=True) == [b"0", b"1", b"2", b"3", b"4"]
        with pytest.raises(BusError, match="cannot ask how far nobody has read S"):
            await second.unread("S", "nobody")

    run(server, work)
