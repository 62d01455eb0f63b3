"""Covariance intersection, its split form and the fixed-interval smoother in plain NumPy, to compare with."""

import numpy as np


def intersection(xs, Ps, weights):
    """Covariance intersection for given weights."""
    information = sum(w * np.linalg.inv(P) for w, P in zip(weights, Ps, strict=True))
    y = sum(w * np.linalg.solve(P, x) for w, x, P in zip(weights, xs, Ps, strict=True))
    P = np.linalg.inv(information)
    return P @ y, P


def best_intersection(xs, Ps, steps=200):
    """Two estimates, the weight by trying them all; returns x, P."""
    grid = np.linspace(0.0, 1.0, steps + 1)
    dets = [np.linalg.slogdet(intersection(xs, Ps, (w, 1.0 - w))[1])[1] for w in grid]
    w = grid[int(np.argmin(dets))]
    return intersection(xs, Ps, (w, 1.0 - w))


def split(x1, P1, W1, x2, P2, W2, w):
    """Split covariance intersection for a given weight; returns x, P, W."""
    A = np.linalg.inv(W1 / w + P1 - W1)
    B = np.linalg.inv(W2 / (1.0 - w) + P2 - W2)
    P = np.linalg.inv(A + B)
    V = P @ (A @ (P1 - W1) @ A + B @ (P2 - W2) @ B) @ P
    return P @ (A @ x1 + B @ x2), P, P - V


def cv(dt_s, q):
    """Transition and noise of white acceleration in three dimensions."""
    F = np.eye(6)
    F[:3, 3:] = dt_s * np.eye(3)
    shape = np.array([[dt_s**3 / 3.0, dt_s**2 / 2.0], [dt_s**2 / 2.0, dt_s]])
    return F, q * np.kron(shape, np.eye(3))


def kalman(x, P, z, H, R):
    """Textbook update."""
    K = P @ H.T @ np.linalg.inv(H @ P @ H.T + R)
    return x + K @ (z - H @ x), P - K @ H @ P


def rauch_tung_striebel(xs, Ps, Fs, Qs):
    """Smoothed means and covariances from filtered ones; Fs[k], Qs[k] lead from k to k + 1."""
    out_x, out_P = [xs[-1]], [Ps[-1]]
    for k in range(len(xs) - 2, -1, -1):
        S = Fs[k] @ Ps[k] @ Fs[k].T + Qs[k]
        G = Ps[k] @ Fs[k].T @ np.linalg.inv(S)
        x = xs[k] + G @ (out_x[0] - Fs[k] @ xs[k])
        P = Ps[k] + G @ (out_P[0] - S) @ G.T
        out_x.insert(0, x)
        out_P.insert(0, P)
    return np.array(out_x), np.array(out_P)
