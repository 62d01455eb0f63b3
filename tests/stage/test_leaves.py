"""Leave in space and time and by operator: who has it, who is out of it, and what a person is told."""

import math
import re
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.stage.test_identify import AUTHORISED, DRONE, ICAO, RID, SERIAL, T0, UNAUTHORISED, UNKNOWN, likely

from vedette.app.areas import volumes
from vedette.core.claim import Claim
from vedette.core.classes import Authorisation
from vedette.core.errors import ConfigError
from vedette.core.leave import plain
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.core.zone import Area, Volume, Zone
from vedette.identify.context import borrowed
from vedette.identify.leaves import Authorised, Flight, Leaves, Operator, holds
from vedette.identify.register import is_beyond, operator_key, register
from vedette.identify.step import init, step, with_leaves
from vedette.identify.told import DRIFT, Speakers, Told
from vedette.kernel.geodesy import geodetic_from_enu

SITE = np.array([50.9, 4.48, 0.0])
CIRCLE = Area(circle=(50.9, 4.48, 500.0), lower_m=0.0, upper_m=120.0, ground_m=50.0)
SQUARE = Area(polygon=((50.89, 4.47), (50.91, 4.47), (50.91, 4.49), (50.89, 4.49)), upper_m=200.0,
              upper_reference="WGS84")  # fmt: skip
VOLUME = volumes([], None)
START = datetime.fromtimestamp(T0 / NS_PER_S, UTC)
REGISTRATION = "FIN87astrdge12k8"


def known(*authorised, operators=(), flights=()):
    told = Leaves(authorised=authorised, operators=operators, flights=flights)
    return register(told, VOLUME)


class Flown:
    """One track through the stage, placed in metres from the middle of the circle."""

    def __init__(self, leaves):
        self.state = init(leaves=leaves)
        self.output = None

    def at(self, s, *claims, east=0.0, north=0.0, alt=100.0, sd=5.0, alt_sd=5.0, p=DRONE, seen=True):
        now_ns = T0 + round(s * NS_PER_S)
        row = np.zeros(1, TRACK)
        row["time_ns"] = row["heard_ns"] = now_ns
        row["track_id"], row["status"] = 1, TrackStatus.CONFIRMED if seen else TrackStatus.COASTING
        lat, lon, _ = geodetic_from_enu(SITE, np.array([[east, north, 0.0]]))[0]
        row["lat_deg"], row["lon_deg"], row["alt_m"] = lat, lon, alt
        row["sd_major_m"] = row["sd_minor_m"] = sd
        row["alt_sd_m"], row["speed_sd_mps"] = alt_sd, 0.5
        hits = [(1, now_ns, claim) for claim in claims]
        self.state, self.output = step(
            self.state, row, p[None], hits, np.array([[5 + round(s), 0]]), {0: "radar", 1: "adsb"}, now_ns
        )
        return Authorisation(int(self.output.rows["authorisation"][0]))

    @property
    def reasons(self):
        return self.state.dossiers[1].last.reasons


# In space

metres = st.floats(-2000.0, 2000.0)
sigmas = st.floats(0.1, 300.0)


@given(east=metres, north=metres, sd=sigmas)
def test_only_what_is_surely_out_of_a_circle_loses_its_leave(east, north, sd):
    out_m = math.hypot(east, north) - 500.0
    assume(abs(out_m - 2.0 * sd) > 1.0)
    flown = Flown(known(Authorised(serial=SERIAL, area=CIRCLE)))
    found = flown.at(0, RID, east=east, north=north, sd=sd)
    assert found == (UNAUTHORISED if out_m > 2.0 * sd else AUTHORISED)
    if found == UNAUTHORISED:
        assert f" m outside (± {sd:.0f} m)" in flown.reasons[0]
        assert float(re.search(r"(\d+) m outside", flown.reasons[0])[1]) == pytest.approx(out_m, abs=1.0)


@given(alt=st.floats(-300.0, 600.0), sd=sigmas)
def test_height_counts_with_its_own_uncertainty(alt, sd):
    high_m = alt - 170.0  # 120 m above a ground that is 50 m high; on the ground is never too low
    assume(abs(high_m - 2.0 * sd) > 0.1)
    flown = Flown(known(Authorised(serial=SERIAL, area=CIRCLE)))
    found = flown.at(0, RID, alt=alt, alt_sd=sd)
    assert found == (UNAUTHORISED if high_m > 2.0 * sd else AUTHORISED)
    if found == UNAUTHORISED:
        assert "above its top" in flown.reasons[0]


