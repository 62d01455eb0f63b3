"""The track filter's inner loops: gate, weigh, update, begin.

A look is what one sensor saw in one stretch of time. Tracks are rows:

    x   (n, 3, 6)     state by motion model      mu  (n, 3)  model probabilities
    P   (n, 3, 6, 6)  covariance by model        r   (n,)    probability of existence

Plots are rows of the ten components of `measurement`, NaN where absent.

Sources: Williams (2015), IEEE Trans. AES 51(3), 1664-1687 (multi-Bernoulli with Poisson birth, and
its marginal update, IV); Bar-Shalom, Li & Kirubarajan (2001), 11.6.6 (model probabilities).
"""

import math

import numpy as np
from numpy.typing import NDArray

from vedette.kernel.jit import njit
from vedette.kernel.measurement import N_COMPONENTS, linearise
from vedette.kernel.motion import combine, predict_one

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

LOG_2PI = math.log(2.0 * math.pi)
_REACH_SD = 6.5  # beyond the widest gate


@njit
def predict_rows(x: Array, P: Array, mu: Array, dt_s: Array, params: Array) -> None:
    """Carry every row forward by its own dt_s (n,), in place."""
    for i in range(x.shape[0]):
        predict_one(x[i], P[i], mu[i], dt_s[i], params)


@njit
def near(
    x: Array,
    P: Array,
    mu: Array,
    dt_s: Array,
    z: Array,
    sd: Array,
    pose: Array,
    rotation: Array,
    frame: Array,
    params: Array,
) -> NDArray[np.bool_]:
    """Tracks that any plot could be of: a cheap test that never refuses what the gate would take.

    dt_s  (n,)  from each track's time to the look's

    Returns (n,). A plot's place is bounded by its own noise; a track's by position and velocity
    spread and by what the manoeuvre model could add.
    """
    n = x.shape[0]
    m = z.shape[0]
    out = np.zeros(n, np.bool_)
    ranged = np.zeros(m, np.bool_)
    place = np.empty((m, 3))  # east, north and reach of a place; of a range its direction and its reach
    for j in range(m):
        if not math.isnan(z[j, 4]):
            place[j, 0] = z[j, 4]
            place[j, 1] = z[j, 5]
            place[j, 2] = _REACH_SD * sd[j, 4] + 500.0  # what height does to east and north
        elif not math.isnan(z[j, 0]) and not math.isnan(z[j, 1]):
            ranged[j] = True
            place[j, 0] = math.sin(z[j, 1])
            place[j, 1] = math.cos(z[j, 1])
            place[j, 2] = _REACH_SD * (sd[j, 0] + z[j, 0] * sd[j, 1]) + 1000.0
        else:  # only an azimuth
            out[:] = True
            return out
    places = np.empty((3, 2))
    for i in range(n):
        dt = dt_s[i]
        e = 0.0
        nn = 0.0
        spread = 0.0
        for a in range(3):
            # The hovering model loses its speed on the way.
            ahead = dt if a > 0 or dt <= 0.0 else params[0] * (1.0 - math.exp(-dt / params[0]))
            places[a, 0] = x[i, a, 0] + ahead * x[i, a, 3]
            places[a, 1] = x[i, a, 1] + ahead * x[i, a, 4]
            e += mu[i, a] * places[a, 0]
            nn += mu[i, a] * places[a, 1]
            velocity = dt * dt * (P[i, a, 3, 3] + P[i, a, 4, 4])
            cross = 2.0 * abs(dt) * (abs(P[i, a, 0, 3]) + abs(P[i, a, 1, 4]))
            spread = max(spread, P[i, a, 0, 0] + P[i, a, 1, 1] + velocity + cross)
        for a in range(3):
            spread += mu[i, a] * ((places[a, 0] - e) ** 2 + (places[a, 1] - nn) ** 2)
        reach = _REACH_SD * math.sqrt(spread + params[3] * abs(dt) ** 3) + 50.0
        be = e - pose[0]
        bn = nn - pose[1]
        ground = math.sqrt(be * be + bn * bn)
        se = rotation[0, 0] * be + rotation[0, 1] * bn
        sn = rotation[1, 0] * be + rotation[1, 1] * bn
        up = abs(x[i, 1, 2] - pose[2])
        high = up + 6.0 * math.sqrt(P[i, 1, 2, 2])
        for j in range(m):
            if not ranged[j]:
                de = place[j, 0] - e
                dn = place[j, 1] - nn
                far = reach + place[j, 2]
                if de * de + dn * dn < far * far:
                    out[i] = True
                    break
                continue
            # Cheap bounds first; with the state's own height the slant range is a ground range.
            if ground > z[j, 0] + _REACH_SD * sd[j, 0] + reach:
                continue
            low2 = z[j, 0] * z[j, 0] - high * high
            near_edge = ground + reach + _REACH_SD * sd[j, 0] + 1000.0
            if low2 > near_edge * near_edge:
                continue
            flat = math.sqrt(max(z[j, 0] * z[j, 0] - up * up, 0.0))
            far = reach + place[j, 2] + flat - math.sqrt(max(low2, 0.0))
            de = flat * place[j, 0] - se
            dn = flat * place[j, 1] - sn
            if de * de + dn * dn < far * far:
                out[i] = True
                break
    return out


