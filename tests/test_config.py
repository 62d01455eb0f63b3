"""The configuration: every kind of mistake is one line that names the place, what was expected, what came."""

import math
import re
from pathlib import Path

import msgspec
import pytest
import tomli_w

from vedette.app.config import (
    FeedConfig,
    NodeConfig,
    SensorConfig,
    files_of,
    load,
    load_surface_file,
    load_zone_files,
    parse,
)  # fmt: skip
from vedette.core.errors import ConfigError
from vedette.core.sensor import Sensor
from vedette.wire.formats import FORMATS

SENSOR = {"id": "R1", "source": "asterix:1/2"}
FEED = {"name": "air", "format": "asterix", "transport": "udp", "port": 8600}

GOOD = """
zones = ["zones.json"]

[node]
name = "tower"
origin = [50.9, 4.48]
port = 8471

[view]
lat_deg = 50.9
lon_deg = 4.48

[[feed]]
name = "air"
format = "asterix"
transport = "udp"
port = 8600

[[sensor]]
id = "R1"
source = "asterix:1/2"
scan = "rotating"
period_s = 4.0
lat_deg = 50.9
lon_deg = 4.4

[[authorisation]]
serial = "1581F4XYZ0001"
zones = ["quarry"]

[tracker]
late_s = 3.0

[identify]
claim_wait_s = 5

[watch]
horizon_s = 30
undulation_m = 45.2
"""


def test_a_good_file(tmp_path):
    path = tmp_path / "node.toml"
    path.write_text(GOOD, encoding="utf-8")
    config = load(path)
    assert config.node.name == "tower"
    assert config.origin == (50.9, 4.48)
    assert config.feed == [FeedConfig(**FEED)]
    (sensor,) = config.sensors()
    assert (sensor.id, sensor.index, sensor.source, sensor.period_s) == ("R1", 0, "asterix:1/2", 4.0)
    assert config.tracker.late_s == 3.0
    assert config.identify.claim_wait_s == 5.0
    assert config.watch.undulation_m == 45.2
    assert [a.serial for a in config.identify_settings().authorised] == ["1581F4XYZ0001"]


def test_an_empty_file_is_a_node_with_nothing():
    config = parse({}, "node.toml")
    assert config == NodeConfig()
    assert config.origin is None
    assert config.sensors() == []
    assert config.node.host == "127.0.0.1", "never beyond loopback unless told"


def test_the_origin_is_the_middle_of_the_placed_sensors():
    places = [{"lat_deg": 50.0, "lon_deg": 4.0}, {"lat_deg": 52.0, "lon_deg": 6.0}, {}]
    sensors = [{"id": str(i), "source": str(i), **p} for i, p in enumerate(places)]
    assert parse({"sensor": sensors}, "x").origin == (51.0, 5.0)
    assert parse({"sensor": sensors, "node": {"origin": [1, 2]}}, "x").origin == (1.0, 2.0)


def test_every_field_of_a_sensor_can_be_configured():
    """SensorConfig follows core.sensor.Sensor; only the index is the node's."""
    assert set(SensorConfig.__struct_fields__) == set(Sensor.__struct_fields__) - {"index"}
    defaults = {f.name: f.default for f in msgspec.structs.fields(Sensor)}
    for each in msgspec.structs.fields(SensorConfig):
        if each.name not in ("id", "source"):
            assert each.default == defaults[each.name], each.name


def sensor(**fields):
    return {"sensor": [{**SENSOR, **fields}]}


def feed(**fields):
    return {"feed": [{**FEED, **fields}]}


