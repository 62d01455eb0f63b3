"""Messages of Remote ID, against the reference library (tests/golden/remoteid)."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.errors import WireError
from vedette.wire.remoteid import (
    accuracy,
    authentication,
    basic_id,
    location,
    operator_id,
    pack,
    self_id,
    system,
)
from vedette.wire.remoteid.authentication import Authentication
from vedette.wire.remoteid.location import Location
from vedette.wire.remoteid.system import System

GOLDEN = json.loads((Path(__file__).parents[1] / "golden/remoteid/reference.json").read_text())


def rows(kind):
    found = [(bytes.fromhex(row["hex"]), row) for row in GOLDEN if row["type"] == kind]
    assert found
    return found


def known(value, unknown):
    """What the reference library writes, with its sentinel taken out."""
    return None if value == unknown else pytest.approx(value)


def test_basic_id():
    for message, row in rows("basic_id"):
        said = basic_id.decode(message)
        assert (said.id_type, said.ident) == (row["id_type"], row["ua_id"])
        assert said.aircraft == basic_id.AIRCRAFT[row["ua_type"]]
        assert basic_id.encode(said.ident, said.aircraft, said.id_type) == message


def test_location():
    for message, row in rows("location"):
        said = location.decode(message)
        assert said.status == row["status"]
        assert said.place == pytest.approx((row["latitude"], row["longitude"]), abs=1e-9)
        assert said.direction_deg == known(row["direction"], 361)
        assert said.speed_mps == known(row["speed_horizontal"], 255)
        assert said.v_up_mps == known(row["speed_vertical"], 63)
        assert said.baro_alt_m == known(row["altitude_baro"], -1000)
        assert said.alt_m == known(row["altitude_geo"], -1000)
        assert said.height_m == known(row["height"], -1000)
        assert said.height_over_ground == bool(row["height_type"])
        assert said.hour_s == known(row["timestamp"], 65535)
        assert said.position_sd_m == accuracy.position_sd_m(row["horiz_accuracy"])
        assert said.alt_sd_m == accuracy.height_sd_m(row["vert_accuracy"])
        assert said.baro_alt_sd_m == accuracy.height_sd_m(row["baro_accuracy"])
        assert said.velocity_sd_mps == accuracy.velocity_sd_mps(row["speed_accuracy"])
        assert said.hour_accuracy_s == known(row["ts_accuracy"] / 10, 0)
        assert location.encode(said) == message


def test_system():
    for message, row in rows("system"):
        said = system.decode(message)
        assert said.place == pytest.approx((row["operator_latitude"], row["operator_longitude"]), abs=1e-9)
        assert said.place_type == row["operator_location_type"]
        assert said.classification == row["classification_type"]
        assert (said.area_count, said.area_radius_m) == (row["area_count"], row["area_radius"])
        assert said.area_ceiling_m == known(row["area_ceiling"], -1000)
        assert said.area_floor_m == known(row["area_floor"], -1000)
        assert (said.eu_category, said.eu_class) == (row["category_eu"], row["class_eu"])
        assert said.alt_m == known(row["operator_altitude_geo"], -1000)
        assert said.time_ns == system.EPOCH_NS + row["timestamp"] * 1_000_000_000
        assert system.encode(said) == message


def test_operator_id():
    for message, row in rows("operator_id"):
        said = operator_id.decode(message)
        assert (said.id_type, said.ident) == (row["operator_id_type"], row["operator_id"])
        assert operator_id.encode(said.ident) == message


def test_pack():
    for message, row in rows("pack"):
        first, second, third = pack.decode(message)
        assert basic_id.decode(first).ident == row["ua_id"]
        said = location.decode(second)
        assert said.place == pytest.approx((row["latitude"], row["longitude"]), abs=1e-9)
        assert said.alt_m == row["altitude_geo"]
        assert system.decode(third).place[0] == pytest.approx(row["operator_latitude"], abs=1e-9)
        assert pack.encode([first, second, third]) == message


def test_nothing_known_is_none_everywhere():
    said = location.decode(location.encode(Location()))
    assert said == Location()
    assert system.decode(system.encode(System())) == System()
    assert basic_id.decode(basic_id.encode("", None, basic_id.NONE)) == (basic_id.NONE, "", None)


def test_a_place_that_is_not_on_earth_is_none():
    message = bytearray(location.encode(Location(place=(51.0, 4.0))))
    assert location.decode(bytes(message)).place == (51.0, 4.0)
    message[5:9] = (950_000_000).to_bytes(4, "little")
    assert location.decode(bytes(message)).place is None


unknown = st.none()


@given(
    st.fixed_dictionaries(
        {
            "status": st.integers(0, 4),
            "place": unknown | st.tuples(st.floats(-90, 90), st.floats(-180, 180)),
            "direction_deg": unknown | st.floats(0, 359.4),
            "speed_mps": unknown | st.floats(0, 254.25),
            "v_up_mps": unknown | st.floats(-62, 62),
            "alt_m": unknown | st.floats(-999.5, 31_767),
            "hour_s": unknown | st.floats(0, 3599.9),
        }
    ).map(lambda fields: Location(**fields))
)
@settings(deadline=None)
def test_a_location_comes_back_within_its_steps(told):
    said = location.decode(location.encode(told))
    for name, step in (("v_up_mps", 0.5), ("alt_m", 0.5), ("hour_s", 0.1), ("direction_deg", 1.0)):
        sent, came = getattr(told, name), getattr(said, name)
        assert (sent is None) == (came is None)
        if sent is not None:
            assert abs(sent - came) <= step / 2 + 1e-6
    if told.speed_mps is not None:
        assert abs(told.speed_mps - said.speed_mps) <= (0.125 if told.speed_mps < 63.75 else 0.375) + 1e-9
    if told.place is not None and said.place is not None:
        assert said.place == pytest.approx(told.place, abs=6e-8)


def test_texts_are_cut_and_cleaned():
    assert (
        self_id.decode(self_id.encode("Survey of the runway, north")).description == "Survey of the runway, n"
    )
    dirty = bytes((0x32, 0)) + b"<b>\x1b[31mhi\x07" + bytes(13)
    assert self_id.decode(dirty).description == "<b>[31mhi"
    assert operator_id.decode(b"\x52\x00" + b"\xff" * 23).ident == "�" * 20


def test_session_ids_are_hexadecimal():
    message = basic_id.encode("01" + "ab" * 8, "aeroplane", basic_id.SESSION)
    assert len(message) == 25
    assert basic_id.decode(message) == (basic_id.SESSION, "01" + "ab" * 8, "aeroplane")


def test_pages_of_authentication():
    first = Authentication(1, 0, b"a" * 17, last_page=1, length=40, time_s=12345)
    second = Authentication(1, 1, b"b" * 23)
    for page in (first, second):
        message = authentication.encode(page)
        assert len(message) == 25
        assert authentication.decode(message) == page


@pytest.mark.parametrize(
    ("raw", "reason"),
    [(b"\xf2", "truncated"), (b"\xf2\x19\x01" + bytes(24), "truncated"), (b"\xf2\x1a\x00", "bad-pack"),
     (b"\xf2\x19\x0a" + bytes(250), "bad-pack")],
)  # fmt: skip
def test_a_broken_pack_says_why(raw, reason):
    with pytest.raises(WireError) as caught:
        pack.decode(raw)
    assert caught.value.reason == reason


def test_a_better_class_than_promised_is_never_sent():
    for sd in (0.1, 1.0, 4.0, 5.0, 100.0):
        assert accuracy.position_sd_m(accuracy.position_class(sd)) >= sd
    assert accuracy.position_class(None) == accuracy.position_class(50_000) == 0
