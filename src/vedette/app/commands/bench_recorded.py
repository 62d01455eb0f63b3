"""The benches on recordings of real sensors."""

import argparse
from pathlib import Path
from typing import Final

from vedette.app.arguments import add_json, count, finite, positive, probability, whole
from vedette.app.command import Command, Say, Told
from vedette.app.commands.benches import add_peers, figures, found, tracked


def _add_radar(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE.ast", help="CAT048 with Mode S addresses")
    command.add_argument("--turns", type=count, default=120, help="of the recording (default 120)")
    command.add_argument("--hard", action="store_true", help="drop a tenth of the plots, add 100 a turn")
    command.add_argument("--seed", type=whole, default=1, help="of --hard (default 1)")
    command.add_argument(
        "--at",
        choices=("update", "truth"),
        default="update",
        help="compare a track where it was at its last plot, or carried to the truth's time (default update)",
    )
    add_peers(command)
    add_json(command)


def _radar(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.radar import bench

    made = bench(
        options.file,
        turns=options.turns,
        hard_seed=options.seed if options.hard else None,
        at_truth=options.at == "truth",
        peers=options.peers,
    )
    return tracked(made, say)


def _add_cameras(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "folder",
        type=Path,
        metavar="FOLDER",
        help="detections, calibrations, places, clocks, truth (dataset3)",
    )
    command.add_argument("--rate", type=positive, default=10.0, help="bearings/s a camera (default 10)")
    command.add_argument(
        "--planted",
        type=finite,
        nargs="+",
        default=[],
        metavar="S",
        help="clock errors to find, one a camera",
    )
    add_json(command)


def _cameras(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.cameras import run

    return figures(run(options.folder, options.rate, tuple(options.planted), say))


def _add_total_station(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="FOLDER", help="raw-data and pose (dataset5)")
    add_json(command)


def _total_station(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.total_station import run

    return figures(run(options.folder))


def _add_courageous(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE.json", help="detections and tracks of one sensor")
    add_json(command)


def _courageous(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.courageous import run

    return figures(run(options.file))


def _add_surface(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="FOLDER", help="CAT010 of both sensors")
    command.add_argument("--minutes", type=positive, default=20.0, help="of the recording (default 20)")
    command.add_argument("--fed", type=probability, default=0.5, help="of an address's reports (default 0.5)")
    command.add_argument("--cutoff", type=positive, default=50.0, help="of GOSPA, m (default 50)")
    command.add_argument("--config", type=Path, help="the sensors (default examples/barcelona-surface.toml)")
    add_json(command)


def _surface(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.surface import CONFIG, bench

    config = options.config or CONFIG
    made = bench(
        options.folder,
        config=config,
        minutes=options.minutes,
        fed=options.fed,
        cutoff_m=options.cutoff,
        say=say,
    )
    return found(*made)


COMMANDS: Final = (
    Command(
        "radar",
        "the tracker on a recorded radar, identities hidden",
        "./vedette bench radar FILE.ast --json",
        _add_radar,
        _radar,
    ),
    Command(
        "cameras",
        "a real drone in 3-D from the pixels of cameras on the ground, against satellite positioning",
        "./vedette bench cameras drone_cameras/dataset3 --json",
        _add_cameras,
        _cameras,
    ),
    Command(
        "total-station",
        "a real drone from a surveyor's total station, against its pose",
        "./vedette bench total-station drone_cameras/dataset5 --json",
        _add_total_station,
        _total_station,
    ),
    Command(
        "courageous",
        "a counter-drone sensor's bearings, against its vendor's tracks",
        "./vedette bench courageous test_data.json --json",
        _add_courageous,
        _courageous,
    ),
    Command(
        "surface",
        "an airport's surface: radar and multilateration, alone and fused",
        "./vedette bench surface FOLDER --json",
        _add_surface,
        _surface,
    ),
)
