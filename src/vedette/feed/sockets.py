"""Bytes from sockets, with the time they were heard: UDP in, TCP in, TCP out.

Every feed is started and stopped in a running asyncio loop, reads the injected clock when bytes
arrive, and calls back:

    on_open(connection, peer)                  a peer came; connections count up from 1
    on_bytes(connection, heard_ns, data)       returns what to send back (TCP)
    on_close(connection)                       it went

heard_ns never goes back within a feed. A UDP port is one connection, open from start to stop.
Feeds listen on the loopback unless told otherwise.
"""

import asyncio
import contextlib
import errno
import logging
import os
import socket
import struct
from collections.abc import Callable
from typing import Final

from vedette.core.errors import FeedError

OnBytes = Callable[[int, int, bytes], bytes]
OnOpen = Callable[[int, str], None]
OnClose = Callable[[int], None]
Clock = Callable[[], int]

LOOPBACK: Final = "127.0.0.1"
CONNECTIONS_MAX: Final = 256
UNREAD_MAX_BYTES: Final = 1 << 20
DATAGRAM_MAX_BYTES: Final = 65_535
DATAGRAMS_A_WAKE_UP: Final = 256
RECEIVE_BUFFER_BYTES: Final = 8 << 20
BACK_OFF_FIRST_S: Final = 0.5
BACK_OFF_LAST_S: Final = 30.0
CONNECT_TIMEOUT_S: Final = 10.0

_log = logging.getLogger("vedette.feed")


class UdpFeed:
    """Datagrams to one port, unicast or of a multicast group.

    A wake-up reads up to DATAGRAMS_A_WAKE_UP datagrams, so a burst costs one turn of the loop and
    the rest of the program still gets its turn.
    """

    def __init__(
        self,
        port: int,
        *,
        now_ns: Clock,
        on_bytes: OnBytes,
        on_open: OnOpen | None = None,
        on_close: OnClose | None = None,
        host: str = LOOPBACK,
        group: str | None = None,
        datagram_max_bytes: int = DATAGRAM_MAX_BYTES,
        receive_buffer_bytes: int = RECEIVE_BUFFER_BYTES,
    ) -> None:
        """Describe the port; `start` opens it.

        port                  0 lets the system choose; see `address`
        host                  the interface to listen on; with `group`, to join it on
        group                 an IPv4 multicast group to join
        datagram_max_bytes    a longer datagram is dropped and counted in `oversized`
        receive_buffer_bytes  asked of the system for bursts; it may grant less
        """
        self.host, self.port, self.group = host, port, group
        self.oversized = 0
        self._now_ns, self._on_bytes = now_ns, on_bytes
        self._on_open, self._on_close = on_open, on_close
        self._max_bytes = datagram_max_bytes
        self._buffer_bytes = receive_buffer_bytes
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._block = memoryview(bytearray(datagram_max_bytes + 1))
        self._last_ns = 0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that it listens on."""
        return self.host, self.port

    async def start(self) -> None:
        """Open the port, or raise FeedError saying why it cannot be."""
        self._socket = self._bind()
        self.port = self._socket.getsockname()[1]
        self._loop = asyncio.get_running_loop()
        if self._on_open:
            self._on_open(1, f"udp {self.group or self.host}:{self.port}")
        self._loop.add_reader(self._socket.fileno(), self._drain)

    async def stop(self) -> None:
        """Close the port. What the system still holds is read first, at most one wake-up of it."""
        if self._socket is None or self._loop is None:
            return
        self._loop.remove_reader(self._socket.fileno())
        self._drain()
        self._socket.close()
        self._socket = None
        if self._on_close:
            self._on_close(1)

    def _bind(self) -> socket.socket:
        where = f"udp {self.group or self.host}:{self.port}"
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            opened.setblocking(False)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self._buffer_bytes)
            if self.group is None:
                opened.bind((self.host, self.port))
            else:
                opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                opened.bind((self.group, self.port))
                join = struct.pack("4s4s", socket.inet_aton(self.group), socket.inet_aton(self.host))
                opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, join)
        except (OSError, OverflowError) as error:
            opened.close()
            raise _cannot("listen on", where, error) from error
        return opened

    def _drain(self) -> None:
        opened, block, limit = self._socket, self._block, self._max_bytes
        if opened is None:
            return
        for _ in range(DATAGRAMS_A_WAKE_UP):
            try:
                length = opened.recv_into(block)
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:  # an ICMP error of an earlier send; nothing was read
                _log.debug("udp %s:%d: %s", self.host, self.port, error)
                return
            if length > limit:
                self.oversized += 1
                continue
            self._last_ns = max(self._last_ns, self._now_ns())
            self._on_bytes(1, self._last_ns, bytes(block[:length]))


class TcpServerFeed:
    """Peers connect to us (SAPIENT). Each has its own connection number."""

    def __init__(
        self,
        port: int,
        *,
        now_ns: Clock,
        on_bytes: OnBytes,
        on_open: OnOpen | None = None,
        on_close: OnClose | None = None,
        host: str = LOOPBACK,
        connections_max: int = CONNECTIONS_MAX,
        unread_max_bytes: int = UNREAD_MAX_BYTES,
    ) -> None:
        """Describe the port; `start` opens it.

        connections_max   a peer beyond these is turned away and counted in `refused`
        unread_max_bytes  a peer that leaves more of our replies unread is dropped (`dropped_slow`)
        """
        self.host, self.port = host, port
        self.refused = 0
        self.dropped_slow = 0
        self._wires = _Wires(now_ns, on_bytes, on_open, on_close, connections_max, unread_max_bytes)
        self._server: asyncio.Server | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that it listens on."""
        return self.host, self.port

    @property
    def connections(self) -> int:
        """How many peers are connected."""
        return len(self._wires.transports)

    async def start(self) -> None:
        """Open the port, or raise FeedError saying why it cannot be."""
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._accept, self.host, self.port)
        except (OSError, OverflowError) as error:
            raise _cannot("listen on", f"tcp {self.host}:{self.port}", error) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._server is None:
            return
        self._server.close()
        await self._wires.close_all()
        await self._server.wait_closed()
        self._server = None

    def send(self, connection: int, data: bytes) -> None:
        """Write to a peer that is not being answered just now; one that has gone is ignored."""
        self._wires.send(connection, data)

    def hang_up(self, connection: int) -> None:
        """Close a connection once what was written to it is sent."""
        self._wires.hang_up(connection)

    def _accept(self) -> "_Wire":
        return _Wire(self._wires, self)


