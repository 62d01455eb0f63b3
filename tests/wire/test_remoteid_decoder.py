"""Broadcasts to observations: merging, duplicates, clocks, carriers, recordings."""

import math
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.observation import CLEAR_OF_GROUND, ON_GROUND, SELF_REPORT, Intake
from vedette.wire.remoteid import (
    Broadcast,
    Carrier,
    RemoteIdDecoder,
    authentication,
    basic_id,
    ble,
    decode_datagram,
    encode_datagram,
    location,
    operator_id,
    pack,
    self_id,
    system,
    wifi,
)
from vedette.wire.remoteid.authentication import Authentication
from vedette.wire.remoteid.decoder import nearest_hour_ns
from vedette.wire.remoteid.location import Location
from vedette.wire.remoteid.system import System

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "remote_id"
recorded = pytest.mark.skipif(not DATA.exists(), reason="no recordings in ../shared/data")
S = 1_000_000_000
HOUR = 3600 * S
NOON = 1_700_000_000 // 3600 * HOUR
MAC = bytes.fromhex("0a1b2c3d4e5f")
FLYING = Location(
    status=location.AIRBORNE,
    place=(50.9, 4.48),
    direction_deg=90,
    speed_mps=10.0,
    v_up_mps=1.0,
    alt_m=120.0,
    baro_alt_m=80.0,
    position_sd_m=10 / 2.4477,
    alt_sd_m=3 / 1.96,
    velocity_sd_mps=1 / 2.4477,
    hour_s=1.0,
)
IDENTITY = basic_id.encode("1581F4ABCDEF", "multirotor")
OPERATOR = operator_id.encode("BELop12345")
SYSTEM = system.encode(System(place=(50.91, 4.49), alt_m=60.0))
WORDS = self_id.encode("Roof survey")


def at(second, **changes):
    return location.encode(FLYING._replace(hour_s=second, **changes))


class Receiver:
    def __init__(self):
        self.decoder, self.intake = RemoteIdDecoder("roof"), Intake()

    def hear(self, payload, second=1.0, transmitter=MAC):
        self.decoder.receive(encode_datagram(payload, transmitter), NOON + round(second * S), self.intake)
        return self

    def count(self, record):
        return self.intake.records.get(("remoteid:roof", f"remoteid.{record}"), 0)


def test_a_whole_pack_is_one_observation_with_all_that_is_said():
    heard = Receiver().hear(pack.encode([at(1.0), IDENTITY, OPERATOR, SYSTEM, WORDS]), 1.2)
    (row,) = heard.intake.rows()
    assert row["valid_ns"] == NOON + S
    assert row["heard_ns"] == NOON + 1_200_000_000
    assert (row["lat_deg"], row["lon_deg"], row["alt_m"], row["baro_alt_m"]) == (50.9, 4.48, 120.0, 80.0)
    assert row["v_east_mps"] == pytest.approx(10.0)
    assert row["v_north_mps"] == pytest.approx(0.0, abs=1e-9)
    assert row["v_up_mps"] == 1.0
    assert row["position_sd_m"] == pytest.approx(10 / 2.4477)
    assert row["alt_sd_m"] == pytest.approx(3 / 1.96)
    assert row["velocity_sd_mps"] == pytest.approx(1 / 2.4477)
    assert row["flags"] == SELF_REPORT | CLEAR_OF_GROUND
    (claim,) = heard.intake.claims
    assert claim.key == "remote_id:1581F4ABCDEF"
    assert (claim.category, claim.description, claim.operator_id) == (
        "multirotor",
        "Roof survey",
        "BELop12345",
    )
    assert (claim.operator_lat_deg, claim.operator_lon_deg, claim.operator_alt_m) == (50.91, 4.49, 60.0)
    assert claim.on_ground is False
    assert sum(heard.intake.records.values()) == 6


