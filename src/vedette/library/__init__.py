"""The tracker for one's own detections: a table in, tracks out. See docs/library.md.

from vedette.library import Sensor, draw, read_csv, track_detections

tracks = track_detections(read_csv("detections.csv"), Sensor(id="radar", scan="rotating", period_s=4.0))
for points in tracks:
    print(points["track_id"][0], points["x_m"], points["y_m"])
"""

from vedette.core.errors import ConfigError, StorageError, VedetteError
from vedette.core.sensor import Sensor
from vedette.library.picture import draw
from vedette.library.run import POINT, Tracks, track_detections
from vedette.library.table import Table, read_csv, table_of
from vedette.track.saved import load, save
from vedette.track.settings import TrackerSettings
from vedette.track.state import TrackerState

__all__ = [
    "POINT",
    "ConfigError",
    "Sensor",
    "StorageError",
    "Table",
    "TrackerSettings",
    "TrackerState",
    "Tracks",
    "VedetteError",
    "draw",
    "load",
    "read_csv",
    "save",
    "table_of",
    "track_detections",
]
