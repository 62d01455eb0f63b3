"""Draws docs/standard-scenarios.svg: the ten standard scenarios from above, with eight minutes of truth.

.venv/bin/python docs/standard_scenarios.py
"""

import math
from pathlib import Path

import msgspec
import numpy as np

from vedette.simulate import Simulation, load_scenario
from vedette.simulate.load import zones_path
from vedette.simulate.spec.sensors import DroneRadar
from vedette.wire.geozone import load_zones

ROOT = Path(__file__).parents[1]
NAMES = [
    "prison", "airport", "nuclear_plant", "government_building", "stadium",
    "concert", "rally", "summit", "land_border", "sea_border",
]  # fmt: skip
SECONDS, EVERY_S = 480.0, 4.0
COLUMNS, WIDTH, HEIGHT, HEAD, FOOT = 5, 240, 270, 18, 26
RED, GREEN, BLUE, GREY, BROWN = "#c62828", "#2e7d32", "#1d3f72", "#9a9a9a", "#8a5a2b"
ZONE = {"PROHIBITED": "#f3b6b0", "REQ_AUTHORIZATION": "#fbe6c8"}
DRONES, CREWED, GROUND = (0, 1), (2, 3, 4), (7, 8)  # of core.classes.CLASSES
SMALL_M2 = 0.02  # a multirotor of 2 kg


