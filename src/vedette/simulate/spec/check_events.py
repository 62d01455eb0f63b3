"""What types cannot say of events: whom they befall, and for how long."""

import re
from collections.abc import Iterator

from vedette.core.classes import CLASSES
from vedette.simulate.spec.actor_events import ActorEvent
from vedette.simulate.spec.check_actors import callsigns, of_actor_event
from vedette.simulate.spec.events import LIARS_MAX, Babble, Lie, SensorEvent
from vedette.simulate.spec.mistake import Mistake, above_0
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensors import (
    AdsbReceiver,
    CuasSystem,
    Multilateration,
    RemoteIdReceiver,
    SensorSpec,
    SystemTracker,
)

_NEVER_FALSE = (AdsbReceiver, RemoteIdReceiver, Multilateration, SystemTracker, CuasSystem)


def of_events(scenario: Scenario) -> Iterator[Mistake]:
    """All that is wrong with events, in their order."""
    sensors = {spec.id: spec for spec in scenario.sensor}
    liars = 0
    for i, event in enumerate(scenario.event):
        at = f"$.event[{i}]"
        if isinstance(event, ActorEvent):
            yield from of_actor_event(at, event, scenario.actor)
            continue
        if event.sensor not in sensors:
            yield Mistake(f"{at}.sensor", f"the id of a [[sensor]]: {', '.join(sensors)}", event.sensor)
        yield from _of_sensor_event(at, event, sensors.get(event.sensor))
        if isinstance(event, Lie):
            liars += event.count
            if liars > LIARS_MAX:
                yield Mistake(f"{at}.count", f"at most {LIARS_MAX} targets in all lies", liars)


def _of_sensor_event(at: str, event: SensorEvent, spec: SensorSpec | None) -> Iterator[Mistake]:
    """It lasts for a while that can be, and does what its sensor can do."""
    until_s = getattr(event, "until_s", None)
    if until_s is not None and not until_s > event.at_s:
        yield Mistake(f"{at}.until_s", f"later than at_s, {event.at_s:g}", until_s)
    match event:
        case Babble():
            yield from above_0(at, rate_per_s=event.rate_per_s)
            if "flood" in event.kinds and isinstance(spec, _NEVER_FALSE):
                yield Mistake(f"{at}.kinds", "no flood: it has no false detections", event.kinds)
        case Lie():
            yield from _of_lie(at, event)
        case _:
            pass


def _of_lie(at: str, lie: Lie) -> Iterator[Mistake]:
    """Its targets can be."""
    yield from above_0(at, speed_mps=lie.speed_mps, count=lie.count, rcs_m2=lie.rcs_m2)
    if len(lie.path) < 2:
        yield Mistake(f"{at}.path", "two places or more", lie.path)
    if lie.class_name not in CLASSES:
        yield Mistake(f"{at}.class_name", f"one of {', '.join(CLASSES)}", lie.class_name)
    if lie.icao24 and not re.fullmatch(r"[0-9A-Fa-f]{6}", lie.icao24):
        yield Mistake(f"{at}.icao24", "six hexadecimal digits", lie.icao24)
    yield from callsigns(f"{at}.callsign", lie.callsign)
