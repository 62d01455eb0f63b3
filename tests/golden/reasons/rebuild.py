"""Writes recorded.txt: a reason of each sort that recordings have, of alerts, identities and advice.

    PYTHONPATH=tests/reference .venv/bin/python tests/golden/reasons/rebuild.py out/*/picture.duckdb

Of reasons that are alike but for their numbers, and but for what the first three things said of a motion are,
the file has one. It was made of all built-in scenarios but `load`, 300 s each of seed 11, replayed.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from said import of_picture

from vedette.app.report.translate import tongue
from vedette.app.report.words import LANGUAGES

OUT = Path(__file__).parent / "recorded.txt"
_MOTION = re.compile(r"^((?:moves like|unlike) a )[a-z ]+: (.*)$")


def sort_of(reason: str) -> str:
    """What reasons that are alike have in common."""
    plain = re.sub(r"\b[A-Z0-9]*\d[A-Za-z0-9]*(?:\.\d+)?\b", "9", reason)
    motion = _MOTION.match(plain)
    return plain if motion is None else motion[1] + motion[2].split(", ")[0]


def main(paths: list[str]) -> None:
    """Count, choose and write."""
    found: Counter[str] = sum((of_picture(Path(path)) for path in paths), Counter())
    chosen: dict[str, str] = {}
    for reason in sorted(found):
        chosen.setdefault(sort_of(reason), reason)
    OUT.write_text("\n".join(sorted(chosen.values())) + "\n", encoding="utf-8")
    count = f"{len(chosen)} of {len(found)} that differ, {found.total()} in all, of {len(paths)} recordings"
    sys.stdout.write(f"{count}\n")
    for language in LANGUAGES:
        left = [reason for reason in found if tongue(language).translated(reason) is None]
        sys.stdout.write(f"{language}: {len(left)} of {len(found)} have no translation\n")


if __name__ == "__main__":
    main(sys.argv[1:])
