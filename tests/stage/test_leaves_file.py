"""The file of authorisations: what it says, every mistake at its line, and how a node takes it."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.app import authorisations
from vedette.app.config import NodeConfig, load
from vedette.app.held import Notes
from vedette.app.run import run
from vedette.core.errors import ConfigError
from vedette.core.zone import Area, Volume, Zone
from vedette.identify.leaves import Authorised, Leaves, Operator
from vedette.identify.leaves_file import parse

FILE = """\
[[authorisation]]
serial = "1EXM7A1200001"
operator = "Airport survey"
zones = ["CTR"]
start = 2026-11-27T18:00:00Z
end = 2026-11-27T20:30:00+01:00
reference = "BE-2026-14"

[authorisation.area]
polygon = [[51.18, 4.44], [51.20, 4.44], [51.20, 4.48]]
upper_m = 90.0
ground_m = 52.0

[[authorisation]]
registration = "BEL12345678901x2"
area = { circle = [51.19, 4.46, 400.0], lower_m = 50.0, lower_reference = "AMSL", upper_m = 120.0 }

[[operator]]
registration = "BEL12345678901x2"
name = "Roofs"
serials = ["1EXM7A1200002", "1EXM7A1200003"]

[[flight]]
callsign = "BEL3PK"
icao24 = "44A8B2"
reference = "FPL 12"
end = 2026-11-27T20:00:00Z
"""


def refused(text, zones=("CTR",), operators=()):
    with pytest.raises(ConfigError) as caught:
        parse(text, "leaves.toml", zones, operators)
    return str(caught.value)


def test_a_file_says_who_may_fly_where_and_when():
    leaves = parse(FILE, "leaves.toml", ["CTR"])
    survey, roofs = leaves.authorised
    assert survey.start == datetime(2026, 11, 27, 18, tzinfo=UTC)
    assert survey.end == datetime(2026, 11, 27, 19, 30, tzinfo=UTC)
    assert survey.area.volume() == Volume(
        rings=[[(51.18, 4.44), (51.2, 4.44), (51.2, 4.48), (51.18, 4.44)]], upper_m=90.0
    )
    assert roofs.area == Area(
        circle=(51.19, 4.46, 400.0), lower_m=50.0, lower_reference="AMSL", upper_m=120.0
    )
    assert leaves.operators[0].serials == ["1EXM7A1200002", "1EXM7A1200003"]
    assert leaves.flights[0].reference == "FPL 12"
    assert parse("", "leaves.toml") == Leaves()


ONE = '[[authorisation]]\nserial = "A"\n'
CIRCLE = "area = {{ circle = [{}], upper_m = 120.0 }}"
NONSENSE = [
    ("[[authorisation]]\n", 1, "serial, or the registration of its operator, got nothing"),
    (ONE + 'registration = "B"\n', 1, "serial, or the registration of its operator, got both"),
    (ONE + 'zones = ["CTX"]\n', 3, "authorisation[0].zones[0]: expected one of CTR, got 'CTX'"),
    (ONE + 'zones = "CTR"\n', 3, "array, got str"),
    (ONE + 'sreial = "B"\n', 3, "one of serial, registration, operator, zones, area"),
    (ONE + "start = 2026-11-27T18:00:00\n", 3, "a time with its offset from UTC"),
    (ONE + "start = 2026-11-27\n", 3, "a time with its offset from UTC"),
    (ONE + 'start = "tomorrow"\n', 3, "a time with its offset from UTC"),
    (ONE + "start = 2026-11-27T18:00:00Z\nend = 2026-11-27T18:00:00+01:00\n", 4, "a time after the start"),
    (ONE + "start_ns = 10\nend_ns = 10\n", 4, "a time after start_ns, got 10"),
    (ONE + "start_ns = 10\nstart = 2026-11-27T18:00:00Z\n", 3, "start or start_ns, got both"),
    (ONE + "area = {}\n", 3, "polygon or circle, got neither"),
    (ONE + CIRCLE.format("51.2, 4.4") + "\n", 3, "length 3"),
    (ONE + CIRCLE.format("91.0, 4.4, 100.0") + "\n", 3, "<= 90.0, got 91.0"),
    (ONE + CIRCLE.format("51.2, 4.4, -5.0") + "\n", 3, "> 0.0, got -5.0"),
    (ONE + CIRCLE.format("51.2, 4.4, nan") + "\n", 3, "authorisation[0].area.circle[2]: expected a number"),
    (ONE + "[authorisation.area]\npolygon = [[51.2, 4.4], [51.3, 4.4], [51.2, 4.4]]\n", 4, "three different"),
    (
        ONE + "[authorisation.area]\npolygon = [[51.2, 4.4], [51.3, 4.4], [51.2, 5.4]]\n"
        "circle = [51.2, 4.4, 10.0]\n",
        3,
        "polygon or circle, got both",
    ),
    (ONE + "[authorisation.area]\npolygon = [[0, -170], [1, 170], [2, 0]]\n", 4, "less than 180°"),
    (
        ONE + "[authorisation.area]\ncircle = [51.2, 4.4, 9.0]\n\nlower_m = 100.0\nupper_m = 50.0\n",
        6,
        "less than upper_m, which is 50, got 100",
    ),
    (
        ONE + '[authorisation.area]\ncircle = [51.2, 4.4, 9.0]\nupper_reference = "QNH"\n',
        5,
        "one of AGL, AMSL, WGS84, got 'QNH'",
    ),
    (ONE + "[authorisation.area]\ncircle = [51.2, 4.4, 9.0]\nuper_m = 1.0\n", 5, "one of polygon, circle"),
    ('[[operator]]\nname = "x"\n', 1, "the field registration, got nothing"),
    ('[[operator]]\nregistration = " "\n', 2, "a registration number"),
    ('[[operator]]\nregistration = "R"\n[[operator]]\nregistration = "r"\n', 4, "no other operator has"),
    (
        '[[operator]]\nregistration = "R"\nserials = ["A"]\n[[operator]]\nregistration = "S"\n'
        'serials = ["B",\n "A"]\n',
        7,
        "one that is not registered for R too, got 'A'",
    ),
    ('[[operator]]\nregistration = "R"\nserials = [""]\n', 3, "a serial number, got ''"),
    ('[[flight]]\nreference = "x"\n', 1, "callsign, icao24, or both, got neither"),
    ('[[flight]]\nicao24 = "44A8BG"\n', 2, "six hexadecimal digits, got '44A8BG'"),
    ('[[flight]]\ncallsign = "bel3"\n', 2, "1 to 8 capital letters and figures"),
    ("[flight]\n", 1, "[[flight]], one for each, got a dict"),
    ("flight = [1]\n", 1, "a table: [[flight]], got a int"),
    ('authorisations = "x"\n', 1, "one of authorisation, operator, flight"),
    ("a = ", 1, "TOML"),
]


@pytest.mark.parametrize(("text", "line", "said"), NONSENSE)
def test_a_mistake_is_named_with_its_line(text, line, said):
    message = refused(text)
    assert message.startswith(f"leaves.toml:{line}"), message
    assert said in message


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [one for one in NONSENSE if not one[0].startswith(("a =", "authorisations")) and "CTX" not in one[0]],
)
def test_the_configuration_itself_is_refused_in_the_same_words(tmp_path, text, line, said):
    path = tmp_path / "node.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}:{line}")
    assert said in str(caught.value)


def test_an_operator_of_the_configuration_is_not_told_again():
    text = '[[operator]]\nregistration = "S"\nserials = ["A"]\n'
    assert ":2: operator[0].registration" in refused(text, operators=[Operator(registration="S")])
    assert ":3: operator[0].serials[0]" in refused(
        text, operators=[Operator(registration="R", serials=["A"])]
    )


def is_taken(text):
    """Whether a text is leaves, or a mistake that is told in full."""
    try:
        leaves = parse(text, "leaves.toml", ["CTR"])
    except ConfigError as error:
        told = re.match(r"leaves\.toml(:\d+)?", error.place)
        return bool(told and error.expected and error.came)
    return isinstance(leaves, Leaves)


@settings(max_examples=150, deadline=None)
@given(
    cut=st.tuples(st.integers(0, len(FILE)), st.integers(0, 30)),
    put=st.text(alphabet="\"'[]{}=,.#\n -0123456789aZ", max_size=8),
)
def test_whatever_is_done_to_a_file_it_is_leaves_or_a_mistake_with_its_place(cut, put):
    begin, length = cut
    assert is_taken(FILE[:begin] + put + FILE[begin + length :])


# How a node takes it

NODE = 'authorisations = "leaves.toml"\n[[authorisation]]\nserial = "own"\n'


def test_the_file_counts_beside_the_configuration(tmp_path):
    (tmp_path / "node.toml").write_text(NODE)
    (tmp_path / "leaves.toml").write_text('[[authorisation]]\nserial = "more"\n')
    config = load(tmp_path / "node.toml")
    found = authorisations.of_node(config, tmp_path, [])
    assert [one.serial for one in found.authorised] == ["own", "more"]
    (tmp_path / "leaves.toml").unlink()
    with pytest.raises(ConfigError, match="no such file"):
        authorisations.of_node(config, tmp_path, [])
    (tmp_path / "leaves.toml").write_bytes(b"\xff")
    with pytest.raises(ConfigError, match="UTF-8"):
        authorisations.of_node(config, tmp_path, [])


def test_a_node_does_not_start_on_leave_in_a_zone_that_is_not_there(tmp_path):
    (tmp_path / "node.toml").write_text('[[authorisation]]\nserial = "A"\nzones = ["CTX"]\n')
    with pytest.raises(ConfigError, match=r"node.toml:3: authorisation\[0\].zones\[0\]"):
        run(tmp_path / "node.toml", print, seconds=0.0)


def test_what_held_when_is_kept_and_read_in_its_turn(tmp_path):
    config = NodeConfig(authorisations="leaves.toml")
    (tmp_path / "leaves.toml").write_text("")
    text = '[[authorisation]]\nserial = "{}"\n'

    def held(tick_ns, stage):
        found = stage.changed(tick_ns)
        return None if found is None else [one.serial for one in found.authorised]

    assert authorisations.Held(config, tmp_path, []).first == Leaves()
    for from_ns, serial in ((100, "a"), (200, "b"), (300, "b"), (400, "c")):
        Notes(tmp_path).note(text.format(serial).encode(), from_ns)
    assert [from_ns for from_ns, _ in Notes(tmp_path).all()] == [100, 200, 400], (
        "what did not change is no news"
    )
    stage = authorisations.Held(config, tmp_path, [])
    assert stage.first.authorised == (Authorised(serial="a"),)
    assert [held(tick, stage) for tick in (50, 200, 201, 400, 401, 500)] == [
        None, None, ["b"], None, ["c"], None,
    ]  # fmt: skip
    late = authorisations.Held(config, tmp_path, [])
    assert held(10_000, late) == ["c"], "a recording that begins later goes by the newest"


def test_zones_of_the_node_are_those_that_leave_may_name(tmp_path):
    zone = Zone("CTR", "CTR", "CONDITIONAL", [Volume(circle=(51.2, 4.4, 900.0))])
    (tmp_path / "leaves.toml").write_text(FILE)
    config = NodeConfig(authorisations="leaves.toml")
    assert len(authorisations.of_node(config, tmp_path, [zone]).authorised) == 2
    with pytest.raises(ConfigError, match="nothing: there are no zones"):
        authorisations.of_node(config, tmp_path, [])