@njit
def _solve(y: Array, H: Array, r: Array, P: Array, m: int, S: Array, K: Array) -> tuple[float, float]:
    """Innovation covariance, gain and figures of one linearised observation.

    S (10, 10) and K (6, 10) are scratch and output. Returns squared distance and log determinant of S;
    a distance of infinity when S is not positive definite.
    """
    PH = np.empty((6, N_COMPONENTS))
    for a in range(6):
        for i in range(m):
            s = 0.0
            for b in range(6):
                s += P[a, b] * H[i, b]
            PH[a, i] = s
    L = S
    logdet = 0.0
    for i in range(m):
        for j in range(i + 1):
            s = 0.0
            for a in range(6):
                s += H[i, a] * PH[a, j]
            if i == j:
                s += r[i]
            for k in range(j):
                s -= L[i, k] * L[j, k]
            if i == j:
                if not s > 0.0:
                    return math.inf, 0.0
                L[i, i] = math.sqrt(s)
                logdet += 2.0 * math.log(L[i, i])
            else:
                L[i, j] = s / L[j, j]
    w = np.empty(N_COMPONENTS)
    d2 = 0.0
    for i in range(m):
        s = y[i]
        for k in range(i):
            s -= L[i, k] * w[k]
        w[i] = s / L[i, i]
        d2 += w[i] * w[i]
    for a in range(6):
        for i in range(m):
            s = PH[a, i]
            for k in range(i):
                s -= L[i, k] * K[a, k]
            K[a, i] = s / L[i, i]
        for i in range(m - 1, -1, -1):
            s = K[a, i]
            for k in range(i + 1, m):
                s -= L[k, i] * K[a, k]
            K[a, i] = s / L[i, i]
    return d2, logdet


@njit
def _mixture(
    x: Array,
    P: Array,
    mu: Array,
    z: Array,
    sd: Array,
    up: Array,
    pose: Array,
    rotation: Array,
    frame: Array,
    dt_s: float,
    y: Array,
    H: Array,
    r: Array,
    S: Array,
    K: Array,
) -> float:
    """Log likelihood of a plot under the mixture of a track's models, without the factor of 2π."""
    best = -math.inf
    ll = np.empty(3)
    for a in range(3):
        m = linearise(x[a], z, sd, up, pose, rotation, frame, dt_s, y, H, r)
        d2, logdet = _solve(y, H, r, P[a], m, S, K)
        ll[a] = -0.5 * (d2 + logdet)
        best = max(best, ll[a])
    total = 0.0
    for a in range(3):
        total += mu[a] * math.exp(ll[a] - best)
    return best + math.log(total)


@njit
def _too_far(
    x: Array, spread_m: float, z: Array, sd: Array, up: Array, pose: Array, frame: Array, dt_s: float
) -> bool:
    """Whether the slant range or the place alone is beyond every gate: nearly all pairs end here.

    spread_m  root of the trace of the position covariance: no direction is less certain than that
    """
    e = x[0] + dt_s * x[3]
    n = x[1] + dt_s * x[4]
    u = x[2] + dt_s * x[5]
    if not math.isnan(z[0]):
        de = e - pose[0]
        dn = n - pose[1]
        du = u - pose[2]
        away = abs(z[0] - math.sqrt(de * de + dn * dn + du * du))
        return bool(away > 1.0 + _REACH_SD * math.sqrt(sd[0] * sd[0] + spread_m * spread_m))
    if not math.isnan(z[4]):
        h = frame[0] + u + 0.5 * (e * e + n * n) / frame[1]
        reach = 1.0 + _REACH_SD * math.sqrt(sd[4] * sd[4] + 1.2 * spread_m * spread_m)
        return bool(abs(z[4] + h * up[0] - e) > reach or abs(z[5] + h * up[1] - n) > reach)
    return False


