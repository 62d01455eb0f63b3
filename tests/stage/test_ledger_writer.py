"""Writing a ledger: durable when told so, one writer, sound after whatever happened."""

import shutil
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
from ledgers import START_NS, Clock, fault_of, filled, forge, known, note, open_ledger

from vedette.core.entry import NOTHING
from vedette.core.errors import LedgerError
from vedette.core.units import NS_PER_S
from vedette.ledger import head, keys
from vedette.ledger.judge import Terms
from vedette.ledger.read import Reader, Wanted
from vedette.ledger.verify import verify


def test_entries_are_chained_signed_and_there_for_others_at_once(tmp_path):
    with open_ledger(tmp_path) as ledger:
        first = ledger.append([note("a"), note("b", "fire")])
        (third,) = ledger.append([note("c")])
        with Reader(tmp_path) as reader:
            assert list(reader.entries()) == [*first, third]
            assert reader.head() == ledger.head
        assert [e.seq for e in (*first, third)] == [1, 2, 3]
        assert first[0].previous == NOTHING
        assert first[1].previous == first[0].hash
        assert third.previous not in (first[1].hash, NOTHING)  # the signature stands in between
        assert ledger.head.first == ledger.head.last == 3
        assert fault_of(tmp_path) is None
    assert fault_of(tmp_path) is None


def test_it_goes_on_where_it_ended(tmp_path):
    filled(tmp_path)
    with open_ledger(tmp_path, clock=Clock(START_NS - NS_PER_S)) as ledger:  # the clock was set back
        (entry,) = ledger.append([note("later")])
    assert entry.seq == 7
    verdict = verify(tmp_path, Terms(known=known(tmp_path)))
    assert verdict.fault is None
    assert (verdict.nodes[0].entries, verdict.nodes[0].groups) == (7, 4)


def test_the_same_entries_give_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        filled(tmp_path / name)
        with Reader(tmp_path / name) as reader:
            reader.export(tmp_path / f"{name}.vdtl")
    assert (tmp_path / "one.vdtl").read_bytes() == (tmp_path / "two.vdtl").read_bytes()