@given(east=metres, north=metres, sd=sigmas, less=st.floats(0.0, 1.0), k=st.floats(0.0, 5.0))
def test_a_better_known_place_never_gives_leave_back(east, north, sd, less, k):
    lat, lon, _ = geodetic_from_enu(SITE, np.array([[east, north, 0.0]]))[0]
    there = VOLUME(SQUARE).beyond(lat, lon, math.nan)
    assert is_beyond(there, sd * less, sd, k) or not is_beyond(there, sd, sd, k)
    assert not is_beyond(there, math.nan, math.nan, k)


@given(east=st.floats(-3000.0, 3000.0), north=st.floats(-3000.0, 3000.0))
def test_a_polygon_is_left_where_the_watch_says_that_a_zone_is(east, north):
    """A square is left by as much as its nearest edge is away, on the same plane."""
    lat, lon, _ = geodetic_from_enu(SITE, np.array([[east, north, 0.0]]))[0]
    away = VOLUME(SQUARE).beyond(lat, lon, 0.0).away_m
    half_n, half_e = 1112.5, 702.9
    outside = math.hypot(max(abs(east) - half_e, 0.0), max(abs(north) - half_n, 0.0))
    expected = outside or max(abs(east) - half_e, abs(north) - half_n)
    assert away == pytest.approx(expected, abs=5.0)


def test_five_metres_out_with_ten_of_sigma_is_not_out():
    flown = Flown(known(Authorised(serial=SERIAL, area=CIRCLE)))
    assert flown.at(0, RID, east=505.0, sd=10.0) == AUTHORISED


def test_who_has_left_is_back_only_when_in_so_that_nothing_flickers():
    flown = Flown(known(Authorised(serial=SERIAL, operator="Survey", area=CIRCLE, reference="BE-14")))
    assert flown.at(0, RID, east=480.0, sd=10.0) == AUTHORISED
    assert flown.at(1, RID, east=519.0, sd=10.0) == AUTHORISED
    assert flown.at(2, RID, east=521.0, sd=10.0) == UNAUTHORISED
    why = "of Survey is out of the volume of its authorisation BE-14: 21 m outside (± 10 m)"
    assert why in flown.reasons[0]
    assert flown.at(3, RID, east=505.0, sd=10.0) == UNAUTHORISED
    assert flown.at(4, RID, east=495.0, sd=10.0) == AUTHORISED
    assert "(BE-14)" in flown.reasons[0]


def test_what_nobody_sees_neither_leaves_nor_comes_back():
    flown = Flown(known(Authorised(serial=SERIAL, area=CIRCLE)))
    assert flown.at(0, RID, east=490.0) == AUTHORISED
    assert flown.at(9, RID, east=700.0, seen=False) == AUTHORISED
    assert flown.at(18, RID, east=700.0) == UNAUTHORISED
    assert flown.at(27, RID, east=400.0, seen=False) == UNAUTHORISED
    assert "was last seen outside" in flown.reasons[0]


def test_an_unknown_height_fits_and_an_unknown_ground_widens():
    flown = Flown(known(Authorised(serial=SERIAL, area=CIRCLE)))
    assert flown.at(0, RID, alt=math.nan, alt_sd=math.nan) == AUTHORISED
    unsure = Area(circle=(50.9, 4.48, 500.0), upper_m=120.0)
    assert Flown(known(Authorised(serial=SERIAL, area=unsure))).at(0, RID, alt=260.0) == AUTHORISED
    assert Flown(known(Authorised(serial=SERIAL, area=unsure))).at(0, RID, alt=290.0) == UNAUTHORISED
    zone = Zone("Z", "Z", "CONDITIONAL", [Volume(circle=(50.9, 4.48, 9.0))], ground_m=20.0)
    (shape,) = volumes([zone], None)(unsure).place.shapes
    assert shape.band[1] == 140.0


def test_several_leaves_are_taken_together_and_the_nearest_tells():
    west = Area(circle=(50.9, 4.46, 500.0))
    flown = Flown(known(Authorised(serial=SERIAL, area=west), Authorised(serial=SERIAL, area=CIRCLE)))
    assert flown.at(0, RID) == AUTHORISED
    assert flown.at(1, RID, north=600.0) == UNAUTHORISED
    assert "100 m outside" in flown.reasons[0]
    assert flown.at(2, RID, north=60_000.0) == UNAUTHORISED
    assert "km outside" in flown.reasons[0]