@njit
def gate(
    x: Array,
    P: Array,
    mu: Array,
    z: Array,
    sd: Array,
    up: Array,
    dt_s: Array,
    pose: Array,
    rotation: Array,
    frame: Array,
    gate_sd: float,
) -> tuple[Ints, Ints, Array]:
    """Pairs that fit, and how well.

    x, P, mu  tracks at the look's time
    dt_s      (m,)  each plot's own time less the look's
    gate_sd         a pair fits when its distance is below gate_sd² + 2 (components - 1)

    Returns track (k,), plot (k,), log likelihood (k,) in the measured components' own units, by
    track and then by plot. The gate is that of the mixture's mean and covariance; the likelihood is
    the mixture's own, so that a parked target does not claim what passes by.
    """
    n = x.shape[0]
    m_plots = z.shape[0]
    room = max(16, 4 * n)
    track = np.empty(room, np.int64)
    plot = np.empty(room, np.int64)
    loglik = np.empty(room)
    k = 0
    y = np.empty(N_COMPONENTS)
    H = np.empty((N_COMPONENTS, 6))
    r = np.empty(N_COMPONENTS)
    S = np.empty((N_COMPONENTS, N_COMPONENTS))
    K = np.empty((6, N_COMPONENTS))
    xm = np.empty(6)
    Pm = np.empty((6, 6))
    for i in range(n):
        combine(x[i], P[i], mu[i], xm, Pm)
        place_sd = math.sqrt(Pm[0, 0] + Pm[1, 1] + Pm[2, 2])
        speed_sd = math.sqrt(Pm[3, 3] + Pm[4, 4] + Pm[5, 5])
        for j in range(m_plots):
            if _too_far(xm, place_sd + abs(dt_s[j]) * speed_sd, z[j], sd[j], up[j], pose, frame, dt_s[j]):
                continue
            m = linearise(xm, z[j], sd[j], up[j], pose, rotation, frame, dt_s[j], y, H, r)
            if m == 0:
                continue
            limit = gate_sd * gate_sd + 2.0 * (m - 1)
            # One component alone is a lower bound of the distance: most pairs end here.
            out = False
            for c in range(m):
                s = r[c]
                for a in range(6):
                    t = 0.0
                    for b in range(6):
                        t += Pm[a, b] * H[c, b]
                    s += H[c, a] * t
                if y[c] * y[c] > limit * s:
                    out = True
                    break
            if out:
                continue
            d2, _ = _solve(y, H, r, Pm, m, S, K)
            if not d2 <= limit:
                continue
            mixed = _mixture(
                x[i], P[i], mu[i], z[j], sd[j], up[j], pose, rotation, frame, dt_s[j], y, H, r, S, K
            )
            if k == room:
                room *= 2
                track = np.append(track, np.empty(room - k, np.int64))
                plot = np.append(plot, np.empty(room - k, np.int64))
                loglik = np.append(loglik, np.empty(room - k))
            track[k] = i
            plot[k] = j
            loglik[k] = mixed - 0.5 * m * LOG_2PI
            k += 1
    return track[:k], plot[:k], loglik[:k]


