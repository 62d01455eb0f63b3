"""Draw bearings.svg: where three direction finders begin tracks, and the ghosts they do not show.

    .venv/bin/python docs/bearings.py

Four drones at 15 m/s; an azimuth a second from each finder, 1 degree of noise, nine in ten heard, some false.
Every wrong crossing of two first bearings is drawn; starts where and when they come, with two sigmas.
"""

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.kernel.rays import crossing
from vedette.track import bearings
from vedette.track.angle_tracks import Look

Array = NDArray[np.float64]

T0_NS = 1_750_000_000 * NS_PER_S
FINDERS = np.array([[-1000.0, 0.0, 0.0], [1000.0, 0.0, 0.0], [0.0, 5000.0, 0.0]])
SECONDS = 60
SD_RAD = math.radians(1.0)
DRONES = np.array(
    [
        [-900.0, 1500.0, 120.0, 13.0, 7.0, 0.0],
        [200.0, 2600.0, 80.0, -15.0, 2.0, 0.0],
        [900.0, 1800.0, 150.0, -3.0, 14.5, 0.0],
        [-300.0, 3500.0, 100.0, 9.0, -12.0, 0.0],
    ]
)


def bearing(finder: int, drone: int, t_s: float) -> float:
    """True azimuth, rad."""
    e, n, _ = DRONES[drone, :3] + t_s * DRONES[drone, 3:] - FINDERS[finder]
    return math.atan2(e, n)


def scene() -> list[tuple[float, bearings.Start]]:
    """When each track begins, s, and how; a drone that has begun is its track's."""
    rng = np.random.default_rng(4)
    state, out, left = bearings.init(), [], list(range(len(DRONES)))
    for k in range(3 * SECONDS):
        f, t_s = k % 3, k / 3
        z = [bearing(f, d, t_s) + rng.normal(0.0, SD_RAD) for d in left if rng.random() < 0.9]
        z += rng.uniform(-math.pi, math.pi, rng.poisson(0.1)).tolist()
        m, now_ns = len(z), T0_NS + round(t_s * 1e9)
        look = Look(
            sensor=f,
            period_ns=NS_PER_S,
            pd=0.9,
            false=0.1,
            log_clutter=np.full(m, -math.log(2.0 * math.pi)),
            time_ns=np.full(m, now_ns),
            heard_ns=now_ns,
            z=np.stack((np.array(z), np.full(m, np.nan)), axis=1),
            sd=np.full((m, 2), SD_RAD),
            pose=np.tile(FINDERS[f], (m, 1)),
            rotation=np.tile(np.eye(3), (m, 1, 1)),
            home=(FINDERS[f], np.eye(3)),
            p_left=np.ones(m),
            reach_m=10_000.0,
            view=(0.0, 2.0 * math.pi),
            whole=True,
        )
        state, starts = bearings.step(state, [look], now_ns)
        for start in starts:
            at = (start.time_ns - T0_NS) / 1e9
            away = [math.hypot(*(DRONES[d, :2] + at * DRONES[d, 3:5] - start.x[:2])) for d in left]
            if left and min(away) < 300.0:
                left.pop(int(np.argmin(away)))
            out.append((t_s, start))
    return out


def ghosts() -> list[tuple[float, float]]:
    """Where two finders' bearings to different drones cross at the beginning."""
    out = []
    for f in range(3):
        for g in range(f + 1, 3):
            for d in range(len(DRONES)):
                for o in range(len(DRONES)):
                    if d == o:
                        continue
                    a, b = bearing(f, d, 0.0), bearing(g, o, 0.0)
                    u, v = (
                        np.array([math.sin(a), math.cos(a), 0.0]),
                        np.array([math.sin(b), math.cos(b), 0.0]),
                    )
                    s, t, _ = crossing(FINDERS[f], u, FINDERS[g], v, True)
                    if s > 0.0 and t > 0.0:
                        out.append((FINDERS[f, 0] + s * u[0], FINDERS[f, 1] + s * u[1]))
    return out


SCALE, LEFT_M, TOP_M, WIDTH, HEIGHT = 0.115, -2200.0, 5300.0, 560, 660


def _xy(e: float, n: float) -> tuple[float, float]:
    return (e - LEFT_M) * SCALE, (TOP_M - n) * SCALE


def _ellipse(start: bearings.Start) -> str:
    value, vector = np.linalg.eigh(start.P[:2, :2])
    x, y = _xy(start.x[0], start.x[1])
    turn = -math.degrees(math.atan2(vector[1, 1], vector[0, 1]))
    rx, ry = 2.0 * math.sqrt(value[1]) * SCALE, 2.0 * math.sqrt(value[0]) * SCALE
    return (
        f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{rx:.1f}" ry="{ry:.1f}" '
        f'transform="rotate({turn:.1f} {x:.1f} {y:.1f})" '
        'fill="#1c4f8f" fill-opacity="0.18" stroke="#1c4f8f"/>'
    )


def draw() -> str:
    """Return the figure."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    for e, n in ghosts():
        x, y = _xy(e, n)
        if 0 < x < WIDTH and 0 < y < HEIGHT - 40:
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="none" stroke="#b0b7c1"/>')
    for drone in DRONES:
        (x, y), (p, q) = _xy(drone[0], drone[1]), _xy(*(drone[:2] + SECONDS * drone[3:5]))
        parts.append(
            f'<line x1="{x:.1f}" y1="{y:.1f}" x2="{p:.1f}" y2="{q:.1f}" stroke="#c4501b" stroke-width="2"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="#c4501b"/>'
        )
    for e, n, _ in FINDERS:
        x, y = _xy(e, n)
        parts.append(f'<path d="M{x:.1f} {y - 7:.1f} l7 12 h-14 z" fill="#333333"/>')
    for t_s, start in scene():
        x, y = _xy(start.x[0], start.x[1])
        parts.append(f'{_ellipse(start)}<text x="{x + 8:.1f}" y="{y - 8:.1f}">{t_s:.0f} s</text>')
    x, y = _xy(-2000.0, -150.0)
    parts.append(
        f'<path d="M{x:.1f} {y - 11:.1f} l6 10 h-12 z" fill="#333333"/>'
        f'<text x="{x + 12:.1f}" y="{y:.1f}">finder</text>'
        f'<circle cx="{x + 78:.1f}" cy="{y - 4:.1f}" r="3.5" fill="#c4501b"/>'
        f'<text x="{x + 88:.1f}" y="{y:.1f}">drone, and its 60 s</text>'
        f'<circle cx="{x + 218:.1f}" cy="{y - 4:.1f}" r="3" fill="none" stroke="#b0b7c1"/>'
        f'<text x="{x + 228:.1f}" y="{y:.1f}">crossing, no drone</text>'
        f'<circle cx="{x + 352:.1f}" cy="{y - 4:.1f}" r="5" '
        'fill="#1c4f8f" fill-opacity="0.3" stroke="#1c4f8f"/>'
        f'<text x="{x + 364:.1f}" y="{y:.1f}">start, 2 sigma</text>'
    )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    Path(__file__).with_name("bearings.svg").write_text(draw(), encoding="utf-8")
