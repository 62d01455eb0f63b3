"""What processes take of a Linux machine: memory and CPU time, from /proc.

Memory is PSS: what a process has for itself, and its part of what it shares. Growth is looked for in
what it has written for itself alone, which does not change when others come and share its libraries.

Source: proc(5): smaps_rollup, stat.
"""

import os
import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_PSS = re.compile(rb"^Pss:\s+(\d+) kB", re.MULTILINE)
_PRIVATE = re.compile(rb"^Private_Dirty:\s+(\d+) kB", re.MULTILINE)
_MB = 1e6
_LEAST_SAMPLES = 3


class Meter:
    """Samples of the memory and CPU time of named processes."""

    def __init__(self, pids: dict[str, int]) -> None:
        """Begin now."""
        self._pids = dict(pids)
        self._time_s: list[float] = []
        self._memory_mb: dict[str, list[float]] = {name: [] for name in pids}
        self._private_mb: dict[str, list[float]] = {name: [] for name in pids}
        self._cpu_s: dict[str, list[float]] = {name: [] for name in pids}
        self._busy_s: list[float] = []

    def sample(self, now_s: float) -> None:
        """Look at every process once; ProcessLookupError or FileNotFoundError where one is gone.

        Then nothing of this look is kept.
        """
        looked = {}
        for name, pid in self._pids.items():
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_bytes()
            looked[name] = (_megabytes(_PSS, rollup), _megabytes(_PRIVATE, rollup), _cpu_s(pid))
        for name, (memory_mb, private_mb, cpu_s) in looked.items():
            self._memory_mb[name].append(memory_mb)
            self._private_mb[name].append(private_mb)
            self._cpu_s[name].append(cpu_s)
        self._time_s.append(now_s)
        self._busy_s.append(_busy_s())

    def memory_mb(self, names: list[str]) -> NDArray[np.float64]:
        """Of these together, (samples,) MB."""
        together: NDArray[np.float64] = np.array([self._memory_mb[n] for n in names], np.float64).sum(axis=0)
        return together

    def growth_mb_per_min(self, names: list[str]) -> float:
        """Slope of a straight line through the second half of the samples of these together."""
        half = len(self._time_s) // 2
        time_s = np.array(self._time_s[half:])
        memory = np.array([self._private_mb[name][half:] for name in names]).sum(axis=0)
        if len(time_s) < _LEAST_SAMPLES:
            return 0.0
        return float(np.polyfit(time_s - time_s[0], memory, 1)[0]) * 60.0

    def cpu_percent(self) -> dict[str, float]:
        """Of one core, by process, from the first sample to the last; the rest of the machine as "others"."""
        span_s = max(self._time_s[-1] - self._time_s[0], 1e-3)
        used = {name: cpu[-1] - cpu[0] for name, cpu in self._cpu_s.items()}
        used["others"] = max(self._busy_s[-1] - self._busy_s[0] - sum(used.values()), 0.0)
        return {name: round(100.0 * cpu_s / span_s, 1) for name, cpu_s in used.items()}

    def figures(self, node: list[str]) -> dict[str, Any]:
        """Memory at the start, at the end and at most, by process and of the node together."""
        out: dict[str, Any] = {}
        together = self.memory_mb(node)
        for label, pick in (("start", 0), ("end", -1)):
            out[f"memory_mb_{label}"] = {n: round(m[pick], 1) for n, m in self._memory_mb.items()}
            out[f"memory_mb_{label}"]["node"] = round(float(together[pick]), 1)
        out["memory_mb_peak"] = {n: round(max(m), 1) for n, m in self._memory_mb.items()}
        out["memory_mb_peak"]["node"] = round(float(together.max()), 1)
        return out


def _megabytes(line: re.Pattern[bytes], rollup: bytes) -> float:
    found = line.search(rollup)
    return int(found[1]) * 1024 / _MB if found else 0.0


def _cpu_s(pid: int) -> float:
    """User and system time of all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S


def _busy_s() -> float:
    """Time that all cores together were not idle since the machine began."""
    user, nice, system, _idle, _iowait, irq, softirq, *_ = (
        int(n) for n in Path("/proc/stat").read_text().partition("\n")[0].split()[1:]
    )
    return (user + nice + system + irq + softirq) / _TICKS_PER_S
