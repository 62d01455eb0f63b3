"""What the simulated sensors send is read by libraries that are not ours, and says the truth."""

import struct
import uuid

import msgspec
import numpy as np
import pytest
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from vedette.core.observation import SIMULATED, Intake
from vedette.core.units import NM_M, NS_PER_S
from vedette.simulate import Simulation, load_scenario
from vedette.simulate.spec.sensors import Faults
from vedette.wire.adsb import BeastDecoder
from vedette.wire.asterix import AsterixDecoder
from vedette.wire.remoteid import RemoteIdDecoder
from vedette.wire.sapient import SapientDecoder

SCENARIO = load_scenario("brussels")
SECONDS = 24.0


@pytest.fixture(scope="module")
def played():
    """Emissions and truth of the first seconds of Brussels."""
    emissions, truth = [], []
    for _, sent, rows in Simulation(SCENARIO, seed=7).run(SECONDS):
        emissions += sent
        truth.append(rows)
    return emissions, np.concatenate(truth)


def of_feed(emissions, feed, connection=0):
    return [e for e in emissions if (e.feed, e.connection) == (feed, connection)]


def sapient_messages(emissions, connection):
    stream = b"".join(e.data for e in of_feed(emissions, "sapient", connection))
    out, at = [], 0
    while at < len(stream):
        (size,) = struct.unpack_from("<I", stream, at)
        out.append(SapientMessage.FromString(stream[at + 4 : at + 4 + size]))
        at += 4 + size
    assert at == len(stream)
    return out


def test_times_are_in_the_run_and_in_order(played):
    emissions, _ = played
    times = [e.t_ns for e in emissions]
    assert times == sorted(times)
    assert SCENARIO.start_ns <= times[0]
    assert times[-1] < SCENARIO.start_ns + SECONDS * NS_PER_S


def test_asterix_is_read_by_libasterix(played):
    from asterix.base import Bits, RawDatablock
    from asterix.generated import Cat_034_1_29, Cat_048_1_32

    emissions, truth = played
    known = set(truth["name"].tolist())
    callsigns, messages, azimuths = set(), [], []
    for emission in of_feed(emissions, "asr"):
        for block in RawDatablock.parse(Bits.from_bytes(emission.data)):
            spec = {34: Cat_034_1_29, 48: Cat_048_1_32}[block.get_category()]
            records = spec.cv_uap.parse(block.get_raw_records())
            assert not isinstance(records, ValueError)
            for record in records:
                time_item = "030" if block.get_category() == 34 else "140"
                time_s = record.get_item(time_item).variation.content.as_quantity("s")
                late_s = emission.t_ns % (86_400 * NS_PER_S) / NS_PER_S - time_s
                assert 0.0 <= late_s < 4.0 / 32 + 0.06 + 1 / 64
                if block.get_category() == 34:
                    messages.append(record.get_item("000").as_uint())
                    continue
                kind = record.get_item("020").variation
                assert kind.get_item("SIM").as_uint() == 1
                azimuths.append(
                    record.get_item("040").variation.get_item("THETA").variation.content.as_quantity("°")
                )
                if kind.get_item("TYP").as_uint() in (5, 7):
                    callsigns.add(_callsign(record.get_item("240").as_uint()))
    assert callsigns <= known
    assert len(callsigns) == 4
    assert messages.count(1) == 6
    assert messages.count(2) == 6 * 31
    assert max(azimuths) - min(azimuths) > 180.0


def _callsign(bits):
    codes = [bits >> shift & 63 for shift in range(42, -1, -6)]
    return "".join(chr(c + 64) if c < 27 else chr(c) for c in codes).strip()


@pytest.mark.parametrize("connection", range(4))
def test_sapient_follows_the_order_and_the_clock_that_peers_want(played, connection):
    emissions, _ = played
    messages = sapient_messages(played[0], connection)
    kinds = [m.WhichOneof("content") for m in messages]
    assert kinds[:2] == ["registration", "status_report"]
    assert kinds.count("registration") == 1
    assert kinds.count("status_report") == 5
    assert "detection_report" in kinds
    assert len({m.node_id for m in messages}) == 1
    assert uuid.UUID(messages[0].node_id).version == 4
    stamps = [m.timestamp.ToNanoseconds() for m in messages]
    assert stamps == sorted(stamps)
    scans = sorted({m.timestamp.ToNanoseconds() for m in messages if m.HasField("detection_report")})
    assert min(np.diff(scans)) >= 80_000_000
    for emission in of_feed(emissions, "sapient", connection):
        (size,) = struct.unpack_from("<I", emission.data)
        stamp = SapientMessage.FromString(emission.data[4 : 4 + size]).timestamp.ToNanoseconds()
        assert 0 <= emission.t_ns - stamp <= 0.2 * NS_PER_S
    reports = [m.detection_report.report_id for m in messages if m.HasField("detection_report")]
    assert len(set(reports)) == len(reports)


def test_drone_radar_says_classes_that_are_never_certain(played):
    best = []
    for message in sapient_messages(played[0], 0):
        for one in message.detection_report.classification:
            best += [sub.confidence for sub in one.sub_class]
    assert max(best) < 0.99
    assert np.mean(np.array(best) > 0.95) < 0.05


def test_finders_give_bearings_only(played):
    frequencies = set()
    for message in sapient_messages(played[0], 2) + sapient_messages(played[0], 3):
        if message.HasField("detection_report"):
            report = message.detection_report
            assert report.range_bearing.HasField("azimuth")
            assert not report.range_bearing.HasField("range")
            assert not report.range_bearing.HasField("elevation")
            frequencies.add(round(report.signal[0].centre_frequency, 1))
    assert {2437.0, 2462.0, 5785.0} <= frequencies


