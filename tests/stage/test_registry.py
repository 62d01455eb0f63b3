"""The registry: which sensor a source is, what it says of itself, and how it is doing."""

import pytest

from vedette.app.registry import Registry
from vedette.core.observation import Intake
from vedette.core.sensor import Sensor, SensorReport
from vedette.core.units import NS_PER_S

T0 = 1_700_000_000 * NS_PER_S


def configured():
    return [
        Sensor(id="R1", index=0, source="asterix:20/129", scan="rotating", period_s=4.0, lat_deg=41.3,
               lon_deg=2.1, alt_m=76.0, name="approach"),
        Sensor(id="S1", index=1, source="sapient:abc", modality="rf", name=""),
    ]  # fmt: skip


def report(source, **fields):
    return SensorReport(source=source, heard_ns=T0, **fields)


def status(registry, index, now_ns=T0):
    return registry.statuses(now_ns)[index]


def heard(registry, source, now_ns=T0, n=1):
    intake = Intake()
    intake.count(source, "any", n)
    registry.take(intake, now_ns)


def test_a_source_is_the_sensor_that_is_configured_for_it():
    registry = Registry(configured())
    assert registry.index("sapient:abc") == 1
    assert registry.index("asterix:20/129") == 0
    assert [s.id for s in registry.sensors] == ["R1", "S1"]


@pytest.mark.parametrize(
    ("source", "modality", "scan"),
    [
        ("asterix:1/2", "radar", "event"),
        ("adsb:roof", "adsb", "self_report"),
        ("remoteid:roof", "remote_id", "self_report"),
        ("sapient:x", "radar", "event"),
        ("other", "radar", "event"),
        ("", "radar", "event"),
    ],
)
def test_a_source_never_heard_of_becomes_a_sensor_of_its_kind(source, modality, scan):
    registry = Registry(configured())
    index = registry.index(source)
    assert index == 2
    assert registry.index(source) == 2
    sensor = registry.sensors[2]
    assert (sensor.id, sensor.source, sensor.modality, sensor.scan, sensor.lat_deg) == (
        source, source, modality, scan, None
    )  # fmt: skip


def test_a_known_source_is_taken_up_with_what_is_known_of_it_when_first_heard():
    site = Sensor(id="LEBL", source="asterix:0/107", scan="rotating", period_s=1.0, lat_deg=41.3, lon_deg=2.1)
    registry = Registry([], {"asterix:0/107": site})
    assert registry.sensors == []
    assert registry.index("asterix:0/107") == 0
    assert (registry.sensors[0].id, registry.sensors[0].index, registry.sensors[0].lat_deg) == (
        "LEBL",
        0,
        41.3,
    )


def test_reports_fill_what_was_left_open_and_override_nothing():
    registry = Registry(configured())
    other = {
        "name": "X",
        "modality": "camera",
        "scan": "staring",
        "lat_deg": 1.0,
        "lon_deg": 1.0,
        "alt_m": 5.0,
    }
    sizes = {"period_s": 9.0, "range_max_m": 5.0, "azimuth_width_deg": 10.0}
    registry.report(report("asterix:20/129", **other, **sizes))
    assert registry.sensors[0] == configured()[0]
    registry.report(
        report("sapient:abc", name="finder", lat_deg=50.0, lon_deg=4.0, modality="camera", period_s=2.0)
    )
    told = registry.sensors[1]
    assert (told.name, told.lat_deg, told.lon_deg, told.period_s) == ("finder", 50.0, 4.0, 2.0)
    assert told.modality == "rf"
    registry.report(report("sapient:abc", lat_deg=60.0))
    assert registry.sensors[1].lat_deg == 50.0, "told once, it stays, since the sensor is configured"


def test_a_sensor_that_nobody_configured_describes_itself_anew():
    registry = Registry([])
    registry.report(report("sapient:x", name="one", lat_deg=50.0, lon_deg=4.0, scan="staring", period_s=1.0))
    registry.report(report("sapient:x", lat_deg=51.0))
    sensor = registry.sensors[0]
    assert (sensor.name, sensor.lat_deg, sensor.lon_deg, sensor.scan) == ("one", 51.0, 4.0, "staring")


