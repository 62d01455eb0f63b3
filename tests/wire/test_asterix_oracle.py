"""Our ASTERIX codec against libasterix itself: random legal records both ways, and real recordings."""

import random
from pathlib import Path

import asterix_oracle as oracle
import pytest

from vedette.wire.asterix import decode_block, encode_block, split_blocks

pytestmark = pytest.mark.slow  # libasterix takes seconds to import

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"
RECORDINGS = [  # every how many blocks are compared
    ("asterix_radar_barcelona/cat048_first20min.ast", 30),
    ("asterix_surface_barcelona/201002-lebl-080001_mlat.ast", 150),
    ("asterix_surface_barcelona/201002-lebl-080001_smr.ast", 70),
    ("asterix_small/cat034.raw", 1),
    ("asterix_small/cat048.raw", 1),
    ("asterix_small/cat062cat065.raw", 1),
    ("asterix_small/cat21_re.ast", 1),
]


@pytest.fixture(scope="module")
def libasterix():
    pytest.importorskip("asterix.generated", reason="needs libasterix, of the dev extra")


@pytest.mark.parametrize("category", sorted(oracle.EDITIONS))
def test_random_legal_records_read_the_same_both_ways(libasterix, category):
    rng = random.Random(category)
    for turn in range(60):
        octets = oracle.legal_record(category, rng, every=turn < 3)
        (theirs,) = oracle.parse(category, octets)
        told = oracle.said(category, theirs)
        block = bytes([category]) + (3 + 2 * len(octets)).to_bytes(2, "big") + octets * 2
        record, twin = decode_block(block)
        assert oracle.differences(told, oracle.ours(record)) == []
        assert oracle.ours(record) == oracle.ours(twin)
        if not told:
            continue
        oracle.make_writable(record)
        (again,) = oracle.parse(category, encode_block(category, [record])[3:])
        assert oracle.differences(oracle.ours(record), oracle.said(category, again), oracle.WRITTEN) == []


@pytest.mark.parametrize(("name", "stride"), RECORDINGS)
def test_real_recordings_read_the_same(libasterix, name, stride):
    path = DATA / name
    if not path.exists():
        pytest.skip(f"the shared recording {name} is not here")
    compared = 0
    for block in list(split_blocks(path.read_bytes()))[::stride]:
        if block[0] not in oracle.EDITIONS:
            continue
        theirs = oracle.parse(block[0], block[3:])
        records = decode_block(block)
        assert len(records) == len(theirs)
        for record, other in zip(records, theirs, strict=True):
            assert oracle.differences(oracle.said(block[0], other), oracle.ours(record)) == []
            compared += 1
    assert compared > 0
