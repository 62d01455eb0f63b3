"""Late data: folded in at its own time, names kept, nothing lost, memory and work bounded."""

import dataclasses
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import SITE, T0, best, blank, place, polar, radar, sound, ticks, turns

from vedette.core.claim import Claim
from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.track import arrivals, late, past
from vedette.track.cutting import cut
from vedette.track.heard import Heard, join, nothing
from vedette.track.naming import match
from vedette.track.settings import TrackerSettings
from vedette.track.state import init, with_sensors
from vedette.track.step import step

TARGETS = np.array(
    [
        [3000.0, 2000.0, 100.0, 15.0, 5.0, 0.0],
        [-4000.0, 1000.0, 200.0, 0.0, -30.0, 1.0],
        [5000.0, -3000.0, 300.0, -20.0, 10.0, 0.0],
    ]
)
S = NS_PER_S


def begun(**fields):
    return with_sensors(init(*SITE), [radar(**fields)])


def delay(rows, delays_s):
    """The rows in the order heard when each comes so much later."""
    out = rows.copy()
    out["heard_ns"] = rows["valid_ns"] + np.round(np.asarray(delays_s) * S).astype(np.int64)
    return out[np.argsort(out["heard_ns"], kind="stable")]


def heard_in(rows, seconds, tick_ns=S):
    """(tick end, rows heard in it)."""
    done = 0
    for end_ns in range(T0 + tick_ns, T0 + seconds * S + 1, tick_ns):
        upto = int(np.searchsorted(rows["heard_ns"], end_ns))
        yield end_ns, rows[done:upto]
        done = upto


def run(rows, seconds, state=None, tick_ns=S, spacing=past.SPACING):
    """The state at the end, and all outputs."""
    state = state or late.init(begun(), spacing=spacing)
    outputs = []
    for end_ns, part in heard_in(rows, seconds, tick_ns):
        state, output = late.step(state, part, [], end_ns)
        outputs.append(output)
    return state, outputs


def at(state, time_ns):
    """What the tracker is known to have been then."""
    return next(s.tracker for s in state.past.snapshots if s.end_ns == time_ns)


