"""Advice on an airport's closure: what is believed, advised, what would change it, what is recorded."""

import itertools
import math
from pathlib import Path

import msgspec
import numpy as np
import pytest

from vedette.core.advice import Advice, ClosureDecision, Estimate
from vedette.core.alert import Alert
from vedette.core.classes import CLASSES
from vedette.core.errors import ConfigError
from vedette.core.identity import ClaimDoubt, Identity
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.sensor import Doubt, Sensor, SensorStatus
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.kernel.geodesy import geodetic_from_enu
from vedette.respond.contacts import is_drone
from vedette.respond.cost import cost
from vedette.respond.ground import lay_out, sight
from vedette.respond.notam import draft
from vedette.respond.settings import Airport, Cover, Runway
from vedette.respond.state import RespondState, init
from vedette.respond.step import Seen, decided, step

S = NS_PER_S
START = 1_700_000_000 * S
PLACE = (53.29, 12.05)
ORIGIN = np.array([*PLACE, 99.0])
ZONE = Zone("CTR", "surroundings", "PROHIBITED", [Volume(circle=(*PLACE, 4_000.0))], ground_m=99.0)
RUNWAY = Runway(name="09/27", threshold=(53.29, 12.03), far_threshold=(53.29, 12.07))
AIRPORT = Airport(
    icao="XTST",
    zones=["CTR"],
    lat_deg=PLACE[0],
    lon_deg=PLACE[1],
    runways=[RUNWAY],
    cover=[Cover(sensor="radar", range_m=5_000.0), Cover(sensor="camera", range_m=3_000.0, low_share=0.8)],
)
RADAR = Sensor(id="radar", index=0, name="RADAR-2", lat_deg=53.29, lon_deg=12.05, alt_m=110.0)
CAMERA = Sensor(id="camera", index=1, modality="camera", lat_deg=53.29, lon_deg=12.05, alt_m=110.0)
TOWER = Sensor(id="tower", index=2, modality="human", lat_deg=53.29, lon_deg=12.05)


def row(
    east_m, north_m, height_m=60.0, *, track_id=1, name="multirotor", p=0.95, heard=0.0, v=(0.0, 0.0), up=0.0
):
    out = np.zeros(1, TRACK)
    at = geodetic_from_enu(ORIGIN, np.array([[east_m, north_m, height_m]]))[0]
    out["lat_deg"], out["lon_deg"], out["alt_m"], out["alt_sd_m"] = at[0], at[1], at[2], 10.0
    out["baro_alt_m"] = np.nan
    out["track_id"], out["existence"], out["class_probability"] = track_id, 1.0, p
    out["class_index"], out["status"] = CLASSES.index(name), TrackStatus.CONFIRMED
    out["heard_ns"] = out["time_ns"] = START + round(heard * S)
    out["sd_major_m"] = out["sd_minor_m"] = 20.0
    out["v_east_mps"], out["v_north_mps"], out["v_up_mps"] = *v, up
    return out


def identity(track_id=1, p=0.95, authorisation="unauthorised", **more):
    classes = {"multirotor": p, "bird": 1.0 - p}
    return Identity(track_id, START, f"T{track_id}", START, classes, authorisation, sensors=["radar"], **more)


class Node:
    """What a node tells an adviser, second by second."""

    def __init__(self, airport=AIRPORT, zones=(ZONE,)):
        self.state: RespondState = init(airport, list(zones))
        self.t = 0.0
        self.health = {"radar": "ok", "camera": "ok"}
        self.sensors = {"radar": RADAR, "camera": CAMERA, "tower": TOWER}
        self.identities = {1: identity()}
        self.alerts: dict[str, Alert] = {}
        self.doubts: dict[str, Doubt] = {}

    def seen(self, rows):
        now_ns = START + round(self.t * S)
        statuses = {name: SensorStatus(name, 0, health, "", now_ns) for name, health in self.health.items()}
        return Seen(rows, self.identities, self.alerts, self.sensors, statuses, self.doubts), now_ns

    def second(self, *rows, foresee=False, dt=1.0) -> Advice:
        self.t += dt
        shown = np.concatenate(rows) if rows else np.zeros(0, TRACK)
        shown["heard_ns"] += round(self.t * S)
        seen, now_ns = self.seen(shown)
        self.state, advice = step(self.state, seen, now_ns, foresee=foresee)
        return advice

    def seconds(self, n, *rows, dt=1.0) -> Advice:
        for k in range(n):
            advice = self.second(*[one.copy() for one in rows], foresee=k == n - 1, dt=dt)
        return advice


