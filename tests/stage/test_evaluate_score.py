"""A picture made by hand gets the score that one can work out by hand."""

import duckdb
import msgspec
import numpy as np
import pytest

from vedette.core.classes import CLASSES
from vedette.core.errors import StorageError
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.evaluate import score, table
from vedette.simulate import TRUTH, write_truth

T0 = 1_800_000_000 * NS_PER_S
LAT, LON, ALT = 50.9, 4.48, 150.0
DEG_PER_M = 1 / 111_195.0
EAST_DEG_PER_M = DEG_PER_M / np.cos(np.radians(LAT))
MULTIROTOR, AEROPLANE, BIRD = 0, 2, 6
ZONE = Zone(
    id="Z",
    name="zone",
    type="PROHIBITED",
    volumes=[Volume(circle=(LAT, LON + 205 * EAST_DEG_PER_M, 100.0), lower_m=0.0, upper_m=200.0)],
    ground_m=100.0,
)


def truth_rows(ident, name, kind, authorised, seconds=40, start_east_m=0.0, north_m=0.0):
    """Something that flies east at 10 m/s."""
    rows = np.zeros(seconds, TRUTH)
    k = np.arange(seconds)
    rows["time_ns"] = T0 + k * NS_PER_S
    rows["id"], rows["name"], rows["class"], rows["authorised"] = ident, name, kind, authorised
    rows["lat_deg"] = LAT + north_m * DEG_PER_M
    rows["lon_deg"] = LON + (start_east_m + 10.0 * k) * EAST_DEG_PER_M
    rows["alt_m"], rows["v_east"] = ALT, 10.0
    return rows


def write_picture(path, tracks, alerts):
    """Tables as the node writes them, with columns that the score does not use."""
    with duckdb.connect(str(path)) as db:
        db.execute(
            "CREATE TABLE track_point (time_ns BIGINT, track_id UINTEGER, lat_deg DOUBLE, lon_deg DOUBLE,"
            " alt_m FLOAT, v_east_mps FLOAT, v_north_mps FLOAT, v_up_mps FLOAT, existence FLOAT,"
            " class VARCHAR, authorisation VARCHAR, status VARCHAR)"
        )
        db.execute(
            "CREATE TABLE alert (time_ns BIGINT, track_id UINTEGER, rule VARCHAR, zone VARCHAR,"
            " state VARCHAR, severity VARCHAR)"
        )
        for row in tracks:
            db.execute("INSERT INTO track_point VALUES (?,?,?,?,?,?,?,?,0.99,?,'unknown','confirmed')", row)
        for row in alerts:
            db.execute("INSERT INTO alert VALUES (?,?,?,?,?,'warning')", row)


def followed(track_id, truth, class_name, seconds, *, off_m=0.0, alt_m=ALT, lag_ns=0):
    """Track points that follow a truth at some of its seconds, off_m to the north."""
    return [
        (
            int(truth["time_ns"][k]) - lag_ns,
            track_id,
            float(truth["lat_deg"][k]) + off_m * DEG_PER_M,
            float(truth["lon_deg"][k]) - 10.0 * lag_ns / NS_PER_S * EAST_DEG_PER_M,
            alt_m,
            10.0,
            0.0,
            None,
            class_name,
        )
        for k in seconds
    ]


@pytest.fixture
def scored(tmp_path):
    """Scores truths, tracks and alerts; zones optional."""

    def run(truths, tracks, alerts=(), zones=(), **more):
        write_truth(tmp_path / "truth.csv", np.concatenate(truths))
        write_picture(tmp_path / "picture.duckdb", tracks, alerts)
        return score(tmp_path / "picture.duckdb", tmp_path / "truth.csv", zones, **more)

    return run


def test_a_perfect_picture_scores_full(scored):
    drone = truth_rows(1, "drone", MULTIROTOR, False)
    result = scored([drone], followed(9, drone, "multirotor", range(40)))
    one = result.classes[0]
    assert (one.completeness, one.continuity, one.switches, one.right_class) == (1.0, 1.0, 0, 1.0)
    assert one.position_rmse_m == pytest.approx(0.0, abs=0.01)
    assert result.gospa_m == pytest.approx(0.0, abs=0.01)
    assert (result.tracks, result.false_tracks, result.false_shown) == (1, 0, 0.0)


