"""What types cannot say of a scenario: names that must exist, numbers that must be above 0."""

from collections.abc import Iterator

import msgspec

from vedette.simulate.spec import check_events, check_sensors
from vedette.simulate.spec.bounds import of_numbers
from vedette.simulate.spec.check_actors import of_actors, of_areas
from vedette.simulate.spec.mistake import Mistake
from vedette.simulate.spec.scenario import Scenario

__all__ = ["Mistake", "mistakes"]


def mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """All that is wrong with a scenario whose types are right, in the order of the file."""
    own = {name: value for name, value in msgspec.to_builtins(scenario).items() if name != "airport"}
    yield from of_numbers("$", own)
    if scenario.start.tzinfo is None:
        expected = "a time with its offset, such as 2026-11-20T17:30:00Z"
        yield Mistake("$.start", expected, scenario.start.isoformat())
    for i, feed in enumerate(scenario.feed):
        yield from check_sensors.of_feed(f"$.feed[{i}]", feed)
    yield from _different("$.sensor", "ids", [spec.id for spec in scenario.sensor])
    for i, spec in enumerate(scenario.sensor):
        yield from check_sensors.of_sensor(f"$.sensor[{i}]", spec, scenario)
    yield from _different("$.actor", "names", [actor.name for actor in scenario.actor])
    yield from of_actors(scenario.actor)
    yield from of_areas("jamming", scenario.jamming)
    yield from of_areas("spoofing", scenario.spoofing)
    yield from check_events.of_events(scenario)


def _different(where: str, what: str, names: list[str]) -> Iterator[Mistake]:
    """Each name once; the mistake stands at the second."""
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            yield Mistake(f"{where}[{i}]", f"different {what}", name)
        seen.add(name)
