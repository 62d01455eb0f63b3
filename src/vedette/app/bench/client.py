"""The watcher of a bench, a process of its own: follows the picture as a browser would.

`python -m vedette.app.bench.client`: a Post as JSON comes on its standard input. It says "watching"
once the picture comes, follows until it gets SIGTERM or whoever started it is gone, and then writes
the arrivals to a file and what it saw to its standard output.
"""

import asyncio
import contextlib
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct

from vedette.app.listen import Listener

_LOOK_S = 0.1


class Post(Struct, frozen=True):
    """Whom to watch, and the file (.npz) for when each fresh row arrived and was heard."""

    host: str
    port: int
    token: str
    log: str


async def watch(post: Post) -> dict[str, Any]:
    """Follow until told to end; what was seen."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    listener = Listener(post.host, post.port, post.token, time.time_ns)
    listening = asyncio.create_task(listener.listen())
    parent, told = os.getppid(), False
    while not stopping.is_set() and os.getppid() == parent:
        await asyncio.sleep(_LOOK_S)
        if not told and listener.frames:
            told = True
            sys.stdout.write("watching\n")
            sys.stdout.flush()
    listening.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await listening
    arrived_ns, heard_ns = listener.samples()
    np.savez(Path(post.log), arrived_ns=arrived_ns, heard_ns=heard_ns)
    return {**listener.figures(), "cpu_s": round(time.process_time(), 3)}


if __name__ == "__main__":
    seen = asyncio.run(watch(msgspec.json.decode(sys.stdin.buffer.read(), type=Post)))
    sys.stdout.buffer.write(msgspec.json.encode(seen))
