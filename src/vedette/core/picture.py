"""The picture: tracks at one instant, as flat binary frames.

A frame is a header of 32 bytes and `count` rows of TRACK, little-endian throughout:

    0  4s  magic     "VDT1"
    4  u2  version   1
    6  u2  row size  TRACK.itemsize, a multiple of 8
    8  i8  time_ns   UTC of the picture
   16  u4  count     rows
   20  u4  flags     1: whole picture (forget what is not in it); 0: only what changed
   24  u4  seq       counts up by one; a gap means that a frame was lost
   28  u4  zero

A browser lays typed arrays over the rows: every field is aligned to its size.
"""

import struct
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.errors import StorageError

MAGIC: Final = b"VDT1"
VERSION: Final = 1
HEADER: Final = struct.Struct("<4sHHqIIII")
WHOLE: Final = 1

TRACK = np.dtype(
    [
        ("time_ns", "<i8"),  # UTC, of the state
        ("heard_ns", "<i8"),  # UTC, the newest bytes that shaped it
        ("lat_deg", "<f8"),
        ("lon_deg", "<f8"),
        ("track_id", "<u4"),
        ("alt_m", "<f4"),  # above the WGS-84 ellipsoid; NaN unknown
        ("alt_sd_m", "<f4"),
        ("baro_alt_m", "<f4"),  # pressure altitude as reported; NaN unknown
        ("v_east_mps", "<f4"),
        ("v_north_mps", "<f4"),
        ("v_up_mps", "<f4"),  # NaN unknown
        ("speed_sd_mps", "<f4"),
        ("sd_major_m", "<f4"),  # 1-sigma ellipse of the horizontal position
        ("sd_minor_m", "<f4"),
        ("sd_angle_deg", "<f4"),  # of the major axis, clockwise from true north
        ("existence", "<f4"),  # probability that there is something
        ("class_probability", "<f4"),
        ("class_index", "u1"),  # of CLASSES; 255 unknown
        ("authorisation", "u1"),  # Authorisation
        ("status", "u1"),  # TrackStatus
        ("alert", "u1"),  # AlertLevel
    ]
)
UNKNOWN_CLASS: Final = 255


class TrackStatus(IntEnum):
    """Where a shown track is in its life."""

    CONFIRMED = 1
    COASTING = 2  # predicted: no sensor saw it for a while
    ENDED = 3  # the last row of its life


class AlertLevel(IntEnum):
    """The worst alert that a track has."""

    NONE = 0
    PREDICTED = 1
    ACTUAL = 2


class Picture:
    """Tracks at one instant: `rows` (n,) of TRACK, whole or only what changed."""

    __slots__ = ("rows", "seq", "time_ns", "whole")

    def __init__(self, time_ns: int, rows: NDArray[np.void], *, whole: bool, seq: int = 0) -> None:
        """Wrap rows; nothing is copied."""
        self.time_ns = time_ns
        self.rows = rows
        self.whole = whole
        self.seq = seq


def encode_picture(picture: Picture) -> bytes:
    """Picture to a frame."""
    header = HEADER.pack(
        MAGIC,
        VERSION,
        TRACK.itemsize,
        picture.time_ns,
        len(picture.rows),
        picture.whole * WHOLE,
        picture.seq,
        0,
    )
    return header + picture.rows.tobytes()


def decode_picture(frame: bytes) -> Picture:
    """A frame to a Picture, or StorageError."""
    if len(frame) < HEADER.size:
        raise StorageError(f"expected a picture frame of {HEADER.size} bytes or more, got {len(frame)}")
    magic, version, row_size, time_ns, count, flags, seq, _ = HEADER.unpack_from(frame)
    if magic != MAGIC or version != VERSION or row_size != TRACK.itemsize:
        raise StorageError(
            f"expected a picture frame {MAGIC!r} version {VERSION} with rows of {TRACK.itemsize} bytes, "
            f"got {magic!r} version {version} with rows of {row_size}"
        )
    if len(frame) != HEADER.size + count * row_size:
        raise StorageError(f"expected {count} rows in a picture frame, got {len(frame) - HEADER.size} bytes")
    rows = np.frombuffer(frame, TRACK, count, HEADER.size)
    return Picture(time_ns, rows, whole=bool(flags & WHOLE), seq=seq)
