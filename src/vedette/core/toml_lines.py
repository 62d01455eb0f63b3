"""Where in a TOML file each value stands, so that an error can name its line.

`tomllib` keeps no positions. This walks over a text that it has read without complaint and notes the line
of every table, key and element of an array, at any depth and over any number of lines.

Source of the grammar: TOML v1.0.0.
"""

import re
from collections.abc import Generator, Iterator

Path = tuple[str | int, ...]

_STEP = re.compile(r"([A-Za-z0-9_\-]+)|\[(\d+)\]")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_SPACE = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_\-]+")
_STRING = re.compile(r'"""(?:\\.|[^\\])*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'', re.DOTALL)
_PLAIN = re.compile(r"[^,\]}#\n]*")  # a number, a time, a truth value


def line_of(text: str, path: str) -> int | None:
    """Line, from 1, of the deepest part of `path` that the text holds; None where nothing of it is.

    path  as msgspec writes it: "$.sensor[2].range_max_m"
    """
    wanted = steps_of(path)
    known = dict(reversed(list(places(text))))  # the first one of each
    for size in range(len(wanted), 0, -1):
        if wanted[:size] in known:
            return text.count("\n", 0, known[wanted[:size]]) + 1
    return None


def steps_of(path: str) -> Path:
    """The keys and indices of a path."""
    return tuple(int(index) if index else name for name, index in _STEP.findall(path.lstrip("$")))


def places(text: str) -> Iterator[tuple[Path, int]]:
    """Path and offset of all that the text holds, in its order."""
    table: Path = ()
    counts: dict[Path, int] = {}
    at = _end(_BLANK, text, 0)
    while at < len(text):
        begin = at
        if text.startswith("[", at):
            array = text.startswith("[[", at)
            keys, at = _keys(text, at + 1 + array)
            table = _table(keys, counts, array=array)
            yield table, begin
            at = at + 1 + array
        else:
            at = yield from _pair(text, at, table)
        following = _end(_BLANK, text, at)
        at = following if following > begin else begin + 1  # whatever it is, it goes on


def _table(keys: Path, counts: dict[Path, int], *, array: bool) -> Path:
    """The path of a header: names of arrays of tables mean their last element."""
    path: Path = ()
    for i, key in enumerate(keys):
        path = (*path, key)
        if array and i + 1 == len(keys):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    """Where what a pattern matches ends."""
    found = pattern.match(text, at)
    return found.end() if found else at


def _keys(text: str, at: int) -> tuple[Path, int]:
    """A dotted key, bare or quoted, and where it ends."""
    keys: list[str | int] = []
    while at < len(text):
        at = _end(_SPACE, text, at)
        end = max(_end(_BARE_KEY, text, at), _end(_STRING, text, at))
        keys.append(text[at:end].strip("\"'"))
        at = _end(_SPACE, text, end)
        if not text.startswith(".", at):
            break
        at += 1
    return tuple(keys), at


def _pair(text: str, at: int, table: Path) -> Generator[tuple[Path, int], None, int]:
    """`key = value` at an offset; the generator returns where it ends."""
    begin = at
    keys, at = _keys(text, at)
    for size in range(1, len(keys) + 1):
        yield (*table, *keys[:size]), begin
    at = _end(_BLANK, text, at + 1)
    return (yield from _value(text, at, (*table, *keys)))


def _value(text: str, at: int, path: Path) -> Generator[tuple[Path, int], None, int]:
    """A value at an offset, and all in it."""
    if text.startswith("[", at):
        return (yield from _elements(text, at + 1, path))
    if text.startswith("{", at):
        at = _end(_BLANK, text, at + 1)
        while at < len(text) and text[at] != "}":
            at = yield from _pair(text, at, path)
            at = _after_comma(text, at)
        return at + 1
    end = _end(_STRING, text, at)
    return end if end > at else _end(_PLAIN, text, at)


def _elements(text: str, at: int, path: Path) -> Generator[tuple[Path, int], None, int]:
    """The elements of an array."""
    index = 0
    at = _end(_BLANK, text, at)
    while at < len(text) and text[at] != "]":
        yield (*path, index), at
        at = yield from _value(text, at, (*path, index))
        at = _after_comma(text, at)
        index += 1
    return at + 1


def _after_comma(text: str, at: int) -> int:
    """Past the comma between two elements, if there is one."""
    at = _end(_BLANK, text, at)
    return _end(_BLANK, text, at + 1) if text.startswith(",", at) else at
