"""Silence, drift, babble, lies and restoring, on cue; injected or from the file: always the same bytes."""

from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from vedette.core.errors import ConfigError
from vedette.core.observation import Intake
from vedette.core.units import NS_PER_S
from vedette.simulate import Simulation, load_scenario
from vedette.simulate.spec.actor_events import Launch, Recall
from vedette.simulate.spec.actors import Hover, Multirotor
from vedette.simulate.spec.events import LIARS_MAX, Babble, Drift, Lie, Restore, Silence
from vedette.simulate.spec.place import Feed, Site
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensors import AdsbReceiver, DroneRadar, RemoteIdReceiver, SurveillanceRadar
from vedette.wire.adsb import BeastDecoder
from vedette.wire.asterix import AsterixDecoder
from vedette.wire.remoteid import RemoteIdDecoder
from vedette.wire.sapient import SapientDecoder

BRUSSELS = load_scenario("brussels")
HOME = (50.918, 4.5)
POSE = {
    "lat_deg": 50.9,
    "lon_deg": 4.5,
    "range_max_m": 20_000.0,
    "period_s": 1.0,
    "detection_probability": 1.0,
}
SCENE = Scenario(
    name="scene",
    title="Scene",
    site=Site(name="Field", lat_deg=50.9, lon_deg=4.5, ground_m=100.0, undulation_m=45.0),
    start=datetime(2026, 11, 20, 17, 30, tzinfo=UTC),
    feed=[
        Feed(name="asterix", format="asterix", transport="udp"),
        Feed(name="sapient", format="sapient", transport="tcp-listen"),
        Feed(name="beast", format="beast", transport="tcp-connect"),
        Feed(name="remoteid", format="remoteid", transport="udp"),
    ],
    sensor=[
        DroneRadar(
            id="radar", name="R", feed="sapient", node_id="98d007d6-d9ea-4fca-bfb8-17f2fe6067b5", **POSE
        ),
        SurveillanceRadar(
            id="asr", name="S", feed="asterix", sac=8, sic=1, small_target_factor=1.0, notch_mps=0.0, **POSE
        ),
        AdsbReceiver(id="adsb", name="A", feed="beast", **POSE),
        RemoteIdReceiver(id="rid", name="I", feed="remoteid", **POSE),
    ],
    actor=[
        Multirotor(
            name="drone",
            home=HOME,
            mission=Hover(at=HOME, hold_s=1e5),
            height_m=120.0,
            airborne=True,
            rcs_m2=1.0,
            remote_id=True,
            serial="1SIM1",
            operator="OP",
        )
    ],
)
START = SCENE.start_ns
NORTH_M = 0.018 * 111_240.0
PATH = [(50.91, 4.49), (50.91, 4.51)]


def played(seconds, *events, injected=(), steps=None, scenario=SCENE, seed=3):
    """All emissions; injected is (second, event)s."""
    simulation = Simulation(msgspec.structs.replace(scenario, event=list(events)), seed)
    state, out = simulation.init(), []
    marks = sorted({*(t for t, _ in injected), *(steps or ()), seconds})
    for k, until in enumerate(marks):
        begin = marks[k - 1] if k else 0
        now = [event for t, event in injected if t == begin and (k or t == 0)]
        state, sent = simulation.step(state, simulation.start_ns + round(until * NS_PER_S), events=now)
        out += sent
    return out


def of(emissions, feed, begin_s=0.0, end_s=1e9):
    return [e for e in emissions if e.feed == feed and begin_s <= (e.t_ns - START) / NS_PER_S < end_s]


def told(emissions, feed):
    decoder = {
        "asterix": AsterixDecoder("asterix"),
        "sapient": SapientDecoder("sapient", "11111111-1111-4111-8111-111111111111"),
        "beast": BeastDecoder("beast"),
        "remoteid": RemoteIdDecoder("remoteid"),
    }[feed]
    intake = Intake()
    for emission in of(emissions, feed):
        decoder.receive(emission.data, emission.t_ns, intake)
    return intake


def since(rows):
    return (rows["valid_ns"] - START) / NS_PER_S


# What each does


