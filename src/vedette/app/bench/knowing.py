"""The bound: Kalman filters that are told whose each plot is."""

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.scoring import Truth
from vedette.app.bench.tracking import Reported, Scan

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


class Knowing:
    """Kalman filters that are told whose each plot is, and who has died: nobody does better.

    A target is reported from its first plot on.

    transition    (2, 2)  of place and velocity on one axis, over one scan
    noise         (2, 2)  its process noise
    sd_m                  of a plot, an axis
    speed_sd_mps          of a velocity at the first plot, an axis
    """

    def __init__(self, transition: Array, noise: Array, sd_m: float, speed_sd_mps: float) -> None:
        self._F, self._Q, self._sd_m, self._speed_sd_mps = transition, noise, sd_m, speed_sd_mps
        self._ids = np.zeros(0, np.int64)
        self._x = np.zeros((0, 2, 2))
        self._P = np.zeros((0, 2, 2))  # both axes have the same

    def step(self, scan: Scan, truth: Truth, whose: Ints) -> Reported:
        """Take one scan; whose is (m,) each plot's place in the truth, -1 for clutter."""
        alive = np.isin(self._ids, truth.ids)
        self._ids = self._ids[alive]
        x = self._x[alive] @ self._F.T
        P = self._F @ self._P[alive] @ self._F.T + self._Q
        mine = np.flatnonzero(whose >= 0)
        who, z = truth.ids[whose[mine]], scan.plots_m[mine]
        row = {ident: i for i, ident in enumerate(self._ids.tolist())}
        at = np.array([row.get(ident, -1) for ident in who.tolist()], np.int64)
        old = at >= 0
        i = at[old]
        gain = P[i, :, 0] / (P[i, 0, 0] + self._sd_m**2)[:, None]
        off = z[old] - x[i, :, 0]
        x[i] += off[:, :, None] * gain[:, None, :]
        P[i] -= gain[:, :, None] * P[i, 0, :][:, None, :]
        new = ~old
        begun = np.zeros((int(new.sum()), 2, 2))
        begun[:, :, 0] = z[new]
        prior = np.tile(np.diag((self._sd_m**2, self._speed_sd_mps**2)), (len(begun), 1, 1))
        self._ids = np.concatenate((self._ids, who[new]))
        self._x, self._P = np.concatenate((x, begun)), np.concatenate((P, prior))
        time_ns = np.full(len(self._ids), scan.end_ns)
        return Reported(self._ids, self._x[:, :, 0], self._x[:, :, 1], time_ns)
