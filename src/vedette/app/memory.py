"""Keep memory that was given back, on systems with the GNU C library.

A step of the tracker makes and drops arrays of a few hundred kilobytes. The C library hands each of
them back to the system and is given new pages, all to be filled with zeros, a moment later: a quarter
of the time of a step with thousands of tracks.

Source: mallopt(3).
"""

import ctypes
import sys
from typing import Final

_M_TRIM_THRESHOLD: Final = -1
_M_MMAP_THRESHOLD: Final = -3
# Larger arrays still go back to the system; so does what lies free at the end beyond the second.
_MMAP_BYTES: Final = 32 << 20
_TRIM_BYTES: Final = 64 << 20


def keep_freed() -> bool:
    """Do so in this process; False where the system has another C library."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _MMAP_BYTES) and mallopt(_M_TRIM_THRESHOLD, _TRIM_BYTES))
