"""The raw journal: what was written comes back, whatever happens to the file."""

import os
import signal
import struct
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.core.errors import StorageError
from vedette.feed.journal import (
    FILE_HEADER,
    RECORD,
    Damage,
    Feed,
    JournalWriter,
    journal_files,
    read_journal,
)

RADAR = Feed("radar", "asterix", {"category": [48, 34]})
DRONES = Feed("drones", "remoteid")
T0 = 1_700_000_000_000_000_000


def write(path, count=100, **options):
    with JournalWriter(path, **options) as journal:
        journal.declare(RADAR)
        journal.declare(DRONES)
        for n in range(count):
            journal.write("radar" if n % 3 else "drones", n % 5, T0 + n, b"frame %d" % n)
    return journal


def read(path):
    damage = []
    return list(read_journal(path, damage.append)), damage


def test_frames_come_back_with_their_feed(tmp_path):
    write(tmp_path)
    frames, damage = read(tmp_path)
    assert not damage
    assert [f.data for f in frames] == [b"frame %d" % n for n in range(100)]
    assert [f.heard_ns for f in frames] == [T0 + n for n in range(100)]
    assert [f.connection for f in frames] == [n % 5 for n in range(100)]
    assert {(f.feed, f.format, f.kind) for f in frames} == {
        ("radar", "asterix", "data"),
        ("drones", "remoteid", "data"),
    }
    assert frames[1].options == {"category": [48, 34]}


def test_peers_come_and_go(tmp_path):
    with JournalWriter(tmp_path) as journal:
        journal.declare(RADAR)
        journal.opened("radar", 3, T0, "tcp 10.0.0.1:4000")
        journal.write("radar", 3, T0 + 1, b"")
        journal.closed("radar", 3, T0 + 2)
    frames, _ = read(tmp_path)
    assert [(f.kind, f.data) for f in frames] == [
        ("open", b"tcp 10.0.0.1:4000"),
        ("data", b""),
        ("close", b""),
    ]


@given(st.lists(st.tuples(st.integers(0, 2**62), st.binary(max_size=50)), max_size=30))
@settings(deadline=None, max_examples=40)
def test_anything_comes_back_and_time_never_goes_back(tmp_path_factory, sent):
    path = tmp_path_factory.mktemp("journal")
    with JournalWriter(path) as journal:
        journal.declare(RADAR)
        for heard_ns, data in sent:
            journal.write("radar", 1, heard_ns, data)
    frames, damage = read(path)
    assert not damage
    assert [f.data for f in frames] == [data for _, data in sent]
    times = [f.heard_ns for f in frames]
    assert times == sorted(times)
    assert not times or times[0] == sent[0][0]


def test_a_full_file_is_followed_by_another_and_each_is_readable_alone(tmp_path):
    write(tmp_path, 200, rotate_bytes=2000)
    files = journal_files(tmp_path)
    assert len(files) > 3
    assert [f.data for f in read(tmp_path)[0]] == [b"frame %d" % n for n in range(200)]
    last, damage = read(files[-1])
    assert not damage
    assert last[-1].data == b"frame 199"


def test_a_second_run_adds_to_the_folder_even_if_the_clock_was_set_back(tmp_path):
    write(tmp_path, 3)
    with JournalWriter(tmp_path) as journal:
        journal.declare(RADAR)
        journal.write("radar", 1, T0 - 10**12, b"later")
    frames, _ = read(tmp_path)
    assert len(journal_files(tmp_path)) == 2
    assert [f.data for f in frames][-2:] == [b"frame 2", b"later"]
    assert frames[-1].heard_ns == frames[-2].heard_ns == T0 + 2


def test_a_changed_feed_is_declared_anew(tmp_path):
    with JournalWriter(tmp_path) as journal:
        journal.declare(RADAR)
        journal.write("radar", 1, T0, b"a")
        journal.declare(Feed("radar", "asterix", {"category": [62]}))
        journal.write("radar", 1, T0, b"b")
    frames, _ = read(tmp_path)
    assert [f.options["category"] for f in frames] == [[48, 34], [62]]


def test_a_file_cut_anywhere_keeps_what_was_whole(tmp_path):
    write(tmp_path, 20)
    (path,) = journal_files(tmp_path)
    content = path.read_bytes()
    whole = len(read(path)[0])
    counts = []
    for size in range(FILE_HEADER.size, len(content)):
        path.write_bytes(content[:size])
        frames, damage = read(path)
        assert [f.data for f in frames] == [b"frame %d" % n for n in range(len(frames))]
        assert all(d.tail for d in damage)
        assert sum(d.skipped_bytes for d in damage) + FILE_HEADER.size <= size
        counts.append(len(frames))
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, whole - 1)


