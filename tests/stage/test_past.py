"""Search of a history, pictures of the past, and what the server tells of both."""

import asyncio
import math
from pathlib import Path

import httpx
import msgspec
import numpy as np
import pytest

from vedette.app import past as app
from vedette.app.cli import main
from vedette.app.messages import PastQuestion
from vedette.core.alert import Alert
from vedette.core.classes import CLASSES
from vedette.core.errors import StorageError
from vedette.core.identity import Identity
from vedette.core.picture import TRACK, UNKNOWN_CLASS, TrackStatus, decode_picture
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.history import past
from vedette.history.search import opened, search
from vedette.history.store import History
from vedette.history.wanted import Wanted
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.kernel.inside import inside
from vedette.serve.live import LiveState, Node, View
from vedette.serve.past import Looked
from vedette.serve.server import create_app
from vedette.serve.settings import ServeSettings

S = NS_PER_S
T0 = 1_700_000_000 * S
LAT, LON = 53.29, 12.05
M_LAT = 111_195.0
_HOLE = ((0.004, 0.004), (0.004, -0.004), (-0.004, 0.0), (0.004, 0.004))


def points(
    track_id, seconds, lat, lon, name="multirotor", v=10.0, authorisation=2, status=TrackStatus.CONFIRMED
):
    rows = np.zeros(len(seconds), TRACK)
    rows["time_ns"] = rows["heard_ns"] = T0 + (np.asarray(seconds, float) * S).astype(np.int64)
    rows["track_id"], rows["lat_deg"], rows["lon_deg"] = track_id, lat, lon
    rows["v_east_mps"], rows["v_north_mps"], rows["v_up_mps"] = v, 0.0, np.nan
    rows["alt_m"], rows["baro_alt_m"] = 120.0, np.nan
    rows["class_index"] = CLASSES.index(name) if name else UNKNOWN_CLASS
    rows["class_probability"], rows["existence"] = 0.9, 1.0
    rows["authorisation"], rows["status"] = authorisation, status
    return rows


@pytest.fixture
def kept(tmp_path):
    """Three tracks: a drone that flies past, an aeroplane far away, something unknown later."""
    history = History(tmp_path / "picture.duckdb")
    past_by = np.linspace(-2_000.0, 2_000.0, 41) / M_LAT
    parts = [
        points(1, np.arange(41), LAT + past_by, LON + 300.0 / (M_LAT * math.cos(math.radians(LAT)))),
        points(2, np.arange(60), LAT + 0.3, LON, "aeroplane", v=70.0, authorisation=0),
        points(3, np.arange(100, 120), LAT, LON, "", authorisation=0),
        points(1, [40.5], LAT + past_by[-1], LON, status=TrackStatus.ENDED),
    ]
    rows = np.concatenate(parts)
    history.append_tracks(rows[np.argsort(rows["time_ns"], kind="stable")])
    history.append_identities(
        [
            Identity(1, T0, "T1", T0, {"multirotor": 0.6}),
            Identity(1, T0 + 5 * S, "DRONE", T0, {"multirotor": 0.9}, "unauthorised"),
            Identity(2, T0, "SIM221", T0, {"aeroplane": 1.0}),
        ]
    )
    history.append_alerts(
        [
            alert("a", 10, "predicted"),
            alert("a", 20, "actual"),
            alert("b", 30, "actual"),
            alert("a", 38, "cleared"),
        ]
    )
    history.flush()
    yield history
    history.close()


def alert(alert_id, second, state, track_id=1):
    return Alert(
        alert_id, T0 + second * S, track_id, "zone_entry", "Z", "Zone", state, "warning", 0.9, LAT, LON
    )


def found(history, **wanted):
    with history.cursor() as db:
        return search(db, Wanted(**wanted))


