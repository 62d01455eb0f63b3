"""The benches as commands: name, options, and what each runs. Nothing heavy is imported to show help."""

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from vedette.app.arguments import count, finite, positive, probability, whole
from vedette.app.bench.closure_arguments import add_closure
from vedette.app.bench.rules_arguments import add_rules

if TYPE_CHECKING:
    from vedette.app.bench.report import Bench

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a bench found. passed is False where it has a limit of its own and did not keep it."""

    summary: dict[str, Any]
    text: str
    passed: bool = True


@dataclass(frozen=True, slots=True)
class BenchCommand:
    """One bench on the command line."""

    name: str
    text: str
    example: str
    add: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Say], Outcome]


def overview() -> str:
    """What there is, with an example each."""
    width = max(len(bench.name) for bench in BENCHES)
    return "\n".join(
        f"{bench.name:{width}}  {bench.text}\n{'':{width}}  {bench.example}" for bench in BENCHES
    )


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="the figures as JSON on the last line")


def _add_peers(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--peers", action="store_true", help="Stone Soup on the same data (pip install 'vedette[peers]')"
    )


def _add_pipeline(command: argparse.ArgumentParser) -> None:
    _add_json(command)
    command.add_argument("--rate", type=positive, default=5000.0, help="observations/s (default 5000)")
    command.add_argument("--seconds", type=positive, default=60.0, help="how long (default 60)")
    command.add_argument("--seed", type=int, default=1, help="of the load (default 1)")


def _pipeline(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.pipeline import bench

    summary = bench(options.rate, options.seconds, options.seed, say)
    text = "\n".join(f"{name:28} {value}" for name, value in summary.items())
    return Outcome(summary, text, bool(summary["passed"]))


def _add_simulate(command: argparse.ArgumentParser) -> None:
    command.add_argument("--actors", type=count, default=1000, help="how many (default 1000)")
    command.add_argument("--sensors", type=count, default=20, help="how many (default 20)")
    command.add_argument("--seconds", type=positive, default=20.0, help="simulated (default 20)")
    command.add_argument("--seed", type=whole, default=1, help="of the scene (default 1)")
    _add_json(command)


def _simulate(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.simulate_load import bench

    summary = bench(options.actors, options.sensors, options.seconds, options.seed, say)
    return Outcome(summary, "\n".join(f"{name:20} {value}" for name, value in summary.items()))


def _add_airspace_cv(command: argparse.ArgumentParser) -> None:
    command.add_argument("--n", type=count, default=50, help="targets at any time (default 50)")
    command.add_argument("--density", type=positive, default=0.25, help="targets a km² (default 0.25)")
    command.add_argument("--seed", type=whole, default=1, help="of the scene (default 1)")
    command.add_argument("--scans", type=count, default=60, help="how many, 1 s each (default 60)")
    _add_peers(command)
    command.add_argument(
        "--peer-scans", type=count, help="of them for the peers, which are slow (default by --n)"
    )
    _add_json(command)


def _airspace_cv(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.airspace_cv import AirspaceCv, bench

    scene = AirspaceCv(n=options.n, density=options.density, seed=options.seed, scans=options.scans)
    return _tracking(bench(scene, peers=options.peers, peer_scans=options.peer_scans), say)


def _add_association(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE.npz", help="runs of targets that meet")
    command.add_argument("--runs", type=count, default=30, help="of the file's runs (default 30)")
    command.add_argument("--pd", type=probability, help="new plots with this detection probability")
    command.add_argument("--clutter", type=positive, help="new plots with so many false ones a scan")
    command.add_argument("--seed", type=whole, default=1, help="of the new plots (default 1)")
    _add_peers(command)
    _add_json(command)


def _association(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.association import bench

    made = bench(
        options.file,
        runs=options.runs,
        pd=options.pd,
        clutter=options.clutter,
        seed=options.seed,
        peers=options.peers,
    )
    return _tracking(made, say)


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
    _add_peers(command)
    _add_json(command)


def _radar(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.radar import bench

    made = bench(
        options.file,
        turns=options.turns,
        hard_seed=options.seed if options.hard else None,
        at_truth=options.at == "truth",
        peers=options.peers,
    )
    return _tracking(made, say)


def _add_clutter(command: argparse.ArgumentParser) -> None:
    command.add_argument("--n", type=count, default=50, help="targets at any time (default 50)")
    command.add_argument("--density", type=positive, default=0.25, help="targets a km² (default 0.25)")
    command.add_argument("--seed", type=whole, default=1, help="of the scene (default 1)")
    command.add_argument("--scans", type=count, default=120, help="how many, 1 s each (default 120)")
    command.add_argument("--patch", type=count, default=50, help="false plots in it a scan (default 50)")
    command.add_argument("--side", type=positive, default=2000.0, help="of the patch, m (default 2000)")
    _add_json(command)


def _clutter(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.airspace_cv import AirspaceCv
    from vedette.app.bench.clutter import bench
    from vedette.app.bench.report import measure, table

    scene = AirspaceCv(n=options.n, density=options.density, seed=options.seed, scans=options.scans)
    learnt = measure(bench(scene, options.patch, options.side, learn=True), say)
    flat = measure(bench(scene, options.patch, options.side, learn=False), say)
    learnt["flat"] = flat
    return Outcome(learnt, table({**learnt, "peers": [], "bound": {**flat, "tracker": "without a map"}}))


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
    _add_json(command)


def _cameras(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.cameras import run

    return _figures(run(options.folder, options.rate, tuple(options.planted), say))


def _add_total_station(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="FOLDER", help="raw-data and pose (dataset5)")
    _add_json(command)


def _total_station(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.total_station import run

    return _figures(run(options.folder))


def _add_courageous(command: argparse.ArgumentParser) -> None:
    command.add_argument("file", type=Path, metavar="FILE.json", help="detections and tracks of one sensor")
    _add_json(command)


def _courageous(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.courageous import run

    return _figures(run(options.file))


def _figures(summary: dict[str, Any]) -> Outcome:
    return Outcome(summary, "\n".join(f"{name:28} {value}" for name, value in summary.items()))


def _add_late(command: argparse.ArgumentParser) -> None:
    command.add_argument("--n", type=count, default=50, help="targets of the first scene (default 50)")
    command.add_argument("--density", type=positive, default=0.25, help="of them a km² (default 0.25)")
    command.add_argument("--seconds", type=count, default=120, help="of each scene (default 120)")
    command.add_argument("--seed", type=whole, default=1, help="of the scenes and delays (default 1)")
    command.add_argument("--share", type=probability, default=0.2, help="that is late (default 0.2)")
    command.add_argument("--most-s", type=positive, default=30.0, help="by 1 to so many s (default 30)")
    _add_json(command)


def _late(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.late import bench, table

    summary = bench(
        options.n, options.density, options.seconds, options.seed, options.share, options.most_s, say
    )
    return Outcome(summary, table(summary), bool(summary["passed"]))


def _add_surface(command: argparse.ArgumentParser) -> None:
    command.add_argument("folder", type=Path, metavar="FOLDER", help="CAT010 of both sensors")
    command.add_argument("--minutes", type=positive, default=20.0, help="of the recording (default 20)")
    command.add_argument("--fed", type=probability, default=0.5, help="of an address's reports (default 0.5)")
    command.add_argument("--cutoff", type=positive, default=50.0, help="of GOSPA, m (default 50)")
    command.add_argument("--config", type=Path, help="the sensors (default examples/barcelona-surface.toml)")
    _add_json(command)


def _surface(options: argparse.Namespace, say: Say) -> Outcome:
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
    return Outcome(*made)


def _tracking(bench: "Bench", say: Say) -> Outcome:
    from vedette.app.bench.report import measure, table

    summary = measure(bench, say)
    return Outcome(summary, table(summary))


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
    _add_json(command)


def _registration(options: argparse.Namespace, say: Say) -> Outcome:
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
    return Outcome(result, table(result), result["passed"])


def _add_fusion(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seed", type=whole, default=1, help="of the flights and plots (default 1)")
    command.add_argument("--targets", type=count, default=60, help="how many (default 60)")
    command.add_argument(
        "--seconds", type=count, default=600, help="of each of the three runs, 30 at least (default 600)"
    )
    _add_json(command)


def _fusion(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.fusion import bench, table

    summary = bench(options.seed, options.targets, options.seconds, say)
    return Outcome(summary, table(summary), bool(summary["passed"]))


def _add_forgery(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seeds", type=count, default=3, help="of each scene, from 1 on (default 3)")
    command.add_argument("--scenes", metavar="A,B", help="only these (default: all)")
    command.add_argument(
        "--sensors", metavar="A,B", help="only with these: radar, finders, both, none (default: all)"
    )
    command.add_argument("--load", type=count, metavar="N", help="only milliseconds a tick with N forged ids")
    _add_json(command)


def _forgery(options: argparse.Namespace, say: Say) -> Outcome:
    if options.load is not None:
        from vedette.app.bench.forgery_load import bench as load

        return _figures(load(options.load, say))
    from vedette.app.bench.forgery import bench, chosen

    scenes, sensors = chosen(options.scenes, options.sensors)
    return Outcome(*bench(options.seeds, scenes, sensors, say))


def _add_classify(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--seeds", type=whole, nargs="+", default=[101, 102, 103], help="judged with (default 101 102 103)"
    )
    command.add_argument(
        "--scenarios", nargs="*", metavar="NAME", help="built-in ones to judge with (default all but load)"
    )
    command.add_argument(
        "--recordings", type=Path, default=Path("../shared/data"), help="open ones (default ../shared/data)"
    )
    command.add_argument(
        "--train", type=Path, metavar="FILE.npz", help="teach a new model first, into a file"
    )
    command.add_argument(
        "--kept", type=Path, metavar="FOLDER", help="keep examples to teach with here, or take them from here"
    )
    command.add_argument("--jobs", type=count, help="processes at a time (default one a core)")
    _add_json(command)


def _classify(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.classify.run import SCENARIOS, ClassifyOptions, bench

    asked = ClassifyOptions(
        seeds=tuple(options.seeds),
        scenarios=SCENARIOS if options.scenarios is None else tuple(options.scenarios),
        recordings=options.recordings,
        train=options.train,
        kept=options.kept,
        jobs=options.jobs,
    )
    return Outcome(*bench(asked, say))


def _add_scorecard(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seeds", type=count, help="how many, from 1 on (default: as the file, else 3)")
    command.add_argument("--minutes", type=positive, help="of each run (default: as the file, else 5)")
    command.add_argument(
        "--scenarios",
        metavar="A,B",
        help="only these; others keep what the file says (default: all built-in)",
    )
    command.add_argument(
        "--file", type=Path, default=Path("docs/scorecard.md"), help="default docs/scorecard.md"
    )
    command.add_argument(
        "--check", action="store_true", help="write nothing; exit code 1 if a figure is worse than the file's"
    )
    command.add_argument("--jobs", type=count, help="runs at a time (default: one a core)")
    _add_json(command)


def _scorecard(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.scorecard import ScorecardOptions, bench

    names = None if options.scenarios is None else tuple(options.scenarios.split(","))
    wanted = ScorecardOptions(
        names, options.seeds, options.minutes, options.file, options.check, options.jobs
    )
    return Outcome(*bench(wanted, say))


def _rules(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.rules import bench, wanted

    return Outcome(*bench(wanted(options), say))


def _closure(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.closure import bench
    from vedette.app.bench.closure_figures import as_text

    seeds = range(options.first, options.first + options.seeds)
    summary = bench(seeds, options.airport, options.minutes, say)
    return Outcome(summary, as_text(summary))


def _add_ledger(command: argparse.ArgumentParser) -> None:
    command.add_argument("--entries", type=whole, default=50_000, help="to append (default 50000)")
    command.add_argument("--kills", type=whole, default=20, help="of a writer (default 20)")
    command.add_argument("--flips", type=whole, default=200, help="of each kind of file (default 200)")
    command.add_argument("--verify", type=whole, default=100_000, help="entries to prove (default 100000)")
    command.add_argument("--dir", type=Path, help="on which disk (default: the system's temporary folder)")
    command.add_argument("--seed", type=whole, default=1, help="of all that is random (default 1)")
    _add_json(command)


def _ledger(options: argparse.Namespace, say: Say) -> Outcome:
    from vedette.app.bench.ledger import LedgerBench, bench, table

    wanted = LedgerBench(
        options.entries, options.kills, options.flips, options.verify, options.seed, options.dir
    )
    summary, passed = bench(wanted, say)
    return Outcome(summary, table(summary), passed)


BENCHES: Final = (
    BenchCommand(
        "pipeline",
        "from bytes at a socket to bytes at a WebSocket client",
        "./vedette bench pipeline --json",
        _add_pipeline,
        _pipeline,
    ),
    BenchCommand(
        "airspace-cv",
        "the tracker on simulated targets in clutter, as many as you like",
        "./vedette bench airspace-cv --n 1000 --density 0.25 --seed 1 --json",
        _add_airspace_cv,
        _airspace_cv,
    ),
    BenchCommand(
        "association",
        "the tracker on targets that meet, from a file of runs",
        "./vedette bench association FILE.npz --runs 30 --json",
        _add_association,
        _association,
    ),
    BenchCommand(
        "radar",
        "the tracker on a recorded radar, identities hidden",
        "./vedette bench radar FILE.ast --json",
        _add_radar,
        _radar,
    ),
    BenchCommand(
        "clutter",
        "the tracker on simulated targets where a patch gives most of the clutter",
        "./vedette bench clutter --n 50 --patch 50 --seed 1 --json",
        _add_clutter,
        _clutter,
    ),
    BenchCommand(
        "cameras",
        "a real drone in 3-D from the pixels of cameras on the ground, against satellite positioning",
        "./vedette bench cameras drone_cameras/dataset3 --json",
        _add_cameras,
        _cameras,
    ),
    BenchCommand(
        "total-station",
        "a real drone from a surveyor's total station, against its pose",
        "./vedette bench total-station drone_cameras/dataset5 --json",
        _add_total_station,
        _total_station,
    ),
    BenchCommand(
        "courageous",
        "a counter-drone sensor's bearings, against its vendor's tracks",
        "./vedette bench courageous test_data.json --json",
        _add_courageous,
        _courageous,
    ),
    BenchCommand(
        "late",
        "the tracker when a part of what is measured comes seconds later",
        "./vedette bench late --seed 1 --share 0.2 --most-s 30 --json",
        _add_late,
        _late,
    ),
    BenchCommand(
        "surface",
        "an airport's surface: radar and multilateration, alone and fused",
        "./vedette bench surface FOLDER --json",
        _add_surface,
        _surface,
    ),
    BenchCommand(
        "registration",
        "what is found of a fault planted on one of three radars, and what the picture is worth",
        "./vedette bench registration --seed 1 --json",
        _add_registration,
        _registration,
    ),
    BenchCommand(
        "fusion",
        "the tracks of three overlapping sectors, one late and one cut off, fused",
        "./vedette bench fusion --seed 1 --json",
        _add_fusion,
        _fusion,
    ),
    BenchCommand(
        "forgery",
        "how many forged claims are found, how soon, and how many honest senders are accused",
        "./vedette bench forgery --seeds 3 --json",
        _add_forgery,
        _forgery,
    ),
    BenchCommand(
        "classify",
        "class by motion: calibration, drone against bird, confusion; on other seeds than it was taught with",
        "./vedette bench classify --seeds 101 102 103 --json",
        _add_classify,
        _classify,
    ),
    BenchCommand(
        "scorecard",
        "every built-in scenario, simulated, replayed, scored and reviewed: docs/scorecard.md",
        "./vedette bench scorecard --seeds 3 --minutes 5",
        _add_scorecard,
        _scorecard,
    ),
    BenchCommand(
        "rules",
        "each rule of the watch over the built-in scenarios: due, alerted, missed, false, warning time",
        "./vedette bench rules --scenarios prison,airport --seeds 2 --minutes 5 --json",
        add_rules,
        _rules,
    ),
    BenchCommand(
        "closure",
        "advice on an airport's closure: calibration, minutes closed and exposure against fixed rules",
        "./vedette bench closure --seeds 100 --airport 2 --json",
        add_closure,
        _closure,
    ),
    BenchCommand(
        "ledger",
        "durable entries a second, kill -9, flipped bits, and how fast a ledger is proved",
        "./vedette bench ledger --entries 100000 --kills 100 --flips 1000 --verify 1000000 --json",
        _add_ledger,
        _ledger,
    ),
    BenchCommand(
        "simulate",
        "the simulator alone: many actors and a mix of sensors, processor time by part",
        "./vedette bench simulate --actors 1000 --sensors 20 --json",
        _add_simulate,
        _simulate,
    ),
)
