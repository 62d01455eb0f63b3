"""The tracking benches: their scenes are what they are defined to be, and their marks add up."""

import dataclasses
import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.app.bench import airspace_cv, association, clutter, peers, radar
from vedette.app.bench.airspace_cv import AirspaceCv
from vedette.app.bench.knowing import Knowing
from vedette.app.bench.report import measure, table
from vedette.app.bench.scoring import Tally, Truth
from vedette.app.bench.tracking import START_NS, Reported, Scan
from vedette.app.cli import main
from vedette.core.errors import FeedError, VedetteError
from vedette.core.units import FT_M, NM_M, NS_PER_S
from vedette.wire.asterix import Cat048, encode_block

# Marks


def truth(*places, ids=None, time_ns=None):
    at = np.array(places, np.float64).reshape(-1, 2)
    return Truth(np.arange(len(at)) if ids is None else np.array(ids), at, time_ns)


def reported(*places, ids, velocity=(0.0, 0.0), time_ns=0):
    at = np.array(places, np.float64).reshape(-1, 2)
    k = len(at)
    return Reported(np.array(ids), at, np.tile(velocity, (k, 1)), np.full(k, time_ns))


def test_marks_add_up_and_the_first_scans_do_not_count():
    tally = Tally("x", cutoff_m=10.0, score_from=1)
    tally.mark(0, truth((0, 0)), reported((500, 0), ids=[1]), 9.0)
    tally.mark(1, truth((0, 0), (50, 0)), reported((3, 0), (100, 0), (200, 0), ids=[1, 2, 3]), 0.002)
    tally.mark(2, truth((0, 0)), reported((4, 0), ids=[1]), 0.004)
    figures = tally.figures()
    assert (figures.scans, figures.scored_scans) == (3, 2)
    assert figures.gospa_rms_m == pytest.approx(math.sqrt((9 + 50 + 100 + 16) / 2))
    assert figures.gospa_m == figures.gospa_mean_m == pytest.approx((math.sqrt(159) + 4) / 2)
    parts = figures.localisation_m**2 + figures.missed_m**2 + figures.false_m**2
    assert figures.gospa_rms_m**2 == pytest.approx(parts)
    assert dataclasses.replace(tally, rms=True).figures().gospa_m == figures.gospa_rms_m
    assert (figures.missed_a_scan, figures.false_a_scan) == (0.5, 1.0)
    assert figures.targets_a_scan == 1.5
    assert figures.cpu_ms_a_scan == pytest.approx(3.0)  # without the first, which compiles
    assert tally.figures(until=2).gospa_m == pytest.approx(math.sqrt(159))


def test_a_switch_is_another_track_than_the_last_one_however_long_ago():
    tally = Tally("x", cutoff_m=10.0, score_from=1)
    for k, tracks in enumerate(([7, 8], [7, 9], [9], [], [7, 9], [9, 7])):
        # target 0 stands at 0 and takes the first, target 1 at 100 and takes the second
        places = [(0, 0), (100, 0)][: len(tracks)]
        tally.mark(k, truth((0, 0), (100, 0)), reported(*places, ids=tracks), 0.0)
    # scan 1: 1 goes 8 to 9; scan 2: 0 goes 7 to 9; scan 4: 0 goes 9 to 7; scan 5: both
    assert tally.figures().switches == 5
    assert tally.figures().switches_per_100_target_scans == pytest.approx(100 * 5 / 10)
    tally.begin_run()
    tally.mark(6, truth((0, 0)), reported((0, 0), ids=[55]), 0.0)
    assert tally.figures().switches == 5  # a new run has new numbers


def test_a_switch_before_the_first_scored_scan_does_not_count_but_is_remembered():
    tally = Tally("x", cutoff_m=10.0, score_from=2)
    for k, track in enumerate((1, 2, 2)):
        tally.mark(k, truth((0, 0)), reported((0, 0), ids=[track]), 0.0)
    assert tally.figures().switches == 0


