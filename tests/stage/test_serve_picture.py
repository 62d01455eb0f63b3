"""The picture's WebSocket over a real socket: byte for byte, bounded, and rid of who stalls."""

import contextlib
import json
import time
from functools import partial
from pathlib import Path

import msgspec
import pytest
from serving import ALERT, TOKEN, Running, frame, messages, stalled_client
from websockets.exceptions import ConnectionClosed, InvalidStatus

from vedette.core.picture import decode_picture
from vedette.serve.settings import ServeSettings


def test_frames_arrive_byte_for_byte(server: Running) -> None:
    with server.picture() as picture:
        first = messages(picture, 7)
        assert json.loads(first[0])["classes"][0] == "multirotor"
        assert isinstance(first[1], bytes)
        assert decode_picture(first[1]).rows["track_id"].tolist() == [1, 2, 3]
        kinds = [json.loads(message)["type"] for message in first[2:]]
        assert sorted(kinds) == ["alert", "identity", "interference", "process", "sensor"]
        sent = [frame(seq, [1, seq]) for seq in range(2, 200)]
        for one in sent:
            server.do(partial(server.state.apply_picture, one))
        assert messages(picture, len(sent)) == sent
        server.do(lambda: server.state.apply_alert(ALERT))
        assert json.loads(picture.recv(5)) == {"type": "alert", **msgspec.structs.asdict(ALERT)}


def test_a_client_can_ask_for_a_whole_picture_and_nothing_else(server: Running) -> None:
    with server.picture() as picture:
        messages(picture, 7)
        picture.send('{"type":"resync"}')
        whole = picture.recv(5)
        assert isinstance(whole, bytes)
        assert decode_picture(whole).whole
        for word in ('{"type":"fire"}', "[]", b"\x00", "x" * 2000):
            with server.picture() as other:
                messages(other, 7)
                other.send(word)
                with pytest.raises(ConnectionClosed) as closed:
                    messages(other, 5)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1008
        with server.picture() as other:
            messages(other, 7)
            other.send("x" * 5000)
            with pytest.raises(ConnectionClosed):
                messages(other, 5)


def test_too_many_clients_are_told_to_wait(server: Running) -> None:
    with contextlib.ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(server.picture()).recv(5)
        with pytest.raises(InvalidStatus) as refused:
            server.picture()
        assert refused.value.response.status_code == 503
    deadline = time.monotonic() + 5
    while server.do(lambda: len(server.state.clients)) and time.monotonic() < deadline:
        time.sleep(0.01)
    with server.picture() as picture:
        picture.recv(5)


def established(port: int) -> int:
    """Connections that the kernel holds at a port of ours; 0 where it does not say."""
    with contextlib.suppress(OSError):
        lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        return sum(line[1].endswith(f":{port:04X}") and line[3] in ("01", "04") for line in lines)
    return 0


def test_a_stalled_client_costs_little_and_is_cut_off_in_the_end(tmp_path: Path) -> None:
    running = Running(ServeSettings(TOKEN, page=tmp_path, send_timeout_s=1.0), dead_after_s=1.0)
    ids = list(range(1, 2001))
    state = running.state
    try:
        running.do(lambda: state.apply_picture(frame(0, ids, whole=True)))
        with stalled_client(running.port), running.picture() as healthy:
            messages(healthy, 2)
            for seq in range(1, 101):  # 17 MB for each client
                one = frame(seq, ids)
                running.do(partial(state.apply_picture, one))
                assert healthy.recv(5) == one
            waiting = running.do(lambda: max(len(client) for client in state.clients))
            assert waiting <= 65
            assert running.do(lambda: state.frames_dropped) > 30
            deadline = time.monotonic() + 10
            while running.do(lambda: len(state.clients)) > 1 and time.monotonic() < deadline:
                time.sleep(0.02)
            assert running.do(lambda: len(state.clients)) == 1
            while established(running.port) > 1 and time.monotonic() < deadline:
                time.sleep(0.02)
            assert established(running.port) <= 1
    finally:
        running.stop()


def test_a_client_that_wakes_up_goes_on_from_a_whole_picture(server: Running) -> None:
    ids = list(range(1, 3001))
    with server.picture(max_queue=1) as picture:
        for seq in range(2, 152):  # far more than the sockets' buffers hold
            one = frame(seq, ids, lat_deg=seq / 10)
            server.do(partial(server.state.apply_picture, one))
        expected: int | None = None
        whole = 0
        while expected != 152:
            message = picture.recv(5)
            if isinstance(message, str):
                continue
            got = decode_picture(message)
            assert got.whole or got.seq == expected
            whole += got.whole
            expected = got.seq + 1
        assert whole == 2
        assert server.do(lambda: server.state.frames_dropped) > 0
