"""Sensors as the filter sees them: pose in the sector's frame, noise, clutter."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Modality, Sensor
from vedette.kernel.geodesy import enu_from_geodetic, rotation_between
from vedette.kernel.measurement import (
    AZIMUTH,
    BARO,
    DIFFERENCE,
    EAST,
    ELEVATION,
    HEIGHT,
    N_COMPONENTS,
    NORTH,
    RANGE,
    RATE,
    V_EAST,
    V_NORTH,
    V_UP,
)

Array = NDArray[np.float64]

# 1-sigma noise where neither the observation nor the configuration says: range m, azimuth deg,
# elevation deg, range rate m/s, position m. Orders of magnitude from the EUROCONTROL surveillance
# specification (ESASSP 2012) for radar, DO-260B for ADS-B, F3411-22a for Remote ID.
_NOISE: dict[Modality, tuple[float, float, float, float, float]] = {
    "radar": (50.0, 0.10, 0.5, 1.0, 60.0),
    "rf": (100.0, 2.0, 3.0, 2.0, 100.0),
    "camera": (50.0, 0.1, 0.1, 2.0, 50.0),
    "acoustic": (100.0, 5.0, 5.0, 5.0, 100.0),
    "adsb": (50.0, 0.2, 0.5, 1.0, 50.0),
    "remote_id": (50.0, 0.2, 0.5, 1.0, 10.0),
    "mlat": (15.0, 0.2, 0.5, 1.0, 15.0),
    "fusion": (100.0, 0.2, 0.5, 1.0, 100.0),
    "human": (500.0, 10.0, 10.0, 10.0, 500.0),
}
_ALT_SD_M = 60.0
_BARO_SD_M = 150.0  # pressure of the day and geoid together
_VELOCITY_SD_MPS = 3.0


@dataclass(frozen=True, slots=True)
class SensorModel:
    """One sensor in one sector.

    noise        (12,)  default 1-sigma by component of kernel.measurement
    log_density  (12,)  log of the uniform density that clutter has in each component; 0 for a range
                        difference, whose width is that of its receivers
    pose         (3,)   m, sector frame; NaN while unknown
    rotation     (3, 3) from the sector frame to the sensor's east-north-up
    period_ns           0 where the sensor has none
    """

    sensor: Sensor
    noise: Array
    log_density: Array
    pose: Array
    rotation: Array
    period_ns: int
    false_per_look: float

    @property
    def placed(self) -> bool:
        """Whether polar measurements can be used."""
        return not math.isnan(self.pose[0])


def model(sensor: Sensor, origin: Array) -> SensorModel:
    """Put a sensor into the sector whose frame has this origin (3,) lat deg, lon deg, m."""
    range_sd, azimuth_sd, elevation_sd, rate_sd, position_sd = _NOISE[sensor.modality]
    noise = np.empty(N_COMPONENTS)
    noise[RANGE] = sensor.range_sd_m or range_sd
    noise[AZIMUTH] = math.radians(sensor.azimuth_sd_deg or azimuth_sd)
    noise[ELEVATION] = math.radians(sensor.elevation_sd_deg or elevation_sd)
    noise[RATE] = sensor.range_rate_sd_mps or rate_sd
    noise[EAST] = noise[NORTH] = sensor.position_sd_m or position_sd
    noise[HEIGHT] = _ALT_SD_M
    noise[BARO] = _BARO_SD_M
    noise[V_EAST] = noise[V_NORTH] = noise[V_UP] = _VELOCITY_SD_MPS
    # Two arrival times, each as good as a range there and back.
    noise[DIFFERENCE] = sensor.range_difference_sd_m or math.sqrt(2.0) * noise[RANGE]
    width = math.radians(sensor.azimuth_width_deg)
    density = np.empty(N_COMPONENTS)
    density[RANGE] = sensor.range_max_m
    density[AZIMUTH] = width
    density[ELEVATION] = math.pi / 4.0
    density[RATE] = 200.0
    density[EAST] = density[NORTH] = sensor.range_max_m * math.sqrt(0.5 * width)
    density[HEIGHT] = density[BARO] = max(sensor.height_max_m, 10.0)
    density[V_EAST] = density[V_NORTH] = 200.0
    density[V_UP] = 50.0
    density[DIFFERENCE] = 1.0
    pose = np.full(3, np.nan)
    rotation = np.eye(3)
    if sensor.lat_deg is not None and sensor.lon_deg is not None:
        at = np.array([sensor.lat_deg]), np.array([sensor.lon_deg]), np.array([sensor.alt_m or 0.0])
        pose = enu_from_geodetic(origin, *at)[0]
        rotation = rotation_between(origin, sensor.lat_deg, sensor.lon_deg)
    periodic = sensor.scan in ("rotating", "staring") and sensor.period_s
    return SensorModel(
        sensor=sensor,
        noise=noise,
        log_density=-np.log(density),
        pose=pose,
        rotation=rotation,
        period_ns=round(sensor.period_s * 1e9) if periodic and sensor.period_s else 0,
        false_per_look=sensor.false_per_scan if sensor.scan != "self_report" else 1e-4,
    )
