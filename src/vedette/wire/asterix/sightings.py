"""Records to measurements, claims and sensor reports: what each category says about the air.

    048  range and azimuth (slant, from local north), pressure altitude, range rate
    034  the radar itself: where it stands, how fast it turns, whether it is well
    010  position, or range and azimuth: surface radar (kind 3), multilateration
    021  position, heights and velocity with the sender's own accuracy: a self report
    062  another tracker's position, heights and velocity with its accuracy

A 048 record that says 'no detection', a 010 record that is extrapolated and a 062 track that coasts
hold a prediction, and a 048 or 010 record without a position that ends its track holds nothing: they
give no sighting. Local track velocities of 048 are a filter's output and are left out. Heights above
sea level (I048/110) or above a local plane (I010/091) have no column: they would need the sensor's own
height. A squawk or a flight level counts when its V and G bits are clear.
"""

import math
from typing import Any, Final

from vedette.core.claim import Claim, Scheme
from vedette.core.errors import WireError
from vedette.core.observation import CLEAR_OF_GROUND, ON_GROUND, SELF_REPORT, SIMULATED
from vedette.core.sensor import Health, Modality, Scan, SensorReport
from vedette.core.units import DEGREE_M
from vedette.wire.asterix.accuracy import alt_sd_m, position_sd_m, velocity_sd_mps
from vedette.wire.asterix.cat010 import EVENT_STATUS, PERIODIC_STATUS, TARGET_REPORT, Cat010
from vedette.wire.asterix.cat021 import Cat021
from vedette.wire.asterix.cat034 import Cat034
from vedette.wire.asterix.cat048 import Cat048
from vedette.wire.asterix.cat062 import Cat062
from vedette.wire.asterix.values import cartesian, polar

# Columns of an observation, and the claim; None where the record holds no measurement.
Sighting = tuple[dict[str, Any], Claim | None]

_ANONYMOUS: Final = 3  # I021/040 ATP: an address of the sender's own making
_OF_SURFACE_SENSOR: Final[dict[int, tuple[Modality, Scan]]] = {
    0: ("mlat", "event"),
    1: ("mlat", "event"),
    2: ("adsb", "self_report"),
    3: ("radar", "rotating"),
    5: ("mlat", "event"),
}


def _flags(record: Cat010 | Cat021 | Cat048 | Cat062, test: bool | None, on_ground: bool | None) -> int:
    flags = SIMULATED if record.simulated or test else 0
    if on_ground is None:
        return flags
    return flags | (ON_GROUND if on_ground else CLEAR_OF_GROUND)


def _squawk(record: Cat010 | Cat048 | Cat062) -> str | None:
    return record.squawk if record.squawk_validated and not record.squawk_garbled else None


def _baro_alt_m(record: Cat010 | Cat048) -> float | None:
    return record.baro_alt_m if record.baro_validated and not record.baro_garbled else None


def _note(record: Cat010 | Cat021 | Cat048) -> str | None:
    return "field monitor" if record.field_monitor else None


def sighting_048(record: Cat048) -> Sighting | None:
    """Read a radar plot."""
    if record.kind == 0:
        return None
    range_m, azimuth_deg = record.range_m, record.azimuth_deg
    if range_m is None and record.x_m is not None and record.y_m is not None:
        range_m, azimuth_deg = polar(record.x_m, record.y_m)
    if range_m is None and record.track_ended:
        return None
    if range_m is None or record.extended_range:
        raise WireError("no-position", "expected I048/040 within its range, or I048/042")
    on_ground = record.on_ground
    values = {
        "range_m": range_m,
        "azimuth_deg": azimuth_deg,
        "baro_alt_m": _baro_alt_m(record),
        "range_rate_mps": None if record.doppler_doubtful else record.doppler_mps,
        "flags": _flags(record, record.test, on_ground),
    }
    squawk = _squawk(record)
    if record.icao24 is None:
        return values, None if squawk is None else Claim(
            "mode_3a", squawk, squawk=squawk, on_ground=on_ground
        )
    emergency = "military" if record.military_emergency else None
    return values, Claim(
        "icao24",
        record.icao24,
        record.callsign,
        squawk,
        None,
        emergency,
        on_ground,
        description=_note(record),
    )


