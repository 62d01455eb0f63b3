"""What a look says of a row, what silence says, when a track is shown, coasts or ends: beside plain NumPy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.kernel.lifecycle import (
    COASTING,
    CONFIRMED,
    ENDED,
    chances,
    fading,
    miss,
    only,
    overdue,
    statuses,
)
from vedette.track.settings import TrackerSettings

S = NS_PER_S
NOW_NS = 1_750_000_000 * S
PERIOD_NS = 2 * S
PD, PD_AGAIN, FADE, LEAST_R = 0.8, 0.05, 0.9, 1e-3
SETTINGS = TrackerSettings()
IDLE_NS, LONGEST_COAST_NS, LONGEST_HIDDEN_NS = 2 * S, 60 * S, 180 * S
seeds = st.integers(0, 2**32 - 1)


class Rows:
    """Twelve rows that three sensors have seen or not, some just now and some long ago."""

    def __init__(self, seed, n=12, sensors=3):
        self.rng = rng = np.random.default_rng(seed)
        self.n = n
        self.sensor_hits = rng.choice([0, 0, 1, 5], (n, sensors))
        self.sensor_share = rng.choice([0.02, 0.1, 0.4, 0.6, 1.0], (n, sensors))
        self.look_ns = NOW_NS - rng.integers(0, 3 * PERIOD_NS, (n, sensors))
        self.r = 10.0 ** rng.uniform(-4.0, -1e-3, n)
        self.s = int(rng.integers(sensors))

    def chances(self, rows, hidden, *, period_ns=PERIOD_NS, whole=True):
        return chances(
            rows, self.s, self.r, self.look_ns, self.sensor_hits, self.sensor_share, hidden, NOW_NS,
            period_ns, PD, PD_AGAIN, whole,
        )  # fmt: skip


@given(seed=seeds, period_ns=st.sampled_from([0, PERIOD_NS]), whole=st.booleans())
def test_a_look_is_bayes_rule_where_the_sensor_takes_its_usual_share(seed, period_ns, whole):
    """Alone all of it, beside others what it took of late; a second plot within half a period is rare."""
    known = Rows(seed)
    rows = known.rng.permutation(known.n)[:8]
    hidden = known.rng.random(8) < 0.3
    detected, missed, survives = known.chances(rows, hidden, period_ns=period_ns, whole=whole)
    r, hits = known.r[rows], known.sensor_hits[rows]
    among_others = (hits > 0).sum(axis=1) > 1
    p = PD * np.where(among_others, np.maximum(known.sensor_share[rows, known.s], 0.1), 1.0)
    p[NOW_NS - known.look_ns[rows, known.s] < period_ns / 2] = PD_AGAIN
    p_miss = np.where((hits[:, known.s] > 0) & ~hidden & whole, p, 0.0)
    assert np.allclose(detected, r * p)
    assert np.allclose(np.exp(missed), 1.0 - r * p_miss)
    assert np.allclose(np.exp(missed) * survives, r * (1.0 - p_miss))


@given(seed=seeds)
def test_a_row_is_fading_where_no_plot_would_end_it(seed):
    """Alone, seen by this sensor only, and not just now: then, and only then, it needs no closer look."""
    known = Rows(seed, n=60)
    cluster = known.rng.choice([-1, -1, 0], known.n)
    out = fading(
        known.s, known.r, known.look_ns, known.sensor_hits, cluster, NOW_NS, PERIOD_NS, PD, LEAST_R
    )  # fmt: skip
    _, _, survives = known.chances(np.arange(known.n), np.zeros(known.n, np.bool_))
    others = np.delete(known.sensor_hits, known.s, axis=1)
    its_own = (known.sensor_hits[:, known.s] > 0) & (others == 0).all(axis=1)
    due = NOW_NS - known.look_ns[:, known.s] >= PERIOD_NS // 2
    assert np.array_equal(out, (cluster < 0) & its_own & due & (survives < LEAST_R))


@given(seed=seeds, patience_ns=st.sampled_from([0, PERIOD_NS // 2, 2 * PERIOD_NS]))
def test_overdue_is_who_was_seen_before_and_not_looked_at_for_longer_than_the_patience(seed, patience_ns):
    known = Rows(seed)
    known.look_ns[0, known.s] = NOW_NS - patience_ns  # not yet
    out = overdue(known.s, known.look_ns, known.sensor_hits, NOW_NS, patience_ns)
    late = NOW_NS - known.look_ns[:, known.s] > patience_ns
    assert np.array_equal(out, np.flatnonzero(late & (known.sensor_hits[:, known.s] > 0)))


@given(seed=seeds, whole=st.booleans())
def test_a_miss_is_noted_once_and_weighs_what_a_whole_look_would_have_said(seed, whole):
    known = Rows(seed)
    due = np.flatnonzero(known.sensor_hits[:, known.s])
    hidden = known.rng.random(len(due)) < 0.4
    r, look_ns, share = known.r.copy(), known.look_ns.copy(), known.sensor_share.copy()
    missed, excused_ns = np.full(known.n, 3), np.full(known.n, 7)
    log_factor = np.zeros(0 if whole else known.n)
    miss(
        due, known.s, hidden, PERIOD_NS, PD, FADE, whole, r, missed, excused_ns, look_ns, known.sensor_hits,
        share, log_factor,
    )  # fmt: skip
    seen, unseen = np.zeros((2, known.n), np.bool_)
    seen[due[~hidden]] = unseen[due[hidden]] = True
    assert np.array_equal(missed, 3 + seen)
    assert np.array_equal(excused_ns, 7 + PERIOD_NS * unseen)
    known.look_ns[seen | unseen, known.s] += PERIOD_NS
    assert np.array_equal(look_ns, known.look_ns)
    if not whole:
        _, log_missed, survives = known.chances(due, hidden, period_ns=0)
        assert np.allclose(log_factor[due], log_missed)
        assert not log_factor[~(seen | unseen)].any()
        known.r[due] = survives
    assert np.allclose(r, known.r, rtol=1e-12)
    known.sensor_share[seen, known.s] *= FADE
    assert np.array_equal(share, known.sensor_share)


@given(seed=seeds, which=st.lists(st.booleans(), min_size=3, max_size=3))
def test_only_is_who_nobody_else_has_seen(seed, which):
    known = Rows(seed)
    out = only(known.sensor_hits, np.array(which))
    for i in range(known.n):
        saw = set(np.flatnonzero(known.sensor_hits[i]).tolist())
        assert out[i] == (any(which) and saw <= set(np.flatnonzero(which).tolist()))


def test_codes_are_those_of_the_picture():
    assert (CONFIRMED, COASTING, ENDED) == (TrackStatus.CONFIRMED, TrackStatus.COASTING, TrackStatus.ENDED)


def told(
    status, hits, missed, silent_ns, excused_ns, sensor_hits, share, exists, standing, stands, pace_ns, mute
):
    """Status and whether they go of rows that had their last plot so long ago."""
    return statuses(
        NOW_NS, status, hits, missed, NOW_NS - silent_ns, excused_ns, sensor_hits, share, exists, standing,
        stands, pace_ns, mute, SETTINGS.confirm_existence, SETTINGS.confirm_hits, SETTINGS.coast_existence,
        SETTINGS.coast_periods, SETTINGS.drop_existence, SETTINGS.drop_periods, SETTINGS.keep_existence,
        IDLE_NS, LONGEST_COAST_NS, LONGEST_HIDDEN_NS,
    )  # fmt: skip


def told_of_one(
    *, status=CONFIRMED, hits=9, missed=0, silent_s=0.1, excused_s=0.0, saw=(3, 0), share=(1.0, 1.0),
    exists=0.99, standing=0.99, pace_s=(1.0, 4.0), mute=(False, False),
):  # fmt: skip
    """The same of one row and two sensors; the first saw it, turns in a second and takes all its chances."""
    out, gone = told(
        np.array([status], np.uint8), np.array([hits]), np.array([missed]), np.array([round(silent_s * S)]),
        np.array([round(excused_s * S)]), np.array([saw]), np.array([share]), np.array([exists]),
        np.array([standing]), np.array([0]), np.array([round(p * S) for p in pace_s]), np.array(mute),
    )  # fmt: skip
    return int(out[0]), bool(gone[0])


@pytest.mark.parametrize(
    ("row", "want"),
    [
        ({"exists": 0.95, "hits": 2}, (CONFIRMED, False)),
        ({"exists": 0.94}, (0, False)),
        ({"hits": 1}, (0, False)),
        ({"silent_s": 2.6}, (COASTING, False)),
        ({"exists": 0.5, "silent_s": 3.5}, (0, False)),
        ({"exists": 0.5, "silent_s": 3.6}, (0, True)),
        ({"exists": 0.5, "silent_s": 3.6, "excused_s": 1.0}, (0, False)),
        ({"exists": 0.5, "silent_s": 3.6, "saw": (0, 1)}, (0, False)),
        ({"exists": 0.0009}, (0, True)),
    ],
)
def test_a_track_is_shown_once_it_is_likely_and_forgotten_when_nothing_comes(row, want):
    assert told_of_one(status=0, **row) == want


@pytest.mark.parametrize(
    ("row", "want"),
    [
        ({"exists": 0.06, "hits": 1}, CONFIRMED),  # once shown it need not be so likely
        ({"exists": 0.04}, ENDED),
        ({"standing": 0.4}, CONFIRMED),
        ({"standing": 0.4, "missed": 1}, COASTING),
        ({"status": COASTING}, CONFIRMED),
        ({"silent_s": 2.5}, CONFIRMED),
        ({"silent_s": 2.6}, COASTING),
        ({"silent_s": 2.6, "excused_s": 2.0}, COASTING),  # it is predicted, whoever is to blame
        ({"silent_s": 8.0}, COASTING),
        ({"silent_s": 8.1}, ENDED),
        ({"silent_s": 8.1, "excused_s": 1.0}, COASTING),
        ({"silent_s": 180.0, "excused_s": 175.0}, COASTING),
        ({"silent_s": 180.1, "excused_s": 175.0}, ENDED),
        ({"silent_s": 60.0, "pace_s": (10.0, 0.0)}, COASTING),
        ({"silent_s": 60.1, "pace_s": (10.0, 0.0)}, ENDED),
    ],
)
def test_a_shown_track_coasts_and_ends(row, want):
    assert told_of_one(**row) == (want, want == ENDED)


@pytest.mark.parametrize(
    ("row", "longest_s"),
    [
        ({}, 1.0),
        ({"saw": (0, 1)}, 4.0),
        ({"saw": (1, 1)}, 1.0),
        ({"saw": (1, 1), "share": (0.5, 0.6)}, 4.0),  # the first takes too few of its chances
        ({"saw": (1, 1), "share": (0.5, 0.4)}, 1.0),  # none is steady
        ({"share": (0.1, 0.1)}, 1.0),
        ({"pace_s": (0.0, 0.0)}, 2.0),
        ({"saw": (0, 0)}, 2.0),
        ({"saw": (1, 1), "mute": (True, False)}, 4.0),  # who is silent does not count beside another
        ({"mute": (True, False)}, 1.0),
        ({"saw": (1, 1), "mute": (True, True)}, 1.0),
    ],
)
def test_the_pace_is_that_of_the_sensors_that_steadily_see_it(row, longest_s):
    assert told_of_one(silent_s=2.5 * longest_s, **row) == (CONFIRMED, False)
    assert told_of_one(silent_s=2.5 * longest_s + 0.01, **row) == (COASTING, False)


def test_nobody_missed_what_only_a_silent_sensor_saw():
    assert told_of_one(silent_s=59.9, mute=(True, False)) == (COASTING, False)
    assert told_of_one(silent_s=60.1, mute=(True, False)) == (ENDED, True)
    assert told_of_one(silent_s=32.1, mute=(True, False), saw=(1, 1)) == (ENDED, True)


@given(seed=seeds, mute=st.lists(st.booleans(), min_size=3, max_size=3))
def test_statuses_are_those_of_plain_masks(seed, mute):
    """Many rows at once, some of which another row stands for."""
    known, mute = Rows(seed, n=40), np.array(mute)
    rng, n, hits, share = known.rng, known.n, known.sensor_hits, known.sensor_share
    pace_ns = rng.choice([0, 1, 2, 5], 3) * S
    saw = hits > 0
    unwatched = (~saw | mute).all(axis=1) & mute.any()
    asked = saw & (~mute | unwatched[:, None])
    steady = saw & asked & (share > 0.5)  # who is silent sets no pace
    setting = np.where(steady.any(axis=1, keepdims=True), steady, saw) & asked & (pace_ns > 0)
    patience = np.where(setting, pace_ns, 10**18).min(axis=1)
    patience[~setting.any(axis=1)] = IDLE_NS
    status = rng.integers(0, 3, n).astype(np.uint8)
    n_hits, missed = rng.integers(1, 4, n), rng.integers(0, 2, n)
    silent_ns = np.round(10.0 ** rng.uniform(-1.0, 2.5, n) * S).astype(np.int64)
    excused_ns = np.where(rng.random(n) < 0.3, silent_ns // 2, 0)
    exists = rng.choice([0.0005, 0.03, 0.4, 0.94, 0.97, 1.0], n)
    standing = exists * rng.choice([0.3, 1.0], n)
    stands = np.where(rng.random(n) < 0.2, 0, np.arange(n))
    out, gone = told(
        status, n_hits, missed, silent_ns, excused_ns, hits, share, exists, standing, stands, pace_ns, mute
    )  # fmt: skip
    counted = silent_ns - excused_ns
    shown = (status > 0) | ((exists >= 0.95) & (n_hits >= 2))
    ended = (
        ((counted > 8.0 * patience) & ~unwatched)
        | (counted > 60 * S)
        | (silent_ns > 180 * S)
        | (exists < 0.05)
    )
    coasts = (silent_ns > 2.5 * patience) | ((standing < 0.5) & (missed > 0))
    want = np.select([~shown, ended, coasts], [0, ENDED, COASTING], CONFIRMED)
    forgotten = ~shown & ((exists < 0.001) | (counted > 3.5 * patience))
    assert np.array_equal(out, want[stands])
    assert np.array_equal(gone, ((shown & ended) | forgotten)[stands])
