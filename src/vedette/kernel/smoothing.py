"""The best trajectory after the fact: fixed-interval smoothing of one track under a mixture of models.

A track is a row of *nodes* in time. A node has no plots (a time that somebody asks for) or some, of
which at most one is the track's own. Forward, an interacting multiple model filter; backward, for each
pair of models (i at node k, j at node k + 1) a Rauch-Tung-Striebel step, mixed again by i:

    m  = F_j x_i                    S = F_j P_i F_jᵀ + Q_j         G = P_i F_jᵀ S⁻¹
    x' = x_i + G (xˢ_j - m)         P' = (I - G F_j) P_i (I - G F_j)ᵀ + G (Q_j + Pˢ_j) Gᵀ
    w_ij ∝ π_ij μ_i N(xˢ_j; m, S)   normalised over i, times μˢ_j

The number of models M and the state's size n come from the arrays' shapes. With M = 1 this is the
textbook smoother.

Sources: Rauch, Tung & Striebel (1965), AIAA J. 3(8), 1445-1450; Blom & Bar-Shalom (1988), IEEE Trans.
AC 33(8), 780-783 (forward); Kim (1994), J. Econometrics 60, 1-22 (collapsing over pairs); Barber
(2006), JMLR 7, 2515-2540 (the Gaussian factor in w: "expectation correction").
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.measurement import (
    AZIMUTH,
    ELEVATION,
    N_COMPONENTS,
    RANGE,
    RATE,
    Look,
    can_stray,
    linearise,
)
from vedette.kernel.motion import carry, restrain, transition
from vedette.kernel.spd import invert, sandwich

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_LEAST_MU = 1e-12
_FAR = 9.0  # variance of a prediction, in that of the plot, from which the plot's own place is better


@njit
def models_over(dt_s: Array, n_models: int, params: Array) -> tuple[Array, Array, Array]:
    """Matrices of the models of kernel.motion over each interval.

    dt_s    (t,)  0 or more
    params        the table of models of kernel.motion

    Returns F (t, M, 6, 6), Q (t, M, 6, 6) and the model transitions (t, M, M), row from, column to.
    """
    t = dt_s.shape[0]
    F = np.zeros((t, n_models, 6, 6))
    Q = np.zeros((t, n_models, 6, 6))
    change = np.empty((t, n_models, n_models))
    noise = np.zeros((1, n_models, 6, 6))
    column = np.empty((1, n_models, 6))
    for k in range(t):
        if dt_s[k] <= 0.0:
            change[k] = np.eye(n_models)
            for j in range(n_models):
                F[k, j] = np.eye(6)
            continue
        change[k] = transition(dt_s[k], params)
        for j in range(n_models):
            for a in range(6):
                column[0, j] = 0.0
                column[0, j, a] = 1.0
                noise[0, j] = 0.0
                carry(column, noise, 0, j, dt_s[k], params)
                for b in range(6):
                    F[k, j, b, a] = column[0, j, b]
            Q[k, j] = noise[0, j]
    return F, Q, change


@njit
def forward(
    x0: Array,
    P0: Array,
    mu0: Array,
    F: Array,
    Q: Array,
    change: Array,
    models: Array,
    end: Ints,
    z: Array,
    sd: Array,
    up: Array,
    corr: Array,
    dt_s: Array,
    pose: Array,
    rotation: Array,
    stray: Array,
    p: Array,
    frame: Array,
    about: Array,
    x: Array,
    P: Array,
    mu: Array,
) -> None:
    """Filter from the first node to the last.

    x0, P0, mu0    (M, 6), (M, 6, 6), (M,)  the state at the first node, before its plots
    F, Q, change   (t, M, 6, 6), …, (t, M, M)  from the node before to this one; row 0 is not used.
                   change is restrained by what is found, in place: so `backward` takes it
    models         (M, 4)  as in kernel.motion
    end            (t,)    the plots of node k are end[k - 1] to end[k]
    z, sd, up, corr (m, …) plots as in kernel.measurement; dt_s (m,) own time less the node's
    pose, rotation (m, 6), (m, 3, 3)  of the sensor when it measured, and of the other receiver
    stray          (m, 2)  as in kernel.measurement, by plot
    p              (m,)    probability that the plot is the track's; the sum over a node is 1 or less
    frame          (2,)    as in kernel.measurement
    about          (t, 6)  where to linearise; NaN is at the prediction
    x, P, mu       (t, M, 6), (t, M, 6, 6), (t, M)  outputs: filtered, by model
    """
    n_models = x0.shape[0]
    mixed_x = np.empty((n_models, 6))
    mixed_P = np.empty((n_models, 6, 6))
    work = np.empty((6, 6))
    for k in range(x.shape[0]):
        if k == 0:
            x[0] = x0
            P[0] = P0
            mu[0] = mu0
        else:
            restrain(change[k], x, P, k - 1, models)
            _mix(x[k - 1], P[k - 1], mu[k - 1], change[k], mixed_x, mixed_P, mu[k])
            for j in range(n_models):
                _through(F[k, j], mixed_x[j], x[k, j])
                _carried(F[k, j], mixed_P[j], Q[k, j], work, P[k, j])
        first = 0 if k == 0 else end[k - 1]
        if end[k] > first:
            _take(
                x[k], P[k], mu[k], z[first : end[k]], sd[first : end[k]], up[first : end[k]],
                corr[first : end[k]], dt_s[first : end[k]], pose[first : end[k]], rotation[first : end[k]],
                stray[first : end[k]], p[first : end[k]], frame, about[k],
            )  # fmt: skip


@njit
def _mix(x: Array, P: Array, mu: Array, change: Array, x_out: Array, P_out: Array, mu_out: Array) -> None:
    """Mix the models before they are carried: moments of p(state | next model)."""
    n_models = x.shape[0]
    x_out[:] = 0.0
    P_out[:] = 0.0
    for j in range(n_models):
        c = 0.0
        for i in range(n_models):
            c += change[i, j] * mu[i]
        mu_out[j] = c
        for i in range(n_models):
            w = change[i, j] * mu[i] / c
            for a in range(6):
                x_out[j, a] += w * x[i, a]
        for i in range(n_models):
            w = change[i, j] * mu[i] / c
            for a in range(6):
                da = x[i, a] - x_out[j, a]
                for b in range(6):
                    P_out[j, a, b] += w * (P[i, a, b] + da * (x[i, b] - x_out[j, b]))


@njit
def _through(F: Array, x: Array, out: Array) -> None:
    """F x."""
    for a in range(6):
        s = 0.0
        for b in range(6):
            s += F[a, b] * x[b]
        out[a] = s


@njit
def _carried(A: Array, P: Array, Q: Array, work: Array, out: Array) -> None:
    """A P Aᵀ + Q; work (6, 6) is scratch."""
    sandwich(A, P, work, out)
    for a in range(6):
        for b in range(6):
            out[a, b] += Q[a, b]


@njit
def _take(
    x: Array,
    P: Array,
    mu: Array,
    z: Array,
    sd: Array,
    up: Array,
    corr: Array,
    dt_s: Array,
    pose: Array,
    rotation: Array,
    stray: Array,
    p: Array,
    frame: Array,
    about: Array,
) -> None:
    """Update one node with its plots and their probabilities, in place.

    Each model with each plot, and again with its azimuth as a stray one where it may be; then by model the
    moments of the mixture of 'none' and all of them.
    """
    n_models = x.shape[0]
    count = z.shape[0]
    xs = np.empty((2 * count + 1, n_models, 6))
    Ps = np.empty((2 * count + 1, n_models, 6, 6))
    w = np.zeros((2 * count + 1, n_models))
    L = np.empty((N_COMPONENTS, N_COMPONENTS))
    ll = np.empty((2, n_models))
    first = np.zeros(1, np.int64)
    place = np.empty(6)
    none = 1.0
    for h in range(count):
        look = Look(z, sd, up, corr, dt_s, np.arange(count), pose, rotation, frame, stray[h])
        kinds = 2 if can_stray(z, h, stray[h, 0]) else 1
        best = -math.inf
        for i in range(n_models):
            at = about
            if math.isnan(about[0]):
                at = x[i]
                if _place_of(z[h], sd[h], pose[h], rotation[h], P[i], place):
                    place[3:] = x[i, 3:]
                    at = place
            rows = linearise(at.reshape((1, 1, 6)), 0, look, first, np.array([h]))
            y, H, r, m = rows.y[0], rows.H[0], rows.r[0], rows.m[0]
            for c in range(m):  # from where it was linearised to the prediction
                for a in range(6):
                    y[c] -= H[c, a] * (x[i, a] - at[a])
            for s in range(kinds):
                g = 2 * h + 1 + s
                if s == 1:
                    r[1] *= stray[h, 1] * stray[h, 1]
                ll[s, i] = _kalman(x[i], P[i], y, H, r, m, L, xs[g, i], Ps[g, i])
                if kinds == 2:
                    ll[s, i] += math.log(stray[h, 0] if s == 1 else 1.0 - stray[h, 0])
                best = max(best, ll[s, i])
        norm = 0.0
        for s in range(kinds):
            for i in range(n_models):
                w[2 * h + 1 + s, i] = mu[i] * math.exp(ll[s, i] - best)
                norm += w[2 * h + 1 + s, i]
        if not (norm > 0.0 and norm < math.inf):
            w[2 * h + 1 : 2 * h + 3] = 0.0  # no model can explain it: not used
            continue
        none -= p[h]
        for s in range(kinds):
            for i in range(n_models):
                w[2 * h + 1 + s, i] *= p[h] / norm
    xs[0] = x
    Ps[0] = P
    for i in range(n_models):
        w[0, i] = max(none, 0.0) * mu[i]
    total = 0.0
    for i in range(n_models):
        mu[i] = max(collapse(w[:, i], xs[:, i], Ps[:, i], x[i], P[i]), _LEAST_MU)
        total += mu[i]
    mu /= total


@njit
def _place_of(z: Array, sd: Array, pose: Array, rotation: Array, P: Array, out: Array) -> bool:
    """Where a plot with range, azimuth and elevation was, into out[:3], if it tells more than P.

    After a long gap a prediction is far off, and geometry linearised there is nonsense.
    """
    if math.isnan(z[RANGE] + z[AZIMUTH] + z[ELEVATION]) or not math.isnan(z[RATE]):
        return False
    across = z[RANGE] * z[RANGE] * (sd[AZIMUTH] * sd[AZIMUTH] + sd[ELEVATION] * sd[ELEVATION])
    if P[0, 0] + P[1, 1] + P[2, 2] < _FAR * (sd[RANGE] * sd[RANGE] + across):
        return False
    c = z[RANGE] * math.cos(z[ELEVATION])
    d0 = c * math.sin(z[AZIMUTH])
    d1 = c * math.cos(z[AZIMUTH])
    d2 = z[RANGE] * math.sin(z[ELEVATION])
    for a in range(3):
        out[a] = pose[a] + rotation[0, a] * d0 + rotation[1, a] * d1 + rotation[2, a] * d2
    return True


@njit
def collapse(w: Array, xs: Array, Ps: Array, x_out: Array, P_out: Array) -> float:
    """Mean and covariance of a mixture of h Gaussians with weights w (h,), which need not sum to 1.

    Returns the sum of the weights; below 1e-300 the outputs are not touched.
    """
    mass = 0.0
    for h in range(w.shape[0]):
        mass += w[h]
    if mass < 1e-300:
        return mass
    n = x_out.shape[0]
    for a in range(n):
        s = 0.0
        for h in range(w.shape[0]):
            if w[h] > 0.0:
                s += w[h] * xs[h, a]
        x_out[a] = s / mass
    for a in range(n):
        for b in range(a + 1):
            s = 0.0
            for h in range(w.shape[0]):
                if w[h] > 0.0:
                    s += w[h] * (Ps[h, a, b] + (xs[h, a] - x_out[a]) * (xs[h, b] - x_out[b]))
            P_out[a, b] = s / mass
            P_out[b, a] = s / mass
    return mass


@njit
def _kalman(
    x: Array, P: Array, y: Array, H: Array, r: Array, m: int, L: Array, x_out: Array, P_out: Array
) -> float:
    """Update component by component (the noise is diagonal); returns the log likelihood.

    Without the factor of 2π. One component at a time needs no inverse, and P stays symmetric.
    """
    x_out[:] = x
    P_out[:] = P
    ll = 0.0
    g = L[0]
    for c in range(m):
        s = r[c]
        for a in range(6):
            g[a] = 0.0
            for b in range(6):
                g[a] += P_out[a, b] * H[c, b]
            s += H[c, a] * g[a]
        e = y[c]
        for a in range(6):
            e -= H[c, a] * (x_out[a] - x[a])
        ll -= 0.5 * (e * e / s + math.log(s))
        for a in range(6):
            x_out[a] += g[a] * e / s
        for a in range(6):
            for b in range(a + 1):
                P_out[a, b] -= g[a] * g[b] / s
                P_out[b, a] = P_out[a, b]
    return ll


@njit
def backward(
    x: Array, P: Array, mu: Array, F: Array, Q: Array, change: Array, xs: Array, Ps: Array, mus: Array
) -> None:
    """Smooth from the last node to the first.

    x, P, mu     (t, M, n), (t, M, n, n), (t, M)  filtered, by model
    F, Q, change as in `forward`
    xs, Ps, mus  outputs of the same shapes: smoothed, by model
    """
    t, n_models, n = x.shape
    xs[t - 1] = x[t - 1]
    Ps[t - 1] = P[t - 1]
    mus[t - 1] = mu[t - 1]
    pair_x = np.empty((n_models, n_models, n))  # by model i at k, model j at k + 1
    pair_P = np.empty((n_models, n_models, n, n))
    w = np.empty((n_models, n_models))
    S = np.empty((n, n))
    inverse = np.empty((n, n))
    FP = np.empty((n, n))
    G = np.empty((n, n))
    A = np.empty((n, n))
    work = np.empty((n, n))
    d = np.empty(n)
    for k in range(t - 2, -1, -1):
        for j in range(n_models):
            best = -math.inf
            for i in range(n_models):
                w[i, j] = _back_one(
                    x[k, i], P[k, i], F[k + 1, j], Q[k + 1, j], xs[k + 1, j], Ps[k + 1, j],
                    S, inverse, FP, G, A, work, d, pair_x[i, j], pair_P[i, j],
                )  # fmt: skip
                w[i, j] += math.log(max(change[k + 1, i, j] * mu[k, i], 1e-300))
                best = max(best, w[i, j])
            norm = 0.0
            for i in range(n_models):
                w[i, j] = math.exp(w[i, j] - best)
                norm += w[i, j]
            for i in range(n_models):
                w[i, j] *= mus[k + 1, j] / norm
        total = 0.0
        for i in range(n_models):
            xs[k, i] = x[k, i]
            Ps[k, i] = P[k, i]
            mus[k, i] = max(collapse(w[i], pair_x[i], pair_P[i], xs[k, i], Ps[k, i]), _LEAST_MU)
            total += mus[k, i]
        mus[k] /= total


@njit
def ask(
    at: Ints,
    x: Array,
    P: Array,
    mu: Array,
    xs: Array,
    Ps: Array,
    mus: Array,
    F_to: Array,
    Q_to: Array,
    change_to: Array,
    F_on: Array,
    Q_on: Array,
    change_on: Array,
    models: Array,
    x_out: Array,
    P_out: Array,
    mu_out: Array,
) -> None:
    """Smoothed states by model at times between the nodes and after the last one.

    at            (q,)  the last node before each time
    x, P, mu      filtered, xs, Ps, mus smoothed, at the nodes
    F_to, …       (q, M, …)  the models from that node to the time
    F_on, …       (q, M, …)  and from the time to the next node; not used after the last one
    models        (M, 4)     as in kernel.motion
    *_out         (q, M, …)  outputs

    Each is answered by itself, so that no question changes another's answer or the trajectory.
    """
    n_models = x.shape[1]
    mixed_x = np.empty((n_models, 6))
    mixed_P = np.empty((n_models, 6, 6))
    work = np.empty((6, 6))
    two_x = np.empty((2, n_models, 6))
    two_P = np.empty((2, n_models, 6, 6))
    two_mu = np.empty((2, n_models))
    F, Q, change = (
        np.empty((2, n_models, 6, 6)),
        np.empty((2, n_models, 6, 6)),
        np.ones((2, n_models, n_models)),
    )
    sx, sP, smu = np.empty_like(two_x), np.empty_like(two_P), np.empty_like(two_mu)
    for r in range(at.shape[0]):
        k = at[r]
        change[0] = change_to[r]
        restrain(change[0], x, P, k, models)
        _mix(x[k], P[k], mu[k], change[0], mixed_x, mixed_P, two_mu[0])
        for j in range(n_models):
            _through(F_to[r, j], mixed_x[j], two_x[0, j])
            _carried(F_to[r, j], mixed_P[j], Q_to[r, j], work, two_P[0, j])
        if k + 1 == x.shape[0]:
            x_out[r], P_out[r], mu_out[r] = two_x[0], two_P[0], two_mu[0]
            continue
        two_x[1], two_P[1], two_mu[1] = xs[k + 1], Ps[k + 1], mus[k + 1]
        F[1], Q[1], change[1] = F_on[r], Q_on[r], change_on[r]
        restrain(change[1], two_x, two_P, 0, models)
        backward(two_x, two_P, two_mu, F, Q, change, sx, sP, smu)
        x_out[r], P_out[r], mu_out[r] = sx[0], sP[0], smu[0]


@njit
def _back_one(
    x: Array,
    P: Array,
    F: Array,
    Q: Array,
    xs: Array,
    Ps: Array,
    S: Array,
    inverse: Array,
    FP: Array,
    G: Array,
    A: Array,
    work: Array,
    d: Array,
    x_out: Array,
    P_out: Array,
) -> float:
    """One Rauch-Tung-Striebel step; returns the log density of the next state under the prediction."""
    n = x.shape[0]
    for a in range(n):
        for b in range(n):
            s = 0.0
            for c in range(n):
                s += F[a, c] * P[c, b]
            FP[a, b] = s
    for a in range(n):
        for b in range(a + 1):
            s = Q[a, b]
            for c in range(n):
                s += FP[a, c] * F[b, c]
            S[a, b] = s
            S[b, a] = s
        s = xs[a]
        for b in range(n):
            s -= F[a, b] * x[b]
        d[a] = s
    logdet = invert(S, inverse, work)
    if math.isnan(logdet):
        x_out[:] = x
        P_out[:] = P
        return -1e9
    d2 = 0.0
    for a in range(n):
        for b in range(n):
            d2 += d[a] * inverse[a, b] * d[b]
    for a in range(n):
        for b in range(n):
            s = 0.0
            for c in range(n):
                s += FP[c, a] * inverse[c, b]
            G[a, b] = s
    for a in range(n):
        s = x[a]
        for b in range(n):
            s += G[a, b] * d[b]
        x_out[a] = s
        for b in range(n):
            s = 1.0 if a == b else 0.0
            for c in range(n):
                s -= G[a, c] * F[c, b]
            A[a, b] = s
    for a in range(n):
        for b in range(n):
            s = 0.0
            u = 0.0
            for c in range(n):
                s += A[a, c] * P[c, b]
                u += G[a, c] * (Q[c, b] + Ps[c, b])
            work[a, b] = s
            S[a, b] = u
    for a in range(n):
        for b in range(a + 1):
            s = 0.0
            for c in range(n):
                s += work[a, c] * A[b, c] + S[a, c] * G[b, c]
            P_out[a, b] = s
            P_out[b, a] = s
    return -0.5 * (d2 + logdet)


@njit
def back_from(
    x0: Array, P0: Array, mu0: Array, F: Array, Q: Array, change: Array, models: Array,
    x: Array, P: Array, mu: Array,
) -> None:  # fmt: skip
    """Carry a state backwards in time, without plots: row k of the outputs from row k - 1.

    F, Q, change  (t, M, …)  the models over the (positive) intervals
    models        (M, 4)     as in kernel.motion

    The models are read in reverse: the velocity turns round, the models run, it turns back. That is
    exact for white acceleration with nothing known of earlier states, and for a velocity that is a
    stationary first-order Markov process; model changes are as likely backwards as forwards when the
    share of time in each is proportional to the stay in it.
    """
    n_models = x0.shape[0]
    mixed_x = np.empty((n_models, 6))
    mixed_P = np.empty((n_models, 6, 6))
    work = np.empty((6, 6))
    before_x = x0.copy()
    before_P = P0.copy()
    before_mu = mu0.copy()
    _turn(before_x, before_P)
    free = np.empty((n_models, n_models))
    for k in range(x.shape[0]):
        free[:] = change[k]
        restrain(free, before_x.reshape((1, n_models, 6)), before_P.reshape((1, n_models, 6, 6)), 0, models)
        _mix(before_x, before_P, before_mu, free, mixed_x, mixed_P, mu[k])
        for j in range(n_models):
            _through(F[k, j], mixed_x[j], x[k, j])
            _carried(F[k, j], mixed_P[j], Q[k, j], work, P[k, j])
        before_x[:] = x[k]
        before_P[:] = P[k]
        before_mu[:] = mu[k]
        _turn(x[k], P[k])


@njit
def _turn(x: Array, P: Array) -> None:
    """Turn the velocity round, in place."""
    for i in range(x.shape[0]):
        for a in range(3):
            x[i, a + 3] = -x[i, a + 3]
            for b in range(3):
                P[i, a, b + 3] = -P[i, a, b + 3]
                P[i, a + 3, b] = -P[i, a + 3, b]
