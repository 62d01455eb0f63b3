"""The load of a bench, a process of its own: sends traffic to a node's sockets when it is due.

`python -m vedette.app.bench.load`: an Order as JSON comes on its standard input, a Sent goes to its
standard output at the end. It ends by itself when whoever started it is gone.
"""

import os
import socket
import sys
import time
from hashlib import blake2b
from pathlib import Path

import msgspec
import numpy as np
from msgspec import Struct

from vedette.app.bench.traffic import CHUNK_NS, FEEDS, Emission, Traffic
from vedette.core.units import NS_PER_S

_SETTLE_NS = NS_PER_S  # between the sensors' first words and their first reports


class Order(Struct, frozen=True):
    """What to send where; `ports` by feed. The send times go to the file `log` (.npz)."""

    host: str
    ports: dict[str, int]
    rate: float
    seconds: float
    seed: int
    log: str


class Sent(Struct, frozen=True):
    """What was sent. late_ms_p99 is how much after it was due; cpu_s includes making the bytes."""

    observations: int
    messages: int
    targets: int
    took_s: float
    late_ms_p99: float
    cpu_s: float


class Sender:
    """The sockets of all feeds, and when what was handed to them.

    A datagram is known again by its hash; in a stream by where its first byte stands.
    """

    def __init__(self, order: Order) -> None:
        self._sockets: dict[str, socket.socket] = {}
        self._stream = {f.name: f.transport != "udp" for f in FEEDS}
        self._offset = dict.fromkeys(self._stream, 0)
        self._number = {f.name: i for i, f in enumerate(FEEDS)}
        self.log: list[tuple[int, int, int]] = []  # feed, key, sent_ns
        self.late_ns: list[int] = []
        self.observations = 0
        for feed in FEEDS:
            kind = socket.SOCK_STREAM if self._stream[feed.name] else socket.SOCK_DGRAM
            opened = socket.socket(socket.AF_INET, kind)
            opened.connect((order.host, order.ports[feed.name]))
            if self._stream[feed.name]:
                opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets[feed.name] = opened

    def send(self, emission: Emission) -> None:
        """Hand it to the system; the clock is read before."""
        feed, data = emission.feed, emission.data
        opened = self._sockets[feed]
        sent_ns = time.time_ns()
        opened.sendall(data)
        if self._stream[feed]:
            key = self._offset[feed]
            self._offset[feed] += len(data)
        else:
            key = datagram_key(data)
        self.log.append((self._number[feed], key, sent_ns))
        self.late_ns.append(sent_ns - emission.due_ns)
        self.observations += emission.observations

    def close(self) -> None:
        """Close every socket."""
        for opened in self._sockets.values():
            opened.close()


def datagram_key(data: bytes) -> int:
    """A number by which a datagram is known again."""
    return int.from_bytes(blake2b(data, digest_size=8).digest(), "little", signed=True)


def load(order: Order) -> Sent:
    """Send for so long; returns what was sent."""
    parent = os.getppid()
    traffic = Traffic(order.rate, order.seed)
    sender = Sender(order)
    try:
        for emission in traffic.hello(time.time_ns()):
            sender.send(emission)
        sender.late_ns.clear()
        start_ns = time.time_ns() + _SETTLE_NS
        end_ns = start_ns + round(order.seconds * NS_PER_S)
        from_ns = start_ns
        while from_ns < end_ns and os.getppid() == parent:
            until_ns = min(from_ns + CHUNK_NS, end_ns)
            for emission in traffic.between(from_ns, until_ns):
                _wait(emission.due_ns)
                sender.send(emission)
            from_ns = until_ns
        took_s = (time.time_ns() - start_ns) / NS_PER_S
    finally:
        sender.close()
    feed, key, sent_ns = np.array(sender.log, np.int64).T
    np.savez(Path(order.log), feed=feed, key=key, sent_ns=sent_ns)
    return Sent(
        observations=sender.observations,
        messages=len(sender.log),
        targets=traffic.targets,
        took_s=round(took_s, 3),
        late_ms_p99=round(float(np.percentile(sender.late_ns, 99)) / 1e6, 3),
        cpu_s=round(time.process_time(), 3),
    )


def _wait(due_ns: int) -> None:
    """Sleep until then."""
    ahead_ns = due_ns - time.time_ns()
    if ahead_ns > 0:
        time.sleep(ahead_ns / NS_PER_S)


if __name__ == "__main__":
    sent = load(msgspec.json.decode(sys.stdin.buffer.read(), type=Order))
    sys.stdout.buffer.write(msgspec.json.encode(sent))
