"""How cameras of known place are turned, from the one thing that they all follow; no truth is used.

1. Two cameras' directions at equal times give their relative rotation (eight-point essential matrix), the
   path in the first camera's frame, and with it every other camera's place and rotation (linear resection).
2. The measured places fix scale, place and turn of that frame. Which place is whose is found, too: of all
   orders the one whose shape fits.
3. Path, rotations and one focal correction a camera are improved in turn, with robust weights, until all
   rays meet as well as they can.

Source: Hartley & Zisserman (2004), Multiple View Geometry, 7.1 (resection), 9.6 and 11.1 (essential matrix,
eight points); Kabsch (1976), Acta Cryst. A32, 922 (rotation between two sets of directions).
"""

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_SAMPLES = 300  # of eight points, for the first essential matrix
_ROUNDS = 400


@dataclass(frozen=True, slots=True)
class Orientation:
    """What was found, k cameras.

    rotation      (k, 3, 3) from the camera's axes (right, down, ahead) to east, north, up
    order         which of the measured places is each camera's
    order_rms_m   how well the shape of the places fits in this order, and in the next best
    focal         (k,) true focal length over the calibrated one
    residual_deg  (k,) median angle between a camera's rays and the path
    tail_deg      (k,) what one angle in a hundred exceeds
    path          (n, 3) m, NaN where fewer than two cameras saw it
    """

    rotation: Array
    order: tuple[int, ...]
    order_rms_m: tuple[float, float]
    focal: Array
    residual_deg: Array
    tail_deg: Array
    path: Array


def orient(rays: Array, seen: Mask, places: Array, seed: int = 0) -> Orientation:
    """Find the cameras' rotations.

    rays    (k, n, 3)  unit directions in each camera's axes at n common times
    seen    (k, n)     where they are valid
    places  (q, 3)     m, in any order; places without a camera may be among them
    seed               for the random samples of eight points
    """
    first, second = _best_pair(seen)
    both = seen[first] & seen[second]
    relative, base = _two_views(rays[first][both], rays[second][both], np.random.default_rng(seed))
    path, good = _midpoints(rays[first][both], rays[second][both] @ relative, base)
    centre = np.zeros((len(rays), 3))
    centre[second] = base
    for c in range(len(rays)):
        if c not in (first, second):
            use = seen[c][both] & good
            centre[c] = _resect(path[use], rays[c][both][use])
    fits = sorted(
        (_shape_rms(centre, places[list(order)]), order)
        for order in itertools.permutations(range(len(places)), len(rays))
    )
    order = fits[0][1]
    own = places[list(order)]
    scale, turn, shift = similarity(centre, own)
    world = scale * path @ turn.T + shift
    rotation = np.empty((len(rays), 3, 3))
    for c in range(len(rays)):
        use = seen[c][both] & good
        rotation[c] = _robust_rotation(rays[c][both][use], _unit(world[use] - own[c]))
    rotation, focal, residual, tail, path = _refine(rays, seen, own, rotation)
    rms = (fits[0][0], fits[1][0] if len(fits) > 1 else np.inf)
    return Orientation(rotation, order, rms, focal, np.degrees(residual), np.degrees(tail), path)


def rescale(rays: Array, focal: Array | float) -> Array:
    """Directions (…, 3) in camera axes for a focal length that is `focal` times the calibrated one."""
    out = rays.copy()
    out[..., 2] *= focal
    return _unit(out)


def similarity(source: Array, target: Array, *, scaled: bool = True) -> tuple[float, Array, Array]:
    """Scale, rotation (3, 3) and shift (3,) that take source (n, 3) closest to target (n, 3)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    U, S, Vt = np.linalg.svd(b.T @ a)
    flip = np.array([1.0, 1.0, np.sign(np.linalg.det(U @ Vt))])
    R = (U * flip) @ Vt
    scale = float((S * flip).sum() / (a * a).sum()) if scaled else 1.0
    return scale, R, target.mean(axis=0) - scale * R @ source.mean(axis=0)


def _unit(v: Array) -> Array:
    out: Array = v / np.linalg.norm(v, axis=-1, keepdims=True)
    return out


def _best_pair(seen: Mask) -> tuple[int, int]:
    """The two cameras through which most of the others can be placed: the third best overlap counts."""
    k = len(seen)
    best, pair = -1, (0, 1)
    for i, j in itertools.combinations(range(k), 2):
        both = seen[i] & seen[j]
        least = min(
            (int((both & seen[c]).sum()) for c in range(k) if c not in (i, j)), default=int(both.sum())
        )
        if least > best:
            best, pair = least, (i, j)
    return pair


def _rotation(source: Array, target: Array) -> Array:
    """Rotation that takes directions source (n, 3) closest to target (n, 3)."""
    U, _, Vt = np.linalg.svd(target.T @ source)
    out: Array = (U * np.array([1.0, 1.0, np.sign(np.linalg.det(U @ Vt))])) @ Vt
    return out


def _robust_rotation(source: Array, target: Array) -> Array:
    weight: Array = np.ones(len(source))
    R: Array = np.eye(3)
    for _ in range(15):
        R = _rotation(source * weight[:, None], target)
        weight = _trust(np.linalg.norm(target - source @ R.T, axis=1), 2.0)
    return R


def _trust(error: Array, width: float) -> Array:
    """Cauchy weights: errors beyond `width` times the usual one count little."""
    usual = 1.48 * float(np.median(error)) + 1e-9
    out: Array = 1.0 / (1.0 + (error / (width * usual)) ** 2)
    return out


def _two_views(a: Array, b: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Rotation R and the second camera's place, in the first one's axes: b ∝ R (X - place), |place| = 1."""
    rows = np.einsum("ni,nj->nij", b, a).reshape(-1, 9)

    def solve(weighted: Array) -> tuple[Array, Array]:
        U, _, Vt = np.linalg.svd(np.linalg.svd(weighted)[2][-1].reshape(3, 3))
        E = (U * np.array([1.0, 1.0, 0.0])) @ Vt
        normal = a @ E.T
        return E, np.abs((b * normal).sum(axis=1)) / np.linalg.norm(normal, axis=1)

    trials = (solve(rows[rng.choice(len(a), 8, replace=False)]) for _ in range(_SAMPLES))
    E, error = min(trials, key=lambda trial: float(np.median(trial[1])))
    for _ in range(10):
        weight = _trust(error, 2.0)
        # The 9 x 9 normal matrix has the same last singular vector as the tall one.
        E, error = solve(np.linalg.cholesky(_gram(rows, weight)).T.astype(np.float64))
    return min(_four(E), key=lambda pose: -_in_front(a, b, *pose))


