"""The documentation is true: it names all there is to name, its links lead somewhere, its TOML loads."""

import argparse
import re
import runpy
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from vedette.app import topology
from vedette.app.cli import build_parser
from vedette.app.config import NodeConfig, load, load_zone_files, parse
from vedette.app.rules import built_in
from vedette.core.alert import AlertState
from vedette.core.observation import Intake
from vedette.core.picture import HEADER, TRACK
from vedette.core.units import NS_PER_S
from vedette.history import tables
from vedette.serve.live import LiveState, Node, View
from vedette.serve.metrics import Metrics
from vedette.serve.openapi import describe
from vedette.watch.kinds import KINDS
from vedette.watch.rule import Common
from vedette.watch.rules_file import parse as parse_rules
from vedette.watch.step import RULE
from vedette.wire.formats import FORMATS
from vedette.wire.sapient import SapientDecoder

ROOT = Path(__file__).parents[1]
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "decisions").glob("*.md")),
]
GUIDE = [page for page in PAGES if page.parent.name != "decisions" and page.name != "CHANGELOG.md"]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in GUIDE)
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


# The command line


def commands() -> dict[str, argparse.ArgumentParser]:
    """All commands, and those inside of commands as `bench pipeline`."""

    def inside(parser: argparse.ArgumentParser, before: str) -> Iterator[tuple[str, argparse.ArgumentParser]]:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for name, command in action.choices.items():
                    yield before + name, command
                    yield from inside(command, f"{before}{name} ")

    return dict(inside(build_parser(), ""))


def test_commands_inside_of_commands_are_looked_at() -> None:
    assert {"demo", "bench", "bench pipeline", "bench radar"} <= set(commands())


@pytest.mark.parametrize("command", commands())
def test_every_command_is_documented(command: str) -> None:
    assert f"./vedette {command}" in TEXT


@pytest.mark.parametrize(
    ("command", "option"),
    [
        (name, option)
        for name, parser in commands().items()
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--") and option != "--help"
    ],
)
def test_every_option_is_documented_beside_its_command(command: str, option: str) -> None:
    word = re.compile(rf"{option}(?![\w-])")
    beside = [
        p for p in GUIDE if f"./vedette {command}" in (text := p.read_text("utf-8")) and word.search(text)
    ]
    assert beside, f"no page that names ./vedette {command} mentions {option}"


@pytest.mark.parametrize("command", commands())
def test_every_command_has_an_example(command: str) -> None:
    assert f"./vedette {command}" in (commands()[command].epilog or "")


# The configuration


def sections() -> Iterator[tuple[str, type[msgspec.Struct]]]:
    """Every struct of the configuration under the heading that describes it."""
    yield "Top level", NodeConfig
    for field in msgspec.structs.fields(NodeConfig):
        for kind in (field.type, *getattr(field.type, "__args__", ())):
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                many = kind is not field.type and "list" in str(field.type)
                yield (f"`[[{field.name}]]`" if many else f"`[{field.name}]`"), kind


def chapter(heading: str) -> str:
    found = re.search(rf"^## {re.escape(heading)}$(.*?)(?=^## |\Z)", CONFIGURATION, re.M | re.S)
    assert found, f"docs/configuration.md has no chapter {heading}"
    return found[1]


@pytest.mark.parametrize(
    ("heading", "field"),
    [(heading, field.name) for heading, kind in sections() for field in msgspec.structs.fields(kind)],
)
def test_every_configuration_field_is_documented_in_its_chapter(heading: str, field: str) -> None:
    assert f"`{field}`" in chapter(heading)


@pytest.mark.parametrize(
    ("heading", "field", "default"),
    [
        (heading, field.name, field.default)
        for heading, kind in sections()
        for field in msgspec.structs.fields(kind)
        if isinstance(field.default, str | int | float | tuple)
    ],
)
def test_every_default_is_documented_as_it_is(heading: str, field: str, default: object) -> None:
    rows = [line for line in chapter(heading).splitlines() if line.startswith("|") and f"`{field}`" in line]
    written = {True: "true", False: "false"}.get(default) if isinstance(default, bool) else None
    if written is None:
        written = msgspec.json.encode(default).decode().replace(",", ", ")
    assert any(f"`{written}`" in row for row in rows), f"{field}: expected `{written}` in {rows}"


def test_the_sections_are_those_of_the_configuration() -> None:
    assert len(list(sections())) == 13


# What the parts are called