def test_an_airport_where_nothing_was_seen_stays_open():
    advice = Node().seconds(30)
    assert (advice.level, advice.action) == ("open", "keep open")
    assert advice.there == Estimate(0.0, 0.0, 0.0)
    assert advice.covered > 0.99
    assert "nothing was seen" in advice.reasons[0]
    assert advice.notam == ""


def test_where_no_sensor_looks_nobody_knows():
    node = Node()
    node.health = {"radar": "silent", "camera": "fault"}
    advice = node.seconds(5)
    assert advice.there is None
    assert advice.covered == 0.0
    assert "nobody can know" in advice.reasons[0]
    assert [w.why.split(":")[0] for w in advice.watchers] == ["fault", "silent"]


def test_a_drone_by_the_runway_closes_it_at_once_and_says_why():
    advice = Node().seconds(10, row(200.0, 300.0))
    assert (advice.level, advice.action) == ("close", "close")
    assert advice.near is not None
    assert advice.near.p > 0.9
    assert advice.contacts[0].seen_now
    assert "T1 (multirotor) is seen now by radar" in advice.reasons[0]
    assert "QFALC/IV/NBO/A/000/999/5317N01203E005" in advice.notam
    assert "DRAFT, NOT ISSUED" in advice.notam
    assert any("seen now" in words for words in advice.changes)


def test_a_drone_far_from_the_runways_restricts():
    advice = Node().seconds(10, row(0.0, 3_000.0))
    assert advice.level == "restrict"
    assert "QFALT" in advice.notam


@pytest.mark.parametrize(
    ("one", "p"),
    [
        (identity(), 0.95),
        (identity(authorisation="authorised"), 0.0),
        (identity(authorisation="authorised", doubts=[ClaimDoubt("remote_id:1", 0.8)]), 0.76),
        (identity(evidence="claims-only", doubts=[ClaimDoubt("remote_id:1", 0.9)]), 0.095),
        (identity(p=0.1), 0.1),
    ],
)
def test_leave_doubt_and_class_count(one, p):
    assert is_drone(row(0.0, 0.0)[0], one) == pytest.approx(p)


def test_a_bird_and_a_drone_with_leave_do_not_close():
    for one in (identity(p=0.05), identity(authorisation="authorised")):
        node = Node()
        node.identities = {1: one}
        assert node.seconds(10, row(0.0, 0.0)).level == "open"


def test_seen_no_more_it_decays_where_sensors_look_and_hardly_where_none_does():
    looked, blind = Node(), Node()
    for node in (looked, blind):
        node.seconds(60, row(200.0, 300.0))
    blind.health = {"radar": "silent", "camera": "silent"}
    with_eyes, without = looked.seconds(180), blind.seconds(180)
    assert with_eyes.there is not None
    assert without.there is not None
    assert with_eyes.there.p < 0.25
    assert without.there.p > 0.5
    assert with_eyes.there.low <= with_eyes.there.p <= with_eyes.there.high
    assert "no sensor looks where it may be" in " ".join(without.reasons)
    assert "looked since and saw nothing" in " ".join(with_eyes.reasons)


def test_low_by_the_ground_it_decays_more_slowly_than_high_in_the_air():
    high, low = Node(), Node()
    high.seconds(60, row(200.0, 300.0, 80.0))
    low.seconds(60, row(200.0, 300.0, 3.0))
    a, b = high.seconds(20), low.seconds(20)
    assert a.there is not None
    assert b.there is not None
    assert a.there.p < b.there.p


def test_it_says_when_it_would_reopen_and_then_does():
    node = Node()
    node.seconds(60, row(200.0, 300.0))
    node.state = decided(node.state, decision("close", node))
    advice = node.seconds(60)
    assert advice.action == "keep closed"
    promised_s = advice.reopen_in_s
    assert promised_s is not None
    assert any(words.startswith("reopen after") and "RADAR-2" in words for words in advice.changes)
    waited = 0.0
    while advice.level != "open" and waited < 3_600.0:
        advice = node.second(dt=5.0)
        waited += 5.0
    assert waited == pytest.approx(promised_s, abs=60.0)
    assert advice.action == "reopen"
    assert advice.notam.startswith("(DRAFT, NOT ISSUED NOTAMC")


