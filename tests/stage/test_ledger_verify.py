"""What is wrong with a ledger is found, and named with its place."""

import contextlib
import io
import json
import random
import shutil
import sqlite3
import sys
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

import pytest
from ledgers import fault_of, filled, forge, known, note, open_ledger, random_bytes

from vedette.app.cli import main
from vedette.core import chain
from vedette.core.entry import Group
from vedette.core.errors import LedgerError
from vedette.ledger import export, halves, head, keys, sources
from vedette.ledger.judge import Judge, Terms
from vedette.ledger.read import Reader
from vedette.ledger.verify import verify

SIX = ((2, None), (1, "fire"), (3, "fire"))  # groups: seq 1-2, 3, 4-6


def test_a_whole_ledger_is_proved_with_its_figures(tmp_path):
    filled(tmp_path)
    seen = []
    verdict = verify(tmp_path, Terms(known=known(tmp_path)), seen.append)
    node = verdict.nodes[0]
    assert (verdict.fault, verdict.notes, verdict.signatures) == (None, [], 3)
    assert (node.node, node.entries, node.groups, node.first, node.last) == ("airport", 6, 3, 1, 6)
    assert node.to_ns > node.from_ns
    with Reader(tmp_path) as reader:
        assert node.head == reader.head().head.hex()


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize(
    ("change", "what", "seq"),
    [
        ("UPDATE entry SET body = X'7B7D' WHERE seq = 5", "hash", 5),
        ("UPDATE entry SET author = 'eve' WHERE seq = 1", "hash", 1),
        ("UPDATE entry SET incident = NULL WHERE seq = 3", "hash", 3),
        ("UPDATE entry SET kind = 'order' WHERE seq = 3", "hash", 3),
        ("UPDATE entry SET time_ns = time_ns + 1 WHERE seq = 4", "hash", 4),
        ("UPDATE entry SET counter = counter + 1 WHERE seq = 4", "hash", 4),
        ("UPDATE entry SET salt = X'00112233445566778899AABBCCDDEEFF' WHERE seq = 4", "hash", 4),
        ("UPDATE entry SET salt = X'00' WHERE seq = 4", "hash", 4),
        ("UPDATE entry SET counter = -1 WHERE seq = 2", "form", 2),
        ("UPDATE entry SET hash = zeroblob(32) WHERE seq = 2", "hash", 2),
        ("UPDATE entry SET previous = zeroblob(32) WHERE seq = 2", "chain", 2),
        ("UPDATE entry SET previous = zeroblob(32) WHERE seq = 3", "chain", 3),
        ("DELETE FROM entry WHERE seq = 5", "order", 5),
        ("DELETE FROM entry WHERE seq = 6", "order", 6),
        ("UPDATE entry SET seq = 7 WHERE seq = 6", "order", 6),
        ("DELETE FROM entry_group WHERE first = 3", "order", 4),
        ("DELETE FROM entry_group WHERE first = 4", "signature", 4),
        ("UPDATE entry_group SET last = 5 WHERE first = 4", "hash", None),
        ("UPDATE entry_group SET last = 99999999 WHERE first = 4", "order", 4),
        ("UPDATE entry_group SET first = 2 WHERE first = 3", "order", 2),
        ("UPDATE entry_group SET signature = zeroblob(64) WHERE first = 1", "signature", 2),
        ("UPDATE entry_group SET signature = zeroblob(64) WHERE first = 4", "signature", 6),
        ("UPDATE entry_group SET signature = zeroblob(63) WHERE first = 1", "signature", 2),
        ("UPDATE entry_group SET key = zeroblob(32) WHERE first = 3", "signature", 3),
        ("UPDATE entry_group SET key = zeroblob(31) WHERE first = 3", "form", None),
        ("UPDATE node SET name = 'tower'", "hash", 1),
        ("INSERT INTO entry_group SELECT 9, first, last, key, signature FROM entry_group", "form", None),
    ],
)  # fmt: skip
def test_every_change_is_found_and_named(tmp_path, change, what, seq, quick):
    filled(tmp_path, SIX)
    forge(tmp_path, change)
    fault = fault_of(tmp_path, quick=quick)
    if seq is None:
        assert fault.what in {what, "signature", "order", "form"}
    else:
        assert (fault.what, fault.seq) == (what, seq)


