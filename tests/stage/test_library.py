"""The tracker as a library: tables in, tracks out, and errors that name the cell."""

import runpy
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.library import (
    POINT,
    ConfigError,
    Sensor,
    TrackerSettings,
    draw,
    load,
    read_csv,
    save,
    table_of,
    track_detections,
)  # fmt: skip

EXAMPLES = Path(__file__).parents[2] / "examples"
LEVEL = TrackerSettings(vertical_share=0.01)
RADAR = Sensor(
    id="radar", scan="rotating", period_s=4.0, range_max_m=20_000.0, range_sd_m=40.0, azimuth_sd_deg=0.15,
    height_max_m=1_000.0,
)  # fmt: skip
STARING = Sensor(id="box", scan="staring", period_s=1.0, range_max_m=5_000.0, position_sd_m=10.0)


def straight(n=20, seed=3, **more):
    """A table of one target that flies to the east at 20 m/s, seen once a second with 10 m of noise."""
    rng = np.random.default_rng(seed)
    t = np.arange(n) + 0.0
    return {"time_s": t, "x_m": 20.0 * t + rng.normal(0, 10, n), "y_m": rng.normal(0, 10, n), **more}


def test_the_example_file_is_what_its_script_writes():
    script = runpy.run_path(str(EXAMPLES / "make_detections.py"))
    assert (EXAMPLES / "detections.csv").read_text("utf-8") == script["text"]()


def test_the_example_finds_the_flights_and_draws_them(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["track_csv.py"])
    tracks = runpy.run_path(str(EXAMPLES / "track_csv.py"))["tracks"]
    flight = runpy.run_path(str(EXAMPLES / "make_detections.py"))["flight"]
    found = set()
    for points in tracks:
        late = points[points["time_s"] > points["time_s"][0] + 40.0]
        off = [
            [(p["x_m"], p["y_m"]) - np.array(flight(k, p["time_s"]) or (9e9, 9e9)) for k in range(4)]
            for p in late
        ]
        rms_m = np.sqrt(np.square(off).sum(axis=2).mean(axis=0))
        assert rms_m.min() < 80.0
        found.add(int(rms_m.argmin()))
    assert found == {0, 1, 2, 3}
    assert len(tracks) == 4
    assert len(capsys.readouterr().out.splitlines()) == 4
    root = ET.fromstring((tmp_path / "tracks.svg").read_text("utf-8"))  # noqa: S314 - made here
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.attrib["points"].split()) for line in lines] == [len(points) for points in tracks]


def test_a_plane_of_its_own_gives_places_in_it():
    tracks = track_detections(straight(), STARING)
    (points,) = tracks
    assert points.dtype == POINT
    last = points[-1]
    assert last["time_s"] == pytest.approx(19.0, abs=1e-6)
    assert abs(last["x_m"] - 380.0) < 20.0
    assert abs(last["y_m"]) < 20.0
    assert abs(last["v_east_mps"] - 20.0) < 4.0
    assert np.isnan(last["lat_deg"]), "nobody told where on the Earth"
    assert np.isnan(last["z_m"]), "nobody told a height"
    assert tracks.origin is None
    assert (tracks.track_of == tracks.ids[0]).all()
    assert np.allclose(tracks.places_m[:, 0], straight()["x_m"], atol=1e-3)


def test_the_kind_of_table_and_the_order_of_rows_do_not_matter():
    table = straight()
    first = track_detections(table, STARING)
    turned = np.random.default_rng(0).permutation(20)
    second = track_detections({name: column[turned] for name, column in table.items()}, STARING)
    assert first.points.tobytes() == second.points.tobytes()
    assert np.array_equal(first.track_of[turned], second.track_of)
    record = np.zeros(20, [(name, "<f8") for name in table])
    for name, column in table.items():
        record[name] = column
    assert track_detections(record, STARING).points.tobytes() == first.points.tobytes()


def test_units_are_those_of_the_name():
    table = straight()
    metres = track_detections(table, STARING)
    other = {
        "time_ns": np.round(table["time_s"] * 1e9).astype(np.int64),
        "x_km": table["x_m"] / 1000.0,
        "y_ft": table["y_m"] / 0.3048,
    }
    assert np.allclose(track_detections(other, STARING).points["x_m"], metres.points["x_m"], atol=1e-6)


