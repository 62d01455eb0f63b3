"""The tracker as a pure function: purity, determinism, refusals, and input that would poison it."""

import copy
import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import SITE, T0, best, blank, place, polar, radar, sound, ticks, turns

from vedette.core.claim import Claim
from vedette.core.observation import OBSERVATION
from vedette.core.picture import TRACK, UNKNOWN_CLASS, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.track.state import CLASS_PRIOR, init, with_sensors
from vedette.track.step import step

TARGETS = np.array([[3000.0, 2000.0, 100.0, 15.0, 5.0, 0.0], [-4000.0, 1000.0, 200.0, 0.0, -30.0, 1.0]])
ADSB = radar(1, modality="adsb", scan="self_report", lat_deg=None, lon_deg=None, alt_m=None, period_s=None)
FLOATS = [n for n in OBSERVATION.names if OBSERVATION[n].base.kind == "f" and n != "class_likelihood"]


def same(a, b):
    """Two states are equal to the last bit."""
    for f in dataclasses.fields(a.tracks):
        mine, other = getattr(a.tracks, f.name), getattr(b.tracks, f.name)
        assert mine.dtype == other.dtype
        assert mine.tobytes() == other.tobytes(), f.name
    for f in dataclasses.fields(a.clusters):
        mine, other = getattr(a.clusters, f.name), getattr(b.clusters, f.name)
        assert mine.tobytes() == other.tobytes(), f.name
    for name in (
        "settings",
        "next_id",
        "next_plot",
        "second",
        "looked_ns",
        "backgrounds",
        "conducts",
        "came",
        "refused",
    ):
        assert getattr(a, name) == getattr(b, name), name
    assert list(a.sensors) == list(b.sensors)


def begun(n=6):
    """A state with one confirmed target and one of ADS-B."""
    state = with_sensors(init(*SITE), [radar(), ADSB])
    for k in range(n):
        now = T0 + k * NS_PER_S
        rows = np.concatenate(
            [polar(now, 2000.0, 1000.0, 50.0), place(now, -3000.0, 0.0, 900.0, sensor=1, claim=1, flags=1)]
        )
        state, _ = step(state, rows, [Claim("icao24", "44A8B2")], now + 1)
    return state


