"""Scenarios by path or by built-in name, read and checked; a mistake is named with file and line."""

import re
import tomllib
from pathlib import Path

import msgspec

from vedette.core.errors import ConfigError
from vedette.simulate.spec.check import mistakes
from vedette.simulate.spec.explain import explained, mistaken, place_in
from vedette.simulate.spec.mistake import Mistake
from vedette.simulate.spec.place import TerrainFile
from vedette.simulate.spec.scenario import Scenario

BUILTIN = Path(__file__).parent / "scenarios"


def builtin_names() -> list[str]:
    """Names of the scenarios that come with Vedette."""
    return sorted(path.stem for path in BUILTIN.glob("*.toml"))


def scenario_path(name: str | Path) -> Path:
    """The file of a built-in name, or of a path; ConfigError lists what would have worked."""
    path = Path(name)
    if path.is_file():
        return path
    builtin = BUILTIN / f"{name}.toml"
    if builtin.is_file():
        return builtin
    known = ", ".join(builtin_names())
    raise ConfigError(str(name), f"a scenario file or one of: {known}", "no such file")


def load_scenario(name: str | Path) -> Scenario:
    """Read and check a scenario by path or built-in name; ConfigError says file, line and path."""
    path = scenario_path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), "a readable UTF-8 file", str(error)) from error
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = re.search(r"at line (\d+)", str(error))
        raise ConfigError(f"{path}:{found.group(1)}" if found else str(path), "TOML", str(error)) from error
    try:
        scenario = msgspec.convert(raw, Scenario)
    except msgspec.ValidationError as error:
        raise explained(path, text, raw, str(error)) from error
    for mistake in mistakes(scenario):
        raise mistaken(path, text, mistake)
    if scenario.terrain is not None:
        beside = str(_beside(path, text, "$.terrain.file", scenario.terrain.file))
        return msgspec.structs.replace(scenario, terrain=TerrainFile(file=beside))
    return scenario


def place_of(name: str | Path, where: str) -> str:
    """`file:line: where` of a setting in a scenario that was loaded by this name, such as airport[0].icao."""
    path = scenario_path(name)
    return place_in(path, path.read_text(encoding="utf-8"), f"$.{where}")


def zones_path(scenario: Scenario, name: str | Path) -> Path | None:
    """The ED-318 file of a scenario that was loaded by this name; None if it has none.

    ConfigError where it is not there: a run folder keeps the scenario, and its zones under another name,
    so that only who needs the file misses it.
    """
    if scenario.zones is None:
        return None
    path = scenario_path(name)
    return _beside(path, path.read_text(encoding="utf-8"), "$.zones", scenario.zones)


def surface_path(scenario: Scenario, name: str | Path) -> Path | None:
    """The map of water and roads of a scenario that was loaded by this name, as `zones_path`."""
    if scenario.surface is None:
        return None
    path = scenario_path(name)
    return _beside(path, path.read_text(encoding="utf-8"), "$.surface", scenario.surface)


def _beside(path: Path, text: str, where: str, file: str) -> Path:
    """A file that the scenario at `path` names, which is there."""
    if not (path.parent / file).is_file():
        raise mistaken(path, text, Mistake(where, f"a file in {path.parent}", file))
    return path.parent / file
