"""A camera with a detector: SAPIENT azimuth and elevation with a class guess.

A target is detected with probability 1 - 0.1^d, times the sensor's own: d is 1 where a target 1 m wide
is at range_1m_m, and goes with the square of width over range (pixels on the target) and with the
contrast that the air leaves, exp(-3.912 range / visibility). By night a camera sees what carries
lights, at a third of the range; a thermal one sees as by day. Haze takes half as much from a thermal
camera; fog (visibility below 1 km) takes as much as from the eye, since its droplets are larger than
the wave. Rain takes visibility: 10 mm/h leaves 4 km.

Sources: Koschmieder (1924) and ICAO Annex 3 for 3.912 over the meteorological optical range; Johnson
(1958), Analysis of image forming systems, for pixels on target; Atlas (1953), J. Meteorology 10:
optical extinction in rain of about 0.2 R^0.63 per km.
"""

from typing import Final

import numpy as np

from vedette.core.classes import CLASSES
from vedette.simulate.sensors import detection
from vedette.simulate.sensors.sapient_sensor import Found, Kind
from vedette.simulate.sensors.setting import Setting
from vedette.simulate.sensors.sight import Seen
from vedette.simulate.spec.sensors import Camera
from vedette.simulate.spec.weather import Weather
from vedette.simulate.world import Array, World

EXTINCTION: Final = 3.912  # of visibility: contrast 2 %
_FOG_M: Final = 1_000.0
_NIGHT_SCALE: Final = 1.0 / 3.0  # of range, of what carries lights
# Wing span or width, m: typical of each class.
WIDTH_M: Final = np.array(
    [
        {
            "multirotor": 0.4,
            "fixed_wing_drone": 2.0,
            "aeroplane": 30.0,
            "helicopter": 12.0,
            "glider": 15.0,
            "balloon": 15.0,
            "bird": 0.6,
            "ground_vehicle": 2.0,
            "vessel": 10.0,
        }.get(name, 1.0)
        for name in CLASSES
    ]
)
LIT: Final = np.array([name in ("multirotor", "aeroplane", "helicopter", "vessel") for name in CLASSES])


def visibility_m(weather: Weather) -> float:
    """Meteorological optical range with what rain takes."""
    rain_per_m = 0.2e-3 * weather.rain_mm_h**0.63
    return float(EXTINCTION / (EXTINCTION / weather.visibility_m + rain_per_m))


def detectability(
    width_m: Array, range_m: Array, range_1m_m: float, weather: Weather, *, thermal: bool, lit: np.ndarray
) -> Array:
    """D of the module's head: 1 gives probability 0.9."""
    clear_m = visibility_m(weather)
    extinction = EXTINCTION / clear_m
    if thermal and clear_m >= _FOG_M:
        extinction *= 0.5
    reach = np.full(len(range_m), range_1m_m)
    if weather.night and not thermal:
        reach = range_1m_m * _NIGHT_SCALE * lit
    out: Array = (width_m * reach / np.maximum(range_m, 1.0)) ** 2 * np.exp(-extinction * range_m)
    return out


def find(spec: Camera, setting: Setting, rng: np.random.Generator, world: World, seen: Seen) -> Found:
    """Whom one image shows."""
    kind = world.roster.class_index[world.slot[seen.row]]
    d = detectability(
        WIDTH_M[kind], seen.range_m, spec.range_1m_m, setting.weather, thermal=spec.thermal, lit=LIT[kind]
    )
    likely = spec.detection_probability * (1.0 - 0.1**d)
    hit = (
        (rng.random(len(likely)) < likely)
        & ((seen.azimuth_deg - spec.azimuth_from_deg) % 360.0 < spec.azimuth_width_deg)
        & (seen.elevation_deg > spec.elevation_from_deg)
        & (seen.elevation_deg < spec.elevation_to_deg)
    )
    return Found(hit, d / (d + 2.0))


_LOGITS: Final = detection.by_class(
    {
        "multirotor": (2.0, 0.6, 0.0, -0.5),
        "fixed_wing_drone": (0.8, 0.5, 1.0, 0.0),
        "bird": (0.6, 2.0, 0.2, -0.5),
        "aeroplane": (-0.5, 0.0, 2.5, 0.8),
        "helicopter": (0.0, -0.5, 0.8, 2.5),
    },
    (0.0, 0.0, 0.0, 0.0),
)
KIND: Final = Kind(find, ("multirotor", "bird", "aeroplane", "helicopter"), _LOGITS, tells_elevation=True)
