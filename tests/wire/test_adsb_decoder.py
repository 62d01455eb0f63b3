"""Streams of messages to observations: framing, memory, places, what is refused."""

import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.observation import CLEAR_OF_GROUND, ON_GROUND, SELF_REPORT, Intake
from vedette.core.units import FT_M, KT_MPS
from vedette.wire.adsb import (
    AvrDecoder,
    BeastDecoder,
    TimedHexDecoder,
    altitude,
    avr_line,
    beast_frame,
    cpr,
    encode_identification,
    encode_operational,
    encode_position,
    encode_status,
    encode_surface_position,
    encode_velocity,
    operational,
)
from vedette.wire.adsb.fleet import AIRCRAFT_MAX, Fleet
from vedette.wire.adsb.frame import squitter_18

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "adsb"
recorded = pytest.mark.skipif(not DATA.exists(), reason="no recordings in ../shared/data")
S = 1_000_000_000
ICAO = 0x44A8B2
HERE = (50.9, 4.48)


def flight(n, lat=50.9, lon=4.48, alt_ft=3000.0, step_deg=0.001):
    """Even and odd positions of one aircraft going north, half a second apart."""
    return [encode_position(ICAO, lat + i * step_deg, lon, alt_ft, odd=bool(i % 2)) for i in range(n)]


