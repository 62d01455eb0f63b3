"""Scenarios: one readable TOML file each, and what it may say.

    name, title, summary, notice   what it is, and what a trainee should notice
    start                          UTC of its first instant; a live run moves it to now
    zones                          ED-318 file beside it
    [site]                         origin of distances, ground, geoid
    [[feed]]                       a socket: name, format, transport, port
    [[sensor]]                     kind, pose, noise; what core.sensor.Sensor needs and a bit more
    [[authorisation]]              who may fly where, when
    [[actor]]                      arrival, departure, multirotor, formation, flock

Times of a scenario are seconds from its start, `*_s`. Heights of actors, `height_m`, are above the
site's ground.
"""

import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import Struct

from vedette.core.classes import CLASSES
from vedette.core.errors import ConfigError
from vedette.core.sensor import Modality, Scan
from vedette.core.sensor import Sensor as CoreSensor
from vedette.simulate.toml_place import line_of

BUILTIN = Path(__file__).parent / "scenarios"
Place = tuple[float, float]  # lat_deg, lon_deg
Format = Literal["asterix", "sapient", "beast", "remoteid"]
FaultKind = Literal["truncated", "garbage", "oversized"]
Transport = Literal["udp", "tcp-listen", "tcp-connect"]


class Site(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the scenario is.

    ground_m      m above the WGS-84 ellipsoid, taken as flat
    undulation_m  geoid above the ellipsoid: height above sea = ground_m - undulation_m
    """

    name: str
    lat_deg: float
    lon_deg: float
    ground_m: float
    undulation_m: float = 0.0


class Feed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One socket of the node, as the node sees it.

    transport  udp: the node is sent datagrams; tcp-listen: sensors connect to the node;
               tcp-connect: the node connects to the receiver
    port       0 lets the system choose
    """

    name: str
    format: Format
    transport: Transport
    host: str = "127.0.0.1"
    port: int = 0


class Faults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bad input that a sensor makes on cue, to see it refused.

    rate_per_s       mean number of bad frames a second
    from_s, until_s  when it babbles, seconds from the scenario's start
    kinds            truncated: a real frame cut short; garbage: random bytes; oversized: too long
    """

    rate_per_s: float
    from_s: float = 0.0
    until_s: float | None = None
    kinds: tuple[FaultKind, ...] = ("truncated", "garbage", "oversized")


class _Pose(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every sensor has. height_m is above the site's ground; feed names a [[feed]]."""

    id: str
    name: str
    feed: str
    lat_deg: float
    lon_deg: float
    height_m: float = 10.0
    range_max_m: float
    period_s: float
    detection_probability: float = 0.9
    false_per_scan: float = 0.0
    latency_s: float = 0.0
    faults: Faults | None = None


class SurveillanceRadar(_Pose, frozen=True, kw_only=True, tag="surveillance_radar"):
    """Rotating primary and Mode S radar: ASTERIX 048 plots, 034 north and sector messages.

    range_1m2_m          where a 1 m² target is detected with probability 0.9 (Swerling 1)
    small_target_factor  what is left of that after the moving-target filter, for drones and birds
    """

    sac: int
    sic: int
    range_1m2_m: float = 47_000.0
    small_target_factor: float = 0.03
    range_sd_m: float = 60.0
    azimuth_sd_deg: float = 0.08


class DroneRadar(_Pose, frozen=True, kw_only=True, tag="drone_radar"):
    """Staring short-range radar: SAPIENT range, azimuth and elevation with a class guess."""

    node_id: str
    range_1m2_m: float = 22_000.0
    range_sd_m: float = 6.0
    azimuth_sd_deg: float = 0.5
    elevation_sd_deg: float = 0.8
    azimuth_from_deg: float = 0.0
    azimuth_width_deg: float = 360.0


class RfFinder(_Pose, frozen=True, kw_only=True, tag="rf_finder"):
    """Radio direction finder: SAPIENT bearings of what transmits."""

    node_id: str
    azimuth_sd_deg: float = 2.0


class RemoteIdReceiver(_Pose, frozen=True, kw_only=True, tag="remote_id_receiver"):
    """Hears the Remote ID broadcast of drones; passes the frames on over UDP."""


class AdsbReceiver(_Pose, frozen=True, kw_only=True, tag="adsb_receiver"):
    """Hears 1090 MHz extended squitter; speaks Beast."""


SensorSpec = SurveillanceRadar | DroneRadar | RfFinder | RemoteIdReceiver | AdsbReceiver


class Runway(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One direction of a runway: landing threshold, true course, length."""

    lat_deg: float
    lon_deg: float
    course_deg: float
    length_m: float


class _Actor(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every actor has.

    start_s   first appearance; before 0 it is already under way when the scenario begins
    repeat_s  it begins anew so long after each start, as another individual; None: once
    """

    name: str
    start_s: float = 0.0
    repeat_s: float | None = None


class Arrival(_Actor, frozen=True, kw_only=True, tag="arrival"):
    """Airliners that land one behind the other on a 3° path.

    callsigns   one an aircraft
    icao24      address of the first, hexadecimal; the next ones count up
    spacing_s   between two of them
    from_nm     where the final is joined, from the threshold
    base_nm     length of the base leg before it; its sign is the side (+ right of the course)
    """

    runway: Runway
    callsigns: list[str]
    icao24: str
    spacing_s: float = 200.0
    from_nm: float = 14.0
    base_nm: float = 10.0


class Departure(_Actor, frozen=True, kw_only=True, tag="departure"):
    """Airliners that take off, climb and turn to a course."""

    runway: Runway
    callsigns: list[str]
    icao24: str
    course_deg: float
    spacing_s: float = 200.0
    distance_nm: float = 25.0


class Hover(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="hover"):
    """Fly to a place, stay there, go home."""

    at: Place
    hold_s: float


class Route(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="route"):
    """Fly along waypoints (lat_deg, lon_deg), then home if return_home."""

    waypoints: list[Place]
    return_home: bool = True


class Orbit(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="orbit"):
    """Circle a place; turns counts the rounds, clockwise if above 0."""

    centre: Place
    radius_m: float
    turns: float = 2.0


class Survey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind", tag="survey"):
    """Mow a rectangle: lines along heading_deg, length_m long, spacing_m apart, over width_m."""

    centre: Place
    length_m: float
    width_m: float
    heading_deg: float = 0.0
    spacing_m: float = 40.0


Mission = Hover | Route | Orbit | Survey


class Multirotor(_Actor, frozen=True, kw_only=True, tag="multirotor"):
    """A multirotor drone and its pilot.

    home          where it takes off and lands, and where the pilot stands
    airborne      begin at the mission's first point, already flying
    serial        broadcast as Remote ID where remote_id is true
    emission_mhz  of its video link; None is silent
    """

    home: Place
    mission: Mission
    height_m: float
    speed_mps: float = 12.0
    airborne: bool = False
    authorised: bool = False
    serial: str = ""
    operator: str = ""
    remote_id: bool = False
    emission_mhz: float | None = None
    rcs_m2: float = 0.02


class Formation(_Actor, frozen=True, kw_only=True, tag="formation"):
    """Drones that keep station on a multirotor.

    leader   name of a [[actor]] of kind multirotor that stands before this one
    offsets  one a drone: right, ahead, up of the leader's course, m
    """

    leader: str
    offsets: list[tuple[float, float, float]]
    emission_mhz: float | None = None
    rcs_m2: float = 0.02


class Flock(_Actor, frozen=True, kw_only=True, tag="flock"):
    """Birds that wander about a place.

    height_m   lowest and highest
    speed_mps  slowest and fastest
    """

    centre: Place
    count: int = 6
    radius_m: float = 1_500.0
    height_m: tuple[float, float] = (15.0, 90.0)
    speed_mps: tuple[float, float] = (8.0, 18.0)
    spread_m: float = 25.0
    rcs_m2: float = 0.01


Actor = Arrival | Departure | Multirotor | Formation | Flock


class Authorisation(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Leave to fly: whose drone, in which zones, when (seconds from the start; None: open)."""

    serial: str
    operator: str = ""
    zones: list[str] = []
    from_s: float | None = None
    until_s: float | None = None


class Scenario(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One scenario as its file says it."""

    name: str
    title: str
    site: Site
    start: datetime
    summary: str = ""
    notice: list[str] = []
    zones: str | None = None
    feed: list[Feed] = []
    sensor: list[SensorSpec] = []
    authorisation: list[Authorisation] = []
    actor: list[Actor] = []

    @property
    def start_ns(self) -> int:
        """UTC of the first instant, as the file says it."""
        return ((self.start - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)) * 1_000

    def sensors(self) -> list[CoreSensor]:
        """The sensors as the node's configuration names them, marked as simulated."""
        return [core_sensor(spec, self.site) for spec in self.sensor]


_MODALITY: dict[type, tuple[Modality, Scan]] = {
    SurveillanceRadar: ("radar", "rotating"),
    DroneRadar: ("radar", "staring"),
    RfFinder: ("rf", "staring"),
    RemoteIdReceiver: ("remote_id", "self_report"),
    AdsbReceiver: ("adsb", "self_report"),
}


def source_of(spec: SensorSpec) -> str:
    """What the sensor's frames call it, as core.sensor spells sources."""
    match spec:
        case SurveillanceRadar():
            return f"asterix:{spec.sac}/{spec.sic}"
        case DroneRadar() | RfFinder():
            return f"sapient:{spec.node_id}"
        case RemoteIdReceiver():
            return f"remoteid:{spec.feed}"
        case AdsbReceiver():
            return f"adsb:{spec.feed}"


def core_sensor(spec: SensorSpec, site: Site) -> CoreSensor:
    """One sensor as core.sensor.Sensor; index is left to the node."""
    modality, scan = _MODALITY[type(spec)]
    return CoreSensor(
        id=spec.id,
        source=source_of(spec),
        name=spec.name,
        modality=modality,
        scan=scan,
        lat_deg=spec.lat_deg,
        lon_deg=spec.lon_deg,
        alt_m=site.ground_m + spec.height_m,
        period_s=spec.period_s,
        range_max_m=spec.range_max_m,
        azimuth_from_deg=spec.azimuth_from_deg if isinstance(spec, DroneRadar) else 0.0,
        azimuth_width_deg=spec.azimuth_width_deg if isinstance(spec, DroneRadar) else 360.0,
        detection_probability=spec.detection_probability,
        false_per_scan=spec.false_per_scan,
        range_sd_m=spec.range_sd_m if isinstance(spec, SurveillanceRadar | DroneRadar) else None,
        azimuth_sd_deg=(
            spec.azimuth_sd_deg if isinstance(spec, SurveillanceRadar | DroneRadar | RfFinder) else None
        ),
        elevation_sd_deg=spec.elevation_sd_deg if isinstance(spec, DroneRadar) else None,
        simulated=True,
    )


def builtin_names() -> list[str]:
    """Names of the scenarios that come with Vedette."""
    return sorted(path.stem for path in BUILTIN.glob("*.toml"))


def scenario_path(name: str | Path) -> Path:
    """The file of a built-in name, or of a path; ConfigError lists what would have worked."""
    path = Path(name)
    if path.is_file():
        return path
    builtin = BUILTIN / f"{name}.toml"
    if builtin.is_file():
        return builtin
    known = ", ".join(builtin_names())
    raise ConfigError(str(name), f"a scenario file or one of: {known}", "no such file")


def load_scenario(name: str | Path) -> Scenario:
    """Read and check a scenario by path or built-in name; ConfigError says file, line and path."""
    path = scenario_path(name)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(str(path), "a readable UTF-8 file", str(error)) from error
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(str(path), "TOML", str(error)) from error
    try:
        scenario = msgspec.convert(raw, Scenario)
    except msgspec.ValidationError as error:
        raise _explain(path, text, raw, str(error)) from error
    _check(scenario, path, text)
    return scenario


def zones_path(scenario: Scenario, name: str | Path) -> Path | None:
    """The ED-318 file of a scenario that was loaded by this name; None if it has none."""
    return None if scenario.zones is None else scenario_path(name).parent / scenario.zones


def _place(path: Path, text: str, where: str) -> str:
    """`file:line: path` of a value."""
    line = line_of(text, where)
    shown = where.removeprefix("$.").removeprefix("$")
    at = f"{path}:{line}" if line else str(path)
    return f"{at}: {shown}" if shown else at


def _explain(path: Path, text: str, raw: dict[str, Any], message: str) -> ConfigError:
    """Turn msgspec's message into place, expected, came."""
    found = re.match(r"(.*?)(?: - at `(.*)`)?$", message, re.DOTALL)
    what, where = (found.group(1), found.group(2) or "$") if found else (message, "$")
    value = _value_at(raw, where)
    expected = re.match(r"Expected `(.*?)`(?:, got `(.*)`)?", what)
    if expected:
        return ConfigError(_place(path, text, where), expected.group(1), _shown(value))
    missing = re.match(r"Object missing required field `(.*)`", what)
    if missing:
        return ConfigError(_place(path, text, where), f"the setting '{missing.group(1)}'", "none")
    unknown = re.match(r"Object contains unknown field `(.*)`", what)
    if unknown:
        at = f"{where}.{unknown.group(1)}"
        return ConfigError(_place(path, text, at), "a known setting", f"'{unknown.group(1)}'")
    return ConfigError(_place(path, text, where), what, _shown(value))


def _shown(value: object) -> str:
    """A value as an error shows it: short."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _value_at(raw: object, where: str) -> object:
    """The value that msgspec's path means, or None."""
    value = raw
    for name, index in re.findall(r"([A-Za-z0-9_\-]+)|\[(\d+)\]", where.lstrip("$")):
        try:
            value = value[int(index)] if index else value[name]  # type: ignore[index]  # any shape at all
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _check(scenario: Scenario, path: Path, text: str) -> None:
    """What types cannot say: names that must exist, numbers that must be above 0."""

    def need(ok: bool, where: str, expected: str, came: object) -> None:
        if not ok:
            raise ConfigError(_place(path, text, where), expected, _shown(came))

    feeds = {feed.name: feed for feed in scenario.feed}
    need(
        scenario.start.tzinfo is not None,
        "$.start",
        "a time with its offset, such as 2026-11-20T17:30:00Z",
        scenario.start.isoformat(),
    )
    for i, spec in enumerate(scenario.sensor):
        at = f"$.sensor[{i}]"
        formats = {SurveillanceRadar: "asterix", RemoteIdReceiver: "remoteid", AdsbReceiver: "beast"}
        wanted = formats.get(type(spec), "sapient")
        known = [name for name, feed in feeds.items() if feed.format == wanted]
        need(
            spec.feed in known, f"{at}.feed", f"a [[feed]] of format {wanted}: {', '.join(known)}", spec.feed
        )
        need(spec.period_s > 0, f"{at}.period_s", "a number above 0", spec.period_s)
        need(spec.range_max_m > 0, f"{at}.range_max_m", "a number above 0", spec.range_max_m)
        need(
            0 < spec.detection_probability <= 1,
            f"{at}.detection_probability",
            "above 0 and at most 1",
            spec.detection_probability,
        )
    ids = [spec.id for spec in scenario.sensor]
    need(len(set(ids)) == len(ids), "$.sensor", "different ids", ids)
    _check_actors(scenario, need)


def _check_actors(scenario: Scenario, need: Any) -> None:
    """Leaders exist, addresses are addresses, names differ."""
    leaders: list[str] = []
    names = [actor.name for actor in scenario.actor]
    need(len(set(names)) == len(names), "$.actor", "different names", names)
    for i, actor in enumerate(scenario.actor):
        at = f"$.actor[{i}]"
        repeat = actor.repeat_s
        need(repeat is None or repeat > 0, f"{at}.repeat_s", "a number above 0", repeat)
        match actor:
            case Formation():
                need(
                    actor.leader in leaders,
                    f"{at}.leader",
                    f"the name of a multirotor above ({', '.join(leaders)})",
                    actor.leader,
                )
            case Multirotor():
                leaders.append(actor.name)
                need(actor.speed_mps > 0, f"{at}.speed_mps", "a number above 0", actor.speed_mps)
                need(actor.height_m > 0, f"{at}.height_m", "a number above 0", actor.height_m)
                need(
                    not actor.remote_id or bool(actor.serial),
                    f"{at}.serial",
                    "a serial number, for it broadcasts Remote ID",
                    actor.serial,
                )
            case Arrival() | Departure():
                need(
                    bool(re.fullmatch(r"[0-9A-Fa-f]{6}", actor.icao24)),
                    f"{at}.icao24",
                    "six hexadecimal digits",
                    actor.icao24,
                )
            case Flock():
                need(actor.count > 0, f"{at}.count", "a number above 0", actor.count)


CLASS_INDEX = {name: index for index, name in enumerate(CLASSES)}