def test_near_a_place_finds_who_came_by_and_how_near(kept):
    (one,) = found(kept, near=(LAT, LON, 1_000.0), to_ns=T0 + 60 * S)
    assert (one["track_id"], one["label"], one["class"], one["authorisation"]) == (
        1,
        "DRONE",
        "multirotor",
        "unauthorised",
    )
    assert one["nearest_m"] == pytest.approx(300.0, abs=2.0)
    assert one["nearest_ns"] == T0 + 20 * S
    assert (one["first_ns"], one["last_ns"]) == (T0 + 11 * S, T0 + 29 * S)  # of the points that are so near
    assert one["top_mps"] == pytest.approx(10.0)
    assert one["alerts"] == 2


def test_without_a_place_there_is_no_distance_and_the_newest_come_first(kept):
    rows = found(kept)
    assert [row["track_id"] for row in rows] == [3, 2, 1]
    assert [row["nearest_m"] for row in rows] == [None] * 3
    assert [row["class"] for row in rows] == [None, "aeroplane", "multirotor"]
    assert [row["alerts"] for row in rows] == [0, 0, 2]
    assert len(found(kept, limit=2)) == 2


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        ({"kind": "aeroplane"}, [2]),
        ({"authorisation": "unauthorised"}, [1]),
        ({"from_ns": T0 + 60 * S}, [3]),
        ({"to_ns": T0}, []),
        ({"from_ns": T0 + 59 * S, "to_ns": T0 + 100 * S}, [2]),
        ({"near": (LAT, LON, 200.0)}, [3]),
        ({"near": (LAT, LON, 400.0)}, [3, 1]),
        ({"near": (-LAT, LON, 1000.0)}, []),
        ({"zone": Zone("Z", "z", "PROHIBITED", [Volume(circle=(LAT + 0.3, LON, 500.0))])}, [2]),
    ],
)
def test_each_condition_counts(kept, wanted, ids):
    assert [row["track_id"] for row in found(kept, **wanted)] == ids


def test_a_zone_holds_what_the_watch_says_it_holds():
    rng = np.random.default_rng(5)
    lat, lon = rng.uniform(LAT - 0.03, LAT + 0.03, 300), rng.uniform(LON - 0.03, LON + 0.03, 300)
    history = History(":memory:")
    history.append_tracks(np.concatenate([points(k + 1, [0], lat[k], lon[k]) for k in range(300)]))
    history.flush()
    for _ in range(10):
        angles = np.sort(rng.uniform(0.0, 2.0 * math.pi, 7))
        radii = rng.uniform(0.01, 0.03, 7)
        ring = [(LAT + r * math.sin(a), LON + r * math.cos(a)) for a, r in zip(angles, radii, strict=True)]
        ring.append(ring[0])
        hole = [
            (LAT + a, LON + b) for a, b in ((0.004, 0.004), (0.004, -0.004), (-0.004, 0.0), (0.004, 0.004))
        ]
        got = found(history, zone=Zone("R", "r", "PROHIBITED", [Volume(rings=[ring, hole])]), limit=1000)
        corners = np.array([(b, a) for a, b in [*ring, *hole]])
        ends = np.array([8, 12])
        want = {k + 1 for k in range(300) if inside(lon[k], lat[k], corners, ends, np.zeros(3))}
        assert {row["track_id"] for row in got} == want
        assert want
    history.close()


def test_distances_are_those_of_the_ellipsoid_to_a_percent():
    """Also over the date line, and from the tropics to the north of Norway."""
    rng = np.random.default_rng(6)
    for lat in (-45.0, 0.0, 53.0, 70.0):
        history = History(":memory:")
        away = rng.uniform(-20e3, 20e3, (40, 2))
        lats = lat + away[:, 1] / M_LAT
        lons = (179.99 + away[:, 0] / (M_LAT * math.cos(math.radians(lat))) + 180.0) % 360.0 - 180.0
        history.append_tracks(np.concatenate([points(k + 1, [0], lats[k], lons[k]) for k in range(40)]))
        history.flush()
        rows = found(history, near=(lat, 179.99, 60_000.0))
        history.close()
        enu = enu_from_geodetic(np.array([lat, 179.99, 0.0]), lats, lons, np.zeros(40))
        want = {k + 1: math.hypot(*enu[k, :2]) for k in range(40)}
        assert {row["track_id"]: row["nearest_m"] for row in rows} == pytest.approx(want, rel=0.01)


