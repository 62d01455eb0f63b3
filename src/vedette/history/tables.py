"""The tables of a history file: one place that makes them, fills them and documents them.

track_point     one row a track and picture        time_ns, track_id, lat_deg, lon_deg, …
smoothed_point  one row a track and second         the same after the fact, where somebody made it
alert           one row a change of an alert       entries with one alert_id are its life
identity        one row a change of an identity    who, what, whether it may, and why
advice          one row an airport and second       whether it can stay open, and why
sensor_status   one row a sensor and report        health and counters
meta            key, value                         schema, and what else the owner notes

Times are UTC nanoseconds, angles degrees, heights metres above the WGS-84 ellipsoid except
`baro_alt_m`. What is not known is NULL.
"""

from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.core.advice import Advice
from vedette.core.alert import Alert
from vedette.core.classes import CLASSES, Authorisation
from vedette.core.identity import Identity
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.sensor import SensorStatus
from vedette.core.trajectory import SMOOTHED

SCHEMA: Final = "1"

# Values by column, (n,) each; DuckDB reads them where they are.
Columns = dict[str, NDArray[Any]]

CREATE: Final = (
    """
    CREATE TABLE IF NOT EXISTS track_point(
        time_ns BIGINT, track_id BIGINT, lat_deg DOUBLE, lon_deg DOUBLE, alt_m FLOAT,
        v_east_mps FLOAT, v_north_mps FLOAT, v_up_mps FLOAT, existence FLOAT,
        class VARCHAR, authorisation VARCHAR,
        alt_sd_m FLOAT, baro_alt_m FLOAT, speed_sd_mps FLOAT,
        sd_major_m FLOAT, sd_minor_m FLOAT, sd_angle_deg FLOAT,
        class_probability FLOAT, status VARCHAR, alert_level UTINYINT, heard_ns BIGINT)
    """,
    """
    CREATE TABLE IF NOT EXISTS smoothed_point(
        time_ns BIGINT, track_id BIGINT, lat_deg DOUBLE, lon_deg DOUBLE, alt_m FLOAT, alt_sd_m FLOAT,
        v_east_mps FLOAT, v_north_mps FLOAT, v_up_mps FLOAT, speed_sd_mps FLOAT, v_up_sd_mps FLOAT,
        sd_major_m FLOAT, sd_minor_m FLOAT, sd_angle_deg FLOAT, plots FLOAT)
    """,
    """
    CREATE TABLE IF NOT EXISTS alert(
        time_ns BIGINT, track_id BIGINT, rule VARCHAR, zone VARCHAR, state VARCHAR,
        alert_id VARCHAR, severity VARCHAR, probability DOUBLE, time_to_entry_s DOUBLE,
        lat_deg DOUBLE, lon_deg DOUBLE, label VARCHAR, zone_name VARCHAR, reasons VARCHAR[],
        kind VARCHAR, members BIGINT[], sensor VARCHAR, part_of VARCHAR, raised_ns BIGINT,
        acknowledged_by VARCHAR, acknowledged_ns BIGINT, escalated INTEGER,
        suppressed_by VARCHAR, suppressed_why VARCHAR, suppressed_until_ns BIGINT)
    """,
    """
    CREATE TABLE IF NOT EXISTS identity(
        time_ns BIGINT, track_id BIGINT, label VARCHAR, since_ns BIGINT, authorisation VARCHAR,
        classes MAP(VARCHAR, DOUBLE), reasons VARCHAR[], claims VARCHAR, sensors VARCHAR[])
    """,
    """
    CREATE TABLE IF NOT EXISTS advice(
        time_ns BIGINT, airport VARCHAR, advice_id VARCHAR, level VARCHAR, action VARCHAR, since_ns BIGINT,
        there DOUBLE, there_low DOUBLE, there_high DOUBLE, near DOUBLE, near_low DOUBLE, near_high DOUBLE,
        covered DOUBLE, reopen_in_s DOUBLE, state VARCHAR, reasons VARCHAR[], changes VARCHAR[],
        whole VARCHAR)
    """,
    """
    CREATE TABLE IF NOT EXISTS sensor_status(
        time_ns BIGINT, sensor_id VARCHAR, health VARCHAR, detail VARCHAR, last_heard_ns BIGINT,
        frames BIGINT, observations BIGINT, quarantined MAP(VARCHAR, BIGINT))
    """,
    "CREATE TABLE IF NOT EXISTS meta(key VARCHAR PRIMARY KEY, value VARCHAR)",
)

