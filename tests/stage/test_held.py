"""What a file of authorisations said when: each content once, and no more than the recording needs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.app.authorisations import Held
from vedette.app.config import NodeConfig
from vedette.app.held import Notes, files_of, recorded_from_ns
from vedette.feed.journal import Feed, JournalWriter

TEXT = '[[authorisation]]\nserial = "{}"\n'


def content(serial):
    return TEXT.format(serial).encode()


def noted(folder, changes):
    notes = Notes(folder)
    for from_ns, serial in changes:
        notes.note(content(serial), from_ns)
    return notes


def names(folder, tick_ns):
    """Who has leave at a tick, as a replay that begins there has it."""
    held = Held(NodeConfig(authorisations="leaves.toml"), folder, [])
    found = held.changed(tick_ns) or held.first
    return [one.serial for one in found.authorised]


def test_a_content_that_comes_back_is_kept_once(tmp_path):
    noted(tmp_path, [(i * 100, "ab"[i % 2]) for i in range(40)])
    again = Notes(tmp_path)
    assert len(again) == 40
    assert len(files_of(tmp_path)) == 3
    assert again.words() == "40 changes kept for replays, 2 contents of 0 kB"
    assert [names(tmp_path, tick) for tick in (50, 150, 250)] == [["a"], ["b"], ["a"]]


def test_what_held_before_the_recording_is_let_go_but_for_the_newest(tmp_path):
    notes = noted(tmp_path, [(100, "a"), (200, "b"), (300, "c"), (400, "a")])
    assert notes.let_go(100) == 0, "the newest of before is needed; here there is none"
    assert notes.let_go(301) == 2
    assert notes.let_go(301) == 0
    assert [from_ns for from_ns, _ in Notes(tmp_path).all()] == [300, 400]
    assert len(files_of(tmp_path)) == 3, "b is needed by nobody, a by the newest"
    assert [names(tmp_path, tick) for tick in (301, 400, 401)] == [["c"], ["c"], ["a"]]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(1, 60), st.sampled_from("abc")), max_size=12), st.integers(0, 60))
def test_a_replay_of_what_is_kept_is_the_same_without_what_was_let_go(tmp_path_factory, changes, begins_ns):
    folder = tmp_path_factory.mktemp("held")
    (folder / "leaves.toml").write_text("")
    notes = noted(folder, sorted(changes))
    before = [names(folder, tick) for tick in range(begins_ns + 1, 62)]
    notes.let_go(begins_ns + 1)
    assert [names(folder, tick) for tick in range(begins_ns + 1, 62)] == before


def test_notes_of_before_are_read_and_let_go_too(tmp_path):
    (tmp_path / "held").mkdir()
    for from_ns, serial in ((100, "a"), (200, "b")):
        (tmp_path / "held" / f"{from_ns}.toml").write_bytes(content(serial))
    notes = noted(tmp_path, [(250, "b"), (300, "a")])
    assert [from_ns for from_ns, _ in notes.all()] == [100, 200, 300]
    assert notes.let_go(250) == 1
    assert [from_ns for from_ns, _ in Notes(tmp_path).all()] == [200, 300]
    assert names(tmp_path, 250) == ["b"]


def test_a_line_that_was_cut_costs_itself_only(tmp_path):
    noted(tmp_path, [(100, "a")])
    with (tmp_path / "held" / "changes").open("ab") as file:
        file.write(b"200 12345")
    noted(tmp_path, [(300, "b")])
    assert [from_ns for from_ns, _ in Notes(tmp_path).all()] == [100, 300]


def test_the_recording_begins_with_its_oldest_frame(tmp_path):
    def begins(*, records=True):
        return recorded_from_ns(tmp_path, records=records, now_ns=999)

    assert begins() is None, "nothing is recorded yet: nothing may be let go"
    assert begins(records=False) == 999
    with JournalWriter(tmp_path / "journal") as journal:
        journal.declare(Feed("radar", "asterix"))
        journal.flush()
        assert begins() is None
        journal.write("radar", 1, 500, b"x")
        journal.write("radar", 1, 600, b"y")
        journal.flush()
        assert begins() == 500
    assert begins(records=False) == 500, "an older recording may still be replayed"


@pytest.mark.parametrize("damage", [b"", b"VDTJ"])
def test_a_journal_that_cannot_be_read_lets_nothing_go(tmp_path, damage):
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "journal-00000.vdj").write_bytes(damage)
    assert recorded_from_ns(tmp_path, records=True, now_ns=999) is None
