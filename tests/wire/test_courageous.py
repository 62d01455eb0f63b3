"""The COURAGEOUS interchange format: its own examples, its own schema, and what is refused."""

import json
import math

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.errors import WireError
from vedette.wire import courageous
from vedette.wire.courageous import (
    Alarm,
    Arc,
    Bearing,
    BearingElevation,
    BearingElevationDistance,
    Detection,
    DetectionRecord,
    Document,
    Place,
    Place2d,
    Place3d,
    Quad,
    Track,
    TrackingRecord,
    Velocity,
)

# Written as the format's guide shows it.
TEXT = b"""{
  "version": "0.4.1", "vendor_name": "V", "system_name": "S",
  "static_cuas_location": {"lat": 51.1, "lon": 2.7, "height_amsl": 11.4},
  "detection": [{"records": [{"classification": "Unknown", "record_number": 4, "time": 1696255068480,
    "alarm": {"active": true, "certainty": 1},
    "location": {"$type": "BearingElevation", "bearing": 43.5, "elevation": 2.2}}]}],
  "tracks": [{"uas_id": 1, "name": "T", "records": [{"classification": "UAV", "identification": "a drone",
    "alarm": {"active": false, "certainty": 0.55}, "record_number": 0, "time": 1696421411207,
    "location": {"$type": "Position3d", "lat": 51.2, "lon": 2.8, "height_amsl": 47.2},
    "velocity": {"east": -2.1, "north": 1.7, "up": -0.9}}]}]
}"""


def test_a_document_is_read():
    document = courageous.decode(TEXT)
    (found,) = document.detection[0].records
    assert (found.location, found.alarm) == (BearingElevation(43.5, 2.2), Alarm(active=True, certainty=1.0))
    assert document.detection[0].uas_id is None
    (record,) = document.tracks[0].records
    assert record.location == Place3d(51.2, 2.8, 47.2)
    assert record.velocity == Velocity(-2.1, 1.7, -0.9)
    assert (record.classification, record.identification, record.cuas_location) == ("UAV", "a drone", None)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'"0.4.1"', b'"0.3.0"', "bad-version"),
        (b'"certainty": 0.55', b'"certainty": 1.5', "bad-document"),
        (b'"Position3d"', b'"Position4d"', "bad-document"),
        (b'"lat": 51.2', b'"lat": 151.2', "bad-document"),
        (b'"classification": "UAV"', b'"classification": "UFO"', "bad-document"),
        (b'"record_number": 0', b'"record_number": -1', "bad-document"),
        (b'"alarm": {"active": false, "certainty": 0.55}, ', b"", "bad-document"),
        (b'"uas_id": 1, ', b"", "bad-document"),
        (b"}", b"", "bad-json"),
    ],
)
def test_what_is_wrong_is_refused_with_its_reason(old, new, reason):
    with pytest.raises(WireError) as error:
        courageous.decode(TEXT.replace(old, new, 1) if new or old != b"}" else TEXT[:-3])
    assert error.value.reason == reason


def test_what_is_not_known_is_left_out():
    text = courageous.encode(courageous.decode(TEXT)).decode()
    assert "null" not in text
    assert json.loads(text) == json.loads(TEXT)


numbers = st.floats(-1e4, 1e4)
places = st.builds(Place, lat=st.floats(-90, 90), lon=st.floats(-180, 180), height_amsl=numbers)
locations = st.one_of(
    st.builds(Place3d, lat=st.floats(-90, 90), lon=st.floats(-180, 180), height_amsl=numbers),
    st.builds(Place2d, lat=st.floats(-90, 90), lon=st.floats(-180, 180)),
    st.builds(BearingElevationDistance, bearing=numbers, elevation=numbers, distance=numbers),
    st.builds(BearingElevation, bearing=numbers, elevation=numbers),
    st.builds(Bearing, bearing=numbers),
    st.builds(Arc, from_=numbers, to=numbers),
    st.builds(Quad, quad=st.sampled_from(["North", "East", "South", "West"])),
)
record = {
    "classification": st.sampled_from(["Unknown", "UAV", "GCS", "Other"]),
    "record_number": st.integers(0, 2**63 - 1),
    "time": st.integers(0, 2**53),
    "identification": st.none() | st.text(max_size=9),
    "velocity": st.none() | st.builds(Velocity, numbers, numbers, numbers),
    "cuas_location": st.none() | places,
}
alarms = st.builds(Alarm, active=st.booleans(), certainty=st.floats(0, 1))
detections = st.builds(DetectionRecord, **record, alarm=st.none() | alarms, location=st.none() | locations)
trackings = st.builds(TrackingRecord, **record, alarm=alarms, location=locations)
documents = st.builds(
    Document,
    version=st.just("0.4.1"),
    vendor_name=st.text(max_size=5),
    system_name=st.text(max_size=5),
    static_cuas_location=places,
    detection=st.lists(st.builds(Detection, records=st.lists(detections, max_size=2)), max_size=1),
    tracks=st.lists(
        st.builds(Track, records=st.lists(trackings, max_size=2), uas_id=st.integers(0, 2**63 - 1)),
        max_size=1,
    ),
)