def test_a_silent_sensor_sends_nothing_and_then_what_it_would_have_sent():
    quiet = played(30, Silence(sensor="radar", at_s=10.0, until_s=20.0))
    whole = played(30)
    assert of(quiet, "sapient", 10.0, 20.0) == []
    assert of(quiet, "sapient", 0, 10.0) == of(whole, "sapient", 0, 10.0)
    assert of(quiet, "sapient", 20.0) == of(whole, "sapient", 20.0)
    assert len(of(whole, "sapient", 10.0, 20.0)) > 8
    for feed in ("asterix", "beast", "remoteid"):
        assert of(quiet, feed) == of(whole, feed)


def test_silence_without_an_end_lasts_until_it_is_restored():
    sent = played(30, Silence(sensor="radar", at_s=10.0), Restore(sensor="radar", at_s=22.0))
    assert of(sent, "sapient", 10.0, 22.0) == []
    assert len(of(sent, "sapient", 22.0)) >= 8
    assert of(played(30, Silence(sensor="radar", at_s=10.0)), "sapient", 10.0) == []


@pytest.mark.parametrize(("feed", "sensor"), [("sapient", "radar"), ("asterix", "asr")])
def test_a_drift_ramps_in_azimuth_and_range_and_ends_at_once(feed, sensor):
    drift = Drift(sensor=sensor, at_s=10.0, until_s=40.0, azimuth_deg_per_s=0.2, range_m_per_s=10.0)
    rows = told(played(60, drift), feed).rows()
    rows = rows[np.abs(since(rows) - 40.0) > 0.05]  # stamped to 1/128 s: of before or of after
    t = since(rows)
    ramp = np.where((t >= 10) & (t < 40), t - 10, 0.0)
    azimuth = (rows["azimuth_deg"] + 180) % 360 - 180
    assert azimuth == pytest.approx(0.2 * ramp, abs=2.2)
    assert rows["range_m"] - np.hypot(NORTH_M, 110.0) == pytest.approx(10.0 * ramp, abs=250.0)
    late = (t > 30) & (t < 40)
    assert azimuth[late].mean() == pytest.approx(5.0, abs=0.8)
    assert azimuth[t > 40].mean() == pytest.approx(0.0, abs=0.5)


@pytest.mark.parametrize(("feed", "sensor"), [("sapient", "radar"), ("asterix", "asr")])
def test_a_drifting_clock_stamps_wrong_and_sends_on_time(feed, sensor):
    intake = told(played(40, Drift(sensor=sensor, at_s=10.0, clock_s_per_s=0.1)), feed)
    rows = intake.rows()
    heard = (rows["heard_ns"] - START) / NS_PER_S
    ahead = since(rows) - heard
    assert ahead[heard > 38].max() == pytest.approx(2.9, abs=0.3)
    assert abs(ahead[heard < 9]).max() < 0.3


def test_a_clock_that_runs_back_never_stamps_backwards():
    sent = of(played(40, Drift(sensor="radar", at_s=5.0, clock_s_per_s=-3.0)), "sapient")
    stamps = []
    for emission in sent:
        at = 0
        while at < len(emission.data):
            size = int.from_bytes(emission.data[at : at + 4], "little")
            stamps.append(
                SapientMessage.FromString(emission.data[at + 4 : at + 4 + size]).timestamp.ToNanoseconds()
            )
            at += 4 + size
    assert stamps == sorted(stamps)


def test_a_flood_is_of_good_frames_and_false_plots():
    intake = told(played(40, Babble(sensor="asr", at_s=10.0, until_s=30.0, rate_per_s=20.0)), "asterix")
    t = since(intake.rows())
    assert intake.quarantined == {}
    assert ((t >= 10) & (t < 30)).sum() == pytest.approx(420, abs=4 * 20)
    assert (t < 10).sum() == pytest.approx(10, abs=1)
    assert (t >= 30.5).sum() == pytest.approx(9, abs=1)


def test_babble_is_of_bad_frames():
    kinds = ("truncated", "garbage")
    intake = told(
        played(40, Babble(sensor="radar", at_s=10.0, until_s=30.0, rate_per_s=2.0, kinds=kinds)), "sapient"
    )
    assert 15 < sum(intake.quarantined.values()) < 65
    assert len(intake) >= 37


LIE = Lie(
    sensor="radar",
    at_s=10.0,
    until_s=40.0,
    path=PATH,
    height_m=80.0,
    speed_mps=20.0,
    count=2,
    spacing_m=200.0,
    rcs_m2=10.0,
    serial="1LIE",
    icao24="ABC001",
    callsign="LIE1",
    emission_mhz=2_400.0,
)


