"""Microphones that hear propellers: SAPIENT bearings.

range_max_m is how far a small multirotor is heard in a calm: its sound falls below the background
there. Louder things are heard further, by their sound power. Wind raises the background: it takes a
third of the range at 4.5 m/s, half at 9. A target is heard with the sensor's detection probability,
falling with the fourth power of range over that. Sound takes its time: bearings are of where the
target was.

Source: Busset et al. (2015), Proc. SPIE 9647: small drones at 160 to 250 m with an array of
microphones. The law of wind is our own, simple one.
"""

from typing import Final

import numpy as np

from vedette.core.classes import CLASSES
from vedette.simulate.sensors.sapient_sensor import Found, Kind
from vedette.simulate.sensors.setting import Setting
from vedette.simulate.sensors.sight import Seen
from vedette.simulate.spec.sensors import AcousticArray
from vedette.simulate.spec.weather import Weather
from vedette.simulate.world import World

SOUND_MPS: Final = 340.0
_CALM_MPS: Final = 9.0
# How much further than a small multirotor it is heard; 0 is silent.
_LOUD: Final = np.array(
    [
        {"multirotor": 1.0, "fixed_wing_drone": 1.5, "aeroplane": 8.0, "helicopter": 8.0}.get(name, 0.0)
        for name in CLASSES
    ]
)


def hearing(weather: Weather) -> float:
    """Share of the calm range that wind leaves."""
    return 1.0 / (1.0 + weather.wind_mps / _CALM_MPS)


def find(spec: AcousticArray, setting: Setting, rng: np.random.Generator, world: World, seen: Seen) -> Found:
    """Whom it hears; bearings go back to where the sound left."""
    loud = _LOUD[world.roster.class_index[world.slot[seen.row]]]
    reach_m = spec.range_max_m * hearing(setting.weather) * loud
    share = np.minimum(seen.range_m / np.maximum(reach_m, 1e-3), 1.0) ** 4
    heard = rng.random(len(seen)) < spec.detection_probability * (1.0 - share)
    travel_s = seen.range_m / SOUND_MPS
    then = seen.enu - world.velocity[seen.row] * travel_s[:, None]
    seen.azimuth_deg[:] = np.degrees(np.arctan2(then[:, 0], then[:, 1])) % 360.0
    return Found(heard, 1.0 - share)


KIND: Final = Kind(
    find,
    ("multirotor", "fixed_wing_drone", "helicopter"),
    None,
    fixed=(0.6, 0.2, 0.2),
    reach=float(_LOUD.max()),
)
