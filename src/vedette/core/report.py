"""One track as a node tells it to others: where it is, how sure, and what that rests on.

A row is 760 bytes, little-endian, every field aligned to its size; rows go over a bus as they lie.

    node, track_id   whose track; together they name it for life
    time_ns          UTC of the state
    since_ns         UTC when the track began
    lat_deg, lon_deg WGS-84
    alt_m            above the ellipsoid; NaN unknown
    v_*_mps          velocity in east, north and up of that place; NaN unknown
    cov              (6, 6) m, m/s, of position and velocity in east, north and up of that place; rows
                     and columns of what is unknown are NaN
    existence        probability that there is something
    process_q        m²/s³, acceleration noise density that the estimate was filtered with; NaN not told
    lineage          what the estimate rests on: which sensors, each since when and until when (the
                     newest of its data that went in). Sensor 0 is an empty slot. No slot filled, or
                     MORE_SENSORS in flags: it may rest on anything
    flags            MORE_SENSORS; RELAYED where a fusion made it from others' reports

The number of a sensor is the same at all nodes (`sensor_number`).
"""

import hashlib
from typing import Final

import numpy as np

N_SOURCES: Final = 16
MORE_SENSORS: Final = 1  # more sensors went in than there are slots
RELAYED: Final = 2  # made from tracks that were reported, not from plots

LINEAGE = np.dtype(
    [
        ("sensor", "<u8"),
        ("since_ns", "<i8"),
        ("until_ns", "<i8"),
    ]
)

REPORT = np.dtype(
    [
        ("time_ns", "<i8"),
        ("since_ns", "<i8"),
        ("node", "<u4"),
        ("track_id", "<u4"),
        ("flags", "<u4"),
        ("existence", "<f4"),
        ("process_q", "<f8"),
        ("lat_deg", "<f8"),
        ("lon_deg", "<f8"),
        ("alt_m", "<f8"),
        ("v_east_mps", "<f8"),
        ("v_north_mps", "<f8"),
        ("v_up_mps", "<f8"),
        ("cov", "<f8", (6, 6)),
        ("lineage", LINEAGE, (N_SOURCES,)),
    ]
)


def sensor_number(node: str, sensor: str) -> int:
    """The number that a sensor of a node has everywhere; never 0."""
    digest = hashlib.blake2b(f"{node}\n{sensor}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little") | 1
