"""What happens to actors at a time: launched, recalled, sent elsewhere."""

import numpy as np
from numpy.typing import NDArray

from vedette.simulate.actors.columns import ROUTE
from vedette.simulate.actors.fleet import Moves
from vedette.simulate.actors.roster import Roster
from vedette.simulate.spec.actor_events import ActorEvent, Divert, Launch, Recall


def apply(roster: Roster, moves: Moves, event: ActorEvent) -> Moves:
    """Moves after an event, now; the given ones are not touched.

    Followers do what their leader does. Who is not there cannot be recalled; who is there is not
    launched again.
    """
    out = moves.copy()
    rows = np.array(roster.by_actor.get(event.actor, []), np.int64)
    match event:
        case Launch():
            due = rows[~out.alive[rows] & (roster.form["leader"][rows] < 0)]
            out.start_s[due] = out.time_s
            out.delay_s[due] = 0.0
        case Recall():
            flying = _on_legs(roster, out, rows)
            homing = roster.form["home_leg"][flying]
            flying = flying[(homing >= 0) & (out.steer["leg"][flying] < homing)]
            _set_out(roster, out, flying, roster.form["home_leg"][flying])
        case Divert():
            flying = _on_legs(roster, out, rows)
            x, y = roster.map.xy(event.to)
            out.steer["to_x"][flying], out.steer["to_y"][flying] = x, y
            level = roster.map.ground_m + event.height_m if event.height_m is not None else out.geo[flying, 2]
            out.steer["to_z"][flying] = level
            _set_out(roster, out, flying, np.zeros(len(flying), np.int64))
    return out


def _on_legs(roster: Roster, moves: Moves, rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Those of rows who are there and choose their own way."""
    own: NDArray[np.int64] = rows[moves.alive[rows] & (roster.form["mode"][rows] == ROUTE)]
    return own


def _set_out(roster: Roster, moves: Moves, rows: NDArray[np.int64], legs: NDArray[np.int64]) -> None:
    """Begin a leg from where each is."""
    lat, lon = roster.map.origin
    north, east = roster.map.metres_per_degree
    moves.steer["leg"][rows] = legs
    moves.steer["wait_s"][rows] = 0.0
    moves.steer["swept"][rows] = 0.0
    moves.steer["from_x"][rows] = (moves.geo[rows, 1] - lon) * east
    moves.steer["from_y"][rows] = (moves.geo[rows, 0] - lat) * north
    moves.steer["from_z"][rows] = moves.geo[rows, 2]
