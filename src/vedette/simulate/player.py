"""Plays a simulation to real sockets in real time.

UDP feeds are sent datagrams. TCP feeds that the node listens on (SAPIENT) get one client a sensor,
which connects again when it is dropped, and whose sensor then introduces itself again. TCP feeds that
the node connects to (Beast) are served here, to every client alike. What the node answers is read and
thrown away.

Nothing is kept for a peer that is not there or does not read: live sensors lose what is not taken.
A client whose unsent bytes pass a bound is dropped.

The clock and the wait come in as arguments. A player that was held up (a busy machine, a laptop that
slept) skips what is more than a few seconds late rather than send a burst.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.errors import FeedError
from vedette.core.units import NS_PER_S
from vedette.simulate.simulation import Simulation
from vedette.simulate.spec.place import Feed
from vedette.simulate.world import Emission

STEP_NS: Final = NS_PER_S // 10
LATE_NS: Final = 3 * NS_PER_S
UNSENT_BYTES: Final = 4 << 20
RETRY_S: Final = 0.5

OnTruth = Callable[[NDArray[np.void]], None]


class Address(Struct, frozen=True):
    """Where a feed really is, once ports are chosen."""

    host: str
    port: int


class Player:
    """One run of a simulation to sockets.

    figures: sent (emissions), sent_bytes, lost (nobody took them), skipped (too late)
    """

    def __init__(
        self,
        simulation: Simulation,
        addresses: dict[str, Address],
        *,
        now_ns: Callable[[], int],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        on_truth: OnTruth | None = None,
    ) -> None:
        """Make ready; `start` opens the sockets.

        addresses  by feed: where to send to, or for tcp-connect feeds where to listen (port 0: any;
                   `addresses` then says which after `start`)
        on_truth   is given the rows of truth at the first instant and once a second
        """
        self.simulation = simulation
        self.addresses = dict(addresses)
        self.sent = self.sent_bytes = self.lost = self.skipped = 0
        self._now_ns = now_ns
        self._sleep = sleep
        self._on_truth = on_truth
        self._links: dict[tuple[str, int], _Link] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Open what this side opens; FeedError if a port is taken."""
        connections: dict[str, int] = {}
        for spec in self.simulation.scenario.sensor:
            connections[spec.feed] = connections.get(spec.feed, 0) + 1
        for feed in self.simulation.scenario.feed:
            if feed.name not in self.addresses or feed.transport == "file":
                continue
            shared: _Link | None = None
            for number in range(connections.get(feed.name, 0)):
                if shared is None or feed.transport == "tcp-listen":
                    shared = await self._open(feed)
                self._links[(feed.name, number)] = shared

    async def _open(self, feed: Feed) -> "_Link":
        address = self.addresses[feed.name]
        try:
            match feed.transport:
                case "udp":
                    return await _Datagrams.open(address)
                case "tcp-connect":
                    server = await _Server.open(address)
                    self.addresses[feed.name] = server.address
                    return server
                case "tcp-listen" | "file":  # files were left out before
                    client = _Client(address, self._sleep)
                    self._tasks.append(asyncio.create_task(client.keep_connected()))
                    return client
        except OSError as error:
            raise FeedError(
                f"feed {feed.name}: expected a free address, got {address.host}:{address.port}: {error}"
            ) from error

    async def run(self, until_ns: int | None = None) -> None:
        """Play until a time, or for ever."""
        simulation = self.simulation
        state = simulation.init()
        truth_ns = state.time_ns
        while until_ns is None or state.time_ns < until_ns:
            if self._on_truth is not None and state.time_ns >= truth_ns:
                self._on_truth(simulation.truth(state))
                truth_ns += NS_PER_S
            goal_ns = state.time_ns + STEP_NS
            state, emissions = simulation.step(state, goal_ns, self._reconnected())
            for emission in emissions:
                await self._wait_for(emission.t_ns)
                self._send(emission)
            await self._wait_for(state.time_ns)

    async def stop(self) -> None:
        """Close everything."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for link in set(self._links.values()):
            await link.close()
        self._links.clear()

    async def _wait_for(self, t_ns: int) -> None:
        ahead_ns = t_ns - self._now_ns()
        if ahead_ns > 1_000_000:
            await self._sleep(ahead_ns / NS_PER_S)

    def _reconnected(self) -> frozenset[tuple[str, int]]:
        """Connections that came back since the last call."""
        return frozenset(key for key, link in self._links.items() if link.take_new())

    def _send(self, emission: Emission) -> None:
        link = self._links.get((emission.feed, emission.connection))
        if self._now_ns() - emission.t_ns > LATE_NS:
            self.skipped += 1
        elif link is None or not link.send(emission.data):
            self.lost += 1
        else:
            self.sent += 1
            self.sent_bytes += len(emission.data)


class _Link(ABC):
    """Somewhere to send bytes."""

    @abstractmethod
    def send(self, data: bytes) -> bool:
        """Hand bytes over at once; false if nobody takes them."""

    def take_new(self) -> bool:
        """Whether the peer is a new one since the last call, and wants to be greeted."""
        return False

    @abstractmethod
    async def close(self) -> None:
        """Close it."""


class _Datagrams(_Link):
    """UDP to one address."""

    def __init__(self, transport: asyncio.DatagramTransport) -> None:
        self._transport = transport

    @classmethod
    async def open(cls, address: Address) -> "_Datagrams":
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=(address.host, address.port)
        )
        return cls(transport)

    def send(self, data: bytes) -> bool:
        self._transport.sendto(data)
        return True

    async def close(self) -> None:
        self._transport.close()


class _Client(_Link):
    """A TCP connection to the node, made again whenever it ends."""

    def __init__(self, address: Address, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._address = address
        self._sleep = sleep
        self._writer: asyncio.StreamWriter | None = None
        self._new = False

    async def keep_connected(self) -> None:
        while True:
            try:
                reader, writer = await asyncio.open_connection(self._address.host, self._address.port)
            except OSError:
                await self._sleep(RETRY_S)
                continue
            self._writer, self._new = writer, True
            await _read_to_end(reader)
            self._writer = None
            writer.close()
            await self._sleep(RETRY_S)

    def take_new(self) -> bool:
        new, self._new = self._new, False
        return new

    def send(self, data: bytes) -> bool:
        return self._writer is not None and not self._new and _write(self._writer, data)

    async def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class _Server(_Link):
    """A TCP server; everybody who connects gets everything."""

    def __init__(self) -> None:
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self.address = Address("", 0)

    @classmethod
    async def open(cls, address: Address) -> "_Server":
        self = cls()
        self._server = await asyncio.start_server(self._serve, address.host, address.port)
        host, port = self._server.sockets[0].getsockname()[:2]
        self.address = Address(host, port)
        return self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            await _read_to_end(reader)
        finally:
            self._writers.discard(writer)
            writer.close()

    def send(self, data: bytes) -> bool:
        return bool([None for writer in list(self._writers) if _write(writer, data)])

    async def close(self) -> None:
        for writer in list(self._writers):
            writer.close()
        if self._server is not None:
            self._server.close()


async def _read_to_end(reader: asyncio.StreamReader) -> None:
    """Read what the peer says, for nothing."""
    with contextlib.suppress(OSError):
        while await reader.read(65_536):
            pass


def _write(writer: asyncio.StreamWriter, data: bytes) -> bool:
    """Write without waiting; give up a peer that does not read."""
    if writer.is_closing():
        return False
    if writer.transport.get_write_buffer_size() > UNSENT_BYTES:
        writer.transport.abort()
        return False
    writer.write(data)
    return True
