"""How good a reported position or velocity is, as one standard deviation on each axis.

The standards give circles that hold the truth with 95 %; for a round normal error such a circle
has a radius of 2.4477 standard deviations of one axis. Heights are bounds of 95 % on one axis, 1.96.

    NACp  accuracy of position since version 1, in the operational status
    NUCp  of version 0, in the type code itself; used until a status has said better
    NACv  accuracy of velocity, in the velocity message
    GVA   accuracy of geometric height since version 2

Source: RTCA DO-260B, tables 2-71 (NACp), 2-24 (NACv), 2-77 (GVA); ICAO Doc 9871, table A-2 (NUCp).
"""

from typing import Final

SD_OF_CIRCLE: Final = 1 / 2.4477
SD_OF_HEIGHT: Final = 1 / 1.96

_NACP_CIRCLE_M: Final = (None, 18520.0, 7408.0, 3704.0, 1852.0, 926.0, 555.6, 185.2, 92.6, 30.0, 10.0, 3.0)
_NACV_CIRCLE_MPS: Final = (None, 10.0, 3.0, 1.0, 0.3)
_GVA_BOUND_M: Final = (None, 150.0, 45.0)
_TYPE_CIRCLE_M: Final = {
    5: 3.0,
    6: 10.0,
    7: 92.6,
    8: 926.0,
    9: 3.0,
    10: 10.0,
    11: 92.6,
    12: 185.2,
    13: 463.0,
    14: 926.0,
    15: 1852.0,
    16: 9260.0,
    17: 18520.0,
    20: 3.0,
    21: 10.0,
}


def _scaled(bounds: tuple[float | None, ...], index: int, scale: float) -> float | None:
    bound = bounds[index] if index < len(bounds) else None
    return None if bound is None else bound * scale


NACP_SD_M: Final = tuple(_scaled(_NACP_CIRCLE_M, i, SD_OF_CIRCLE) for i in range(16))
NACV_SD_MPS: Final = tuple(_scaled(_NACV_CIRCLE_MPS, i, SD_OF_CIRCLE) for i in range(8))
GVA_SD_M: Final = tuple(_scaled(_GVA_BOUND_M, i, SD_OF_HEIGHT) for i in range(4))
TYPE_SD_M: Final = {code: circle * SD_OF_CIRCLE for code, circle in _TYPE_CIRCLE_M.items()}
