"""Zone files in and out: our own made-up ones, wrong ones, and the published examples."""

import copy
import json
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.errors import ConfigError
from vedette.core.zone import Period, Volume, Zone
from vedette.wire.geozone import dump_zones, load_zones

GOLDEN = Path(__file__).parents[1] / "golden" / "geozone"
HARBOUR = (GOLDEN / "harbour_ed318.json").read_bytes()
AIRFIELD = (GOLDEN / "airfield_ed269.json").read_bytes()
EXAMPLES = Path(__file__).parents[2].parent / "shared" / "data" / "ed318" / "examples"
DAY_NS = 86_400 * 10**9
MAY_NS = 1_777_593_600 * 10**9  # 2026-05-01T00:00:00Z
JUNE_NS = MAY_NS + 31 * DAY_NS + DAY_NS // 172_800


def test_ed318_as_it_is_read():
    harbour, uspace = load_zones(HARBOUR, "zones.json")
    assert (harbour.id, harbour.name, harbour.type) == ("XHARB01", "Imaginary harbour", "REQ_AUTHORIZATION")
    assert (harbour.country, harbour.reasons) == ("XXX", ["SENSITIVE", "OTHER"])
    assert (harbour.message, harbour.ground_m) == ("Ask the harbour master", 47.5)
    assert harbour.source == "zones.json"
    assert harbour.volumes == [
        Volume(
            rings=[
                [(51.0, 3.0), (51.0, 3.2), (51.1, 3.2), (51.1, 3.0), (51.0, 3.0)],
                [(51.02, 3.05), (51.02, 3.1), (51.05, 3.1), (51.02, 3.05)],
            ],
            upper_m=120.0,
        ),
        Volume(
            circle=(51.05, 3.3, 750.5),
            lower_m=pytest.approx(304.8),
            lower_reference="AMSL",
            upper_m=pytest.approx(762.0),
            upper_reference="WGS84",
        ),
        Volume(
            rings=[[(51.0, 3.4), (51.0, 3.5), (51.1, 3.5), (51.0, 3.4)]], lower_m=-5.5, lower_reference="AMSL"
        ),
        Volume(
            rings=[[(51.0, 3.6), (51.0, 3.7), (51.1, 3.7), (51.0, 3.6)]], lower_m=-5.5, lower_reference="AMSL"
        ),
    ]
    assert (uspace.name, uspace.type, uspace.periods) == ("Plain name", "CONDITIONAL", [])
    assert uspace.volumes == [Volume(circle=(51.2, 3.8, 100.0))]


def test_schedules_become_periods_within_utc_days():
    periods = load_zones(HARBOUR, "zones.json")[0].periods
    assert periods == [
        Period(start_ns=JUNE_NS, days=[5, 6], from_s=79_200, to_s=86_400),
        Period(start_ns=JUNE_NS, days=[0, 6], from_s=0, to_s=23_400),
        Period(start_ns=JUNE_NS, days=[6], from_s=82_800, to_s=86_400),
        Period(start_ns=JUNE_NS, days=[0], from_s=0, to_s=25_200),
        Period(start_ns=JUNE_NS, from_s=0, to_s=32_400),
        Period(start_ns=JUNE_NS, days=[4]),
        Period(start_ns=MAY_NS, end_ns=MAY_NS + DAY_NS),
    ]


def test_ed269_as_it_is_read():
    field, always = load_zones(AIRFIELD, "old.json")
    assert (field.id, field.name, field.type) == ("XFIELD", "Imaginary airfield", "REQ_AUTHORIZATION")
    assert field.message == "Ask the tower; Stay below the trees"
    assert field.periods == [Period(start_ns=1_772_352_000 * 10**9, days=[2], from_s=28_800, to_s=61_200)]
    assert field.volumes == [
        Volume(
            circle=(50.5, 4.1, pytest.approx(1524.0)),
            lower_m=0.0,
            upper_m=pytest.approx(304.8),
            upper_reference="AMSL",
        ),
        Volume(rings=[[(50.4, 4.0), (50.4, 4.2), (50.6, 4.2), (50.4, 4.0)]], upper_m=300.0),
    ]
    assert (always.name, always.type, always.periods) == ("XALWAYS", "PROHIBITED", [])