def test_degrees_and_times_on_the_earth():
    n = 12
    times = [f"2025-06-01T10:00:{k:02d}.250+02:00" for k in range(n)]
    east = 4.4 + 2e-4 * np.arange(n)
    table = {"time": times, "lat_deg": np.full(n, 50.9), "lon_deg": east, "alt_ft": np.full(n, 1000.0)}
    (points,) = track_detections(table, STARING, origin=(50.9, 4.4))
    assert points["time_s"][-1] == 1748764811.25  # 08:00:11.25 UTC
    assert abs(points["lon_deg"][-1] - (4.4 + 2e-4 * 11)) < 5e-5
    assert abs(points["alt_m"][-1] - 304.8) < 5.0
    assert abs(points["x_m"][-1] - 2e-4 * 11 * 70_300.0) < 5.0


def test_two_sensors_and_names():
    n = 15
    camera = Sensor(id="tower", scan="staring", period_s=1.0, lat_deg=50.9, lon_deg=4.4, alt_m=0.0)
    claimed = Sensor(id="adsb", modality="adsb", scan="self_report")
    rows = [("adsb", k + 0.5, np.nan, np.nan, 50.9 + 0.02, 4.4 + 3e-4 * k, "44A8B2") for k in range(n)]
    rows += [("tower", k + 0.0, 1112.4, 0.0, np.nan, np.nan, "") for k in range(n)]
    names = ("sensor", "time_s", "range_m", "azimuth_deg", "lat_deg", "lon_deg", "icao24")
    table = {name: [row[i] for row in rows] for i, name in enumerate(names)}
    tracks = track_detections(table, [camera, claimed])
    assert len(tracks) == 2, "the one stands, the other flies away from it"
    assert len(set(tracks.track_of[2:n].tolist())) == 1
    assert len(set(tracks.track_of[n + 2 :].tolist())) == 1


def test_a_track_coasts_and_ends_in_a_silence():
    table = straight(40)
    table = {name: np.concatenate((column[:15], column[-2:])) for name, column in table.items()}
    table["time_s"][-2:] = (300.0, 301.0)
    points = next(iter(track_detections(table, STARING)))
    assert points["status"][-1] == 3
    assert (points["status"] == 2).sum() > 2
    assert points["time_s"][-1] < 60.0


def test_the_state_goes_on_where_the_table_ended():
    tracks = track_detections(straight(), STARING)
    assert save(load(save(tracks.state))) == save(tracks.state)


def test_nothing_in_nothing_out():
    tracks = track_detections({"time_s": [], "x_m": [], "y_m": []}, STARING)
    assert len(tracks) == 0
    assert tracks.track_of.shape == (0,)
    ET.fromstring(draw(tracks))  # noqa: S314 - made here


# What is wrong is said, and where


def written(tmp_path, text):
    path = tmp_path / "mine.csv"
    path.write_text(text, encoding="utf-8")
    return path


