"""What models are given: the scene that does not change, and what befalls a sensor for a while."""

from dataclasses import dataclass
from typing import Final

from vedette.simulate.geometry import Station
from vedette.simulate.sensors.sight import Sight
from vedette.simulate.spec.place import Site
from vedette.simulate.spec.sensors import SensorSpec
from vedette.simulate.spec.weather import Weather
from vedette.simulate.terrain import Terrain


@dataclass(frozen=True)
class Setting:
    """The scene of all sensors."""

    site: Site
    weather: Weather
    terrain: Terrain | None

    def sight(self, spec: SensorSpec, reach: float = 1.0) -> Sight:
        """The eyes of a sensor, which see reach times its range."""
        site = self.site
        station = Station(spec.lat_deg, spec.lon_deg, site.ground_m + spec.height_m, site.ground_m)
        return Sight(station, reach * spec.range_max_m, self.terrain)


@dataclass(frozen=True)
class Conditions:
    """How one sensor is in one tick.

    azimuth_deg, range_m  what it measures too much
    clock_ns              how far its clock is ahead
    false_per_s           false detections beside its usual ones
    """

    azimuth_deg: float = 0.0
    range_m: float = 0.0
    clock_ns: int = 0
    false_per_s: float = 0.0


WELL: Final = Conditions()
