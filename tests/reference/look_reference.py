"""One look of one sensor, written plainly: the oracle of the fast path.

Matrices and textbook formulas, one track and one plot at a time; nothing is shared with the kernels.

    predict    Chapman-Kolmogorov mixing of the models, then F P Fᵀ + Q each
    measure    h(x) from geometry, its Jacobian by complex steps where it is smooth
    gated      Σ μ N(y; 0, S), where the mean and the covariance, opened to the widest model, let the plot in
    take       every model updated, and weighed by how well it foretold the plot

Source: Bar-Shalom, Li & Kirubarajan (2001), 11.6.6.
"""

import numpy as np

STEP = 1e-30


def predict(x, P, mu, dt_s, models):
    """One track's models (m, 6), (m, 6, 6), (m,) after dt_s; models as in kernel.motion."""
    m = len(mu)
    if dt_s <= 0.0:
        return x.copy(), P.copy(), mu.copy()
    stay = np.exp(-dt_s / models[:, 3]) if m > 1 else np.ones(1)
    pi = np.diag(stay) + (1.0 - np.eye(m)) * ((1.0 - stay) / max(m - 1, 1))[:, None]
    for i in range(m):  # who is fast does not begin to stand still
        brakes = np.exp(-0.5 * (x[i, 3:5] @ x[i, 3:5]) / (10.0**2 + P[i, 3, 3] + P[i, 4, 4])) + 1e-9
        for j in range(m):
            if j != i and np.isfinite(models[j, 0]):
                pi[i, i] += (1.0 - brakes) * pi[i, j]
                pi[i, j] *= brakes
    c = mu @ pi
    back = pi * mu[:, None] / c  # probability of having been i, given j
    x0 = back.T @ x
    out_x, out_P = np.empty_like(x), np.empty_like(P)
    for j in range(m):
        away = x - x0[j]
        P0 = sum(back[i, j] * (P[i] + np.outer(away[i], away[i])) for i in range(m))
        F, Q = _model(dt_s, *models[j])
        out_x[j] = F @ x0[j]
        out_P[j] = F @ P0 @ F.T + Q
    return out_x, out_P, c


def _model(t, tau, noise, vertical, _stay):
    axes = np.diag([1.0, 1.0, vertical])
    if np.isfinite(tau):
        s2 = noise**2
        a = np.exp(-t / tau)
        f = np.array([[1.0, tau * (1.0 - a)], [0.0, a]])
        q11 = s2 * tau * (2.0 * t - tau * (3.0 - 4.0 * a + a * a))
        q12 = s2 * tau * (1.0 - a) ** 2
        q = np.array([[q11, q12], [q12, s2 * (1.0 - a * a)]])
    else:
        f = np.array([[1.0, t], [0.0, 1.0]])
        q = noise * np.array([[t**3 / 3.0, t**2 / 2.0], [t**2 / 2.0, t]])
    return np.kron(f, np.eye(3)), np.kron(q, axes)


def measured(x, z, up, pose, rotation, frame, dt_s):
    """h(x) of the twelve components; x may be complex, for derivatives.

    z  what was measured: above 75 degrees of elevation it says where the tangent plane is
    """
    place = x[:3] + dt_s * x[3:]
    d, v = rotation @ (place - pose[:3]), rotation @ x[3:]
    ground = np.sqrt(d[0] * d[0] + d[1] * d[1])
    slant = np.sqrt(d[0] * d[0] + d[1] * d[1] + d[2] * d[2])
    height = frame[0] + place[2] + (place[0] * place[0] + place[1] * place[1]) / (2.0 * frame[1])
    climb = x[5] + (place[0] * x[3] + place[1] * x[4]) / frame[1]
    # An east and north at height 0 are where the state would be, taken down along `up`.
    low = place[:2] - height * up
    far = place - np.resize(pose, 6)[3:]
    difference = slant - np.sqrt(far[0] * far[0] + far[1] * far[1] + far[2] * far[2])
    azimuth, elevation = _atan2(d[0], d[1]), _atan2(d[2], ground)
    if abs(z[2]) > np.radians(75.0) and not np.isnan(z[1]):
        sa, ca, se, ce = np.sin(z[1]), np.cos(z[1]), np.sin(z[2]), np.cos(z[2])
        azimuth = z[1] + np.array([ca, -sa, 0.0]) @ d / slant / ce
        elevation = z[2] + np.array([-se * sa, -se * ca, ce]) @ d / slant
    return np.array(
        [
            slant, azimuth, elevation, (d @ v) / slant, low[0], low[1], height, height, x[3], x[4], climb,
            difference,
        ]
    )  # fmt: skip


