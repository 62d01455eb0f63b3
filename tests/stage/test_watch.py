"""The watch: from predicted to actual to cleared, and never a word too many."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.classes import CLASSES, Authorisation
from vedette.core.identity import Identity
from vedette.core.picture import TRACK, AlertLevel, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.core.zone import Period, Volume, Zone
from vedette.kernel.geodesy import geodetic_from_enu
from vedette.watch.settings import WatchSettings
from vedette.watch.shape import active
from vedette.watch.step import RULE, init, step

MONDAY = 1_700_438_400 * NS_PER_S  # 2023-11-20 00:00 UTC, a Monday
T0 = MONDAY + 12 * 3600 * NS_PER_S
HOUR_NS = 3600 * NS_PER_S
CENTRE = np.array([50.9, 4.48, 0.0])
CIRCLE = Volume(circle=(50.9, 4.48, 500.0))


def zone(id="Z", volumes=(CIRCLE,), type="PROHIBITED", **fields):  # noqa: A002 - the noun's own words
    return Zone(id=id, name=f"zone {id}", type=type, volumes=list(volumes), **fields)


def row(
    s, east, north=0.0, ve=0.0, vn=0.0, *, alt=60.0, climb=0.0, authorisation=Authorisation.UNAUTHORISED,
    track_id=1, status=TrackStatus.CONFIRMED, sd=10.0, speed_sd=0.5,
):  # fmt: skip
    """One row of TRACK, s seconds after T0."""
    out = np.zeros(1, TRACK)
    lat, lon, _ = geodetic_from_enu(CENTRE, np.array([[east, north, 0.0]]))[0]
    out["time_ns"] = out["heard_ns"] = T0 + round(s * NS_PER_S)
    out["lat_deg"], out["lon_deg"], out["alt_m"] = lat, lon, alt
    out["track_id"], out["status"], out["authorisation"] = track_id, status, authorisation
    out["v_east_mps"], out["v_north_mps"] = ve, vn
    out["v_up_mps"] = climb if not math.isnan(alt) else math.nan
    out["sd_major_m"] = out["sd_minor_m"] = sd
    out["speed_sd_mps"] = speed_sd
    out["existence"] = 0.99
    out["class_index"] = CLASSES.index("multirotor")
    return out


def watch(state, rows, identities=(), permits=None):
    """One step at the rows' own time."""
    return step(state, rows, list(identities), permits or {}, int(rows["time_ns"].max()))


def fly(state, rows):
    """Every change of an alert along a flight."""
    changes = []
    for each in rows:
        state, output = watch(state, each)
        changes += output.alerts
    return state, changes


def crossing(speed=20.0, seconds=160, **fields):
    """From 1.6 km west of the middle to 1.6 km east of it."""
    return [row(s, -1600.0 + speed * s, ve=speed, **fields) for s in range(seconds)]


def test_a_crossing_is_predicted_then_actual_then_cleared_once_each():
    state, changes = fly(init([zone()]), crossing())
    assert [c.state for c in changes] == ["predicted", "actual", "cleared"]
    predicted, actual, cleared = changes
    assert len({c.alert_id for c in changes}) == 1
    assert {(c.rule, c.zone, c.zone_name, c.track_id) for c in changes} == {(RULE, "Z", "zone Z", 1)}
    assert [c.severity for c in changes] == ["caution", "warning", "info"]
    # It enters at 55 s; seen up to a minute ahead, and told to within two seconds.
    assert predicted.time_to_entry_s == pytest.approx(55.0 - (predicted.time_ns - T0) / NS_PER_S, abs=2.0)
    assert actual.time_ns == pytest.approx(T0 + 55 * NS_PER_S, abs=2 * NS_PER_S)
    assert actual.time_to_entry_s is None
    assert cleared.time_ns >= T0 + 105 * NS_PER_S + 8 * NS_PER_S
    assert cleared.time_ns <= T0 + 125 * NS_PER_S
    assert all(c.reasons for c in changes)
    assert state.held == {}


def test_the_picture_carries_the_level():
    state = init([zone()])
    levels = []
    for each in crossing():
        state, output = watch(state, each)
        levels.append(int(output.rows["alert"][0]))
    changes = [a for a, b in zip(levels, [None, *levels], strict=False) if a != b]
    assert changes == [AlertLevel.PREDICTED, AlertLevel.ACTUAL, AlertLevel.NONE] or changes == [
        AlertLevel.NONE, AlertLevel.PREDICTED, AlertLevel.ACTUAL, AlertLevel.NONE
    ]  # fmt: skip


