"""Reasons in Dutch, French and German: every one that the code can give, and no half of one."""

import re
import tomllib
from pathlib import Path

import pytest
from said import given, sentences, strings

from vedette.app.report.translate import REASON, Tongue, lines, slots_of, tables_of, tongue
from vedette.app.report.words import LANGUAGES
from vedette.core.classes import CLASSES
from vedette.core.sensor import Modality
from vedette.identify.kinds import WORDS
from vedette.respond.severity import severity
from vedette.watch.detect.transponder import _MEANING
from vedette.watch.detect.zone_entry import _KINDS
from vedette.wire.remoteid.basic_id import AIRCRAFT

OTHERS = [language for language in LANGUAGES if language != "en"]
# What recordings of the built-in scenarios have, see rebuild.py there; and what is seldom given, of the tests
# of the stages or as the code words it.
GOLDEN = Path(__file__).parents[1] / "golden" / "reasons"
RULES = Path(__file__).parents[2] / "src" / "vedette" / "app" / "rules.toml"

# Modules that give reasons, and those among them whose words go elsewhere: to whoever writes a file, or an
# authority.
MODULES = ("watch/**/*.py", "identify/*.py", "respond/*.py", "track/conduct.py")
WITHOUT = {"watch/explain.py", "watch/rules_file.py", "identify/leaves_file.py", "respond/notam.py"}
# What no reason is made of: refusals, keys and file names, what a person wrote, the name of one.
NO_REASONS = {
    "… was acknowledged by …",
    "… is not suppressed",
    "…out…",
    "….npy",
    "another order",
    "knows nothing",
    "operator:…",
    "keep closed",
    "keep open",
}


def test_there_are_many_phrases_and_the_same_in_every_language():
    first, *rest = (tables_of(language) for language in OTHERS)
    assert sum(len(table) for table in first.values()) > 200
    for other in rest:
        assert [(name, [*table]) for name, table in other.items()] == [(n, [*t]) for n, t in first.items()]
    for tables in (first, *rest):
        assert all(
            said.strip() or not english.strip() for t in tables.values() for english, said in t.items()
        )


@pytest.mark.parametrize("language", OTHERS)
def test_a_blank_before_or_after_a_part_stays(language):
    for table in tables_of(language).values():
        for english, said in table.items():
            if english.startswith(" "):
                assert said.startswith(" ")
            assert said == said.rstrip()


def test_a_translation_that_fills_in_something_else_is_refused():
    with pytest.raises(ValueError, match=r"expected what .* fills in"):
        Tongue({REASON: {"at {#n} m": "op {#m} m"}}, decimal=",")
    with pytest.raises(ValueError, match="each name once"):
        Tongue({REASON: {"{a} and {a}": "{a} en {a}"}}, decimal=",")
    with pytest.raises(ValueError, match="phrases that end, got"):
        Tongue({REASON: {"{a}": "{a}"}, "a": {"x{b}": "x{b}"}, "b": {"y{a}": "y{a}"}}, decimal=",")


def example(tables, english, said, decimal):
    """A reason that a phrase fits, and what it is in the language of the tables."""
    names = {"ids": "T7, BEL4KD", "address": "44a8b2", "code": "7500", "clock": "3:20"}
    for slot in slots_of(english):
        token = "{" + "#" * slot.number + slot.name + slot.times + "}"
        if slot.number:
            pair = "12.5", f"12{decimal}5"
        elif slot.table in tables:
            pair = example(tables, *next(iter(tables[slot.table].items())), decimal)
        else:
            pair = (names.get(slot.table, "Kepa plant, north"),) * 2
        if slot.times == "+":
            pair = tuple(f"{one}, {one}" for one in pair)
        english, said = english.replace(token, pair[0]), said.replace(token, pair[1])
    return english, said


@pytest.mark.parametrize("language", OTHERS)
def test_each_phrase_is_taken_for_itself(language):
    tables = tables_of(language)
    for english, said in tables[REASON].items():
        recorded, meant = example(tables, english, said, ",")
        assert tongue(language).translated(recorded) == meant


