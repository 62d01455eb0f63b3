"""Many detections of one scan at once, byte for byte as `encode` writes them one by one.

All messages of a scan have the same shape: only numbers and ids differ, and those have fixed places in
protobuf (doubles, floats, strings of one length). So one message is encoded with marks in those places,
copied, and the places are filled as columns. Classes stand in the order they are given in, where
`encode` puts the likeliest first; the format gives the order no meaning.
"""

import struct
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.wire.sapient.classes import PATHS
from vedette.wire.sapient.encode import Detected, detection_range_bearing
from vedette.wire.sapient.ids import ULID_DIGITS

Array = NDArray[np.float64]
Octets = NDArray[np.uint8]

ULID_CHARS: Final = 26
_REPORT: Final = "R" * ULID_CHARS
_OBJECT: Final = "T" * ULID_CHARS
_DIGITS: Final = np.frombuffer(ULID_DIGITS.encode(), np.uint8)
_TIME_SHIFTS: Final = np.arange(45, -1, -5)
_CONFIDENCE: Final = 0.9140625  # marks: numbers that nothing else in a message is
_CLASS: Final = 0.0478515625
_CLASS_STEP: Final = 0.0009765625
_POLAR: Final = (
    ("azimuth_deg", 211.0625), ("azimuth_sd_deg", 212.0625), ("elevation_deg", 213.0625),
    ("elevation_sd_deg", 214.0625), ("range_m", 215.0625), ("range_sd_m", 216.0625),
)  # fmt: skip
_FREQUENCY: Final = 217.0625


def ulids(time_ns: int, low: NDArray[np.uint64], high: NDArray[np.uint64]) -> Octets:
    """(k, 26) letters of the ULIDs of one instant; low and high are 40 bits each of what tells them apart."""
    out = np.empty((len(low), ULID_CHARS), np.uint8)
    milliseconds = time_ns // (NS_PER_S // 1000) & (1 << 48) - 1
    out[:, :10] = _DIGITS[milliseconds >> _TIME_SHIFTS & 31]
    shifts = np.arange(35, -1, -5).astype(np.uint64)
    out[:, 10:18] = _DIGITS[high[:, None] >> shifts & np.uint64(31)]
    out[:, 18:] = _DIGITS[low[:, None] >> shifts & np.uint64(31)]
    return out


def detections(
    node_id: str,
    time_ns: int,
    report_ids: Octets,
    object_ids: Octets,
    *,
    confidence: Array,
    azimuth_deg: Array,
    azimuth_sd_deg: float,
    elevation_deg: Array | None = None,
    elevation_sd_deg: float | None = None,
    range_m: Array | None = None,
    range_sd_m: float | None = None,
    class_names: Sequence[str] = (),
    classes: Array | None = None,
    frequency_mhz: Array | None = None,
) -> bytes:
    """Framed DetectionReports of one sensor and one instant, one a row.

    report_ids, object_ids  (k, 26)  letters of ULIDs
    classes                 (k, len(class_names))  probability of each
    others                  (k,)
    """
    given: dict[str, Array | float | None] = {
        "azimuth_deg": azimuth_deg, "azimuth_sd_deg": azimuth_sd_deg,
        "elevation_deg": elevation_deg, "elevation_sd_deg": elevation_sd_deg,
        "range_m": range_m, "range_sd_m": range_sd_m,
    }  # fmt: skip
    more = Detected(
        confidence=_CONFIDENCE,
        classes={name: _CLASS - _CLASS_STEP * i for i, name in enumerate(class_names)},
        frequency_mhz=None if frequency_mhz is None else _FREQUENCY,
    )
    marks = {name: mark for name, mark in _POLAR if given[name] is not None}
    frame = detection_range_bearing(node_id, time_ns, _REPORT, _OBJECT, more=more, **marks)
    out = np.tile(np.frombuffer(frame, np.uint8), (len(report_ids), 1))
    _put(out, frame, _REPORT.encode(), report_ids)
    _put(out, frame, _OBJECT.encode(), object_ids)
    for name, mark in marks.items():
        _number(out, frame, "<d", mark, given[name])
    _number(out, frame, "<f", _CONFIDENCE, confidence)
    if frequency_mhz is not None:
        _number(out, frame, "<f", _FREQUENCY, frequency_mhz)
    if classes is not None:
        _classes(out, frame, class_names, classes)
    return out.tobytes()


def _classes(out: Octets, frame: bytes, names: Sequence[str], classes: Array) -> None:
    """Fill the tree of classes: each top holds the sum of what is under it."""
    tops: dict[str, list[int]] = {}
    for i, name in enumerate(names):
        tops.setdefault(PATHS[name][0], []).append(i)
    for members in tops.values():
        mark = sum(_CLASS - _CLASS_STEP * i for i in members)
        at = _number(out, frame, "<f", mark, np.minimum(classes[:, members].sum(axis=1), 1.0))
        for i in members:
            if len(PATHS[names[i]]) > 1:
                at = _number(out, frame, "<f", _CLASS - _CLASS_STEP * i, classes[:, i], at)


def _number(
    out: Octets, frame: bytes, layout: str, mark: float, values: Array | float | None, after: int = 0
) -> int:
    """Put numbers in the place of a mark; returns where they end."""
    column = np.broadcast_to(np.asarray(values, layout), (len(out),))
    size = struct.calcsize(layout)
    octets = np.ascontiguousarray(column).view(np.uint8).reshape(-1, size)
    return _put(out, frame, struct.pack(layout, mark), octets, after)


def _put(out: Octets, frame: bytes, mark: bytes, octets: Octets, after: int = 0) -> int:
    at = frame.index(mark, after)
    out[:, at : at + len(mark)] = octets
    return at + len(mark)
