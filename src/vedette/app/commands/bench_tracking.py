"""The benches of the tracker on simulated targets."""

import argparse
from pathlib import Path
from typing import Final

from vedette.app.arguments import add_json, count, positive, probability, whole
from vedette.app.command import Command, Say, Told
from vedette.app.commands.benches import add_peers, found, tracked


def _add_airspace_cv(command: argparse.ArgumentParser) -> None:
    command.add_argument("--n", type=count, default=50, help="targets at any time (default 50)")
    command.add_argument("--density", type=positive, default=0.25, help="targets a km² (default 0.25)")
    command.add_argument("--seed", type=whole, default=1, help="of the scene (default 1)")
    command.add_argument("--scans", type=count, default=60, help="how many, 1 s each (default 60)")
    add_peers(command)
    command.add_argument(
        "--peer-scans", type=count, help="of them for the peers, which are slow (default by --n)"
    )
    add_json(command)


def _airspace_cv(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.airspace_cv import AirspaceCv, bench

    scene = AirspaceCv(n=options.n, density=options.density, seed=options.seed, scans=options.scans)
    return tracked(bench(scene, peers=options.peers, peer_scans=options.peer_scans), say)


def _add_association(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE.npz", help="runs of targets that meet")
    command.add_argument("--runs", type=count, default=30, help="of the file's runs (default 30)")
    command.add_argument("--pd", type=probability, help="new plots with this detection probability")
    command.add_argument("--clutter", type=positive, help="new plots with so many false ones a scan")
    command.add_argument("--seed", type=whole, default=1, help="of the new plots (default 1)")
    add_peers(command)
    add_json(command)


def _association(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.association import bench

    made = bench(
        options.file,
        runs=options.runs,
        pd=options.pd,
        clutter=options.clutter,
        seed=options.seed,
        peers=options.peers,
    )
    return tracked(made, say)


def _add_clutter(command: argparse.ArgumentParser) -> None:
    command.add_argument("--n", type=count, default=50, help="targets at any time (default 50)")
    command.add_argument("--density", type=positive, default=0.25, help="targets a km² (default 0.25)")
    command.add_argument("--seed", type=whole, default=1, help="of the scene (default 1)")
    command.add_argument("--scans", type=count, default=120, help="how many, 1 s each (default 120)")
    command.add_argument("--patch", type=count, default=50, help="false plots in it a scan (default 50)")
    command.add_argument("--side", type=positive, default=2000.0, help="of the patch, m (default 2000)")
    add_json(command)


def _clutter(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.airspace_cv import AirspaceCv
    from vedette.app.bench.clutter import bench
    from vedette.app.bench.report import measure, table

    scene = AirspaceCv(n=options.n, density=options.density, seed=options.seed, scans=options.scans)
    learnt = measure(bench(scene, options.patch, options.side, learn=True), say)
    flat = measure(bench(scene, options.patch, options.side, learn=False), say)
    learnt["flat"] = flat
    return found(learnt, table({**learnt, "peers": [], "bound": {**flat, "tracker": "without a map"}}))


def _add_late(command: argparse.ArgumentParser) -> None:
    command.add_argument("--n", type=count, default=50, help="targets of the first scene (default 50)")
    command.add_argument("--density", type=positive, default=0.25, help="of them a km² (default 0.25)")
    command.add_argument("--seconds", type=count, default=120, help="of each scene (default 120)")
    command.add_argument("--seed", type=whole, default=1, help="of the scenes and delays (default 1)")
    command.add_argument("--share", type=probability, default=0.2, help="that is late (default 0.2)")
    command.add_argument("--most-s", type=positive, default=30.0, help="by 1 to so many s (default 30)")
    add_json(command)


def _late(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.late import bench, table

    summary = bench(
        options.n, options.density, options.seconds, options.seed, options.share, options.most_s, say
    )
    return found(summary, table(summary), bool(summary["passed"]))


def _add_registration(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=whole, default=1, help="of the scene (default 1)")
    command.add_argument("--radar", type=int, choices=(0, 1, 2), default=0, help="whose fault (default 0)")
    command.add_argument("--azimuth", type=float, default=0.3, metavar="DEG", help="too much (default 0.3)")
    command.add_argument("--range", type=float, default=80.0, metavar="M", help="too much (default 80)")
    command.add_argument("--clock", type=float, default=0.0, metavar="S", help="too late (default 0)")
    command.add_argument("--minutes", type=positive, default=6.0, help="of traffic (default 6)")
    command.add_argument("--aircraft", type=count, default=40, help="how many (default 40)")
    command.add_argument(
        "--adsb", type=float, default=0.0, metavar="SHARE", help="of them tell their position (default 0)"
    )
    command.add_argument(
        "--height", choices=("baro", "elevation", "none"), default="baro", help="what radars say of it"
    )
    add_json(command)


def _registration(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.registration import judge, run, table

    result = run(
        options.azimuth,
        options.range,
        options.clock,
        options.radar,
        options.seed,
        max(options.minutes, 1.5),
        options.adsb,
        height=options.height,
        aircraft=options.aircraft,
        say=say,
    )
    result["passed"] = judge(result)
    return found(result, table(result), result["passed"])


def _add_fusion(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=whole, default=1, help="of the flights and plots (default 1)")
    command.add_argument("--targets", type=count, default=60, help="how many (default 60)")
    command.add_argument(
        "--seconds", type=count, default=600, help="of each of the three runs, 30 at least (default 600)"
    )
    add_json(command)


def _fusion(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.fusion import bench, table

    summary = bench(options.seed, options.targets, options.seconds, say)
    return found(summary, table(summary), bool(summary["passed"]))


COMMANDS: Final = (
    Command(
        "airspace-cv",
        "the tracker on simulated targets in clutter, as many as you like",
        "./vedette bench airspace-cv --n 1000 --density 0.25 --seed 1 --json",
        _add_airspace_cv,
        _airspace_cv,
    ),
    Command(
        "association",
        "the tracker on targets that meet, from a file of runs",
        "./vedette bench association FILE.npz --runs 30 --json",
        _add_association,
        _association,
    ),
    Command(
        "clutter",
        "the tracker on simulated targets where a patch gives most of the clutter",
        "./vedette bench clutter --n 50 --patch 50 --seed 1 --json",
        _add_clutter,
        _clutter,
    ),
    Command(
        "late",
        "the tracker when a part of what is measured comes seconds later",
        "./vedette bench late --seed 1 --share 0.2 --most-s 30 --json",
        _add_late,
        _late,
    ),
    Command(
        "registration",
        "what is found of a fault planted on one of three radars, and what the picture is worth",
        "./vedette bench registration --seed 1 --json",
        _add_registration,
        _registration,
    ),
    Command(
        "fusion",
        "the tracks of three overlapping sectors, one late and one cut off, fused",
        "./vedette bench fusion --seed 1 --json",
        _add_fusion,
        _fusion,
    ),
)
