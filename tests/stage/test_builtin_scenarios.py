"""Every built-in scenario is what it says: it loads, its frames are read, its intruders intrude."""

import math
import tomllib
from functools import cache

import msgspec
import numpy as np
import pytest
from decoded import decoded

from vedette.app import config
from vedette.app.simulate import simulate
from vedette.core.classes import CLASSES, UAS
from vedette.evaluate.inside import inside
from vedette.simulate import Simulation, builtin_names, load_scenario, zones_path
from vedette.simulate.load import scenario_path
from vedette.simulate.spec.actors import Forger, Formation, Multirotor, Traffic
from vedette.simulate.spec.events import Babble
from vedette.wire.geozone import load_zones

STANDARD = (
    "prison", "airport", "nuclear_plant", "government_building", "stadium",
    "concert", "rally", "summit", "land_border", "sea_border",
)  # fmt: skip
SECONDS = 60.0
LONGEST_S = 720.0
SEEDS = (1, 2, 3)
DRONES = [CLASSES.index(name) for name in UAS]


def zones_of(name):
    path = zones_path(load_scenario(name), name)
    return load_zones(path.read_bytes(), path.name)


def standard():
    return [load_scenario(name) for name in STANDARD]


# What all have.


def test_the_ten_standard_scenarios_are_built_in():
    assert set(STANDARD) <= set(builtin_names())


@pytest.mark.parametrize("name", builtin_names())
def test_a_scenario_tells_trainees_what_to_notice(name):
    scenario = load_scenario(name)
    assert scenario.name == name
    assert scenario.title
    assert scenario.summary
    assert 2 <= len(scenario.notice) <= 6
    first = scenario_path(name).read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# "), "a comment at the head says where figures come from"


@pytest.mark.parametrize("name", builtin_names())
def test_its_zones_are_valid_and_hold_its_authorisations(name):
    zones = zones_of(name)
    assert zones
    known = {zone.id for zone in zones}
    assert all(0 < len(zone.id) <= 7 for zone in zones)
    leaves = load_scenario(name).authorisation
    assert {zone for leave in leaves for zone in leave.zones} <= known


@pytest.mark.parametrize("name", builtin_names())
def test_authorised_drones_hold_their_leave(name):
    """A drone that may be there sends a serial that the node's configuration knows."""
    scenario = load_scenario(name)
    known = {leave.serial for leave in scenario.authorisation}
    for actor in scenario.actor:
        if getattr(actor, "serial", None) is not None and getattr(actor, "authorised", False):
            assert actor.remote_id, actor.name
            assert actor.serial in known, actor.name


@pytest.mark.parametrize("name", builtin_names())
def test_its_first_minute_is_heard_and_read_without_a_refusal(name, tmp_path):
    """Nothing is refused but what faults plant, and people's reports, which come late by nature."""
    scenario = load_scenario(name)
    faulty = {spec.id for spec in scenario.sensor if spec.faults is not None}
    faulty |= {event.sensor for event in scenario.event if isinstance(event, Babble)}
    counts = simulate(name, tmp_path, seconds=SECONDS, seed=3, say=lambda _: None)
    statuses = {}
    for batch in decoded(tmp_path, config.load(tmp_path / "node.toml").sensors()):
        statuses.update({status.id: status for status in batch.statuses})
    assert counts["frames"] > 50
    assert set(statuses) == {spec.id for spec in scenario.sensors()}
    for spec in scenario.sensors():
        status = statuses[spec.id]
        assert status.frames or spec.modality in ("human", "remote_id", "acoustic"), spec.id
        late = {"late"} if spec.modality == "human" else set()  # docs/scenarios-sensors.md
        assert spec.id in faulty or set(status.quarantined) <= late, spec.id


# Intruders intrude.


@cache
def moving(name, seed, seconds=LONGEST_S):
    """(n,) rows of the truth. Sensors cost time and change nothing of it."""
    scenario = load_scenario(name)
    cues = [event for event in scenario.event if hasattr(event, "actor")]
    alone = msgspec.structs.replace(scenario, sensor=[], event=cues)
    return np.concatenate([rows for _, _, rows in Simulation(alone, seed).run(seconds, 4.0)])


