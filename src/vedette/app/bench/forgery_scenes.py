"""Scenes for the bench of forged claims: honest drones over a town, somebody who lies, and who could see it.

Each scene is a scenario of the simulator, drawn with a seed, and edits of the frames that its Remote ID
receiver sends. Truth is by id: the ids of forgers are forged, all others are honest.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import msgspec
import numpy as np

from vedette.simulate.actors.build import counted
from vedette.simulate.spec.scenario import Scenario

SECONDS: Final = 80
KINDS: Final = (
    "ghost", "ghost-low", "swarm", "borrowed", "clone", "replay", "shifted", "impossible", "thief",
)  # fmt: skip
HONEST: Final = ("calm", "noise", "wind", "loss", "jammed", "hover", "show")
SENSORS: Final = ("radar", "finders", "both", "none")

_LAT, _LON = 50.90, 4.48
_DEG_M: Final = 111_195.0
_EAST: Final = _DEG_M * 0.6307  # a degree of longitude there
_LETTERS: Final = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_LIAR: Final = 30.0  # when the lie begins, s


@dataclass(frozen=True, slots=True)
class Edits:
    """What is done to the frames of the Remote ID receiver.

    fade_db     sd of the level
    noise_m     sd of the place, of honest drones, beyond what they tell
    loss        share that is not heard
    replay      serial whose frames of the first seconds come again, as another serial, so much later
    shift       serial whose place is told so many metres to the east and north, from a time on
    """

    fade_db: float = 4.0
    noise_m: float = 0.0
    loss: float = 0.0
    replay: tuple[str, str, float] | None = None
    shift: tuple[str, float, float, float] | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """One scene: its scenario, its edits, who lies.

    forged  ids, with the second from which each lies
    twin    name of the honest drone of each id that a forger shares
    """

    name: str
    sensors: str
    scenario: Scenario
    edits: Edits
    forged: dict[str, float] = field(default_factory=dict)
    twin: dict[str, str] = field(default_factory=dict)


def serial_of(rng: np.random.Generator) -> str:
    """A serial number that keeps to ANSI/CTA-2063-A."""
    rest = "".join(_LETTERS[i] for i in rng.integers(0, len(_LETTERS), 6))
    return f"1581A{rest}{rng.integers(1000, 9999):04d}"


def place(east_m: float, north_m: float) -> list[float]:
    """Degrees of a place so far from the site."""
    return [float(_LAT + north_m / _DEG_M), float(_LON + east_m / _EAST)]


def build(kind: str, sensors: str, seed: int) -> Scene:
    """One scene; kind is one of KINDS or HONEST, sensors one of SENSORS."""
    every = (*KINDS, *HONEST)
    rng = np.random.default_rng([seed, every.index(kind), SENSORS.index(sensors)])
    honest = [_drone(rng, k, kind) for k in range(6)]
    edits = Edits()
    forged: dict[str, float] = {}
    twin: dict[str, str] = {}
    extra: list[dict[str, Any]] = []
    wind_mps = 8.0 if kind in ("wind", "jammed") else 3.0
    document: dict[str, Any] = {
        "name": "forgery", "title": f"{kind}, {sensors}", "start": "2026-11-20T12:00:00Z",
        "site": {"name": "Town", "lat_deg": _LAT, "lon_deg": _LON, "ground_m": 98.0, "undulation_m": 45.0},
        "weather": {"wind_mps": wind_mps, "wind_from_deg": 240.0, "gust_mps": 1.0},
        "feed": [
            {"name": "sapient", "format": "sapient", "transport": "tcp-listen"},
            {"name": "remoteid", "format": "remoteid", "transport": "udp"},
        ],
        "sensor": _sensors(sensors),
        "authorisation": [{"serial": actor["serial"], "operator": "town"} for actor in honest[:3]],
    }  # fmt: skip
    if kind in KINDS:
        extra, forged, edits, twin = _lie(rng, kind, honest)
    elif kind == "noise":
        edits = Edits(noise_m=8.0)
    elif kind == "loss":
        edits = Edits(loss=0.6)
    elif kind == "show":
        honest += _show(rng)
    elif kind == "jammed":
        document["jamming"] = [
            {
                "centre": place(0.0, 0.0),
                "radius_m": 4000.0,
                "from_s": 30.0,
                "until_s": 70.0,
                "effect": "drift",
            }
        ]
    document["actor"] = [*honest, *extra]
    scenario = msgspec.convert(document, Scenario)
    return Scene(kind, sensors, scenario, edits, forged, twin)


def _sensors(which: str) -> list[dict[str, Any]]:
    at = {"lat_deg": _LAT, "lon_deg": _LON, "height_m": 15.0}
    out: list[dict[str, Any]] = [
        {"kind": "remote_id_receiver", "id": "rid", "name": "Receiver", "feed": "remoteid", **at,
         "range_max_m": 6000.0, "period_s": 1.0, "detection_probability": 0.95},
    ]  # fmt: skip
    if which in ("radar", "both"):
        out.append(
            {"kind": "drone_radar", "id": "radar", "name": "Radar", "feed": "sapient", **at, "period_s": 1.0,
             "node_id": "98d007d6-d9ea-4fca-bfb8-17f2fe6067b5", "range_max_m": 8000.0,
             "detection_probability": 0.92, "false_per_scan": 0.6}
        )  # fmt: skip
    if which in ("finders", "both"):
        for k, (e, n) in enumerate(((-1500.0, 1200.0), (1800.0, -900.0))):
            lat, lon = place(e, n)
            out.append(
                {"kind": "rf_finder", "id": f"finder-{k}", "name": "Finder", "feed": "sapient",
                 "node_id": f"765281d1-da03-459d-937c-2cb1ff81872{k}", "lat_deg": lat, "lon_deg": lon,
                 "height_m": 25.0, "range_max_m": 10000.0, "period_s": 1.0, "detection_probability": 0.85,
                 "false_per_scan": 0.02}
            )  # fmt: skip
    return out


def _drone(rng: np.random.Generator, k: int, scene: str) -> dict[str, Any]:
    """One honest drone, somewhere within two kilometres, on one of several missions."""
    away, angle = rng.uniform(600.0, 2000.0), rng.uniform(0.0, 2.0 * np.pi)
    e, n = away * np.cos(angle), away * np.sin(angle)
    corners = rng.uniform(-700.0, 700.0, (4, 2))
    missions: list[dict[str, Any]] = [
        {"kind": "orbit", "centre": place(e, n), "radius_m": float(rng.uniform(80.0, 300.0)), "turns": 20.0},
        {"kind": "survey", "centre": place(e, n), "length_m": 300.0, "width_m": 200.0,
         "heading_deg": float(rng.uniform(0.0, 180.0)), "spacing_m": 40.0},
        {"kind": "route", "waypoints": [place(e + dx, n + dy) for dx, dy in corners]},
        {"kind": "hover", "at": place(e, n), "hold_s": 300.0},
    ]  # fmt: skip
    mission = missions[3] if scene == "hover" else missions[k % 4]
    return {
        "kind": "multirotor", "name": f"honest {k}", "home": place(e + 50.0, n), "mission": mission,
        "height_m": float(rng.uniform(50.0, 120.0)), "speed_mps": float(rng.uniform(6.0, 14.0)),
        "start_s": float(rng.uniform(-60.0, 20.0)), "remote_id": True, "serial": serial_of(rng),
        "authorised": k < 3, "emission_mhz": 2437.0, "rcs_m2": 0.02,
    }  # fmt: skip


def _show(rng: np.random.Generator) -> list[dict[str, Any]]:
    """Twelve more that fly as one, each with an id of its own: honest, though they look like a swarm."""
    e, n = rng.uniform(-800.0, 800.0, 2)
    way = [place(e, n), place(e + 600.0, n + 300.0), place(e, n + 700.0)]
    return [
        {"kind": "multirotor", "name": f"show {k}", "home": place(e - 60.0 + 25.0 * k, n - 80.0),
         "mission": {"kind": "route", "waypoints": [[w[0], w[1] + 25.0 * k / _EAST] for w in way]},
         "height_m": 90.0, "speed_mps": 8.0, "start_s": 10.0, "remote_id": True, "serial": serial_of(rng),
         "emission_mhz": 2437.0, "rcs_m2": 0.02}
        for k in range(12)
    ]  # fmt: skip


def _lie(
    rng: np.random.Generator, kind: str, honest: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, float], Edits, dict[str, str]]:
    """Who lies in a scene: actors, forged ids with the time they begin, edits, and ids that are shared."""
    e, n = rng.uniform(-1500.0, 1500.0, 2)
    way = [place(e, n), place(e + rng.uniform(-1200.0, 1200.0), n + 900.0), place(e - 800.0, n + 200.0)]
    forger: dict[str, Any] = {
        "kind": "forger", "name": "liar", "claims": "remote_id", "waypoints": way, "emission_mhz": 2412.0,
        "at": place(*rng.uniform(-1800.0, 1800.0, 2)), "height_m": float(rng.uniform(70.0, 120.0)),
        "speed_mps": float(rng.uniform(8.0, 15.0)), "start_s": _LIAR, "serial": serial_of(rng),
    }  # fmt: skip
    edits, twin = Edits(), {}
    if kind == "ghost-low":
        forger["height_m"] = 45.0
    elif kind == "swarm":
        forger |= {"count": 100, "spacing_m": 25.0, "serial": "1581A0000000001"}
    elif kind == "borrowed":
        forger["serial"] = honest[0]["serial"]
        honest.pop(0)  # its holder stays at home
    elif kind == "clone":
        forger["serial"] = honest[0]["serial"]
        twin = {honest[0]["serial"]: honest[0]["name"]}
    elif kind == "impossible":
        forger["speed_mps"] = 160.0
    elif kind == "replay":
        source, again = honest[2], serial_of(rng)
        source |= {"start_s": -20.0, "end_s": 45.0}
        return [], {again: 50.0}, Edits(replay=(source["serial"], again, 50.0)), {}
    elif kind == "shifted":
        angle = rng.uniform(0.0, 2.0 * np.pi)
        east, north = 900.0 * np.cos(angle), 900.0 * np.sin(angle)
        return [], {honest[1]["serial"]: 45.0}, Edits(shift=(honest[1]["serial"], 45.0, east, north)), {}
    elif kind == "thief":
        thief = _drone(rng, 2, kind) | {"name": "thief", "start_s": _LIAR, "serial": honest[0]["serial"]}
        return [thief], {honest[0]["serial"]: _LIAR}, Edits(), {honest[0]["serial"]: honest[0]["name"]}
    names = [counted(forger["serial"], k) for k in range(forger.get("count", 1))]
    return [forger], dict.fromkeys(names, _LIAR), edits, twin
