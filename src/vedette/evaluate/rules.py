"""How good each rule is: what it should have told, told, missed, told for nothing, and how long before entry.

What is due comes from the same rules over the truth: whoever a rule holds for when everything is known.
Raised is what the picture's alerts are about, by the individual that each track was matched to. So a
detector that is wrong even where all is known is not found out here: its own tests are for that.

Entry is plain geometry, apart from the rules: see `inside`.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.units import NS_PER_S
from vedette.evaluate.matching import Matches

IN_TIME_S: Final = 36.0  # a drone that was tracked so long before it entered was seen in time


class Raised(Struct, frozen=True):
    """One alert: when it was raised, by which rule, about which tracks (or individuals), or which sensor."""

    time_ns: int
    rule: str
    ids: tuple[int, ...]
    sensor: str = ""


class RuleScore(Struct, frozen=True, kw_only=True):
    """One rule in one run.

    due, alerted, missed  individuals (or sensors) that it holds for in truth, that were told, that were not
    false_                alerts about nobody of them; hours: of the run
    warnings_s            entry less first alert of whoever entered; seen_s: of whoever was seen in time
    """

    rule: str
    due: int
    alerted: int
    missed: int
    false_alerts: int
    hours: float
    warnings_s: list[float]
    seen_s: list[float]
    missed_names: list[str]
    false_names: list[str]


def rule_scores(
    rules: Sequence[str],
    due: Sequence[Raised],
    raised: Sequence[Raised],
    rows: NDArray[np.void],
    matches: Matches,
    entry_ns: Mapping[int, int],
) -> list[RuleScore]:
    """Hold what was raised against what was due, rule by rule.

    due       about individuals; raised: about tracks
    rows      (n,) of TRUTH_ROW, with the track that each was matched to
    entry_ns  when an individual was first in a zone where it may not be
    """
    hours = float(np.ptp(rows["time_ns"])) / NS_PER_S / 3600.0 if len(rows) else 0.0
    meant = [(one, _meant(one, rows, matches.track)) for one in raised]
    first_ns = _first_seen(rows, matches.track)
    names = {int(row["id"]): str(row["name"]) for row in rows}
    return [
        _score(
            rule,
            [one for one in due if one.rule == rule],
            [(one, ids) for one, ids in meant if one.rule == rule],
            hours,
            entry_ns,
            first_ns,
            names,
        )
        for rule in rules
    ]


def _score(
    rule: str,
    due: list[Raised],
    raised: list[tuple[Raised, set[int]]],
    hours: float,
    entry_ns: Mapping[int, int],
    first_ns: Mapping[int, int],
    names: Mapping[int, str],
) -> RuleScore:
    wanted: set[int | str] = {who for one in due for who in one.ids} | {o.sensor for o in due if o.sensor}
    told: set[int | str] = set()
    first: dict[int, int] = {}
    false = []
    for one, ids in raised:
        about: set[int | str] = {one.sensor} if one.sensor else {*ids}
        told |= about & wanted
        if not about & wanted:
            false.append(one.sensor or ", ".join(names.get(i, "?") for i in sorted(ids)) or "nothing there")
        for i in ids:
            first[i] = min(one.time_ns, first.get(i, one.time_ns))
    early = {i: (entry_ns[i] - t) / NS_PER_S for i, t in first.items() if i in wanted and i in entry_ns}
    seen = [
        s for i, s in early.items()
        if i in first_ns and entry_ns[i] - first_ns[i] >= IN_TIME_S * NS_PER_S
    ]  # fmt: skip
    missed = sorted(str(names.get(who, who)) if isinstance(who, int) else who for who in wanted - told)
    return RuleScore(
        rule=rule,
        due=len(wanted),
        alerted=len(told),
        missed=len(wanted) - len(told),
        false_alerts=len(false),
        hours=hours,
        warnings_s=sorted(early.values()),
        seen_s=sorted(seen),
        missed_names=missed,
        false_names=sorted(false),
    )


def _meant(one: Raised, rows: NDArray[np.void], track: NDArray[np.int64]) -> set[int]:
    """The individuals that an alert's tracks were on, each at the matched instant nearest to it."""
    out = set()
    for ident in one.ids:
        mine = np.flatnonzero(track == ident)
        if len(mine):
            nearest = mine[np.argmin(np.abs(rows["time_ns"][mine] - one.time_ns))]
            out.add(int(rows["id"][nearest]))
    return out


def _first_seen(rows: NDArray[np.void], track: NDArray[np.int64]) -> dict[int, int]:
    """When each individual first had a track."""
    out: dict[int, int] = {}
    for row in rows[track >= 0]:
        out.setdefault(int(row["id"]), int(row["time_ns"]))
    return out
