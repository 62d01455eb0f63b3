"""The supervisor: starts the bus and every process of a node, and starts them again when they die.

run folder/   node.toml      the configuration as it runs
secrets.json   bus log-in and token, mode 0600
bus/  journal/  ledger/  attachments/  log/  picture.duckdb  users.json
"""

import contextlib
import os
import secrets as random
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from vedette.app import numbers, topology
from vedette.app.config import NodeConfig
from vedette.app.exercise.clock import FILE as CLOCK
from vedette.app.exercise.clock import clock_of
from vedette.app.messages import ProcessNews
from vedette.app.processes.common import Secrets, write_secrets
from vedette.bus.server import NatsServer
from vedette.core.errors import FeedError, VedetteError

_READY_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 8.0
_RESTARTS_A_MINUTE = 5
_LEAKS = "nanobind: leaked"  # a page of it may follow the last words, from DuckDB's binding as Python ends


@dataclass(slots=True)
class Child:
    """One supervised process and its past."""

    process: topology.Process
    arguments: list[str]
    popen: subprocess.Popen[bytes] | None = None
    generation: int = 0
    started_s: list[float] = field(default_factory=list)
    returning: bool = False


class Node:
    """All processes of one node.

    extra     processes beside the table, with their arguments: the demo's simulator
    say       takes lines for a person
    directed  an exercise: there is a second log-in, for its director
    rules_path, procedures_path, authorisations_path  files that somebody may change while the node runs; None
              where there is none
    """

    def __init__(
        self,
        folder: Path,
        config: NodeConfig,
        say: Callable[[str], None],
        extra: list[tuple[topology.Process, list[str]]] | None = None,
        *,
        directed: bool = False,
        rules_path: Path | None = None,
        procedures_path: Path | None = None,
        authorisations_path: Path | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.config = config
        self.token = random.token_urlsafe(24)
        self.director_token = random.token_urlsafe(24) if directed else ""
        if not directed:  # what an exercise left that was cut off is no clock for a node on real feeds
            (self.folder / CLOCK).unlink(missing_ok=True)
        self.now_ns = clock_of(self.folder)
        self._rules_path = rules_path
        self._procedures_path = procedures_path
        self._authorisations_path = authorisations_path
        self._say = say
        self._server = NatsServer(self.folder / "bus", name=config.node.name)
        processes = [*topology.PROCESSES, *([topology.ADVISE] if config.airport else [])]
        self._children = [Child(p, a) for p, a in [*((p, []) for p in processes), *(extra or [])]]
        self.news: list[ProcessNews] = []

    @property
    def server(self) -> NatsServer:
        """The bus of this node."""
        return self._server

    @property
    def url(self) -> str:
        """Where the page is, with the token that logs in."""
        return self._url(self.token)

    @property
    def director_url(self) -> str:
        """The same for the director; empty where there is none."""
        return self._url(self.director_token) if self.director_token else ""

    def _url(self, token: str) -> str:
        return f"http://{self.config.node.host}:{self.config.node.port}/?token={token}"

    def start(self) -> None:
        """Start everything and wait until it is ready, or raise in one line."""
        (self.folder / "log").mkdir(parents=True, exist_ok=True)
        self._server.start()
        write_secrets(
            self.folder,
            Secrets(
                bus_url=self._server.url,
                bus_user=self._server.user,
                bus_password=self._server.password,
                token=self.token,
                node_id=str(uuid.uuid4()),
                started_ns=self.now_ns(),
                first_id=numbers.first_free(self.folder),
                director_token=self.director_token,
                rules_path=str(self._rules_path or ""),
                procedures_path=str(self._procedures_path or ""),
                authorisations_path=str(self._authorisations_path or ""),
            ),
        )
        for child in self._children:
            self._spawn(child)
        self._wait_ready()

    def watch(self) -> None:
        """Look after everything once: call it a few times a second."""
        if not self._server.alive():
            self._tell("bus", "the message server had died")
            self._server.start()
            self.news.append(ProcessNews("bus", "running", "works again"))
        for child in self._children:
            if child.popen is not None and child.popen.poll() is not None:
                self._revive(child, child.popen.returncode)
            elif child.returning and (self.folder / f"{child.process.name}.ready").exists():
                child.returning = False
                self.news.append(ProcessNews(child.process.name, "running", "works again"))

    def stop(self) -> None:
        """End everything, the feeds first, so that what was heard still reaches the history."""
        order = sorted(self._children, key=lambda c: _STOP_ORDER.get(c.process.name, 0))
        for child in order:
            if child.popen is not None and child.popen.poll() is None:
                child.popen.terminate()
                try:
                    child.popen.wait(_STOP_TIMEOUT_S)
                except subprocess.TimeoutExpired:
                    child.popen.kill()
                    child.popen.wait()
            child.popen = None
        self._server.stop()
        with contextlib.suppress(OSError):
            (self.folder / "secrets.json").unlink()

    def pids(self) -> dict[str, int]:
        """Process ids by name, for those that run."""
        found = {c.process.name: c.popen.pid for c in self._children if c.popen and c.popen.poll() is None}
        if self._server.pid is not None:
            found["bus"] = self._server.pid
        return found

    def _spawn(self, child: Child) -> None:
        name = child.process.name
        (self.folder / f"{name}.ready").unlink(missing_ok=True)
        child.started_s.append(time.monotonic())
        with (self.folder / "log" / f"{name}.err").open("ab") as errors:
            child.popen = subprocess.Popen(
                [sys.executable, "-m", child.process.module, str(self.folder), *child.arguments],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=errors,
                env={**os.environ, "VEDETTE_GENERATION": str(child.generation), "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # Ctrl-C reaches the supervisor, which ends them in order
            )

    def _wait_ready(self) -> None:
        """Until every process says that its work has begun."""
        deadline = time.monotonic() + _READY_TIMEOUT_S
        waiting = list(self._children)
        while waiting:
            for child in list(waiting):
                if child.popen is None or child.popen.poll() is not None:
                    raise FeedError(f"{child.process.name} did not start: {self._last_words(child)}")
                if (self.folder / f"{child.process.name}.ready").exists():
                    waiting.remove(child)
            if time.monotonic() > deadline:
                names = ", ".join(c.process.name for c in waiting)
                raise FeedError(f"expected all to be ready in {_READY_TIMEOUT_S:.0f} s, not ready: {names}")
            time.sleep(0.02)

    def _revive(self, child: Child, code: int) -> None:
        """Start a dead process again, unless it dies all the time."""
        name = child.process.name
        recent = [s for s in child.started_s if time.monotonic() - s < 60.0]
        if len(recent) > _RESTARTS_A_MINUTE:
            raise VedetteError(
                f"{name} died {len(recent)} times in a minute, the node ends: {self._last_words(child)}"
            )
        child.generation += 1
        child.returning = True
        self._tell(name, f"it had ended with status {code}")
        self._spawn(child)

    def _tell(self, name: str, detail: str) -> None:
        """Say on the console, and keep it for the page."""
        self._say(f"{name} started again: {detail}")
        self.news.append(ProcessNews(name, "restarted", detail))

    def _last_words(self, child: Child) -> str:
        """The last line that a process wrote before it ended."""
        log = self.folder / "log"
        with contextlib.suppress(OSError):
            words = (log / f"{child.process.name}.err").read_text("utf-8", "replace")
            lines = words.partition(_LEAKS)[0].splitlines()
            if lines:
                return lines[-1][:500]
        return f"see {log}"


_STOP_ORDER = {
    "simulate": 0, "ingest": 1, "sector": 2, "advise": 3, "record": 4, "ledger": 5, "serve": 6
}  # fmt: skip
