"""Simulation: a scenario file becomes truth and the bytes that its sensors would send.

scenario = load_scenario("brussels")
simulation = Simulation(scenario, seed=7, start_ns=now_ns)
state = simulation.init()
state, emissions = simulation.step(state, until_ns)
rows = simulation.truth(state)
"""

from vedette.simulate.load import builtin_names, load_scenario, surface_path, zones_path
from vedette.simulate.player import Address, Player
from vedette.simulate.simulation import Simulation, State
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.truth import TRUTH, read_truth, write_truth
from vedette.simulate.world import Emission

__all__ = [
    "TRUTH",
    "Address",
    "Emission",
    "Player",
    "Scenario",
    "Simulation",
    "State",
    "builtin_names",
    "load_scenario",
    "read_truth",
    "surface_path",
    "write_truth",
    "zones_path",
]
