"""What a collision would do, as far as published tests tell. In words, for there is no agreed number.

Sources: Olivares et al. (2017), UAS Airborne Collision Severity Evaluation, ASSURE for the FAA: quadcopters
of 1.2 and 1.8 kg, fixed wings of 1.8 and 3.6 kg against an airliner and a business jet, simulated; National
Research Council Canada, drone impact tests on windshields of an airliner (142 and 252 kt).
"""

from collections.abc import Iterable

from vedette.core.advice import Contact

_QUADCOPTER = (
    "quadcopter of 1.2 kg at 250 kt: an airliner's windscreen was marked and held (ASSURE 2017, simulated); "
    "main windscreens in a cockpit cracked widely in the outer pane, side ones on a frame were damaged much "
    "more (NRC Canada, tests)"
)
_BOTH = (
    "quadcopters of 1.2 and 1.8 kg, fixed wings of 1.8 and 3.6 kg: from no damage to the drone inside the "
    "airframe, worst at the horizontal stabiliser (ASSURE 2017)"
)
_HEAVY = "heavier than 25 kg: no public test is known; expect worse than the worst of those at 3.6 kg"
_ENGINE = "engines: not settled by these studies"


def severity(contacts: Iterable[Contact]) -> list[str]:
    """What is known for the kinds and sizes of these contacts; empty where there are none."""
    known = list(contacts)
    if not known:
        return []
    out = []
    if any(c.size == "large" for c in known):
        out.append(_HEAVY)
    if any(c.kind == "multirotor" for c in known):
        out.append(_QUADCOPTER)
    out.append(_BOTH)
    if all(c.size is None for c in known):
        out.append("its size is not known")
    out.append(_ENGINE)
    return out