def _place_010(record: Cat010) -> dict[str, Any]:
    if record.lat_deg is not None:
        values: dict[str, Any] = {"lat_deg": record.lat_deg, "lon_deg": record.lon_deg}
    elif record.x_m is not None and record.y_m is not None:
        range_m, azimuth_deg = polar(record.x_m, record.y_m)
        values = {"range_m": range_m, "azimuth_deg": azimuth_deg}
    elif record.range_m is not None:
        values = {"range_m": record.range_m, "azimuth_deg": record.azimuth_deg}
    else:
        raise WireError("no-position", "expected I010/041, I010/042 or I010/040")
    if record.sd_x_m is None or record.sd_y_m is None:
        return values
    covariance_m2 = record.covariance_m2 or 0.0
    if "lat_deg" in values:
        return values | _position_errors(record.sd_x_m, record.sd_y_m, covariance_m2)
    along_m, across_m = _turned(record.sd_x_m, record.sd_y_m, covariance_m2, values["azimuth_deg"])
    values["range_sd_m"] = along_m
    values["azimuth_sd_deg"] = math.degrees(math.atan2(across_m, values["range_m"]))
    return values


def _position_errors(sd_east_m: float, sd_north_m: float, covariance_m2: float) -> dict[str, float | None]:
    """Columns of a horizontal error; a covariance that the deviations rule out is left out."""
    most_m2 = sd_east_m * sd_north_m
    return {
        "position_sd_m": math.hypot(sd_east_m, sd_north_m) / math.sqrt(2),
        "position_sd_east_m": sd_east_m,
        "position_sd_north_m": sd_north_m,
        "position_corr": covariance_m2 / most_m2 if abs(covariance_m2) < most_m2 else None,
    }


def _turned(
    sd_east_m: float, sd_north_m: float, covariance_m2: float, azimuth_deg: float
) -> tuple[float, float]:
    """Deviations along an azimuth and across it, m."""
    if abs(covariance_m2) >= sd_east_m * sd_north_m:
        covariance_m2 = 0.0
    s, c = math.sin(math.radians(azimuth_deg)), math.cos(math.radians(azimuth_deg))
    east_m2, north_m2, both_m2 = sd_east_m**2, sd_north_m**2, 2.0 * s * c * covariance_m2
    along_m2 = s * s * east_m2 + c * c * north_m2 + both_m2
    return math.sqrt(along_m2), math.sqrt(c * c * east_m2 + s * s * north_m2 - both_m2)


def _name_010(record: Cat010, squawk: str | None) -> tuple[Scheme, str] | None:
    if record.icao24 is not None:
        return "icao24", record.icao24
    if record.track_number is not None:
        return "sensor_track", f"{record.sac}/{record.sic}/{record.track_number}"
    return None if squawk is None else ("mode_3a", squawk)


def sighting_010(record: Cat010) -> Sighting | None:
    """Read a surface target report.

    East and north of the reference point are turned into range and azimuth. They lie in the ground
    plane and a slant range does not, which at the heights of surface targets is centimetres.
    """
    if record.message != TARGET_REPORT or record.extrapolated:
        return None
    if record.track_ended and record.lat_deg is None and record.x_m is None and record.range_m is None:
        return None
    on_ground = True if record.ground_bit else None
    values = _place_010(record)
    values["flags"] = _flags(record, record.test, on_ground)
    values["baro_alt_m"] = _baro_alt_m(record)
    if record.v_east_mps is not None:
        values["v_east_mps"], values["v_north_mps"] = record.v_east_mps, record.v_north_mps
    elif record.ground_speed_mps is not None and record.track_deg is not None:
        values["v_east_mps"], values["v_north_mps"] = cartesian(record.ground_speed_mps, record.track_deg)
    values["length_m"], values["width_m"] = record.length_m, record.width_m
    values["heading_deg"] = record.orientation_deg
    squawk = _squawk(record)
    name = _name_010(record, squawk)
    if name is None:
        return values, None
    return values, Claim(*name, record.callsign, squawk, on_ground=on_ground, description=_note(record))


def sighting_021(record: Cat021) -> Sighting:
    """Read an ADS-B report. An anonymous address is marked with a tilde: it is nobody's ICAO address."""
    if record.lat_deg is None or record.lon_deg is None:
        raise WireError("no-position", "expected I021/131 or I021/130")
    on_ground = record.ground_bit
    values: dict[str, Any] = {
        "lat_deg": record.lat_deg,
        "lon_deg": record.lon_deg,
        "alt_m": record.alt_m,
        "baro_alt_m": record.baro_alt_m,
        "position_sd_m": position_sd_m(record),
        "nac_p": record.nac_p,
        "alt_sd_m": None if record.alt_m is None else alt_sd_m(record),
        "v_up_mps": record.baro_climb_mps if record.climb_mps is None else record.climb_mps,
        "flags": _flags(record, record.test, on_ground) | SELF_REPORT,
    }
    if record.ground_speed_mps is not None and record.track_deg is not None:
        values["v_east_mps"], values["v_north_mps"] = cartesian(record.ground_speed_mps, record.track_deg)
        values["velocity_sd_mps"] = velocity_sd_mps(record)
    if record.icao24 is None:
        return values, None
    ident = f"~{record.icao24}" if record.address_kind == _ANONYMOUS else record.icao24
    emergency = record.emergency or ("military" if record.military_emergency else None)
    note = "position failed validation" if record.position_suspect else _note(record)
    return values, Claim(
        "icao24",
        ident,
        record.callsign,
        record.squawk,
        record.emitter,
        emergency,
        on_ground,
        description=note,
    )


