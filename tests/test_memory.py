"""Memory that was given back stays with the process."""

import subprocess
import sys

import pytest

_COUNT = """
import resource, sys
import numpy as np
from vedette.app.memory import keep_freed
if sys.argv[1] == "keep" and not keep_freed():
    print(-1)
    raise SystemExit
def work():
    for _ in range(200):
        np.ones(100_000)
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def _faults(how: str) -> int:
    """Pages that the system had to hand out while arrays came and went."""
    done = subprocess.run([sys.executable, "-c", _COUNT, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_arrays_that_come_and_go_need_no_new_pages() -> None:
    kept = _faults("keep")
    if kept < 0:
        pytest.skip("another C library")
    assert kept < 200
    assert kept <= _faults("leave")
