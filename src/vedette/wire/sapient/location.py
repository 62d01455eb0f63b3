"""Where SAPIENT says that something is, as WGS-84 degrees and metres, or as range and angles.

    Location                x, y                       x_error, y_error     z, z_error
    LAT_LNG_DEG_M           longitude, latitude  deg   deg                  m
    LAT_LNG_RAD_M           longitude, latitude  rad   rad                  m
    UTM_M                   easting, northing    m     m                    m

    RangeBearing            angles    range
    DEGREES_M, DEGREES_KM   deg       m, km
    RADIANS_M, RADIANS_KM   rad       m, km

Heights. WGS84_E is above the ellipsoid and is used as it is. WGS84_G is above the geoid, which in
Europe lies 20 to 60 m higher than the ellipsoid; without the undulation the height stays unknown.

Azimuths. TRUE is used as it is, GRID where the node gave its own position on a UTM grid (grid north
is then known there). MAGNETIC and PLATFORM need what the message does not carry.

A length above 10,000 km is no measurement: a range so long is refused, any other is unknown.

Errors are read as 1 sigma in the unit of their axis. An error of 0 or less, or an angular position
error above 0.1° (a sender that wrote metres), is unknown.

Source: BSI Flex 335 v2.0, Location, RangeBearing and RangeBearingCone.
"""

import math
from typing import Final, NamedTuple

from sapient_msg.bsi_flex_335_v2_0 import location_pb2, range_bearing_pb2

from vedette.core.errors import WireError
from vedette.core.units import DEGREE_M
from vedette.wire.sapient import utm

_MAX_POSITION_ERROR_DEG: Final = 0.1
_MAX_LENGTH_M: Final = 1e7  # no sensor sees farther, nothing that it sees is higher
_KM: Final = frozenset(
    {
        range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_KM,
        range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM,
    }
)
_RADIANS: Final = frozenset(
    {
        range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_M,
        range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_RADIANS_KM,
    }
)


class Place(NamedTuple):
    """A point on the Earth.

    alt_m            above the ellipsoid; None unknown
    position_sd_m    horizontal, 1 sigma, root mean square of the two axes; None unknown
    position_sd_*_m  by axis; None unless both are known. Those of a UTM grid are taken for east and
                     north, from which they are turned by a few degrees at most
    alt_sd_m         None unknown
    convergence_deg  grid north east of true north, where the point was given on a UTM grid
    """

    lat_deg: float
    lon_deg: float
    alt_m: float | None
    position_sd_m: float | None
    position_sd_east_m: float | None
    position_sd_north_m: float | None
    alt_sd_m: float | None
    convergence_deg: float | None


class Polar(NamedTuple):
    """A direction from the node, and how far; None unknown. Azimuth is from true north."""

    range_m: float | None
    range_sd_m: float | None
    azimuth_deg: float | None
    azimuth_sd_deg: float | None
    elevation_deg: float | None
    elevation_sd_deg: float | None


class Cone(NamedTuple):
    """A field of view: it begins at azimuth_from_deg and is azimuth_width_deg wide, clockwise."""

    azimuth_from_deg: float | None
    azimuth_width_deg: float | None
    range_max_m: float | None


def place(location: location_pb2.Location, undulation_m: float | None = None) -> Place:
    """Read a Location.

    undulation_m  the geoid above the ellipsoid there; None unknown

    Raises WireError("bad-location", "no-position", "bad-utm" or "bad-utm-zone").
    """
    x_error, y_error = _positive(location.x_error), _positive(location.y_error)
    if location.coordinate_system == location_pb2.LOCATION_COORDINATE_SYSTEM_UTM_M:
        zone = utm.parse_zone(location.utm_zone, location.y)
        lat_deg, lon_deg, convergence_deg = utm.geographic(location.x, location.y, zone)
        alt_m, alt_sd_m = _height(location, undulation_m)
        errors = _position_errors(x_error, y_error)
        return Place(lat_deg, lon_deg, alt_m, *errors, alt_sd_m, convergence_deg)
    turn = 1.0
    if location.coordinate_system == location_pb2.LOCATION_COORDINATE_SYSTEM_LAT_LNG_RAD_M:
        turn = 180.0 / math.pi
    lat_deg, lon_deg = location.y * turn, location.x * turn
    if not (-90.0 <= lat_deg <= 90.0 and -180.0 <= lon_deg <= 180.0):
        raise WireError(
            "bad-location", f"expected latitude y and longitude x, got {lat_deg} and {lon_deg} deg"
        )
    if lat_deg == 0.0 and lon_deg == 0.0:
        raise WireError("no-position", "expected a position, got 0, 0")
    east_m = _metres(x_error, turn, math.cos(math.radians(lat_deg)))
    north_m = _metres(y_error, turn, 1.0)
    alt_m, alt_sd_m = _height(location, undulation_m)
    return Place(lat_deg, lon_deg, alt_m, *_position_errors(east_m, north_m), alt_sd_m, None)


