"""Trials, surveillance figures and the quality of alerts, on pictures made by hand."""

import numpy as np
import pytest
from pictures import EAST_DEG_PER_M, LAT, LON, alert, flight, identity, scored, shown

from vedette.core.zone import Volume, Zone

ZONE = Zone(
    "Z", "zone", "PROHIBITED", [Volume(circle=(LAT, LON + 205 * EAST_DEG_PER_M, 100.0))], ground_m=0.0
)


def test_first_times_are_those_of_the_drones_own_tracks():
    drone, other = flight(1, "drone"), flight(2, "gull", "bird", True, north_m=2_000.0)
    points = [
        shown(5, drone, range(4, 10), kind="bird"),
        shown(5, drone, range(10, 20)),
        shown(5, drone, range(20, 40), leave="unauthorised"),
        shown(6, other, range(40), kind="bird"),
    ]
    alerts = [alert(2.0, 6, "actual"), alert(25.5, 5, "predicted"), alert(30.0, 5, "actual")]
    identities = [identity(4.0, 5, "T5", named=False), identity(12.0, 5, "1SVY", True, (50.9, 4.5))]
    (trial,) = scored([drone, other], points, alerts, identities).trials
    assert (trial.detected_s, trial.classed_s, trial.identified_s) == (4.0, 10.0, 20.0)
    assert (trial.alarmed_s, trial.named_s, trial.piloted_s) == (25.5, 12.0, 12.0)


def test_what_never_came_is_none():
    drone = flight(1, "drone")
    (trial,) = scored([drone], [shown(5, drone, [], kind="bird")]).trials
    times = (trial.detected_s, trial.alarmed_s, trial.classed_s, trial.identified_s, trial.named_s)
    assert times == (None,) * 5
    assert (trial.piloted_s, trial.refresh_s, trial.delay_s, trial.position_p95_m) == (None,) * 4


def test_refresh_and_delay_are_of_new_data():
    drone = flight(1, "drone")
    fresh = shown(5, drone, range(0, 40, 2), heard_ago_s=-0.25)  # heard a quarter second after it held
    carried = shown(5, drone, range(1, 40, 2), heard_ago_s=0.75)  # the same data, one second on
    points = np.concatenate((fresh, carried))
    (trial,) = scored([drone], [points[np.argsort(points["time_ns"])]]).trials
    assert (trial.refresh_s, trial.delay_s) == (2.0, 0.25)


def test_a_picture_that_does_not_say_when_it_heard_has_no_delay():
    drone = flight(1, "drone")
    (trial,) = scored([drone], [shown(5, drone, range(40))]).trials
    assert (trial.refresh_s, trial.delay_s) == (1.0, None)


def test_updates_are_counted_by_interval():
    plane = flight(1, "plane", "aeroplane", True, seconds=41)
    data = shown(
        5, plane, [k for k in range(41) if not 8 <= k < 20], "aeroplane", heard_ago_s=0.0, off_m=80.0
    )
    figures = {one.limit: one for one in scored([plane], [data]).surveillance}
    slow, fast = figures["radar, 5 NM"], figures["radar, 3 NM"]
    assert (slow.intervals, slow.update_probability) == (5, 4 / 5)  # 8 to 16 has none
    assert (fast.intervals, fast.update_probability) == (8, 6 / 8)  # 10 to 20 has none
    assert slow.rms_m == pytest.approx(80.0, abs=0.1)
    assert not slow.met
    whole = scored([plane], [shown(5, plane, range(41), "aeroplane", heard_ago_s=0.0, off_m=80.0)])
    assert all(one.met for one in whole.surveillance)


def test_what_is_carried_on_is_no_update():
    plane = flight(1, "plane", "aeroplane", True, seconds=41)
    points = [shown(5, plane, [k], "aeroplane", heard_ago_s=float(max(k - 8, 0))) for k in range(41)]
    figures = scored([plane], points).surveillance
    assert figures[0].update_probability == 2 / 5  # data of second 8 and before


def test_a_life_too_short_for_an_interval_has_no_probability():
    plane = flight(1, "plane", "aeroplane", True, seconds=4)
    figures = scored([plane], [shown(5, plane, range(4), "aeroplane")]).surveillance
    assert (figures[0].intervals, figures[0].update_probability, figures[0].met) == (0, None, None)


def test_alerts_are_summed_up():
    drone, late = flight(1, "drone"), flight(2, "late", north_m=50.0)
    friend, bird = (
        flight(3, "friend", authorised=True, north_m=400.0),
        flight(4, "bird", "bird", True, north_m=-400.0),
    )
    points = [shown(i + 4, rows, range(40)) for i, rows in enumerate((drone, late, friend, bird), start=1)]
    alerts = [
        alert(5.0, 5, "predicted"),
        alert(8.0, 7, "actual"),
        alert(8.0, 8, "actual"),
        alert(9.0, 99, "actual"),
        alert(10.0, 5, "cleared"),
        alert(12.0, 5, "actual"),
        alert(20.0, 6, "actual"),
    ]
    result = scored([drone, late, friend, bird], points, alerts, zones=[ZONE]).alerts
    assert (result.due, result.warned, result.missed, result.in_time) == (2, 2, 0, 1)
    assert (result.false_authorised, result.false_other, result.false_nothing) == (1, 1, 1)
    assert result.hours == pytest.approx(39 / 3600)
    assert result.false_per_hour == pytest.approx(3 / (39 / 3600))
    assert (result.warning_s_least, result.raised_again) == (-8.0, 1)
    assert result.warning_s_median == pytest.approx((6.0 - 8.0) / 2)


def test_no_alert_due_is_no_warning_time():
    bird = flight(1, "bird", "bird", True)
    result = scored([bird], [shown(5, bird, range(40), "bird")]).alerts
    assert (result.due, result.warning_s_median, result.warning_s_least, result.false_per_hour) == (
        0,
        None,
        None,
        0.0,
    )
