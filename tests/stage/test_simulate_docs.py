"""docs/scenarios.md: its examples load and run, and it names every setting there is."""

import re
from pathlib import Path

import numpy as np
import pytest
from msgspec import inspect

from vedette.core.units import NS_PER_S
from vedette.simulate import Simulation, load_scenario
from vedette.simulate.spec.actors import Actor, Part, Share
from vedette.simulate.spec.gnss import Jamming, Spoofing
from vedette.simulate.spec.weather import Weather

PAGE = (Path(__file__).parents[2] / "docs" / "scenarios.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```toml scenario\n(.*?)```", PAGE, re.DOTALL)
HEAD = """
name = "example"
title = "An example"
start = 2026-11-20T17:30:00Z
[site]
name = "here"
lat_deg = 51.0
lon_deg = 4.0
ground_m = 50.0
"""


@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_examples_load_and_run(tmp_path, block):
    path = tmp_path / "example.toml"
    path.write_text(block if "[site]" in block else HEAD + block, encoding="utf-8")
    scenario = load_scenario(path)
    assert scenario.actor
    simulation = Simulation(scenario, seed=1)
    state, _ = simulation.step(simulation.init(), simulation.start_ns + 5 * NS_PER_S)
    assert np.isfinite(simulation.truth(state)["alt_m"]).all()


def structs():
    for union in (Actor, Part, Weather, Jamming, Spoofing, Share):
        kind = inspect.type_info(union)
        yield from kind.types if isinstance(kind, inspect.UnionType) else (kind,)


@pytest.mark.parametrize("struct", list(structs()), ids=lambda s: s.cls.__name__)
def test_every_setting_and_kind_is_named(struct):
    if struct.tag:
        assert re.search(rf"\b{struct.tag}\b", PAGE)
    for field in struct.fields:
        assert re.search(rf"\b{field.encode_name}\b", PAGE), field.encode_name
