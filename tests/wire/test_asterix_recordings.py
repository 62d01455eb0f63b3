"""Real ASTERIX recordings through the decoder: no record lost, none invented."""

from pathlib import Path

import numpy as np
import pytest

from vedette.core.observation import Intake
from vedette.core.units import NS_PER_S
from vedette.feed.pcap import read_packets, udp_payloads
from vedette.wire.asterix import AsterixDecoder, peek_time_s, split_blocks

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
DAY_NS = 1_591_574_400 * NS_PER_S  # 2020-06-08, a day like any other

# file, source, records, observations, all in category
WHOLE = [
    ("asterix_radar_barcelona/cat048_first20min.ast", "asterix:20/129", "asterix.048", 14_695, 14_638),
    (
        "asterix_surface_barcelona/201002-lebl-080001_mlat.ast",
        "asterix:0/107",
        "asterix.010",
        116_308,
        101_790,
    ),
    ("asterix_surface_barcelona/201002-lebl-080001_smr.ast", "asterix:0/7", "asterix.010", 52_659, 37_570),
]


def _read(name: str) -> bytes:
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the shared recording {name} is not here")
    return path.read_bytes()


@pytest.mark.parametrize(("name", "source", "record", "records", "observations"), WHOLE)
def test_every_record_is_read(name, source, record, records, observations):
    """libasterix counts the same records; predictions and ends of tracks are not observations."""
    intake = Intake()
    AsterixDecoder("file", DAY_NS).receive(_read(name), DAY_NS, intake)
    assert intake.records == {(source, record): records}
    assert intake.quarantined == {}
    assert len(intake) == observations
    rows = intake.rows()
    times_s = (rows["valid_ns"] - DAY_NS) / NS_PER_S
    assert np.all((times_s > 8 * 3600 - 60) & (times_s < 10 * 3600 + 120))
    assert np.all(np.isfinite(rows["range_m"]) & np.isfinite(rows["azimuth_deg"]))


def test_a_turn_of_the_radar_is_four_seconds():
    """The same address comes again after a turn: what `peek_time_s` reads spaces out a raw file."""
    intake = Intake()
    decoder = AsterixDecoder("file")
    for block in split_blocks(_read(WHOLE[0][0])):
        time_s = peek_time_s(block)
        assert time_s is not None
        decoder.receive(block, DAY_NS + round(time_s * NS_PER_S), intake)
    rows = intake.rows()
    assert np.all(np.abs(rows["heard_ns"] - rows["valid_ns"]) < NS_PER_S)
    turns = []
    for ident in {claim.ident for claim in intake.claims}:
        mine = np.array([claim.ident == ident for claim in intake.claims])
        turns += list(np.diff(rows["valid_ns"][rows["claim"] > 0][mine]) / NS_PER_S)
        if len(turns) > 3000:
            break
    assert abs(float(np.median(turns)) - 4.0) < 0.1


def test_small_captures_of_other_senders():
    intake = Intake()
    decoder = AsterixDecoder("small", DAY_NS)
    for name in ("cat034.raw", "cat048.raw", "cat062cat065.raw", "cat21_re.ast"):
        decoder.receive(_read(f"asterix_small/{name}"), DAY_NS, intake)
    assert intake.quarantined == {}
    assert intake.records == {
        ("asterix:25/14", "asterix.034"): 1,
        ("asterix:25/201", "asterix.048"): 1,
        ("asterix:25/100", "asterix.062"): 2,
        ("asterix:small", "asterix.065.skipped"): 1,
        ("asterix:0/1", "asterix.021"): 2,
    }
    assert len(intake) == 5


def _capture(name: str) -> tuple[Intake, int]:
    _read(name)
    intake, decoder, datagrams = Intake(), AsterixDecoder("capture"), 0
    for packet in read_packets(DATA / name):
        found = udp_payloads(packet)
        if found is not None:
            decoder.receive(found[2], packet.heard_ns, intake)
            datagrams += 1
    return intake, datagrams


def _by_record(intake: Intake) -> dict[str, int]:
    totals: dict[str, int] = {}
    for (_, record), n in intake.records.items():
        totals[record] = totals.get(record, 0) + n
    return totals


def test_a_capture_of_several_radars():
    intake, datagrams = _capture("asterix_small/cat_034_048.pcap")
    assert datagrams == 100
    assert _by_record(intake) == {"asterix.048": 128, "asterix.034": 34}
    assert intake.quarantined == {}
    rows = intake.rows()
    age_s = (rows["heard_ns"] - rows["valid_ns"]) / NS_PER_S
    assert np.all((age_s > 0) & (age_s < 10))


def test_a_capture_of_system_tracks():
    intake, _ = _capture("asterix_small/cat_062_065.pcap")
    assert _by_record(intake) == {"asterix.062": 2, "asterix.065.skipped": 1}
    assert (len(intake), intake.quarantined) == (2, {})


def test_a_draft_edition_is_refused_and_counted():
    """This capture of 2008 has CAT062 records of an early draft; libasterix refuses most blocks too."""
    intake, datagrams = _capture("asterix_small/asterix.pcap")
    assert len(intake) == 0
    assert sum(intake.quarantined.values()) >= datagrams
