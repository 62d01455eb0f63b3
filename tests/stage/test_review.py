"""Why something was missed: every branch of the tree, on made-up chains and on made-up pictures."""

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import DEG_PER_M, LAT, LON, T0, alert, flight, shown

from vedette.app.circumstances import circumstances
from vedette.core.observation import OBSERVATION
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.evaluate import Picture, compare
from vedette.evaluate.coverage import Circumstances, covered, polar
from vedette.evaluate.picture import ALERT, IDENTITY, POINT
from vedette.evaluate.plots import attribute
from vedette.evaluate.review import review
from vedette.evaluate.review_table import review_table
from vedette.evaluate.verdict import GOOD, VERDICTS, Chain, judge
from vedette.simulate.load import load_scenario

RADAR = Sensor(
    id="radar",
    index=0,
    lat_deg=LAT,
    lon_deg=LON,
    alt_m=50.0,
    range_max_m=5_000.0,
    scan="staring",
    period_s=1.0,
)
EAR = Sensor(id="ear", index=1, modality="rf", lat_deg=LAT, lon_deg=LON, alt_m=50.0, range_max_m=5_000.0)
ZONE = Zone("Z", "plant", "PROHIBITED", [Volume(circle=(LAT, LON, 200.0))])
FAR_ZONE = Zone("Z", "plant", "PROHIBITED", [Volume(circle=(LAT, LON, 50_000.0))])


def plots_of(rows, seconds, sensor=RADAR):
    """Exact observations of a truth at some of its seconds."""
    out = np.zeros(len(list(seconds)), OBSERVATION)
    for name in OBSERVATION.names or ():
        if OBSERVATION[name].base.kind == "f":
            out[name] = np.nan
    mine = rows[list(seconds)]
    out["valid_ns"] = out["heard_ns"] = mine["time_ns"]
    out["sensor"] = sensor.index
    out["range_m"], out["azimuth_deg"], out["elevation_deg"] = polar(sensor, mine)
    out["range_sd_m"], out["azimuth_sd_deg"], out["elevation_sd_deg"] = 5.0, 0.5, 1.0
    return out


def reviewed(
    truths, observed=(), points=(), alerts=(), zones=(ZONE,), sensors=(RADAR,), about=None, late_s=15.0
):
    """The review of one made-up exercise."""
    rows = np.concatenate(truths)
    rows = rows[np.argsort(rows["time_ns"], kind="stable")]
    picture = Picture(
        np.concatenate([np.zeros(0, POINT), *points]), np.array(list(alerts), ALERT), np.zeros(0, IDENTITY)
    )
    compared = compare(picture, rows, list(zones))
    covers = {s.id: covered(s, rows, about or Circumstances()) for s in sensors}
    plots = attribute(np.concatenate([np.zeros(0, OBSERVATION), *observed]), sensors, rows, covers)
    return review(compared, plots, sensors, covers, late_s)


def only(result):
    assert len(result.individuals) == 1
    return result.individuals[0]


DRONE = flight(1, "drone", seconds=60)  # begins in the zone and leaves it after 20 s
FAR = flight(1, "drone", seconds=60, north_m=20_000.0)


def test_out_of_range_is_no_coverage():
    one = only(reviewed([FAR], zones=[FAR_ZONE]))
    assert (one.verdict, one.due, one.cover_s, one.sensors) == ("no coverage", True, None, [])


def test_in_coverage_without_a_plot_is_not_detected():
    one = only(reviewed([DRONE]))
    assert (one.verdict, one.cover_s, one.plot_s) == ("not detected", 0.0, None)
    assert one.sensors[0].covered == 1.0


def test_plots_without_a_track_are_not_associated():
    one = only(reviewed([DRONE], [plots_of(DRONE, range(3, 50))]))
    assert (one.verdict, one.plot_s, one.plots, one.track_s) == ("not associated", 3.0, 47, None)
    assert one.sensors[0].plots == 47


def test_a_track_after_it_left_is_late():
    one = only(reviewed([DRONE], [plots_of(DRONE, range(60))], [shown(7, DRONE, range(40, 60))]))
    assert (one.verdict, one.track_s) == ("late", 40.0)
    assert "21 s after it had left" in one.why
    assert "40 s from plot to track" in one.why


def test_a_hole_while_it_was_in_the_zone_is_not_associated():
    back = DRONE[::-1].copy()  # begins outside, comes in
    back["time_ns"] = DRONE["time_ns"]
    one = only(reviewed([back], [plots_of(back, range(60))], [shown(7, back, range(10))]))
    assert one.verdict == "not associated"
    assert (one.gaps[0].in_zone, one.gaps[0].why) == (True, "not associated")


