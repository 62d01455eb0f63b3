"""Recordings through the same stages as a live run: the same picture every time, nothing lost."""

import hashlib
import json
import math
from itertools import islice
from pathlib import Path

import duckdb
import numpy as np
import pytest

from vedette.app import config as configuration
from vedette.app.ingest import Ingest
from vedette.app.outputs import Recorder
from vedette.app.recordings import Trouble, open_all
from vedette.app.replay import ReplayOptions, replay
from vedette.app.rules import built_in
from vedette.app.sector import Sector
from vedette.app.simulate import simulate
from vedette.core.errors import FeedError, VedetteError
from vedette.core.observation import Intake
from vedette.core.units import NS_PER_S
from vedette.evaluate.score import score
from vedette.feed.journal import read_journal
from vedette.history.store import History
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.wire.asterix import AsterixDecoder, peek_time_s, split_blocks

DAY_NS = 1_591_574_400 * NS_PER_S
VARIES = {"took_s"}


def quiet(_):
    """Progress is for people."""


def run(path, out, **options):
    return replay(ReplayOptions([path] if isinstance(path, Path) else path, out, **options), quiet)


def query(out, sql):
    with duckdb.connect(str(out / "picture.duckdb"), read_only=True) as history:
        return history.execute(sql).fetchall()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """Twenty seconds of the evening around Brussels."""
    folder = tmp_path_factory.mktemp("recorded")
    simulate("brussels", folder, seconds=20, seed=3, say=quiet)
    return folder


@pytest.fixture(scope="module")
def replayed(recorded, tmp_path_factory):
    out = tmp_path_factory.mktemp("replayed")
    return out, run(recorded, out)


def test_the_same_recording_gives_the_same_picture(recorded, replayed, tmp_path):
    _, first = replayed
    second = run(recorded, tmp_path / "again")
    assert len(first["picture_sha256"]) == 64
    assert {k: v for k, v in first.items() if k not in VARIES} == {
        k: v for k, v in second.items() if k not in VARIES
    }


def test_the_summary_is_what_was_written(replayed):
    out, summary = replayed
    assert json.loads((out / "summary.json").read_bytes()) == summary
    assert summary["observations"] > 500
    assert summary["tracks"] > 5
    assert summary["quarantined"] == sum(summary["quarantined_by_reason"].values())
    assert summary["recorded_s"] == pytest.approx(20.0, abs=1.5)
    points = query(out, "SELECT count(*), count(DISTINCT track_id) FROM track_point")
    assert points == [(summary["track_points"], summary["tracks"])]


def test_replaying_into_a_used_folder_begins_anew(recorded, replayed, tmp_path):
    out, summary = replayed
    folder = tmp_path / "twice"
    run(recorded, folder)
    again = run(recorded, folder)
    assert again["picture_sha256"] == summary["picture_sha256"]
    assert query(folder, "SELECT count(*) FROM track_point") == query(out, "SELECT count(*) FROM track_point")


def test_points_are_sound(replayed):
    out, _ = replayed
    bad = query(
        out,
        """SELECT count(*) FROM track_point WHERE NOT (isfinite(lat_deg) AND isfinite(lon_deg)
           AND lat_deg BETWEEN 49 AND 53 AND lon_deg BETWEEN 1 AND 8 AND existence BETWEEN 0 AND 1
           AND isfinite(v_east_mps) AND isfinite(sd_major_m) AND sd_major_m >= sd_minor_m)""",
    )
    assert bad == [(0,)]
    # A late plot may change a track again at the same time; the same news is never told twice.
    doubled = query(
        out,
        """SELECT count(*) FROM (SELECT 1 FROM track_point GROUP BY time_ns, track_id, heard_ns, status
           HAVING count(*) > 1 AND count(DISTINCT lat_deg) < count(*))""",
    )
    assert doubled == [(0,)]


def test_the_journal_is_the_live_run_again(recorded, replayed, tmp_path):
    """Frames one by one with a timer every 40 ms, as a live node does it, give the same picture."""
    config = configuration.load(recorded / "node.toml")
    zones = configuration.load_zone_files(config, recorded)
    ingest = Ingest(config.sensors())
    sector = Sector(
        config.origin,
        zones,
        config.tracker,
        config.identify_settings(),
        config.watch,
        rules=built_in(),
        surface=configuration.load_surface_file(config, recorded),
    )
    recorder = Recorder(tmp_path)
    clock_ns = None
    for heard in open_all([recorded], 0, Trouble({})):
        clock_ns = heard.heard_ns if clock_ns is None else clock_ns
        batches = []
        while clock_ns + 40_000_000 < heard.heard_ns:
            clock_ns += 40_000_000
            batches += ingest.advance(clock_ns)
        batches += ingest.receive(heard.options, heard.format, heard.connection, heard.heard_ns, heard.data)[
            0
        ]
        for batch in batches:
            recorder.take(sector.step(batch))
    for batch in ingest.finish():
        recorder.take(sector.step(batch))
    recorder.close()
    assert recorder.sums["picture_sha256"] == replayed[1]["picture_sha256"]


