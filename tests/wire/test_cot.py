"""CoT both ways: against pytak's own builder, back and forth, and fed nonsense."""

import datetime as dt
import math
import random
import warnings
import xml.etree.ElementTree as ET

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.classes import CLASSES
from vedette.core.errors import WireError
from vedette.core.observation import SELF_REPORT, SIMULATED, Intake
from vedette.core.units import NS_PER_S
from vedette.wire.cot import CotDecoder, Event, decode, encode
from vedette.wire.cot.event import EVENT_MAX_BYTES, time_ns, time_text

with warnings.catch_warnings():  # it warns that it cannot read certificates
    warnings.simplefilter("ignore")
    import pytak

parse = ET.fromstring
NOW = 1_795_195_800 * NS_PER_S
DRONE = Event(
    uid="warden.1",
    type="a-u-A-M-H-Q",
    how="h-e",
    time_ns=NOW + 40 * NS_PER_S,
    start_ns=NOW,
    stale_ns=NOW + 600 * NS_PER_S,
    lat_deg=50.9,
    lon_deg=4.5,
    ce_m=120.0,
    callsign="Warden 1",
    creator="warden",
    remarks="drone & <lights>",
    opex="s-simulated",
)


def heard(*pieces):
    intake = Intake()
    decoder = CotDecoder("people")
    for piece in pieces:
        assert decoder.receive(piece, NOW + 60 * NS_PER_S, intake) == b""
    return intake


# Others' bytes


def test_what_pytak_builds_is_read():
    made = pytak.gen_cot(
        lat=37.76, lon=-122.4975, hae=120.5, ce=25.0, le=9.0, uid="d-1", stale=60, cot_type="a-n-A-C-H"
    )
    event = decode(made)
    root = parse(made)
    point = root.find("point").attrib
    assert (event.lat_deg, event.lon_deg) == (float(point["lat"]), float(point["lon"]))
    assert (event.hae_m, event.ce_m, event.le_m) == (120.5, 25.0, 9.0)
    assert (event.uid, event.type, event.how) == ("d-1", "a-n-A-C-H", root.get("how"))
    assert event.stale_ns - event.start_ns == pytest.approx(60 * NS_PER_S, abs=0.01 * NS_PER_S)


def test_what_pytak_does_not_know_is_none():
    event = decode(pytak.gen_cot(lat=1.0, lon=2.0, uid="x"))
    assert (event.ce_m, event.le_m) == (None, None)
    assert event.hae_m is None


def test_pytak_and_we_write_the_same_attributes():
    theirs = parse(pytak.gen_cot(lat=50.9, lon=4.5, ce=120, uid="warden.1", cot_type="a-u-A-M-H-Q"))
    ours = parse(encode(DRONE))
    assert set(theirs.attrib) - {"access", "qos"} <= set(ours.attrib) | {"opex"}
    assert theirs.find("point").attrib.keys() == ours.find("point").attrib.keys()
    for name in ("lat", "lon", "ce"):
        assert float(theirs.find("point").get(name)) == float(ours.find("point").get(name))
    assert float(ours.find("point").get("hae")) == float(pytak.DEFAULT_COT_VAL)
    form = "%Y-%m-%dT%H:%M:%S.%fZ"
    for name in ("time", "start", "stale"):
        dt.datetime.strptime(theirs.get(name), form)  # noqa: DTZ007 # their form is ours
        dt.datetime.strptime(ours.get(name), form)  # noqa: DTZ007


def test_what_we_stream_is_cut_where_pytak_cuts():
    """pytak reads a stream up to each </event>."""
    stream = encode(DRONE) + encode(msgspec.structs.replace(DRONE, uid="warden.2"))
    pieces = [piece + b"</event>" for piece in stream.split(b"</event>") if piece]
    assert [parse(piece).get("uid") for piece in pieces] == ["warden.1", "warden.2"]


# Back and forth

finite = st.floats(-1000, 90_000, allow_nan=False)
texts = st.text(max_size=40)


@given(
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    hae=st.none() | finite,
    ce=st.none() | st.floats(0.1, 1e6),
    remarks=texts,
    callsign=texts,
    seconds=st.integers(0, 5_000_000_000),
)
def test_what_is_written_is_read_again(lat, lon, hae, ce, remarks, callsign, seconds):
    event = msgspec.structs.replace(
        DRONE,
        lat_deg=lat,
        lon_deg=lon,
        hae_m=hae,
        ce_m=ce,
        remarks=remarks,
        callsign=callsign,
        time_ns=seconds * NS_PER_S + 123_000_000,
    )
    again = decode(encode(event))
    assert again.lat_deg == pytest.approx(lat, abs=5.1e-7)
    assert again.lon_deg == pytest.approx(lon, abs=5.1e-7)
    assert again.time_ns == event.time_ns
    for mine, theirs in ((hae, again.hae_m), (ce, again.ce_m)):
        assert theirs == (None if mine is None else pytest.approx(mine, abs=0.051))
    parse(encode(event))
    assert decode(encode(again)) == again


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-20T17:30:00Z", 0),
        ("2026-11-20T17:30:00", 0),
        ("2026-11-20T18:30:00+01:00", 0),
        ("2026-11-20T12:00:00.25-0530", 0.25),
        ("2026-11-20T17:30:00.123456789Z", 0.123456789),
    ],
)
def test_times_have_offsets(text, seconds):
    assert time_ns(text) == NOW + round(seconds * NS_PER_S)


