"""Bad input on cue: truncated, garbled and oversized frames among a sensor's real ones.

Stream formats keep their framing where they can, so that what follows is still read: a truncated
SAPIENT message has a right length before it. An oversized one announces more than any peer accepts,
after which the node can only drop the connection.
"""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.simulate.spec.place import Format
from vedette.simulate.spec.sensors import Faults
from vedette.simulate.world import Emission, World

_LENGTH: Final = struct.Struct("<I")
_TOO_LONG: Final = 0x7FFF_FFFF
_LONG_BYTES: Final = 4_000


@dataclass
class Babble:
    """rng, and the last real frame, to cut."""

    rng: np.random.Generator
    last: bytes = b""


def babble(
    faults: Faults, wire: Format, sender: Emission, state: Babble, world: World, real: list[Emission]
) -> list[Emission]:
    """Bad frames of one tick.

    sender  gives feed and connection
    real    what the sensor really sends in this tick
    """
    if real:
        state.last = real[-1].data
    since_s = (world.time_ns - world.start_ns) / NS_PER_S
    count = int(state.rng.poisson(faults.rate_per_s * world.dt_ns / NS_PER_S))
    over = faults.until_s is not None and since_s >= faults.until_s
    if since_s < faults.from_s or over or not state.last:
        return []
    out = []
    for _ in range(count):
        kind = faults.kinds[int(state.rng.integers(len(faults.kinds)))]
        at_ns = world.time_ns + int(state.rng.integers(world.dt_ns))
        out.append(Emission(sender.feed, sender.connection, at_ns, _bad(kind, wire, state)))
    return out


def _bad(kind: str, wire: Format, state: Babble) -> bytes:
    """One bad frame."""
    rng = state.rng
    if wire == "sapient":
        body = state.last[4 : 4 + _LENGTH.unpack_from(state.last)[0]]
        if kind == "oversized":
            return _LENGTH.pack(_TOO_LONG) + body
        body = body[: int(rng.integers(1, len(body)))] if kind == "truncated" else rng.bytes(80)
        return _LENGTH.pack(len(body)) + body
    if kind == "truncated":
        return state.last[: int(rng.integers(1, max(len(state.last), 2)))]
    if kind == "garbage":
        return rng.bytes(int(rng.integers(8, 120)))
    return state.last[:1] + rng.bytes(_LONG_BYTES)
