"""Heights tell what keeps to the ground, and nothing where they are not known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.classes import CLASSES, N_CLASSES, UAS
from vedette.identify import ground
from vedette.identify.verdict import _grounded

odds = st.floats(0.001, 0.999)


@given(over=st.floats(-20.0, 120.0), sd=st.floats(0.5, 50.0))
def test_heights_speak_for_the_ground_only_where_they_are_near_it(over, sd):
    after = ground.speaks(0.0, ground.Height(over, sd, 0.0), 1.0)
    if abs(over) > 3.5 * sd:
        assert after == 0.0, "nothing is remembered of the air"
        assert ground.speaks(5.0, ground.Height(over, sd, 0.0), 1.0) < 5.0
    if over == 0.0 and sd < 10.0:
        assert after > 0.0
    for unknown in (ground.Height(math.nan, sd, 0.0), ground.Height(over, math.nan, 0.0)):
        assert ground.speaks(1.0, unknown, 1.0) == 1.0


@given(p=odds, share=st.floats(0.0, 1.0), nats=st.floats(0.0, 10.0))
def test_the_ground_speaks_against_a_drone_and_the_air_against_what_drives(p, share, nats):
    surface = (1.0 - p) * share
    found = ground.in_the_air(p, surface, nats)
    assert 0.0 <= found <= p + 1e-12
    if nats == 0.0:
        assert found == p
    up = ground.in_the_air(p, surface, nats, up=True)
    assert p - 1e-12 <= up <= 1.0 + 1e-12
    assert ground.is_up(ground.Height(39.0, 3.6, 0.0))
    assert not ground.is_up(ground.Height(13.0, 3.6, 0.0))
    assert not ground.is_up(ground.Height(15.0, 14.0, 0.0))
    assert not ground.is_up(ground.Height(math.nan, 1.0, 0.0))


def test_a_height_that_errs_for_seconds_denies_no_ground_that_was_kept():
    """A lorry on its road at 9 km, 14 m up on the mean and 56 m for some seconds (land_border 12008)."""
    kept = ground.Ground()
    for over_m in [14.0] * 60 + [56.0] * 4:
        kept = ground.seen(kept, ground.Height(over_m, 18.0, 2.0), 5.0, 1.0)
    last = ground.Height(56.0, 18.0, 2.0)
    assert ground.denies(kept.mean(last)) > -1.0 > ground.denies(last)
    for _ in range(60):
        kept = ground.seen(kept, ground.Height(90.0, 18.0, 2.0), 5.0, 1.0)
    assert ground.denies(kept.mean(last)) < -3.0, "it has taken off"


def drove(*steps):
    """Seconds of driving after (height over the ground, its sd, speed) for a second each."""
    out = 0.0
    for over_m, sd_m, mps in steps:
        out = ground.drove(out, ground.Height(over_m, sd_m, 0.0), mps, 1.0)
    return out


def test_what_was_seen_to_drive_stays_down_until_a_height_that_is_known_well_says_otherwise():
    road, rest = (1.0, 3.0, 12.0), (1.0, 3.0, 0.5)
    assert drove(*[road] * 40) == 40.0
    assert drove(*[rest] * 40) == 0.0, "a drone that waits on the ground"
    assert drove(*[(12.0, 3.0, 12.0)] * 40) == 0.0, "low in the air"
    assert drove(*[road] * 40, (80.0, 20.0, 12.0)) == 40.0, "a height that is not known well"
    assert drove(*[road] * 40, (math.nan, math.nan, 12.0)) == 40.0
    assert drove(*[road] * 40, (25.0, 3.0, 12.0)) == 0.0, "it flies after all"
    assert drove(*[road] * 400) == 60.0
    drives = ground.Ground()
    for _ in range(60):
        drives = ground.seen(drives, ground.Height(1.0, 3.0, 2.0), 8.0, 1.0)
    unsure = ground.Height(80.0, 30.0, 2.0)
    assert ground.seen(drives, unsure, 8.0, 1.0).nats >= 6.0
    flies = drives
    for _ in range(10):
        flies = ground.seen(flies, ground.Height(80.0, 2.0, 2.0), 8.0, 1.0)
    assert flies.nats < drives.nats


def test_low_and_fast_is_a_car_unless_it_is_faster_than_any():
    def after(mps, over_m=12.0, sd_m=10.0):
        return ground.speaks(0.0, ground.Height(over_m, sd_m, 0.0), 1.0, mps)

    assert after(25.0) > 0.03 > after(10.0), "few that fast fly lower than houses"
    assert after(25.0, over_m=60.0) == 0.0, "high in the air"
    assert after(60.0) == 0.0 == ground.speaks(6.0, ground.Height(1.0, 3.0, 0.0), 1.0, 60.0), (
        "sea skimmers are no cars"
    )


@given(over=st.floats(-5.0, 5.0), sd=st.floats(5.0, 30.0), seed=st.integers(0, 99))
def test_what_keeps_its_height_is_known_the_better_for_it(over, sd, seed):
    rng = np.random.default_rng(seed)
    level, error = ground.Level(), 0.0
    for _ in range(200):
        error = 0.96 * error + math.sqrt(1.0 - 0.96**2) * rng.standard_normal()  # over some 25 s
        level = ground.level(level, over + min(max(error, -2.0), 2.0) * sd, sd, 1.0)
    assert level.sd_m(sd) < 0.45 * sd
    assert abs(level.over_m - over) < 4.0 * level.sd_m(sd)


def test_what_has_surely_left_its_height_begins_anew():
    level = ground.Level()
    for _ in range(200):
        level = ground.level(level, 2.0, 15.0, 1.0)
    assert level.over_m == pytest.approx(2.0)
    assert ground.level(level, math.nan, 15.0, 1.0) == level
    up = level
    for _ in range(9):
        up = ground.level(up, 60.0, 15.0, 1.0)
    assert up.over_m == 60.0
    assert up.sd_m(15.0) == 15.0


def test_what_a_plot_of_another_carries_up_for_some_seconds_keeps_to_the_ground():
    """A barge on which a camera set a bird's plots for five seconds, 45 m up (nuclear_plant, seed 8005)."""
    barge = ground.Ground()
    for _ in range(30):
        barge = ground.seen(barge, ground.Height(1.0, 3.0, 3.0), 2.0, 1.0)
    carried = barge
    for _ in range(5):
        carried = ground.seen(carried, ground.Height(46.0, 4.0, 3.0), 2.0, 1.0)
    back = ground.seen(carried, ground.Height(0.0, 3.0, 3.0), 2.0, 1.0)
    assert back.nats >= barge.nats
    took_off = barge
    for _ in range(20):
        took_off = ground.seen(took_off, ground.Height(46.0, 4.0, 3.0), 2.0, 1.0)
    assert took_off.nats < 0.1


