"""States in the sector's frame as people are told them: a place, a height where it is known, an ellipse."""

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.geodesy import geodetic_from_enu
from vedette.kernel.motion import ellipses, errors
from vedette.track.plots import BAROMETRIC

Array = NDArray[np.float64]

_HEIGHT_KNOWN_SD_M = 600.0
_BARO_FLOOR_M = 120.0  # pressure altitude does not get better by being heard again


def fill(rows: NDArray[np.void], mean: Array, cov: Array, kind: NDArray[np.uint8], origin: Array) -> None:
    """Place, height, velocity and their errors, into the columns of rows (n,) that are named so.

    rows    of TRACK or SMOOTHED
    mean    (n, 6), cov (n, 6, 6)  m and m/s, in the sector's frame
    kind    (n,)  what each height rests on: bits of track.plots
    origin  (3,)  lat deg, lon deg, m of the frame
    """
    place = geodetic_from_enu(origin, mean)
    rows["lat_deg"], rows["lon_deg"] = place[:, 0], place[:, 1]
    rows["v_east_mps"], rows["v_north_mps"] = mean[:, 3], mean[:, 4]
    rows["sd_major_m"], rows["sd_minor_m"], rows["sd_angle_deg"] = ellipses(cov)
    alt_sd, rows["speed_sd_mps"] = errors(cov)
    pressure = kind == BAROMETRIC
    if pressure.any():
        alt_sd[pressure] = np.hypot(alt_sd[pressure], _BARO_FLOOR_M)
    known = (kind > 0) & (alt_sd < _HEIGHT_KNOWN_SD_M)
    rows["alt_m"] = rows["alt_sd_m"] = rows["v_up_mps"] = np.nan
    if known.any():
        rows["alt_m"][known], rows["alt_sd_m"][known] = place[known, 2], alt_sd[known]
        rows["v_up_mps"][known] = mean[known, 5]
