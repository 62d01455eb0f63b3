"""What a developer runs, and the continuous integration: the checks and the tests."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from vedette.core.errors import VedetteError

Say = Callable[[str], None]


def check(say: Say) -> None:
    """Lint, format, types and imports; VedetteError names those that fail."""
    root = _root()
    tools = Path(sys.executable).parent
    steps = (
        ("lint", [tools / "ruff", "check", "."]),
        ("format", [tools / "ruff", "format", "--check", "."]),
        ("types", [tools / "mypy"]),
        ("imports", [tools / "lint-imports"]),
    )
    failed = []
    for name, command in steps:
        say(f"check: {name}")
        if subprocess.run([str(part) for part in command], cwd=root, check=False).returncode:
            failed.append(name)
    if failed:
        raise VedetteError(f"check failed: {', '.join(failed)}")


def test(arguments: Sequence[str], *, fast: bool) -> bool:
    """Whether the tests pass; arguments go to pytest, none is the whole suite, or what is fast of it."""
    # A file's tests stay in one process: they share what takes long to set up. Order: tests/conftest.py.
    whole = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder"]
    some = ["-m", "not slow and not browser"] if fast else []
    command = [sys.executable, "-m", "pytest", *(arguments or whole), *some]
    return subprocess.run(command, cwd=_root(), check=False).returncode == 0


def _root() -> Path:
    """The checkout, for the commands of a developer."""
    root = Path(__file__).resolve().parents[3]
    if not (root / "pyproject.toml").is_file():
        raise VedetteError("expected a checkout of the repository: check and test are for developers")
    return root