@pytest.mark.parametrize("language", OTHERS)
def test_each_phrase_of_a_part_is_taken_for_itself_where_it_is_used(language):
    """Each entry of each table, through a reason of that table alone."""
    tables = tables_of(language)
    for name, table in tables.items():
        if name in (REASON, "rule", "modality"):
            continue
        alone = Tongue({**tables, REASON: {f"{{{name}}}": f"{{{name}}}"}}, decimal=",")
        for english, said in table.items():
            recorded, meant = example(tables, english, said, ",")
            assert alone.translated(recorded) == meant, name


def recorded():
    """Reasons that were given, a few hundred."""
    return [one for name in ("recorded", "rare") for one in (GOLDEN / f"{name}.txt").read_text().splitlines()]


@pytest.mark.parametrize("language", OTHERS)
def test_every_recorded_reason_is_translated(language):
    assert len(recorded()) > 300
    assert [one for one in recorded() if tongue(language).translated(one) is None] == []


def test_english_says_what_was_recorded():
    assert [tongue("en").translated(one) for one in recorded()] == recorded()


def test_each_phrase_is_of_something_that_was_recorded():
    tables = tables_of("nl")
    numbered = {one: f"{i}{tail(one)}" for i, one in enumerate(tables[REASON])}
    marked = Tongue({**tables, REASON: numbered}, decimal=".")
    used = {int(re.match(r"\d+", marked.translated(one))[0]) for one in recorded()}
    assert [one for i, one in enumerate(tables[REASON]) if i not in used] == []


def tail(english):
    """All that a phrase fills in, behind a mark."""
    return "".join(f"|{found[0]}" for found in re.finditer(r"\{[^}]*\}", english))


# Between two fixed parts of a string stands what a phrase fills in too, or has words for.
GAP = r"(?:[^{}]{0,40}|[^{}]{0,20}\{[^}]*\}[^{}]{0,20})"


def fits(parts, phrases):
    """Whether the fixed parts of a string stand in one phrase, in their order."""
    whole = GAP.join(re.escape(part.strip()) for part in parts)
    wanted = re.compile(rf"(?<![a-z]){whole}(?![a-z])")
    return any(wanted.search(phrase) for phrase in phrases)


def without_phrase(said):
    """Those strings that no phrase has, with their places."""
    phrases = [english for table in tables_of("nl").values() for english in table]
    return [
        f"{one.place}: {one.text}"
        for one in said
        if one.text not in NO_REASONS
        and not one.parts[0].startswith("expected ")
        and not fits(one.parts, phrases)
    ]


def test_every_sentence_in_the_source_has_a_phrase():
    said = [*sentences(MODULES, WITHOUT), *given()]
    assert len(said) > 150
    assert without_phrase(said) == [], "reasons without a translation: they want one in reasons_*.toml"


def test_a_new_sentence_in_the_source_is_found_with_its_place():
    source = """
def find(scene, inside, why):
    \"\"\"Who does what nobody has thought of.\"\"\"
    if not scene:
        raise ValueError("expected a scene that is one")
    why = f"has flown at {scene.top:.0f} m/s at least"
    why += f", and {'over' if inside else 'around'} it"
    return [f"keeps its distance: {scene.away_m:.0f} m", "nobody knows it", why]
"""
    assert without_phrase(strings(source, "watch/detect/new.py")) == [
        "watch/detect/new.py:7: , and … it",
        "watch/detect/new.py:8: keeps its distance: … m",
        "watch/detect/new.py:8: nobody knows it",
        "watch/detect/new.py:7: around",
    ]


def test_what_is_exempt_is_still_there():
    texts = {one.text for one in sentences(MODULES, WITHOUT)}
    assert texts >= NO_REASONS