def test_parts_that_come_apart_are_merged_until_they_are_too_old():
    heard = Receiver().hear(at(0.0), 0.1).hear(IDENTITY, 1).hear(SYSTEM, 2).hear(at(3.0), 3.1)
    heard.hear(at(40.0), 40.1)
    before, with_all, too_late = heard.intake.claims
    assert before.ident == too_late.ident == "mac:0a:1b:2c:3d:4e:5f"
    assert with_all.ident == "1581F4ABCDEF"
    assert with_all.operator_lat_deg == 50.91
    assert before.operator_lat_deg is None
    assert too_late.operator_lat_deg is None


def test_two_transmitters_are_not_mixed():
    other = bytes(6)
    heard = Receiver().hear(IDENTITY).hear(at(1.0), transmitter=other).hear(at(1.0))
    assert [claim.ident for claim in heard.intake.claims] == ["mac:00:00:00:00:00:00", "1581F4ABCDEF"]


def test_a_serial_number_goes_before_other_ids():
    registration = basic_id.encode("FA12345", "multirotor", basic_id.REGISTRATION)
    heard = Receiver().hear(registration).hear(at(1.0)).hear(IDENTITY).hear(at(2.0), 2)
    assert [claim.ident for claim in heard.intake.claims] == ["FA12345", "1581F4ABCDEF"]


def test_no_position_is_no_observation_but_a_record():
    heard = Receiver().hear(location.encode(FLYING._replace(place=None)))
    assert len(heard.intake) == 0
    assert heard.count("location") == 1
    assert not heard.intake.quarantined


def test_what_is_unknown_stays_unknown():
    (row,) = Receiver().hear(location.encode(Location(place=(50.9, 4.48)))).intake.rows()
    names = ("alt_m", "alt_sd_m", "baro_alt_m", "v_east_mps", "v_up_mps", "velocity_sd_mps", "position_sd_m")
    assert all(math.isnan(row[name]) for name in names)
    assert row["flags"] == SELF_REPORT
    assert row["valid_ns"] == row["heard_ns"]


def test_status_becomes_flags_and_emergency():
    heard = Receiver().hear(at(1.0, status=location.GROUND)).hear(at(1.1, status=location.EMERGENCY), 1.1)
    assert list(heard.intake.rows()["flags"]) == [SELF_REPORT | ON_GROUND, SELF_REPORT]
    assert [(c.on_ground, c.emergency) for c in heard.intake.claims] == [(True, None), (None, "emergency")]


def test_a_repeated_broadcast_is_counted_and_not_observed_twice():
    heard = Receiver()
    for second in (1.0, 1.1, 1.2):
        heard.hear(at(1.0), second)
    heard.hear(at(2.0), 2.0).hear(IDENTITY, 2.1).hear(IDENTITY, 2.2)
    assert len(heard.intake) == 2
    assert (heard.count("location"), heard.count("basic_id"), heard.count("duplicate")) == (2, 1, 3)


def test_the_same_bytes_with_another_counter_are_news():
    decoder, intake = RemoteIdDecoder("roof"), Intake()
    for counter in (1, 1, 2):
        told = Broadcast(Carrier.BLUETOOTH_4, MAC, counter, -60, at(1.0))
        decoder.receive_broadcast(told, NOON + S, intake)
    assert len(intake) == 2
    assert intake.records == {
        ("remoteid:roof", "remoteid.location"): 2,
        ("remoteid:roof", "remoteid.duplicate"): 1,
    }


