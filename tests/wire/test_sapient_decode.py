"""SAPIENT frames in: golden frames of another encoder, the sequence of a connection, what is refused."""

import json
import math
import struct
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES
from vedette.core.errors import ConfigError
from vedette.core.observation import Intake
from vedette.core.sensor import SensorReport
from vedette.wire import sapient
from vedette.wire.sapient.frame import MAX_PAYLOAD
from vedette.wire.sapient.utm import Zone, geographic
from vedette.wire.sapient.validate import faults

GOLDEN = Path(__file__).parents[1] / "golden" / "sapient"
FRAMES = {
    name: bytes.fromhex(text) for name, text in json.loads((GOLDEN / "frames.json").read_text()).items()
}
OURS = {name: bytes.fromhex(text) for name, text in json.loads((GOLDEN / "ours.json").read_text()).items()}
NODE = "0f3c1a52-7b1e-4c7d-9d55-2f6a0b9c8e11"
SOURCE = f"sapient:{NODE}"
ME = sapient.node_uuid("fusion node")
HEARD_NS = 1_772_645_406_000_000_000
SENT_NS = 1_772_645_405_250_000_000
SEQUENCE = b"".join(FRAMES[name] for name in list(FRAMES))


def decoder(**settings: float) -> sapient.SapientDecoder:
    return sapient.SapientDecoder("mast", ME, **settings)


def heard(*frames: bytes, by: sapient.SapientDecoder | None = None) -> tuple[Intake, list[SapientMessage]]:
    """What the frames gave, and what was answered."""
    intake = Intake()
    answers = (by or decoder()).receive(b"".join(frames), HEARD_NS, intake)
    return intake, unframed(answers)


def unframed(data: bytes) -> list[SapientMessage]:
    messages = []
    while data:
        (length,) = struct.unpack_from("<I", data)
        messages.append(SapientMessage.FromString(data[4 : 4 + length]))
        data = data[4 + length :]
    return messages


def known(row: np.void) -> dict[str, float]:
    """The columns of a row that say something."""
    return {
        name: row[name].item()
        for name in row.dtype.names
        if name not in ("class_likelihood", "flags", "claim", "sensor") and row[name] == row[name]
    }


def edited(name: str, change) -> bytes:
    """A golden frame with one thing changed."""
    message = SapientMessage.FromString(FRAMES[name][4:])
    change(message)
    return sapient.encode_frame(message)


def test_registration_becomes_a_card_and_is_acknowledged():
    intake, (ack,) = heard(FRAMES["registration"])
    assert intake.reports == [
        SensorReport(
            SOURCE,
            HEARD_NS,
            name="Mast camera",
            modality="camera",
            scan="staring",
            period_s=0.2,
            range_max_m=2500.0,
        )
    ]
    assert ack.registration_ack.acceptance
    assert (ack.node_id, ack.destination_id) == (ME, NODE)
    assert ack.timestamp.seconds * 10**9 + ack.timestamp.nanos == HEARD_NS
    assert intake.records == {(SOURCE, "sapient.registration"): 1}


def test_status_says_where_and_how_the_sensor_is():
    intake, _ = heard(FRAMES["registration"], FRAMES["status_report"])
    here = geographic(604_000.0, 5_639_000.0, Zone(31, north=True))
    assert intake.reports[1] == SensorReport(
        SOURCE,
        HEARD_NS,
        lat_deg=here.lat_deg,
        lon_deg=here.lon_deg,
        alt_m=101.5,
        range_max_m=2000.0,
        azimuth_from_deg=60.0,
        azimuth_width_deg=60.0,
        health="degraded",
        detail="weather: fog",
    )


def test_range_and_bearing_in_radians_kilometres_and_grid_north():
    intake, _ = heard(FRAMES["registration"], FRAMES["status_report"], FRAMES["detection_report"])
    (row,) = intake.rows()
    convergence_deg = geographic(604_000.0, 5_639_000.0, Zone(31, north=True)).convergence_deg
    assert convergence_deg == pytest.approx(1.1475, abs=1e-3)
    assert known(row) == pytest.approx(
        {
            "valid_ns": SENT_NS,
            "heard_ns": HEARD_NS,
            "azimuth_deg": math.degrees(1.5) + convergence_deg,
            "azimuth_sd_deg": math.degrees(0.01),
            "elevation_deg": math.degrees(0.25),
            "range_m": 1250.0,
            "range_sd_m": 50.0,
            "v_east_mps": 10.0,  # it registered kilometres an hour
            "v_north_mps": -5.0,
            "velocity_sd_mps": 1.0,
            "confidence": 0.75,
        }
    )
    assert row["class_likelihood"].argmax() == CLASSES.index("multirotor")
    assert row["class_likelihood"].sum() == pytest.approx(1.0)
    assert intake.claims == [Claim("sensor_track", f"{NODE}/01K6Z7Q8R9S0T1V2W3X4Y5Z002")]


