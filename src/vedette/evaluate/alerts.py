"""How good the alerts were: missed, false, and how long before entry they came."""

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
    """One unauthorised drone that an alert was due for. Times in s from its first instant.

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

    Returns the drones that alerts were due for, how many of them had none, and the false alerts.
    """
    bad = np.isin(rows["class"], UAS) & ~rows["authorised"]
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
    """Alerts for what is authorised, no drone, or not there; one a track, rule and zone."""
    begin_ns = int(rows["time_ns"].min()) if len(rows) else 0
    out: dict[tuple[int, str, str], FalseAlert] = {}
    for alert, row in zip(raised, meant, strict=True):
        if row is not None and row["class"] in UAS and not row["authorised"]:
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
