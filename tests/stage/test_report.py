"""Reports: what they tell, in four languages, and the page that typst sets."""

import string
from xml.etree import ElementTree as ET

import pytest
from packs import pack_at

from vedette.app.cli import main
from vedette.app.evidence.box import open_box
from vedette.app.report.drawing import map_of, timeline_of
from vedette.app.report.facts import facts_of
from vedette.app.report.make import ReportOptions, report
from vedette.app.report.tell import told
from vedette.app.report.words import LANGUAGES, words
from vedette.core.classes import CLASSES
from vedette.core.errors import StorageError


def facts_at(tmp_path, **what):
    path = pack_at(tmp_path, **what)
    open_box(path, tmp_path / "open")
    return facts_of(tmp_path / "open", "ed25519:00", str(path))


def fields(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_the_same_words(language):
    english, other = words("en"), words(language)
    assert list(other) == list(english)
    assert all(other.values())
    assert {name: fields(text) for name, text in other.items()} == {n: fields(t) for n, t in english.items()}
    assert set(CLASSES) <= set(other)


def test_the_summary_tells_the_alert_and_what_it_was_taken_for_then_and_later(tmp_path):
    facts = facts_at(tmp_path)
    lines = told(facts, words("en"), "0" * 64)["summary"]
    assert lines[0] == "1 alerts for 1 tracks were raised in this period; 2 tracks were followed in all."
    assert lines[1] == "Alert A000001: T7 in Runway & <approach>, actual from 08:00:12 UTC, 95 % sure."
    assert lines[2] == "It was taken for: multirotor (93 %). Leave to fly: unauthorised."
    assert lines[3] == "Later in this period it was taken for: bird (61 %). Leave to fly: unknown."


def test_what_is_not_known_is_said(tmp_path):
    said = " ".join(told(facts_at(tmp_path, with_height=False), words("en"), "")["unknown"])
    assert "The height of T7 is not known in 100 % of the time." in said
    assert "The class of T7 is not sure: 61 %." in said
    assert "Whether T7 had leave to fly is not known." in said
    assert "95.0 % of track seconds and 2 of 3 changes" in said
    assert "not proved by this report" in said


def test_without_a_picture_or_an_alert_that_is_what_it_says(tmp_path):
    facts = facts_at(tmp_path, alerts=False, shown=False)
    page = told(facts, words("en"), "")
    assert page["summary"] == ["No alert was raised in this period."]
    assert any("No picture was kept" in line for line in page["unknown"])
    assert page["alerts"] == []


def test_a_cell_never_claims_what_was_not_known(tmp_path):
    rows = told(facts_at(tmp_path), words("en"), "")["tracks"]
    assert rows[0] == ["T7", "bird 61 %", "unknown", "08:00:00 – 08:00:39", "10 m/s", "120 m", "8 m"]
    assert rows[1] == ["T9", "unknown", "unknown", "08:00:00 – 08:00:39", "6 m/s", "?", "20 m"]


def test_the_drawings_are_whole_and_names_are_not_markup(tmp_path):
    facts = facts_at(tmp_path)
    picture, times = map_of(facts), timeline_of(facts, words("de"))
    said = [text.text for text in ET.fromstring(picture).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314
    assert "T7" in said
    assert "N" in said
    assert any(text.endswith(("m", "km")) for text in said)
    said = [text.text for text in ET.fromstring(times).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314
    assert {"T7", "vorhergesagt", "eingetreten", "aufgehoben"} <= set(said)
    assert "NaN" not in picture + times
    assert "nan" not in picture + times


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_a_pdf_and_the_same_each_time(tmp_path, language):
    path = pack_at(tmp_path)
    pages = []
    for name in ("a.pdf", "b.pdf"):
        report(ReportOptions(path, tmp_path / name, language), lambda line: None)
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]
    assert pages[0].startswith(b"%PDF-")
    assert len(pages[0]) > 20_000


def test_a_pack_that_was_changed_is_refused(tmp_path, capsys):
    path = pack_at(tmp_path)
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 1
    path.write_bytes(whole)
    with pytest.raises(StorageError, match="expected a sound evidence pack"):
        report(ReportOptions(path, tmp_path / "x.pdf"), lambda line: None)
    assert main(["report", str(path), "--out", str(tmp_path / "x.pdf")]) == 1
    assert "pack.zip" in capsys.readouterr().err
    assert not (tmp_path / "x.pdf").exists()