def test_tracks_are_carried_to_the_time_of_the_truth_where_it_has_one():
    tracks = reported((0, 0), ids=[1], velocity=(10.0, 0.0), time_ns=START_NS)
    later = np.array([START_NS + 3 * NS_PER_S])
    still, carried = Tally("x", 100.0, 0), Tally("x", 100.0, 0)
    still.mark(0, truth((30, 4)), tracks, 0.0)
    carried.mark(0, truth((30, 4), time_ns=later), tracks, 0.0)
    assert still.figures().gospa_m == pytest.approx(math.hypot(30, 4))
    assert carried.figures().gospa_m == pytest.approx(4.0)


# AIRSPACE-CV


def test_a_scene_is_its_seed_and_a_shorter_one_is_its_beginning():
    def plots(seed, scans):
        scene = AirspaceCv(n=20, density=0.5, seed=seed, scans=scans)
        return [scan.plots_m for scan, _ in airspace_cv.play(scene)]

    long, short = plots(3, 12), plots(3, 7)
    assert all(np.array_equal(a, b) for a, b in zip(long, short, strict=False))
    assert len(short) == 7
    assert not np.array_equal(plots(4, 1)[0], long[0])


def test_the_scene_has_the_statistics_of_its_definition():
    scene = AirspaceCv(n=2000, density=0.25, seed=1, scans=20)
    assert scene.side_m == pytest.approx(math.sqrt(2000 / 0.25) * 1000)
    before = None
    seen = targets = false = born = died = 0
    errors, kicks = [], []
    for scan, now, whose in airspace_cv.play_known(scene):
        mine = whose >= 0
        seen, false, targets = seen + mine.sum(), false + (~mine).sum(), targets + len(now.ids)
        errors.append(scan.plots_m[mine] - now.places_m[whose[mine]])
        assert ((now.places_m >= 0) & (now.places_m <= scene.side_m)).all()
        if before is not None:
            born += len(np.setdiff1d(now.ids, before.ids))
            died += len(np.setdiff1d(before.ids, now.ids))
        before = now
    assert seen / targets == pytest.approx(0.9, abs=0.01)
    assert false / 20 == pytest.approx(2000, rel=0.02)
    assert np.concatenate(errors).std(axis=0) == pytest.approx([20.0, 20.0], rel=0.02)
    assert born / 19 == pytest.approx(10.0, rel=0.2)
    assert 10.0 < died / 19 < 14.0  # 10 by survival, the rest over the edge
    # Second differences of a place with white acceleration of 1 m²/s³: variance 2 * 1/3 + 2 * 1/6 + ...
    tracks = {}
    for _, now in airspace_cv.play(scene):
        for ident, place in zip(now.ids.tolist(), now.places_m, strict=True):
            tracks.setdefault(ident, []).append(place)
    kicks = np.concatenate([np.diff(path, 2, axis=0) for path in tracks.values() if len(path) > 2])
    assert kicks.var() == pytest.approx(2.0 / 3.0, rel=0.03)
    speeds = np.array([np.hypot(*(path[1] - path[0])) for path in tracks.values() if len(path) > 1])
    assert speeds.mean() == pytest.approx(17.5, rel=0.05)


def test_filters_that_know_are_better_than_plots_and_never_false():
    scene = AirspaceCv(n=100, density=0.25, seed=2, scans=30)
    tally = Tally("bound", airspace_cv.CUTOFF_M, airspace_cv.SCORE_FROM)
    airspace_cv.bound(scene, tally)
    figures = tally.figures()
    each_m = figures.localisation_m / math.sqrt(figures.targets_a_scan)
    assert 14.0 < each_m < 20.0  # a plot has 28.3, the steady state of the filter 14.9
    assert figures.false_a_scan < 0.1
    assert figures.switches == 0