@given(st.integers(0, 35_999), st.integers(-1500 * 10, 1500 * 10))
@settings(deadline=None)
def test_the_nearest_hour_is_found(tenths, off_tenths):
    true_ns = NOON + tenths * (S // 10)
    assert nearest_hour_ns(tenths / 10, true_ns + off_tenths * (S // 10)) == true_ns


def test_an_impossible_clock_is_counted_and_the_hearing_counts():
    heard = Receiver().hear(at(3599.9), 0.2).hear(at(1200.0), 1.0)
    rows = heard.intake.rows()
    assert rows["valid_ns"][0] == NOON - S // 10
    assert rows["valid_ns"][1] == rows["heard_ns"][1]
    assert heard.intake.quarantined == {}
    assert heard.intake.records["remoteid:roof", "remoteid.bad_clock"] == 1


def test_bad_input_is_counted_by_reason():
    heard = Receiver()
    heard.hear(b"").hear(b"\x12\x00").hear(b"\x62" + bytes(24)).hear(b"\x1f" + bytes(24))
    heard.hear(b"\xf2\x19\x05" + IDENTITY).hear(b"\xf2\x19\x00")
    heard.decoder.receive(b"\x09" * 40, NOON, heard.intake)
    heard.decoder.receive_link(1, b"ethernet", NOON, heard.intake)
    assert heard.intake.quarantined == {
        ("remoteid:roof", reason): count
        for reason, count in (
            ("truncated", 3), ("unknown-type", 1), ("unknown-version", 2), ("unknown-link-type", 1),
        )
    }  # fmt: skip
    assert heard.count("pack") == 1


def test_forged_transmitters_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("vedette.wire.remoteid.decoder.TRANSMITTERS_MAX", 20)
    heard = Receiver()
    for n in range(50):
        heard.hear(at(1.0), transmitter=n.to_bytes(6))
    assert len(heard.intake) == 20
    assert heard.intake.quarantined == {("remoteid:roof", "too-many-transmitters"): 30}
    heard.hear(at(100.0), 100, transmitter=b"newone")
    assert len(heard.intake) == 21


def test_pages_of_authentication_are_only_counted():
    pages = [authentication.encode(Authentication(1, n, bytes(17 if n == 0 else 23))) for n in range(3)]
    heard = Receiver().hear(pack.encode(pages))
    assert heard.count("authentication") == 3
    assert len(heard.intake) == 0


def test_a_datagram_comes_back():
    told = encode_datagram(IDENTITY, MAC, carrier=Carrier.WIFI_NAN, rssi_dbm=-71)
    assert decode_datagram(told) == Broadcast(Carrier.WIFI_NAN, MAC, None, -71, IDENTITY)
    assert decode_datagram(encode_datagram(IDENTITY, MAC)).rssi_dbm is None


PACK = pack.encode([at(1.0), IDENTITY])
CARRIED = [
    (ble.LINK_LAYER, ble.encode_legacy(at(1.0), MAC, 7), Carrier.BLUETOOTH_4, at(1.0)),
    (ble.LINK_LAYER, ble.encode_extended(PACK, MAC, 7), Carrier.BLUETOOTH_5, PACK),
    (wifi.IEEE_802_11, wifi.encode_beacon(PACK, MAC, 7), Carrier.WIFI_BEACON, PACK),
    (wifi.IEEE_802_11, wifi.encode_nan(PACK, MAC, 7), Carrier.WIFI_NAN, PACK),
]


@pytest.mark.parametrize(("link_type", "frame", "carrier", "payload"), CARRIED)
def test_every_carrier_brings_the_payload(link_type, frame, carrier, payload):
    module = ble if link_type == ble.LINK_LAYER else wifi
    assert module.broadcasts(link_type, frame) == [Broadcast(carrier, MAC, 7, None, payload)]
    intake = Intake()
    RemoteIdDecoder("roof").receive_link(link_type, frame, NOON + S, intake)
    assert len(intake) == 1


def test_receivers_headers_are_read():
    packet = ble.encode_legacy(at(1.0), MAC, 7)
    phdr = bytes((37, 256 - 60, 0, 0)) + bytes(4) + (0x0C02).to_bytes(2, "little")
    (told,) = ble.broadcasts(ble.LINK_LAYER_WITH_HEADER, phdr + packet)
    assert (told.rssi_dbm, told.transmitter) == (-60, MAC)
    radiotap = bytes.fromhex("0000 0a00 22000000 10 c4".replace(" ", ""))
    (told,) = wifi.broadcasts(wifi.RADIOTAP, radiotap + wifi.encode_beacon(PACK, MAC, 7) + b"fcs!")
    assert (told.rssi_dbm, told.payload) == (-60, PACK)


def test_a_broken_checksum_is_counted():
    packet = bytearray(ble.encode_legacy(at(1.0), MAC, 7))
    packet[20] ^= 4
    intake = Intake()
    RemoteIdDecoder("roof").receive_link(ble.LINK_LAYER, bytes(packet), NOON, intake)
    assert intake.quarantined == {("remoteid:roof", "crc"): 1}
    assert len(intake) == 0


def test_other_peoples_frames_are_counted_as_such():
    heard = Intake()
    decoder = RemoteIdDecoder("roof")
    decoder.receive_link(wifi.IEEE_802_11, bytes((0x88, 1)) + bytes(60), NOON, heard)
    decoder.receive_link(ble.LINK_LAYER, b"\x01\x02\x03\x04" + bytes(20), NOON, heard)
    assert heard.records == {("remoteid:roof", "remoteid.other_frame"): 2}


DAMAGED = [
    *(carried[:2] for carried in CARRIED),
    *((link, bytes(60)) for link in (ble.LINK_LAYER_WITH_HEADER, ble.NORDIC, wifi.RADIOTAP)),
]


@given(
    st.sampled_from(DAMAGED),
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 255)), max_size=6),
    st.integers(0, 300),
)
@settings(deadline=None, max_examples=300)
def test_damaged_frames_never_raise(carried, changes, length):
    link_type, frame = carried
    damaged = bytearray(frame)
    for place, value in changes:
        damaged[place % len(damaged)] = value
    intake, decoder = Intake(), RemoteIdDecoder("roof")
    decoder.receive_link(link_type, bytes(damaged[:length]), NOON, intake)
    decoder.receive(bytes(damaged[:length]), NOON, intake)
    assert sum(intake.records.values()) + sum(intake.quarantined.values()) >= 2


