"""The command line: parse, validate, then import what the command needs.

Exit codes: 0 done, 1 failed, 2 wrong usage.
"""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vedette import __version__
from vedette.app.arguments import InnerCommand, count, positive, whole
from vedette.app.bench.commands import BENCHES, BenchCommand, overview
from vedette.app.evidence import arguments as evidence
from vedette.app.ledger_commands import COMMANDS as LEDGER_COMMANDS
from vedette.app.users_commands import COMMANDS as USERS_COMMANDS
from vedette.core.errors import ConfigError, VedetteError
from vedette.core.units import NS_PER_S

Handler = Callable[[argparse.Namespace], int]

DONE, FAILED, USAGE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    handler: Handler = options.handler
    try:
        return handler(options)
    except ConfigError as error:
        print(f"vedette: {error}", file=sys.stderr)
        return USAGE
    except VedetteError as error:
        print(f"vedette: {error}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("vedette: interrupted", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(
        prog="vedette", description="An open, federated airspace watch. It advises; people decide."
    )
    parser.add_argument("--version", action="version", version=f"vedette {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_demo(commands)
    _add_run(commands)
    _add_replay(commands)
    _add_simulate(commands)
    _add_score(commands)
    _add_exercise(commands)
    _add_review(commands)
    _add_rules(commands)
    _add_inner(commands, "ledger", "a signed record: enter, look, give away, take over", LEDGER_COMMANDS)
    _add_inner(commands, "users", "persons who may log in to a node, each with a role", USERS_COMMANDS)
    _add_pack(commands)
    _add_report(commands)
    _add_verify(commands)
    _add_bench(commands)
    for name, text in (
        ("check", "lint, formatting, types and imports, as CI runs them"),
        ("test", "the tests, as CI runs them; arguments go to pytest"),
    ):
        command = _command(commands, name, text, f"./vedette {name}", _check if name == "check" else _test)
        if name == "test":
            command.add_argument("pytest", nargs=argparse.REMAINDER, help="arguments for pytest")
    return parser


Commands = Any  # argparse gives its sub-parsers no public type


def _command(
    commands: Commands, name: str, text: str, example: str, handler: Handler
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.set_defaults(handler=handler)
    return command


def _add_demo(commands: Commands) -> None:
    command = _command(
        commands,
        "demo",
        "an evening around Brussels: simulated sensors, real sockets, a live map",
        "./vedette demo --headless --seconds 40 --seed 7 --out out/demo",
        _demo,
    )
    command.add_argument("--headless", action="store_true", help="do not offer the page; JSON at the end")
    command.add_argument("--seconds", type=positive, help="end after so long; default: until interrupted")
    command.add_argument("--port", type=_port, default=8470, help="of the page, on 127.0.0.1 (default 8470)")
    command.add_argument("--out", type=Path, help="keep journal, history and truth in this folder")
    command.add_argument("--seed", type=int, default=1, help="of the simulation (default 1)")


def _add_run(commands: Commands) -> None:
    command = _command(commands, "run", "a node on real feeds", "./vedette run examples/site.toml", _run)
    command.add_argument("config", type=Path, metavar="CONFIG.toml", help="or a folder with a node.toml")
    command.add_argument("--seconds", type=positive, help="end after so long; default: until interrupted")
    command.add_argument("--json", action="store_true", help="a summary as JSON on the last line")


def _add_replay(commands: Commands) -> None:
    command = _command(
        commands,
        "replay",
        "recordings through the same stages as a live run",
        "./vedette replay recording.pcap --out out/replay --no-claims\n"
        "  ./vedette replay vedette-data --out out/replay --smooth",
        _replay,
    )
    command.add_argument("paths", type=Path, nargs="+", metavar="PATH", help="recording or folder")
    command.add_argument("--out", type=Path, required=True, help="folder for picture.duckdb and summary.json")
    command.add_argument("--config", type=Path, help="default: node.toml beside the recording")
    command.add_argument("--speed", type=_speed, default=None, help="max, or times real time (default max)")
    command.add_argument(
        "--date", type=_date, default=0, help="YYYY-MM-DD of recordings that know only the time of day"
    )
    command.add_argument(
        "--no-claims", action="store_true", help="hide what targets say of themselves from the tracker"
    )
    command.add_argument(
        "--smooth",
        action="store_true",
        help="write smoothed_point too: where each track went, after the fact",
    )
    command.add_argument("--json", action="store_true", help="the whole summary as JSON on the last line")


def _add_simulate(commands: Commands) -> None:
    command = _command(
        commands,
        "simulate",
        "a scenario to a recording with its truth",
        "./vedette simulate brussels --out out/sim --seed 7\n"
        "  ./vedette simulate load --out out/load --targets 10000 --sensors 50 --seconds 60",
        _simulate,
    )
    command.add_argument(
        "scenario", metavar="SCENARIO", help="a TOML file or a built-in name, such as brussels"
    )
    command.add_argument("--out", type=Path, required=True, help="folder for the recording; new or empty")
    command.add_argument("--seed", type=int, default=1, help="of the simulation (default 1)")
    command.add_argument("--seconds", type=positive, default=600.0, help="of the scenario (default 600)")
    command.add_argument(
        "--targets", type=count, metavar="N", help="so many in its traffic, shared out as the file has them"
    )
    command.add_argument(
        "--sensors", type=count, metavar="M", help="so many: the file's first ones, or all and copies of them"
    )
    command.add_argument("--json", action="store_true", help="counts as JSON on the last line")


def _add_score(commands: Commands) -> None:
    command = _command(
        commands,
        "score",
        "a picture against the truth",
        "./vedette score out/replay --truth out/sim/truth.csv --html out/score.html",
        _score,
    )
    command.add_argument(
        "pictures",
        type=Path,
        nargs="+",
        metavar="DIR",
        help="with picture.duckdb, or a COURAGEOUS file (.json); several are the runs of one study",
    )
    command.add_argument(
        "--truth",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="truth.csv or a COURAGEOUS file: one for all or one each (default: truth.csv in DIR)",
    )
    command.add_argument("--json", action="store_true", help="the score as JSON")
    command.add_argument("--html", type=Path, metavar="FILE", help="write a page to look at")
    command.add_argument(
        "--smoothed", action="store_true", help="of where tracks went after the fact, see replay --smooth"
    )
    command.add_argument(
        "--courageous", type=Path, metavar="FILE", help="write the picture as a COURAGEOUS file"
    )
    command.add_argument("--cutoff", type=positive, default=150.0, help="of a match, m (default 150)")
    command.add_argument(
        "--switch", type=positive, default=75.0, help="what a change of track costs, m (default 75)"
    )
    command.add_argument(
        "--held", type=positive, default=2.0, help="a shown state counts for so long, s (default 2)"
    )


def _add_exercise(commands: Commands) -> None:
    command = _command(
        commands,
        "exercise",
        "a scenario live, for trainees, with a director",
        "./vedette exercise brussels --minutes 20\n"
        "  ./vedette exercise --tell 'blind drone-radar-airport 60'",
        _exercise,
    )
    command.add_argument(
        "scenario", nargs="?", metavar="SCENARIO", help="a TOML file or a built-in name: brussels"
    )
    command.add_argument("--seed", type=whole, default=1, help="of the simulation (default 1)")
    command.add_argument("--speed", type=positive, default=1.0, help="times real time (default 1)")
    command.add_argument("--minutes", type=positive, help="of exercise time; default: until it is ended")
    command.add_argument("--port", type=_port, default=8470, help="of the page, on 127.0.0.1 (default 8470)")
    command.add_argument(
        "--data", type=Path, metavar="DIR", help="folder of it; default: a new one in exercises/"
    )
    command.add_argument(
        "--tell", metavar="LINE", help="say one line to the exercise that runs; 'help' lists them"
    )


def _add_review(commands: Commands) -> None:
    command = _command(
        commands,
        "review",
        "a recorded exercise gone through: what was seen when, what was missed and why",
        "./vedette review exercises/brussels-20261120-173000 --html out/review.html",
        _review,
    )
    command.add_argument(
        "folder", type=Path, metavar="DIR", help="with journal, picture.duckdb, truth.csv, node.toml"
    )
    command.add_argument("--truth", type=Path, metavar="FILE", help="default: truth.csv in DIR")
    command.add_argument("--late", type=positive, default=15.0, help="slower is late, s (default 15)")
    command.add_argument("--json", action="store_true", help="the review as JSON")
    command.add_argument("--html", type=Path, metavar="FILE", help="write a page to step through it")


def _add_rules(commands: Commands) -> None:
    command = _command(
        commands, "rules", "the rules of the watch", "./vedette rules check rules.toml", _rules_usage
    )
    actions = command.add_subparsers(title="actions", metavar="ACTION")
    check = _command(
        actions,
        "check",
        "say in words what a rules file means, or where it is wrong",
        "./vedette rules check rules.toml\n  ./vedette rules check",
        _rules_check,
    )
    check.add_argument("file", type=Path, nargs="?", metavar="FILE", help="default: the built-in rules")


def _add_inner(commands: Commands, name: str, text: str, inner: Sequence[InnerCommand]) -> None:
    """A command that is a group of others."""
    group = _command(commands, name, text, inner[0].example, _inner)
    inside = group.add_subparsers(required=True, metavar="NAME")
    for each in inner:
        one = _command(inside, each.name, each.text, each.example, _inner)
        one.set_defaults(inner=each)
        each.add(one)


def _add_pack(commands: Commands) -> None:
    command = _command(
        commands,
        "pack",
        "an evidence pack: what sensors sent, what follows from it, and what was noted, in one file",
        "./vedette pack vedette-data --alert A000003 --out evidence.zip\n"
        "  ./vedette pack vedette-data --from 2026-11-20T17:30Z --until 2026-11-20T17:45Z --out evidence.zip",
        _pack,
    )
    evidence.add_pack(command)


def _add_report(commands: Commands) -> None:
    command = _command(
        commands,
        "report",
        "an evidence pack for people: a PDF with map, timeline, tracks, reasons, and what is not known",
        "./vedette report evidence.zip --out report.pdf --language nl",
        _report,
    )
    evidence.add_report(command)


def _add_verify(commands: Commands) -> None:
    command = _command(
        commands,
        "verify",
        "prove an evidence pack, a ledger or an export of one: nothing was changed, put in or taken out",
        "./vedette verify vedette-data/ledger\n  ./vedette verify tower.vdtl --key ed25519:4f1d... --json",
        _verify,
    )
    evidence.add_verify(command)


def _add_bench(commands: Commands) -> None:
    command = _command(
        commands, "bench", "measure, seeded and bounded", "./vedette bench pipeline --json", _bench
    )
    command.set_defaults(bench=None)
    benches = command.add_subparsers(title="benches", metavar="NAME")
    for bench in BENCHES:
        one = _command(benches, bench.name, bench.text, bench.example, _bench)
        one.set_defaults(bench=bench)
        bench.add(one)


def _say(line: str) -> None:
    print(f"vedette: {line}", file=sys.stderr, flush=True)


def _print_json(summary: object) -> None:
    print(json.dumps(summary, separators=(",", ":")), flush=True)


def _demo(options: argparse.Namespace) -> int:
    from vedette.app.demo import DemoOptions, demo

    summary = demo(
        DemoOptions(options.headless, options.seconds, options.port, options.out, options.seed), _say
    )
    if options.headless:
        _print_json(summary)
    return DONE


def _run(options: argparse.Namespace) -> int:
    from vedette.app.run import run

    summary = run(options.config, _say, seconds=options.seconds)
    if options.json:
        _print_json(summary)
    return DONE


def _replay(options: argparse.Namespace) -> int:
    from vedette.app.replay import ReplayOptions, replay

    summary = replay(
        ReplayOptions(
            paths=options.paths,
            out=options.out,
            config=options.config,
            speed=options.speed,
            midnight_ns=options.date,
            claims=not options.no_claims,
            smooth=options.smooth,
        ),
        _say,
    )
    for name, sensor in summary["sensors"].items():
        if sensor["missed"]:
            _say(
                f"nobody says where {name} stands, so what it measures from itself was not used: "
                f'give --config with a [[sensor]], source = "{sensor["source"]}", lat_deg and lon_deg'
            )
    if options.json:
        _print_json(summary)
    else:
        print(
            f"{summary['observations']:,} observations, {summary['tracks']:,} tracks, "
            f"{summary['alerts']:,} alerts, {summary['quarantined']:,} quarantined "
            f"in {summary['took_s']:.1f} s; see {options.out / 'summary.json'}"
        )
        if options.smooth:
            print(f"{summary['smoothed_tracks']:,} of them smoothed, {summary['smoothed_points']:,} points")
    return DONE


def _simulate(options: argparse.Namespace) -> int:
    from vedette.app.simulate import Scale, simulate

    counts = simulate(
        options.scenario,
        options.out,
        seconds=options.seconds,
        seed=options.seed,
        say=_say,
        scale=Scale(options.targets, options.sensors),
    )
    told = f"{counts['frames']:,} frames of {counts['individuals']} individuals in {options.out}"
    _print_json(counts) if options.json else print(told)
    return DONE


def _score(options: argparse.Namespace) -> int:
    from vedette.app.score import ScoreOptions, score

    told = score(
        ScoreOptions(
            pictures=options.pictures,
            truths=options.truth,
            cutoff_m=options.cutoff,
            switch_m=options.switch,
            held_s=options.held,
            json=options.json,
            html=options.html,
            courageous=options.courageous,
            smoothed=options.smoothed,
        ),
        _say,
    )
    print(told)
    return DONE


def _exercise(options: argparse.Namespace) -> int:
    from vedette.app.exercise import run, terminal
    from vedette.app.exercise.clock import FASTEST
    from vedette.app.exercise.orders import SLOWEST

    if options.tell is not None:
        print(terminal.tell(options.data or terminal.running(run.FOLDERS), options.tell))
        return DONE
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
        _say,
    )
    return DONE


def _review(options: argparse.Namespace) -> int:
    from vedette.app.review import ReviewOptions, go_through

    wanted = ReviewOptions(options.folder, options.late, options.truth, options.json, options.html)
    print(go_through(wanted, _say))
    return DONE


def _rules_usage(options: argparse.Namespace) -> int:
    print("expected: ./vedette rules check [FILE]", file=sys.stderr)
    return USAGE


def _rules_check(options: argparse.Namespace) -> int:
    from vedette.app.rules import checked

    print(checked(options.file))
    return DONE


def _inner(options: argparse.Namespace) -> int:
    command: InnerCommand = options.inner
    told = command.run(options, _say)
    _print_json(told.summary) if options.json else print(told.text)
    return DONE


def _pack(options: argparse.Namespace) -> int:
    from vedette.app.evidence.command import make

    text, told = make(options, _say)
    _print_json(told) if options.json else print(text)
    return DONE


def _report(options: argparse.Namespace) -> int:
    from vedette.app.report.make import ReportOptions, report

    report(ReportOptions(options.pack, options.out, options.language), _say)
    print(f"wrote {options.out}")
    return DONE


def _verify(options: argparse.Namespace) -> int:
    from vedette.app.evidence.box import is_pack
    from vedette.app.verify import VerifyOptions, prove, text

    if is_pack(options.file):
        from vedette.app.evidence.command import verify  # loads the tracker, too

        holds, words, told = verify(options.file, tuple(options.key), _say, again=not options.quick)
        _print_json(told) if options.json else print(words)
        return DONE if holds else FAILED
    wanted = VerifyOptions(options.file, tuple(options.key), options.keys, tuple(options.head), options.quick)
    verdict, summary = prove(wanted, _say)
    _print_json(summary) if options.json else print(text(verdict, summary["took_s"]))
    return DONE if verdict.fault is None else FAILED


def _bench(options: argparse.Namespace) -> int:
    bench: BenchCommand | None = options.bench
    if bench is None:
        print(overview())
        return DONE
    outcome = bench.run(options, _say)
    _print_json(outcome.summary) if options.json else print(outcome.text)
    return DONE if outcome.passed else FAILED


def _check(_: argparse.Namespace) -> int:
    from vedette.app import developer

    developer.check(_say)
    return DONE


def _test(options: argparse.Namespace) -> int:
    from vedette.app import developer

    return DONE if developer.test(options.pytest) else FAILED


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"expected a port from 1 to 65535, got {text!r}")
    return int(text)


def _speed(text: str) -> float | None:
    return None if text == "max" else positive(text)


def _date(text: str) -> int:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected YYYY-MM-DD, got {text!r}") from None
    return round(day.timestamp()) * NS_PER_S


if __name__ == "__main__":
    raise SystemExit(main())
