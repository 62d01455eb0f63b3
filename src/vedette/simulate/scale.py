"""A scenario with as many targets and sensors as somebody asks for: for tests under load.

Targets are shared out among the scenario's actors of kind traffic; everybody else stays. Of sensors the
first ones stay; beyond those that there are come copies in their order, each where one more place
spreads evenly over the traffic's box: the R2 sequence, Roberts (2018), a two-dimensional sequence of
low discrepancy. The same numbers give the same scenario.
"""

import math
from itertools import count
from typing import Any, Final

import msgspec
import numpy as np

from vedette.core.errors import ConfigError
from vedette.simulate.geometry import metres_per_degree
from vedette.simulate.spec.actors import Actor, Traffic
from vedette.simulate.spec.common import COUNT_MAX
from vedette.simulate.spec.place import Feed
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensors import AdsbReceiver, RemoteIdReceiver, SensorSpec
from vedette.wire.sapient import node_uuid

SENSORS_MAX: Final = 2_000
_PLASTIC: Final = 1.32471795724474602596  # the real root of x³ = x + 1
_STEP: Final = (1.0 / _PLASTIC, 1.0 / _PLASTIC**2)
_CODES: Final = 255  # of SAC and of SIC
Box = tuple[float, float, float, float]


def scaled(scenario: Scenario, targets: int | None = None, sensors: int | None = None) -> Scenario:
    """The scenario with so many targets and sensors; None leaves them. ConfigError says what can be."""
    if targets is not None:
        scenario = msgspec.structs.replace(scenario, actor=_of_traffic(scenario, targets))
    if sensors is not None:
        scenario = _with_sensors(scenario, sensors)
    return scenario


def _of_traffic(scenario: Scenario, targets: int) -> list[Actor]:
    """All actors; those of traffic with counts that add up to targets, in the proportions that they had."""
    some = [actor for actor in scenario.actor if isinstance(actor, Traffic)]
    if not some:
        kinds = "a scenario with an [[actor]] of kind traffic, such as load"
        raise ConfigError("--targets", kinds, f"{scenario.name}, which has none")
    if not len(some) <= targets <= COUNT_MAX:
        raise ConfigError("--targets", f"{len(some)} to {COUNT_MAX}", str(targets))
    whole = sum(actor.count for actor in some)
    spare = targets - len(some)  # everybody has one
    upto = np.rint(np.cumsum([actor.count for actor in some]) / whole * spare).astype(int)
    counts = iter((np.diff(upto, prepend=0) + 1).tolist())
    return [
        msgspec.structs.replace(actor, count=next(counts)) if isinstance(actor, Traffic) else actor
        for actor in scenario.actor
    ]


def _with_sensors(scenario: Scenario, wanted: int) -> Scenario:
    """The first ones, or all and copies of them; with the feeds that the copies need."""
    if not scenario.sensor:
        raise ConfigError("--sensors", "a scenario with a [[sensor]]", f"{scenario.name}, which has none")
    if not 1 <= wanted <= SENSORS_MAX:
        raise ConfigError("--sensors", f"1 to {SENSORS_MAX}", str(wanted))
    sensors, feeds = list(scenario.sensor[:wanted]), list(scenario.feed)
    names, codes = _Names(scenario), _Codes(scenario)
    box = _box(scenario)
    for number in range(len(scenario.sensor), wanted):
        original = scenario.sensor[number % len(scenario.sensor)]
        told = number // len(scenario.sensor) + 1
        changes: dict[str, Any] = {"id": names.fresh(original.id, told), "name": f"{original.name} {told}"}
        changes["lat_deg"], changes["lon_deg"] = _spread(box, number)
        if isinstance(original, AdsbReceiver | RemoteIdReceiver):  # known by their feed alone
            changes["feed"] = names.fresh(original.feed, told)
            feeds.append(_copied(scenario, original, changes["feed"]))
        if hasattr(original, "node_id"):
            changes["node_id"] = node_uuid(f"{scenario.name} {changes['id']}")
        if hasattr(original, "sac"):
            changes["sac"], changes["sic"] = codes.fresh()
        sensors.append(msgspec.structs.replace(original, **changes))
    return msgspec.structs.replace(scenario, sensor=sensors, feed=feeds)


def _copied(scenario: Scenario, sensor: SensorSpec, name: str) -> Feed:
    """Another feed as the one of a sensor, at a port that the system chooses."""
    like = next(feed for feed in scenario.feed if feed.name == sensor.feed)
    return msgspec.structs.replace(like, name=name, port=0)


class _Names:
    """Ids and feeds that nobody has."""

    def __init__(self, scenario: Scenario) -> None:
        self._taken = {spec.id for spec in scenario.sensor} | {feed.name for feed in scenario.feed}

    def fresh(self, name: str, number: int) -> str:
        """The name with a number, or with the next one that is free."""
        made = next(tried for k in count(number) if (tried := f"{name}-{k}") not in self._taken)
        self._taken.add(made)
        return made


class _Codes:
    """SAC and SIC that nobody has."""

    def __init__(self, scenario: Scenario) -> None:
        pairs = [(getattr(spec, "sac", 0), getattr(spec, "sic", 0)) for spec in scenario.sensor]
        self._taken = set(pairs)
        self._next = (divmod(k, _CODES) for k in count())

    def fresh(self) -> tuple[int, int]:
        """One pair, from 1/1 on."""
        made = next(pair for sac, sic in self._next if (pair := (sac + 1, sic + 1)) not in self._taken)
        self._taken.add(made)
        return made


def _box(scenario: Scenario) -> Box:
    """South, west, north, east of the first traffic; without one 50 km about the site."""
    site = scenario.site
    first = next((actor for actor in scenario.actor if isinstance(actor, Traffic)), None)
    if first is not None and first.box is not None:
        return first.box
    half_m = (50_000.0 if first is None else first.square_m) / 2
    north_m, east_m = metres_per_degree(np.array([site.lat_deg]), np.array([site.ground_m]))
    up, right = half_m / float(north_m[0]), half_m / float(east_m[0])
    return site.lat_deg - up, site.lon_deg - right, site.lat_deg + up, site.lon_deg + right


def _spread(box: Box, number: int) -> tuple[float, float]:
    """The place of that number in the box, deg."""
    south, west, north, east = box
    share = [math.modf(0.5 + step * (number + 1))[0] for step in _STEP]
    return south + share[0] * (north - south), west + share[1] * (east - west)
