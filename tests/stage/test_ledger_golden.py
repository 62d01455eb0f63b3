"""The format stands: golden files (tests/golden/ledger/rebuild.py), and a second verifier that agrees."""

import json
import struct
import sys
from pathlib import Path
from typing import get_args

import pytest
from cryptography.exceptions import InvalidSignature
from hypothesis import given
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "golden" / "ledger"))
from ledger_reference import read
from ledgers import fault_of, known
from rebuild import build

from vedette.core import chain
from vedette.ledger import export, keys, sources
from vedette.ledger.judge import Judge, Terms
from vedette.ledger.proof import What
from vedette.ledger.read import Reader

GOLDEN = Path(__file__).parents[1] / "golden" / "ledger"
CONTENT = (GOLDEN / "golden.vdtl").read_bytes()
TOLD = json.loads((GOLDEN / "golden.json").read_text("utf-8"))
TRUSTED = {node: frozenset(map(bytes.fromhex, theirs)) for node, theirs in TOLD["keys"].items()}


def test_the_golden_file_is_written_again_byte_for_byte(tmp_path):
    assert build(tmp_path).read_bytes() == CONTENT
    assert known(tmp_path / "airport", tmp_path / "tower") == TRUSTED
    with Reader(tmp_path / "tower") as reader:
        assert [f"{e.node} {e.seq} {e.hash.hex()}" for e in reader.entries()] == TOLD["merged"]
    assert fault_of(tmp_path / "tower") is None


def test_the_golden_file_is_proved_and_read():
    judge = Judge(Terms(known=TRUSTED), lambda _: None)
    assert judge.prove(sources.of_export(CONTENT)) is None
    items = [item for _, group in export.read_groups(CONTENT) for item in group]
    entries = [item for item in items if hasattr(item, "body")]
    assert len(items) == len(entries) + 1  # one is withheld
    for entry, told in zip(entries, TOLD["entries"], strict=True):
        assert (entry.node, entry.seq, *entry.stamp) == tuple(
            told[n] for n in ("node", "seq", "time_ns", "counter")
        )
        assert (entry.kind, entry.incident, entry.author) == (told["kind"], told["incident"], told["author"])
        assert (entry.body.decode(), entry.salt.hex()) == (told["body"], told["salt"])
        assert (entry.hash.hex(), entry.previous.hex()) == (told["hash"], told["previous"])


def test_what_is_withheld_is_not_in_the_file():
    assert b"Two lights" in CONTENT
    assert b"nothing of this incident" not in CONTENT
    assert b"bert" not in CONTENT


def test_what_the_tower_decided_comes_after_what_it_had_taken_over():
    """Though its clock was a second behind."""
    assert [line.rsplit(" ", 1)[0] for line in TOLD["merged"]] == [
        "Turm Süd 1",
        "airport 2",
        "airport 3",
        "airport 5",
        "Turm Süd 2",
    ]


def test_the_second_verifier_agrees():
    assert read(CONTENT, TRUSTED["airport"]) == TOLD["entries"]


@given(st.integers(0, 8 * len(CONTENT) - 1))
def test_both_verifiers_refuse_the_same_flipped_bit(bit):
    flipped = bytearray(CONTENT)
    flipped[bit // 8] ^= 1 << bit % 8
    with pytest.raises((ValueError, struct.error, InvalidSignature)):
        read(bytes(flipped), TRUSTED["airport"])
    assert Judge(Terms(known=TRUSTED), lambda _: None).prove(sources.of_export(bytes(flipped))) is not None


def test_the_layouts_are_documented_byte_for_byte():
    page = (GOLDEN.parents[2] / "docs" / "ledger.md").read_text("utf-8")
    assert chain.CONTENT.size == 64
    assert chain.MESSAGE.size == 96
    for mark in (chain.ENTRY_MARK, chain.CHAIN_MARK, chain.GROUP_MARK, chain.LINKS_MARK):
        assert mark.decode().strip() in page
    for word in (keys.KEY_FILE, keys.KNOWN_FILE, "ledger.head", "ledger.sha256", "ledger.sqlite"):
        assert f"`{word}`" in page
    for what in get_args(What):
        assert f"| `{what}` |" in page


@given(st.data())
def test_whatever_a_file_says_it_is_judged_and_nothing_else_happens(data):
    """Pieces of the golden file cut out, doubled, moved and overwritten: a fault each time, never a crash."""
    content = CONTENT
    for _ in range(data.draw(st.integers(1, 3))):
        a, b = sorted(data.draw(st.tuples(*2 * [st.integers(0, len(content))])))
        piece = data.draw(
            st.sampled_from([b"", content[a:b] * 2, content[b:] + content[a:b]]) | st.binary(max_size=40)
        )
        content = content[:a] + piece + content[b:]
    fault = Judge(Terms(known=TRUSTED), lambda _: None).prove(sources.of_export(content))
    assert (fault is None) == (content == CONTENT)
