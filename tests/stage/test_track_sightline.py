"""A target that one camera follows: nobody knows how far away it is, and the tracker says so."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import ORIGIN, SITE, T0, polar, radar

from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.track.sightline import put_back
from vedette.track.state import init, with_sensors
from vedette.track.step import step

CAMERA = {
    "modality": "camera", "scan": "staring", "period_s": 0.5, "range_max_m": 3_000.0, "false_per_scan": 0.02,
    "azimuth_sd_deg": 0.1, "elevation_sd_deg": 0.1,
}  # fmt: skip


def bird(seed, seconds):
    """Places (2 seconds, 3) m of what whirls about a point 700 m away, two a second."""
    rng = np.random.default_rng(seed)
    at, v = np.array([500.0, 500.0, 60.0]), np.array([6.0, -6.0, 0.0])
    out = []
    for _ in range(2 * seconds):
        turn = rng.normal(0.0, 0.35)
        c, s = math.cos(turn), math.sin(turn)
        v = np.array([c * v[0] - s * v[1], s * v[0] + c * v[1], 0.9 * v[2] + rng.normal(0.0, 0.3)])
        at = at + 0.5 * v
        out.append(at)
    return np.array(out)


def followed(seed, seconds=60, ranged_s=8):
    """(error m, its sd, speed less three sd) each half second: by radar for some seconds, then by camera."""
    rng = np.random.default_rng(seed + 100)
    state = with_sensors(init(*SITE), [radar(period_s=1.0, scan="staring"), radar(1, **CAMERA)])
    out = []
    for k, at in enumerate(bird(seed, seconds)):
        now = T0 + k * NS_PER_S // 2
        seen = polar(now, *at, sensor=1)
        seen["range_m"] = np.nan
        seen["azimuth_deg"] += rng.normal(0.0, 0.1)
        seen["elevation_deg"] += rng.normal(0.0, 0.1)
        if k % 2 == 0 and k < 2 * ranged_s:
            ranged = polar(now, *at)
            ranged["range_m"] += rng.normal(0.0, 10.0)
            ranged["azimuth_deg"] += rng.normal(0.0, 0.2)
            ranged["elevation_deg"] += rng.normal(0.0, 0.3)
            seen = np.concatenate([seen, ranged])
        state, output = step(state, seen, [], now + 1)
        row = output.rows[output.rows["status"] == TrackStatus.CONFIRMED]
        if len(row):
            row = row[0]
            there = enu_from_geodetic(
                ORIGIN, *(np.array([row[f]], float) for f in ("lat_deg", "lon_deg", "alt_m"))
            )
            speed = math.hypot(row["v_east_mps"], row["v_north_mps"])
            off = np.hypot(*(there[0] - at)[:2])
            out.append((off, row["sd_major_m"], speed - 3.0 * row["speed_sd_mps"]))
    return np.array(out)


@pytest.mark.parametrize("seed", range(6))
def test_what_a_camera_alone_follows_is_not_surely_elsewhere_nor_surely_fast(seed):
    off_m, sd_m, surely_mps = followed(seed)[40:].T
    assert len(off_m) > 60
    assert (off_m < 5.0 * sd_m).mean() > 0.97
    assert surely_mps.max() < 30.0


states = st.tuples(*[st.floats(-900.0, 900.0)] * 3, *[st.floats(-40.0, 40.0)] * 3)


@given(at=states, stretch=st.floats(6.0, 60.0), seed=st.integers(0, 1000))
@settings(max_examples=60)
def test_the_distance_and_what_is_known_of_it_stay(at, stretch, seed):
    """Of a state that lies along the line of sight, and of none that does not."""
    rng = np.random.default_rng(seed)
    x = np.array(at)[None, None]
    x[..., 0] += 1000.0
    line = x[0, 0, :3] / np.linalg.norm(x[0, 0, :3])
    P = np.eye(6)[None, None] * 4.0
    P[0, 0, :3, :3] += 4.0 * stretch**2 * np.outer(line, line)
    after_x = x + rng.normal(0.0, 5.0, x.shape)
    after_P = P * 0.3
    new_x, new_P = put_back(x, P, after_x, after_P, np.zeros(3))
    assert line @ (new_x - x)[0, 0, :3] == pytest.approx(0.0, abs=1e-6)
    assert line @ new_P[0, 0, :3, :3] @ line == pytest.approx(line @ P[0, 0, :3, :3] @ line, rel=1e-9)
    across = np.linalg.svd(line[None])[2][1:]
    assert across @ new_P[0, 0, :3, :3] @ across.T == pytest.approx(
        across @ after_P[0, 0, :3, :3] @ across.T, abs=1e-6
    )
    assert np.linalg.eigvalsh(new_P[0, 0]).min() > 0.0
    round_x, round_P = put_back(x, np.eye(6)[None, None], after_x, after_P, np.zeros(3))
    assert round_x is not after_x
    assert round_x.tobytes() == after_x.tobytes()
    assert round_P.tobytes() == after_P.tobytes()


@pytest.mark.parametrize(("askew_deg", "told"), [(1.0, False), (10.0, True), (30.0, True), (90.0, True)])
def test_lines_that_cross_tell_the_distance(askew_deg, told):
    """A state that lies along another sensor's line of sight is updated as it stands."""
    x = np.array([0.0, 1300.0, 60.0, 5.0, 5.0, 0.0])[None, None]
    angle = math.radians(askew_deg)
    line = np.array([math.sin(angle), math.cos(angle), 0.046 * math.cos(angle)])
    line /= np.linalg.norm(line)
    P = np.eye(6)[None, None] * 4.0
    P[0, 0, :3, :3] += 100.0**2 * np.outer(line, line)
    after_x, after_P = x + 3.0, P * 0.5
    new_x, _ = put_back(x, P, after_x, after_P, np.zeros(3))
    assert (new_x.tobytes() == after_x.tobytes()) == told
