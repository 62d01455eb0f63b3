"""Compile what a step of advice needs, or load it from the cache."""

import numpy as np

from vedette.core.zone import Volume, Zone
from vedette.respond.belief import model, seen, unseen
from vedette.respond.ground import lay_out
from vedette.respond.settings import Airport


def warm() -> None:
    """One small airport, seen and not seen."""
    circle = Zone("warm", "warm", "PROHIBITED", [Volume(circle=(0.01, 0.01, 800.0))])
    airport = Airport(icao="WARM", zones=["warm"])
    assumed = model(airport, lay_out(airport, [circle], "warm"))
    belief = seen(assumed, (0.0, 0.0), 50.0, (60.0, 10.0), 0.9, 0.0)
    unseen(assumed, belief, 1.0, np.zeros_like(belief.b))
