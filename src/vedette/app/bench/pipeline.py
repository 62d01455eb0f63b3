"""The bench of the whole pipeline: bytes at a sensor's socket to bytes at a WebSocket client.

A real node with its real processes, journal and history on; a process that sends (load.py), one
that watches (client.py), and this one, which only looks at them. Latency counts from the clock
read just before a sensor's bytes are handed to the system, to the clock read when the client has the
picture frame with the row that they shaped. The row carries when the node heard its newest bytes, the
journal says which bytes those were, and the sender when it sent them.
"""

import contextlib
import os
import resource
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Final

import msgspec
import numpy as np
import tomli_w
from numpy.typing import NDArray

from vedette.app.bench.client import Post
from vedette.app.bench.load import Order, Sent, datagram_key
from vedette.app.bench.meter import Meter
from vedette.app.bench.traffic import FEEDS, ORIGIN_DEG, sensors
from vedette.app.config import NodeConfig, SensorConfig, parse
from vedette.app.node import Node
from vedette.app.scenarios import ZONES
from vedette.core.errors import FeedError
from vedette.feed.journal import read_journal
from vedette.simulate.load import load_scenario, zones_path

P99_MS_MAX: Final = 100.0
# Memory is flat when ingest and serve together do not grow, and those that fill up to a limit of their own
# stay below it: the bus (its streams, twice for the collector), the recorder (DuckDB's cache), the sector
# (what was heard in the last late_s, and states in between).
GROWTH_MB_PER_MIN_MAX: Final = 10.0
LIMITED_MB: Final = {"bus": 256.0, "record": 400.0, "sector": 700.0}
_RATE_SHARE_MIN: Final = 0.95  # a sender that could not keep up measured something else
_HOST: Final = "127.0.0.1"
_ADDRESS_SPACE_BYTES: Final = 8 << 30  # of each process
_SAMPLE_S: Final = 1.0
_LOOK_S: Final = 0.1
_AFTERWARDS_S: Final = 2.5  # the state of the sensors is told once a second
_PATIENCE_S: Final = 60.0  # beyond the run itself
_SCENERY: Final = "brussels"  # whose zones are watched

Ints = NDArray[np.int64]
Say = Callable[[str], None]


def bench(rate: float, seconds: float, seed: int, say: Say) -> dict[str, Any]:
    """Run it and sum it up.

    rate     observations a second, from all sensors together
    seconds  how long the sensors send
    seed     of the traffic
    say      takes lines for a person
    """
    with _interrupted_by_terminate(), tempfile.TemporaryDirectory(prefix="vedette-bench-") as name:
        folder = Path(name)
        observed = _observe(folder, rate, seconds, seed, say)
        return {"rate": rate, "seconds": seconds, "seed": seed, **_summary(folder, rate, observed)}


@dataclass(frozen=True, slots=True)
class _Observed:
    """What one run left.

    seen      Listener.figures of the client
    restarts  what the node said of processes that it started again
    node      names of its processes in the meter
    """

    sent: Sent
    seen: dict[str, Any]
    meter: Meter
    node: list[str]
    restarts: list[str]
    load_average: tuple[float, float]


def _observe(folder: Path, rate: float, seconds: float, seed: int, say: Say) -> _Observed:
    """Start a node, a client and a load; look at them until the load ends; stop them all."""
    ports = _free_ports({"page": "tcp-listen", **{f.name: f.transport for f in FEEDS}})
    config = _configure(folder, rate, ports)
    restarts: list[str] = []
    node = Node(folder, config, restarts.append)
    children: dict[str, subprocess.Popen[bytes]] = {}
    before = os.getloadavg()[0]
    try:
        node.start()
        post = Post(_HOST, ports["page"], node.token, str(folder / "arrived.npz"))
        children["client"] = _spawn("client", post, folder)
        _wait_for_line(children["client"])
        order = Order(_HOST, ports, rate, seconds, seed, str(folder / "sent.npz"))
        children["load"] = _spawn("load", order, folder)
        pids = node.pids()
        meter = Meter({**pids, **{name: child.pid for name, child in children.items()}})
        _attend(node, meter, children["load"], seconds, say)
        sent = msgspec.json.decode(_words(children["load"], folder), type=Sent)
        time.sleep(_AFTERWARDS_S)
        children["client"].terminate()
        seen = msgspec.json.decode(_words(children["client"], folder))
    finally:
        for child in children.values():
            _end(child)
        node.stop()
    return _Observed(sent, seen, meter, list(pids), restarts, (before, os.getloadavg()[0]))


