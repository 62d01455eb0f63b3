"""The nightly list: long benches with seeds that no night had before, kept, and added up over nights.

    folder/<bench>.jsonl  a line a night: when, seeds, digest of the code, figures

What is rare, such as a false alert, takes more hours than one night has. So counts of all nights of one code
are added up, and each night's seeds go on from the last one's.
"""

import hashlib
import math
import os
import resource
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from vedette.app.bench import scorecard_page as page
from vedette.app.bench.rules_rings import poisson
from vedette.core.errors import ConfigError, StorageError

Say = Callable[[str], None]
LIST: Final = Path(__file__).with_suffix(".toml")
_SOURCE: Final = Path(__file__).parents[2]
_FIRST_SEED: Final = 1001  # lower ones are looked at by day
_MEMORY: Final = 16 << 30  # bytes that a bench may take, each of its processes


class Aim(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a bench is to show; figure and of are paths into its JSON. See night.toml."""

    says: str
    figure: str
    of: str = ""
    times: float = 1.0
    at_least: float = -math.inf
    at_most: float = math.inf


class Bench(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One bench of the list. most_min: it is ended after so many minutes."""

    name: str
    about: str
    command: list[str]
    seeds: int
    most_min: float
    aim: list[Aim] = []


class Night(Struct, frozen=True, kw_only=True):
    """One bench of one night: figures, or why there are none."""

    at: str
    code: str
    first: int
    seeds: int
    took_s: float
    figures: dict[str, Any] | None = None
    failed: str = ""


class Held(Struct, frozen=True):
    """One aim: its value tonight and over all nights of this code; whether that keeps it, None not known.

    counts  of which it is the share or the rate; None where it is of none
    """

    bench: str
    says: str
    bound: str
    tonight: float | None
    nights: int
    all_nights: float | None
    interval: tuple[float, float] | None
    kept: bool | None
    counts: tuple[float, float] | None = None


def listed(path: Path = LIST) -> list[Bench]:
    """The list, or ConfigError."""
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return msgspec.convert(told.get("bench", []), list[Bench])
    except (OSError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise ConfigError(str(path), "a list of benches", str(error)) from error


def chosen(benches: list[Bench], only: str | None) -> list[Bench]:
    """Those that were asked for, or ConfigError."""
    names = [one.name for one in benches]
    wanted = names if only is None else only.split(",")
    for name in wanted:
        if name not in names:
            raise ConfigError("--only", f"some of {', '.join(names)}", name)
    return [one for one in benches if one.name in wanted]


def bench(
    benches: Sequence[Bench],
    folder: Path,
    seeds: int | None,
    say: Say,
    card: Path | None = None,
    first_seed: int | None = None,
) -> tuple[dict[str, Any], str, bool]:
    """Run them one after the other; figures, lines to print, and whether all aims were kept.

    seeds       of each, instead of what the list says
    card        the scorecard, where what is known of this code is written into, by other nights too
    first_seed  instead of the one after the last night's
    """
    code, held, failed = code_digest(), list[Held](), list[str]()
    for one in benches:
        before = read(folder, one.name)
        after_last = max((night.first + night.seeds for night in before), default=_FIRST_SEED)
        first = after_last if first_seed is None else first_seed
        say(f"{one.name}: {one.about}; seeds from {first} on, {one.most_min:g} min at most")
        night = run(one, first, one.seeds if seeds is None else seeds, code, say)
        keep(folder, one.name, night)
        if night.failed:
            failed.append(f"{one.name}: {night.failed}")
        held += _judged_all(one, night, _alike([*before, night], code))
    if card is not None:
        page.write_nights(card, as_section(*_known(folder, code)))
    summary = {"code": code, "aims": [msgspec.to_builtins(one) for one in held], "failed": failed}
    return summary, table(held, failed), not failed and all(one.kept is not False for one in held)


def _alike(nights: Sequence[Night], code: str) -> list[Night]:
    """Those of this code that have figures."""
    return [night for night in nights if night.code == code and night.figures is not None]


def _judged_all(one: Bench, night: Night, alike: Sequence[Night]) -> list[Held]:
    """All aims of a bench."""
    return [judged(one.name, aim, night, alike) for aim in one.aim]


def _known(folder: Path, code: str) -> tuple[list[Held], list[str]]:
    """What is known of this code by all nights of the list, and of which seeds in words."""
    held, which = list[Held](), list[str]()
    for one in listed():
        alike = _alike(read(folder, one.name), code)
        if alike and one.aim:
            held += _judged_all(one, alike[-1], alike)
            seeds = ", ".join(f"{n.first} to {n.first + n.seeds - 1}" for n in alike)
            which.append(f"{one.about}, seeds {seeds}")
    return held, which


def run(one: Bench, first: int, seeds: int, code: str, say: Say) -> Night:
    """One bench in a process of its own, with bounds of time and memory."""
    at, began_s = datetime.now(UTC).strftime("%Y-%m-%d %H:%M"), time.monotonic()
    command = [sys.executable, "-m", "vedette.app.cli", "bench", *filled(one.command, first, seeds), "--json"]
    with (
        _ending_on_sigterm(),
        subprocess.Popen(
            command, stdout=subprocess.PIPE, start_new_session=True, preexec_fn=_bounded
        ) as process,
    ):
        try:
            out, _ = process.communicate(timeout=60.0 * one.most_min)
            failed = "" if process.returncode in (0, 1) else f"it ended with {process.returncode}"
        except subprocess.TimeoutExpired:
            out, failed = b"", f"it took longer than {one.most_min:g} min"
        finally:
            _end(process)
    figures = None if failed else _last_line(out)
    if figures is None:
        failed = failed or "its last line is no JSON"
        say(f"{one.name}: {failed}")
    return Night(
        at=at, code=code, first=first, seeds=seeds, took_s=round(time.monotonic() - began_s, 1),
        figures=figures, failed=failed,
    )  # fmt: skip


def filled(command: Sequence[str], first: int, seeds: int) -> list[str]:
    """A command with its seeds."""
    out: list[str] = []
    for word in command:
        if word == "{each}":
            out += [str(seed) for seed in range(first, first + seeds)]
        else:
            out.append(word.replace("{first}", str(first)).replace("{seeds}", str(seeds)))
    return out


def judged(name: str, aim: Aim, night: Night, nights: Sequence[Night]) -> Held:
    """An aim by a night, and by all nights of the same code with it."""
    tonight, _ = value(aim, [night] if night.figures is not None else [])
    over_all, interval = value(aim, nights)
    least, most = aim.at_least, aim.at_most
    bound = f"at least {least:g}" if math.isfinite(least) else f"at most {most:g}"
    kept = None if over_all is None else least <= over_all <= most
    return Held(name, aim.says, bound, tonight, len(nights), over_all, interval, kept, _counts(aim, nights))


def value(aim: Aim, nights: Sequence[Night]) -> tuple[float | None, tuple[float, float] | None]:
    """An aim's figure over nights: counts are added up, others are the worst; and the interval of a rate."""
    found = [number for night in nights if (number := _at(night.figures, aim.figure)) is not None]
    if not found or len(found) < len(nights):
        return None, None
    if not aim.of:
        return (min(found) if math.isfinite(aim.at_least) else max(found)), None
    of = sum(_at(night.figures, aim.of) or 0.0 for night in nights)
    if not of:
        return None, None
    scale = aim.times / of
    low, high = poisson(round(sum(found))) if aim.times != 1.0 else (0.0, 0.0)
    return sum(found) * scale, ((low * scale, high * scale) if aim.times != 1.0 else None)


def _counts(aim: Aim, nights: Sequence[Night]) -> tuple[float, float] | None:
    """What a share or a rate is of, over nights."""
    if not aim.of:
        return None
    both = ((_at(night.figures, aim.figure) or 0.0, _at(night.figures, aim.of) or 0.0) for night in nights)
    found, of = zip(*both, strict=True) if nights else ((), ())
    return (sum(found), round(sum(of), 2)) if sum(of) else None


def table(held: Sequence[Held], failed: Sequence[str]) -> str:
    """A line an aim."""
    lines = [f"{'bench':<10}{'tonight':>10}{'nights':>8}{'all':>10}  {'aim':<16}"]
    for one in held:
        spread = _spread(one)
        verdict = "not known" if one.kept is None else "kept" if one.kept else "NOT KEPT"
        lines.append(
            f"{one.bench:<10}{_told(one.tonight):>10}{one.nights:>8}{_told(one.all_nights):>10}  "
            f"{one.bound:<16}{verdict}: {one.says}{spread}"
        )
    return "\n".join([*lines, *failed])


def as_section(held: Sequence[Held], seeds: Sequence[str]) -> str:
    """What the scorecard says of the nights: its section, in Markdown."""
    lines = [
        f"## {page.NIGHTS}",
        "",
        f"The [nightly list](benchmarks.md#the-nightly-list): {'; '.join(seeds)}.",
        "",
        "| aim | over all nights | asked for | |",
        "|---|---:|---:|---|",
    ]
    for one in held:
        verdict = "not known" if one.kept is None else "kept" if one.kept else "**not kept**"
        lines.append(f"| {one.says} | {_told(one.all_nights)}{_spread(one)} | {one.bound} | {verdict} |")
    return "\n".join([*lines, ""])


def _spread(one: Held) -> str:
    """The counts behind a figure, and its interval, in brackets; empty where there are none."""
    parts = [f"{one.counts[0]:g} of {one.counts[1]:g}"] if one.counts else []
    parts += [f"95 %: {_told(one.interval[0])} to {_told(one.interval[1])}"] if one.interval else []
    return f" ({'; '.join(parts)})" if parts else ""


def words(benches: Sequence[Bench]) -> str:
    """The list, for people."""
    lines = []
    for one in benches:
        lines.append(f"{one.name}: {one.about}; {one.seeds} seeds, {one.most_min:g} min at most")
        lines.append(f"    ./vedette bench {' '.join(filled(one.command, _FIRST_SEED, one.seeds))}")
        lines += [f"    aim: {aim.says} {_bounds(aim)}" for aim in one.aim]
    return "\n".join(lines)


def read(folder: Path, name: str) -> list[Night]:
    """What earlier nights of a bench found, or StorageError."""
    path = folder / f"{name}.jsonl"
    try:
        lines = path.read_bytes().splitlines()
        return [msgspec.json.decode(line, type=Night) for line in lines if line.strip()]
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        raise StorageError(f"{path}: expected a line a night, got {error}") from error


def keep(folder: Path, name: str, night: Night) -> None:
    """One more night, or StorageError."""
    path = folder / f"{name}.jsonl"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(msgspec.json.encode(night) + b"\n")
    except OSError as error:
        raise StorageError(f"{path}: cannot write: {error}") from error


def code_digest() -> str:
    """What tells this code from another: of all that is run, without the page."""
    digest = hashlib.sha256()
    for path in sorted(_SOURCE.rglob("*")):
        if path.suffix in (".py", ".toml", ".npz", ".json") and "page" not in path.parts:
            digest.update(path.relative_to(_SOURCE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def _bounds(aim: Aim) -> str:
    return f">= {aim.at_least:g}" if math.isfinite(aim.at_least) else f"<= {aim.at_most:g}"


def _told(number: float | None) -> str:
    return "-" if number is None else f"{number:.4g}"


def _at(figures: dict[str, Any] | None, path: str) -> float | None:
    """A number by its path; None where there is none."""
    found: Any = figures
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return float(found) if isinstance(found, int | float) else None


def _last_line(out: bytes) -> dict[str, Any] | None:
    lines = out.strip().splitlines()
    try:
        return msgspec.json.decode(lines[-1], type=dict[str, Any]) if lines else None
    except msgspec.DecodeError:
        return None


def _bounded() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))


@contextmanager
def _ending_on_sigterm() -> Iterator[None]:
    """SIGTERM ends this program as SIGINT does, so that it ends what it began."""

    def leave(number: int, _: object) -> None:
        raise SystemExit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Nothing that it began goes on."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return