@pytest.mark.parametrize(
    "fields", [{"range_max_m": 0.0}, {"range_max_m": -5.0}, {"period_s": 0.0}, {"period_s": -1.0},
               {"azimuth_width_deg": 0.0}, {"lat_deg": float("nan"), "lon_deg": 4.0},
               {"range_max_m": float("nan")}, {"period_s": float("inf")}, {"lat_deg": 500.0, "lon_deg": 4.0}],
)  # fmt: skip
def test_a_report_out_of_sense_does_not_make_a_sensor_out_of_sense(fields):
    registry = Registry([])
    registry.report(report("sapient:x", **fields))
    sensor = registry.sensors[0]
    assert sensor.range_max_m > 0.0
    assert sensor.azimuth_width_deg > 0.0
    assert sensor.period_s is None or 0.0 < sensor.period_s < 1e6
    assert sensor.lat_deg is None or -90.0 <= sensor.lat_deg <= 90.0


def test_forged_sources_are_bounded():
    registry = Registry(configured())
    for sac in range(100):
        for sic in range(100):
            heard(registry, f"asterix:{sac}/{sic}")
    assert len(registry.sensors) < 5000


def test_changed_tells_each_sensor_once():
    registry = Registry(configured())
    assert [s.id for s in registry.changed()] == ["R1", "S1"]
    assert registry.changed() == []
    registry.report(report("sapient:abc", name="finder"))
    registry.report(report("sapient:abc", lat_deg=50.0, lon_deg=4.0))
    assert [(s.id, s.name, s.lat_deg) for s in registry.changed()] == [("S1", "finder", 50.0)]
    registry.report(report("sapient:abc", name="finder"))
    assert registry.changed() == [], "the same again is no change"


def test_reasons_are_bounded_and_every_count_is_kept():
    registry = Registry(configured())
    for k in range(1000):
        intake = Intake()
        intake.quarantine("asterix:20/129", f"reason-{k}", 2)
        registry.take(intake, T0)
    quarantined = status(registry, 0).quarantined
    assert len(quarantined) <= 65
    assert sum(quarantined.values()) == 2000
    assert quarantined["reason-0"] == 2
    assert quarantined["other"] > 0
    assert status(registry, 1).quarantined == {}


def test_reasons_handed_out_are_not_touched_later():
    registry = Registry(configured())
    intake = Intake()
    intake.quarantine("asterix:20/129", "truncated")
    registry.take(intake, T0)
    before = status(registry, 0)
    registry.take(intake, T0)
    assert before.quarantined == {"truncated": 1}
    assert status(registry, 0).quarantined == {"truncated": 2}


@pytest.mark.parametrize(("period_s", "silent_after_s"), [(4.0, 30.0), (60.0, 240.0), (None, 30.0)])
def test_a_sensor_falls_silent_and_comes_back(period_s, silent_after_s):
    registry = Registry([Sensor(id="R", index=0, source="r", period_s=period_s)])
    assert (status(registry, 0).health, status(registry, 0).detail) == ("unknown", "not heard yet")
    heard(registry, "r")
    assert status(registry, 0, T0 + NS_PER_S).health == "ok"
    edge = T0 + round(silent_after_s * NS_PER_S)
    assert status(registry, 0, edge - 1).health == "ok"
    silent = status(registry, 0, edge + NS_PER_S)
    assert silent.health == "silent"
    assert f"{silent_after_s + 1:.0f} s" in silent.detail
    heard(registry, "r", edge + 2 * NS_PER_S)
    assert status(registry, 0, edge + 3 * NS_PER_S).health == "ok"


def test_what_it_says_of_its_health_stands_until_it_says_otherwise():
    registry = Registry(configured())
    registry.report(report("sapient:abc", health="fault", detail="no antenna"))
    heard(registry, "sapient:abc")
    assert (status(registry, 1).health, status(registry, 1).detail) == ("fault", "no antenna")
    registry.report(report("sapient:abc", health="ok"))
    assert (status(registry, 1).health, status(registry, 1).detail) == ("ok", "")
    assert status(registry, 1, T0 + 3600 * NS_PER_S).health == "silent"


def test_counts_add_up():
    registry = Registry(configured())
    heard(registry, "asterix:20/129", n=3)
    heard(registry, "asterix:20/129", T0 + NS_PER_S, n=4)
    registry.observed(0, 5)
    registry.observed(0, 6)
    card = status(registry, 0, T0 + 2 * NS_PER_S)
    assert (card.frames, card.observations, card.last_heard_ns) == (7, 11, T0 + NS_PER_S)
    assert status(registry, 1).last_heard_ns is None
