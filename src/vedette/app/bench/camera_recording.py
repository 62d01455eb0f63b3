"""Dataset 3 of the drone tracking datasets, as its authors lay it out: cameras, places, clocks, truth.

Source: Li, Murray, Ismaili, Schindler and Albl (2020), https://arxiv.org/abs/2003.04784. Pixels become
directions by Brown's model of distortion with the calibrations that come with the recording.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.tables import folder_of, numbers, text_of
from vedette.core.errors import StorageError

Array = NDArray[np.float64]

_LEAST_CAMERAS = 4
_LEAST_DETECTIONS = 100


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera's detections: time_s (m,) by the first camera's clock, rays (m, 3) in its own axes."""

    name: str
    time_s: Array
    rays: Array


def read_clocks(text: str) -> tuple[Array, Array]:
    """Time scales and shifts (k,): frame i of the first camera is frame scale · i + shift of another."""
    rows = re.findall(r"^\|\s*0\s*\|(.+)\|\s*$", text, flags=re.MULTILINE)
    try:
        scale, shift = (np.array([float(cell) for cell in row.split("|")]) for row in rows[:2])
    except ValueError as error:
        raise StorageError(
            f"expected tables of time scale and time shift with a row 0, got {len(rows)} such rows: {error}"
        ) from error
    return scale, shift


def read_calibration(path: Path) -> tuple[Array, Array, float]:
    """Camera matrix (3, 3), distortion k1 k2 p1 p2 k3, frames a second."""
    distortion = np.zeros(5)
    try:
        told = json.loads(text_of(path))
        distortion[: len(told["distCoeff"])] = told["distCoeff"]
        matrix, fps = np.array(told["K-matrix"], float).reshape(3, 3), float(told["fps"])
    except (KeyError, TypeError, ValueError) as error:
        raise StorageError(f"expected K-matrix, distCoeff and fps in {path}, got {error!r}") from error
    return matrix, distortion, fps


def undistort(pixels: Array, K: Array, distortion: Array) -> Array:
    """Unit directions (m, 3) right, down, ahead, of pixels (m, 2): Brown's model, solved by iteration."""
    k1, k2, p1, p2, k3 = distortion
    bent = (pixels - K[:2, 2]) / np.array([K[0, 0], K[1, 1]])
    xy = bent.copy()
    for _ in range(30):
        x, y = xy.T
        r2 = x * x + y * y
        radial = 1.0 + r2 * (k1 + r2 * (k2 + r2 * k3))
        tangential = np.stack(
            (2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x), p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y), axis=1
        )
        xy = (bent - tangential) / radial[:, None]
    rays = np.c_[xy, np.ones(len(xy))]
    out: Array = rays / np.linalg.norm(rays, axis=1, keepdims=True)
    return out


def read_names(path: Path) -> list[tuple[int, str]]:
    """Number and name of each camera, from lines such as `cam0 - gopro3`."""
    names = [
        (int(k), name) for k, name in re.findall(r"^\s*cam(\d+)\s*-\s*(\S+)\s*$", text_of(path), re.MULTILINE)
    ]
    if len(names) < _LEAST_CAMERAS or names[0][0] != 0:
        raise StorageError(
            f"expected {_LEAST_CAMERAS} or more lines in {path}, as 'cam0 - gopro3' from cam0 on, "
            f"got {len(names)}: with fewer the cameras' places do not tell how they are turned"
        )
    return names


def load(folder: Path) -> tuple[list[Camera], Array, Array]:
    """Cameras, measured places (q, 3) m, and truth (n, 3) m of a dataset's folder.

    Calibrations lie in `../calibration/<name>`; of several, the last one is taken. Every camera that
    cameras.txt lists must have its calibration, its clock and its detections.
    """
    folder_of(folder, "cameras.txt", "README.md", "detections", "camera-locations", "trajectory")
    names = read_names(folder / "cameras.txt")
    scale, shift = read_clocks(text_of(folder / "README.md"))
    cameras = []
    first_fps = 0.0
    for k, name in names:
        files = sorted((folder.parent / "calibration" / name).glob("*.json"))
        if not files:
            where = folder.parent / "calibration" / name
            raise StorageError(f"expected a calibration of camera {k} ({name}) in {where}, got none")
        if k >= min(len(scale), len(shift)):
            raise StorageError(f"expected a clock of camera {k} in {folder / 'README.md'}, got {len(shift)}")
        K, distortion, fps = read_calibration(files[-1])
        first_fps = first_fps or fps
        file = folder / "detections" / f"cam{k}.txt"
        rows = numbers(file, 3, skip=1)
        rows = rows[(rows[:, 1] != 0.0) | (rows[:, 2] != 0.0)]  # 0, 0 is a frame without the drone
        if len(rows) < _LEAST_DETECTIONS:
            raise StorageError(f"expected {_LEAST_DETECTIONS} or more detections in {file}, got {len(rows)}")
        time_s = (rows[:, 0] - shift[k]) / scale[k] / first_fps
        cameras.append(Camera(name, time_s, undistort(rows[:, 1:], K, distortion)))
    file = folder / "camera-locations" / "campos.txt"
    places = numbers(file, 3)
    if len(places) < len(cameras):
        raise StorageError(f"expected {len(cameras)} places in {file}, got {len(places)}")
    return cameras, places, numbers(folder / "trajectory" / "rtk.txt", 3)