@pytest.mark.parametrize("name", builtin_names())
def test_every_drone_without_leave_enters_a_zone(name):
    """In some seed: else no warning could be scored."""
    scenario = load_scenario(name)
    if any(isinstance(actor, Traffic) for actor in scenario.actor):
        pytest.skip("a load is no set of intruders")
    zones = zones_of(name)
    outside = None
    for seed in SEEDS:
        rows = moving(name, seed)
        rows = rows[np.isin(rows["class"], DRONES) & ~rows["authorised"]]
        entered = set(rows["name"][inside(zones, rows)])
        outside = (set(rows["name"]) if outside is None else outside) - entered
        if not outside:
            return
    assert outside == set()


@pytest.mark.parametrize("name", STANDARD)
def test_seeds_are_different_evenings(name):
    first, second = (moving(name, seed) for seed in (1, 2))
    wild = [rows[np.isin(rows["class"], DRONES) & ~rows["authorised"]] for rows in (first, second)]
    assert len(wild[0]) > 20
    assert not np.array_equal(wild[0]["lat_deg"], wild[1]["lat_deg"])


# Together the ten cover what CWA 18150 asks for.


def drones(scenario):
    return [a for a in scenario.actor if hasattr(a, "remote_id") and not isinstance(a, Forger)]


def wild(scenario):
    return [a for a in drones(scenario) if not a.authorised]


def test_the_ten_cover_sizes_links_and_identities():
    for wanted in (
        lambda a: isinstance(a, Multirotor) and a.size == "small",
        lambda a: isinstance(a, Multirotor) and a.size == "large",
        lambda a: a.remote_id,
        lambda a: not a.remote_id and a.emission_mhz is not None,
        lambda a: a.emission_mhz is None and not a.remote_id,
        lambda a: a.pilot_walk != [],
        lambda a: getattr(a, "carrier", None) is not None,
        lambda a: a.height_m <= 15.0,
    ):
        assert any(wanted(a) for scenario in standard() for a in wild(scenario))


def test_every_one_has_birds_a_drone_with_leave_and_one_without_a_link():
    for scenario in standard():
        kinds = {kind_of(actor) for actor in scenario.actor}
        assert "flock" in kinds, scenario.name
        assert any(a.authorised for a in drones(scenario)), scenario.name
        assert any(a.emission_mhz is None for a in wild(scenario)), scenario.name


def kind_of(actor):
    return type(actor).__struct_config__.tag


def test_day_and_night_swarms_hills_forgers_and_jamming_occur():
    ten = standard()
    assert {scenario.weather.night for scenario in ten} == {True, False}
    assert any(isinstance(a, Formation) and (a.count or 0) >= 5 for s in ten for a in s.actor)
    assert any(isinstance(a, Forger) for s in ten for a in s.actor)
    assert sum(s.terrain is not None for s in ten) >= 4
    assert any(s.jamming for s in ten)
    assert {"silence", "drift"} <= {type(e).__struct_config__.tag for s in ten for e in s.event}


def test_the_land_border_is_longer_than_fifty_kilometres():
    scenario = load_scenario("land_border")
    east_m = np.array([s.lon_deg for s in scenario.sensor if s.id.startswith("radar-")])
    east_m = (east_m - scenario.site.lon_deg) * 111_320.0 * math.cos(math.radians(scenario.site.lat_deg))
    assert np.ptp(east_m) > 50_000.0
    assert len(east_m) == 5
    rows = moving("land_border", 1)
    long = rows[rows["name"] == "along the line"]
    assert np.ptp(long["lon_deg"]) * 77_000.0 > 14_000.0, "it passes from one tower to the next"


def test_zones_files_are_named_after_their_scenario():
    for name in STANDARD:
        raw = tomllib.loads(scenario_path(name).read_text(encoding="utf-8"))
        assert raw["zones"] == f"{name}_zones.json"