@pytest.mark.parametrize("name", [p.name for p in topology.PROCESSES])
def test_every_process_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs" / "topology.md").read_text("utf-8")


@pytest.mark.parametrize("topic", topology.TOPICS, ids=lambda topic: topic.name)
def test_every_topic_is_documented(topic: topology.Topic) -> None:
    lines = (ROOT / "docs" / "topology.md").read_text("utf-8").splitlines()
    row = next((line for line in lines if line.startswith(f"| `{topic.name}` |")), "")
    assert topic.sender in row
    assert all(reader in row for reader in topic.readers)
    assert topic.stream in row


@pytest.mark.parametrize("name", [s.name for s in topology.STREAMS])
def test_every_stream_is_documented(name: str) -> None:
    assert f"| `{name}` |" in (ROOT / "docs" / "topology.md").read_text("utf-8")


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_documented(name: str) -> None:
    lines = (ROOT / "docs" / "formats.md").read_text("utf-8").splitlines()
    row = next((line for line in lines if line.startswith(f"| `{name}` |")), "")
    assert all(transport in row for transport in FORMATS[name].transports)
    assert f'format = "{name}"' in TEXT or f"`{name}`" in (
        ROOT / "docs" / "connecting-a-sensor.md"
    ).read_text("utf-8")


def quarantine_reasons() -> set[str]:
    """Reasons that stand in the decoders' source, as they are counted."""
    pattern = re.compile(r'(?:WireError|quarantine)\(\s*(?:[\w.]+(?:\([^()]*\))?,\s*)?"([a-z-]+)"')
    writing = {"encode.py", "values.py"}  # what only an encoder refuses is not counted
    found: set[str] = set()
    for path in (ROOT / "src" / "vedette" / "wire").rglob("*.py"):
        if path.name not in writing:
            found |= set(pattern.findall(path.read_text("utf-8")))
    return found - {"too-long", "empty-record", "out-of-range", "wrong-record"}  # of encode_block


def test_every_reason_for_refusal_is_documented() -> None:
    reasons = quarantine_reasons()
    assert {"truncated", "parity", "not-registered", "crc"} <= reasons
    formats = (ROOT / "docs" / "formats.md").read_text("utf-8")
    assert [reason for reason in sorted(reasons) if f"`{reason}`" not in formats] == []


def test_every_reason_for_not_using_is_documented() -> None:
    source = (ROOT / "src" / "vedette" / "track" / "step.py").read_text("utf-8")
    reasons = re.findall(r'refuse\("([a-z-]+)"', source)
    assert "late" in reasons
    for page in ("formats.md", "replay-and-recordings.md"):
        text = (ROOT / "docs" / page).read_text("utf-8")
        assert [reason for reason in reasons if f"`{reason}`" not in text] == []


def test_the_rule_and_its_states_are_documented() -> None:
    alerts = (ROOT / "docs" / "alerts.md").read_text("utf-8")
    assert f"Rule `{RULE}`" in alerts
    assert all(f"| `{state}` |" in alerts for state in AlertState.__args__)


RULES_PAGE = (ROOT / "docs" / "rules.md").read_text("utf-8")


@pytest.mark.parametrize("field", Common.__struct_fields__)
def test_every_field_of_a_rule_is_documented(field: str) -> None:
    head = RULES_PAGE.partition("## Kinds")[0]
    assert re.search(rf"^\|.*`{field}`.*\|", head, re.M)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_rule_is_documented_with_its_fields_and_defaults(kind: str) -> None:
    found = re.search(rf"^### `{kind}`$(.*?)(?=^##|\Z)", RULES_PAGE, re.M | re.S)
    assert found, f"docs/rules.md has no chapter {kind}"
    for field in msgspec.structs.fields(KINDS[kind].what):
        row = next((line for line in found[1].splitlines() if re.match(rf"\|.*`{field.name}`", line)), "")
        values = field.default if isinstance(field.default, tuple) else (field.default,)
        for value in values:
            written = value if isinstance(value, str) else msgspec.json.encode(value).decode()
            assert value is None or f"`{written}`" in row, (
                f"{kind}.{field.name}: expected `{written}` in {row!r}"
            )
    usual = KINDS[kind].near_m
    assert usual is None or f"`near_m` {usual:g}" in found[1]


def test_the_rules_of_the_page_load() -> None:
    (block,) = re.findall(r"```toml rules\n(.*?)```", RULES_PAGE, re.S)
    assert [rule.name for rule in parse_rules(block, "docs/rules.md", built_in()).used()][:2] == [
        "zone-entry",
        "claimed-entry",
    ]


