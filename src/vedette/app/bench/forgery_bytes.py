"""Edits of what a Remote ID receiver hands on, byte by byte: fading, noise, loss, replays, shifted places."""

from typing import Final

import msgspec
import numpy as np

from vedette.app.bench.forgery_scenes import Edits
from vedette.core.units import NS_PER_S
from vedette.simulate.world import Emission
from vedette.wire.remoteid import pack
from vedette.wire.remoteid.datagram import HEADER
from vedette.wire.remoteid.fields import MESSAGE_BYTES, PLACE_STEPS_A_DEG, text_code

_FEED: Final = "remoteid"
_MAC: Final = slice(2, 8)
_LEVEL: Final = HEADER.size - 1
_ID: Final = HEADER.size + pack.HEAD_BYTES + 2
_ID_BYTES: Final = 20
_LOCATION: Final = HEADER.size + pack.HEAD_BYTES + MESSAGE_BYTES
_PLACE: Final = slice(_LOCATION + 5, _LOCATION + 13)
_TIME: Final = slice(_LOCATION + 21, _LOCATION + 23)
_HOUR_NS: Final = 3600 * NS_PER_S
_DEG_M: Final = 111_195.0
_EAST: Final = 0.6307


class Receiver:
    """The frames of one run, edited. rng draws what is random in it."""

    def __init__(self, edits: Edits, start_ns: int, rng: np.random.Generator) -> None:
        self._edits = edits
        self._start_ns = start_ns
        self._rng = rng
        self._taped: list[Emission] = []

    def edit(self, emissions: list[Emission], until_ns: int) -> list[Emission]:
        """What is heard before until_ns, in time order."""
        out = []
        for emission in emissions:
            if emission.feed != _FEED:
                out.append(emission)
                continue
            self._tape(emission)
            if self._rng.random() >= self._edits.loss:
                out.append(msgspec.structs.replace(emission, data=self._changed(emission)))
        out += self._replayed(until_ns)
        return sorted(out, key=lambda emission: emission.t_ns)

    def _changed(self, emission: Emission) -> bytes:
        """One frame with its level faded and its place disturbed, or shifted."""
        edits, data = self._edits, bytearray(emission.data)
        level = int.from_bytes(data[_LEVEL : _LEVEL + 1], signed=True)
        faded = round(level + edits.fade_db * float(self._rng.standard_normal()))
        data[_LEVEL : _LEVEL + 1] = max(min(faded, -1), -127).to_bytes(1, signed=True)
        east, north = (edits.noise_m * self._rng.standard_normal(2)).tolist()
        shift, passed_s = edits.shift, (emission.t_ns - self._start_ns) / NS_PER_S
        if shift is not None and _serial(emission) == shift[0] and passed_s >= shift[1]:
            east, north = east + shift[2], north + shift[3]
        if east or north:
            lat, lon = np.frombuffer(bytes(data[_PLACE]), "<i4").tolist()
            lat += round(north / _DEG_M * PLACE_STEPS_A_DEG)
            lon += round(east / _DEG_M / _EAST * PLACE_STEPS_A_DEG)
            data[_PLACE] = np.array([lat, lon], "<i4").tobytes()
        return bytes(data)

    def _tape(self, emission: Emission) -> None:
        """Keep what will come again."""
        if self._edits.replay is not None and _serial(emission) == self._edits.replay[0]:
            self._taped.append(emission)

    def _replayed(self, until_ns: int) -> list[Emission]:
        """What comes again before a time: another id and transmitter, the time of now, the same places."""
        if self._edits.replay is None:
            return []
        _, serial, later_s = self._edits.replay
        later_ns = round(later_s * NS_PER_S)
        out = []
        while self._taped and self._taped[0].t_ns + later_ns < until_ns:
            old = self._taped.pop(0)
            now_ns = old.t_ns + later_ns
            data = bytearray(old.data)
            data[_ID : _ID + _ID_BYTES] = text_code(serial, _ID_BYTES)
            data[_MAC] = b"\x02FORGE"
            data[_LEVEL] = (256 - 70) & 0xFF
            data[_TIME] = (now_ns % _HOUR_NS // (NS_PER_S // 10)).to_bytes(2, "little")
            out.append(msgspec.structs.replace(old, t_ns=now_ns, data=bytes(data)))
        return out


def _serial(emission: Emission) -> str:
    """The serial number in a pack."""
    return emission.data[_ID : _ID + _ID_BYTES].split(b"\0", 1)[0].decode("ascii", "replace")
