"""Simulated scenes for the tracker: targets on known paths, a radar that turns, clutter.

Everything is made from a seed, by plain geometry, and shares no code with the program's simulator.
"""

import math

import numpy as np

from vedette.core.observation import OBSERVATION
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import geodetic_from_enu

T0 = 1_700_000_000 * NS_PER_S
SITE = (50.9, 4.48)
ORIGIN = np.array([*SITE, 0.0])


def radar(index=0, **fields):
    """A 3-D radar at the origin that turns once in a second."""
    told = {
        "id": f"R{index}", "index": index, "source": f"r{index}", "scan": "rotating", "lat_deg": SITE[0],
        "lon_deg": SITE[1], "alt_m": 0.0, "period_s": 1.0, "range_max_m": 20_000.0, "false_per_scan": 2.0,
        "range_sd_m": 10.0, "azimuth_sd_deg": 0.2, "elevation_sd_deg": 0.3, "detection_probability": 0.9,
    }  # fmt: skip
    return Sensor(**{**told, **fields})


def blank(n):
    """Rows that say nothing."""
    rows = np.zeros(n, OBSERVATION)
    for name in OBSERVATION.names:
        if OBSERVATION[name].base.kind == "f":
            rows[name] = np.nan
    return rows


def polar(time_ns, east, north, up, sensor=0, **columns):
    """Rows (n,) of targets at local places as a radar at the origin measures them, without noise."""
    east, north, up = (np.atleast_1d(np.asarray(v, float)) for v in (east, north, up))
    rows = blank(len(east))
    ground = np.hypot(east, north)
    rows["valid_ns"] = time_ns
    rows["heard_ns"] = time_ns
    rows["sensor"] = sensor
    rows["range_m"] = np.hypot(ground, up)
    rows["azimuth_deg"] = np.degrees(np.arctan2(east, north)) % 360.0
    rows["elevation_deg"] = np.degrees(np.arctan2(up, ground))
    for name, value in columns.items():
        rows[name] = value
    return rows


def place(time_ns, east, north, up, sensor=0, **columns):
    """One row with a position in degrees."""
    lat, lon, alt = geodetic_from_enu(ORIGIN, np.array([[float(east), float(north), float(up)]]))[0]
    rows = blank(1)
    rows["valid_ns"] = rows["heard_ns"] = time_ns
    rows["sensor"] = sensor
    rows["lat_deg"], rows["lon_deg"], rows["alt_m"] = lat, lon, alt
    for name, value in columns.items():
        rows[name] = value
    return rows


def turns(targets, seconds, seed, *, pd=0.9, false_per_scan=2.0, range_max_m=20_000.0):
    """What a turning radar sees of targets (n, 6) that fly straight: rows in the order of time.

    targets  (n, 6) east, north, up, m, and velocities, m/s, at T0
    """
    rng = np.random.default_rng(seed)
    out = []
    for turn in range(seconds):
        seen = rng.random(len(targets)) < pd
        for state in targets[seen]:
            t = float(turn)
            for _ in range(3):  # when the beam points at where it then is
                at = state[:3] + t * state[3:]
                t = turn + (math.atan2(at[0], at[1]) / (2.0 * math.pi)) % 1.0
            row = polar(T0 + round(t * NS_PER_S), *(state[:3] + t * state[3:]))
            row["range_m"] += rng.normal(0.0, 10.0)
            row["azimuth_deg"] += rng.normal(0.0, 0.2)
            row["elevation_deg"] += rng.normal(0.0, 0.3)
            out.append(row)
        for _ in range(rng.poisson(false_per_scan)):
            angle = rng.uniform(0.0, 2.0 * math.pi)
            away, height = rng.uniform(500.0, range_max_m), rng.uniform(20.0, 500.0)
            t_ns = T0 + round((turn + angle / (2.0 * math.pi)) * NS_PER_S)
            out.append(polar(t_ns, away * math.sin(angle), away * math.cos(angle), height))
    rows = np.concatenate(out)
    return rows[np.argsort(rows["valid_ns"], kind="stable")]


def best(state):
    """The tracks (n,), one row each: the leaf of each that is shown, in the order of their ids."""
    rows = np.flatnonzero(state.tracks.shown)
    out = state.tracks.take(rows[np.argsort(state.tracks.track_id[rows], kind="stable")])
    assert out.track_id.tolist() == sorted(set(state.tracks.track_id.tolist())), "one row a track is shown"
    return out


def sound(state):
    """Nothing in the state is NaN or infinite, covariances are covariances, and hypotheses fit the tracks."""
    t = state.tracks
    for name in ("x", "P", "mu", "r", "class_p"):
        assert np.isfinite(getattr(t, name)).all(), name
    assert ((t.r >= 0.0) & (t.r <= 1.0)).all()
    assert np.allclose(t.mu.sum(axis=1), 1.0)
    assert np.allclose(t.class_p.sum(axis=1), 1.0)
    assert (np.diagonal(t.P, axis1=2, axis2=3) >= 0.0).all()
    table = state.clusters
    assert len(set(best(state).track_id.tolist())) == len(best(state))
    inside = np.zeros(len(t), np.bool_)
    for c in range(len(table)):
        weights = table.log_w[table.first_hyp[c] : table.first_hyp[c + 1]]
        assert len(weights) > 1
        assert abs(np.exp(weights).sum() - 1.0) < 1e-6
        block = table.leaf[table.first_leaf[c] : table.first_leaf[c + 1]].reshape(len(weights), -1)
        ids = t.track_id[block]
        assert (ids == ids[0]).all(), "each hypothesis has one leaf of each target, in one order"
        assert len(set(ids[0].tolist())) == ids.shape[1]
        leaves = np.unique(block)
        assert not inside[leaves].any(), "no leaf in two clusters"
        inside[leaves] = True
        mine = np.isin(t.track_id, ids[0])
        assert np.array_equal(np.flatnonzero(mine), leaves), "a cluster has all rows of its targets"
    alone = t.track_id[~inside]
    assert len(set(alone.tolist())) == len(alone)


def ticks(rows, seconds, cut_ns, start_ns=T0):
    """(tick end, rows heard in it) until `seconds` after start; cut_ns gives each tick's length."""
    end_ns = start_ns
    done = 0
    while end_ns < start_ns + seconds * NS_PER_S:
        end_ns += cut_ns()
        upto = int(np.searchsorted(rows["valid_ns"], end_ns))
        yield end_ns, rows[done:upto]
        done = upto
