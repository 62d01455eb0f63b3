"""Our ASTERIX codec against records that libasterix wrote (tests/golden/asterix/make.py)."""

import json
from pathlib import Path

import asterix_oracle as oracle
import pytest

from vedette.wire.asterix import decode_block, encode_block

FRAMES = json.loads((Path(__file__).parents[1] / "golden" / "asterix" / "frames.json").read_text())
NAMES = [f"{frame['category']:03d}-{frame['kind']}-{i}" for i, frame in enumerate(FRAMES)]


@pytest.mark.parametrize("frame", FRAMES, ids=NAMES)
def test_reads_what_libasterix_wrote(frame):
    (record,) = decode_block(bytes.fromhex(frame["hex"]))
    assert oracle.differences(frame["values"], oracle.ours(record)) == []


@pytest.mark.parametrize("frame", FRAMES, ids=NAMES)
def test_what_we_write_reads_the_same(frame):
    (record,) = decode_block(bytes.fromhex(frame["hex"]))
    oracle.make_writable(record)
    (again,) = decode_block(encode_block(frame["category"], [record]))
    assert oracle.differences(oracle.ours(record), oracle.ours(again), oracle.WRITTEN) == []


@pytest.mark.parametrize("frame", [f for f in FRAMES if f["kind"] == "typical"], ids=lambda f: f["category"])
def test_typical_records_are_written_bit_for_bit(frame):
    """What a simulator sends is what libasterix would send, spare bits and all."""
    octets = bytes.fromhex(frame["hex"])
    assert encode_block(frame["category"], decode_block(octets)) == octets


def test_every_field_of_every_record_comes_up():
    """A field that no golden frame carries would be untested."""
    for category in oracle.EDITIONS:
        frames = [frame for frame in FRAMES if frame["category"] == category]
        (record,) = decode_block(bytes.fromhex(frames[0]["hex"]))
        carried = set().union(*(frame["values"] for frame in frames))
        assert set(record.__struct_fields__) - carried == set()
