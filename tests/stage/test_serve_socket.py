"""The server's own socket: a taken port, and the end with clients on."""

import socket
import time
from pathlib import Path

import pytest
from serving import TOKEN, Running, served, stalled_client

from vedette.core.errors import FeedError
from vedette.serve.server import listen
from vedette.serve.settings import ServeSettings


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with served(tmp_path) as other:
        expected = f"expected to listen on 127.0.0.1 port {other.port}"
        with pytest.raises(FeedError, match=expected) as raised:
            listen("127.0.0.1", other.port)
    assert "another program uses it" in str(raised.value)
    for host, port in (("203.0.113.1", 0), ("no.such.host.invalid", 0), ("127.0.0.1", 70_000)):
        with pytest.raises(FeedError, match="expected to listen on") as raised:
            listen(host, port)
        assert "\n" not in str(raised.value)


def test_it_stops_quickly_with_clients_on(tmp_path: Path) -> None:
    running = Running(ServeSettings(TOKEN, page=tmp_path))
    with running.picture() as picture, stalled_client(running.port):
        picture.recv(5)
        began = time.monotonic()
        running.stop()
        assert time.monotonic() - began < 5
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", running.port))
