"""The page and the API: the picture as it comes over the bus, to people over HTTP and WebSocket."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, Literal, TypeVar

import msgspec

from vedette import __version__
from vedette.app import topology
from vedette.app.config import load_zone_files
from vedette.app.exercise import events
from vedette.app.messages import (
    Answer,
    BiasNews,
    DoubtNews,
    HistoryQuestion,
    LeaveNews,
    PastQuestion,
    ProcessNews,
    SensorNews,
    Standing,
)
from vedette.app.processes.common import Run, main
from vedette.app.processes.ledger import EXPORTS
from vedette.app.view import view_of
from vedette.bus.client import Bus, Message
from vedette.core.advice import Advice, ClosureDecision
from vedette.core.alert import Alert, Decision
from vedette.core.errors import BusError
from vedette.core.identity import Identity
from vedette.core.incident import IncidentSummary, RecordQuestion
from vedette.core.interference import InterferenceMap
from vedette.history.wanted import Wanted
from vedette.serve import attachments as attached
from vedette.serve import live
from vedette.serve.archive import Rows, TrailPoint
from vedette.serve.past import Looked
from vedette.serve.rights import Who, title_of
from vedette.serve.server import create_app, serve
from vedette.serve.settings import ServeSettings
from vedette.serve.users import Users

T = TypeVar("T")
_DID = {"log-in": "logged in", "log-out": "logged out"}
_PROVED_S = 120.0
_MIB = 1024 * 1024
_PAST_S = 30.0  # a search of a large history takes a while


class BusArchive:
    """Questions about the past, answered by the recorder."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def trail(self, track_id: int, since_ns: int) -> list[TrailPoint]:
        """Where a track was since then, oldest first."""
        asked = HistoryQuestion(asks="trail", track_id=track_id, since_ns=since_ns)
        return msgspec.json.decode(await self._ask(asked), type=list[TrailPoint])

    async def identity(self, track_id: int) -> dict[str, Any] | None:
        """The newest identity of a track that may have ended."""
        asked = HistoryQuestion(asks="identity", track_id=track_id)
        return msgspec.json.decode(await self._ask(asked), type=dict[str, Any] | None)

    async def alerts(self, since_ns: int) -> Rows:
        """Changes of alerts since then, oldest first."""
        return msgspec.json.decode(
            await self._ask(HistoryQuestion(asks="alerts", since_ns=since_ns)), type=Rows
        )

    async def points(
        self, box: tuple[float, float, float, float], from_ns: int, to_ns: int, limit: int
    ) -> Rows:
        """Track points in a box between two times."""
        asked = HistoryQuestion(asks="points", box=box, since_ns=from_ns, until_ns=to_ns, limit=limit)
        return msgspec.json.decode(await self._ask(asked), type=Rows)

    async def _ask(self, asked: HistoryQuestion) -> bytes:
        return await self._bus.request(topology.HISTORY, msgspec.json.encode(asked))


class BusPast:
    """The past, answered by the recorder."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def span(self) -> bytes:
        """When it begins and ends."""
        return await self._ask(PastQuestion(asks="span"))

    async def frames(self, from_ns: int, to_ns: int) -> bytes:
        """Picture frames, one a second."""
        return await self._ask(PastQuestion(asks="frames", from_ns=from_ns, to_ns=to_ns))

    async def told(self, from_ns: int, to_ns: int) -> bytes:
        """Identities and alerts of that time."""
        return await self._ask(PastQuestion(asks="told", from_ns=from_ns, to_ns=to_ns))

    async def search(self, looked: Looked) -> bytes:
        """Tracks, the newest first."""
        fields = msgspec.structs.asdict(looked)
        zone = fields.pop("zone")
        return await self._ask(PastQuestion(asks="search", wanted=Wanted(**fields), zone=zone))

    async def _ask(self, asked: PastQuestion) -> bytes:
        return await self._bus.request(topology.PAST, msgspec.json.encode(asked), timeout_s=_PAST_S)


class BusDirection:
    """An exercise's direction over the bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus
        self.newest: bytes | None = None
        self.scored: bytes | None = None

    async def tell(self, line: str) -> tuple[int, bytes]:
        """Pass a line on."""
        answer = await self._bus.request(topology.EXERCISE, line.encode())
        return msgspec.json.decode(answer, type=Answer).status, answer

    def standing(self) -> bytes | None:
        """What the simulator said last."""
        return self.newest

    def score(self) -> bytes | None:
        """What the score was last."""
        return self.scored


class BusClosure:
    """Decisions about airports, to the adviser."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def decide(self, decision: ClosureDecision) -> tuple[int, bytes]:
        """Pass a decision on."""
        answer = await self._bus.request(topology.CLOSURE, msgspec.json.encode(decision))
        return msgspec.json.decode(answer, type=Answer).status, answer


class BusDecider:
    """Decisions about alerts, to the sector that holds them."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def decide(self, decision: Decision) -> tuple[int, bytes]:
        """Pass a decision on."""
        answer = await self._bus.request(topology.DECISION, msgspec.json.encode(decision))
        return msgspec.json.decode(answer, type=Answer).status, answer


