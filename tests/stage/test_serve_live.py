"""What the server knows and what waits for its clients, without any socket."""

import json
from collections.abc import Callable
from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vedette.core.alert import Alert, AlertState
from vedette.core.errors import StorageError
from vedette.core.identity import Identity
from vedette.core.incident import IncidentState, IncidentSummary
from vedette.core.picture import TRACK, Picture, TrackStatus, decode_picture, encode_picture
from vedette.core.sensor import Bias, Doubt, Sensor, SensorStatus
from vedette.serve.live import LiveState, Node, Process, View
from vedette.serve.outbox import MAX_FRAME_BYTES, MAX_FRAMES, MAX_TEXTS, Outbox
from vedette.serve.rights import Who
from vedette.serve.sessions import Attempts, Sessions, same_secret

NOW = 1_750_000_000_000_000_000
WATCH = Who("watch")


def state(mode: Literal["live", "replay"] = "live") -> LiveState:
    return LiveState(Node("n", "1", View(50, 4, 8), mode), lambda: NOW)


def frame(
    ids: list[int], seq: int, *, whole: bool = False, ended: bool = False, lat_deg: float = 0.0
) -> bytes:
    rows = np.zeros(len(ids), TRACK)
    rows["track_id"] = ids
    rows["lat_deg"] = lat_deg
    rows["heard_ns"] = NOW - 30_000_000
    rows["status"] = TrackStatus.ENDED if ended else TrackStatus.CONFIRMED
    return encode_picture(Picture(NOW + seq, rows, whole=whole, seq=seq))


def alert(word: AlertState = "actual", alert_id: str = "a", track_id: int = 1) -> Alert:
    return Alert(alert_id, NOW, track_id, "entry", "Z", "Zone", word, "warning", 1.0, 0.0, 0.0)


def drained(client: Outbox) -> list[str | bytes]:
    out: list[str | bytes] = []
    while (message := client.take()) is not None:
        out.append(message)
    return out


def types(messages: list[str | bytes]) -> list[str]:
    return ["frame" if isinstance(m, bytes) else json.loads(m)["type"] for m in messages]


steps = st.lists(
    st.tuples(
        st.lists(st.integers(1, 30), min_size=0, max_size=12, unique=True),
        st.sampled_from("udw"),
        st.floats(-90, 90),
    ),
    max_size=30,
)


@settings(deadline=None)
@given(steps)
def test_the_picture_is_what_a_dictionary_would_hold(work: list[tuple[list[int], str, float]]) -> None:
    live, model = state(), dict[int, float]()
    rows: NDArray[np.void]
    for seq, (ids, what, lat_deg) in enumerate(work):
        live.apply_picture(frame(ids, seq, whole=what == "w", ended=what == "d", lat_deg=lat_deg))
        if what == "w":
            model.clear()
        for track_id in ids:
            model[track_id] = lat_deg
            if what == "d":
                del model[track_id]
        rows = live.tracks()
        assert dict(zip(rows["track_id"].tolist(), rows["lat_deg"].tolist(), strict=True)) == model
        assert rows["track_id"].tolist() == sorted(model)
        assert len(live) == len(model)
        for track_id in range(1, 31):
            one = live.track(track_id)
            assert (None if one is None else one["lat_deg"][0]) == model.get(track_id)
    again = decode_picture(live.whole_frame())
    assert again.whole
    assert again.rows.tolist() == live.tracks().tolist()


def test_a_picture_grows_beyond_its_first_size() -> None:
    live = state()
    live.apply_picture(frame(list(range(1, 2001)), 0, whole=True))
    live.apply_picture(frame(list(range(1, 1001)), 1, ended=True))
    live.apply_picture(frame(list(range(5000, 8000)), 2))
    assert len(live) == 4000


def test_a_missing_delta_is_noticed() -> None:
    live = state()
    assert not live.apply_picture(frame([1], 5))  # a delta before any whole picture
    assert live.apply_picture(frame([1], 7, whole=True))
    assert live.apply_picture(frame([1], 8))
    assert not live.apply_picture(frame([1], 10))
    assert live.gaps == 2
    assert live.apply_picture(frame([1], 0xFFFFFFFF, whole=True))
    assert live.apply_picture(frame([1], 0))


