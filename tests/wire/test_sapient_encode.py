"""SAPIENT frames out: as another implementation accepted them, and as we read them back."""

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from vedette.core.classes import CLASSES
from vedette.core.observation import Intake
from vedette.core.sensor import SensorReport
from vedette.wire import sapient
from vedette.wire.sapient.ids import is_ulid, is_uuid4
from vedette.wire.sapient.validate import faults

GOLDEN = Path(__file__).parents[1] / "golden" / "sapient"
OURS = runpy.run_path(str(GOLDEN / "ours.py"))["messages"]()
NODE = sapient.node_uuid("radar")
ME = sapient.node_uuid("fusion node")
TIME_NS = 1_772_645_405_250_000_000
IDS = sapient.ulid(TIME_NS, 1), sapient.ulid(TIME_NS, 2)
REGISTRATION = sapient.registration(NODE, TIME_NS, "Radar", "radar")


def read(*frames: bytes) -> Intake:
    intake = Intake()
    sapient.SapientDecoder("sim", ME).receive(b"".join(frames), TIME_NS, intake)
    return intake


def test_messages_are_those_that_another_implementation_judged():
    golden = json.loads((GOLDEN / "ours.json").read_text())
    assert {name: frame.hex() for name, frame in OURS.items()} == golden


@pytest.mark.parametrize("name", OURS)
def test_messages_pass_our_own_rules(name):
    assert faults(SapientMessage.FromString(OURS[name][4:])) == []


@pytest.mark.parametrize(
    "modality", ["radar", "rf", "camera", "acoustic", "adsb", "remote_id", "mlat", "fusion", "human"]
)
def test_every_modality_comes_back(modality):
    report = read(sapient.registration(NODE, TIME_NS, "Name", modality)).reports[0]
    assert (report.name, report.modality) == ("Name", modality)


def test_a_sensor_describes_itself():
    frames = (
        sapient.registration(NODE, TIME_NS, "Radar", "radar", scan="rotating", period_s=1.5, range_max_m=9e3),
        sapient.status_report(
            NODE,
            TIME_NS,
            IDS[0],
            lat_deg=50.9,
            lon_deg=-4.5,
            alt_m=80.0,
            azimuth_from_deg=350.0,
            azimuth_width_deg=90.0,
            range_max_m=9e3,
        ),
    )
    card, status = read(*frames).reports
    assert (card.scan, card.period_s, card.range_max_m) == ("rotating", 1.5, 9e3)
    assert status == SensorReport(
        f"sapient:{NODE}",
        TIME_NS,
        lat_deg=50.9,
        lon_deg=-4.5,
        alt_m=80.0,
        azimuth_from_deg=350.0,
        azimuth_width_deg=90.0,
        range_max_m=9e3,
        health="ok",
    )


def test_plots_of_a_sensor_that_tracks_nothing_carry_no_claim():
    frame = sapient.detection_range_bearing(NODE, TIME_NS, *IDS, azimuth_deg=1.0)
    assert read(REGISTRATION, frame).claims == []
    tracking = sapient.registration(NODE, TIME_NS, "Radar", "radar", tracks=True)
    assert read(tracking, frame).claims[0].ident == f"{NODE}/{IDS[1]}"


@settings(deadline=None)
@given(
    lat=st.floats(-80, 80).filter(bool),
    lon=st.floats(-180, 180),
    alt=st.none() | st.floats(-100, 20_000),
    sd=st.none() | st.floats(0.1, 1000),
)
def test_positions_come_back(lat, lon, alt, sd):
    frame = sapient.detection_location(
        NODE, TIME_NS, *IDS, lat, lon, alt_m=alt, position_sd_m=sd, alt_sd_m=sd
    )
    (row,) = read(REGISTRATION, frame).rows()
    assert (row["lat_deg"], row["lon_deg"]) == pytest.approx((lat, lon))
    assert row["alt_m"] == pytest.approx(np.nan if alt is None else alt, nan_ok=True)
    assert row["position_sd_m"] == pytest.approx(np.nan if sd is None else sd, nan_ok=True)
    assert row["alt_sd_m"] == pytest.approx(np.nan if sd is None or alt is None else sd, nan_ok=True)


@settings(deadline=None)
@given(
    azimuth=st.none() | st.floats(0, 359.999),
    elevation=st.none() | st.floats(-90, 90),
    distance=st.floats(0.1, 1e6),
    sd=st.none() | st.floats(0.01, 100),
)
def test_directions_come_back(azimuth, elevation, distance, sd):
    frame = sapient.detection_range_bearing(
        NODE,
        TIME_NS,
        *IDS,
        azimuth_deg=azimuth,
        azimuth_sd_deg=sd,
        elevation_deg=elevation,
        range_m=distance,
        range_sd_m=sd,
    )
    (row,) = read(REGISTRATION, frame).rows()
    for name, value in (("azimuth_deg", azimuth), ("elevation_deg", elevation), ("range_m", distance)):
        assert row[name] == pytest.approx(np.nan if value is None else value, nan_ok=True)
    assert np.isnan(row["lat_deg"])


@pytest.mark.parametrize("name", CLASSES)
def test_every_class_comes_back_as_the_most_likely(name):
    more = sapient.Detected(classes={name: 0.8}, frequency_mhz=5800.0, confidence=0.5)
    frame = sapient.detection_location(NODE, TIME_NS, *IDS, 50.0, 4.0, more=more)
    (row,) = read(REGISTRATION, frame).rows()
    assert CLASSES[row["class_likelihood"].argmax()] == name
    # The standard's manned fixed wing is an aeroplane or a glider.
    expected = 0.4 if name == "aeroplane" else 0.8
    assert row["class_likelihood"].max() == pytest.approx(expected, abs=0.05)
    assert row["frequency_mhz"] == pytest.approx(5800.0)
    assert row["confidence"] == 0.5


def test_the_same_arguments_give_the_same_bytes():
    assert runpy.run_path(str(GOLDEN / "ours.py"))["messages"]() == OURS


def test_ids():
    assert sapient.ulid(1_469_918_176_385_000_000, 0) == "01ARYZ6S410000000000000000"
    assert sapient.ulid(0, (1 << 80) - 1) == "0000000000ZZZZZZZZZZZZZZZZ"
    assert sapient.ulid(TIME_NS, 5) < sapient.ulid(TIME_NS, 6) < sapient.ulid(TIME_NS + 1_000_000, 0)
    assert is_ulid(sapient.ulid(TIME_NS, 123456789))
    assert is_uuid4(NODE)
    assert sapient.node_uuid("radar") == NODE != sapient.node_uuid("radar 2")
    assert not is_uuid4(NODE.upper())
    assert not is_ulid("81ARYZ6S410000000000000000")