def _gram(rows: Array, weight: Array) -> Array:
    scaled = rows * weight[:, None]
    out: Array = scaled.T @ scaled + 1e-12 * np.eye(9)
    return out


def _four(E: Array) -> list[tuple[Array, Array]]:
    """The four poses that an essential matrix allows."""
    U, _, Vt = np.linalg.svd(E)
    U, Vt = U * np.linalg.det(U), Vt * np.linalg.det(Vt)
    W = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    return [(R, -sign * R.T @ U[:, 2]) for R in (U @ W @ Vt, U @ W.T @ Vt) for sign in (1.0, -1.0)]


def _in_front(a: Array, b: Array, R: Array, place: Array) -> float:
    return float(_midpoints(a, b @ R, place)[1].mean())


def _midpoints(a: Array, b: Array, place: Array) -> tuple[Array, Mask]:
    """Where rays a from 0 and b from `place` come closest, (n, 3), and whether in front of both."""
    cos = (a * b).sum(axis=1)
    d, e = -a @ place, -b @ place
    det = np.maximum(1.0 - cos * cos, 1e-9)
    s, t = (cos * e - d) / det, (e - cos * d) / det
    near = (s > 0.0) & (t > 0.0)
    return 0.5 * (s[:, None] * a + place + t[:, None] * b), near


def _resect(points: Array, rays: Array) -> Array:
    """Place of a camera that sees points (n, 3) along rays (n, 3): linear, with robust weights."""
    far = np.linalg.norm(points, axis=1)
    use = far < 10.0 * np.median(far)
    points, rays = points[use], rays[use]
    homogeneous = np.c_[points, np.ones(len(points))]
    image = rays[:, :2] / rays[:, 2:]
    A = np.zeros((len(points), 2, 12))
    for k in range(2):
        A[:, k, 4 * k : 4 * k + 4] = homogeneous
        A[:, k, 8:] = -image[:, k, None] * homogeneous
    weight = np.ones(len(points))
    M: NDArray[np.floating[Any]] = np.eye(3, 4)
    for _ in range(15):
        rows = (A * weight[:, None, None]).reshape(-1, 12)
        M = np.linalg.svd(rows, full_matrices=False)[2][-1].reshape(3, 4)
        seen = _unit(homogeneous @ M.T)
        cos = (seen * rays).sum(axis=1)
        weight = _trust(np.arccos(np.clip(cos * np.sign(np.median(cos)), -1.0, 1.0)), 2.0)
    out: Array = -np.linalg.solve(M[:, :3], M[:, 3])
    return out


def _shape_rms(source: Array, target: Array) -> float:
    scale, R, shift = similarity(source, target)
    return float(np.sqrt(((target - scale * source @ R.T - shift) ** 2).sum(axis=1).mean()))


def _refine(rays: Array, seen: Mask, own: Array, rotation: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Improve path, rotations and focal lengths in turn; returns rotation, focal, residual, tail, path."""
    k, n = seen.shape
    rotation = rotation.copy()
    focal, residual, tail = np.ones(k), np.zeros(k), np.zeros(k)
    weight = seen.astype(float)
    path = np.full((n, 3), np.nan)
    for _ in range(_ROUNDS):
        scaled = rescale(rays, focal[:, None])
        path = _meet(np.einsum("cij,cnj->cni", rotation, scaled), weight, own, seen.sum(axis=0) >= 2)
        known = np.isfinite(path[:, 0])
        for c in range(k):
            use = seen[c] & known
            away = path[use] - own[c]
            far = np.linalg.norm(away, axis=1)
            away = away / far[:, None]
            error = np.linalg.norm(away - scaled[c, use] @ rotation[c].T, axis=1)
            trust = _trust(error, 3.0)
            rotation[c] = _rotation(scaled[c, use] * trust[:, None], away)
            weight[c] = 0.0
            weight[c, use] = trust / far**2
            residual[c], tail[c] = np.percentile(error, (50, 99))
            expected = away @ rotation[c]
            ahead = expected[:, :2] / expected[:, 2:]
            image = rays[c, use, :2] / rays[c, use, 2:]
            focal[c] = (trust[:, None] * image * ahead).sum() / (trust[:, None] * ahead * ahead).sum()
    return rotation, focal, residual, tail, path


def _meet(directions: Array, weight: Array, own: Array, enough: Mask) -> Array:
    """Points (n, 3) closest to weighted rays: directions (k, n, 3) from own (k, 3)."""
    across = np.eye(3) - directions[..., :, None] * directions[..., None, :]
    across = across * (weight / weight.max())[..., None, None]
    A = across.sum(axis=0)
    b = np.einsum("cnij,cj->ni", across, own)
    out = np.full(b.shape, np.nan)
    out[enough] = np.linalg.solve(A[enough] + 1e-12 * np.eye(3), b[enough][..., None])[..., 0]
    return out