def test_what_comes_in_order_goes_as_if_there_were_no_memory():
    rows = turns(TARGETS, 8, seed=3)
    plain, remembering = begun(), late.init(begun())
    for end_ns, part in ticks(rows, 8, lambda: S // 50):
        plain, expected = step(plain, part, [], end_ns)
        remembering, output = late.step(remembering, part, [], end_ns)
        assert output.tracked.rows.tobytes() == expected.rows.tobytes()
        np.testing.assert_equal(dataclasses.asdict(output.tracked.hits), dataclasses.asdict(expected.hits))
        assert output.folded == 0
    assert remembering.tracker.tracks.x.tobytes() == plain.tracks.x.tobytes()
    assert remembering.redone is None


@pytest.mark.parametrize("seed", [0, 3, 120, 129])
def test_what_came_late_ends_as_if_it_had_come_in_order(seed):
    rng = np.random.default_rng(seed)
    rows = turns(TARGETS, 25, seed=seed)
    shuffled = delay(rows, np.where(rng.random(len(rows)) < 0.2, rng.uniform(0.6, 29.0, len(rows)), 0.0))
    ordered, _ = run(rows, 24)
    state, outputs = run(shuffled, 55, spacing=0.0)
    then = at(state, T0 + 24 * S)
    mine, expected = best(then), best(ordered.tracker)
    mine = mine.take(np.flatnonzero(mine.status > 0))
    expected = expected.take(np.flatnonzero(expected.status > 0))
    assert len(mine) == len(expected)
    order, other = (np.lexsort(np.round(t.x[:, 1, :2], 0).T) for t in (mine, expected))
    assert np.allclose(mine.x[order][:, 1, :2], expected.x[other][:, 1, :2], atol=2.0)  # a plot has 10 m
    assert np.allclose(mine.x[order][:, 1, 3:5], expected.x[other][:, 1, 3:5], atol=1.0)
    assert np.allclose(mine.r[order], expected.r[other], atol=0.02)
    assert state.tracker.refused == {}
    assert sum(output.folded for output in outputs) > 0.1 * len(rows)
    sound(state.tracker)


def test_a_few_that_came_late_make_no_difference_at_all():
    rows = turns(TARGETS, 20, seed=5, false_per_scan=5.0)
    delays = np.zeros(len(rows))
    delays[len(rows) // 2] = 4.0
    ordered, _ = run(rows, 20)
    state, outputs = run(delay(rows, delays), 20)
    assert sum(output.folded for output in outputs) == 1
    for name in ("x", "P", "mu", "r", "hits", "time_ns", "status", "look_ns"):
        mine, expected = getattr(state.tracker.tracks, name), getattr(ordered.tracker.tracks, name)
        assert mine.tobytes() == expected.tobytes(), name
    assert state.tracker.backgrounds == ordered.tracker.backgrounds


def test_who_is_shown_keeps_the_name():
    rng = np.random.default_rng(8)
    rows = turns(TARGETS, 40, seed=8, false_per_scan=5.0)
    shuffled = delay(rows, np.where(rng.random(len(rows)) < 0.3, rng.uniform(0.6, 25.0, len(rows)), 0.0))
    _, outputs = run(shuffled, 40)
    assert sum(output.folded for output in outputs) > 40
    held = {}
    for k, output in enumerate(outputs[10:]):
        shown = output.tracked.rows
        ids = shown["track_id"].tolist()
        assert len(ids) == len(set(ids))
        for target in TARGETS:
            there = target[:2] + target[3:5] * (k + 11)
            enu = output.tracked.mean[shown["status"] != TrackStatus.ENDED, :2]
            near = np.linalg.norm(enu - there, axis=1)
            held.setdefault(tuple(target), []).append(int(shown["track_id"][int(near.argmin())]))
    assert all(len(set(ids)) == 1 for ids in held.values()), held


def turning(second):
    """A target that flies east, turns to the north from second 10 to 16, and flies on."""
    t = min(second, 10.0)
    east, north = 100.0 * t, 2000.0
    turn = np.clip(second - 10.0, 0.0, 6.0) * np.pi / 12.0
    radius = 100.0 * 12.0 / np.pi
    east, north = east + radius * np.sin(turn), north + radius * (1.0 - np.cos(turn))
    return east, north + 100.0 * max(second - 16.0, 0.0)


FAR = (-4000.0, -3000.0)


def through_the_turn(others):
    """What is shown of it second by second when the plots of the turn come in second 18.

    others  other targets (east, north) that are there all the time; with none the radar seems to be silent
            while nothing comes, and no track is missed
    """
    at = [(turning(k + 0.25), *others) for k in range(24)]
    rows = np.concatenate([polar(T0 + k * S + S // 4, *place, 300.0) for k in range(24) for place in at[k]])
    k, which = np.divmod(np.arange(len(rows)), 1 + len(others))
    late_rows = delay(rows, np.where((k >= 10) & (k < 16) & (which == 0), 18.0 - k, 0.0))
    tracker = with_sensors(init(*SITE, TrackerSettings(drop_periods=14.0)), [radar()])
    _, outputs = run(late_rows, 24, late.init(tracker))
    assert outputs[18].folded == 6
    theirs = set(range(2, 2 + len(others)))
    out = []
    for output in outputs:
        shown = zip(*(output.tracked.rows[c].tolist() for c in ("track_id", "status")), strict=True)
        out.append([(track, status) for track, status in shown if track not in theirs])
    return out


def test_a_track_that_never_was_ends_and_the_first_keeps_its_name():
    shown = through_the_turn([])
    assert shown[17] == [(1, TrackStatus.COASTING), (2, TrackStatus.CONFIRMED)]
    assert shown[18] == [(1, TrackStatus.CONFIRMED), (2, TrackStatus.ENDED)]
    assert all(rows == [(1, TrackStatus.CONFIRMED)] for rows in shown[19:])


def test_a_name_that_is_shown_does_not_give_way_to_one_that_has_ended():
    shown = through_the_turn([(-4000.0, -3000.0)])
    assert any((1, TrackStatus.ENDED) in rows for rows in shown[:18])
    assert all(rows == [(3, TrackStatus.CONFIRMED)] for rows in shown[18:])


def test_what_is_too_old_is_counted_and_not_used():
    state, _ = run(turns(TARGETS, 5, seed=1), 5)
    old = polar(T0 + 4 * S, 500.0, 700.0, 80.0)
    for tick_ns, reason in ((T0 + 34 * S, {}), (T0 + 34 * S + 1, {"late": 1})):
        after, output = late.step(state, old, [], tick_ns)
        assert after.tracker.refused == reason
        assert output.folded == (not reason)


def test_an_hour_backwards_is_refused_and_the_clock_stands():
    state, _ = run(turns(TARGETS, 8, seed=2), 8)
    back = polar(T0 - 3600 * S, 500.0, 700.0, 80.0)
    after, _ = late.step(state, back, [], T0 - 3600 * S)
    assert after.tracker.refused == {"late": 1}
    assert after.tick_ns == state.tick_ns
    assert after.tracker.tracks.x.tobytes() == state.tracker.tracks.x.tobytes()
    sound(after.tracker)
    later, output = late.step(after, polar(T0 + 8 * S + 1, 500.0, 700.0, 80.0), [], T0 + 9 * S)
    assert len(output.tracked.rows) == 3
    assert later.tracker.refused == {"late": 1}


def saved_and_loaded(state):
    return pickle.loads(pickle.dumps(state))  # noqa: S301 (our own bytes)


def flat(value):
    """All that a state holds, as plain values."""
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if dataclasses.is_dataclass(value):
        return [(f.name, flat(getattr(value, f.name))) for f in dataclasses.fields(value)]
    if isinstance(value, dict):
        return [(k, flat(v)) for k, v in value.items()]
    return [flat(v) for v in value] if isinstance(value, tuple) else value


def test_the_same_input_gives_the_same_bytes_also_from_a_saved_state():
    rng = np.random.default_rng(4)
    rows = turns(TARGETS, 20, seed=4)
    shuffled = delay(rows, np.where(rng.random(len(rows)) < 0.3, rng.uniform(0.6, 15.0, len(rows)), 0.0))

    def watched(saved):
        state, out = late.init(begun()), []
        for k, (end_ns, part) in enumerate(heard_in(shuffled, 20, S // 10)):
            if saved and k % 37 == 36:
                state = saved_and_loaded(state)
            before = flat(state) if k in (99, 150) else None
            after, output = late.step(state, part.copy(), [], end_ns)
            assert before is None or flat(state) == before, "what was passed in is not touched"
            state = after
            out.append((output.tracked.rows.tobytes(), output.rows.tobytes(), repr(output.tracked.hits)))
        return out, flat(state)

    first = watched(saved=False)
    assert first == watched(saved=False)
    assert first == watched(saved=True)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=4)
def test_every_row_is_used_or_counted(seed):
    rng = np.random.default_rng(seed)
    rows = turns(TARGETS, 15, seed=seed)
    delays = np.where(rng.random(len(rows)) < 0.5, rng.uniform(0.0, 60.0, len(rows)), 0.0)
    state, outputs = run(delay(rows, delays), 80)
    waiting = [span for span in state.past.spans if len(span.fresh)]
    assert waiting == []
    told = sum(output.folded for output in outputs)
    refused = sum(state.tracker.refused.values())
    ages_s = np.ceil((delays * S + rows["valid_ns"] - T0) / S) - (rows["valid_ns"] - T0) / S
    assert refused == int((ages_s > 30.0).sum())
    assert told + refused <= len(rows)
    assert told + refused >= int((ages_s > 3.0).sum())


def test_a_flood_of_late_rows_is_bounded_and_counted(monkeypatch):
    monkeypatch.setattr(past, "_MOST_ROWS", 3000)
    monkeypatch.setattr(past, "_WORTH", 10)
    rng = np.random.default_rng(1)
    state = late.init(begun())
    sent = told = 0
    for k in range(1, 61):
        tick_ns = T0 + k * S
        rows = [polar(tick_ns - S // 2, 1000.0, 20.0 * k, 100.0)]
        if 20 < k <= 40:
            many = polar(np.zeros(300, np.int64), *rng.uniform(-15e3, 15e3, (2, 300)), 300.0)
            many["valid_ns"] = tick_ns - rng.integers(2 * S, 20 * S, 300)
            many["heard_ns"] = tick_ns - 1
            rows.append(many)
            sent += 300
        before = state.redone.at_ns if state.redone else None
        state, output = late.step(state, np.concatenate(rows), [], tick_ns)
        told += output.folded
        assert sum(len(span.heard) for span in state.past.spans) <= 3000 + 301
        assert len(state.past.snapshots) <= 20
        assert len(state.past.spans) <= 60
        if before and state.redone:
            assert state.redone.at_ns - before <= 8 * S, "so much of the past in a second and no more"
    waiting = sum(len(span.fresh) for span in state.past.spans)
    waiting += sum(len(part) for part in state.redone.told) if state.redone else 0
    assert told + waiting + sum(state.tracker.refused.values()) == sent
    assert state.tracker.refused.get("shed", 0) + state.tracker.refused.get("late", 0) > 0
    assert told > 0
    sound(state.tracker)


def test_states_of_the_past_are_few_and_close_enough():
    state, _ = run(turns(TARGETS[:1], 60, seed=1, false_per_scan=0.0), 60)
    ages_s = [(T0 + 60 * S - s.end_ns) / S for s in state.past.snapshots]
    assert len(ages_s) <= 16
    assert ages_s[-1] == 0.0
    assert 32.0 <= ages_s[0] < 64.0, "one is older than the oldest row that is taken"
    assert state.past.spans[0].end_ns - S == state.past.snapshots[0].end_ns


def test_late_claims_are_told_with_their_rows():
    sensor = radar(1, scan="self_report", modality="adsb", period_s=None, lat_deg=None, lon_deg=None)
    state = late.init(with_sensors(init(*SITE), [radar(), sensor]))
    told = []
    for k in range(12):
        tick_ns = T0 + (k + 1) * S
        row = polar(tick_ns - S // 2, 2000.0 + 30.0 * k, 1000.0, 300.0)
        if k not in (4, 9):
            own = place(tick_ns - S // 2, 2000.0 + 30.0 * k, 1000.0, 300.0, sensor=1, flags=1)
            row = np.concatenate([row, own])
        if k == 9:  # what the target said in second 4 comes now
            own = place(tick_ns - 5 * S - S // 2, 2120.0, 1000.0, 300.0, sensor=1, claim=1, flags=1)
            row = np.concatenate([row, own])
        state, output = late.step(state, row, [Claim("icao24", "44A8B2")] if k == 9 else [], tick_ns)
        hits = output.tracked.hits
        for track_id, j in zip(hits.track_id, hits.row, strict=True):
            if output.rows["claim"][j]:
                told.append((k, track_id, output.claims[output.rows["claim"][j] - 1].ident))
    assert told == [(9, 1, "44A8B2")]
    assert (best(state.tracker).label[0] != 0).any()


def test_a_plot_that_may_still_come_was_not_missed():
    rng = np.random.default_rng(3)
    rows = turns(TARGETS, 40, seed=3, pd=1.0, false_per_scan=3.0)
    chosen = rng.random(len(rows)) < 0.4
    shuffled = delay(rows, np.where(chosen, rng.uniform(5.0, 20.0, len(rows)), 0.0))
    state, _ = run(shuffled, 40)
    share = arrivals.heard_share(state.learnt, 0)[0]
    assert share == pytest.approx(0.6, abs=0.1)
    assert arrivals.heard_share(state.learnt, 25 * S) == {}


@pytest.mark.parametrize("always_s", [0.0, 0.3, 1.7])
def test_a_sensor_that_is_always_late_is_on_time(always_s):
    rows = turns(TARGETS, 12, seed=6)
    state, outputs = run(delay(rows, np.full(len(rows), always_s)), 12)
    assert sum(output.folded for output in outputs) == 0
    assert state.learnt.usual_ns[0] == pytest.approx(always_s * S, abs=1)
    assert (outputs[-1].tracked.rows["status"] != TrackStatus.ENDED).sum() == 3


def test_what_was_held_up_is_put_where_it_belongs():
    """A sensor is cut off for eight seconds and then sends all at once."""
    rows = turns(TARGETS, 25, seed=7)
    t_s = (rows["valid_ns"] - T0) / S
    held = (t_s >= 8.0) & (t_s < 16.0)
    state, outputs = run(delay(rows, np.where(held, 16.0 - t_s, 0.0)), 25)
    _, expected = run(rows, 25)
    assert sum(output.folded for output in outputs) > 15
    mine, other = outputs[-1].tracked.rows, expected[-1].tracked.rows
    assert mine["track_id"].tolist() == other["track_id"].tolist()
    assert np.allclose(mine["lat_deg"], other["lat_deg"], atol=1e-6)
    sound(state.tracker)


def test_looks_are_cut_where_a_target_could_come_twice():
    staring = with_sensors(init(*SITE), [radar(0, scan="staring", period_s=0.1)]).sensors
    scans = np.concatenate(
        [polar(T0 + k * S // 10 + 3 * (k % 3), [1e3, 2e3], [1e3, 2e3], 90.0) for k in range(10)]
    )
    looks = cut(scans, (), np.arange(20), staring)
    assert [index.tolist() for _, index in looks] == [[2 * k, 2 * k + 1] for k in range(10)]
    turning_radar = with_sensors(init(*SITE), [radar(0, period_s=4.0)]).sensors
    turn = polar(T0 + np.arange(40) * S // 10, np.arange(40) * 100.0 + 50.0, 900.0, 90.0)
    assert len(cut(turn, (), np.arange(40), turning_radar)) == 1
    two = np.concatenate([turn, turn])
    two["valid_ns"][40:] += 4 * S
    assert [len(i) for _, i in cut(two, (), np.arange(80), turning_radar)] == [40, 40]
    event = with_sensors(init(*SITE), [radar(0, scan="event", period_s=None)]).sensors
    named = scans[:4].copy()
    named["claim"] = [1, 2, 1, 2]
    claims = (Claim("icao24", "44A8B2"), Claim("icao24", "44A8B3"))
    assert [i.tolist() for _, i in cut(named, claims, np.arange(4), event)] == [[0, 1], [2, 3]]


def test_claims_go_with_their_rows_when_rows_are_joined():
    rows = blank(3)
    rows["claim"] = [2, 0, 1]
    claims = tuple(Claim("icao24", f"44A8B{k}") for k in range(2))
    first = Heard(rows, claims, np.arange(3))
    both = join([first.take(np.array([0, 1])), nothing(), first.take(np.array([2]))])
    assert both.number.tolist() == [0, 1, 2]
    said = [both.claims[c - 1].ident if c else None for c in both.rows["claim"].tolist()]
    assert said == ["44A8B1", None, "44A8B0"]
    assert rows["claim"].tolist() == [2, 0, 1]
    assert len(join([])) == 0


def test_names_follow_the_plots():
    state, _ = run(turns(TARGETS, 6, seed=9, pd=1.0, false_per_scan=0.0), 6)
    live = state.tracker.tracks
    again = live.copy()
    again.track_id = (again.track_id + past.NAMELESS).astype(np.uint32)
    names, free = match([(live, again)], again, past.NAMELESS, 77)
    assert names.of(again.track_id).tolist() == live.track_id.tolist()
    assert free == 77
    assert names.of(np.array([5], np.uint32)).tolist() == [5]
    strangers = again.copy()
    strangers.recent[:] += np.uint64(10_000)  # nothing shared: by place
    names, free = match([(live, strangers)], strangers, past.NAMELESS, 77)
    assert names.of(strangers.track_id).tolist() == live.track_id.tolist()
    strangers.x[..., 0] += 5000.0
    names, free = match([(live, strangers)], strangers, past.NAMELESS, 77)
    assert sorted(names.of(strangers.track_id).tolist()) == [77, 78, 79]
    assert free == 80
