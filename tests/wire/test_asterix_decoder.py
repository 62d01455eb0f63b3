"""ASTERIX records to observations, reports and counts; bad bytes to counts."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.errors import WireError
from vedette.core.observation import CLEAR_OF_GROUND, ON_GROUND, SELF_REPORT, SIMULATED, Intake
from vedette.core.units import NS_PER_S
from vedette.wire.asterix import (
    AsterixDecoder,
    Cat010,
    Cat021,
    Cat034,
    Cat048,
    Cat062,
    decode_block,
    encode_block,
    peek_time_s,
    split_blocks,
)

DAY_NS = 1_752_537_600 * NS_PER_S  # 2025-07-15T00:00Z
NOON_NS = DAY_NS + 43_200 * NS_PER_S
PLOT = Cat048(sac=20, sic=107, time_s=43_199.5, kind=5, range_m=18_520.0, azimuth_deg=45.0)


def received(*blocks: bytes, heard_ns: int = NOON_NS, date_ns: int | None = None) -> Intake:
    intake = Intake()
    decoder = AsterixDecoder("feed", date_ns)
    for block in blocks:
        assert decoder.receive(block, heard_ns, intake) == b""
    return intake


def only_row(intake: Intake) -> dict[str, float]:
    (row,) = intake.rows()
    return {name: row[name] for name in row.dtype.names}


def changed(record, **fields):
    return type(record)(**{name: getattr(record, name) for name in record.__struct_fields__} | fields)


def test_a_plot_becomes_range_azimuth_and_a_claim():
    plot = changed(
        PLOT,
        icao24="44A8B2",
        callsign="BEL3AB",
        squawk="7421",
        baro_alt_m=3048.0,
        doppler_mps=-12.0,
        flight_status=0,
    )
    intake = received(encode_block(48, [plot]))
    row = only_row(intake)
    assert intake.sources == ["asterix:20/107"]
    assert row["range_m"] == pytest.approx(18_520.0)
    assert row["azimuth_deg"] == pytest.approx(45.0)
    assert row["baro_alt_m"] == pytest.approx(3048.0)
    assert row["range_rate_mps"] == -12.0
    assert row["flags"] == CLEAR_OF_GROUND
    assert row["valid_ns"] == NOON_NS - NS_PER_S // 2
    assert math.isnan(row["alt_m"])
    assert math.isnan(row["range_sd_m"])
    (claim,) = intake.claims
    assert (claim.key, claim.callsign, claim.squawk) == ("icao24:44A8B2", "BEL3AB", "7421")
    assert claim.on_ground is False
    (report,) = intake.reports
    assert (report.modality, report.scan) == ("radar", "rotating")
    assert intake.records == {("asterix:20/107", "asterix.048"): 1}


@pytest.mark.parametrize("doubt", ["garbled", "validated"])
def test_doubtful_codes_are_not_known(doubt):
    fields = {f"{code}_{doubt}": doubt == "garbled" for code in ("squawk", "baro")}
    plot = changed(PLOT, squawk="7421", baro_alt_m=3048.0, doppler_mps=5.0, doppler_doubtful=True, **fields)
    intake = received(encode_block(48, [plot]))
    row = only_row(intake)
    assert math.isnan(row["baro_alt_m"])
    assert math.isnan(row["range_rate_mps"])
    assert intake.claims == []


def test_a_plot_without_an_address_claims_its_squawk():
    assert received(encode_block(48, [changed(PLOT, squawk="0021")])).claims[0].key == "mode_3a:0021"


def test_a_plot_with_only_x_and_y_is_turned_into_polar():
    plot = changed(PLOT, range_m=None, azimuth_deg=None, x_m=-1852.0, y_m=0.0)
    row = only_row(received(encode_block(48, [plot])))
    assert (row["range_m"], row["azimuth_deg"]) == (pytest.approx(1852.0), pytest.approx(270.0))


@pytest.mark.parametrize("mark", [{"simulated": True}, {"test": True}])
def test_simulated_and_test_targets_are_marked(mark):
    assert only_row(received(encode_block(48, [changed(PLOT, **mark)])))["flags"] == SIMULATED


@pytest.mark.parametrize(
    "record",
    [
        changed(PLOT, kind=0),
        changed(PLOT, range_m=None, azimuth_deg=None, tentative=False, track_ended=True),
        Cat010(sac=1, sic=2, message=2, time_s=1.0),
        Cat010(sac=1, sic=2, message=1, kind=3, time_s=1.0, tentative=False, track_ended=True),
        Cat010(
            sac=1, sic=2, message=1, kind=3, time_s=1.0, x_m=5.0, y_m=5.0, tentative=False, extrapolated=3
        ),
    ],
)
def test_records_without_a_measurement_are_only_counted(record):
    category = 48 if isinstance(record, Cat048) else 10
    intake = received(encode_block(category, [record]))
    assert sum(intake.records.values()) == 1
    assert (len(intake), intake.quarantined) == (0, {})


def test_a_coasting_system_track_is_no_measurement():
    track = changed(TRACK, tentative=False, simulated=False, coasted=True)
    assert len(received(encode_block(62, [track]))) == 0


def test_a_north_marker_reports_the_radar():
    marker = Cat034(
        sac=20,
        sic=107,
        message=1,
        time_s=1.0,
        period_s=4.0,
        alt_m=133.0,
        lat_deg=50.9,
        lon_deg=4.5,
        no_go=False,
    )
    (report,) = received(encode_block(34, [marker])).reports
    assert report.source == "asterix:20/107"
    assert (report.modality, report.scan, report.health) == ("radar", "rotating", "ok")
    assert (report.lat_deg, report.lon_deg) == (pytest.approx(50.9, abs=2e-5), pytest.approx(4.5, abs=2e-5))
    assert (report.alt_m, report.period_s, report.name) == (133.0, 4.0, None)


@pytest.mark.parametrize(
    ("fields", "health"),
    [({"no_go": True}, "fault"), ({"no_go": False, "overload": True}, "degraded"), ({}, None)],
)
def test_a_radar_says_how_it_is(fields, health):
    (report,) = received(encode_block(34, [Cat034(sac=1, sic=2, message=2, **fields)])).reports
    assert report.health == health


def test_a_surface_status_is_a_report():
    status = Cat010(sac=0, sic=7, message=3, time_s=1.0, system=1, time_source_invalid=True)
    (report,) = received(encode_block(10, [status])).reports
    assert (report.health, report.detail) == ("degraded", "time source invalid")


SURFACE = Cat010(sac=0, sic=107, message=1, kind=1, ground_bit=True, time_s=43_200.0, x_m=300.0, y_m=-400.0)


def test_a_surface_report_in_the_plane_is_polar():
    report = changed(
        SURFACE, icao24="344312", callsign="VLG1", v_east_mps=3.25, v_north_mps=0.0, sd_x_m=3.0, sd_y_m=3.0
    )
    intake = received(encode_block(10, [report]))
    row = only_row(intake)
    assert (row["range_m"], row["azimuth_deg"]) == (pytest.approx(500.0), pytest.approx(143.1301))
    assert (row["range_sd_m"], row["azimuth_sd_deg"]) == (
        pytest.approx(3.0),
        pytest.approx(0.34377, rel=1e-4),
    )
    assert (row["v_east_mps"], row["v_north_mps"]) == (3.25, 0.0)
    assert row["flags"] == ON_GROUND
    assert intake.claims[0].key == "icao24:344312"
    assert [(r.modality, r.scan) for r in intake.reports] == [("mlat", "event")]


def test_a_surface_radar_names_its_tracks():
    report = changed(SURFACE, kind=3, x_m=None, y_m=None, range_m=500.0, azimuth_deg=90.0, track_number=77)
    intake = received(encode_block(10, [report]))
    assert only_row(intake)["azimuth_deg"] == pytest.approx(90.0)
    assert intake.claims[0].key == "sensor_track:0/107/77"
    assert [(r.modality, r.scan) for r in intake.reports] == [("radar", "rotating")]


def test_a_surface_position_keeps_its_degrees():
    report = changed(SURFACE, lat_deg=41.3, lon_deg=2.1, sd_x_m=3.0, sd_y_m=4.0)
    row = only_row(received(encode_block(10, [report])))
    assert (row["lat_deg"], row["lon_deg"]) == (pytest.approx(41.3, abs=1e-7), pytest.approx(2.1, abs=1e-7))
    assert row["position_sd_m"] == pytest.approx(math.sqrt(12.5))
    assert (row["position_sd_east_m"], row["position_sd_north_m"], row["position_corr"]) == (3.0, 4.0, 0.0)
    assert math.isnan(row["range_m"])


@pytest.mark.parametrize(("covariance_m2", "corr"), [(-6.0, -0.5), (11.75, 11.75 / 12.0), (12.0, None)])
def test_a_surface_position_keeps_its_covariance(covariance_m2, corr):
    """A covariance that its own deviations rule out is left out, not the deviations."""
    report = changed(SURFACE, lat_deg=41.3, lon_deg=2.1, sd_x_m=3.0, sd_y_m=4.0, covariance_m2=covariance_m2)
    row = only_row(received(encode_block(10, [report])))
    assert (row["position_sd_east_m"], row["position_sd_north_m"]) == (3.0, 4.0)
    assert math.isnan(row["position_corr"]) if corr is None else row["position_corr"] == pytest.approx(corr)


def test_errors_in_the_plane_are_turned_along_the_range_and_across():
    """300 m east, 400 m south: covariance along u = (0.6, -0.8) and across it, worked out as u' C u."""
    report = changed(SURFACE, x_m=300.0, y_m=-400.0, sd_x_m=3.0, sd_y_m=5.0, covariance_m2=6.0)
    row = only_row(received(encode_block(10, [report])))
    assert row["range_sd_m"] == pytest.approx(math.sqrt(0.36 * 9 + 0.64 * 25 - 2 * 0.48 * 6))
    across = math.sqrt(0.64 * 9 + 0.36 * 25 + 2 * 0.48 * 6)
    assert row["azimuth_sd_deg"] == pytest.approx(math.degrees(math.atan(across / 500.0)))


