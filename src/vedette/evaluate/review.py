"""After an exercise: for each individual what was seen of it when, and what was missed and why.

Truth, plots, picture and alerts are followed from the sensor to the rule: when it was in coverage, first
plotted, first tracked, first shown as what it is, first alerted; then the tree of verdict.py names the link
that broke. Times are s from the first instant of the truth. None is never, or not known.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.classes import UAS
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.evaluate.alerts import FalseAlert, Warned
from vedette.evaluate.inside import inside
from vedette.evaluate.score import Compared
from vedette.evaluate.verdict import LATE_S, VERDICTS, Chain, Verdict, judge

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Lost = Literal["no coverage", "not detected", "not associated"]
GAP_S: Final = 3.0  # shorter holes in a track are not told


class Seen(Struct, frozen=True, kw_only=True):
    """One individual by one sensor: when it could see it, when it first did, how often."""

    sensor: str
    cover_s: float | None
    covered: float
    plot_s: float | None
    plots: int


class Gap(Struct, frozen=True, kw_only=True):
    """A stretch without a track after the first; in_zone where any of it was in a zone.

    why  no sensor could see it in all of it, none did, or plots came and no track
    """

    from_s: float
    until_s: float
    in_zone: bool
    why: Lost


class Individual(Struct, frozen=True, kw_only=True):
    """One individual of the truth.

    due        an alert was due: it came into a zone without leave
    warning_s  from the first alert to entry; below 0 is late
    tracked    share of its instants with a track; tracks: their numbers, in order
    verdict    see verdict.py; why: its evidence
    """

    id: int
    name: str
    class_name: str
    authorised: bool
    due: bool
    begin_s: float
    end_s: float
    cover_s: float | None
    plot_s: float | None
    track_s: float | None
    class_s: float | None
    alert_s: float | None
    entry_s: float | None
    warning_s: float | None
    plots: int
    tracked: float
    tracks: list[int]
    sensors: list[Seen]
    gaps: list[Gap]
    verdict: Verdict
    why: str


class Review(Struct, frozen=True, kw_only=True):
    """All of one exercise.

    verdicts  how many individuals have each; due: of those that an alert was due for
    """

    start_ns: int
    duration_s: float
    late_s: float
    verdicts: dict[str, int]
    due: dict[str, int]
    individuals: list[Individual]
    false_alerts: list[FalseAlert]
    plots: int
    false_plots: int


def review(
    compared: Compared,
    plots: NDArray[np.void],
    sensors: Sequence[Sensor],
    covers: Mapping[str, Bools],
    late_s: float = LATE_S,
) -> Review:
    """Follow every individual; without zones, what has no leave counts as in one all the time.

    plots   (p,)  of PLOT, by time
    covers  (N,)  by sensor id, whether it could see each row of the truth
    """
    rows = compared.both.rows
    start_ns = int(compared.both.times_ns[0])
    in_zone = inside(compared.zones, rows) if compared.zones else ~rows["authorised"]
    warned = {one.id: one for one in compared.score.warned}
    each = [
        _Followed(compared, plots, sensors, covers, in_zone, warned.get(ident), ident, start_ns).told(late_s)
        for ident in np.unique(rows["id"]).tolist()
    ]
    order = {name: place for place, name in enumerate(VERDICTS)}
    each.sort(
        key=lambda one: (not one.due, one.class_name not in UAS, order[one.verdict], one.begin_s, one.id)
    )
    return Review(
        start_ns=start_ns,
        duration_s=float(compared.both.times_s[-1]),
        late_s=late_s,
        verdicts=_count(each),
        due=_count([one for one in each if one.due]),
        individuals=each,
        false_alerts=compared.score.false_alerts,
        plots=len(plots),
        false_plots=int((plots["truth"] < 0).sum()),
    )


def _count(each: Sequence[Individual]) -> dict[str, int]:
    """How many have each verdict, in the order of the tree; those that nobody has are left out."""
    out = {name: sum(one.verdict == name for one in each) for name in VERDICTS}
    return {name: count for name, count in out.items() if count}


class _Followed:
    """One individual with its rows, its plots and its alerts."""

    def __init__(
        self,
        compared: Compared,
        plots: NDArray[np.void],
        sensors: Sequence[Sensor],
        covers: Mapping[str, Bools],
        in_zone: Bools,
        warned: Warned | None,
        ident: int,
        start_ns: int,
    ) -> None:
        rows, matches = compared.both.rows, compared.matches
        mine = np.flatnonzero(rows["id"] == ident)
        self.rows = rows[mine]
        self.seconds: Array = (self.rows["time_ns"] - start_ns) / NS_PER_S
        self.track = matches.track[mine]
        self.shown_class = matches.class_name[mine]
        self.in_zone = in_zone[mine]
        self.warned = warned
        self.plots = plots[plots["truth"] == ident]
        self.plot_s: Array = (self.plots["time_ns"] - start_ns) / NS_PER_S
        self.sensors = sensors
        self.covers = {sensor.id: covers[sensor.id][mine] for sensor in sensors if sensor.id in covers}

    def told(self, late_s: float) -> Individual:
        """All that is to tell of it."""
        first, held = self.rows[0], self.track >= 0
        chain = self._chain()
        verdict, why = judge(chain, late_s)
        early_s = None
        if chain.alert_s is not None and chain.entry_s is not None:
            early_s = chain.entry_s - chain.alert_s
        return Individual(
            id=int(first["id"]),
            name=str(first["name"]),
            class_name=str(first["class"]),
            authorised=bool(first["authorised"]),
            due=chain.due,
            begin_s=chain.begin_s,
            end_s=float(self.seconds[-1]),
            cover_s=chain.cover_s,
            plot_s=chain.plot_s,
            track_s=chain.track_s,
            class_s=chain.class_s,
            alert_s=chain.alert_s,
            entry_s=chain.entry_s,
            warning_s=early_s,
            plots=chain.plots,
            tracked=float(held.mean()),
            tracks=list(dict.fromkeys(self.track[held].tolist())),
            sensors=self._by_sensor(),
            gaps=self._gaps(),
            verdict=verdict,
            why=why,
        )

    def _chain(self) -> Chain:
        held = self.track >= 0
        right = held & (self.shown_class == self.rows["class"])
        cover = self._covered()
        zone, due = self.in_zone, self.warned is not None
        begin_s = float(self.seconds[0])
        alert_s = entry_s = None
        if self.warned is not None:
            known = [s for s in (self.warned.predicted_s, self.warned.actual_s) if s is not None]
            alert_s = begin_s + min(known) if known else None
            entry_s = None if self.warned.entry_s is None else begin_s + self.warned.entry_s
        names, counts = np.unique(self.shown_class[held], return_counts=True)
        shares = counts / max(int(held.sum()), 1)
        return Chain(
            due=due,
            begin_s=begin_s,
            cover_s=self._first(cover),
            plot_s=float(self.plot_s[0]) if len(self.plot_s) else None,
            track_s=self._first(held),
            class_s=self._first(right),
            alert_s=alert_s,
            entry_s=entry_s,
            left_s=float(self.seconds[zone][-1]) if zone.any() else None,
            zone_s=int(zone.sum()),
            zone_covered=int((zone & cover).sum()),
            zone_plots=int((zone & self._plotted()).sum()),
            zone_held=int((zone & held).sum()),
            zone_right=int((zone & right).sum()),
            plots=len(self.plots),
            classes=dict(zip(names.tolist(), shares.tolist(), strict=True)),
        )

    def _first(self, when: Bools) -> float | None:
        return float(self.seconds[when][0]) if when.any() else None

    def _covered(self) -> Bools:
        """Whether any sensor could see each instant."""
        out = np.zeros(len(self.rows), bool)
        for one in self.covers.values():
            out |= one
        return out

    def _plotted(self) -> Bools:
        """Whether a plot was nearest to each instant."""
        out = np.zeros(len(self.rows), bool)
        if len(self.plot_s):
            out[np.abs(self.plot_s[:, None] - self.seconds).argmin(axis=1)] = True
        return out

    def _by_sensor(self) -> list[Seen]:
        """By each sensor that could see it or did."""
        out = []
        for sensor in self.sensors:
            cover = self.covers.get(sensor.id, np.zeros(len(self.rows), bool))
            times = self.plot_s[self.plots["sensor"] == sensor.index]
            if cover.any() or len(times):
                out.append(
                    Seen(
                        sensor=sensor.id,
                        cover_s=self._first(cover),
                        covered=float(cover.mean()),
                        plot_s=float(times[0]) if len(times) else None,
                        plots=len(times),
                    )
                )
        return out

    def _gaps(self) -> list[Gap]:
        """Stretches of GAP_S and more without a track, after the first."""
        held = self.track >= 0
        if not held.any():
            return []
        cover, plotted = self._covered(), self._plotted()
        begin = int(np.flatnonzero(held)[0])
        edges = np.flatnonzero(np.diff(np.concatenate(([1], held[begin:].astype(np.int8), [1]))))
        out = []
        for a, b in edges.reshape(-1, 2).tolist():
            from_s = float(self.seconds[begin + a])
            until = begin + b
            until_s = float(self.seconds[until] if until < len(held) else self.seconds[-1])
            if until_s - from_s >= GAP_S:
                part = slice(begin + a, until)
                seen = plotted[part].any()
                why: Lost = (
                    "not associated" if seen else "not detected" if cover[part].any() else "no coverage"
                )
                zone = bool(self.in_zone[part].any())
                out.append(Gap(from_s=from_s, until_s=until_s, in_zone=zone, why=why))
        return out