# Columns that a history of before may lack.
ADDED: Final = tuple(
    f"ALTER TABLE alert ADD COLUMN IF NOT EXISTS {column}"
    for column in (
        "kind VARCHAR", "members BIGINT[]", "sensor VARCHAR", "part_of VARCHAR", "raised_ns BIGINT",
        "acknowledged_by VARCHAR", "acknowledged_ns BIGINT", "escalated INTEGER",
        "suppressed_by VARCHAR", "suppressed_why VARCHAR", "suppressed_until_ns BIGINT",
    )
)  # fmt: skip

TIMED: Final = ("track_point", "smoothed_point", "alert", "identity", "advice", "sensor_status")


def _case(column: str, names: dict[int, str]) -> str:
    """SQL for the name of a number; NULL where it has none."""
    return f"CASE {column} " + " ".join(f"WHEN {i} THEN '{name}'" for i, name in names.items()) + " END"


# `given` is the relation that holds the columns of one insert.
INSERT_TRACKS: Final = f"""
    INSERT INTO track_point SELECT
        time_ns, track_id, lat_deg, lon_deg, alt_m, v_east_mps, v_north_mps, v_up_mps, existence,
        {_case("class_index", dict(enumerate(CLASSES)))},
        {_case("authorisation", {member.value: member.name.lower() for member in Authorisation})},
        alt_sd_m, baro_alt_m, speed_sd_mps, sd_major_m, sd_minor_m, sd_angle_deg, class_probability,
        {_case("status", {member.value: member.name.lower() for member in TrackStatus})},
        alert, heard_ns
    FROM given
"""  # noqa: S608 -- made of our own constants only

INSERT_SMOOTHED: Final = """
    INSERT INTO smoothed_point SELECT
        time_ns, track_id, lat_deg, lon_deg, alt_m, alt_sd_m, v_east_mps, v_north_mps, v_up_mps,
        speed_sd_mps, v_up_sd_mps, sd_major_m, sd_minor_m, sd_angle_deg, plots
    FROM given
"""

INSERT_ALERTS: Final = """
    INSERT INTO alert SELECT
        time_ns, track_id, rule, zone, state, alert_id, severity, probability, time_to_entry_s::DOUBLE,
        lat_deg, lon_deg, label, zone_name, reasons::VARCHAR[],
        kind, members::BIGINT[], sensor, part_of, raised_ns::BIGINT,
        acknowledged_by, acknowledged_ns::BIGINT, escalated,
        suppressed_by, suppressed_why, suppressed_until_ns::BIGINT
    FROM given
"""

INSERT_IDENTITIES: Final = """
    INSERT INTO identity SELECT
        time_ns, track_id, label, since_ns, authorisation,
        map(class_names::VARCHAR[], class_values::DOUBLE[]), reasons::VARCHAR[], claims,
        sensors::VARCHAR[]
    FROM given
"""

INSERT_ADVICE: Final = """
    INSERT INTO advice SELECT
        time_ns, airport, advice_id, level, action, since_ns,
        there::DOUBLE, there_low::DOUBLE, there_high::DOUBLE,
        near::DOUBLE, near_low::DOUBLE, near_high::DOUBLE,
        covered, reopen_in_s::DOUBLE, state, reasons::VARCHAR[], changes::VARCHAR[], whole
    FROM given
"""

INSERT_STATUSES: Final = """
    INSERT INTO sensor_status SELECT
        time_ns, sensor_id, health, detail, last_heard_ns::BIGINT, frames, observations,
        map(refusal_names::VARCHAR[], refusal_counts::BIGINT[])
    FROM given
"""


def track_columns(rows: NDArray[np.void]) -> Columns:
    """Columns for INSERT_TRACKS from rows (n,) of TRACK. DuckDB reads NaN as NULL."""
    return {name: np.ascontiguousarray(rows[name]) for name in TRACK.names or ()}


def smoothed_columns(rows: NDArray[np.void]) -> Columns:
    """Columns for INSERT_SMOOTHED from rows (n,) of SMOOTHED."""
    return {name: np.ascontiguousarray(rows[name]) for name in SMOOTHED.names or ()}