def _atan2(a, b):
    """atan2 that lets a complex step through."""
    real = np.arctan2(np.real(a), np.real(b))
    if not (np.iscomplexobj(a) or np.iscomplexobj(b)):
        return real
    slope = (np.real(b) * np.imag(a) - np.real(a) * np.imag(b)) / (np.real(a) ** 2 + np.real(b) ** 2)
    return real + 1j * slope


def innovation(x, P, z, sd, up, corr, pose, rotation, frame, dt_s):
    """y, H, R of what was measured."""
    present = np.flatnonzero(~np.isnan(z))
    y = (z - measured(x, z, up, pose, rotation, frame, dt_s))[present]
    for k, component in enumerate(present):
        if component == 1 and not abs(z[2]) > np.radians(75.0):
            y[k] = (y[k] + np.pi) % (2.0 * np.pi) - np.pi
    H = np.empty((len(present), 6))
    for a in range(6):
        moved = x.astype(complex)
        moved[a] += 1j * STEP
        H[:, a] = np.imag(measured(moved, z, up, pose, rotation, frame, dt_s))[present] / STEP
    R = np.diag(sd**2)
    R[4, 5] = R[5, 4] = corr * sd[4] * sd[5]
    return y, H, R[np.ix_(present, present)]


def log_normal(y, S):
    return -0.5 * (y @ np.linalg.solve(S, y) + np.linalg.slogdet(2.0 * np.pi * S)[1])


def kalman(x, P, y, H, R):
    """Mean, covariance and log likelihood after one measurement."""
    S = H @ P @ H.T + R
    K = P @ H.T @ np.linalg.inv(S)
    return x + K @ y, (np.eye(6) - K @ H) @ P, log_normal(y, S)


def gated(x, P, mu, plot, gate_sd, stray=(0.0, 1.0)):
    """Log likelihood of one plot under one leaf's mixture, and whether it strays; None out of the gate.

    stray  share of plots whose azimuth strays, and how many sd such ones have
    """
    z, sd = plot[:2]
    ways = [(_gated(x, P, mu, plot, gate_sd), False)]
    if stray[0] > 0.0 and not np.isnan(z[0]) and not np.isnan(z[1]):
        wide = sd.copy()
        wide[1] *= stray[1]
        loglik = _gated(x, P, mu, (z, wide, *plot[2:]), gate_sd)
        ways.append((None if loglik is None else loglik + np.log(stray[0]), True))
    ways = [way for way in ways if way[0] is not None]
    return max(ways, key=lambda way: way[0]) if ways else None


def _gated(x, P, mu, plot, gate_sd):
    """The same of one way to read the azimuth."""
    mean = mu @ x
    cov = sum(m * (p + np.outer(s - mean, s - mean)) for m, p, s in zip(mu, P, x, strict=True))
    place = [np.trace(p[:3, :3]) for p in P]
    if 0.2 * max(place) > np.trace(cov[:3, :3]):
        cov = 0.2 * P[int(np.argmax(place))] + 0.8 * cov
    y, H, R = innovation(mean, cov, *plot)
    S = H @ cov @ H.T + R
    if y @ np.linalg.solve(S, y) > gate_sd**2 + 2.0 * (len(y) - 1):
        return None
    total = 0.0
    for a in range(len(mu)):
        y, H, R = innovation(x[a], P[a], *plot)
        total += mu[a] * np.exp(log_normal(y, H @ P[a] @ H.T + R))
    return np.log(total)


def take(x, P, mu, plot):
    """One leaf after a plot that is its own: every model updated, and weighed by how well it foretold it."""
    after = []
    for a in range(len(mu)):
        y, H, R = innovation(x[a], P[a], *plot)
        after.append(kalman(x[a], P[a], y, H, R))
    likelihood = np.array([f[2] for f in after])
    posterior = mu * np.exp(likelihood - likelihood.max())
    return np.array([f[0] for f in after]), np.array([f[1] for f in after]), posterior / posterior.sum()
