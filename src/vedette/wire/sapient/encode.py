"""Observations to SAPIENT: whole framed messages of a sensor, for simulated sensors and tests.

Every id and every time is an argument, so the same arguments give the same bytes. Peers refuse
messages stamped more than 0.9 s before or 0.1 s after they arrive, and two detections less than 80 ms
apart unless they have one time: stamp a whole scan with one time, and never go backwards.

Ids come from wire.sapient.ids: node_uuid(name) and ulid(time_ns, number).

Source: BSI Flex 335 v2.0.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct
from sapient_msg.bsi_flex_335_v2_0 import location_pb2, range_bearing_pb2, velocity_pb2
from sapient_msg.bsi_flex_335_v2_0.detection_report_pb2 import DetectionReport
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport
from sapient_msg.bsi_flex_335_v2_0.velocity_pb2 import ENUVelocity

from vedette.core.sensor import Health, Modality, Scan
from vedette.core.units import DEGREE_M
from vedette.wire.sapient.classes import PATHS
from vedette.wire.sapient.frame import encode_frame
from vedette.wire.sapient.replies import timestamp

ICD_VERSION: Final = "BSI Flex 335 v2.0"
MODE: Final = "Default"

_NODE_TYPE: Final[Mapping[Modality, tuple[Registration.NodeType, tuple[str, ...]]]] = {
    "radar": (Registration.NODE_TYPE_RADAR, ()),
    "rf": (Registration.NODE_TYPE_PASSIVE_RF, ()),
    "camera": (Registration.NODE_TYPE_CAMERA, ()),
    "acoustic": (Registration.NODE_TYPE_ACOUSTIC, ()),
    "adsb": (Registration.NODE_TYPE_PASSIVE_RF, ("ADS-B",)),
    "remote_id": (Registration.NODE_TYPE_PASSIVE_RF, ("Remote ID",)),
    "mlat": (Registration.NODE_TYPE_PASSIVE_RF, ("MLAT",)),
    "fusion": (Registration.NODE_TYPE_FUSION_NODE, ()),
    "human": (Registration.NODE_TYPE_HUMAN, ()),
}
_SCAN_TYPE: Final[Mapping[Scan, Registration.ScanType]] = {
    "rotating": Registration.SCAN_TYPE_SCANNING,
    "staring": Registration.SCAN_TYPE_FIXED,
    "event": Registration.SCAN_TYPE_STEERABLE,
    "self_report": Registration.SCAN_TYPE_FIXED,
}
_SYSTEM: Final[Mapping[Health, StatusReport.System]] = {
    "ok": StatusReport.SYSTEM_OK,
    "degraded": StatusReport.SYSTEM_WARNING,
    "fault": StatusReport.SYSTEM_ERROR,
    "silent": StatusReport.SYSTEM_GOODBYE,
    "unknown": StatusReport.SYSTEM_OK,
}


class Detected(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a detection may tell beside where it is.

    confidence     that there is something, 0 to 1
    classes        probability by name of core.classes.CLASSES; they need not sum to 1
    v_*_mps        velocity, east, north and up
    velocity_sd_mps  1 sigma on each axis
    frequency_mhz  centre of a radio emission, with its amplitude_db
    remote_id      a serial number that the sensor read
    """

    confidence: float | None = None
    classes: dict[str, float] = {}
    v_east_mps: float | None = None
    v_north_mps: float | None = None
    v_up_mps: float | None = None
    velocity_sd_mps: float | None = None
    frequency_mhz: float | None = None
    amplitude_db: float = 0.0
    remote_id: str | None = None


NOTHING_MORE: Final = Detected()


def registration(
    node_id: str,
    time_ns: int,
    name: str,
    modality: Modality,
    *,
    scan: Scan = "event",
    period_s: float | None = None,
    range_max_m: float | None = None,
    polar: bool = False,
    tracks: bool = False,
    status_interval_s: float = 5.0,
) -> bytes:
    """Registration of a sensor with one mode.

    polar   its detections are ranges and bearings, not locations
    tracks  its object ids stay with an object from one report to the next
    """
    node_type, sub_types = _NODE_TYPE[modality]
    content = Registration(
        node_definition=[Registration.NodeDefinition(node_type=node_type, node_sub_type=sub_types)],
        icd_version=ICD_VERSION,
        name=name,
        capabilities=_capabilities(modality, range_max_m),
        status_definition=Registration.StatusDefinition(
            status_interval=_seconds(status_interval_s),
            location_definition=_location_type(polar=False),
            field_of_view_definition=_location_type(polar=True),
        ),
        mode_definition=[_mode(scan, period_s, polar=polar, tracks=tracks)],
        config_data=[Registration.ConfigurationData(manufacturer="Vedette", model=f"simulated {modality}")],
    )
    return _framed(node_id, time_ns, SapientMessage(registration=content))