def alert_columns(alerts: list[Alert]) -> Columns:
    """Columns for INSERT_ALERTS."""
    return {
        "time_ns": _integers([a.time_ns for a in alerts]),
        "track_id": _integers([a.track_id for a in alerts]),
        "rule": _objects([a.rule for a in alerts]),
        "zone": _objects([a.zone for a in alerts]),
        "state": _objects([a.state for a in alerts]),
        "alert_id": _objects([a.alert_id for a in alerts]),
        "severity": _objects([a.severity for a in alerts]),
        "probability": np.array([a.probability for a in alerts], np.float64),
        "time_to_entry_s": _objects([a.time_to_entry_s for a in alerts]),
        "lat_deg": np.array([a.lat_deg for a in alerts], np.float64),
        "lon_deg": np.array([a.lon_deg for a in alerts], np.float64),
        "label": _objects([a.label for a in alerts]),
        "zone_name": _objects([a.zone_name for a in alerts]),
        "reasons": _objects([a.reasons for a in alerts]),
        "kind": _objects([a.kind for a in alerts]),
        "members": _objects([a.members for a in alerts]),
        "sensor": _objects([a.sensor for a in alerts]),
        "part_of": _objects([a.part_of for a in alerts]),
        "raised_ns": _objects([a.raised_ns for a in alerts]),
        "acknowledged_by": _objects([a.acknowledged_by for a in alerts]),
        "acknowledged_ns": _objects([a.acknowledged_ns for a in alerts]),
        "escalated": _integers([a.escalated for a in alerts]),
        "suppressed_by": _objects([a.suppressed_by for a in alerts]),
        "suppressed_why": _objects([a.suppressed_why for a in alerts]),
        "suppressed_until_ns": _objects([a.suppressed_until_ns for a in alerts]),
    }


def identity_columns(identities: list[Identity]) -> Columns:
    """Columns for INSERT_IDENTITIES; claims go in as JSON text."""
    return {
        "time_ns": _integers([i.time_ns for i in identities]),
        "track_id": _integers([i.track_id for i in identities]),
        "label": _objects([i.label for i in identities]),
        "since_ns": _integers([i.since_ns for i in identities]),
        "authorisation": _objects([i.authorisation for i in identities]),
        "class_names": _objects([list(i.classes) for i in identities]),
        "class_values": _objects([list(i.classes.values()) for i in identities]),
        "reasons": _objects([i.reasons for i in identities]),
        "claims": _objects([msgspec.json.encode(i.claims).decode() for i in identities]),
        "sensors": _objects([i.sensors for i in identities]),
    }


def advice_columns(advices: list[Advice]) -> Columns:
    """Columns for INSERT_ADVICE; `whole` is all of it as JSON text."""
    there = [(a.there.p, a.there.low, a.there.high) if a.there else (None,) * 3 for a in advices]
    near = [(a.near.p, a.near.low, a.near.high) if a.near else (None,) * 3 for a in advices]
    return {
        "time_ns": _integers([a.time_ns for a in advices]),
        "airport": _objects([a.airport for a in advices]),
        "advice_id": _objects([a.advice_id for a in advices]),
        "level": _objects([a.level for a in advices]),
        "action": _objects([a.action for a in advices]),
        "since_ns": _integers([a.since_ns for a in advices]),
        **{
            name: _objects([row[k] for row in there])
            for k, name in enumerate(("there", "there_low", "there_high"))
        },
        **{
            name: _objects([row[k] for row in near])
            for k, name in enumerate(("near", "near_low", "near_high"))
        },
        "covered": np.array([a.covered for a in advices], np.float64),
        "reopen_in_s": _objects([a.reopen_in_s for a in advices]),
        "state": _objects([a.state.level for a in advices]),
        "reasons": _objects([a.reasons for a in advices]),
        "changes": _objects([a.changes for a in advices]),
        "whole": _objects([msgspec.json.encode(a).decode() for a in advices]),
    }


def status_columns(timed: list[tuple[int, SensorStatus]]) -> Columns:
    """Columns for INSERT_STATUSES from (time_ns, status)."""
    statuses = [status for _, status in timed]
    return {
        "time_ns": _integers([time_ns for time_ns, _ in timed]),
        "sensor_id": _objects([s.id for s in statuses]),
        "health": _objects([s.health for s in statuses]),
        "detail": _objects([s.detail for s in statuses]),
        "last_heard_ns": _objects([s.last_heard_ns for s in statuses]),
        "frames": _integers([s.frames for s in statuses]),
        "observations": _integers([s.observations for s in statuses]),
        "refusal_names": _objects([list(s.quarantined) for s in statuses]),
        "refusal_counts": _objects([list(s.quarantined.values()) for s in statuses]),
    }


def _integers(values: list[int]) -> NDArray[Any]:
    return np.array(values, np.int64)


def _objects(values: list[Any]) -> NDArray[Any]:
    """A column of Python values; lists stay lists."""
    column = np.empty(len(values), object)
    column[:] = values
    return column
