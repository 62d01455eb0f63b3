"""Arguments of `./vedette bench closure`; nothing is imported that only running it needs."""

import argparse

from vedette.app.arguments import count, positive, whole


def add_closure(command: argparse.ArgumentParser) -> None:
    """What to measure."""
    command.add_argument("--seeds", type=count, default=40, help="random scenes, from 1 on (default 40)")
    command.add_argument("--first", type=count, default=1, help="the first of these seeds (default 1)")
    command.add_argument("--airport", type=whole, default=0, help="seeds of the scenario airport (default 0)")
    command.add_argument("--minutes", type=positive, default=20.0, help="of each of those (default 20)")
    command.add_argument("--json", action="store_true", help="the figures as JSON on the last line")
