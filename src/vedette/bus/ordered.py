"""Reading a stream from a number on, in order, with nothing to acknowledge.

Source: NATS documentation, "JetStream: Consumers", and ADR-17 (ordered consumers).
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Final

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from vedette.bus.message import Message

ACK_TIMEOUT_S: Final = 5.0
_HEARTBEAT_S: Final = 2.0

# What goes wrong while a server is away; all of it is worth another try.
TRANSIENT: Final = (nats.errors.Error, nats.js.errors.Error, asyncio.TimeoutError, OSError)


class OrderedReader:
    """An ordered consumer: the server pushes, any gap or silence ends it, the owner opens it again."""

    def __init__(self, client: Client, stream: str, topic: str) -> None:
        """Read one stream; topic: only these, empty takes all."""
        self._client = client
        self._js = client.jetstream(timeout=ACK_TIMEOUT_S)
        self._stream = stream
        self._topic = topic
        self._subscription: Subscription | None = None
        self._queue: asyncio.Queue[Msg | None] = asyncio.Queue()
        self._consumer = ""
        self._created: datetime | None = None

    async def open(self, seq: int) -> int:
        """Begin at seq, or at the start of a stream that was made anew. Returns where it begins."""
        stream = await self._js.stream_info(self._stream)
        if self._created not in (None, stream.created) or seq > stream.state.last_seq + 1:
            seq = 1
        self._created = stream.created
        inbox = self._client.new_inbox()
        self._queue = asyncio.Queue()
        self._subscription = await self._client.subscribe(
            inbox, cb=self._queue.put, pending_msgs_limit=0, pending_bytes_limit=0
        )
        info = await self._js.add_consumer(
            self._stream,
            ConsumerConfig(
                deliver_subject=inbox,
                deliver_policy=DeliverPolicy.BY_START_SEQUENCE,
                opt_start_seq=seq,
                filter_subject=self._topic or None,
                ack_policy=AckPolicy.NONE,
                max_deliver=1,
                flow_control=True,
                idle_heartbeat=_HEARTBEAT_S,
                mem_storage=True,
                num_replicas=1,
                inactive_threshold=30.0,
            ),
        )
        self._consumer = info.name
        return seq

    async def messages(self) -> AsyncGenerator[Message]:
        """What comes, until something is missing: then TimeoutError or nothing more."""
        expected = 1
        while True:
            if self._queue.empty():
                async with asyncio.timeout(3 * _HEARTBEAT_S):
                    raw = await self._queue.get()
            else:
                raw = self._queue.get_nowait()
            if raw is None:
                return
            if raw.headers is not None and "Status" in raw.headers:
                if not await self._control(raw, expected):
                    return
                continue
            stream_seq, consumer_seq, pending = _numbers(raw.reply)
            if consumer_seq != expected:
                return
            expected += 1
            yield Message(raw.subject, raw.data, stream_seq, pending)

    async def _control(self, raw: Msg, expected: int) -> bool:
        """Answer flow control; False when a heartbeat shows that messages were lost."""
        headers = raw.headers or {}
        stalled = headers.get("Nats-Consumer-Stalled")
        if raw.reply or stalled:
            await self._client.publish(raw.reply or str(stalled))
        last = headers.get("Nats-Last-Consumer")
        return headers["Status"] == "100" and (last is None or int(last) == expected - 1)

    def interrupt(self) -> None:
        """The connection is a new one: whoever reads opens again."""
        self._queue.put_nowait(None)

    async def close(self) -> None:
        """Let go of the consumer; the server forgets it by itself when we cannot say so."""
        subscription, self._subscription = self._subscription, None
        with contextlib.suppress(*TRANSIENT):
            if subscription is not None:
                await subscription.unsubscribe()
            if self._consumer and self._client.is_connected:
                await self._js.delete_consumer(self._stream, self._consumer)
        self._consumer = ""


def _numbers(reply: str) -> tuple[int, int, int]:
    """Stream number, consumer number and how many follow, out of an acknowledgement subject.

    $JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>, or with a
    domain and an account hash after ACK (ADR-15).
    """
    parts = reply.split(".")
    at = 5 if len(parts) == 9 else 7
    return int(parts[at]), int(parts[at + 1]), int(parts[at + 3])
