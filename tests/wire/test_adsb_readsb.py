"""readsb and dump1090 JSON."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.observation import CLEAR_OF_GROUND, ON_GROUND, SELF_REPORT, Intake
from vedette.core.units import FT_M, FT_PER_MIN_MPS, KT_MPS
from vedette.wire.adsb import ReadsbDecoder

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "adsb"
S = 1_000_000_000
NOW_S = 1738703622.5
FULL = {
    "hex": "44a8b2",
    "type": "adsb_icao",
    "lat": 50.9,
    "lon": 4.48,
    "seen_pos": 1.5,
    "alt_baro": 3000,
    "alt_geom": 3125,
    "gs": 200.0,
    "track": 90.0,
    "baro_rate": -640,
    "nac_p": 10,
    "nac_v": 2,
    "gva": 2,
    "flight": "BEL4AB  ",
    "squawk": "7700",
    "category": "A3",
    "emergency": "general",
    "mlat": [],
    "tisb": [],
}


def receive(*documents, decoder=None):
    intake, decoder = Intake(), decoder or ReadsbDecoder("home")
    for document in documents:
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        decoder.receive(data, 2 * 10**18, intake)
    return intake


def document(*aircraft, now=NOW_S):
    return {"now": now, "messages": 1, "aircraft": list(aircraft)}


def test_every_field_finds_its_column():
    intake = receive(document(FULL))
    (row,) = intake.rows()
    assert row["valid_ns"] == 1738703621 * S
    assert row["heard_ns"] == 2 * 10**18
    assert (row["lat_deg"], row["lon_deg"]) == (50.9, 4.48)
    assert row["baro_alt_m"] == pytest.approx(3000 * FT_M)
    assert row["alt_m"] == pytest.approx(3125 * FT_M)
    assert row["v_east_mps"] == pytest.approx(200 * KT_MPS)
    assert row["v_north_mps"] == pytest.approx(0, abs=1e-9)
    assert row["v_up_mps"] == pytest.approx(-640 * FT_PER_MIN_MPS)
    assert row["position_sd_m"] == pytest.approx(10 / 2.4477)
    assert row["velocity_sd_mps"] == pytest.approx(3 / 2.4477)
    assert row["alt_sd_m"] == pytest.approx(45 / 1.96)
    assert row["flags"] == SELF_REPORT | CLEAR_OF_GROUND
    (claim,) = intake.claims
    assert (claim.key, claim.callsign, claim.squawk) == ("icao24:44A8B2", "BEL4AB", "7700")
    assert (claim.category, claim.emergency, claim.on_ground) == ("A3", "general", None)


def test_what_is_missing_is_unknown():
    (row,) = receive(document({"hex": "44a8b2", "lat": 1.0, "lon": 2.0})).rows()
    for name in ("alt_m", "baro_alt_m", "v_east_mps", "v_up_mps", "position_sd_m", "velocity_sd_mps"):
        assert math.isnan(row[name])
    assert row["valid_ns"] == round(NOW_S * S)
    intake = receive(document({"hex": "44a8b2", "alt_baro": 3000}))
    assert len(intake) == 0
    assert intake.records == {("adsb:home", "adsb.json"): 1}


def test_ground_is_a_place_and_not_a_height():
    intake = receive(document({**FULL, "alt_baro": "ground"}))
    (row,) = intake.rows()
    assert math.isnan(row["baro_alt_m"])
    assert row["flags"] == SELF_REPORT | ON_GROUND
    assert intake.claims[0].on_ground is True


@pytest.mark.parametrize(
    "change",
    [
        {"type": "mlat"},
        {"type": "tisb_icao"},
        {"mlat": ["lat", "lon"]},
        {"tisb": ["lat"]},
        {"type": "mode_s"},
    ],
)
def test_a_computed_position_is_no_self_report(change):
    (row,) = receive(document({**FULL, **change})).rows()
    assert not row["flags"] & SELF_REPORT


def test_a_foreign_address_is_a_sensors_track():
    intake = receive(document({**FULL, "hex": "~2ab34f"}))
    assert intake.claims[0].key == "sensor_track:adsb:home/~2AB34F"


def test_the_same_position_polled_again_is_not_a_second_observation():
    again = {**FULL, "seen_pos": 2.5}
    moved = {**FULL, "lat": 50.91, "seen_pos": 0.1}
    intake = receive(document(FULL), document(again, now=NOW_S + 1), document(moved, now=NOW_S + 2))
    assert len(intake) == 2
    assert intake.records == {("adsb:home", "adsb.json"): 2, ("adsb:home", "adsb.json_repeat"): 1}


def test_a_stream_of_lines_cut_anywhere():
    lines = b"".join(
        json.dumps({**FULL, "now": NOW_S + n, "lat": 50 + n / 100}).encode() + b"\n" for n in range(20)
    )
    whole = receive(lines)
    decoder, pieces = ReadsbDecoder("home"), Intake()
    for at in range(0, len(lines), 97):
        decoder.receive(lines[at : at + 97], 2 * 10**18, pieces)
    assert len(whole) == len(pieces) == 20
    assert whole.rows().tobytes() == pieces.rows().tobytes()


def test_one_bad_aircraft_does_not_cost_the_others():
    intake = receive(
        document({**FULL, "lat": "north"}, {"lat": 1}, {**FULL, "hex": "xyzxyz"}, {**FULL, "lat": 95.0}, FULL)
    )
    assert len(intake) == 1
    assert intake.quarantined == {("adsb:home", "bad-aircraft"): 4}


def test_a_half_written_document_is_counted_and_the_next_one_is_read():
    half = json.dumps(document(FULL)).encode()[:-30]
    intake = receive(half, document(FULL), b"\n\nnot json\n", b"[1, 2]\n", b'{"a": 1}')
    assert len(intake) == 1
    assert intake.quarantined == {("adsb:home", "truncated"): 1, ("adsb:home", "bad-json"): 3}


@given(st.lists(st.binary(max_size=60), max_size=6))
@settings(deadline=None, max_examples=60)
def test_noise_never_raises(pieces):
    intake = receive(*pieces, b"\n", document(FULL))
    assert len(intake) == 1


def test_a_trace_is_one_observation_a_row():
    details = {"type": "adsb_icao", "flight": "DAL1", "nac_p": 9, "alt_geom": 1, "squawk": "1000"}
    rows = [
        [0.0, 16.7, -88.0, 32000, 478.6, 90.0, 1, 64, details, "adsb_icao", 33825, 32, 280, 0.0],
        [8.5, 16.8, -88.1, "ground", None, None, 0, None, None, "adsb_icao", None, None, None, None],
        [9.5, 16.8, -88.1, 1000, None, None, 8, None, None, "mlat", None, None, None, None],
        [10.5, "x"],
        [11.5, 16.8, -88.1, None, 0, None, 2, None, None, "adsb_icao", None, None, None, None],
    ]
    intake = receive({"icao": "ac671b", "timestamp": NOW_S, "trace": rows})
    got = intake.rows()
    assert list(got["valid_ns"]) == [round((NOW_S + s) * S) for s in (0, 8.5, 9.5, 11.5)]
    assert got["baro_alt_m"][0] == pytest.approx(32000 * FT_M)
    assert got["alt_m"][0] == pytest.approx(33825 * FT_M)
    assert got["alt_m"][2] == pytest.approx(1000 * FT_M)
    assert math.isnan(got["alt_m"][1])
    assert [bool(f & SELF_REPORT) for f in got["flags"]] == [True, True, False, True]
    assert got["flags"][1] & ON_GROUND
    assert got["v_east_mps"][3] == 0
    assert [c.callsign for c in intake.claims] == ["DAL1", "DAL1", "DAL1", None]
    assert intake.quarantined == {("adsb:home", "bad-trace"): 1}


@pytest.mark.skipif(not DATA.exists(), reason="no recordings in ../shared/data")
def test_a_recorded_trace_is_read_whole():
    trace = (DATA / "trace_full_ac671b.json").read_bytes()
    intake = receive(trace)
    rows = intake.rows()
    document = json.loads(trace)
    assert len(rows) == len(document["trace"]) == 2500
    assert not intake.quarantined
    assert sum(rows["flags"] & ON_GROUND != 0) == sum(row[3] == "ground" for row in document["trace"])
    assert rows["lat_deg"].tolist() == [row[1] for row in document["trace"]]
