"""The benches of what the picture is taken for: class, claims, rules, advice, and all of it."""

import argparse
from pathlib import Path
from typing import Final

from vedette.app.arguments import add_json, count, positive, whole
from vedette.app.command import Command, Say, Told
from vedette.app.commands.benches import figures, found


def _add_forgery(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seeds", type=count, default=3, help="how many of each scene (default 3)")
    command.add_argument("--first", type=count, default=1, metavar="SEED", help="the first seed (default 1)")
    command.add_argument("--scenes", metavar="A,B", help="only these (default: all)")
    command.add_argument(
        "--sensors", metavar="A,B", help="only with these: radar, finders, both, none (default: all)"
    )
    command.add_argument("--load", type=count, metavar="N", help="only milliseconds a tick with N forged ids")
    add_json(command)


def _forgery(options: argparse.Namespace, say: Say) -> Told:
    if options.load is not None:
        from vedette.app.bench.forgery_load import bench as load

        return figures(load(options.load, say))
    from vedette.app.bench.forgery import bench, chosen

    scenes, sensors = chosen(options.scenes, options.sensors)
    return found(*bench(range(options.first, options.first + options.seeds), scenes, sensors, say))


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
    add_json(command)


def _classify(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.classify.run import SCENARIOS, ClassifyOptions, bench

    asked = ClassifyOptions(
        seeds=tuple(options.seeds),
        scenarios=SCENARIOS if options.scenarios is None else tuple(options.scenarios),
        recordings=options.recordings,
        train=options.train,
        kept=options.kept,
        jobs=options.jobs,
    )
    return found(*bench(asked, say))


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
    add_json(command)


def _scorecard(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.scorecard import ScorecardOptions, bench

    names = None if options.scenarios is None else tuple(options.scenarios.split(","))
    wanted = ScorecardOptions(
        names, options.seeds, options.minutes, options.file, options.check, options.jobs
    )
    return found(*bench(wanted, say))


def _add_rules(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seeds", type=count, default=2, help="how many, from 1 on (default 2)")
    command.add_argument("--minutes", type=positive, default=5.0, help="of each run (default 5)")
    command.add_argument("--scenarios", metavar="A,B", help="only these (default: all built-in)")
    command.add_argument("--rules", type=Path, metavar="FILE", help="default: the built-in rules")
    command.add_argument("--first-seed", type=count, default=1, help="seeds from this one on (default 1)")
    command.add_argument(
        "--together", action="store_true", help="what an officer is rung for by all rules, and warning times"
    )
    command.add_argument(
        "--without-intruders", action="store_true", help="the same where nobody comes: what rings is false"
    )
    command.add_argument("--jobs", type=count, help="runs at a time (default: one a core)")
    add_json(command)


def _rules(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.rules import bench, wanted

    return found(*bench(wanted(options), say))


def _add_closure(command: argparse.ArgumentParser) -> None:
    command.add_argument("--seeds", type=count, default=40, help="random scenes, from 1 on (default 40)")
    command.add_argument("--first", type=count, default=1, help="the first of these seeds (default 1)")
    command.add_argument("--airport", type=whole, default=0, help="seeds of the scenario airport (default 0)")
    command.add_argument("--minutes", type=positive, default=20.0, help="of each of those (default 20)")
    add_json(command)


def _closure(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench.closure import bench
    from vedette.app.bench.closure_figures import as_text

    seeds = range(options.first, options.first + options.seeds)
    summary = bench(seeds, options.airport, options.minutes, say)
    return found(summary, as_text(summary))


def _add_night(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--folder", type=Path, default=Path("nights"), help="where nights are kept (default nights)"
    )
    command.add_argument("--only", metavar="A,B", help="these of the list (default: all)")
    command.add_argument("--seeds", type=count, help="of each bench (default: as the list says)")
    command.add_argument(
        "--first-seed",
        type=count,
        metavar="N",
        help="of each bench (default: the one after the last night's)",
    )
    command.add_argument(
        "--card", type=Path, metavar="FILE", help="write it into this scorecard too (docs/scorecard.md)"
    )
    command.add_argument("--list", action="store_true", help="tell the list and run nothing")
    add_json(command)


def _night(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.bench import night

    benches = night.chosen(night.listed(), options.only)
    if options.list:
        return found({"benches": [one.name for one in benches]}, night.words(benches))
    return found(*night.bench(benches, options.folder, options.seeds, say, options.card, options.first_seed))


COMMANDS: Final = (
    Command(
        "forgery",
        "how many forged claims are found, how soon, and how many honest senders are accused",
        "./vedette bench forgery --seeds 3 --json",
        _add_forgery,
        _forgery,
    ),
    Command(
        "classify",
        "class by motion: calibration, drone against bird, confusion; on other seeds than it was taught with",
        "./vedette bench classify --seeds 101 102 103 --json",
        _add_classify,
        _classify,
    ),
    Command(
        "scorecard",
        "every built-in scenario, simulated, replayed, scored and reviewed: docs/scorecard.md",
        "./vedette bench scorecard --seeds 3 --minutes 5",
        _add_scorecard,
        _scorecard,
    ),
    Command(
        "rules",
        "each rule of the watch over the built-in scenarios: due, alerted, missed, false, warning time",
        "./vedette bench rules --scenarios prison,airport --seeds 2 --minutes 5 --json",
        _add_rules,
        _rules,
    ),
    Command(
        "closure",
        "advice on an airport's closure: calibration, minutes closed and exposure against fixed rules",
        "./vedette bench closure --seeds 100 --airport 2 --json",
        _add_closure,
        _closure,
    ),
    Command(
        "night",
        "the nightly list: all that is judged by long runs, on fresh seeds, added up over nights",
        "./vedette bench night --only rung,normal --seeds 2",
        _add_night,
        _night,
    ),
)