def _attend(node: Node, meter: Meter, load: subprocess.Popen[bytes], seconds: float, say: Say) -> None:
    """Sample until the load has ended, or FeedError when it does not."""
    for pid in (*node.pids().values(), load.pid):
        resource.prlimit(pid, resource.RLIMIT_AS, (_ADDRESS_SPACE_BYTES, _ADDRESS_SPACE_BYTES))
    began_s = time.monotonic()
    sampled_s = said_s = began_s
    while load.poll() is None:
        now_s = time.monotonic()
        if now_s - began_s > seconds + _PATIENCE_S:
            raise FeedError(f"expected the load to end after {seconds:g} s, it still runs")
        node.watch()
        if now_s - sampled_s >= _SAMPLE_S:
            sampled_s = now_s
            try:
                meter.sample(now_s)
            except (ProcessLookupError, FileNotFoundError):
                # The load may end while we look; a process of the node that is gone is started again.
                say("one process ended while it was looked at")
        if now_s - said_s >= 10.0:
            said_s = now_s
            say(f"{now_s - began_s:.0f} of {seconds:g} s")
        time.sleep(_LOOK_S)


def _summary(folder: Path, rate: float, observed: _Observed) -> dict[str, Any]:
    """All figures, and whether they are good enough."""
    sent, seen, meter, node = observed.sent, observed.seen, observed.meter, observed.node
    latency = _latency(folder)
    growth = meter.growth_mb_per_min([name for name in node if name not in LIMITED_MB])
    below = all(meter.memory_mb([name]).max() < most_mb for name, most_mb in LIMITED_MB.items())
    memory_flat = growth < GROWTH_MB_PER_MIN_MAX and bool(below)
    lost = sent.observations - seen["observations"]
    whole = not (lost or seen["quarantined"] or seen["picture_frames_missed"] or seen["reconnects"])
    whole = whole and not observed.restarts and not latency["latency_unexplained"]
    reached = sent.observations / sent.took_s >= _RATE_SHARE_MIN * rate
    p99 = latency["latency_ms_p99"]
    return {
        "passed": bool(reached and whole and memory_flat and p99 is not None and p99 < P99_MS_MAX),
        "observations_sent": sent.observations,
        "observations": seen["observations"],
        "observations_a_second": round(sent.observations / sent.took_s, 1),
        "targets": sent.targets,
        "tracks_shown": seen["tracks_shown"],
        **latency,
        "late_ms_p99_of_sender": sent.late_ms_p99,
        "nothing_lost": whole,
        "quarantined": seen["quarantined"],
        "picture_frames": seen["picture_frames"],
        "picture_frames_missed": seen["picture_frames_missed"],
        "restarts": observed.restarts,
        "memory_flat": memory_flat,
        "memory_growth_mb_per_min": round(growth, 2),
        "memory_growth_mb_per_min_max": GROWTH_MB_PER_MIN_MAX,
        "memory_mb_max": LIMITED_MB,
        **meter.figures(node),
        "cpu_percent": meter.cpu_percent(),
        "cores": os.cpu_count(),
        "load_average": [round(value, 2) for value in observed.load_average],
    }


def _latency(folder: Path) -> dict[str, Any]:
    """How old rows were when they arrived, ms: since sent, since heard, and between the two."""
    heard_ns, sent_ns = _heard_and_sent(folder)
    with np.load(folder / "arrived.npz") as arrived:
        row_heard_ns, arrived_ns = arrived["heard_ns"], arrived["arrived_ns"]
    place = np.minimum(np.searchsorted(heard_ns, row_heard_ns), max(len(heard_ns) - 1, 0))
    known = heard_ns[place] == row_heard_ns if len(heard_ns) else np.zeros(len(row_heard_ns), np.bool_)
    out: dict[str, Any] = {"latency_samples": int(known.sum()), "latency_unexplained": int((~known).sum())}
    for name, age_ns in (
        ("latency_ms", arrived_ns[known] - sent_ns[place[known]]),
        ("since_heard_ms", arrived_ns - row_heard_ns),
        ("in_socket_ms", heard_ns - sent_ns),
    ):
        out[f"{name}_p50"] = _percentile_ms(age_ns, 50.0)
        out[f"{name}_p99"] = _percentile_ms(age_ns, 99.0)
        out[f"{name}_max"] = _percentile_ms(age_ns, 100.0)
    return out


def _percentile_ms(age_ns: Ints, percent: float) -> float | None:
    """None where there is nothing to measure."""
    return round(float(np.percentile(age_ns, percent)) / 1e6, 3) if len(age_ns) else None