def test_grid_north_is_refused_while_the_grid_is_not_known():
    intake, (_, error) = heard(FRAMES["registration"], FRAMES["detection_report"])
    assert intake.quarantined == {(SOURCE, "unsupported-datum"): 1}
    assert len(intake) == 0
    assert "RANGE_BEARING_DATUM_GRID" in error.error.error_message[0]


def test_position_on_a_utm_grid_with_a_serial_number():
    intake, _ = heard(FRAMES["registration"], FRAMES["detection_report utm"])
    (row,) = intake.rows()
    here = geographic(605_000.0, 5_640_000.0, Zone(31, north=True))
    assert known(row) == pytest.approx(
        {
            "valid_ns": SENT_NS,
            "heard_ns": HEARD_NS,
            "lat_deg": here.lat_deg,
            "lon_deg": here.lon_deg,
            "alt_m": 220.0,
            "position_sd_m": math.sqrt(12.5),
            "position_sd_east_m": 3.0,
            "position_sd_north_m": 4.0,
        }
    )
    assert np.isnan(row["class_likelihood"]).all()
    assert intake.claims == [Claim("remote_id", "1668BNOBODY0001")]


@pytest.mark.parametrize(
    ("errors", "sd_mps"), [((1.0, 2.0, 0.5), (2.0, 0.5)), ((0.0, 2.0, 0.0), (2.0, None))]
)
def test_a_climb_has_an_error_of_its_own(errors, sd_mps):
    def change(message):
        velocity = message.detection_report.enu_velocity
        velocity.east_rate, velocity.north_rate, velocity.up_rate = 3.0, 4.0, -2.0
        velocity.east_rate_error, velocity.north_rate_error, velocity.up_rate_error = errors

    intake, _ = heard(FRAMES["registration"], edited("detection_report utm", change))
    (row,) = intake.rows()
    told = known(row)
    unit = told["v_up_mps"] / -2.0  # as the node registered it
    assert told["velocity_sd_mps"] == pytest.approx(sd_mps[0] * unit)
    assert told.get("v_up_sd_mps") == (
        None if sd_mps[1] is None else pytest.approx(sd_mps[1] * unit, rel=1e-6)
    )


def test_height_above_the_geoid_is_unknown_until_the_undulation_is_known():
    frames = FRAMES["registration"], FRAMES["detection_report radians"]
    (row,) = heard(*frames)[0].rows()
    assert row["lat_deg"] == pytest.approx(math.degrees(0.8885))
    assert row["lon_deg"] == pytest.approx(math.degrees(0.0785))
    assert np.isnan(row["alt_m"])
    assert row["frequency_mhz"] == pytest.approx(2437.0)
    (row,) = heard(*frames, by=decoder(undulation_m=44.0))[0].rows()
    assert row["alt_m"] == 344.0


def test_alerts_and_tasks_are_answered_and_errors_are_not():
    intake, answers = heard(FRAMES["registration"], FRAMES["alert"], FRAMES["task"], FRAMES["error"])
    assert [answer.WhichOneof("content") for answer in answers] == [
        "registration_ack",
        "alert_ack",
        "task_ack",
    ]
    assert answers[1].alert_ack.alert_id == "01K6Z7Q8R9S0T1V2W3X4Y5Z006"
    assert answers[2].task_ack.task_status == answers[2].task_ack.TASK_STATUS_REJECTED
    assert intake.records[SOURCE, "sapient.error"] == 1
    assert intake.quarantined == {}


def test_goodbye_ends_the_registration():
    intake, answers = heard(
        FRAMES["registration"], FRAMES["status_report goodbye"], FRAMES["detection_report utm"]
    )
    assert intake.reports[-1].health == "silent"
    assert intake.quarantined == {("sapient:mast", "not-registered"): 1}
    assert answers[-1].WhichOneof("content") == "error"


@pytest.mark.parametrize("name", ["status_report", "detection_report", "alert"])
def test_nobody_speaks_before_registering(name):
    intake, (answer,) = heard(FRAMES[name])
    assert intake.quarantined == {("sapient:mast", "not-registered"): 1}
    assert (len(intake), intake.reports, intake.records) == (0, [], {})
    assert answer.error.packet == FRAMES[name][4:]