def test_a_filter_that_knows_is_the_textbook_filter():
    F, Q = np.array([[1.0, 1.0], [0.0, 1.0]]), np.array([[1 / 3, 0.5], [0.5, 1.0]])
    rng = np.random.default_rng(5)
    knowing = Knowing(F, Q, 20.0, 13.0)
    m, P = None, np.diag([400.0, 169.0])
    for k in range(12):
        z = rng.normal(0, 50, 2)
        seen = k == 0 or rng.random() < 0.7
        scan = Scan(k, z[None, :] if seen else np.zeros((0, 2)), np.full(int(seen), k))
        out = knowing.step(scan, truth((0, 0)), np.zeros(int(seen), np.int64))
        if m is None:
            m = np.array([[z[0], 0.0], [z[1], 0.0]])
        else:
            m, P = m @ F.T, F @ P @ F.T + Q
            if seen:
                gain = P[:, 0] / (P[0, 0] + 400.0)
                m = m + (z - m[:, 0])[:, None] * gain
                P = P - np.outer(gain, P[0])
        assert out.places_m[0] == pytest.approx(m[:, 0])
        assert out.velocity_mps[0] == pytest.approx(m[:, 1])


def test_the_tracker_finds_targets_where_they_are():
    scene = AirspaceCv(n=4, density=0.05, seed=1, scans=25)
    summary = measure(airspace_cv.bench(scene), lambda _: None)
    assert summary["missed_a_scan"] < 1.5
    assert summary["localisation_m"] < 2.0 * math.sqrt(4) * 20.0
    assert summary["bound"]["gospa_m"] <= summary["gospa_m"]
    assert "Vedette" in table(summary)
    assert json.loads(json.dumps(summary))["seed"] == 1


# Association


def meeting(tmp_path, **change):
    scans, runs = 5, 3
    rng = np.random.default_rng(1)
    held = {
        "truth": np.tile(np.array([[10.0, 1, 20, 0], [50, 0, 60, 1]]), (scans, 1, 1)),
        "birth": np.array([1, 2]),
        "death": np.array([4, 6]),
        "z": rng.uniform(0, 300, (4 * scans * runs, 2)),
        "offset": np.arange(scans * runs + 1) * 4,
        "pd": 0.9,
        "lc": 10,
        **change,
    }
    path = tmp_path / "runs.npz"
    np.savez(path, **{name: value for name, value in held.items() if value is not None})
    return path


def test_runs_are_read_scan_by_scan(tmp_path):
    held = association.load(meeting(tmp_path))
    assert (held.scans, held.runs) == (5, 3)
    scans = list(association.play(held, 1))
    assert [now.ids.tolist() for _, now in scans] == [[0], [0, 1], [0, 1], [1], [1]]
    assert scans[1][1].places_m.tolist() == [[10.0, 20.0], [50.0, 60.0]]
    assert np.array_equal(scans[2][0].plots_m, held.z[28:32])


def test_plots_made_anew_keep_the_truth_and_follow_the_seed(tmp_path):
    held = association.load(meeting(tmp_path))
    many = association.vary(held, 0.5, 40.0, 200, 7)
    assert (many.runs, many.pd, many.lc) == (200, 0.5, 40.0)
    counts = np.diff(many.offset)
    # 8 target-scans a run of 5 scans, half of them seen
    assert counts.mean() == pytest.approx(40.0 + 0.5 * 8 / 5, rel=0.02)
    same, other = association.vary(held, 0.5, 40.0, 1, 7), association.vary(held, 0.5, 40.0, 1, 8)
    assert np.array_equal(same.z, many.z[: many.offset[5]])
    assert not np.array_equal(same.z[:3], other.z[:3])
    sure = association.vary(held, 1.0, 1e-9, 300, 1)
    for scan, now in itertools.chain.from_iterable(association.play(sure, r) for r in range(50)):
        assert len(scan.plots_m) == len(now.ids)
        off = np.linalg.norm(scan.plots_m[:, None] - now.places_m[None], axis=2).min(axis=1)
        assert (off < 6.0).all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"z": None}, "no z"),
        ({"truth": np.zeros((5, 2))}, "shape"),
        ({"birth": np.array([1])}, "birth"),
        ({"offset": np.array([0, 5, 4])}, "offset"),
        ({"z": np.array([["a", "b"]])}, "numbers"),
        ({"pd": np.array([0.5, 0.6])}, "numbers"),
    ],
)
def test_a_strange_file_of_runs_is_refused_by_name(tmp_path, change, words):
    with pytest.raises(FeedError, match=words):
        association.load(meeting(tmp_path, **change))


