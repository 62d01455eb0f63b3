"""Questions about the past over the bus, and `./vedette history`: what they ask and how they are answered."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb
import msgspec

from vedette.app import config as configuration
from vedette.app.messages import PastQuestion
from vedette.core.errors import ConfigError, StorageError
from vedette.core.units import NS_PER_S
from vedette.core.zone import Zone
from vedette.history import past
from vedette.history.search import Rows, opened, search
from vedette.history.wanted import Wanted

FILE: Final = "picture.duckdb"


def answer(db: duckdb.DuckDBPyConnection, question: PastQuestion, zones: dict[str, Zone]) -> bytes:
    """What the history says; StorageError where it cannot."""
    if question.asks == "frames":
        return past.frames(db, question.from_ns, question.to_ns)
    if question.asks == "told":
        return msgspec.json.encode(past.told(db, question.from_ns, question.to_ns))
    if question.asks == "span":
        return msgspec.json.encode(past.span(db))
    wanted = question.wanted
    if question.zone:
        wanted = msgspec.structs.replace(wanted, zone=_zone(question.zone, zones))
    return msgspec.json.encode(search(db, wanted))


def _zone(name: str, zones: dict[str, Zone]) -> Zone:
    if name not in zones:
        raise StorageError(
            f"expected a zone of this node ({', '.join(sorted(zones)) or 'none'}), got {name[:60]!r}"
        )
    return zones[name]


# The command


def history(options: argparse.Namespace) -> Rows:
    """Run the command: tracks, the newest first."""
    path: Path = options.path
    file = path / FILE if path.is_dir() else path
    zone = _zone(options.zone, _zones_beside(file.parent)) if options.zone else None
    wanted = Wanted(
        near=options.near, from_ns=options.from_ns, to_ns=options.to_ns, kind=options.kind,
        authorisation=options.authorisation, zone=zone, limit=options.limit,
    )  # fmt: skip
    db = opened(file)
    try:
        return search(db, wanted)
    finally:
        db.close()


def _zones_beside(folder: Path) -> dict[str, Zone]:
    """Zones of the configuration in a data folder."""
    path = folder / "node.toml"
    if not path.is_file():
        raise ConfigError("--zone", f"a node.toml in {folder}, which names the zones", "none")
    return {zone.id: zone for zone in configuration.load_zone_files(configuration.load(path), folder)}


def as_text(rows: Rows) -> str:
    """For people, one line a track."""
    if not rows:
        return "no track fits"
    head = f"{'track':>9} {'label':18} {'first':19} {'last':8} {'nearest m':>9} {'class':17} "
    return "\n".join([f"{head}{'standing':12} {'top m/s':>7} {'alerts':>6}", *map(_line, rows)])


def _line(row: dict[str, Any]) -> str:
    """One track."""
    columns = (
        f"{row['track_id']:>9}",
        f"{(row['label'] or '')[:18]:18}",
        _clock(row["first_ns"], "%Y-%m-%d %H:%M:%S"),
        _clock(row["last_ns"], "%H:%M:%S"),
        f"{_number(row['nearest_m']):>9}",
        f"{row['class'] or 'unknown':17}",
        f"{row['authorisation'] or 'unknown':12}",
        f"{_number(row['top_mps'], 1):>7}",
        f"{row['alerts']:>6}",
    )
    return " ".join(columns)


def _clock(ns: int, form: str) -> str:
    return datetime.fromtimestamp(ns / NS_PER_S, UTC).strftime(form)


def _number(value: float | None, digits: int = 0) -> str:
    return "-" if value is None else f"{value:.{digits}f}"
