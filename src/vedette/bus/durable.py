"""A consumer that the server remembers by name: what was not acknowledged is given out again, in order.

Source: NATS documentation, "JetStream: Consumers"; pull consumers, acknowledgement one by one.
"""

import contextlib
from collections.abc import AsyncGenerator
from typing import Final

import nats.errors
import nats.js.errors
from nats.aio.client import Client
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from nats.js.client import JetStreamContext

from vedette.bus.message import Message

# One message at a time keeps the order also when one is given out again. A reader that was killed with one
# waits so long for it.
_AGAIN_AFTER_S: Final = 3.0
_PATIENCE_S: Final = 5.0


class DurableReader:
    """One name's place in a stream."""

    def __init__(self, client: Client, stream: str, name: str) -> None:
        self._js = client.jetstream(timeout=_PATIENCE_S)
        self._stream = stream
        self._name = name
        self._pull: JetStreamContext.PullSubscription | None = None

    async def open(self, *, anew: bool) -> None:
        """Go on where the name was; make it where it is new, or is to be."""
        if anew:
            with contextlib.suppress(nats.js.errors.NotFoundError):
                await self._js.delete_consumer(self._stream, self._name)
        await self._js.add_consumer(
            self._stream,
            ConsumerConfig(
                durable_name=self._name,
                deliver_policy=DeliverPolicy.ALL,
                ack_policy=AckPolicy.EXPLICIT,
                ack_wait=_AGAIN_AFTER_S,
                max_ack_pending=1,
                num_replicas=1,
            ),
        )
        self._pull = await self._js.pull_subscribe_bind(durable=self._name, stream=self._stream)

    async def messages(self) -> AsyncGenerator[Message]:
        """What comes; asking for the next one acknowledges the one before."""
        while self._pull is not None:
            try:
                found = await self._pull.fetch(1, timeout=_PATIENCE_S)
            except nats.errors.TimeoutError:  # nothing new
                continue
            for raw in found:
                yield Message(
                    raw.subject, raw.data, raw.metadata.sequence.stream, raw.metadata.num_pending or 0
                )
                await raw.ack()

    async def close(self) -> None:
        """Let go; the server keeps the place."""
        pull, self._pull = self._pull, None
        with contextlib.suppress(nats.errors.Error):
            if pull is not None:
                await pull.unsubscribe()
