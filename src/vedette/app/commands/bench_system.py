"""The benches of the system: bytes to picture, simulator, ledger."""

import argparse
from pathlib import Path
from typing import Final

from vedette.app.arguments import add_json, count, positive, whole
from vedette.app.command import Command, Say, Told
from vedette.app.commands.benches import found


def _add_pipeline(command: argparse.ArgumentParser) -> None:
    add_json(command)
    command.add_argument("--rate", type=positive, default=5000.0, help="observations/s (default 5000)")
    command.add_argument("--seconds", type=positive, default=60.0, help="how long (default 60)")
    command.add_argument("--seed", type=int, default=1, help="of the load (default 1)")


def _pipeline(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.pipeline import bench

    summary = bench(options.rate, options.seconds, options.seed, say)
    text = "\n".join(f"{name:28} {value}" for name, value in summary.items())
    return found(summary, text, bool(summary["passed"]))


def _add_simulate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--actors", type=count, default=1000, help="how many (default 1000)")
    command.add_argument("--sensors", type=count, default=20, help="how many (default 20)")
    command.add_argument("--seconds", type=positive, default=20.0, help="simulated (default 20)")
    command.add_argument("--seed", type=whole, default=1, help="of the scene (default 1)")
    add_json(command)


def _simulate(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.simulate_load import bench

    summary = bench(options.actors, options.sensors, options.seconds, options.seed, say)
    return found(summary, "\n".join(f"{name:20} {value}" for name, value in summary.items()))


def _add_ledger(command: argparse.ArgumentParser) -> None:
    command.add_argument("--entries", type=whole, default=50_000, help="to append (default 50000)")
    command.add_argument("--kills", type=whole, default=20, help="of a writer (default 20)")
    command.add_argument("--flips", type=whole, default=200, help="of each kind of file (default 200)")
    command.add_argument("--verify", type=whole, default=100_000, help="entries to prove (default 100000)")
    command.add_argument("--start", type=whole, default=0, help="entries of a record to open (default 0)")
    command.add_argument("--dir", type=Path, help="on which disk (default: the system's temporary folder)")
    command.add_argument("--seed", type=whole, default=1, help="of all that is random (default 1)")
    add_json(command)


def _ledger(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.ledger import LedgerBench, bench, table

    wanted = LedgerBench(
        options.entries,
        options.kills,
        options.flips,
        options.verify,
        options.seed,
        options.dir,
        options.start,
    )
    summary, passed = bench(wanted, say)
    return found(summary, table(summary), passed)


COMMANDS: Final = (
    Command(
        "pipeline",
        "from bytes at a socket to bytes at a WebSocket client",
        "./vedette bench pipeline --json",
        _add_pipeline,
        _pipeline,
    ),
    Command(
        "simulate",
        "the simulator alone: many actors and a mix of sensors, processor time by part",
        "./vedette bench simulate --actors 1000 --sensors 20 --json",
        _add_simulate,
        _simulate,
    ),
    Command(
        "ledger",
        "durable entries a second, kill -9, flipped bits, how fast a ledger is proved and opened",
        "./vedette bench ledger --entries 100000 --kills 100 --flips 1000 --verify 1000000 --json",
        _add_ledger,
        _ledger,
    ),
)