def _position_errors_062(record: Cat062, lat_deg: float) -> dict[str, float | None]:
    covariance_m2 = 0.0 if record.sd_xy_m is None else math.copysign(record.sd_xy_m**2, record.sd_xy_m)
    if record.sd_lat_deg is not None and record.sd_lon_deg is not None:
        east_m = record.sd_lon_deg * DEGREE_M * math.cos(math.radians(lat_deg))
        return _position_errors(east_m, record.sd_lat_deg * DEGREE_M, covariance_m2)
    if record.sd_x_m is not None and record.sd_y_m is not None:
        return _position_errors(record.sd_x_m, record.sd_y_m, covariance_m2)
    return {}


def sighting_062(record: Cat062) -> Sighting | None:
    """Read a system track. Its velocity is along the system's own plane, taken for east and north."""
    if record.coasted:
        return None
    if record.lat_deg is None or record.lon_deg is None:
        reason = "no-position" if record.x_m is None else "no-reference"
        raise WireError(reason, "expected I062/105; the plane of I062/100 is not known")
    on_ground = record.on_ground
    values: dict[str, Any] = {
        "lat_deg": record.lat_deg,
        "lon_deg": record.lon_deg,
        "alt_m": record.alt_m,
        "baro_alt_m": record.baro_alt_m,
        "alt_sd_m": None if record.alt_m is None else record.alt_sd_m,
        "v_east_mps": record.v_east_mps,
        "v_north_mps": record.v_north_mps,
        "v_up_mps": record.climb_mps,
        "flags": _flags(record, None, on_ground),
    }
    values |= _position_errors_062(record, record.lat_deg)
    if record.sd_v_east_mps is not None and record.sd_v_north_mps is not None:
        values["velocity_sd_mps"] = math.hypot(record.sd_v_east_mps, record.sd_v_north_mps) / math.sqrt(2)
    callsign = record.downlinked_callsign or record.callsign
    said = (callsign, _squawk(record), record.emitter, record.emergency, on_ground)
    if record.icao24 is not None:
        return values, Claim("icao24", record.icao24, *said)
    if record.track_number is None:
        return values, None
    return values, Claim("system_track", f"{record.sac}/{record.sic}/{record.track_number}", *said)


def report_034(record: Cat034, source: str, heard_ns: int) -> SensorReport:
    """Read what a radar says of itself."""
    health: Health | None = None
    if record.no_go is not None:
        degraded = record.overload or record.time_source_invalid
        health = "fault" if record.no_go else "degraded" if degraded else "ok"
    return SensorReport(
        source,
        heard_ns,
        modality="radar",
        scan="rotating",
        lat_deg=record.lat_deg,
        lon_deg=record.lon_deg,
        alt_m=record.alt_m,
        period_s=record.period_s or None,
        health=health,
        detail=_detail(record),
    )


def report_010(record: Cat010, source: str, heard_ns: int) -> SensorReport | None:
    """Read what a surface system says of itself; None from a target report."""
    if record.message not in (PERIODIC_STATUS, EVENT_STATUS) or record.system is None:
        return None
    health: Health = "ok"
    if record.system == 1 or record.overload or record.time_source_invalid:
        health = "degraded"
    if record.system >= 2:
        health = "fault"
    return SensorReport(source, heard_ns, health=health, detail=_detail(record))


def _detail(record: Cat034 | Cat010) -> str | None:
    words = [
        word
        for word, holds in (
            ("overload", record.overload),
            ("time source invalid", record.time_source_invalid),
        )
        if holds
    ]
    return ", ".join(words) or None


def kind_of_sensor(record: Cat010 | Cat021 | Cat048 | Cat062) -> tuple[Modality, Scan] | None:
    """What kind of sensor sends such a record; None where the record does not tell."""
    if isinstance(record, Cat010):
        return None if record.kind is None else _OF_SURFACE_SENSOR.get(record.kind)
    if isinstance(record, Cat048):
        return "radar", "rotating"
    return ("adsb", "self_report") if isinstance(record, Cat021) else ("fusion", "event")
