"""What types cannot say of a scenario: names that must exist, numbers that must be above 0."""

from collections.abc import Iterator

import msgspec

from vedette.simulate.spec.check_actors import Mistake, not_finite, of_actors, of_areas
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensors import AdsbReceiver, RemoteIdReceiver, SensorSpec, SurveillanceRadar

__all__ = ["Mistake", "mistakes"]

_FORMATS: dict[type, str] = {
    SurveillanceRadar: "asterix",
    RemoteIdReceiver: "remoteid",
    AdsbReceiver: "beast",
}


def mistakes(scenario: Scenario) -> Iterator[Mistake]:
    """All that is wrong with a scenario whose types are right, in the order of the file."""
    yield from not_finite("$", msgspec.to_builtins(scenario))
    if scenario.start.tzinfo is None:
        expected = "a time with its offset, such as 2026-11-20T17:30:00Z"
        yield Mistake("$.start", expected, scenario.start.isoformat())
    yield from _different("$.sensor", "ids", [spec.id for spec in scenario.sensor])
    for i, spec in enumerate(scenario.sensor):
        yield from _of_sensor(f"$.sensor[{i}]", spec, scenario)
    yield from _different("$.actor", "names", [actor.name for actor in scenario.actor])
    yield from of_actors(scenario.actor)
    yield from of_areas("jamming", scenario.jamming)
    yield from of_areas("spoofing", scenario.spoofing)


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
