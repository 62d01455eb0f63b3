"""Evidence packs: made of a stretch of a recording, proved from the file alone, and any change found."""

import dataclasses
import hashlib
import json
import random
import shutil
import zipfile

import duckdb
import msgspec
import pytest
from said import of_picture

from vedette.app.cli import main
from vedette.app.evidence import manifest as told
from vedette.app.evidence.agree import agree
from vedette.app.evidence.box import open_box, write_box
from vedette.app.evidence.pack import PackOptions, pack
from vedette.app.evidence.prove import prove
from vedette.app.evidence.seal import SIGNATURE, seal
from vedette.app.replay import ReplayOptions, replay
from vedette.app.report.translate import tongue
from vedette.app.report.words import LANGUAGES
from vedette.app.simulate import simulate
from vedette.core.alert import Alert
from vedette.core.canonical import encode
from vedette.core.entry import Draft
from vedette.core.errors import ConfigError, StorageError
from vedette.core.event import AlertRaised, Attached, Opened, draft
from vedette.core.units import NS_PER_S
from vedette.ledger.keys import load_or_make_key, spell_key
from vedette.ledger.writer import Ledger

pytestmark = pytest.mark.slow
MADE_NS = 1_800_000_000 * NS_PER_S


def quiet(line):
    """Nothing is said."""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A recording of 100 s with its picture, and a ledger that speaks of it."""
    folder = tmp_path_factory.mktemp("node")
    simulate("prison", folder, seconds=100.0, seed=3, say=quiet)
    replay(ReplayOptions([folder], folder), quiet)
    with Ledger(folder / "ledger", "prison", lambda: MADE_NS, lambda n: bytes(range(n))) as ledger:
        ledger.append([Draft("note", "watch", encode({"words": "seen from the gate"}))])
    return folder


@pytest.fixture(scope="module")
def packed(recorded, tmp_path_factory):
    """A pack of the last 30 s, derived from 20 s before."""
    out = tmp_path_factory.mktemp("pack") / "e.zip"
    start_ns = json.loads((recorded / "summary.json").read_bytes())["recorded_s"]
    assert start_ns > 95.0
    first_ns = first_heard_ns(recorded)
    options = PackOptions(
        folder=recorded,
        out=out,
        from_ns=first_ns + 65 * NS_PER_S,
        until_ns=first_ns + 95 * NS_PER_S,
        warm_s=20.0,
        about="a drone at the wall",
    )
    return out, pack(options, MADE_NS, quiet)


def test_a_report_has_words_for_every_reason_that_was_recorded(recorded):
    given = of_picture(recorded / "picture.duckdb")
    assert len(given) > 100
    for language in LANGUAGES:
        assert [one for one in given if tongue(language).translated(one) is None] == []


def first_heard_ns(folder):
    from vedette.feed.journal import read_journal

    return next(iter(read_journal(folder / "journal"))).heard_ns


def test_a_pack_says_what_it_is_and_is_proved_from_the_file_alone(packed, tmp_path):
    path, manifest = packed
    alone = tmp_path / "elsewhere.zip"
    shutil.copyfile(path, alone)
    proof = prove(alone, quiet)
    assert proof.fault is None
    assert proof.same
    assert proof.holds
    assert proof.entries == 1
    assert proof.manifest == manifest
    assert manifest.journal.hello > 0, "SAPIENT sensors registered long before"
    assert manifest.derived.observations > 300
    assert manifest.about == "a drone at the wall"
    with zipfile.ZipFile(path) as archive:
        names = set(archive.namelist())
    assert {"README.txt", "node.toml", "derived/tracks.csv", "shown/alerts.json", "ledger.vdtl"} <= names
    assert not any("key" in name for name in names)


def test_what_people_saw_is_derived_from_the_frames_of_the_pack_too(packed):
    shown = packed[1].shown
    seconds = sum(pair.seconds for pair in shown.tracks)
    assert seconds > 50
    assert sum(pair.share * pair.seconds for pair in shown.tracks) > 0.8 * seconds


def test_the_same_stretch_makes_the_same_pack(recorded, packed, tmp_path):
    window = packed[1].window
    options = PackOptions(
        folder=recorded, out=tmp_path / "again.zip", from_ns=window.from_ns, until_ns=window.until_ns,
        warm_s=20.0, about="a drone at the wall",
    )  # fmt: skip
    pack(options, MADE_NS, quiet)
    assert (tmp_path / "again.zip").read_bytes() == packed[0].read_bytes()


def test_flipped_bits_are_found_wherever_they_are(packed, tmp_path):
    whole = packed[0].read_bytes()
    rng = random.Random(5)
    for _ in range(60):
        bit = rng.randrange(8 * len(whole))
        other = bytearray(whole)
        other[bit // 8] ^= 1 << bit % 8
        (tmp_path / "x.zip").write_bytes(other)
        assert prove(tmp_path / "x.zip", quiet, again=False).fault is not None, f"bit {bit}"


def changed(path, out, change):
    """The pack unpacked, changed, and packed again as whoever made it would."""
    content = out.with_suffix("")
    open_box(path, content)
    change(content)
    write_box(out, content)
    return prove(out, quiet, again=False)


def test_a_file_that_was_exchanged_put_in_or_taken_out_is_named(packed, tmp_path):
    def exchange(content):
        (content / "derived" / "alerts.json").write_text("[]\n")

    assert "derived/alerts.json is not what" in changed(packed[0], tmp_path / "a.zip", exchange).fault
    put_in = changed(packed[0], tmp_path / "b.zip", lambda c: (c / "more.txt").write_text("x"))
    assert "['more.txt']" in put_in.fault
    taken = changed(packed[0], tmp_path / "c.zip", lambda c: (c / "node.toml").unlink())
    assert "['node.toml']" in taken.fault


def test_who_signs_anew_is_another(packed, tmp_path):
    (tmp_path / "keys").mkdir()
    forger = load_or_make_key(tmp_path / "keys", lambda n: bytes(n))

    def forge(content):
        (content / "derived" / "alerts.json").write_text("[]\n")
        manifest = told.read(content, "x")
        mended = [told.member_of(content, member.name) for member in manifest.members]
        text = told.encode(msgspec.structs.replace(manifest, members=mended))
        (content / told.NAME).write_bytes(text)
        (content / SIGNATURE).write_text(seal(text, forger))

    true_key = prove(packed[0], quiet, again=False).key
    assert prove(packed[0], quiet, again=False, trusted=[true_key]).known
    # The ledger in it is signed by the node, not by whoever signed the pack.
    assert "ledger.vdtl" in changed(packed[0], tmp_path / "x.zip", forge).fault

    def without_ledger(content):
        (content / "ledger.vdtl").unlink()
        manifest = told.read(content, "x")
        kept = [member for member in manifest.members if member.name != "ledger.vdtl"]
        text = told.encode(msgspec.structs.replace(manifest, members=kept))
        (content / told.NAME).write_bytes(text)
        (content / SIGNATURE).write_text(seal(text, forger))

    forged = changed(packed[0], tmp_path / "y.zip", without_ledger)
    assert forged.fault is None
    assert forged.key == spell_key(forger.public) != true_key
    assert not forged.known


def test_a_manifest_that_was_written_anew_is_not_signed(packed, tmp_path):
    def lie(content):
        text = (content / told.NAME).read_bytes().replace(b"a drone at the wall", b"nothing at the wall")
        (content / told.NAME).write_bytes(text)

    assert "is not of this manifest" in changed(packed[0], tmp_path / "x.zip", lie).fault


def test_other_tracks_are_told_from_rounding(packed, tmp_path):
    open_box(packed[0], tmp_path / "c")
    derived = tmp_path / "c" / "derived"
    assert agree(derived, derived).close
    shutil.copytree(derived, tmp_path / "other")
    lines = (derived / "tracks.csv").read_text().splitlines()
    (tmp_path / "other" / "tracks.csv").write_text("\n".join(lines[: len(lines) // 2]) + "\n")
    assert not agree(derived, tmp_path / "other").close


def test_the_command_line_makes_and_proves(recorded, packed, tmp_path, capsys):
    out = tmp_path / "e.zip"
    assert main(["pack", str(recorded), "--alert", "A9", "--out", str(out)]) == 2
    assert "expected an alert of" in capsys.readouterr().err
    assert main(["verify", str(packed[0])]) == 0
    said = capsys.readouterr().out
    assert "proved: the same tracks and alerts follow, to the byte" in said
    assert "ask whoever made it" in said
    out.write_bytes(packed[0].read_bytes()[:-5])
    assert main(["verify", str(out), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["proved"] is False


def test_what_cannot_be_packed_is_refused(recorded, tmp_path):
    with pytest.raises(ConfigError, match="a new file"):
        pack(PackOptions(recorded, recorded / "node.toml", alert="A1"), MADE_NS, quiet)
    with pytest.raises(ConfigError, match="--from and --until"):
        pack(PackOptions(recorded, tmp_path / "x.zip"), MADE_NS, quiet)
    with pytest.raises(StorageError, match="expected frames in the time"):
        pack(PackOptions(recorded, tmp_path / "x.zip", from_ns=1, until_ns=2), MADE_NS, quiet)


def test_the_nodes_key_is_the_one_that_signs(recorded, packed):
    signer = load_or_make_key(recorded / "ledger", lambda n: bytes(n))
    assert prove(packed[0], quiet, again=False).key == spell_key(signer.public)


def test_an_incident_is_packed_with_its_alerts_entries_and_files(recorded, tmp_path):
    folder = tmp_path / "node"
    shutil.copytree(recorded, folder)
    with duckdb.connect(str(folder / "picture.duckdb"), read_only=True) as picture:
        row = picture.execute(
            "SELECT alert_id, track_id, min(time_ns) FROM alert GROUP BY ALL ORDER BY 3 DESC"
        )
        alert_id, track_id, at_ns = row.fetchone()
    raised = Alert(alert_id, at_ns, track_id, "r", "z", "Z", "actual", "warning", 0.9, None, None)
    content = b"what the gate saw"
    sha256 = hashlib.sha256(content).hexdigest()
    (folder / "attachments").mkdir()
    (folder / "attachments" / sha256).write_bytes(content)
    events = [
        Opened("At the wall", "zone-entry"), AlertRaised(raised),
        Attached("picture", "from the gate", sha256, len(content)),
    ]  # fmt: skip
    out = tmp_path / "e.zip"
    options = PackOptions(folder=folder, out=out, incident="prison-1", before_s=5.0, after_s=5.0, warm_s=10.0)
    with Ledger(folder / "ledger", "prison", lambda: MADE_NS, lambda n: bytes(range(n))) as ledger:
        ledger.append([draft(event, "anna", "prison-1") for event in events])
        # The node still runs: it has its ledger open while the pack is made.
        manifest = pack(options, MADE_NS, quiet)
    assert manifest.about == "At the wall"
    assert manifest.window.from_ns == at_ns - 5 * NS_PER_S
    with zipfile.ZipFile(out) as archive:
        assert archive.read(f"attachments/{sha256}") == content
    proof = prove(out, quiet, again=False)
    assert proof.holds
    assert proof.entries == 4
    with pytest.raises(ConfigError, match="prison-1"):
        pack(dataclasses.replace(options, incident="prison-9", out=tmp_path / "f.zip"), MADE_NS, quiet)
    (folder / "attachments" / sha256).unlink()
    with pytest.raises(StorageError, match="attachment"):
        pack(dataclasses.replace(options, out=tmp_path / "g.zip"), MADE_NS, quiet)