# document, what the place ends with, a word of what was expected, a word of what came
MISTAKES = [
    # Types.
    ({"feed": 5}, "feed", "array", "int"),
    ({"node": "tower"}, "node", "object", "str"),
    ({"node": {"port": "8470"}}, "node.port", "int", "str"),
    ({"node": {"port": True}}, "node.port", "int", "bool"),
    ({"node": {"origin": [1.0, 2.0, 3.0]}}, "node.origin", "2", "3"),
    ({"zones": "zones.json"}, "zones", "array", "str"),
    ({"zones": [1]}, "zones[0]", "str", "int"),
    (sensor(lat_deg="50"), "sensor[0].lat_deg", "float", "str"),
    (sensor(modality="sonar"), "sensor[0].modality", "", "sonar"),
    (feed(transport="carrier-pigeon"), "feed[0].transport", "", "carrier-pigeon"),
    ({"tracker": {"late_s": "soon"}}, "tracker.late_s", "float", "str"),
    # What is missing.
    ({"sensor": [{"id": "R1"}]}, "sensor[0]", "source", "nothing"),
    ({"sensor": [SENSOR, {"source": "x"}]}, "sensor[1]", "id", "nothing"),
    ({"feed": [{"name": "air"}]}, "feed[0]", "format", "nothing"),
    ({"authorisation": [{}]}, "authorisation[0]", "serial", "nothing"),
    ({"view": {"lat_deg": 1.0}}, "view", "lon_deg", "nothing"),
    (sensor(scan="rotating"), "sensor[0].period_s", "period", "nothing"),
    (sensor(scan="staring"), "sensor[0].period_s", "period", "nothing"),
    # What is not known.
    ({"nodes": {}}, "nodes", "one of node, view", "nodes"),
    ({"node": {"colour": "red"}}, "node.colour", "one of", "colour"),
    (sensor(latitude=5.0), "sensor[0].latitude", "one of", "latitude"),
    (feed(prot=5), "feed[0].prot", "one of", "prot"),
    ({"view": {"lat_deg": 1.0, "lon_deg": 1.0, "tilt": 2}}, "view.tilt", "one of", "tilt"),
    ({"tracker": {"gate_sdd": 3.0}}, "tracker.gate_sdd", "one of", "gate_sdd"),
    ({"identify": {"uas": 3.0}}, "identify.uas", "one of", "uas"),
    ({"watch": {"horizn_s": 3.0}}, "watch.horizn_s", "one of", "horizn_s"),
    ({"authorisation": [{"serial": "a", "zonez": ["x"]}]}, "authorisation[0].zonez", "one of", "zonez"),
    (feed(format="morse"), "feed[0].format", "asterix", "morse"),
    # What is out of range.
    (feed(port=70_000), "feed[0].port", "65535", "70000"),
    (feed(port=-1), "feed[0].port", "0", "-1"),
    ({"node": {"port": 65_536}}, "node.port", "65535", "65536"),
    ({"node": {"origin": [91.0, 0.0]}}, "node.origin[0]", "90", "91"),
    ({"node": {"origin": [0.0, 181.0]}}, "node.origin[1]", "180", "181"),
    (sensor(lat_deg=91.0, lon_deg=0.0), "sensor[0].lat_deg", "90", "91"),
    (sensor(lat_deg=0.0, lon_deg=-181.0), "sensor[0].lon_deg", "180", "-181"),
    (sensor(lat_deg=math.nan, lon_deg=0.0), "sensor[0].lat_deg", "a number", "nan"),
    (sensor(period_s=0.0), "sensor[0].period_s", "0.01", "0"),
    (sensor(range_max_m=0.0), "sensor[0].range_max_m", "1", "0"),
    (sensor(range_max_m=math.inf), "sensor[0].range_max_m", "a number", "inf"),
    (sensor(azimuth_width_deg=0.0), "sensor[0].azimuth_width_deg", "360", "0"),
    (sensor(detection_probability=1.0), "sensor[0].detection_probability", "0.999", "1"),
    (sensor(detection_probability=0.0), "sensor[0].detection_probability", "0.01", "0"),
    (sensor(false_per_scan=0.0), "sensor[0].false_per_scan", "1e-06", "0"),
    (sensor(height_max_m=-3.0), "sensor[0].height_max_m", "1", "-3"),
    # What is there twice.
    ({"sensor": [SENSOR, {**SENSOR, "source": "y"}]}, "sensor[1]", "own", "'R1'"),
    ({"sensor": [SENSOR, {**SENSOR, "id": "R2"}]}, "sensor[1]", "own", "'asterix:1/2'"),
    ({"feed": [FEED, {**FEED, "port": 8601}]}, "feed[1]", "own", "'air'"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("document", "place", "expected", "came"), MISTAKES, ids=[str(m[0])[:70] for m in MISTAKES]
)
def test_a_mistake_names_its_place_what_was_expected_and_what_came(document, place, expected, came):
    with pytest.raises(ConfigError) as caught:
        parse(document, "node.toml")
    error = caught.value
    assert re.fullmatch(rf"node\.toml:\d+: {re.escape(place)}", error.place)
    assert expected in error.expected
    assert came in error.came
    assert "\n" not in str(error)
    assert "`" not in str(error)
    assert str(error) == f"{error.place}: expected {error.expected}, got {error.came}"


# What no run can use, and what harm it would do.
SENSELESS = {
    "looks ahead for ever": {"watch": {"step_s": 0.0}},
    "looks backwards": {"watch": {"step_s": -1.0}},
    "no horizon": {"watch": {"horizon_s": math.nan}},
    "never alerts": {"watch": {"raise_from": 2.0}},
    "clears above where it raises": {"watch": {"raise_from": 0.3, "clear_below": 0.6}},
    "divides by nothing": {"tracker": {"hover_tau_s": 0.0}},
    "no time in a model": {"tracker": {"stay_hover_s": 0.0}},
    "ends at once": {"tracker": {"lifetime_s": 0.0}},
    "negative noise": sensor(range_sd_m=-5.0),
    "noise that is none": sensor(azimuth_sd_deg=math.nan),
    "endless height": sensor(lat_deg=1.0, lon_deg=1.0, alt_m=math.inf),
    "half a place": sensor(lat_deg=50.0),
    "nowhere to connect to": feed(transport="tcp-connect", port=0),
    "a transport that the format has not": feed(format="remoteid", transport="tcp-connect"),
    "a receiver off the earth": feed(format="beast", transport="tcp-connect", site=[500.0, 1.0]),
    "two sockets on one port": {"feed": [FEED, {**FEED, "name": "b"}]},
    "a nameless sensor": {"sensor": [{"id": "", "source": "x"}]},
    "a view off the earth": {"view": {"lat_deg": 500.0, "lon_deg": 1.0}},
    "leave that ends before it begins": {"authorisation": [{"serial": "a", "start_ns": 10, "end_ns": 5}]},
    "a wait before the beginning": {"identify": {"claim_wait_s": -1.0}},
}


@pytest.mark.parametrize("document", SENSELESS.values(), ids=SENSELESS.keys())
def test_what_no_run_can_use_is_refused(document):
    with pytest.raises(ConfigError) as caught:
        parse(document, "node.toml")
    assert re.match(r"node\.toml:\d+: ", caught.value.place)


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_can_be_configured_on_each_of_its_transports(name):
    for transport in FORMATS[name].transports:
        config = parse(feed(format=name, transport=transport), "node.toml")
        assert config.feed[0].format == name


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="no such file") as caught:
        load(tmp_path / "node.toml")
    assert caught.value.place == str(tmp_path / "node.toml")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(ConfigError):
        load(tmp_path)


