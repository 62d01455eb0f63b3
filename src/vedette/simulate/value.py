"""Copies of states: what changes is copied, what never does is shared.

copy.deepcopy would do, at twice the time: a player steps ten times a second, and copies every sensor.
"""

from dataclasses import fields, is_dataclass
from typing import Any, TypeVar, cast

import numpy as np

T = TypeVar("T")


def copied(state: T) -> T:
    """A copy of a sensor's state: a generator, an array, a list, or a dataclass of such.

    Numbers, text and frozen things are shared; items of lists are taken to be such.
    """
    match state:
        case np.random.Generator():
            bits = type(state.bit_generator)(0)
            bits.state = state.bit_generator.state
            return cast("T", np.random.Generator(bits))
        case np.ndarray() | list():
            return cast("T", state.copy())
        case _ if is_dataclass(state) and not isinstance(state, type):
            kind = cast("Any", type(state))
            return cast("T", kind(**{f.name: copied(getattr(state, f.name)) for f in fields(state)}))
        case _:
            return state