class TcpClientFeed:
    """We connect to a peer (a Beast receiver), and again whenever the connection is lost.

    Waits between tries double from BACK_OFF_FIRST_S to BACK_OFF_LAST_S and begin anew once bytes
    have come. An outage is logged once, and once when it is over; `trouble` says it meanwhile.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        now_ns: Clock,
        on_bytes: OnBytes,
        on_open: OnOpen | None = None,
        on_close: OnClose | None = None,
        unread_max_bytes: int = UNREAD_MAX_BYTES,
        back_off_first_s: float = BACK_OFF_FIRST_S,
        back_off_last_s: float = BACK_OFF_LAST_S,
    ) -> None:
        """Describe the peer; `start` begins to connect."""
        self.host, self.port = host, port
        self.trouble: str | None = None
        self.refused = 0
        self.dropped_slow = 0
        self._wires = _Wires(now_ns, on_bytes, on_open, on_close, 1, unread_max_bytes)
        self._first_s, self._last_s = back_off_first_s, back_off_last_s
        self._task: asyncio.Task[None] | None = None
        self._said_lost = self._said_back = False  # of this outage, which lasts until bytes come

    @property
    def address(self) -> tuple[str, int]:
        """Host and port of the peer."""
        return self.host, self.port

    @property
    def connected(self) -> bool:
        """Whether there is a connection now."""
        return bool(self._wires.transports)

    async def start(self) -> None:
        """Begin to connect in the background; a peer that is not there yet is no error."""
        self._task = asyncio.get_running_loop().create_task(self._keep_connected())

    async def stop(self) -> None:
        """Close the connection and connect no more."""
        if self._task is None:
            return
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        self._task = None
        await self._wires.close_all()

    def send(self, connection: int, data: bytes) -> None:
        """Write to the peer; a connection that has gone is ignored."""
        self._wires.send(connection, data)

    def hang_up(self, connection: int) -> None:
        """Close a connection once what was written to it is sent."""
        self._wires.hang_up(connection)

    async def _keep_connected(self) -> None:
        wait_s = self._first_s
        while True:
            if await self._connect_once():
                wait_s = self._first_s
            await asyncio.sleep(wait_s)
            wait_s = min(2 * wait_s, self._last_s)

    async def _connect_once(self) -> bool:
        """Connect and stay until the connection is lost. Returns whether bytes came."""
        loop = asyncio.get_running_loop()
        where = f"tcp {self.host}:{self.port}"
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                transport, wire = await loop.create_connection(
                    lambda: _Wire(self._wires, self), self.host, self.port
                )
        except OSError as error:
            self._say_trouble(str(_cannot("connect to", where, error)))
            return False
        _keep_alive(transport)
        if self._said_lost and not self._said_back:
            _log.info("connected to %s", where)
            self._said_back = True
        self.trouble = None
        await wire.lost.wait()
        if wire.heard:
            self._said_lost = self._said_back = False
        self._say_trouble(f"{where} closed the connection")
        return wire.heard

    def _say_trouble(self, text: str) -> None:
        if not self._said_lost:
            _log.warning("%s; trying again until it answers", text)
            self._said_lost = True
        self.trouble = text


class _Wires:
    """The open TCP connections of one feed, and what to call for them."""

    def __init__(
        self,
        now_ns: Clock,
        on_bytes: OnBytes,
        on_open: OnOpen | None,
        on_close: OnClose | None,
        connections_max: int,
        unread_max_bytes: int,
    ) -> None:
        self.now_ns, self.on_bytes, self.on_open, self.on_close = now_ns, on_bytes, on_open, on_close
        self.connections_max, self.unread_max_bytes = connections_max, unread_max_bytes
        self.transports: dict[int, _Wire] = {}
        self.count = 0
        self.last_ns = 0

    def send(self, connection: int, data: bytes) -> None:
        wire = self.transports.get(connection)
        if wire is not None:
            wire.write(data)

    def hang_up(self, connection: int) -> None:
        wire = self.transports.get(connection)
        if wire is not None:
            wire.close()

    async def close_all(self) -> None:
        wires = list(self.transports.values())
        for wire in wires:
            wire.abort()
        for wire in wires:
            await wire.lost.wait()


class _Wire(asyncio.Protocol):
    """One TCP connection."""

    def __init__(self, wires: _Wires, feed: TcpServerFeed | TcpClientFeed) -> None:
        self._wires = wires
        self._feed = feed
        self._transport: asyncio.Transport | None = None
        self._connection = 0  # stays 0 when turned away
        self.lost = asyncio.Event()
        self.heard = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"expected a stream transport, got {type(transport).__name__}")
        wires = self._wires
        self._transport = transport
        if len(wires.transports) >= wires.connections_max:
            self._feed.refused += 1
            transport.abort()
            return
        transport.set_write_buffer_limits(high=wires.unread_max_bytes)
        wires.count += 1
        self._connection = wires.count
        wires.transports[self._connection] = self
        if wires.on_open:
            peer = transport.get_extra_info("peername") or ("?", 0)
            wires.on_open(self._connection, f"tcp {peer[0]}:{peer[1]}")

    def data_received(self, data: bytes) -> None:
        wires = self._wires
        if not self._connection or self._transport is None or self._transport.is_closing():
            return
        self.heard = True
        wires.last_ns = max(wires.last_ns, wires.now_ns())
        reply = wires.on_bytes(self._connection, wires.last_ns, data)
        if reply:
            self.write(reply)

    def write(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(data)
        if transport.get_write_buffer_size() > self._wires.unread_max_bytes:
            self._feed.dropped_slow += 1
            _log.warning(
                "dropped %s: it left more than %d bytes of our replies unread",
                transport.get_extra_info("peername"),
                self._wires.unread_max_bytes,
            )
            transport.abort()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._wires.transports.pop(self._connection, None) is not None and self._wires.on_close:
            self._wires.on_close(self._connection)
        self.lost.set()


def _keep_alive(transport: asyncio.BaseTransport) -> None:
    """Let the system notice within about a minute that a silent peer is gone."""
    opened = transport.get_extra_info("socket")
    with contextlib.suppress(OSError, AttributeError):
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 20)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 4)


def _cannot(act: str, where: str, error: Exception) -> FeedError:
    """Say in one line why a port or a peer cannot be used."""
    number = getattr(error, "errno", None)
    if isinstance(error, TimeoutError):
        why = f"no answer within {CONNECT_TIMEOUT_S:.0f} s"
    elif number == errno.EADDRINUSE:
        why = "the port is taken by another program; stop it or choose another port"
    elif number == errno.EADDRNOTAVAIL:
        why = "expected an address of this machine"
    elif number == errno.EACCES:
        why = "not allowed; ports below 1024 need rights that this program does not have"
    elif number == errno.ECONNREFUSED:
        why = "connection refused; is the receiver running and is the port right?"
    elif isinstance(error, socket.gaierror):
        why = "the host name is not known"
    elif isinstance(error, OverflowError):
        why = "expected a port from 0 to 65535"
    else:
        why = os.strerror(number) if number else str(error)
    return FeedError(f"cannot {act} {where}: {why}")
