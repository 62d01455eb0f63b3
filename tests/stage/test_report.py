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
    lines = told(facts, "en", "0" * 64)["summary"]
    assert lines[0] == "Alerts in this period: 1, for 1 of the 2 tracks that were followed."
    assert lines[1] == "Alert A000001: T7 in Runway & <approach>, actual from 08:00:12 UTC, 95 % sure."
    assert lines[2] == "It was taken for: multirotor (93 %). Leave to fly: unauthorised."
    assert lines[3] == "Later in this period it was taken for: bird (61 %). Leave to fly: unknown."


def test_what_is_not_known_is_said(tmp_path):
    said = " ".join(told(facts_at(tmp_path, with_height=False), "en", "")["unknown"])
    assert "The height of T7 is not known in 100 % of the time." in said
    assert "The class of T7 is not sure: 61 %." in said
    assert "Whether T7 had leave to fly is not known." in said
    assert "95.0 % of track seconds and 2 of 3 changes" in said
    assert "not proved by this report" in said


def test_reasons_are_in_the_language_and_what_is_not_is_between_quotation_marks(tmp_path):
    facts = facts_at(
        tmp_path,
        reasons=("inside Runway & <approach> (prohibited), 95 %", "HB: *patrol* is on its way"),
    )
    page = told(facts, "nl", "")
    assert page["reasons"] == [
        ["in Runway & <approach> (verboden zone), 95 %", ""],
        ["“HB: *patrol* is on its way”", ""],
    ]
    assert "in het Engels vastgelegd, zo staan ze in shown/alerts.json" in page["reasons_note"]
    assert "1 ervan staan tussen aanhalingstekens" in page["reasons_note"]
    assert page["alerts"][0][3] == "zone binnengevlogen: Runway & <approach>"
    page = told(facts, "en", "")
    assert [why for why, _ in page["reasons"]] == [
        "inside Runway & <approach> (prohibited), 95 %",
        "“HB: *patrol* is on its way”",
    ]
    assert "95,0 %" in " ".join(told(facts, "de", "")["unknown"])


def test_reasons_that_all_have_words_are_said_without_a_remark_about_others(tmp_path):
    page = told(facts_at(tmp_path, reasons=("it left, and keeps away",)), "fr", "")
    assert page["reasons"] == [["il est parti et reste à distance", ""]]
    assert "guillemets" not in page["reasons_note"]


def test_an_alert_about_a_sensor_has_no_track_and_no_place(tmp_path):
    facts = facts_at(
        tmp_path, track_id=0, lat_deg=None, lon_deg=None, zone_name="", zone="", label="asr",
        rule="sensor-blinded", reasons=("asr is silent: no plots, usually 31 in 1 s",),
    )  # fmt: skip
    page = told(facts, "de", "")
    assert page["summary"][0] == "Warnungen in diesem Zeitraum: 1, für 0 der 2 verfolgten Spuren."
    assert page["summary"][1] == "Warnung A000001: asr, eingetreten ab 08:00:12 UTC, zu 95 % sicher."
    assert page["reasons"] == [["asr schweigt: keine Plots, sonst 31 in 1 s", ""]]
    assert page["alerts"][0][2:4] == ["asr", "Sensor geblendet"]


def test_without_a_picture_or_an_alert_that_is_what_it_says(tmp_path):
    facts = facts_at(tmp_path, alerts=False, shown=False)
    page = told(facts, "en", "")
    assert page["summary"] == ["No alert was raised in this period."]
    assert any("No picture was kept" in line for line in page["unknown"])
    assert page["alerts"] == []


def test_a_cell_never_claims_what_was_not_known(tmp_path):
    rows = told(facts_at(tmp_path), "en", "")["tracks"]
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
