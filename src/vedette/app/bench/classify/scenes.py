"""Random scenes with every class in them, all seen by the same sensors.

A class that only one kind of sensor sees would be known by its sensor. So everything flies, drives and sails
about one site, within reach of one or two radars that are drawn anew with each scene: their pace, their
errors, whether they tell heights. Ground, wind and gusts are drawn too. A scene is a value of its seed.
"""

import math
from datetime import UTC, datetime
from typing import Final

import numpy as np

from vedette.simulate.spec import crewed, drones, missions, others
from vedette.simulate.spec.actors import Actor
from vedette.simulate.spec.place import Feed, Place, Site
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensors import DroneRadar, SensorSpec, SurveillanceRadar
from vedette.simulate.spec.weather import Weather

_LAT: Final = 51.0
_LON: Final = 3.0
_M_PER_DEG: Final = 111_195.0
_START: Final = datetime(2026, 5, 2, 10, 0, tzinfo=UTC)
_SIZES: Final[tuple[drones.Size, ...]] = ("small", "medium", "large")
_TOP_MPS: Final = {"small": 15.0, "medium": 18.0, "large": 16.0}


def scene(seed: int) -> Scenario:
    """The scene of a seed."""
    draw = _Draw(np.random.default_rng([seed, 18150]))
    ground_m = draw.even(0.0, 450.0)
    return Scenario(
        name=f"classes-{seed}",
        title="Everything at once",
        site=Site(name="Site", lat_deg=_LAT, lon_deg=_LON, ground_m=ground_m, undulation_m=0.0),
        start=_START,
        weather=Weather(
            wind_mps=draw.even(0.0, 11.0),
            wind_from_deg=draw.even(0.0, 360.0),
            gust_mps=draw.even(0.0, 1.8),
        ),
        feed=[
            Feed(name="sapient", format="sapient", transport="tcp-listen"),
            Feed(name="asterix", format="asterix", transport="udp"),
        ],
        sensor=_sensors(draw),
        actor=[*_small(draw), *_crewed(draw), *_others(draw)],
    )


