"""The node's configuration: one TOML file, read once.

    [node]            name, origin, where its data goes, ports
    [[feed]]          a socket that it listens on or connects to
    [[sensor]]        what stands where, and how well it sees (fields of core.sensor.Sensor)
    [[authorisation]] who may fly where, when (fields of identify.leaves.Authorised)
    [[operator]]      registered operators and their drones; [[flight]]: flight plans
    authorisations = "..."  a file of more of these three beside it
    zones = [...]     ED-318 or ED-269 files beside it
    surface = ...     a GeoJSON file of water and roads
    [[airport]]       an airport whose closure is advised on (fields of respond.settings.Airport)
    rules = "..."     the file of the watch's rules beside it; without one, the built-in rules
    procedures = "..."  the file of checklists beside it; without one, the built-in ones
    [tracker] [identify] [watch] [incidents]   settings of the stages, all optional

docs/configuration.md has every field. An unknown field, a wrong type or a value out of range is
refused with its place.
"""

from pathlib import Path
from typing import Any, Final, Literal, NoReturn

import msgspec
import tomli_w
from msgspec import Struct

from vedette.app.closure.check import check as check_airports
from vedette.core.chain import check_name
from vedette.core.errors import ConfigError, LedgerError
from vedette.core.sensor import RANGES, Modality, Scan, Sensor
from vedette.core.surface import Surface
from vedette.core.toml_file import TomlFile
from vedette.core.zone import Zone
from vedette.identify.leaves import Authorised, Flight, Leaves, Operator
from vedette.identify.leaves_file import WORDS, check_authorised, tables_of
from vedette.identify.leaves_file import check as check_leaves
from vedette.identify.settings import IdentifySettings
from vedette.incident.settings import IncidentSettings
from vedette.respond.settings import Airport
from vedette.track.settings import TrackerSettings
from vedette.watch.settings import WatchSettings
from vedette.wire.formats import FORMATS
from vedette.wire.geozone import load_zones
from vedette.wire.surface import load_surface

Transport = Literal["udp", "tcp-listen", "tcp-connect"]


_MOST: Final = 20_000_000  # characters: half a thousand a sensor, of which there may be thousands


