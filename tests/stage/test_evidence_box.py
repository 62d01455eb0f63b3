"""An archive that can be written in one way only, and a stretch of a journal."""

import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.app.evidence.box import members, open_box, write_box
from vedette.app.evidence.cut import HELLO, cut
from vedette.core.errors import StorageError
from vedette.feed.journal import Feed, JournalWriter, read_journal

names = st.lists(st.sampled_from(["a", "b.csv", "c/d", "c/é.json", "z"]), unique=True, min_size=1)


def filled(folder, content):
    for name, data in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


@given(names=names, data=st.data())
def test_what_goes_in_comes_out_and_any_tool_reads_it(tmp_path_factory, names, data):
    tmp_path = tmp_path_factory.mktemp("box")
    content = {name: data.draw(st.binary(max_size=40)) for name in names}
    write_box(tmp_path / "x.zip", filled(tmp_path / "in", content))
    open_box(tmp_path / "x.zip", tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in members(tmp_path / "out")} == content
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == content


def test_every_flipped_bit_is_found(tmp_path):
    write_box(tmp_path / "x.zip", filled(tmp_path / "in", {"a": b"hello", "b/c": b"", "d": bytes(9)}))
    whole = (tmp_path / "x.zip").read_bytes()
    for bit in range(8 * len(whole)):
        other = bytearray(whole)
        other[bit // 8] ^= 1 << bit % 8
        path = tmp_path / "y.zip"
        path.write_bytes(other)
        with pytest.raises(StorageError, match=r"y\.zip"):
            open_box(path, tmp_path / f"out{bit}")


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"\0", lambda b: b"", lambda b: b[100:]])
def test_what_was_cut_off_or_added_is_found(tmp_path, change):
    write_box(tmp_path / "x.zip", filled(tmp_path / "in", {"a": bytes(200)}))
    whole = (tmp_path / "x.zip").read_bytes()
    (tmp_path / "x.zip").write_bytes(change(whole))
    with pytest.raises(StorageError):
        open_box(tmp_path / "x.zip", tmp_path / "out")


@pytest.mark.parametrize("name", ["../a", "/a", "c/../../a", "c//d", "./a", "c\\d"])
def test_nothing_is_written_outside_of_the_folder(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(name, "evil")
    with pytest.raises(StorageError, match="plain names"):
        open_box(tmp_path / "x.zip", tmp_path / "out")
    assert not list(tmp_path.glob("**/a"))


def test_a_bomb_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", bytes(10**7))
    with pytest.raises(StorageError, match="stored as it is"):
        open_box(tmp_path / "x.zip", tmp_path / "out")


# A stretch of a journal


def journal(folder, frames):
    with JournalWriter(folder) as writer:
        for kind, feed, connection, heard_ns, data in frames:
            writer.declare(Feed(feed, "sapient", {"site": [1.0, 2.0]}))
            if kind == "open":
                writer.opened(feed, connection, heard_ns, "peer")
            elif kind == "close":
                writer.closed(feed, connection, heard_ns)
            else:
                writer.write(feed, connection, heard_ns, data)
    return folder


def test_a_stretch_has_its_frames_and_how_its_peers_introduced_themselves(tmp_path):
    frames = [("open", "f", 1, 5, b""), ("open", "f", 2, 6, b"")]
    frames += [("data", "f", connection, 10 + k, b"%d" % k) for k in range(30) for connection in (1, 2)]
    frames += [("close", "f", 2, 45, b""), ("data", "g", 0, 50, b"before"), ("data", "f", 1, 100, b"in")]
    frames += [("data", "f", 1, 199, b"in too"), ("data", "f", 1, 200, b"after")]
    taken = cut(journal(tmp_path / "j", frames), tmp_path / "out", 100, 200)
    assert (taken.frames, taken.hello, taken.damaged) == (2, 1 + HELLO - 1 + 1, 0)
    out = list(read_journal(tmp_path / "out"))
    assert [(f.kind, f.feed, f.connection, f.data) for f in out] == [
        ("open", "f", 1, b"peer"),
        *[("data", "f", 1, b"%d" % k) for k in range(HELLO - 1)],
        ("data", "g", 0, b"before"),
        ("data", "f", 1, b"in"),
        ("data", "f", 1, b"in too"),
    ]
    assert {f.format for f in out} == {"sapient"}
    assert out[0].options == {"site": [1.0, 2.0]}
    assert [f.heard_ns for f in out[-3:]] == [50, 100, 199]


def test_a_stretch_without_frames_is_refused(tmp_path):
    source = journal(tmp_path / "j", [("data", "f", 1, 10, b"x")])
    with pytest.raises(StorageError, match="expected frames in the time"):
        cut(source, tmp_path / "out", 100, 200)
