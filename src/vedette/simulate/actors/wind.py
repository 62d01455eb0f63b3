"""The air that carries: mean wind by height, and gusts.

Gusts are an Ornstein-Uhlenbeck process of each actor's own, for actors are further apart than gusts
are wide. What an actor feels of them is smoothed once more, by its inertia, so that its velocity has
a derivative. Source of the time: length scale of some 150 m at heights of drones (MIL-F-8785C, 3.7.3.2)
passed at some 30 m/s.
"""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import inlined
from vedette.simulate.spec.weather import BOUNDARY_LAYER_M, REFERENCE_HEIGHT_M, Weather

GUST_TAU_S: Final = 5.0
INERTIA_S: Final = 1.5


def air_of(weather: Weather) -> NDArray[np.float64]:
    """(4,) as kernels take it: wind at 10 m, m/s towards east and north; shear; gust_mps."""
    towards = math.radians(weather.wind_from_deg + 180.0)
    return np.array(
        [
            weather.wind_mps * math.sin(towards),
            weather.wind_mps * math.cos(towards),
            weather.shear,
            weather.gust_mps,
        ]
    )


@inlined
def profile(height_m: float, shear: float) -> float:
    """Wind at a height above the ground, as a multiple of that at 10 m."""
    inside = min(max(height_m, 0.0), BOUNDARY_LAYER_M)
    return float((inside / REFERENCE_HEIGHT_M) ** shear)
