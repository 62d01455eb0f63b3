"""The benches over recorded bearings: readers, orientation of cameras, and the recordings."""

import math
import struct
import zlib

import numpy as np
import pytest

from vedette.app.bench import cameras, courageous, total_station
from vedette.app.bench.camera_orientation import orient, rescale, similarity
from vedette.core.errors import StorageError


def test_detections_without_the_drone_are_left_out():
    rows = cameras.read_detections(" frame x y\n1.0 0.0 0.0\n2.0 10.5 20.5\n\n3.0 0.0 1.0\n")
    assert rows.tolist() == [[2.0, 10.5, 20.5], [3.0, 0.0, 1.0]]
    assert cameras.read_detections("frame x y\n").shape == (0, 3)


def test_clocks_come_from_the_rows_of_the_first_camera():
    text = "|Ref| 0 | 1 |\n| --- | --- | --- |\n| 0 | 1.0 |0.5 |\n| 1 | 2.0 |1.0 |\n\n| 0 | 0.0 |100.5 |\n"
    scale, shift = cameras.read_clocks(text)
    assert scale.tolist() == [1.0, 0.5]
    assert shift.tolist() == [0.0, 100.5]
    with pytest.raises(StorageError, match="time scale"):
        cameras.read_clocks("nothing")


def test_undistort_undoes_browns_model():
    K = np.array([[900.0, 0.0, 960.0], [0.0, 910.0, 540.0], [0.0, 0.0, 1.0]])
    k1, k2, p1, p2, k3 = distortion = np.array([-0.2, 0.05, 1e-3, -2e-3, -0.01])
    xy = np.random.default_rng(0).uniform(-0.6, 0.6, (50, 2))
    x, y = xy.T
    r2 = x * x + y * y
    radial = 1.0 + k1 * r2 + k2 * r2**2 + k3 * r2**3
    bent = np.stack(
        (
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        ),
        axis=1,
    )
    rays = cameras.undistort(bent * [900.0, 910.0] + [960.0, 540.0], K, distortion)
    assert np.allclose(rays[:, :2] / rays[:, 2:], xy, atol=1e-6)
    assert np.allclose(np.linalg.norm(rays, axis=1), 1.0)


def test_cameras_are_turned_and_their_places_put_in_order():
    rng = np.random.default_rng(1)
    places = np.array([[45.0, 12.0, -1.0], [4.0, -54.0, 4.0], [-43.0, -21.0, -2.0], [40.0, 45.0, 0.0]])
    t = np.linspace(0.0, 40.0, 300)
    path = np.stack((15 * np.sin(t), 20 * np.cos(t / 1.7), 15 + 8 * np.sin(t / 2.3)), axis=1)
    shuffled = [2, 0, 3, 1]
    rays, rotations = np.empty((4, 300, 3)), np.empty((4, 3, 3))
    for c in range(4):
        ahead = -places[c] / np.linalg.norm(places[c])
        right = np.cross(ahead, [0.0, 0.0, 1.0])
        right /= np.linalg.norm(right)
        rotations[c] = np.stack((right, np.cross(ahead, right), ahead), axis=1)
        away = (path - places[c]) @ rotations[c]
        rays[c] = away / np.linalg.norm(away, axis=1, keepdims=True)
    rays += rng.normal(0.0, 2e-4, rays.shape)
    found = orient(rays, np.ones((4, 300), np.bool_), places[shuffled])
    assert [shuffled[k] for k in found.order] == [0, 1, 2, 3]
    for c in range(4):
        turned = math.acos(min((np.trace(rotations[c].T @ found.rotation[c]) - 1.0) / 2.0, 1.0))
        assert math.degrees(turned) < 0.3
    assert np.median(np.linalg.norm(found.path - path, axis=1)) < 0.2
    assert np.abs(found.focal - 1.0).max() < 0.02


def test_similarity_and_rescale_are_what_they_say():
    rng = np.random.default_rng(2)
    a = rng.normal(size=(20, 3))
    R = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    R *= np.linalg.det(R)
    scale, turn, shift = similarity(a, 3.0 * a @ R.T + [1.0, 2.0, 3.0])
    assert scale == pytest.approx(3.0)
    assert np.allclose(turn, R)
    assert np.allclose(shift, [1.0, 2.0, 3.0])
    assert np.allclose(
        rescale(np.array([[0.3, 0.4, 1.2]]) / 1.3, 2.0)[0, :2] * math.hypot(0.3, 0.4, 2.4), [0.3, 0.4]
    )


def mat(values):
    """A MATLAB 5 file with one matrix of doubles."""
    data = np.asfortranarray(values).tobytes(order="F")
    body = struct.pack("<IIII", 6, 8, 6, 0) + struct.pack("<II", 5, 8) + struct.pack("<ii", *values.shape)
    body += struct.pack("<II", 1 | 1 << 16, 0x61) + struct.pack("<II", 9, len(data)) + data
    packed = zlib.compress(struct.pack("<II", 14, len(body)) + body)
    return b"MATLAB 5.0 MAT-file".ljust(128, b" ") + struct.pack("<II", 15, len(packed)) + packed


def test_a_matlab_file_is_read_and_another_refused():
    values = np.arange(6.0).reshape(3, 2)
    assert np.array_equal(total_station.read_mat(mat(values)), values)
    with pytest.raises(StorageError, match=r"MATLAB 5\.0"):
        total_station.read_mat(b"PK\x03\x04 something else")


def test_the_prism_hangs_below_a_level_drone_and_behind_its_nose():
    pose = np.array([[0.0, 10.0, 20.0, 30.0, 0.0, 0.0, 0.0]])
    assert np.allclose(total_station.prism(pose, np.array([-0.1, 0.0, 0.2])), [[10.0, 19.9, 29.8]])


def test_a_strange_courageous_file_is_refused():
    with pytest.raises(StorageError, match="COURAGEOUS"):
        courageous.read('{"tracks": []}')
    with pytest.raises(StorageError, match="COURAGEOUS"):
        courageous.read("not json")


def test_the_vendors_four_tracks_are_found_again(shared_data):
    found = courageous.run(shared_data / "courageous" / "test_data.json")
    assert found["records"] == 215
    assert set(found["directions_of_each"].values()) == {1}
    assert found["our_directions"] == 4
    assert found["purity"] == found["completeness"] == 1.0
    assert found["placed_starts"] == 0


def test_the_total_station_gives_a_track(shared_data):
    found = total_station.run(shared_data / "drone_cameras" / "dataset5")
    assert found["fixes"] == 1513
    assert found["median_m"] < 0.05
    assert found["p95_m"] < 0.2
