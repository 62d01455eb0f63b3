"""The newest picture as this server knows it, and everybody who watches it.

`apply_*` takes what the stages say, keeps the newest, and hands it to every client. Call all of it
from one event loop. Nothing here grows with time: what a track had goes when the track ends.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.advice import Advice
from vedette.core.alert import Alert
from vedette.core.classes import CLASSES
from vedette.core.identity import Identity
from vedette.core.incident import IncidentSummary
from vedette.core.interference import InterferenceMap
from vedette.core.leave import Leave
from vedette.core.picture import TRACK, Picture, TrackStatus, decode_picture, encode_picture
from vedette.core.sensor import Bias, Doubt, Sensor, SensorStatus
from vedette.core.units import NS_PER_S
from vedette.core.zone import Zone
from vedette.serve.outbox import Outbox
from vedette.serve.rights import RIGHTS, Who

_RECENT_ALERTS: Final = 1000
_CLOSED_INCIDENTS: Final = 300  # that a page has at hand; the record has all
_WATCH: Final = Who("watch")
_SPARE_IDENTITIES: Final = 1024  # of tracks that are not in the picture yet, or no more


class View(Struct, frozen=True):
    """Where the map begins."""

    lat_deg: float
    lon_deg: float
    zoom: float


class Node(Struct, frozen=True):
    """What the page says about the node.

    speed      of a replay, times real time
    simulated  what of the picture is made up, in words for the screen; empty when all is real
    """

    name: str
    version: str
    view: View
    mode: Literal["live", "replay"] = "live"
    speed: float = 1.0
    simulated: str = ""


class ExercisePace(Struct, frozen=True):
    """How an exercise goes, as everybody may know it. speed: 0 is paused."""

    title: str
    speed: float
    ended: bool


class Process(Struct, frozen=True):
    """One supervised process of the node: its state in one word, and a line about it."""

    name: str
    state: str
    detail: str = ""


class Hello(Struct, frozen=True, tag="hello"):
    """The first message to a client. author: how what the log-in does is signed in the record."""

    node: str
    version: str
    mode: Literal["live", "replay"]
    speed: float
    simulated: str
    role: str
    person: str
    author: str
    rights: list[str]
    classes: list[str]
    view: View
    zones: list[Zone]
    sensors: list[Sensor]


class LiveState:
    """The newest of everything, by id, and the outboxes of those who watch.

    gaps       times that a delta was missing
    frames     picture frames taken
    on_latency called with the seconds from the newest bytes in a frame to now, live only
    """

    def __init__(self, node: Node, now_ns: Callable[[], int]) -> None:
        """Nothing is known. now_ns gives UTC nanoseconds."""
        self.node = node
        self.now_ns = now_ns
        self.identities: dict[int, Identity] = {}
        self.open_alerts: dict[str, Alert] = {}
        self.recent_alerts: deque[Alert] = deque(maxlen=_RECENT_ALERTS)
        self.incidents: dict[str, IncidentSummary] = {}
        self.sensors: dict[str, Sensor] = {}
        self.statuses: dict[str, SensorStatus] = {}
        self.biases: dict[str, list[Bias]] = {}
        self.doubts: dict[str, Doubt] = {}
        self.interference: InterferenceMap | None = None
        self.zones: list[Zone] = []
        self.leaves: list[Leave] | None = None  # who may fly; None while nobody has told
        self.advices: dict[str, Advice] = {}  # the newest, by airport
        self.processes: dict[str, Process] = {}
        self.exercise: ExercisePace | None = None
        self.clients: set[Outbox] = set()
        self.time_ns: int | None = None
        self.seq = 0
        self.frames = 0
        self.gaps = 0
        self.alerts_raised: dict[tuple[str, str], int] = {}
        self.frames_dropped_before = 0  # by clients that have gone
        self.on_latency: Callable[[float], None] | None = None
        self._rows: NDArray[np.void] = np.zeros(256, TRACK)
        self._slots: dict[int, int] = {}
        self._free: list[int] = []

    # What the stages say

    def apply_picture(self, frame: bytes) -> bool:
        """Take a picture frame and hand it on as it came.

        Returns False when a delta before it is missing: ask for a whole picture. StorageError when it
        is no picture frame.
        """
        picture = decode_picture(frame)
        complete = picture.whole or (self.time_ns is not None and picture.seq == (self.seq + 1) & 0xFFFFFFFF)
        if picture.whole:
            self._slots.clear()
            self._free.clear()
        self._update(picture.rows)
        self.time_ns, self.seq = picture.time_ns, picture.seq
        self.frames += 1
        self.gaps += not complete
        if self.on_latency is not None and self.node.mode == "live" and len(picture.rows):
            newest_ns = int(picture.rows["heard_ns"].max())
            self.on_latency(max(0, self.now_ns() - newest_ns) / NS_PER_S)
        for client in self.clients:
            client.put_frame(frame)
        return complete

    def apply_identity(self, identity: Identity) -> None:
        """Take what a track is now thought to be."""
        self.identities.pop(identity.track_id, None)
        self.identities[identity.track_id] = identity
        self._forget_identities()
        self._tell_latest(f"identity {identity.track_id}", identity_text(identity))

    def apply_alert(self, alert: Alert) -> None:
        """Take a change of an alert."""
        if alert.state == "cleared":
            self.open_alerts.pop(alert.alert_id, None)
        else:
            self.open_alerts[alert.alert_id] = alert
        self.recent_alerts.append(alert)
        key = (alert.rule, alert.state)
        self.alerts_raised[key] = self.alerts_raised.get(key, 0) + 1
        text = alert_text(alert)
        for client in self.clients:
            client.put_text(text)

    def apply_incident(self, incident: IncidentSummary) -> None:
        """Take how an incident stands, unless more is known of it."""
        known = self.incidents.get(incident.id)
        if known is not None and known.entries > incident.entries:
            return
        self.incidents[incident.id] = incident
        closed = sorted(
            (one for one in self.incidents.values() if one.state in ("closed", "reviewed")),
            key=lambda one: one.changed_ns,
        )
        for old in closed[:-_CLOSED_INCIDENTS]:
            del self.incidents[old.id]
        self._tell_latest(f"incident {incident.id}", incident_text(incident))

    def apply_sensor(self, sensor: Sensor, status: SensorStatus | None = None) -> None:
        """Take a new or changed sensor, with its state where that is known."""
        self.sensors[sensor.id] = sensor
        if status is not None:
            self.statuses[sensor.id] = self._with_findings(status)
        self._tell_latest(f"sensor {sensor.id}", sensor_text(sensor, self.statuses.get(sensor.id)))

    def apply_status(self, status: SensorStatus) -> None:
        """Take the state of a sensor; clients hear of it once the sensor is known."""
        status = self.statuses[status.id] = self._with_findings(status)
        sensor = self.sensors.get(status.id)
        if sensor is not None:
            self._tell_latest(f"sensor {status.id}", sensor_text(sensor, status))

    def apply_biases(self, biases: dict[str, list[Bias]]) -> None:
        """Take what sensors are known to have wrong, all of it; their next status says it too."""
        self.biases = biases

    def apply_doubts(self, doubts: dict[str, Doubt]) -> None:
        """Take which sensors are not believed, all of them; their next status says it too."""
        self.doubts = doubts

    def apply_interference(self, news: InterferenceMap) -> None:
        """Take where satellite navigation is disturbed, all of it."""
        self.interference = news
        self._tell_latest("interference", interference_text(news))

    def _with_findings(self, status: SensorStatus) -> SensorStatus:
        """The status with what the tracker found out about the sensor, as it is on the sensor's card."""
        parts = [status.detail] if status.detail else []
        health = status.health
        doubt = self.doubts.get(status.id)
        if doubt is not None:
            parts.append(f"not believed, {doubt.condition}: {doubt.why}")
            if health in ("ok", "unknown"):
                health = "silent" if doubt.condition == "silent" else "degraded"
        found = [bias_text(b) for b in self.biases.get(status.id, []) if b.significant]
        if found:
            parts.append("corrected for " + ", ".join(found))
        return msgspec.structs.replace(status, health=health, detail="; ".join(parts))

    def apply_zones(self, zones: list[Zone]) -> None:
        """Take all zones."""
        self.zones = list(zones)
        self._tell_latest("zones", _text({"type": "zones", "zones": self.zones}))

    def apply_leaves(self, leaves: list[Leave], *, begins: bool) -> None:
        """Take who may fly; begins: all that was told before does not hold any more."""
        self.leaves = [*([] if begins or self.leaves is None else self.leaves), *leaves]

    def apply_advice(self, advice: Advice) -> None:
        """Take what is advised for an airport."""
        self.advices[advice.airport] = advice
        self._tell_latest(f"closure {advice.airport}", advice_text(advice))

    def apply_process(self, process: Process) -> None:
        """Take the state of one of the node's processes."""
        self.processes[process.name] = process
        self._tell_latest(f"process {process.name}", process_text(process))

    def apply_exercise(self, pace: ExercisePace) -> None:
        """Take how the exercise goes."""
        if pace != self.exercise:
            self.exercise = pace
            self._tell_latest("exercise", exercise_text(pace))

    # What clients get

    def join(self, who: Who = _WATCH) -> Outbox:
        """An outbox for a new client: hello, the whole picture, then the state of everything."""
        client = Outbox(self.hello(who), self.whole_frame)
        if self.exercise is not None:
            client.put_latest("exercise", exercise_text(self.exercise))
        for sensor_id, sensor in self.sensors.items():
            status = self.statuses.get(sensor_id)
            if status is not None:
                client.put_latest(f"sensor {sensor_id}", sensor_text(sensor, status))
        for process in self.processes.values():
            client.put_latest(f"process {process.name}", process_text(process))
        if self.interference is not None:
            client.put_latest("interference", interference_text(self.interference))
        for airport, advice in self.advices.items():
            client.put_latest(f"closure {airport}", advice_text(advice))
        for alert in self.open_alerts.values():
            client.put_text(alert_text(alert))
        for incident in self.incidents.values():
            client.put_latest(f"incident {incident.id}", incident_text(incident))
        for identity in self.identities.values():
            client.put_latest(f"identity {identity.track_id}", identity_text(identity))
        self.clients.add(client)
        return client

    def leave(self, client: Outbox) -> None:
        """The client has gone."""
        self.clients.discard(client)
        self.frames_dropped_before += client.dropped

    def hello(self, who: Who = _WATCH) -> str:
        """The first message, as JSON. who is whose log-in the client has."""
        node = self.node
        return msgspec.json.encode(
            Hello(
                node=node.name,
                version=node.version,
                mode=node.mode,
                speed=node.speed,
                simulated=node.simulated,
                role=who.role,
                person=who.name,
                author=who.author(),
                rights=sorted(RIGHTS[who.role]),
                classes=list(CLASSES),
                view=node.view,
                zones=self.zones,
                sensors=list(self.sensors.values()),
            )
        ).decode()

    def whole_frame(self) -> bytes:
        """All tracks as a picture frame; the next delta follows its seq."""
        return encode_picture(Picture(self.time_ns or 0, self.tracks(), whole=True, seq=self.seq))

    def tracks(self) -> NDArray[np.void]:
        """All tracks, (n,) of TRACK, in the order of their ids; a copy."""
        slots = [self._slots[track_id] for track_id in sorted(self._slots)]
        return self._rows[slots]

    def track(self, track_id: int) -> NDArray[np.void] | None:
        """One track, (1,) of TRACK, or None."""
        slot = self._slots.get(track_id)
        return None if slot is None else self._rows[slot : slot + 1].copy()

    def __len__(self) -> int:
        """Tracks in the picture."""
        return len(self._slots)

    @property
    def frames_dropped(self) -> int:
        """Frames that slow clients got a whole picture for."""
        return self.frames_dropped_before + sum(client.dropped for client in self.clients)

    # Inside

    def _update(self, rows: NDArray[np.void]) -> None:
        """Overwrite or add rows; a row that says ENDED takes its track away."""
        if len(rows) == 0:
            return
        self._rows_at(rows["track_id"].tolist(), rows)
        for track_id in rows["track_id"][rows["status"] == TrackStatus.ENDED].tolist():
            slot = self._slots.pop(track_id, None)
            if slot is not None:
                self._free.append(slot)

    def _rows_at(self, track_ids: list[int], rows: NDArray[np.void]) -> None:
        slots = self._slots
        for track_id in track_ids:
            if track_id not in slots:
                slots[track_id] = self._free.pop() if self._free else len(slots)
        while len(slots) > len(self._rows):
            self._rows = np.concatenate((self._rows, np.zeros_like(self._rows)))
        self._rows[[slots[track_id] for track_id in track_ids]] = rows

    def _forget_identities(self) -> None:
        """Identities whose track is not shown may wait a while, the oldest go first."""
        if len(self.identities) <= len(self._slots) + 2 * _SPARE_IDENTITIES:
            return
        spare = [track_id for track_id in self.identities if track_id not in self._slots]
        for track_id in spare[:-_SPARE_IDENTITIES]:
            del self.identities[track_id]

    def _tell_latest(self, key: str, text: str) -> None:
        for client in self.clients:
            client.put_latest(key, text)


