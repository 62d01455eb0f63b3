"""Who may fly at a node: what its configuration says, and a file beside it, read again when it changes."""

from pathlib import Path
from typing import NoReturn

from vedette.app.config import NodeConfig
from vedette.app.held import Notes
from vedette.core.errors import ConfigError
from vedette.core.toml_lines import line_of
from vedette.core.zone import Zone
from vedette.identify.leaves import Leaves
from vedette.identify.leaves_file import check_zones, parse


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


class Held:
    """What held when, in the order of time."""

    def __init__(self, config: NodeConfig, folder: Path, zones: list[Zone]) -> None:
        """Read all that was noted in a run folder; without any, the one file holds throughout."""
        noted = Notes(folder).all() if config.authorisations is not None else []
        known = {path: read(path, config, zones) for path in {path for _, path in noted}}
        self._coming = [(from_ns, known[path]) for from_ns, path in noted]
        self.first = self._coming.pop(0)[1] if self._coming else of_node(config, folder, zones)

    def changed(self, tick_ns: int) -> Leaves | None:
        """What holds for a tick, where that is not what held for the one before; None where it is."""
        found = None
        while self._coming and self._coming[0][0] < tick_ns:
            found = self._coming.pop(0)[1]
        return found