@pytest.fixture
def halved(monkeypatch):
    """Ledgers of three entries are long enough for a helper."""
    monkeypatch.setattr(halves, "LEAST", 3)


def test_two_processes_prove_what_one_proves(tmp_path, halved):
    filled(tmp_path, SIX)
    terms = Terms(known=known(tmp_path))
    for each in (terms, Terms(known=known(tmp_path), quick=True), Terms()):
        assert verify(tmp_path, each, helper=True) == verify(tmp_path, each)


@pytest.mark.parametrize(
    ("change", "what", "seq"),
    [
        ("UPDATE entry SET author = 'eve' WHERE seq = 1", "hash", 1),
        ("UPDATE entry SET author = 'eve' WHERE seq = 3", "hash", 3),
        ("UPDATE entry SET author = 'eve' WHERE seq > 2", "hash", 3),
        ("UPDATE entry SET previous = zeroblob(32) WHERE seq = 4", "chain", 4),
        ("UPDATE entry_group SET signature = zeroblob(64) WHERE first = 3", "signature", 3),
        ("UPDATE entry SET seq = -5 WHERE seq = 1", "order", 1),
        ("DELETE FROM entry_group WHERE first = 3", "order", 3),
    ],
)
def test_two_processes_name_the_same_fault(tmp_path, halved, change, what, seq):
    """Before, in and after the group where the halves meet, which is that of seq 3."""
    filled(tmp_path, SIX)
    forge(tmp_path, change)
    fault = verify(tmp_path, Terms(known=known(tmp_path)), helper=True).fault
    one = fault_of(tmp_path)
    assert (fault.what, fault.seq) == (one.what, one.seq)
    if what != "order":
        assert (fault.what, fault.seq) == (what, seq)


def test_without_its_helper_one_process_proves_all(tmp_path, halved, monkeypatch):
    filled(tmp_path, SIX)
    terms = Terms(known=known(tmp_path))
    monkeypatch.setattr(sys, "executable", "/bin/false")
    assert verify(tmp_path, terms, helper=True) == verify(tmp_path, terms)


def rewritten(folder, seq, author):
    """A history changed from `seq` on, every hash right again: what can be done without the key."""
    with Reader(folder) as reader:
        entries = list(reader.entries())
    db = sqlite3.connect(Path(folder) / head.LEDGER_FILE)
    rows = db.execute("SELECT first, last, key, signature FROM entry_group ORDER BY first").fetchall()
    db.close()
    change = "UPDATE entry SET author = ?, previous = ?, hash = ? WHERE seq = ?"
    statements, groups, ahead = [], [], bytes(32)
    by_seq = {e.seq: e for e in entries}
    for first, last, key, signature in rows:
        for at in range(first, last + 1):
            old = by_seq[at]
            parts = (old.kind, author if at == seq else old.author, old.body, old.incident)
            new = chain.chained(chain.Draft(*parts), "airport", at, old.stamp, old.salt, ahead)
            ahead = new.hash
            statements.append((change, (new.author, new.previous, ahead, at)))
        groups.append(Group("airport", first, last, key, ahead, signature))
        ahead = chain.link_of(groups[-1])
    return statements


@pytest.mark.parametrize("quick", [False, True])
def test_a_history_rewritten_with_right_hashes_fails_by_its_signatures(tmp_path, quick):
    filled(tmp_path, SIX)
    forge(tmp_path, *rewritten(tmp_path, 3, "eve"))
    (tmp_path / head.HEAD_FILE).unlink()
    fault = fault_of(tmp_path, quick=quick)
    assert (fault.what, fault.seq) == ("signature", 3)


def test_a_history_that_another_key_signed_is_of_an_unknown_key(tmp_path):
    filled(tmp_path / "ours")
    with open_ledger(tmp_path / "theirs", seed=99) as ledger:
        ledger.append([note("forged")])
    fault = fault_of(tmp_path / "theirs", keys_of=tmp_path / "ours")
    assert fault.what == "unknown-key"
    theirs = known(tmp_path / "theirs")["airport"]
    assert verify(tmp_path / "theirs", Terms(vouched=theirs)).fault is None