class Panel:
    """Metres about a middle, as pixels of one panel."""

    def __init__(self, k: int, lat_deg: float, lon_deg: float, reach_m: float) -> None:
        self.left, self.top = (k % COLUMNS) * WIDTH, (k // COLUMNS) * HEIGHT
        self.lat_deg, self.lon_deg = lat_deg, lon_deg
        self.scale = (WIDTH - 8) / (2 * reach_m)
        self.middle = (self.left + WIDTH / 2, self.top + HEAD + (HEIGHT - HEAD - FOOT) / 2)
        self.clip = f"p{k}"

    def xy(self, lat_deg, lon_deg):
        """Places on paper."""
        east = (lon_deg - self.lon_deg) * 111_320.0 * math.cos(math.radians(self.lat_deg))
        north = (lat_deg - self.lat_deg) * 111_320.0
        return self.middle[0] + east * self.scale, self.middle[1] - north * self.scale

    def line(self, lat_deg, lon_deg, style: str, tag: str = "polyline") -> str:
        """A line through places, without corners closer than a pixel."""
        x, y = self.xy(np.asarray(lat_deg), np.asarray(lon_deg))
        kept = [0]
        for i in range(1, len(x)):
            if math.hypot(x[i] - x[kept[-1]], y[i] - y[kept[-1]]) > 1.2:
                kept.append(i)
        points = " ".join(f"{x[i]:.1f},{y[i]:.1f}" for i in kept)
        return f'<{tag} points="{points}" {style}/>'


def colour_of(row: np.void) -> str:
    """By who it is and whether it may be there."""
    if row["class"] in DRONES:
        return GREEN if row["authorised"] else RED
    if row["class"] in CREWED:
        return BLUE
    return BROWN if row["class"] in GROUND else GREY


def rings_of(zone) -> list[np.ndarray]:
    """(n, 2) latitudes and longitudes of a zone's outer rings, circles as 72 corners."""
    out = []
    for volume in zone.volumes:
        if volume.circle is None:
            out.append(np.asarray(volume.rings[0]))
            continue
        lat_deg, lon_deg, radius_m = volume.circle
        turns = np.linspace(0.0, 2 * np.pi, 73)
        east_deg = radius_m / 111_320.0 / math.cos(math.radians(lat_deg)) * np.sin(turns)
        out.append(np.column_stack([lat_deg + radius_m / 111_320.0 * np.cos(turns), lon_deg + east_deg]))
    return out


def zones_of(panel: Panel, zones) -> list[str]:
    """Outlines, the wider ones below."""
    out = []
    for zone in sorted(zones, key=lambda z: z.type == "PROHIBITED"):
        fill = f'fill="{ZONE[zone.type]}"'
        out += [panel.line(ring[:, 0], ring[:, 1], fill, "polygon") for ring in rings_of(zone)]
    return out


def sensors_of(panel: Panel, scenario) -> list[str]:
    """A dot each; of drone radars how far they see a small drone, in their sector."""
    out = []
    for spec in scenario.sensor:
        x, y = panel.xy(spec.lat_deg, spec.lon_deg)
        if isinstance(spec, DroneRadar):
            radius = min(spec.range_1m2_m * SMALL_M2**0.25, spec.range_max_m) * panel.scale
            turns = np.radians(spec.azimuth_from_deg + np.linspace(0, spec.azimuth_width_deg, 49))
            edge = [(x + radius * math.sin(a), y - radius * math.cos(a)) for a in turns]
            if spec.azimuth_width_deg < 360.0:
                edge = [(x, y), *edge, (x, y)]
            points = " ".join(f"{a:.1f},{b:.1f}" for a, b in edge)
            style = 'fill="none" stroke="#777" stroke-width="0.5" stroke-dasharray="2,2"'
            out.append(f'<polyline points="{points}" {style}/>')
        out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="1.6" fill="black"/>')
    return out


def truth_of(panel: Panel, scenario) -> list[str]:
    """Everybody's way. Sensors cost time and change nothing of it."""
    alone = msgspec.structs.replace(scenario, sensor=[], event=[])
    rows = np.concatenate([r for _, _, r in Simulation(alone, seed=1).run(SECONDS, EVERY_S)])
    ways = [rows[rows["id"] == number] for number in np.unique(rows["id"])]
    ways = [
        way for way in ways if colour_of(way[0]) != GREY or way[0]["name"].endswith(" 1")
    ]  # one of a flock
    ways.sort(key=lambda way: (GREY, BROWN, BLUE, GREEN, RED).index(colour_of(way[0])))
    width = {GREY: 0.4, RED: 1.3, GREEN: 1.2}
    out = []
    for way in ways:
        colour = colour_of(way[0])
        style = f'fill="none" stroke="{colour}" stroke-width="{width.get(colour, 0.8)}"'
        out.append(panel.line(way["lat_deg"], way["lon_deg"], style))
    return out


def scale_of(panel: Panel, reach_m: float) -> str:
    """A bar of a round length."""
    length = 10.0 ** math.floor(math.log10(reach_m / 2))
    length *= 5 if reach_m / 2 / length >= 5 else 2 if reach_m / 2 / length >= 2 else 1
    words = f"{length / 1000:g} km" if length >= 1000 else f"{length:g} m"
    x, y = panel.left + 10, panel.top + HEIGHT - 9
    end = x + length * panel.scale
    return (
        f'<path d="M{x},{y - 3}v3H{end:.1f}v-3" fill="none" stroke="black" stroke-width="0.8"/>'
        f'<text x="{end + 5:.1f}" y="{y + 1}" font-size="9">{words}</text>'
    )


def draw(k: int, name: str) -> list[str]:
    """One scenario."""
    scenario = load_scenario(name)
    zones = load_zones(zones_path(scenario, name).read_bytes(), f"{name} zones")
    edge = np.concatenate([ring for zone in zones for ring in rings_of(zone)])
    low, high = edge.min(axis=0), edge.max(axis=0)
    middle = (low + high) / 2
    span = (high - low) * 111_320.0 * (1.0, math.cos(math.radians(middle[0])))
    reach = 0.62 * float(max(span))
    panel = Panel(k, middle[0], middle[1], reach)
    box = f'x="{panel.left + 4}" y="{panel.top + HEAD}" width="{WIDTH - 8}" height="{HEIGHT - HEAD - FOOT}"'
    return [
        f'<clipPath id="{panel.clip}"><rect {box}/></clipPath>',
        f'<text x="{panel.left + 6}" y="{panel.top + 13}" font-size="11">{name}</text>',
        f'<g clip-path="url(#{panel.clip})">',
        *zones_of(panel, zones), *truth_of(panel, scenario), *sensors_of(panel, scenario),
        "</g>",
        f'<rect {box} fill="none" stroke="#bbb"/>',
        scale_of(panel, reach),
    ]  # fmt: skip


def main() -> None:
    """Fly and draw all ten."""
    body = [line for k, name in enumerate(NAMES) for line in draw(k, name)]
    legend = [
        ("drone without leave", RED), ("with leave", GREEN), ("crewed", BLUE),
         ("on the ground, at sea", BROWN),
        ("birds, balloons (one of each)", GREY),
    ]  # fmt: skip
    height = -(-len(NAMES) // COLUMNS) * HEIGHT
    for i, (words, colour) in enumerate(legend):
        x, y = 10 + i * 170, height + 12
        body.append(f'<path d="M{x},{y}h16" stroke="{colour}" stroke-width="2"/>')
        body.append(f'<text x="{x + 21}" y="{y + 4}" font-size="10">{words}</text>')
    words = "dots: sensors; dashed: a drone radar sees 0.02 m² so far"
    body.append(f'<text x="{10 + 5 * 170}" y="{height + 16}" font-size="10">{words}</text>')
    size = f'width="{COLUMNS * WIDTH}" height="{height + 24}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    text = "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *body, "</svg>\n"])
    (ROOT / "docs" / "standard-scenarios.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
