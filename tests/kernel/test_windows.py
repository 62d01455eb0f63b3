"""Which plots of a look lie around a place: against looking at all of them."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from seen import NO_STRAY, a_sensor, second, seen

from vedette.kernel.measurement import (
    AZIMUTH,
    EAST,
    ELEVATION,
    N_COMPONENTS,
    NORTH,
    RANGE,
    STEEP,
)
from vedette.kernel.windows import _first_from, placed_within, ranged_within, windows

seeds = st.integers(0, 2**32 - 1)
REACH_SD = 4.5
BEGUN = 3  # plots that are in the list already


def plot(**told):
    """z, sd, up, corr of a plot that says only this: a value and its noise by component."""
    z, sd = np.full(N_COMPONENTS, np.nan), np.ones(N_COMPONENTS)
    for name, (value, noise) in told.items():
        z[COLUMNS[name]], sd[COLUMNS[name]] = value, noise
    return z, sd, np.zeros(2), 0.0


COLUMNS = {"range": RANGE, "azimuth": AZIMUTH, "elevation": ELEVATION, "east": EAST, "north": NORTH}


def listed(m, write):
    """The plots that `write` adds to a list of others, which it leaves as they are."""
    out = np.full(BEGUN + m, -7)
    k = write(out)
    assert (out[:BEGUN] == -7).all()
    assert (out[k:] == -7).all()
    plots = out[BEGUN:k].tolist()
    assert len(set(plots)) == len(plots), "each once"
    return set(plots)


def in_rectangle(cells, m, at, half):
    return listed(m, lambda out: placed_within(cells, *at, *half, out, BEGUN))


@given(seed=seeds, m=st.integers(0, 60), wide=st.sampled_from([0.0, 1.0, 30.0, 1e4]))
def test_every_plot_in_the_rectangle_is_found_and_no_other(seed, m, wide):
    """Places are whole metres, so that many lie on the edge; some far from all others, some on one spot."""
    rng = np.random.default_rng(seed)
    spread = rng.choice([0.0, 10.0, wide + 1.0], 2)
    place = np.round(rng.normal(0.0, 1.0, (m, 2)) * spread)
    place[rng.random(m) < 0.1] *= 50.0
    plots = [plot(east=(e, 9.0), north=(n, 9.0)) for e, n in place]
    plots.insert(0, plot(range=(1e3, 9.0)))
    cells = windows(seen(plots, a_sensor(rng))).placed
    for at in np.concatenate((np.round(rng.normal(0.0, 2.0 * wide, (4, 2))), place[:4])):
        half = rng.choice([0.0, 1.0, 7.0, wide, math.inf], 2)
        inside = 1 + np.flatnonzero((np.abs(place - at) <= half).all(axis=1))
        assert in_rectangle(cells, m, at, half) == set(inside.tolist())


class Around:
    """A place, and plots with a range from around it and from all over, seen from three places near by."""

    def __init__(self, seed, stray=NO_STRAY):
        self.rng = rng = np.random.default_rng(seed)
        self.sensors = [a_sensor(rng, float(rng.choice([0.0, 0.02]))) for _ in range(3)]
        away = rng.normal(0.0, 1.0, 3) * (1.0, 1.0, 0.2) * rng.choice([300.0, 3e3, 3e4])
        self.place = self.sensors[0].pose + away
        self.sd_m = float(rng.choice([10.0, 300.0]))
        self.stray_sd = max(stray[1], 1.0) if stray[0] > 0.0 else 1.0
        self.plots, self.at, self.close = [], [], []
        for _ in range(30):
            s, close = int(rng.integers(3)), rng.random() < 0.5
            self.plots.append(self.plot(self.sensors[s], close))
            self.at.append(s)
            self.close.append(close)
        self.ring = windows(seen(self.plots, self.sensors, at=self.at, stray=stray)).ranged

    def plot(self, sensor, close):
        """Of a target within reach of the place, its azimuth within reach of its noise; or of any target."""
        rng = self.rng
        off = rng.normal(size=3)
        off *= REACH_SD * self.sd_m * rng.random() / np.linalg.norm(off) if close else 1e4
        d = sensor.rotation @ (self.place + off - sensor.pose)
        slant, ground = np.linalg.norm(d), math.hypot(d[0], d[1])
        sd = float(rng.choice([1e-3, 0.02, 0.1]))
        noise = rng.uniform(-1.0, 1.0) * REACH_SD * sd * self.stray_sd
        told = {"range": (slant + rng.normal(0.0, 5.0), 5.0)}
        if rng.random() < 0.9:
            told["azimuth"] = math.atan2(d[0], d[1]) + noise, sd
        if rng.random() < 0.4:
            told["elevation"] = math.atan2(d[2], ground), 0.01
        return plot(**told)

    def within(self, half_m):
        return listed(
            len(self.plots),
            lambda out: ranged_within(self.ring, *self.place, half_m, self.sd_m, REACH_SD, out, BEGUN),
        )

    def off_in_range(self):
        """How far each plot's slant range is from that of the place, from the first of the places, (m,)."""
        slant = np.linalg.norm(self.place - self.sensors[0].pose)
        return np.abs(np.array([z[RANGE] for z, *_ in self.plots]) - slant)


@given(
    seed=seeds, stray=st.sampled_from([(0.0, 5.0), (0.1, 5.0)]), half_m=st.sampled_from([0.0, 50.0, 3e3, 1e6])
)
def test_what_lies_within_in_range_and_azimuth_is_never_missed(seed, stray, half_m):
    around = Around(seed, stray)
    got = around.within(half_m)
    assert set(np.flatnonzero(np.array(around.close) & (around.off_in_range() <= half_m)).tolist()) <= got


@given(seed=seeds, half_m=st.sampled_from([50.0, 3e3, 1e6]))
def test_what_is_found_has_about_the_range_and_is_seen_in_that_direction(seed, half_m):
    """The place is no further from the ray that the plot was seen along than the reach."""
    around = Around(seed)
    poses = np.array([second(s)[:3] for s in around.sensors])
    moved_m = np.linalg.norm(poses - poses[0], axis=1).max()
    got, off_m = around.within(half_m), around.off_in_range()
    for j, (z, sd, *_) in enumerate(around.plots):
        sensor = around.sensors[around.at[j]]
        flat = (sensor.rotation @ (around.place - sensor.pose))[:2]
        apart = reach = 0.0
        if not math.isnan(z[AZIMUTH]) and not abs(z[ELEVATION]) > STEEP:
            ray = np.array([math.sin(z[AZIMUTH]), math.cos(z[AZIMUTH])])
            apart = np.linalg.norm(flat - max(flat @ ray, 0.0) * ray)
            reach = REACH_SD * (around.sd_m + np.linalg.norm(flat) * sd[AZIMUTH]) + moved_m + 1.0
        assert (j in got) == (off_m[j] <= half_m and apart <= reach)


@given(
    rising=st.lists(st.integers(-5, 5) | st.sampled_from([math.inf, -math.inf]), max_size=20),
    least=st.floats(-6.0, 6.0) | st.integers(-6, 6) | st.sampled_from([math.inf, -math.inf]),
)
def test_the_first_that_is_large_enough_is_that_of_numpy(rising, least):
    rising = np.sort(np.array(rising, float))
    assert _first_from(rising, float(least)) == np.searchsorted(rising, least, side="left")