def lies_of(sensor, **changes):
    return msgspec.structs.replace(LIE, sensor=sensor, **changes)


@pytest.mark.parametrize(("feed", "sensor"), [("sapient", "radar"), ("asterix", "asr")])
def test_a_lying_radar_reports_targets_along_the_path(feed, sensor):
    rows = told(played(50, lies_of(sensor)), feed).rows()
    t = since(rows)
    apart = np.abs(rows["range_m"] - np.hypot(NORTH_M, 110.0)) > 400.0
    assert set(t[apart].astype(int)) >= set(range(21, 39))
    assert t[apart].min() >= 9.9
    assert t[apart].max() < 40.1
    lie = rows[apart]
    north = lie["range_m"] * np.cos(np.radians(lie["azimuth_deg"]))
    east = lie["range_m"] * np.sin(np.radians(lie["azimuth_deg"]))
    assert north == pytest.approx(1_112.0, abs=260.0)
    first = east > -703.0 + 20.0 * (t[apart] - 10.0) - 100.0
    assert east[first] == pytest.approx(-703.0 + 20.0 * (t[apart][first] - 10.0), abs=260.0)
    assert 0.3 < first.mean() < 0.85  # two of them, one 10 s after the other


def test_a_lying_receiver_hears_transponders_that_are_not_there():
    intake = told(played(40, lies_of("adsb")), "beast")
    assert {claim.ident for claim in intake.claims} == {"ABC001", "ABC002"}
    assert "LIE1" in {claim.callsign for claim in intake.claims}
    rows = intake.rows()
    assert rows["lat_deg"] == pytest.approx(50.91, abs=3e-4)
    radar = told(played(40, lies_of("asr")), "asterix")
    assert {claim.ident for claim in radar.claims} == {"ABC001", "ABC002"}


def test_a_lying_remote_id_receiver_hears_serial_numbers_that_are_not_there():
    intake = told(played(40, lies_of("rid")), "remoteid")
    assert {claim.ident for claim in intake.claims} == {"1SIM1", "1LIE1", "1LIE2"}


def test_only_the_liar_lies():
    lying, honest = played(40, lies_of("radar")), played(40)
    for feed in ("asterix", "beast", "remoteid"):
        assert of(lying, feed) == of(honest, feed)
    assert of(lying, "sapient") != of(honest, "sapient")


def test_two_liars_tell_their_own():
    intake = told(played(40, lies_of("adsb"), lies_of("rid", serial="1OTHER", icao24="")), "remoteid")
    assert {claim.ident for claim in intake.claims} == {"1SIM1", "1OTHER1", "1OTHER2"}


# Injected


def test_an_injected_event_begins_at_its_step_and_lasts_as_long_as_it_says():
    sent = played(40, injected=[(12, Silence(sensor="radar", at_s=100.0, until_s=105.0))])
    assert of(sent, "sapient", 12.0, 17.0) == []
    assert len(of(sent, "sapient", 17.0, 19.0)) >= 2


def test_an_injected_event_is_as_one_of_the_file():
    injected = played(40, injected=[(12, lies_of("radar", at_s=0.0, until_s=20.0))])
    assert injected == played(40, lies_of("radar", at_s=12.0, until_s=32.0))


def test_an_event_of_no_sensor_is_refused():
    simulation = Simulation(SCENE, 1)
    with pytest.raises(ConfigError, match=r"event\.sensor"):
        simulation.step(simulation.init(), START + NS_PER_S, events=[Silence(sensor="nobody")])


def test_too_many_liars_are_refused():
    simulation = Simulation(SCENE, 1)
    state, _ = simulation.step(simulation.init(), START + NS_PER_S, events=[lies_of("asr", count=LIARS_MAX)])
    with pytest.raises(ConfigError, match="lies"):
        simulation.step(state, START + 2 * NS_PER_S, events=[lies_of("asr", count=1)])