def test_the_rows_passed_in_and_the_state_are_not_touched():
    state = init([zone()])
    each = row(0, 0.0)
    before = each.tobytes()
    after, output = watch(state, each)
    assert output.alerts
    assert each.tobytes() == before
    assert state.held == {}
    again, repeated = watch(state, each)
    assert repeated.alerts == output.alerts
    assert repeated.rows.tobytes() == output.rows.tobytes()
    assert again.held == after.held


def hover(seed, distance, seconds=90):
    """A drone that hovers so far from the middle of a 500 m circle, seen with 25 m of noise."""
    rng = np.random.default_rng(seed)
    return [
        row(
            s,
            distance + rng.normal(0, 25),
            rng.normal(0, 25),
            rng.normal(0, 0.7),
            rng.normal(0, 0.7),
            sd=25.0,
        )
        for s in range(seconds)
    ]


@given(seed=st.integers(0, 2**32 - 1), distance=st.floats(300.0, 440.0))
@settings(max_examples=20)
def test_a_noisy_hover_inside_is_one_alert(seed, distance):
    _, changes = fly(init([zone()]), hover(seed, distance))
    assert [c.state for c in changes if c.state != "predicted"] == ["actual"]


@given(seed=st.integers(0, 2**32 - 1), distance=st.floats(460.0, 560.0))
@settings(max_examples=20)
def test_a_noisy_hover_at_the_edge_does_not_flicker(seed, distance):
    """Nothing that was raised is cleared before it kept away for eight seconds."""
    waiting = WatchSettings(horizon_s=2.0)
    _, changes = fly(init([zone()], waiting), hover(seed, distance))
    lives = {}
    for change in changes:
        lives.setdefault(change.alert_id, []).append(change)
    for life in lives.values():
        states = [c.state for c in life]
        assert states.count("actual") <= 1
        assert states.count("cleared") <= 1
        if states[-1] == "cleared":
            assert life[-1].time_ns - life[-2].time_ns >= waiting.clear_after_s * NS_PER_S
    assert len(lives) <= 1 + 90 / (waiting.clear_after_s + 1)


@given(seed=st.integers(0, 2**32 - 1), distance=st.floats(620.0, 900.0))
@settings(max_examples=20)
def test_a_noisy_hover_outside_is_no_alert(seed, distance):
    _, changes = fly(init([zone()], WatchSettings(horizon_s=2.0)), hover(seed, distance))
    assert changes == []


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20)
def test_the_life_of_any_alert_is_in_order(seed):
    """Whatever the track does: predicted before actual, one end, nothing after it."""
    rng = np.random.default_rng(seed)
    rows, at, v = [], rng.uniform(-800, 800, 2), rng.normal(0, 15, 2)
    for s in range(150):
        v = 0.9 * v + rng.normal(0, 8, 2)
        at = at + v
        rows.append(row(s, at[0], at[1], v[0], v[1], authorisation=rng.choice([0, 1, 2, 2, 2, 2, 2, 2, 2])))
    rows.append(row(150, at[0], at[1], status=TrackStatus.ENDED))
    state, changes = fly(init([zone(), zone("Y", [Volume(circle=(50.905, 4.48, 200.0))])]), rows)
    lives = {}
    for change in changes:
        lives.setdefault(change.alert_id, []).append(change.state)
    for life in lives.values():
        assert life[-1] == "cleared"
        assert "cleared" not in life[:-1]
        ranks = [("predicted", "actual", "cleared").index(each) for each in life]
        assert ranks == sorted(ranks)
    assert state.held == {}
    assert [c.time_ns for c in changes] == sorted(c.time_ns for c in changes)


def test_a_brief_dip_does_not_clear():
    inside = [row(s, 0.0) for s in range(5)]
    dip = [row(5 + s, 5000.0) for s in range(7)]
    back = [row(12 + s, 0.0) for s in range(5)]
    _, changes = fly(init([zone()]), inside + dip + back)
    assert [c.state for c in changes] == ["actual"]