SQUITTER = Cat021(
    sac=20, sic=200, address_kind=0, time_applicable_s=43_200.0, icao24="44A8B2", lat_deg=50.9, lon_deg=4.5
)


def test_an_ads_b_report_is_a_self_report():
    report = changed(
        SQUITTER,
        fine=True,
        ground_bit=False,
        alt_m=1000.0,
        baro_alt_m=914.4,
        nic=8,
        nac_p=9,
        nac_v=2,
        gva=2,
        ground_speed_mps=100.0,
        track_deg=90.0,
        climb_mps=-5.0,
        baro_climb_mps=-4.0,
        emitter="B6",
        emergency="nordo",
        surveillance=0,
    )
    intake = received(encode_block(21, [report]))
    row = only_row(intake)
    assert row["flags"] == SELF_REPORT | CLEAR_OF_GROUND
    assert row["lat_deg"] == pytest.approx(50.9, abs=1e-7)
    assert (row["alt_m"], row["baro_alt_m"]) == (pytest.approx(1000.0, abs=1), pytest.approx(914.4))
    assert row["position_sd_m"] == pytest.approx(30 / 2.448)
    assert row["velocity_sd_mps"] == pytest.approx(3 / 2.448)
    assert row["alt_sd_m"] == pytest.approx(45 / 1.96)
    assert (row["v_east_mps"], row["v_north_mps"]) == (pytest.approx(100, abs=0.1), pytest.approx(0, abs=0.1))
    assert row["v_up_mps"] == pytest.approx(-5, abs=0.02)
    (claim,) = intake.claims
    assert (claim.key, claim.category, claim.emergency) == ("icao24:44A8B2", "B6", "nordo")
    assert [(r.modality, r.scan) for r in intake.reports] == [("adsb", "self_report")]


