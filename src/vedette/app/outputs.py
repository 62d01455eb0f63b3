"""Where the picture of one sector goes: the history, the fingerprint, the summary."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.app.sector import SectorOutput
from vedette.core.advice import Advice
from vedette.core.alert import Alert
from vedette.core.errors import StorageError
from vedette.core.picture import encode_picture
from vedette.core.sensor import SensorStatus
from vedette.history.store import History


class Recorder:
    """Writes picture.duckdb and keeps the sums that go into summary.json.

    The fingerprint is SHA-256 over every picture frame, identity and alert in order: the same
    recording gives the same one.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / "picture.duckdb"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(f"cannot write to {folder}: {error}") from error
        self._history = History(path)
        self._hash = hashlib.sha256()
        self._ids: set[int] = set()
        self._alerts: dict[str, Alert] = {}
        self._smoothed = hashlib.sha256()
        self._smoothed_ids: set[int] = set()
        self._advised = hashlib.sha256()
        self.points = 0
        self.smoothed_points = 0
        self.advices = 0

    def take(self, output: SectorOutput) -> None:
        """Write what one batch changed."""
        if output.picture is not None:
            self._hash.update(encode_picture(output.picture))
            self._history.append_tracks(output.picture.rows)
            self._ids.update(output.picture.rows["track_id"].tolist())
            self.points += len(output.picture.rows)
        if output.identities:
            self._hash.update(msgspec.json.encode(output.identities))
            self._history.append_identities(output.identities)
        if output.alerts:
            self._hash.update(msgspec.json.encode(output.alerts))
            self._history.append_alerts(output.alerts)
            self._alerts.update({a.alert_id: a for a in output.alerts})

    def take_advice(self, advices: list[Advice]) -> None:
        """Write what was advised. It has a fingerprint of its own: it is no part of the picture."""
        if advices:
            self._advised.update(msgspec.json.encode(advices))
            self._history.append_advice(advices)
            self.advices += len(advices)

    def take_smoothed(self, rows: NDArray[np.void]) -> None:
        """Write where a track went, (n,) of SMOOTHED."""
        self._smoothed.update(rows.tobytes())
        self._history.append_smoothed(rows)
        self._smoothed_ids.update(rows["track_id"].tolist())
        self.smoothed_points += len(rows)

    def take_statuses(self, time_ns: int, statuses: list[SensorStatus]) -> None:
        """Write how the sensors are doing."""
        if statuses:
            self._history.append_sensor_status(time_ns, statuses)

    @property
    def sums(self) -> dict[str, Any]:
        """Tracks, alerts, points and fingerprint so far."""
        return {
            "tracks": len(self._ids),
            "track_points": self.points,
            "alerts": len(self._alerts),
            "picture_sha256": self._hash.hexdigest(),
            **({"advices": self.advices, "advice_sha256": self._advised.hexdigest()} if self.advices else {}),
        }

    @property
    def smoothed_sums(self) -> dict[str, Any]:
        """Smoothed tracks, their points and fingerprint so far."""
        return {
            "smoothed_tracks": len(self._smoothed_ids),
            "smoothed_points": self.smoothed_points,
            "smoothed_sha256": self._smoothed.hexdigest(),
        }

    def close(self) -> None:
        """Everything to disk."""
        self._history.flush()
        self._history.close()


def write_summary(folder: Path, summary: dict[str, Any]) -> None:
    """summary.json, written whole or not at all."""
    path = folder / "summary.json"
    part = folder / "summary.json.part"
    try:
        part.write_bytes(msgspec.json.format(msgspec.json.encode(summary), indent=2) + b"\n")
        part.replace(path)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error}") from error
