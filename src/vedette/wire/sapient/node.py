"""What a SAPIENT node says of itself: Registration and StatusReport, to SensorReports.

    node_type                    modality
    RADAR                        radar
    CAMERA                       camera
    PASSIVE_RF                   rf; remote_id, adsb or mlat where a sub-type says so
    ACOUSTIC, SEISMIC            acoustic
    HUMAN                        human
    FUSION_NODE                  fusion
    any other                    not said

Only radars and cameras look at every target in turn: their mode's scan type is SCANNING (rotating)
or FIXED (staring). All others speak when they hear something. The period comes from a performance
value or capability named update, scan, refresh or rotation period, rate or speed; the range from one
named maximum or instrumented range, or from the field of view in a status.

Source: BSI Flex 335 v2.0, Registration and StatusReport.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from sapient_msg.bsi_flex_335_v2_0 import velocity_pb2
from sapient_msg.bsi_flex_335_v2_0.registration_pb2 import Registration
from sapient_msg.bsi_flex_335_v2_0.status_report_pb2 import StatusReport

from vedette.core.errors import WireError
from vedette.core.sensor import Health, Modality, Scan, SensorReport
from vedette.wire.sapient.location import Cone, Place, cone, place

_MODALITY: Final[Mapping[int, Modality]] = {
    Registration.NODE_TYPE_RADAR: "radar",
    Registration.NODE_TYPE_CAMERA: "camera",
    Registration.NODE_TYPE_PASSIVE_RF: "rf",
    Registration.NODE_TYPE_ACOUSTIC: "acoustic",
    Registration.NODE_TYPE_SEISMIC: "acoustic",
    Registration.NODE_TYPE_HUMAN: "human",
    Registration.NODE_TYPE_FUSION_NODE: "fusion",
}
_SUB_TYPE: Final[Mapping[str, Modality]] = {
    "remoteid": "remote_id",
    "remote id": "remote_id",
    "ads-b": "adsb",
    "adsb": "adsb",
    "mlat": "mlat",
    "multilateration": "mlat",
}
_SCAN: Final[Mapping[int, Scan]] = {
    Registration.SCAN_TYPE_FIXED: "staring",
    Registration.SCAN_TYPE_SCANNING: "rotating",
}
_HEALTH: Final[Mapping[int, Health]] = {
    StatusReport.SYSTEM_OK: "ok",
    StatusReport.SYSTEM_WARNING: "degraded",
    StatusReport.SYSTEM_ERROR: "fault",
    StatusReport.SYSTEM_GOODBYE: "silent",
}
_PERIOD_S: Final[Mapping[str, float]] = {
    "s": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "ms": 1e-3,
    "milliseconds": 1e-3,
}
_RATE_HZ: Final[Mapping[str, float]] = {
    "hz": 1.0,
    "rpm": 1 / 60,
    "degrees per second": 1 / 360,
    "deg/s": 1 / 360,
    "per second": 1.0,
}
_LENGTH_M: Final[Mapping[str, float]] = {
    "m": 1.0,
    "metres": 1.0,
    "meters": 1.0,
    "km": 1000.0,
    "kilometres": 1000.0,
    "kilometers": 1000.0,
}
_FREQUENCY_MHZ: Final[Mapping[str, float]] = {"hz": 1e-6, "khz": 1e-3, "mhz": 1.0, "ghz": 1e3}
_KPH_MPS: Final = 1000.0 / 3600.0


class Node(NamedTuple):
    """What must be remembered of a registered node to read its detections.

    tracks          whether its object_id stays with an object from one report to the next
    speed_mps       metres a second in one unit of its velocities
    frequency_mhz   megahertz in one unit of its frequencies; None where it did not say
    convergence_deg  grid north east of true north at the node; None unless it stands on a UTM grid
    """

    tracks: bool = True
    speed_mps: float = 1.0
    frequency_mhz: float | None = None
    convergence_deg: float | None = None


class Figure(NamedTuple):
    """A named quantity of a registration: "Maximum Range", "8", "km"."""

    name: str
    value: float
    units: str


def node(registration: Registration) -> Node:
    """What the registration says of the detections to come."""
    modes = registration.mode_definition
    definitions = [definition for mode in modes for definition in mode.detection_definition]
    speeds = {
        definition.velocity_type.enu_velocity_units.east_north_rate_units
        for definition in definitions
        if definition.HasField("velocity_type")
    }
    frequencies = [
        _FREQUENCY_MHZ.get(report.units.strip().lower())
        for definition in definitions
        for report in definition.detection_report
        if report.category == Registration.DETECTION_REPORT_CATEGORY_SIGNAL and "freq" in report.type.lower()
    ]
    return Node(
        tracks=any(mode.tracking_type != Registration.TRACKING_TYPE_NONE for mode in modes) or not modes,
        speed_mps=_KPH_MPS if speeds == {velocity_pb2.SPEED_UNITS_KPH} else 1.0,
        frequency_mhz=frequencies[0] if frequencies else None,
    )


def registered(registration: Registration, source: str, heard_ns: int) -> SensorReport:
    """The card of a node that registered."""
    modality = _modality(registration)
    figures = list(_figures(registration))
    return SensorReport(
        source=source,
        heard_ns=heard_ns,
        name=registration.name or registration.short_name or None,
        modality=modality,
        scan=_scan(registration, modality),
        period_s=_period_s(figures),
        range_max_m=_range_m(figures),
    )


def stood(
    status: StatusReport, source: str, heard_ns: int, undulation_m: float | None = None
) -> tuple[SensorReport, Place | None, list[str]]:
    """How and where a node is.

    Returns the report, the node's place where it said it, and the reasons of what could not be read.
    """
    refused: list[str] = []
    here: Place | None = None
    if status.HasField("node_location"):
        try:
            here = place(status.node_location, undulation_m)
        except WireError as error:
            refused.append(error.reason)
    view = _view(status, here.convergence_deg if here else None, refused)
    report = SensorReport(
        source=source,
        heard_ns=heard_ns,
        lat_deg=here.lat_deg if here else None,
        lon_deg=here.lon_deg if here else None,
        alt_m=here.alt_m if here else None,
        range_max_m=view.range_max_m if view else None,
        azimuth_from_deg=view.azimuth_from_deg if view else None,
        azimuth_width_deg=view.azimuth_width_deg if view else None,
        health=_HEALTH.get(status.system, "unknown"),
        detail=_detail(status),
    )
    return report, here, refused


def _view(status: StatusReport, convergence_deg: float | None, refused: list[str]) -> Cone | None:
    """The first cone among the field of view and the coverage; an outline has no place in a report."""
    views = ([status.field_of_view] if status.HasField("field_of_view") else []) + list(status.coverage)
    for view in views:
        if view.HasField("range_bearing"):
            try:
                return cone(view.range_bearing, convergence_deg)
            except WireError as error:
                refused.append(error.reason)
    return None


def _detail(status: StatusReport) -> str | None:
    """What is worth reading on the sensor's card."""
    parts = []
    for entry in status.status:
        kind = StatusReport.StatusType.Name(entry.status_type).removeprefix("STATUS_TYPE_")
        parts.append(": ".join(filter(None, (kind.replace("_", " ").lower(), entry.status_value))))
    if status.power.status == StatusReport.POWERSTATUS_FAULT:
        parts.insert(0, "power fault")
    if status.system == StatusReport.SYSTEM_GOODBYE:
        parts.insert(0, "said goodbye")
    return "; ".join(parts) or None


