"""What processes tell each other beside the nouns of core."""

from typing import Literal

from msgspec import Struct

from vedette.core.sensor import Sensor, SensorStatus


class SensorNews(Struct, frozen=True):
    """All sensors of a node and how they are doing."""

    time_ns: int
    sensors: list[Sensor]
    statuses: list[SensorStatus]
    observations: int = 0


class ProcessNews(Struct, frozen=True):
    """A process came, went or came back."""

    name: str
    state: Literal["starting", "running", "restarted", "ended", "failed"]
    detail: str = ""


class TrailQuestion(Struct, frozen=True):
    """Where a track has been since a time."""

    track_id: int
    since_ns: int = 0


TrailPoint = tuple[int, float, float, float | None]  # time_ns, lat_deg, lon_deg, alt_m
