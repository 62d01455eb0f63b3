"""What types alone do not say of `[[airport]]`."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from vedette.core.errors import ConfigError
from vedette.respond.settings import Airport

_RANGES: Final = (
    ("lat_deg", -90.0, 90.0),
    ("lon_deg", -180.0, 180.0),
    ("ground_m", -1000.0, 1e4),
    ("movements_per_hour", 0.01, 500.0),
    ("capacity_per_hour", 0.01, 500.0),
    ("delay_eur_per_min", 0.0, 1e6),
    ("diversion_eur", 0.0, 1e7),
    ("hold_min", 0.0, 600.0),
    ("flight_min", 1.0, 6000.0),
    ("stay_min", 0.1, 6000.0),
    ("speed_mps", 0.1, 100.0),
    ("dark_share", 0.0, 0.9),
    ("hide_min", 0.1, 600.0),
    ("again_per_hour", 0.0, 10.0),
    ("near_m", 10.0, 20_000.0),
    ("contact_from", 0.01, 0.99),
    ("restrict_from", 0.01, 0.99),
    ("close_from", 0.01, 0.99),
    ("reopen_below", 0.001, 0.5),
    ("hold_s", 0.0, 600.0),
)
_COVER_RANGES: Final = (
    ("range_m", 1.0, 1e6),
    ("detection_probability", 0.01, 0.99),
    ("every_s", 0.1, 3600.0),
    ("low_share", 0.0, 1.0),
)


def check(airports: Sequence[Airport], sensors: Iterable[str], place: str) -> None:
    """Refuse what cannot be, or ConfigError with the place. sensors: the ids that are configured."""
    known = set(sensors)
    for i, airport in enumerate(airports):
        at = f"{place}: airport[{i}]"
        if not re.fullmatch("[A-Z]{4}", airport.icao):
            raise ConfigError(f"{at}.icao", "four capital letters", repr(airport.icao))
        if airport.icao in [other.icao for other in airports[:i]]:
            raise ConfigError(f"{at}.icao", "an airport of its own", f"{airport.icao!r} twice")
        if airport.fir and not re.fullmatch("[A-Z]{4}", airport.fir):
            raise ConfigError(f"{at}.fir", "four capital letters", repr(airport.fir))
        for name, low, high in _RANGES:
            _within(f"{at}.{name}", getattr(airport, name), low, high)
        _check_limits(airport, at)
        for k, cover in enumerate(airport.cover):
            for name, low, high in _COVER_RANGES:
                _within(f"{at}.cover[{k}].{name}", getattr(cover, name), low, high)
            if known and cover.sensor not in known:
                raise ConfigError(f"{at}.cover[{k}].sensor", "the id of a sensor", repr(cover.sensor))
        for k, runway in enumerate(airport.runways):
            for name in ("threshold", "far_threshold"):
                lat, lon = getattr(runway, name)
                _within(f"{at}.runways[{k}].{name}[0]", lat, -90.0, 90.0)
                _within(f"{at}.runways[{k}].{name}[1]", lon, -180.0, 180.0)
            if runway.threshold == runway.far_threshold:
                raise ConfigError(f"{at}.runways[{k}].far_threshold", "another place", "the first threshold")


def _check_limits(airport: Airport, at: str) -> None:
    """Numbers that belong together."""
    if airport.reopen_below >= min(airport.restrict_from, airport.close_from):
        expected = "less than restrict_from and close_from, so that advice does not flicker"
        raise ConfigError(f"{at}.reopen_below", expected, f"{airport.reopen_below:g}")
    if airport.capacity_per_hour is not None and airport.capacity_per_hour <= airport.movements_per_hour:
        expected = f"more than movements_per_hour ({airport.movements_per_hour:g})"
        raise ConfigError(f"{at}.capacity_per_hour", expected, f"{airport.capacity_per_hour:g}")
    if (airport.lat_deg is None) != (airport.lon_deg is None):
        raise ConfigError(f"{at}.lat_deg", "lat_deg and lon_deg, or neither", "one of them")


def _within(place: str, value: float | None, low: float, high: float) -> None:
    """Refuse a number outside its range."""
    if value is not None and not low <= value <= high:
        raise ConfigError(place, f"a number from {low:g} to {high:g}", f"{value:g}")
