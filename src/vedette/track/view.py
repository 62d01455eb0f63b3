"""What a sensor cannot see from where it stands: outside its field of view, in a blind sector, overhead.

That a target in there gives no plot says nothing. Range is not among it: a target that flies out of
range leaves the picture.
"""

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.track.sensors import SensorModel

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# A rotating radar's beam ends in a cone of silence above it. Where nobody tells its edge it is taken
# here (Skolnik 2008, 2.4: cosecant-squared beams reach 30 to 45 degrees).
_CONE_DEG = 45.0
_SURE_SD = 2.0  # a height that is not known does not hide a target


def blind(sensor: SensorModel, x: Array, P: Array) -> Mask:
    """Whether each target is surely where the sensor cannot see, (n,).

    x, P  (n, 6), (n, 6, 6)  in the sector's frame
    """
    told = sensor.sensor
    if not sensor.placed or not limited(told):
        return np.zeros(len(x), np.bool_)
    seen = (x[:, :3] - sensor.pose) @ sensor.rotation.T
    ground = np.hypot(seen[:, 0], seen[:, 1])
    up = seen[:, 2] - _SURE_SD * np.sqrt(P[:, 2, 2])
    out: Mask = np.degrees(np.arctan2(up, ground)) > _highest_deg(told)
    azimuth = np.degrees(np.arctan2(seen[:, 0], seen[:, 1]))
    if told.azimuth_width_deg < 360.0:
        out |= ~_within(azimuth, told.azimuth_from_deg, told.azimuth_width_deg)
    for start, width in told.blind_deg:
        out |= _within(azimuth, start, width)
    return out


def limited(told: Sensor) -> bool:
    """Whether there is anything that the sensor surely cannot see."""
    return _highest_deg(told) < 90.0 or told.azimuth_width_deg < 360.0 or bool(told.blind_deg)


def _highest_deg(told: Sensor) -> float:
    if told.elevation_max_deg is not None:
        return told.elevation_max_deg
    return _CONE_DEG if told.modality == "radar" and told.scan == "rotating" else 90.0


def _within(azimuth_deg: Array, start_deg: float, width_deg: float) -> Mask:
    """Whether azimuths (n,) lie in a sector that begins at start and goes clockwise."""
    out: Mask = (azimuth_deg - start_deg) % 360.0 <= width_deg
    return out