@pytest.mark.parametrize(
    ("data", "word", "line"),
    [
        (b"[node\nname=1", "TOML", ":1"), (b"a = 1\na = 2", "TOML", ":2"), (b"\xff\xfe\x00", "text", ""),
        (b"= 3", "TOML", ":1"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_toml(tmp_path, data, word, line):
    path = tmp_path / "node.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert word in caught.value.expected
    assert caught.value.place == f"{path}{line}"


def test_a_configuration_of_thousands_of_sensors_is_read(tmp_path):
    many = [{**SENSOR, "id": f"R{i}", "source": f"asterix:1/{i}", "name": "x" * 400} for i in range(3_000)]
    path = tmp_path / "node.toml"
    path.write_text(tomli_w.dumps({"sensor": many}))
    assert path.stat().st_size > 1_000_000
    assert len(load(path).sensor) == 3_000


def test_zones_are_found_beside_the_file_and_missing_ones_named(tmp_path):
    config = parse({"zones": ["there.json", "gone.json"]}, "node.toml")
    example = Path(__file__).parents[1] / "src" / "vedette" / "simulate" / "scenarios" / "brussels_zones.json"
    (tmp_path / "there.json").write_bytes(example.read_bytes())
    with pytest.raises(ConfigError) as caught:
        load_zone_files(config, tmp_path)
    assert caught.value.place == str(tmp_path / "gone.json")
    zones = load_zone_files(parse({"zones": ["there.json"]}, "node.toml"), tmp_path)
    assert len(zones) > 0


@pytest.mark.parametrize("data", [b"", b"{", b"[1]", b'{"features": 5}', b"\x00\xff"])
def test_a_zone_file_that_is_none_names_itself(tmp_path, data):
    (tmp_path / "z.json").write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load_zone_files(parse({"zones": ["z.json"]}, "node.toml"), tmp_path)
    assert str(tmp_path / "z.json") in caught.value.place


def test_the_map_of_the_ground_is_found_beside_the_file_and_a_wrong_one_refused(tmp_path):
    assert load_surface_file(parse({}, "node.toml"), tmp_path) is None
    config = parse({"surface": "map.json"}, "node.toml")
    with pytest.raises(ConfigError) as caught:
        load_surface_file(config, tmp_path)
    assert caught.value.place == str(tmp_path / "map.json")
    (tmp_path / "map.json").write_text('{"features": [{"type": "Feature", "properties": {"kind": "lake"}}]}')
    with pytest.raises(ConfigError) as caught:
        load_surface_file(config, tmp_path)
    assert "features[0]" in caught.value.place
    example = Path(__file__).parents[1] / "src" / "vedette" / "simulate" / "scenarios" / "prison_surface.json"
    (tmp_path / "map.json").write_bytes(example.read_bytes())
    surface = load_surface_file(config, tmp_path)
    assert surface is not None
    assert surface.roads
    assert files_of(config) == ["map.json"], "a run takes it along, and so does evidence"
