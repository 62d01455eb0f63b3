"""Checklists by site and kind, and where a file of them is wrong."""

import pytest
from ledgers import START_NS, entries

from vedette.core import event
from vedette.core.errors import ConfigError
from vedette.core.units import NS_PER_S
from vedette.incident.procedures import checklist, choose, parse
from vedette.incident.project import project

TEXT = """
[[procedure]]
name = "runway"
title = "Drone inside the zone of the airport"
what = ["zone-entry"]
sites = ["airport"]
[[procedure.step]]
name = "take-offs"
what = "Ask the tower to stop take-offs"
owner = "watch officer"
due_s = 60
[[procedure.step]]
name = "film"
what = "Film it"
owner = "site guard"

[[procedure]]
name = "any"
title = "Every incident"
step = [{name = "log", what = "Write down who was told", owner = "watch officer"}]
"""


def incident(what="zone-entry", site="airport", *more):
    return project(entries([event.Opened("t", what, site), *more]))["i-1"]


@pytest.mark.parametrize(
    ("what", "site", "names"),
    [
        ("zone-entry", "airport", ["runway", "any"]),
        ("zone-entry", "power-plant", ["any"]),
        ("zone-entry", None, ["any"]),
        ("sighting", "airport", ["any"]),
    ],
)
def test_procedures_are_chosen_by_what_it_is_and_where(what, site, names):
    assert [p.name for p in choose(parse(TEXT, "p.toml"), incident(what, site))] == names


def test_steps_become_tasks_when_somebody_sets_them():
    procedure = parse(TEXT, "p.toml")[0]
    untouched = checklist(procedure, incident())
    assert [item.task for item in untouched] == [None, None]
    assert untouched[0].set.due_ns == START_NS + 1 + 60 * NS_PER_S
    assert untouched[1].set.due_ns is None
    done = event.TaskDone("runway/take-offs", True, "stopped")
    touched = checklist(procedure, incident("zone-entry", "airport", untouched[0].set, done))
    assert (touched[0].task.done, touched[0].task.remark, touched[0].task.owner) == (
        True,
        "stopped",
        "watch officer",
    )
    assert touched[1].task is None


def test_an_incident_that_nobody_opened_has_no_due_times():
    unknown = project(entries([event.Note("x")]))["i-1"]
    procedure = parse(TEXT, "p.toml")[1]
    assert choose(parse(TEXT, "p.toml"), unknown) == [procedure]
    assert checklist(procedure, unknown)[0].set.due_ns is None


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (("due_s = 60", "due_s = -1"), r"p\.toml: procedure\[0\]\.step\[0\]\.due_s"),
        (("due_s = 60", "due = 60"), r"p\.toml: procedure\[0\]\.step\[0\].*unknown field `due`"),
        (('owner = "site guard"', ""), r"procedure\[0\]\.step\[1\].*missing required field `owner`"),
        (('name = "film"', 'name = "take-offs"'), r"procedure\[0\]\.step\[1\]\.name"),
        (('name = "any"', 'name = "runway"'), r"procedure\[1\]\.name"),
        (('name = "any"', 'name = "Any thing"'), r"procedure\[1\]\.name"),
        (('title = "Every incident"', 'title = ""'), r"procedure\[1\]\.title"),
        (("step = [{", "step = []\nx = [{"), r"procedure\[1\]"),
        (("[[procedure]]", "[[procedures]]"), r"p\.toml"),
        (("due_s = 60", "due_s = "), r"p\.toml: expected TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(change, place):
    with pytest.raises(ConfigError, match=place):
        parse(TEXT.replace(*change), "p.toml")
