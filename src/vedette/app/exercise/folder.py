"""What the folder of an exercise holds, beside what every run folder does.

exercise.json   scenario, seed, first instant
scenario.toml   the scenario as it was
events.jsonl    what the director did and when; people.jsonl: who logged in
truth.csv       once a second, as it goes
journal/ picture.duckdb node.toml   as of any run
"""

import tomllib
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.app.circumstances import circumstances
from vedette.app.exercise import events
from vedette.core.errors import StorageError
from vedette.core.zone import Zone
from vedette.evaluate.coverage import Circumstances
from vedette.simulate.load import load_scenario, scenario_path

ABOUT: Final = "exercise.json"
SCENARIO: Final = "scenario.toml"


class About(Struct, frozen=True, kw_only=True):
    """What was played. start_ns is UTC of the scenario's first instant."""

    scenario: str
    title: str
    seed: int
    start_ns: int
    minutes: float | None = None


def write_about(folder: Path, about: About) -> None:
    """exercise.json and a copy of the scenario, with the terrain that lies beside it."""
    path = scenario_path(about.scenario)
    try:
        (folder / ABOUT).write_bytes(msgspec.json.format(msgspec.json.encode(about), indent=2) + b"\n")
        text = path.read_bytes()
        (folder / SCENARIO).write_bytes(text)
        terrain = tomllib.loads(text.decode("utf-8")).get("terrain", {}).get("file", "")
        if terrain and not Path(terrain).is_absolute():
            (folder / terrain).parent.mkdir(parents=True, exist_ok=True)
            (folder / terrain).write_bytes((path.parent / terrain).read_bytes())
    except OSError as error:
        raise StorageError(f"cannot write to {folder}: {error}") from error


def read_about(folder: Path) -> About | None:
    """What was played; None where the folder is of no exercise."""
    path = folder / ABOUT
    if not path.is_file():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=About)
    except msgspec.DecodeError as error:
        raise StorageError(f"{path}: expected what was played, got {error}") from error


def read_events(folder: Path) -> list[events.Event]:
    """All events of both kinds, by time."""
    both = [*events.read(folder / events.EVENTS), *events.read(folder / events.PEOPLE)]
    return sorted(both, key=lambda event: event.time_ns)


def circumstances_of(folder: Path, rows: NDArray[np.void], zones: list[Zone]) -> Circumstances:
    """What the folder tells of its sensors' circumstances."""
    if (folder / SCENARIO).is_file():
        about = read_about(folder)
        start_ns = int(rows["time_ns"].min()) if about is None else about.start_ns
        told = events.read(folder / events.EVENTS)
        scenario = load_scenario(folder / SCENARIO)
        return circumstances(scenario, np.unique(rows["id"]).tolist(), start_ns, told)
    grounds = [zone.ground_m for zone in zones if zone.ground_m is not None]
    return Circumstances(ground_m=min(grounds, default=None))
