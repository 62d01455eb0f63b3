"""The procedures of a node: the built-in ones, or a site's own file."""

from pathlib import Path
from typing import Final

from vedette.app.config import NodeConfig
from vedette.core.errors import ConfigError
from vedette.incident.procedures import Procedure, parse

BUILT_IN: Final = Path(__file__).parent / "procedures.toml"


def read(path: Path) -> list[Procedure]:
    """The procedures of a file, or ConfigError with the place."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), "a file of procedures", str(error)) from error
    return parse(text, str(path))


def of_node(config: NodeConfig, folder: Path) -> list[Procedure]:
    """The procedures that a configuration names, beside it; without any, the built-in ones."""
    return read(BUILT_IN if config.procedures is None else folder / config.procedures)
