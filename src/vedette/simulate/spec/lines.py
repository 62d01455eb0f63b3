"""Where in a TOML file a value stands, so that an error can name its line.

`tomllib` does not keep positions. Headers and keys begin a line, so a scan over the lines finds the
one that a path such as `$.sensor[2].range_max_m` means; an inline table gives the line it begins on.
"""

import re

_HEADER = re.compile(r"^\s*(\[\[?)\s*([A-Za-z0-9_.\-]+)\s*\]\]?")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-]+)\s*=")
_STEP = re.compile(r"([A-Za-z0-9_\-]+)|\[(\d+)\]")


def line_of(text: str, path: str) -> int | None:
    """Line, from 1, of the deepest part of `path` that the text holds; None where nothing of it is.

    path  as msgspec writes it: "$.sensor[2].range_max_m"
    """
    wanted = path.lstrip("$.")
    best: tuple[int, int] | None = None
    table = ""
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            name = header.group(2)
            if header.group(1) == "[[":
                counts[name] = counts.get(name, -1) + 1
                name = f"{name}[{counts[name]}]"
            table = name
            place = table
        else:
            key = _KEY.match(line)
            if not key:
                continue
            place = f"{table}.{key.group(1)}" if table else key.group(1)
        if _is_prefix(place, wanted) and (best is None or len(place) > best[0]):
            best = (len(place), number)
    return None if best is None else best[1]


def _is_prefix(place: str, wanted: str) -> bool:
    """Whether `place` is `wanted` or a parent of it."""
    mine = _STEP.findall(place)
    return mine == _STEP.findall(wanted)[: len(mine)]
