"""The rules of a node: the built-in ones, or a site's own file; read again when it changes."""

from pathlib import Path
from typing import Final

from vedette.app.config import NodeConfig
from vedette.core.errors import ConfigError
from vedette.core.zone import Zone
from vedette.watch.explain import explained
from vedette.watch.rule import RuleSet
from vedette.watch.rules_file import parse

BUILT_IN: Final = Path(__file__).parent / "rules.toml"


def built_in() -> RuleSet:
    """The rules that come with Vedette."""
    return parse(BUILT_IN.read_text(encoding="utf-8"), BUILT_IN.name)


def read(path: Path, zones: list[Zone] | None = None) -> RuleSet:
    """A rules file, or ConfigError with file and line.

    zones  that the node has; None is not known: what rules name is not looked up
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(str(path), "a rules file", "no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), "a readable text file", str(error)) from error
    return parse(text, str(path), built_in(), None if zones is None else [zone.id for zone in zones])


def of_node(config: NodeConfig, folder: Path, zones: list[Zone]) -> RuleSet:
    """The rules that a configuration names, beside it; without any, the built-in ones."""
    return built_in() if config.rules is None else read(folder / config.rules, zones)


def checked(path: Path | None) -> str:
    """A file's rules in words, or ConfigError; the built-in ones without a file."""
    rules = built_in() if path is None else read(path)
    used = len(rules.used())
    return f"{explained(rules)}\n\n{used} rules in use, {len(rules.rules) - used} off"