def test_ed269_as_a_bare_list():
    features = json.loads(AIRFIELD)["features"]
    assert load_zones(json.dumps(features).encode(), "old.json") == load_zones(AIRFIELD, "old.json")
    features[1]["restriction"] = "MAYBE"
    with pytest.raises(
        ConfigError, match=r"old\.json: \[1\]\.restriction: expected PROHIBITED, .*got 'MAYBE'"
    ):
        load_zones(json.dumps(features).encode(), "old.json")


@pytest.mark.parametrize("data", [HARBOUR, AIRFIELD])
def test_what_is_written_reads_the_same(data):
    zones = load_zones(data, "a.json")
    assert load_zones(dump_zones(zones), "a.json") == zones


def test_a_byte_order_mark_is_no_obstacle():
    assert load_zones(b"\xef\xbb\xbf" + HARBOUR, "a.json") == load_zones(HARBOUR, "a.json")


FEATURE = ("features", 0)
GEOMETRY = (*FEATURE, "geometry")
MEMBERS = (*GEOMETRY, "geometries")
PROPERTIES = (*FEATURE, "properties")
SPAN = (*PROPERTIES, "limitedApplicability", 0)
MISSING = object()


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("features",), 3, "features: expected a list, got 3"),
        (("metadata", "validFrom"), {}, "metadata.validFrom: expected text or nothing, got {}"),
        (("metadata", "validTo"), "soon", "metadata.validTo: expected a date and time .* got 'soon'"),
        ((*FEATURE, "type"), "Thing", r"features\[0\].type: expected Feature, got 'Thing'"),
        (GEOMETRY, None, r"features\[0\].geometry: expected an object, got null"),
        (GEOMETRY, MISSING, r"features\[0\].geometry: expected a value, got nothing"),
        (
            (*GEOMETRY, "layer", "upper"),
            "high",
            r"features\[0\].geometry.layer.upper: expected a number .*'high'",
        ),
        ((*GEOMETRY, "layer", "uom"), "FL", r"features\[0\].geometry.layer.uom: expected m or ft, got 'FL'"),
        ((*GEOMETRY, "layer", "upperReference"), "MSL", "layer.upperReference: expected AGL, AMSL or WGS84"),
        ((*GEOMETRY, "layer", "upperReference"), MISSING, "layer.upperReference: .*got nothing"),
        ((*GEOMETRY, "geometries"), [], "geometry.geometries: expected at least one geometry, got none"),
        (
            (*MEMBERS, 1, "type"),
            "LineString",
            r"geometries\[1\].type: expected Point, Polygon or MultiPolygon",
        ),
        ((*MEMBERS, 1, "extent"), MISSING, r"geometries\[1\].extent: expected a value, got nothing"),
        (
            (*MEMBERS, 1, "extent", "radius"),
            0,
            r"geometries\[1\].extent.radius: expected a radius above 0, got 0",
        ),
        ((*MEMBERS, 1, "coordinates"), [51.0, 193.0], r"coordinates: expected \[longitude, latitude\]"),
        ((*MEMBERS, 1, "coordinates"), [51.0], r"coordinates: expected a list of length >= 2, got \[51.0\]"),
        (
            (*MEMBERS, 2, "layer"),
            {"lower": -5.5, "lowerReference": "AMSL", "upper": -9, "upperReference": "AMSL"},
            r"geometries\[2\].layer.upper: expected a height above lower, -5.5",
        ),
        ((*MEMBERS, 0, "coordinates"), [], r"geometries\[0\].coordinates: expected at least one ring"),
        (
            (*MEMBERS, 0, "coordinates", 1),
            [[3, 51], [3, 51]],
            r"coordinates\[1\]: expected a ring of at least",
        ),
        (
            (*MEMBERS, 0, "coordinates", 0, 2, 1),
            "x",
            r"coordinates\[0\]\[2\]\[1\]: expected a number, got 'x'",
        ),
        ((*MEMBERS, 0, "coordinates", 0, 1, 0), -179, r"coordinates\[0\]: .* less than 180° of longitude"),
        (
            (*PROPERTIES, "identifier"),
            MISSING,
            r"features\[0\].properties.identifier: expected a value, got nothing",
        ),
        ((*PROPERTIES, "identifier"), "", r"features\[0\].properties.identifier: expected a name"),
        ((*PROPERTIES, "identifier"), "XUSP", r"features\[1\].properties.identifier: .*features\[0\]"),
        (
            (*PROPERTIES, "type"),
            "REQ_AUTHORISATION",
            r"properties.type: expected USPACE, .* 'REQ_AUTHORISATION'",
        ),
        ((*PROPERTIES, "name"), [{"text": "a"}], r"properties.name\[0\].lang: expected a value, got nothing"),
        ((*SPAN, "schedule", 1, "day"), ["MO"], r"schedule\[1\].day\[0\]: expected MON, TUE, .* 'MO'"),
        ((*SPAN, "schedule", 1, "day"), [], r"schedule\[1\].day: expected a list of length >= 1"),
        (
            (*SPAN, "schedule", 0, "startTime"),
            "22:00:00",
            r"schedule\[0\].startTime: expected a time of day with",
        ),
        (
            (*SPAN, "schedule", 0, "endTime"),
            "24:01:00Z",
            r"schedule\[0\].endTime: expected a time of day from",
        ),
        (
            (*SPAN, "schedule", 2, "startEvent"),
            "NOON",
            r"schedule\[2\].startEvent: expected BMCT, SR, SS or EECT",
        ),
        ((*SPAN, "startDateTime"), "2026-02-30T00:00:00Z", r"\[0\].startDateTime: .*day is out of range"),
        ((*SPAN, "startDateTime"), "2026-02-20T00:00:00", r"\[0\].startDateTime: .*with its zone"),
        (
            (*SPAN, "endDateTime"),
            "2026-05-31T00:00:00Z",
            r"\[0\].endDateTime: expected a time after startDateTime",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(path, value, complaint):
    document = copy.deepcopy(json.loads(HARBOUR))
    inner = document
    for key in path[:-1]:
        inner = inner[key]
    if value is MISSING:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    with pytest.raises(ConfigError, match="zones.json: .*" + complaint):
        load_zones(json.dumps(document).encode(), "zones.json")


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        (("geometry",), [], r"features\[0\].geometry: expected at least one volume, got none"),
        (("geometry", 0, "uomDimensions"), "KM", r"geometry\[0\].uomDimensions: expected M or FT, got 'KM'"),
        (
            ("geometry", 0, "horizontalProjection", "type"),
            "Oval",
            "horizontalProjection.type: expected Polygon or",
        ),
        (
            ("geometry", 0, "horizontalProjection", "radius"),
            -1,
            "horizontalProjection.radius: expected a radius",
        ),
        (("geometry", 0, "upperLimit"), "1000", r"geometry\[0\].upperLimit: expected a number or nothing"),
        (("applicability", 0, "permanent"), "MAYBE", r"applicability\[0\].permanent: expected YES or NO"),
    ],
)
def test_a_wrong_old_file_is_refused_with_the_place(path, value, complaint):
    document = json.loads(AIRFIELD)
    inner = document["features"][0]
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    with pytest.raises(
        ConfigError, match=r"old.json: features\[0\].*" + complaint.removeprefix(r"features\[0\]")
    ):
        load_zones(json.dumps(document).encode(), "old.json")


