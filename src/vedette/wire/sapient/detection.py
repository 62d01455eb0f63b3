"""SAPIENT DetectionReport to one observation.

    location              lat_deg, lon_deg, alt_m, position_sd_m and by axis, alt_sd_m
    range_bearing         range_m, azimuth_deg, elevation_deg and their errors, seen from the node
    detection_confidence  confidence
    classification        class_likelihood
    enu_velocity          v_east_mps, v_north_mps, v_up_mps, velocity_sd_mps, v_up_sd_mps
    signal                frequency_mhz, of the strongest
    object_id             a claim sensor_track "node/object", unless the node tracks nothing
    object_info,          a claim remote_id or icao24 instead, where one carries a serial number or an
    track_info            ICAO address

The report has no time of its own: the message's is the scan's.

Source: BSI Flex 335 v2.0, DetectionReport.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from sapient_msg.bsi_flex_335_v2_0.detection_report_pb2 import DetectionReport

from vedette.core.claim import Claim
from vedette.wire.sapient.classes import likelihood
from vedette.wire.sapient.location import place, polar
from vedette.wire.sapient.node import Node

_SERIAL: Final = frozenset(
    {"remoteid", "uasid", "uavid", "serialnumber", "uasserialnumber", "uavserialnumber", "droneserialnumber"}
)
_MAX_SPEED_MPS: Final = 10_000.0
_ADDRESS: Final = frozenset({"icao", "icao24", "icaoaddress", "modesaddress"})


def columns(report: DetectionReport, node: Node, undulation_m: float | None = None) -> dict[str, Any]:
    """What the report measured, as columns of an observation.

    Raises WireError where its position or its direction cannot be used.
    """
    values: dict[str, Any] = {}
    if report.HasField("location"):
        here = place(report.location, undulation_m)
        values |= here._asdict()
        del values["convergence_deg"]
    else:
        values |= polar(report.range_bearing, node.convergence_deg)._asdict()
    if report.HasField("detection_confidence") and 0.0 <= report.detection_confidence <= 1.0:
        values["confidence"] = report.detection_confidence
    if report.HasField("enu_velocity"):
        values |= _velocity(report, node.speed_mps)
    values["frequency_mhz"] = _frequency_mhz(report, node.frequency_mhz)
    values["class_likelihood"] = likelihood(report.classification)
    return values


def claim(report: DetectionReport, node_id: str, node: Node) -> Claim | None:
    """Who the target is said to be; None where nothing outlives the report."""
    description = report.id or None
    for name, value in _told(report):
        if name in _SERIAL:
            return Claim("remote_id", value, description=description)
        if name in _ADDRESS and re.fullmatch(r"[0-9A-Fa-f]{6}", value):
            return Claim("icao24", value.upper(), description=description)
    if not node.tracks:
        return None
    return Claim("sensor_track", f"{node_id}/{report.object_id}", description=description)


def _told(report: DetectionReport) -> Iterator[tuple[str, str]]:
    for info in (*report.object_info, *report.track_info):
        value = info.value.strip()
        if value:
            yield re.sub(r"[^a-z0-9]", "", info.type.lower()), value


def _velocity(report: DetectionReport, speed_mps: float) -> dict[str, float | None]:
    """Velocity; nothing where an axis is faster than anything that flies."""
    velocity = report.enu_velocity
    rates_mps = [rate * speed_mps for rate in (velocity.east_rate, velocity.north_rate, velocity.up_rate)]
    if max(abs(rate) for rate in rates_mps) > _MAX_SPEED_MPS:
        return {}
    errors = [error * speed_mps for error in (velocity.east_rate_error, velocity.north_rate_error)]
    known = [error for error in errors if 0.0 < error <= _MAX_SPEED_MPS]
    up_error = velocity.up_rate_error * speed_mps
    return {
        "v_east_mps": rates_mps[0],
        "v_north_mps": rates_mps[1],
        "v_up_mps": rates_mps[2] if velocity.HasField("up_rate") else None,
        "velocity_sd_mps": max(known, default=None),
        "v_up_sd_mps": up_error if 0.0 < up_error <= _MAX_SPEED_MPS else None,
    }


def _frequency_mhz(report: DetectionReport, unit_mhz: float | None) -> float | None:
    """Centre of the strongest signal.

    unit_mhz  megahertz in one unit, as the node registered it. Where it did not, the field is in hertz,
              as all of SAPIENT is in SI; what would then be below 1 MHz is no drone's and stays unknown.
    """
    strongest = max(report.signal, key=lambda signal: signal.amplitude, default=None)
    if strongest is None:
        return None
    frequency_mhz = strongest.centre_frequency * (1e-6 if unit_mhz is None else unit_mhz)
    lowest_mhz = 1.0 if unit_mhz is None else 1e-3
    return frequency_mhz if lowest_mhz <= frequency_mhz <= 1e6 else None
