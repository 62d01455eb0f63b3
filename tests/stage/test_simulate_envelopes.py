"""Whoever moves keeps to what its kind can do: at every tick, in calm and in wind, over seeds."""

from pathlib import Path

import msgspec
import numpy as np
import pytest

from vedette.simulate import Simulation, load_scenario
from vedette.simulate.actors import fleet
from vedette.simulate.actors.columns import FOLLOW
from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.spec.weather import Weather

KINDS = load_scenario(Path(__file__).parent / "scenarios" / "kinds.toml")
DT_S = 0.1
SECONDS = 1_300
CALM = Weather()
WINDY = Weather(wind_mps=5.0, wind_from_deg=250.0)
GUSTY = Weather(wind_mps=6.0, wind_from_deg=20.0, gust_mps=1.5)


def flown(weather, seed):
    """Roster, and geo, velocity (k, n, 3), alive, heading, life (k, n) at every tick."""
    simulation = Simulation(msgspec.structs.replace(KINDS, weather=weather), seed=seed)
    rng = np.random.default_rng(seed)
    moves = fleet.appear(simulation.roster, simulation.init().moves.copy(), rng)
    out = []
    for _ in range(round(SECONDS / DT_S)):
        one = (moves.geo, moves.velocity, moves.alive, moves.steer["heading"], moves.life)
        out.append([part.copy() for part in one])
        moves = fleet.advance(simulation.roster, moves, DT_S, rng)
    return simulation.roster, *(np.array(part) for part in zip(*out, strict=True))


@pytest.fixture(
    scope="module",
    params=[(CALM, 1), (CALM, 2), (WINDY, 3), (GUSTY, 4)],
    ids=["calm", "calm again", "windy", "gusty"],
)
def run(request):
    weather, seed = request.param
    return weather, *flown(weather, seed)


def wind_at(weather, roster, geo):
    """(k, n, 2) m/s that carries each."""
    height = np.clip(geo[..., 2] - roster.map.ground_m, 0.0, 1_000.0)
    lift = np.where(height > 0.0, (height / 10.0) ** weather.shear, 0.0) * roster.form["carried"]
    return lift[..., None] * roster.air[:2]


def steady(alive, life):
    """(k-1, n) ticks over which somebody was there all the time, as the same individual."""
    return alive[1:] & alive[:-1] & (life[1:] == life[:-1])


def test_velocity_is_the_derivative_of_position(run):
    _, roster, geo, velocity, alive, _, life = run
    there = steady(alive, life)
    north, east = metres_per_degree(geo[:-1, :, 0], geo[:-1, :, 2])
    moved = np.diff(geo, axis=0) * np.stack((north, east, np.ones_like(north)), axis=-1) / DT_S
    mean = 0.5 * (velocity[1:] + velocity[:-1])
    assert np.abs(moved[..., 0] - mean[..., 1])[there].max() < 0.01
    assert np.abs(moved[..., 1] - mean[..., 0])[there].max() < 0.01
    high = there & (geo[1:, :, 2] > roster.map.ground_m)  # the ground stops what sinks
    assert np.abs(moved[..., 2] - mean[..., 2])[high].max() < 0.01


def test_nobody_jumps(run):
    weather, roster, _, velocity, alive, _, life = run
    there = steady(alive, life)
    change = np.diff(velocity[..., :2], axis=0) / DT_S
    size = np.hypot(change[..., 0], change[..., 1])
    along, across = roster.form["accel"], roster.form["lateral"]
    most = np.where(roster.form["turns"] == 1, np.hypot(along, across), along)
    # the wind changes with height, and gusts with time: six sigma of both
    lull = 0.0 if weather is CALM else 0.6 + 6.0 * weather.gust_mps * roster.form["gust"] / 1.5
    for i, member in enumerate(roster.members):
        if there[:, i].any():
            extra = lull if np.ndim(lull) == 0 else lull[i]
            assert size[there[:, i], i].max() <= most[i] * 1.02 + extra + 0.02, member.name


def test_climb_is_bounded(run):
    _, roster, _, velocity, alive, _, life = run
    there = steady(alive, life)
    up = velocity[1:, :, 2]
    rise = np.abs(np.diff(velocity[..., 2], axis=0)) / DT_S
    for i, member in enumerate(roster.members):
        if not there[:, i].any():
            continue
        form = roster.form[i]
        assert up[there[:, i], i].max() <= form["climb"] + 1e-6, member.name
        assert up[there[:, i], i].min() >= -form["sink"] - 1e-6, member.name
        flying = there[:, i] & (velocity[1:, i, 2] != 0.0)  # the ground stops what sinks
        assert rise[flying, i].max(initial=0.0) <= form["accel_up"] * 1.001, member.name


def test_air_speed_is_what_the_kind_can_do(run):
    weather, roster, geo, velocity, alive, _, life = run
    there = steady(alive, life)
    air = velocity[..., :2] - wind_at(weather, roster, geo)
    speed = np.hypot(air[..., 0], air[..., 1])[1:]
    there &= geo[1:, :, 2] > roster.map.ground_m + 10.0  # the wind takes hold of what leaves the ground
    gust = 5.0 * weather.gust_mps * roster.form["gust"] + (0.0 if weather is CALM else 0.3)
    for i, member in enumerate(roster.members):
        if not there[:, i].any():
            continue
        assert speed[there[:, i], i].max() <= roster.form["top"][i] + gust[i] + 0.01, member.name


def test_what_has_wings_never_stalls(run):
    weather, roster, geo, velocity, alive, _, life = run
    there = steady(alive, life)
    air = velocity[..., :2] - wind_at(weather, roster, geo)
    speed = np.hypot(air[..., 0], air[..., 1])[1:]
    high = geo[1:, :, 2] > roster.map.ground_m + 40.0
    slack = 1.0 + 5.0 * weather.gust_mps
    for i, member in enumerate(roster.members):
        flying = there[:, i] & high[:, i]
        if roster.form["slow"][i] > 0 and flying.any():
            assert speed[flying, i].min() >= roster.form["slow"][i] - slack, member.name


def test_what_turns_goes_where_it_points(run):
    weather, roster, geo, velocity, alive, heading, life = run
    there = steady(alive, life)
    air = (velocity[..., :2] - wind_at(weather, roster, geo))[1:]
    course = np.degrees(np.arctan2(air[..., 0], air[..., 1]))
    off = np.abs((course - heading[1:] + 180.0) % 360.0 - 180.0)
    fast = np.hypot(air[..., 0], air[..., 1]) > 5.0
    turns = there & fast & (roster.form["turns"] == 1)
    # the wind of the tick before; and gusts are not steered against
    assert off[turns].max() < (0.1 if weather is CALM else 12.0 if weather is WINDY else 60.0)


def test_everybody_of_the_file_takes_part(run):
    _, roster, _, _, alive, _, _ = run
    assert alive.any(axis=0).all()
    assert (roster.form["mode"] == FOLLOW).sum() > 10
