"""The one script, with a Python that only notes what it is asked: what is compiled and run, and when."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "vedette"
PYTHON = """#!/bin/sh
here=$(dirname -- "$0")
case "$*" in
    *app.warm*) sleep 0.5; echo compiled >>"$here/told"; exit "${WARM:-0}" ;;
    *app.cli*) echo "$3 ${PYTHONDONTWRITEBYTECODE-kept}" >>"$here/told"; exit "${CLI:-0}" ;;
esac
"""


@pytest.fixture
def clone(tmp_path):
    """A clone whose environment is there but for what developers need."""
    shutil.copy(SCRIPT, tmp_path)
    for name in ("run", "dev"):
        (tmp_path / "requirements").mkdir(exist_ok=True)
        (tmp_path / "requirements" / f"{name}.txt").write_text(name)
    for name, text in ((".venv/bin/python", PYTHON), ("path/uv", "#!/bin/sh\n")):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    (tmp_path / "path" / "python3").symlink_to(sys.executable)
    (tmp_path / ".venv" / ".run").write_text("run")
    return tmp_path


def run(clone, command, **environment):
    """(exit code, what Python was asked for in order, what was said)."""
    told = clone / ".venv" / "bin" / "told"
    told.unlink(missing_ok=True)
    path = f"{clone / 'path'}:/usr/bin:/bin"  # nothing is installed
    done = subprocess.run(
        ["sh", clone / "vedette", command], env={"PATH": path, **environment}, capture_output=True, text=True,
        timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, told.read_text().splitlines(), done.stderr


def test_a_new_clone_is_checked_while_it_compiles_and_tested_afterwards(clone):
    code, told, _ = run(clone, "check")
    assert (code, told) == (0, ["check kept", "compiled"])
    assert run(clone, "check")[1] == ["check kept"], "once"
    (clone / ".venv" / ".dev").unlink()
    assert run(clone, "test")[1] == ["compiled", "test kept"]


def test_what_fails_of_the_two_is_told(clone):
    assert run(clone, "check", CLI="3")[:2] == (3, ["check kept", "compiled"])
    (clone / ".venv" / ".dev").unlink()
    code, _, said = run(clone, "check", WARM="1")
    assert code == 1
    assert said.endswith("vedette: the kernels could not be compiled\n")


def test_modules_are_kept_compiled_whatever_the_environment_says(clone):
    assert run(clone, "test", PYTHONDONTWRITEBYTECODE="1")[1][-1] == "test kept"
