"""UTM against PROJ, and there and back."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.errors import WireError
from vedette.wire.sapient import utm

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "sapient" / "utm.json").read_text())


@pytest.mark.parametrize(("lat", "lon", "number", "easting", "northing", "convergence"), GOLDEN)
def test_it_agrees_with_proj(lat, lon, number, easting, northing, convergence):
    zone = utm.Zone(number, lat >= 0)
    assert utm.project(lat, lon, zone) == pytest.approx((easting, northing), abs=1e-6)
    point = utm.geographic(easting, northing, zone)
    assert point.lat_deg == pytest.approx(lat, abs=1e-11)
    assert point.lon_deg == pytest.approx(lon, abs=1e-11)
    assert point.convergence_deg == pytest.approx(convergence, abs=1e-6)


@settings(deadline=None)
@given(st.floats(-80, 84), st.floats(-3.5, 3.5), st.integers(1, 60))
def test_there_and_back(lat, east_deg, number):
    zone = utm.Zone(number, lat >= 0)
    lon = zone.central_meridian_deg + east_deg
    easting, northing = utm.project(lat, lon, zone)
    point = utm.geographic(easting, northing, zone)
    assert point.lat_deg == pytest.approx(lat, abs=1e-10)
    assert (point.lon_deg - lon + 180) % 360 - 180 == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("text", "northing_m", "north"),
    [
        ("31U", 5.6e6, True),
        ("31N", 5.6e6, True),
        ("1C", 2e6, False),
        (" 60m ", 9e6, False),
        ("30S", 4.06e6, True),  # Andalusia, by its band
        ("56S", 6.24e6, False),  # Sydney, by its hemisphere
    ],
)
def test_zones(text, northing_m, north):
    assert utm.parse_zone(text, northing_m).north is north


@pytest.mark.parametrize("text", ["", "U", "0U", "61N", "31", "31I", "31O", "3 1U", "1234N", "²N", "31Ü"])
def test_zones_that_are_none(text):
    with pytest.raises(WireError, match="bad-utm-zone"):
        utm.parse_zone(text, 5e6)


@pytest.mark.parametrize(("easting", "northing"), [(51.2, -1.8), (99_999, 5e6), (5e5, 1.1e7), (9e5, 5e6)])
def test_points_that_are_off_the_grid(easting, northing):
    with pytest.raises(WireError, match="bad-utm"):
        utm.geographic(easting, northing, utm.Zone(30, north=True))
