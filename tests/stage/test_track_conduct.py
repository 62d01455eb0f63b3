"""Sensors that fall silent, babble or repeat themselves: noticed, not believed, and believed again after."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import SITE, T0, best, blank, place, polar, radar, sound, ticks, turns

from vedette.core.units import NS_PER_S
from vedette.track.saved import load, save
from vedette.track.state import init, with_sensors
from vedette.track.step import step

FROM, UNTIL, END = 20, 25, 40  # turns of the fault, and of the scene
ADSB = radar(1, modality="adsb", scan="self_report", lat_deg=None, lon_deg=None, alt_m=None, period_s=None)


def targets(n=12):
    rng = np.random.default_rng(5)
    out = np.zeros((n, 6))
    out[:, :2], out[:, 2], out[:, 3:5] = rng.uniform(-12e3, 12e3, (n, 2)), 400.0, rng.uniform(-40, 40, (n, 2))
    return out


def turn_of(rows):
    return (rows["valid_ns"] - T0) // NS_PER_S


def false_plots(kind, rng):
    """What a radar in this kind of trouble adds to its own plots, from turn FROM up to UNTIL."""
    parts = []
    for turn in range(FROM, UNTIL):
        n = 300 if kind == "flood" else 60
        azimuth, away = rng.uniform(0.0, 360.0, n), rng.uniform(500.0, 20e3, n)
        if kind != "flood":
            azimuth = rng.uniform(131.0, 134.0, n)
        if kind == "place":
            away = rng.uniform(8200.0, 8600.0, n)
        elevation = rng.uniform(0.0, 6.0, n)
        at_s = azimuth / 360.0
        if kind == "stuck":
            azimuth[:], away[:], elevation[:], at_s = 131.0, 8000.0, 2.0, np.arange(n) / n
        rows = polar(T0, np.ones(n), np.ones(n), np.ones(n))
        rows["range_m"], rows["azimuth_deg"], rows["elevation_deg"] = away, azimuth, elevation
        rows["valid_ns"] = rows["heard_ns"] = T0 + ((turn + at_s) * NS_PER_S).astype(np.int64)
        parts.append(rows)
    return np.concatenate(parts)


def replayed(rows):
    """Turn FROM - 1 again and again, up to UNTIL."""
    turn = turn_of(rows)
    parts = [rows[(turn < FROM) | (turn >= UNTIL)]]
    for k in range(FROM, UNTIL):
        again = rows[turn == FROM - 1].copy()
        again["valid_ns"] += (k - FROM + 1) * NS_PER_S
        again["heard_ns"] = again["valid_ns"]
        parts.append(again)
    return np.concatenate(parts)


def scene(kind, seed):
    rows = turns(targets(), END, seed, false_per_scan=5.0)
    if kind == "silent":
        turn = turn_of(rows)
        rows = rows[(turn < FROM) | (turn >= UNTIL + 8)]
    elif kind == "replay":
        rows = replayed(rows)
    elif kind != "none":
        rows = np.concatenate((rows, false_plots(kind, np.random.default_rng(seed))))
    return rows[np.argsort(rows["valid_ns"], kind="stable")]


def played(kind, seed, parts):
    """(notices with the time of each, ids shown from the fault on, state at the end)."""
    state = with_sensors(init(*SITE), [radar()])
    notices, ids = [], set()
    for tick_ns, rows in ticks(scene(kind, seed), END, lambda: NS_PER_S // parts):
        state, output = step(state, rows, [], tick_ns)
        notices += [((tick_ns - T0) / NS_PER_S, notice) for notice in output.notices]
        if tick_ns > T0 + FROM * NS_PER_S:
            ids |= set(output.rows["track_id"].tolist())
    sound(state)
    return notices, ids, state


@given(seed=st.integers(0, 2**32 - 1), parts=st.sampled_from([1, 3, 8]))
@settings(max_examples=8)
def test_a_sensor_that_behaves_is_believed(seed, parts):
    notices, _, state = played("none", seed, parts)
    assert notices == []
    assert state.conducts[0].condition == "ok"


@pytest.mark.parametrize("parts", [1, 8])
@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("flood", "plots in all, usually"),
        ("strobe", "plots from azimuth 130 to 135 deg, usually"),
        ("place", "plots from azimuth 130 to 135 deg, 8.1 to 8.8 km, usually"),
        ("stuck", "plots that were told before"),
    ],
)
def test_babble_is_noticed_begins_nothing_and_ends(kind, why, parts):
    notices, ids, state = played(kind, 3, parts)
    (at_s, first), (end_s, last) = notices
    assert (first.sensor, first.condition, last.condition) == (0, "babbling", "ok")
    assert FROM < at_s <= FROM + 1.2
    assert abs((first.since_ns - T0) / NS_PER_S - at_s) < 1.1
    assert UNTIL < end_s < UNTIL + 4
    assert why in first.why
    assert len(ids) <= len(targets()) + 3
    assert len(best(state).track_id[best(state).status == 1]) >= len(targets()) - 1


def test_without_a_doubt_babble_would_have_begun_tracks(monkeypatch):
    monkeypatch.setattr("vedette.track.conduct.heed", lambda known, *_, **__: (known, None))
    monkeypatch.setattr("vedette.track.conduct.watch", lambda known, *_: known)
    assert len(played("place", 3, 8)[1]) > len(targets()) + 15


@pytest.mark.parametrize(
    ("kind", "why"), [("silent", "no plots, usually 1"), ("replay", "the same plots again")]
)
def test_silence_is_noticed_and_says_nothing_against_tracks(kind, why):
    notices, ids, state = played(kind, 4, 8)
    (at_s, first), (end_s, last) = notices
    assert (first.condition, last.condition) == ("silent", "ok")
    assert why in first.why
    assert FROM < at_s < FROM + 4
    assert (first.since_ns - T0) / NS_PER_S == pytest.approx(FROM, abs=1.1)
    until = UNTIL + 8 if kind == "silent" else UNTIL
    assert until < end_s < until + 1.2
    assert len(ids) <= len(targets()) + 3, "those from before went on"
    assert (best(state).status == 1).sum() >= len(targets()) - 1


def test_a_track_that_others_see_goes_by_their_pace():
    """Seen by a radar that falls silent and by ADS-B every three seconds: it does not coast."""
    state = with_sensors(init(*SITE), [radar(), ADSB])
    for k in range(30):
        now = T0 + k * NS_PER_S
        rows = [turns(targets(), 1, k)] if k < 12 else []
        for part in rows:
            part["valid_ns"] += k * NS_PER_S
            part["heard_ns"] = part["valid_ns"]
        if k % 3 == 0:
            rows.append(place(now, 30.0 * k, 2000.0, 400.0, sensor=1))
        if k < 12:
            rows.append(polar(now + 1, 30.0 * k, 2000.0, 400.0))
        together = np.concatenate(rows) if rows else blank(0)
        state, _ = step(state, together[np.argsort(together["valid_ns"])], [], now + NS_PER_S - 1)
    assert state.conducts[0].condition == "silent"
    shown = best(state)
    mine = np.hypot(shown.x[:, 1, 0] - 870.0, shown.x[:, 1, 1] - 2000.0) < 150.0
    assert shown.status[mine].tolist() == [1]


def test_the_only_target_of_a_quiet_sensor_may_leave():
    state = with_sensors(init(*SITE), [radar()])
    rng = np.random.default_rng(1)
    for k in range(40):
        now = T0 + k * NS_PER_S
        rows = polar(now, 3000.0 + rng.normal(0, 10), 500.0, 80.0) if k < 20 else blank(0)
        state, output = step(state, rows, [], now + 1)
        assert output.notices == ()
    assert len(best(state)) == 0


def test_so_many_become_usual():
    """What babbles for minutes is what this sensor tells: it is believed again, with its clutter."""
    rng = np.random.default_rng(2)
    state = with_sensors(init(*SITE), [radar()])
    told = []
    for k in range(160):
        n = rng.poisson(5) if k < 20 else rng.poisson(150)
        rows = polar(T0, np.ones(n), np.ones(n), np.ones(n))
        rows["range_m"], rows["azimuth_deg"] = rng.uniform(500.0, 20e3, n), rng.uniform(0.0, 360.0, n)
        rows["elevation_deg"] = rng.uniform(0.0, 6.0, n)
        rows["valid_ns"] = rows["heard_ns"] = T0 + k * NS_PER_S
        state, output = step(state, rows, [], T0 + k * NS_PER_S + 1)
        told += [(k, notice.condition) for notice in output.notices]
    assert [condition for _, condition in told] == ["babbling", "ok"]
    assert told[0][0] == 20
    assert state.backgrounds[0].false > 75.0
    assert (best(state).status > 0).sum() <= 1


def test_a_raid_is_seen():
    """Sixty that come up at once within two kilometres are tracks, not babble."""
    rng = np.random.default_rng(6)
    raid = np.zeros((60, 6))
    raid[:, 0], raid[:, 1] = 7000.0 + rng.uniform(-1e3, 1e3, 60), -5000.0 + rng.uniform(-1e3, 1e3, 60)
    raid[:, 2], raid[:, 3:5] = 120.0, rng.uniform(-15.0, 15.0, (60, 2))
    came = turns(raid, 30, 9, false_per_scan=0.0)
    rows = np.concatenate((turns(targets(), 30, 8), came[turn_of(came) >= 15]))
    state = with_sensors(init(*SITE), [radar()])
    for tick_ns, part in ticks(rows[np.argsort(rows["valid_ns"], kind="stable")], 21, lambda: NS_PER_S // 4):
        state, output = step(state, part, [], tick_ns)
        assert output.notices == ()
    assert (best(state).status == 1).sum() >= 60


def test_the_conduct_is_saved_with_the_state():
    state = played("none", 1, 4)[2]
    again = load(save(state))
    assert again.conducts == state.conducts
    assert again.backgrounds == state.backgrounds
    assert state.conducts != played("none", 2, 4)[2].conducts