def test_a_track_of_another_class_is_wrong_class():
    track = shown(7, DRONE, range(2, 60), kind="bird")
    one = only(reviewed([DRONE], [plots_of(DRONE, range(60))], [track]))
    assert (one.verdict, one.class_s) == ("wrong class", None)
    assert "bird 100%" in one.why


def test_a_right_track_in_the_zone_without_an_alert_is_rule_silent():
    one = only(reviewed([DRONE], [plots_of(DRONE, range(60))], [shown(7, DRONE, range(2, 60))]))
    assert (one.verdict, one.track_s, one.class_s, one.alert_s) == ("rule silent", 2.0, 2.0, None)


@pytest.mark.parametrize(("second", "verdict"), [(5, "alerted"), (18, "late")])
def test_an_alert_is_in_time_or_late(second, verdict):
    result = reviewed(
        [DRONE], [plots_of(DRONE, range(60))], [shown(7, DRONE, range(2, 60))], [alert(second, 7, "actual")]
    )
    one = only(result)
    assert (one.verdict, one.alert_s, one.warning_s) == (verdict, float(second), -float(second))
    assert result.due == {verdict: 1}


def test_a_late_alert_says_which_link_was_slow():
    one = only(
        reviewed(
            [DRONE], [plots_of(DRONE, range(60))], [shown(7, DRONE, range(2, 60))], [alert(18, 7, "actual")]
        )
    )
    assert "16 s from its class to the alert" in one.why


@pytest.mark.parametrize(
    ("seconds", "kind", "verdict"),
    [
        (range(1, 60), "bird", "tracked"),
        (range(30, 60), "bird", "late"),
        (range(1, 60), "balloon", "wrong class"),
    ],
)
def test_what_no_alert_is_due_for(seconds, kind, verdict):
    bird = flight(2, "gull", "bird", authorised=True, seconds=60)
    one = only(reviewed([bird], [plots_of(bird, range(60))], [shown(7, bird, seconds, kind=kind)]))
    assert (one.verdict, one.due) == (verdict, False)


def test_a_drone_with_leave_is_not_due():
    mine = flight(1, "drone", authorised=True, seconds=60)
    assert not only(reviewed([mine])).due


def test_without_zones_a_drone_without_leave_is_due_all_the_time():
    one = only(
        reviewed(
            [FAR],
            [plots_of(FAR, range(60), FAR_SEER)],
            [shown(7, FAR, range(60))],
            zones=(),
            sensors=(FAR_SEER,),
        )
    )
    assert (one.due, one.verdict, one.entry_s) == (True, "rule silent", None)


FAR_SEER = msgspec.structs.replace(RADAR, range_max_m=40_000.0)


def test_due_come_first_and_counts_add_up():
    gull = flight(2, "gull", "bird", authorised=True, seconds=60, north_m=900.0)
    result = reviewed([gull, DRONE], [plots_of(gull, range(60))], [shown(7, gull, range(60), kind="bird")])
    assert [one.name for one in result.individuals] == ["drone", "gull"]
    assert result.verdicts == {"not detected": 1, "tracked": 1}
    text = review_table(result)
    assert "not detected: in coverage from 0:00 on, no plot" in text
    assert "alert due: 1 not detected" in text


@pytest.mark.parametrize(
    ("seconds", "off", "why"),
    [
        ([*range(20), *range(40, 60)], (0, 0), "not detected"),
        ([*range(20), *range(40, 60)], (15, 45), "no coverage"),
        (range(60), (0, 0), "not associated"),
    ],
)
def test_a_gap_says_why(seconds, off, why):
    about = Circumstances(off={"radar": [(T0 + off[0] * NS_PER_S, T0 + off[1] * NS_PER_S)]})
    points = [shown(7, DRONE, [*range(20), *range(40, 60)])]
    one = only(reviewed([DRONE], [plots_of(DRONE, seconds)], points, about=about))
    assert [(gap.from_s, gap.until_s, gap.why) for gap in one.gaps] == [(22.0, 40.0, why)]


# Coverage


def test_a_sensor_that_was_off_did_not_cover():
    about = Circumstances(off={"radar": [(T0 + 10 * NS_PER_S, T0 + 20 * NS_PER_S)]})
    assert np.flatnonzero(~covered(RADAR, DRONE, about)).tolist() == list(range(10, 20))


def test_what_stands_behind_a_hill_is_not_covered():
    """As the scenario's own sensors see it: the drone hides in the streets below its blocks."""
    scenario = load_scenario("government_building")
    about = circumstances(scenario, [1], T0)
    radar = msgspec.structs.replace(RADAR, lat_deg=47.54522, lon_deg=21.595, alt_m=198.0)
    drone = flight(1, "drone", seconds=2)
    drone["lat_deg"], drone["lon_deg"], drone["alt_m"] = 47.5475, 21.595, (164.0, 300.0)
    assert covered(radar, drone, about).tolist() == [False, True]
    flat = msgspec.structs.replace(about, clear=None, ground_m=None)
    assert covered(radar, drone, flat).all()
    assert circumstances(load_scenario("brussels"), [1], T0).clear is None