@njit
def update(
    x: Array,
    P: Array,
    mu: Array,
    r: Array,
    pd: Array,
    z: Array,
    sd: Array,
    up: Array,
    dt_s: Array,
    pose: Array,
    rotation: Array,
    frame: Array,
    track: Ints,
    plot: Ints,
    p_pair: Array,
    p_missed: Array,
    ignore_below: float,
) -> None:
    """Update the tracks with their association probabilities, in place.

    Every model is updated with every plot of the track; the results are mixed again by model. What a
    plot says of the models weighs in by its likelihood under each. Existence is the mass of all
    hypotheses in which the track exists.

    pd            (n,)  detection probability of each track in this look
    track, plot   (k,)  pairs sorted by track
    ignore_below        pairs with less than this share of the track's best pair do not move its state
    """
    k = track.shape[0]
    y = np.empty(N_COMPONENTS)
    H = np.empty((N_COMPONENTS, 6))
    rr = np.empty(N_COMPONENTS)
    S = np.empty((N_COMPONENTS, N_COMPONENTS))
    K = np.empty((6, N_COMPONENTS))
    first = 0
    while first < k:
        i = track[first]
        last = first
        while last < k and track[last] == i:
            last += 1
        exists = p_missed[i] * r[i] * (1.0 - pd[i]) / max(1.0 - r[i] * pd[i], 1e-12)
        missed_exists = exists
        best_pair = 0.0
        for q in range(first, last):
            exists += p_pair[q]
            best_pair = max(best_pair, p_pair[q])
        # Mixing plots of different targets pulls neighbouring tracks together. What is much less
        # likely than the best plot counts for existence, not for the state.
        least = ignore_below * best_pair
        total = missed_exists
        for q in range(first, last):
            if p_pair[q] >= least:
                total += p_pair[q]
        count = last - first
        w = np.zeros((count + 1, 3))
        xs = np.empty((count + 1, 3, 6))
        Ps = np.empty((count + 1, 3, 6, 6))
        for a in range(3):
            w[0, a] = missed_exists / total * mu[i, a]
            xs[0, a] = x[i, a]
            Ps[0, a] = P[i, a]
        for q in range(first, last):
            h = q - first + 1
            if p_pair[q] < least:
                continue
            j = plot[q]
            best = -math.inf
            ll = np.empty(3)
            for a in range(3):
                m = linearise(x[i, a], z[j], sd[j], up[j], pose, rotation, frame, dt_s[j], y, H, rr)
                d2, logdet = _solve(y, H, rr, P[i, a], m, S, K)
                ll[a] = -0.5 * (d2 + logdet) if d2 < math.inf else -1e9
                best = max(best, ll[a])
                _apply(x[i, a], P[i, a], y, H, rr, K, m, xs[h, a], Ps[h, a])
            norm = 0.0
            for a in range(3):
                w[h, a] = mu[i, a] * math.exp(ll[a] - best)
                norm += w[h, a]
            for a in range(3):
                w[h, a] *= p_pair[q] / total / norm
        for a in range(3):
            mass = 0.0
            for h in range(count + 1):
                mass += w[h, a]
            mu[i, a] = mass
            if mass < 1e-12:
                mu[i, a] = 1e-12
                continue
            for c in range(6):
                s = 0.0
                for h in range(count + 1):
                    if w[h, a] > 0.0:
                        s += w[h, a] * xs[h, a, c]
                x[i, a, c] = s / mass
            for c in range(6):
                for d in range(c + 1):
                    s = 0.0
                    for h in range(count + 1):
                        if w[h, a] > 0.0:
                            s += w[h, a] * (
                                Ps[h, a, c, d] + (xs[h, a, c] - x[i, a, c]) * (xs[h, a, d] - x[i, a, d])
                            )
                    P[i, a, c, d] = s / mass
                    P[i, a, d, c] = P[i, a, c, d]
        s = mu[i, 0] + mu[i, 1] + mu[i, 2]
        for a in range(3):
            mu[i, a] /= s
        r[i] = min(exists, 1.0 - 1e-9)
        first = last


@njit
def _apply(
    x: Array, P: Array, y: Array, H: Array, r: Array, K: Array, m: int, x_out: Array, P_out: Array
) -> None:
    """Kalman update in Joseph's form, which stays symmetric and positive definite."""
    A = np.empty((6, 6))
    for a in range(6):
        s = x[a]
        for i in range(m):
            s += K[a, i] * y[i]
        x_out[a] = s
        for b in range(6):
            s = 1.0 if a == b else 0.0
            for i in range(m):
                s -= K[a, i] * H[i, b]
            A[a, b] = s
    AP = np.empty((6, 6))
    for a in range(6):
        for b in range(6):
            s = 0.0
            for c in range(6):
                s += A[a, c] * P[c, b]
            AP[a, b] = s
    for a in range(6):
        for b in range(a + 1):
            s = 0.0
            for c in range(6):
                s += AP[a, c] * A[b, c]
            for i in range(m):
                s += K[a, i] * r[i] * K[b, i]
            P_out[a, b] = s
            P_out[b, a] = s


