"""The one way to compile a kernel: cached on disk, one thread, IEEE arithmetic.

`fastmath` and `parallel` stay off: the same input must give the same bytes on every run, and a
thread pool stalls when another process has the core.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")


def njit(function: Callable[P, R]) -> Callable[P, R]:
    """Compile on first call, keep the result beside the module, keep the Python types."""
    compiled: Callable[P, R] = numba.njit(cache=True, error_model="numpy")(function)
    return compiled


def inlined(function: Callable[P, R]) -> Callable[P, R]:
    """As njit, for a small function that hot loops call: its body is put where it is called.

    A call passes every array as seven words and a Look as eighty, which costs more than a small body.
    """
    compiled: Callable[P, R] = numba.njit(cache=True, error_model="numpy", forceinline=True)(function)
    return compiled