def test_a_boat_far_away_is_told_from_a_drone_by_its_mean_height():
    """Each height alone says next to nothing."""
    level, at = ground.Level(), 0.0
    for _ in range(240):
        level = ground.level(level, 6.0, 16.0, 1.0)
        at = ground.speaks(at, ground.Height(level.over_m, level.sd_m(16.0), 2.0), 1.0)
    alone = 0.0
    for _ in range(240):
        alone = ground.speaks(alone, ground.Height(6.0, 16.0, 2.0), 1.0)
    assert at > 5.0
    assert alone < 1.0


@given(seed=st.integers(0, 2**32 - 1), nats=st.floats(0.0, 10.0))
def test_the_ground_moves_class_between_drones_and_what_drives_and_nothing_else(seed, nats):
    """A car that was seen to drive is shown as one; an airliner that taxies stays an airliner."""
    p = np.random.default_rng(seed).dirichlet(np.full(N_CLASSES, 0.5))
    after = _grounded(p, ground.Ground(nats=nats))
    mine = np.isin(CLASSES, [*UAS, "ground_vehicle", "vessel"])
    assert after.sum() == pytest.approx(1.0)
    assert np.array_equal(after[~mine], p[~mine])
    assert after[np.isin(CLASSES, UAS)].sum() <= p[np.isin(CLASSES, UAS)].sum() + 1e-12
    if nats == 0.0:
        assert np.array_equal(after, p)
