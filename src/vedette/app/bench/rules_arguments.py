"""Arguments of `./vedette bench rules`; nothing is imported that only running it needs."""

import argparse
from pathlib import Path

from vedette.app.arguments import count, positive


def add_rules(command: argparse.ArgumentParser) -> None:
    """What to measure."""
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
    command.add_argument("--json", action="store_true", help="the figures as JSON on the last line")