def test_another_kind_of_file_is_refused(tmp_path):
    path = tmp_path / "one.npy"
    np.save(path, np.zeros(3))
    with pytest.raises(FeedError, match=r"expected an \.npz file"):
        association.load(path)
    path.write_text("hello")
    with pytest.raises(FeedError, match=r"expected an \.npz file"):
        association.load(path)


# Radar

SPINS = 30
_LEVEL_M = 100 * 100 * FT_M


def aircraft(ident, turn, time_s, range_m, azimuth_deg, level_m=None):
    return Cat048(
        sac=1,
        sic=2,
        time_s=time_s,
        kind=5,
        range_m=range_m,
        azimuth_deg=azimuth_deg,
        icao24=ident,
        callsign="SECRET1" if ident else None,
        track_number=77 if ident else 5,
        squawk="1234",
        squawk_validated=True,
        squawk_garbled=False,
        baro_alt_m=level_m,
        baro_validated=None if level_m is None else True,
        baro_garbled=None if level_m is None else False,
    )


def recording(tmp_path, name="radar.ast"):
    """Thirty turns of 5 s: four with addresses, one of them circling near north, and one without."""
    records = []
    for turn in range(SPINS):
        # The radar sends what lies near north a little out of order: the later turn's plot first.
        for ident, base_deg, level in (
            ("4CA001", 359.2 if turn % 2 else 0.4, None),
            ("4CA002", 90.0 + turn * 0.1, _LEVEL_M),
            ("4CA003", 200.0, 0.0),
            ("4CA004", 270.0, None),
            (None, 300.0, None),
        ):
            at_s = 36000.0 + 5.0 * (turn + base_deg / 360.0)
            range_m = 20_000.0 + 500.0 * turn if level else 15_000.0
            records.append((turn, base_deg, aircraft(ident, turn, at_s, range_m, base_deg, level)))
    order = sorted(range(len(records)), key=lambda i: records[i][0] + records[i][1] / 360.0)
    for i in range(1, len(order) - 1):  # swap neighbours that the beam met within 0.1 s
        a, b = records[order[i]], records[order[i + 1]]
        if 0.0 < b[2].time_s - a[2].time_s < 0.1:
            order[i], order[i + 1] = order[i + 1], order[i]
    path = tmp_path / name
    path.write_bytes(b"".join(encode_block(48, [records[i][2]]) for i in order))
    return path


def test_turns_are_cut_where_the_beam_passes_north(tmp_path):
    held = radar.load(recording(tmp_path))
    assert held.period_s == pytest.approx(5.0, abs=0.05)
    assert held.turns == SPINS
    assert np.bincount(held.turn).tolist() == [5] * SPINS


def test_a_recording_that_pauses_keeps_its_turns(tmp_path):
    path = recording(tmp_path)
    held = radar.load(path)
    kept = (held.turn < 5) | (held.turn > 8)
    turn = radar._turns(held.rows[kept], held.period_s)
    assert np.array_equal(turn, held.turn[kept])
    paused = dataclasses.replace(
        held, rows=held.rows[kept], address=held.address[kept], plots_m=held.plots_m[kept], turn=turn
    )
    scans = [scan for scan, _ in radar.play(paused, SPINS)]
    assert [len(scan.plots_m) for scan in scans[4:10]] == [5, 0, 0, 0, 0, 5]
    assert np.diff([scan.end_ns for scan in scans]) / NS_PER_S == pytest.approx(5.0, abs=0.2)


def test_nothing_tells_the_tracker_who_is_who(tmp_path):
    held = radar.load(recording(tmp_path))
    for scan, _ in radar.play(held, SPINS):
        assert (scan.rows["claim"] == 0).all()
        assert np.isnan(scan.rows["class_likelihood"]).all()
        assert (np.diff(scan.rows["valid_ns"]) >= 0).all()
        assert (scan.rows["valid_ns"] <= scan.end_ns).all()
    assert sorted(np.unique(held.address).tolist()) == [-1, 0, 1, 2, 3]


