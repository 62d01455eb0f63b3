"""The history file: what goes in comes out, also after a kill."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from vedette.core.alert import Alert
from vedette.core.claim import Claim
from vedette.core.classes import CLASSES
from vedette.core.errors import StorageError
from vedette.core.identity import Identity
from vedette.core.picture import TRACK, UNKNOWN_CLASS
from vedette.core.sensor import SensorStatus
from vedette.core.trajectory import SMOOTHED
from vedette.history.store import GROUP_ROWS, History

T0 = 1_750_000_000_000_000_000
ALERT = Alert(
    "a1",
    T0,
    7,
    "zone_entry",
    "Z",
    "Zone",
    "predicted",
    "warning",
    0.75,
    50.5,
    4.25,
    12.5,
    "T7",
    ["near", "fast"],
)
CLEARED = Alert("a1", T0 + 5, 7, "zone_entry", "Z", "Zone", "cleared", "info", 0.25, 50.5, 4.25)
IDENTITY = Identity(
    7,
    T0,
    "XYZ",
    T0 - 5,
    {"bird": 0.25, "balloon": 0.75},
    "unauthorised",
    ["no claim"],
    [Claim("icao24", "44A8B2")],
    ["r1"],
)


def open_history(tmp_path: Path) -> contextlib.closing[History]:
    return contextlib.closing(History(tmp_path / "h.duckdb"))


def rows(n: int, first_ns: int = T0, seed: int = 1) -> NDArray[np.void]:
    """n track points of 50 tracks, every field filled, some unknown."""
    rng = np.random.default_rng(seed)
    table = np.zeros(n, TRACK)
    for name in TRACK.names or ():
        if TRACK[name].kind == "f":
            table[name] = rng.random(n)
    table["time_ns"] = first_ns + np.arange(n) * 1000
    table["heard_ns"] = table["time_ns"] - 1
    table["track_id"] = np.arange(n) % 50
    table["class_index"] = rng.integers(0, len(CLASSES), n)
    table["authorisation"] = rng.integers(0, 3, n)
    table["status"] = rng.integers(1, 4, n)
    return table


def test_every_column_of_a_track_comes_back(tmp_path: Path) -> None:
    given_rows = rows(3)
    given_rows["class_index"] = [2, UNKNOWN_CLASS, 0]
    given_rows["authorisation"] = [0, 1, 2]
    given_rows["status"] = [1, 2, 3]
    for name in ("alt_m", "baro_alt_m", "v_up_mps", "lat_deg"):
        given_rows[name][1] = np.nan
    with open_history(tmp_path) as history:
        history.append_tracks(given_rows)
        found = history.read("SELECT * FROM track_point ORDER BY time_ns")
    assert [row["class"] for row in found] == ["aeroplane", None, "multirotor"]
    assert [row["authorisation"] for row in found] == ["unknown", "authorised", "unauthorised"]
    assert [row["status"] for row in found] == ["confirmed", "coasting", "ended"]
    same = [
        name for name in TRACK.names or () if name in found[0] and name not in ("authorisation", "status")
    ]
    assert (
        len(same) == len(TRACK.names or ()) - 4
    )  # class, authorisation, status and alert have other names or words
    for row, given_row in zip(found, given_rows, strict=True):
        for name in same:
            value = given_row[name].item()
            assert row[name] == (None if value != value else value)


@settings(max_examples=20, deadline=None)
@given(
    values=st.lists(st.floats(width=32, allow_infinity=False), min_size=1, max_size=5),
    text=st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20),
)
def test_any_value_and_any_text_comes_back(values: list[float], text: str) -> None:
    history = History(":memory:")
    table = rows(len(values))
    table["alt_m"] = values
    history.append_tracks(table)
    history.append_alerts(
        [Alert("x", T0, 1, text, "", text, "actual", "info", 1.0, 0.0, 0.0, reasons=[text, ""])]
    )
    found = [row["alt_m"] for row in history.read("SELECT alt_m FROM track_point ORDER BY time_ns")]
    assert found == [None if value != value else value for value in values]
    assert history.alerts()[0]["reasons"] == [text, ""]
    assert history.alerts()[0]["rule"] == text
    history.close()


def smoothed_rows(n: int) -> NDArray[np.void]:
    rows = np.zeros(n, SMOOTHED)
    rows["time_ns"] = T0 + np.arange(n) * 1_000_000_000
    rows["track_id"] = 9
    rows["lat_deg"], rows["lon_deg"], rows["plots"] = 50.5, 4.25, 0.75
    rows["alt_m"] = rows["alt_sd_m"] = rows["v_up_mps"] = rows["v_up_sd_mps"] = np.nan
    rows["sd_major_m"], rows["sd_angle_deg"] = 3.5, 45.0
    return rows


def test_where_a_track_went_comes_back(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        history.append_smoothed(smoothed_rows(3))
        assert history.waiting == 3
        found = history.read("SELECT * FROM smoothed_point ORDER BY time_ns")
        assert [row["time_ns"] for row in found] == [T0, T0 + 1_000_000_000, T0 + 2_000_000_000]
        assert set(found[0]) == set(SMOOTHED.names or ())
        assert (found[0]["lat_deg"], found[0]["plots"], found[0]["sd_major_m"]) == (50.5, 0.75, 3.5)
        assert found[0]["alt_m"] is None
        with pytest.raises(StorageError, match="SMOOTHED"):
            history.append_smoothed(np.zeros(1, TRACK))
        history.forget(T0 + 1_000_000_000)
        assert len(history.read("SELECT * FROM smoothed_point")) == 2


def test_alerts_identities_and_statuses_come_back(tmp_path: Path) -> None:
    plain = Identity(8, T0, "T8", T0)
    status = SensorStatus("r1", 0, "ok", "turns", T0, 5, 6, {"truncated": 2})
    with open_history(tmp_path) as history:
        history.append_alerts([ALERT, CLEARED])
        history.append_identities([IDENTITY, plain])
        history.append_sensor_status(T0, [status, SensorStatus("r2", 1)])
        found = history.alerts()
        assert found[0] == {name: getattr(ALERT, name) for name in ALERT.__struct_fields__}
        assert found[1]["time_to_entry_s"] is None
        assert found[1]["reasons"] == []
        assert history.alerts(T0 + 1) == found[1:]
        assert history.alerts(track_id=8) == []
        who = history.identity(7)
        assert who is not None
        assert who["classes"] == {"bird": 0.25, "balloon": 0.75}
        assert '"ident":"44A8B2"' in who["claims"]
        assert (who["label"], who["sensors"], who["reasons"]) == ("XYZ", ["r1"], ["no claim"])
        nobody = history.identity(8)
        assert nobody is not None
        assert nobody["classes"] == {}
        assert history.identity(9) is None
        states = history.read("SELECT * FROM sensor_status ORDER BY sensor_id")
        assert states[0]["quarantined"] == {"truncated": 2}
        assert states[1]["last_heard_ns"] is None


def test_thousands_of_objects_whose_first_ones_are_empty_keep_their_types(tmp_path: Path) -> None:
    many = [Identity(i, T0 + i, f"T{i}", T0) for i in range(2500)]
    many[2400] = IDENTITY
    with open_history(tmp_path) as history:
        history.append_identities(many)
        assert history.read("SELECT count(*) AS n FROM identity") == [{"n": 2500}]
        assert history.identity(7) is not None


def test_trail_and_box_answer_in_order(tmp_path: Path) -> None:
    table = rows(500)
    table["lat_deg"] = np.linspace(50, 51, 500)
    table["lon_deg"] = np.where(np.arange(500) % 2, 179.5, -179.5)
    with open_history(tmp_path) as history:
        history.append_tracks(table)
        trail = history.trail(3, T0 + 100 * 1000)
        assert [point["time_ns"] for point in trail] == [T0 + i * 1000 for i in range(103, 500, 50)]
        assert history.trail(3, limit=2) == trail[-2:]
        inside = history.box((50.0, 179.0, 50.5, -179.0), T0, T0 + 500 * 1000)
        assert len(inside) == 250
        assert {round(point["lon_deg"], 1) for point in inside} == {179.5, -179.5}
        east = history.box((50.0, 179.0, 50.5, 180.0), T0, T0 + 500 * 1000)
        assert {point["lon_deg"] for point in east} == {179.5}
        assert len(history.box((50.0, -180.0, 51.0, 180.0), T0 + 10_000, T0 + 20_000)) == 10


def test_the_same_input_gives_the_same_contents(tmp_path: Path) -> None:
    answers = []
    for name, pieces in (("a", 1), ("b", 7)):
        history = History(tmp_path / name)
        for part in np.array_split(rows(1000), pieces):
            history.append_tracks(part)
            history.flush()
        history.append_alerts([ALERT, CLEARED])
        answers.append((history.read("SELECT * FROM track_point"), history.alerts()))
        history.close()
    assert answers[0] == answers[1]


def test_rows_go_in_by_groups_and_are_copied(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        table = rows(GROUP_ROWS - 1)
        history.append_tracks(table)
        assert history.waiting == GROUP_ROWS - 1
        table["track_id"] = 99
        history.append_tracks(table[:1])
        assert history.waiting == 0
        assert history.read("SELECT count(*) AS n FROM track_point WHERE track_id = 99") == [{"n": 1}]
        history.append_tracks(table[:0])
        assert history.waiting == 0
        with pytest.raises(StorageError, match="expected rows of TRACK"):
            history.append_tracks(np.zeros(1, [("x", "f8")]))


def test_it_is_fast_enough(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        history.append_tracks(rows(GROUP_ROWS))
        began = time.process_time()
        for i in range(5):
            history.append_tracks(rows(GROUP_ROWS, seed=i))
        assert 5 * GROUP_ROWS / (time.process_time() - began) > 100_000


def test_what_is_old_is_forgotten_and_the_file_stops_growing(tmp_path: Path) -> None:
    path = tmp_path / "h.duckdb"
    history = History(path)
    sizes = []
    hour_ns = 3600 * 10**9
    for i in range(8):
        for part in range(5):
            history.append_tracks(rows(GROUP_ROWS, T0 + i * hour_ns, seed=5 * i + part))
        history.append_alerts([ALERT])
        gone = history.forget(T0 + i * hour_ns)
        sizes.append(path.stat().st_size)
        assert gone == (0 if i == 0 else 5 * GROUP_ROWS)
        assert history.read("SELECT count(*) AS n FROM track_point") == [{"n": 5 * GROUP_ROWS}]
    assert history.read("SELECT count(*) AS n FROM alert WHERE time_ns < ?", [T0 + 7 * hour_ns]) == [{"n": 0}]
    assert max(sizes[4:]) <= 1.1 * max(sizes[:4])
    history.close()


def test_a_question_cannot_change_anything(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        history.append_tracks(rows(5))
        for sql in (
            "DELETE FROM track_point",
            "DROP TABLE alert",
            "SELECT * FROM nothing",
            "COPY alert TO 'x'",
        ):
            with pytest.raises(StorageError, match="cannot read the history") as raised:
                history.read(sql)
            assert "\n" not in str(raised.value)
        with pytest.raises(StorageError):
            history.read("SELECT * FROM read_csv('/etc/passwd')")
        assert history.read("SELECT count(*) AS n FROM track_point") == [{"n": 5}]


def test_what_was_flushed_survives_a_kill(tmp_path: Path) -> None:
    script = (
        "import os, sys; sys.path.insert(0, sys.argv[2])\n"
        "from test_history import *\n"
        "history = History(sys.argv[1])\n"
        "for i in range(3):\n"
        "    history.append_tracks(rows(1000, T0 + i * 10**9))\n"
        "    history.append_alerts([ALERT])\n"
        "    history.flush()\n"
        "history.append_tracks(rows(10)); os.kill(os.getpid(), 9)"
    )
    path = tmp_path / "h.duckdb"
    ended = subprocess.run(
        [sys.executable, "-c", script, str(path), str(Path(__file__).parent)], timeout=60, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    history = History(path)
    assert history.read("SELECT count(*) AS n FROM track_point") == [{"n": 3000}]
    assert len(history.alerts()) == 3
    history.append_tracks(rows(5))
    history.close()
    assert duckdb.connect(str(path), read_only=True).execute(
        "SELECT count(*) FROM track_point"
    ).fetchone() == (3005,)


def test_a_full_disk_is_one_clear_line_and_rows_wait_for_another_try(tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys; sys.path.insert(0, sys.argv[2])\n"
        "from test_history import *\n"
        "history = History(sys.argv[1])\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (700_000, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    for i in range(50): history.append_tracks(rows(GROUP_ROWS, seed=i))\n"
        "except StorageError as error: print(error); print(history.waiting)\n"
    )
    path = tmp_path / "h.duckdb"
    ended = subprocess.run(
        [sys.executable, "-c", script, str(path), str(Path(__file__).parent)],
        timeout=60,
        check=False,
        capture_output=True,
        text=True,
    )
    first, waiting, *_ = [*ended.stdout.splitlines(), "", ""]
    assert first.startswith(f"cannot write to the history {path}:"), ended.stderr
    assert int(waiting) >= GROUP_ROWS


def test_a_file_that_is_no_history_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(os.urandom(8192))
    duckdb.connect(str(tmp_path / "other")).execute("CREATE TABLE cats(name VARCHAR)").close()
    newer = History(tmp_path / "newer")
    newer.note("schema", "99")
    newer.close()
    for path, words in (
        (tmp_path / "noise", "cannot open the history"),
        (tmp_path / "other", r"got tables \['cats'\]"),
        (tmp_path / "newer", "to have schema 1"),
        (tmp_path / "absent" / "h.duckdb", "cannot open the history"),
    ):
        with pytest.raises(StorageError, match=words) as raised:
            History(path)
        assert "\n" not in str(raised.value)


def test_a_note_is_kept(tmp_path: Path) -> None:
    with open_history(tmp_path) as history:
        history.note("node", "EBBR")
        history.note("node", "EBBR north")
        assert history.meta() == {"node": "EBBR north", "schema": "1"}
