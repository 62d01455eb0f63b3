"""How good the alerts were: missed, false, and how long before entry they came.

An alert is due for whoever is in a zone at some time without leave: a drone, a jet, a balloon. It is false
where its track was on something else: what has leave, as birds and cars have, or nothing. A false alert is
counted once a track, rule and zone. A picture is one site, so false alerts an hour are those of one site.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.classes import UAS
from vedette.core.units import NS_PER_S
from vedette.core.zone import Zone
from vedette.evaluate.inside import inside

_RAISED = ("predicted", "actual")


class Warned(Struct, frozen=True, kw_only=True):
    """One intruder that an alert was due for. Times in s from its first instant.

    entry_s      first instant in a zone; None where no zones were given
    predicted_s  first alert that foresaw it; actual_s: first that said it is in; None: never
    warning_s    entry less first alert: above 0 is in time
    """

    id: int
    name: str
    entry_s: float | None
    predicted_s: float | None
    actual_s: float | None
    warning_s: float | None


class AlertQuality(Struct, frozen=True, kw_only=True):
    """All alerts of one picture together.

    due, warned, missed   intruders that alerts were due for, that had one, that had none
    in_time               warned before entry; None where no entry is known
    hours                 of truth
    false_per_hour        None where the truth lasts no time
    false_authorised, false_other, false_nothing
                          false alerts by what the track was on
    warning_s_median, warning_s_least
                          time from the first alert to entry, below 0 is late; None where none is known
    raised_again          alerts that rose again after they were cleared, for the same track, rule and zone
    """

    due: int
    warned: int
    missed: int
    in_time: int | None
    hours: float
    false_per_hour: float | None
    false_authorised: int
    false_other: int
    false_nothing: int
    warning_s_median: float | None
    warning_s_least: float | None
    raised_again: int


class FalseAlert(Struct, frozen=True, kw_only=True):
    """An alert for something else; name and class are empty where there was nothing at all."""

    track_id: int
    rule: str
    zone: str
    time_s: float
    name: str = ""
    class_name: str = ""


def judge(
    alerts: NDArray[np.void],
    rows: NDArray[np.void],
    track: NDArray[np.int64],
    zones: Sequence[Zone],
) -> tuple[list[Warned], int, list[FalseAlert]]:
    """Hold alerts against truth.

    alerts  (a,)  of ALERT
    rows    (n,)  of TRUTH_ROW, with the track that each was matched to, (n,)

    Returns the intruders that alerts were due for, how many of them had none, and the false alerts.
    """
    bad = ~rows["authorised"]
    in_zone = inside(zones, rows) if zones else bad
    raised = alerts[np.isin(alerts["state"], _RAISED)]
    meant = [_meant(alert, rows, track) for alert in raised]
    warned = []
    for ident in np.unique(rows["id"][bad & in_zone]).tolist():
        pairs = zip(raised, meant, strict=True)
        for_it = [alert for alert, row in pairs if row is not None and row["id"] == ident]
        mine = rows["id"] == ident
        warned.append(_warned(rows[mine], in_zone[mine], for_it, zones_known=bool(zones)))
    missed = sum(w.predicted_s is None and w.actual_s is None for w in warned)
    return warned, missed, _false(raised, meant, rows)


def quality(
    alerts: NDArray[np.void], rows: NDArray[np.void], warned: list[Warned], false: list[FalseAlert]
) -> AlertQuality:
    """Sum up what `judge` found."""
    hours = float(np.ptp(rows["time_ns"])) / NS_PER_S / 3600.0 if len(rows) else 0.0
    known = any(one.entry_s is not None for one in warned)
    early = [one.warning_s for one in warned if one.warning_s is not None]
    had = sum(one.predicted_s is not None or one.actual_s is not None for one in warned)
    return AlertQuality(
        due=len(warned),
        warned=had,
        missed=len(warned) - had,
        in_time=sum(s > 0 for s in early) if known or not warned else None,
        hours=hours,
        false_per_hour=len(false) / hours if hours else None,
        false_authorised=sum(one.class_name in UAS for one in false),
        false_other=sum(one.class_name not in ("", *UAS) for one in false),
        false_nothing=sum(not one.class_name for one in false),
        warning_s_median=float(np.median(early)) if early else None,
        warning_s_least=min(early, default=None),
        raised_again=_raised_again(alerts),
    )


def _raised_again(alerts: NDArray[np.void]) -> int:
    """Alerts (a,) by time that rose after they had been cleared."""
    cleared: dict[tuple[int, str, str], bool] = {}
    count = 0
    for alert in alerts:
        key = int(alert["track_id"]), str(alert["rule"]), str(alert["zone"])
        count += cleared.get(key, False) and alert["state"] != "cleared"
        cleared[key] = alert["state"] == "cleared"
    return count


def _meant(alert: np.void, rows: NDArray[np.void], track: NDArray[np.int64]) -> np.void | None:
    """The truth that the alert's track was on, at the matched instant nearest to it."""
    mine = np.flatnonzero(track == alert["track_id"])
    if not len(mine):
        return None
    nearest = mine[np.argmin(np.abs(rows["time_ns"][mine] - alert["time_ns"]))]
    out: np.void = rows[nearest]
    return out


def _warned(
    mine: NDArray[np.void], in_zone: NDArray[np.bool_], alerts: list[np.void], *, zones_known: bool
) -> Warned:
    """One drone, and the alerts that were for it."""
    begin_ns = int(mine["time_ns"][0])

    def first_s(state: str) -> float | None:
        times = [int(alert["time_ns"]) for alert in alerts if alert["state"] == state]
        return (min(times) - begin_ns) / NS_PER_S if times else None

    predicted_s, actual_s = first_s("predicted"), first_s("actual")
    entry_s = (int(mine["time_ns"][in_zone][0]) - begin_ns) / NS_PER_S if zones_known else None
    known = [s for s in (predicted_s, actual_s) if s is not None]
    return Warned(
        id=int(mine["id"][0]),
        name=str(mine["name"][0]),
        entry_s=entry_s,
        predicted_s=predicted_s,
        actual_s=actual_s,
        warning_s=entry_s - min(known) if known and entry_s is not None else None,
    )


def _false(raised: NDArray[np.void], meant: list[np.void | None], rows: NDArray[np.void]) -> list[FalseAlert]:
    """Alerts for what has leave or is not there; one a track, rule and zone."""
    begin_ns = int(rows["time_ns"].min()) if len(rows) else 0
    out: dict[tuple[int, str, str], FalseAlert] = {}
    for alert, row in zip(raised, meant, strict=True):
        if row is not None and not row["authorised"]:
            continue
        key = int(alert["track_id"]), str(alert["rule"]), str(alert["zone"])
        out.setdefault(
            key,
            FalseAlert(
                track_id=key[0],
                rule=key[1],
                zone=key[2],
                time_s=(int(alert["time_ns"]) - begin_ns) / NS_PER_S,
                name="" if row is None else str(row["name"]),
                class_name="" if row is None else str(row["class"]),
            ),
        )
    return list(out.values())
