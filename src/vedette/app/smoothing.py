"""Smoothing for the record: every track that was shown, once it is over and nothing can change it."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.app.outputs import Recorder
from vedette.app.sector import Kept
from vedette.core.picture import TrackStatus
from vedette.track import life as lives
from vedette.track.life import Known, Life
from vedette.track.resolve import Open, give_up, resolve
from vedette.track.settings import TrackerSettings
from vedette.track.step import TrackOutput
from vedette.track.took import Took

_PROGRESS_S: Final = 2.0


class Smoother:
    """Gathers the plots of each track and writes its trajectory when it has ended.

    Plots go when their track is over, or was never shown; of one that lives long the first part goes when
    it has so many (track.life). So memory holds what flies, not what flew.
    """

    def __init__(self, settings: TrackerSettings, recorder: Recorder) -> None:
        self._settings = settings
        self._recorder = recorder
        self._lives: dict[int, Life] = {}
        self._open = Open()
        self.without_plots = 0  # tracks that were shown, and never were when late data had come in

    def take(self, kept: Kept) -> None:
        """What one batch showed and settled."""
        self._see(kept.tracked)
        if kept.settled is None:
            return
        self._resolve(kept.settled.took, kept.origin)
        if kept.settled.going is None:
            return
        held = np.array(sorted(self._lives), np.uint32)
        for track_id in self._given_up(held[~np.isin(held, kept.settled.going)], kept.origin):
            self._end(track_id, kept.origin)

    def finish(
        self,
        took: Sequence[Took],
        origin: NDArray[np.float64],
        say: Callable[[str], None],
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """All that is left, with what was not settled until now."""
        self._resolve(took, origin)
        last_s = now_s()
        left = self._given_up(np.array(sorted(self._lives), np.uint32), origin)
        for n, track_id in enumerate(left):
            self._end(track_id, origin)
            if now_s() - last_s >= _PROGRESS_S:
                last_s = now_s()
                say(f"smoothing what is left: {n + 1:,} of {len(left):,} tracks")

    @property
    def sums(self) -> dict[str, Any]:
        """What the summary tells."""
        return {**self._recorder.smoothed_sums, "smoothed_without_plots": self.without_plots}

    def _see(self, tracked: TrackOutput) -> None:
        """Note when each track was shown, and as what for the first time."""
        rows = tracked.rows
        told = zip(rows["track_id"].tolist(), rows["time_ns"].tolist(), rows["status"].tolist(), strict=True)
        for i, (track_id, time_ns, status) in enumerate(told):
            life = self._lives.get(track_id)
            if status == TrackStatus.ENDED:
                continue
            if life is None or not life.shown_ns:
                known = Known(time_ns, tracked.mean[i].copy(), tracked.cov[i].copy())
                life = replace(life or Life(), known=known)
            self._lives[track_id] = replace(life, shown_ns=max(life.shown_ns, time_ns))

    def _resolve(self, took: Sequence[Took], origin: NDArray[np.float64]) -> None:
        """Learn whose plots were whose."""
        self._open, plots = resolve(self._open, took, origin)
        ids = np.unique(self._open.plots["track_id"])
        for track_id in ids.tolist():
            self._lives.setdefault(track_id, Life())
        self._gather(plots, origin)

    def _given_up(self, track_id: NDArray[np.uint32], origin: NDArray[np.float64]) -> list[int]:
        """These tracks, with all plots that they will ever have."""
        if len(track_id):
            self._open, plots = give_up(self._open, track_id)
            self._gather(plots, origin)
        return [int(i) for i in track_id]

    def _gather(self, plots: NDArray[np.void], origin: NDArray[np.float64]) -> None:
        """Give plots to their tracks."""
        plots = plots[np.argsort(plots["track_id"], kind="stable")]
        bounds = np.flatnonzero(np.diff(plots["track_id"])) + 1
        for mine in np.split(plots, bounds) if len(plots) else []:
            track_id = int(mine["track_id"][0])
            life = lives.grow(self._lives.get(track_id, Life()), mine.copy())
            if life.count >= lives.LONGEST:
                life = self._shortened(life, track_id, origin)
            self._lives[track_id] = life

    def _shortened(self, life: Life, track_id: int, origin: NDArray[np.float64]) -> Life:
        """A long life with its first part written; one never shown has nothing to write."""
        if not life.shown_ns:
            return lives.shorten(life)
        life, rows = lives.part(life, track_id, self._settings, origin)
        self._recorder.take_smoothed(rows)
        return life

    def _end(self, track_id: int, origin: NDArray[np.float64]) -> None:
        """Write what is left of a track, and let it go."""
        life = self._lives.pop(track_id)
        if not life.shown_ns:
            return
        self.without_plots += not life.count
        self._recorder.take_smoothed(lives.whole(life, track_id, self._settings, origin))
