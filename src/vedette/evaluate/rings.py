"""What an officer is rung for: drones that come and false alerts, with the rules as they stand together.

An alert rings when it is first told as caution or warning, is not suppressed, and is not shown under another
one (`part_of`); told again because nobody answered, it does not. One that is only ever told as info is a
note: it is there to be looked at.

A ring or a note is **false** where no track that it was about was on an unauthorised drone within NEAR_S of
it, nor on somebody (or a sensor) that the same rule holds for in truth. So what the watch tells of an
authorised drone, a bird, a car or nothing at all is false, and so is a second track of any of these. Where a
forger transmits, what is told of its transmitter or of its claims is not false.

**Entered** are unauthorised drones that were in a zone at some time. One is alerted where a ring was about
it, or what was shown under one that had rung. Its warning is the time from the first of these to its entry;
**seen in time** is one that had a track IN_TIME_S before it entered.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.core.alert import Alert
from vedette.core.classes import UAS
from vedette.core.units import NS_PER_S
from vedette.evaluate.rules import IN_TIME_S, Raised

FORGER: Final = 0  # stands for whoever transmits flights that are not there; individuals count from 1
CLAIMED: Final = "claimed-entry"
NEAR_S: Final = 10.0
NEAR_M: Final = 150.0  # of a truth that a second track of it may be
WARNED_S: Final = 30.0
CAUSES: Final = ("never tracked", "class or leave", "rule", "only noted")


class Told(Struct, frozen=True):
    """One false ring or note: its rule, whom its tracks were on, and when, s from the first instant."""

    rule: str
    who: str
    time_s: float


class Missed(Struct, frozen=True):
    """One drone that nobody was rung for, and the first thing that was missing: one of CAUSES."""

    name: str
    cause: str


class Rings(Struct, frozen=True, kw_only=True):
    """One run.

    hours      of the site
    entered    drones without leave that were in a zone; alerted of these
    warnings_s of whoever came from outside: entry less first ring; seen_s: of whoever was seen in time, where
               one that was not rung for counts as no warning at all, -inf
    """

    hours: float
    entered: int
    alerted: int
    warnings_s: list[float]
    seen_s: list[float]
    rings: int
    notes: int
    false_rings: list[Told]
    false_notes: list[Told]
    missed: list[Missed]


class Placed(Struct, frozen=True):
    """Where tracks were: for instants of truth, the individual that each shown track was nearest to.

    time_ns, track, individual  (k,)  individual -1 where none is within NEAR_M, FORGER at a forger's
    forged                      whether there is a forger
    """

    time_ns: NDArray[np.int64]
    track: NDArray[np.int64]
    individual: NDArray[np.int64]
    forged: bool = False


class Split(NamedTuple):
    """What was told, each with all tracks that its alert was about by then.

    rings  first rings; shown: under one that rang, or was shown so before; notes: that never rang
    """

    rings: list[Raised]
    shown: list[Raised]
    notes: list[Raised]


def split(alerts: Iterable[Alert]) -> Split:
    """What was told, by how loud it was."""
    first: dict[str, Raised] = {}
    rang: dict[str, Raised] = {}
    under: dict[str, Raised] = {}
    for alert in alerts:
        if alert.state == "cleared" or alert.alert_id in rang or alert.escalated:
            continue
        ids = tuple(i for i in (alert.track_id, *alert.members) if i)
        one = Raised(alert.time_ns, alert.rule, ids, alert.sensor)
        if alert.severity != "info" and not alert.part_of:
            rang[alert.alert_id] = one
        elif alert.severity != "info" and (alert.part_of in rang or alert.part_of in under):
            under.setdefault(alert.alert_id, one)
        elif not alert.part_of:
            first.setdefault(alert.alert_id, one)
    quiet = [one for alert_id, one in first.items() if alert_id not in rang]
    return Split(list(rang.values()), list(under.values()), quiet)


def judge(
    alerts: Sequence[Alert],
    due: Sequence[Raised],
    rows: NDArray[np.void],
    placed: Placed,
    entry_ns: Mapping[int, int],
    began_inside: frozenset[int],
    unauthorised: NDArray[np.bool_],
) -> Rings:
    """Hold what was told against the truth.

    due           what the rules hold for in truth, about individuals and sensors
    rows          (n,) of TRUTH_ROW
    entry_ns      when a drone without leave was first in a zone
    began_inside  those of them that were in one at their first instant
    unauthorised  (n,) whether each row's track was held for a drone without leave; False without a track
    """
    start_ns = int(rows["time_ns"].min()) if len(rows) else 0
    bad = {int(i) for i in np.unique(rows["id"][np.isin(rows["class"], UAS) & ~rows["authorised"]]).tolist()}
    names = {int(row["id"]): str(row["name"]) for row in rows} | {FORGER: "forger"}
    wanted: dict[str, set[int | str]] = {}
    for one in due:
        wanted.setdefault(one.rule, set()).update((*one.ids, one.sensor))
    rings, shown, notes = split(alerts)
    first_ns: dict[int, int] = {}
    false: tuple[list[Told], list[Told]] = ([], [])
    noted: set[int] = set()
    for k, told in enumerate((rings, notes)):
        for one in told:
            about = _about(one, placed)
            hit = about & (bad | {FORGER})
            if placed.forged and one.rule == CLAIMED:
                hit |= {FORGER}
            if k == 0:
                for i in hit:
                    first_ns[i] = min(one.time_ns, first_ns.get(i, one.time_ns))
            else:
                noted |= hit
            if not hit and not ({*about, one.sensor} - {""}) & wanted.get(one.rule, set()):
                who = one.sensor or ", ".join(sorted({names[i] for i in about})) or "nothing"
                false[k].append(Told(one.rule, who, (one.time_ns - start_ns) / NS_PER_S))
    for one in shown:
        for i in _about(one, placed) & bad:
            first_ns[i] = min(one.time_ns, first_ns.get(i, one.time_ns))
    tracked = _first_tracked(placed)
    outside = {i: t for i, t in entry_ns.items() if i not in began_inside}
    seen = {i for i, t in outside.items() if t - tracked.get(i, t) >= IN_TIME_S * NS_PER_S}
    warned = {i: (t - first_ns[i]) / NS_PER_S for i, t in outside.items() if i in first_ns}
    held = {int(i) for i in np.unique(rows["id"][unauthorised]).tolist()}
    return Rings(
        hours=float(np.ptp(rows["time_ns"])) / NS_PER_S / 3600.0 if len(rows) else 0.0,
        entered=len(entry_ns),
        alerted=sum(i in first_ns for i in entry_ns),
        warnings_s=sorted(warned.values()),
        seen_s=sorted(warned.get(i, -np.inf) for i in seen),
        rings=len(rings),
        notes=len(notes),
        false_rings=false[0],
        false_notes=false[1],
        missed=[
            Missed(names[i], _cause(i, tracked, held, noted)) for i in sorted(entry_ns) if i not in first_ns
        ],
    )


def _about(one: Raised, placed: Placed) -> set[int]:
    """The individuals that an alert's tracks were on within NEAR_S of it."""
    near = np.abs(placed.time_ns - one.time_ns) <= NEAR_S * NS_PER_S
    mine = near & np.isin(placed.track, np.array(one.ids, np.int64)) & (placed.individual >= 0)
    return {int(i) for i in np.unique(placed.individual[mine]).tolist()}


def _first_tracked(placed: Placed) -> dict[int, int]:
    """When each individual first had a track."""
    out: dict[int, int] = {}
    for time_ns, who in zip(placed.time_ns.tolist(), placed.individual.tolist(), strict=True):
        if who >= 0:
            out.setdefault(who, time_ns)
    return out


def _cause(who: int, tracked: Mapping[int, int], held: set[int], noted: set[int]) -> str:
    """Why nobody was rung for a drone."""
    if who not in tracked:
        return CAUSES[0]
    if who in noted:
        return CAUSES[3]
    return CAUSES[2] if who in held else CAUSES[1]
