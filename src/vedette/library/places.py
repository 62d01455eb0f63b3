"""Where detections are in the tracker's frame, to draw them beside the tracks."""

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.geodesy import enu_from_geodetic
from vedette.track.state import TrackerState

Array = NDArray[np.float64]


def places_m(rows: NDArray[np.void], state: TrackerState) -> Array:
    """East and north of the origin, (m, 2) m, of rows (m,) of OBSERVATION; NaN where a row has no place.

    A range without an elevation is taken as level. A sensor that moves is taken where it is configured.
    """
    out = np.full((len(rows), 2), np.nan)
    for index, sensor in state.sensors.items():
        mine = (rows["sensor"] == index) & ~np.isnan(rows["range_m"]) & ~np.isnan(rows["azimuth_deg"])
        azimuth = np.radians(rows["azimuth_deg"][mine])
        elevation = np.radians(np.nan_to_num(rows["elevation_deg"][mine]))
        level = np.cos(elevation)
        ray = np.stack((level * np.sin(azimuth), level * np.cos(azimuth), np.sin(elevation)), axis=1)
        out[mine] = (sensor.pose + rows["range_m"][mine, None] * (ray @ sensor.rotation))[:, :2]
    told = ~np.isnan(rows["lat_deg"])
    height = np.nan_to_num(rows["alt_m"][told])
    out[told] = enu_from_geodetic(state.origin, rows["lat_deg"][told], rows["lon_deg"][told], height)[:, :2]
    return out