def test_a_refused_message_is_answered_with_the_field():
    broken = edited("detection_report utm", lambda m: m.detection_report.location.ClearField("datum"))
    intake, (_, answer) = heard(FRAMES["registration"], broken)
    assert intake.quarantined == {(SOURCE, "missing-field"): 1}
    assert list(answer.error.error_message) == ["detection_report.location.datum: is mandatory and missing"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda m: setattr(m.detection_report.location, "x", math.nan), "bad-value"),
        (lambda m: setattr(m.detection_report.location, "x", 51.2), "bad-utm"),
        (lambda m: setattr(m.detection_report.location, "utm_zone", "U31"), "bad-utm-zone"),
        (lambda m: setattr(m.detection_report.location, "coordinate_system", 77), "bad-value"),
        (lambda m: setattr(m.detection_report.location, "coordinate_system", 0), "missing-field"),
        (lambda m: setattr(m.detection_report.location, "coordinate_system", 1), "bad-location"),
        (lambda m: setattr(m.detection_report, "report_id", "01k6z7q8r9s0t1v2w3x4y5z003"), "bad-ulid"),
        (lambda m: setattr(m.timestamp, "seconds", 1 << 40), "bad-value"),
        (lambda m: m.ClearField("timestamp"), "missing-field"),
    ],
)
def test_reasons(change, reason):
    intake, answers = heard(FRAMES["registration"], edited("detection_report utm", change))
    assert intake.quarantined == {(SOURCE, reason): 1}
    assert answers[-1].WhichOneof("content") == "error"
    assert len(intake) == 0


def test_a_position_of_zero_zero_is_no_position():
    frame = sapient.detection_location(
        NODE, SENT_NS, sapient.ulid(SENT_NS, 1), sapient.ulid(SENT_NS, 2), 0.0, 0.0
    )
    assert heard(FRAMES["registration"], frame)[0].quarantined == {(SOURCE, "no-position"): 1}


def test_a_bearing_that_is_empty_or_impossible():
    ids = sapient.ulid(SENT_NS, 1), sapient.ulid(SENT_NS, 2)
    empty = sapient.detection_range_bearing(NODE, SENT_NS, *ids, range_m=0.0)
    steep = sapient.detection_range_bearing(NODE, SENT_NS, *ids, azimuth_deg=1.0, elevation_deg=91.0)
    assert heard(FRAMES["registration"], empty, steep)[0].quarantined == {
        (SOURCE, "no-measurement"): 1,
        (SOURCE, "bad-bearing"): 1,
    }


def test_late_messages_are_counted_and_used_when_limits_are_set():
    frames = FRAMES["registration"], FRAMES["detection_report utm"]
    assert heard(*frames)[0].quarantined == {}
    intake, _ = heard(*frames, by=decoder(max_age_s=0.5, max_ahead_s=0.1))
    assert intake.quarantined == {("sapient:mast", "stale"): 1, (SOURCE, "stale"): 1}
    assert len(intake) == 1


def test_our_own_node_id_is_not_taken_twice():
    frame = edited("registration", lambda m: setattr(m, "node_id", ME))
    intake, (ack,) = heard(frame)
    assert not ack.registration_ack.acceptance
    assert intake.reports == []


def test_a_node_id_that_is_none_is_told_at_once():
    with pytest.raises(ConfigError, match="feed mast: node_id: expected a version-4 UUID"):
        sapient.SapientDecoder("mast", "vedette")


def test_an_impossible_length_closes_the_stream_after_what_was_good():
    speaker = decoder()
    bad = struct.pack("<I", MAX_PAYLOAD + 1)
    intake, answers = heard(FRAMES["registration"], bad, FRAMES["detection_report utm"], by=speaker)
    assert speaker.closed
    assert intake.quarantined == {(SOURCE, "oversized"): 1}
    assert [answer.WhichOneof("content") for answer in answers] == ["registration_ack", "error"]
    assert heard(FRAMES["detection_report utm"], by=speaker)[0].rows().size == 0


def test_the_largest_payload_is_not_oversized():
    speaker = decoder()
    intake, _ = heard(struct.pack("<I", MAX_PAYLOAD), b"\xff" * MAX_PAYLOAD, by=speaker)
    assert intake.quarantined == {("sapient:mast", "not-protobuf"): 1}
    assert not speaker.closed


def test_a_connection_has_room_for_256_nodes():
    frames = [
        edited("registration", lambda m, n=n: setattr(m, "node_id", sapient.node_uuid(str(n))))
        for n in range(257)
    ]
    speaker = decoder()
    intake, answers = heard(*frames, by=speaker)
    assert len(speaker.nodes) == 256
    assert intake.quarantined == {("sapient:mast", "too-many-nodes"): 1}
    assert answers[-1].WhichOneof("content") == "error"


def result(chunks: list[bytes]) -> tuple[bytes, bytes, list[Claim], list[SensorReport], dict, dict]:
    intake, speaker = Intake(), decoder()
    answers = b"".join(speaker.receive(chunk, HEARD_NS, intake) for chunk in chunks)
    rows = intake.rows().tobytes()
    return answers, rows, intake.claims, intake.reports, intake.quarantined, intake.records


