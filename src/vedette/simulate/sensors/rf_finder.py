"""A radio direction finder: SAPIENT bearings of drones that transmit, with their frequency.

Each emitter within range and radio horizon is heard with the sensor's detection probability a
period, falling with the fourth power of range to nothing at the longest. Bearings only.
"""

from typing import Final

import numpy as np

from vedette.simulate.sensors.sapient_sensor import Found, Kind
from vedette.simulate.sensors.setting import Setting
from vedette.simulate.sensors.sight import Seen
from vedette.simulate.spec.sensors import RfFinder
from vedette.simulate.world import World


def find(spec: RfFinder, setting: Setting, rng: np.random.Generator, world: World, seen: Seen) -> Found:
    """Whom it hears."""
    del setting
    share = (seen.range_m / spec.range_max_m) ** 4
    heard = rng.random(len(seen)) < spec.detection_probability * (1.0 - share)
    return Found(heard & np.isfinite(world.roster.emission_mhz[world.slot[seen.row]]), 1.0 - share)


KIND: Final = Kind(
    find,
    ("multirotor", "fixed_wing_drone"),
    None,
    fixed=(0.8, 0.2),
    false_mhz=(2_400.0, 2_483.5),
    hears_radio=True,
)