def test_what_is_no_frame_is_refused_and_changes_nothing() -> None:
    live = state()
    live.apply_picture(frame([1], 0, whole=True))
    client = live.join()
    drained(client)
    with pytest.raises(StorageError):
        live.apply_picture(b"VDT1 is not enough")
    assert (len(live), live.seq, drained(client)) == (1, 0, [])


def test_a_new_client_hears_hello_then_the_whole_picture_then_the_rest() -> None:
    live = state()
    live.apply_picture(frame([1, 2], 4, whole=True))
    live.apply_sensor(Sensor(id="r1"), SensorStatus("r1", 0, "ok"))
    live.apply_identity(Identity(1, NOW, "ABC", NOW))
    live.apply_alert(alert("actual", "a"))
    live.apply_alert(alert("actual", "b"))
    live.apply_alert(alert("cleared", "b"))
    live.apply_process(Process("sector", "running"))
    client = live.join()
    live.apply_picture(frame([2], 5))
    messages = drained(client)
    assert types(messages)[:3] == ["hello", "frame", "alert"]
    assert sorted(types(messages)[3:]) == ["identity", "process", "sensor"]
    first = messages[1]
    assert isinstance(first, bytes)
    assert decode_picture(first).whole
    assert decode_picture(first).seq == 5
    live.apply_picture(frame([2], 6))
    following = drained(client)
    assert following == [frame([2], 6)]


def test_a_slow_client_gets_one_whole_picture_in_place_of_many_deltas() -> None:
    live = state()
    live.apply_picture(frame([1], 0, whole=True))
    client = live.join()
    drained(client)
    for seq in range(1, 500):
        live.apply_picture(frame([1, seq], seq))
    assert len(client) <= MAX_FRAMES
    messages = drained(client)
    assert len(messages) == 1
    assert isinstance(messages[0], bytes)
    assert decode_picture(messages[0]).seq == 499
    assert len(decode_picture(messages[0]).rows) == 499
    assert live.frames_dropped == 499
    live.leave(client)
    assert live.frames_dropped == 499


