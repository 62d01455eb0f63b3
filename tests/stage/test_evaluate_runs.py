"""Figures over several runs: means, and intervals that hold what they say."""

import msgspec
import numpy as np
import pytest
from pictures import flight, scored, shown

from vedette.evaluate.runs import BOOTSTRAPS, _figure, figures, over_runs
from vedette.evaluate.table import runs_table


def run(off_m, seconds=40):
    drone = flight(1, "drone")
    return scored([drone], [shown(5, drone, range(seconds), off_m=off_m)])


def named(results):
    return {one.name: one for one in results}


def test_means_are_over_runs():
    results = named(over_runs([run(10.0), run(20.0), run(60.0)]))
    error = results["multirotor.position_rmse_m"]
    assert (error.runs, error.mean) == (3, pytest.approx(30.0, abs=0.1))
    assert (error.least, error.most) == (pytest.approx(10.0, abs=0.1), pytest.approx(60.0, abs=0.1))
    bounds = [error.least, error.low, error.mean, error.high, error.most]
    assert bounds == pytest.approx(sorted(bounds))


def test_one_run_has_no_interval():
    one = named(over_runs([run(10.0)]))["gospa_m"]
    assert (one.runs, one.low, one.high) == (1, None, None)


def test_what_a_run_does_not_know_is_left_out_of_the_mean():
    results = named(over_runs([run(10.0), run(10.0, seconds=0)]))
    assert results["multirotor.position_rmse_m"].runs == 1
    assert results["multirotor.completeness"].runs == 2
    assert "trials.delay_s" not in results


def test_settings_are_no_figures():
    names = figures(run(10.0))
    assert "trajectories.total_m" in names
    assert not {"trajectories.switch_m", "multirotor.truths", "alerts.hours"} & set(names)


def test_the_same_runs_give_the_same_interval():
    scores = [run(float(off)) for off in (5, 10, 30, 40)]
    assert over_runs(scores) == over_runs(scores)


def test_the_interval_holds_the_true_mean_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    found = [_figure("x", rng.normal(7.0, 2.0, 20).tolist()) for _ in range(200)]
    assert 0.88 <= np.mean([one.low <= 7.0 <= one.high for one in found]) <= 0.99
    assert BOOTSTRAPS >= 1_000


def test_the_table_names_every_figure():
    results = over_runs([run(10.0), run(20.0)])
    text = runs_table(results, 2)
    assert all(one.name in text for one in results)
    assert msgspec.json.decode(msgspec.json.encode(results))[0]["runs"] == 2
