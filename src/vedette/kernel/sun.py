"""How high the sun stands.

Good to 0.01 deg from 1950 to 2050, without refraction.

Source: The Astronomical Almanac, section C, low-precision formulas for the sun; sidereal time from section B.
"""

import math

J2000_NS = 946_728_000_000_000_000  # 2000-01-01 12:00 UTC
_DAY_NS = 86_400_000_000_000


def altitude_deg(time_ns: int, lat_deg: float, lon_deg: float) -> float:
    """Degrees above the horizon, negative below.

    time_ns  UTC; the second between it and terrestrial time moves the sun by less than the formula's error
    """
    days = (time_ns - J2000_NS) / _DAY_NS
    anomaly = math.radians((357.528 + 0.9856003 * days) % 360.0)
    longitude = 280.460 + 0.9856474 * days + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2.0 * anomaly)
    ecliptic = math.radians(longitude % 360.0)
    tilt = math.radians(23.439 - 4e-7 * days)
    ascension = math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(tilt) * math.sin(ecliptic))
    sidereal_deg = (280.46062 + 360.98564737 * days) % 360.0
    hour_angle = math.radians(sidereal_deg + lon_deg) - ascension
    lat = math.radians(lat_deg)
    up = math.sin(lat) * math.sin(declination) + math.cos(lat) * math.cos(declination) * math.cos(hour_angle)
    return math.degrees(math.asin(max(-1.0, min(1.0, up))))
