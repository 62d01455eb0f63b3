"""What types cannot say of a scenario: names that must exist, numbers that must be above 0."""

import re
from collections.abc import Iterator

from vedette.simulate.spec import check_sensors
from vedette.simulate.spec.actors import Actor, Arrival, Departure, Flock, Formation, Multirotor
from vedette.simulate.spec.mistake import Mistake, above_0
from vedette.simulate.spec.scenario import Scenario


def mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """All that is wrong with a scenario whose types are right, in the order of the file."""
    if scenario.start.tzinfo is None:
        expected = "a time with its offset, such as 2026-11-20T17:30:00Z"
        yield Mistake("$.start", expected, scenario.start.isoformat())
    for i, feed in enumerate(scenario.feed):
        yield from check_sensors.of_feed(f"$.feed[{i}]", feed)
    yield from _different("$.sensor", "ids", [spec.id for spec in scenario.sensor])
    for i, spec in enumerate(scenario.sensor):
        yield from check_sensors.of_sensor(f"$.sensor[{i}]", spec, scenario.feed)
    yield from _different("$.actor", "names", [actor.name for actor in scenario.actor])
    leaders: list[str] = []
    for i, actor in enumerate(scenario.actor):
        yield from _of_actor(f"$.actor[{i}]", actor, leaders)
        if isinstance(actor, Multirotor):
            leaders.append(actor.name)
    told = [(f"$.event[{i}]", event) for i, event in enumerate(scenario.event)]
    yield from check_sensors.of_events(told, scenario.sensor)


def _different(where: str, what: str, names: list[str]) -> Iterator[Mistake]:
    """Each name once; the mistake stands at the second."""
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            yield Mistake(f"{where}[{i}]", f"different {what}", name)
        seen.add(name)


def _of_actor(at: str, actor: Actor, leaders: list[str]) -> Iterator[Mistake]:
    """Leaders exist, addresses are addresses."""
    yield from above_0(at, repeat_s=actor.repeat_s)
    match actor:
        case Formation():
            if actor.leader not in leaders:
                yield Mistake(
                    f"{at}.leader", f"the name of a multirotor above ({', '.join(leaders)})", actor.leader
                )
        case Multirotor():
            yield from above_0(at, speed_mps=actor.speed_mps, height_m=actor.height_m)
            if actor.remote_id and not actor.serial:
                yield Mistake(f"{at}.serial", "a serial number, for it broadcasts Remote ID", actor.serial)
        case Arrival() | Departure():
            if not re.fullmatch(r"[0-9A-Fa-f]{6}", actor.icao24):
                yield Mistake(f"{at}.icao24", "six hexadecimal digits", actor.icao24)
        case Flock():
            yield from above_0(at, count=actor.count)