def decoded(emissions, decoder):
    intake = Intake()
    for emission in emissions:
        decoder.receive(emission.data, emission.t_ns, intake)
    return intake


def test_our_own_decoders_refuse_nothing(played):
    emissions, _ = played
    node = str(uuid.UUID(int=7, version=4))
    for decoder, feed, connections in (
        (lambda: AsterixDecoder("asr"), "asr", 1),
        (lambda: BeastDecoder("adsb"), "adsb", 1),
        (lambda: RemoteIdDecoder("remoteid"), "remoteid", 1),
        (lambda: SapientDecoder("sapient", node), "sapient", 4),
    ):
        for connection in range(connections):
            intake = decoded(of_feed(emissions, feed, connection), decoder())
            assert intake.quarantined == {}
            assert len(intake) > 10


def test_radar_plots_are_marked_as_simulated(played):
    rows = decoded(of_feed(played[0], "asr"), AsterixDecoder("asr")).rows()
    assert (rows["flags"] & SIMULATED).all()


def nearest_m(truth, name, row):
    mine = truth[truth["name"] == name]
    lat = np.interp(row["valid_ns"], mine["time_ns"], mine["lat_deg"])
    lon = np.interp(row["valid_ns"], mine["time_ns"], mine["lon_deg"])
    height = np.interp(row["valid_ns"], mine["time_ns"], mine["alt_m"])
    flat = np.hypot((row["lat_deg"] - lat) * 111_250.0, (row["lon_deg"] - lon) * 70_190.0)
    return flat, abs(row["alt_m"] - height)


def test_adsb_says_where_the_airliners_are(played):
    emissions, truth = played
    intake = decoded(of_feed(emissions, "adsb"), BeastDecoder("adsb"))
    rows = intake.rows()
    flat, height = [], []
    for row in rows[np.isfinite(rows["lat_deg"])]:
        claim = intake.claims[row["claim"] - 1]
        slot = int(claim.ident, 16) - 0x44F010
        name = SCENARIO.actor[0].callsigns[slot] if slot < 16 else SCENARIO.actor[1].callsigns[slot - 16]
        apart = nearest_m(truth, name, row)
        flat.append(apart[0])
        height.append(apart[1])
    assert len(flat) > 100
    assert np.sqrt(np.mean(np.square(flat))) == pytest.approx(4.0 * np.sqrt(2.0), rel=0.25)
    assert np.nanmax(height) < 15.0  # altitude in steps of 25 ft, geoid in steps of 25 ft


def test_remote_id_says_where_the_surveyor_is_and_who(played):
    emissions, truth = played
    intake = decoded(of_feed(emissions, "remoteid"), RemoteIdDecoder("remoteid"))
    claims = {claim.ident for claim in intake.claims}
    assert claims == {SCENARIO.authorisation[0].serial}
    assert any(claim.operator_lat_deg is not None for claim in intake.claims)
    rows = intake.rows()
    rows = rows[np.isfinite(rows["lat_deg"])]
    assert len(rows) >= SECONDS * 0.75
    apart = np.array([nearest_m(truth, "surveyor", row) for row in rows])
    assert np.sqrt(np.mean(apart[:, 0] ** 2)) < 5.0
    assert apart[:, 1].max() < 12.0


def test_only_the_one_with_remote_id_broadcasts_it(played):
    emissions, _ = played
    assert not any(b"intruder" in e.data for e in emissions)
    assert len(of_feed(emissions, "remoteid")) <= SECONDS + 1


@pytest.mark.parametrize("feed", ["asr", "sapient", "adsb", "remoteid"])
def test_faults_on_cue_are_refused_and_stop_nothing(feed):
    faults = Faults(rate_per_s=3.0, from_s=4.0, until_s=9.0, kinds=("truncated", "garbage"))
    sensors = [
        msgspec.structs.replace(s, faults=faults if s.feed == feed else None)
        for s in SCENARIO.sensor
        if s.feed == feed
    ][:1]
    simulation = Simulation(msgspec.structs.replace(SCENARIO, sensor=sensors), seed=5)
    clean = Simulation(
        msgspec.structs.replace(SCENARIO, sensor=[msgspec.structs.replace(sensors[0], faults=None)]), seed=5
    )
    until = simulation.start_ns + 14 * NS_PER_S
    _, emissions = simulation.step(simulation.init(), until)
    _, honest = clean.step(clean.init(), until)
    bad = [e for e in emissions if e not in honest]
    assert [e for e in emissions if e in honest] == honest
    assert 5 <= len(bad) <= 30
    assert all(4 <= (e.t_ns - simulation.start_ns) / NS_PER_S < 9.1 for e in bad)
    decoder = {
        "asr": AsterixDecoder("asr"),
        "adsb": BeastDecoder("adsb"),
        "remoteid": RemoteIdDecoder("remoteid"),
        "sapient": SapientDecoder("sapient", str(uuid.UUID(int=7, version=4))),
    }[feed]
    intake = decoded(emissions, decoder)
    assert sum(intake.quarantined.values()) > 0
    late = intake.rows()["heard_ns"] > simulation.start_ns + 10 * NS_PER_S
    assert late.sum() > 3


def test_glide_path_seen_by_the_radar_is_in_range(played):
    rows = decoded(of_feed(played[0], "asr"), AsterixDecoder("asr")).rows()
    assert rows["range_m"].max() < 60 * NM_M
