"""Nonsense of every kind in a scenario is refused with its line; lines are right in any shape of TOML."""

import re
import tomllib
from pathlib import Path

import numpy as np
import pytest

from vedette.app.scenarios import document, write_run_folder
from vedette.core.errors import ConfigError
from vedette.core.toml_lines import line_of, places, steps_of
from vedette.core.units import NS_PER_S
from vedette.simulate import Simulation, load_scenario
from vedette.simulate.load import BUILTIN

KINDS = (Path(__file__).parent / "scenarios" / "kinds.toml").read_text(encoding="utf-8")

SHAPES = '''# a comment = 1
title = "a = [1, 2] # no comment"
"quoted key" = 1
deep.dotted.key = 3
text = """
inside = "nothing"
[[actor]]
"""
raw = \'\'\'
also = nothing \'\'\'
[site] # the place
lat_deg = 50.0

[[actor]]
name = "first"
waypoints = [
  [50.0, 4.0],   # a comment ], with brackets
  [50.1, 4.1],

  [50.2,
   4.2],
]
mission = { kind = "hover", at = [
    50.3,
    4.3,
  ], hold_s = 3.0 }

[[actor]]
name = 'second'
parts = [
  { kind = "a", n = 1 },
  { kind = "b", n = [
    2] },
]
[actor.inner]
x = 1
[[actor.list]]
y = 1
[[actor.list]]
y = 2
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("$.title", 2),
        ("$.deep", 4),
        ("$.deep.dotted.key", 4),
        ("$.text", 5),
        ("$.raw", 9),
        ("$.site", 11),
        ("$.site.lat_deg", 12),
        ("$.site.nothing", 11),
        ("$.actor[0]", 14),
        ("$.actor[0].waypoints", 16),
        ("$.actor[0].waypoints[0]", 17),
        ("$.actor[0].waypoints[1][1]", 18),
        ("$.actor[0].waypoints[2]", 20),
        ("$.actor[0].waypoints[2][1]", 21),
        ("$.actor[0].mission", 23),
        ("$.actor[0].mission.at", 23),
        ("$.actor[0].mission.at[0]", 24),
        ("$.actor[0].mission.at[1]", 25),
        ("$.actor[0].mission.hold_s", 26),
        ("$.actor[1].name", 29),
        ("$.actor[1].parts[0].n", 31),
        ("$.actor[1].parts[1]", 32),
        ("$.actor[1].parts[1].n[0]", 33),
        ("$.actor[1].inner.x", 36),
        ("$.actor[1].list[0].y", 38),
        ("$.actor[1].list[1].y", 40),
        ("$.nothing", None),
    ],
)
def test_lines_are_right_in_any_shape(path, line):
    assert line_of(SHAPES, path) == line


def leaves(value, at=()):
    yield at
    if isinstance(value, dict):
        for key, inside in value.items():
            yield from leaves(inside, (*at, key))
    elif isinstance(value, list):
        for i, inside in enumerate(value):
            yield from leaves(inside, (*at, i))


@pytest.mark.parametrize("text", [SHAPES, KINDS], ids=["shapes", "kinds"])
def test_everything_that_tomllib_reads_has_a_place(text):
    known = {path for path, _ in places(text)}
    read = set(leaves(tomllib.loads(text))) - {()}
    heads = {path[:-1] for path in known if isinstance(path[-1], int)}  # arrays of tables themselves
    assert read - known - heads == set()
    assert known - read == set()


def test_paths_have_steps():
    assert steps_of("$.actor[2].waypoints[3]") == ("actor", 2, "waypoints", 3)


NONSENSE = (
    '"nonsense"',
    "-1e9",
    "nan",
    "inf",
    "[]",
    "{}",
    "true",
    '[[1, 2], "x"]',
    "1979-05-27T07:32:00Z",
    "0",
)
LINES = [
    (number, line)
    for number, line in enumerate(KINDS.splitlines())
    if re.match(r"^[a-z0-9_]+ = ", line) and not line.endswith("[")
]


def error_of(path):
    """What a file is refused with; if it is not, that it can be played."""
    try:
        scenario = load_scenario(path)
    except ConfigError as error:
        return error
    simulation = Simulation(scenario, seed=1)
    state, _ = simulation.step(simulation.init(), simulation.start_ns + NS_PER_S)
    assert np.isfinite(state.moves.geo).all()
    assert np.isfinite(state.moves.velocity).all()
    return None


# What leans on one of these is wrong too, and may stand above it.
LEANT_ON = ("name", "kind", "runway", "speed_mps", "waypoints")


@pytest.mark.parametrize(("number", "line"), LINES, ids=[f"{n + 1}" for n, _ in LINES])
def test_nonsense_is_refused_at_its_own_line(tmp_path, number, line):
    key = line.split(" = ")[0]
    lines = KINDS.splitlines()
    path = tmp_path / "wrong.toml"
    for nonsense in NONSENSE:
        path.write_text("\n".join([*lines[:number], f"{key} = {nonsense}", *lines[number + 1 :]]))
        error = error_of(path)
        if error is None:
            assert nonsense in ('"nonsense"', "-1e9", "0", "[]", "true") or key == "start", nonsense
            continue
        where = re.match(rf"{re.escape(str(path))}:(\d+): ", error.place)
        assert where, error
        assert int(where.group(1)) == number + 1 or key in LEANT_ON, (error, nonsense)
        assert error.expected
        assert error.came


@pytest.mark.parametrize("line", [n for n, line in LINES if not line.startswith("[")][::7])
def test_an_unknown_setting_is_refused_at_its_own_line(tmp_path, line):
    lines = KINDS.splitlines()
    path = tmp_path / "wrong.toml"
    path.write_text("\n".join([*lines[:line], lines[line], "no_such_setting = 1", *lines[line + 1 :]]))
    with pytest.raises(ConfigError, match=rf"wrong.toml:{line + 2}: .*a known setting.*'no_such_setting'"):
        load_scenario(path)


def refused(tmp_path, old, new):
    assert KINDS.count(old) >= 1
    path = tmp_path / "wrong.toml"
    text = KINDS.replace(old, new, 1)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_scenario(path)
    return str(caught.value).removeprefix(str(path))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('kind = "jet"', 'kind = "jett"', ["kind", "one of: ", "jet", "helicopter", "'jett'"]),
        ('size = "small"', 'size = "tiny"', ["size", "one of: large, medium, small", "'tiny'"]),
        ('shape = "ball"', 'shape = "bal"', ["shape", "ball, column, grid, line, vee", "'bal'"]),
        ('kind = "orbit", centre = [51.0, 4.006]', 'kind = "orbti", centre = [51.0, 4.006]', [
            "mission[1].kind", "hover", "'orbti'"]),
        ("height_m = 60.0", "hieght_m = 60.0", ["a known setting: height_m", "'hieght_m'"]),
        ("radius_m = 60.0", "radius_m = -60.0", ["mission[1].radius_m", "a number above 0", "-60.0"]),
        ("[51.003, 4.005, 90.0]", "[51.003, 4.005, 90.0, 1.0]", ["waypoints[1]", "got"]),
        ("[51.003, 4.005, 90.0]", "[151.003, 4.005]", ["waypoints[1]", "latitude", "151.003"]),
        ("radius_m = 150.0", "radius_m = 15.0", ["mission[2].radius_m", "33 m or more", "15.0"]),
        ('from = "van"', 'from = "vann"', ["from", "a vehicle or ship above (van)", "'vann'"]),
        ('from = "ship"', 'from = "mission"', ["from", "a vehicle or ship above (van, ship)"]),
        ("speed_mps = 350.0", "speed_mps = 900.0", ["speed_mps", "80 to 600 m/s", "900.0"]),
        ("count = 12", "count = 0", ["count", "1 or more", "0"]),
        ("count = 12", "count = 12\noffsets = [[1.0, 2.0, 3.0]]", ["offsets", "or else count", "both"]),
        ("wind_mps = 5.0", "wind_mps = -5.0", ["weather.wind_mps", "0 or more", "-5.0"]),
        ("loop = true", "loop = 1", ["loop", "bool", "1"]),
        ("ground_m = 50.0", "ground_m = nan", ["site.ground_m", "a finite number", "nan"]),
    ],
)  # fmt: skip
def test_a_mistake_says_what_would_have_worked(tmp_path, old, new, says):
    message = refused(tmp_path, old, new)
    assert re.match(r":\d+: ", message)
    for part in says:
        assert part in message


def test_the_line_of_a_mistake_inside_an_array_of_many_lines(tmp_path):
    message = refused(tmp_path, "[51.003, 4.005, 90.0]", "\n[51.003, 4.005, 90.0],\n[95.0, 4.0],\n")
    line = 1 + KINDS[: KINDS.index("[51.003, 4.005, 90.0]")].count("\n")
    assert message.startswith(f":{line + 2}: actor[0].mission[0].waypoints[2]")


def test_what_is_no_toml_is_refused_with_its_line(tmp_path):
    message = refused(tmp_path, "count = 12", "count = = 12")
    line = 1 + KINDS[: KINDS.index("count = 12")].count("\n")
    assert message.startswith(f":{line}: expected TOML")


@pytest.mark.parametrize("text", ["", "x", "[", "[[", "a = [", "\0", "[" * 5_000, "a = " + "[" * 5_000])
def test_rubbish_is_refused(tmp_path, text):
    path = tmp_path / "rubbish.toml"
    path.write_text(text)
    with pytest.raises(ConfigError):
        load_scenario(path)


def test_a_file_that_is_no_text_is_refused(tmp_path):
    path = tmp_path / "rubbish.toml"
    path.write_bytes(b"\xff\xfe\x00name")
    with pytest.raises(ConfigError):
        load_scenario(path)


def settings_of(text):
    """Each setting with a number once for its section and kind: line number, key."""
    section = kind = ""
    seen = set()
    for number, line in enumerate(text.splitlines()):
        if line.startswith("["):
            section, kind = line.split("#")[0].strip(), ""
        elif line.startswith("kind = "):
            kind = line
        found = re.match(r"^(\w+) = -?[\d.]+\s*(#.*)?$", line)
        if found and (section, kind, found[1]) not in seen:
            seen.add((section, kind, found[1]))
            yield number, found[1]


def into_a_folder(path, out):
    scenario = load_scenario(path)
    write_run_folder(out, scenario, str(path), document(scenario, str(path), 0))


@pytest.mark.parametrize("name", ["airport", "balloons", "brussels", "land_border", "sea_border"])
def test_numbers_out_of_this_world_are_refused_at_their_own_line(tmp_path, name):
    text = (BUILTIN / f"{name}.toml").read_text(encoding="utf-8")
    for beside in BUILTIN.glob(f"{name}_*"):
        (tmp_path / beside.name).write_bytes(beside.read_bytes())
    path = tmp_path / "wrong.toml"
    lines = text.splitlines()
    for number, key in settings_of(text):
        for far in ("1e300", "-99999999.0"):
            path.write_text("\n".join([*lines[:number], f"{key} = {far}", *lines[number + 1 :]]))
            with pytest.raises(ConfigError) as caught:
                into_a_folder(path, tmp_path / "run")
            assert caught.value.place.startswith(f"{path}:{number + 1}: "), caught.value
        assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('callsign = "', 'callsign = "x', ["callsign", "capital letters"]),
        ('zones = "', 'zones = "x', ["zones", "a file in"]),
        ('surface = "', 'surface = "x', ["surface", "a file in"]),
    ],
)
def test_words_that_cannot_be_said_or_found_are_refused(tmp_path, old, new, says):
    text = (BUILTIN / "airport.toml").read_text(encoding="utf-8")
    path = tmp_path / "wrong.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    if "zones" not in old:
        (tmp_path / "airport_zones.json").write_bytes((BUILTIN / "airport_zones.json").read_bytes())
    line = 1 + text[: text.index(old)].count("\n")
    with pytest.raises(ConfigError) as caught:
        into_a_folder(path, tmp_path / "run")
    assert caught.value.place.startswith(f"{path}:{line}: ")
    for part in says:
        assert part in str(caught.value)
