"""Draw fusion.svg: how honest three ways of fusing two filters of one target are.

    .venv/bin/python docs/fusion.py

Two sensors, 30 m, once a second and once in two seconds, each with a Kalman filter of its own. Their
errors are correlated by the target's process noise. Drawn: the largest ratio, over all directions, of
the variance that the fused estimate has to the one it claims. Above 1 it is surer than it may be.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.fusion import common_part, split_intersect

Array = NDArray[np.float64]
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 760, 300, 56, 24, 48
DENSITIES = np.logspace(-2, 2, 25)
WAYS = (
    ("as if independent", "#c4501b"),
    ("split covariance intersection", "#1c4f8f"),
    ("covariance intersection", "#8a94a3"),
)


def joint(q: float) -> tuple[Array, Array, Array]:
    """True covariance (12, 12) of both filters' errors after a minute, and what of each is common."""
    F = np.eye(6)
    F[:3, 3:] = np.eye(3)
    Q = q * np.kron([[1 / 3, 1 / 2], [1 / 2, 1.0]], np.eye(3))
    R = 900.0 * np.eye(3)
    start = np.diag([900.0, 900.0, 900.0, 2500.0, 2500.0, 100.0])
    J = np.kron(np.eye(2), start)
    W = [start.copy(), start.copy()]
    for k in range(1, 61):
        before = J
        J = np.kron(np.eye(2), F) @ J @ np.kron(np.eye(2), F.T) + np.kron(np.ones((2, 2)), Q)
        G, N = np.eye(12), np.zeros((12, 12))
        for i in range(2):
            at = slice(6 * i, 6 * i + 6)
            if k % (i + 1) == 0:
                K = J[at, at][:, :3] @ np.linalg.inv(J[at, at][:3, :3] + R)
                G[at, at] = np.eye(6) - K @ np.eye(3, 6)
                N[at, at] = K @ R @ K.T
        J = G @ J @ G.T + N
        for i in range(2):
            at = slice(6 * i, 6 * i + 6)
            new = np.empty((6, 6))
            common_part(before[at, at].copy(), W[i], J[at, at].copy(), 1.0, q, new, np.empty((5, 6, 6)))
            W[i] = new
    return J, W[0], W[1]


def excess(J: Array, Wa: Array, Wb: Array) -> float:
    """Largest ratio of true to claimed variance of the fused estimate, for these common parts."""
    A, B = J[:6, :6].copy(), J[6:, 6:].copy()
    gain, P = np.empty((6, 12)), np.empty((6, 6))
    for a in range(12):
        unit = np.zeros(12)
        unit[a] = 1.0
        out, common = np.empty(6), np.empty((6, 6))
        split_intersect(unit[:6], A, Wa, unit[6:], B, Wb, np.empty((6, 6, 6)), out, P, common)
        gain[:, a] = out
    root = np.linalg.inv(np.linalg.cholesky(P))
    return float(np.linalg.eigvalsh(root @ gain @ J @ gain.T @ root.T).max())


def curves() -> list[list[float]]:
    """The ratio for each way and density."""
    out: list[list[float]] = [[], [], []]
    nothing = np.zeros((6, 6))
    for q in DENSITIES.tolist():
        J, Wa, Wb = joint(q)
        for i, (a, b) in enumerate(((nothing, nothing), (Wa, Wb), (J[:6, :6].copy(), J[6:, 6:].copy()))):
            out[i].append(excess(J, a, b))
    return out


def _x(q: float) -> float:
    return LEFT + (WIDTH - LEFT - 16) * (np.log10(q) + 2.0) / 4.0


def _y(ratio: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (1.0 - ratio / 2.0)


def draw() -> str:
    """Return the figure."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
        'font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
    ]
    parts += [
        f'<line x1="{LEFT}" x2="{_x(100.0):.1f}" y1="{_y(ratio):.1f}" y2="{_y(ratio):.1f}" stroke="'
        f'{"#1b1f24" if ratio == 1.0 else "#c8ced6"}"/>'
        f'<text x="{LEFT - 8}" y="{_y(ratio) + 4:.1f}" text-anchor="end">{ratio:g}</text>'
        for ratio in (0.0, 0.5, 1.0, 1.5, 2.0)
    ]
    parts += [
        f'<text x="{_x(q):.1f}" y="{_y(0) + 18:.1f}" text-anchor="middle">{q:g}</text>'
        for q in (0.01, 0.1, 1.0, 10.0, 100.0)
    ]
    parts += [
        f'<text x="{(LEFT + WIDTH) / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">'
        "process noise density of the target, m²/s³</text>",
        f'<text transform="translate(14,{(TOP + _y(0)) / 2:.0f}) rotate(-90)" text-anchor="middle">'
        "true / claimed variance</text>",
    ]
    for i, ((text, colour), values) in enumerate(zip(WAYS, curves(), strict=True)):
        points = " ".join(f"{_x(q):.1f},{_y(v):.1f}" for q, v in zip(DENSITIES.tolist(), values, strict=True))
        y = _y(0.6) + 20 * i
        dash = "5 4" if i == 2 else "none"
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" '
            f'stroke-width="2" stroke-dasharray="{dash}"/>'
            f'<line x1="{LEFT + 30}" x2="{LEFT + 60}" y1="{y:.1f}" y2="{y:.1f}" stroke="{colour}" '
            f'stroke-width="2"/><text x="{LEFT + 68}" y="{y + 4:.1f}">{text}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])


if __name__ == "__main__":
    Path(__file__).with_name("fusion.svg").write_text(draw(), encoding="utf-8")