def test_what_never_was_unauthorised_never_alerts():
    for authorisation in (Authorisation.UNKNOWN, Authorisation.AUTHORISED):
        _, changes = fly(init([zone()]), crossing(authorisation=authorisation))
        assert changes == []


def test_one_that_turns_out_authorised_is_cleared():
    rows = [row(s, 0.0) for s in range(3)]
    rows += [row(3 + s, 0.0, authorisation=Authorisation.AUTHORISED) for s in range(12)]
    _, changes = fly(init([zone()]), rows)
    assert [c.state for c in changes] == ["actual", "cleared"]


def test_authorised_elsewhere_alerts_and_authorised_here_does_not():
    here = row(0, 0.0, authorisation=Authorisation.AUTHORISED)
    for permits, alerts in (({1: []}, 0), ({1: ["Z"]}, 0), ({1: ["elsewhere"]}, 1)):
        _, output = watch(init([zone()]), here, permits=permits)
        assert len(output.alerts) == alerts
    state, _ = watch(init([zone()]), here, permits={1: ["elsewhere"]})
    _, output = watch(state, row(1, 0.0, authorisation=Authorisation.AUTHORISED))
    assert output.alerts == [], "the permit is remembered, so nothing changes"
    assert int(output.rows["alert"][0]) == AlertLevel.ACTUAL


def test_a_permit_for_one_of_two_zones_covers_only_that():
    zones = [zone("A"), zone("B")]
    _, output = watch(init(zones), row(0, 0.0, authorisation=Authorisation.AUTHORISED), permits={1: ["A"]})
    assert [a.zone for a in output.alerts] == ["B"]


def test_the_end_of_a_track_clears_its_alerts_and_only_its():
    zones = [zone("A"), zone("B")]
    both = np.concatenate([row(0, 0.0), row(0, 50.0, track_id=2)])
    state, output = watch(init(zones), both)
    assert len(output.alerts) == 4
    state, output = watch(state, row(1, 0.0, status=TrackStatus.ENDED))
    assert [(a.track_id, a.state) for a in output.alerts] == [(1, "cleared"), (1, "cleared")]
    assert int(output.rows["alert"][0]) == AlertLevel.NONE
    assert {track_id for _, track_id, _ in state.held} == {2}
    state, output = watch(state, row(2, 0.0, status=TrackStatus.ENDED))
    assert output.alerts == []


def test_two_tracks_have_alerts_of_their_own():
    both = np.concatenate([row(0, 0.0), row(0, 50.0, track_id=2)])
    _, output = watch(init([zone()]), both)
    assert len({a.alert_id for a in output.alerts}) == 2
    assert [a.track_id for a in output.alerts] == [1, 2]


def limits(lower, upper, reference, **fields):
    volume = Volume(
        circle=(50.9, 4.48, 500.0),
        lower_m=lower,
        upper_m=upper,
        lower_reference=reference,
        upper_reference=reference,
    )
    return zone(volumes=[volume], **fields)


@pytest.mark.parametrize(
    ("where", "undulation_m", "alt", "alerts"),
    [
        # Above the ground, which stands 100 m above the ellipsoid.
        (limits(0.0, 120.0, "AGL", ground_m=100.0), None, 150.0, True),
        (limits(0.0, 120.0, "AGL", ground_m=100.0), None, 230.0, False),
        (limits(0.0, 120.0, "AGL", ground_m=100.0), None, 50.0, True),  # nothing flies below the ground
        (limits(50.0, 120.0, "AGL", ground_m=100.0), None, 120.0, False),
        (limits(50.0, 120.0, "AGL", ground_m=100.0), None, 180.0, True),
        # The ground is not known: the band is widened by what it may be off.
        (limits(0.0, 120.0, "AGL"), None, 230.0, True),
        (limits(0.0, 120.0, "AGL"), None, 290.0, False),
        # Above the sea, which stands 45 m above the ellipsoid.
        (limits(100.0, 200.0, "AMSL"), 45.0, 140.0, False),
        (limits(100.0, 200.0, "AMSL"), 45.0, 150.0, True),
        (limits(100.0, 200.0, "AMSL"), 45.0, 250.0, False),
        (limits(100.0, 200.0, "WGS84"), 45.0, 199.0, True),
        (limits(100.0, 200.0, "WGS84"), 45.0, 201.0, False),
        (limits(None, None, "AGL"), None, 12_000.0, True),
    ],
)
def test_heights_against_the_band(where, undulation_m, alt, alerts):
    _, output = watch(init([where], WatchSettings(undulation_m=undulation_m)), row(0, 0.0, alt=alt))
    assert bool(output.alerts) == alerts


