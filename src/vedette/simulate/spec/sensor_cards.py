"""The card of each simulated sensor: what the node's configuration says of it."""

from typing import Final

import msgspec

from vedette.core.sensor import Modality, Scan
from vedette.core.sensor import Sensor as CoreSensor
from vedette.simulate.spec.place import Format, Site
from vedette.simulate.spec.sensors import (
    AcousticArray,
    AdsbReceiver,
    Camera,
    CuasSystem,
    DroneRadar,
    HumanReports,
    Multilateration,
    RemoteIdReceiver,
    RfFinder,
    SensorSpec,
    SurveillanceRadar,
    SystemTracker,
)

# What it is, how it looks, and the format of its feed.
KINDS: Final[dict[type, tuple[Modality, Scan, Format]]] = {
    SurveillanceRadar: ("radar", "rotating", "asterix"),
    DroneRadar: ("radar", "staring", "sapient"),
    RfFinder: ("rf", "staring", "sapient"),
    RemoteIdReceiver: ("remote_id", "self_report", "remoteid"),
    AdsbReceiver: ("adsb", "self_report", "beast"),
    Multilateration: ("mlat", "event", "asterix"),
    Camera: ("camera", "staring", "sapient"),
    AcousticArray: ("acoustic", "staring", "sapient"),
    HumanReports: ("human", "event", "cot"),
    SystemTracker: ("fusion", "event", "asterix"),
    CuasSystem: ("fusion", "event", "courageous"),
}


def source_of(spec: SensorSpec) -> str:
    """What the sensor's frames call it, as core.sensor spells sources."""
    match spec:
        case SurveillanceRadar() | Multilateration() | SystemTracker():
            return f"asterix:{spec.sac}/{spec.sic}"
        case DroneRadar() | RfFinder() | Camera() | AcousticArray():
            return f"sapient:{spec.node_id}"
        case RemoteIdReceiver():
            return f"remoteid:{spec.feed}"
        case AdsbReceiver():
            return f"adsb:{spec.feed}"
        case HumanReports():
            return f"cot:{spec.id}"
        case CuasSystem():
            return f"courageous:{spec.id}"


def core_sensor(spec: SensorSpec, site: Site) -> CoreSensor:
    """One sensor as core.sensor.Sensor; index is left to the node."""
    modality, scan, _ = KINDS[type(spec)]
    has = msgspec.structs.asdict(spec)
    told = modality != "human"  # people's errors are told with each report
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
        azimuth_from_deg=has.get("azimuth_from_deg", 0.0),
        azimuth_width_deg=has.get("azimuth_width_deg", 360.0),
        detection_probability=spec.detection_probability,
        false_per_scan=spec.false_per_scan,
        range_sd_m=has.get("range_sd_m"),
        azimuth_sd_deg=has.get("azimuth_sd_deg") if told else None,
        elevation_sd_deg=has.get("elevation_sd_deg"),
        range_rate_sd_mps=has.get("doppler_sd_mps"),
        position_sd_m=has.get("position_sd_m"),
        simulated=True,
    )
