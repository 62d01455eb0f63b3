"""What one scenario file says: readable TOML, one file each.

    name, title, summary, notice   what it is, and what a trainee should notice
    start                          UTC of its first instant; a live run moves it to now
    zones                          ED-318 file beside it
    surface                        GeoJSON file of water and roads beside it, as the node gets it
    [site]                         origin of distances, ground, geoid
    [weather]                      wind, gusts, visibility, night, rain; a calm, clear day without it
    [terrain]                      a file of heights; without it the earth is smooth
    [[feed]]                       a socket: name, format, transport, port
    [[sensor]]                     kind, pose, noise; what core.sensor.Sensor needs and a bit more
    [[authorisation]]              who may fly where, when
    [[actor]]                      who moves: see docs/scenarios.md for all kinds
    [[jamming]], [[spoofing]]      areas in which satellite navigation fails, or lies
    [[event]]                      what happens on cue, to sensors and to actors

Times of a scenario are seconds from its start, `*_s`. Heights of actors, `height_m`, are above the
site's ground.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct

from vedette.core.sensor import Sensor as CoreSensor
from vedette.simulate.spec.actors import Actor
from vedette.simulate.spec.events import Event
from vedette.simulate.spec.gnss import Jamming, Spoofing
from vedette.simulate.spec.place import Authorisation, Feed, Site, TerrainFile
from vedette.simulate.spec.sensor_cards import core_sensor
from vedette.simulate.spec.sensors import CuasSystem, SensorSpec
from vedette.simulate.spec.weather import Weather


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scenario as its file says it.

    airport  sections `[[airport]]` of the node that sees it, as they are; its configuration checks them
    """

    name: str
    title: str
    site: Site
    start: datetime
    weather: Weather = Weather()
    summary: str = ""
    notice: list[str] = []
    zones: str | None = None
    surface: str | None = None
    terrain: TerrainFile | None = None
    feed: list[Feed] = []
    sensor: list[SensorSpec] = []
    authorisation: list[Authorisation] = []
    actor: list[Actor] = []
    event: list[Event] = []
    jamming: list[Jamming] = []
    spoofing: list[Spoofing] = []
    airport: list[dict[str, Any]] = []

    @property
    def start_ns(self) -> int:
        """UTC of the first instant, as the file says it."""
        return ((self.start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)) * 1_000

    def sensors(self) -> list[CoreSensor]:
        """The sensors as the node's configuration names them, marked as simulated; not those of files."""
        return [core_sensor(spec, self.site) for spec in self.sensor if not isinstance(spec, CuasSystem)]