WRONG = [
    ("", "a header line"),
    ("time_s,range\n", "'range': expected its unit in the name: range_m, range_km, range_nm or range_ft"),
    ("time_s,lattitude_deg,lon_deg\n", "'lattitude_deg': expected"),
    ("range_m,azimuth_deg\n1,2\n", "expected a column time_s, time_ns or time, got range_m, azimuth_deg"),
    ("time_s,time_ns,x_m,y_m\n", "'time_ns': expected one column of time, got time_s too"),
    ("time_s,x_m,x_km,y_m\n", "'x_km': expected one column of x_m, got x_m too"),
    ("# remark\ntime_s,x_m,y_m\n\n1,2,3\n2,3\n", "line 5: expected 3 cells as in the header, got 2"),
    ("# remark\ntime_s,x_m,y_m\n1,2,3\n2,3,about 5\n", "line 4: y_m: expected a number, or nothing"),
    ("time_s,x_m,y_m\n1,2,3\n,3,4\n", "line 3: time_s: expected seconds, got nothing"),
    ("time_s,x_m,y_m\n1,2,3\n2,,4\n", "line 3: x_m: expected x_m and y_m, or neither"),
    ("time_s,x_m,y_m\n1,2,3\n2,,\n", "line 3: expected a measurement"),
    ("time_s,x_m,y_m\n1,2,3\n2,inf,3\n", "line 3: x_m: expected -1e+06 to 1e+06, got inf"),
    ("time_s,lat_deg,lon_deg\n1,91,4\n", "line 2: lat_deg: expected -90 to 90, got 91"),
    ("time_s,range_m,azimuth_deg\n1,-5,4\n", "line 2: range_m: expected 0 to 1e+07, got -5"),
    ("time_s,range_m,azimuth_deg,range_sd_m\n1,5,4,0\n", "line 2: range_sd_m: expected more than 0, got 0"),
    ("time,x_m,y_m\n2025-06-01T10:00:00,1,2\n", "line 2: time: expected a time with its offset"),
    ("time,x_m,y_m\nyesterday,1,2\n", "line 2: time: expected a time with its offset"),
    ("time_ns,x_m,y_m\n1.5,1,2\n", "line 2: time_ns: expected a whole number"),
    ("time_s,sensor,x_m,y_m\n1,boat,1,2\n", "line 2: sensor: expected one of box, got 'boat'"),
    ("time_s,x_m,y_m,lat_deg,lon_deg\n1,1,2,3,4\n", "expected places as x_m and y_m or as lat_deg"),
    ("time_s,z_m\n1,2\n", "expected columns x_m and y_m beside z_m"),
    ("time_s,range_m,azimuth_deg,lat_deg,lon_deg\n1,2,3,,\n2,,,50,4\n", "lat_deg and lon_deg of box, which"),
    ("time_s,x_m,y_m,icao24,remote_id\n1,2,3,44A8B2,abc\n", "line 2: remote_id: expected one name a row"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "says"), WRONG)
def test_what_is_wrong_is_named_with_its_place(tmp_path, text, says):
    path = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        track_detections(read_csv(path), STARING)
    assert says in str(caught.value)
    assert "mine.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (7, "expected columns by name, got int"),
        ({"time_s": [1.0, 2.0], "x_m": [1.0], "y_m": [1.0]}, "x_m: expected 2 values in a row"),
        ({"time_s": [1.0], "x_m": ["far"], "y_m": [1.0]}, "x_m: expected numbers"),
        ({"time_s": [1.0, np.nan], "x_m": [1.0, 1.0], "y_m": [1.0, 1.0]}, "row 1: time_s: expected seconds"),
    ],
)
def test_tables_in_memory_are_told_the_same(data, says):
    with pytest.raises(ConfigError, match=says):
        track_detections(data, STARING)


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match="No such file"):
        read_csv(tmp_path / "none.csv")
    (tmp_path / "bytes.csv").write_bytes(b"time_s\n\xff\xfe")
    with pytest.raises(ConfigError, match="not UTF-8"):
        read_csv(tmp_path / "bytes.csv")


def test_columns_that_are_not_for_the_tracker_can_be_left_out(tmp_path):
    path = written(tmp_path, "time_s,x_m,y_m,remark\n1,2,3,big\n")
    with pytest.raises(ConfigError, match="'remark'"):
        read_csv(path)
    assert list(read_csv(path, ignore=["remark"])) == ["time_s", "x_m", "y_m"]
    assert list(table_of({"time_s": [1.0], "remark": ["big"]}, ignore=["remark"])) == ["time_s"]


@pytest.mark.parametrize("sensors", [[], [STARING, STARING]])
def test_sensors_have_names_of_their_own(sensors):
    with pytest.raises(ConfigError, match="each with an id of its own"):
        track_detections(straight(), sensors)


@given(text=st.text(alphabet="time_s,xy\n0123.-#e\"'", max_size=80))
@settings(max_examples=100)
def test_no_text_is_worse_than_an_error(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_text("time_s,x_m,y_m\n" + text, encoding="utf-8")
    try:
        table = read_csv(path)
    except ConfigError as error:
        said = str(error)
    else:
        said = "any.csv"
        assert len(table["time_s"]) == len(table["x_m"]) == len(table)
    assert "any.csv" in said
