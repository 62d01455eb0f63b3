"""Normal traffic: a scenario without whoever has no business there, for false alerts to be counted on.

Drones without leave, crewed aircraft without leave, and transmitters of flights that are not there go, with
what is told of them on cue. Birds, balloons, vehicles, ships, airliners, drones with leave, clutter, weather
and what befalls sensors stay.
"""

from msgspec import structs

from vedette.simulate.spec.actor_events import Divert, Launch, Recall
from vedette.simulate.spec.actors import Actor, Forger, Formation
from vedette.simulate.spec.common import Crewed, Drone
from vedette.simulate.spec.events import Lie
from vedette.simulate.spec.scenario import Scenario


def without_intruders(scenario: Scenario) -> Scenario:
    """The same place on a day when nobody comes."""
    gone: set[str] = set()
    for actor in scenario.actor:
        if _intrudes(actor) or (isinstance(actor, Formation) and actor.leader in gone):
            gone.add(actor.name)
    events = [
        event
        for event in scenario.event
        if not isinstance(event, Lie)
        and not (isinstance(event, Launch | Recall | Divert) and event.actor in gone)
    ]
    actors = [actor for actor in scenario.actor if actor.name not in gone]
    return structs.replace(scenario, actor=actors, event=events)


def _intrudes(actor: Actor) -> bool:
    return isinstance(actor, Forger) or (isinstance(actor, Crewed | Drone) and not actor.authorised)
