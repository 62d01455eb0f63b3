"""Any sensors, any looks: the state stays sound, and what a step was given is not touched."""

from dataclasses import fields

import numpy as np
import pytest
from scenes import SITE, T0, polar, sound

from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.track.plots import local, prepare
from vedette.track.settings import TrackerSettings
from vedette.track.state import Tracks, init, with_sensors
from vedette.track.step import step_plots

MODELS = (("steady",), ("hover", "steady", "manoeuvre"), ("steady", "manoeuvre"))


def some_sensors(rng):
    """One to three: staring, rotating or without a pace, near or far, good or bad."""
    out = []
    for k in range(rng.integers(1, 4)):
        told = {
            "id": f"s{k}", "index": k, "lat_deg": SITE[0] + 0.02 * k, "lon_deg": SITE[1], "alt_m": 0.0,
            "range_max_m": float(rng.choice([3e3, 2e4])), "position_sd_m": 20.0, "range_sd_m": 15.0,
            "azimuth_sd_deg": 0.3, "false_per_scan": float(rng.choice([0.1, 2.0, 30.0, 200.0])),
            "detection_probability": float(rng.choice([0.6, 0.9, 0.97])),
        }  # fmt: skip
        kind = rng.integers(3)
        if kind == 0:
            out.append(Sensor(scan="staring", period_s=float(rng.choice([0.5, 1.0, 3.0])), **told))
        elif kind == 1:
            stray = float(rng.choice([0.0, 0.02]))
            out.append(
                Sensor(scan="rotating", period_s=float(rng.choice([1.0, 4.0])), stray_share=stray, **told)
            )
        else:
            out.append(Sensor(scan="event", modality="radar", **told))
    return out


def some_look(rng, state, sensor, places, now_ns):
    """What it sees of some places, with clutter; now and then nothing."""
    seen = places[rng.random(len(places)) < 0.8] + rng.normal(0.0, 15.0, 2)
    if rng.random() < 0.15:
        seen = seen[:0]
    false = rng.uniform(
        -3e3, 3e3, (rng.poisson(min(sensor.false_per_scan, 30.0) * rng.choice([0, 0.1, 1])), 2)
    )
    z = np.vstack((seen, false))
    model = state.sensors[sensor.index]
    if sensor.scan != "rotating":
        return model, local(z[:, 0], z[:, 1], model, now_ns)
    rows = polar(now_ns, z[:, 0], z[:, 1] - 2_220.0 * sensor.index, np.full(len(z), 100.0), sensor.index)
    return model, prepare(rows, model, state.origin)


def same(a, b):
    return all(np.array_equal(getattr(a, f.name), getattr(b, f.name), equal_nan=True) for f in fields(Tracks)
               if f.name != "baro_alt_m")  # fmt: skip


@pytest.mark.parametrize("seed", range(16))
def test_the_state_stays_sound_and_a_value(seed):
    rng = np.random.default_rng(seed)
    settings = TrackerSettings(models=MODELS[rng.integers(len(MODELS))], undetected_first=0.5)
    sensors = some_sensors(rng)
    state = with_sensors(init(*SITE, settings), sensors)
    n, now_ns = rng.integers(1, 7), T0
    x, v = (
        rng.normal(0.0, rng.choice([15, 60, 800]), (n, 2)),
        rng.normal(0.0, rng.choice([1, 15, 80]), (n, 2)),
    )
    for _ in range(60):
        now_ns += round(rng.choice([0.05, 0.2, 0.5, 1.0, 3.0]) * NS_PER_S)
        places = x + v * (now_ns - T0) / NS_PER_S
        heard = [s for s in sensors if rng.random() > 0.35]
        looks = [some_look(rng, state, sensor, places, now_ns) for sensor in heard]
        before = state.tracks.copy()
        after, output = step_plots(state, looks, now_ns)
        again, output_again = step_plots(state, looks, now_ns)
        assert same(before, state.tracks)
        assert same(after.tracks, again.tracks)
        assert output.rows.tobytes() == output_again.rows.tobytes()
        sound(after)
        state = after
    assert state.next_id > 1, "something began"