@settings(max_examples=25)
@given(documents)
def test_what_is_written_is_read_again(document):
    assert courageous.decode(courageous.encode(document)) == document


@settings(max_examples=25)
@given(documents)
def test_what_is_written_is_what_the_schema_wants(shared_data, document):
    schema = json.loads((shared_data / "courageous" / "courageous.schema.json").read_text("utf-8"))
    assert faults(json.loads(courageous.encode(document)), schema, schema) == []


@pytest.mark.parametrize("name", ["example_basic.json", "example_intercepting.json", "test_data.json"])
def test_the_formats_own_examples_are_read_whole(shared_data, name):
    text = (shared_data / "courageous" / name).read_bytes()
    document = courageous.decode(text)
    assert without_null(json.loads(courageous.encode(document))) == without_null(json.loads(text))
    schema = json.loads((shared_data / "courageous" / "courageous.schema.json").read_text("utf-8"))
    assert faults(json.loads(courageous.encode(document)), schema, schema) == []


def test_the_schema_check_finds_faults(shared_data):
    schema = json.loads((shared_data / "courageous" / "courageous.schema.json").read_text("utf-8"))
    good = json.loads(TEXT)
    assert faults(good, schema, schema) == []
    good["tracks"][0]["records"][0]["alarm"]["certainty"] = 2
    del good["vendor_name"]
    assert len(faults(good, schema, schema)) == 2


def without_null(value):
    """The same with members that are null left out; they mean what absence means."""
    if isinstance(value, dict):
        return {k: without_null(v) for k, v in value.items() if v is not None}
    return [without_null(v) for v in value] if isinstance(value, list) else value


TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def faults(value, schema, root, place="$"):
    """Where a value breaks a schema of JSON Schema draft 7, as far as this format uses it."""
    known = {"type", "required", "properties", "items", "enum", "allOf", "anyOf", "oneOf", "$ref", "minimum"}
    known |= {"maximum", "description", "default", "format", "title", "$schema", "definitions"}
    assert set(schema) <= known, set(schema) - known
    if "$ref" in schema:
        return faults(value, root["definitions"][schema["$ref"].rsplit("/", 1)[1]], root, place)
    if not fits(value, schema.get("type", [])):
        return [f"{place}: expected {schema['type']}"]
    out = []
    if "enum" in schema and value not in schema["enum"]:
        out.append(f"{place}: not one of {schema['enum']}")
    if is_number(value) and not schema.get("minimum", -math.inf) <= value <= schema.get("maximum", math.inf):
        out.append(f"{place}: out of range")
    for name, part, inside in members(value, schema):
        out += faults(inside, part, root, f"{place}.{name}")
    if isinstance(value, dict):
        out += [f"{place}: lacks {name}" for name in schema.get("required", []) if name not in value]
    for part in schema.get("allOf", []):
        out += faults(value, part, root, place)
    for word, most in (("anyOf", math.inf), ("oneOf", 1)):
        right = sum(not faults(value, part, root, place) for part in schema.get(word, []))
        if word in schema and not 1 <= right <= most:
            out.append(f"{place}: {right} of {word} fit")
    return out


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def fits(value, kinds):
    """Whether a value is of one of these types; any where none is named."""
    kinds = kinds if isinstance(kinds, list) else [kinds]
    return not kinds or any(
        isinstance(value, TYPES[kind]) and isinstance(value, bool) == (kind == "boolean") for kind in kinds
    )


def members(value, schema):
    """What is inside of a value, with its name and its schema."""
    if isinstance(value, dict):
        return [(k, part, value[k]) for k, part in schema.get("properties", {}).items() if k in value]
    if isinstance(value, list) and "items" in schema:
        return [(i, schema["items"], item) for i, item in enumerate(value)]
    return []


def test_the_msgspec_types_have_no_field_that_the_schema_lacks(shared_data):
    schema = json.loads((shared_data / "courageous" / "courageous.schema.json").read_text("utf-8"))
    for kind in (Detection, Track, DetectionRecord, TrackingRecord, Alarm):
        theirs = schema["definitions"][kind.__name__]["properties"]
        assert {f.encode_name for f in msgspec.structs.fields(kind)} == set(theirs)
    assert {f.encode_name for f in msgspec.structs.fields(Document)} == set(schema["properties"])