def _heard_and_sent(folder: Path) -> tuple[Ints, Ints]:
    """When each piece of input was heard, in order, and when the first byte of it was sent, (n,) ns each."""
    with np.load(folder / "sent.npz") as log:
        feeds = {f.name: (log["feed"] == i, f.transport) for i, f in enumerate(FEEDS)}
        key, sent_ns = log["key"], log["sent_ns"]
    datagrams = {
        name: dict(zip(key[mine].tolist(), sent_ns[mine].tolist(), strict=True))
        for name, (mine, transport) in feeds.items()
        if transport == "udp"
    }
    offset = dict.fromkeys(feeds, 0)
    heard: list[tuple[int, int]] = []
    for frame in read_journal(folder / "journal"):
        if frame.kind != "data":
            continue
        mine, transport = feeds[frame.feed]
        if transport == "udp":
            when = datagrams[frame.feed].get(datagram_key(frame.data))
        else:
            at = int(np.searchsorted(key[mine], offset[frame.feed], "right")) - 1
            when = int(sent_ns[mine][at])
            offset[frame.feed] += len(frame.data)
        if when is not None:
            heard.append((frame.heard_ns, when))
    if not heard:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    pairs = np.array(sorted(heard), np.int64)
    return pairs[:, 0], pairs[:, 1]


def _configure(folder: Path, rate: float, ports: dict[str, int]) -> NodeConfig:
    """node.toml and the zones into the folder."""
    zones = zones_path(load_scenario(_SCENERY), _SCENERY)
    if zones is not None:
        shutil.copyfile(zones, folder / ZONES)
    fields = SensorConfig.__struct_fields__
    document = {
        "node": {
            "name": "bench",
            "origin": list(ORIGIN_DEG),
            "data": ".",
            "port": ports["page"],
            "simulated": "every sensor and every flight",
        },
        "zones": [ZONES] if zones is not None else [],
        "feed": [
            {"name": f.name, "format": f.format, "transport": f.transport, "port": ports[f.name]}
            for f in FEEDS
        ],
        "sensor": [
            {f: getattr(sensor, f) for f in fields if getattr(sensor, f) is not None}
            for sensor in sensors(rate)
        ],
    }
    path = folder / "node.toml"
    path.write_text(tomli_w.dumps(document), encoding="utf-8")
    return parse(document, str(path))


def _free_ports(transports: dict[str, str]) -> dict[str, int]:
    """A free loopback port for each name, by what it carries."""
    with contextlib.ExitStack() as held:
        out = {}
        for name, transport in transports.items():
            kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
            opened = held.enter_context(socket.socket(socket.AF_INET, kind))
            opened.bind((_HOST, 0))
            out[name] = int(opened.getsockname()[1])
        return out


def _spawn(module: str, order: msgspec.Struct, folder: Path) -> subprocess.Popen[bytes]:
    """Start a process of the bench and give it its order."""
    with (folder / "log" / f"bench_{module}.err").open("ab") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", f"vedette.app.bench.{module}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # Ctrl-C reaches this process, which ends them
        )
    if child.stdin is not None:
        child.stdin.write(msgspec.json.encode(order))
        child.stdin.close()
    return child


def _wait_for_line(child: subprocess.Popen[bytes]) -> None:
    """Until it says its first line, or FeedError."""
    if child.stdout is None or not select.select([child.stdout], [], [], _PATIENCE_S)[0]:
        raise FeedError(f"expected the client to see a picture in {_PATIENCE_S:g} s")
    if not child.stdout.readline():
        raise FeedError("expected the client of the bench to follow the picture, it ended")


def _words(child: subprocess.Popen[bytes], folder: Path) -> bytes:
    """The rest of what it says, to its end, or FeedError when it failed."""
    said = child.stdout.read() if child.stdout is not None else b""
    if child.wait(_PATIENCE_S) or not said:
        logs = sorted((folder / "log").glob("bench_*.err"))
        last = [line for log in logs for line in log.read_text("utf-8", "replace").splitlines()[-1:]]
        raise FeedError(f"a process of the bench ended with {child.returncode}: {' '.join(last)[:500]}")
    return said


def _end(child: subprocess.Popen[bytes]) -> None:
    """End it if it still runs."""
    if child.poll() is None:
        child.terminate()
        try:
            child.wait(3.0)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
    if child.stdout is not None:
        child.stdout.close()


@contextlib.contextmanager
def _interrupted_by_terminate() -> Iterator[None]:
    """SIGTERM ends the bench as Ctrl-C does: cleanly."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
