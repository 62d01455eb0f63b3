"""Make trajectories.json again: the linear program of trajectory GOSPA as the paper writes it, by HiGHS.

    PYTHONPATH=tests/reference python tests/golden/score/make.py

Needs SciPy, whose linprog calls HiGHS (both MIT and BSD licences). W(k) is (n + 1, m + 1) with a dummy row
and a dummy column, e(k) bounds |W(k) - W(k+1)| from above: García-Fernández, Rahmathullah & Svensson (2020),
IEEE TSP 68, 3917-3928, equations 18 and 19, p = 2. The scenes are made anew from their seeds.
"""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array
from walks import trajectories

HERE = Path(__file__).parent


def square(x, y, c, gamma):
    """Optimum of the program, m²."""
    instants, n, m = len(x), x.shape[1], y.shape[1]
    cost = np.zeros((instants, n + 1, m + 1))
    for k in range(instants):
        here, there = ~np.isnan(x[k, :, 0]), ~np.isnan(y[k, :, 0])
        cost[k, :n, m] = c**2 / 2 * here
        cost[k, n, :m] = c**2 / 2 * there
        for i in range(n):
            for j in range(m):
                if here[i] and there[j]:
                    cost[k, i, j] = min(np.linalg.norm(x[k, i] - y[k, j]), c) ** 2
                elif here[i] or there[j]:
                    cost[k, i, j] = c**2 / 2
    w = np.arange(cost.size).reshape(cost.shape)
    e = cost.size + np.arange((instants - 1) * n * m).reshape(instants - 1, n, m)
    size = cost.size + e.size
    equal = [w[k, i, :] for k in range(instants) for i in range(n)]
    equal += [w[k, :, j] for k in range(instants) for j in range(m)]
    less = []
    for k in range(instants - 1):
        for i in range(n):
            for j in range(m):
                a, b, over = w[k, i, j], w[k + 1, i, j], e[k, i, j]
                less += [((a, 1.0), (b, -1.0), (over, -1.0)), ((a, -1.0), (b, 1.0), (over, -1.0))]
    objective = np.concatenate((cost.ravel(), np.full(e.size, gamma**2 / 2)))
    bounds = [(0, None)] * size
    for k in range(instants):
        bounds[w[k, n, m]] = (0, 0)
    result = linprog(
        objective,
        A_eq=matrix([[(v, 1.0) for v in row] for row in equal], size),
        b_eq=np.ones(len(equal)) if equal else None,
        A_ub=matrix(less, size),
        b_ub=np.zeros(len(less)) if less else None,
        bounds=bounds,
        method="highs",
    )
    return result.fun


def matrix(rows, size):
    """Rows of (variable, factor) as a sparse matrix; None without rows."""
    if not rows:
        return None
    at = [(i, v, f) for i, row in enumerate(rows) for v, f in row]
    i, v, f = zip(*at, strict=True)
    return coo_array((f, (i, v)), shape=(len(rows), size))


def main():
    cases = []
    rng = np.random.default_rng(1)
    for number in range(40):
        instants, n, m = int(rng.integers(2, 13)), int(rng.integers(1, 6)), int(rng.integers(1, 6))
        truths, tracks = [instants, n, 2 * number, 25.0], [instants, m, 2 * number + 1, 25.0]
        c, gamma = round(float(rng.uniform(5, 40)), 1), round(float(rng.uniform(0, 20)), 1)
        found = square(trajectories(*truths), trajectories(*tracks), c, gamma)
        cases.append(
            {"truths": truths, "tracks": tracks, "cutoff_m": c, "switch_m": gamma, "square_m2": found}
        )
    text = ",\n".join(json.dumps(case) for case in cases)
    (HERE / "trajectories.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
