"""Identification: what speaks for what, who may fly, and when the verdict is made anew."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES, Authorisation
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.identify.classify import by_claim, by_motion
from vedette.identify.settings import Authorised, IdentifySettings
from vedette.identify.step import init, step
from vedette.track.state import CLASS_PRIOR

T0 = 1_700_000_000 * NS_PER_S
PRIOR = CLASS_PRIOR / CLASS_PRIOR.sum()
SERIAL = "1581F4XYZ0001"
RID = Claim("remote_id", SERIAL, category="multirotor")
ICAO = Claim("icao24", "44A8B2", callsign="BEL3PK", category="A3")
SENSORS = {0: "radar", 1: "adsb"}


def likely(**by_class):
    """What sensors said: these classes share what is named, the rest is shared by the others."""
    p = np.full(len(CLASSES), 1e-3)
    for name, q in by_class.items():
        p[CLASSES.index(name)] = q
    return p / p.sum()


class Life:
    """One track through the stage, second by second."""

    def __init__(self, settings=None, track_id=1):
        self.state = init(settings)
        self.track_id = track_id
        self.output = None

    def at(
        self, s, *claims, p=PRIOR, speed=0.0, alt=100.0, status=TrackStatus.CONFIRMED, sd=0.5, plots=(5, 0),
        heard_s=None,
    ):  # fmt: skip
        """One step, s seconds after T0; returns the authorisation that the row got."""
        now_ns = T0 + round(s * NS_PER_S)
        row = np.zeros(1, TRACK)
        row["time_ns"] = now_ns
        row["heard_ns"] = now_ns if heard_s is None else T0 + heard_s * NS_PER_S
        row["track_id"], row["status"] = self.track_id, status
        row["lat_deg"], row["lon_deg"], row["alt_m"] = 50.9, 4.48, alt
        row["v_north_mps"], row["speed_sd_mps"] = speed, sd
        hits = [(self.track_id, now_ns, claim) for claim in claims]
        self.state, self.output = step(
            self.state, row, p[None], hits, np.array([plots], np.int64), SENSORS, now_ns
        )
        return Authorisation(int(self.output.rows["authorisation"][0]))

    @property
    def best(self):
        return CLASSES[int(self.output.rows["class_index"][0])]

    @property
    def last(self):
        return self.state.dossiers[self.track_id].last


DRONE = likely(multirotor=0.97)
LATE_S = 5  # a verdict may be so old
UNKNOWN, AUTHORISED, UNAUTHORISED = (
    Authorisation.UNKNOWN,
    Authorisation.AUTHORISED,
    Authorisation.UNAUTHORISED,
)


def leave(**fields):
    return IdentifySettings(authorised=[Authorised(serial=SERIAL, operator="Survey", **fields)])


def by_one(top_mps, height_m):
    return by_motion(np.array([top_mps]), np.array([height_m]))[0]


def test_likelihoods_by_motion_fall_with_speed_and_height():
    assert np.allclose(by_one(0.0, float("nan")), 1.0)
    assert np.allclose(by_one(float("nan"), float("nan")), 1.0)
    for name, top in (("multirotor", 60.0), ("bird", 60.0), ("vessel", 50.0), ("helicopter", 160.0)):
        assert by_one(top, float("nan"))[CLASSES.index(name)] < 0.05
    assert by_one(230.0, 10_000.0)[CLASSES.index("aeroplane")] > 0.99
    assert by_one(10.0, 9000.0)[CLASSES.index("multirotor")] < 0.05


@given(speed=st.floats(-50.0, 1000.0), height=st.one_of(st.just(float("nan")), st.floats(-500.0, 60_000.0)))
def test_no_motion_rules_everything_out(speed, height):
    out = by_one(speed, height)
    assert np.isfinite(out).all()
    assert (out > 0.0).all()
    assert (out <= 1.0).all()


@given(
    scheme=st.sampled_from(["icao24", "remote_id", "mode_3a", "system_track", "sensor_track"]),
    category=st.one_of(
        st.none(), st.sampled_from(["A1", "A7", "B1", "B6", "C1", "multirotor", "Z9", "", "bird"])
    ),
)
def test_no_claim_rules_everything_out(scheme, category):
    out = by_claim(Claim(scheme, "x", category=category))
    assert (out > 0.0).all()
    assert np.isfinite(out).all()


def test_speed_rules_out_a_multirotor_though_a_sensor_says_so():
    life = Life()
    for s in range(5):
        life.at(s, p=likely(multirotor=0.7, aeroplane=0.3), speed=15.0, plots=(5 + s, 0))
    assert life.best == "multirotor"
    for s in range(5, 8):
        life.at(s, p=likely(multirotor=0.7, aeroplane=0.3), speed=120.0, plots=(5 + s, 0))
    assert life.best == "aeroplane"
    assert life.last.classes["multirotor"] < 0.05
    life.at(9, p=likely(multirotor=0.7, aeroplane=0.3), speed=15.0)
    assert life.best == "aeroplane", "it has flown that fast once"


def test_an_unsure_speed_rules_nothing_out():
    life = Life()
    for s in range(3):
        life.at(s, p=likely(multirotor=0.9), speed=120.0, sd=60.0)
    assert life.best == "multirotor"


def test_a_silent_drone_is_unauthorised_after_the_wait_and_not_before():
    life = Life()
    wait = life.state.settings.claim_wait_s
    verdicts = {s: life.at(s, p=DRONE, speed=10.0, plots=(5 + s, 0)) for s in range(40)}
    assert all(v == UNKNOWN for s, v in verdicts.items() if s < wait)
    assert verdicts[39] == UNAUTHORISED
    assert any("Remote ID" in r for r in life.last.reasons)


def test_remote_id_without_authorisation():
    life = Life()
    assert life.at(0, RID, p=DRONE) == UNAUTHORISED
    assert life.last.label == SERIAL
    assert SERIAL in life.last.reasons[0]


def test_remote_id_with_authorisation_everywhere():
    life = Life(leave())
    assert life.at(0, RID, p=DRONE) == AUTHORISED
    assert life.output.zones == {1: []}
    assert "Survey" in life.last.reasons[0]
    for s in range(1, 30):
        assert life.at(s, RID, p=DRONE) == AUTHORISED


def test_zones_of_a_permit_are_handed_on():
    life = Life(leave(zones=["quarry", "canal"]))
    life.at(0, RID, p=DRONE)
    assert life.output.zones == {1: ["quarry", "canal"]}
    life.at(0.5, p=DRONE)
    assert life.output.zones == {1: ["quarry", "canal"]}, "with every row, since the watch may be new"


def test_an_authorisation_begins_and_ends():
    life = Life(leave(start_ns=T0 + 10 * NS_PER_S, end_ns=T0 + 20 * NS_PER_S))
    verdicts = [life.at(s, RID, p=DRONE) for s in range(30)]
    assert verdicts[:20] == [UNAUTHORISED] * 10 + [AUTHORISED] * 10
    assert verdicts[20 + LATE_S :] == [UNAUTHORISED] * (10 - LATE_S)
    assert life.output.zones == {}


def test_one_of_several_authorisations_is_enough():
    entries = [
        Authorised(serial="other", zones=["x"]),
        Authorised(serial=SERIAL, zones=["old"], end_ns=T0),
        Authorised(serial=SERIAL, zones=["new"]),
    ]
    life = Life(IdentifySettings(authorised=entries))
    assert life.at(0, RID, p=DRONE) == AUTHORISED
    assert life.output.zones == {1: ["new"]}


def test_authorisations_that_hold_at_once_hold_together():
    """A permit for the quarry and one for the canal: it may be in both."""
    entries = [Authorised(serial=SERIAL, zones=["quarry"]), Authorised(serial=SERIAL, zones=["canal"])]
    life = Life(IdentifySettings(authorised=entries))
    life.at(0, RID, p=DRONE)
    assert sorted(life.output.zones[1]) == ["canal", "quarry"]


@pytest.mark.parametrize("said", [RID, Claim("remote_id", SERIAL.lower()), Claim("remote_id", SERIAL + "2")])
def test_a_serial_number_is_exact(said):
    life = Life(leave())
    assert (life.at(0, said, p=DRONE) == AUTHORISED) == (said.ident == SERIAL)


@given(
    speed=st.floats(60.0, 250.0),
    alt=st.floats(200.0, 12_000.0),
    p=st.sampled_from(
        [PRIOR, likely(aeroplane=0.8), likely(bird=0.6, multirotor=0.3), likely(multirotor=0.9)]
    ),
    category=st.sampled_from([None, "A1", "A3", "A5", "A7"]),
)
def test_an_airliner_with_an_address_is_never_unauthorised(speed, alt, p, category):
    """Whatever a sensor thinks of its class: it is fast and says who it is."""
    life = Life()
    for s in range(40):
        claims = [Claim("icao24", "44A8B2", category=category)] if s % 5 == 0 else []
        assert life.at(s, *claims, p=p, speed=speed, alt=alt) != UNAUTHORISED


def test_a_stray_remote_id_does_not_make_an_airliner_a_drone():
    """One forged or misplaced frame on the track of an aircraft at 120 m/s."""
    life = Life()
    for s in range(20):
        claims = [ICAO, *([RID] if s == 10 else [])]
        verdict = life.at(s, *claims, p=likely(aeroplane=0.6, multirotor=0.2), speed=120.0, alt=900.0)
        assert verdict != UNAUTHORISED


def test_a_bird_that_sensors_call_a_bird_is_never_unauthorised():
    life = Life()
    for s in range(60):
        assert life.at(s, p=likely(bird=0.85, multirotor=0.1), speed=12.0) == UNKNOWN
    assert life.best == "bird"


def test_what_nothing_is_known_of_is_unknown():
    life = Life()
    for s in range(60):
        assert life.at(s, speed=12.0) == UNKNOWN


def test_one_doubtful_second_is_no_drone():
    life = Life()
    for s in range(40):
        p = DRONE if s == 20 else likely(bird=0.9)
        assert life.at(s, p=p, speed=10.0) == UNKNOWN


def test_the_verdict_is_made_once_a_second():
    life = Life()
    life.at(0.0, p=likely(bird=0.9))
    assert life.best == "bird"
    life.at(0.5, p=likely(aeroplane=0.9))
    assert life.best == "bird", "kept within the second"
    assert life.output.identities == []
    life.at(1.0, p=likely(aeroplane=0.9))
    assert life.best == "aeroplane"


def test_a_new_claim_is_judged_at_once():
    life = Life()
    life.at(0.0, p=DRONE)
    assert life.at(0.2, RID, p=DRONE) == UNAUTHORISED
    assert [i.label for i in life.output.identities] == [SERIAL]
    life.at(0.4, RID, p=DRONE)
    assert life.output.identities == [], "the same again is nothing new"
    said = Claim("remote_id", SERIAL, operator_lat_deg=50.8, operator_lon_deg=4.4)
    life.at(0.6, said, p=DRONE)
    assert life.last is not None
    kept = life.state.dossiers[1].claims["remote_id"][1]
    assert (kept.category, kept.operator_lat_deg) == ("multirotor", 50.8), "what was said before is kept"


def test_a_claim_of_another_name_replaces_the_first_and_takes_nothing_from_it():
    life = Life()
    life.at(0, Claim("remote_id", "A", operator_id="OP-A", category="multirotor"), p=DRONE)
    life.at(1, Claim("remote_id", "B"), p=DRONE)
    assert life.last.label == "B"
    assert [c.ident for c in life.last.claims] == ["B"]
    assert life.last.claims[0].operator_id is None


def test_claims_age_out_and_leave_later_than_all_else():
    life = Life(leave())
    age = life.state.settings.leave_age_s
    assert age > life.state.settings.claim_age_s
    life.at(0, RID, p=DRONE)
    verdicts = {s: life.at(s, p=DRONE, speed=10.0, plots=(5 + s, 0)) for s in range(1, 640)}
    assert verdicts[int(age)] == AUTHORISED
    assert all(v != AUTHORISED for s, v in verdicts.items() if s > age + LATE_S)
    assert verdicts[639] == UNAUTHORISED
    assert life.last.claims == []
    assert life.at(640, RID, p=DRONE) in (AUTHORISED, UNAUTHORISED)
    assert life.at(641, RID, p=DRONE) == AUTHORISED, "heard again, within a second"


def test_leave_does_not_outlast_a_claim_that_others_make_by_then():
    life = Life(leave())
    age = life.state.settings.claim_age_s
    life.at(0, RID, p=DRONE)
    life.state, _ = step(
        life.state, np.zeros(0, TRACK), np.zeros((0, len(CLASSES))), [(2, T0 + NS_PER_S, RID)],
        np.zeros((0, 2), np.int64), SENSORS, T0 + NS_PER_S,
    )  # fmt: skip
    verdicts = {s: life.at(s, p=DRONE, speed=10.0, plots=(5 + s, 0)) for s in range(2, 60)}
    assert verdicts[int(age)] == AUTHORISED
    assert all(v != AUTHORISED for s, v in verdicts.items() if s > age + LATE_S)


def test_a_silent_drone_may_be_one_that_has_leave_and_was_not_heard_yet():
    life = Life(leave())
    wait = life.state.settings.expected_wait_s
    verdicts = {s: life.at(s, p=DRONE, speed=10.0, plots=(5 + s, 0)) for s in range(60)}
    assert all(v == UNKNOWN for s, v in verdicts.items() if s < wait)
    assert verdicts[59] == UNAUTHORISED
    over = Life(leave(end_ns=T0))
    assert [over.at(s, p=DRONE, speed=10.0, plots=(5 + s, 0)) for s in range(40)][-1] == UNAUTHORISED
    heard = Life(leave())
    heard.state, _ = step(
        heard.state, np.zeros(0, TRACK), np.zeros((0, len(CLASSES))), [(2, T0, RID)],
        np.zeros((0, 2), np.int64), SENSORS, T0,
    )  # fmt: skip
    assert [heard.at(s, p=DRONE, speed=10.0, plots=(5 + s, 0)) for s in range(1, 41)][-1] == UNAUTHORISED


def test_the_case_is_made_by_what_is_seen_and_not_by_waiting():
    still, seen = Life(), Life()
    for s in range(60):
        still.at(s, p=DRONE, speed=10.0)
        seen.at(s, p=DRONE, speed=10.0, plots=(5 + s, 0))
    assert (still.last.authorisation, seen.last.authorisation) == ("unknown", "unauthorised")
    assert still.last.case < 0.2
    assert seen.last.case == 1.0


def test_what_looks_like_a_drone_for_some_seconds_is_none():
    life, bird = Life(), likely(bird=0.97)
    looks = [DRONE if 40 <= s < 50 else bird for s in range(90)]
    verdicts = [life.at(s, p=p, speed=12.0, plots=(5 + s, 0)) for s, p in enumerate(looks)]
    assert set(verdicts) == {UNKNOWN}


def test_a_moment_above_the_bar_makes_no_drone_of_what_stays_below_it():
    """A car that a radar calls a drone : its case is made, and it was never likely enough for long."""
    open_ = likely(multirotor=0.4, ground_vehicle=0.58)  # P 0.836, of DRONE 0.901
    for for_s, expected in ((1, UNKNOWN), (12, UNAUTHORISED)):
        life = Life(IdentifySettings(uas_from=0.87))
        looks = [DRONE if 80 <= s < 80 + for_s else open_ for s in range(100)]
        verdicts = [life.at(s, p=p, speed=14.0, plots=(5 + s, 0)) for s, p in enumerate(looks)]
        assert verdicts[79] == UNKNOWN
        assert life.state.dossiers[1].case == life.state.settings.sure_from
        assert max(verdicts) == expected, "unauthorised is the highest of these"


def test_what_keeps_to_the_ground_is_no_drone_where_the_ground_is_known():
    def verdict(ground_m, alt):
        life = Life()
        life.state = init(ground_m=ground_m)
        return [life.at(s, p=DRONE, speed=8.0, alt=alt, plots=(5 + s, 0)) for s in range(90)][-1]

    assert verdict(100.0, 101.0) == UNKNOWN
    assert verdict(100.0, 112.0) == UNAUTHORISED
    assert verdict(None, 101.0) == UNAUTHORISED
    assert verdict(100.0, float("nan")) == UNAUTHORISED


def test_a_track_that_is_not_seen_is_judged_all_the_same():
    """It coasts: its rows come with the whole seconds, and what they were heard stays as it was."""
    life = Life(leave(end_ns=T0 + 5 * NS_PER_S))
    life.at(0, RID, p=DRONE)
    verdicts = [life.at(s, p=DRONE, heard_s=0, status=TrackStatus.COASTING) for s in range(1, 30)]
    assert verdicts[0] == AUTHORISED
    assert verdicts[5 + LATE_S] == UNAUTHORISED


def test_a_claim_heard_before_the_track_was_shown_counts():
    life = Life(leave())
    nothing = np.zeros(0, TRACK)
    life.state, _ = step(
        life.state,
        nothing,
        np.zeros((0, len(CLASSES))),
        [(1, T0, RID)],
        np.zeros((0, 2), np.int64),
        SENSORS,
        T0,
    )
    assert life.at(3, p=DRONE) == AUTHORISED


def test_probabilities_are_shares_and_the_best_is_told():
    life = Life()
    for s, claims in enumerate(((), (ICAO,), (RID,), (ICAO, RID))):
        life.at(s, *claims, speed=3.0 * s)
        assert sum(life.last.classes.values()) == pytest.approx(1.0, abs=1e-3)
        row = life.output.rows[0]
        assert 0.0 < row["class_probability"] <= 1.0


def test_sensors_are_named_most_plots_first_and_none_that_has_none():
    life = Life()
    life.at(0, plots=(2, 9))
    assert life.last.sensors == ["adsb", "radar"]
    other = Life()
    other.at(0, plots=(2, 0))
    assert other.last.sensors == ["radar"]


def test_labels():
    for claims, label in (
        ((), "T1"),
        ((Claim("mode_3a", "7000"),), "A7000"),
        ((Claim("sensor_track", "12"),), "T1"),
        ((RID,), SERIAL),
        ((Claim("icao24", "44A8B2"), Claim("mode_3a", "7000")), "44A8B2"),
        ((ICAO, RID), "BEL3PK"),
    ):
        life = Life()
        life.at(0, *claims)
        assert life.last.label == label


def test_the_end_of_a_track_is_the_end_of_its_dossier():
    life = Life()
    life.at(0, RID, p=DRONE)
    life.at(1, p=DRONE, status=TrackStatus.ENDED)
    assert life.state.dossiers == {}


def test_claims_of_tracks_never_shown_are_forgotten():
    state = init()
    nothing = np.zeros(0, TRACK), np.zeros((0, len(CLASSES)))
    plots = np.zeros((0, 2), np.int64)
    minute = 60 * NS_PER_S
    start = T0 // minute * minute
    state, _ = step(state, *nothing, [(k, start, RID) for k in range(100)], plots, SENSORS, start)
    assert len(state.dossiers) == 100
    for k in range(1, 5):
        state, _ = step(state, *nothing, [], plots, SENSORS, start + k * minute)
    assert state.dossiers == {}


def test_state_and_rows_passed_in_are_not_touched():
    life = Life()
    life.at(0, p=DRONE)
    before = life.state
    dossiers = dict(before.dossiers)
    row = np.zeros(1, TRACK)
    row["track_id"], row["time_ns"], row["status"] = 1, T0 + NS_PER_S, 1
    kept = row.tobytes()
    first = step(before, row, DRONE[None], [(1, T0, RID)], np.array([[1, 0]]), SENSORS, T0 + NS_PER_S)
    second = step(before, row, DRONE[None], [(1, T0, RID)], np.array([[1, 0]]), SENSORS, T0 + NS_PER_S)
    assert row.tobytes() == kept
    assert before.dossiers == dossiers
    assert first[1].identities == second[1].identities
    assert first[1].rows.tobytes() == second[1].rows.tobytes()
