"""What a report tells, taken from an unpacked evidence pack: what people saw, or else what was derived."""

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.app import config as configuration
from vedette.app.evidence import manifest as told
from vedette.app.evidence.derive import ALERTS, TRACKS
from vedette.core.errors import StorageError
from vedette.core.sensor import Sensor
from vedette.core.zone import Zone

Array = NDArray[np.float64]


class Change(Struct, frozen=True):
    """One change of an alert, as it was recorded; track_id 0 and no place where it is about a sensor."""

    time_ns: int
    track_id: int
    rule: str
    zone: str
    state: str
    alert_id: str
    severity: str
    probability: float
    lat_deg: float | None
    lon_deg: float | None
    label: str
    zone_name: str
    reasons: list[str]
    time_to_entry_s: float | None = None


class Life(Struct, frozen=True):
    """One alert in the window: its changes in order; the worst of them."""

    alert_id: str
    changes: list[Change]

    @property
    def worst(self) -> Change:
        """The first change in its highest state."""
        order = {"actual": 0, "predicted": 1, "cleared": 2}
        return min(self.changes, key=lambda c: (order.get(c.state, 3), c.time_ns))

    @property
    def best_known(self) -> Change:
        """The change that was surest."""
        return max(self.changes, key=lambda c: (c.probability, -c.time_ns))


class Taken(Struct, frozen=True):
    """What a track was taken for at one time; class_name is empty and its probability None where unknown."""

    class_name: str
    class_probability: float | None
    authorisation: str


class Course(Struct, frozen=True):
    """One track in the window, a row a second, (n,) each; NaN where it was not known."""

    track_id: int
    label: str
    time_ns: NDArray[np.int64]
    lat_deg: Array
    lon_deg: Array
    alt_m: Array
    speed_mps: Array
    sd_major_m: Array
    taken: list[Taken]

    def taken_at(self, time_ns: int) -> Taken:
        """What it was taken for at a time, or in the second that is nearest."""
        return self.taken[int(np.argmin(np.abs(self.time_ns - time_ns)))]


class Facts(Struct, frozen=True):
    """Everything that a report is made of.

    shown    whether it is what people saw; else what was derived from the frames
    subject  the alert it is about; None where the pack is about a stretch of time
    courses  of tracks with alerts, then of all others, by number
    """

    manifest: told.Manifest
    node: configuration.NodeConfig
    sensors: Sequence[Sensor]
    zones: Sequence[Zone]
    shown: bool
    alerts: list[Life]
    subject: Life | None
    courses: list[Course]
    key: str

    @property
    def alerted(self) -> set[int]:
        """Tracks with an alert in the window."""
        return {change.track_id for life in self.alerts for change in life.changes if change.track_id}


def facts_of(content: Path, key: str, place: str) -> Facts:
    """Read an unpacked pack.

    key  that it was signed by
    """
    manifest = told.read(content, place)
    node = configuration.load(content / "node.toml")
    shown = (content / "shown" / TRACKS).is_file()
    folder = content / ("shown" if shown else "derived")
    changes = _changes(folder / ALERTS)
    lives = _lives(changes)
    alerted = {change.track_id: change.label for change in changes}
    courses = _courses(folder / TRACKS, alerted)
    courses.sort(key=lambda course: (course.track_id not in alerted, course.track_id))
    return Facts(
        manifest=manifest,
        node=node,
        sensors=node.sensors(),
        zones=configuration.load_zone_files(node, content),
        shown=shown,
        alerts=lives,
        subject=next((life for life in lives if life.alert_id == manifest.alert), None),
        courses=courses,
        key=key,
    )


def _changes(path: Path) -> list[Change]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Change])
    except (OSError, msgspec.DecodeError) as error:
        raise StorageError(f"{path}: expected changes of alerts, got {error}") from error


def _lives(changes: Sequence[Change]) -> list[Life]:
    """By alert, in the order in which they began."""
    lives: dict[str, list[Change]] = {}
    for change in changes:
        lives.setdefault(change.alert_id, []).append(change)
    return [Life(alert_id, own) for alert_id, own in lives.items()]


def _courses(path: Path, labels: dict[int, str]) -> list[Course]:
    rows: dict[int, list[dict[str, str]]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                if row["status"] != "ended":
                    rows.setdefault(int(row["track_id"]), []).append(row)
        return [_course(track_id, own, labels) for track_id, own in rows.items()]
    except (OSError, KeyError, ValueError) as error:
        raise StorageError(f"{path}: expected tracks by second, got {error}") from error


def _course(track_id: int, rows: list[dict[str, str]], labels: dict[int, str]) -> Course:
    return Course(
        track_id=track_id,
        label=labels.get(track_id, f"T{track_id}"),
        time_ns=np.array([int(row["time_ns"]) for row in rows]),
        lat_deg=_column(rows, "lat_deg"),
        lon_deg=_column(rows, "lon_deg"),
        alt_m=_column(rows, "alt_m"),
        speed_mps=np.hypot(_column(rows, "v_east_mps"), _column(rows, "v_north_mps")),
        sd_major_m=_column(rows, "sd_major_m"),
        taken=[_taken(row) for row in rows],
    )


def _taken(row: dict[str, str]) -> Taken:
    probability = float(row["class_probability"]) if row["class_probability"] else None
    return Taken(row["class"], probability, row["authorisation"] or "unknown")


def _column(rows: list[dict[str, str]], name: str) -> Array:
    return np.array([_number(row[name]) for row in rows])


def _number(text: str) -> float:
    return float(text) if text else float("nan")


def as_json(values: dict[str, Any]) -> bytes:
    """What the template reads."""
    return msgspec.json.encode(values)
