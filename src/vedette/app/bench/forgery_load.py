"""What the check of claims costs: milliseconds a tick of 20 ms while so many ids are forged.

Sixty seconds of a radar, two direction finders, six honest drones and N ids that move as one, each heard
once a second. The same batches go through a sector with the check and through one without.
"""

import time
from typing import Any, Final

import msgspec
import numpy as np

from vedette.app.bench.forgery_scenes import build
from vedette.app.bench.scoring import Say
from vedette.app.config import NodeConfig, parse
from vedette.app.ingest import Ingest
from vedette.app.scenarios import document
from vedette.app.sector import Sector
from vedette.core.observation import Batch
from vedette.core.units import NS_PER_S
from vedette.simulate import Simulation
from vedette.simulate.spec.drones import Forger
from vedette.wire.formats import DecoderOptions

_SECONDS: Final = 60
_FROM_S: Final = 40.0  # all are heard by then
_MS: Final = 1e3


def bench(ids: int, say: Say) -> dict[str, Any]:
    """The figures."""
    node, batches = _scene(ids)
    say(f"{len(batches)} batches")
    out: dict[str, Any] = {"ids": ids}
    for name, checked in (("with", True), ("without", False)):
        spent, seconds = _step(node, batches, checked=checked)
        out[f"{name}_mean_ms"] = round(float(spent.mean()) * _MS, 3)
        out[f"{name}_p99_ms"] = round(float(np.percentile(spent, 99)) * _MS, 3)
        out[f"{name}_whole_second_ms"] = round(float(np.median(spent[seconds])) * _MS, 3)
    out["check_ms_a_second"] = round(out["with_whole_second_ms"] - out["without_whole_second_ms"], 3)
    return out


def _scene(ids: int) -> tuple[NodeConfig, list[Batch]]:
    """What a node hears, as batches."""
    scene = build("swarm", "both", 1)
    actors = [
        msgspec.structs.replace(actor, count=ids, spacing_m=5.0, start_s=1.0)
        if isinstance(actor, Forger)
        else actor
        for actor in scene.scenario.actor
    ]
    scenario = msgspec.structs.replace(scene.scenario, actor=actors)
    simulation = Simulation(scenario, 1)
    node = parse(document(scenario, "forgery", simulation.start_ns), "forgery")
    ingest = Ingest(node.sensors())
    formats = {feed.name: feed.format for feed in scenario.feed}
    batches: list[Batch] = []
    for time_ns, emissions, _ in simulation.run(_SECONDS):
        for emission in emissions:
            options = DecoderOptions(emission.feed)
            name = formats[emission.feed]
            made, _ = ingest.receive(options, name, emission.connection, emission.t_ns, emission.data)
            batches += made
        batches += ingest.advance(time_ns)
    return node, batches


def _step(node: NodeConfig, batches: list[Batch], *, checked: bool) -> tuple[Any, Any]:
    """Seconds spent on each batch of the later part, and which of them end a second."""
    settings = msgspec.structs.replace(node.identify_settings(), check_claims=checked)
    sector = Sector(node.origin, [], node.tracker, settings, node.watch)
    spent = []
    first_ns = batches[0].tick_ns
    for batch in batches:
        began = time.perf_counter()
        sector.step(batch)
        spent.append((batch.tick_ns, time.perf_counter() - began))
    late = [(tick, took) for tick, took in spent if tick - first_ns > _FROM_S * NS_PER_S]
    ticks = np.array([tick for tick, _ in late])
    return np.array([took for _, took in late]), ticks % NS_PER_S == 0