def test_the_truth_is_every_address_where_it_was_plotted(tmp_path):
    held = radar.load(recording(tmp_path))
    scans = list(radar.play(held, 10))
    assert len(scans) == 10
    for k, (scan, now) in enumerate(scans):
        assert sorted(now.ids.tolist()) == [0, 1, 2, 3]
        assert len(scan.plots_m) == 5
        away = np.hypot(*now.places_m.T)
        flying = np.argmax(away)
        assert away[flying] == pytest.approx(math.sqrt((20_000 + 500 * k) ** 2 - _LEVEL_M**2), abs=10.0)
        assert np.degrees(np.arctan2(*now.places_m[flying])) == pytest.approx(90 + 0.1 * k, abs=0.01)


def test_the_hard_variant_drops_and_adds_but_leaves_the_truth(tmp_path):
    held = radar.load(recording(tmp_path))
    plain = list(radar.play(held, SPINS))
    hard = list(radar.play(held, SPINS, hard_seed=3))
    again = list(radar.play(held, SPINS, hard_seed=3))
    real = 0
    for (scan, now), (scan_h, now_h), (scan_a, _) in zip(plain, hard, again, strict=True):
        assert np.array_equal(now.places_m, now_h.places_m)
        assert np.array_equal(scan_h.plots_m, scan_a.plots_m)
        real += len(scan_h.plots_m) - radar.FALSE_A_TURN
        assert (np.hypot(*scan_h.plots_m.T) <= radar.DISC_M).all()
        # False plots have the time at which the beam is there.
        ahead_s = (scan_h.rows["valid_ns"] - scan.end_ns) / NS_PER_S + held.period_s
        assert ahead_s == pytest.approx(scan_h.rows["azimuth_deg"] / 360.0 * held.period_s, abs=0.2)
    assert real / (5 * SPINS) == pytest.approx(0.9, abs=0.06)


@given(st.floats(1e3, 60 * NM_M), st.floats(0, 360), st.floats(0, 13_000), st.booleans())
def test_a_track_lands_where_its_plot_does(range_m, azimuth_deg, level_m, known):
    """Range, azimuth and level to east, north, up by the geometry, and on to the plane of the truth."""
    level_m = min(level_m, 0.9 * range_m)
    up_m = level_m
    for _ in range(20):
        across_m = math.sqrt(range_m**2 - up_m**2)
        up_m = level_m - across_m**2 / (2 * radar.mean_radius_m(50.0))
    azimuth = math.radians(azimuth_deg)
    enu = np.array([[across_m * math.sin(azimuth), across_m * math.cos(azimuth), up_m]])
    flat_m = math.sqrt(range_m**2 - level_m**2) if known else range_m
    place = radar.ground_of_tracks_m(enu, np.array([known]))
    assert place[0] == pytest.approx([flat_m * math.sin(azimuth), flat_m * math.cos(azimuth)], abs=1.0)


def test_the_tracker_follows_the_recording(tmp_path):
    bench = radar.bench(recording(tmp_path), turns=SPINS)
    summary = measure(bench, lambda _: None)
    assert summary["missed_a_scan"] < 0.5
    assert summary["localisation_m"] < 800.0
    assert summary["turns"] == SPINS


def test_a_recording_without_addresses_is_refused(tmp_path):
    path = tmp_path / "few.ast"
    path.write_bytes(encode_block(48, [aircraft("4CA001", 0, 1.0, 1e4, 1.0)]))
    with pytest.raises(FeedError, match="100 plots with Mode S addresses"):
        radar.load(path)
    path.write_bytes(b"no radar at all")
    with pytest.raises(FeedError, match="CAT048"):
        radar.load(path)


