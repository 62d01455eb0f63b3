"""What `./vedette bench closure` counts: calibration, and minutes of every rule over the same scenes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.closure_scenes import STEP_S

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

FIXED_MIN: Final = (30.0, 15.0, 10.0, 5.0)
SEEN_FROM: Final = 0.5  # probability from which a fixed rule counts something as a drone
_EVERY: Final = 5  # steps between two probabilities that are scored
_BINS: Final = 10


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """One scene as the adviser saw it, by step: probabilities, and what it advised."""

    there: Array
    near: Array
    closed: Bools
    restricted: Bools
    seen: Bools
    truth: Bools


def calibration(parts: Sequence[Followed]) -> dict[str, Any]:
    """Brier score and expected calibration error: over all, and while nothing is seen but something was."""
    there = np.concatenate([one.there[::_EVERY] for one in parts])
    truth = np.concatenate([one.truth[::_EVERY, 0] for one in parts]).astype(float)
    seen = np.concatenate([one.seen[::_EVERY] for one in parts])
    asked = there > 0.0
    lost = asked & ~seen
    return {
        "asked": _scores(there[asked], truth[asked]),
        "unseen": _scores(there[lost], truth[lost]),
        "never_seen_min": round(float((truth[~asked]).sum()) * _EVERY * STEP_S / 60.0, 1),
    }


def _scores(said: Array, was: Array) -> dict[str, Any]:
    """By ten bins of what was said."""
    if not len(said):
        return {"n": 0}
    at = np.minimum((said * _BINS).astype(int), _BINS - 1)
    table, off = [], 0.0
    for k in range(_BINS):
        mine = at == k
        if not mine.any():
            continue
        a, b = float(said[mine].mean()), float(was[mine].mean())
        off += abs(a - b) * float(mine.mean())
        table.append([round(a, 3), round(b, 3), int(mine.sum())])
    base = float(was.mean())
    return {
        "n": len(said),
        "said": round(float(said.mean()), 3),
        "was": round(base, 3),
        "brier": round(float(((said - was) ** 2).mean()), 4),
        "brier_of_the_mean": round(base * (1.0 - base), 4),
        "ece": round(off, 4),
        "bins": table,
    }


def rules(advised: dict[float, list[Followed]]) -> list[dict[str, Any]]:
    """Every rule over the same scenes: minutes a scene."""
    any_parts = next(iter(advised.values()))
    ever = [(np.logical_or.accumulate(p.seen), np.zeros(len(p.seen), bool), p.truth) for p in any_parts]
    out = [_row("oracle", [(p.truth[:, 1], p.truth[:, 0] & ~p.truth[:, 1], p.truth) for p in any_parts])]
    for limit, parts in advised.items():
        name = f"adviser, reopens below {limit:.0%}"
        out.append(_row(name, [(p.closed, p.restricted, p.truth) for p in parts]))
        # As a fixed rule does it, which knows no restriction.
        shut = [(p.closed | p.restricted, np.zeros(len(p.closed), bool), p.truth) for p in parts]
        out.append(_row(f"{name}, closed when restricted", shut))
    for minutes in FIXED_MIN:
        name = f"fixed, {minutes:.0f} min after the last sighting"
        out.append(
            _row(name, [(fixed(p.seen, minutes), np.zeros(len(p.seen), bool), p.truth) for p in any_parts])
        )
    out.append(_row("from the first sighting to the end", ever))
    return out


def fixed(seen: Bools, minutes: float) -> Bools:
    """Closed while something is seen, and so long after."""
    hold = round(60.0 * minutes / STEP_S)
    closed = np.zeros(len(seen), bool)
    last = -hold - 1
    for k, now in enumerate(seen.tolist()):
        if now:
            last = k
        closed[k] = k - last <= hold and last >= 0
    return closed


def _row(name: str, parts: Sequence[tuple[Bools, Bools, Bools]]) -> dict[str, Any]:
    per = STEP_S / 60.0 / len(parts)
    closed = sum(int(c.sum()) for c, _, _ in parts)
    restricted = sum(int(r.sum()) for _, r, _ in parts)
    near = sum(int((t[:, 1] & ~c).sum()) for c, _, t in parts)
    zones = sum(int((t[:, 0] & ~c & ~r).sum()) for c, r, t in parts)
    turns = sum(int((np.diff((c * 2 + r).astype(int)) != 0).sum()) for c, r, _ in parts)
    return {
        "rule": name,
        "closed_min": round(closed * per, 2),
        "restricted_min": round(restricted * per, 2),
        "exposed_near_min": round(near * per, 3),
        "exposed_zones_min": round(zones * per, 3),
        "changes": round(turns / len(parts), 2),
    }


def as_text(summary: dict[str, Any]) -> str:
    """For people."""
    lines = [f"{summary['scenes']} random scenes, {summary['hours']} h", *_told(summary)]
    airport = summary.get("airport")
    if airport:
        lines += [
            "",
            f"scenario airport, {airport['runs']} runs of {airport['minutes']:g} min",
            *_told(airport),
        ]
    return "\n".join(lines)


def _told(figures: dict[str, Any]) -> list[str]:
    lines = []
    for name, one in figures["calibration"].items():
        if isinstance(one, dict) and one["n"]:
            lines.append(
                f"{name}: said {one['said']:.3f}, was {one['was']:.3f}, ECE {one['ece']:.3f}, "
                f"Brier {one['brier']:.3f} (of always the mean {one['brier_of_the_mean']:.3f}), n {one['n']}"
            )
            lines += [f"    said {a:.2f}  was {b:.2f}  n {n}" for a, b, n in one["bins"]]
    head = ("rule, minutes a scene", "closed", "restricted", "exposed near", "exposed zones", "changes")
    lines.append(f"{head[0]:48}" + "".join(f"{h:>14}" for h in head[1:]))
    for row in figures["rules"]:
        figures_of = list(row.values())[1:]
        lines.append(f"{row['rule']:48}" + "".join(f"{value:14.2f}" for value in figures_of))
    return lines
