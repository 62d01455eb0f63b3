"""Memories of motion by track: who gets a sample when, and that a state is a value."""

import numpy as np

from vedette.core.picture import TRACK, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.identify import motion
from vedette.kernel.habits import FEATURES

T0 = 1_700_000_000 * NS_PER_S
AGE, SPEED = FEATURES.index("age_s"), FEATURES.index("speed_mps")


def row(track_id, s, *, heard_s=None, speed=10.0, status=TrackStatus.CONFIRMED):
    out = np.zeros(1, TRACK)
    out["track_id"], out["status"] = track_id, status
    out["time_ns"] = T0 + round(s * NS_PER_S)
    out["heard_ns"] = T0 + round((s if heard_s is None else heard_s) * NS_PER_S)
    out["v_north_mps"], out["speed_sd_mps"], out["lat_deg"] = speed, 0.5, 50.0 + speed * s / 111_195.0
    return out


def after(*rows):
    state = motion.init()
    for one in rows:
        state = motion.step(state, one)
    return state


def age(state, track_id):
    return motion.features(state, [track_id])[0, AGE]


def test_there_is_about_one_sample_a_second():
    state = after(*(row(1, s / 10) for s in range(31)))
    assert age(state, 1) == 3.0 - 0.3, "a sample at 0, 0.9, 1.8 and 2.7 s"


def test_what_is_only_predicted_is_no_sample():
    state = after(row(1, 0.0), row(1, 1.0), row(1, 2.0, heard_s=1.0), row(1, 3.0, heard_s=1.0))
    assert age(state, 1) == 1.0


def test_what_nobody_measured_where_it_is_is_no_sample():
    state = motion.init()
    for s, measured in enumerate((4, 5, 5, 5)):
        state = motion.step(state, row(1, s), np.array([measured]))
    assert age(state, 1) == 1.0
    assert motion.measured_ns(state, [1, 2])[0] == T0 + NS_PER_S
    assert motion.measured_ns(state, [1, 2])[1] < 0, "not known"


def test_a_state_is_a_value():
    before = after(row(1, 0.0), row(1, 1.0))
    kept = before.memory.copy(), before.seen_ns.copy(), dict(before.slot)
    motion.step(before, np.concatenate((row(1, 2.0, speed=90.0), row(2, 2.0))))
    motion.without_ended(before, row(1, 2.0, status=TrackStatus.ENDED))
    np.testing.assert_array_equal(before.memory, kept[0])
    np.testing.assert_array_equal(before.seen_ns, kept[1])
    assert before.slot == kept[2]


def test_tracks_do_not_mix_and_memories_are_used_again():
    state = motion.init()
    for s in range(4):
        both = [row(t, s, speed=float(t)) for t in range(1, 40)]
        state = motion.step(state, np.concatenate(both))
    speeds = motion.features(state, list(range(1, 40)))[:, SPEED]
    np.testing.assert_allclose(speeds, np.arange(1, 40))
    size = len(state.memory)
    for generation in range(5):
        gone = [row(t, 4, status=TrackStatus.ENDED) for t in list(state.slot)]
        state = motion.without_ended(state, np.concatenate(gone))
        assert not state.slot
        new = [row(1000 * (generation + 1) + t, 5 + generation) for t in range(39)]
        state = motion.step(state, np.concatenate(new))
        assert (motion.features(state, list(state.slot))[:, AGE] == 0.0).all(), "nothing is left of others"
    assert len(state.memory) == size