def test_an_unknown_height_counts_and_says_so():
    _, output = watch(init([limits(100.0, 200.0, "WGS84")]), row(0, 0.0, alt=math.nan))
    assert [a.state for a in output.alerts] == ["actual"]
    assert any("height is not known" in r for r in output.alerts[0].reasons)
    _, output = watch(init([limits(100.0, 200.0, "WGS84")]), row(0, 0.0, alt=150.0))
    assert not any("height" in r for r in output.alerts[0].reasons)


def test_descending_into_the_band_is_predicted():
    _, output = watch(init([limits(0.0, 100.0, "WGS84")]), row(0, 0.0, alt=300.0, climb=-5.0))
    assert [a.state for a in output.alerts] == ["predicted"]
    assert output.alerts[0].time_to_entry_s == pytest.approx(40.0, abs=1.0)


@pytest.mark.parametrize("speed", [20.0, 45.0, 60.0, 75.0])
def test_a_small_zone_is_not_stepped_over(speed):
    """40 m across, flown at head-on: half a minute before, it is predicted at any speed."""
    where = zone(volumes=[Volume(circle=(50.9, 4.48, 20.0))])
    for late in (0.0, 0.3, 0.6):
        each = row(0, -speed * (30.0 + late), ve=speed, sd=1.0, speed_sd=0.01)
        _, output = watch(init([where]), each)
        assert [a.state for a in output.alerts] == ["predicted"]
        assert output.alerts[0].time_to_entry_s == pytest.approx(30.0 + late, abs=1.5)


def test_zones_without_restriction_are_not_watched():
    _, output = watch(init([zone(type="NO_RESTRICTION")]), row(0, 0.0))
    assert output.alerts == []


def test_any_volume_of_a_zone_counts_once():
    far = Volume(circle=(51.5, 4.48, 500.0))
    for volumes in ([CIRCLE, far], [far, CIRCLE], [CIRCLE, CIRCLE]):
        _, output = watch(init([zone(volumes=volumes)]), row(0, 0.0))
        assert len(output.alerts) == 1


def test_a_hole_is_outside():
    outer = [(50.88, 4.45), (50.88, 4.51), (50.92, 4.51), (50.92, 4.45), (50.88, 4.45)]
    hole = [(50.895, 4.47), (50.895, 4.49), (50.905, 4.49), (50.905, 4.47), (50.895, 4.47)]
    ring_zone = zone(volumes=[Volume(rings=[outer, hole])])
    _, output = watch(init([ring_zone]), row(0, 0.0))
    assert output.alerts == []
    _, output = watch(init([ring_zone]), row(0, 1300.0))
    assert [a.state for a in output.alerts] == ["actual"]


def seconds_of(hours):
    return None if hours is None else round(hours * 3600)


@pytest.mark.parametrize(
    ("days", "from_h", "to_h", "weekday", "hour", "holds"),
    [
        ([], None, None, 0, 12.0, True),
        ([0], None, None, 0, 0.0, True),
        ([0], None, None, 1, 0.0, False),
        ([], 8, 17, 2, 7.999, False),
        ([], 8, 17, 2, 8.0, True),
        ([], 8, 17, 2, 16.999, True),
        ([], 8, 17, 2, 17.0, False),
        # Friday 22 h to 6 h is over midnight: Saturday morning is part of it, Friday morning is not.
        ([4], 22, 6, 4, 23.0, True),
        ([4], 22, 6, 5, 5.0, True),
        ([4], 22, 6, 5, 7.0, False),
        ([4], 22, 6, 4, 5.0, False),
        ([4], 22, 6, 5, 23.0, False),
        # Sunday night runs into Monday.
        ([6], 22, 6, 0, 5.0, True),
        ([6], 22, 6, 6, 5.0, False),
        ([], 22, 6, 3, 12.0, False),
        ([], 22, 6, 3, 0.0, True),
        ([5, 6], 0, 24, 6, 23.999, True),
        ([], 8, None, 2, 23.0, True),
        ([], None, 8, 2, 9.0, False),
    ],
)
def test_hours_and_weekdays(days, from_h, to_h, weekday, hour, holds):
    period = Period(days=days, from_s=seconds_of(from_h), to_s=seconds_of(to_h))
    now_ns = MONDAY + weekday * 24 * HOUR_NS + round(hour * HOUR_NS)
    assert active(zone(periods=[period]), now_ns) == holds