@settings(deadline=None)
@given(st.lists(st.integers(0, len(SEQUENCE)), max_size=30))
def test_it_does_not_matter_where_the_network_cuts(cuts):
    marks = [0, *sorted(cuts), len(SEQUENCE)]
    pieces = [SEQUENCE[a:b] for a, b in pairwise(marks)]
    assert result(pieces) == result([SEQUENCE])


def test_one_byte_at_a_time():
    assert result([bytes([byte]) for byte in SEQUENCE]) == result([SEQUENCE])


@settings(deadline=None, max_examples=200)
@given(st.lists(st.binary(max_size=200), max_size=8))
def test_arbitrary_bytes_never_raise(chunks):
    result(chunks)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.binary(max_size=300), min_size=1, max_size=6))
def test_arbitrary_payloads_never_raise_and_each_is_counted(payloads):
    frames = [struct.pack("<I", len(payload)) + payload for payload in payloads]
    *_, quarantined, records = result(frames)
    assert sum(quarantined.values()) + sum(records.values()) == len(payloads)


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_damaged_frames_never_raise(data):
    frame = bytearray(FRAMES["registration"] + data.draw(st.sampled_from(list(FRAMES.values()))))
    for _ in range(data.draw(st.integers(1, 6))):
        frame[data.draw(st.integers(0, len(frame) - 1))] = data.draw(st.integers(0, 255))
    for answer in unframed(result([bytes(frame)])[0]):
        assert faults(answer) == []


@pytest.mark.parametrize("name", FRAMES)
def test_golden_frames_are_valid(name):
    assert faults(SapientMessage.FromString(FRAMES[name][4:])) == []


NUMBERS = st.none() | st.floats(allow_nan=False, allow_infinity=False)
SPEEDS = st.floats(allow_nan=False, allow_infinity=False)


@settings(deadline=None)
@given(
    system=st.integers(1, 4),
    datum=st.integers(1, 4),
    angles=st.tuples(NUMBERS, NUMBERS),
    errors=st.tuples(NUMBERS, NUMBERS, NUMBERS),
    distance=NUMBERS,
    speeds=st.tuples(SPEEDS, SPEEDS, SPEEDS),
    hertz=st.floats(width=32, allow_nan=False, allow_infinity=False),
)
def test_numbers_beyond_sense_never_reach_a_row(system, datum, angles, errors, distance, speeds, hertz):
    def change(message):
        report = message.detection_report
        bearing = report.range_bearing
        bearing.Clear()
        bearing.coordinate_system, bearing.datum = system, datum
        values = (*angles, *errors, distance)
        names = ("azimuth", "elevation", "azimuth_error", "elevation_error", "range_error", "range")
        for name, value in zip(names, values, strict=True):
            if value is not None:
                setattr(bearing, name, value)
        report.enu_velocity.east_rate, report.enu_velocity.north_rate, report.enu_velocity.up_rate = speeds
        report.enu_velocity.east_rate_error = speeds[0]
        report.signal.add(amplitude=1.0, centre_frequency=hertz)

    intake, _ = heard(FRAMES["registration"], edited("detection_report", change))
    assert len(intake) + sum(intake.quarantined.values()) == 1
    for row in intake.rows():
        assert not any(np.isinf(row[name]).any() for name in row.dtype.names)
        assert any(row[name] == row[name] for name in ("azimuth_deg", "elevation_deg", "range_m"))
        assert not abs(row["azimuth_deg"] - 180.0) > 180.0


@settings(deadline=None)
@given(st.tuples(SPEEDS, SPEEDS, SPEEDS), st.tuples(SPEEDS, SPEEDS, SPEEDS), st.sampled_from([1, 2, 5]))
def test_places_beyond_sense_never_reach_a_row(place, errors, system):
    def change(message):
        location = message.detection_report.location
        location.coordinate_system = system
        location.x, location.y, location.z = place
        location.x_error, location.y_error, location.z_error = errors

    intake, _ = heard(FRAMES["registration"], edited("detection_report utm", change))
    assert len(intake) + sum(intake.quarantined.values()) == 1
    for row in intake.rows():
        assert not any(np.isinf(row[name]).any() for name in row.dtype.names)
        assert abs(row["lat_deg"]) <= 90.0
        assert abs(row["lon_deg"]) <= 180.0


@pytest.mark.parametrize("number", range(4))
def test_a_field_of_view_all_round_needs_no_north(number):
    def change(message):
        cone = message.status_report.field_of_view.range_bearing
        cone.horizontal_extent, cone.datum = 360.0, 1 + number

    report = heard(FRAMES["registration"], edited("status_report", change))[0].reports[-1]
    assert (report.azimuth_from_deg, report.azimuth_width_deg) == (0.0, 360.0)
