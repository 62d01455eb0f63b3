"""What types cannot say of a scenario: names that must exist, numbers that must be above 0."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from vedette.simulate.spec.actors import Actor, Arrival, Departure, Flock, Formation, Multirotor
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensors import AdsbReceiver, RemoteIdReceiver, SensorSpec, SurveillanceRadar

_FORMATS: dict[type, str] = {
    SurveillanceRadar: "asterix",
    RemoteIdReceiver: "remoteid",
    AdsbReceiver: "beast",
}


@dataclass(frozen=True)
class Mistake:
    """where is a path as msgspec writes it, "$.sensor[2].range_max_m"; what was expected, what came."""

    where: str
    expected: str
    came: object


def mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """All that is wrong with a scenario whose types are right, in the order of the file."""
    if scenario.start.tzinfo is None:
        expected = "a time with its offset, such as 2026-11-20T17:30:00Z"
        yield Mistake("$.start", expected, scenario.start.isoformat())
    yield from _different("$.sensor", "ids", [spec.id for spec in scenario.sensor])
    for i, spec in enumerate(scenario.sensor):
        yield from _of_sensor(f"$.sensor[{i}]", spec, scenario)
    yield from _different("$.actor", "names", [actor.name for actor in scenario.actor])
    leaders: list[str] = []
    for i, actor in enumerate(scenario.actor):
        yield from _of_actor(f"$.actor[{i}]", actor, leaders)
        if isinstance(actor, Multirotor):
            leaders.append(actor.name)


def _different(where: str, what: str, names: list[str]) -> Iterator[Mistake]:
    """Each name once; the mistake stands at the second."""
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            yield Mistake(f"{where}[{i}]", f"different {what}", name)
        seen.add(name)


def _above_0(at: str, **numbers: float | None) -> Iterator[Mistake]:
    """Numbers that must be above 0 where they are given."""
    for name, number in numbers.items():
        if number is not None and not number > 0:
            yield Mistake(f"{at}.{name}", "a number above 0", number)


def _of_sensor(at: str, spec: SensorSpec, scenario: Scenario) -> Iterator[Mistake]:
    """Its feed speaks its format, its numbers can be."""
    wanted = _FORMATS.get(type(spec), "sapient")
    known = [feed.name for feed in scenario.feed if feed.format == wanted]
    if spec.feed not in known:
        yield Mistake(f"{at}.feed", f"a [[feed]] of format {wanted}: {', '.join(known)}", spec.feed)
    yield from _above_0(at, period_s=spec.period_s, range_max_m=spec.range_max_m)
    if not 0 < spec.detection_probability <= 1:
        yield Mistake(f"{at}.detection_probability", "above 0 and at most 1", spec.detection_probability)


def _of_actor(at: str, actor: Actor, leaders: list[str]) -> Iterator[Mistake]:
    """Leaders exist, addresses are addresses."""
    yield from _above_0(at, repeat_s=actor.repeat_s)
    match actor:
        case Formation():
            if actor.leader not in leaders:
                yield Mistake(
                    f"{at}.leader", f"the name of a multirotor above ({', '.join(leaders)})", actor.leader
                )
        case Multirotor():
            yield from _above_0(at, speed_mps=actor.speed_mps, height_m=actor.height_m)
            if actor.remote_id and not actor.serial:
                yield Mistake(f"{at}.serial", "a serial number, for it broadcasts Remote ID", actor.serial)
        case Arrival() | Departure():
            if not re.fullmatch(r"[0-9A-Fa-f]{6}", actor.icao24):
                yield Mistake(f"{at}.icao24", "six hexadecimal digits", actor.icao24)
        case Flock():
            yield from _above_0(at, count=actor.count)