def status_report(
    node_id: str,
    time_ns: int,
    report_id: str,
    *,
    lat_deg: float | None = None,
    lon_deg: float | None = None,
    alt_m: float | None = None,
    health: Health = "ok",
    azimuth_from_deg: float = 0.0,
    azimuth_width_deg: float = 360.0,
    range_max_m: float | None = None,
    note: str = "",
    new: bool = True,
) -> bytes:
    """StatusReport: where the sensor stands and how it is; new is false where nothing changed.

    alt_m  above the ellipsoid
    """
    content = StatusReport(
        report_id=report_id,
        system=_SYSTEM[health],
        info=StatusReport.INFO_NEW if new else StatusReport.INFO_UNCHANGED,
        mode=MODE,
    )
    if lat_deg is not None and lon_deg is not None:
        content.node_location.CopyFrom(_location(lat_deg, lon_deg, alt_m, None, None))
    if range_max_m is not None:
        content.field_of_view.range_bearing.CopyFrom(
            range_bearing_pb2.RangeBearingCone(
                azimuth=(azimuth_from_deg + azimuth_width_deg / 2) % 360.0,
                horizontal_extent=azimuth_width_deg,
                range=range_max_m,
                coordinate_system=range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M,
                datum=range_bearing_pb2.RANGE_BEARING_DATUM_TRUE,
            )
        )
    if note:
        content.status.add(
            status_level=StatusReport.STATUS_LEVEL_INFORMATION_STATUS,
            status_type=StatusReport.STATUS_TYPE_OTHER,
            status_value=note,
        )
    return _framed(node_id, time_ns, SapientMessage(status_report=content))


def detection_location(
    node_id: str,
    time_ns: int,
    report_id: str,
    object_id: str,
    lat_deg: float,
    lon_deg: float,
    *,
    alt_m: float | None = None,
    position_sd_m: float | None = None,
    alt_sd_m: float | None = None,
    more: Detected = NOTHING_MORE,
) -> bytes:
    """DetectionReport of a thing at a WGS-84 position; alt_m is above the ellipsoid."""
    content = _detection(report_id, object_id, more)
    content.location.CopyFrom(_location(lat_deg, lon_deg, alt_m, position_sd_m, alt_sd_m))
    return _framed(node_id, time_ns, SapientMessage(detection_report=content))


def detection_range_bearing(
    node_id: str,
    time_ns: int,
    report_id: str,
    object_id: str,
    *,
    azimuth_deg: float | None = None,
    azimuth_sd_deg: float | None = None,
    elevation_deg: float | None = None,
    elevation_sd_deg: float | None = None,
    range_m: float | None = None,
    range_sd_m: float | None = None,
    more: Detected = NOTHING_MORE,
) -> bytes:
    """DetectionReport of a thing seen from the sensor; without range_m it is a bearing.

    azimuth_deg    clockwise from true north
    elevation_deg  up from the sensor's horizontal
    """
    content = _detection(report_id, object_id, more)
    content.range_bearing.CopyFrom(
        range_bearing_pb2.RangeBearing(
            azimuth=azimuth_deg,
            azimuth_error=azimuth_sd_deg,
            elevation=elevation_deg,
            elevation_error=elevation_sd_deg,
            range=range_m,
            range_error=range_sd_m,
            coordinate_system=range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M,
            datum=range_bearing_pb2.RANGE_BEARING_DATUM_TRUE,
        )
    )
    return _framed(node_id, time_ns, SapientMessage(detection_report=content))


def _detection(report_id: str, object_id: str, more: Detected) -> DetectionReport:
    content = DetectionReport(
        report_id=report_id,
        object_id=object_id,
        detection_confidence=more.confidence,
        classification=_classification(more.classes),
    )
    if more.v_east_mps is not None and more.v_north_mps is not None:
        sd_mps = more.velocity_sd_mps
        content.enu_velocity.CopyFrom(
            ENUVelocity(
                east_rate=more.v_east_mps,
                north_rate=more.v_north_mps,
                up_rate=more.v_up_mps,
                east_rate_error=sd_mps,
                north_rate_error=sd_mps,
                up_rate_error=sd_mps if more.v_up_mps is not None else None,
            )
        )
    if more.frequency_mhz is not None:
        content.signal.add(amplitude=more.amplitude_db, centre_frequency=more.frequency_mhz)
    if more.remote_id is not None:
        content.object_info.add(type="Remote ID", value=more.remote_id)
    return content