def test_callers_at_the_same_time_share_groups_and_each_gets_its_own(tmp_path):
    told = {}

    def call(caller):
        told[caller] = [ledger.append([note(f"{caller}.{i}")])[0] for i in range(20)]

    with open_ledger(tmp_path) as ledger:
        callers = [threading.Thread(target=call, args=(c,)) for c in range(8)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
    for caller, entries in told.items():
        assert [e.body for e in entries] == [note(f"{caller}.{i}").body for i in range(20)]
    assert sorted(e.seq for entries in told.values() for e in entries) == list(range(1, 161))
    assert fault_of(tmp_path) is None


def test_one_that_waits_is_in_the_group_of_the_next(tmp_path):
    with open_ledger(tmp_path) as ledger:
        done = [ledger.submit([note(str(i))]) for i in range(50)]
        entries = [d.result()[0] for d in done]
    assert [e.seq for e in entries] == list(range(1, 51))
    assert fault_of(tmp_path) is None


def test_who_stops_waiting_stops_nothing(tmp_path):
    with open_ledger(tmp_path) as ledger:
        given_up = ledger.submit([note("a")])
        assert not given_up.cancel()
        assert ledger.append([note("b")])[0].seq == 2
    assert [e.seq for e in given_up.result()] == [1]


def test_nothing_to_enter_is_nothing_entered(tmp_path):
    with open_ledger(tmp_path) as ledger:
        assert ledger.append([]) == []
        assert ledger.head is None
    assert fault_of(tmp_path) is None


def test_a_wrong_draft_enters_none_of_those_with_it(tmp_path):
    with open_ledger(tmp_path) as ledger:
        with pytest.raises(LedgerError, match="kind"):
            ledger.append([note("good"), note("bad", kind="")])
        assert ledger.append([note("next")])[0].seq == 1


def test_a_closed_ledger_takes_nothing(tmp_path):
    ledger = open_ledger(tmp_path)
    ledger.close()
    ledger.close()
    with pytest.raises(LedgerError, match="closed"):
        ledger.append([note("late")])


@pytest.mark.parametrize(
    "verb", ["UPDATE entry SET author = 'x'", "DELETE FROM entry", "DELETE FROM entry_group"]
)
def test_nothing_is_changed_or_deleted_by_mistake(tmp_path, verb):
    filled(tmp_path)
    db = sqlite3.connect(tmp_path / head.LEDGER_FILE)
    with pytest.raises(sqlite3.IntegrityError, match="changed or deleted"):
        db.execute(verb)
    with pytest.raises(sqlite3.IntegrityError, match="replaced"):
        db.execute("INSERT OR REPLACE INTO entry SELECT * FROM entry WHERE seq = 1")
    db.close()


# Who may open it


def test_a_second_writer_is_refused(tmp_path):
    with open_ledger(tmp_path), pytest.raises(LedgerError, match="another process has it open"):
        open_ledger(tmp_path)
    open_ledger(tmp_path).close()


def test_a_ledger_is_one_nodes_for_ever(tmp_path):
    filled(tmp_path)
    with pytest.raises(LedgerError, match="'tower'"):
        open_ledger(tmp_path, "tower")


def test_the_key_is_for_its_owner_alone(tmp_path):
    filled(tmp_path)
    key = tmp_path / keys.KEY_FILE
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert b"PRIVATE KEY" in key.read_bytes()
    key.chmod(0o640)
    with pytest.raises(LedgerError, match="mode 640"):
        open_ledger(tmp_path)


def test_a_key_that_nobody_made_known_does_not_sign(tmp_path):
    filled(tmp_path)
    (tmp_path / keys.KEY_FILE).rename(tmp_path / "old.key")
    with pytest.raises(LedgerError, match="without it the ledger cannot go on"):
        open_ledger(tmp_path)
    other = keys.load_or_make_key(tmp_path, lambda n: bytes(n))
    with pytest.raises(LedgerError, match="add it to"):
        open_ledger(tmp_path)
    keys.add_known(tmp_path / keys.KNOWN_FILE, "airport", other.public)
    with open_ledger(tmp_path) as ledger:
        ledger.append([note("with a new key")])
    verdict = verify(tmp_path, Terms(known=known(tmp_path)))
    assert verdict.fault is None
    assert len(verdict.nodes[0].keys) == 2
    assert fault_of(tmp_path, quick=True) is None


@pytest.mark.parametrize(
    "content", [b"", b"no key\n", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_file_that_is_no_key_is_refused_and_not_quoted(tmp_path, content):
    path = tmp_path / keys.KEY_FILE
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(LedgerError, match="expected an Ed25519 private key") as refused:
        keys.load_key(path)
    assert "AAAA" not in str(refused.value)


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("airport", "a node and its key"),
        ("airport ed25519:12", "64 hexadecimal"),
        ("a ed25519:" + "zz" * 32, "64 hex"),
    ],
)
def test_a_wrong_line_of_known_keys_is_refused_with_its_place(tmp_path, line, what):
    path = tmp_path / "nodes.keys"
    path.write_text(f"# ours\n{line}\n")
    with pytest.raises(LedgerError, match=f"line 2.*{what}"):
        keys.read_known(path)


# What can happen to it


def crashed(tmp_path, groups=8):
    """The files of a ledger that was not closed, and how far it had acknowledged."""
    folder = tmp_path / "crashed"
    folder.mkdir()
    with open_ledger(tmp_path / "live") as ledger:
        for g in range(groups):
            ledger.append([note(f"{g}.{i}") for i in range(3)])
        for name in (
            head.LEDGER_FILE,
            f"{head.LEDGER_FILE}-wal",
            head.HEAD_FILE,
            keys.KEY_FILE,
            keys.KNOWN_FILE,
        ):
            shutil.copy(tmp_path / "live" / name, folder / name)
    return folder, 3 * groups


def test_a_ledger_that_was_not_closed_opens_with_all_that_was_acknowledged(tmp_path):
    folder, acknowledged = crashed(tmp_path)
    assert fault_of(folder) is None
    with open_ledger(folder) as ledger:
        assert ledger.head.last == acknowledged
        ledger.append([note("after")])
    assert fault_of(folder) is None


def test_a_torn_log_is_taken_back_to_a_whole_group_or_refused_by_name(tmp_path):
    folder, acknowledged = crashed(tmp_path)
    wal = folder / f"{head.LEDGER_FILE}-wal"
    size = wal.stat().st_size
    kept, told = set(), set()
    for cut in range(0, size, size // 13):
        torn = tmp_path / f"torn{cut}"
        shutil.copytree(folder, torn)
        with (torn / wal.name).open("r+b") as file:
            file.truncate(cut)
        told.add(fault_of(torn).what)  # form where not even the tables are there
        with pytest.raises(
            LedgerError, match=rf"truncated: entries up to seq {acknowledged} were acknowledged"
        ):
            open_ledger(torn)
        (torn / head.HEAD_FILE).write_bytes(b"")  # as if nobody had been told
        with open_ledger(torn) as ledger:
            last = 0 if ledger.head is None else ledger.head.last
            ledger.append([note("goes on")])
        assert last % 3 == 0
        assert last < acknowledged
        assert fault_of(torn) is None
        kept.add(last)
    assert len(kept) > 4
    assert told == {"form", "truncated"}


def test_a_head_behind_is_no_fault_and_is_brought_up(tmp_path):
    folder = tmp_path / "l"
    with open_ledger(folder) as ledger:
        ledger.append([note("a")])
        old = (folder / head.HEAD_FILE).read_bytes()
        ledger.append([note("b")])
    (folder / head.HEAD_FILE).write_bytes(old)
    assert fault_of(folder) is None
    with open_ledger(folder):
        assert head.read_head(folder / head.HEAD_FILE).last == 2


@pytest.mark.parametrize("at", [0, 40, 300, 900, 1023])
def test_a_head_that_was_touched_stops_the_ledger_from_opening(tmp_path, at):
    filled(tmp_path)
    path = tmp_path / head.HEAD_FILE
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"ledger\.head"):
        open_ledger(tmp_path)
    assert fault_of(tmp_path).what == "file"


def test_a_full_disk_loses_nothing_and_the_ledger_goes_on_when_there_is_room(tmp_path):
    with open_ledger(tmp_path) as ledger:
        ledger.append([note("before")])
        pages = ledger._db.execute("PRAGMA page_count").fetchone()[0]
        ledger._db.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LedgerError, match="full"):
            ledger.append([note("x" * 50_000)])
        ledger._db.execute("PRAGMA max_page_count = 1000000")
        assert ledger.append([note("after")])[0].seq == 2
    assert fault_of(tmp_path) is None