@pytest.fixture(scope="module")
def smoothed(recorded, tmp_path_factory):
    out = tmp_path_factory.mktemp("smoothed")
    return out, run(recorded, out, smooth=True)


def test_smoothing_changes_nothing_of_the_picture(recorded, replayed, smoothed, tmp_path):
    """Nor does the same recording give other bytes when it is smoothed again."""
    plain, out = replayed[1], smoothed[1]
    assert {k: v for k, v in out.items() if not k.startswith("smoothed") and k not in VARIES} == {
        k: v for k, v in plain.items() if k not in VARIES
    }
    again = run(recorded, tmp_path, smooth=True)
    assert again["smoothed_sha256"] == out["smoothed_sha256"]
    columns = "SELECT * FROM smoothed_point ORDER BY ALL"
    assert query(tmp_path, columns) == query(smoothed[0], columns)
    assert query(replayed[0], columns) == []


def test_every_track_that_was_shown_is_smoothed(smoothed):
    out, summary = smoothed
    shown = query(out, "SELECT DISTINCT track_id FROM track_point ORDER BY 1")
    assert query(out, "SELECT DISTINCT track_id FROM smoothed_point ORDER BY 1") == shown
    assert (summary["smoothed_tracks"], summary["smoothed_without_plots"]) == (len(shown), 0)
    assert query(out, "SELECT count(*) FROM smoothed_point") == [(summary["smoothed_points"],)]
    twice = (
        "SELECT count(*) FROM (SELECT 1 FROM smoothed_point GROUP BY track_id, time_ns HAVING count(*) > 1)"
    )
    assert query(out, twice) == [(0,)]
    bad = query(
        out,
        """SELECT count(*) FROM smoothed_point WHERE NOT (isfinite(lat_deg) AND isfinite(lon_deg)
           AND lat_deg BETWEEN 49 AND 53 AND lon_deg BETWEEN 1 AND 8 AND isfinite(v_east_mps)
           AND isfinite(speed_sd_mps) AND sd_major_m >= sd_minor_m AND time_ns % 1000000000 = 0
           AND (alt_m IS NULL) = (alt_sd_m IS NULL) AND (alt_m IS NULL) = (v_up_sd_mps IS NULL))""",
    )
    assert bad == [(0,)]
    # Every second in which a track was shown has its counterpart.
    lost = query(
        out,
        """SELECT count(*) FROM track_point t ANTI JOIN smoothed_point s USING (track_id, time_ns)
           WHERE t.time_ns % 1000000000 = 0 AND t.status != 'ended'""",
    )
    assert lost == [(0,)]


def test_smoothed_is_nearer_to_the_truth(recorded, smoothed):
    picture, truth = smoothed[0] / "picture.duckdb", recorded / "truth.csv"
    shown, after = score(picture, truth), score(picture, truth, smoothed=True)
    assert after.gospa_localisation_m < 0.8 * shown.gospa_localisation_m
    assert after.gospa_m < shown.gospa_m
    by_class = {c.class_name: c.position_rmse_m for c in after.classes}
    for one in shown.classes:
        assert by_class[one.class_name] < one.position_rmse_m, one.class_name
    with pytest.raises(VedetteError, match="replay with --smooth"):
        score(_empty(smoothed[0].parent), truth, smoothed=True)


def _empty(folder):
    """A picture in which nothing was smoothed."""
    path = folder / "empty.duckdb"
    History(path).close()
    return path


def test_every_frame_of_the_journal_is_read_once(recorded):
    journal = sum(1 for f in read_journal(recorded / "journal", lambda _: None) if f.kind == "data")
    trouble = Trouble({})
    heard = [h for h in open_all([recorded / "journal"], 0, trouble) if not h.closed]
    assert len(heard) == journal
    assert trouble.counts == {}
    times = [h.heard_ns for h in heard]
    assert times == sorted(times)


