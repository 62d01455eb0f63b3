"""Grids of heights are read as they are written, and the earth bulges between two places."""

import numpy as np
import pytest

from vedette.core.errors import ConfigError
from vedette.simulate import terrain


def test_the_bulge_of_the_earth_counts():
    flat = terrain.Terrain(np.full((3, 3000), 99.0), 50.899, 4.0, 0.001)
    here = (50.9, 4.2, 130.0)
    far = np.array([[50.9, 5.6, 130.0], [50.9, 4.6, 130.0]])  # 98 and 28 km
    assert terrain.clear(flat, here, far).tolist() == [False, True]


def test_a_grid_is_read_from_north_to_south_above_the_sea(tmp_path):
    path = tmp_path / "g.asc"
    path.write_text("ncols 2\nnrows 2\nxllcenter 4\nyllcenter 50\ncellsize 0.5\n1 2\n3 -9999\n")
    read = terrain.read(path, 45.0)
    assert read.height_m.tolist() == [[48.0, -np.inf], [46.0, 47.0]]
    assert (read.south_deg, read.west_deg, read.cell_deg) == (50.0, 4.0, 0.5)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ncols 2\nnrows 2\n1 2\n3 4\n", "cellsize"),
        ("ncols two\n", "a number after ncols"),
        ("ncols 2\nnrows 2\ncellsize 1\n1 2 3\n", "2 rows of 2 heights"),
        ("ncols 2\nnrows 2\ncellsize 1\n1 2 x 3\n", "heights in metres"),
        ("ncols 0\nnrows 2\ncellsize 1\n", "cells"),
    ],
)
def test_a_grid_that_is_none_is_refused(tmp_path, text, expected):
    path = tmp_path / "g.asc"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r"g\.asc") as caught:
        terrain.read(path, 0.0)
    assert expected in caught.value.expected
