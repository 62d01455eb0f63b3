"""The late-data bench: what is late costs nothing once it has come in, and the limit is judged."""

import pytest

from vedette.app.bench.late import LIMIT, measure, table
from vedette.app.bench.late_scene import airspace, delayed


def test_what_is_late_costs_nothing_once_it_has_come_in():
    told = measure(airspace(10, 0.25, 1, 40), 0.2, 10.0, 1, lambda _: None)
    assert abs(told["cost_folded"]) < LIMIT
    assert told["cost_folded"] < told["cost_live"]
    assert told["cost_folded"] < told["cost_dropped"]
    assert told["not_used"] == {}
    runs = told["runs"]
    assert runs["folded"]["gospa_m"] == pytest.approx(runs["live"]["gospa_m"], rel=0.05)
    both = {"airspace": told, "radars": told, "limit": LIMIT, "passed": True}
    assert "in order" in table(both)


def test_delays_are_those_asked_for():
    scene = airspace(20, 0.25, 2, 20)
    rows, was_late = delayed(scene, 0.3, 30.0, 2)
    behind_s = (rows["heard_ns"] - rows["valid_ns"]) / 1e9
    assert was_late.mean() == pytest.approx(0.3, abs=0.05)
    assert (behind_s[~was_late] == 0.0).all()
    assert behind_s[was_late].min() >= 1.0
    assert behind_s[was_late].max() <= 30.0
    assert (rows["heard_ns"][1:] >= rows["heard_ns"][:-1]).all()
