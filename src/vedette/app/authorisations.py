"""Who may fly at a node: what its configuration says, and a file beside it, read again when it changes.

run folder/held/<from_ns>.toml   the file as it held from a time on: a replay goes by each in its turn
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NoReturn

from vedette.app.config import NodeConfig
from vedette.core.errors import ConfigError, StorageError
from vedette.core.toml_lines import line_of
from vedette.core.zone import Zone
from vedette.identify.leaves import Leaves
from vedette.identify.leaves_file import check_zones, parse

HELD: Final = "held"


def understood(content: bytes, place: str, config: NodeConfig, zones: list[Zone]) -> Leaves:
    """What a file and the configuration say together, or ConfigError with file and line.

    place  the file, for messages
    """
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ConfigError(place, "a text in UTF-8", str(error)) from error
    names = [zone.id for zone in zones]
    return config.leaves().beside(parse(text, place, names, config.operator))


def content_of(path: Path) -> bytes:
    """A file as it stands, or ConfigError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(str(path), "a file of authorisations", "no such file") from None
    except OSError as error:
        raise ConfigError(str(path), "a readable file", str(error)) from error


def read(path: Path, config: NodeConfig, zones: list[Zone]) -> Leaves:
    """The same of a file by its path."""
    return understood(content_of(path), str(path), config, zones)


def of_node(config: NodeConfig, folder: Path, zones: list[Zone]) -> Leaves:
    """All that a configuration says, with the file beside it that it names."""
    if config.authorisations is None:
        return config.leaves()
    return read(folder / config.authorisations, config, zones)


def check_places(config: NodeConfig, path: Path, zones: list[Zone]) -> None:
    """Refuse leave of the configuration itself in zones that are not there, at its line."""
    text = path.read_text(encoding="utf-8")

    def refuse(at: str, expected: str, came: str) -> NoReturn:
        line = line_of(text, f"$.{at}")
        raise ConfigError(f"{path}:{line}: {at}", expected, came)

    check_zones(config.authorisation, [zone.id for zone in zones], refuse)


def note(folder: Path, content: bytes, from_ns: int) -> None:
    """Keep what held from a time on, unless it is what held before."""
    before = list(_noted(folder))
    if before and before[-1][1].read_bytes() == content:
        return
    there = folder / HELD / f"{from_ns}.toml"
    part = there.with_suffix(".part")
    try:
        there.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(there)
    except OSError as error:
        raise StorageError(f"cannot write {there}: {error}") from error


class Held:
    """What held when, in the order of time."""

    def __init__(self, config: NodeConfig, folder: Path, zones: list[Zone]) -> None:
        """Read all that was noted in a run folder; without any, the one file holds throughout."""
        noted = _noted(folder) if config.authorisations is not None else ()
        self._coming = [(from_ns, read(path, config, zones)) for from_ns, path in noted]
        self.first = self._coming.pop(0)[1] if self._coming else of_node(config, folder, zones)

    def changed(self, tick_ns: int) -> Leaves | None:
        """What holds for a tick, where that is not what held for the one before; None where it is."""
        found = None
        while self._coming and self._coming[0][0] < tick_ns:
            found = self._coming.pop(0)[1]
        return found


def _noted(folder: Path) -> Iterator[tuple[int, Path]]:
    """Times and files of what was noted, the oldest first."""
    there = [path for path in (folder / HELD).glob("*.toml") if path.stem.isdecimal()]
    yield from sorted((int(path.stem), path) for path in there)
