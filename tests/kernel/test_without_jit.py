r"""The kernels as plain Python: the same tests, so that what a compiler hides shows up.

Lines of src/vedette/kernel that are run this way are counted by

    NUMBA_DISABLE_JIT=1 coverage run --source src/vedette/kernel -m pytest tests/kernel \
        --hypothesis-profile=few -W ignore::RuntimeWarning
    coverage report -m

The warnings are those of NumPy's scalars about overflow and division, which compiled kernels do not give.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.mark.slow
@pytest.mark.skipif("NUMBA_DISABLE_JIT" in os.environ, reason="this is the run without it")
def test_the_kernels_pass_their_tests_without_the_compiler():
    """A few examples each: Python is some hundred times slower."""
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "-p", "no:cacheprovider",
            "--hypothesis-profile=few", "-W", "ignore::RuntimeWarning", str(HERE),
        ],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1"}, cwd=HERE.parents[1], capture_output=True, text=True,
        timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout or "100%" in done.stdout