# Cut ends


@pytest.fixture
def cut(tmp_path):
    """A ledger whose last group was cut away, and the head that a partner was told before."""
    folder = filled(tmp_path / "l", SIX)
    told = head.read_head(folder / head.HEAD_FILE)
    forge(folder, "DELETE FROM entry WHERE seq > 3", "DELETE FROM entry_group WHERE first > 3")
    return folder, told


def test_a_cut_shows_by_the_head_beside_it(cut):
    fault = fault_of(cut[0])
    assert (fault.what, fault.node, fault.seq) == ("truncated", "airport", 4)


def test_a_cut_with_its_head_is_a_shorter_chain_until_a_later_head_is_told(cut):
    folder, told = cut
    (folder / head.HEAD_FILE).unlink()
    verdict = verify(folder, Terms(known=known(folder)))
    assert verdict.fault is None
    assert verdict.nodes[0].last == 3
    assert any("--head" in line for line in verdict.notes)
    assert fault_of(folder, heads=(told,)).what == "truncated"


def test_a_head_of_another_history_is_a_fork(tmp_path):
    filled(tmp_path / "a", SIX)
    filled(tmp_path / "b", ((2, None), (1, "flood"), (3, "fire")))
    told = head.read_head(tmp_path / "b" / head.HEAD_FILE)
    fault = fault_of(tmp_path / "a", heads=(told,))
    assert (fault.what, fault.seq) == ("fork", 6)


# Bits