def test_the_real_recording_is_cut_as_it_turned(shared_data):
    held = radar.load(shared_data / "asterix_radar_barcelona" / "cat048_first20min.ast")
    assert held.period_s == pytest.approx(4.0, abs=0.05)
    assert 290 < held.turns < 300
    begin_s = np.array([held.rows["valid_ns"][held.turn == k].min() for k in range(held.turns)]) / 1e9
    assert np.diff(begin_s[1:]) == pytest.approx(4.0, abs=0.9)
    pairs = list(zip(held.turn.tolist(), held.address.tolist(), strict=True))
    named = [pair for pair in pairs if pair[1] >= 0]
    assert len(named) - len(set(named)) < 10  # an address comes once a turn


# Peers and commands


def test_stone_soup_follows_the_same_scans():
    pytest.importorskip("stonesoup")
    scene = AirspaceCv(n=4, density=0.05, seed=1, scans=14)
    summary = measure(airspace_cv.bench(scene, peers=True, peer_scans=13), lambda _: None)
    assert [peer["settings"]["association"] for peer in summary["peers"]] == ["nn", "jpda"]
    for peer in summary["peers"]:
        assert peer["scans"] == peer["ours"]["scans"] == 13
        assert peer["missed_a_scan"] < 2.0
        assert peer["ratio"]["cpu"] > 1.0


def test_without_stone_soup_the_command_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(peers.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(VedetteError, match="pip install stonesoup"):
        peers.require()
    assert main(["bench", "airspace-cv", "--n", "2", "--scans", "2", "--peers"]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "stonesoup==" in said[0]


def test_bench_lists_what_there_is(capsys):
    assert main(["bench"]) == 0
    out = capsys.readouterr().out
    for name in ("pipeline", "airspace-cv", "association", "radar"):
        assert f"./vedette bench {name}" in out


def test_a_bench_prints_one_line_of_json(capsys):
    assert main(["bench", "airspace-cv", "--n", "3", "--scans", "12", "--seed", "2", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"gospa_m", "localisation_m", "missed_m", "false_m", "cpu_ms_a_scan", "seed", "settings"} <= set(
        summary
    )
    assert summary["scored_scans"] == 2


@pytest.mark.parametrize("command", [("association", "none.npz"), ("radar", "none.ast")])
def test_a_missing_file_is_one_line(command, tmp_path, capsys):
    assert main(["bench", command[0], str(tmp_path / command[1])]) == 1
    said = capsys.readouterr().err.strip().splitlines()
    assert len(said) == 1
    assert "expected" in said[0]
    assert command[1] in said[0]


@pytest.mark.parametrize(
    "options",
    [("airspace-cv", "--n", "0"), ("airspace-cv", "--seed", "-1"), ("association", "f", "--pd", "2")],
)
def test_wrong_numbers_are_wrong_usage(options, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["bench", *options])
    assert stopped.value.code == 2
    assert "expected a" in capsys.readouterr().err


# Clutter in a patch


def test_the_patch_is_in_the_middle_and_the_rest_is_the_scene():
    scene = AirspaceCv(n=10, density=0.25, seed=4, scans=6)
    plain = [scan for scan, _ in airspace_cv.play(scene)]
    patched = [scan for scan, _ in clutter.with_patch(scene, 40, 500.0)]
    again = [scan for scan, _ in clutter.with_patch(scene, 40, 500.0)]
    more = 0
    for before, after, same in zip(plain, patched, again, strict=True):
        assert np.array_equal(after.plots_m, same.plots_m)
        old = {tuple(place) for place in before.plots_m.tolist()}
        new = np.array([place for place in after.plots_m.tolist() if tuple(place) not in old])
        assert len(new) == len(after.plots_m) - len(before.plots_m)
        assert (np.abs(new - scene.side_m / 2.0) <= 250.0).all()
        more += len(new)
    assert 180 < more < 300


def test_the_map_is_worth_something_in_the_patch(capsys):
    assert main(["bench", "clutter", "--n", "10", "--scans", "40", "--patch", "30", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["false_a_scan"] < 0.5 * summary["flat"]["false_a_scan"]
    assert summary["settings"]["clutter_map"]
    assert not summary["flat"]["settings"]["clutter_map"]
