"""Feeds to observations: sockets, the journal, decoders, ticks."""

import asyncio
from collections.abc import Callable
from functools import partial

import msgspec

from vedette.app import topology
from vedette.app.config import FeedConfig
from vedette.app.ingest import TICK_NS, Ingest
from vedette.app.messages import SensorNews
from vedette.app.processes.common import Run, main
from vedette.core.observation import Batch, encode_batch
from vedette.core.units import NS_PER_S
from vedette.feed import journal
from vedette.feed.sockets import TcpClientFeed, TcpServerFeed, UdpFeed
from vedette.wire.formats import DecoderOptions

AnyFeed = UdpFeed | TcpServerFeed | TcpClientFeed


class Intaker:
    """All feeds of the node, one ingest, one journal.

    The clock is read once a call and never runs backwards, so heard times order all frames.
    """

    def __init__(self, run: Run, now_ns: Callable[[], int]) -> None:
        self._run = run
        self._clock = now_ns
        self._last_ns = 0
        self._ingest = Ingest(run.config.sensors(), late_s=run.config.tracker.late_s)
        self._journal = journal.JournalWriter(run.folder / "journal") if run.config.node.journal else None
        self._options: dict[str, DecoderOptions] = {}
        self._oversized: dict[str, int] = {}
        self._feeds: dict[str, AnyFeed] = {}
        self._ready: list[Batch] = []
        self._observations = 0

    async def work(self) -> None:
        """Listen until told to stop."""
        for feed in self._run.config.feed:
            await self._open(feed)
        self._run.ready()
        try:
            while not self._run.stopping.is_set():
                now_ns = self.now_ns()
                await asyncio.sleep((TICK_NS - now_ns % TICK_NS) / NS_PER_S + 0.0002)
                self._ready += self._ingest.advance(self.now_ns())
                await self._publish()
        finally:
            for opened in self._feeds.values():
                await opened.stop()
            self._ready += self._ingest.finish()
            await self._publish()
            if self._journal is not None:
                self._journal.close()

    def now_ns(self) -> int:
        """UTC now, never earlier than before."""
        self._last_ns = max(self._last_ns, self._clock())
        return self._last_ns

    async def _open(self, feed: FeedConfig) -> None:
        """Start one feed, or FeedError in one line."""
        options = DecoderOptions(feed.name, self._run.secrets.node_id, feed.site)
        self._options[feed.name] = options
        if self._journal is not None:
            told = {"node_id": options.node_id, "site": feed.site}
            self._journal.declare(journal.Feed(feed.name, feed.format, told))
        on_bytes = partial(self._on_bytes, feed)
        on_open = partial(self._on_open, feed.name)
        on_close = partial(self._on_close, feed.name)
        opened: AnyFeed
        if feed.transport == "udp":
            opened = UdpFeed(
                feed.port, now_ns=self.now_ns, on_bytes=on_bytes, on_open=on_open, on_close=on_close,
                host=feed.host, group=feed.group,
            )  # fmt: skip
        elif feed.transport == "tcp-listen":
            opened = TcpServerFeed(
                feed.port,
                now_ns=self.now_ns,
                on_bytes=on_bytes,
                on_open=on_open,
                on_close=on_close,
                host=feed.host,
            )
        else:
            opened = TcpClientFeed(
                feed.host,
                feed.port,
                now_ns=self.now_ns,
                on_bytes=on_bytes,
                on_open=on_open,
                on_close=on_close,
            )
        await opened.start()
        self._feeds[feed.name] = opened

    def _on_bytes(self, feed: FeedConfig, connection: int, heard_ns: int, data: bytes) -> bytes:
        if self._journal is not None:
            self._journal.write(feed.name, connection, heard_ns, data)
        batches, reply = self._ingest.receive(
            self._options[feed.name], feed.format, connection, heard_ns, data
        )
        self._ready += batches
        opened = self._feeds.get(feed.name)
        if not isinstance(opened, UdpFeed | None) and self._ingest.hung_up(feed.name, connection):
            asyncio.get_running_loop().call_soon(opened.hang_up, connection)
        return reply

    def _on_open(self, name: str, connection: int, peer: str) -> None:
        if self._journal is not None:
            self._journal.opened(name, connection, self.now_ns(), peer)

    def _on_close(self, name: str, connection: int) -> None:
        if self._journal is not None:
            self._journal.closed(name, connection, self.now_ns())
        self._ingest.closed(name, connection)

    async def _publish(self) -> None:
        """Send what is ready; at whole seconds the state of the sensors too."""
        ready, self._ready = self._ready, []
        for batch in ready:
            self._observations += len(batch.observations())
            await self._run.bus.publish(topology.OBSERVATIONS, encode_batch(batch))
            if batch.statuses:
                self._count_oversized()
                news = SensorNews(
                    batch.tick_ns, self._ingest.registry.sensors, batch.statuses, self._observations
                )
                await self._run.bus.publish(topology.SENSOR, msgspec.json.encode(news))
                if self._journal is not None:
                    self._journal.flush()

    def _count_oversized(self) -> None:
        """Datagrams that were cut by their size never reach a decoder; they are counted all the same."""
        for name, opened in self._feeds.items():
            if isinstance(opened, UdpFeed):
                more = opened.oversized - self._oversized.get(name, 0)
                if more:
                    self._oversized[name] = opened.oversized
                    self._ingest.quarantine(f"feed:{name}", "oversized", more)


async def work(run: Run) -> None:
    """The process."""
    await Intaker(run, run.now_ns).work()


if __name__ == "__main__":
    main("ingest", work)