def test_who_listens_covers_what_transmits():
    assert not covered(EAR, DRONE, Circumstances()).any()
    assert covered(EAR, DRONE, Circumstances(transmitting={"rf": frozenset({1})})).all()


def test_the_horizon_hides_what_is_low():
    radar = msgspec.structs.replace(RADAR, range_max_m=200_000.0, alt_m=10.0)
    far = flight(1, "drone", north_m=40_000.0, seconds=2)
    far["alt_m"] = 30.0
    assert covered(radar, far, Circumstances()).all()
    assert not covered(radar, far, Circumstances(ground_m=0.0)).any()
    far["alt_m"] = 500.0
    assert covered(radar, far, Circumstances(ground_m=0.0)).all()


@given(azimuth=st.floats(0, 359.9), begin=st.floats(0, 359.9), width=st.floats(1, 359))
def test_the_field_of_view_is_a_sector(azimuth, begin, width):
    rows = flight(1, "drone", seconds=1)
    rows["lat_deg"] = LAT + 1_000 * np.cos(np.radians(azimuth)) * DEG_PER_M
    rows["lon_deg"] = LON + 1_000 * np.sin(np.radians(azimuth)) * DEG_PER_M / np.cos(np.radians(LAT))
    sensor = msgspec.structs.replace(RADAR, azimuth_from_deg=begin, azimuth_width_deg=width)
    seen = float(polar(sensor, rows)[1][0])
    away = min((seen - begin) % 360.0, (begin + width - seen) % 360.0)
    if away > 0.01:
        assert covered(sensor, rows, Circumstances())[0] == ((seen - begin) % 360.0 <= width)


# Whose a plot was


def test_plots_go_to_the_nearest_and_false_ones_to_nobody():
    other = flight(2, "other", seconds=60, north_m=300.0)
    rows = np.concatenate([DRONE, other])
    rows = rows[np.argsort(rows["time_ns"], kind="stable")]
    covers = {"radar": np.ones(len(rows), bool)}
    false = plots_of(DRONE, [5])
    false["azimuth_deg"] += 180.0
    seen = np.concatenate([plots_of(DRONE, range(20)), plots_of(other, range(20)), false])
    plots = attribute(seen, [RADAR], rows, covers)
    assert np.bincount(plots["truth"] + 1).tolist() == [1, 0, 20, 20]
    place = plots[plots["truth"] == 2][0]
    assert abs(place["lat_deg"] - other["lat_deg"][0]) < 5 * DEG_PER_M


def test_a_bearing_goes_to_what_its_sensor_can_hear():
    silent = flight(2, "silent", seconds=10, north_m=50.0)
    loud = flight(3, "loud", seconds=10, north_m=900.0)
    rows = np.concatenate([silent, loud])
    rows = rows[np.argsort(rows["time_ns"], kind="stable")]
    seen = plots_of(loud, range(1), EAR)
    seen["range_m"] = seen["elevation_deg"] = np.nan
    covers = {"ear": covered(EAR, rows, Circumstances(transmitting={"rf": frozenset({3})}))}
    plots = attribute(seen, [EAR], rows, covers)
    assert plots["truth"].tolist() == [3]
    assert np.isnan(plots["lat_deg"]).all()


@pytest.mark.parametrize("count", [0, 1])
def test_nothing_and_little_is_no_trouble(count):
    one = only(reviewed([DRONE[:1]], [plots_of(DRONE, range(count))]))
    assert one.verdict == ("not associated" if count else "not detected")


# The tree

times = st.none() | st.floats(0, 100)
few = st.integers(0, 60)
CHAINS = st.builds(
    Chain,
    due=st.booleans(),
    begin_s=st.just(0.0),
    cover_s=times,
    plot_s=times,
    track_s=times,
    class_s=times,
    alert_s=times,
    entry_s=times,
    left_s=times,
    zone_s=few,
    zone_covered=few,
    zone_plots=few,
    zone_held=few,
    zone_right=few,
    plots=few,
    classes=st.just({"bird": 1.0}),
)


@given(CHAINS)
def test_every_chain_has_a_verdict_and_its_evidence(chain):
    verdict, why = judge(chain)
    assert verdict in VERDICTS
    assert why
    if verdict == "alerted":
        assert chain.due
        assert chain.alert_s is not None
    if verdict in GOOD:
        assert chain.track_s is not None
    if chain.track_s is None and chain.plot_s is None:
        assert verdict in ("no coverage", "not detected")