def decode(messages, site=None, gap_ns=S // 2):
    intake, decoder = Intake(), BeastDecoder("site", site)
    for i, message in enumerate(messages):
        assert decoder.receive(beast_frame(message), (i + 1) * gap_ns, intake) == b""
    return intake


def test_a_flight_is_placed_from_the_second_message_on():
    intake = decode(flight(10))
    rows = intake.rows()
    assert len(rows) == 9
    assert rows["lat_deg"] == pytest.approx([50.9 + i * 0.001 for i in range(1, 10)], abs=3e-5)
    assert rows["lon_deg"] == pytest.approx([4.48] * 9, abs=3e-5)
    assert rows["baro_alt_m"] == pytest.approx([3000 * FT_M] * 9)
    assert set(rows["flags"]) == {SELF_REPORT | CLEAR_OF_GROUND}
    assert intake.sources == ["adsb:site"]
    assert {(c.scheme, c.ident, c.on_ground) for c in intake.claims} == {("icao24", "44A8B2", False)}
    assert intake.records == {("adsb:site", "adsb.airborne_position"): 10}
    assert not intake.quarantined


def test_what_other_messages_said_goes_with_the_next_position():
    first, second, third = flight(3)
    said = [
        encode_velocity(ICAO, 100 * KT_MPS, -200 * KT_MPS, 3.2512, nac_v=2, alt_above_baro_m=50 * FT_M),
        encode_identification(ICAO, "BEL4AB", "A3"),
        encode_status(ICAO, "7700", "general"),
        encode_operational(ICAO, 9),
    ]
    row = (intake := decode([first, *said, second, third])).rows()[0]
    assert row["v_east_mps"] == pytest.approx(100 * KT_MPS)
    assert row["v_north_mps"] == pytest.approx(-200 * KT_MPS)
    assert row["v_up_mps"] == pytest.approx(3.2512)
    assert row["velocity_sd_mps"] == pytest.approx(3 / 2.4477)
    assert row["position_sd_m"] == pytest.approx(30 / 2.4477)
    assert row["alt_m"] == pytest.approx(3050 * FT_M)
    assert row["alt_sd_m"] == pytest.approx(45 / 1.96)
    claim = intake.claims[0]
    assert (claim.callsign, claim.category, claim.squawk, claim.emergency) == (
        "BEL4AB",
        "A3",
        "7700",
        "general",
    )


def test_an_old_velocity_is_not_told_again():
    first, second, third = flight(3)
    late = [first, second, encode_velocity(ICAO, 50.0, 0.0, None), third]
    rows = decode(late, gap_ns=11 * S).rows()
    assert len(rows) == 0  # a pair must be within ten seconds too
    rows = decode(late).rows()
    assert math.isnan(rows["v_east_mps"][0])
    assert rows["v_east_mps"][1] == pytest.approx(50.0, abs=0.3)


def test_a_height_from_gnss_is_alt_and_pressure_altitude_is_not():
    geometric = [encode_position(ICAO, *HERE, 3000.0, odd=odd, type_code=20) for odd in (False, True)]
    (row,) = decode(geometric).rows()
    assert row["alt_m"] == pytest.approx(3000 * FT_M)
    assert math.isnan(row["baro_alt_m"])
    (row,) = decode(flight(2)).rows()
    assert math.isnan(row["alt_m"])


def test_an_aircraft_on_the_ground_needs_the_site():
    taxi = [
        encode_surface_position(ICAO, 50.9 + i * 1e-4, 4.48, odd=bool(i % 2), speed_mps=9.0, track_deg=0.0)
        for i in range(4)
    ]
    nowhere = decode(taxi)
    assert len(nowhere) == 0
    assert nowhere.quarantined == {("adsb:site", "no-reference"): 4}
    intake = decode(taxi, site=(51.2, 4.0))
    rows = intake.rows()
    assert rows["lat_deg"] == pytest.approx([50.9001, 50.9002, 50.9003], abs=1e-5)
    assert rows["lon_deg"] == pytest.approx([4.48] * 3, abs=1e-5)
    assert set(rows["flags"]) == {SELF_REPORT | ON_GROUND}
    assert rows["v_north_mps"] == pytest.approx([9.0] * 3, abs=0.3)
    assert intake.claims[0].on_ground is True


def test_after_landing_the_last_place_is_reference_enough():
    taxi = [encode_surface_position(ICAO, 50.9031, 4.48, odd=False), *flight(1)]
    rows = decode([*flight(4), taxi[0]]).rows()
    assert rows["lat_deg"][-1] == pytest.approx(50.9031, abs=1e-5)
    assert rows["flags"][-1] & ON_GROUND


def test_a_leap_is_refused_and_after_three_the_place_is_found_anew():
    near, far = flight(8), flight(10, lat=52.0)
    intake = decode([*near, *far])
    rows = intake.rows()
    assert intake.quarantined == {("adsb:site", "implausible"): 3}
    assert len(rows) == 7 + 10 - 3 - 1
    assert rows["lat_deg"][-1] == pytest.approx(52.009, abs=3e-5)
    assert not any(51 < lat < 51.9 for lat in rows["lat_deg"])


def test_a_wrong_first_fix_is_found_out_by_the_next_pair():
    # The first pair mixes two places, as a forged or damaged stream would.
    mixed = [flight(1)[0], encode_position(ICAO, 52.1, 4.48, 3000.0, odd=True)]
    honest = flight(12)
    intake = decode([*mixed, *honest])
    rows = intake.rows()
    assert rows["lat_deg"][-1] == pytest.approx(honest_lat := 50.911, abs=3e-5)
    assert sum(abs(rows["lat_deg"] - honest_lat) > 0.1) <= 2
    assert sum(intake.quarantined.values()) >= 1


def test_a_position_far_out_of_the_sites_reach_is_refused():
    intake = decode(flight(2), site=(-33.0, 151.0))
    assert len(intake) == 0
    assert intake.quarantined == {("adsb:site", "implausible"): 1}


@pytest.mark.parametrize(
    ("control", "scheme", "own"),
    [
        (0, "icao24", True),
        (1, "sensor_track", True),
        (2, "icao24", False),
        (5, "sensor_track", False),
        (6, "icao24", True),
    ],
)
def test_who_speaks_in_df_18(control, scheme, own):
    messages = [squitter_18(ICAO, int.from_bytes(message[4:11]), control) for message in flight(2)]
    intake = decode(messages)
    (row,) = intake.rows()
    assert bool(row["flags"] & SELF_REPORT) is own
    assert intake.claims[0].scheme == scheme
    assert intake.claims[0].ident == ("44A8B2" if scheme == "icao24" else "adsb:site/~44A8B2")


def test_a_multilateration_result_is_not_a_self_report():
    mlat = int.from_bytes(b"\xff\x00MLAT")
    intake, decoder = Intake(), BeastDecoder("site")
    for message in flight(2):
        decoder.receive(beast_frame(message, mlat), S, intake)
    (row,) = intake.rows()
    assert row["flags"] == CLEAR_OF_GROUND


def test_bad_input_is_counted_by_reason():
    good = flight(1)[0]
    broken = bytes((*good[:6], good[6] ^ 1, *good[7:]))
    intake, decoder = Intake(), BeastDecoder("site")
    decoder.receive(beast_frame(broken), S, intake)
    decoder.receive(beast_frame(b"\x08" * 14), S, intake)
    decoder.receive(beast_frame(bytes([17 << 3]) + bytes(6)), S, intake)  # DF 17 in 7 bytes
    decoder.receive(b"noise" + beast_frame(good) + b"\x1a9" + beast_frame(good), S, intake)
    assert intake.quarantined == {
        ("adsb:site", "parity"): 1,
        ("adsb:site", "unknown-format"): 2,
        ("adsb:site", "framing"): 3,  # the noise, the escape, and the digit after it
    }
    assert intake.records == {("adsb:site", "adsb.airborne_position"): 2}


def test_forged_addresses_do_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr("vedette.wire.adsb.fleet.AIRCRAFT_MAX", 50)
    assert AIRCRAFT_MAX >= 10_000
    intake, fleet = Intake(), Fleet("adsb:site", None)
    for n in range(80):
        fleet.receive(encode_position(n + 1, *HERE, 3000.0, odd=False), S, S, intake)
    assert len(fleet.aircraft) == 50
    assert intake.quarantined == {("adsb:site", "too-many-aircraft"): 30}
    later = 400 * S
    fleet.receive(encode_position(999, *HERE, 3000.0, odd=False), later, later, intake)
    assert len(fleet.aircraft) == 1


STREAM = b"".join(
    beast_frame(message, timestamp=0x1A1A1A000000 + n * 0x1A, signal=0x1A)
    for n, message in enumerate(
        [*flight(6), encode_velocity(0x1A1A1A, 1.0, 2.0, 3.0), *flight(6, lat=50.906)]
    )
)


@given(st.lists(st.integers(1, 40), min_size=1))
@settings(deadline=None, max_examples=60)
def test_a_stream_may_be_cut_anywhere(cuts):
    whole, pieces = Intake(), Intake()
    BeastDecoder("site").receive(STREAM, S, whole)
    decoder, at = BeastDecoder("site"), 0
    while at < len(STREAM):
        size = cuts[at % len(cuts)]
        decoder.receive(STREAM[at : at + size], S, pieces)
        at += size
    assert pieces.records == whole.records
    assert pieces.rows().tobytes() == whole.rows().tobytes()
    assert len(whole) == 11
    assert not pieces.quarantined


@given(st.binary(max_size=400))
@settings(deadline=None, max_examples=100)
def test_noise_never_raises(noise):
    intake = Intake()
    for decoder in (BeastDecoder("a", HERE), AvrDecoder("a", HERE), TimedHexDecoder("a", HERE)):
        decoder.receive(noise, S, intake)
        decoder.receive(b"\x1a3" + noise + b"\n" + noise, S, intake)
    for message in (noise[:14].ljust(14, b"\0"), noise[:7].ljust(7, b"\0")):
        Fleet("adsb:a", HERE).receive(message, S, S, intake)
    assert {reason for _, reason in intake.quarantined} <= {
        "framing", "parity", "unknown-format", "bad-line", "bad-hex", "oversized", "bad-subtype",
    }  # fmt: skip


@given(st.floats(-89.9, 89.9), st.floats(-180, 179.999), st.booleans(), st.booleans())
@settings(deadline=None)
def test_cpr_comes_back_within_its_resolution(lat, lon, odd, on_surface):
    span = cpr.SURFACE_DEG if on_surface else cpr.AIRBORNE_DEG
    y, x = cpr.encode(lat, lon, odd=odd, span_deg=span)
    back = cpr.decode_near(y, x, (lat, lon), odd=odd, span_deg=span)
    resolution = span / 59 / cpr.STEPS
    assert back[0] == pytest.approx(lat, abs=resolution)
    width = span / max(cpr.longitude_zones(back[0]) - odd, 1) / cpr.STEPS
    assert abs((back[1] - lon + 180) % 360 - 180) <= width
    assert -180 <= back[1] < 180


def test_every_altitude_comes_back():
    for feet in range(-1000, 50_176, 25):
        assert altitude.decode_12(altitude.encode_12(feet)) == feet
    for feet in range(50_200, 126_701, 100):
        assert altitude.decode_12(altitude.encode_12(feet)) == feet
    assert altitude.decode_12(0) is None
    for code in ("0000", "1200", "7500", "7777", "0421"):
        assert altitude.squawk(altitude.encode_squawk(code)) == code


def test_avr_lines_say_the_same_as_beast():
    messages = flight(5)
    beast = decode(messages)
    avr, decoder = Intake(), AvrDecoder("site")
    for i, message in enumerate(messages):
        decoder.receive(avr_line(message, None if i % 2 else 12_000_000 * i), (i + 1) * S // 2, avr)
    assert avr.rows().tobytes() == beast.rows().tobytes()
    decoder.receive(b"*8D;\n*XY;\nhello\n*1200;\n", 9 * S, avr)
    assert avr.quarantined == {
        ("adsb:site", "unknown-format"): 1, ("adsb:site", "bad-hex"): 1, ("adsb:site", "bad-line"): 1,
    }  # fmt: skip
    assert avr.records["adsb:site", "adsb.mode_ac"] == 1


def test_timed_lines_carry_their_own_time():
    lines = b"time,hex\n" + b"".join(
        b'%d.5,"%s",x\n' % (1457996400 + i, message.hex().encode()) for i, message in enumerate(flight(3))
    )
    intake = Intake()
    TimedHexDecoder("file").receive(lines + b"junk,zz\n", 7 * S, intake)
    rows = intake.rows()
    assert list(rows["valid_ns"]) == [1457996401_500_000_000, 1457996402_500_000_000]
    assert set(rows["heard_ns"]) == {7 * S}
    assert intake.quarantined == {("adsb:file", "bad-line"): 1}


def test_version_0_says_no_accuracy_and_status_does():
    assert operational.decode(operational.encode(9, version=0)).position_sd_m is None
    assert operational.decode(operational.encode(0)).position_sd_m is None
    assert operational.decode(operational.encode(11)).position_sd_m == pytest.approx(3 / 2.4477)


@recorded
def test_recorded_messages_are_all_read():
    intake = Intake()
    TimedHexDecoder("csv").receive((DATA / "sample_data_adsb.csv").read_bytes(), S, intake)
    assert sum(intake.records.values()) == 2000
    assert not intake.quarantined
    assert len(intake) == 933
    rows = intake.rows()
    assert abs(rows["lat_deg"] - 51).max() < 4
    intake = Intake()
    BeastDecoder("bin").receive((DATA / "sample_dump1090.bin").read_bytes(), S, intake)
    assert sum(intake.records.values()) == 239
    assert not intake.quarantined
    assert "TRA89M" in {claim.callsign for claim in intake.claims}