def test_an_area_bounds_leave_and_zones_say_in_which_of_them():
    flown = Flown(known(Authorised(serial=SERIAL, area=CIRCLE, zones=["quarry"])))
    flown.at(0, RID)
    assert flown.output.zones == {1: ["quarry"]}
    flown.at(1, RID, north=700.0)
    assert flown.output.zones == {}


def test_an_area_without_a_way_to_make_volumes_is_refused_and_not_everywhere():
    with pytest.raises(ConfigError, match="area"):
        register(Leaves(authorised=(Authorised(serial=SERIAL, area=CIRCLE),)))


# In time


@given(offset=st.integers(-400_000, 400_000), hours=st.integers(1, 50), zone=st.integers(-12, 12))
def test_a_time_with_an_offset_is_the_same_instant_in_nanoseconds(offset, hours, zone):
    shift = timedelta(hours=zone)
    start = (START + shift).replace(tzinfo=None)
    local = start.replace(tzinfo=datetime.strptime(f"{zone:+03d}00", "%z").tzinfo)
    written = Authorised(serial=SERIAL, start=local, end=local + timedelta(hours=hours))
    counted = Authorised(serial=SERIAL, start_ns=T0, end_ns=T0 + hours * 3600 * NS_PER_S)
    now_ns = T0 + offset * NS_PER_S
    assert holds(written, now_ns) == holds(counted, now_ns) == (0 <= offset < hours * 3600)


@pytest.mark.parametrize(
    ("start_s", "end_s", "said"),
    [
        (None, -1, "its authorisation ended 1 s ago"),
        (None, -740, "ended 12 min ago"),
        (None, -3 * 86_400, "ended 3 days ago"),
        (7300, None, "begins in 2 h"),
        (50, 60, "begins in 50 s"),
    ],
)
def test_it_says_how_long_over_and_how_long_until(start_s, end_s, said):
    times = {
        name: START + timedelta(seconds=s)
        for name, s in (("start", start_s), ("end", end_s))
        if s is not None
    }
    flown = Flown(known(Authorised(serial=SERIAL, operator="Survey", **times)))
    assert flown.at(0, RID) == UNAUTHORISED
    assert said in flown.reasons[0]
    assert "of Survey holds no authorisation that is valid now" in flown.reasons[0]


def test_leave_that_ends_in_flight_is_told_within_a_second():
    flown = Flown(known(Authorised(serial=SERIAL, area=CIRCLE, end=START + timedelta(seconds=10))))
    assert [flown.at(s, RID) for s in range(12)] == [AUTHORISED] * 10 + [UNAUTHORISED] * 2


def test_a_reason_is_told_again_when_its_figure_has_doubled_and_not_each_second():
    flown = Flown(known(Authorised(serial=SERIAL, area=CIRCLE)))
    told = 0
    for s in range(60):
        flown.at(s, RID, east=520.0 + 10.0 * s, sd=2.0)
        told += len(flown.output.identities)
    assert 4 <= told <= 9
    assert "5" in flown.reasons[0]


# By operator

SURVEY = Operator(registration=REGISTRATION, name="Survey Ltd", serials=[SERIAL])
OTHER = Operator(registration="BEL11111111111x2", name="Roofs")


def says(operator_id, ident=SERIAL):
    return Claim("remote_id", ident, category="multirotor", operator_id=operator_id)


def test_leave_of_an_operator_is_for_the_drones_that_are_registered_for_it():
    leaves = known(Authorised(registration=REGISTRATION, area=CIRCLE), operators=(SURVEY, OTHER))
    assert Flown(leaves).at(0, RID) == AUTHORISED, "its serial number tells whose it is"
    flown = Flown(leaves)
    assert flown.at(0, says(f"{REGISTRATION}-k3x")) == AUTHORISED, "with the secret signs behind"
    assert "of Survey Ltd holds an authorisation" in flown.reasons[0]
    assert flown.at(1, says(REGISTRATION), north=900.0) == UNAUTHORISED
    stranger = Flown(leaves)
    assert stranger.at(0, says(REGISTRATION, "1581F4XYZ0009")) == UNAUTHORISED
    assert "says that Survey Ltd (FIN87astrdge12k8) flies it" in stranger.reasons[1]


