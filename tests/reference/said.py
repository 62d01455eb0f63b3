"""What the code says of tracks, sensors and airports, in English: all strings of modules that give reasons.

And what it has said: the reasons in a picture file.

A string counts where it has words: in an f-string, in a condition within one, or alone with a blank in it.
Docstrings, what is raised, names of fields and keys do not.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import msgspec

from vedette.core.advice import Advice

SOURCE = Path(__file__).parents[2] / "src" / "vedette"
_WORD = re.compile(r"[a-z]{2}")

_LISTS = (
    "SELECT unnest(reasons) AS why, count(*) FROM alert GROUP BY why",
    "SELECT unnest(reasons) AS why, count(*) FROM identity GROUP BY why",
    "SELECT unnest(reasons) AS why, count(*) FROM advice GROUP BY why",
    "SELECT unnest(changes) AS why, count(*) FROM advice GROUP BY why",
)


class Said(NamedTuple):
    """One string: where it stands, and its fixed parts, in order."""

    place: str
    parts: tuple[str, ...]

    @property
    def text(self) -> str:
        """As one reads it, with … for what is filled in."""
        return "…".join(self.parts)


def sentences(folders: tuple[str, ...], without: set[str]) -> Iterator[Said]:
    """All strings of modules, those that are named left out."""
    for path in sorted(p for folder in folders for p in SOURCE.glob(folder)):
        name = path.relative_to(SOURCE).as_posix()
        if name not in without:
            yield from strings(path.read_text(encoding="utf-8"), name)


def given() -> Iterator[Said]:
    """All strings that are given as `reasons=[…]`, wherever."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        for call in ast.walk(ast.parse(text)) if "reasons=[" in text else ():
            if isinstance(call, ast.keyword) and call.arg == "reasons":
                yield from _of(call.value, path.relative_to(SOURCE).as_posix())


def strings(source: str, name: str) -> Iterator[Said]:
    """All strings of one source."""
    yield from _of(ast.parse(source), name)


def _of(tree: ast.AST, name: str) -> Iterator[Said]:
    skipped = set(_skipped(tree))
    inside = {
        id(x) for f in ast.walk(tree) if isinstance(f, ast.JoinedStr) for x in ast.walk(f) if x is not f
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.JoinedStr):
            parts = tuple("".join(each) for each in _parts(node))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            if " " not in node.value.strip() and id(node) not in inside:
                continue
            parts = tuple(re.split(r"\{[^}]*\}", node.value))  # a template of str.format has its holes too
        else:
            continue
        if any(_WORD.search(part) for part in parts):
            yield Said(f"{name}:{node.lineno}", parts)


def _parts(text: ast.JoinedStr) -> list[list[str]]:
    out: list[list[str]] = [[]]
    for value in text.values:
        if isinstance(value, ast.Constant):
            out[-1].append(str(value.value))
        else:
            out.append([])
    return out


def _skipped(tree: ast.AST) -> Iterator[int]:
    """Nodes (by id) whose strings nobody is told."""
    for node in ast.walk(tree):
        hidden: list[ast.AST] = []
        match node:
            case ast.Raise():
                hidden = [node]
            case ast.Expr(value=ast.Constant()):
                hidden = [node.value]
            case ast.Subscript():
                hidden = [node.slice]
            case ast.JoinedStr():
                for value in node.values:
                    if isinstance(value, ast.Constant):
                        yield id(value)
                    elif isinstance(value, ast.FormattedValue) and value.format_spec is not None:
                        hidden.append(value.format_spec)
        for one in hidden:
            yield from (id(inner) for inner in ast.walk(one))


def of_picture(path: Path) -> Counter[str]:
    """All reasons of one picture file, and how often each was recorded."""
    out: Counter[str] = Counter()
    with duckdb.connect(str(path), read_only=True) as db:
        for query in _LISTS:
            out.update(dict(db.execute(query).fetchall()))
        for (whole,) in db.execute("SELECT whole FROM advice").fetchall():
            out.update(msgspec.json.decode(whole, type=Advice).severity)
    return out