def test_it_says_what_each_sensor_is_worth():
    airport = msgspec.structs.replace(AIRPORT, cover=AIRPORT.cover[:1])
    node = Node(airport)
    node.seconds(60, row(200.0, 300.0))
    assert any(words.startswith("without RADAR-2: ") for words in node.seconds(40).changes)
    node.health = {"radar": "silent"}
    advice = node.seconds(40)
    assert any(words.startswith("if RADAR-2 looked again (silent now): ") for words in advice.changes)


def test_a_new_sighting_begins_anew_and_is_the_same_drone():
    node = Node()
    node.seconds(60, row(200.0, 300.0))
    node.seconds(120)
    node.identities[2] = identity(track_id=2)
    advice = node.seconds(5, row(700.0, 300.0, track_id=2))
    assert [c.track_id for c in advice.contacts] == [2]
    assert advice.contacts[0].first_seen_ns < START + 5 * S
    assert advice.there is not None
    assert advice.there.p > 0.9


def test_two_drones_are_two():
    node = Node()
    node.identities[2] = identity(track_id=2)
    advice = node.seconds(10, row(200.0, 300.0), row(-2_000.0, 1_000.0, track_id=2))
    assert {c.track_id for c in advice.contacts} == {1, 2}
    assert advice.there is not None
    assert advice.there.p > max(c.there.p for c in advice.contacts)


def test_advice_does_not_flicker_with_a_probability_about_its_limit():
    node = Node()
    levels = []
    for k in range(120):
        node.identities[1] = identity(p=0.36 if k % 2 else 0.24)
        levels.append(node.second(row(200.0, 300.0)).level)
    changes = sum(a != b for a, b in itertools.pairwise(levels))
    assert changes <= 2


def test_a_listener_counts_only_for_what_it_has_heard():
    airport = msgspec.structs.replace(
        AIRPORT, cover=[Cover(sensor="radar", range_m=5_000.0, heard_only=True)]
    )
    heard, silent = Node(airport), Node(airport)
    silent.identities = {1: msgspec.structs.replace(identity(), sensors=["camera"])}
    for node in (heard, silent):
        node.seconds(60, row(200.0, 300.0))
    a, b = heard.seconds(60), silent.seconds(60)
    assert a.there is not None
    assert b.there is not None
    assert a.there.p < b.there.p - 0.2


def test_a_sensor_that_is_not_believed_does_not_look():
    node = Node()
    node.doubts = {"radar": Doubt("silent", START, "nothing for 9 s")}
    assert [(w.sensor, w.looks) for w in node.second().watchers] == [("camera", True), ("radar", False)]


def test_what_only_people_saw_is_said_to_be_so():
    node = Node()
    node.identities = {1: msgspec.structs.replace(identity(), sensors=["tower"])}
    advice = node.seconds(3, row(200.0, 300.0))
    assert advice.contacts[0].people_only
    assert "only people saw T1" in " ".join(advice.reasons)


def test_aircraft_on_final_are_told_with_time_and_distance():
    node = Node()
    node.identities[9] = Identity(9, START, "SIM221", START, {"aeroplane": 1.0})
    final = row(-8_000.0, 0.0, 360.0, track_id=9, name="aeroplane", v=(72.0, 0.0), up=-3.8)
    leaving = row(2_500.0, 0.0, 200.0, track_id=8, name="aeroplane", v=(80.0, 0.0), up=9.0)
    advice = node.seconds(5, row(-3_000.0, 0.0, 100.0), final, leaving)
    flights = {f.track_id: f for f in advice.flights}
    assert (flights[9].label, flights[9].doing, flights[9].runway) == ("SIM221", "arriving", "09")
    assert flights[9].to_go_s == pytest.approx((8_000.0 - 1_333.0) / 72.0, rel=0.03)
    assert flights[9].distance_m is not None
    assert flights[9].distance_m < 200.0
    assert flights[9].meets_p > 0.1
    assert flights[8].doing == "departing"
    assert flights[8].meets_p < 0.01


def test_one_more_minute_costs_more_the_longer_it_lasts():
    airport = msgspec.structs.replace(
        AIRPORT, movements_per_hour=30.0, delay_eur_per_min=100.0, hold_min=20.0
    )
    first, later = cost(airport, 0.0), cost(airport, 30.0)
    assert first.minute_eur == pytest.approx(0.5 * 100.0 * 0.5)
    assert later.so_far_eur == pytest.approx(0.5 * 900.0 / 2.0 * 100.0)
    assert later.minute_eur > 50.0 * first.minute_eur
    assert (later.held, later.diverting) == pytest.approx((12.5, 2.5))
    total = sum(cost(airport, float(t)).minute_eur for t in range(30))
    assert total == pytest.approx(later.so_far_eur)
    queue = cost(msgspec.structs.replace(airport, capacity_per_hour=40.0), 30.0)
    assert queue.so_far_eur == pytest.approx(4.0 * later.so_far_eur)
    assert cost(msgspec.structs.replace(airport, diversion_eur=5_000.0), 30.0).so_far_eur == pytest.approx(
        later.so_far_eur + 12_500.0
    )


