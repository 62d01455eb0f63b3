"""Whole scenes through the tracker: found, kept, apart, ended."""

import itertools
import math

import numpy as np
import pytest
from scenes import ORIGIN, SITE, T0, best, blank, place, polar, radar, ticks, turns

from vedette.core.claim import Claim
from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.track.state import init, with_sensors
from vedette.track.step import step

TICK_NS = NS_PER_S // 50


def local(rows):
    """East, north of reported rows, m."""
    return enu_from_geodetic(
        ORIGIN,
        *(np.array(rows[c], float) for c in ("lat_deg", "lon_deg")),
        np.nan_to_num(np.array(rows["alt_m"], float)),
    )[:, :2]


def run(sensors, pairs, claims=()):
    """All reported rows, and the last state."""
    state = with_sensors(init(*SITE), sensors)
    shown = []
    for tick_ns, rows in pairs:
        state, output = step(state, rows, list(claims), tick_ns)
        shown.append(output.rows)
    return np.concatenate(shown), state


def twenty():
    """Twenty targets, from hovering to 80 m/s, at least 800 m apart on the way."""
    angle = np.arange(20) * 2.4
    away = 1500.0 + 600.0 * np.arange(20)
    speed = np.where(np.arange(20) % 4 == 0, 0.0, np.linspace(5.0, 80.0, 20))
    heading = angle + 0.5 * math.pi  # around, not at each other
    return np.stack(
        [away * np.sin(angle), away * np.cos(angle), 100.0 + 15.0 * np.arange(20),
         speed * np.sin(heading), speed * np.cos(heading), np.zeros(20)], axis=1,
    )  # fmt: skip


@pytest.mark.parametrize("cut", ["20 ms", "any"])
def test_twenty_targets_in_clutter_are_all_found_and_nothing_else(cut):
    targets, seconds = twenty(), 25
    rows = turns(targets, seconds, seed=3)
    rng = np.random.default_rng(5)
    cut_ns = (lambda: TICK_NS) if cut == "20 ms" else (lambda: int(rng.integers(5e6, 9e8)))
    shown, _ = run([radar()], ticks(rows, seconds, cut_ns))
    owner = {}
    final = shown[shown["time_ns"] >= T0 + 15 * NS_PER_S]
    at, speeds = local(final), np.stack([final["v_east_mps"], final["v_north_mps"]], axis=1)
    for row, here, speed in zip(final, at, speeds, strict=True):
        truth = targets[:, :2] + (row["time_ns"] - T0) / NS_PER_S * targets[:, 3:5]
        away = np.hypot(*(truth - here).T)
        best = int(np.argmin(away))
        reach = math.hypot(10.0, math.radians(0.2) * math.hypot(*truth[best]))
        assert away[best] < 6.0 * reach + 20.0, "a confirmed track that is no target's"
        if row["status"] == TrackStatus.CONFIRMED:
            assert np.hypot(*(speed - targets[best, 3:5])) < 45.0
        owner.setdefault(best, set()).add(int(row["track_id"]))
    assert set(owner) == set(range(20)), "all are found"
    assert max(map(len, owner.values())) == 1, "each by one track"
    assert len(set().union(*owner.values())) == 20


def test_reported_uncertainty_holds_the_truth():
    """Most positions lie within three of their own sigma along the major axis."""
    targets = twenty()
    shown, _ = run([radar()], ticks(turns(targets, 25, seed=8, false_per_scan=0.0), 25, lambda: TICK_NS))
    late = shown[(shown["time_ns"] >= T0 + 10 * NS_PER_S) & (shown["status"] == TrackStatus.CONFIRMED)]
    times = (late["time_ns"] - T0) / NS_PER_S
    truth = targets[None, :, :2] + times[:, None, None] * targets[None, :, 3:5]
    away = np.hypot(*np.moveaxis(truth - local(late)[:, None], 2, 0)).min(axis=1)
    assert np.mean(away < 3.0 * late["sd_major_m"]) > 0.97
    assert np.mean(away > 0.1 * late["sd_major_m"]) > 0.5  # and it is not a boast the other way


