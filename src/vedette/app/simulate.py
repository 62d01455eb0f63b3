"""A scenario to a recording: truth, the journal of what a node would have heard, its configuration.

node.toml, zones.json, surface.json
                       the node's configuration, as `run` and `replay` take it
journal/               every frame with the time it would be heard (feed.journal)
truth.csv              who is where, once a second (simulate.truth)
SENSOR.json            what a system told that speaks to a file, in the COURAGEOUS format
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vedette.app.scenarios import document, load_scenario, write_run_folder
from vedette.app.simulated_files import Files
from vedette.core.errors import StorageError
from vedette.feed.journal import Feed, JournalWriter
from vedette.simulate.scale import scaled
from vedette.simulate.simulation import Simulation
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.truth import append_truth, write_truth


@dataclass(frozen=True, slots=True)
class Scale:
    """How many targets and sensors; None leaves them as the scenario has them."""

    targets: int | None = None
    sensors: int | None = None


AS_IT_IS = Scale()


def simulate(
    name: str,
    out: Path,
    *,
    seconds: float,
    seed: int,
    say: Callable[[str], None],
    scale: Scale = AS_IT_IS,
    scenario: Scenario | None = None,
) -> dict[str, Any]:
    """Simulate so many seconds of a scenario into the folder `out`.

    say       takes lines of progress
    scenario  instead of the one of that name, as a bench may have changed it

    The same scenario, scale and seed give the same bytes. Nothing is kept in memory but the state and, of
    systems that speak to files, what they told. Returns counts.
    """
    scenario = scaled(scenario or load_scenario(name), scale.targets, scale.sensors)
    simulation = Simulation(scenario, seed)
    if any((out / "journal").glob("journal-*.vdj")):
        raise StorageError(f"expected an empty folder for the recording, got {out}: it holds a journal")
    node = document(scenario, name, simulation.start_ns)
    write_run_folder(out, scenario, name, node)
    individuals: set[int] = set()
    frames = size = 0
    files = Files(scenario)
    with JournalWriter(out / "journal") as journal:
        for feed in scenario.feed:
            if feed.transport != "file":
                journal.declare(Feed(feed.name, feed.format, {}))
        for second, (_, emissions, rows) in enumerate(simulation.run(seconds)):
            for emission in emissions:
                size += len(emission.data)
                if not files.take(emission):
                    journal.write(emission.feed, emission.connection, emission.t_ns, emission.data)
            frames += len(emissions)
            (append_truth if second else write_truth)(out / "truth.csv", rows)
            individuals.update(rows["id"].tolist())
            if second and second % 60 == 0:
                say(f"{second} of {seconds:.0f} s, {frames:,} frames")
    files.write(out)
    return {
        "scenario": scenario.name,
        "seed": seed,
        "seconds": seconds,
        "frames": frames,
        "bytes": size,
        "individuals": len(individuals),
    }
