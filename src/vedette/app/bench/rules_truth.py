"""What the rules of the watch hold for where everything is known: the truth as a picture."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.claim import Claim
from vedette.core.classes import CLASSES, UAS, Authorisation
from vedette.core.identity import Identity
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.sensor import Doubt
from vedette.core.zone import Zone
from vedette.evaluate.coverage import Circumstances
from vedette.evaluate.inside import inside
from vedette.evaluate.rules import Raised
from vedette.watch import step as watch
from vedette.watch.rule import RuleSet
from vedette.watch.settings import WatchSettings

_PLACE_SD_M: Final = 3.0
_SPEED_SD_MPS: Final = 0.2


def entries(rows: NDArray[np.void], zones: Sequence[Zone]) -> dict[int, int]:
    """When each unauthorised drone was first in a zone; those that began in one are not among them."""
    first, began = inside_from(rows, zones)
    return {ident: time_ns for ident, time_ns in first.items() if ident not in began}


def inside_from(rows: NDArray[np.void], zones: Sequence[Zone]) -> tuple[dict[int, int], frozenset[int]]:
    """When each unauthorised drone was first in a zone, and which of them began in one."""
    bad = rows[np.isin(rows["class"], UAS) & ~rows["authorised"]]
    where = inside(list(zones), bad) if zones else np.zeros(len(bad), np.bool_)
    first: dict[int, int] = {}
    began = set()
    for ident in np.unique(bad["id"][where]).tolist():
        mine = bad["id"] == ident
        first[ident] = int(bad["time_ns"][mine & where][0])
        if where[mine][0]:
            began.add(ident)
    return first, frozenset(began)


def due_of(
    rows: NDArray[np.void], zones: list[Zone], rules: RuleSet, settings: WatchSettings, about: Circumstances
) -> list[Raised]:
    """The alerts of a watch that knows everything, about individuals and sensors."""
    from vedette.app.bench.rules import raised_of

    state = watch.init(zones, settings, rules=rules)
    transponders = about.transmitting.get("adsb", frozenset())
    alerts = []
    seen: set[int] = set()
    for tick_ns, instant in _instants(rows):
        shown = _shown(instant)
        new = [row for row in instant if int(row["id"]) not in seen]
        ended = _ended(seen - set(instant["id"].tolist()), tick_ns)
        seen = set(instant["id"].tolist())
        hits = [
            (int(row["id"]), tick_ns, Claim("icao24", f"{int(row['id']):06X}"))
            for row in instant
            if int(row["id"]) in transponders
        ]
        state, output = watch.step(
            state, np.concatenate((shown, ended)), [_identity(row) for row in new], {}, tick_ns,
            hits=hits, doubts=_doubts(about, tick_ns), whole=True,
        )  # fmt: skip
        alerts += output.alerts
    return raised_of(alerts)


def _instants(rows: NDArray[np.void]) -> Iterator[tuple[int, NDArray[np.void]]]:
    """Rows of one instant each, by time."""
    times, begins = np.unique(rows["time_ns"], return_index=True)
    return zip(times.tolist(), np.split(rows, begins[1:]), strict=True)


def _shown(instant: NDArray[np.void]) -> NDArray[np.void]:
    """Truths as rows of TRACK whose number is the individual's."""
    out = np.zeros(len(instant), TRACK)
    out["time_ns"] = out["heard_ns"] = instant["time_ns"]
    out["track_id"] = instant["id"]
    for name in ("lat_deg", "lon_deg", "alt_m"):
        out[name] = instant[name]
    for name in ("east", "north", "up"):
        out[f"v_{name}_mps"] = instant[f"v_{name}"]
    out["baro_alt_m"] = np.nan
    out["alt_sd_m"] = out["sd_major_m"] = out["sd_minor_m"] = _PLACE_SD_M
    out["speed_sd_mps"] = _SPEED_SD_MPS
    out["existence"] = out["class_probability"] = 1.0
    out["class_index"] = [CLASSES.index(name) for name in instant["class"].tolist()]
    out["authorisation"] = [_leave(row) for row in instant]
    out["status"] = TrackStatus.CONFIRMED
    return out


def _ended(ids: set[int], tick_ns: int) -> NDArray[np.void]:
    out = np.zeros(len(ids), TRACK)
    out["track_id"], out["time_ns"], out["status"] = sorted(ids), tick_ns, TrackStatus.ENDED
    return out


def _leave(row: np.void) -> int:
    """Drones have leave or not; of all others only what is crewed and has it says so."""
    if row["class"] in UAS:
        return Authorisation.AUTHORISED if row["authorised"] else Authorisation.UNAUTHORISED
    crewed = row["class"] in ("aeroplane", "helicopter", "glider", "balloon")
    return Authorisation.AUTHORISED if crewed and row["authorised"] else Authorisation.UNKNOWN


def _identity(row: np.void) -> Identity:
    name = str(row["class"])
    return Identity(
        int(row["id"]), int(row["time_ns"]), str(row["name"]), int(row["time_ns"]),
        classes={one: float(one == name) for one in CLASSES},
    )  # fmt: skip


def _doubts(about: Circumstances, now_ns: int) -> dict[str, Doubt]:
    """Sensors that are cut off now, as the scenario has it."""
    return {
        sensor: Doubt("silent", begin_ns, "it is cut off")
        for sensor, times in sorted(about.off.items())
        for begin_ns, end_ns in times
        if begin_ns <= now_ns < end_ns
    }
