"""The bus as a stage sees it: publish, subscribe, durable publishing, reading streams, asking.

What a caller can rely on:

- a connection that breaks comes back by itself, for ever; streams that it declared are declared again
- `publish` is for live data: what cannot be sent is dropped and counted
- `publish_durable` is for data that must arrive: in order, acknowledged, sent again after a break
  under the same message id, so that the stream keeps one copy
- a callback that raises loses that one message, is counted, and says so in the log

Source: NATS documentation, "JetStream: Consumers", and ADR-17 (ordered consumers).
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final, Literal

import nats
import nats.errors
import nats.js.errors
from msgspec import Struct
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import DiscardPolicy, PubAck, StorageType, StreamConfig

from vedette.bus.durable import DurableReader
from vedette.bus.message import Message as Message
from vedette.bus.ordered import ACK_TIMEOUT_S, TRANSIENT, OrderedReader
from vedette.bus.server import Credentials
from vedette.core.errors import BusError

_log = logging.getLogger("vedette.bus")

_MIB: Final = 1024 * 1024
_RETRY_S: Final = 0.25
_DEDUPLICATE_S: Final = 120.0
_STREAM_EXISTS: Final = 10058  # "stream name already in use with a different configuration"
_ERROR_HEADER: Final = "Vedette-Error"


class Counters(Struct):
    """What happened on one connection since it began.

    dropped_live     live messages that found no room while the server was away
    dropped_durable  durable messages that were pushed out of a full buffer
    dropped_slow     messages that came faster than a callback took them
    retries          times that a durable message was sent again
    reconnects       times that the connection came back
    callback_errors  messages whose callback raised
    """

    published: int = 0
    acknowledged: int = 0
    dropped_live: int = 0
    dropped_durable: int = 0
    dropped_slow: int = 0
    retries: int = 0
    reconnects: int = 0
    callback_errors: int = 0


class _Durable(Struct, frozen=True, gc=False):
    topic: str
    payload: bytes
    msg_id: str


Callback = Callable[[Message], Awaitable[None]]
Answer = Callable[[bytes], Awaitable[bytes]]


class Bus:
    """One connection. Make it with `connect`, end it with `close`."""

    def __init__(self, client: Client, *, buffer_bytes: int, pending_bytes: int) -> None:
        """Use `connect` instead."""
        self.counters = Counters()
        self._client = client
        self._js = client.jetstream(timeout=ACK_TIMEOUT_S)
        self._buffer_max = buffer_bytes
        self._pending_max = pending_bytes
        self._streams: dict[str, StreamConfig] = {}
        self._buffer: deque[_Durable] = deque()
        self._buffered_bytes = 0
        self._changed = asyncio.Condition()
        self._up = asyncio.Event()
        self._sender: asyncio.Task[None] | None = None
        self._attempt: asyncio.Task[PubAck] | None = None
        self._readers: set[OrderedReader] = set()

    @property
    def connected(self) -> bool:
        """Whether the server is there now."""
        return self._client.is_connected

    @property
    def buffered(self) -> int:
        """Durable messages that are not acknowledged yet."""
        return len(self._buffer)

    # Live messages

    async def publish(self, topic: str, payload: bytes) -> bool:
        """Send once. False when it was dropped, because the server is away and the buffer full."""
        try:
            await self._client.publish(topic, payload)
        except nats.errors.OutboundBufferLimitError:
            self.counters.dropped_live += 1
            return False
        except nats.errors.Error as error:
            raise BusError(f"cannot publish {len(payload)} bytes to {topic}: {_said(error)}") from error
        self.counters.published += 1
        return True

    async def subscribe(self, topic: str, callback: Callback, *, queue: str = "") -> Subscription:
        """Call back for every message, one after the other. `await handle.unsubscribe()` ends it.

        queue  subscribers of one queue share the messages
        """

        async def deliver(raw: Msg) -> None:
            await self._call(callback, Message(raw.subject, raw.data))

        return await self._subscribe(topic, deliver, queue)

    async def flush(self, timeout_s: float = 5.0) -> None:
        """Wait until the server has read all that was published."""
        try:
            await self._client.flush(max(1, round(timeout_s)))
        except TRANSIENT as error:
            raise BusError(f"expected the message server to answer: {_said(error)}") from error

    # Questions

    async def request(self, topic: str, payload: bytes, timeout_s: float = 5.0) -> bytes:
        """Ask and wait for the answer, or BusError when nobody answers or the other side failed."""
        try:
            reply = await self._client.request(topic, payload, timeout=timeout_s)
        except nats.errors.NoRespondersError as error:
            raise BusError(f"expected somebody to answer {topic}, nobody listens") from error
        except TRANSIENT as error:
            raise BusError(f"expected an answer from {topic} within {timeout_s} s: {_said(error)}") from error
        failed = (reply.headers or {}).get(_ERROR_HEADER)
        if failed is not None:
            raise BusError(f"{topic}: {failed}")
        return reply.data

    async def answer(self, topic: str, handler: Answer, *, queue: str = "") -> Subscription:
        """Answer what is asked at topic. A handler that raises answers with its error in one line."""

        async def respond(raw: Msg) -> None:
            if not raw.reply:
                return
            try:
                payload, headers = await handler(raw.data), None
            except Exception as error:  # the asker must hear of it, whatever it is
                self.counters.callback_errors += 1
                _log.warning("answering %s failed: %s", raw.subject, _said(error))
                payload, headers = b"", {_ERROR_HEADER: _said(error)}
            with contextlib.suppress(nats.errors.Error):
                await self._client.publish(raw.reply, payload, headers=headers)

        return await self._subscribe(topic, respond, queue)

    # Streams

    async def ensure_stream(
        self,
        name: str,
        subjects: list[str],
        *,
        storage: Literal["memory", "file"],
        max_age_s: float,
        max_bytes: int,
    ) -> None:
        """Make the stream, or bring it to these settings; old messages go first when it is full."""
        config = StreamConfig(
            name=name,
            subjects=subjects,
            storage=StorageType.MEMORY if storage == "memory" else StorageType.FILE,
            max_age=max_age_s,
            max_bytes=max_bytes,
            discard=DiscardPolicy.OLD,
            duplicate_window=min(_DEDUPLICATE_S, max_age_s) if max_age_s else _DEDUPLICATE_S,
            num_replicas=1,
        )
        try:
            await self._declare(config)
        except TRANSIENT as error:
            raise BusError(
                f"cannot make the stream {name} of {', '.join(subjects)}: {_said(error)}"
            ) from error
        self._streams[name] = config

    async def publish_durable(self, topic: str, payload: bytes, msg_id: str, *, wait: bool = False) -> bool:
        """Hand over for sending in order; return before it is acknowledged.

        msg_id  unique in the stream for two minutes; a second one with the same id is not kept
        wait    True waits for room in a full buffer; False pushes the oldest out and counts it

        Returns False when something had to be pushed out.
        """
        size = len(payload)
        if size > self._client.max_payload:
            raise BusError(
                f"cannot publish {size} bytes to {topic}: expected {self._client.max_payload} or less"
            )
        if self._sender is None:
            self._sender = asyncio.create_task(self._send_for_ever(), name="bus-durable")
        kept_all = True
        async with self._changed:
            if wait:
                await self._changed.wait_for(lambda: self._has_room(size))
            while not self._has_room(size) and len(self._buffer) > 1:
                kept_all = False
                self._push_out()
            self._buffer.append(_Durable(topic, payload, msg_id))
            self._buffered_bytes += size
            self._changed.notify_all()
        return kept_all

    async def flush_durable(self, timeout_s: float = 30.0) -> None:
        """Wait until every durable message is acknowledged, or BusError."""
        try:
            async with asyncio.timeout(timeout_s), self._changed:
                await self._changed.wait_for(lambda: not self._buffer)
        except TimeoutError as error:
            raise BusError(
                f"expected every message to be acknowledged within {timeout_s} s, {len(self._buffer)} are not"
            ) from error

    async def read_from(self, stream: str, seq: int = 1, *, topic: str = "") -> AsyncGenerator[Message]:
        """Every message of the stream from number seq on, in order, for ever.

        seq    of the first one that is wanted; older ones that the stream lost are skipped
        topic  only these; empty takes all

        A break is bridged: reading goes on after the last message that was handed out. A stream that
        was made anew meanwhile (kept in memory, and its server died) is read from its start.
        """
        reader = OrderedReader(self._client, stream, topic)
        following = seq
        self._readers.add(reader)
        try:
            while not self._client.is_closed:
                try:
                    following = await reader.open(following)
                    async with contextlib.aclosing(reader.messages()) as messages:
                        async for message in messages:
                            following = message.seq + 1
                            yield message
                except TRANSIENT as error:
                    _log.debug("reading %s again from %d: %s", stream, following, _said(error))
                finally:
                    await reader.close()
                await asyncio.sleep(_RETRY_S)
        finally:
            self._readers.discard(reader)

    async def read_durable(self, stream: str, name: str, *, anew: bool = False) -> AsyncGenerator[Message]:
        """Every message of the stream that was not acknowledged under this name, in order, for ever.

        name  under which the server remembers how far it was read, over restarts of both
        anew  forget that: begin with the oldest message that the stream has

        A message is acknowledged when the reader asks for the next one. A reader that dies before that gets
        it again, so it may see a message twice, and never misses one.
        """
        following = DurableReader(self._client, stream, name)
        while not self._client.is_closed:
            try:
                await following.open(anew=anew)
                anew = False
                async with contextlib.aclosing(following.messages()) as messages:
                    async for message in messages:
                        yield message
            except TRANSIENT as error:
                _log.debug("reading %s as %s again: %s", stream, name, _said(error))
            finally:
                await following.close()
            await asyncio.sleep(_RETRY_S)

    async def unread(self, stream: str, name: str) -> int:
        """How many messages of a stream were not acknowledged under a name, or BusError."""
        try:
            info = await self._js.consumer_info(stream, name)
        except TRANSIENT as error:
            raise BusError(f"cannot ask how far {name} has read {stream}: {_said(error)}") from error
        return (info.num_pending or 0) + (info.num_ack_pending or 0)

    async def close(self, timeout_s: float = 5.0) -> None:
        """Send what waits, if the server is there, and end."""
        if self._client.is_connected:
            with contextlib.suppress(BusError):
                await self.flush_durable(timeout_s)
        if self._sender is not None:
            self._sender.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sender
        with contextlib.suppress(nats.errors.Error, TimeoutError):
            if self._client.is_connected:
                await asyncio.wait_for(self._client.drain(), timeout_s)
        if not self._client.is_closed:
            await self._client.close()

    # Inside

    async def _subscribe(
        self, topic: str, deliver: Callable[[Msg], Awaitable[None]], queue: str
    ) -> Subscription:
        try:
            return await self._client.subscribe(
                topic, queue, cb=deliver, pending_msgs_limit=65_536, pending_bytes_limit=self._pending_max
            )
        except nats.errors.Error as error:
            raise BusError(f"cannot subscribe to {topic}: {_said(error)}") from error

    async def _call(self, callback: Callback, message: Message) -> None:
        try:
            await callback(message)
        except Exception:  # one bad message must not end the subscription
            self.counters.callback_errors += 1
            _log.exception("the reader of %s failed on one message", message.topic)

    def _has_room(self, size: int) -> bool:
        return not self._buffer or self._buffered_bytes + size <= self._buffer_max

    def _push_out(self) -> None:
        """Drop the oldest but the very first, which may be on its way."""
        first = self._buffer.popleft()
        oldest = self._buffer.popleft()
        self._buffer.appendleft(first)
        self._buffered_bytes -= len(oldest.payload)
        self.counters.dropped_durable += 1

    async def _send_for_ever(self) -> None:
        while True:
            async with self._changed:
                await self._changed.wait_for(lambda: bool(self._buffer))
            first = self._buffer[0]
            await self._send_until_kept(first)
            async with self._changed:
                self._buffer.popleft()
                self._buffered_bytes -= len(first.payload)
                self._changed.notify_all()

    async def _send_until_kept(self, item: _Durable) -> None:
        headers = {"Nats-Msg-Id": item.msg_id}
        while True:
            await self._up.wait()
            self._attempt = asyncio.create_task(
                self._js.publish(item.topic, item.payload, timeout=ACK_TIMEOUT_S, headers=headers)
            )
            try:
                await asyncio.wait({self._attempt})
            finally:
                self._attempt.cancel()
            error = None if self._attempt.cancelled() else self._attempt.exception()
            if error is None and not self._attempt.cancelled():
                self.counters.acknowledged += 1
                return
            if error is not None and not isinstance(error, TRANSIENT):
                raise error
            self.counters.retries += 1
            _log.debug("sending to %s again: %s", item.topic, _said(error) if error else "the server went")
            await asyncio.sleep(_RETRY_S)

    async def _declare(self, config: StreamConfig) -> None:
        try:
            await self._js.add_stream(config)
        except nats.js.errors.APIError as error:
            if error.err_code != _STREAM_EXISTS:
                raise
            await self._js.update_stream(config)

    async def on_connected(self) -> None:
        """The first time."""
        self._up.set()

    async def on_disconnected(self) -> None:
        """The server went: what waits for its word must not wait for a timeout."""
        if self._up.is_set() and not self._client.is_closed:
            _log.warning("lost the message server, trying to reach it again")
        self._up.clear()
        if self._attempt is not None:
            self._attempt.cancel()

    async def on_reconnected(self) -> None:
        """The server is back, perhaps a new one: declare our streams, send and read on."""
        self.counters.reconnects += 1
        _log.info("the message server is back")
        for config in self._streams.values():
            try:
                await self._declare(config)
            except TRANSIENT as error:
                _log.warning("cannot make the stream %s again: %s", config.name, _said(error))
        self._up.set()
        for reader in self._readers:
            reader.interrupt()

    async def on_error(self, error: Exception) -> None:
        """Something that the client library met on its own."""
        if isinstance(error, nats.errors.SlowConsumerError):
            self.counters.dropped_slow += 1
            if self.counters.dropped_slow & (self.counters.dropped_slow - 1) == 0:
                _log.warning("%d messages dropped, a reader is too slow", self.counters.dropped_slow)
        else:
            _log.debug("bus: %s", _said(error))


async def connect(
    url: str,
    credentials: Credentials | None,
    name: str,
    *,
    timeout_s: float = 10.0,
    buffer_bytes: int = 32 * _MIB,
    pending_bytes: int = 64 * _MIB,
) -> Bus:
    """Connect, or BusError when no server answers in time.

    name           what the server's log calls us
    buffer_bytes   durable messages that wait for a server that is away
    pending_bytes  messages that wait for a slow callback, each subscription
    """
    client = Client()
    bus = Bus(client, buffer_bytes=buffer_bytes, pending_bytes=pending_bytes)
    reasons: list[Exception] = []

    async def on_error(error: Exception) -> None:
        if not reasons or isinstance(reasons[0], OSError):  # a refusal in words says more
            reasons[:] = [error]
        await bus.on_error(error)

    try:
        async with asyncio.timeout(timeout_s):
            await client.connect(
                url,
                user=credentials.user if credentials else None,
                password=credentials.password if credentials else None,
                name=name,
                error_cb=on_error,
                disconnected_cb=bus.on_disconnected,
                reconnected_cb=bus.on_reconnected,
                max_reconnect_attempts=-1,
                reconnect_time_wait=1,
                connect_timeout=2,
                pending_size=4 * _MIB,
                ping_interval=10,
                allow_reconnect=True,
            )
    except (TimeoutError, nats.errors.Error, OSError, ValueError) as error:
        with contextlib.suppress(Exception):
            await client.close()
        why = _said(reasons[0] if reasons else error)
        raise BusError(f"expected a message server at {url} within {timeout_s} s: {why}") from error
    client.options["reconnect_time_wait"] = _RETRY_S
    await bus.on_connected()
    return bus


def _said(error: BaseException) -> str:
    """An error in one line."""
    text = " ".join(str(error).split())
    return text or type(error).__name__