class View(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the map begins."""

    lat_deg: float
    lon_deg: float
    zoom: float = 8.0


class FeedConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One socket.

    format     a name of the table of formats
    transport  udp: datagrams are sent to us; tcp-listen: peers connect to us; tcp-connect: we connect
    group      multicast group, for udp
    site       lat deg, lon deg of the receiver, for formats that need it (ADS-B on the ground)
    """

    name: str
    format: str
    transport: Transport
    host: str = "127.0.0.1"
    port: int = 0
    group: str | None = None
    site: tuple[float, float] | None = None


class SensorConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sensor, field by field as in core.sensor.Sensor; None keeps what the sensor says itself."""

    id: str
    source: str
    name: str = ""
    modality: Modality = "radar"
    scan: Scan = "event"
    lat_deg: float | None = None
    lon_deg: float | None = None
    alt_m: float | None = None
    period_s: float | None = None
    range_max_m: float = 100_000.0
    azimuth_from_deg: float = 0.0
    azimuth_width_deg: float = 360.0
    detection_probability: float = 0.9
    false_per_scan: float = 1.0
    range_sd_m: float | None = None
    azimuth_sd_deg: float | None = None
    elevation_sd_deg: float | None = None
    range_rate_sd_mps: float | None = None
    position_sd_m: float | None = None
    range_difference_sd_m: float | None = None
    thermal_snr_db: float | None = None
    thermal_range_m: float | None = None
    reflected_below_deg: float | None = None
    stray_share: float = 0.0
    ahead_share: float | None = None
    second_plot_share: float = 0.05
    fixed_after_s: float | None = None
    elevation_max_deg: float | None = None
    blind_deg: tuple[tuple[float, float], ...] = ()
    height_max_m: float = 15_000.0
    simulated: bool = False


class NodeSection(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The node itself.

    origin     lat deg, lon deg of the sector's frame; the mean of the sensors where left out
    data       folder for journal and history, beside the configuration unless absolute
    simulated  what of it is simulated, in words; shown on the page
    journal    whether every frame is kept as it was heard
    hosts      names by which the page may be reached beside loopback and its own address
    """

    name: str = "vedette"
    origin: tuple[float, float] | None = None
    host: str = "127.0.0.1"
    port: int = 8470
    data: str = "vedette-data"
    simulated: str = ""
    journal: bool = True
    hosts: list[str] = []


class NodeConfig(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file. `place` is the file's path, for messages."""

    node: NodeSection = NodeSection()
    view: View | None = None
    feed: list[FeedConfig] = []
    sensor: list[SensorConfig] = []
    authorisation: list[Authorised] = []
    operator: list[Operator] = []
    flight: list[Flight] = []
    airport: list[Airport] = []
    zones: list[str] = []
    surface: str | None = None
    authorisations: str | None = None
    rules: str | None = None
    procedures: str | None = None
    tracker: TrackerSettings = TrackerSettings()
    identify: IdentifySettings = IdentifySettings()
    watch: WatchSettings = WatchSettings()
    incidents: IncidentSettings = IncidentSettings()

    @property
    def origin(self) -> tuple[float, float] | None:
        """Origin of the sector's frame, if anything tells it."""
        if self.node.origin is not None:
            return self.node.origin
        placed = [
            (s.lat_deg, s.lon_deg) for s in self.sensor if s.lat_deg is not None and s.lon_deg is not None
        ]
        if not placed:
            return None
        return sum(p[0] for p in placed) / len(placed), sum(p[1] for p in placed) / len(placed)

    def sensors(self) -> list[Sensor]:
        """The configured sensors with their indices."""
        return [
            Sensor(index=i, **{f: getattr(s, f) for f in SensorConfig.__struct_fields__})
            for i, s in enumerate(self.sensor)
        ]

    def identify_settings(self) -> IdentifySettings:
        """Settings of identification with the authorisations in them."""
        return msgspec.structs.replace(
            self.identify, authorised=[*self.identify.authorised, *self.authorisation]
        )

    def leaves(self) -> Leaves:
        """Who may fly as far as this file says; there may be another one beside it."""
        return Leaves(
            authorised=tuple(self.identify_settings().authorised),
            operators=tuple(self.operator),
            flights=tuple(self.flight),
        )


def load(path: Path) -> NodeConfig:
    """Read and check a configuration file, or ConfigError with the place."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise ConfigError(str(path), "a configuration file", "no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), "a readable text file", str(error)) from error
    return _read(text, str(path))


def parse(document: dict[str, Any], place: str) -> NodeConfig:
    """Check a configuration as it is about to be written, or ConfigError with its place and line there."""
    return _read(tomli_w.dumps(document), place)


def _read(text: str, place: str) -> NodeConfig:
    file = TomlFile(text, place, WORDS, most=_MOST)
    tables_of(file)
    config: NodeConfig = file.converted(file.document, NodeConfig, "$")
    try:
        _check(config, place)
    except ConfigError as error:
        setting = error.place.removeprefix(f"{place}: ")
        file.refuse(f"$.{setting}", error.expected, error.came)
    return config


def files_of(config: NodeConfig) -> list[str]:
    """Files that the configuration names, as it names them."""
    named = (*config.zones, config.surface, config.authorisations, config.rules, config.procedures)
    return list(dict.fromkeys(name for name in named if name is not None))


def load_zone_files(config: NodeConfig, folder: Path) -> list[Zone]:
    """All zones that the configuration names, or ConfigError with the place."""
    zones: list[Zone] = []
    for name in config.zones:
        path = folder / name
        try:
            data = path.read_bytes()
        except OSError:
            raise ConfigError(f"{path}", "a file of zones", "no such file, or no right to read it") from None
        zones += load_zones(data, str(path))
    return zones


def load_surface_file(config: NodeConfig, folder: Path) -> Surface | None:
    """The map of the ground that the configuration names, or ConfigError with the place; None if none."""
    if config.surface is None:
        return None
    path = folder / config.surface
    try:
        data = path.read_bytes()
    except OSError:
        raise ConfigError(
            f"{path}", "a map of water and roads", "no such file, or no right to read it"
        ) from None
    return load_surface(data, str(path))


def _check(config: NodeConfig, place: str) -> None:
    """What types alone do not say."""
    for section, names in (
        ("feed", [f.name for f in config.feed]),
        ("sensor", [s.id for s in config.sensor]),
        ("sensor", [s.source for s in config.sensor]),
    ):
        for i, name in enumerate(names):
            if name in names[:i]:
                raise ConfigError(
                    f"{place}: {section}[{i}]", "a name or source of its own", f"{name!r} twice"
                )
    listening = [(f.transport == "udp", f.host, f.port) if f.port else i for i, f in enumerate(config.feed)]
    for i, feed in enumerate(config.feed):
        if feed.transport != "tcp-connect" and feed.group is None and listening[i] in listening[:i]:
            raise ConfigError(f"{place}: feed[{i}].port", "a port of its own", f"{feed.port} twice")
        if feed.format not in FORMATS:
            raise ConfigError(f"{place}: feed[{i}].format", f"one of {', '.join(FORMATS)}", repr(feed.format))
        _within(f"{place}: feed[{i}].port", feed.port, 0, 65535)
        if feed.transport not in FORMATS[feed.format].transports:
            allowed = " or ".join(FORMATS[feed.format].transports)
            raise ConfigError(f"{place}: feed[{i}].transport", f"{allowed} for {feed.format}", feed.transport)
        if feed.transport == "tcp-connect":
            _within(f"{place}: feed[{i}].port", feed.port, 1, 65535)
        if feed.site is not None:
            _within(f"{place}: feed[{i}].site[0]", feed.site[0], -90.0, 90.0)
            _within(f"{place}: feed[{i}].site[1]", feed.site[1], -180.0, 180.0)
    for i, sensor in enumerate(config.sensor):
        _check_sensor(sensor, f"{place}: sensor[{i}]")
    check_airports(config.airport, [sensor.id for sensor in config.sensor], place)
    _within(f"{place}: node.port", config.node.port, 1, 65535)
    try:
        check_name(config.node.name, "name")
    except LedgerError:
        expected = "1 to 128 bytes of printable text without spaces around it: it signs the ledger"
        raise ConfigError(f"{place}: node.name", expected, repr(config.node.name)) from None
    _check_settings(config, place)
    _check_who_may_fly(config, place)
    if config.view is not None:
        _within(f"{place}: view.lat_deg", config.view.lat_deg, -90.0, 90.0)
        _within(f"{place}: view.lon_deg", config.view.lon_deg, -180.0, 180.0)
    if config.origin is not None:
        _within(f"{place}: node.origin[0]", config.origin[0], -90.0, 90.0)
        _within(f"{place}: node.origin[1]", config.origin[1], -180.0, 180.0)


def _check_sensor(sensor: SensorConfig, at: str) -> None:
    """One sensor's numbers."""
    for name, low, high in RANGES:
        _within(f"{at}.{name}", getattr(sensor, name), low, high)
    if (sensor.lat_deg is None) != (sensor.lon_deg is None):
        raise ConfigError(f"{at}.lat_deg", "lat_deg and lon_deg, or neither", "one of them")
    if sensor.scan in ("rotating", "staring") and sensor.period_s is None:
        raise ConfigError(f"{at}.period_s", f"a period, since the sensor is {sensor.scan}", "nothing")
    for name in ("id", "source"):
        if not getattr(sensor, name):
            raise ConfigError(f"{at}.{name}", "a name", "an empty text")


# Settings of the stages: what is a share, what must be above 0.
_SHARES = (
    "vertical_share", "ignore_below", "confirm_existence", "drop_existence", "uas_from", "uas_below",
    "doubt_from", "ghost_from",
    "raise_from", "clear_below",
)  # fmt: skip


def _check_settings(config: NodeConfig, place: str) -> None:
    """Numbers of the stages' settings: shares within 0 and 1, all else above 0 and finite."""
    for section in ("tracker", "identify", "watch"):
        settings = getattr(config, section)
        for name in settings.__struct_fields__:
            value = getattr(settings, name)
            for number in value if isinstance(value, tuple) else (value,):
                if isinstance(number, float | int) and not isinstance(number, bool):
                    at = f"{place}: {section}.{name}"
                    _within(at, number, *_range_of(name))
    if config.watch.clear_below >= config.watch.raise_from:
        at = f"{place}: watch.clear_below"
        raise ConfigError(
            at, "less than raise_from, so that alerts do not flicker", f"{config.watch.clear_below:g}"
        )


def _check_who_may_fly(config: NodeConfig, place: str) -> None:
    """Authorisations, operators, flight plans."""

    def refuse(at: str, expected: str, came: str) -> NoReturn:
        raise ConfigError(f"{place}: {at}", expected, came)

    for i, leave in enumerate(config.identify.authorised):
        check_authorised(leave, f"identify.authorised[{i}]", refuse)
    own = Leaves(
        authorised=tuple(config.authorisation),
        operators=tuple(config.operator),
        flights=tuple(config.flight),
    )
    check_leaves(own, refuse)


def _range_of(name: str) -> tuple[float, float]:
    """What a stage's setting may be."""
    if name == "undulation_m":
        return -200.0, 200.0
    return (1e-6, 1.0) if name in _SHARES else (0.01 if name.startswith("step") else 1e-6, 1e6)


def _within(place: str, value: float | None, low: float, high: float) -> None:
    """Refuse a number outside its range."""
    if value is not None and not low <= value <= high:
        raise ConfigError(place, f"a number from {low:g} to {high:g}", f"{value:g}")
