"""The score of an exercise so far, every ten seconds, for its director only."""

import asyncio
import contextlib
import os
from typing import Final

import msgspec
import numpy as np

from vedette.app import topology
from vedette.app.config import load_zone_files
from vedette.app.exercise.live_score import LiveScorer
from vedette.app.processes.common import Run, main
from vedette.bus.client import Message
from vedette.core.alert import Alert
from vedette.core.picture import decode_picture
from vedette.simulate.truth import TRUTH

EVERY_S: Final = 10.0
_NICE: Final = 10  # the picture comes first


async def work(run: Run) -> None:
    """The process."""
    os.nice(_NICE)
    scorer = LiveScorer(load_zone_files(run.config, run.folder))

    async def on_truth(message: Message) -> None:
        scorer.take_truth(np.frombuffer(message.payload, TRUTH))

    async def on_picture(message: Message) -> None:
        scorer.take_picture(decode_picture(message.payload))

    async def on_alert(message: Message) -> None:
        scorer.take_alerts(msgspec.json.decode(message.payload, type=list[Alert]))

    await run.bus.subscribe(topology.EXERCISE_TRUTH, on_truth)
    await run.bus.subscribe(topology.PICTURE, on_picture)
    await run.bus.subscribe(topology.ALERT, on_alert)
    run.ready()
    while not run.stopping.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(run.stopping.wait(), EVERY_S)
        score = scorer.score()
        if score is not None:
            await run.bus.publish(topology.EXERCISE_SCORE, msgspec.json.encode(score))


if __name__ == "__main__":
    main("score", work)
