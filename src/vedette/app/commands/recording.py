"""Recordings: made by the simulator, and put through the stages again."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from vedette.app.arguments import count, positive
from vedette.app.command import Command, Say, Told
from vedette.core.units import NS_PER_S


def _add_replay(command: argparse.ArgumentParser) -> None:
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


def _replay(options: argparse.Namespace, say: Say) -> Told:
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
        say,
    )
    for name, sensor in summary["sensors"].items():
        if sensor["missed"]:
            say(
                f"nobody says where {name} stands, so what it measures from itself was not used: "
                f'give --config with a [[sensor]], source = "{sensor["source"]}", lat_deg and lon_deg'
            )
    text = (
        f"{summary['observations']:,} observations, {summary['tracks']:,} tracks, "
        f"{summary['alerts']:,} alerts, {summary['quarantined']:,} quarantined "
        f"in {summary['took_s']:.1f} s; see {options.out / 'summary.json'}"
    )
    if options.smooth:
        text += f"\n{summary['smoothed_tracks']:,} of them smoothed, {summary['smoothed_points']:,} points"
    return Told(text, summary)


def _add_simulate(command: argparse.ArgumentParser) -> None:
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


def _simulate(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.simulate import Scale, simulate

    counts = simulate(
        options.scenario,
        options.out,
        seconds=options.seconds,
        seed=options.seed,
        say=say,
        scale=Scale(options.targets, options.sensors),
    )
    told = f"{counts['frames']:,} frames of {counts['individuals']} individuals in {options.out}"
    return Told(told, counts)


def _speed(text: str) -> float | None:
    return None if text == "max" else positive(text)


def _date(text: str) -> int:
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected YYYY-MM-DD, got {text!r}") from None
    return round(day.timestamp()) * NS_PER_S


COMMANDS: Final = (
    Command(
        "replay",
        "recordings through the same stages as a live run",
        "./vedette replay recording.pcap --out out/replay --no-claims\n"
        "  ./vedette replay vedette-data --out out/replay --smooth",
        _add_replay,
        _replay,
    ),
    Command(
        "simulate",
        "a scenario to a recording with its truth",
        "./vedette simulate brussels --out out/sim --seed 7\n"
        "  ./vedette simulate load --out out/load --targets 10000 --sensors 50 --seconds 60",
        _add_simulate,
        _simulate,
    ),
)