def test_of_an_operator_whose_drones_nobody_registered_the_word_counts():
    leaves = known(Authorised(registration=OTHER.registration), operators=(OTHER,))
    flown = Flown(leaves)
    assert flown.at(0, says(OTHER.registration.upper(), "X1")) == AUTHORISED
    assert Flown(leaves).at(0, says("BEL22222222222x2", "X1")) == UNAUTHORISED
    assert Flown(leaves).at(0, says(None, "X1")) == UNAUTHORISED


def test_an_operator_that_is_not_the_registered_one_speaks_against_the_claim():
    leaves = known(
        Authorised(serial=SERIAL), Authorised(registration=OTHER.registration), operators=(SURVEY, OTHER)
    )
    flown = Flown(leaves)
    assert flown.at(0, says(OTHER.registration)) == AUTHORISED, "its serial number has leave; doubt is apart"
    assert "registered for Survey Ltd" in flown.reasons[1]
    by_number = known(Authorised(registration=OTHER.registration), operators=(SURVEY, OTHER))
    assert Flown(by_number).at(0, says(OTHER.registration)) == UNAUTHORISED
    by_owner = known(Authorised(registration=REGISTRATION), operators=(SURVEY, OTHER))
    assert Flown(by_owner).at(0, says(OTHER.registration)) == UNAUTHORISED


def test_a_drone_without_leave_says_whose_it_is():
    flown = Flown(known(operators=(SURVEY,)))
    assert flown.at(0, RID) == UNAUTHORISED
    assert "of Survey Ltd holds no authorisation" in flown.reasons[0]


@given(text=st.text(max_size=24))
def test_writing_a_number_otherwise_is_no_other_number(text):
    assert plain(plain(text)) == plain(text) == plain(f" {text}\t")


def test_numbers_without_the_form_of_the_union_are_not_cut():
    assert plain("FA3-ABC-xyz") == "fa3-abc-xyz"
    assert plain("FIN87astrdge12k8-XYZ") == "fin87astrdge12k8"


# Who is expected


def quiet(leaves, **where):
    """The verdict and reason of a silent drone that is ten seconds old."""
    flown = Flown(leaves)
    verdict = UNKNOWN
    for s in range(12):
        row = flown.state.dossiers.get(1)
        if row is not None:  # the case for a drone is not what is looked at here
            flown.state.dossiers[1] = type(row)(since_ns=row.since_ns, drone=True, case=6.0)
        verdict = flown.at(s, **where)
    return verdict, flown.reasons[0]


def test_a_silent_drone_may_be_one_whose_leave_is_here_and_not_one_whose_leave_is_elsewhere():
    leaves = known(Authorised(serial="X", operator="Survey", area=CIRCLE))
    verdict, why = quiet(leaves)
    assert (verdict, why) == (UNKNOWN, "may be Survey, who has leave now and was not heard yet")
    assert quiet(leaves, north=900.0)[0] == UNAUTHORISED


def made(flown):
    """The case for a drone is made, and everything else as it was."""
    row = flown.state.dossiers.get(1)
    if row is not None:
        flown.state.dossiers[1] = msgspec.structs.replace(row, drone=True, case=6.0)


def test_who_takes_off_in_a_volume_with_leave_is_waited_for_and_who_comes_into_it_is_not():
    leaves = known(Authorised(serial="X", operator="Survey", area=CIRCLE))
    took_off, came_in = Flown(leaves), Flown(leaves)
    wait_s = int(took_off.state.settings.planned_wait_s)
    assert wait_s > took_off.state.settings.expected_wait_s
    for s in range(wait_s + 3):
        made(took_off), made(came_in)
        found = took_off.at(s)
        assert found == UNKNOWN or s >= wait_s
        other = came_in.at(s, north=max(800.0 - 40.0 * s, 0.0))
    assert found == UNAUTHORISED
    assert other == UNAUTHORISED
    early = Flown(leaves)
    for s in range(12):
        made(early)
        found = early.at(s, north=max(800.0 - 40.0 * s, 0.0))
    assert found == UNAUTHORISED, "it is in the volume by now, and did not begin there"