def test_the_picture_of_a_second_is_what_was_shown_then(kept):
    with kept.cursor() as db:
        frames = [decode_picture(f) for f in past.split(past.frames(db, T0 + 10 * S, T0 + 13 * S))]
    assert [f.time_ns for f in frames] == [T0 + k * S for k in (10, 11, 12)]
    assert all(f.whole for f in frames)
    first = frames[0].rows
    assert first["track_id"].tolist() == [1, 2]
    assert first["time_ns"].tolist() == [T0 + 10 * S] * 2
    want = points(1, [10], LAT - 1_000.0 / M_LAT, first["lon_deg"][0])
    for name in TRACK.names:
        assert first[name][0] == pytest.approx(want[name][0], nan_ok=True), name


def test_what_has_ended_is_gone_and_what_is_quiet_stays_a_while(kept):
    with kept.cursor() as db:
        frames = [decode_picture(f) for f in past.split(past.frames(db, T0 + 38 * S, T0 + 70 * S))]
    shown = [f.rows["track_id"].tolist() for f in frames]
    assert shown[2] == [1, 2]
    assert shown[3] == [2]  # the drone ended at 40.5 s
    assert shown[59 + past.HELD_S - 38] == [2]
    assert shown[59 + past.HELD_S - 38 + 1] == []


def test_an_answer_is_bounded(kept):
    with kept.cursor() as db:
        assert len(past.split(past.frames(db, T0, T0 + 3_600 * S))) == past.MOST_S
        assert past.frames(db, T0, T0) == b""
        assert past.frames(db, T0 + 50 * S, T0) == b""


def test_what_was_known_then(kept):
    with kept.cursor() as db:
        told = past.told(db, T0 + 25 * S, T0 + 40 * S)
        assert [(a["alert_id"], a["state"]) for a in told["alerts"]] == [
            ("a", "actual"),
            ("b", "actual"),
            ("a", "cleared"),
        ]
        assert {i["track_id"]: i["label"] for i in told["identities"]} == {1: "DRONE", 2: "SIM221"}
        assert past.told(db, T0 + 3 * S, T0 + 4 * S)["identities"][0]["label"] == "T1"
        assert past.span(db) == (T0, T0 + 119 * S)


def test_an_empty_history_has_no_span():
    history = History(":memory:")
    with history.cursor() as db:
        assert past.span(db) is None
        assert [len(decode_picture(f).rows) for f in past.split(past.frames(db, T0, T0 + 2 * S))] == [0, 0]
    history.close()


# The command


def test_the_command_finds_and_says(kept, tmp_path, capsys):
    kept.close()
    assert main(["history", str(tmp_path), "--near", f"{LAT},{LON},1000", "--class", "multirotor"]) == 0
    text = capsys.readouterr().out
    assert "DRONE" in text
    assert "unauthorised" in text
    assert main(["history", str(tmp_path / "picture.duckdb"), "--from", "2023-11-14T22:15", "--json"]) == 0
    (track,) = msgspec.json.decode(capsys.readouterr().out.splitlines()[-1])["tracks"]
    assert track["track_id"] == 3
    assert main(["history", str(tmp_path), "--to", "2023-11-01"]) == 0
    assert capsys.readouterr().out == "no track fits\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--near", "53.29,12.05"], "expected LAT,LON,METRES"),
        (["--near", "95,12,10"], "expected LAT,LON,METRES"),
        (["--from", "yesterday"], "expected a time in UTC"),
        (["--from", "2023-13-01"], "expected a time in UTC"),
    ],
)
def test_wrong_usage_is_said(tmp_path, capsys, arguments, words):
    with pytest.raises(SystemExit) as ended:
        main(["history", str(tmp_path), *arguments])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err


