"""Geodesy against published coordinates and against its own inverse."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vedette.kernel.geodesy import (
    A_M,
    B_M,
    E2,
    ecef_from_geodetic,
    enu_from_ecef_rotation,
    enu_from_geodetic,
    geodetic_from_ecef,
    geodetic_from_enu,
    mean_radius_m,
    rotation_between,
)

latitudes = st.floats(-90.0, 90.0)
longitudes = st.floats(-180.0, 180.0)
heights = st.floats(-500.0, 50_000.0)


def one(*values):
    return tuple(np.array([float(v)]) for v in values)


def test_the_ellipsoid_is_that_of_nima_tr8350_2():
    """Table 3.1 and 3.3 of NIMA TR8350.2: b = 6356752.3142 m, e² = 6.69437999014e-3."""
    assert abs(B_M - 6_356_752.3142) < 1e-4
    assert abs(E2 - 6.69437999014e-3) < 1e-14


def test_places_whose_ecef_is_published():
    """Stations of the International GNSS Service, whose site logs give both forms; and the axes."""
    published = [
        # Pole and equator follow from the semi-axes.
        ((90.0, 0.0, 0.0), (0.0, 0.0, B_M), 1e-6),
        ((0.0, 0.0, 0.0), (A_M, 0.0, 0.0), 1e-6),
        ((0.0, 90.0, 100.0), (0.0, A_M + 100.0, 0.0), 1e-6),
        ((-90.0, 0.0, 50.0), (0.0, 0.0, -B_M - 50.0), 1e-6),
        # IGS station BRUX (Brussels), ITRF2014 approximate position in its site log.
        ((50.7980639, 4.3585639, 158.3), (4_027_881.8, 306_998.3, 4_919_499.0), 20.0),
        # IGS station WTZR (Wettzell), Germany.
        ((49.1441994, 12.8789111, 666.0), (4_075_580.6, 931_853.8, 4_801_568.1), 20.0),
    ]
    for (lat, lon, alt), expected, tolerance in published:
        got = ecef_from_geodetic(*one(lat, lon, alt))[0]
        assert np.abs(got - expected).max() < tolerance, (lat, lon, got)


def test_a_degree_of_latitude_is_as_long_as_the_tables_say():
    """Bowditch, table 7: one degree is 110 574 m around the equator and 111 694 m at the poles."""
    for low, high, length in ((-0.5, 0.5, 110_574.0), (89.0, 90.0, 111_694.0)):
        south, north = (ecef_from_geodetic(*one(lat, 10.0, 0.0))[0] for lat in (low, high))
        chord = float(np.linalg.norm(north - south))
        assert abs(chord * (math.radians(1.0) / 2.0) / math.sin(math.radians(1.0) / 2.0) - length) < 2.0


@given(lat=latitudes, lon=longitudes, alt=heights)
def test_there_and_back_through_ecef(lat, lon, alt):
    """From half a kilometre below the ellipsoid to 50 km: 1e-9 deg and a tenth of a millimetre."""
    back = geodetic_from_ecef(ecef_from_geodetic(*one(lat, lon, alt)))[0]
    assert abs(back[0] - lat) < 1e-9
    assert abs(back[2] - alt) < 1e-4
    if abs(lat) < 89.999:
        assert abs((back[1] - lon + 180.0) % 360.0 - 180.0) < 1e-9


@given(
    lat=st.floats(-89.0, 89.0),
    lon=longitudes,
    alt=st.floats(0.0, 3000.0),
    east=st.floats(-4e5, 4e5),
    north=st.floats(-4e5, 4e5),
    up=st.floats(-2e4, 3e4),
)
def test_there_and_back_through_a_local_frame(lat, lon, alt, east, north, up):
    origin = np.array([lat, lon, alt])
    place = geodetic_from_enu(origin, np.array([[east, north, up]]))
    back = enu_from_geodetic(origin, *np.ascontiguousarray(place.T))[0]
    assert np.abs(back - (east, north, up)).max() < 1e-3


@given(lat=latitudes, lon=longitudes, other_lat=latitudes, other_lon=longitudes)
def test_rotations_are_orthonormal(lat, lon, other_lat, other_lon):
    origin = np.array([lat, lon, 0.0])
    for rotation in (
        enu_from_ecef_rotation(lat, lon),
        rotation_between(origin, other_lat, other_lon),
    ):
        assert np.abs(rotation @ rotation.T - np.eye(3)).max() < 1e-12
        assert abs(np.linalg.det(rotation) - 1.0) < 1e-12


@given(lat=st.floats(-80.0, 80.0), lon=longitudes)
def test_local_axes_point_east_north_and_up(lat, lon):
    origin = np.array([lat, lon, 0.0])
    step = 1e-4
    east = enu_from_geodetic(origin, *one(lat, lon + step, 0.0))[0]
    north = enu_from_geodetic(origin, *one(lat + step, lon, 0.0))[0]
    up = enu_from_geodetic(origin, *one(lat, lon, 25.0))[0]
    assert east[0] > 0.0
    assert abs(east[1]) < 1e-3 * east[0]
    assert north[1] > 0.0
    assert abs(north[0]) < 1e-3 * north[1]
    assert np.abs(up - (0.0, 0.0, 25.0)).max() < 1e-6


@given(lat=st.floats(-80.0, 80.0), lon=longitudes, away=st.floats(1e3, 2e5), bearing=st.floats(0.0, 360.0))
def test_the_surface_falls_away_by_the_mean_radius(lat, lon, away, bearing):
    """`up` of a point at height 0 is -(e² + n²) / 2R within 0.4 % and the next term."""
    b = math.radians(bearing)
    flat = np.array([[away * math.sin(b), away * math.cos(b), 0.0]])
    origin = np.array([lat, lon, 0.0])
    place = geodetic_from_enu(origin, flat)[0]
    expected = away**2 / (2.0 * mean_radius_m(lat))
    assert abs(place[2] - expected) < 0.004 * expected + 0.2


def test_the_frames_of_two_sensors_see_the_same_point_alike():
    """A point 250 km away, in one sensor's frame directly and through the other's: the same."""
    first, second = np.array([50.9, 4.48, 100.0]), np.array([52.3, 7.6, 60.0])
    point = one(51.4, 5.9, 9000.0)
    direct = enu_from_geodetic(second, *point)[0]
    in_first = enu_from_geodetic(first, *point)[0]
    pose = enu_from_geodetic(first, *one(*second))[0]
    through = rotation_between(first, second[0], second[1]) @ (in_first - pose)
    assert np.abs(direct - through).max() < 1e-6
