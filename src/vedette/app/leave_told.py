"""Who may fly, in words: what a file of authorisations, or a node's configuration, says."""

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vedette.app import authorisations
from vedette.app.authorisations import content_of
from vedette.app.config import load, load_zone_files
from vedette.app.leaves_as_told import as_told
from vedette.core.errors import ConfigError
from vedette.core.leave import Leave
from vedette.core.units import NS_PER_S
from vedette.core.zone import Area
from vedette.identify.leaves import Leaves
from vedette.identify.leaves_file import parse

_CONFIGURES = ("node", "feed", "zones")  # a file with one of these is a node's configuration


def told(path: Path, at_ns: int) -> tuple[str, dict[str, Any]]:
    """A table and its values, or ConfigError with file and line.

    path   a file of authorisations, a node's configuration, or the folder of one
    at_ns  UTC: what holds then
    """
    leaves = _read(path)
    rows = [_row(one, at_ns) for one in as_told(leaves)]
    now = sum(row["holds"] for row in rows)
    summary = {"at": _utc(at_ns), "leaves": rows, "operators": len(leaves.operators), "hold": now}
    head = f"{len(rows)} in all, {now} hold at {_utc(at_ns)}; operators registered: {len(leaves.operators)}"
    return "\n".join((*_table(rows), head)), summary


def _read(path: Path) -> Leaves:
    """What it says; a configuration with the file that it names."""
    if path.is_dir():
        path = path / "node.toml"
    text = content_of(path).decode("utf-8", "replace")
    try:
        configures = any(name in tomllib.loads(text) for name in _CONFIGURES)
    except tomllib.TOMLDecodeError:
        configures = False  # the reader below tells where
    if not configures:
        return parse(text, str(path))
    config = load(path)
    zones = load_zone_files(config, path.parent)
    authorisations.check_places(config, path, zones)
    return authorisations.of_node(config, path.parent, zones)


def _row(one: Leave, at_ns: int) -> dict[str, Any]:
    return {
        "holds": one.holds(at_ns),
        "who": one.who,
        "operator": one.holder,
        "where": _where(one),
        "from": None if one.start_ns is None else _utc(one.start_ns),
        "until": None if one.end_ns is None else _utc(one.end_ns),
        "reference": one.reference,
    }


def _where(one: Leave) -> str:
    if one.kind == "flight-plan":
        return "flight plan"
    places = [*one.zones, *([_area(one.area)] if one.area else [])]
    return ", ".join(places) or "everywhere"


def _area(area: Area) -> str:
    """A volume in a few words."""
    if area.circle is not None:
        lat, lon, radius_m = area.circle
        shape = f"{radius_m:.0f} m about {lat:.4f} {lon:.4f}"
    else:
        shape = f"within {len(area.polygon)} corners from {area.polygon[0][0]:.4f} {area.polygon[0][1]:.4f}"
    low = "" if area.lower_m is None else f", from {area.lower_m:.0f} m {area.lower_reference}"
    high = "" if area.upper_m is None else f", up to {area.upper_m:.0f} m {area.upper_reference}"
    return shape + low + high


def _table(rows: list[dict[str, Any]]) -> list[str]:
    """Lines of equal columns; those that hold are marked."""
    if not rows:
        return ["nobody has leave"]
    head = {"who": "who", "operator": "operator", "where": "where", "from": "from", "until": "until",
            "reference": "reference"}  # fmt: skip
    cells = [[str(row[name] or "-") for name in head] for row in (head, *rows)]
    widths = [max(len(line[k]) for line in cells) for k in range(len(head))]
    marks = [" ", *("*" if row["holds"] else " " for row in rows)]
    return [
        f"{mark} {'  '.join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))}".rstrip()
        for mark, line in zip(marks, cells, strict=True)
    ]


def _utc(time_ns: int) -> str:
    return datetime.fromtimestamp(time_ns // NS_PER_S, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def time_ns(text: str | None) -> int:
    """A time that a person wrote, or now; ConfigError where it is none."""
    if text is None:
        return int(datetime.now(UTC).timestamp()) * NS_PER_S
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise ConfigError("--at", "a time with its offset from UTC, such as 2026-11-27T18:00:00Z", text)
    return int(time.timestamp()) * NS_PER_S