@pytest.mark.parametrize(
    ("fields", "sd_m"),
    [
        ({"nic": 8, "version": 0}, 10.0 / 2.448),  # NUCp
        ({"nic": 8, "version": 2}, 92.6 / 2.448),  # half of the containment radius
        ({"nic": 8}, None),  # either table, nobody says which
        ({"nic": 0, "nac_p": 0}, None),
        ({}, None),
    ],
)
def test_accuracy_is_read_by_the_table_of_its_version(fields, sd_m):
    row = only_row(received(encode_block(21, [changed(SQUITTER, **fields)])))
    if sd_m is None:
        assert math.isnan(row["position_sd_m"])
    else:
        assert row["position_sd_m"] == pytest.approx(sd_m)


def test_an_anonymous_address_is_nobodys():
    assert received(encode_block(21, [changed(SQUITTER, address_kind=3)])).claims[0].ident == "~44A8B2"


TRACK = Cat062(sac=25, sic=100, time_s=43_200.0, lat_deg=45.0, lon_deg=16.0, track_number=4711)


def test_a_system_track():
    track = changed(
        TRACK,
        alt_m=3000.0,
        v_east_mps=-50.0,
        v_north_mps=25.0,
        climb_mps=2.0,
        sd_x_m=40.0,
        sd_y_m=30.0,
        sd_xy_m=-20.0,
        alt_sd_m=20.0,
    )
    intake = received(encode_block(62, [track]))
    row = only_row(intake)
    assert (row["lat_deg"], row["lon_deg"]) == (pytest.approx(45.0), pytest.approx(16.0))
    assert row["position_sd_m"] == pytest.approx(math.sqrt(1250))
    assert (row["position_sd_east_m"], row["position_sd_north_m"]) == (40.0, 30.0)
    assert row["position_corr"] == pytest.approx(-400.0 / 1200.0)
    assert row["alt_sd_m"] == pytest.approx(20.0, abs=1)
    assert (row["v_east_mps"], row["v_north_mps"]) == (-50.0, 25.0)
    assert intake.claims[0].key == "system_track:25/100/4711"
    assert [(r.modality, r.scan) for r in intake.reports] == [("fusion", "event")]


