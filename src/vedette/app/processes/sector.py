"""Observations to tracks, identities and alerts.

A sector that was started again reads what the stream still holds, without telling, so that its
tracks are back at once; the next whole second tells them all. Its tracks have new numbers, so the
alerts of the old ones are cleared.
"""

import asyncio
import contextlib
import logging

import msgspec

from vedette.app import topology
from vedette.app.config import load_zone_files
from vedette.app.memory import keep_freed
from vedette.app.messages import BiasNews, DoubtNews
from vedette.app.processes.common import IDS_A_RUN, Run, main
from vedette.app.sector import Sector, SectorOutput
from vedette.app.warm import warm
from vedette.bus.client import Message
from vedette.core.alert import Alert
from vedette.core.interference import InterferenceMap
from vedette.core.observation import decode_batch
from vedette.core.picture import encode_picture

_log = logging.getLogger("vedette.sector")
_QUIET_S = 1.0


async def work(run: Run) -> None:
    """The process."""
    keep_freed()
    config = run.config
    zones = load_zone_files(config, run.folder)
    sector = Sector(
        config.origin,
        zones,
        config.tracker,
        config.identify_settings(),
        config.watch,
        first_id=run.secrets.first_id + run.generation * IDS_A_RUN,
    )
    warm()
    if run.generation:
        await _clear_old_alerts(run)
    reader = asyncio.create_task(_follow(run, sector))
    stop = asyncio.create_task(run.stopping.wait())
    run.ready()
    await asyncio.wait({reader, stop}, return_when=asyncio.FIRST_COMPLETED)
    reader.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reader


async def _clear_old_alerts(run: Run) -> None:
    """The tracks of before have gone with their numbers: so have their alerts."""
    held: dict[str, Alert] = {}
    stored = aiter(run.bus.read_from("ALERTS", 1, topic=topology.ALERT))
    with contextlib.suppress(TimeoutError):
        while True:
            message = await asyncio.wait_for(anext(stored), _QUIET_S)
            for alert in msgspec.json.decode(message.payload, type=list[Alert]):
                if alert.time_ns >= run.secrets.started_ns:
                    held[alert.alert_id] = alert
            if message.pending == 0:
                break
    now_ns = run.now_ns()
    cleared = [
        msgspec.structs.replace(
            alert, time_ns=now_ns, state="cleared", severity="info", reasons=["the tracker was started again"]
        )
        for alert in held.values()
        if alert.state != "cleared"
    ]
    if cleared:
        await run.bus.publish_durable(topology.ALERT, msgspec.json.encode(cleared), f"restart-{now_ns}")


async def _follow(run: Run, sector: Sector) -> None:
    """Step through the stream as it grows."""
    silent = run.generation > 0
    repeat = asyncio.Event()

    async def on_repeat(_: Message) -> None:
        repeat.set()

    await run.bus.subscribe(topology.REPEAT, on_repeat)
    async for message in run.bus.read_from("OBS", 1, topic=topology.OBSERVATIONS):
        batch = decode_batch(message.payload)
        output = sector.step(batch)
        if silent and message.pending == 0:
            silent = False
            _log.warning("started again with %d tracks", sector.n_tracks)
        if repeat.is_set():
            repeat.clear()
            await run.bus.publish(topology.IDENTITY, msgspec.json.encode(sector.identities))
        if not silent:
            await _tell(run, output, batch.tick_ns)


async def _tell(run: Run, output: SectorOutput, time_ns: int) -> None:
    """Publish what one batch changed, the picture first."""
    if output.picture is not None:
        await run.bus.publish(topology.PICTURE, encode_picture(output.picture))
    if output.identities:
        await run.bus.publish(topology.IDENTITY, msgspec.json.encode(output.identities))
    if output.alerts:
        ids = f"{output.alerts[0].alert_id}-{output.alerts[0].time_ns}-{run.generation}"
        await run.bus.publish_durable(topology.ALERT, msgspec.json.encode(output.alerts), ids)
    if output.doubts is not None:
        await run.bus.publish(topology.DOUBT, msgspec.json.encode(DoubtNews(time_ns, output.doubts)))
    if output.interference is not None:
        news = InterferenceMap(time_ns, output.interference)
        await run.bus.publish(topology.INTERFERENCE, msgspec.json.encode(news))
    if output.biases:
        await run.bus.publish(topology.BIAS, msgspec.json.encode(BiasNews(time_ns, output.biases)))


if __name__ == "__main__":
    main("sector", work)