def identity_text(identity: Identity) -> str:
    """The message for an identity."""
    return _text({"type": "identity", **_fields(identity)})


def alert_text(alert: Alert) -> str:
    """The message for an alert."""
    return _text({"type": "alert", **_fields(alert)})


def incident_text(incident: IncidentSummary) -> str:
    """The message for an incident."""
    return _text({"type": "incident", **_fields(incident)})


def sensor_text(sensor: Sensor, status: SensorStatus | None) -> str:
    """The message for a sensor."""
    return _text({"type": "sensor", "sensor": sensor, "status": status})


def interference_text(news: InterferenceMap) -> str:
    """The message for the map of interference."""
    return _text({"type": "interference", "time_ns": news.time_ns, "cells": [_fields(c) for c in news.cells]})


def advice_text(advice: Advice) -> str:
    """The message for what is advised for an airport."""
    return _text({"type": "closure", **_fields(advice)})


def bias_text(bias: Bias) -> str:
    """A bias in words: what, how much, its sigma, the unit."""
    what, _, unit = bias.kind.rpartition("_")
    if bias.kind == "range_scale":
        return f"range scale {1e6 * bias.value:+.0f} \N{PLUS-MINUS SIGN} {1e6 * bias.sd:.0f} ppm"
    digits = {"deg": 2, "s": 2}.get(unit, 0)
    return f"{what} {bias.value:+.{digits}f} \N{PLUS-MINUS SIGN} {bias.sd:.{digits}f} {unit}"


def process_text(process: Process) -> str:
    """The message for a process."""
    return _text({"type": "process", **_fields(process)})


def exercise_text(pace: ExercisePace) -> str:
    """The message for how an exercise goes."""
    return _text({"type": "exercise", **_fields(pace)})


def _fields(value: Struct) -> dict[str, Any]:
    """Its fields by name, all of them, so that a reader need not know the defaults."""
    return msgspec.structs.asdict(value)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