def flip(path, bit):
    content = bytearray(path.read_bytes())
    content[bit // 8] ^= 1 << bit % 8
    path.write_bytes(content)


def test_every_single_bit_of_an_export_counts(tmp_path):
    """All of them, one after the other, in every kind of item."""
    with open_ledger(tmp_path) as ledger:
        ledger.append([note("a", "fire"), note("b")])
    with Reader(tmp_path) as reader:
        assert reader.export(tmp_path / "e.vdtl", incident="fire") == 1
    content = (tmp_path / "e.vdtl").read_bytes()
    trusted = known(tmp_path)
    whole = verify(tmp_path / "e.vdtl", Terms(known=trusted))
    assert (whole.fault, whole.nodes[0].entries, whole.nodes[0].withheld) == (None, 1, 1)
    missed = []
    for bit in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        if Judge(Terms(known=trusted), lambda _: None).prove(sources.of_export(bytes(flipped))) is None:
            missed.append(bit)
    assert missed == []


@pytest.mark.parametrize("name", [head.LEDGER_FILE, head.HEAD_FILE, head.SUM_FILE])
def test_a_bit_of_a_closed_ledger_is_noticed(tmp_path, name):
    filled(tmp_path / "l", SIX)
    trusted = known(tmp_path / "l")
    rng = random.Random(name)
    size = (tmp_path / "l" / name).stat().st_size
    whats = set()
    for n in range(40):
        shutil.copytree(tmp_path / "l", tmp_path / f"f{n}")
        flip(tmp_path / f"f{n}" / name, rng.randrange(8 * size))
        fault = verify(tmp_path / f"f{n}", Terms(known=trusted)).fault
        assert fault is not None
        whats.add(fault.what)
    if name == head.LEDGER_FILE:
        assert len(whats) > 1  # not the sum alone


def test_an_index_that_hides_an_entry_is_found_even_with_a_right_sum(tmp_path):
    filled(tmp_path, SIX)
    path = tmp_path / head.LEDGER_FILE
    content = path.read_bytes()
    places = [i for i in range(len(content)) if content.startswith(b"fire", i)]
    flip(path, 8 * places[-1])  # "fire" stands in entry and in the index of incidents, which comes after
    head.write_sum(path)
    fault = fault_of(tmp_path)
    assert fault.what in {"index", "hash"}


def test_a_file_cut_short_anywhere_is_noticed(tmp_path):
    filled(tmp_path)
    with Reader(tmp_path) as reader:
        reader.export(tmp_path / "e.vdtl")
    for path in (tmp_path / "e.vdtl", tmp_path / head.LEDGER_FILE):
        content = path.read_bytes()
        for size in range(0, len(content), len(content) // 13):
            path.write_bytes(content[:size])
            assert fault_of(path).what in {"form", "signature", "index", "file"}
        path.write_bytes(content + b"x")
        assert fault_of(path) is not None
        path.write_bytes(content)


def test_an_export_whose_sum_alone_is_right_is_still_not_proved(tmp_path):
    """The sum guards against accidents, the signatures against people."""
    filled(tmp_path)
    with Reader(tmp_path) as reader:
        reader.export(tmp_path / "e.vdtl")
    content = (tmp_path / "e.vdtl").read_bytes().replace(b"anna", b"evil", 1)
    body = content[: -(export.ITEM.size + 32)]
    (tmp_path / "e.vdtl").write_bytes(body + export.ITEM.pack(export.END, 32) + sha256(body).digest())
    fault = fault_of(tmp_path / "e.vdtl")
    assert (fault.what, fault.node, fault.seq) == ("hash", "airport", 1)


def test_what_is_no_file_is_an_error_and_not_a_fault(tmp_path):
    with pytest.raises(LedgerError, match="no such file"):
        verify(tmp_path / "none", Terms())
    (tmp_path / "letter.txt").write_text("hello, this is no ledger\n")
    assert verify(tmp_path / "letter.txt", Terms()).fault.what == "form"


# The command


def vedette(*arguments):
    """One command in this process: exit code and what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main([str(argument) for argument in arguments])
    return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def test_the_command_proves_and_says_so(tmp_path):
    filled(tmp_path)
    done = vedette("verify", tmp_path)
    assert done.returncode == 0, done.stderr
    assert "airport: 6 entries in 3 groups, seq 1 to 6" in done.stdout
    assert done.stdout.splitlines()[-1].startswith("proved: the ledger")


def test_the_command_names_the_first_fault_and_fails(tmp_path):
    filled(tmp_path)
    forge(tmp_path, "UPDATE entry SET author = 'eve' WHERE seq = 5")
    done = vedette("verify", tmp_path / head.LEDGER_FILE, "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["proved"] is False
    assert (told["fault"]["what"], told["fault"]["node"], told["fault"]["seq"]) == ("hash", "airport", 5)
    assert told["nodes"][0]["last"] == 3  # up to there it is proved


def test_the_command_takes_keys_and_heads(tmp_path):
    filled(tmp_path)
    with Reader(tmp_path) as reader:
        reader.export(tmp_path / "e.vdtl", last=2)
    (tmp_path / "there").mkdir()
    away = shutil.copy(tmp_path / "e.vdtl", tmp_path / "there")
    assert "unknown-key" in vedette("verify", away).stdout
    key = keys.spell_key(keys.load_or_make_key(tmp_path, random_bytes(0)).public)
    assert vedette("verify", away, "--key", key).returncode == 0
    assert vedette("verify", away, "--keys", tmp_path / "nodes.keys").returncode == 0
    assert "truncated" in vedette("verify", away, "--key", key, "--head", tmp_path / "ledger.head").stdout
    for wrong in (["--key", "12"], ["--head", tmp_path / "no"], ["--keys", tmp_path / "no"]):
        done = vedette("verify", away, *wrong)
        assert done.returncode == 2
        assert len(done.stderr.splitlines()) == 1


def test_the_commands_enter_show_give_away_and_take_over(tmp_path):
    airport, tower = tmp_path / "airport", tmp_path / "tower"
    noted = ["--author", "anna", "--incident", "i-7"]
    assert vedette("ledger", "note", airport, "Runway closed", *noted, "--node", "airport").returncode == 0
    assert vedette("ledger", "note", airport, "Two lights", *noted).returncode == 0
    shown = vedette("ledger", "show", airport, "--incident", "i-7", "--json")
    assert [entry["body"]["text"] for entry in json.loads(shown.stdout)] == ["Runway closed", "Two lights"]
    part = tmp_path / "a.vdtl"
    assert vedette("ledger", "export", airport, "--out", part, "--first", 2).returncode == 0
    done = vedette(
        "ledger", "take", tower, part, "--node", "tower", "--keys", airport / "nodes.keys", "--json"
    )
    assert json.loads(done.stdout) == {"entries": 1, "withheld": 0, "known": 0}
    assert "airport 2 [i-7] note by anna" in vedette("ledger", "show", tower).stdout
    for wrong in (
        ["ledger", "note", tmp_path / "new", "x", "--author", "a"],
        ["ledger", "show", tmp_path / "no"],
    ):
        done = vedette(*wrong)
        assert done.returncode in (1, 2)
        assert len(done.stderr.splitlines()) == 1


def test_the_commands_enter_events_and_tell_incidents_with_their_checklists(tmp_path):
    record, procedures = tmp_path / "r", tmp_path / "p.toml"
    procedures.write_text(
        "[[procedure]]\nname = 'any'\ntitle = 'All'\n"
        "step = [{name = 'log', what = 'Write it down', owner = 'anna', due_s = 60}]\n"
    )
    about = ["--author", "anna", "--incident", "i-7"]
    opened = ["incident-opened", '{"title": "Drone", "what": "zone-entry"}']
    assert vedette("ledger", "enter", record, *opened, *about, "--node", "n").returncode == 0
    assert vedette("ledger", "enter", record, "incident-closed", '{"outcome": "x"}', *about).returncode == 0
    task = '{"task": "any/log", "what": "Write it down", "owner": "anna"}'
    assert vedette("ledger", "enter", record, "task-set", task, *about).returncode == 0
    done = vedette("ledger", "incidents", record, "--incident", "i-7", "--procedures", procedures)
    assert "i-7: open, Drone; in charge anna, 3 entries of n, 1 marked" in done.stdout
    assert "!! expected incident-closed to follow on assessed or responding, got it after open" in done.stdout
    assert "any: [open] Write it down (anna, due" in done.stdout
    (told,) = json.loads(vedette("ledger", "incidents", record, "--json").stdout)
    assert (told["id"], told["state"], len(told["record"])) == ("i-7", "open", 3)
    for wrong in ("{}", "no", '{"title": 5, "what": "x"}'):
        assert vedette("ledger", "enter", record, "incident-opened", wrong, *about).returncode in (1, 2)
    assert verify(record, Terms(known=known(record))).entries == 3


def test_whatever_stands_in_a_ledgers_file_it_is_judged_and_nothing_else_happens(tmp_path):
    """Pages swapped, zeroed, filled with noise: a fault each time, never a crash."""
    filled(tmp_path / "l", SIX)
    content = (tmp_path / "l" / head.LEDGER_FILE).read_bytes()
    rng = random.Random(5)
    trusted = known(tmp_path / "l")
    page = 4096
    for n in range(30):
        wrong = bytearray(content)
        at, other = (page * rng.randrange(len(content) // page) for _ in range(2))
        size = rng.choice([8, 100, page])
        start = at + rng.randrange(page - size + 1)
        wrong[start : start + size] = rng.choice(
            [bytes(size), rng.randbytes(size), b"\xff" * size, content[other : other + size]]
        )
        folder = tmp_path / str(n)
        shutil.copytree(tmp_path / "l", folder)
        (folder / head.LEDGER_FILE).write_bytes(wrong)
        if n % 2:
            (folder / head.SUM_FILE).unlink()
        fault = verify(folder, Terms(known=trusted)).fault
        assert fault is not None or bytes(wrong) == content or n % 2


def test_damage_that_sqlite_quotes_in_bytes_that_are_no_text_is_a_fault(tmp_path):
    """Its message for a schema that it cannot read has the schema's bytes in it."""
    filled(tmp_path)
    path = tmp_path / head.LEDGER_FILE
    content = path.read_bytes()
    path.write_bytes(content.replace(b"entry_kind ON", b"entry_kind \xe5N"))
    assert path.read_bytes() != content
    assert fault_of(tmp_path).what == "form"
    for opening in (open_ledger, Reader):
        with pytest.raises(LedgerError):
            opening(tmp_path)