def test_a_system_track_with_an_address_and_degrees_of_accuracy():
    track = changed(TRACK, icao24="501C2A", downlinked_callsign="CTN4", sd_lat_deg=1e-3, sd_lon_deg=1e-3)
    intake = received(encode_block(62, [track]))
    assert only_row(intake)["position_sd_m"] == pytest.approx(111.32 * math.sqrt(0.75), rel=0.01)
    assert (intake.claims[0].key, intake.claims[0].callsign) == ("icao24:501C2A", "CTN4")


def test_a_sensor_is_introduced_once():
    assert len(received(encode_block(48, [PLOT, PLOT]), encode_block(48, [PLOT])).reports) == 1


@pytest.mark.parametrize(
    ("category", "record", "reason"),
    [
        (48, changed(PLOT, sac=None), "no-source"),
        (48, changed(PLOT, time_s=None), "no-time"),
        (48, changed(PLOT, range_m=None), "no-position"),
        (48, changed(PLOT, test=False, extended_range=True), "no-position"),
        (10, changed(SURFACE, x_m=None), "no-position"),
        (21, changed(SQUITTER, lat_deg=None), "no-position"),
        (62, changed(TRACK, lat_deg=None), "no-position"),
        (62, changed(TRACK, lat_deg=None, x_m=1.0, y_m=1.0), "no-reference"),
    ],
)
def test_a_record_that_cannot_be_used_says_why(category, record, reason):
    intake = received(encode_block(category, [record, record]))
    assert {why: n for (_, why), n in intake.quarantined.items()} == {reason: 2}
    assert sum(intake.records.values()) == 2
    assert len(intake) == 0


