"""What can be where: water, land and roads in the class of a track."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from vedette.core.classes import CLASSES, N_CLASSES
from vedette.core.picture import TRACK
from vedette.core.surface import Road, Surface
from vedette.identify import ground
from vedette.identify.ground import Height
from vedette.identify.surroundings import ANYWHERE, Surroundings, There, on_a_plane, there, weighed

_VEHICLE, _VESSEL, _DRONE = (CLASSES.index(name) for name in ("ground_vehicle", "vessel", "multirotor"))
_M = 1.0 / 111_195.0  # a metre, in degrees of latitude
_WIDE = 1.0 / math.cos(math.radians(51.0))


def _at(east_m: float, north_m: float) -> tuple[float, float]:
    return 51.0 + north_m * _M, 4.0 + east_m * _M * _WIDE


def _box(west: float, south: float, east: float, north: float) -> list[list[tuple[float, float]]]:
    corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[_at(*corner) for corner in corners]]


def _map(*roads: Road) -> Surroundings:
    """20 km of land, a lake of 2 by 4 km to the east, and roads."""
    found = on_a_plane(
        Surface([_box(-10_000, -10_000, 10_000, 10_000)], [_box(3_000, -2_000, 5_000, 2_000)], list(roads))
    )
    assert found is not None
    return found


def _row(
    east_m: float, north_m: float, course_deg: float = 0.0, mps: float = 15.0, sd_m: float = 10.0
) -> NDArray[np.void]:
    row = np.zeros(1, TRACK)
    row["lat_deg"], row["lon_deg"] = _at(east_m, north_m)
    row["v_east_mps"] = mps * math.sin(math.radians(course_deg))
    row["v_north_mps"] = mps * math.cos(math.radians(course_deg))
    row["sd_major_m"], row["speed_sd_mps"] = sd_m, 1.0
    return row


def _after(of: Surroundings, row: NDArray[np.void], seconds: int = 60) -> There:
    said = ANYWHERE
    for _ in range(seconds):
        (said,) = there(of, row, np.array([said.road]), np.ones(1))
    return said


_NORTH_ROAD = Road([_at(0, -8_000), _at(0, 8_000)], 8.0)


def test_nothing_drives_on_a_lake_and_nothing_floats_on_land() -> None:
    on_land, on_water = _after(_map(), _row(0, 0)), _after(_map(), _row(4_000, 0))
    assert on_land.drives == pytest.approx(0.0, abs=0.01)
    assert on_land.floats < -5.0
    assert on_water.drives < -5.0
    assert on_water.floats == pytest.approx(0.0, abs=0.01)


def test_near_a_shore_both_are_possible() -> None:
    said = _after(_map(), _row(3_000, 0, sd_m=40.0))
    assert said.drives == said.floats == pytest.approx(math.log(0.5), abs=0.05)


def test_beyond_the_map_nobody_knows() -> None:
    assert _after(_map(), _row(30_000, 0)) == ANYWHERE
    assert _after(_map(), _row(9_990, 0)).floats == 0.0, "its place may be beyond"


def test_on_a_bridge_it_may_drive() -> None:
    bridge = Road([_at(-8_000, 0), _at(8_000, 0)], 10.0)
    assert _after(_map(bridge), _row(4_000, 0, 90.0)).drives == 0.0
    assert _after(_map(bridge), _row(4_000, 600, 90.0)).drives < -5.0


def test_what_keeps_to_a_road_drives() -> None:
    on = _after(_map(_NORTH_ROAD), _row(5, 0))
    assert on.road > 3.5
    assert _after(_map(_NORTH_ROAD), _row(5, 0, 180.0)).road == pytest.approx(on.road), "in either direction"
    assert _after(_map(_NORTH_ROAD), _row(5, 0, 90.0)).road < 0.0, "across it"
    assert _after(_map(_NORTH_ROAD), _row(300, 0)).road < 0.0, "beside it"
    assert _after(_map(), _row(5, 0)).road == 0.0, "no road is told"


def test_who_crosses_a_road_does_not_keep_to_it() -> None:
    assert _after(_map(_NORTH_ROAD), _row(5, 0), seconds=3).road < 1.0


def test_what_stands_or_is_hardly_placed_keeps_what_was_known() -> None:
    for row in (_row(5, 0, mps=1.0), _row(5, 0, sd_m=150.0)):
        (said,) = there(_map(_NORTH_ROAD), row, np.array([2.5]), np.ones(1))
        assert said.road == 2.5


def test_a_street_in_a_town_says_little() -> None:
    streets = [Road([_at(60 * k, -8_000), _at(60 * k, 8_000)], 8.0) for k in range(-40, 41)]
    town = _after(_map(*streets), _row(5, 0))
    assert town.road < _after(_map(_NORTH_ROAD), _row(5, 0)).road - 2.0


def test_a_road_makes_a_vehicle_unless_its_height_denies_it() -> None:
    p = np.full(N_CLASSES, 0.01)
    p[_DRONE], p[_VEHICLE], p[_VESSEL] = 0.85, 0.05, 0.0
    p /= p.sum()
    where = _after(_map(_NORTH_ROAD), _row(5, 0))
    low, unsure, high = Height(5.0, 15.0, 2.0), Height(10.0, 60.0, 2.0), Height(80.0, 12.0, 2.0)
    assert weighed(p, where, ground.denies(low))[_VEHICLE] > 0.6
    assert weighed(p, where, ground.denies(unsure))[_VEHICLE] > 0.6
    assert weighed(p, where, ground.denies(high))[_DRONE] == pytest.approx(p[_DRONE], abs=1e-6)
    assert weighed(p, where, ground.denies(Height(math.nan, math.nan, 2.0))).sum() == pytest.approx(1.0)


def test_an_empty_map_is_none() -> None:
    assert on_a_plane(Surface([], [], [])) is None
    p = np.full(N_CLASSES, 1.0 / N_CLASSES)
    assert weighed(p, ANYWHERE, 0.0) is p