@pytest.mark.parametrize(
    "text", ["", "now", "2026-13-01T00:00:00Z", "2026-11-20", "1969-12-31T23:00:00Z", "2026-11-20T25:00:00Z"]
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(WireError, match="time"):
        time_ns(text)


def test_times_are_written_to_the_millisecond():
    assert time_text(NOW + 1_999_999) == "2026-11-20T17:30:00.001Z"


# What it says


def test_a_report_is_an_observation_with_its_circle_and_class():
    intake = heard(encode(DRONE))
    row = intake.rows()[0]
    assert intake.sources == ["cot:warden"]
    assert row["valid_ns"] == NOW  # when it was seen, not when it was told
    assert (row["lat_deg"], row["lon_deg"], row["position_sd_m"]) == (50.9, 4.5, 120.0)
    assert math.isnan(row["alt_m"])
    assert row["flags"] == SIMULATED
    assert CLASSES[int(row["class_likelihood"].argmax())] == "multirotor"
    assert row["class_likelihood"].sum() == pytest.approx(1.0)
    assert intake.claims[0].key == "sensor_track:cot:warden.1"
    assert intake.claims[0].description == "drone & <lights>"


def test_a_friend_with_a_receiver_reports_itself():
    friend = msgspec.structs.replace(
        DRONE, uid="ICAO-44f010", type="a-f-A-C-F", how="m-g", opex=None, speed_mps=70.0, course_deg=90.0
    )
    intake = heard(encode(friend))
    row = intake.rows()[0]
    assert row["flags"] == SELF_REPORT
    assert row["v_east_mps"] == pytest.approx(70.0)
    assert row["v_north_mps"] == pytest.approx(0.0, abs=1e-9)
    assert intake.claims[0].key == "icao24:44F010"


def test_a_type_without_a_class_says_nothing_of_it():
    row = heard(encode(msgspec.structs.replace(DRONE, type="a-u-A"))).rows()[0]
    assert all(math.isnan(value) for value in row["class_likelihood"])


def test_chats_and_pings_are_counted_and_left():
    intake = heard(pytak.hello_event(), encode(msgspec.structs.replace(DRONE, type="b-t-f")))
    assert len(intake) == 0
    assert sum(intake.records.values()) == 2
    assert intake.quarantined == {}


def test_creators_are_bounded():
    events = [encode(msgspec.structs.replace(DRONE, creator=f"c{i}")) for i in range(300)]
    assert len(heard(*events).sources) == 257


def test_a_creator_that_is_no_name_is_the_feed():
    assert heard(encode(msgspec.structs.replace(DRONE, creator="a b\n" * 9))).sources == ["cot:people"]


# What is sent to harm

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE event [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>
<event uid="&b;" type="a-u-A" how="h-e" time="2026-11-20T17:30:00Z" start="2026-11-20T17:30:00Z"
stale="2026-11-20T17:30:00Z"><point lat="1" lon="2" hae="0" ce="1" le="1"/></event>"""


def reasons(*pieces):
    return {reason for _, reason in heard(*pieces).quarantined}


def test_entities_and_document_types_are_refused():
    with pytest.raises(WireError, match="entities"):
        decode(LAUGHS)
    assert len(heard(LAUGHS)) == 0
    outside = LAUGHS.replace(b'<!ENTITY a "ha">', b'<!ENTITY a SYSTEM "file:///etc/passwd">')
    with pytest.raises(WireError, match="entities"):
        decode(outside)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b'lat="50.900000"', b'lat="95"', "bad-point"),
        (b'lat="50.900000"', b'lat="nan"', "bad-point"),
        (b'lat="50.900000"', b'lat="north"', "bad-point"),
        (b'lat="50.900000"', b"", "bad-point"),
        (b'time="2026', b'time="x', "bad-time"),
        (b' uid="warden.1"', b"", "not-cot"),
        (b"point", b"place", "not-cot"),
        (b"<detail>", b"<detail><a>", "not-xml"),
        (b"drone", b"\xff\xfe", "not-xml"),
        (b"<detail>", b"<detail>" + b"<a>" * 40 + b"</a>" * 40, "not-cot"),
        (b"drone", b"d" * EVENT_MAX_BYTES, "oversized"),
    ],
)
def test_what_cannot_be_used_is_counted(old, new, reason):
    bad = encode(DRONE).replace(old, new)
    assert reasons(bad) == {reason}
    assert len(heard(bad, encode(DRONE))) == 1


def test_an_event_that_never_ends_is_let_go():
    assert reasons(b"<event " + b"a" * EVENT_MAX_BYTES) == {"oversized"}


def test_a_datagram_cut_short_costs_only_itself():
    whole = encode(DRONE)
    intake = heard(whole[: len(whole) // 2], whole, whole)
    assert len(intake) == 2
    assert {reason for _, reason in intake.quarantined} == {"framing"}


def test_the_binary_protocol_is_refused():
    assert reasons(b"\xbf\x01\xbf" + bytes(range(60))) == {"framing"}


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_nonsense_never_raises(pieces):
    heard(*pieces)


@given(st.data())
@settings(max_examples=300)
def test_damaged_events_never_raise(data):
    whole = bytearray(encode(DRONE) * 2)
    for _ in range(data.draw(st.integers(1, 5))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    intake = heard(bytes(whole))
    assert len(intake) <= 2


@given(st.integers(0, 2**32))
def test_a_stream_may_be_cut_anywhere(seed):
    stream = b"".join(encode(msgspec.structs.replace(DRONE, uid=f"u{i}")) + b"\n" for i in range(4))
    rng = random.Random(seed)
    cuts = sorted(rng.sample(range(len(stream)), 5))
    pieces = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    intake = heard(*pieces)
    assert [claim.ident for claim in intake.claims] == [f"cot:u{i}" for i in range(4)]
    assert intake.quarantined == {}
