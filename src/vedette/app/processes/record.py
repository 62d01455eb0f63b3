"""The picture to the history, and questions about it."""

import asyncio

import msgspec

from vedette.app import topology
from vedette.app.config import load_zone_files
from vedette.app.messages import HistoryQuestion, PastQuestion, SensorNews
from vedette.app.past import answer
from vedette.app.processes.common import Run, main
from vedette.bus.client import Message
from vedette.core.advice import Advice
from vedette.core.alert import Alert
from vedette.core.identity import Identity
from vedette.core.picture import decode_picture
from vedette.history.store import History

_FLUSH_S = 1.0


async def work(run: Run) -> None:
    """The process."""
    history = History(run.folder / "picture.duckdb")

    async def on_picture(message: Message) -> None:
        history.append_tracks(decode_picture(message.payload).rows)

    async def on_identity(message: Message) -> None:
        history.append_identities(msgspec.json.decode(message.payload, type=list[Identity]))

    async def on_alert(message: Message) -> None:
        history.append_alerts(msgspec.json.decode(message.payload, type=list[Alert]))

    async def on_sensor(message: Message) -> None:
        news = msgspec.json.decode(message.payload, type=SensorNews)
        history.append_sensor_status(news.time_ns, news.statuses)

    async def on_advice(message: Message) -> None:
        history.append_advice(msgspec.json.decode(message.payload, type=list[Advice]))

    async def on_question(payload: bytes) -> bytes:
        history.flush()
        return msgspec.json.encode(_answer(history, msgspec.json.decode(payload, type=HistoryQuestion)))

    zones = {zone.id: zone for zone in load_zone_files(run.config, run.folder)}

    async def on_past(payload: bytes) -> bytes:
        history.flush()
        question = msgspec.json.decode(payload, type=PastQuestion)
        # In a thread, on a cursor of its own: a search over days does not hold up what is to be written.
        with history.cursor() as cursor:
            return await asyncio.to_thread(answer, cursor, question, zones)

    await run.bus.answer(topology.PAST, on_past)
    await run.bus.subscribe(topology.PICTURE, on_picture)
    await run.bus.subscribe(topology.IDENTITY, on_identity)
    await run.bus.subscribe(topology.ALERT, on_alert)
    await run.bus.subscribe(topology.SENSOR, on_sensor)
    await run.bus.subscribe(topology.ADVICE, on_advice)
    await run.bus.answer(topology.HISTORY, on_question)
    run.ready()
    try:
        while not run.stopping.is_set():
            try:
                await asyncio.wait_for(run.stopping.wait(), _FLUSH_S)
            except TimeoutError:
                history.flush()
    finally:
        # What the sector still said is on its way: take it before the file is closed.
        await asyncio.sleep(0.2)
        history.flush()
        history.close()


def _answer(history: History, asked: HistoryQuestion) -> object:
    """What the history says."""
    match asked.asks:
        case "trail":
            points = history.trail(asked.track_id, asked.since_ns)
            return [(p["time_ns"], p["lat_deg"], p["lon_deg"], p["alt_m"]) for p in points]
        case "identity":
            return history.identity(asked.track_id)
        case "alerts":
            return history.alerts(asked.since_ns)
        case "points":
            return history.box(asked.box, asked.since_ns, asked.until_ns, asked.limit)


if __name__ == "__main__":
    main("record", work)