def test_a_crowd_is_decoded_in_time():
    heard = Receiver()
    begin = time.perf_counter()
    for n in range(3000):
        heard.hear(
            pack.encode([at(n % 3000 / 10), IDENTITY, SYSTEM]), n / 10, transmitter=(n % 50).to_bytes(6)
        )
    assert len(heard.intake) == 3000
    assert time.perf_counter() - begin < 3  # 1,000 drones a second would still fit on one core


@recorded
def test_recorded_bluetooth_5(read_frames):
    intake, decoder = Intake(), RemoteIdDecoder("bt5")
    frames = read_frames(DATA / "odid_bt5_lr_sample.pcapng")
    for link_type, data in frames:
        decoder.receive_link(link_type, data, NOON, intake)
    records = {name.removeprefix("remoteid."): n for (_, name), n in intake.records.items()}
    assert len(frames) == 274
    assert intake.quarantined == {("remoteid:bt5", "crc"): 30}
    assert records.pop("pack") == 244
    assert sum(records.values()) == 1069  # 199 packs of 5, 8 of 4, 9 of 3, 6 of 2, 3 of 1, 19 empty
    assert len(intake) == 0  # the drone had no position, and said so


@recorded
def test_recorded_wifi_beacons(read_frames):
    intake, decoder = Intake(), RemoteIdDecoder("wifi")
    frames = read_frames(DATA / "odid_wifi_bcn_sample.pcap")
    for link_type, data in frames:
        decoder.receive_link(link_type, data, NOON + S, intake)
    assert len(frames) == len(intake) == 21
    assert not intake.quarantined
    rows = intake.rows()
    assert rows["lat_deg"] == pytest.approx([45.546] * 21, abs=0.002)
    assert rows["lon_deg"] == pytest.approx([-122.968] * 21, abs=0.002)
    assert {claim.operator_id for claim in intake.claims} == {"GBR-OP-123ABCD"}
    assert {claim.ident for claim in intake.claims} == {"MFG1A0123456789"}


@pytest.fixture
def read_frames():
    pcap = pytest.importorskip("vedette.feed.pcap")

    def read(path):
        return [(packet.linktype, packet.data) for packet in pcap.read_packets(path)]

    return read
