"""The one way to compile a kernel: cached on disk, one thread, IEEE arithmetic.

`fastmath` and `parallel` stay off: the same input must give the same bytes on every run, and a
thread pool stalls when another process has the core.

The cache asks whether a kernel's own module has changed, but not whether one has whose functions it
calls, and these are compiled into it. What was compiled before the newest of the sources that it may
call is therefore forgotten when the first kernel is looked for.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
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


def forget_stale(package: Path) -> int:
    """Remove the indexes of compiled kernels that are older than what may be compiled into them.

    That is every module with kernels in their own folder, and in the package's `kernel`. Returns how many
    are stale; where they may not be removed they stay.
    """
    made_ns: dict[Path, int] = {}
    newest_ns: dict[Path, int] = {}
    for index in package.rglob("__pycache__/*.nbi"):
        folder = index.parent.parent
        made_ns[index] = index.stat().st_mtime_ns
        source = folder / f"{index.name.split('.')[0]}.py"
        if source.exists():
            newest_ns[folder] = max(newest_ns.get(folder, 0), source.stat().st_mtime_ns)
    common_ns = newest_ns.get(package / "kernel", 0)
    stale = [i for i, ns in made_ns.items() if ns < max(newest_ns.get(i.parent.parent, 0), common_ns)]
    with suppress(OSError):
        for index in stale:
            index.unlink(missing_ok=True)
    return len(stale)


with suppress(OSError):  # another process may be doing the same
    forget_stale(Path(__file__).parents[1])
