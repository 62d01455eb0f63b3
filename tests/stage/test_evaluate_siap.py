"""SIAP attributes: worked by hand, and beside Stone Soup's own where it is installed."""

import itertools
from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vedette.evaluate.siap import _needed, _runs, identification, siap


def measured(on, n, times_s=None, *, tracks=None, position=None, velocity=None, peers=False):
    """The attributes of truths that are always there, (T, m) of the truth that each track is on."""
    on = np.asarray(on)
    times_s = np.arange(len(on), dtype=float) if times_s is None else times_s
    return siap(
        times_s,
        np.ones((len(on), n), bool),
        np.ones(on.shape, bool) if tracks is None else tracks,
        on,
        np.zeros(on.shape) if position is None else position,
        np.zeros(on.shape) if velocity is None else velocity,
        peers=peers,
    )


def test_one_track_on_one_truth_is_perfect():
    result = measured([[0]] * 5, 1)
    assert (result.completeness, result.ambiguity, result.spuriousness) == (1.0, 1.0, 0.0)
    assert (result.track_changes_hz, result.longest_segment) == (0.0, 1.0)
    assert (result.position_accuracy_m, result.velocity_accuracy_mps) == (0.0, 0.0)


def test_what_was_not_there_is_not_known():
    result = measured(np.zeros((3, 0), int), 0)
    assert all(value is None for value in (result.completeness, result.ambiguity, result.spuriousness))
    assert (result.position_accuracy_m, result.track_changes_hz, result.longest_segment) == (None, None, None)


def test_a_worked_example():
    # truth 0: track 0 for 4 instants, then track 1 for 6; truth 1: nothing; track 2 is on nothing
    on = np.full((10, 3), -1)
    on[:4, 0] = 0
    on[4:, 1] = 0
    there = np.zeros((10, 3), bool)
    there[:4, 0] = there[4:, 1] = there[:, 2] = True
    result = measured(on, 2, tracks=there, position=np.where(on >= 0, 3.0, np.nan))
    assert result.completeness == 10 / 20
    assert result.ambiguity == 1.0
    assert result.spuriousness == 10 / 20
    assert result.position_accuracy_m == 3.0
    assert result.track_changes_hz == 1 / 8  # 3 s under the one, 5 s under the other
    assert result.longest_segment == 5 / 18


def test_a_gap_breaks_a_segment_but_not_for_stone_soup():
    on = np.zeros((10, 1), int)
    on[4:6] = -1
    assert measured(on, 1).longest_segment == 3 / 9
    assert measured(on, 1, peers=True).longest_segment == 6 / 9


def test_the_fewest_tracks_are_fewer_than_stone_soups():
    # the last of its track's segments ends last, though this segment ends early
    on = np.full((12, 3), -1)
    on[0:4, 0] = 0
    on[10:12, 0] = 0
    on[0:8, 1] = 0
    on[7:12, 2] = 0
    assert _needed(list(_runs(on, 0)), peers=False) == 2
    assert _needed(list(_runs(on, 0)), peers=True) > 2


def test_stone_soup_stops_counting_at_a_last_instant():
    on = np.full((10, 3), -1)
    on[0:4, 0] = 0
    on[2:5, 1] = 0  # after track 0 only its last instant is left
    on[6:10, 2] = 0
    assert _needed(list(_runs(on, 0)), peers=False) == 3
    assert _needed(list(_runs(on, 0)), peers=True) == 2


def test_identity_is_right_unknown_or_disputed():
    on = np.zeros((5, 2), int)
    said = np.array([["a", "a"], ["", ""], ["a", "b"], ["b", "b"], ["a", ""]])
    result = identification(on, 1, said, np.array(["a"]))
    assert (result.completeness, result.correctness, result.ambiguity) == (4 / 5, 1 / 5, 2 / 5)


assignments = st.tuples(st.integers(2, 14), st.integers(1, 3), st.integers(1, 5), st.integers(0, 2**32))


def scene(instants, n, m, seed):
    """Tracks that each stay on a truth for two instants or more at a time, or are on none, or not there."""
    rng = np.random.default_rng(seed)
    on = np.full((instants, m), -1)
    there = np.zeros((instants, m), bool)
    for j in range(m):
        begin, end = sorted(rng.choice(instants + 1, 2, replace=False))
        there[begin:end, j] = True
        at = begin
        while end - at >= 2:
            length = min(int(rng.integers(2, 5)), end - at)
            truth = rng.integers(-1, n)
            if at == 0 or on[at - 1, j] != truth:
                on[at : at + length, j] = truth
            at += length
    truths = np.ones((instants, n), bool)
    times_s = np.cumsum(rng.integers(1, 5, instants)).astype(float)
    return times_s, truths, there, on, rng.uniform(0, 50, on.shape), rng.uniform(0, 5, on.shape)


