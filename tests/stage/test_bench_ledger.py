"""bench ledger in small: a real writer is killed, bits are flipped; and the bench would notice a loss."""

import random

import pytest
from ledgers import forge

from vedette.app.bench.ledger import LedgerBench, bench, table
from vedette.app.bench.ledger_kills import _held, _one_life, kills
from vedette.core.errors import LedgerError
from vedette.ledger import head


def say(_):
    pass


def test_what_is_left_out_is_not_measured(tmp_path):
    summary, passed = bench(LedgerBench(0, 0, 0, 0, 1, tmp_path), say)
    assert summary == {"bench": "ledger", "seed": 1, "passed": True}
    assert passed
    assert list(tmp_path.iterdir()) == []


def test_entries_are_written_and_proved(tmp_path):
    summary, _ = bench(LedgerBench(1500, 0, 0, 2500, 1, tmp_path), say)
    append, proved = summary["append"], summary["verify"]
    assert append["entries"] == 1500
    assert append["entries_per_s"] > 0
    assert append["single"]["entries_a_group"] >= 1
    assert append["flushes_per_commit"] is None or append["flushes_per_commit"] >= 0
    assert (proved["proved"], proved["entries"]) == (True, 2500)
    assert "entries_per_s" in table(summary)


def test_a_record_of_weeks_is_opened(tmp_path):
    summary, passed = bench(LedgerBench(0, 0, 0, 0, 1, tmp_path, start=44_000), say)
    told = summary["start"]
    assert told["entries"] in range(44_000, 44_050)
    assert told["days"] in range(40, 49)
    assert told["older"] > 0, "alerts that nobody ended, of before the last month"
    assert told["cpu_s"] > 0
    assert passed


def test_every_flipped_bit_that_counts_is_noticed(tmp_path):
    summary, passed = bench(LedgerBench(0, 0, 15, 0, 1, tmp_path), say)
    for kind in ("closed", "export"):
        assert summary["flip"][kind]["caught"] == 15
    assert all(kind["changed"] == 0 for kind in summary["flip"].values())
    assert passed


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_that_it_acknowledged(tmp_path):
    told = kills(tmp_path, 8, 1, say)
    assert (told["kills"], told["lost"], told["broken"], told["faults"]) == (8, 0, 0, [])
    assert told["entries"] == told["acknowledged"] + told["unacknowledged_kept"]


def test_a_loss_would_be_noticed(tmp_path):
    seq, hash_ = 0, b""
    while not seq:
        seq, hash_ = _one_life(tmp_path, random.Random(3), 3)
    assert _held(tmp_path, seq, hash_) >= seq
    with pytest.raises(LedgerError, match="got another"):
        _held(tmp_path, seq, bytes(32))
    forge(
        tmp_path,
        ("DELETE FROM entry_group WHERE last >= ?", (seq,)),
        "DELETE FROM entry WHERE seq > coalesce((SELECT max(last) FROM entry_group), 0)",
    )
    with pytest.raises(LedgerError, match="truncated"):
        _held(tmp_path, seq, hash_)
    (tmp_path / head.HEAD_FILE).unlink()
    assert _held(tmp_path, seq, hash_) < seq