def test_a_period_begins_with_its_start_and_ends_before_its_end():
    where = zone(periods=[Period(start_ns=T0, end_ns=T0 + HOUR_NS)])
    assert [active(where, t) for t in (T0 - 1, T0, T0 + HOUR_NS - 1, T0 + HOUR_NS)] == [
        False,
        True,
        True,
        False,
    ]
    either = zone(periods=[Period(end_ns=T0), Period(start_ns=T0 + HOUR_NS)])
    assert [active(either, t) for t in (T0 - 1, T0, T0 + HOUR_NS)] == [True, False, True]


def test_a_zone_alerts_while_it_applies_and_clears_when_it_ends():
    where = zone(periods=[Period(start_ns=T0 + 10 * NS_PER_S, end_ns=T0 + 30 * NS_PER_S)])
    _, changes = fly(init([where]), [row(s, 0.0) for s in range(60)])
    assert [c.state for c in changes] == ["actual", "cleared"]
    assert changes[0].time_ns == T0 + 10 * NS_PER_S
    assert T0 + 37 * NS_PER_S <= changes[1].time_ns <= T0 + 40 * NS_PER_S


def test_a_new_name_is_told_and_a_known_one_is_not():
    state, output = watch(init([zone()]), row(0, 0.0))
    assert output.alerts[0].label == "T1"
    named = Identity(track_id=1, time_ns=T0, label="1581F", since_ns=T0)
    state, output = watch(state, row(1, 0.0), [named])
    assert [(a.state, a.label) for a in output.alerts] == [("actual", "1581F")]
    state, output = watch(state, row(2, 0.0), [named])
    assert output.alerts == []


def test_a_bar_of_nothing_to_clear_does_not_end_the_watch():
    state, _ = watch(init([zone()], WatchSettings(clear_below=0.0)), row(0, 0.0))
    watch(state, row(1, 90_000.0), [Identity(track_id=1, time_ns=T0, label="X", since_ns=T0)])


@pytest.mark.parametrize(
    "name", ["lat_deg", "v_east_mps", "speed_sd_mps", "sd_major_m", "sd_angle_deg", "v_up_mps"]
)
def test_an_unknown_number_in_a_row_raises_nothing(name):
    each = row(0, 0.0)
    each[name] = math.nan
    state, output = watch(init([zone()]), each)
    assert all(math.isfinite(a.probability) for a in output.alerts)
    watch(state, row(1, 0.0, status=TrackStatus.ENDED))


def test_uncertain_positions_give_a_probability_between():
    """A kilometre of doubt about a 500 m circle is no certainty."""
    _, output = watch(init([zone()], WatchSettings(raise_from=0.05)), row(0, 0.0, sd=1000.0))
    assert 0.05 <= output.alerts[0].probability < 0.9


def test_across_the_date_line():
    volume = Volume(rings=[[(10.0, 179.9), (10.0, -179.9), (10.1, -179.9), (10.1, 179.9), (10.0, 179.9)]])
    for lon, inside in ((179.99, True), (-179.99, True), (179.5, False), (0.0, False)):
        each = row(0, 0.0)
        each["lat_deg"], each["lon_deg"] = 10.05, lon
        _, output = watch(init([zone(volumes=[volume])]), each)
        assert bool(output.alerts) == inside, lon


def test_a_long_edge_along_a_parallel_follows_it():
    """RFC 7946, 3.1.1: the edge of a 5° wide zone at 53° N stays at 53° N."""
    ring = [(50.0, 3.0), (50.0, 8.0), (53.0, 8.0), (53.0, 3.0), (50.0, 3.0)]
    each = row(0, 0.0)
    each["lat_deg"], each["lon_deg"] = 53.02, 5.5
    _, output = watch(init([zone(volumes=[Volume(rings=[ring])])]), each)
    assert output.alerts == []