def test_the_state_and_the_rows_passed_in_are_not_touched():
    state = with_sensors(init(*SITE), [radar(), ADSB])
    rows = turns(TARGETS, 8, seed=1)
    for tick_ns, part in ticks(rows, 8, lambda: NS_PER_S // 7):
        part = part.copy()
        before, given_rows = copy.deepcopy(state), part.copy()
        after, output = step(state, part, [], tick_ns)
        same(state, before)
        assert part.tobytes() == given_rows.tobytes()
        # What was handed out is not part of the new state either.
        kept = copy.deepcopy(after)
        output.rows["lat_deg"] = -1.0
        output.class_p[:] = -1.0
        output.plots[:] = -1
        same(after, kept)
        state = after


def test_a_step_from_a_kept_state_is_the_same_step():
    state = with_sensors(init(*SITE), [radar()])
    rows = turns(TARGETS, 6, seed=2)
    pairs = list(ticks(rows, 6, lambda: NS_PER_S // 10))
    for tick_ns, part in pairs[:30]:
        state, _ = step(state, part, [], tick_ns)
    kept = copy.deepcopy(state)
    first = step(state, pairs[30][1], [], pairs[30][0])
    step(first[0], pairs[31][1], [], pairs[31][0])
    second = step(kept, pairs[30][1], [], pairs[30][0])
    same(first[0], second[0])
    assert first[1].rows.tobytes() == second[1].rows.tobytes()


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=5)
def test_the_same_input_gives_the_same_bytes(seed):
    rng = np.random.default_rng(seed)
    cuts = [int(c) for c in rng.integers(10_000_000, 900_000_000, 1000)]
    rows = turns(TARGETS, 6, seed=seed)

    def whole():
        out, state, lengths = [], with_sensors(init(*SITE), [radar()]), iter(cuts)
        for tick_ns, part in ticks(rows, 6, lambda: next(lengths)):
            state, output = step(state, part, [], tick_ns)
            out.append(output.rows.tobytes() + output.class_p.tobytes() + output.plots.tobytes())
        return state, out

    first, second = whole(), whole()
    same(first[0], second[0])
    assert first[1] == second[1]


def test_an_empty_tick_of_an_empty_sector():
    state, output = step(init(*SITE), blank(0), [], T0)
    assert output.whole
    assert output.rows.dtype == TRACK
    assert len(output.rows) == 0
    state, output = step(state, blank(0), [], T0 + 1)
    assert not output.whole
    assert len(best(state)) == 0


def test_reported_rows_are_whole_and_known_to_be_judged_later():
    state = begun()
    _, output = step(state, blank(0), [], T0 + 7 * NS_PER_S)
    assert output.whole
    assert len(output.rows) == 2
    assert (output.rows["class_index"] == UNKNOWN_CLASS).all()
    assert (output.rows["status"] == TrackStatus.CONFIRMED).all()
    assert (output.rows["time_ns"] == T0 + 7 * NS_PER_S).all()
    assert len(output.class_p) == len(output.plots) == 2
    for name in ("lat_deg", "lon_deg", "sd_major_m", "sd_minor_m", "existence", "v_east_mps"):
        assert np.isfinite(output.rows[name]).all()
    assert (output.rows["sd_major_m"] >= output.rows["sd_minor_m"]).all()


REFUSALS = [
    ("late", {"valid_ns": T0 + 3 * NS_PER_S}),
    ("late", {"valid_ns": 0}),
    ("late", {"valid_ns": -(2**63)}),
    ("future", {"valid_ns": T0 + 20 * NS_PER_S}),
    ("future", {"valid_ns": 2**63 - 1}),
    ("unknown-sensor", {"sensor": 7}),
    ("unknown-sensor", {"sensor": 2**32 - 1}),
    ("unplaced-sensor", {"sensor": 2}),
]


@pytest.mark.parametrize(("reason", "columns"), REFUSALS)
def test_what_cannot_be_used_is_counted_and_changes_nothing(reason, columns):
    state = with_sensors(begun(), [radar(2, lat_deg=None, lon_deg=None, alt_m=None)])
    tick_ns = T0 + 10 * NS_PER_S
    row = polar(tick_ns - 1000, 500.0, 700.0, 80.0)
    for name, value in columns.items():
        row[name] = value
    with_it, output = step(state, np.concatenate([row, row]), [], tick_ns)
    without, expected = step(state, blank(0), [], tick_ns)
    assert with_it.refused == {reason: 2}
    assert output.rows.tobytes() == expected.rows.tobytes()
    assert with_it.tracks.x.tobytes() == without.tracks.x.tobytes()
    sound(with_it)
    again, _ = step(with_it, row, [], tick_ns)
    assert again.refused == {reason: 3}
    assert with_it.refused == {reason: 2}, "the state before is a value"


def test_a_position_from_a_sensor_without_a_place_is_used():
    state = with_sensors(init(*SITE), [radar(0, lat_deg=None, lon_deg=None, alt_m=None)])
    state, _ = step(state, place(T0, 1000.0, 1000.0, 100.0), [], T0 + 1)
    assert len(best(state)) == 1
    assert state.refused == {}


def test_a_row_that_says_nothing_is_nothing():
    state, _ = step(begun(), blank(0), [], T0 + 6 * NS_PER_S)
    row = blank(1)
    row["valid_ns"] = T0 + 6 * NS_PER_S
    after, _ = step(state, row, [], T0 + 6 * NS_PER_S + 1)
    assert after.tracks.x.tobytes() == state.tracks.x.tobytes()
    assert len(after.tracks) == len(state.tracks)


ODD = [math.nan, math.inf, -math.inf, 0.0, -5.0, 1e200, -1e200, 1e308, 1e-200, 1e30]


@pytest.mark.parametrize("name", FLOATS)
@pytest.mark.parametrize("kind", ["polar", "place"])
def test_odd_numbers_never_poison_the_state(kind, name):
    """In a first plot, beside a good one and alone: all that is kept stays finite, and the track too."""
    with np.errstate(over="ignore"):  # the narrower columns take 1e200 as infinite
        values = ODD if OBSERVATION[name].base.itemsize == 8 else [float(np.float32(v)) for v in ODD]
    for value in values:
        state = with_sensors(init(*SITE), [radar(), ADSB])
        for k in range(7):
            now = T0 + k * NS_PER_S
            good = (
                polar(now, 2000.0, 1000.0, 50.0) if kind == "polar" else place(now, 2000.0, 1000.0, 50.0, 1)
            )
            bad = good.copy()
            if k == 0:  # a birth of its own, elsewhere
                bad = (
                    polar(now, -6000.0, 500.0, 80.0) if kind == "polar" else place(now, -6e3, 500.0, 80.0, 1)
                )
            bad[name] = value
            rows = bad if k == 2 else np.concatenate([good, bad]) if k in (0, 3, 4) else good
            state, output = step(state, rows, [], now + 1)
            sound(state)
            for column in ("lat_deg", "lon_deg", "v_east_mps", "sd_major_m"):
                assert np.isfinite(output.rows[column]).all()
        shown = best(state)
        away = np.hypot(shown.x[:, 1, 0] - 2000.0, shown.x[:, 1, 1] - 1000.0)
        assert (away[shown.status == TrackStatus.CONFIRMED] < 60.0).any()


@given(data=st.data())
@settings(max_examples=60)
def test_no_mixture_of_odd_numbers_poisons_the_state(data):
    state = begun(3)
    some = st.one_of(st.sampled_from(ODD), st.floats(-1e4, 1e4))
    for k in range(3, 6):
        now = T0 + k * NS_PER_S
        rows = np.concatenate([polar(now, 2000.0, 1000.0, 50.0) for _ in range(3)])
        for j in range(3):
            for name in data.draw(st.lists(st.sampled_from(FLOATS), max_size=6, unique=True)):
                with np.errstate(over="ignore"):
                    rows[name][j] = data.draw(some)
        rows["sensor"] = data.draw(st.sampled_from([0, 1]))
        state, _ = step(state, rows, [], now + 1)
        sound(state)


@pytest.mark.parametrize(
    "likelihood",
    [[0.0] * 10, [math.nan, *[0.1] * 9], [*[0.1] * 9, math.nan], [-1.0] * 10, [math.inf] * 10, [3e38] * 10,
     [1e-45] * 10, [1.0, *[0.0] * 9], [-1.0, *[1.0] * 9]],
)  # fmt: skip
def test_odd_class_likelihoods_never_poison_the_state(likelihood):
    state = with_sensors(init(*SITE), [radar()])
    for k in range(6):
        rows = polar(T0 + k * NS_PER_S, 2000.0, 1000.0, 50.0)
        if k == 0:
            rows = np.concatenate([rows, polar(T0, -6000.0, 0.0, 60.0)])
            rows["class_likelihood"][1] = likelihood
        elif k in (2, 3):
            rows["class_likelihood"][0] = likelihood
        state, _ = step(state, rows, [], T0 + k * NS_PER_S + 1)
        sound(state)
    assert (state.tracks.status == TrackStatus.CONFIRMED).any()


@pytest.mark.parametrize("others", [0, 1])
def test_a_sensor_that_speaks_twice_as_often_does_not_say_twice_as_much(others):
    """Nor does a sensor that says nothing of class take anything from its word."""
    word = np.full(10, 0.1)
    word[0] = 0.2
    found = []
    for a_second in (1, 2, 4):
        state = with_sensors(init(*SITE), [radar(), radar(1)])
        for k in range(20 * a_second):
            now_ns = T0 + k * NS_PER_S // a_second
            rows = polar(now_ns, 2000.0, 1000.0, 50.0)
            rows["class_likelihood"][0] = word
            if others:
                rows = np.concatenate([rows, polar(now_ns + 1000, 2000.0, 1000.0, 50.0, sensor=1)])
            state, _ = step(state, rows, [], now_ns + 2000)
        p = best(state).class_p[0]
        found.append(math.log(p[0] / p[1]) - math.log(CLASS_PRIOR[0] / CLASS_PRIOR[1]))
    word_says = math.log(2.0)
    assert found == pytest.approx([found[0]] * 3, rel=0.12)
    assert word_says < found[0] < 4.0 * word_says, "in 20 s it is heard anew some twice"


def test_time_that_stands_still_or_goes_back_is_sound():
    state = begun()
    for tick_ns in (T0 + 6 * NS_PER_S, T0 + 6 * NS_PER_S, T0 + 5 * NS_PER_S, T0):
        state, _ = step(state, polar(tick_ns - 5, 2000.0, 1000.0, 50.0), [], tick_ns)
        sound(state)
    assert len(best(state)) == 2


def test_a_day_of_silence_ends_what_was_shown_and_keeps_nothing():
    state = begun()
    state, output = step(state, blank(0), [], T0 + 86_400 * NS_PER_S)
    assert (output.rows["status"] == TrackStatus.ENDED).all()
    assert len(output.rows) == 2
    assert len(best(state)) == 0
    assert np.isfinite(output.rows["lat_deg"]).all()
    state, output = step(
        state, polar(T0 + 86_401 * NS_PER_S, 2000.0, 1000.0, 50.0), [], T0 + 86_401 * NS_PER_S + 1
    )
    assert best(state).track_id.tolist() == [3]


def test_a_sensor_that_comes_later_and_moves_is_known_anew():
    state = begun()
    late = radar(5, lat_deg=SITE[0] + 0.05)
    state = with_sensors(state, [late])
    row = polar(T0 + 6 * NS_PER_S, 2000.0, 1000.0 - 5563.0, 50.0, sensor=5)  # 0.05 deg further north
    state, output = step(state, row, [], T0 + 6 * NS_PER_S + 1)
    assert output.hits.track_id.tolist() == [1]
    assert state.tracks.sensor_hits.shape[1] == 6
    assert int(best(state).sensor_hits[0, 5]) == 1
    sound(state)


@pytest.mark.parametrize("n", [500])
def test_many_plots_at_once_at_one_place_are_sound(n):
    """A stuck sensor: the same plot over and over in one tick."""
    state = begun()
    rows = np.concatenate([polar(T0 + 6 * NS_PER_S, 2000.0, 1000.0, 50.0)] * n)
    before = best(state).r[0]
    state, _ = step(state, rows, [], T0 + 6 * NS_PER_S + 1)
    sound(state)
    assert best(state).r[0] >= 0.99 * before
    for k in range(7, 20):
        state, _ = step(state, polar(T0 + k * NS_PER_S, 2000.0, 1000.0, 50.0), [], T0 + k * NS_PER_S + 1)
        sound(state)
    assert len(best(state)) < 5


def test_a_whole_look_far_from_every_track_may_tell_a_class():
    """No pair at all in a look that counts misses, and its plot says what it saw."""
    state = with_sensors(init(*SITE), [radar()])
    for k in range(6):
        now = T0 + 4 * k * NS_PER_S
        both = np.concatenate([polar(now, 2000.0, 1000.0, 50.0), polar(now, -3000.0, 500.0, 50.0)])
        state, _ = step(state, both, [], now + 1)
    far = polar(T0 + 24 * NS_PER_S, -9000.0, -9000.0, 50.0)
    far["class_likelihood"] = 0.1
    far["class_likelihood"][0, 0] = 0.9
    after, output = step(state, far, [], T0 + 24 * NS_PER_S + 1)
    assert after.refused == state.refused
    assert output.hits.row == [0]