def _classification(classes: Mapping[str, float]) -> Iterable[DetectionReport.DetectionReportClassification]:
    """One entry for each top of the tree; under it its classes, the most likely first."""
    tops: dict[str, list[tuple[float, str]]] = {}
    for name, probability in sorted(classes.items(), key=lambda item: (-item[1], item[0])):
        top, *sub = PATHS[name]
        tops.setdefault(top, []).append((probability, sub[0] if sub else ""))
    for top, entries in tops.items():
        yield DetectionReport.DetectionReportClassification(
            type=top,
            confidence=min(1.0, math.fsum(probability for probability, _ in entries)),
            sub_class=[
                DetectionReport.SubClass(type=sub, confidence=probability, level=1)
                for probability, sub in entries
                if sub
            ],
        )


def _location(
    lat_deg: float, lon_deg: float, alt_m: float | None, position_sd_m: float | None, alt_sd_m: float | None
) -> location_pb2.Location:
    x_error = y_error = None
    if position_sd_m is not None:
        y_error = position_sd_m / DEGREE_M
        x_error = y_error / max(math.cos(math.radians(lat_deg)), 1e-6)
    return location_pb2.Location(
        x=lon_deg,
        y=lat_deg,
        z=alt_m,
        x_error=x_error,
        y_error=y_error,
        z_error=alt_sd_m if alt_m is not None else None,
        coordinate_system=location_pb2.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M,
        datum=location_pb2.LOCATION_DATUM_WGS84_E,
    )


def _capabilities(modality: Modality, range_max_m: float | None) -> Iterable[Registration.Capability]:
    yield Registration.Capability(category="Sensor", type="Modality", value=modality)
    if range_max_m is not None:
        yield Registration.Capability(
            category="Sensor", type="Maximum Range", value=f"{range_max_m:g}", units="m"
        )


def _mode(scan: Scan, period_s: float | None, *, polar: bool, tracks: bool) -> Registration.ModeDefinition:
    performance = []
    if period_s is not None:
        performance = [
            Registration.PerformanceValue(type="Update Period", units="s", unit_value=f"{period_s:g}")
        ]
    detection = Registration.DetectionDefinition(
        location_type=_location_type(polar=polar),
        detection_performance=performance,
        detection_report=[
            Registration.DetectionReport(
                category=Registration.DETECTION_REPORT_CATEGORY_SIGNAL, type="Centre Frequency", units="MHz"
            )
        ],
        detection_class_definition=[
            Registration.DetectionClassDefinition(
                confidence_definition=Registration.CONFIDENCE_DEFINITION_MULTI_CLASS,
                class_definition=[
                    Registration.ClassDefinition(type=top, units="probability")
                    for top in dict.fromkeys(path[0] for path in PATHS.values())
                ],
            )
        ],
        velocity_type=Registration.VelocityType(
            enu_velocity_units=velocity_pb2.ENUVelocityUnits(
                east_north_rate_units=velocity_pb2.SPEED_UNITS_MS, up_rate_units=velocity_pb2.SPEED_UNITS_MS
            ),
            location_datum=location_pb2.LOCATION_DATUM_WGS84_E,
        ),
    )
    return Registration.ModeDefinition(
        mode_name=MODE,
        mode_type=Registration.MODE_TYPE_PERMANENT,
        settle_time=_seconds(0.0),
        scan_type=_SCAN_TYPE[scan],
        tracking_type=Registration.TRACKING_TYPE_TRACKLET if tracks else Registration.TRACKING_TYPE_NONE,
        detection_definition=[detection],
        task=Registration.TaskDefinition(
            region_definition=Registration.RegionDefinition(
                region_type=[Registration.REGION_TYPE_AREA_OF_INTEREST],
                region_area=[_location_type(polar=False)],
            )
        ),
    )


def _location_type(*, polar: bool) -> Registration.LocationType:
    if polar:
        return Registration.LocationType(
            range_bearing_units=range_bearing_pb2.RANGE_BEARING_COORDINATE_SYSTEM_DEGREES_M,
            range_bearing_datum=range_bearing_pb2.RANGE_BEARING_DATUM_TRUE,
        )
    return Registration.LocationType(
        location_units=location_pb2.LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M,
        location_datum=location_pb2.LOCATION_DATUM_WGS84_E,
    )


def _seconds(value: float) -> Registration.Duration:
    return Registration.Duration(units=Registration.TIME_UNITS_SECONDS, value=value)


def _framed(node_id: str, time_ns: int, message: SapientMessage) -> bytes:
    message.node_id = node_id
    message.timestamp.CopyFrom(timestamp(time_ns))
    return encode_frame(message)