def test_who_was_heard_and_ended_may_be_silent_again():
    flown = Flown(known(Authorised(serial=SERIAL, area=CIRCLE)))
    flown.at(0, RID)
    assert flown.state.spoken == {SERIAL: 1}
    row = np.zeros(1, TRACK)
    row["track_id"], row["status"] = 1, TrackStatus.ENDED
    flown.state, _ = step(
        flown.state, row, DRONE[None], [], np.array([[5, 0]]), {0: "radar", 1: "adsb"}, T0 + NS_PER_S
    )
    assert flown.state.spoken == {}


def test_who_is_heard_where_navigation_is_disturbed_may_be_the_silent_one():
    spoken = {SERIAL: 7, "Y": 8, "Z": 9}
    told = {7: Told(remarks=(DRIFT,)), 8: Told()}
    heard = Speakers(spoken, told)
    assert [name in heard for name in (SERIAL, "Y", "Z", "nobody")] == [False, True, True, False]
    leaves = known(Authorised(serial=SERIAL, operator="Survey", area=CIRCLE))
    assert not leaves.heard(0, heard)
    assert leaves.heard(0, Speakers(spoken, {}))


def test_an_operators_leave_waits_for_any_of_its_drones():
    leaves = known(Authorised(registration=REGISTRATION), operators=(SURVEY,))
    assert leaves.heard(0, {"X", SERIAL})
    assert leaves.heard(0, {operator_key(plain(REGISTRATION))})
    assert not leaves.heard(0, {"X"})
    flown = Flown(leaves)
    flown.at(0, says(REGISTRATION, "X9"))
    assert flown.state.spoken[operator_key(plain(REGISTRATION))] == 1


# Flight plans

LINER = likely(aeroplane=0.9)


def test_a_flight_plan_gives_the_reason_and_changes_no_verdict():
    plan = Flight(callsign="BEL3PK", icao24="44a8b2", operator="Police", reference="FPL 12")
    flown = Flown(known(flights=(plan,)))
    assert flown.at(0, ICAO, p=LINER, alt=3000.0) == AUTHORISED
    assert flown.reasons[0] == "flight plan FPL 12 of Police for BEL3PK"
    without = Flown(known())
    assert without.at(0, ICAO, p=LINER, alt=3000.0) == AUTHORISED
    assert without.reasons[0] == "answers as 44A8B2: a manned aircraft that says who it is"


def test_a_plan_for_another_address_is_told_and_one_of_yesterday_is_not():
    flown = Flown(known(flights=(Flight(callsign="BEL3PK", icao24="4CA123"),)))
    assert flown.at(0, ICAO, p=LINER, alt=3000.0) == AUTHORISED
    assert flown.reasons[1] == "the flight plan for BEL3PK names another address, 4CA123"
    old = Flown(known(flights=(Flight(icao24="44A8B2", end=START),)))
    old.at(0, ICAO, p=LINER, alt=3000.0)
    assert "flight plan" not in " ".join(old.reasons)
    drone = Flown(known(flights=(Flight(icao24="44A8B2"),)))
    assert drone.at(0, ICAO, p=DRONE) != AUTHORISED, "a plan does not make a drone a manned aircraft"


# Other leaves in flight


def test_other_leaves_count_at_once_and_touch_nothing_else():
    flown, same = Flown(known(Authorised(serial=SERIAL))), Flown(known(Authorised(serial=SERIAL)))
    for s in range(5):
        flown.at(s, RID)
        same.at(s, RID)
    flown.state = with_leaves(flown.state, known(Authorised(serial=SERIAL, area=SQUARE)))
    assert flown.at(4.04, RID) == same.at(4.04, RID) == AUTHORISED
    before, after = same.state.dossiers[1], flown.state.dossiers[1]
    assert (before.case, before.drone, before.company_s) == (after.case, after.drone, after.company_s)
    flown.state = with_leaves(flown.state, known())
    assert flown.at(4.08, RID) == UNAUTHORISED
    assert len(flown.output.identities) == 1


# The check of claims


def test_far_out_of_the_volume_is_where_a_serial_number_is_borrowed():
    leave = Authorised(serial="A", area=CIRCLE, end_ns=T0)
    claim = Claim("remote_id", "A")
    near = borrowed(claim, 50.91, 4.48, [leave], {}, T0 - 1)
    far = borrowed(claim, 51.0, 4.48, [leave], {}, T0 - 1)
    both = borrowed(claim, 51.0, 4.48, [leave], {}, T0)
    assert near == 0.0 < far < both
