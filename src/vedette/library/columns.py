"""What a column of a table may be called: the name says what it holds and in which unit.

    range_m  range_km  range_nm  range_ft        azimuth_deg  azimuth_rad        v_up_mps  v_up_kt

Every measured column of OBSERVATION can be given, in its own unit or in another of the same kind. A name
without a unit is not guessed at.
"""

import difflib
import math
from collections.abc import Iterable
from typing import Final

from vedette.core.observation import OBSERVATION
from vedette.core.units import FT_M, KT_MPS, NM_M

# By kind of unit: one of each in the table's unit is so many of OBSERVATION's.
_UNITS: Final[tuple[dict[str, float], ...]] = (
    {"m": 1.0, "km": 1000.0, "nm": NM_M, "ft": FT_M},
    {"deg": 1.0, "rad": 180.0 / math.pi},
    {"mps": 1.0, "kmh": 1.0 / 3.6, "kt": KT_MPS},
    {"mhz": 1.0, "ghz": 1000.0},
    {"db": 1.0},
    {"dbm": 1.0},
)
_LOCAL: Final = ("x_m", "y_m", "z_m")  # east, north, up of the origin
TIMES: Final = ("time_s", "time_ns", "time")
NAMES: Final = ("icao24", "remote_id", "system_track")
TEXT: Final = ("time", "sensor", *NAMES)
_NOT_MEASURED: Final = ("valid_ns", "heard_ns", "sensor", "claim", "flags", "class_likelihood")
_MEASURED: Final = (*_LOCAL, *(name for name in OBSERVATION.names or () if name not in _NOT_MEASURED))


def _spellings() -> dict[str, tuple[str, float]]:
    """All names of measured columns, with the column that each fills and its factor."""
    out = {}
    for name in _MEASURED:
        out[name] = (name, 1.0)
        stem, _, unit = name.rpartition("_")
        for kind in _UNITS:
            if unit in kind:
                out.update({f"{stem}_{other}": (name, factor) for other, factor in kind.items()})
    return out


SPELLINGS: Final = _spellings()


def describe_unknown(name: str) -> str:
    """What would have been right instead of this column, for an error."""
    with_unit = [known for known in SPELLINGS if known.rpartition("_")[0] == name]
    if with_unit:
        return f"its unit in the name: {_listed(with_unit)}"
    close = difflib.get_close_matches(name, [*SPELLINGS, *TIMES, *TEXT], n=3)
    if close:
        return f"{_listed(close)}, or a column named in `ignore`"
    return (
        f"{_listed(TIMES)}, sensor, {', '.join(NAMES)}, lat_deg, lon_deg, alt_m, x_m, y_m, z_m, range_m, "
        "azimuth_deg, elevation_deg, range_rate_mps or another measured column of OBSERVATION, or a column "
        "named in `ignore`"
    )


def _listed(names: Iterable[str]) -> str:
    """One, two or three."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last