def _modality(registration: Registration) -> Modality | None:
    for definition in registration.node_definition:
        modality = _MODALITY.get(definition.node_type)
        if modality == "rf":
            said = " ".join(definition.node_sub_type).lower()
            return next((finer for word, finer in _SUB_TYPE.items() if word in said), "rf")
        if modality is not None:
            return modality
    return None


def _scan(registration: Registration, modality: Modality | None) -> Scan | None:
    if modality in ("radar", "camera"):
        return next(
            (_SCAN[mode.scan_type] for mode in registration.mode_definition if mode.scan_type in _SCAN),
            "event",
        )
    if modality in ("adsb", "remote_id"):
        return "self_report"
    return None if modality is None else "event"


def _figures(registration: Registration) -> Iterator[Figure]:
    for capability in registration.capabilities:
        yield from _figure(capability.type, capability.value, capability.units)
    for mode in registration.mode_definition:
        for definition in mode.detection_definition:
            for value in definition.detection_performance:
                yield from _figure(value.type, value.unit_value, value.units)


def _figure(name: str, value: str, units: str) -> Iterator[Figure]:
    try:
        number = float(value)
    except ValueError:
        return
    if math.isfinite(number) and number > 0.0:
        yield Figure(re.sub(r"[^a-z]+", " ", name.lower()).strip(), number, units.strip().lower())


def _period_s(figures: Iterable[Figure]) -> float | None:
    for figure in figures:
        if re.fullmatch(r"(update|scan|refresh|rotation) (period|time|interval)", figure.name):
            period_s = figure.value * _PERIOD_S.get(figure.units, math.nan)
        elif re.fullmatch(r"(update|scan|refresh|rotation) (rate|speed)", figure.name):
            period_s = 1.0 / (figure.value * _RATE_HZ.get(figure.units, math.nan))
        else:
            continue
        if 0.001 <= period_s <= 3600.0:
            return period_s
    return None


def _range_m(figures: Iterable[Figure]) -> float | None:
    for figure in figures:
        if re.fullmatch(r"(max|maximum|instrumented|detection)( detection)? range", figure.name):
            range_m = figure.value * _LENGTH_M.get(figure.units, math.nan)
            if 0.0 < range_m < 1e7:
                return range_m
    return None
