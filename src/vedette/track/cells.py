"""What a sensor sees cut into cells, to count plots by where they are.

Polar   N_SECTORS of azimuth by N_RINGS of range, over the field of view
Plane   N_SIDE by N_SIDE squares of east and north, twice the range wide and laid out again and again: a
        plot further away than that shares a cell with one that is near

A sensor has one kind: polar where it measures range and azimuth from a place that is known.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.cells import plane_cells, polar_cells
from vedette.kernel.measurement import AZIMUTH, EAST, NORTH, RANGE
from vedette.track.plots import Plots
from vedette.track.sensors import SensorModel

Ints = NDArray[np.int64]

N_SECTORS, N_RINGS = 72, 32
N_SIDE = 48
N_CELLS = N_SECTORS * N_RINGS  # and N_SIDE²


def kind(sensor: SensorModel, plots: Plots) -> bool | None:
    """Whether the sensor's cells are polar; None where its plots do not say."""
    ranged = ~np.isnan(plots.z[:, RANGE]) & ~np.isnan(plots.z[:, AZIMUTH])
    placed = ~np.isnan(plots.z[:, EAST])
    if not (ranged | placed).any():
        return None
    return bool(sensor.placed and ranged.any())


def cells(polar: bool | None, sensor: SensorModel, plots: Plots) -> Ints:
    """Cell of each plot, (m,); -1 for those that are in none: bearings, and plots of a sensor that moves."""
    told = sensor.sensor
    if polar is None:
        return np.full(len(plots), -1, np.int64)
    if polar:
        start, width = math.radians(told.azimuth_from_deg), math.radians(told.azimuth_width_deg)
        view = (start, width, told.range_max_m)
        return polar_cells(plots.z, plots.at, plots.pose, sensor.pose, *view, N_SECTORS, N_RINGS)
    return plane_cells(plots.z, _side_m(sensor), N_SIDE)


def in_view(polar: bool | None, sensor: SensorModel) -> float:
    """How many cells the sensor sees."""
    if polar:
        return float(N_CELLS)
    return float(np.exp(-sensor.log_density[EAST] - sensor.log_density[NORTH])) / _side_m(sensor) ** 2


def _side_m(sensor: SensorModel) -> float:
    """Of a square of the plane."""
    return 2.0 * sensor.sensor.range_max_m / N_SIDE