class _Draw:
    """Draws of one scene."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng

    def even(self, low: float, high: float) -> float:
        """Uniform."""
        return float(self._rng.uniform(low, high))

    def by_ratio(self, low: float, high: float) -> float:
        """Uniform in its logarithm: as often from 1 to 2 as from 10 to 20."""
        return float(math.exp(self._rng.uniform(math.log(low), math.log(high))))

    def number(self, low: int, high: int) -> int:
        """From low to high, both included."""
        return int(self._rng.integers(low, high + 1))

    def chance(self, p: float) -> bool:
        """True with probability p."""
        return bool(self._rng.random() < p)

    def place(self, least_m: float, most_m: float) -> Place:
        """So far from the site, on any side."""
        angle, away = self.even(0.0, 2.0 * math.pi), self.even(least_m, most_m)
        return near((_LAT, _LON), away * math.sin(angle), away * math.cos(angle))

    def about(self, centre: Place, most_m: float) -> Place:
        """So far from a place at most."""
        return near(centre, self.even(-most_m, most_m), self.even(-most_m, most_m))


def near(centre: Place, east_m: float, north_m: float) -> Place:
    """A place beside another."""
    lat = centre[0] + north_m / _M_PER_DEG
    return lat, centre[1] + east_m / (_M_PER_DEG * math.cos(math.radians(lat)))


def _sensors(draw: _Draw) -> list[SensorSpec]:
    """One or two radars; one of five scenes has no radar that tells heights."""
    out: list[SensorSpec] = []
    flat = draw.chance(0.2)
    if not flat:
        for k in range(draw.number(1, 2)):
            lat, lon = draw.place(0.0, 1_500.0)
            out.append(
                DroneRadar(
                    id=f"drones-{k}", name="Drone radar", feed="sapient", lat_deg=lat, lon_deg=lon,
                    node_id=f"aaf04172-4735-4696-8cf4-63205c0b93{k:02}", height_m=draw.even(4.0, 60.0),
                    range_max_m=9_000.0, period_s=(0.5, 0.5, 1.0, 1.5)[draw.number(0, 3)],
                    detection_probability=draw.even(0.8, 0.97), false_per_scan=0.3,
                    range_1m2_m=draw.by_ratio(12_000.0, 30_000.0), range_sd_m=draw.by_ratio(2.0, 12.0),
                    azimuth_sd_deg=draw.by_ratio(0.15, 1.0), elevation_sd_deg=draw.by_ratio(0.2, 1.5),
                )
            )  # fmt: skip
    if flat or draw.chance(0.35):
        lat, lon = draw.place(0.0, 3_000.0)
        out.append(
            SurveillanceRadar(
                id="radar", name="Radar", feed="asterix", lat_deg=lat, lon_deg=lon, sac=1, sic=1,
                height_m=draw.even(10.0, 30.0), range_max_m=15_000.0,
                period_s=(1.0, 1.0, 2.0, 4.0)[draw.number(0, 3)], detection_probability=0.95,
                false_per_scan=0.5, small_target_factor=1.0, range_sd_m=draw.by_ratio(5.0, 50.0),
                azimuth_sd_deg=draw.even(0.05, 0.3), notch_mps=draw.even(0.5, 3.0),
            )
        )  # fmt: skip
    return out


def _waypoints(draw: _Draw, start: Place, leg_m: float, count: int) -> list[list[float]]:
    """From a place on, each leg up to so long to any side."""
    out = [list(start)]
    for _ in range(count):
        out.append(list(draw.about((out[-1][0], out[-1][1]), leg_m)))
    return out


def _across(draw: _Draw, reach_m: float, offset_m: float, bends: int = 1) -> list[list[float]]:
    """Across the site, with bends."""
    angle = draw.even(0.0, 2.0 * math.pi)
    aside = draw.even(-offset_m, offset_m)
    out = []
    for k in range(bends + 2):
        ahead = reach_m * (2.0 * k / (bends + 1) - 1.0)
        side = aside + (draw.even(-0.2, 0.2) * reach_m if 0 < k <= bends else 0.0)
        east = ahead * math.sin(angle) + side * math.cos(angle)
        north = ahead * math.cos(angle) - side * math.sin(angle)
        out.append(list(near((_LAT, _LON), east, north)))
    return out


def _mission(draw: _Draw, speed_mps: float, *, hovers: bool) -> missions.Mission:
    """One to three parts near each other."""
    middle = draw.place(300.0, 3_500.0)
    parts: list[missions.Part] = []
    reach_m = speed_mps * draw.even(20.0, 60.0)
    for _ in range(draw.number(1, 3)):
        kind = draw.number(0 if hovers else 1, 3)
        at = draw.about(middle, reach_m)
        if kind == 0:
            parts.append(missions.Hover(at=at, hold_s=draw.by_ratio(8.0, 90.0)))
        elif kind == 1:
            way = _waypoints(draw, at, reach_m, draw.number(1, 4))
            parts.append(missions.Route(waypoints=way, return_home=draw.chance(0.4)))
        elif kind == 2:
            radius = speed_mps * speed_mps / draw.even(0.8, 2.5)
            hand = 1.0 if draw.chance(0.5) else -1.0
            parts.append(
                missions.Orbit(centre=at, radius_m=max(radius, 15.0), turns=hand * draw.even(1.0, 4.0))
            )
        else:
            parts.append(
                missions.Survey(
                    centre=at, length_m=max(reach_m, 150.0), width_m=max(0.4 * reach_m, 120.0),
                    heading_deg=draw.even(0.0, 360.0), spacing_m=draw.even(30.0, 70.0),
                )
            )  # fmt: skip
    return parts


def _small(draw: _Draw) -> list[Actor]:
    """Drones."""
    out: list[Actor] = [_multirotor(draw, k) for k in range(5)]
    out += [_wing(draw, k) for k in range(3)]
    return out + [_one_way(draw, k) for k in range(2)]


def _multirotor(draw: _Draw, k: int) -> drones.Multirotor:
    size = _SIZES[draw.number(0, 2)]
    speed = draw.even(3.0, _TOP_MPS[size])
    return drones.Multirotor(
        name=f"multirotor {k}", mission=_mission(draw, speed, hovers=True), size=size, speed_mps=speed,
        height_m=draw.by_ratio(8.0, 150.0), home=draw.place(200.0, 3_500.0), airborne=draw.chance(0.7),
        start_s=draw.even(0.0, 40.0), repeat_s=draw.even(140.0, 240.0), rcs_m2=draw.by_ratio(0.005, 0.1),
        serial=f"1CLS{k:09d}",
    )  # fmt: skip


def _wing(draw: _Draw, k: int) -> drones.FixedWing:
    speed = draw.even(12.0, 27.0)
    return drones.FixedWing(
        name=f"wing {k}", mission=_mission(draw, speed, hovers=False), speed_mps=speed,
        height_m=draw.by_ratio(30.0, 400.0), home=draw.place(500.0, 3_500.0), airborne=draw.chance(0.8),
        start_s=draw.even(0.0, 40.0), repeat_s=draw.even(140.0, 240.0), serial=f"1WNG{k:09d}",
        rcs_m2=draw.by_ratio(0.01, 0.2),
    )  # fmt: skip


def _one_way(draw: _Draw, k: int) -> drones.OneWay:
    return drones.OneWay(
        name=f"one way {k}", waypoints=_across(draw, 6_000.0, 2_500.0, draw.number(0, 2)),
        height_m=draw.by_ratio(50.0, 300.0) if draw.chance(0.7) else draw.by_ratio(300.0, 2_500.0),
        speed_mps=draw.even(38.0, 62.0), sway_m=draw.even(5.0, 60.0),
        start_s=draw.even(0.0, 50.0), repeat_s=draw.even(110.0, 180.0), dive=draw.chance(0.3),
        rcs_m2=draw.by_ratio(0.02, 0.5), serial=f"1ONE{k:09d}",
    )  # fmt: skip


def _runway(draw: _Draw) -> crewed.Runway:
    lat, lon = draw.place(500.0, 3_000.0)
    return crewed.Runway(lat_deg=lat, lon_deg=lon, course_deg=draw.even(0.0, 360.0), length_m=2_500.0)


def _crewed(draw: _Draw) -> list[Actor]:
    """Aircraft with people on board."""
    out: list[Actor] = [_jet(draw, k) for k in range(2)]
    out.append(_arrivals(draw) if draw.chance(0.5) else _departures(draw))
    if draw.chance(0.5):
        out.append(_circuits(draw))
    out += [_light(draw, k) for k in range(2)]
    out += [_helicopter(draw, k) for k in range(3)]
    return out + [_glider(draw, k) for k in range(3)]


def _jet(draw: _Draw, k: int) -> crewed.Jet:
    return crewed.Jet(
        name=f"jet {k}", waypoints=_across(draw, 9_000.0, 3_000.0, draw.number(0, 2)),
        height_m=draw.by_ratio(300.0, 9_000.0), speed_mps=draw.even(110.0, 330.0),
        start_s=draw.even(0.0, 60.0), repeat_s=draw.even(90.0, 140.0), rcs_m2=draw.by_ratio(2.0, 30.0),
    )  # fmt: skip


def _arrivals(draw: _Draw) -> crewed.Arrival:
    return crewed.Arrival(
        name="arrivals", runway=_runway(draw), callsigns=["CLS1", "CLS2"], icao24="3C5000", spacing_s=90.0,
        from_nm=draw.even(5.0, 8.0), base_nm=draw.even(1.0, 3.0),
    )  # fmt: skip


def _departures(draw: _Draw) -> crewed.Departure:
    return crewed.Departure(
        name="departures", runway=_runway(draw), callsigns=["CLS5", "CLS6"], icao24="3C5100",
        course_deg=draw.even(0.0, 360.0), spacing_s=110.0,
    )  # fmt: skip


def _circuits(draw: _Draw) -> crewed.LightAircraft:
    pattern, speed = _runway(draw), draw.even(35.0, 55.0)
    return crewed.LightAircraft(name="circuits", runway=pattern, right_hand=draw.chance(0.5), speed_mps=speed)


def _light(draw: _Draw, k: int) -> crewed.LightAircraft:
    return crewed.LightAircraft(
        name=f"light {k}", waypoints=_across(draw, 7_000.0, 3_000.0, draw.number(0, 3)),
        height_m=draw.by_ratio(150.0, 2_500.0), speed_mps=draw.even(32.0, 75.0),
        start_s=draw.even(0.0, 60.0), repeat_s=draw.even(120.0, 200.0), rcs_m2=draw.by_ratio(0.5, 5.0),
    )  # fmt: skip


def _helicopter(draw: _Draw, k: int) -> crewed.Helicopter:
    speed = draw.even(20.0, 70.0)
    return crewed.Helicopter(
        name=f"helicopter {k}", mission=_mission(draw, speed, hovers=True), speed_mps=speed,
        height_m=draw.by_ratio(40.0, 900.0), home=draw.place(500.0, 3_500.0), airborne=draw.chance(0.7),
        start_s=draw.even(0.0, 40.0), repeat_s=draw.even(140.0, 240.0), rcs_m2=draw.by_ratio(1.0, 10.0),
    )  # fmt: skip


def _glider(draw: _Draw, k: int) -> crewed.Glider:
    """About a thermal or two, or across the country from far to far."""
    bottom = draw.by_ratio(150.0, 1_800.0)
    if draw.chance(0.5):
        thermals = [draw.place(0.0, 4_000.0) for _ in range(4)]
        rise = draw.even(150.0, 900.0)
    else:
        thermals = [(lat, lon) for lat, lon in _across(draw, draw.even(5_000.0, 9_000.0), 2_500.0)]
        rise = draw.even(5.0, 60.0)  # up at once: it is seen on its way
    return crewed.Glider(
        name=f"glider {k}", thermals=thermals, bottom_m=bottom, top_m=bottom + rise,
        climb_mps=draw.even(0.7, 4.5), speed_mps=draw.even(23.0, 32.0), glide_ratio=draw.even(24.0, 50.0),
        rcs_m2=draw.by_ratio(0.2, 2.0),
    )  # fmt: skip


def _others(draw: _Draw) -> list[Actor]:
    """Balloons, birds, vehicles, ships."""
    out: list[Actor] = [_balloon(draw, k, small=draw.chance(0.6)) for k in range(4)]
    out += [_flock(draw, k) for k in range(4)]
    out += [_vehicle(draw, k) for k in range(4)]
    return out + [_ship(draw, k) for k in range(4)]


def _balloon(draw: _Draw, k: int, *, small: bool) -> crewed.Balloon:
    return crewed.Balloon(
        name=f"balloon {k}", at=draw.place(0.0, 3_500.0), height_m=draw.by_ratio(60.0, 3_000.0), small=small,
        airborne=draw.chance(0.5), start_s=draw.even(0.0, 60.0), sway_m=draw.even(3.0, 25.0),
        count=draw.number(1, 3), spread_m=300.0, repeat_s=draw.even(150.0, 240.0),
        rcs_m2=draw.by_ratio(0.03, 1.0),
    )  # fmt: skip


def _flock(draw: _Draw, k: int) -> others.Flock:
    slow = draw.even(6.5, 12.0)
    low = draw.by_ratio(3.0, 250.0)
    soaring = draw.chance(0.2)
    return others.Flock(
        name=f"flock {k}", centre=draw.place(200.0, 3_500.0), count=draw.number(1, 3),
        radius_m=draw.by_ratio(150.0, 2_500.0), height_m=(low, low + draw.by_ratio(8.0, 250.0)),
        speed_mps=(slow, slow + draw.even(3.0, 11.0)), spread_m=draw.by_ratio(8.0, 80.0),
        course_deg=draw.even(0.0, 360.0) if draw.chance(0.3) and not soaring else None, soaring=soaring,
        rcs_m2=draw.by_ratio(0.003, 0.05),
    )  # fmt: skip


def _vehicle(draw: _Draw, k: int) -> others.Vehicle:
    speed = draw.by_ratio(3.0, 38.0)
    way = _waypoints(draw, draw.place(200.0, 3_000.0), speed * draw.even(8.0, 40.0), draw.number(2, 6))
    return others.Vehicle(
        name=f"vehicle {k}", waypoints=way, speed_mps=speed, loop=draw.chance(0.6), repeat_s=200.0,
        halt_s=draw.even(2.0, 25.0) if draw.chance(0.4) else 0.0, rcs_m2=draw.by_ratio(3.0, 100.0),
    )  # fmt: skip


def _ship(draw: _Draw, k: int) -> others.Ship:
    boat = draw.chance(0.5)
    speed = draw.by_ratio(3.0, 22.0) if boat else draw.by_ratio(1.5, 12.0)
    if draw.chance(0.15):
        speed = draw.even(0.2, 0.9)  # at anchor, or adrift
    way = _waypoints(draw, draw.place(200.0, 3_500.0), speed * draw.even(40.0, 150.0), draw.number(2, 4))
    return others.Ship(
        name=f"ship {k}", waypoints=way, speed_mps=speed, boat=boat, loop=True,
        rcs_m2=draw.by_ratio(5.0, 1_000.0),
    )  # fmt: skip
