"""A scenario as the configuration of the node that is to see it."""

import socket
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from vedette.app.config import NodeConfig, SensorConfig, parse
from vedette.core.errors import ConfigError, FeedError, StorageError
from vedette.core.units import NS_PER_S
from vedette.simulate.load import load_scenario, place_of, surface_path, zones_path
from vedette.simulate.spec.place import Authorisation as Leave
from vedette.simulate.spec.scenario import Scenario

ZONES = "zones.json"
SURFACE = "surface.json"
_FIRST_PORT = 8600  # of feeds that leave their port open
_LEAST_FALSE = 1e-3  # no sensor is without any


def document(
    scenario: Scenario, name: str, start_ns: int, *, port: int = 8470, ports: dict[str, int] | None = None
) -> dict[str, Any]:
    """node.toml of the node that sees a scenario, as a document.

    name   that the scenario was loaded by
    ports  of the feeds; others keep the scenario's, or count from 8600 where it leaves them open
    """
    feeds = [
        {"name": f.name, "format": f.format, "transport": f.transport, "host": f.host,
         "port": (ports or {}).get(f.name, f.port or _FIRST_PORT + i)}
        for i, f in enumerate(scenario.feed)
        if f.transport != "file"
    ]  # fmt: skip
    sensors = []
    for sensor in scenario.sensors():
        fields = {f: getattr(sensor, f) for f in SensorConfig.__struct_fields__}
        fields["false_per_scan"] = max(sensor.false_per_scan, _LEAST_FALSE)
        sensors.append({f: v for f, v in fields.items() if v is not None})
    site = scenario.site
    view = {} if site.zoom is None else {"lat_deg": site.lat_deg, "lon_deg": site.lon_deg, "zoom": site.zoom}
    return {
        "node": {
            "name": scenario.name,
            "origin": [site.lat_deg, site.lon_deg],
            "port": port,
            "data": ".",
            "simulated": f"every sensor and every flight. {scenario.summary.strip() or scenario.title}",
        },
        **({"view": view} if view else {}),
        "zones": [ZONES] if zones_path(scenario, name) else [],
        **({"surface": SURFACE} if surface_path(scenario, name) else {}),
        "watch": {"undulation_m": site.undulation_m},
        "incidents": {"sites": site.guards},
        "feed": feeds,
        "sensor": sensors,
        "authorisation": [_authorised(leave, start_ns, site.ground_m) for leave in scenario.authorisation],
        **({"airport": scenario.airport} if scenario.airport else {}),
    }


def _authorised(leave: Leave, start_ns: int, ground_m: float) -> dict[str, Any]:
    """One authorisation with its times in UTC, its area over the ground of the site where it tells none."""
    out: dict[str, Any] = {"serial": leave.serial, "operator": leave.operator, "zones": leave.zones}
    if leave.area is not None:
        out["area"] = {"ground_m": ground_m, **msgspec.to_builtins(leave.area)}
    if leave.from_s is not None:
        out["start_ns"] = start_ns + round(leave.from_s * NS_PER_S)
    if leave.until_s is not None:
        out["end_ns"] = start_ns + round(leave.until_s * NS_PER_S)
    return out


def write_run_folder(folder: Path, scenario: Scenario, name: str, node: dict[str, Any]) -> NodeConfig:
    """node.toml, the zones and the map into a run folder; returns the configuration as it will be read."""
    config = _checked(node, str(folder / "node.toml"), name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "node.toml").write_text(tomli_w.dumps(node), encoding="utf-8")
        for source, target in ((zones_path(scenario, name), ZONES), (surface_path(scenario, name), SURFACE)):
            if source is not None:
                (folder / target).write_bytes(source.read_bytes())
    except OSError as error:
        raise StorageError(f"cannot write to {folder}: {error}") from error
    return config


def _checked(node: dict[str, Any], place: str, name: str) -> NodeConfig:
    """The configuration; what is wrong in sections that came from the scenario as they are is told there."""
    try:
        return parse(node, place)
    except ConfigError as error:
        where = error.place.rpartition(": ")[2]
        if not where.startswith(("airport[", "authorisation[")):
            raise
        raise ConfigError(place_of(name, where), error.expected, error.came) from error


def free_ports(scenario: Scenario) -> dict[str, int]:
    """A free loopback port for every feed that leaves it open."""
    out: dict[str, int] = {}
    held: list[socket.socket] = []
    try:
        for feed in scenario.feed:
            if feed.port or feed.transport == "file":
                continue
            kind = socket.SOCK_DGRAM if feed.transport == "udp" else socket.SOCK_STREAM
            opened = socket.socket(socket.AF_INET, kind)
            held.append(opened)
            opened.bind((feed.host, 0))
            out[feed.name] = opened.getsockname()[1]
    except OSError as error:
        raise FeedError(f"cannot find a free port on this machine: {error}") from error
    finally:
        for opened in held:
            opened.close()
    return out


__all__ = ["document", "free_ports", "load_scenario", "write_run_folder"]
