"""Which module looks for which kind: the one table. Zone entry is apart: it looks at every change."""

from vedette.watch.detect import (
    airspace,
    approach,
    blinded,
    claimed,
    conflict,
    formation,
    grid,
    intruder,
    launch,
    loiter,
    low_slow,
    orbit,
    swarm,
    transponder,
    visits,
)
from vedette.watch.kinds import (
    Airspace,
    Approach,
    Blinded,
    Claimed,
    Conflict,
    Formation,
    Grid,
    Intruder,
    Launch,
    Loiter,
    LowSlow,
    Orbit,
    Swarm,
    Transponder,
    Visits,
)
from vedette.watch.remember import Memory
from vedette.watch.rule import Rule, RuleSet
from vedette.watch.scene import Finding, Scene
from vedette.watch.settings import WatchSettings


def find(rule: Rule, scene: Scene, settings: WatchSettings) -> list[Finding]:  # noqa: C901 - a table, one line a kind
    """What one rule finds in a scene."""
    match rule.what:
        case Claimed() as what:
            return claimed.find(rule, what, scene, settings)
        case Airspace() as what:
            return airspace.find(rule, what, scene)
        case Loiter() as what:
            return loiter.find(rule, what, scene)
        case Orbit() as what:
            return orbit.find(rule, what, scene)
        case Grid() as what:
            return grid.find(rule, what, scene)
        case Approach() as what:
            return approach.find(rule, what, scene)
        case Formation() as what:
            return formation.find(rule, what, scene)
        case Swarm() as what:
            return swarm.find(rule, what, scene)
        case Visits() as what:
            return visits.find(rule, what, scene)
        case LowSlow() as what:
            return low_slow.find(rule, what, scene)
        case Transponder() as what:
            return transponder.find(rule, what, scene)
        case Launch() as what:
            return launch.find(rule, what, scene)
        case Conflict() as what:
            return conflict.find(rule, what, scene)
        case Blinded() as what:
            return blinded.find(rule, what, scene)
        case Intruder() as what:
            return intruder.find(rule, what, scene)
        case _:
            return []


def remember(rules: RuleSet, scene: Scene) -> Memory:
    """What the rules want to be remembered of this instant."""
    visits_now, began, inside = scene.memory.visits, scene.memory.began, dict[tuple[int, str], int]()
    for rule in rules.used():
        match rule.what:
            case Visits() as what:
                visits_now = visits.remembered(rule, what, scene)
            case Launch() as what:
                began = launch.beginnings(rule, what, scene)
            case Airspace():
                inside.update(airspace.inside_since(rule, scene))
            case _:
                pass
    return Memory(visits_now, began, inside)
