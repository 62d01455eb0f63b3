"""A scenario with a mistake in it is refused with the file, the line and what was expected."""

import json

import pytest

from vedette.core.errors import ConfigError
from vedette.simulate import builtin_names, load_scenario, zones_path
from vedette.simulate.load import scenario_path
from vedette.wire.geozone import load_zones
from vedette.wire.sapient.ids import is_uuid4

BRUSSELS = scenario_path("brussels").read_text(encoding="utf-8")


def refused(tmp_path, old, new):
    assert BRUSSELS.count(old) >= 1
    path = tmp_path / "wrong.toml"
    path.write_text(BRUSSELS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_scenario(path)
    line = 1 + BRUSSELS[: BRUSSELS.index(old)].count("\n")
    return caught.value, f"{path}:{line}: "


def test_every_builtin_scenario_loads_with_its_zones():
    assert "brussels" in builtin_names()
    for name in builtin_names():
        scenario = load_scenario(name)
        zones = zones_path(scenario, name)
        assert scenario.name == name
        assert zones is not None
        known = {zone.id for zone in load_zones(zones.read_bytes(), zones.name)}
        assert {zone for leave in scenario.authorisation for zone in leave.zones} <= known


def test_zone_identifiers_are_of_ed318_length():
    zones = zones_path(load_scenario("brussels"), "brussels")
    features = json.loads(zones.read_text(encoding="utf-8"))["features"]
    assert all(len(f["properties"]["identifier"]) <= 7 for f in features)


def test_sensors_are_what_the_node_needs():
    sensors = load_scenario("brussels").sensors()
    sources = {sensor.source for sensor in sensors}
    assert {"asterix:8/21", "adsb:adsb", "remoteid:remoteid"} <= sources
    assert all(sensor.simulated and sensor.alt_m is not None for sensor in sensors)
    assert all(is_uuid4(s.removeprefix("sapient:")) for s in sources if s.startswith("sapient:"))


@pytest.mark.parametrize(
    ("old", "new", "expected", "came"),
    [
        ("period_s = 4.0", 'period_s = "four"', "float", "'four'"),
        ("range_max_m = 8_000.0", "range_max_m = -1.0", "a number above 0", "-1.0"),
        ("height_m = 18.0", "heihgt_m = 18.0", "a known setting", "'heihgt_m'"),
        ('format = "asterix"', 'format = "asterisk"', "", "'asterisk'"),
        ('feed = "asr"', 'feed = "adsb"', "a [[feed]] of format asterix: asr", "'adsb'"),
        ('leader = "pair, leader"', 'leader = "nobody"', "the name of an actor above", "'nobody'"),
        ('icao24 = "44F010"', 'icao24 = "44F0"', "six hexadecimal digits", "'44F0'"),
        ("start = 2026-11-20T17:30:00Z", "start = 2026-11-20T17:30:00", "", "2026-11-20"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, old, new, expected, came):
    error, place = refused(tmp_path, old, new)
    assert str(error).startswith(place)
    assert expected in error.expected
    assert came in error.came


def test_a_missing_setting_is_named(tmp_path):
    error, _ = refused(tmp_path, "sac = 8\n", "")
    assert "'sac'" in error.expected
    assert "sensor[0]" in error.place


def test_what_is_no_toml_says_where(tmp_path):
    error, _ = refused(tmp_path, "[site]", "[site")
    assert "line" in error.came


def test_an_unknown_name_lists_what_would_have_worked():
    with pytest.raises(ConfigError, match="brussels"):
        load_scenario("brusels")
