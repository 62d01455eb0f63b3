"""A node that runs: the demo, one on real feeds, an exercise."""

import argparse
import sys
from pathlib import Path
from typing import Final

from vedette.app.arguments import port, positive, whole
from vedette.app.command import Command, Say, Told, as_json
from vedette.core.errors import ConfigError


def _add_demo(command: argparse.ArgumentParser) -> None:
    command.add_argument("--headless", action="store_true", help="do not offer the page; JSON at the end")
    command.add_argument("--seconds", type=positive, help="end after so long; default: until interrupted")
    command.add_argument("--port", type=port, default=8470, help="of the page, on 127.0.0.1 (default 8470)")
    command.add_argument("--out", type=Path, help="keep journal, history and truth in this folder")
    command.add_argument("--seed", type=int, default=1, help="of the simulation (default 1)")


def _demo(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.demo import DemoOptions, demo

    summary = demo(
        DemoOptions(options.headless, options.seconds, options.port, options.out, options.seed), say
    )
    return Told(as_json(summary) if options.headless else "")


def _add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("config", type=Path, metavar="CONFIG.toml", help="or a folder with a node.toml")
    command.add_argument("--seconds", type=positive, help="end after so long; default: until interrupted")
    command.add_argument("--json", action="store_true", help="a summary as JSON on the last line")


def _run(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.run import run

    summary = run(options.config, say, seconds=options.seconds)
    return Told("", summary)


def _add_exercise(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "scenario", nargs="?", metavar="SCENARIO", help="a TOML file or a built-in name: brussels"
    )
    command.add_argument("--seed", type=whole, default=1, help="of the simulation (default 1)")
    command.add_argument("--speed", type=positive, default=1.0, help="times real time (default 1)")
    command.add_argument("--minutes", type=positive, help="of exercise time; default: until it is ended")
    command.add_argument("--port", type=port, default=8470, help="of the page, on 127.0.0.1 (default 8470)")
    command.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of it; default: a new one in exercises/"
    )
    command.add_argument(
        "--tell", metavar="LINE", help="say one line to the exercise that runs; 'help' lists them"
    )


def _exercise(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.exercise import run, terminal
    from vedette.app.exercise.clock import FASTEST
    from vedette.app.exercise.orders import SLOWEST

    if options.tell is not None:
        return Told(terminal.tell(options.data or terminal.running(run.FOLDERS), options.tell))
    if options.scenario is None:
        raise ConfigError("exercise", "a scenario, or --tell for one that runs", "neither")
    if not SLOWEST <= options.speed <= FASTEST:
        raise ConfigError("--speed", f"a number from {SLOWEST:g} to {FASTEST:g}", f"{options.speed:g}")
    run.exercise(
        run.ExerciseOptions(
            scenario=options.scenario,
            seed=options.seed,
            speed=options.speed,
            port=options.port,
            data=options.data,
            minutes=options.minutes,
            prompt=sys.stdin.isatty(),
        ),
        say,
    )
    return Told("")


COMMANDS: Final = (
    Command(
        "demo",
        "an evening around Brussels: simulated sensors, real sockets, a live map",
        "./vedette demo --headless --seconds 40 --seed 7 --out out/demo",
        _add_demo,
        _demo,
    ),
    Command(
        "run",
        "a node on real feeds",
        "./vedette run examples/site.toml",
        _add_run,
        _run,
    ),
    Command(
        "exercise",
        "a scenario live, for trainees, with a director",
        "./vedette exercise brussels --minutes 20\n"
        "  ./vedette exercise --tell 'blind drone-radar-airport 60'",
        _add_exercise,
        _exercise,
    ),
)
