"""All actors at once, and how they move: Moves, begin, advance.

Each actor is a point mass in the air or on the ground. Something it wants to do gives a wanted velocity
(steering.py); it gets there with the acceleration, the turn and the climb of its envelope
(envelopes.py), so nothing jumps, turns on the spot or stops dead. Wind carries what flies. Three ways
to want: along legs (ROUTE), beside a leader (FOLLOW), about a place or along a course (WANDER).

Positions are integrated on the ellipsoid, so velocities are true east, north and up. An airliner's path
does not know the curvature of the earth (3 m at 6 km). Speeds of what turns are through the air.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vedette.simulate.actors import appearing, flying
from vedette.simulate.actors.columns import STEER
from vedette.simulate.actors.roster import Roster

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Moves:
    """Where every actor is: one row an actor, alive or not.

    geo         (n, 3)  lat_deg, lon_deg, m above the ellipsoid
    velocity    (n, 3)  m/s east, north, up
    alive       (n,)
    steer       (n,)    STEER
    start_s     (n,)    when it appears next, but for delay_s (n,); inf never
    life        (n,)    how often it has appeared
    lots        (n, 4)  uniform draws for the next appearance
    time_s      seconds since the scenario's start
    """

    geo: Array
    velocity: Array
    alive: NDArray[np.bool_]
    steer: NDArray[np.void]
    start_s: Array
    delay_s: Array
    life: Ints
    lots: Array
    time_s: float = 0.0

    def copy(self) -> "Moves":
        """One that may be changed."""
        return Moves(
            self.geo.copy(),
            self.velocity.copy(),
            self.alive.copy(),
            self.steer.copy(),
            self.start_s.copy(),
            self.delay_s.copy(),
            self.life.copy(),
            self.lots.copy(),
            self.time_s,
        )


def begin(roster: Roster, time_s: float, rng: np.random.Generator) -> Moves:
    """Nobody has appeared yet."""
    n = len(roster)
    lots = rng.random((n, 4))
    return Moves(
        geo=np.zeros((n, 3)),
        velocity=np.zeros((n, 3)),
        alive=np.zeros(n, bool),
        steer=np.zeros(n, STEER),
        start_s=roster.start_s.copy(),
        delay_s=lots[:, 3] * roster.form["scatter_s"],
        life=np.zeros(n, np.int64),
        lots=lots,
        time_s=time_s,
    )


def advance(roster: Roster, moves: Moves, dt_s: float, rng: np.random.Generator) -> Moves:
    """Carry all actors forward by dt_s, and let those appear who are due.

    Changes the columns of moves, which belongs to the caller, and rng; returns them with the new time.
    """
    moves = appear(roster, moves, rng)
    flying.advance(
        roster.form,
        roster.legs,
        moves.steer,
        moves.geo,
        moves.velocity,
        moves.alive,
        moves.start_s,
        rng.standard_normal((len(roster), 3)),
        roster.air,
        roster.frame,
        roster.jammed,
        moves.time_s,
        dt_s,
    )
    return replace(moves, time_s=moves.time_s + dt_s)


def appear(roster: Roster, moves: Moves, rng: np.random.Generator) -> Moves:
    """Let those appear whose time has come and who are not about; as advance."""
    if not appearing.waiting(
        roster.form, moves.alive, moves.start_s, moves.delay_s, moves.life, moves.time_s
    ):
        return moves
    n = len(roster)
    appearing.appear(
        roster.form,
        roster.legs,
        roster.begin,
        roster.repeat_s,
        moves.steer,
        moves.geo,
        moves.velocity,
        moves.alive,
        moves.start_s,
        moves.delay_s,
        moves.life,
        moves.lots,
        rng.random((n, 4)),
        rng.standard_normal((n, 3)),
        roster.air,
        roster.frame,
        moves.time_s,
    )
    return moves