def test_after_an_error_of_the_disk_nothing_is_written_until_it_is_opened_again(tmp_path):
    ledger = open_ledger(tmp_path)
    ledger.append([note("before")])
    ledger._db.close()  # as good as any error that SQLite does not name
    for _ in range(2):
        with pytest.raises(LedgerError, match="open it again"):
            ledger.append([note("lost")])
    with pytest.raises(LedgerError):
        ledger.close()
    with open_ledger(tmp_path) as ledger:
        assert ledger.append([note("after")])[0].seq == 2


def test_a_broken_end_is_refused_with_node_and_seq(tmp_path):
    filled(tmp_path)
    forge(tmp_path, "UPDATE entry SET body = X'7B7D' WHERE seq = 5")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(LedgerError, match=r"broken.*hash at airport seq 5"):
        open_ledger(tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_what_is_no_ledger_is_refused(tmp_path):
    filled(tmp_path)
    (tmp_path / head.LEDGER_FILE).unlink()
    db = sqlite3.connect(tmp_path / head.LEDGER_FILE)
    db.execute("CREATE TABLE other(a)")
    db.commit()
    db.close()
    with pytest.raises(LedgerError, match=r"expected .* to be a ledger"):
        open_ledger(tmp_path)
    (tmp_path / head.LEDGER_FILE).write_bytes(b"hello" * 1000)
    with pytest.raises(LedgerError, match="cannot open the ledger"):
        open_ledger(tmp_path)


# Reading


def test_entries_are_found_by_incident_kind_node_seq_and_time(tmp_path):
    clock = Clock()
    with open_ledger(tmp_path, clock=clock) as ledger:
        ledger.append([note("a", "fire"), note("b", "flood", kind="decision")])
        clock.now_ns += NS_PER_S
        ledger.append([note("c", "fire", kind="decision"), note("d")])

    def texts(**wanted):
        with Reader(tmp_path) as reader:
            return "".join(e.body.decode()[9] for e in reader.entries(Wanted(**wanted)))

    assert texts() == "abcd"
    assert texts(incident="fire") == "ac"
    assert texts(kind="decision") == "bc"
    assert texts(kind="decision", incident="fire") == "c"
    assert texts(node="airport", since_seq=2) == "cd"
    assert texts(node="tower") == ""
    assert texts(from_ns=START_NS + 1) == "cd"
    assert texts(to_ns=START_NS + NS_PER_S) == "ab"
    with pytest.raises(LedgerError, match="a node beside a seq"):
        texts(since_seq=2)


def test_a_writer_in_another_process_is_read_while_it_writes(tmp_path):
    code = (
        "import os, sys, time; from pathlib import Path; from vedette.core.entry import Draft\n"
        "from vedette.ledger.writer import Ledger\n"
        "ledger = Ledger(Path(sys.argv[1]), 'n', time.time_ns, os.urandom)\n"
        "ledger.append([Draft('note', 'a', b'{}')]); print('x', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as writer:
        try:
            assert writer.stdout.readline() == b"x\n"
            with Reader(tmp_path) as reader:
                assert [e.kind for e in reader.entries()] == ["note"]
            assert fault_of(tmp_path) is None
            with pytest.raises(LedgerError, match="another process has it open"):
                open_ledger(tmp_path, "n")
        finally:
            writer.kill()


def test_a_reader_sees_what_a_writer_writes_later(tmp_path):
    filled(tmp_path)
    with Reader(tmp_path) as reader:
        assert len(list(reader.entries())) == 6
        with open_ledger(tmp_path) as ledger:
            ledger.append([note("later")])
            assert len(list(reader.entries())) == 7
            ledger.append([note("x" * 1000) for _ in range(500)])
            assert len(list(reader.entries())) == 507
    assert fault_of(tmp_path) is None
