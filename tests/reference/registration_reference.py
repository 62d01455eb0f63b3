"""Registration written plainly: the oracle of the kernels.

    place    where a polar plot lies, the height found by halving an interval
    fit      all pairs at once: weighted least squares with the prior, Jacobians by differences

Nothing is shared with the kernels but the columns' names.
"""

import numpy as np

N = 7  # range offset, range scale, azimuth, elevation, east, north, clock


def height_of(p, frame):
    return frame[0] + p[2] + (p[0] ** 2 + p[1] ** 2) / (2.0 * frame[1])


def place(polar, height_m, bias, pose, rotation, frame):
    """Sector place of (range, azimuth, elevation or NaN), rid of its biases."""
    slant = (polar[0] - bias[0]) / (1.0 + bias[1])
    azimuth = polar[1] - bias[2]

    def at(elevation):
        d = slant * np.array(
            [np.cos(elevation) * np.sin(azimuth), np.cos(elevation) * np.cos(azimuth), np.sin(elevation)]
        )
        return pose + rotation.T @ (d - np.array([bias[4], bias[5], 0.0]))

    if not np.isnan(polar[2]):
        return at(polar[2] - bias[3])
    low, high = -1.2, 1.2
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if height_of(at(middle), frame) < height_m else (low, middle)
    return at(0.5 * (low + high))


def difference(pair, bias_k, bias_m):
    """Newer place less older, carried; pair's lists hold the newer plot, then the older."""
    p, t = [], []
    for i, bias in enumerate((bias_k, bias_m)):
        p.append(
            place(pair["polar"][i], pair["height"], bias, pair["pose"][i], pair["rotation"][i], pair["frame"])
        )
        t.append(pair["t"][i] - bias[6])
    return p[0] - p[1] - pair["v"] * (t[0] - t[1])


def fit(pairs, sensors, prior_sd, noise):
    """Mean and covariance of all biases (7 s,) in units of the prior, linearised at zero.

    noise  (3, 3) or by pair; components beyond pair["components"] are left out
    """
    n = N * sensors
    information, h = np.eye(n), np.zeros(n)
    zero = np.zeros(N)
    for pair, R in zip(pairs, noise, strict=True):
        c = pair["components"]
        y = difference(pair, zero, zero)[:c]
        J = np.zeros((c, n))
        for side, s in enumerate(pair["slot"]):
            if s < 0:
                continue
            for b in range(N):
                step = np.zeros(N)
                step[b] = 1e-3 * prior_sd[b]
                up, down = ((step, zero), (-step, zero)) if side == 0 else ((zero, step), (zero, -step))
                slope = (difference(pair, *up) - difference(pair, *down)) / (2e-3 * prior_sd[b])
                J[:, N * s + b] -= slope[:c] * prior_sd[b]  # y falls as the estimate grows
        weight = np.linalg.inv(R[:c, :c])
        information += J.T @ weight @ J
        h += J.T @ weight @ y
    P = np.linalg.inv(information)
    return P @ h, P
