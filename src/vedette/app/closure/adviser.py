"""Gathers what a node tells and asks every airport's adviser once a second, live and in a replay."""

from pathlib import Path

import msgspec

from vedette.app.config import NodeConfig, load_zone_files
from vedette.core.advice import Advice, ClosureDecision
from vedette.core.alert import Alert
from vedette.core.errors import ConfigError
from vedette.core.identity import Identity
from vedette.core.picture import Picture
from vedette.core.sensor import Doubt, Sensor, SensorStatus
from vedette.core.units import NS_PER_S
from vedette.respond.state import RespondState, init
from vedette.respond.step import Seen, decided, step

_KEPT_NS = 60 * NS_PER_S  # identities of tracks that are not in the picture


class Adviser:
    """All airports of a node. Time is what pictures say."""

    def __init__(self, config: NodeConfig, folder: Path) -> None:
        """Know the airports; ConfigError with the place where one has no zones."""
        zones = load_zone_files(config, folder)
        self._states: dict[str, RespondState] = {
            airport.icao: init(airport, zones, f"airport[{i}]") for i, airport in enumerate(config.airport)
        }
        self._identities: dict[int, Identity] = {}
        self._alerts: dict[str, Alert] = {}
        self._sensors: dict[str, Sensor] = {}
        self._statuses: dict[str, SensorStatus] = {}
        self._doubts: dict[str, Doubt] = {}

    def take_identities(self, identities: list[Identity]) -> None:
        """What tracks are now thought to be."""
        self._identities.update({one.track_id: one for one in identities})

    def take_alerts(self, alerts: list[Alert]) -> None:
        """Changes of alerts."""
        for alert in alerts:
            if alert.state == "cleared":
                self._alerts.pop(alert.alert_id, None)
            else:
                self._alerts[alert.alert_id] = alert

    def take_sensors(self, sensors: list[Sensor], statuses: list[SensorStatus]) -> None:
        """New or changed sensors, and how they are."""
        self._sensors.update({one.id: one for one in sensors})
        self._statuses.update({one.id: one for one in statuses})

    def take_doubts(self, doubts: dict[str, Doubt]) -> None:
        """Who is not believed, all of them."""
        self._doubts = doubts

    def take_picture(self, picture: Picture) -> list[Advice]:
        """Advice for every airport, where the picture is a whole one."""
        if not picture.whole or not self._states:
            return []
        seen = Seen(picture.rows, self._identities, self._alerts, self._sensors, self._statuses, self._doubts)
        out = []
        for icao, state in self._states.items():
            self._states[icao], advice = step(state, seen, picture.time_ns)
            out.append(advice)
        self._forget(picture)
        return out

    def decide(self, decision: ClosureDecision) -> None:
        """Take what a person decided; ConfigError for an airport that is not here."""
        state = self._states.get(decision.airport)
        if state is None:
            known = ", ".join(self._states) or "none"
            raise ConfigError("airport", f"one of {known}", decision.airport)
        self._states[decision.airport] = decided(state, decision)

    def _forget(self, picture: Picture) -> None:
        """Identities of tracks that are long gone."""
        shown = set(picture.rows["track_id"].tolist())
        old = [
            track_id
            for track_id, one in self._identities.items()
            if track_id not in shown and picture.time_ns - one.time_ns > _KEPT_NS
        ]
        for track_id in old:
            del self._identities[track_id]


def encoded(advice: Advice) -> bytes:
    """JSON with every field, for those who do not know the defaults."""
    return msgspec.json.encode(advice)
