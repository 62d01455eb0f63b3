"""The scorecard as a page of Markdown that is read again: what it says can be compared with what is measured.

Numbers have three digits or so, shares a tenth of a percent, so that a figure that changed is a line
that changed. Beside each mean stands the middle 95 % of the means of studies drawn from the seeds; with few
seeds it is narrower than it should be.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal

import msgspec
from msgspec import Struct

from vedette.core.classes import UAS
from vedette.core.errors import StorageError
from vedette.evaluate.page.groups import MANNED
from vedette.evaluate.review import Review
from vedette.evaluate.runs import over_figures
from vedette.evaluate.score import Score
from vedette.evaluate.verdict import GOOD, VERDICTS

_HEAD: Final = """\
How good the picture is on every built-in scenario, and where it is weak. Made by `./vedette bench scorecard`,
not by hand. [scoring.md](scoring.md) says what the figures mean, [exercises.md](exercises.md#scorecard) how
they are made."""
_NOTES: Final = """\
`off` is the root mean square of the horizontal distance between target and track. Switches are of all but
birds, whose flocks fly closer than sensors can tell apart. Everything counts that flew, also what no sensor
could see."""
UNKNOWN: Final = "–"
NIGHTS: Final = "Over many seeds"  # the section that `bench night` writes
MOST_LINES: Final = 14  # of what was missed, a scenario
HELD_WELL: Final = 0.95  # share of its life with a track
MOST_HELD: Final = 6
FALSE_ALERT: Final = "false alert"


class Settings(Struct, frozen=True):
    """Seeds from 1 on, and how long each run was."""

    seeds: int
    minutes: float

    def words(self) -> str:
        """As the page says it."""
        seeds = "seed 1" if self.seeds == 1 else f"seeds 1 to {self.seeds}"
        return f"{seeds}, {self.minutes:g} minutes each"


class Case(Struct, frozen=True):
    """Somebody or something that was missed in one run: name, class, why, and whether an alert was due."""

    name: str
    class_name: str
    verdict: str
    why: str
    due: bool
    seed: int


class Held(Struct, frozen=True):
    """How one individual was held in one run: its share with a track, and s without one by reason."""

    name: str
    class_name: str
    tracked: float
    lost_s: dict[str, float]


class Row(Struct, frozen=True):
    """One scenario: cells by heading, as they are printed."""

    name: str
    cells: dict[str, str]
    parts: str = ""


class Kept(Struct, frozen=True):
    """What the file says of one scenario, as it stands there."""

    name: str
    cells: dict[str, str]
    text: str


class Card(Struct, frozen=True):
    """A file that was read."""

    settings: Settings
    kept: list[Kept]
    nights: str = ""


class Column(Struct, frozen=True):
    """One figure of the table: heading, its name, which way is better, and how it is printed."""

    head: str
    figure: str
    better: Literal["less", "more"]
    share: bool = False


COLUMNS: Final = (
    Column("GOSPA m", "gospa_m", "less"),
    Column("complete", "siap.completeness", "more", share=True),
    Column("ambiguity", "siap.ambiguity", "less"),
    Column("spurious", "siap.spuriousness", "less", share=True),
    Column("switches an hour", "switches_per_hour", "less"),
    Column("entries alerted", "entries_alerted", "more", share=True),
    Column("warning median s", "alerts.warning_s_median", "more"),
    Column("false alerts an hour", "alerts.false_per_hour", "less"),
    Column("class right", "class_right", "more", share=True),
    Column("drone found after s", "trials.detected_s", "less"),
    Column("drones off m", "drones_rmse_m", "less"),
    Column("manned off m", "manned_rmse_m", "less"),
    Column("others off m", "others_rmse_m", "less"),
)
_SETTINGS: Final = re.compile(r"^Settings: seeds? 1(?: to (\d+))?, ([\d.]+) minutes each\.", re.M)
_MEAN: Final = re.compile(r"^(-?[\d.]+)")


def of_review(score: Score, review: Review) -> dict[str, float]:
    """Figures that the score does not have as one number; what cannot be known is left out."""
    watched = [one for one in score.truths if one.class_name != "bird"]
    instants = sum(one.instants for one in watched)
    step_s = review.duration_s / max(score.instants - 1, 1)
    hours = instants * step_s / 3600.0
    out: dict[str, float] = {}
    if hours:
        out["switches_per_hour"] = sum(one.switches for one in watched) / hours
    if score.alerts.due:
        out["entries_alerted"] = score.alerts.warned / score.alerts.due
    held = [(c.right_class, c.instants * c.completeness) for c in score.classes if c.right_class is not None]
    if held:
        out["class_right"] = sum(right * n for right, n in held) / sum(n for _, n in held)
    groups = {"drones": UAS, "manned": MANNED}
    for one in score.classes:
        group = next((name for name, classes in groups.items() if one.class_name in classes), "others")
        if one.position_rmse_m is not None:
            weight = one.instants * one.completeness
            out[f"_{group}_square"] = out.get(f"_{group}_square", 0.0) + weight * one.position_rmse_m**2
            out[f"_{group}_weight"] = out.get(f"_{group}_weight", 0.0) + weight
    for group in ("drones", "manned", "others"):
        square, weight = out.pop(f"_{group}_square", 0.0), out.pop(f"_{group}_weight", 0.0)
        if weight:
            out[f"{group}_rmse_m"] = (square / weight) ** 0.5
    return out


def cases_of(review: Review, seed: int) -> list[Case]:
    """Everybody who was missed, and every false alert."""
    missed = [
        Case(one.name, one.class_name, one.verdict, one.why, one.due, seed)
        for one in review.individuals
        if one.verdict not in GOOD
    ]
    false = [
        Case(
            one.name or "nothing", one.class_name, FALSE_ALERT, f"{one.rule} {one.zone}".strip(), False, seed
        )
        for one in review.false_alerts
    ]
    return missed + false


def held_of(review: Review) -> list[Held]:
    """How every individual was held."""
    out = []
    for one in review.individuals:
        lost: dict[str, float] = {}
        for gap in one.gaps:
            lost[gap.why] = lost.get(gap.why, 0.0) + gap.until_s - gap.from_s
        out.append(Held(one.name, one.class_name, one.tracked, lost))
    return out


def row_of(name: str, each: Sequence[Mapping[str, float]]) -> Row:
    """One scenario over its runs."""
    figures = {one.name: one for one in over_figures(each)}
    cells = {}
    for column in COLUMNS:
        one = figures.get(column.figure)
        cells[column.head] = UNKNOWN if one is None else _cell(one.mean, one.low, one.high, column)
    parts = [
        f"{words} {_number(figures[key].mean)} m"
        for key, words in (
            ("gospa_missed_m", "missed"),
            ("gospa_false_m", "false"),
            ("gospa_localisation_m", "localisation"),
        )
        if key in figures
    ]
    return Row(name, cells, ", ".join(parts))


def _cell(mean: float, low: float | None, high: float | None, column: Column) -> str:
    told = _share if column.share else _number
    if low is None or high is None or told(low) == told(high):
        return told(mean)
    return f"{told(mean)} ({told(low).removesuffix(' %')} to {told(high).removesuffix(' %')})"


def _number(value: float) -> str:
    """Three digits or so, never a power of ten."""
    size = abs(value)
    digits = 0 if size >= 99.95 else 1 if size >= 9.995 else 2 if size >= 0.9995 else 3
    text = f"{value:.{digits}f}"
    return "0" if float(text) == 0 else text


def _share(value: float) -> str:
    return f"{100.0 * value:.1f} %"


def table(rows: Sequence[Row | Kept]) -> str:
    """All scenarios in one table."""
    heads = [column.head for column in COLUMNS]
    lines = [f"| scenario | {' | '.join(heads)} |", f"|---|{'---:|' * len(heads)}"]
    lines += [f"| {row.name} | {' | '.join(row.cells[head] for head in heads)} |" for row in rows]
    return "\n".join(lines)


def written(
    settings: Settings,
    rows: Sequence[Row],
    cases: Mapping[str, Sequence[Case]],
    held: Mapping[str, Sequence[Held]],
    kept: Sequence[Kept],
    nights: str = "",
) -> str:
    """The whole page; cases and held by scenario, nights a section as it stands."""
    told = {row.name: (row, _section(row, cases[row.name], held.get(row.name, ()), settings)) for row in rows}
    both: dict[str, tuple[Row | Kept, str]] = {one.name: (one, one.text) for one in kept}
    both.update(told)
    every = [both[name] for name in sorted(both)]
    return "\n".join(
        [
            "# Scorecard",
            "",
            _HEAD,
            "",
            f"Settings: {settings.words()}. Mean over seeds, and in brackets its 95 % interval (bootstrap).",
            "",
            table([row for row, _ in every]),
            "",
            _NOTES,
            "",
            *([nights] if nights else []),
            *(text for _, text in every),
        ]
    )


def _section(row: Row, cases: Sequence[Case], held: Sequence[Held], settings: Settings) -> str:
    """What a scenario says of our weaknesses."""
    lines = [f"## {row.name}", "", f"GOSPA is made of {row.parts}.", ""]
    groups: dict[tuple[str, str, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.verdict, actor_of(case.name), case.class_name), []).append(case)
    order = {name: place for place, name in enumerate((*VERDICTS, FALSE_ALERT))}
    ranked = sorted(
        groups.items(),
        key=lambda item: (not any(c.due for c in item[1]), -len(item[1]), order[item[0][0]], item[0]),
    )
    if not ranked:
        lines.append("Nothing was missed and no alert was false.")
    for (verdict, actor, kind), found in ranked[:MOST_LINES]:
        seeds = len({case.seed for case in found})
        what = kind.replace("_", " ") or "no target"
        due = ", an alert was due" if any(case.due for case in found) else ""
        often = (
            f"{len(found)} in {seeds} of {settings.seeds} seeds" if settings.seeds > 1 else f"{len(found)}"
        )
        lines.append(f"- **{verdict}**: {actor} ({what}{due}), {often}; {found[0].why}")
    if len(ranked) > MOST_LINES:
        lines.append(f"- and {sum(len(f) for _, f in ranked[MOST_LINES:])} more of other kinds")
    return "\n".join([*lines, *_held_worst(held, settings), ""])


def _held_worst(held: Sequence[Held], settings: Settings) -> list[str]:
    """The actors that were held least, with what they were lost for; a line each."""
    groups: dict[tuple[str, str], list[Held]] = {}
    for one in held:
        groups.setdefault((actor_of(one.name), one.class_name), []).append(one)
    tracked = {key: sum(one.tracked for one in found) / len(found) for key, found in groups.items()}
    worst = sorted((share, key) for key, share in tracked.items() if share < HELD_WELL)[:MOST_HELD]
    lines = []
    for share, (actor, kind) in worst:
        lost: dict[str, float] = {}
        for one in groups[actor, kind]:
            for why, seconds in one.lost_s.items():
                lost[why] = lost.get(why, 0.0) + seconds / settings.seeds
        parts = [
            f"{_number(s)} s {why}" for why, s in sorted(lost.items(), key=lambda item: (-item[1], item[0]))
        ]
        reasons = f"; lost a run for {', '.join(parts)}" if parts else "; for moments only"
        lines.append(f"- held {share:.0%}: {actor} ({kind.replace('_', ' ')}){reasons}")
    return ["", "Held least:", "", *lines] if lines else []


def actor_of(name: str) -> str:
    """Who an individual belongs to: without the numbers of its life and of its place in a flock."""
    return re.sub(r"( \d+)?( #\d+)?$", "", name)


def read(path: Path) -> Card | None:
    """A file that `written` made; None where it is something else."""
    text = path.read_text(encoding="utf-8")
    found = _SETTINGS.search(text)
    if not found:
        return None
    settings = Settings(int(found[1] or 1), float(found[2]))
    lines = [line for line in text.partition("\n## ")[0].splitlines() if line.startswith("| ")]
    heads = [part.strip() for part in lines[0].split("|")[2:-1]] if lines else []
    sections = {
        part.partition("\n")[0].strip(): f"## {part}" for part in re.split(r"^## ", text, flags=re.M)[1:]
    }
    kept = []
    for line in lines[1:]:
        name, *cells = (part.strip() for part in line.split("|")[1:-1])
        section = sections.get(name, f"## {name}\n").rstrip("\n") + "\n"
        kept.append(Kept(name, dict(zip(heads, cells, strict=False)), section))
    nights = sections.get(NIGHTS)
    return Card(settings, kept, "" if nights is None else nights.rstrip("\n") + "\n")


def write_nights(path: Path, section: str) -> None:
    """Put a section of the nights in the place of the old one, or StorageError."""
    try:
        text = path.read_text(encoding="utf-8")
        before, _, rest = text.partition(f"## {NIGHTS}\n")
        if rest:
            rest = f"## {rest.partition(chr(10) + '## ')[2]}"
        else:
            before, _, rest = text.partition("## ")
            rest = f"## {rest}"
        path.write_text(f"{before}{section}\n{rest}", encoding="utf-8")
    except OSError as error:
        raise StorageError(f"{path}: cannot write: {error}") from error


def worse(before: Card, rows: Sequence[Row], settings: Settings) -> list[str]:
    """Figures that are worse than the file's, as they are printed; none where the settings differ."""
    if before.settings != settings:
        return []
    old = {kept.name: kept.cells for kept in before.kept}
    out = []
    for row in rows:
        for column in COLUMNS:
            was, now = old.get(row.name, {}).get(column.head, UNKNOWN), row.cells[column.head]
            if _is_worse(was, now, column):
                out.append(f"{row.name}: {column.head} was {was}, now {now}")
    return out


def _is_worse(was: str, now: str, column: Column) -> bool:
    """By the printed means; a figure that was known and is no more is worse."""
    old, new = _MEAN.match(was), _MEAN.match(now)
    if not old or not new:
        return bool(old) and not new
    return float(new[1]) > float(old[1]) if column.better == "less" else float(new[1]) < float(old[1])


def as_json(summary: dict[str, Any]) -> dict[str, Any]:
    """Values that JSON has."""
    out: dict[str, Any] = msgspec.to_builtins(summary)
    return out
