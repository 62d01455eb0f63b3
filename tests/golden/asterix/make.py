"""Make frames.json again: ASTERIX records written by libasterix (MIT), with what it reads in them.

    PYTHONPATH=tests/wire python tests/golden/asterix/make.py

"typical" records are built from quantities by libasterix's encoder. "random" records follow its
description of the category with random bits, the first with every item that there is; libasterix
has parsed each and written it again. Values are under our field names, in our units.
"""

import json
import random
from pathlib import Path
from typing import Any

import asterix_oracle as oracle

HERE = Path(__file__).parent

TYPICAL: list[tuple[int, dict[str, Any]]] = [
    (
        48,
        {
            "010": (("SAC", 20), ("SIC", 129)),
            "140": (28_799.9921875, "s"),
            "020": ((("TYP", 5), 0, 0, 0, 0, None),),
            "040": (("RHO", (74.5, "NM")), ("THETA", (310.25, "°"))),
            "070": (0, 0, 0, 0, ("MODE3A", "7421")),
            "090": (0, 0, ("FL", (350.25, "FL"))),
            "220": 0x3C65AC,
            "240": "DLH9LF",
            "161": (0, 1234),
        },
    ),
    (
        34,
        {
            "010": (("SAC", 20), ("SIC", 129)),
            "000": 1,
            "030": (86_399.5, "s"),
            "041": (4.0, "s"),
            "120": (("HGT", (133.0, "m")), ("LAT", (41.3, "°")), ("LON", (2.1, "°"))),
        },
    ),
    (
        10,
        {
            "010": (("SAC", 0), ("SIC", 107)),
            "000": 1,
            "140": (28_800.0, "s"),
            "042": (("X", (-512.0, "m")), ("Y", (1023.0, "m"))),
            "220": 0x344312,
        },
    ),
    (
        21,
        {
            "010": (("SAC", 20), ("SIC", 200)),
            "071": (43_200.0, "s"),
            "131": (("LAT", (50.9, "°")), ("LON", (4.5, "°"))),
            "080": 0x44A8B2,
            "140": (-25.0, "ft"),
            "145": (12.5, "FL"),
            "160": (0, ("GS", (0.05, "NM/s")), ("TA", (271.0, "°"))),
            "170": "BEL42",
            "020": 13,
        },
    ),
    (
        62,
        {
            "010": (("SAC", 25), ("SIC", 100)),
            "070": (1.0, "s"),
            "105": (("LAT", (-33.5, "°")), ("LON", (-70.25, "°"))),
            "185": (("VX", (-120.25, "m/s")), ("VY", (33.0, "m/s"))),
            "380": {"ADR": 0xE80123, "EMC": 10},
            "040": 4711,
        },
    ),
]


def frame(category: int, kind: str, octets: bytes) -> dict[str, Any]:
    """One record as it goes into the file."""
    (record,) = oracle.parse(category, octets)
    block = oracle.description(category).create([record]).unparse().to_bytes()
    return {"category": category, "kind": kind, "hex": block.hex(), "values": oracle.said(category, record)}


def main() -> None:
    """Write frames.json beside this script."""
    frames = []
    for category, items in TYPICAL:
        record = oracle.description(category).cv_record.create(items)
        frames.append(frame(category, "typical", record.unparse().to_bytes()))
    rng = random.Random(48)
    for category in sorted(oracle.EDITIONS):
        for turn in range(7):
            octets = oracle.legal_record(category, rng, every=turn == 0)
            frames.append(frame(category, "random", octets))
    text = ",\n".join(json.dumps(one, sort_keys=True) for one in frames)
    (HERE / "frames.json").write_text(f"[\n{text}\n]\n")


if __name__ == "__main__":
    main()