def _height(location: location_pb2.Location, undulation_m: float | None) -> tuple[float | None, float | None]:
    """(alt_m, alt_sd_m) of a Place."""
    if not location.HasField("z") or abs(location.z) > _MAX_LENGTH_M:
        return None, None
    if location.datum == location_pb2.LOCATION_DATUM_WGS84_E:
        return location.z, _positive(location.z_error)
    if undulation_m is None:
        return None, None
    return location.z + undulation_m, _positive(location.z_error)


def polar(bearing: range_bearing_pb2.RangeBearing, convergence_deg: float | None = None) -> Polar:
    """Read a RangeBearing.

    convergence_deg  grid north east of true north at the node; None unknown

    A range of exactly 0 is read as not said: some passive sensors fill the field so.
    Raises WireError("unsupported-datum", "bad-bearing" or "no-measurement").
    """
    turn, metres = _units(bearing.coordinate_system)
    range_m = bearing.range * metres if bearing.range != 0.0 else None
    azimuth_deg = elevation_deg = None
    if bearing.HasField("azimuth"):
        azimuth_deg = _true_azimuth(bearing.azimuth * turn, bearing.datum, convergence_deg)
    if bearing.HasField("elevation"):
        elevation_deg = bearing.elevation * turn
    if range_m is None and azimuth_deg is None and elevation_deg is None:
        raise WireError("no-measurement", "expected a range, an azimuth or an elevation, got none")
    if not 0.0 <= (range_m or 0.0) <= _MAX_LENGTH_M:
        raise WireError("bad-bearing", f"expected a range from 0 to {_MAX_LENGTH_M:g} m, got {range_m}")
    if abs(elevation_deg or 0.0) > 90.0:
        raise WireError("bad-bearing", f"expected an elevation from -90 to 90 deg, got {elevation_deg}")
    return Polar(
        range_m,
        _scaled(bearing.range_error, metres),
        azimuth_deg,
        _scaled(bearing.azimuth_error, turn),
        elevation_deg,
        _scaled(bearing.elevation_error, turn),
    )


def cone(view: range_bearing_pb2.RangeBearingCone, convergence_deg: float | None = None) -> Cone:
    """Read a RangeBearingCone: azimuth is its middle, horizontal_extent the whole width.

    Raises WireError("unsupported-datum" or "bad-bearing") where its direction cannot be used.
    """
    turn, metres = _units(view.coordinate_system)
    range_m = _scaled(view.range, metres)
    width_deg = _scaled(view.horizontal_extent, turn)
    if width_deg is not None and width_deg >= 360.0 - 1e-6:
        return Cone(0.0, 360.0, range_m)
    if width_deg is None or not view.HasField("azimuth"):
        return Cone(None, None, range_m)
    middle_deg = _true_azimuth(view.azimuth * turn, view.datum, convergence_deg)
    return Cone((middle_deg - width_deg / 2) % 360.0, width_deg, range_m)


def _true_azimuth(azimuth_deg: float, datum: int, convergence_deg: float | None) -> float:
    if abs(azimuth_deg) > 720.0:
        raise WireError("bad-bearing", f"expected an azimuth from 0 to 360 deg, got {azimuth_deg}")
    if datum == range_bearing_pb2.RANGE_BEARING_DATUM_TRUE:
        return azimuth_deg % 360.0
    if datum == range_bearing_pb2.RANGE_BEARING_DATUM_GRID and convergence_deg is not None:
        return (azimuth_deg + convergence_deg) % 360.0
    name = range_bearing_pb2.RangeBearingDatum.Name(datum)
    raise WireError("unsupported-datum", f"expected RANGE_BEARING_DATUM_TRUE, got {name}")


def _units(system: int) -> tuple[float, float]:
    """Degrees an angle unit, metres a range unit."""
    return (180.0 / math.pi if system in _RADIANS else 1.0), (1000.0 if system in _KM else 1.0)


def _positive(value: float) -> float | None:
    return _scaled(value, 1.0)


def _scaled(value: float, factor: float) -> float | None:
    """A length or an angle above 0; what is none, or beyond all sense, is unknown."""
    return value * factor if 0.0 < value * factor <= _MAX_LENGTH_M else None


def _metres(error: float | None, turn: float, shrink: float) -> float | None:
    if error is None or error * turn > _MAX_POSITION_ERROR_DEG:
        return None
    return error * turn * DEGREE_M * shrink


def _position_errors(
    east_m: float | None, north_m: float | None
) -> tuple[float | None, float | None, float | None]:
    """Horizontal errors of a Place: one for both axes, where one is unknown the other; then by axis."""
    if east_m is None or north_m is None:
        return (north_m if east_m is None else east_m), None, None
    return math.sqrt(0.5 * (east_m * east_m + north_m * north_m)), east_m, north_m