def test_hidden_claims_are_not_used(recorded, replayed, tmp_path):
    """No name and no position that a target told: what ADS-B and Remote ID alone saw is not there."""
    _, open_run = replayed
    hidden = run(recorded, tmp_path, claims=False)
    assert hidden["hidden_claims"] > 50
    assert hidden["observations"] == open_run["observations"] - hidden["hidden_claims"]
    assert hidden["records"] == open_run["records"]
    assert hidden["picture_sha256"] != open_run["picture_sha256"]
    told = query(tmp_path, "SELECT count(*) FROM identity WHERE claims NOT IN ('', '[]')")
    assert told == [(0,)]
    labels = query(
        tmp_path, "SELECT DISTINCT label FROM identity WHERE NOT regexp_matches(label, '^T[0-9]+$')"
    )
    assert labels == []
    seen_by = {s for (names,) in query(tmp_path, "SELECT sensors FROM identity") for s in names}
    self_reporting = {
        name for name, card in open_run["sensors"].items() if card["source"].startswith(("adsb", "remoteid"))
    }
    assert self_reporting
    assert not seen_by & self_reporting


def test_a_damaged_journal_is_replayed_as_far_as_it_goes(recorded, tmp_path):
    """Cut in the middle: told, and the picture is that of the part that is left."""
    folder = tmp_path / "damaged"
    (folder / "journal").mkdir(parents=True)
    for name in ("node.toml", "zones.json", "surface.json"):
        (folder / name).write_bytes((recorded / name).read_bytes())
    for part in sorted((recorded / "journal").iterdir()):
        data = part.read_bytes()
        (folder / "journal" / part.name).write_bytes(data[: len(data) // 2])
    summary = run(folder, tmp_path / "out")
    assert summary["tracks"] > 0
    assert (
        sum(n for reason, n in summary["quarantined_by_reason"].items() if reason.startswith("journal")) >= 1
    )


def test_several_recordings_are_merged_by_time(recorded, tmp_path):
    """The same journal twice is every frame twice, in the order of the clock."""
    heard = list(open_all([recorded, recorded], 0, Trouble({})))
    times = [h.heard_ns for h in heard]
    assert times == sorted(times)
    assert len(times) == 2 * len(list(open_all([recorded], 0, Trouble({}))))


HEX = "8D4840D6202CC371C32CE0576098"
DAMAGED = {
    "offset_null.json": '{"icao":"44a8b2","timestamp":1.6e9,"trace":[[null,50.0,4.0,1000]]}',
    "row_number.json": '{"icao":"44a8b2","timestamp":1.6e9,"trace":[5]}',
    "row_empty.json": '{"icao":"44a8b2","timestamp":1.6e9,"trace":[[]]}',
    "timestamp_ns.json": '{"icao":"44a8b2","timestamp":1.6e18,"trace":[[0,50.0,4.0,1000]]}',
    "timestamp_big.json": '{"icao":"44a8b2","timestamp":1e300,"trace":[[0,50.0,4.0,1000]]}',
    "now_ms.json": '{"now":1.6e12,"aircraft":[{"hex":"44a8b2","lat":50,"lon":4,"seen":0,"seen_pos":0}]}',
    "now_big.json": '{"now":1e300,"aircraft":[{"hex":"44a8b2","lat":50,"lon":4}]}',
    "now_negative.json": '{"now":-5,"aircraft":[{"hex":"44a8b2","lat":50,"lon":4}]}',
    "huge.json": '{"now":1.6e9,"aircraft":[{"hex":"44a8b2","lat":50,"lon":4,"alt_geom":1e300,"gs":1e300}]}',
    "off_the_earth.json": '{"now":1.6e9,"aircraft":[{"hex":"44a8b2","lat":999,"lon":4e10,"seen_pos":1e300}]}',
    "text.json": "hello",
    "empty.json": "",
    "list.json": "[]",
    "far.csv": f"1e15,{HEX}\n1600000000.0,{HEX}\n",
    "no_time.csv": f"inf,{HEX}\nnan,{HEX}\n-5,{HEX}\n,\n\n,,,",
    "backwards.csv": f"1600000100.0,{HEX}\n1600000000.0,{HEX}\n",
    "empty.ast": b"",
    "garbage.ast": bytes(range(256)) * 40,
    "short.ast": b"\x30\x00",
    "empty.bin": b"",
    "garbage.bin": b"\x1a" * 999 + bytes(range(256)),
    "half.bin": b"\x1a3" + bytes(5),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_recording_does_not_stop_a_replay(name, tmp_path):
    data = DAMAGED[name]
    (tmp_path / name).write_bytes(data if isinstance(data, bytes) else data.encode())
    summary = run(tmp_path / name, tmp_path / "out")
    assert summary["tracks"] == 0
    assert query(tmp_path / "out", "SELECT count(*) FROM track_point") == [(0,)]


def test_a_good_line_after_a_bad_clock_keeps_its_own_time(tmp_path):
    """One line with the time in nanoseconds must not pull all that follow it into the future."""
    path = tmp_path / "lines.csv"
    path.write_text(f"1600000000.0,{HEX}\n1.6e18,{HEX}\n1600000001.0,{HEX}\n")
    times = [h.heard_ns // NS_PER_S for h in open_all([path], 0, Trouble({}))]
    assert max(times) <= 1_600_000_001


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.pcap", b""),
        ("y.pcap", bytes(range(99))),
        ("z.pcapng", b"\n\r\r\n" + b"\xff" * 99),
        ("what.txt", b"hello"),
    ],
)
def test_what_is_no_recording_is_told_in_one_line(name, data, tmp_path):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FeedError) as caught:
        run(tmp_path / name, tmp_path / "out")
    assert name in str(caught.value)
    assert "expected" in str(caught.value)


def test_what_is_not_there_is_told(tmp_path):
    with pytest.raises(FeedError, match="no such file"):
        run(tmp_path / "gone.pcap", tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(FeedError, match="it has none"):
        run(tmp_path / "empty", tmp_path / "out")


def test_an_output_that_cannot_be_written_is_told(recorded, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(VedetteError):
        run(recorded, tmp_path / "file" / "out")


def test_speed_waits_for_the_clock(recorded, tmp_path):
    """At ten times real time, twenty seconds ask for two seconds of sleep; nobody sleeps here."""
    clock, slept = [0.0], []

    def sleep(seconds):
        slept.append(seconds)
        clock[0] += seconds

    options = ReplayOptions([recorded], tmp_path, speed=10.0)
    replay(options, quiet, now_s=lambda: clock[0], sleep=sleep)
    assert sum(slept) == pytest.approx(2.0, abs=0.2)


# From here on with recordings beside the repository.

RADAR = (41.300702, 2.102058, 76.0)
TURN_NS = 4 * NS_PER_S


def plots_by_address(path):
    """(time, slant range, azimuth, height) of every plot with an address, decoded block by block."""
    decoder, plots = AsterixDecoder("oracle"), {}
    for block in split_blocks(path.read_bytes()):
        intake = Intake()
        decoder.receive(block, DAY_NS + round((peek_time_s(block) or 0.0) * NS_PER_S), intake)
        for row in intake.rows():
            claim = intake.claims[int(row["claim"]) - 1] if row["claim"] else None
            if claim is not None and claim.scheme == "icao24":
                plots.setdefault(claim.ident, []).append(
                    (
                        int(row["valid_ns"]),
                        float(row["range_m"]),
                        float(row["azimuth_deg"]),
                        float(row["baro_alt_m"]),
                    )
                )
    return plots


def plotted(slant_m, azimuth_deg, height_m):
    """East and north of a plot at the radar, by plane geometry."""
    up = 0.0 if math.isnan(height_m) else height_m - RADAR[2]
    ground = math.sqrt(max(slant_m**2 - up**2, 0.0))
    return ground * math.sin(math.radians(azimuth_deg)), ground * math.cos(math.radians(azimuth_deg))


@pytest.mark.slow
def test_real_radar_without_claims_keeps_a_track_on_every_aircraft(shared_data, tmp_path):
    """At least 97 % of aircraft seen in ten turns or more are tracked in 90 % of these, within 500 m.

    Eight minutes; `./vedette bench radar` scores the whole recording.
    """
    whole = shared_data / "asterix_radar_barcelona" / "cat048_first20min.ast"
    path = tmp_path / "cat048.ast"
    path.write_bytes(b"".join(islice(split_blocks(whole.read_bytes()), 5_600)))
    summary = run(path, tmp_path, claims=False, midnight_ns=DAY_NS)
    assert summary["records"] == {"asterix.048": 5_600}
    assert summary["quarantined"] == 0
    assert query(tmp_path, "SELECT count(*) FROM identity WHERE claims NOT IN ('', '[]')") == [(0,)]
    with duckdb.connect(str(tmp_path / "picture.duckdb"), read_only=True) as history:
        points = history.execute(
            "SELECT time_ns, lat_deg, lon_deg, coalesce(alt_m, 0) AS height_m, v_east_mps, v_north_mps "
            "FROM track_point WHERE status != 'ended' ORDER BY time_ns"
        ).fetchnumpy()
    times = np.asarray(points["time_ns"])
    place = enu_from_geodetic(
        np.array(RADAR), *(np.asarray(points[c], float) for c in ("lat_deg", "lon_deg", "height_m"))
    )[:, :2]
    velocity = np.stack([np.asarray(points[c], float) for c in ("v_east_mps", "v_north_mps")], axis=1)
    kept, errors = [], []
    for plots in plots_by_address(path).values():
        turns = {t // TURN_NS: (t, r, az, h) for t, r, az, h in plots}
        if len(turns) < 10:
            continue
        tracked = 0
        for t, slant, azimuth, height in turns.values():
            i, j = np.searchsorted(times, [t - TURN_NS, t + TURN_NS])
            there = place[i:j] + velocity[i:j] * ((t - times[i:j]) / NS_PER_S)[:, None]
            away = np.hypot(*(there - plotted(slant, azimuth, height)).T).min(initial=math.inf)
            tracked += bool(away < 500.0)
            errors.append(min(float(away), 1e6))
        kept.append(tracked / len(turns))
    assert len(kept) > 40
    assert np.mean(np.array(kept) >= 0.9) >= 0.97
    assert np.median(errors) < 120.0
    # Not by covering the sky with tracks: fewer points a second than there were aircraft in all.
    points_a_second = len(times) / (np.ptp(times) / NS_PER_S)
    assert points_a_second < 1.5 * len(kept)


@pytest.mark.parametrize(
    ("name", "frames", "packs", "positions", "refused"),
    [
        # 30 frames of this capture fail their own checksum, and the drone never had a position.
        ("odid_bt5_lr_sample.pcapng", 274, 244, 0, {"crc": 30}),
        ("odid_wifi_bcn_sample.pcap", 21, 21, 21, {}),
    ],
)
def test_real_remote_id_captures_lose_and_invent_nothing(
    shared_data, tmp_path, name, frames, packs, positions, refused
):
    path = shared_data / "remote_id" / name
    assert sum(1 for _ in open_all([path], 0, Trouble({}))) == frames
    summary = run(path, tmp_path)
    assert summary["quarantined_by_reason"] == refused
    assert summary["records"]["remoteid.pack"] == packs
    assert summary["observations"] == positions
    assert (summary["tracks"] > 0) == (positions > 0), "and none at 0, 0 without a position"


SURFACE = """
[[sensor]]
id = "MLAT"
source = "asterix:0/107"
modality = "mlat"
scan = "event"
lat_deg = 41.297063
lon_deg = 2.078447
alt_m = 53.0

[[sensor]]
id = "SMR"
source = "asterix:0/7"
scan = "rotating"
period_s = 1.0
lat_deg = 41.295618
lon_deg = 2.095114
alt_m = 60.0
"""


@pytest.mark.parametrize("name", ["201002-lebl-080001_mlat.ast", "201002-lebl-080001_smr.ast"])
def test_real_surface_data_lose_and_invent_nothing(shared_data, tmp_path, name):
    """The first 60 kB: each record is counted once, each target report observed once, none refused."""
    data = (shared_data / "asterix_surface_barcelona" / name).read_bytes()[:60_000]
    end = blocks = 0
    while (after := end + int.from_bytes(data[end + 1 : end + 3], "big")) <= len(data) and after > end:
        end, blocks = after, blocks + 1
    path = tmp_path / name
    path.write_bytes(data[:end])
    intake = Intake()
    AsterixDecoder("oracle", DAY_NS).receive(data[:end], DAY_NS, intake)
    (tmp_path / "surface.toml").write_text(SURFACE)
    summary = run(path, tmp_path / "out", midnight_ns=DAY_NS, config=tmp_path / "surface.toml")
    assert blocks > 300
    assert sum(intake.records.values()) >= blocks
    assert summary["records"] == {"asterix.010": sum(intake.records.values())}
    assert summary["observations"] == len(intake)
    assert summary["quarantined"] == 0
    assert sum(summary["not_used"].values()) == 0
    assert summary["tracks"] > 3


def test_pictures_of_two_recordings_differ(replayed, recorded, tmp_path):
    other = tmp_path / "other"
    simulate("brussels", other, seconds=5, seed=4, say=quiet)
    assert run(other, tmp_path / "out")["picture_sha256"] != replayed[1]["picture_sha256"]
    empty = hashlib.sha256().hexdigest()
    assert replayed[1]["picture_sha256"] != empty
