"""An exercise's sensors: a scenario played to the node's sockets by the exercise's clock and its director."""

import asyncio
import contextlib
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.app import topology
from vedette.app.exercise import folder
from vedette.app.exercise.clock import ExerciseClock
from vedette.app.exercise.director import Director
from vedette.app.messages import Standing
from vedette.app.processes.common import Run, main
from vedette.core.errors import StorageError
from vedette.core.units import NS_PER_S
from vedette.simulate.load import load_scenario
from vedette.simulate.player import Address, Player
from vedette.simulate.simulation import Simulation
from vedette.simulate.truth import TRUTH, append_truth, read_truth, write_truth

_NEWS_S = 1.0


class Truth:
    """truth.csv as it grows, and the same rows for the score; what was written stays as it is."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            write_truth(path, np.zeros(0, TRUTH))
        rows = read_truth(path)
        self._last_ns = int(rows["time_ns"].max()) if len(rows) else -1
        self.fresh: list[NDArray[np.void]] = []

    def take(self, rows: NDArray[np.void]) -> None:
        """The rows of one instant."""
        if len(rows) and int(rows["time_ns"][0]) > self._last_ns:
            append_truth(self._path, rows)
            self.fresh.append(rows)


async def work(run: Run) -> None:
    """The process: `… RUN_FOLDER`."""
    about = folder.read_about(run.folder)
    if about is None:
        raise StorageError(f"{run.folder / folder.ABOUT}: expected what is to be played, got none")
    clock = ExerciseClock(run.folder)
    simulation = Simulation(load_scenario(run.folder / folder.SCENARIO), about.seed, about.start_ns)
    director = Director(run.folder, about, simulation, clock)
    truth = Truth(run.folder / "truth.csv")
    addresses = {f.name: Address(f.host, f.port) for f in run.config.feed}
    player = Player(director.directed, addresses, now_ns=clock.now_ns, sleep=clock.sleep, on_truth=truth.take)
    await player.start()

    async def on_line(payload: bytes) -> bytes:
        answer = director.tell(payload.decode("utf-8", "replace"))
        await _tell(run, director.standing())
        return msgspec.json.encode(answer)

    await run.bus.answer(topology.EXERCISE, on_line)
    if clock.now_ns() > about.start_ns and not run.generation:
        clock.set_time(about.start_ns)  # the node took longer to start than was thought
    run.ready()
    until_ns = None if about.minutes is None else about.start_ns + round(about.minutes * 60.0 * NS_PER_S)
    playing = asyncio.create_task(player.run(until_ns))
    stop = asyncio.create_task(run.stopping.wait())
    news = asyncio.create_task(_news(run, director, truth))
    await asyncio.wait({playing, stop, news}, return_when=asyncio.FIRST_COMPLETED)
    if playing.done() and playing.exception() is None:
        director.over("the time was up")
    elif stop.done():
        director.over("the node was stopped")
    await _tell(run, director.standing())
    for task in (playing, news, stop):
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await player.stop()
    await run.stopping.wait()  # ended by the supervisor, which sees that the clock has ended


async def _news(run: Run, director: Director, truth: Truth) -> None:
    """Where it stands and what flew, until it is over."""
    while True:
        standing = director.standing()
        await _tell(run, standing)
        fresh, truth.fresh = truth.fresh, []
        for rows in fresh:
            await run.bus.publish(topology.EXERCISE_TRUTH, rows.tobytes())
        if standing.ended:
            return
        await asyncio.sleep(_NEWS_S)


async def _tell(run: Run, standing: Standing) -> None:
    await run.bus.publish(topology.EXERCISE_NEWS, msgspec.json.encode(standing))


if __name__ == "__main__":
    main("simulate", work)
