"""What would change the advice: the same arithmetic, carried on as if nothing were seen from now on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from vedette.core.units import NS_PER_S
from vedette.respond.belief import any_of, estimate, unseen
from vedette.respond.contacts import log_miss_of
from vedette.respond.state import Ahead, RespondState, Sight

_EVERY_S: Final = 20.0
_STEP_S: Final = 10.0
_HORIZON_S: Final = 3600.0
_MOST: Final = 3  # contacts that are carried on; the others hardly count
_TELLING: Final = 1.25  # so much longer without a sensor is worth a word


def looked(
    state: RespondState, looking: Mapping[str, Sight], why_not: Mapping[str, str], now_ns: int
) -> RespondState:
    """With what would change the advice, worked out anew every twenty seconds."""
    known = state.ahead
    if known is not None and now_ns - known.at_ns < _EVERY_S * NS_PER_S:
        return state
    if state.level == "open":
        return replace(state, ahead=Ahead(now_ns, _to_the_worse(state), None))
    reopen_s = reopens(state, looking)
    changes = _to_the_better(state, looking, why_not, reopen_s)
    return replace(state, ahead=Ahead(now_ns, changes, reopen_s))


def reopens(state: RespondState, looking: Mapping[str, Sight], without: str = "") -> float | None:
    """Seconds until opening would be advised with nothing seen from now on; None is not within the hour."""
    looks = {name: one.miss for name, one in looking.items()}
    listeners = frozenset(name for name, one in looking.items() if one.heard_only)
    held = state.held[:_MOST]
    misses = [log_miss_of(one, looks, listeners, without) for one in held]
    beliefs = [one.belief for one in held]
    airport = state.airport
    after_s = 0.0
    while after_s <= _HORIZON_S:
        there = any_of([estimate(one, state.model.ground.zone) for one in beliefs])
        if there.p < airport.reopen_below and there.high < 2.0 * airport.reopen_below:
            return after_s + airport.hold_s
        beliefs = [unseen(state.model, one, _STEP_S, miss) for one, miss in zip(beliefs, misses, strict=True)]
        after_s += _STEP_S
    return None


def _to_the_worse(state: RespondState) -> tuple[str, ...]:
    airport = state.airport
    return (
        f"close when one is by a runway or its approaches with {airport.close_from:.0%} or more",
        f"restrict when one is in the zones with {airport.restrict_from:.0%} or more",
    )


def _to_the_better(
    state: RespondState, looking: Mapping[str, Sight], why_not: Mapping[str, str], reopen_s: float | None
) -> tuple[str, ...]:
    out = []
    best = _best(state, looking)
    names = ", ".join(looking[name].sensor.name or name for name in best[:2])
    when = "not within the hour" if reopen_s is None else f"after {_minutes(reopen_s)}"
    if any(one.seen_now for one in state.held):
        out.append("it is seen now: nothing changes while it is")
        out.append(f"once it is lost: reopen {when} with nothing seen" + (f" by {names}" if names else ""))
    else:
        more = when.replace(" min", " more min")
        out.append(f"reopen {more} with nothing seen" + (f" by {names}" if names else ""))
    if best:
        others = reopens(state, looking, without=best[0])
        name = looking[best[0]].sensor.name or best[0]
        if others is None:
            out.append(f"without {name}: not within the hour")
        elif reopen_s is not None and others > _TELLING * reopen_s:
            out.append(f"without {name}: {_minutes(others)}")
    for name, why in why_not.items():
        if not why:
            continue
        sooner = reopens(state, {**looking, name: state.sights[name]})
        if sooner is not None and (reopen_s is None or _TELLING * sooner < reopen_s):
            label = state.sights[name].sensor.name or name
            out.append(f"if {label} looked again ({why.split(':')[0]} now): {_minutes(sooner)}")
        break
    out.append("a new sighting begins all of this anew")
    return tuple(out)


def _best(state: RespondState, looking: Mapping[str, Sight]) -> list[str]:
    """Sensors by what their looks tell of where something may be, the most telling first."""
    gain: dict[str, float] = {}
    for name, one in looking.items():
        told = 0.0
        for held in state.held[:_MOST]:
            if not one.heard_only or name in held.sensors:
                told -= float((held.belief.b * one.miss).sum())
        if told > 0.0:
            gain[name] = told
    return sorted(gain, key=lambda name: (-gain[name], name))


def _minutes(seconds: float) -> str:
    whole = max(1, int(np.ceil(seconds / 60.0)))
    return f"{whole} min"