def test_what_is_off_late_and_swapped_is_measured(scored):
    drone = truth_rows(1, "drone", MULTIROTOR, False)
    tracks = followed(5, drone, "multirotor", range(10, 30), off_m=30.0, alt_m=ALT + 7.0)
    tracks += followed(6, drone, "bird", range(32, 40), off_m=-30.0, alt_m=ALT + 7.0)
    result = scored([drone], tracks)
    one, held = result.classes[0], result.truths[0]
    # track 5 from second 10 to 29 is carried on for two more; track 6 takes over at 32
    assert one.completeness == 30 / 40
    assert one.continuity == 22 / 40
    assert (one.switches, held.tracks, held.first_track_s) == (1, 2, 10.0)
    assert one.position_rmse_m == pytest.approx(30.0, abs=0.1)
    assert one.height_rmse_m == pytest.approx(7.0, abs=0.01)
    assert one.velocity_rmse_mps == pytest.approx(0.0, abs=1e-6)
    assert one.right_class == pytest.approx(22 / 30)
    missed = 10 * 150.0**2 / 2 / 40
    assert result.gospa_missed_m == pytest.approx(np.sqrt(missed))
    assert result.gospa_m == pytest.approx(np.sqrt(missed + 30 * 30.0**2 / 40), abs=0.1)


