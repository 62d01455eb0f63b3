"""Truth and picture beside each other: who was there at every instant of the truth, and how far apart.

Distances are horizontal. All scores are made of this one comparison.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.evaluate.picture import METRES_PER_DEGREE, Picture, states_at

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Pairs(Struct, frozen=True):
    """Truths and tracks of one instant that are closer than the cut-off.

    row, track  (k,)  places among the instant's rows and among its tracks, each pair once
    distance_m  (k,)
    """

    row: Ints
    track: Ints
    distance_m: Array


class Beside(Struct, frozen=True):
    """T instants with n truths and m tracks in all.

    rows        (N,)     truth, of TRUTH_ROW, by time
    times_ns    (T,)     instants
    first       (T + 1,) rows of instant k are first[k] … first[k + 1] - 1
    truth_ids   (n,)     track_ids (m,): their numbers, sorted
    tracks      T times  what was shown then, of POINT, carried to the instant
    truth_of    T times  index into truth_ids of the rows; track_of: into track_ids of the tracks
    near        T times  who is close to whom; all other pairs are out of the question
    """

    rows: NDArray[np.void]
    times_ns: Ints
    first: Ints
    truth_ids: Ints
    track_ids: Ints
    tracks: list[NDArray[np.void]]
    truth_of: list[Ints]
    track_of: list[Ints]
    near: list[Pairs]

    @property
    def times_s(self) -> Array:
        """Instants from the first on, (T,)."""
        start = self.times_ns[0] if len(self.times_ns) else 0
        out: Array = (self.times_ns - start) / NS_PER_S
        return out

    def truths_at(self) -> Iterator[tuple[int, NDArray[np.void]]]:
        """Each instant's number with its rows."""
        for k in range(len(self.times_ns)):
            yield k, self.rows[self.first[k] : self.first[k + 1]]

    def present(self) -> tuple[Bools, Bools]:
        """Whether each truth (T, n) and each track (T, m) is there."""
        truths = np.zeros((len(self.times_ns), len(self.truth_ids)), bool)
        tracks = np.zeros((len(self.times_ns), len(self.track_ids)), bool)
        for k in range(len(self.times_ns)):
            truths[k, self.truth_of[k]] = True
            tracks[k, self.track_of[k]] = True
        return truths, tracks


def beside(picture: Picture, rows: NDArray[np.void], cutoff_m: float) -> Beside:
    """Lay a picture beside truth rows (N,) of TRUTH_ROW, ordered by time."""
    times, first = np.unique(rows["time_ns"], return_index=True)
    bounds = np.append(first, len(rows)).astype(np.int64)
    truth_ids = np.unique(rows["id"]).astype(np.int64)
    track_ids = np.unique(picture.points["track_id"]).astype(np.int64)
    tracks = states_at(picture, times)
    here = [rows[a:b] for a, b in pairwise(bounds)]
    return Beside(
        rows=rows,
        times_ns=times,
        first=bounds,
        truth_ids=truth_ids,
        track_ids=track_ids,
        tracks=tracks,
        truth_of=[np.searchsorted(truth_ids, part["id"]) for part in here],
        track_of=[np.searchsorted(track_ids, part["track_id"]) for part in tracks],
        near=[_near(part, shown, cutoff_m) for part, shown in zip(here, tracks, strict=True)],
    )


def _near(rows: NDArray[np.void], tracks: NDArray[np.void], cutoff_m: float) -> Pairs:
    away = distances_m(rows, tracks)
    row, track = np.nonzero(away < cutoff_m)
    return Pairs(row, track, away[row, track])


def distances_m(rows: NDArray[np.void], tracks: NDArray[np.void]) -> Array:
    """Horizontal distances (n, m) between truths and tracks."""
    north = (tracks["lat_deg"][None, :] - rows["lat_deg"][:, None]) * METRES_PER_DEGREE
    shrink = np.cos(np.radians(rows["lat_deg"]))[:, None]
    # The shorter way round, so that the 180th meridian is none.
    turn = np.remainder(tracks["lon_deg"][None, :] - rows["lon_deg"][:, None] + 180.0, 360.0) - 180.0
    out: Array = np.hypot(turn * METRES_PER_DEGREE * shrink, north)
    return out
