"""The benches over recorded bearings: readers, orientation of cameras, and the recordings."""

import math
import struct
import zlib

import numpy as np
import pytest

from vedette.app.bench import camera_recording, cameras, courageous, total_station
from vedette.app.bench.camera_orientation import orient, rescale, similarity
from vedette.app.bench.tables import numbers
from vedette.core.errors import StorageError


def test_rows_of_numbers_are_read_and_what_is_none_is_told_by_line(tmp_path):
    file = tmp_path / "a.txt"
    file.write_text(" frame x y\n1.0 0.0 0.0\n# more\n\n2.0 10.5 20.5 9\n")
    assert numbers(file, 3, skip=1).tolist() == [[1.0, 0.0, 0.0], [2.0, 10.5, 20.5]]
    for text, told in (
        ("frame x y\n1 2\n", r"line 2 of .*a\.txt, got '1 2'"),
        ("frame x y\n1 2 nan\n", "line 2"),
        ("frame x y\n", "got none"),
        (" \n", "empty file"),
    ):
        file.write_text(text)
        with pytest.raises(StorageError, match=told):
            numbers(file, 3, skip=1)
    with pytest.raises(StorageError, match="expected a file at"):
        numbers(tmp_path / "b.txt", 3)


def test_clocks_come_from_the_rows_of_the_first_camera():
    text = "|Ref| 0 | 1 |\n| --- | --- | --- |\n| 0 | 1.0 |0.5 |\n| 1 | 2.0 |1.0 |\n\n| 0 | 0.0 |100.5 |\n"
    scale, shift = camera_recording.read_clocks(text)
    assert scale.tolist() == [1.0, 0.5]
    assert shift.tolist() == [0.0, 100.5]
    with pytest.raises(StorageError, match="time scale"):
        camera_recording.read_clocks("nothing")


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
    rays = camera_recording.undistort(bent * [900.0, 910.0] + [960.0, 540.0], K, distortion)
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


def test_the_total_station_gives_one_track(shared_data):
    found = total_station.run(shared_data / "drone_cameras" / "dataset5")
    assert found["fixes"] == 1513
    assert found["tracks_shown"] == 1
    assert found["median_m"] < 0.05
    assert found["p95_m"] < 0.2


@pytest.mark.slow
def test_six_cameras_give_one_track_of_the_drone(shared_data):
    found = cameras.run(shared_data / "drone_cameras" / "dataset3", rate_hz=2.0)
    assert found["tracks_shown"] == 1
    assert found["coverage"] > 0.98
    assert found["median_m"] < 0.6
    assert found["p95_m"] < 4.0


def test_a_fix_that_is_sent_again_is_no_new_one():
    fixes = np.array([[0.0, 5.0, 1.0, 2.0], [0.1, 5.0, 1.0, 2.0], [0.2, 5.0, 1.0, 2.1], [0.3, 5.0, 1.0, 2.0]])
    assert total_station.without_repeats(fixes)[:, 0].tolist() == [0.0, 0.2, 0.3]


def camera_folder(root, n=4):
    """A recording as dataset 3 is laid out, with nothing of use in it."""
    folder = root / "dataset3"
    for name in ("detections", "camera-locations", "trajectory"):
        (folder / name).mkdir(parents=True)
    (folder / "cameras.txt").write_text("".join(f"cam{k} - c{k}\n" for k in range(n)))
    row = "| 0 |" + " 1.0 |" * n
    (folder / "README.md").write_text(f"{row}\n\n{row}\n")
    for k in range(n):
        place = root / "calibration" / f"c{k}"
        place.mkdir(parents=True)
        (place / "a.json").write_text(
            '{"K-matrix": [[1, 0, 0], [0, 1, 0], [0, 0, 1]], "distCoeff": [0], "fps": 30}'
        )
        lines = "".join(f"{i} {0.1 + i / 1e3} 0.2\n" for i in range(120))
        (folder / "detections" / f"cam{k}.txt").write_text("frame x y\n" + lines)
    (folder / "camera-locations" / "campos.txt").write_text("1 2 3\n" * n)
    (folder / "trajectory" / "rtk.txt").write_text("1 2 3\n")
    return folder


def test_a_camera_recording_is_read_and_what_is_missing_is_told(tmp_path):
    folder = camera_folder(tmp_path)
    found, places, truth = camera_recording.load(folder)
    assert [len(c.time_s) for c in found] == [120] * 4
    assert (len(places), len(truth)) == (4, 1)

    def told(path, text):
        before = path.read_text() if path.exists() else None
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)
        with pytest.raises(StorageError) as error:
            camera_recording.load(folder)
        if before is not None:
            path.write_text(before)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "cam2.txt" in told(folder / "detections" / "cam2.txt", None)
    assert "got 1" in told(folder / "detections" / "cam2.txt", "frame x y\n1 2 3\n2 0 0\n")
    assert "empty file" in told(folder / "trajectory" / "rtk.txt", "")
    assert "4 places" in told(folder / "camera-locations" / "campos.txt", "1 2 3\n")
    assert "clock of camera 3" in told(folder / "README.md", "| 0 | 1 | 1 | 1 |\n| 0 | 1 | 1 | 1 |\n")
    assert "K-matrix" in told(tmp_path / "calibration" / "c1" / "a.json", "{}")
    assert "calibration of camera 1" in told(tmp_path / "calibration" / "c1" / "a.json", None)
    assert "cam0 - gopro3" in told(folder / "cameras.txt", "cam0 - c0\n")
    with pytest.raises(StorageError, match="no such folder"):
        camera_recording.load(tmp_path / "nowhere")
    with pytest.raises(StorageError, match="no README"):
        camera_recording.load(tmp_path / "calibration")


def test_a_total_station_without_its_parts_is_told_in_one_line(tmp_path):
    with pytest.raises(StorageError, match="no such folder"):
        total_station.load(tmp_path / "nowhere")
    with pytest.raises(StorageError, match="got no raw-data, no pose"):
        total_station.load(tmp_path)