def test_a_state_between_instants_is_carried_along_its_velocity(scored):
    plane = truth_rows(1, "plane", AEROPLANE, True)
    result = scored([plane], followed(5, plane, "aeroplane", range(40), lag_ns=NS_PER_S // 2))
    assert result.classes[0].position_rmse_m == pytest.approx(0.0, abs=0.02)


def test_false_tracks_are_counted(scored):
    drone = truth_rows(1, "drone", MULTIROTOR, False)
    ghost = truth_rows(0, "", MULTIROTOR, False, north_m=5_000.0)
    tracks = followed(5, drone, "multirotor", range(40)) + followed(7, ghost, "bird", range(20, 30))
    result = scored([drone], tracks)
    assert (result.tracks, result.false_tracks) == (2, 1)
    assert result.false_shown == pytest.approx(12 / 40)
    assert result.gospa_false_m == pytest.approx(np.sqrt(12 * 150.0**2 / 2 / 40))


def alert(second, track_id, state):
    return (T0 + round(second * NS_PER_S), track_id, "zone", "Z", state)


def test_alerts_are_held_against_entry(scored):
    # the zone begins 105 m east of the start, so the first instant in it is second 11
    drone = truth_rows(1, "drone", MULTIROTOR, False)
    friend = truth_rows(2, "friend", MULTIROTOR, True, north_m=30.0)
    tracks = followed(5, drone, "multirotor", range(40)) + followed(6, friend, "multirotor", range(40))
    alerts = [alert(6.5, 5, "predicted"), alert(12.0, 5, "actual"), alert(35.0, 5, "cleared")]
    result = scored([drone, friend], tracks, alerts, [ZONE])
    assert len(result.warned) == 1
    one = result.warned[0]
    assert (one.name, one.entry_s, one.predicted_s, one.actual_s) == ("drone", 11.0, 6.5, 12.0)
    assert one.warning_s == 4.5
    assert (result.missed_alerts, result.false_alerts) == (0, [])


def test_alerts_for_others_are_false_and_none_is_missed(scored):
    drone = truth_rows(1, "drone", MULTIROTOR, False)
    friend = truth_rows(2, "friend", MULTIROTOR, True, north_m=400.0)
    bird = truth_rows(3, "bird", BIRD, True, north_m=-400.0)
    tracks = [
        *followed(5, drone, "multirotor", range(40)),
        *followed(6, friend, "multirotor", range(40)),
        *followed(7, bird, "bird", range(40)),
    ]
    alerts = [
        alert(8.0, 6, "actual"),
        alert(9.0, 6, "actual"),
        alert(8.0, 7, "predicted"),
        alert(9.0, 99, "actual"),
    ]
    result = scored([drone, friend, bird], tracks, alerts, [ZONE])
    assert result.missed_alerts == 1
    assert result.warned[0].warning_s is None
    assert sorted(f.name for f in result.false_alerts) == ["", "bird", "friend"]


@pytest.mark.parametrize("kind", ["aeroplane", "balloon", "fixed_wing_drone"])
def test_an_alert_is_due_for_whoever_has_no_leave(scored, kind):
    jet = truth_rows(1, "intruder", CLASSES.index(kind), False)
    tracks = followed(5, jet, kind, range(40))
    result = scored([jet], tracks, [alert(12.0, 5, "actual")], [ZONE])
    assert [one.warning_s for one in result.warned] == [-1.0]
    assert (result.missed_alerts, result.false_alerts) == (0, [])


def test_a_drone_that_enters_no_zone_is_due_no_alert(scored):
    high = truth_rows(1, "high", MULTIROTOR, False)
    high["alt_m"] = 301.0  # the zone ends 200 m above ground at 100 m
    result = scored([high], followed(5, high, "multirotor", range(40)), [], [ZONE])
    assert (result.warned, result.missed_alerts) == ([], 0)


def test_a_polygon_is_entered_where_it_begins(scored):
    drone = truth_rows(1, "drone", MULTIROTOR, False)
    west, east = LON + 155 * EAST_DEG_PER_M, LON + 205 * EAST_DEG_PER_M
    ring = [
        (LAT - 0.001, west),
        (LAT + 0.001, west),
        (LAT + 0.001, east),
        (LAT - 0.001, east),
        (LAT - 0.001, west),
    ]
    zone = msgspec.structs.replace(ZONE, volumes=[Volume(rings=[ring])])
    result = scored([drone], followed(5, drone, "multirotor", range(40)), [], [zone])
    assert result.warned[0].entry_s == 16.0


def test_an_empty_picture_misses_everything(scored):
    drone = truth_rows(1, "drone", MULTIROTOR, False)
    result = scored([drone], [])
    assert result.classes[0].completeness == 0.0
    assert result.classes[0].position_rmse_m is None
    assert result.truths[0].first_track_s is None
    assert result.missed_alerts == 1


def test_the_table_and_the_json_say_the_same(scored):
    drone = truth_rows(1, "drone", MULTIROTOR, False)
    result = scored([drone], followed(5, drone, "multirotor", range(40)), [alert(3.0, 5, "actual")], [ZONE])
    assert "multirotor" in table(result)
    assert "warning 8.0 s" in table(result)
    again = msgspec.json.decode(result.to_json())
    assert again["warned"][0]["warning_s"] == 8.0
    assert again["classes"][0]["completeness"] == 1.0


def test_what_is_no_picture_is_named(tmp_path):
    write_truth(tmp_path / "truth.csv", truth_rows(1, "d", MULTIROTOR, False))
    with pytest.raises(StorageError, match=r"picture\.duckdb: expected a picture file"):
        score(tmp_path / "picture.duckdb", tmp_path / "truth.csv")
    (tmp_path / "picture.duckdb").write_bytes(b"no database" * 100)
    with pytest.raises(StorageError, match="track_point"):
        score(tmp_path / "picture.duckdb", tmp_path / "truth.csv")


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [("multirotor", "unicorn", ":2: "), ("time_ns", "when", ":1: "), ("150.000", "high", ":2: ")],
)
def test_what_is_no_truth_is_named_with_its_line(tmp_path, old, new, expected):
    path = tmp_path / "truth.csv"
    write_truth(path, truth_rows(1, "d", MULTIROTOR, False))
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    write_picture(tmp_path / "picture.duckdb", [], [])
    with pytest.raises(StorageError, match=expected):
        score(tmp_path / "picture.duckdb", path)