def test_words_that_stand_alone_in_the_source_have_a_translation():
    tables = tables_of("nl")
    rules = {rule["name"] for rule in tomllib.loads(RULES.read_text(encoding="utf-8"))["rule"]}
    assert rules == {*tables["rule"]}
    assert {*Modality.__args__} == {*tables["modality"]}
    assert {name.replace("_", " ") for name in CLASSES} == {*tables["class"]} == {*tables["like"]}
    assert {*_KINDS.values(), "conditional"} == {*tables["zone_type"]}
    assert {*_MEANING.values()} == {*tables["emergency"]}
    assert {name for name in AIRCRAFT if name} <= {*tables["category"]}
    doubts = {re.sub(r"\{.*\}", "", english) for english in tables["doubt"]}
    assert {*WORDS.values()} <= doubts
    assert severity([]) == []


def test_a_reason_with_names_and_numbers_in_it():
    nl = tongue("nl")
    assert nl.translated("in Kepa, north (old) for 2.5 min, 1.2 km from its border") == (
        "sinds 2,5 min in Kepa, north (old), 1,2 km van de grens ervan"
    )
    assert nl.translated(
        "Remote ID 1FRG00001 of Bird & Co (Gent) is out of the volume of its authorisation 2026/17: "
        "412 m outside (± 8 m), 31 m above its top"
    ) == (
        "Remote ID 1FRG00001 van Bird & Co (Gent) is buiten het volume van de toelating 2026/17: "
        "412 m erbuiten (± 8 m), 31 m boven de bovengrens"
    )
    assert tongue("de").translated("T7, BEL4KD, 44a8b2 and more") == "T7, BEL4KD, 44a8b2 und weitere"


def test_what_is_in_a_reason_is_translated_too():
    fr = tongue("fr").translated(
        "ADS-B 44A8B2 is doubted, 97 %: nothing is seen where it says it is: "
        "asr (0 of 5 looks), drone-radar (1 of 40 looks)"
    )
    assert fr == (
        "ADS-B 44A8B2 est mis en doute, 97 % : rien n'est vu là où il dit être : "
        "asr (0 observations sur 5), drone-radar (1 observations sur 40)"
    )
    de = tongue("de").translated("moves like a bird: turns by 41°/s, to and fro, sinks at 0.8 m/s")
    assert de == "bewegt sich wie ein Vogel: dreht um 41°/s, hin und her, sinkt mit 0,8 m/s"


@pytest.mark.parametrize(
    "own",
    [
        "HB: patrol is on its way",
        "inside Kepa (a kind of zone that was invented later), 92 %",
        "moves like a bird: goes at 4 m/s, wags its tail",
        "ADS-B 44A8B2 is doubted, 97 %: it is too good to be true",
        "inside Kepa (prohibited), nan %",
        "drone over the reactor",
        "inside Kepa (prohibited), 92 %\nit left, and keeps away",
        "",
    ],
)
def test_what_has_no_phrase_down_to_its_last_part_is_not_translated(own):
    assert [tongue(language).translated(own) for language in LANGUAGES] == [None] * len(LANGUAGES)


def test_long_lists_that_end_wrongly_are_told_at_once():
    """Lists in lists have many ways to be read; each of these took minutes, or more, once."""
    for text in (
        "ADS-B 44A8B2 is doubted, 97 %: nothing is seen where it says it is: "
        + "asr (0 of 5 looks), " * 25
        + "x",
        "does not look: " + "a (silent), " * 40 + "x",
        "A1, " * 100 + "b",
        "moves like a bird: " + "turns by 41°/s, to and fro, " * 15 + "x",
    ):
        assert tongue("nl").translated(text) is None


def test_reasons_that_differ_in_figures_alone_are_one_line_with_their_number():
    said = lines(
        ["inside Kepa 1 (prohibited), 92 %", "HB: a kite", "inside Kepa 2 (prohibited), 92 %",
         "inside Kepa 1 (prohibited), 97 %", "inside Kepa 1 (prohibited), 92 %", "HB: 2 kites"],
        tongue("nl"),
    )  # fmt: skip
    assert said == [
        ("in Kepa 1 (verboden zone), 92 %", True, 2),
        ("HB: a kite", False, 1),
        ("in Kepa 2 (verboden zone), 92 %", True, 1),
        ("HB: 2 kites", False, 1),
    ]
