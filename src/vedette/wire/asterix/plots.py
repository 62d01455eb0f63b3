"""Radar plots as columns to CAT048 records, byte for byte as `blocks.encode_block` writes them.

    primary   010 140 020 040 [120]
    Mode S    010 140 020 040 070 090 220 240 [120] 230

See cat048 for the items.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import FT_M, NM_M

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Octets = NDArray[np.uint8]

_SIMULATED: Final = 0x10
_DAY_STEPS: Final = 86_400 * 128
_LEVEL_M: Final = 25 * FT_M
_PRIMARY_FSPEC: Final = ((0xF0,), (0xF1, 0x01, 0x04))  # without and with 120
_MODE_S_FSPEC: Final = ((0xFD, 0xC1, 0x02), (0xFD, 0xC1, 0x06))


def primary(
    source: tuple[int, int],
    kind: int,
    time_s: Array,
    range_m: Array,
    azimuth_deg: Array,
    doppler_mps: Array | None = None,
) -> Octets:
    """(k, n) records of simulated plots without a reply. kind is I048/020 TYP; others (k,)."""
    columns = _head(_PRIMARY_FSPEC[doppler_mps is not None], source, time_s)
    columns += [np.full(len(time_s), kind << 5 | _SIMULATED), *_polar(range_m, azimuth_deg)]
    return _joined(columns + _doppler(doppler_mps))


def mode_s(
    source: tuple[int, int],
    kind: Ints,
    time_s: Array,
    range_m: Array,
    azimuth_deg: Array,
    *,
    squawk: Ints,
    baro_alt_m: Array,
    icao24: Ints,
    callsign: Octets,
    flight_status: Ints,
    doppler_mps: Array | None = None,
) -> Octets:
    """(k, n) records of simulated plots with a reply; squawk is 12 bits, callsign (k, 6) coded letters."""
    columns = _head(_MODE_S_FSPEC[doppler_mps is not None], source, time_s)
    columns += [kind << 5 | _SIMULATED, *_polar(range_m, azimuth_deg)]
    columns += _word(squawk) + _word(np.rint(baro_alt_m / _LEVEL_M).astype(np.int64) & 0x3FFF)
    columns += [icao24 >> 16, *_word(icao24 & 0xFFFF)] + [callsign[:, i].astype(np.int64) for i in range(6)]
    columns += [*_doppler(doppler_mps), flight_status << 2, np.zeros(len(kind), np.int64)]
    return _joined(columns)


def _head(fspec: tuple[int, ...], source: tuple[int, int], time_s: Array) -> list[Ints]:
    steps = np.rint(time_s * 128).astype(np.int64) % _DAY_STEPS
    same = [np.full(len(time_s), value) for value in (*fspec, *source)]
    return [*same, steps >> 16, *_word(steps & 0xFFFF)]


def _polar(range_m: Array, azimuth_deg: Array) -> list[Ints]:
    away = np.rint(range_m / (NM_M / 256)).astype(np.int64)
    turn = np.rint(azimuth_deg / (360 / 65536)).astype(np.int64) & 0xFFFF
    return _word(np.minimum(away, 0xFFFF)) + _word(turn)


def _doppler(doppler_mps: Array | None) -> list[Ints]:
    if doppler_mps is None:
        return []
    code = np.clip(np.rint(doppler_mps), -512, 511).astype(np.int64) & 0x3FF
    return [np.full(len(code), 0x80), *_word(code)]


def _word(values: Ints) -> list[Ints]:
    return [values >> 8 & 0xFF, values & 0xFF]


def _joined(columns: list[Ints]) -> Octets:
    out = np.empty((len(columns[0]), len(columns)), np.uint8)
    for i, column in enumerate(columns):
        out[:, i] = column
    return out


def datagrams(records: list[bytes], most_bytes: int = 1_400) -> Iterator[list[bytes]]:
    """Records in pieces that fit a datagram on Ethernet."""
    part: list[bytes] = []
    size = 0
    for record in records:
        if part and size + len(record) > most_bytes:
            yield part
            part, size = [], 0
        part.append(record)
        size += len(record)
    if part:
        yield part


def block(records: list[bytes]) -> bytes:
    """One CAT048 data block of encoded records."""
    body = b"".join(records)
    return b"\x30" + (len(body) + 3).to_bytes(2, "big") + body
