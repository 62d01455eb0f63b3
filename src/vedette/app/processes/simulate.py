"""The demo's sensors: a scenario played to the node's own sockets, and its truth beside the picture."""

import asyncio
import contextlib
import sys
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vedette.app.processes.common import Run, main
from vedette.simulate.load import load_scenario
from vedette.simulate.player import Address, Player
from vedette.simulate.simulation import Simulation
from vedette.simulate.truth import TRUTH, write_truth


async def work(run: Run) -> None:
    """The process: `… RUN_FOLDER SCENARIO SEED`; the scenario's first instant is now."""
    name, seed = sys.argv[2], int(sys.argv[3])
    scenario = load_scenario(name)
    addresses = {f.name: Address(f.host, f.port) for f in run.config.feed}
    truth: list[NDArray[np.void]] = []
    player = Player(
        Simulation(scenario, seed, time.time_ns()), addresses, now_ns=time.time_ns, on_truth=truth.append
    )
    await player.start()
    run.ready()
    playing = asyncio.create_task(player.run())
    stop = asyncio.create_task(run.stopping.wait())
    await asyncio.wait({playing, stop}, return_when=asyncio.FIRST_COMPLETED)
    playing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await playing
    await player.stop()
    _save(run.folder, truth)


def _save(folder: Path, truth: list[NDArray[np.void]]) -> None:
    """Truth of the last hour at most."""
    write_truth(folder / "truth.csv", np.concatenate(truth[-3600:]) if truth else np.zeros(0, TRUTH))


if __name__ == "__main__":
    main("simulate", work)
