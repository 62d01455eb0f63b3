"""Who keeps station with a drone is probably one; a flock is not made of drones by one mistake."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.picture import TRACK
from vedette.identify.company import companions, count, log_odds


def rows(*places):
    """One row a (north m, east m, v_north, v_east) around a place."""
    out = np.zeros(len(places), TRACK)
    for row, (north, east, v_north, v_east) in zip(out, places, strict=True):
        row["lat_deg"] = 50.9 + north / 111_320.0
        row["lon_deg"] = 4.5 + east / (111_320.0 * np.cos(np.radians(50.9)))
        row["v_north_mps"], row["v_east_mps"] = v_north, v_east
    return out


def drones(n, *which):
    return np.isin(np.arange(n), which)


def test_the_wingman_is_found_and_the_drone_is_not_its_own_company():
    near = rows((0, 0, 0, 16), (40, 0, 0, 17), (0, 60, 1, 15))
    assert companions(near, drones(3, 0)).tolist() == [-1, 0, 0]


def test_two_drones_keep_each_other_company():
    assert companions(rows((0, 0, 0, 16), (40, 0, 0, 16)), drones(2, 0, 1)).tolist() == [1, 0]


def test_far_crossing_and_perching_targets_are_not_company():
    others = rows((0, 0, 0, 16), (400, 0, 0, 16), (30, 0, 0, -16), (30, 0, 1, 0))
    assert companions(others, drones(4, 0)).tolist() == [-1, -1, -1, -1]


def test_the_nearest_drone_counts():
    assert companions(rows((0, 0, 0, 16), (100, 0, 0, 16), (80, 0, 0, 16)), drones(3, 0, 1))[2] == 1


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(0, 60))
def test_company_is_what_all_pairs_say(seed, n):
    rng = np.random.default_rng(seed)
    flock = rows(*(rng.normal(size=(n, 4)) * [150.0, 150.0, 4.0, 4.0]).tolist())
    which = rng.random(n) < 0.4
    expected = []
    for i, one in enumerate(flock):
        found = (np.inf, -1)
        for j in np.flatnonzero(which).tolist():
            other = flock[j]
            east = (one["lon_deg"] - other["lon_deg"]) * 111_320.0 * np.cos(np.radians(one["lat_deg"]))
            away = np.hypot(east, (one["lat_deg"] - other["lat_deg"]) * 111_320.0)
            v = [float(one[k]) - float(other[k]) for k in ("v_east_mps", "v_north_mps")]
            moves = np.hypot(float(one["v_east_mps"]), float(one["v_north_mps"])) > 3.0
            if j != i and away < 150.0 and np.hypot(*v) < 4.0 and moves:
                found = min(found, (away, j))
        expected.append(found[1])
    assert companions(flock, which).tolist() == expected


def test_nobody_has_company_where_there_is_no_drone():
    assert companions(rows((0, 0, 0, 16), (10, 0, 0, 16)), drones(2)).tolist() == [-1, -1]


def test_seconds_apart_weigh_twice_and_the_evidence_is_bounded():
    seconds = 0
    for _ in range(100):
        seconds = count(seconds, together=True)
    assert log_odds(seconds) < 8.0
    for _ in range(seconds):
        seconds = count(seconds, together=False)
    assert seconds == 0
