"""What a scenario says of the weather: one air mass over the whole site, with wind by height.

Wind grows with height above the ground by a power law and is constant above the boundary layer:

    speed(h) = wind_mps * (min(h, 1000 m) / 10 m) ** shear

with the exponent 1/7 over open land and 0.11 over the open sea. Sources: Justus & Mikhail (1976),
Geophysical Research Letters 3(5), for the power law of 1/7; Hsu, Meindl & Gilhousen (1994), Journal
of Applied Meteorology 33, for 0.11 over water.
"""

from typing import Annotated, Final

from msgspec import Meta, Struct

REFERENCE_HEIGHT_M: Final = 10.0  # of wind_mps, as meteorological stations measure (WMO-No. 8)
BOUNDARY_LAYER_M: Final = 1_000.0

NotNegative = Annotated[float, Meta(ge=0.0)]


class Weather(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A calm, clear day unless it says otherwise.

    wind_mps       mean wind 10 m above the ground
    wind_from_deg  true bearing that the wind comes from
    shear          exponent of the power law: 0.143 over open land, 0.11 over the sea
    gust_mps       standard deviation of each horizontal component of gusts, about the mean
    visibility_m   meteorological optical range
    night          whether the sun is down
    rain_mm_h      rate of rain; 2 is light, 10 moderate to heavy (WMO-No. 8)
    """

    wind_mps: NotNegative = 0.0
    wind_from_deg: float = 270.0
    shear: Annotated[float, Meta(ge=0.0, le=0.6)] = 1.0 / 7.0
    gust_mps: NotNegative = 0.0
    visibility_m: Annotated[float, Meta(gt=0.0)] = 30_000.0
    night: bool = False
    rain_mm_h: NotNegative = 0.0

    def wind_speed_mps(self, height_m: float) -> float:
        """Mean wind speed at a height above the ground, m/s."""
        inside = min(max(height_m, 0.0), BOUNDARY_LAYER_M)
        return float(self.wind_mps * (inside / REFERENCE_HEIGHT_M) ** self.shear)
