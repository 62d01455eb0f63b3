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
