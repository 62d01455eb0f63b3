"""A live exercise: a node on a scenario, with the exercise's clock, its director and its score.

It ends when the director says so, when its minutes are over, or when it is interrupted. The folder then holds
all that a review needs.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from vedette.app import topology
from vedette.app.attend import run_node
from vedette.app.exercise.clock import FILE as CLOCK
from vedette.app.exercise.clock import ExerciseClock
from vedette.app.exercise.folder import About, write_about
from vedette.app.exercise.terminal import Prompt
from vedette.app.node import Node
from vedette.app.scenarios import document, free_ports, load_scenario, write_run_folder
from vedette.core.errors import StorageError
from vedette.core.units import NS_PER_S

LEAD_S: Final = 15.0  # so long a node has to start, before the scenario's first instant
FOLDERS: Final = Path("exercises")
_SIMULATE: Final = topology.Process("simulate", "vedette.app.processes.exercise", "the exercise's sensors")
_SCORE: Final = topology.Process("score", "vedette.app.processes.score", "the score so far, for the director")


@dataclass(frozen=True, slots=True)
class ExerciseOptions:
    """What the command line asks for.

    minutes  of exercise time; None goes on until the director ends it
    data     None is a new folder in exercises/
    prompt   take the director's lines from the terminal too
    """

    scenario: str
    seed: int
    speed: float
    port: int
    data: Path | None
    minutes: float | None
    prompt: bool
    lead_s: float = LEAD_S


def exercise(options: ExerciseOptions, say: Callable[[str], None]) -> dict[str, Any]:
    """Run an exercise; returns its summary."""
    scenario = load_scenario(options.scenario)
    now_ns = time.time_ns()
    folder = (
        options.data or FOLDERS / f"{scenario.name}-{datetime.fromtimestamp(now_ns / 1e9, UTC):%Y%m%d-%H%M%S}"
    )
    if folder.exists() and any(folder.iterdir()):
        raise StorageError(f"expected an empty or new folder for the exercise, got {folder}: it holds files")
    start_ns = (now_ns // NS_PER_S + 1) * NS_PER_S + round(options.lead_s * NS_PER_S)
    node_document = document(
        scenario, options.scenario, start_ns, port=options.port, ports=free_ports(scenario)
    )
    node_document["node"]["simulated"] = f"in this exercise, {node_document['node']['simulated']}"
    config = write_run_folder(folder, scenario, options.scenario, node_document)
    about = About(
        scenario=options.scenario,
        title=scenario.title,
        seed=options.seed,
        start_ns=start_ns,
        minutes=options.minutes,
    )
    write_about(folder, about)
    clock = ExerciseClock.make(folder, time.time_ns())
    node = Node(folder, config, say, [(_SIMULATE, []), (_SCORE, [])], directed=True)
    say(f"recording to {folder}; begins at {datetime.fromtimestamp(start_ns / NS_PER_S, UTC):%H:%M:%S} UTC")
    prompt = Prompt(folder, say, options.speed) if options.prompt or options.speed != 1.0 else None
    if prompt is not None:
        prompt.start(lines=options.prompt)
    try:
        summary = run_node(node, config, say, seconds=None, headless=False, is_over=lambda: clock.ended)
    finally:
        clock.end()
        (folder / CLOCK).unlink(missing_ok=True)
    say(f"now: ./vedette review {folder} --html {folder / 'review.html'}")
    return summary
