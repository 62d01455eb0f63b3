"""`./vedette bench closure`: whether 30 % means 30 %, and what the advice saves against fixed rules.

Every scene is an hour. The adviser is asked as in a node; beside it stand fixed rules (closed from the first
sighting until so many minutes after the last) and an oracle that knows the truth. Closed and restricted
minutes are counted, and exposure: minutes in which a drone really was within 500 m of a runway or an
approach while it was not closed, or really was in the zones while it was neither closed nor restricted.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import numpy as np

from vedette.app.bench import closure_airport
from vedette.app.bench.closure_figures import SEEN_FROM, Followed, calibration, rules
from vedette.app.bench.closure_scenes import START_NS, STEP_S, Scene, scene, statuses
from vedette.core.units import NS_PER_S
from vedette.respond.state import init
from vedette.respond.step import Seen, step

REOPEN_BELOW: Final = (0.02, 0.05)
_MAIN: Final = 0.05  # as configured unless told


def bench(seeds: Sequence[int], airports: int, minutes: float, say: Callable[[str], None]) -> dict[str, Any]:
    """Run the scenes of these seeds, and the scenario `airport` so often; returns the figures."""
    advised: dict[float, list[Followed]] = {limit: [] for limit in REOPEN_BELOW}
    for n, seed in enumerate(seeds, 1):
        made = scene(seed)
        for limit in REOPEN_BELOW:
            advised[limit].append(follow(made, limit))
        if n % 10 == 0:
            say(f"{n} of {len(seeds)} scenes")
    main = advised[_MAIN]
    summary = {
        "scenes": len(seeds),
        "hours": round(sum(len(one.there) for one in main) * STEP_S / 3600.0, 1),
        "calibration": calibration(main),
        "rules": rules(advised),
    }
    if airports:
        runs = [closure_airport.follow(seed, minutes, say) for seed in range(1, airports + 1)]
        summary["airport"] = {
            "runs": airports,
            "minutes": minutes,
            "calibration": calibration(runs),
            "rules": rules({_MAIN: runs}),
        }
    return summary


def follow(made: Scene, reopen_below: float) -> Followed:
    """The adviser through one scene."""
    airport = msgspec.structs.replace(made.airport, reopen_below=reopen_below)
    state = init(airport, made.zones)
    n = len(made.rows)
    out = np.zeros((2, n))
    closed, restricted, seen = np.zeros(n, bool), np.zeros(n, bool), np.zeros(n, bool)
    for k, rows in enumerate(made.rows):
        now_ns = START_NS + k * STEP_S * NS_PER_S
        known = Seen(rows, made.identities, {}, made.sensors, statuses(made, k * STEP_S, now_ns), {})
        state, advice = step(state, known, now_ns, foresee=False)
        if advice.there is not None and advice.near is not None:
            out[:, k] = advice.there.p, advice.near.p
        closed[k], restricted[k] = advice.level == "close", advice.level == "restrict"
        seen[k] = any(c.seen_now and c.was_p >= SEEN_FROM for c in advice.contacts)
    return Followed(out[0], out[1], closed, restricted, seen, made.drones)