@pytest.mark.parametrize(
    "data", [b"", b"[", b"3", b'"zones"', b"{}", b"\xff", b"[" * 100_000, b"[3]", b"null"]
)
def test_what_is_no_zone_file_is_refused(data):
    with pytest.raises(ConfigError, match=r"^zones\.json: "):
        load_zones(data, "zones.json")


def test_an_empty_collection_has_no_zones():
    assert load_zones(b'{"type": "FeatureCollection", "features": []}', "a") == []
    assert load_zones(b'{"features": []}', "a") == []
    assert load_zones(dump_zones([]), "a") == []


@settings(deadline=None)
@given(st.binary(max_size=300) | st.from_regex(r"\{\"features\":\[\{.{0,40}\}\]\}").map(str.encode))
def test_arbitrary_bytes_are_refused_or_read(data):
    with suppress(ConfigError):
        load_zones(data, "zones.json")


LIMITS = st.tuples(st.sampled_from(["AGL", "AMSL", "WGS84"]), st.none() | st.floats(-100, 1000))
RING = st.just([(51.0, 3.0), (51.0, 3.1), (51.1, 3.1), (51.0, 3.0)])
VOLUMES = st.builds(
    lambda ring, circle, low, high: Volume(
        rings=[] if circle else [ring],
        circle=circle,
        lower_m=low[1],
        lower_reference=low[0],
        upper_m=None if high[1] is None else high[1] + 1200,
        upper_reference=high[0],
    ),
    RING,
    st.none() | st.tuples(st.floats(-89, 89), st.floats(-179, 179), st.floats(1, 1e5)),
    LIMITS,
    LIMITS,
)
HOURS = st.just((None, None)) | st.tuples(st.integers(0, 43_000), st.integers(43_001, 86_400))
PERIODS = st.builds(
    lambda start, length, days, hours: Period(
        start_ns=start,
        end_ns=None if start is None or length is None else start + length,
        days=sorted(days),
        from_s=hours[0],
        to_s=hours[1],
    ),
    st.none() | st.integers(0, 4 * 10**18),
    st.none() | st.integers(1, 10**18),
    st.sets(st.integers(0, 6)),
    HOURS.filter(lambda hours: hours != (0, 86_400)),
)
ZONES = st.builds(
    Zone,
    id=st.text(min_size=1, max_size=7),
    name=st.text(min_size=1),
    type=st.sampled_from(["PROHIBITED", "REQ_AUTHORIZATION", "CONDITIONAL", "NO_RESTRICTION"]),
    volumes=st.lists(VOLUMES, min_size=1, max_size=3),
    country=st.just("BEL"),
    reasons=st.lists(st.sampled_from(["NATURE", "NOISE"])),
    periods=st.lists(PERIODS, max_size=3),
    message=st.text(),
    ground_m=st.none() | st.floats(-50, 3000),
    source=st.just("there"),
)


