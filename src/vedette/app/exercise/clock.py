"""The clock of an exercise: one time for every process of its node, which the director can stop and hurry.

It is a small file in the run folder that every process maps: 40 bytes, little-endian,

     0  q  count     odd while it is being written
     8  q  mono_ns   of the machine's monotonic clock, at an anchor
    16  q  time_ns   UTC of the exercise at that anchor
    24  d  rate      how fast exercise time goes; 0 stands still
    32  q  ended     1 once the exercise is over

so exercise time is time_ns + (monotonic - mono_ns) · rate. One process writes, any may read. At rate 1 and
never paused it is UTC. Everything that a node stamps or waits for goes by it, so a paused exercise has no
silent sensors, no stale picture and no late data: nothing happens in it.
"""

import asyncio
import mmap
import struct
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from vedette.core.errors import StorageError
from vedette.core.units import NS_PER_S

FILE: Final = "clock"
FASTEST: Final = 20.0
_LAYOUT: Final = struct.Struct("<qqqdq")
_LOOK_S: Final = 0.02  # so soon a change is noticed by who waits
_TRIES: Final = 1000


class ExerciseClock:
    """The clock in a run folder."""

    def __init__(self, folder: Path, mono_ns: Callable[[], int] = time.monotonic_ns) -> None:
        """Map the file that `make` made, or StorageError."""
        self._mono_ns = mono_ns
        path = folder / FILE
        try:
            with path.open("r+b") as file:
                self._map = mmap.mmap(file.fileno(), _LAYOUT.size)
        except (OSError, ValueError) as error:
            raise StorageError(f"{path}: expected the clock of an exercise, got {error}") from error

    @classmethod
    def make(
        cls, folder: Path, time_ns: int, mono_ns: Callable[[], int] = time.monotonic_ns
    ) -> "ExerciseClock":
        """A clock that says time_ns now and goes at rate 1."""
        (folder / FILE).write_bytes(_LAYOUT.pack(0, mono_ns(), time_ns, 1.0, 0))
        return cls(folder, mono_ns)

    def now_ns(self) -> int:
        """UTC of the exercise."""
        _, mono_ns, time_ns, rate, _ = self._read()
        return time_ns + round((self._mono_ns() - mono_ns) * rate)

    @property
    def rate(self) -> float:
        """How fast it goes; 0 is paused."""
        return self._read()[3]

    @property
    def ended(self) -> bool:
        """Whether the exercise is over."""
        return bool(self._read()[4])

    def set_rate(self, rate: float) -> int:
        """Go on at another rate from now; returns the time of the change."""
        return self._write(self.now_ns(), rate, ended=self.ended)

    def set_time(self, time_ns: int) -> None:
        """Go on from another time."""
        self._write(time_ns, self.rate, ended=self.ended)

    def end(self) -> None:
        """The exercise is over; its time stands still."""
        self._write(self.now_ns(), 0.0, ended=True)

    async def sleep(self, seconds: float) -> None:
        """Wait for so much exercise time: as long as it takes."""
        until_ns = self.now_ns() + round(seconds * NS_PER_S)
        while (left_ns := until_ns - self.now_ns()) > 0:
            rate = self.rate
            wait_s = left_ns / NS_PER_S / rate if rate > 0 else _LOOK_S
            await asyncio.sleep(min(wait_s, _LOOK_S))

    def _read(self) -> tuple[int, int, int, float, int]:
        for _ in range(_TRIES):
            values: tuple[int, int, int, float, int] = _LAYOUT.unpack_from(self._map)
            if values[0] % 2 == 0 and _LAYOUT.unpack_from(self._map)[0] == values[0]:
                return values
        raise StorageError("expected the clock of the exercise to be readable, it is always being written")

    def _write(self, time_ns: int, rate: float, *, ended: bool) -> int:
        count = self._read()[0]
        values = (self._mono_ns(), time_ns, rate, int(ended))
        _LAYOUT.pack_into(self._map, 0, count + 1, *values)
        _LAYOUT.pack_into(self._map, 0, count + 2, *values)
        return time_ns


def clock_of(folder: Path) -> Callable[[], int]:
    """What every process of a node goes by: the exercise's clock where the folder has one, else UTC."""
    return ExerciseClock(folder).now_ns if (folder / FILE).exists() else time.time_ns
