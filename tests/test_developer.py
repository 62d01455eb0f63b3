"""What pytest is told by ./vedette test."""

import subprocess

import pytest

from vedette.app import developer

WHOLE = ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile", "--no-loadscope-reorder"]
FAST = ["-m", "not slow and not browser"]


@pytest.mark.parametrize(
    ("arguments", "fast", "told"),
    [([], False, WHOLE), ([], True, WHOLE + FAST), (["tests/kernel", "-x"], False, ["tests/kernel", "-x"]),
     (["tests/kernel"], True, ["tests/kernel", *FAST])],
)  # fmt: skip
def test_the_whole_suite_is_shared_out_and_a_part_is_not(monkeypatch, arguments, fast, told):
    ran = []

    def run(command, **_):
        ran.append(command)
        return subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(developer.subprocess, "run", run)
    assert developer.test(arguments, fast=fast) is False
    assert ran[0][1:] == ["-m", "pytest", *told]
