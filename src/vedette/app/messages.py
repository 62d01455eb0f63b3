"""What processes tell each other beside the nouns of core."""

from typing import Literal

from msgspec import Struct

from vedette.core.leave import Leave
from vedette.core.sensor import Bias, Doubt, Sensor, SensorStatus
from vedette.history.wanted import Wanted


class SensorNews(Struct, frozen=True):
    """All sensors of a node and how they are doing."""

    time_ns: int
    sensors: list[Sensor]
    statuses: list[SensorStatus]
    observations: int = 0


class DoubtNews(Struct, frozen=True):
    """Sensors that the tracker does not believe, by Sensor.id: all of them."""

    time_ns: int
    doubts: dict[str, Doubt]


class BiasNews(Struct, frozen=True):
    """What sensors are known to have wrong, by Sensor.id: all that is known at a time."""

    time_ns: int
    biases: dict[str, list[Bias]]


class LeaveNews(Struct, frozen=True):
    """Who may fly, in parts that follow each other; begins: what was told before does not hold any more."""

    leaves: list[Leave]
    begins: bool


class ProcessNews(Struct, frozen=True):
    """A process came, went or came back."""

    name: str
    state: Literal["starting", "running", "restarted", "ended", "failed"]
    detail: str = ""


class HistoryQuestion(Struct, frozen=True, kw_only=True):
    """A question about the past; which fields count depends on what is asked.

    trail     track_id, since_ns     (time_ns, lat_deg, lon_deg, alt_m or None), oldest first
    identity  track_id               the newest identity, or null
    alerts    since_ns               changes of alerts, oldest first
    points    box, since_ns, until_ns, limit   track points in south, west, north, east degrees
    """

    asks: Literal["trail", "identity", "alerts", "points"]
    track_id: int = 0
    since_ns: int = 0
    until_ns: int = 2**63 - 1
    box: tuple[float, float, float, float] = (-90.0, -180.0, 90.0, 180.0)
    limit: int = 10_000


class Answer(Struct, frozen=True):
    """What somebody is told who asked for something. status as of HTTP: 200, 400 not understood, 409 no."""

    status: int
    said: str


class DirectedSensor(Struct, frozen=True):
    """A sensor as the director sees it. off_until_ns: None is until it is restored; 0: it works."""

    id: str
    name: str
    off_until_ns: int | None = 0


class Standing(Struct, frozen=True, kw_only=True):
    """Where an exercise stands.

    time_ns    UTC of the exercise; begins_ns: of the scenario's first instant
    speed      0 is paused
    sensors, recent, notice   for the director's eyes: what works, the last events as (time_ns, words), and
                              what the trainees should notice
    """

    title: str
    seed: int
    time_ns: int
    begins_ns: int
    speed: float
    ended: bool
    sensors: list[DirectedSensor]
    recent: list[tuple[int, str]]
    notice: list[str]


class PastQuestion(Struct, frozen=True, kw_only=True):
    """A question about the past.

    span    when the history begins and ends: [first_ns, last_ns], or null
    frames  picture frames, one a second, from from_ns to to_ns; binary
    told    identities and alerts of that time
    search  tracks; zone is the id of a zone of the node
    """

    asks: Literal["span", "frames", "told", "search"]
    from_ns: int = 0
    to_ns: int = 0
    wanted: Wanted = Wanted()
    zone: str = ""
