"""What a scenario says of sensors, and the sensor that the node's configuration makes of it."""

from typing import Literal

from msgspec import Struct

from vedette.core.sensor import Modality, Scan
from vedette.core.sensor import Sensor as CoreSensor
from vedette.simulate.spec.place import Site

FaultKind = Literal["truncated", "garbage", "oversized"]


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
