"""What was compiled is used again, but not after a function that is compiled into it has changed."""

import os
import subprocess
import sys
import textwrap

import pytest
from seen import JITTED

from vedette.kernel.jit import forget_stale


def write(path, text, age_s):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    now = path.stat().st_mtime
    os.utime(path, (now - age_s, now - age_s))


def test_what_is_older_than_a_module_it_may_call_goes(tmp_path):
    for folder, source_s, index_s in (("kernel", 100, 70), ("a", 60, 80), ("b", 90, 95), ("c", 98, 20)):
        write(tmp_path / folder / "loops.py", "", source_s)
        write(tmp_path / folder / "plain.py", "", 0)  # has no kernels
        write(tmp_path / folder / "__pycache__" / "loops.loop-1.py311.nbi", "", index_s)
    assert forget_stale(tmp_path) == 2  # a: its own module is newer; b: so it is there
    left = {p.parent.parent.name for p in tmp_path.rglob("*.nbi")}
    assert left == {"kernel", "c"}
    write(tmp_path / "kernel" / "loops.py", "", 10)
    assert forget_stale(tmp_path) == 2  # what all may call is newer
    assert forget_stale(tmp_path) == 0


@pytest.mark.skipif(not JITTED, reason="without the compiler nothing is kept")
@pytest.mark.parametrize("how", ["njit", "inlined"])
def test_a_kernel_follows_what_it_calls_in_another_module(tmp_path, how):
    package = tmp_path / "kernels"
    calling = """
        from vedette.kernel.jit import njit
        from kernels.called import value
        @njit
        def twice(x):
            return 2 * value(x)
        """
    called = f"""
        from vedette.kernel.jit import {how}
        @{how}
        def value(x):
            return x + CONSTANT
        """
    write(package / "__init__.py", "", 100)
    write(package / "calling.py", calling, 100)
    program = (
        "import sys; from pathlib import Path; from vedette.kernel.jit import forget_stale;"
        "forget_stale(Path(sys.path[0])); from kernels.calling import twice; print(twice(1))"
    )

    def run():
        env = {**os.environ, "PYTHONPATH": str(tmp_path)}
        out = subprocess.run(
            [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {program}"],
            env=env, capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        return int(out.stdout)

    write(package / "called.py", called.replace("CONSTANT", "1"), 100)
    assert run() == 4
    assert run() == 4
    write(package / "called.py", called.replace("CONSTANT", "20"), -2)  # surely newer than what was compiled
    assert run() == 42