GOOD = encode_block(48, [PLOT])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (GOOD[:-1], "truncated"),
        (GOOD[:2], "truncated"),
        (b"\x30\x00\x05\xfd\xf7", "truncated"),  # the block ends in its FSPEC
        (b"\x30\x00\x06\x80\x14", "truncated"),
        (b"\x30\x00\x05\x80\x14", "truncated"),  # an item goes on past the end of the block
        (b"\x30\x00\x02\x00", "bad-length"),
        (b"\x30\x00\x03", "bad-length"),
        (b"\x30\x00\x04\x00", "bad-fspec"),
        (b"\x30\x00\x09\x01\x01\x01\x01\x01\x00", "bad-fspec"),
        (b"\x0a\x00\x08\x01\x01\x01\x08\x00", "unknown-item"),
        (b"\x22\x00\x06\x01\x04\x00", "bad-length"),  # RE of no length
        (b"\x30\x00\x0b\xc0\x14\x6b\xff\xff\xff\x00\x00", "bad-fspec"),
        (b"\x00\x00\x04\x00", "unknown-category"),
        (b"\xff\x00\x04\x00", "unknown-category"),
        (GOOD.replace((43_199 * 128 + 64).to_bytes(3, "big"), b"\xff\xff\xff"), "bad-time"),
    ],
)
def test_what_is_wrong_with_bytes(data, reason):
    intake = received(data)
    assert reason in {why for _, why in intake.quarantined}
    assert len(intake) == 0


def test_a_bad_record_ends_its_block_and_no_other():
    bad = b"\x30" + (len(GOOD) + 1).to_bytes(2, "big") + GOOD[3:] + b"\x00"
    intake = received(GOOD + bad + GOOD)
    assert intake.records == {("asterix:20/107", "asterix.048"): 3}
    assert intake.quarantined == {("asterix:20/107", "bad-fspec"): 1}
    assert len(intake) == 3


def test_other_categories_are_passed_over():
    intake = received(b"\x41\x00\x06\x80\x19\x64" + GOOD + b"\x01\x00\x04\x00")
    assert intake.records == {
        ("asterix:feed", "asterix.065.skipped"): 1,
        ("asterix:feed", "asterix.001.skipped"): 1,
        ("asterix:20/107", "asterix.048"): 1,
    }
    assert intake.quarantined == {}


@pytest.mark.parametrize(
    ("heard_s", "time_s", "expected_s"),
    [
        (86_400.5, 86_399.0, 86_399.0),  # heard just after midnight, measured just before
        (86_399.5, 0.25, 86_400.25),  # a clock that is a little ahead
        (43_200.0, 0.0, 0.0),
        (43_200.0, 86_399.0, 86_399.0),
    ],
)
def test_the_day_is_the_one_nearest_to_when_it_was_heard(heard_s, time_s, expected_s):
    block = encode_block(48, [changed(PLOT, time_s=time_s)])
    row = only_row(received(block, heard_ns=DAY_NS + round(heard_s * NS_PER_S)))
    assert row["valid_ns"] == DAY_NS + round(expected_s * NS_PER_S)


def test_a_dated_recording_runs_over_midnight():
    blocks = [
        encode_block(48, [changed(PLOT, time_s=t)]) for t in (50_000.0, 80_000.0, 86_399.0, 1.0, 40_000.0)
    ]
    intake = received(*blocks, heard_ns=DAY_NS + 400 * 86_400 * NS_PER_S, date_ns=DAY_NS + 5)
    seconds = [(int(row["valid_ns"]) - DAY_NS) / NS_PER_S for row in intake.rows()]
    assert seconds == [50_000.0, 80_000.0, 86_399.0, 86_401.0, 126_400.0]


@pytest.mark.parametrize(
    ("category", "record"),
    [
        (10, SURFACE),
        (21, SQUITTER),
        (21, Cat021(sac=1, sic=1, time_received_s=43_200.0)),
        (21, Cat021(sac=1, sic=1, time_sent_s=43_200.0)),
        (34, Cat034(sac=1, sic=1, time_s=43_200.0)),
        (48, changed(PLOT, time_s=43_200.0)),
        (62, TRACK),
    ],
)
def test_peek_finds_the_time_of_the_first_record(category, record):
    assert peek_time_s(encode_block(category, [record])) == 43_200.0


def test_peek_says_when_there_is_none():
    for block in (
        b"",
        b"\x30",
        b"\x30\x00\x03",
        GOOD[:-1],
        b"\x41\x00\x06\x80\x19\x64",
        encode_block(48, [Cat048(1, 2)]),
    ):
        assert peek_time_s(block) is None


