"""A writer that is going to be killed: appends groups for ever and tells each one that is durable.

It prints "ready" before it opens the ledger, and after each acknowledged group its last seq and its head.
"""

import os
import random
import sys
import time
from pathlib import Path

from vedette.core import canonical
from vedette.core.entry import Draft
from vedette.ledger.writer import Ledger

NODE = "bench"
_MOST_TOGETHER = 40
_MOST_TEXT = 2000


def drafts(rng: random.Random, count: int) -> list[Draft]:
    """Notes of all sizes about a few incidents."""
    return [
        Draft(
            kind="note",
            author="bench",
            body=canonical.encode(
                {"text": "x" * int(rng.expovariate(1 / 150) % _MOST_TEXT), "n": rng.random()}
            ),
            incident=f"incident-{rng.randrange(50)}" if rng.random() < 0.7 else None,
        )
        for _ in range(count)
    ]


def main(folder: str, seed: str) -> None:
    """Append until killed."""
    rng = random.Random(int(seed))
    os.write(1, b"ready\n")
    with Ledger(Path(folder), NODE, time.time_ns, os.urandom) as ledger:
        while True:
            entries = ledger.append(drafts(rng, rng.randint(1, _MOST_TOGETHER)))
            os.write(1, f"{entries[-1].seq} {entries[-1].hash.hex()}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
