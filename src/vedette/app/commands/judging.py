"""What a recording is worth: its score, and what was missed and why."""

import argparse
from pathlib import Path
from typing import Final

from vedette.app.arguments import positive
from vedette.app.command import Command, Say, Told


def _add_score(command: argparse.ArgumentParser) -> None:
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


def _score(options: argparse.Namespace, say: Say) -> Told:
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
        say,
    )
    return Told(told)


def _add_review(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "folder", type=Path, metavar="DIR", help="with journal, picture.duckdb, truth.csv, node.toml"
    )
    command.add_argument("--truth", type=Path, metavar="FILE", help="default: truth.csv in DIR")
    command.add_argument("--late", type=positive, default=15.0, help="slower is late, s (default 15)")
    command.add_argument("--json", action="store_true", help="the review as JSON")
    command.add_argument("--html", type=Path, metavar="FILE", help="write a page to step through it")


def _review(options: argparse.Namespace, say: Say) -> Told:
    from vedette.app.review import ReviewOptions, go_through

    wanted = ReviewOptions(options.folder, options.late, options.truth, options.json, options.html)
    return Told(go_through(wanted, say))


COMMANDS: Final = (
    Command(
        "score",
        "a picture against the truth",
        "./vedette score out/replay --truth out/sim/truth.csv --html out/score.html",
        _add_score,
        _score,
    ),
    Command(
        "review",
        "a recorded exercise gone through: what was seen when, what was missed and why",
        "./vedette review exercises/brussels-20261120-173000 --html out/review.html",
        _add_review,
        _review,
    ),
)