def test_the_draft_has_the_items_of_a_notam():
    lines = draft("EBBR", "EBBU", (50.9014, 4.4844), "close", START, 1_800.0).splitlines()
    assert lines[0] == "(DRAFT, NOT ISSUED NOTAMN"
    assert lines[1] == "Q) EBBU/QFALC/IV/NBO/A/000/999/5054N00429E005"
    assert lines[2] == "A) EBBR B) 2311142213 C) 2311142243 EST"
    assert lines[3].startswith("E) AD CLSD")
    assert "Q) ????/QFALT" in draft("SBGL", "", (-22.81, -43.25), "restrict", START, None)
    assert "2249S04315W" in draft("SBGL", "", (-22.81, -43.25), "restrict", START, None)
    assert draft("EBBR", "EBBU", PLACE, "open", START, None) == ""


def decision(do, node, by="watch officer HB"):
    now_ns = START + round(node.t * S)
    return ClosureDecision(airport="XTST", do=do, advice_id="XTST-1", by=by, time_ns=now_ns, because="seen")


def test_what_a_person_decided_holds_and_is_what_costs():
    node = Node()
    node.seconds(10, row(200.0, 300.0))
    node.state = decided(node.state, decision("close", node))
    advice = node.seconds(120, row(200.0, 300.0))
    assert advice.state.by == "watch officer HB"
    assert advice.cost.closed_min == pytest.approx(2.0)
    node.state = decided(node.state, decision("close", node, by="somebody else"))
    assert node.second(row(200.0, 300.0)).state.by == "watch officer HB"  # it was closed already
    node.state = decided(node.state, decision("reopen", node))
    advice = node.second(row(200.0, 300.0))
    assert advice.cost.closed_min == 0.0
    assert advice.action == "close"


def test_the_same_input_gives_the_same_advice():
    def flown():
        node = Node()
        node.seconds(20, row(200.0, 300.0))
        return msgspec.json.encode(node.seconds(20))

    assert flown() == flown()


def test_a_zone_that_is_not_there_is_named_with_its_place():
    with pytest.raises(
        ConfigError, match=r"node.toml: airport\[0\].zones: expected ids of zones \(CTR\), got TMA"
    ):
        lay_out(msgspec.structs.replace(AIRPORT, zones=["CTR", "TMA"]), [ZONE], "node.toml: airport[0]")


def test_a_sensor_sees_in_its_field_of_view_and_range_only():
    ground = lay_out(AIRPORT, [ZONE], "x")
    east = msgspec.structs.replace(RADAR, azimuth_from_deg=45.0, azimuth_width_deg=90.0)
    seen = sight(ground, AIRPORT.cover[0], east)
    assert seen is not None
    cells = [ground.cell(*place) for place in ((2_000.0, 0.0), (-2_000.0, 0.0), (0.0, 2_000.0))]
    assert [seen[1, cell] > 0.5 for cell in cells] == [True, False, False]
    assert seen[0, cells[0]] == pytest.approx(0.3 * seen[1, cells[0]])
    assert sight(ground, AIRPORT.cover[0], Sensor(id="radar")) is None
    assert not math.isnan(float(seen.sum()))


def test_zones_with_holes_and_rings_are_laid_out(tmp_path: Path):
    square = [(53.27, 12.0), (53.27, 12.1), (53.31, 12.1), (53.31, 12.0), (53.27, 12.0)]
    hole = [(53.285, 12.04), (53.285, 12.06), (53.295, 12.06), (53.295, 12.04), (53.285, 12.04)]
    ground = lay_out(
        msgspec.structs.replace(AIRPORT, zones=["R"], runways=[]),
        [Zone("R", "ring", "PROHIBITED", [Volume(rings=[square, hole])])],
        "x",
    )
    inside = ground.zone[ground.cell(*ground.plane(53.275, 12.02))]
    middle = ground.zone[ground.cell(*ground.plane(53.29, 12.05))]
    assert (inside, middle) == (True, False)
    assert (ground.near == ground.zone).all()
