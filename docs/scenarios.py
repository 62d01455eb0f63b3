"""Draw scenarios.svg: the way of each kind of actor, from above, with the height of its first below.

    .venv/bin/python docs/scenarios.py

Actors are those of the scenario that the tests fly, in its wind.
"""

from pathlib import Path

import numpy as np

from vedette.simulate import Simulation, load_scenario

ROOT = Path(__file__).parents[1]
SECONDS, EVERY_S = 1500.0, 5.0
COLUMNS, WIDTH, HEIGHT, MARGIN, STRIP = 4, 250, 220, 14, 36


def polyline(x, y, colour: str) -> str:
    """Points on paper as a line."""
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return f'<polyline fill="none" stroke="{colour}" stroke-width="0.8" points="{points}"/>'


def panel(name: str, rows: np.ndarray, left: float, top: float, ground_m: float, metres) -> list[str]:
    """One actor's individuals."""
    north, east = ((rows["lat_deg"] * metres[0]), (rows["lon_deg"] * metres[1]))
    wide, high = WIDTH - 2 * MARGIN, HEIGHT - STRIP - 3 * MARGIN
    span = max(np.ptp(east), np.ptp(north) * wide / high, 1.0)
    x = left + MARGIN + (east - east.min()) * wide / span
    y = top + 2 * MARGIN + high - (north - north.min()) * wide / span
    out = [f'<text x="{left + 4}" y="{top + 12}" font-size="10">{name}, {span / 1000:.1f} km</text>']
    numbers = np.unique(rows["id"])
    out += [polyline(x[rows["id"] == n], y[rows["id"] == n], "#1d3f72") for n in numbers]
    first = rows[rows["id"] == numbers[0]]
    height = first["alt_m"] - ground_m
    along = (first["time_ns"] - rows["time_ns"].min()) / 1e9 / SECONDS
    base = top + HEIGHT - 4
    out.append(polyline(left + MARGIN + along * wide, base - height / max(height.max(), 1) * STRIP, "#b33"))
    speed = np.hypot(first["v_east"], first["v_north"])
    words = f"{height.max():.0f} m, {speed.min():.0f} to {speed.max():.0f} m/s"
    out.append(f'<text x="{left + 4}" y="{base - STRIP - 2}" font-size="8" fill="#b33">{words}</text>')
    return out


def main() -> None:
    """Fly them and draw."""
    scenario = load_scenario(ROOT / "tests" / "stage" / "scenarios" / "kinds.toml")
    simulation = Simulation(scenario, seed=3)
    rows = np.concatenate([r for _, _, r in simulation.run(SECONDS, EVERY_S)])
    slot = (rows["id"].astype(int) - 1) % len(simulation.roster)
    out, count = [], 0
    for actor in scenario.actor:
        mine = rows[np.isin(slot, simulation.roster.by_actor[actor.name])]
        if len(mine):
            row, column = divmod(count, COLUMNS)
            metres = simulation.roster.map.metres_per_degree
            out += panel(actor.name, mine, column * WIDTH, row * HEIGHT, scenario.site.ground_m, metres)
            count += 1
    size = f'width="{COLUMNS * WIDTH}" height="{-(-count // COLUMNS) * HEIGHT}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">'
    text = "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *out, "</svg>\n"])
    (ROOT / "docs" / "scenarios.svg").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
