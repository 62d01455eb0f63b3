"""A staring radar against drones: SAPIENT range, azimuth and elevation once a period.

Radar equation, Doppler filter and Swerling 1 at the target's cross-section (see detection), times the
sensor's detection probability. One report is 0.4 to 0.8 sure of the right class and is wrong now and
then.

Multipath: low over the ground the echo also comes by way of the ground, and a radar that compares the
phases of two beams cannot tell them apart. Below multipath_below_deg the elevation's error grows by
half of that angle, and a share of looks gives the mirror image below the horizon.

Source: Skolnik (2001), Introduction to Radar Systems, 4.8, for tracking at low angles.
"""

from typing import Final

import numpy as np

from vedette.simulate.sensors import detection
from vedette.simulate.sensors.sapient_sensor import Found, Kind
from vedette.simulate.sensors.setting import Setting
from vedette.simulate.sensors.sight import Seen
from vedette.simulate.spec.sensors import DroneRadar
from vedette.simulate.world import Array, World

_LOWEST_DEG: Final = -3.0
_HIGHEST_DEG: Final = 60.0


def find(spec: DroneRadar, setting: Setting, rng: np.random.Generator, world: World, seen: Seen) -> Found:
    """Whom one scan detects."""
    del setting
    slot = world.slot[seen.row]
    strength = detection.snr(seen.range_m, world.roster.rcs_m2[slot], spec.range_1m2_m)
    strength *= detection.doppler_gain(
        seen.range_rate_mps,
        world.roster.class_index[slot],
        notch_mps=spec.notch_mps,
        blind_speed_mps=spec.blind_speed_mps,
        notch_db=spec.notch_db,
    )
    likely = detection.swerling1(strength) * spec.detection_probability
    hit = (
        (rng.random(len(likely)) < likely)
        & ((seen.azimuth_deg - spec.azimuth_from_deg) % 360.0 < spec.azimuth_width_deg)
        & (seen.elevation_deg > _LOWEST_DEG)
        & (seen.elevation_deg < _HIGHEST_DEG)
    )
    return Found(hit, detection.clarity(strength))


def reflect(spec: DroneRadar, rng: np.random.Generator, polar: Array) -> None:
    """Disturb the elevations of what flies low."""
    low = np.flatnonzero(np.abs(polar[:, 2]) < spec.multipath_below_deg)
    if not len(low):
        return
    draws = rng.standard_normal(len(low))
    mirrored = rng.random(len(low)) < spec.multipath_share
    elevation = np.where(mirrored, -polar[low, 2], polar[low, 2])
    polar[low, 2] = elevation + 0.5 * spec.multipath_below_deg * draws


KIND: Final = Kind(
    find, detection.GUESSES, detection.RADAR_LOGITS, tells_range=True, tells_elevation=True, distort=reflect
)
