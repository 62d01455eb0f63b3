"""One look of one sensor, written plainly: the oracle of the fast path.

Matrices and textbook formulas, one track and one plot at a time; nothing is shared with the kernels.

    predict    Chapman-Kolmogorov mixing of three models, then F P Fᵀ + Q each
    measure    h(x) from geometry, its Jacobian by complex steps where it is smooth
    weigh      r · Pd · Σ μ N(y; 0, S) over the density of clutter
    associate  the message passing of Williams & Lau (2014), on the full matrix
    update     every model by every plot worth it, mixed by moment matching

Sources: Bar-Shalom, Li & Kirubarajan (2001), 11.6.6; Williams & Lau (2014), equations 24-32.
"""

import numpy as np

STEP = 1e-30


def predict(x, P, mu, dt_s, p):
    """One track's three models (3, 6), (3, 6, 6), (3,) after dt_s; p as in kernel.motion."""
    stay = np.exp(-dt_s / p[5:8])
    pi = np.diag(stay) + (1.0 - np.eye(3)) * (0.5 * (1.0 - stay))[:, None]
    c = mu @ pi
    back = pi * mu[:, None] / c  # probability of having been i, given j
    x0 = back.T @ x
    out_x, out_P = np.empty_like(x), np.empty_like(P)
    for j in range(3):
        away = x - x0[j]
        P0 = sum(back[i, j] * (P[i] + np.outer(away[i], away[i])) for i in range(3))
        F, Q = _model(j, dt_s, p)
        out_x[j] = F @ x0[j]
        out_P[j] = F @ P0 @ F.T + Q
    return out_x, out_P, c


def _model(j, t, p):
    axes = np.diag([1.0, 1.0, p[4]])
    if j == 0:
        tau, s2 = p[0], p[1] ** 2
        a = np.exp(-t / tau)
        f = np.array([[1.0, tau * (1.0 - a)], [0.0, a]])
        q11 = s2 * tau * (2.0 * t - tau * (3.0 - 4.0 * a + a * a))
        q12 = s2 * tau * (1.0 - a) ** 2
        q = np.array([[q11, q12], [q12, s2 * (1.0 - a * a)]])
    else:
        density = p[2] if j == 1 else p[3]
        f = np.array([[1.0, t], [0.0, 1.0]])
        q = density * np.array([[t**3 / 3.0, t**2 / 2.0], [t**2 / 2.0, t]])
    return np.kron(f, np.eye(3)), np.kron(q, axes)


def measured(x, z, up, pose, rotation, frame, dt_s):
    """h(x) of the ten components; x may be complex, for derivatives."""
    place = x[:3] + dt_s * x[3:]
    d, v = rotation @ (place - pose), rotation @ x[3:]
    ground = np.sqrt(d[0] * d[0] + d[1] * d[1])
    slant = np.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    height = frame[0] + place[2] + (place[0] * place[0] + place[1] * place[1]) / (2.0 * frame[1])
    # An east and north at height 0 are where the state would be, taken down along `up`.
    low = place[:2] - height * up
    return np.array(
        [
            slant, _atan2(d[0], d[1]), _atan2(d[2], ground), (d @ v) / slant,
            low[0], low[1], height, height, x[3], x[4],
        ]
    )  # fmt: skip


def _atan2(a, b):
    """atan2 that lets a complex step through."""
    real = np.arctan2(np.real(a), np.real(b))
    if not (np.iscomplexobj(a) or np.iscomplexobj(b)):
        return real
    slope = (np.real(b) * np.imag(a) - np.real(a) * np.imag(b)) / (np.real(a) ** 2 + np.real(b) ** 2)
    return real + 1j * slope


def innovation(x, P, z, sd, up, pose, rotation, frame, dt_s):
    """y, H, R of what was measured."""
    present = np.flatnonzero(~np.isnan(z))
    y = (z - measured(x, z, up, pose, rotation, frame, dt_s))[present]
    for k, component in enumerate(present):
        if component == 1:
            y[k] = (y[k] + np.pi) % (2.0 * np.pi) - np.pi
    H = np.empty((len(present), 6))
    for a in range(6):
        moved = x.astype(complex)
        moved[a] += 1j * STEP
        H[:, a] = np.imag(measured(moved, z, up, pose, rotation, frame, dt_s))[present] / STEP
    return y, H, np.diag(sd[present] ** 2)


def log_normal(y, S):
    return -0.5 * (y @ np.linalg.solve(S, y) + np.linalg.slogdet(2.0 * np.pi * S)[1])


def kalman(x, P, y, H, R):
    """Mean, covariance and log likelihood after one measurement."""
    S = H @ P @ H.T + R
    K = P @ H.T @ np.linalg.inv(S)
    return x + K @ y, (np.eye(6) - K @ H) @ P, log_normal(y, S)


def gated(x, P, mu, plot, gate_sd):
    """Log likelihood of one plot under one track's mixture, or None where it is gated out."""
    mean = mu @ x
    cov = sum(m * (p + np.outer(s - mean, s - mean)) for m, p, s in zip(mu, P, x, strict=True))
    y, H, R = innovation(mean, cov, *plot)
    S = H @ cov @ H.T + R
    if y @ np.linalg.solve(S, y) > gate_sd**2 + 2.0 * (len(y) - 1):
        return None
    total = 0.0
    for a in range(3):
        y, H, R = innovation(x[a], P[a], *plot)
        total += mu[a] * np.exp(log_normal(y, H @ P[a] @ H.T + R))
    return np.log(total)


def associate(weight, missed, other, rounds=2000):
    """Probabilities (n, m), (n,), (m,) from the weights (n, m), 0 where gated out."""
    nu = np.ones_like(weight)
    for _ in range(rounds):
        whole = missed + (weight * nu).sum(axis=1)
        up = weight / (whole[:, None] - weight * nu)
        whole = other + up.sum(axis=0)
        nu = 0.9 / (whole[None, :] - up) + 0.1 * nu
    joint = weight * nu
    p_pair = joint / (missed + joint.sum(axis=1))[:, None]
    return p_pair, 1.0 - p_pair.sum(axis=1), 1.0 - p_pair.sum(axis=0)


def update(x, P, mu, r, pd, plots, p_pair, p_missed, share):
    """One track after the look: plots with less than `share` of the best count for existence only."""
    exists = p_missed * r * (1.0 - pd) / (1.0 - r * pd)
    used = [j for j in range(len(plots)) if p_pair[j] > 0.0 and p_pair[j] >= share * p_pair.max()]
    terms = [[(exists * mu[a], x[a], P[a])] for a in range(3)]
    for j in used:
        after = []
        for a in range(3):
            y, H, R = innovation(x[a], P[a], *plots[j])
            after.append(kalman(x[a], P[a], y, H, R))
        likelihood = np.array([f[2] for f in after])
        posterior = mu * np.exp(likelihood - likelihood.max())
        posterior /= posterior.sum()
        for a in range(3):
            terms[a].append((p_pair[j] * posterior[a], after[a][0], after[a][1]))
    out_x, out_P, out_mu = np.empty_like(x), np.empty_like(P), np.empty(3)
    for a in range(3):
        mass = sum(w for w, _, _ in terms[a])
        mean = sum(w * s for w, s, _ in terms[a]) / mass
        out_mu[a] = mass
        out_x[a] = mean
        out_P[a] = sum(w * (p + np.outer(s - mean, s - mean)) for w, s, p in terms[a]) / mass
    return out_x, out_P, out_mu / out_mu.sum(), min(exists + p_pair.sum(), 1.0 - 1e-9)