def test_what_is_no_history_is_said_in_one_line(tmp_path, capsys):
    assert main(["history", str(tmp_path)]) == 1
    assert "expected a history at" in capsys.readouterr().err
    (tmp_path / "picture.duckdb").write_bytes(b"no history")
    assert main(["history", str(tmp_path)]) == 1
    assert main(["history", str(tmp_path), "--zone", "Z"]) == 2
    assert "node.toml" in capsys.readouterr().err


def test_a_file_that_somebody_writes_is_left_alone(kept):
    with pytest.raises(StorageError, match="cannot open the history"):
        opened(Path(kept.path))


# The server


class PaperPast:
    def __init__(self):
        self.asked = []

    async def span(self):
        return b"[1,2]"

    async def frames(self, from_ns, to_ns):
        self.asked.append((from_ns, to_ns))
        return b"VDT1"

    async def told(self, from_ns, to_ns):
        return b'{"identities":[],"alerts":[]}'

    async def search(self, looked):
        self.asked.append(looked)
        return b"[]"


def ask(path, archive, token="watch"):  # noqa: S107 -- of this test alone
    state = LiveState(Node("test", "1", View(50.0, 4.0, 9.0)), lambda: T0)
    made = create_app(state, ServeSettings(token="watch"), past=archive)

    async def asked():
        transport = httpx.ASGITransport(made)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as one:
            return await one.get(f"/api/v1/past{path}", headers={"authorization": f"Bearer {token}"})

    return asyncio.run(asked())


def test_the_server_passes_questions_on():
    paper = PaperPast()
    assert ask("", paper).json() == {"span": [1, 2]}
    assert ask("/frames?from_ns=5&to_ns=9", paper).content == b"VDT1"
    query = "near=53.29,12.05,2000&class=multirotor&authorisation=unknown&zone=Z&from_ns=7&limit=9"
    assert ask(f"/search?{query}", paper).json() == {"tracks": []}
    want = Looked(
        near=(53.29, 12.05, 2000.0), kind="multirotor", authorisation="unknown", zone="Z", from_ns=7, limit=9
    )
    assert paper.asked == [(5, 9), want]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/frames", 400),
        ("/frames?from_ns=x&to_ns=1", 400),
        ("/frames?from_ns=-1&to_ns=1", 400),
        ("/search?near=1,2", 400),
        ("/search?class=ufo", 400),
        ("/search?authorisation=maybe", 400),
        ("/search?limit=100000", 400),
    ],
)
def test_what_is_wrong_is_refused(path, status):
    assert ask(path, PaperPast()).status_code == status


def test_who_is_not_logged_in_sees_no_past():
    assert ask("", PaperPast(), token="wrong").status_code == 401
    assert ask("", None).status_code == 503


def test_a_question_over_the_bus_is_answered_from_the_file(kept):
    zone = Zone("FAR", "far", "PROHIBITED", [Volume(circle=(LAT + 0.3, LON, 500.0))])
    with kept.cursor() as db:
        tracks = app.answer(db, PastQuestion(asks="search", zone="FAR"), {"FAR": zone})
        assert [t["track_id"] for t in msgspec.json.decode(tracks)] == [2]
        assert msgspec.json.decode(app.answer(db, PastQuestion(asks="span"), {})) == [T0, T0 + 119 * S]
        frames = app.answer(db, PastQuestion(asks="frames", from_ns=T0, to_ns=T0 + S), {})
        assert len(past.split(frames)) == 1
        told = msgspec.json.decode(app.answer(db, PastQuestion(asks="told", from_ns=T0, to_ns=T0 + S), {}))
        assert list(told) == ["identities", "alerts"]
        with pytest.raises(StorageError, match="expected a zone of this node"):
            app.answer(db, PastQuestion(asks="search", zone="NEAR"), {"FAR": zone})
