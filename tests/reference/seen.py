"""Tracks and plots from a seed, and what the kernels take of them: the scenes of the kernels' tests."""

import math

import numba
import numpy as np
from hypothesis import settings

from vedette.core.sensor import Sensor
from vedette.kernel.geodesy import mean_radius_m
from vedette.kernel.measurement import N_COMPONENTS, Look
from vedette.track.sensors import model
from vedette.track.settings import TrackerSettings

MODELS = TrackerSettings().motion()
ORIGIN = np.array([50.9, 4.5, 0.0])
FRAME = np.array([0.0, mean_radius_m(50.9)])
GATE_SD = 4.5
KINDS = (
    "ra", "rae", "raed", "rab", "a", "en", "enh", "enhv", "r", "e", "d", "rd", "ae", "enc", "t",
)  # fmt: skip


def a_sensor(rng, away_deg=0.5):
    """A sensor up to so far from the origin, in the sector's frame."""
    return model(
        Sensor(
            id="r", index=0, lat_deg=50.9 + rng.uniform(-1, 1) * away_deg,
            lon_deg=4.5 + rng.uniform(-1, 1) * away_deg, alt_m=rng.uniform(0.0, 400.0),
        ),
        ORIGIN,
    )  # fmt: skip


def some_tracks(rng, n, pose, apart=5_000.0, models_apart=5.0, n_models=3):
    """x, P, mu, r of n tracks around a point 3 to 30 km off the sensor."""
    centre = pose + np.array([rng.uniform(3e3, 3e4), rng.uniform(-2e4, 2e4), rng.uniform(100, 3000)])
    x, P = np.empty((n, n_models, 6)), np.empty((n, n_models, 6, 6))
    for i in range(n):
        place = centre + rng.normal(0.0, apart, 3) * (1, 1, 0.1)
        velocity = rng.normal(0.0, 60.0, 3) * (1, 1, 0.1)
        root = rng.normal(0.0, 1.0, (6, 6)) * np.array([40, 40, 20, 10, 10, 2.0])[:, None]
        for a in range(n_models):
            x[i, a] = np.concatenate((place + rng.normal(0, models_apart, 3), velocity + rng.normal(0, 3, 3)))
            P[i, a] = (a + 1.0) * (root @ root.T) + np.diag([25, 25, 25, 1, 1, 1.0])
    return x, P, rng.dirichlet(np.ones(n_models), n), rng.uniform(0.3, 0.99, n)


def plot_of(rng, place, velocity, sensor, kind, dt_s=0.0, spread=1.0):
    """z, sd, up, corr of a noisy look at a place; kind names what is measured."""
    z, sd, up, corr = np.full(N_COMPONENTS, np.nan), np.ones(N_COMPONENTS), np.zeros(2), 0.0
    place = place + dt_s * velocity
    d, v = sensor.rotation @ (place - sensor.pose), sensor.rotation @ velocity
    slant, ground = np.linalg.norm(d), math.hypot(d[0], d[1])
    height = FRAME[0] + place[2] + (place[0] ** 2 + place[1] ** 2) / 2 / FRAME[1]
    sd[:] = [20.0, 0.003, 0.01, 1.0, 15.0, 15.0, 30.0, 100.0, 3.0, 3.0, 1.5, 25.0]
    truth = [slant, math.atan2(d[0], d[1]), math.atan2(d[2], ground), d @ v / slant]
    for k in {
        "ra": (0, 1), "rae": (0, 1, 2), "raed": (0, 1, 2, 3), "a": (1,), "rab": (0, 1, 7), "r": (0,),
        "e": (2,), "d": (3,), "rd": (0, 3), "ae": (1, 2),
    }.get(kind, ()):  # fmt: skip
        z[k] = (truth[k] if k < 4 else height) + spread * sd[k] * rng.normal()
    if kind in ("en", "enh", "enhv", "enc"):
        up[:] = place[:2] / FRAME[1]
        noise = sd[4:6] * rng.normal(size=2)
        if kind == "enc":
            corr, sd[4:6] = rng.uniform(-0.99, 0.99), rng.uniform(5.0, 60.0, 2)
            noise = np.linalg.cholesky(covariance(sd, corr)) @ rng.normal(size=2)
        z[4:6] = place[:2] - height * up + spread * noise
    if kind in ("enh", "enhv"):
        z[6] = height + spread * sd[6] * rng.normal()
    if kind == "enhv":
        climb = velocity[2] + (place[:2] @ velocity[:2]) / FRAME[1]
        z[8:11] = np.array([*velocity[:2], climb]) + spread * sd[8:11] * rng.normal(size=3)
    if kind == "t":
        away = np.linalg.norm(place - second(sensor)[3:])
        z[11] = slant - away + spread * sd[11] * rng.normal()
    return z, sd, up, corr


def covariance(sd, corr):
    """Of a measured east and north, (2, 2)."""
    cross = corr * sd[4] * sd[5]
    return np.array([[sd[4] ** 2, cross], [cross, sd[5] ** 2]])


def second(sensor):
    """Place of the sensor and of a receiver 9 km beside it, (6,)."""
    return np.concatenate((sensor.pose, sensor.pose + np.array([-5e3, 7.5e3, 20.0])))


NO_STRAY = np.array([0.0, 1.0])


def seen(plots, sensors, dt_s=None, at=None, stray=NO_STRAY):
    """The Look of plots (z, sd, up, corr); all from the one sensor, or each from sensors[at]."""
    if not isinstance(sensors, list):
        sensors = [sensors]
    z, sd, up, corr = (np.array([p[k] for p in plots], float) for k in range(4))
    m = len(plots)
    return Look(
        z.reshape(m, N_COMPONENTS),
        sd.reshape(m, N_COMPONENTS),
        up.reshape(m, 2),
        corr.reshape(m),
        np.zeros(m) if dt_s is None else np.asarray(dt_s, float),
        np.zeros(m, np.int64) if at is None else np.asarray(at, np.int64),
        np.array([second(s) for s in sensors]),
        np.array([s.rotation for s in sensors]),
        FRAME,
        np.asarray(stray, float),
    )


def plain(plot, sensor, dt_s):
    """The same plot as the reference takes it."""
    return (*plot, second(sensor), sensor.rotation, FRAME, dt_s)


JITTED = not numba.config.DISABLE_JIT


def many(n):
    """So many tries; a few where the kernels run as plain Python, which is some hundred times slower."""
    return n if JITTED else max(2, n // 10)


def examples(n):
    """Hypothesis settings with so many examples, see `many`."""
    return settings(max_examples=many(n))
