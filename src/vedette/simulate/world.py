"""What a sensor is shown: everybody who is there during one tick, and what it sends.

A tick is short (simulation.TICK_NS); inside it things move straight on at their velocity.
"""

from dataclasses import dataclass

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from vedette.simulate.actors.roster import Roster

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


class Emission(Struct, frozen=True):
    """Bytes that leave a sensor.

    feed        name of the [[feed]] that they go to
    connection  which of the feed's senders, from 0: sensors of one feed have connections of their own
    t_ns        UTC, when they are sent
    data        one datagram, or whole frames of a stream
    """

    feed: str
    connection: int
    t_ns: int
    data: bytes


@dataclass(frozen=True)
class World:
    """One tick: from time_ns, dt_ns long; one row for everybody alive.

    slot              (m,)    row of the roster
    life              (m,)    which individual of that slot
    geo               (m, 3)  lat_deg, lon_deg, m above the ellipsoid, at time_ns
    velocity          (m, 3)  m/s east, north, up
    ecef              (m, 3)  m
    claimed_geo       (m, 3)  as geo: where its own navigation puts it; what it broadcasts
    claimed_velocity  (m, 3)  as velocity
    nac_p             (m,)    accuracy that it claims, as ADS-B codes it; 0 without satellites
    body              (m,)    whether there is anything to see; what is forged is only heard, at geo
    pilot_geo         (m, 3)  where its pilot stands, as geo; NaN nobody
    heading_deg       (m,)    where its nose points
    """

    roster: Roster
    start_ns: int
    time_ns: int
    dt_ns: int
    slot: Ints
    life: Ints
    geo: Array
    velocity: Array
    ecef: Array
    claimed_geo: Array
    claimed_velocity: Array
    nac_p: Ints
    body: NDArray[np.bool_]
    pilot_geo: Array
    heading_deg: Array

    @property
    def end_ns(self) -> int:
        """The first instant that is not in the tick."""
        return self.time_ns + self.dt_ns
