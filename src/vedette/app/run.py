"""A node on real feeds."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from vedette.app import authorisations, procedures, rules
from vedette.app import config as configuration
from vedette.app.attend import run_node
from vedette.app.node import Node
from vedette.core.errors import StorageError


def run(path: Path, say: Callable[[str], None], *, seconds: float | None) -> dict[str, Any]:
    """Run the node that a configuration describes until it is interrupted; returns its summary.

    path  the file, or a folder with a node.toml, as simulate and a run leave it
    """
    path = configuration_file(path)
    config = configuration.load(path)
    zones = configuration.load_zone_files(config, path.parent)
    configuration.load_surface_file(config, path.parent)
    rules.of_node(config, path.parent, zones)
    procedures.of_node(config, path.parent)
    authorisations.check_places(config, path, zones)
    authorisations.of_node(config, path.parent, zones)
    folder = (path.parent / config.node.data).resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _take_along(path, folder, config)
    except OSError as error:
        raise StorageError(f"cannot write to {folder}: {error}") from error
    for feed in config.feed:
        say(f"feed {feed.name}: {feed.format} over {feed.transport} at {feed.host}:{feed.port}")
    node = Node(
        folder,
        config,
        say,
        rules_path=_beside(path, config.rules),
        procedures_path=_beside(path, config.procedures),
        authorisations_path=_beside(path, config.authorisations),
    )
    return run_node(node, config, say, seconds=seconds, headless=False)


def _beside(path: Path, name: str | None) -> Path | None:
    """A file that a configuration names; None where it names none."""
    return None if name is None else (path.parent / name).resolve()


def configuration_file(path: Path) -> Path:
    """The configuration that a path means."""
    return path / "node.toml" if path.is_dir() else path


def _take_along(path: Path, folder: Path, config: configuration.NodeConfig) -> None:
    """The configuration and what it names beside the data: a recording replays from its folder alone."""
    if folder == path.parent.resolve() and path.name == "node.toml":
        return
    text = path.read_text(encoding="utf-8")
    (folder / "node.toml").write_text(text, encoding="utf-8")
    for name in configuration.files_of(config):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((path.parent / name).read_bytes())
