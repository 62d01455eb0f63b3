"""A flock: birds closer to each other than their plots tell apart, called birds or drones by chance."""

import numpy as np
import pytest
from scenes import SITE, T0, polar, radar

from vedette.core.classes import CLASSES
from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.track.state import init, with_sensors
from vedette.track.step import step

BIRD, DRONE = CLASSES.index("bird"), CLASSES.index("multirotor")


def looks(seed, birds=6, holds_s=5.0, called_drone=0.2):
    """Two minutes of plots, (tick, rows) a second: each bird's word is drawn anew every few seconds."""
    rng = np.random.default_rng(seed)
    at = np.array([2000.0, 1000.0]) + rng.normal(0.0, 40.0, (birds, 2))
    v = rng.normal(0.0, 3.0, (birds, 2))
    drone = rng.random(birds) < called_drone
    for k in range(120):
        v = 0.9 * v + rng.normal(0.0, 3.0 * np.sqrt(1.0 - 0.9**2), v.shape)
        at = at + v + 0.05 * (at.mean(axis=0) - at)
        drone = np.where(rng.random(birds) < 1.0 / holds_s, rng.random(birds) < called_drone, drone)
        rows = []
        for i in np.flatnonzero(rng.random(birds) < 0.9):
            row = polar(T0 + k * NS_PER_S, *at[i], 60.0)
            row["class_likelihood"] = 0.05
            row["class_likelihood"][0, DRONE if drone[i] else BIRD] = 0.75
            rows.append(row)
        yield T0 + k * NS_PER_S + 1, np.concatenate(rows)


@pytest.mark.parametrize("seed", [3, 5, 12, 13])
def test_no_track_gathers_the_words_that_suit_it(seed):
    state = with_sensors(init(*SITE), [radar()])
    for tick_ns, rows in looks(seed):
        state, _ = step(state, rows, [], tick_ns)
    shown = state.tracks.status == TrackStatus.CONFIRMED
    assert shown.sum() >= 4
    assert state.tracks.class_p[shown, DRONE].max() < 0.5