@given(assignments)
def test_shares_are_shares(case):
    times_s, truths, there, on, position, velocity = scene(*case)
    result = siap(times_s, truths, there, on, position, velocity)
    for share in (result.completeness, result.spuriousness, result.longest_segment):
        assert share is None or 0 <= share <= 1
    assert result.ambiguity is None or result.ambiguity >= 1
    assert result.track_changes_hz is None or result.track_changes_hz >= 0


@given(assignments)
def test_the_fewest_segments_are_as_few_as_brute_force_finds(case):
    _, truths, _, on, _, _ = scene(*case)
    for j in range(truths.shape[1]):
        runs = list(_runs(on, j))[:8]
        covered = set().union(*(range(a, b + 1) for _, a, b in runs)) if runs else set()
        fewest = next(
            k
            for k in range(len(runs) + 1)
            for some in itertools.combinations(runs, k)
            if set().union(*(range(a, b + 1) for _, a, b in some)) == covered
        )
        assert _needed(runs, peers=False) == fewest


@settings(max_examples=100)
@given(assignments)
def test_it_agrees_with_stone_soup(case):
    pytest.importorskip("stonesoup", reason="Stone Soup is not installed (extra: peers)")
    times_s, truths, there, on, position, velocity = scene(*case)
    assume(there.any())
    for j in range(truths.shape[1]):  # where two tracks end together, it picks either
        ends = [max(b for t, _, b in _runs(on, j) if t == track) for track in {t for t, _, _ in _runs(on, j)}]
        assume(len(set(ends)) == len(ends))
    ours = siap(times_s, truths, there, on, position, velocity, peers=True)
    rng = np.random.default_rng(case[3])
    said, right = rng.choice(["", "a", "b"], on.shape), rng.choice(["a", "b"], truths.shape[1])
    theirs = by_stone_soup(times_s, truths, there, on, position, velocity, said, right)
    identity = identification(on, truths.shape[1], said, right)
    pairs = {
        "SIAP ID Completeness": identity.completeness,
        "SIAP ID Correctness": identity.correctness,
        "SIAP ID Ambiguity": identity.ambiguity,
        "SIAP Completeness": ours.completeness,
        "SIAP Ambiguity": ours.ambiguity,
        "SIAP Spuriousness": ours.spuriousness,
        "SIAP Position Accuracy": ours.position_accuracy_m,
        "SIAP Velocity Accuracy": ours.velocity_accuracy_mps,
        "SIAP Rate of Track Number Change": ours.track_changes_hz,
        "SIAP Longest Track Segment": ours.longest_segment,
    }
    for title, value in pairs.items():
        nothing = 1.0 if title == "SIAP Ambiguity" else 0.0  # what it says where there is nothing
        assert theirs[title] == pytest.approx(nothing if value is None else value, abs=1e-6), title


def by_stone_soup(times_s, truths, there, on, position, velocity, said, right):
    """Its time-range metrics by title; errors go in as the states' first and second component."""
    from stonesoup.measures import Euclidean
    from stonesoup.metricgenerator.manager import MultiManager
    from stonesoup.metricgenerator.tracktotruthmetrics import IDSIAPMetrics
    from stonesoup.types.association import AssociationSet, TimeRangeAssociation
    from stonesoup.types.groundtruth import GroundTruthPath, GroundTruthState
    from stonesoup.types.state import State
    from stonesoup.types.time import TimeRange
    from stonesoup.types.track import Track

    start = datetime(2026, 1, 1)  # noqa: DTZ001  # it compares naive times with naive
    when = [start + timedelta(seconds=s) for s in times_s.tolist()]
    paths = [
        GroundTruthPath(
            [
                GroundTruthState([[0.0], [0.0]], timestamp=when[k], metadata={"who": who})
                for k in np.flatnonzero(truth)
            ]
        )
        for truth, who in zip(truths.T, right.tolist(), strict=True)
    ]
    tracks = [
        Track([State([[position[k, j]], [velocity[k, j]]], timestamp=when[k]) for k in np.flatnonzero(track)])
        for j, track in enumerate(there.T)
        if track.any()
    ]
    for track, j in zip(tracks, np.flatnonzero(there.any(axis=0)), strict=True):
        track.metadatas = [{"who": said[k, j] or None} for k in np.flatnonzero(there[:, j])]
    which = {j: i for i, j in enumerate(np.flatnonzero(there.any(axis=0)).tolist())}
    held = {
        TimeRangeAssociation({paths[j], tracks[which[track]]}, TimeRange(when[begin], when[end]))
        for j in range(len(paths))
        for track, begin, end in _runs(on, j)
    }
    generator = IDSIAPMetrics(
        position_measure=Euclidean((0,)),
        velocity_measure=Euclidean((1,)),
        generator_name="siap",
        truth_id="who",
        track_id="who",
    )
    manager = MultiManager([generator])
    manager.add_data({"groundtruth_paths": set(paths), "tracks": set(tracks)})
    manager.association_set = AssociationSet(held)
    metrics = manager.generate_metrics()["siap"]
    return {title: metric.value for title, metric in metrics.items()}