EVENTS = st.one_of(
    st.builds(Silence, sensor=st.sampled_from(["radar", "asr"]), until_s=st.none() | st.floats(0.5, 4)),
    st.builds(
        Drift, sensor=st.just("radar"), azimuth_deg_per_s=st.floats(-1, 1), clock_s_per_s=st.floats(-1, 1)
    ),
    st.builds(
        Babble,
        sensor=st.sampled_from(["radar", "asr", "rid"]),
        rate_per_s=st.floats(0.1, 9),
        kinds=st.sampled_from([("flood",), ("garbage", "truncated"), ("oversized", "flood")]),
    ),
    st.builds(lies_of, st.sampled_from(["radar", "asr", "adsb", "rid"]), count=st.integers(1, 3)),
    st.builds(Restore, sensor=st.sampled_from(["radar", "asr"])),
)


@settings(max_examples=25)
@given(
    injected=st.lists(st.tuples(st.integers(0, 7), EVENTS), max_size=5),
    steps=st.sets(st.floats(0.05, 7.9), max_size=4),
    seed=st.integers(0, 99),
)
def test_the_same_events_give_the_same_bytes_however_it_is_stepped(injected, steps, seed):
    once = played(8, injected=injected, seed=seed)
    again = played(8, injected=injected, steps={round(s, 1) for s in steps}, seed=seed)
    assert once == again


def test_a_state_is_a_value():
    simulation = Simulation(SCENE, 1)
    first, _ = simulation.step(simulation.init(), START + 2 * NS_PER_S)
    one = simulation.step(first, START + 5 * NS_PER_S, events=[lies_of("radar", at_s=0.0)])[1]
    other = simulation.step(first, START + 5 * NS_PER_S)[1]
    again = simulation.step(first, START + 5 * NS_PER_S, events=[lies_of("radar", at_s=0.0)])[1]
    assert one == again
    assert one != other


# In a file


def test_events_are_read_from_a_file_and_mistakes_named(tmp_path):
    source = (
        load_path := __import__("vedette.simulate.load", fromlist=["BUILTIN"]).BUILTIN
    ) / "brussels.toml"
    zones = load_path / "brussels_zones.json"
    (tmp_path / zones.name).write_bytes(zones.read_bytes())
    path = tmp_path / "s.toml"

    def read(event):
        path.write_text(source.read_text() + f"\n[[event]]\n{event}\n")
        return load_scenario(path)

    assert read('do = "silence"\nsensor = "asr"\nat_s = 5').event == [Silence(sensor="asr", at_s=5)]
    lie = 'do = "lie"\nsensor = "asr"\npath = [[50.9, 4.4], [50.9, 4.5]]'
    assert isinstance(read(lie).event[0], Lie)
    line = len(source.read_text().splitlines())
    for event, offset, expected in (
        ('do = "silence"\nsensor = "nobody"', 4, "the id of a [[sensor]]"),
        ('do = "silence"\nsensor = "asr"\nat_s = 9\nuntil_s = 8', 6, "later than at_s"),
        ('do = "babble"\nsensor = "adsb"\nrate_per_s = 1', 2, "no flood"),
        ('do = "babble"\nsensor = "asr"\nrate_per_s = 0', 5, "a number above 0"),
        (lie.replace(", [50.9, 4.5]", ""), 5, "two places"),
        (lie + '\nclass_name = "dragon"', 6, "one of multirotor"),
        (lie + "\ncount = 65", 6, "at most 64"),
        ('do = "dance"\nsensor = "asr"', 3, ""),
    ):
        with pytest.raises(ConfigError) as caught:
            read(event)
        assert expected in caught.value.expected
        assert f"s.toml:{line + offset}" in caught.value.place


def test_brussels_has_no_events_of_its_own():
    assert BRUSSELS.event == []


def test_orders_to_actors_are_events_like_others():
    waiting = msgspec.structs.replace(SCENE.actor[0], on_cue=True)
    scene = msgspec.structs.replace(SCENE, actor=[waiting])
    launch = Launch(at_s=5.0, actor="drone")
    assert told(played(12, scenario=scene), "sapient").rows().size == 0
    cued = played(12, launch, scenario=scene)
    first = since(told(cued, "sapient").rows()).min()
    assert 5.0 <= first < 7.0
    assert played(12, injected=[(5, launch)], scenario=scene) == cued
    assert played(12, injected=[(5, launch)], steps={1, 5.5, 7}, scenario=scene) == cued
    simulation = Simulation(scene, 1)
    with pytest.raises(ConfigError, match=r"event\.actor"):
        simulation.step(simulation.init(), START + NS_PER_S, events=[Recall(at_s=0.0, actor="nobody")])