def test_blocks_are_cut_by_their_length_and_nothing_is_lost():
    data = GOOD + GOOD + GOOD[:7]
    assert list(split_blocks(data)) == [GOOD, GOOD, GOOD[:7]]
    assert list(split_blocks(b"")) == []


@pytest.mark.parametrize(
    ("category", "records", "reason"),
    [
        (48, [changed(PLOT, range_m=500_000.0)], "out-of-range"),
        (48, [changed(PLOT, baro_alt_m=99_000.0)], "out-of-range"),
        (48, [changed(PLOT, sac=256)], "out-of-range"),
        (48, [changed(PLOT, icao24="hello")], "out-of-range"),
        (48, [changed(PLOT, squawk="7800")], "out-of-range"),
        (48, [changed(PLOT, callsign="UAV-1")], "bad-callsign"),
        (48, [Cat048()], "empty-record"),
        (48, [SURFACE], "wrong-record"),
        (48, [PLOT] * 6000, "too-long"),
        (65, [PLOT], "unknown-category"),
    ],
)
def test_what_cannot_be_written_says_why(category, records, reason):
    with pytest.raises(WireError) as caught:
        encode_block(category, records)
    assert caught.value.reason == reason


def test_several_records_in_a_block_come_back_in_order():
    plots = [changed(PLOT, track_number=n) for n in range(40)]
    assert [plot.track_number for plot in decode_block(encode_block(48, plots))] == list(range(40))


def blocks_read_or_counted(data: bytes) -> None:
    intake = received(data)
    accounted = sum(intake.records.values()) + sum(intake.quarantined.values())
    assert accounted >= len(list(split_blocks(data)))
    assert len(intake) <= sum(intake.records.values())
    rows = intake.rows()
    assert all(abs(int(row["valid_ns"]) - NOON_NS) <= 43_200 * NS_PER_S for row in rows)


@settings(deadline=None, max_examples=300)
@given(st.binary(max_size=120))
def test_random_bytes_are_counted_and_never_raise(data):
    blocks_read_or_counted(data)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from([10, 21, 34, 48, 62]), st.binary(max_size=120))
def test_random_records_are_counted_and_never_raise(category, body):
    blocks_read_or_counted(bytes([category]) + (3 + len(body)).to_bytes(2, "big") + body)


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_cut_and_flipped_blocks_are_counted_and_never_raise(data):
    whole = encode_block(48, [changed(PLOT, icao24="44A8B2", squawk="1000", baro_alt_m=0.0)] * 3)
    whole += encode_block(21, [SQUITTER]) + encode_block(62, [TRACK]) + encode_block(10, [SURFACE])
    broken = bytearray(whole[: data.draw(st.integers(1, len(whole)))])
    for bit in data.draw(st.lists(st.integers(0, 8 * len(broken) - 1), max_size=4)):
        broken[bit // 8] ^= 1 << bit % 8
    blocks_read_or_counted(bytes(broken))


@settings(deadline=None, max_examples=100)
@given(
    range_m=st.floats(0, 470_000),
    azimuth_deg=st.floats(0, 360, exclude_max=True),
    time_s=st.floats(0, 86_399.9),
    baro_alt_m=st.floats(-3000, 38_000),
    address=st.integers(0, 0xFFFFFF),
)
def test_a_written_plot_reads_back_within_the_last_bit(range_m, azimuth_deg, time_s, baro_alt_m, address):
    plot = changed(PLOT, range_m=range_m, azimuth_deg=azimuth_deg, time_s=time_s, baro_alt_m=baro_alt_m)
    plot.icao24 = f"{address:06X}"
    (back,) = decode_block(encode_block(48, [plot]))
    assert back.icao24 == plot.icao24
    assert abs(back.range_m - range_m) <= 1852 / 512 + 1e-6
    assert abs((back.azimuth_deg - azimuth_deg + 180) % 360 - 180) <= 360 / 2**17 + 1e-9
    assert abs(back.time_s - time_s) <= 1 / 256
    assert abs(back.baro_alt_m - baro_alt_m) <= 3.81 + 1e-6
