"""Truth and pictures made by hand: something flies east, a track follows it at some of its seconds."""

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.evaluate import Picture, compare
from vedette.evaluate.picture import ALERT, IDENTITY, POINT
from vedette.evaluate.truth import TRUTH_ROW

T0 = 1_800_000_000 * NS_PER_S
LAT, LON = 50.9, 4.48
DEG_PER_M = 1 / 111_195.0
EAST_DEG_PER_M = DEG_PER_M / np.cos(np.radians(LAT))


def flight(ident, name, kind="multirotor", authorised=False, seconds=40, north_m=0.0):
    """Something that flies east at 10 m/s, a row a second."""
    rows = np.zeros(seconds, TRUTH_ROW)
    k = np.arange(seconds)
    rows["time_ns"], rows["id"], rows["name"] = T0 + k * NS_PER_S, ident, name
    rows["class"], rows["authorised"] = kind, authorised
    rows["lat_deg"], rows["lon_deg"] = LAT + north_m * DEG_PER_M, LON + 10.0 * k * EAST_DEG_PER_M
    rows["v_east"] = 10.0
    return rows


def shown(track_id, rows, seconds, kind="multirotor", leave="unknown", heard_ago_s=np.nan, off_m=0.0):
    """Track points on a truth at some of its seconds."""
    mine = rows[list(seconds)]
    points = np.zeros(len(mine), POINT)
    points["time_ns"], points["track_id"] = mine["time_ns"], track_id
    points["lat_deg"], points["lon_deg"] = mine["lat_deg"] + off_m * DEG_PER_M, mine["lon_deg"]
    points["v_east_mps"], points["heard_ago_s"] = 10.0, heard_ago_s
    points["class"], points["authorisation"] = kind, leave
    return points


def alert(second, track_id, state, zone="Z"):
    return (T0 + round(second * NS_PER_S), track_id, "zone-entry", zone, state, np.nan)


def identity(second, track_id, label, named, pilot=(np.nan, np.nan)):
    return (T0 + round(second * NS_PER_S), track_id, label, named, "unknown", *pilot)


def scored(truths, points, alerts=(), identities=(), zones=()):
    rows = np.concatenate(truths)
    rows = rows[np.argsort(rows["time_ns"], kind="stable")]
    picture = Picture(
        np.concatenate(points), np.array(list(alerts), ALERT), np.array(list(identities), IDENTITY)
    )
    return compare(picture, rows, zones).score
