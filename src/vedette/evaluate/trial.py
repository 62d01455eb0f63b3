"""What a counter-drone trial asks of each drone: when it was found, alarmed, classed, identified.

Times are seconds from the drone's first instant to the first at which the track that was matched to it …

    detected_s    … is there
    alarmed_s     … has an alert, predicted or actual
    classed_s     … has the right class
    identified_s  … is authorised or unauthorised, as the drone is
    named_s       … has a name that somebody told: a serial number, a callsign
    piloted_s     … has a place where its pilot is said to stand

None is never. Then

    refresh_s     median time between new data in its track
    pilot_error_m how far the first such place is from where the pilot stood
    delay_s       median time from what the newest data tells of to its bytes' arrival. When it came to a
                  screen no picture file holds, so the delay of the display is not known from one

None is unknown: a picture that does not say when data was heard has no delay.

Source: CEN workshop agreement CWA 18150 (2024), COURAGEOUS: evaluation of detection, tracking and
identification of counter-UAS systems: time of first detection, display delay, refresh rate, and how position,
class and identity hold against the truth.
"""

import math
from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.classes import UAS
from vedette.core.units import NS_PER_S
from vedette.evaluate.matching import Matches
from vedette.evaluate.picture import METRES_PER_DEGREE, Picture

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Place = tuple[float, float]  # lat deg, lon deg
_RAISED = ("predicted", "actual")


class Trial(Struct, frozen=True, kw_only=True):
    """One drone; see the module. position_*: of matched instants, m."""

    id: int
    name: str
    class_name: str
    detected_s: float | None
    alarmed_s: float | None
    classed_s: float | None
    identified_s: float | None
    named_s: float | None
    piloted_s: float | None
    pilot_error_m: float | None
    refresh_s: float | None
    delay_s: float | None
    position_median_m: float | None
    position_p95_m: float | None


def trials(
    picture: Picture, rows: NDArray[np.void], matches: Matches, pilots: Mapping[int, Place]
) -> list[Trial]:
    """Every drone, by number; pilots where it is known where they stood."""
    drones = np.unique(rows["id"][np.isin(rows["class"], UAS)]).tolist()
    return [_trial(picture, rows, matches, rows["id"] == i, pilots.get(i)) for i in drones]


def _trial(
    picture: Picture,
    rows: NDArray[np.void],
    matches: Matches,
    which: NDArray[np.bool_],
    pilot: Place | None,
) -> Trial:
    mine = rows[which]
    times, track = mine["time_ns"], matches.track[which]
    kind, leave = str(mine["class"][0]), "authorised" if mine["authorised"][0] else "unauthorised"
    error = matches.error_m[which]
    error = error[np.isfinite(error)]
    held = track >= 0
    places = picture.identities[np.isfinite(picture.identities["pilot_lat_deg"])]
    heard = _heard(picture.points, times, track)

    def first_s(when: NDArray[np.bool_]) -> float | None:
        return float(times[when][0] - times[0]) / NS_PER_S if when.any() else None

    return Trial(
        id=int(mine["id"][0]),
        name=str(mine["name"][0]),
        class_name=kind,
        detected_s=first_s(held),
        alarmed_s=_first_of(picture.alerts[np.isin(picture.alerts["state"], _RAISED)], times, track),
        classed_s=first_s(held & (matches.class_name[which] == kind)),
        identified_s=first_s(held & (matches.authorisation[which] == leave)),
        named_s=_first_of(picture.identities[picture.identities["named"]], times, track),
        piloted_s=_first_of(places, times, track),
        pilot_error_m=_pilot_error_m(places, track, pilot),
        refresh_s=_refresh_s(heard[0]),
        delay_s=float(np.median(heard[1])) if len(heard[1]) else None,
        position_median_m=float(np.median(error)) if len(error) else None,
        position_p95_m=float(np.percentile(error, 95)) if len(error) else None,
    )


def _first_of(events: NDArray[np.void], times: Ints, track: Ints) -> float | None:
    """First event, time_ns and track_id, of a track while it was the drone's, s after the first instant.

    An event counts from the drone's first instant with that track on; one that was before it, and still
    holds, counts as at that instant.
    """
    found = []
    for one in np.unique(track[track >= 0]).tolist():
        mine = times[track == one]
        told = events["time_ns"][(events["track_id"] == one) & (events["time_ns"] <= mine[-1] + NS_PER_S)]
        if len(told):
            found.append(max(int(told.min()), int(mine[0])))
    return (min(found) - int(times[0])) / NS_PER_S if found else None


def _pilot_error_m(places: NDArray[np.void], track: Ints, pilot: Place | None) -> float | None:
    """How far the first place told of the drone's tracks is from the pilot's own."""
    told = places[np.isin(places["track_id"], track)]
    if pilot is None or not len(told):
        return None
    north = (float(told["pilot_lat_deg"][0]) - pilot[0]) * METRES_PER_DEGREE
    east = (float(told["pilot_lon_deg"][0]) - pilot[1]) * METRES_PER_DEGREE * math.cos(math.radians(pilot[0]))
    return math.hypot(east, north)


def _heard(points: NDArray[np.void], times: Ints, track: Ints) -> tuple[Ints, Array]:
    """When new data came into the drone's tracks, UTC ns, and by how much it was late, s; by time.

    Data counts while the track is the drone's, from one instant to the next.
    """
    when, late = [np.zeros(0, np.int64)], [np.zeros(0)]
    for one in np.unique(track[track >= 0]).tolist():
        mine = points[points["track_id"] == one]
        at = np.searchsorted(times, mine["time_ns"], side="right") - 1
        mine = mine[(at >= 0) & (track[np.maximum(at, 0)] == one)]
        ago_s = mine["heard_ago_s"]
        known = np.isfinite(ago_s)
        heard = mine["time_ns"] - np.where(known, ago_s * NS_PER_S, 0.0).astype(np.int64)
        new = np.ones(len(heard), bool)
        new[1:] = heard[1:] > np.maximum.accumulate(heard)[:-1]
        when.append(heard[new])
        late.append(-ago_s[new & known & (ago_s <= 0)])
    return np.sort(np.concatenate(when)), np.concatenate(late)


def _refresh_s(heard_ns: Ints) -> float | None:
    """Median time between new data."""
    return float(np.median(np.diff(heard_ns))) / NS_PER_S if len(heard_ns) > 1 else None
