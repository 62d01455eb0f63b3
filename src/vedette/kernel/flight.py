"""Flight through rays: the likeliest path of one target, and its evidence.

State    [east, north, up, v_east, v_north, v_up]   m, m/s, the sector's frame
Motion   nearly constant velocity with white acceleration

The path is the iterated Kalman smoother: a forward pass linearised at the path found before, a backward
one for the means. It is Gauss-Newton on the whole path. The evidence is the forward pass's marginal
likelihood, so a path that needs a strange speed or height pays for it, and so does one whose geometry
leaves little room for it to have come out by chance.

Sources: Bell (1994), SIAM J. Optim. 4(3), 626-636 (iterated smoother); Bar-Shalom, Li & Kirubarajan (2001),
6.2.2.
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.measurement import wrap
from vedette.kernel.rays import angles, cholesky, solve_cholesky

Array = NDArray[np.float64]

# Columns of a motion row: what a target may be.
SPEED_SD = 0  # m/s    1-sigma of an unknown horizontal speed, each axis
DENSITY = 1  # m²/s³  acceleration noise density, horizontal
SHARE = 2  # 1      prior probability of this row

VERTICAL = 0.15  # of speed and density in the vertical
_LOG_2PI = math.log(2.0 * math.pi)
_HALVINGS = 6


@njit
def forward(
    t_s: Array,
    z: Array,
    sd: Array,
    pose: Array,
    rotation: Array,
    at: Array,
    m0: Array,
    P0: Array,
    q: float,
    xf: Array,
    Pf: Array,
    xp: Array,
    Pp: Array,
) -> float:
    """Kalman filter linearised at given points.

    at      (n, 3)     where each ray is linearised; if it begins with NaN, at the prediction, put there
    m0, P0             prior at the first time
    xf, Pf, xp, Pp     outputs (n, 6), (n, 6, 6): filtered and predicted

    Returns the log likelihood.
    """
    h = np.empty(2)
    H = np.empty((2, 3))
    PH = np.empty(6)
    loglik = 0.0
    ahead = math.isnan(at[0, 0])
    for i in range(t_s.shape[0]):
        if i == 0:
            xp[0] = m0
            Pp[0] = P0
        else:
            dt = t_s[i] - t_s[i - 1]
            for a in range(3):
                qa = q * (VERTICAL if a == 2 else 1.0)
                xp[i, a] = xf[i - 1, a] + dt * xf[i - 1, a + 3]
                xp[i, a + 3] = xf[i - 1, a + 3]
                for b in range(3):
                    vv = Pf[i - 1, a + 3, b + 3]
                    pv = Pf[i - 1, a, b + 3] + dt * vv
                    Pp[i, a, b] = (
                        Pf[i - 1, a, b]
                        + dt * (Pf[i - 1, a, b + 3] + Pf[i - 1, a + 3, b])
                        + dt * dt * vv
                        + (qa * dt**3 / 3.0 if a == b else 0.0)
                    )
                    Pp[i, a, b + 3] = pv + (qa * dt * dt / 2.0 if a == b else 0.0)
                    Pp[i, b + 3, a] = Pp[i, a, b + 3]
                    Pp[i, a + 3, b + 3] = vv + (qa * dt if a == b else 0.0)
        x = xf[i]
        P = Pf[i]
        for a in range(6):
            x[a] = xp[i, a]
            for b in range(6):
                P[a, b] = Pp[i, a, b]
        if ahead:
            for a in range(3):
                at[i, a] = xp[i, a]
        angles(at[i], pose[i], rotation[i], h, H)
        for k in range(2):
            if math.isnan(z[i, k]):
                continue
            y = z[i, k] - h[k]
            if k == 0:
                y = wrap(y)
            S = sd[i, k] ** 2
            for a in range(3):
                y -= H[k, a] * (x[a] - at[i, a])
            for b in range(6):
                PH[b] = P[b, 0] * H[k, 0] + P[b, 1] * H[k, 1] + P[b, 2] * H[k, 2]
            for a in range(3):
                S += H[k, a] * PH[a]
            loglik -= 0.5 * (y * y / S + math.log(S) + _LOG_2PI)
            for a in range(6):
                x[a] += PH[a] * y / S
                for b in range(a + 1):
                    P[a, b] -= PH[a] * PH[b] / S
                    P[b, a] = P[a, b]
    return loglik


@njit
def backward(t_s: Array, xf: Array, Pf: Array, xp: Array, Pp: Array, at: Array) -> bool:
    """Smoothed positions, written to `at` (n, 3); whether every covariance could be solved."""
    n = t_s.shape[0]
    L = np.zeros((6, 6))
    y = np.empty(6)
    xs = xf[n - 1].copy()
    for a in range(3):
        at[n - 1, a] = xs[a]
    for i in range(n - 2, -1, -1):
        if not cholesky(Pp[i + 1], 6, L):
            return False
        for a in range(6):
            y[a] = xs[a] - xp[i + 1, a]
        solve_cholesky(L, 6, y)
        dt = t_s[i + 1] - t_s[i]
        for a in range(6):
            s = xf[i, a]
            for b in range(6):
                # F transposed on y: velocity rows also see the position's through dt.
                s += Pf[i, a, b] * (y[b] if b < 3 else y[b] + dt * y[b - 3])
            xs[a] = s
        for a in range(3):
            at[i, a] = xs[a]
    return True


@njit
def misfit(z: Array, sd: Array, pose: Array, rotation: Array, at: Array) -> tuple[float, int]:
    """Squared residuals of rays against points (n, 3), in sigmas, summed; and how many angles."""
    h = np.empty(2)
    H = np.empty((2, 3))
    chi2 = 0.0
    m = 0
    for i in range(z.shape[0]):
        angles(at[i], pose[i], rotation[i], h, H)
        for k in range(2):
            if not math.isnan(z[i, k]):
                y = z[i, k] - h[k]
                if k == 0:
                    y = wrap(y)
                chi2 += (y / sd[i, k]) ** 2
                m += 1
    return chi2, m


@njit
def path_evidence(
    t_s: Array,
    z: Array,
    sd: Array,
    pose: Array,
    rotation: Array,
    at: Array,
    m0: Array,
    P0: Array,
    guide: Array,
    turns: int,
    motions: Array,
    x: Array,
    P: Array,
) -> tuple[float, float, int]:
    """Evidence of one target behind all rays, and its state at the last of them.

    t_s       (n,)       s, rising
    z, sd     (n, 2)     azimuth, elevation and their noise, rad; elevation may be NaN
    pose      (n, 3)     m
    rotation  (n, 3, 3)
    at        (n, 3)     a first guess of the path, improved in place
    m0, P0    (6,), (6, 6)  prior at the first time; its velocity part is taken from the motions
    guide     (3,)       motion under which the path is improved, and how often
    turns
    motions   (k, 3)     see the columns
    x, P                 outputs (6,), (6, 6), of all motions by their evidence

    Returns log evidence, the misfit of the rays (chi-square), and the number of angles; NaN if it failed.
    """
    n = t_s.shape[0]
    xf = np.empty((n, 6))
    Pf = np.empty((n, 6, 6))
    xp = np.empty((n, 6))
    Pp = np.empty((n, 6, 6))
    prior = P0.copy()
    chi2, m = misfit(z, sd, pose, rotation, at)
    new = np.empty((n, 3))
    for _ in range(turns):
        speed_prior(prior, guide[SPEED_SD])
        forward(t_s, z, sd, pose, rotation, at, m0, prior, guide[DENSITY], xf, Pf, xp, Pp)
        if not backward(t_s, xf, Pf, xp, Pp, new):
            return math.nan, math.nan, 0
        chi2_new, _ = misfit(z, sd, pose, rotation, new)
        # A full step may overshoot where the rays are far from straight lines: then half of it, and so on.
        for _ in range(_HALVINGS):
            if chi2_new <= chi2 + m:
                break
            for i in range(n):
                for a in range(3):
                    new[i, a] = 0.5 * (new[i, a] + at[i, a])
            chi2_new, _ = misfit(z, sd, pose, rotation, new)
        if not chi2_new <= chi2 + m:
            break
        chi2 = chi2_new
        at[:] = new
    best = -math.inf
    total = 0.0
    x[:] = 0.0
    P[:] = 0.0
    for k in range(motions.shape[0]):
        speed_prior(prior, motions[k, SPEED_SD])
        loglik = forward(
            t_s, z, sd, pose, rotation, at, m0, prior, motions[k, DENSITY], xf, Pf, xp, Pp
        ) + math.log(motions[k, SHARE])
        if not math.isfinite(loglik):
            return math.nan, math.nan, 0
        if loglik > best:
            total *= math.exp(best - loglik)
            best = loglik
        share = math.exp(loglik - best)
        total += share
        _mix(x, P, xf[n - 1], Pf[n - 1], share / total)
    return best + math.log(total), chi2, m


@njit
def _mix(x: Array, P: Array, x_new: Array, P_new: Array, share: float) -> None:
    """Add a component with this share of the whole to a mixture's mean and covariance, in place."""
    for a in range(6):
        for b in range(6):
            apart = (x_new[a] - x[a]) * (x_new[b] - x[b])
            P[a, b] = (1.0 - share) * (P[a, b] + share * apart) + share * P_new[a, b]
    for a in range(6):
        x[a] += share * (x_new[a] - x[a])


@njit
def speed_prior(P: Array, speed_sd_mps: float) -> None:
    """Put the velocity part of a motion's prior into P (6, 6), in place."""
    for a in range(3):
        P[a + 3, a + 3] = (speed_sd_mps * (VERTICAL if a == 2 else 1.0)) ** 2


@njit
def evidence_along(
    t_s: Array, z: Array, sd: Array, pose: Array, rotation: Array, at: Array, motion: Array
) -> float:
    """Log likelihood of all rays for one target that flies about along given points.

    at      (n, 3)  where it roughly was at each ray; rays are linearised there, so it should be right to a
                    small share of the range
    motion  (3,)    see the columns
    """
    n = t_s.shape[0]
    xf = np.empty((n, 6))
    Pf = np.empty((n, 6, 6))
    xp = np.empty((n, 6))
    Pp = np.empty((n, 6, 6))
    m0 = np.zeros(6)
    P0 = np.zeros((6, 6))
    for a in range(3):
        m0[a] = at[0, a]
        P0[a, a] = 1e6
    speed_prior(P0, motion[SPEED_SD])
    return forward(t_s, z, sd, pose, rotation, at, m0, P0, motion[DENSITY], xf, Pf, xp, Pp)
