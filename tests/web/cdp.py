"""A small client of the Chrome DevTools Protocol: starts a browser, runs JavaScript, hears what happens."""

import json
import shutil
import subprocess
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from websockets.sync.client import connect

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--mute-audio",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--window-size=1280,720",
    "--remote-debugging-port=0",
]


def find_browser() -> str | None:
    """Path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Browser:
    """One headless browser with one page, in a profile of its own that is thrown away."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.stack = ExitStack()
        self.number = 0
        self.requests: list[str] = []
        self.errors: list[str] = []

    def __enter__(self) -> "Browser":
        with ExitStack() as stack:  # closes what was begun if the rest fails
            folder = TemporaryDirectory(prefix="vedette-browser-", ignore_cleanup_errors=True)
            profile = Path(stack.enter_context(folder))
            command = [self.program, *FLAGS, f"--user-data-dir={profile}", "about:blank"]
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            stack.callback(end, process)
            self.socket = stack.enter_context(connect(page_url(profile), max_size=None))
            for domain in ("Page", "Runtime", "Network", "Log"):
                self.call(f"{domain}.enable")
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send one command and wait for its answer; events on the way are kept."""
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.recv(timeout=30))
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                result: dict[str, Any] = message["result"]
                return result
            self._hear(message.get("method", ""), message.get("params", {}))

    def _hear(self, method: str, params: dict[str, Any]) -> None:
        if method == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.requests.append(params["url"])
        elif method == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"])[:500])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
            self.errors.append(" ".join(str(one.get("value", "")) for one in params["args"]))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(f"{params['entry']['text']} {params['entry'].get('url', '')}")

    def run(self, script: str) -> Any:
        """Value of an expression in the page; a promise is waited for."""
        answer = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    def until(self, script: str, seconds: float = 20) -> Any:
        """Wait until an expression is true; its value, or true for an element."""
        value = f"(v => v instanceof Node || v)({script})"
        return wait_for(lambda: self.run(value), seconds, script)

    def open(self, url: str) -> None:
        """Go to a page, with nothing heard before."""
        self.requests.clear()
        self.errors.clear()
        self.call("Page.navigate", url=url)

    def press(self, key: str) -> None:
        """One key, down and up."""
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, text=key if len(key) == 1 else "")
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)


def page_url(profile: Path) -> str:
    """WebSocket address of the browser's page, as soon as it has one."""
    port_file = profile / "DevToolsActivePort"
    wait_for(lambda: port_file.exists() and "\n" in port_file.read_text(), 30, "the browser's port")
    port = port_file.read_text().splitlines()[0]

    def page() -> str | None:
        targets = httpx.get(f"http://127.0.0.1:{port}/json").json()
        return next((one["webSocketDebuggerUrl"] for one in targets if one["type"] == "page"), None)

    return str(wait_for(page, 30, "a page in the browser"))


def end(process: subprocess.Popen[bytes]) -> None:
    """Ask a process to end, then make it."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(10)


def wait_for(look: Callable[[], Any], seconds: float, what: str) -> Any:
    """Look again and again until there is something."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise TimeoutError(f"expected {what} within {seconds} s")