@settings(deadline=None)
@given(st.lists(ZONES, max_size=3, unique_by=lambda zone: zone.id))
def test_every_zone_survives_the_file(zones):
    assert load_zones(dump_zones(zones), "there") == zones


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason=f"needs the recordings in {EXAMPLES}")
class TestPublishedExamples:
    @pytest.mark.parametrize(
        ("name", "identifiers"),
        [
            ("Example_Collection.json", ["NFZ6547", "ABC1234"]),
            ("Example_GeoZone_2_Layers.json", ["NFZ6547"]),
            ("Example_GeoZone_Circle.json", ["ABC1234"]),
            ("Example_GeoZone_with_extension.json", ["ABC1234"]),
            ("NOR01BER.json", ["NOR001"]),
            ("NORAIR1.json", ["NORAIR1"]),
            ("PartialExample_featureGeoJSON.json", ["NFZ6547"]),
        ],
    )
    def test_valid_ones_load(self, name, identifiers):
        zones = load_zones((EXAMPLES / name).read_bytes(), name)
        assert [zone.id for zone in zones] == identifiers
        assert load_zones(dump_zones(zones), name) == zones

    def test_the_invalid_one_is_refused_with_the_place(self):
        data = (EXAMPLES / "InvalidExample_GeoZone_2_Layers.json").read_bytes()
        with pytest.raises(
            ConfigError, match=r"^invalid: metadata\.validFrom: expected text or nothing, got \{"
        ):
            load_zones(data, "invalid")

    def test_each_fault_of_the_invalid_one_is_found(self):
        document = json.loads((EXAMPLES / "InvalidExample_GeoZone_2_Layers.json").read_bytes())
        del document["metadata"]
        with pytest.raises(ConfigError, match=r"properties\.(type|name\[0\]\.lang): expected"):
            load_zones(json.dumps(document).encode(), "invalid")

    def test_properties_on_their_own_are_good_properties(self):
        properties = json.loads((EXAMPLES / "PartialExample_GeoZoneProperties.json").read_bytes())
        properties["zoneAuthority"].append(
            json.loads((EXAMPLES / "PartialExample_ZoneAuthority.json").read_bytes())
        )
        properties["limitedApplicability"] = [
            json.loads((EXAMPLES / "PartialExample_TimePeriod.json").read_bytes())
        ]
        geometry = {"type": "Point", "coordinates": [3, 50], "extent": {"subType": "Circle", "radius": 1}}
        feature = {"type": "Feature", "geometry": geometry, "properties": properties}
        (zone,) = load_zones(json.dumps(feature).encode(), "parts")
        assert [period.days for period in zone.periods] == [[], [6]]