@njit
def begin(
    z: Array,
    sd: Array,
    up: Array,
    pose: Array,
    rotation: Array,
    frame: Array,
    height_max_m: float,
    speed_sd_mps: float,
    x: Array,
    P: Array,
) -> bool:
    """A first state from one plot, if it has a place; mean x (6,) and covariance P (6, 6) are outputs.

    A height that was not measured is taken as low and very uncertain (traffic is denser near the
    ground), within height_max_m, and tied to the ground range through the slant range.
    """
    for a in range(6):
        x[a] = 0.0
        for b in range(6):
            P[a, b] = 0.0
    h = min(0.5 * height_max_m, 1500.0)
    h_sd = min(height_max_m / math.sqrt(12.0), 3000.0)
    if not math.isnan(z[0]):
        h = min(h, 0.3 * z[0] + 50.0)
        h_sd = min(h_sd, 0.5 * z[0] + 100.0)
    if not math.isnan(z[6]):
        h = z[6]
        h_sd = sd[6]
    elif not math.isnan(z[7]):
        h = z[7]
        h_sd = sd[7]
    if not math.isnan(z[4]):
        e = z[4] + h * up[0]
        n = z[5] + h * up[1]
        x[0] = e
        x[1] = n
        x[2] = h - frame[0] - 0.5 * (e * e + n * n) / frame[1]
        P[0, 0] = sd[4] ** 2 + (h_sd * up[0]) ** 2
        P[1, 1] = sd[5] ** 2 + (h_sd * up[1]) ** 2
        P[2, 2] = h_sd**2
    elif not math.isnan(z[0]) and not math.isnan(z[1]):
        _begin_polar(z, sd, pose, rotation, frame, h, h_sd, x, P)
    else:
        return False
    for a in range(3):
        P[a + 3, a + 3] = speed_sd_mps**2 if a < 2 else (0.1 * speed_sd_mps) ** 2
    for a in range(2):
        if not math.isnan(z[8 + a]):
            x[3 + a] = z[8 + a]
            P[3 + a, 3 + a] = sd[8 + a] ** 2 + 1.0
    return True


@njit
def _begin_polar(
    z: Array, sd: Array, pose: Array, rotation: Array, frame: Array, h: float, h_sd: float, x: Array, P: Array
) -> None:
    """Position and its covariance from slant range, azimuth and elevation or a height."""
    slant = max(z[0], 1.0)
    se = math.sin(z[1])
    ce = math.cos(z[1])
    if not math.isnan(z[2]):
        el = z[2]
        el_sd = sd[2]
    else:
        # Height above the sensor's horizontal plane, allowing for the curve of the earth.
        pose_h = frame[0] + pose[2] + 0.5 * (pose[0] ** 2 + pose[1] ** 2) / frame[1]
        drop = slant * slant / (2.0 * frame[1])
        ratio = min(max((h - pose_h - drop) / slant, -0.9), 0.9)
        el = math.asin(ratio)
        el_sd = min(h_sd / (slant * math.cos(el)), 0.5)
    c = math.cos(el)
    s = math.sin(el)
    d = np.empty(3)
    d[0] = slant * c * se
    d[1] = slant * c * ce
    d[2] = slant * s
    J = np.empty((3, 3))  # by range, azimuth, elevation
    J[0, 0] = c * se
    J[1, 0] = c * ce
    J[2, 0] = s
    J[0, 1] = slant * c * ce
    J[1, 1] = -slant * c * se
    J[2, 1] = 0.0
    J[0, 2] = -slant * s * se
    J[1, 2] = -slant * s * ce
    J[2, 2] = slant * c
    var = np.empty(3)
    # Without an elevation the ground range bends with the height: the second-order term.
    bend = 0.5 * (slant * el_sd) ** 2 / slant if math.isnan(z[2]) else 0.0
    var[0] = sd[0] ** 2 + bend * bend
    var[1] = sd[1] ** 2
    var[2] = el_sd**2
    G = np.empty((3, 3))  # in the sector's frame
    for a in range(3):
        x[a] = pose[a]
        for b in range(3):
            x[a] += rotation[b, a] * d[b]
            t = 0.0
            for q in range(3):
                t += rotation[q, a] * J[q, b]
            G[a, b] = t
    for a in range(3):
        for b in range(3):
            t = 0.0
            for q in range(3):
                t += G[a, q] * var[q] * G[b, q]
            P[a, b] = t


@njit
def summarise(x: Array, P: Array, mu: Array) -> tuple[Array, Array]:
    """Mean (n, 6) and covariance (n, 6, 6) of n mixtures."""
    n = x.shape[0]
    xm = np.empty((n, 6))
    Pm = np.empty((n, 6, 6))
    for i in range(n):
        combine(x[i], P[i], mu[i], xm[i], Pm[i])
    return xm, Pm
