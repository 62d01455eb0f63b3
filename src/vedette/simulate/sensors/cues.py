"""What befalls sensors, and when: the events of a scenario and those that were injected, as a plan.

A plan is made of the events alone, so the same list of (time, event) always gives the same plan. A
restore ends whatever of its sensor began before it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from vedette.core.errors import ConfigError
from vedette.core.units import NS_PER_S
from vedette.simulate.sensors.setting import Conditions
from vedette.simulate.spec.actor_events import ActorEvent
from vedette.simulate.spec.events import LIARS_MAX, Babble, Drift, Event, Lie, Restore, Silence
from vedette.simulate.spec.sensors import Faults

_NEVER_NS: Final = 1 << 62


@dataclass(frozen=True)
class Cue:
    """One event with its times, UTC ns; ghost is the number of its first liar, of a lie."""

    event: Silence | Drift | Babble | Lie
    begin_ns: int
    end_ns: int
    ghost: int = 0

    def on(self, at_ns: int) -> bool:
        """Whether it holds at an instant."""
        return self.begin_ns <= at_ns < self.end_ns


Timed = tuple[int, Event]  # when it was injected, UTC ns, and what


def of_scenario(events: Iterable[Event], start_ns: int) -> list[Timed]:
    """The events of a scenario with their times."""
    return [(start_ns + round(event.at_s * NS_PER_S), event) for event in events]


def plan(all_timed: Sequence[Timed]) -> dict[str, tuple[Cue, ...]]:
    """Cues by sensor; ConfigError where lies have more targets than a scenario may."""
    timed = [(at_ns, event) for at_ns, event in all_timed if not isinstance(event, ActorEvent)]
    restores: dict[str, list[int]] = {}
    for begin_ns, event in timed:
        if isinstance(event, Restore):
            restores.setdefault(event.sensor, []).append(begin_ns)
    out: dict[str, tuple[Cue, ...]] = {}
    ghosts = 0
    for begin_ns, event in timed:
        if isinstance(event, Restore):
            continue
        end_ns = _NEVER_NS
        if event.until_s is not None:
            end_ns = begin_ns + round((event.until_s - event.at_s) * NS_PER_S)
        end_ns = min([end_ns, *(at for at in restores.get(event.sensor, ()) if at >= begin_ns)])
        cue = Cue(event, begin_ns, end_ns, ghosts)
        out[event.sensor] = (*out.get(event.sensor, ()), cue)
        if isinstance(event, Lie):
            ghosts += event.count
            if ghosts > LIARS_MAX:
                raise ConfigError("event", f"at most {LIARS_MAX} targets in all lies", str(ghosts))
    return out


def conditions(cues: Iterable[Cue], at_ns: int) -> Conditions:
    """How a sensor with these cues is at an instant."""
    azimuth_deg = range_m = clock_s = false_per_s = 0.0
    for cue in cues:
        if not cue.on(at_ns):
            continue
        match cue.event:
            case Drift() as drift:
                since_s = (at_ns - cue.begin_ns) / NS_PER_S
                azimuth_deg += drift.azimuth_deg_per_s * since_s
                range_m += drift.range_m_per_s * since_s
                clock_s += drift.clock_s_per_s * since_s
            case Babble() as babble if "flood" in babble.kinds:
                false_per_s += babble.rate_per_s
    return Conditions(azimuth_deg, range_m, round(clock_s * NS_PER_S), false_per_s)


def silent(cues: Iterable[Cue], at_ns: int) -> bool:
    """Whether it says nothing."""
    return any(isinstance(cue.event, Silence) and cue.on(at_ns) for cue in cues)


def faults(cues: Iterable[Cue], start_ns: int) -> list[Faults]:
    """Bad frames that it makes on cue, beside those of its own settings."""
    out = []
    for cue in cues:
        if isinstance(cue.event, Babble):
            kinds = tuple(kind for kind in cue.event.kinds if kind != "flood")
            if kinds:
                until_s = None if cue.end_ns == _NEVER_NS else (cue.end_ns - start_ns) / NS_PER_S
                out.append(
                    Faults(
                        rate_per_s=cue.event.rate_per_s,
                        from_s=(cue.begin_ns - start_ns) / NS_PER_S,
                        until_s=until_s,
                        kinds=kinds,
                    )
                )
    return out


def lies(cues: Iterable[Cue], at_ns: int) -> list[tuple[Cue, Lie]]:
    """The lies that it tells at an instant."""
    return [(cue, cue.event) for cue in cues if isinstance(cue.event, Lie) and cue.on(at_ns)]
