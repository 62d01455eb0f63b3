"""Many extended squitters at once, byte for byte as the encoders of single messages write them.

Positions, velocities (see airborne, velocity) and messages that are known beforehand are ME fields,
56 bits in a uint64; `squitters` puts address and parity around them, `beast` the frame of a receiver.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import FT_M, FT_PER_MIN_MPS, KT_MPS
from vedette.kernel.jit import njit
from vedette.wire.adsb import altitude, cpr, crc
from vedette.wire.adsb.beast import ESCAPE
from vedette.wire.adsb.frame import AIRBORNE_CA

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Octets = NDArray[np.uint8]

_EDGES: Final = np.array(cpr.EDGES)
_PARITY: Final = np.array(crc.TABLE, np.int64)
_POSITION: Final = 11  # type code: pressure altitude, NIC 8
_VELOCITY: Final = 19
_LONG: Final = 0x33  # Beast's type of a long Mode S message
_FRAME_BYTES: Final = 23


def position_me(lat_deg: Array, lon_deg: Array, altitude_ft: Array, odd: Ints) -> Words:
    """(k,) ME fields of airborne positions, type code 11; odd is 0 or 1."""
    zone_lat = cpr.AIRBORNE_DEG / (60 - odd)
    y = np.floor(cpr.STEPS * (lat_deg % zone_lat) / zone_lat + 0.5)
    sent = zone_lat * (y / cpr.STEPS + np.floor(lat_deg / zone_lat))
    zones = 59 - np.searchsorted(_EDGES, np.abs(sent))
    zone_lon = cpr.AIRBORNE_DEG / np.maximum(zones - odd, 1)
    x = np.floor(cpr.STEPS * (lon_deg % zone_lon) / zone_lon + 0.5)
    code = _altitude(altitude_ft)
    me = _POSITION << 51 | code << 36 | odd << 34
    me |= (y.astype(np.int64) % cpr.STEPS) << 17 | x.astype(np.int64) % cpr.STEPS
    return me.astype(np.uint64)


def _altitude(altitude_ft: Array) -> Ints:
    """12-bit codes; what steps of 25 ft cannot say goes by the other code, one by one."""
    steps = np.rint((altitude_ft - altitude.LOWEST_25_FT) / 25).astype(np.int64)
    code = (steps & 0x7F0) << 1 | 0x10 | (steps & 0xF)
    for i in np.flatnonzero((steps < 0) | (steps >= 2048)):
        code[i] = altitude.encode_12(float(altitude_ft[i]))
    return code


def velocity_me(velocity: Array, alt_above_baro_m: float, nac_v: int = 2) -> Words:
    """(k,) ME fields of (k, 3) m/s east, north, up."""
    fast = np.maximum(np.abs(velocity[:, 0]), np.abs(velocity[:, 1])) > 1021 * KT_MPS
    knot = np.where(fast, 4.0, 1.0) * KT_MPS
    west, east = _coded(velocity[:, 0], knot, 0x3FF)
    south, north = _coded(velocity[:, 1], knot, 0x3FF)
    down, up = _coded(velocity[:, 2], 64 * FT_PER_MIN_MPS, 0x1FF)
    below, above = _coded(np.full(len(velocity), alt_above_baro_m), 25 * FT_M, 0x7F)
    me = _VELOCITY << 51 | (1 + fast.astype(np.int64)) << 48 | nac_v << 43
    me |= west << 42 | east << 32 | south << 31 | north << 21
    me |= down << 19 | up << 10 | below << 7 | above
    return np.asarray(me, np.uint64)


def _coded(value: Array, step: Array | float, more_than: int) -> tuple[Ints, Ints]:
    """Sign and code of values."""
    steps = np.rint(np.abs(value) / step).astype(np.int64)
    return ((value < 0) & (steps > 0)).astype(np.int64), np.minimum(steps + 1, more_than)


def squitters(icao24: Ints, me: Words) -> Octets:
    """(k, 14) DF 17 messages."""
    out = np.empty((len(me), 14), np.uint8)
    out[:, 0] = 17 << 3 | AIRBORNE_CA
    for i in range(3):
        out[:, 1 + i] = icao24 >> 8 * (2 - i) & 0xFF
    out[:, 4:11] = me.astype(">u8").view(np.uint8).reshape(-1, 8)[:, 1:]
    _parity(out, _PARITY)
    return out


@njit
def _parity(messages: Octets, table: Ints) -> None:
    """Write the parity of every message into its last three bytes."""
    for i in range(len(messages)):
        register = np.int64(0)
        for j in range(11):
            register = ((register << 8) & 0xFFFFFF) ^ table[(register >> 16) ^ np.int64(messages[i, j])]
        messages[i, 11] = register >> 16
        messages[i, 12] = (register >> 8) & 0xFF
        messages[i, 13] = register & 0xFF


def beast(messages: Octets, timestamp: int, signal: Ints) -> bytes:
    """Beast frames of (k, 14) messages that were heard at one time; signal (k,) 1 to 255."""
    frames = np.empty((len(messages), _FRAME_BYTES), np.uint8)
    frames[:, :2] = (ESCAPE, _LONG)
    frames[:, 2:8] = np.frombuffer(timestamp.to_bytes(6), np.uint8)
    frames[:, 8] = signal
    frames[:, 9:] = messages
    flat, pieces, done = frames.tobytes(), [], 0
    for i in np.flatnonzero((frames[:, 2:] == ESCAPE).any(axis=1)).tolist():
        at = i * _FRAME_BYTES
        pieces += [flat[done : at + 2], flat[at + 2 : at + _FRAME_BYTES].replace(b"\x1a", b"\x1a\x1a")]
        done = at + _FRAME_BYTES
    return b"".join([*pieces, flat[done:]])
