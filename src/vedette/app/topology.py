"""Who talks to whom: every topic, stream and process of a node, in one table.

    feeds ─▶ ingest ─obs─▶ sector ─picture, identity, alert─▶ record, ledger, serve ─▶ people
               └─sensor─────────────────────────────────────▶

A sector's name is the last part of its topics; a node of today has one, "main".
"""

from typing import Final, Literal

from msgspec import Struct


class Topic(Struct, frozen=True):
    """One kind of message.

    carries  the type and its encoding
    rate     how often, at most, in a busy node
    stream   the JetStream that keeps it; empty is live only
    """

    name: str
    carries: str
    sender: str
    readers: tuple[str, ...]
    rate: str
    stream: str = ""


class Stream(Struct, frozen=True):
    """One JetStream stream."""

    name: str
    subjects: tuple[str, ...]
    storage: Literal["memory", "file"]
    max_age_s: float
    max_bytes: int


class Process(Struct, frozen=True):
    """One supervised process: `python -m module RUN_FOLDER`."""

    name: str
    module: str
    does: str


OBSERVATIONS: Final = "obs.main"
PICTURE: Final = "picture.main"
IDENTITY: Final = "identity.main"
ALERT: Final = "alert.main"
SENSOR: Final = "sensor.main"
BIAS: Final = "bias.main"
DECISION: Final = "decision.main"
DECIDED: Final = "decided.main"
INCIDENT: Final = "incident.main"
LEDGER: Final = "entries"
DOUBT: Final = "doubt.main"
INTERFERENCE: Final = "interference.main"
LEAVES: Final = "leaves.main"
ADVICE: Final = "advice.main"
CLOSURE: Final = "closure.main"
CLOSURE_DECIDED: Final = "closure.decided"
PROCESS: Final = "process"
HISTORY: Final = "history"
PAST: Final = "past"
REPEAT: Final = "repeat.main"
EXERCISE: Final = "exercise"
EXERCISE_NEWS: Final = "exercise.news"
EXERCISE_TRUTH: Final = "exercise.truth"
EXERCISE_SCORE: Final = "exercise.score"

TOPICS: Final = (
    Topic(OBSERVATIONS, "core.observation.Batch, msgpack", "ingest", ("sector",), "25/s", "OBS"),
    Topic(PICTURE, "core.picture frame, binary", "sector", ("record", "serve", "advise"), "25/s"),
    Topic(IDENTITY, "list of core.identity.Identity, JSON", "sector", ("record", "serve", "advise"), "25/s"),
    Topic(
        ALERT,
        "list of core.alert.Alert, JSON",
        "sector, ledger",
        ("record", "ledger", "serve", "advise"),
        "25/s",
        "ALERTS",
    ),
    Topic(SENSOR, "app.messages.SensorNews, JSON", "ingest", ("record", "serve", "advise"), "1/s"),
    Topic(DOUBT, "app.messages.DoubtNews, JSON", "sector", ("serve", "advise"), "1/s"),
    Topic(
        DECISION,
        "core.alert.Decision, JSON; answered with app.messages.Answer, JSON",
        "serve",
        ("sector",),
        "by hand",
    ),
    Topic(
        DECIDED, "core.alert.Decision, JSON: one that was taken", "sector", ("ledger",), "by hand", "ALERTS"
    ),
    Topic(INCIDENT, "list of core.incident.IncidentSummary, JSON", "ledger", ("serve",), "3/s"),
    Topic(
        LEDGER,
        "core.incident.RecordQuestion, JSON; answered with JSON that has a status",
        "serve",
        ("ledger",),
        "by hand",
    ),
    Topic(INTERFERENCE, "core.interference.InterferenceMap, JSON", "sector", ("serve",), "1/5 s"),
    Topic(LEAVES, "app.messages.LeaveNews, JSON", "sector", ("serve",), "at a change"),
    Topic(ADVICE, "list of core.advice.Advice, JSON", "advise", ("record", "serve"), "1/s"),
    Topic(
        CLOSURE,
        "core.advice.ClosureDecision, JSON; answered with app.messages.Answer, JSON",
        "serve",
        ("advise",),
        "by hand",
    ),
    Topic(
        CLOSURE_DECIDED, "app.closure.record.ClosureNews, JSON", "advise", ("ledger",), "by hand", "ALERTS"
    ),
    Topic(BIAS, "app.messages.BiasNews, JSON", "sector", ("serve",), "1/s"),
    Topic(PROCESS, "app.messages.ProcessNews, JSON", "supervisor, sector, ledger", ("serve",), "at a change"),
    Topic(
        REPEAT,
        "empty: tell every identity, and who may fly, again",
        "serve, advise",
        ("sector",),
        "at its start",
    ),
    Topic(
        EXERCISE,
        "a director's line, UTF-8; answered with app.messages.Answer, JSON",
        "serve",
        ("simulate",),
        "by hand",
    ),
    Topic(EXERCISE_NEWS, "app.messages.Standing, JSON", "simulate", ("serve",), "1/s"),
    Topic(EXERCISE_TRUTH, "rows of simulate.truth.TRUTH", "simulate", ("score",), "1/s"),
    Topic(EXERCISE_SCORE, "app.exercise.live_score.LiveScore, JSON", "score", ("serve",), "1/10 s"),
    Topic(
        PAST, "app.messages.PastQuestion, JSON; answered with JSON or frames", "serve", ("record",), "by hand"
    ),
    Topic(HISTORY, "app.messages.HistoryQuestion, JSON; answered with JSON", "serve", ("record",), "by hand"),
)

STREAMS: Final = (
    # What a sector that starts anew reads again, to have its tracks back.
    Stream("OBS", (OBSERVATIONS,), "memory", 60.0, 64 * 1024 * 1024),
    Stream("ALERTS", (ALERT, DECIDED, CLOSURE_DECIDED), "file", 30 * 86_400.0, 256 * 1024 * 1024),
)

PROCESSES: Final = (
    Process("ingest", "vedette.app.processes.ingest", "feeds to observations, and the journal"),
    Process("sector", "vedette.app.processes.sector", "observations to tracks, identities, alerts"),
    Process("record", "vedette.app.processes.record", "the picture to the history"),
    Process("ledger", "vedette.app.processes.ledger", "alerts and what people do to the signed record"),
    Process("serve", "vedette.app.processes.serve", "the page and the API"),
)
# Where the configuration has an airport.
ADVISE: Final = Process("advise", "vedette.app.processes.advise", "whether an airport can stay open")