def test_few_but_large_frames_are_bounded_too() -> None:
    client = Outbox("", lambda: b"whole")
    drained(client)
    for _ in range(10):
        client.put_frame(bytes(MAX_FRAME_BYTES // 4))
    assert drained(client) == [b"whole"]


def test_alerts_are_never_dropped_until_the_client_is_given_up() -> None:
    live = state()
    client = live.join()
    drained(client)
    for i in range(MAX_TEXTS):
        live.apply_alert(alert("actual", f"a{i}"))
    before = client.overflowed
    live.apply_alert(alert("actual", "last"))
    assert (before, client.overflowed) == (False, True)
    assert len(drained(client)) == MAX_TEXTS


def test_newer_states_replace_those_that_wait_and_do_not_starve_behind_frames() -> None:
    live = state()
    live.apply_picture(frame([1], 0, whole=True))
    client = live.join()
    drained(client)
    for i in range(1000):
        live.apply_identity(Identity(i % 100, NOW + i, f"T{i}", NOW))
    for seq in range(1, 11):
        live.apply_picture(frame([1], seq))
    messages = drained(client)
    assert len(messages) == 110
    assert types(messages[:33]).count("frame") == 1
    assert types(messages).count("frame") == 10
    labels = {json.loads(m)["label"] for m in messages if isinstance(m, str)}
    assert labels == {f"T{i}" for i in range(900, 1000)}


def test_identities_of_tracks_that_ended_do_not_pile_up() -> None:
    live = state()
    live.apply_picture(frame([7], 0, whole=True))
    live.apply_identity(Identity(7, NOW, "stays", NOW))
    for i in range(20_000):
        live.apply_identity(Identity(100 + i, NOW, "goes", NOW))
    assert len(live.identities) < 3000
    assert live.identities[7].label == "stays"


def test_a_card_says_what_the_tracker_found_out_about_the_sensor() -> None:
    live = state()
    live.apply_sensor(Sensor(id="north"), SensorStatus("north", 0, "ok"))
    live.apply_doubts({"north": Doubt("babbling", NOW, "300 plots in all, usually 20 a period")})
    live.apply_biases({"north": [Bias("azimuth_deg", 0.3, 0.01, True), Bias("range_m", 1.0, 4.0, False)]})
    live.apply_status(SensorStatus("north", 0, "ok", "turning"))
    told = live.statuses["north"]
    assert told.health == "degraded"
    assert told.detail.startswith("turning; not believed, babbling: 300 plots")
    assert told.detail.count("corrected") == 1
    assert "range" not in told.detail
    live.apply_doubts({})
    live.apply_status(SensorStatus("north", 0, "fault"))
    assert live.statuses["north"].health == "fault"
    assert "believed" not in live.statuses["north"].detail


def test_latency_is_measured_live_but_not_in_a_replay() -> None:
    for live, expected in ((state("live"), [0.03]), (state("replay"), [])):
        seen: list[float] = []
        live.on_latency = seen.append
        live.apply_picture(frame([1], 0, whole=True))
        live.apply_picture(frame([], 1))
        assert seen == pytest.approx(expected)


def clock() -> tuple[list[float], Callable[[], float]]:
    time_s = [1000.0]
    return time_s, lambda: time_s[0]


def test_a_session_lasts_while_it_is_used() -> None:
    time_s, now = clock()
    sessions = Sessions(100, now)
    one = sessions.create(WATCH)
    assert len(one) >= 40
    assert one != sessions.create(WATCH)
    time_s[0] += 90
    assert sessions.who(one)
    time_s[0] += 90
    assert sessions.who(one)
    time_s[0] += 101
    assert sessions.who(one) is None
    assert sessions.who("") is None
    other = sessions.create(WATCH)
    ended = sessions.watch(other)
    time_s[0] += 500
    assert sessions.who(other)  # an open socket is use
    sessions.end(other)
    assert ended.is_set()
    assert sessions.who(other) is None
    sessions.unwatch(other, ended)


def test_sessions_do_not_pile_up() -> None:
    sessions = Sessions(100, clock()[1])
    first = sessions.create(WATCH)
    last = [sessions.create(WATCH) for _ in range(1000)][-1]
    assert sessions.who(first) is None
    assert sessions.who(last)


def test_who_guesses_too_often_must_wait_a_minute() -> None:
    time_s, now = clock()
    attempts = Attempts(3, now)
    for _ in range(3):
        assert attempts.wait_s("a") == 0
        attempts.failed("a")
        time_s[0] += 10
    assert attempts.wait_s("a") == pytest.approx(30)
    assert attempts.wait_s("b") == 0
    time_s[0] += 30
    assert attempts.wait_s("a") == 0


def test_secrets_of_any_text_are_compared() -> None:
    assert same_secret("ä", "ä")
    assert not same_secret("ä", "a")
    assert not same_secret("\ud800", "a")


def incident(number: int, word: IncidentState, entries: int = 1) -> IncidentSummary:
    return IncidentSummary(
        id=f"n-{number}", state=word, title="t", what=None, site=None, in_charge=None, opened_ns=number,
        changed_ns=number, severity=None, alerts=[], holding=0, tasks_open=0, tasks_done=0, due_ns=None,
        attached=0, entries=entries, up_to={}, seen={},
    )  # fmt: skip


def test_incidents_are_told_newest_and_do_not_pile_up() -> None:
    live = state()
    client = live.join()
    live.apply_incident(incident(1, "assessed", 3))
    live.apply_incident(incident(1, "open", 2))  # older news on another way
    assert [one.state for one in live.incidents.values()] == ["assessed"]
    told = [json.loads(m) for m in drained(client) if isinstance(m, str) and '"incident"' in m]
    assert [(one["id"], one["state"]) for one in told] == [("n-1", "assessed")]
    for number in range(2, 500):
        live.apply_incident(incident(number, "closed"))
    assert len(live.incidents) == 301
    assert {"n-1", "n-499"} <= set(live.incidents)
    assert sum('"type":"incident"' in m for m in drained(live.join()) if isinstance(m, str)) == 301