def metric_names() -> list[str]:
    node = Node(name="n", version="0", view=View(0.0, 0.0, 1.0))
    state = LiveState(node, lambda: 0)
    state.time_ns = 0
    text = Metrics(state).text().decode()
    names = re.findall(r"^# TYPE (vedette_\w+)", text, re.M)
    return [name for name in names if not name.endswith("_created")]


@pytest.mark.parametrize("name", metric_names())
def test_every_metric_is_documented(name: str) -> None:
    assert re.search(rf"`{name}[`{{]", (ROOT / "docs" / "operations.md").read_text("utf-8"))


@pytest.mark.parametrize("address", describe("0")["paths"])
def test_every_address_is_documented(address: str) -> None:
    if address != "/":
        assert address in (ROOT / "docs" / "picture-protocol.md").read_text("utf-8")


def test_the_picture_frame_is_documented_byte_by_byte() -> None:
    page = (ROOT / "docs" / "picture-protocol.md").read_text("utf-8")
    assert f"{TRACK.itemsize} bytes each" in page
    assert HEADER.size == 32
    spelt = {"<i8": "i64", "<f8": "f64", "<u4": "u32", "<f4": "f32", "|u1": "u8"}
    for field in TRACK.names or ():
        dtype, offset = (TRACK.fields or {})[field][:2]
        assert f"| {offset} | {spelt[dtype.str]} | `{field}` |" in page


def test_the_history_tables_are_documented() -> None:
    page = (ROOT / "docs" / "history.md").read_text("utf-8")
    for statement in tables.CREATE:
        table, columns = re.findall(r"EXISTS (\w+)\((.*)\)", statement, re.S)[0]
        row = next(line for line in page.splitlines() if line.startswith(f"| `{table}` |"))
        for column in re.sub(r"\(.*?\)", "", columns).split(","):
            assert f"`{column.split()[0]}`" in row


# What is written


def links(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{name_of(page)}: {link}"
        assert target.is_relative_to(ROOT), f"{name_of(page)}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{name_of(page)}: {link}"


def test_every_page_of_docs_is_reached_from_the_readme() -> None:
    seen, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(page)]
    assert set((ROOT / "docs").glob("*.md")) <= seen


def toml_blocks() -> list[tuple[str, str]]:
    return [
        (f"{name_of(page)}[{i}]", block)
        for page in PAGES
        for i, block in enumerate(re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.S))
    ]


@pytest.mark.parametrize(("place", "block"), toml_blocks(), ids=[place for place, _ in toml_blocks()])
def test_every_toml_example_loads(place: str, block: str) -> None:
    parse(tomllib.loads(block), place)


@pytest.mark.parametrize("path", sorted((ROOT / "examples").glob("*.toml")), ids=name_of)
def test_every_example_configuration_loads(path: Path) -> None:
    load_zone_files(load(path), path.parent)


def test_the_example_sensor_is_understood() -> None:
    example = runpy.run_path(str(ROOT / "examples" / "sapient_sensor.py"))
    decoder = SapientDecoder("sapient", "00000000-0000-4000-8000-000000000000")
    intake = Intake()
    said = [example["registration"](), example["status"](), *(example["detection"](n) for n in (0, 59))]
    for second, content in enumerate(said, start=1_800_000_000):
        decoder.receive(example["frame"](content, second), second * NS_PER_S, intake)
    assert intake.quarantined == {}
    assert len(intake) == 2
    assert intake.reports[0].scan == "staring"
    assert intake.reports[1].lat_deg == 51.19


def tracked_texts() -> Iterator[tuple[str, str]]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: no list of tracked files")
    for name in listed.decode().split("\0"):
        path = ROOT / name
        if not name or not path.is_file():
            continue
        try:
            yield name, path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_no_tracked_file_names_a_machine_or_a_registry() -> None:
    """Paths of one machine and hosts of registries have no place in a repository."""
    hosts = "|".join(("pypi\\.org", "pythonhosted\\.org", "npmjs\\.(?:org|com)", "yarnpkg\\.com"))
    pattern = re.compile(rf"(?<![\w.])/(?:home|root|Users|work|opt)/\w+|{hosts}")
    found = [f"{name}: {match[0]}" for name, text in tracked_texts() if (match := pattern.search(text))]
    assert found == []
