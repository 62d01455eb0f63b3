"""What a closure costs, minute by minute.

Flights come at a rate a (a minute) and wait. After T minutes a·T wait, and each further minute costs them one
minute each: a·T·c. When it opens, what waits is worked off with the capacity s, and flights that come
meanwhile wait too: the whole delay is a·T²/2 / (1 - a/s), a queue with constant rates. Its derivative is what
the next minute costs.

Source of the queue: Newell (1982), Applications of Queueing Theory, chapter 2.
"""

from vedette.core.advice import Cost
from vedette.respond.settings import Airport

_ARRIVALS = 0.5  # of the movements


def cost(airport: Airport, closed_min: float) -> Cost:
    """After so many minutes of closure; 0 is open: what the first minute would cost."""
    rate = airport.movements_per_hour / 60.0
    capacity = airport.capacity_per_hour
    longer = 1.0 if capacity is None else 1.0 / (1.0 - airport.movements_per_hour / capacity)
    diverting = _ARRIVALS * rate * max(0.0, closed_min - airport.hold_min)
    diverted_eur = 0.0
    diverted_minute_eur = 0.0
    if airport.diversion_eur is not None:
        diverted_eur = diverting * airport.diversion_eur
        diverted_minute_eur = _ARRIVALS * rate * airport.diversion_eur * (closed_min >= airport.hold_min)
    per_min = airport.delay_eur_per_min
    return Cost(
        movements_per_hour=airport.movements_per_hour,
        delay_eur_per_min=per_min,
        minute_eur=rate * ((closed_min + 1.0) ** 2 - closed_min**2) / 2.0 * per_min * longer
        + diverted_minute_eur,
        so_far_eur=rate * closed_min**2 / 2.0 * per_min * longer + diverted_eur,
        closed_min=closed_min,
        held=rate * closed_min - diverting,
        diverting=diverting,
        diversion_eur=airport.diversion_eur,
    )