def test_a_flipped_bit_costs_one_record(tmp_path):
    write(tmp_path, 20)
    (path,) = journal_files(tmp_path)
    content = path.read_bytes()
    before = content.index(b"frame 7") - RECORD.size
    after = content.index(b"frame 7") + len(b"frame 7")
    for place in range(before, after):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x40]) + content[place + 1 :])
        frames, damage = read(path)
        assert [f.data for f in frames] == [b"frame %d" % n for n in range(20) if n != 7]
        assert damage == [Damage(str(path), before, after - before, tail=False)]


def test_a_lost_feed_record_costs_the_frames_of_that_feed_only(tmp_path):
    write(tmp_path, 6)
    (path,) = journal_files(tmp_path)
    content = bytearray(path.read_bytes())
    content[content.index(b'"drones"') + 2] ^= 1
    path.write_bytes(content)
    frames, damage = read(path)
    assert {f.feed for f in frames} == {"radar"}
    assert len(damage) == 3  # its feed record and its two frames


def test_a_payload_that_looks_like_a_record_does_not_fool_the_reader(tmp_path):
    with JournalWriter(tmp_path) as journal:
        journal.declare(RADAR)
        journal.write("radar", 1, T0, b"x")
        inner = journal_files(tmp_path)[0]
        journal.flush()
        journal.write("radar", 1, T0, inner.read_bytes())
        journal.write("radar", 1, T0, b"\xa9VJ\n" * 50)
        journal.write("radar", 1, T0, b"end")
    frames, damage = read(tmp_path)
    assert not damage
    assert len(frames) == 4
    assert frames[-1].data == b"end"


def test_what_cannot_be_used_is_said_in_one_line(tmp_path):
    with pytest.raises(
        StorageError, match=r"expected a folder with journal-\*\.vdj files, got .*it has none"
    ):
        list(read_journal(tmp_path))
    with pytest.raises(StorageError, match="No such file"):
        list(read_journal(tmp_path / "nothing"))
    other = tmp_path / "other.vdj"
    other.write_bytes(b"PK\x03\x04 not a journal")
    with pytest.raises(StorageError, match="expected a journal file"):
        list(read_journal(other))
    newer = tmp_path / "newer.vdj"
    newer.write_bytes(struct.pack("<4sHH", b"VDTJ", 2, 0))
    with pytest.raises(StorageError, match="version 1"):
        list(read_journal(newer))
    with (
        JournalWriter(tmp_path / "j") as journal,
        pytest.raises(StorageError, match=r"declared feed \(none\)"),
    ):
        journal.write("radar", 1, T0, b"")
    with pytest.raises(StorageError, match="closed"):
        journal.write("radar", 1, T0, b"")
    with pytest.raises(StorageError, match="expected a folder for the journal"):
        JournalWriter(other)


def test_an_empty_journal_is_no_damage(tmp_path):
    JournalWriter(tmp_path).close()
    assert read(tmp_path) == ([], [])


def test_a_full_disk_is_said_and_what_is_written_after_it_is_kept(tmp_path):
    journal = JournalWriter(tmp_path)
    journal.declare(RADAR)
    journal.flush()
    journal.write("radar", 1, T0, b"lost")
    file = os.dup(journal._descriptor)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, journal._descriptor)
    with pytest.raises(StorageError, match="No space left"):
        journal.flush()
    os.dup2(file, journal._descriptor)
    journal.write("radar", 1, T0, b"kept")
    journal.close()
    os.close(file)
    os.close(full)
    assert [f.data for f in read(tmp_path)[0]] == [b"kept"]


CHILD = """
import sys, itertools
from vedette.feed.journal import Feed, JournalWriter
journal = JournalWriter(sys.argv[1])
journal.declare(Feed("radar", "asterix"))
for n in itertools.count():
    journal.write("radar", 1, n, b"%08d" % n + bytes(100))
    if n % 10_000 == 9_999:
        journal.flush()
        print(n, flush=True)
"""


def test_kill_9_in_mid_write_keeps_all_that_was_flushed(tmp_path):
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    flushed = [int(child.stdout.readline()) for _ in range(4)][-1]
    time.sleep(0.02)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(10)
    child.stdout.close()
    frames, damage = read(tmp_path)
    assert len(frames) > flushed
    assert [int(f.data[:8]) for f in frames] == list(range(len(frames)))
    assert all(d.tail for d in damage)


def test_it_keeps_up_with_a_busy_node(tmp_path):
    data = bytes(100)
    with JournalWriter(tmp_path) as journal:
        journal.declare(RADAR)
        begin = time.perf_counter()
        for n in range(100_000):
            journal.write("radar", 1, n, data)
        journal.flush()
        took_s = time.perf_counter() - begin
    assert took_s < 2  # 50,000 frames/s; a free core does several times that
    assert sum(1 for _ in read_journal(tmp_path)) == 100_000
