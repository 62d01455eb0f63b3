"""Every field of every message, against what pyModeS reads (tests/golden/adsb/rebuild.py)."""

import json
import math
from pathlib import Path

import pytest

from vedette.core.observation import Intake
from vedette.core.units import FT_M, FT_PER_MIN_MPS, KT_MPS
from vedette.wire.adsb import (
    BeastDecoder,
    airborne,
    beast_frame,
    cpr,
    encode_position,
    identification,
    operational,
    status,
    surface,
    velocity,
)
from vedette.wire.adsb.accuracy import NACV_SD_MPS
from vedette.wire.adsb.crc import remainder, with_parity

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/adsb/pymodes.json").read_text())
MESSAGES = [(bytes.fromhex(row["hex"]), row) for row in GOLDEN["messages"]]


def rows(*type_codes):
    found = [(int.from_bytes(m[4:11]), row) for m, row in MESSAGES if row["typecode"] in type_codes]
    assert len(found) >= 5
    return found


def test_the_parity_of_every_message_holds_and_a_flipped_bit_breaks_it():
    for message, row in MESSAGES:
        assert remainder(message) == 0
        assert message[1:4].hex().upper() == row["icao"]
        assert with_parity(message[:-3]) == message
        flipped = bytes((*message[:7], message[7] ^ 0x10, *message[8:]))
        assert remainder(flipped) != 0


def test_identification():
    for me, row in rows(1, 2, 3, 4):
        said = identification.decode(me)
        assert said.callsign == row["callsign"]
        category = "?DCBA"[row["typecode"]] + str(row["category"])
        assert said.category == (category if row["category"] else None)
        assert identification.encode(said.callsign, category) == me


def test_airborne_position():
    for me, row in rows(11):
        said = airborne.decode(me)
        assert (said.odd, said.lat, said.lon) == (row["cpr_format"], row["cpr_lat"], row["cpr_lon"])
        feet = None if said.baro_alt_m is None else said.baro_alt_m / FT_M
        assert feet == (None if row["altitude"] is None else pytest.approx(row["altitude"]))
        assert said.alt_m is None
        if "reference" in row:
            lat, lon = cpr.decode_near(said.lat, said.lon, tuple(row["reference"]), odd=bool(said.odd))
            assert (lat, lon) == pytest.approx((row["latitude"], row["longitude"]), abs=1e-9)
            assert abs(lat - row["reference"][0]) < 3e-5


def test_surface_position():
    for me, row in rows(7):
        said = surface.decode(me)
        assert (said.odd, said.lat, said.lon) == (row["cpr_format"], row["cpr_lat"], row["cpr_lon"])
        assert said.speed_mps / KT_MPS == pytest.approx(row["groundspeed"])
        assert said.track_deg == pytest.approx(row["track"])
        if "reference" in row:
            near = cpr.decode_near(
                said.lat, said.lon, tuple(row["reference"]), odd=bool(said.odd), span_deg=cpr.SURFACE_DEG
            )
            assert near == pytest.approx((row["latitude"], row["longitude"]), abs=1e-9)


def test_velocity():
    for me, row in rows(19):
        said = velocity.decode(me)
        climb = None if said.v_up_mps is None else said.v_up_mps / FT_PER_MIN_MPS
        assert climb == (None if row["vertical_rate"] is None else pytest.approx(row["vertical_rate"]))
        above = None if said.alt_above_baro_m is None else said.alt_above_baro_m / FT_M
        assert above == (None if row["geo_minus_baro"] is None else pytest.approx(row["geo_minus_baro"]))
        assert said.velocity_sd_mps == NACV_SD_MPS[row["nac_v"]]
        if row["subtype"] > 2:  # through the air
            assert said.v_east_mps is None
            continue
        speed_kt = math.hypot(said.v_east_mps, said.v_north_mps) / KT_MPS
        assert speed_kt == pytest.approx(row["groundspeed"], abs=1)
        track_deg = math.degrees(math.atan2(said.v_east_mps, said.v_north_mps)) % 360
        assert track_deg == pytest.approx(row["track"], abs=1e-6)


def test_status_and_operational_status():
    for me, row in rows(28):
        said = status.decode(me)
        assert said.squawk == row["squawk"]
        assert said.emergency == status.EMERGENCIES[row["emergency_state"]]
        assert status.encode(said.emergency, said.squawk) == me
    for me, row in rows(31):
        said = operational.decode(me)
        assert (said.version, said.nac_p) == (row["version"], row["nac_p"])


def test_pairs_give_the_positions_that_pymodes_finds():
    found = 0
    for row in GOLDEN["pairs"]:
        even, odd = (airborne.decode(int.from_bytes(bytes.fromhex(text)[4:11])) for text in row["hex"])
        place = cpr.decode_pair((even.lat, even.lon), (odd.lat, odd.lon), newest_odd=True)
        if row["latitude"] is None:
            continue
        found += 1
        assert place == pytest.approx((row["latitude"], row["longitude"]), abs=1e-9)
    assert found >= 35


def test_our_encoder_still_makes_the_bytes_that_pymodes_judged():
    for message, row in MESSAGES:
        if row["typecode"] == 11 and "reference" in row:
            made = encode_position(
                int(row["icao"], 16), *row["reference"], row["altitude"], odd=bool(row["cpr_format"])
            )
            assert made == message


def test_a_printed_pair_through_the_whole_decoder():
    """The worked example of The 1090 Megahertz Riddle, section 5.3: 52.2572 N 3.91937 E at 38,000 ft."""
    intake = Intake()
    decoder = BeastDecoder("site")
    for n, text in enumerate(("8D40621D58C386435CC412692AD6", "8D40621D58C382D690C8AC2863A7")):
        decoder.receive(beast_frame(bytes.fromhex(text)), n * 1_000_000_000, intake)
    (row,) = intake.rows()
    assert (row["lat_deg"], row["lon_deg"]) == pytest.approx((52.2572021, 3.9193726), abs=1e-6)
    assert row["baro_alt_m"] == pytest.approx(38_000 * FT_M)
    assert math.isnan(row["alt_m"])
    assert intake.claims[0].ident == "40621D"