def test_clutter_alone_shows_nothing():
    """Six false plots a turn for a minute at random places: no track is confirmed."""
    rows = turns(np.zeros((0, 6)), 60, seed=11, false_per_scan=6.0)
    shown, state = run([radar(false_per_scan=6.0)], ticks(rows, 60, lambda: TICK_NS))
    assert len(set(shown["track_id"].tolist())) <= 1
    assert len(best(state)) < 60


@pytest.mark.parametrize("cut_ns", [TICK_NS, NS_PER_S // 4, NS_PER_S])
def test_two_parked_targets_100_m_apart_keep_two_tracks(cut_ns):
    """A neighbour's plots must not count as misses: looks are small, one target in each."""
    targets = np.array([[2000.0, 1000.0, 50.0, 0.0, 0.0, 0.0], [2000.0, 1100.0, 50.0, 0.0, 0.0, 0.0]])
    rows = turns(targets, 60, seed=1, false_per_scan=0.0, pd=0.95)
    shown, _ = run([radar()], ticks(rows, 60, lambda: cut_ns))
    late = shown[shown["time_ns"] >= T0 + 10 * NS_PER_S]
    ids = set(late["track_id"].tolist())
    assert len(ids) == 2
    assert not (late["status"] == TrackStatus.ENDED).any()
    middles = sorted(float(np.median(local(late[late["track_id"] == i])[:, 1])) for i in ids)
    assert abs(middles[0] - 1000.0) < 30.0
    assert abs(middles[1] - 1100.0) < 30.0


@pytest.mark.parametrize("present", ["alone", "with a neighbour"])
def test_a_target_that_goes_is_ended_within_ten_turns(present):
    targets = np.array([[2000.0, 1000.0, 50.0, 0.0, 10.0, 0.0], [-5000.0, 4000.0, 80.0, 20.0, 0.0, 0.0]])
    rows = turns(targets, 40, seed=2, false_per_scan=0.0, pd=1.0)
    gone_ns = T0 + 15 * NS_PER_S
    first = (rows["azimuth_deg"] < 90.0) & (rows["range_m"] < 4000.0)
    rows = rows[~(first & (rows["valid_ns"] >= gone_ns))]
    if present == "alone":
        rows = rows[first[: len(rows)] & (rows["valid_ns"] < gone_ns) | (rows["valid_ns"] < 0)]
    shown, state = run([radar()], ticks(rows, 40, lambda: TICK_NS))
    ended = shown[shown["status"] == TrackStatus.ENDED]
    assert len(ended) == 1
    assert gone_ns <= int(ended["time_ns"][0]) <= gone_ns + 10 * NS_PER_S
    assert int(ended["track_id"][0]) not in state.tracks.track_id.tolist()
    after = shown[(shown["track_id"] == ended["track_id"][0]) & (shown["time_ns"] > ended["time_ns"][0])]
    assert len(after) == 0


def test_an_outage_of_five_turns_keeps_the_ids():
    """A radar that is off says nothing of its targets: they coast, and are the same after it."""
    targets = twenty()[:8]
    rows = turns(targets, 30, seed=6, false_per_scan=0.0, pd=1.0)
    off = (rows["valid_ns"] >= T0 + 15 * NS_PER_S) & (rows["valid_ns"] < T0 + 20 * NS_PER_S)
    shown, _ = run([radar()], ticks(rows[~off], 30, lambda: TICK_NS))
    during = shown[(shown["time_ns"] > T0 + 19 * NS_PER_S) & (shown["time_ns"] < T0 + 20 * NS_PER_S)]
    assert len(during) == 0 or (during["status"] != TrackStatus.ENDED).all()
    ids = [
        set(shown["track_id"][(shown["time_ns"] >= a) & (shown["time_ns"] <= a + NS_PER_S)].tolist())
        for a in (T0 + 13 * NS_PER_S, T0 + 28 * NS_PER_S)
    ]
    assert ids[0] == ids[1]
    assert len(ids[0]) == 8


def test_two_targets_that_cross_keep_apart():
    """They pass at 150 m with 60 m/s each; one track each before and after."""
    targets = np.array([[-1500.0, 3000.0, 80.0, 60.0, 0.0, 0.0], [1500.0, 3150.0, 80.0, -60.0, 0.0, 0.0]])
    rows = turns(targets, 50, seed=9, false_per_scan=0.5, pd=0.95)
    shown, _ = run([radar(false_per_scan=0.5)], ticks(rows, 50, lambda: TICK_NS))
    early = shown[(shown["time_ns"] > T0 + 8 * NS_PER_S) & (shown["time_ns"] < T0 + 20 * NS_PER_S)]
    late = shown[shown["time_ns"] > T0 + 35 * NS_PER_S]
    direction = [
        {int(r["track_id"]): bool(r["v_east_mps"] > 0.0) for r in part if abs(r["v_east_mps"]) > 20.0}
        for part in (early, late)
    ]
    assert len(direction[0]) == 2
    assert direction[0] == direction[1]


def test_bearings_move_a_track_and_never_begin_one():
    finder = radar(1, modality="rf", scan="event", period_s=None, azimuth_sd_deg=2.0)
    bearing = polar(T0, 2000.0, 1000.0, 50.0, sensor=1)
    bearing["range_m"] = bearing["elevation_deg"] = np.nan
    state = with_sensors(init(*SITE), [radar(), finder])
    for k in range(20):
        bearing["valid_ns"] = T0 + k * NS_PER_S
        state, output = step(state, bearing, [], T0 + k * NS_PER_S + 1)
        assert len(best(state)) == 0
        assert len(output.rows) == 0
    assert state.refused == {}
    for k in range(20, 25):
        both = polar(T0 + k * NS_PER_S, 2000.0, 1000.0, 50.0)
        state, output = step(state, both, [], T0 + k * NS_PER_S + 1)
    assert len(best(state)) == 1
    alone = state
    later = T0 + 27 * NS_PER_S
    bearing["valid_ns"] = later
    bearing["azimuth_deg"] += 2.0
    state, output = step(state, bearing, [], later + 1)
    assert len(output.hits.row) == 1
    assert int(best(state).sensor_hits[0, 1]) == 1
    assert int(best(state).hits[0]) == int(best(alone).hits[0]), "a bearing alone does not confirm"
    unseen, _ = step(alone, blank(0), [], later + 1)
    assert len(best(unseen)) == 1
    moved = best(state).x[0, 1, :2]
    assert math.atan2(*moved) > math.atan2(2000.0, 1000.0)


def test_a_far_off_bearing_does_not_pull():
    state = with_sensors(init(*SITE), [radar(), radar(1, scan="event", period_s=None)])
    for k in range(5):
        state, _ = step(state, polar(T0 + k * NS_PER_S, 2000.0, 1000.0, 50.0), [], T0 + k * NS_PER_S + 1)
    bearing = polar(T0 + 5 * NS_PER_S, -2000.0, 1000.0, 50.0, sensor=1)
    bearing["range_m"] = bearing["elevation_deg"] = np.nan
    after, output = step(state, bearing, [], T0 + 5 * NS_PER_S + 1)
    assert output.hits.row.tolist() == []
    assert np.array_equal(after.tracks.x, state.tracks.x)


def told(k, claim, at_s=0.0, speed=200.0, sensor=1):
    """One ADS-B report of an aircraft that flies north."""
    t = k + at_s
    return place(T0 + round(t * NS_PER_S), 3000.0, speed * t, 900.0, sensor=sensor, claim=claim, flags=1,
                 v_north_mps=speed, v_east_mps=0.0, heard_ns=T0 + (k + 1) * NS_PER_S)  # fmt: skip


SELF = radar(1, modality="adsb", scan="self_report", lat_deg=None, lon_deg=None, alt_m=None, period_s=None)


def test_one_aircraft_that_reports_once_a_second_is_one_track():
    pairs = [(T0 + (k + 1) * NS_PER_S, told(k, 1)) for k in range(12)]
    shown, state = run([SELF], pairs, [Claim("icao24", "44A8B2")])
    assert len(best(state)) == 1
    assert set(shown["track_id"].tolist()) == {1}


def test_reports_of_one_aircraft_heard_in_one_tick_are_one_track():
    """A stalled connection delivers a second at once: three reports, three claims with one name."""
    state = with_sensors(init(*SITE), [SELF])
    shown = set()
    for k in range(8):
        rows = np.concatenate([told(k, q + 1, 0.3 * q) for q in range(3)])
        claims = [Claim("icao24", "44A8B2") for _ in range(3)]
        state, output = step(state, rows, claims, T0 + (k + 1) * NS_PER_S)
        shown |= set(output.rows["track_id"].tolist())
    assert len(best(state)) == 1
    assert len(shown) == 1


def test_two_names_at_one_place_are_two_tracks():
    """Two aircraft 30 m apart that name themselves: no doubt, two."""
    state = with_sensors(init(*SITE), [SELF])
    claims = [Claim("icao24", "44A8B2"), Claim("icao24", "3C6444")]
    for k in range(10):
        a = told(k, 1)
        b = told(k, 2)
        b["lon_deg"] += 30.0 / 70_000.0
        state, _ = step(state, np.concatenate([a, b]), claims, T0 + (k + 1) * NS_PER_S)
    assert len(best(state)) == 2
    assert len(set(best(state).label[:, 0].tolist())) == 2
    assert (best(state).status == TrackStatus.CONFIRMED).all()


def test_two_radars_of_one_target_are_one_track():
    """The second stands 10 km east of the first and turns at another rate."""
    lon = SITE[1] + 10_000.0 / (111_320.0 * math.cos(math.radians(SITE[0])))
    second = radar(1, lon_deg=lon, period_s=1.5)
    rows = [polar(T0 + k * NS_PER_S, 4000.0 + 30.0 * k, 5000.0, 300.0) for k in range(20)]
    for k in range(13):
        t = 1.5 * k + 0.4
        rows.append(polar(T0 + round(t * NS_PER_S), 4000.0 + 30.0 * t - 10_000.0, 5000.0, 300.0, sensor=1))
    rows = np.concatenate(rows)
    rows = rows[np.argsort(rows["valid_ns"], kind="stable")]
    shown, state = run([radar(), second], ticks(rows, 20, lambda: TICK_NS))
    assert len(best(state)) == 1
    assert set(shown["track_id"].tolist()) == {1}
    assert (best(state).sensor_hits[0] > 8).all()


def test_ids_are_never_given_twice():
    rows = turns(twenty(), 30, seed=4, false_per_scan=8.0)
    state = with_sensors(init(*SITE), [radar(false_per_scan=8.0)])
    ended = set()
    for tick_ns, part in ticks(rows, 30, lambda: TICK_NS):
        before = set(best(state).track_id.tolist())
        state, _ = step(state, part, [], tick_ns)
        now = best(state).track_id.tolist()
        assert len(now) == len(set(now))
        assert not (set(now) & ended)
        ended |= before - set(now)
    assert ended


def test_tracks_count_from_the_first_id():
    state = with_sensors(init(*SITE, first_id=1000), [radar()])
    state, _ = step(state, polar(T0, [1000.0, -1000.0], [0.0, 500.0], [50.0, 50.0]), [], T0 + 1)
    assert state.tracks.track_id.tolist() == [1000, 1001]


def test_pairs_of_a_scene_do_not_depend_on_how_it_is_cut():
    """One target, cut into ticks of any length: the same track, nearly the same place."""
    target = np.array([[3000.0, 2000.0, 100.0, 15.0, 0.0, 0.0]])
    rows = turns(target, 20, seed=13, false_per_scan=0.0, pd=1.0)
    last = []
    for cut in (TICK_NS, NS_PER_S // 10, NS_PER_S):
        shown, state = run([radar()], ticks(rows, 20, lambda cut=cut: cut))
        assert set(shown["track_id"].tolist()) == {1}
        last.append(best(state).x[0, 1, :2])
    for a, b in itertools.pairwise(last):
        assert np.hypot(*(a - b)) < 5.0
