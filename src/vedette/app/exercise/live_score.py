"""The score of an exercise so far, for its director: the last minutes of truth beside picture.

Only what can be had in a second: GOSPA by instant, SIAP, how drones and all others are held, alerts. The
whole score, with trajectories, is made of the folder afterwards.
"""

from collections import deque
from collections.abc import Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.alert import Alert
from vedette.core.classes import CLASSES, UAS, Authorisation
from vedette.core.picture import Picture as Frame
from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.core.zone import Zone
from vedette.evaluate import alerts as alert_score
from vedette.evaluate.beside import beside
from vedette.evaluate.individuals import individuals
from vedette.evaluate.matching import match
from vedette.evaluate.picture import ALERT, IDENTITY, NOT_OF_ENTRY, POINT, Picture
from vedette.evaluate.score import CUTOFF_M, siap_of
from vedette.evaluate.truth import TRUTH_ROW

WINDOW_S: Final = 300.0
_NAMES: Final = np.array([*CLASSES, ""])
_LEAVE: Final = np.array([Authorisation(k).name.lower() for k in range(len(Authorisation))])


class Held(Struct, frozen=True, kw_only=True):
    """One individual: share of its instants with a track, and whether it is tracked at the newest one."""

    name: str
    class_name: str
    authorised: bool
    completeness: float
    now: bool
    first_track_s: float | None


class LiveScore(Struct, frozen=True, kw_only=True):
    """Over the last window_s of exercise time. None where there was nothing to measure.

    due, warned, false_alerts  alerts that were due in that time, that came, that were for something else
    """

    time_ns: int
    window_s: float
    instants: int
    gospa_m: float
    missed: float
    false: float
    completeness: float | None
    ambiguity: float | None
    spuriousness: float | None
    due: int
    warned: int
    warning_s_median: float | None
    false_alerts: int
    individuals: list[Held]


class LiveScorer:
    """Keeps the newest WINDOW_S of truth and picture; all alerts of that time."""

    def __init__(self, zones: Sequence[Zone]) -> None:
        """Nothing yet."""
        self._zones = zones
        self._truth: deque[NDArray[np.void]] = deque()
        self._points: deque[NDArray[np.void]] = deque()
        self._alerts: deque[tuple[int, int, str, str, str, float]] = deque()

    def take_truth(self, rows: NDArray[np.void]) -> None:
        """Rows of simulate.truth.TRUTH of one instant."""
        out = np.zeros(len(rows), TRUTH_ROW)
        for name in TRUTH_ROW.names or ():
            out[name] = _NAMES[rows["class"]] if name == "class" else rows[name]
        if len(out):
            self._truth.append(out)
            self._forget(int(out["time_ns"][0]) - round(WINDOW_S * NS_PER_S))

    def take_picture(self, frame: Frame) -> None:
        """What was shown."""
        rows = frame.rows[frame.rows["status"] != TrackStatus.ENDED]
        out = np.zeros(len(rows), POINT)
        for name in POINT.names or ():
            if name in (rows.dtype.names or ()):
                out[name] = rows[name]
        out["heard_ago_s"] = (rows["time_ns"] - rows["heard_ns"]) / NS_PER_S
        out["class"] = _NAMES[np.minimum(rows["class_index"], len(CLASSES))]
        out["authorisation"] = _LEAVE[rows["authorisation"]]
        if len(out):
            self._points.append(out)

    def take_alerts(self, alerts: Sequence[Alert]) -> None:
        """Changes of alerts."""
        self._alerts.extend(
            (a.time_ns, a.track_id, a.rule, a.zone, a.state, a.probability)
            for a in alerts
            if a.kind not in NOT_OF_ENTRY and (a.severity != "info" or a.state == "cleared")
        )

    def _forget(self, before_ns: int) -> None:
        for queue in (self._truth, self._points):
            while queue and int(queue[0]["time_ns"][-1]) < before_ns:
                queue.popleft()
        while self._alerts and self._alerts[0][0] < before_ns:
            self._alerts.popleft()

    def score(self) -> LiveScore | None:
        """What it comes to now; None before anything flew."""
        if not self._truth:
            return None
        rows = np.concatenate(self._truth)
        points = np.concatenate([*self._points, np.zeros(0, POINT)])
        order = np.lexsort((points["time_ns"], points["track_id"]))
        picture = Picture(points[order], np.array(list(self._alerts), ALERT), np.zeros(0, IDENTITY))
        both = beside(picture, rows, CUTOFF_M)
        matches = match(both, CUTOFF_M)
        attributes = siap_of(both)[0]
        warned, _, false = alert_score.judge(picture.alerts, rows, matches.track, self._zones)
        quality = alert_score.quality(picture.alerts, rows, warned, false)
        newest = rows["time_ns"] == both.times_ns[-1]
        now = set(rows["id"][newest & (matches.track >= 0)].tolist())
        held = [
            Held(
                name=one.name,
                class_name=one.class_name,
                authorised=one.authorised,
                completeness=one.completeness,
                now=one.id in now,
                first_track_s=one.first_track_s,
            )
            for one in individuals(rows, matches)
            if one.id in set(rows["id"][newest].tolist())
        ]
        held.sort(key=lambda one: (one.class_name not in UAS, one.authorised, one.name))
        return LiveScore(
            time_ns=int(both.times_ns[-1]),
            window_s=WINDOW_S,
            instants=len(both.times_ns),
            gospa_m=float(np.sqrt(np.mean([g.total_m**2 for g in matches.gospa]))),
            missed=float(np.mean([g.missed for g in matches.gospa])),
            false=float(np.mean([g.false for g in matches.gospa])),
            completeness=attributes.completeness,
            ambiguity=attributes.ambiguity,
            spuriousness=attributes.spuriousness,
            due=quality.due,
            warned=quality.warned,
            warning_s_median=quality.warning_s_median,
            false_alerts=len(false),
            individuals=held,
        )