class BusRecord:
    """The node's record, over the bus."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    async def ask(self, question: RecordQuestion) -> tuple[int, bytes]:
        """Pass a question on; proving and exporting may take a while."""
        timeout_s = _PROVED_S if question.asks in ("prove", "export") else 5.0
        answer = await self._bus.request(topology.LEDGER, msgspec.json.encode(question), timeout_s)
        return msgspec.json.decode(answer, type=_Status).status, answer


class _Status(msgspec.Struct):
    status: int


class _Summaries(msgspec.Struct):
    incidents: list[IncidentSummary]


async def work(run: Run) -> None:
    """The process."""
    config = run.config
    zones = load_zone_files(config, run.folder)
    view = view_of(config, zones)
    node = live.Node(
        name=config.node.name,
        version=__version__,
        view=live.View(view.lat_deg, view.lon_deg, view.zoom),
        simulated=config.node.simulated,
    )
    state = live.LiveState(node, run.now_ns)
    state.apply_zones(zones)
    app = create_app(
        state,
        ServeSettings(
            token=run.secrets.token,
            director_token=run.secrets.director_token,
            hosts=tuple(config.node.hosts),
        ),
        archive=BusArchive(run.bus),
        past=BusPast(run.bus),
        decider=BusDecider(run.bus),
        record=BusRecord(run.bus),
        attachments=attached.Attachments(
            run.folder / attached.FOLDER, run.config.incidents.attachment_mib * _MIB
        ),
        exports=run.folder / EXPORTS,
        users=Users(run.folder),
        closure=BusClosure(run.bus) if config.airport else None,
        **await _exercise(run, state),
    )
    for sensor in config.sensors():
        state.apply_sensor(sensor)
    await _follow(run, state)
    followers = [
        asyncio.create_task(one) for one in (_follow_alerts(run, state), _know_incidents(run, state))
    ]
    serving = asyncio.create_task(
        serve(app, config.node.host, config.node.port, on_ready=lambda _: run.ready())
    )
    stop = asyncio.create_task(run.stopping.wait())
    done, _ = await asyncio.wait({serving, stop}, return_when=asyncio.FIRST_COMPLETED)
    for task in followers:
        task.cancel()
    if serving in done:
        await serving  # its error, in one line
    serving.cancel()
    for task in (serving, *followers):
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def _follow(run: Run, state: live.LiveState) -> None:
    """Take everything that comes from now on."""

    async def on_picture(message: Message) -> None:
        state.apply_picture(message.payload)

    def on_sensors(news: SensorNews) -> None:
        for sensor, status in zip(news.sensors, news.statuses, strict=True):
            state.apply_sensor(sensor, status)

    await run.bus.subscribe(topology.PICTURE, on_picture)
    for topic, carries, apply in (
        (topology.IDENTITY, list[Identity], _each(state.apply_identity)),
        (topology.SENSOR, SensorNews, on_sensors),
        (topology.DOUBT, DoubtNews, lambda news: state.apply_doubts(news.doubts)),
        (topology.LEAVES, LeaveNews, lambda news: state.apply_leaves(news.leaves, begins=news.begins)),
        (topology.INTERFERENCE, InterferenceMap, state.apply_interference),
        (topology.BIAS, BiasNews, lambda news: state.apply_biases(news.biases)),
        (topology.INCIDENT, list[IncidentSummary], _each(state.apply_incident)),
        (topology.ADVICE, list[Advice], _each(state.apply_advice)),
        (
            topology.PROCESS,
            ProcessNews,
            lambda p: state.apply_process(live.Process(p.name, p.state, p.detail)),
        ),
    ):
        await run.bus.subscribe(topic, _decoded(carries, apply))
    await run.bus.publish(topology.REPEAT, b"")


def _each(apply: Callable[[T], None]) -> Callable[[list[T]], None]:
    """One by one."""

    def applied(news: list[T]) -> None:
        for one in news:
            apply(one)

    return applied


def _decoded(carries: Any, apply: Callable[[Any], None]) -> Callable[[Message], Awaitable[None]]:
    """What takes a message of JSON and hands on what it carries."""

    async def on_message(message: Message) -> None:
        apply(msgspec.json.decode(message.payload, type=carries))

    return on_message


async def _exercise(run: Run, state: live.LiveState) -> dict[str, Any]:
    """What an exercise needs of the server; nothing where there is no director."""
    if not run.secrets.director_token:
        return {}
    direction = BusDirection(run.bus)

    async def on_news(message: Message) -> None:
        direction.newest = message.payload
        news = msgspec.json.decode(message.payload, type=Standing)
        state.apply_exercise(live.ExercisePace(news.title, news.speed, news.ended))

    async def on_score(message: Message) -> None:
        direction.scored = message.payload

    def on_person(what: Literal["log-in", "log-out"], who: Who) -> None:
        directs = who.role == "director"
        trainee = "a watch officer" if who.role == "owner" else f"{who.name} ({title_of(who.role)})"
        words = f"{'the director' if directs else trainee} {_DID[what]}"
        event = events.Event(
            time_ns=run.now_ns(), kind=what, words=words, who="director" if directs else "watch"
        )
        events.append(run.folder / events.PEOPLE, event)

    await run.bus.subscribe(topology.EXERCISE_NEWS, on_news)
    await run.bus.subscribe(topology.EXERCISE_SCORE, on_score)
    return {"direction": direction, "on_person": on_person}


async def _follow_alerts(run: Run, state: live.LiveState) -> None:
    """Every alert of this run, also those from before this process was started again."""
    async for message in run.bus.read_from("ALERTS", 1, topic=topology.ALERT):
        for alert in msgspec.json.decode(message.payload, type=list[Alert]):
            if alert.time_ns >= run.secrets.started_ns:
                state.apply_alert(alert)


async def _know_incidents(run: Run, state: live.LiveState) -> None:
    """Incidents as they stand at the start; who keeps them may start later, and then tells them itself."""
    while True:
        try:
            answer = await run.bus.request(topology.LEDGER, msgspec.json.encode(RecordQuestion(asks="list")))
        except BusError:
            await asyncio.sleep(1.0)
            continue
        for incident in msgspec.json.decode(answer, type=_Summaries).incidents:
            state.apply_incident(incident)
        return


if __name__ == "__main__":
    main("serve", work)
