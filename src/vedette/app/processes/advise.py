"""Whether airports can stay open: the picture, identities, alerts and sensors to advice, once a second.

A process of its own, so that the sector is not slower by it. What people decided is kept in the run folder,
and a process that was started again goes on from there; contacts of before are forgotten.
"""

import logging
from collections import deque
from functools import partial

import msgspec

from vedette.app import topology
from vedette.app.closure import book
from vedette.app.closure.adviser import Adviser
from vedette.app.closure.record import ClosureNews
from vedette.app.messages import Answer, DoubtNews, SensorNews
from vedette.app.processes.common import Run, main
from vedette.bus.client import Message
from vedette.core.advice import Advice, ClosureDecision
from vedette.core.alert import Alert
from vedette.core.errors import ConfigError, StorageError
from vedette.core.identity import Identity
from vedette.core.picture import decode_picture
from vedette.respond.warm import warm

_log = logging.getLogger("vedette.advise")
_REMEMBERED = 900  # advices that a decision may still name


async def work(run: Run) -> None:
    """The process."""
    adviser = Adviser(run.config, run.folder)
    for news in book.read(run.folder / book.FILE):
        adviser.decide(news.decision)
    warm()
    recent: deque[Advice] = deque(maxlen=_REMEMBERED * max(1, len(run.config.airport)))

    async def on_picture(message: Message) -> None:
        advices = adviser.take_picture(decode_picture(message.payload))
        if advices:
            recent.extend(advices)
            await run.bus.publish(topology.ADVICE, msgspec.json.encode(advices))

    async def on_identity(message: Message) -> None:
        adviser.take_identities(msgspec.json.decode(message.payload, type=list[Identity]))

    async def on_alert(message: Message) -> None:
        adviser.take_alerts(msgspec.json.decode(message.payload, type=list[Alert]))

    async def on_sensor(message: Message) -> None:
        news = msgspec.json.decode(message.payload, type=SensorNews)
        adviser.take_sensors(news.sensors, news.statuses)

    async def on_doubt(message: Message) -> None:
        adviser.take_doubts(msgspec.json.decode(message.payload, type=DoubtNews).doubts)

    for topic, callback in (
        (topology.PICTURE, on_picture),
        (topology.IDENTITY, on_identity),
        (topology.ALERT, on_alert),
        (topology.SENSOR, on_sensor),
        (topology.DOUBT, on_doubt),
    ):
        await run.bus.subscribe(topic, callback)
    await run.bus.answer(topology.CLOSURE, partial(_decide, run, adviser, recent))
    await run.bus.publish(topology.REPEAT, b"")
    run.ready()
    await run.stopping.wait()


async def _decide(run: Run, adviser: Adviser, recent: deque[Advice], payload: bytes) -> bytes:
    """Take what a person decided: to the disk first, then to everybody."""
    try:
        decision = msgspec.json.decode(payload, type=ClosureDecision)
    except msgspec.DecodeError as error:
        return msgspec.json.encode(Answer(400, f"expected a decision about an airport, got {error}"))
    known = next((a for a in reversed(recent) if a.advice_id == decision.advice_id), None)
    if known is None:
        said = f"expected advice of the last {_REMEMBERED // 60} minutes, got {decision.advice_id!r}"
        return msgspec.json.encode(Answer(409, said))
    news = ClosureNews(decision, known)
    try:
        adviser.decide(decision)
        book.append(run.folder / book.FILE, news)
    except ConfigError as error:
        return msgspec.json.encode(Answer(404, str(error)))
    except StorageError as error:
        return msgspec.json.encode(Answer(503, str(error)))
    name = f"closure-{decision.airport}-{decision.time_ns}"
    await run.bus.publish_durable(topology.CLOSURE_DECIDED, msgspec.json.encode(news), name)
    _log.warning("%s %s by %s, knowing %s: %s", decision.do, decision.airport, decision.by,
                 decision.advice_id, decision.because)  # fmt: skip
    return msgspec.json.encode(Answer(200, f"{decision.do}: recorded"))


if __name__ == "__main__":
    main("advise", work)
