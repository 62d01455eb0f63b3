"""Fusion of tracks: one number for life, nothing counted twice, unknown stays unknown."""

import copy
import math

import numpy as np
import pytest

from vedette.app.bench.fusion import bench, judge, run, table
from vedette.core.report import REPORT
from vedette.core.units import NS_PER_S
from vedette.fuse.reports import cartesian, reports_from_enu, tell
from vedette.fuse.state import init
from vedette.fuse.step import DUPLICATE, NOTHING_NEW, step
from vedette.kernel.geodesy import enu_from_geodetic

ORIGIN = np.array([50.0, 5.0, 0.0])
T0 = 1_750_000_000 * NS_PER_S
P = np.diag([30.0, 30.0, 50.0, 3.0, 3.0, 2.0]) ** 2
HUB, PARTNER = 10, 11


def report(node, ids, x, at_s, *, knows=(True, True, True), sensors=None, until_s=None, cov=P, q=2.0):
    """Reports of one node; its sensors are numbered as it is where nothing else is said."""
    n = len(ids)
    rows = reports_from_enu(
        node, ORIGIN, np.array(ids, np.uint32), np.full(n, T0 + round(at_s * NS_PER_S)), np.array(x, float),
        np.tile(cov, (n, 1, 1)), np.tile(np.array(knows), (n, 1)),
    )  # fmt: skip
    rows["process_q"] = q
    for slot, sensor in enumerate((node,) if sensors is None else sensors):
        rows["lineage"]["sensor"][:, slot] = sensor
        rows["lineage"]["until_ns"][:, slot] = T0 + round((at_s if until_s is None else until_s) * NS_PER_S)
    return rows


class Filter:
    """A node's Kalman filters of several targets, positions measured once a second."""

    def __init__(self, rng, truth, sd_m=30.0, q=2.0):
        self.rng, self.sd_m, self.q = rng, sd_m, q
        self.x = truth + rng.normal(size=truth.shape) @ np.linalg.cholesky(P).T
        self.P = P.copy()

    def turn(self, truth):
        F = np.eye(6)
        F[:3, 3:] = np.eye(3)
        Q = self.q * np.kron([[1 / 3, 1 / 2], [1 / 2, 1.0]], np.eye(3))
        R = self.sd_m**2 * np.eye(3)
        x, self.P = self.x @ F.T, F @ self.P @ F.T + Q
        K = np.linalg.solve(self.P[:3, :3] + R, self.P[:3]).T
        z = truth[:, :3] + self.rng.normal(0.0, self.sd_m, (len(truth), 3))
        self.x = x + (z - x[:, :3]) @ K.T
        self.P = (np.eye(6) - K @ np.eye(3, 6)) @ self.P


def moved(rng, x, q=2.0):
    F = np.eye(6)
    F[:3, 3:] = np.eye(3)
    root = np.linalg.cholesky(q * np.kron([[1 / 3, 1 / 2], [1 / 2, 1.0]], np.eye(3)))
    return x @ F.T + rng.normal(size=x.shape) @ root.T


def targets(rng, n, spread_m=40_000.0):
    x = np.zeros((n, 6))
    x[:, :2], x[:, 2] = rng.uniform(-spread_m / 2, spread_m / 2, (n, 2)), rng.uniform(500, 5000, n)
    x[:, 3:5] = rng.normal(0.0, 60.0, (n, 2))
    return x


def ecef_error(rows, truth):
    """Errors (n, 6) and told covariances of rows whose order is that of the truth."""
    x, cov = cartesian(rows)
    true = reports_from_enu(
        0,
        ORIGIN,
        rows["track_id"],
        rows["time_ns"],
        truth,
        np.tile(P, (len(truth), 1, 1)),
        np.ones((len(truth), 3), bool),
    )
    return x - cartesian(true)[0], cov


def system_of(output, node, track_id):
    found = output.members[(output.members["node"] == node) & (output.members["track_id"] == track_id)]
    return int(found["system"][0]) if len(found) else None


def test_a_report_there_and_back_is_the_same():
    rng = np.random.default_rng(0)
    rows = report(1, [1, 2, 3], targets(rng, 3), 0.0)
    again = rows.copy()
    x, cov = cartesian(rows)
    tell(again, x, cov, np.ones((3, 3), bool))
    for name in ("lat_deg", "lon_deg", "alt_m", "v_east_mps", "v_up_mps"):
        np.testing.assert_allclose(again[name], rows[name], atol=1e-6)
    np.testing.assert_allclose(again["cov"], rows["cov"], rtol=1e-6, atol=1e-4)


@pytest.mark.slow
def test_three_nodes_give_one_track_each_and_are_honest():
    """Every target has one system track for life; NEES is 6 or less, and better than the nodes' alone."""
    rng = np.random.default_rng(1)
    truth = targets(rng, 30)
    nodes = [Filter(rng, truth) for _ in range(3)]
    state, numbers, nees, alone, together = init(HUB), [], [], [], []
    for k in range(60):
        truth = moved(rng, truth)
        for f in nodes:
            f.turn(truth)
        heard = np.concatenate([report(i + 1, range(1, 31), f.x, k, cov=f.P) for i, f in enumerate(nodes)])
        state, output = step(state, heard, T0 + k * NS_PER_S)
        if k > 15:
            of = [system_of(output, 1, t) for t in range(1, 31)]
            assert all(of == [system_of(output, n, t) for t in range(1, 31)] for n in (2, 3))
            numbers.append(of)
            rows = output.rows[np.searchsorted(output.rows["track_id"], of)]
            error, cov = ecef_error(rows, truth)
            nees.append(np.einsum("ni,nij,nj->n", error, np.linalg.inv(cov), error).mean())
            together.append((error[:, :3] ** 2).sum(axis=1).mean())
            alone.append(((nodes[0].x - truth)[:, :3] ** 2).sum(axis=1).mean())
    assert len(output.rows) == 30
    assert all(of == numbers[0] for of in numbers)
    assert 3.0 < np.mean(nees) < 6.5
    assert np.mean(together) < 0.8 * np.mean(alone)


def test_what_goes_in_a_circle_is_counted_once():
    """A tells B, B tells A what it made of it, for a minute: A's picture stays honest."""
    rng = np.random.default_rng(2)
    truth = targets(rng, 20)
    mine, theirs = Filter(rng, truth), Filter(rng, truth)
    a, b = init(HUB), init(PARTNER)
    echo = np.zeros(0, REPORT)
    nees, sizes = [], []
    for k in range(80):
        truth = moved(rng, truth)
        mine.turn(truth)
        theirs.turn(truth)
        own = report(1, range(1, 21), mine.x, k, cov=mine.P)
        a, told = step(a, np.concatenate((own, echo)), T0 + k * NS_PER_S)
        b, back = step(
            b,
            np.concatenate((report(2, range(1, 21), theirs.x, k, cov=theirs.P), told.rows)),
            T0 + k * NS_PER_S,
        )
        echo = back.rows
        if k > 20:
            of = [system_of(told, 1, t) for t in range(1, 21)]
            rows = told.rows[np.searchsorted(told.rows["track_id"], of)]
            error, cov = ecef_error(rows, truth)
            nees.append(np.einsum("ni,nij,nj->n", error, np.linalg.inv(cov), error).mean())
            sizes.append(len(told.rows))
    assert np.mean(nees) < 6.5
    assert max(sizes) == 20


def test_an_echo_adds_nothing_and_keeps_nothing_alive():
    x = [[0.0, 0.0, 1000.0, 50.0, 0.0, 0.0]]
    a, b = init(HUB), init(PARTNER)
    echo = np.zeros(0, REPORT)
    for k in range(120):
        x[0][0] += 50.0
        own = report(1, [1], x, k) if k < 40 else np.zeros(0, REPORT)
        a, told = step(a, np.concatenate((own, echo)), T0 + k * NS_PER_S)
        b, back = step(b, told.rows, T0 + k * NS_PER_S)
        echo = back.rows
        if 20 < k < 40:
            role = told.members["role"][told.members["node"] == PARTNER]
            assert role.tolist() == [NOTHING_NEW]
            alone = cartesian(own)[1][0]
            assert np.linalg.slogdet(cartesian(told.rows)[1][0])[1] > np.linalg.slogdet(alone)[1] - 1e-6
    assert len(told.rows) == len(back.rows) == 0


def test_targets_that_cross_keep_their_numbers():
    """Two targets cross at 20 m, seen by two nodes; at the meeting they cannot be told apart."""
    rng = np.random.default_rng(3)
    truth = np.array([[-1500.0, 10.0, 1000.0, 50.0, 0.0, 0.0], [0.0, -1500.0, 1000.0, 0.0, 50.0, 0.0]])
    nodes = [Filter(rng, truth, q=0.5) for _ in range(2)]
    state, seen = init(HUB), []
    for k in range(60):
        truth = moved(rng, truth, q=0.01)
        for f in nodes:
            f.turn(truth)
        heard = np.concatenate([report(i + 1, [1, 2], f.x, k, cov=f.P) for i, f in enumerate(nodes)])
        state, output = step(state, heard, T0 + k * NS_PER_S)
        if k > 10:
            seen.append([system_of(output, n, t) for n in (1, 2) for t in (1, 2)])
    assert all(s == seen[0] for s in seen)
    assert seen[0][:2] == seen[0][2:]
    assert seen[0][0] != seen[0][1]


def test_a_duplicate_of_one_node_is_not_a_second_target():
    rng = np.random.default_rng(4)
    x = np.array([[0.0, 0.0, 1000.0, 60.0, 0.0, 0.0]])
    state = init(HUB)
    for k in range(60):
        x[0, 0] += 60.0
        twice = np.repeat(x, 2, 0) + rng.normal(0.0, 5.0, (2, 6))
        heard = np.concatenate((report(1, [1, 2], twice, k), report(2, [7], x, k)))
        state, output = step(state, heard, T0 + k * NS_PER_S)
    assert len(output.rows) == 1
    assert sorted(output.members["role"].tolist())[0] == DUPLICATE


def test_two_targets_of_one_node_stay_two():
    """Side by side, 400 m apart, for a minute; the other node sees only one of them."""
    rng = np.random.default_rng(5)
    x = np.array([[0.0, 0.0, 1000.0, 60.0, 0.0, 0.0], [0.0, 400.0, 1000.0, 60.0, 0.0, 0.0]])
    state = init(HUB)
    for k in range(60):
        x[:, 0] += 60.0
        noisy = x + rng.normal(0.0, 1.0, (2, 6)) @ np.diag([20, 20, 20, 2, 2, 1.0])
        state, output = step(
            state, np.concatenate((report(1, [1, 2], noisy, k), report(2, [7], x[:1], k))), T0 + k * NS_PER_S
        )
    assert len(output.rows) == 2
    assert system_of(output, 1, 1) == system_of(output, 2, 7) != system_of(output, 1, 2)


def test_a_node_that_was_cut_off_comes_back_to_its_system_track():
    x = np.array([[0.0, 0.0, 1000.0, 60.0, 0.0, 0.0]])
    state, numbers = init(HUB), set()
    for k in range(150):
        x[0, 0] += 60.0
        heard = [report(1, [1], x, k)] + ([report(2, [5], x + 5.0, k)] if not 40 <= k < 100 else [])
        state, output = step(state, np.concatenate(heard), T0 + k * NS_PER_S)
        numbers |= set(output.rows["track_id"].tolist())
        if k == 90:
            assert system_of(output, 2, 5) is None
    assert numbers == {1}
    assert system_of(output, 2, 5) == 1


def test_late_reports_meet_what_was_there_then():
    """A node 20 s behind, a target that turns: still one system track, and the fresh node decides where."""
    state, states = init(HUB), []
    x = np.array([[0.0, 0.0, 1000.0, 100.0, 0.0, 0.0]])
    for k in range(120):
        turn = math.radians(1.5)
        c, s = math.cos(turn), math.sin(turn)
        x = x.copy()
        x[0, 3], x[0, 4] = c * x[0, 3] - s * x[0, 4], s * x[0, 3] + c * x[0, 4]
        x[0, :2] += x[0, 3:5]
        states.append(x)
        heard = [report(1, [1], x, k)] + ([report(2, [5], states[k - 20], k - 20)] if k >= 20 else [])
        state, output = step(state, np.concatenate(heard), T0 + k * NS_PER_S)
    assert len(output.rows) == 1
    assert system_of(output, 2, 5) == system_of(output, 1, 1) == 1
    place = enu_from_geodetic(ORIGIN, *(output.rows[n].copy() for n in ("lat_deg", "lon_deg", "alt_m")))
    assert np.hypot(*(place[0, :2] - x[0, :2])) < 40.0


def test_unknown_height_stays_unknown_until_somebody_knows():
    x = np.array([[0.0, 0.0, 3000.0, 60.0, 0.0, 0.0]])
    state, alone = init(HUB), init(HUB)
    for k in range(20):
        x[0, 0] += 60.0
        flat = report(1, [1], x, k, knows=(False, True, False))
        alone, without = step(alone, flat, T0 + k * NS_PER_S)
        state, output = step(state, np.concatenate((flat, report(2, [2], x, k))), T0 + k * NS_PER_S)
    assert np.isnan(without.rows["alt_m"][0])
    assert np.isnan(without.rows["v_up_mps"][0])
    assert np.isnan(without.rows["cov"][0, 2]).all()
    assert not np.isnan(without.rows["v_east_mps"][0])
    assert len(output.rows) == 1
    assert abs(output.rows["alt_m"][0] - 3000.0) < 5.0


def test_bad_reports_are_refused_by_name():
    rows = report(1, range(1, 8), targets(np.random.default_rng(6), 7), 100.0)
    rows["lat_deg"][0] = np.nan
    rows["cov"][1] = -np.eye(6)
    rows["time_ns"][2] -= 31 * NS_PER_S
    rows["time_ns"][3] += 5 * NS_PER_S
    rows["v_east_mps"][4] = np.inf
    rows["node"][5] = HUB
    state, output = step(init(HUB), rows, T0 + 100 * NS_PER_S)
    assert state.refused == {"own": 1, "late": 1, "future": 1, "bad-value": 2, "bad-covariance": 1}
    assert len(output.rows) == 1
    state, _ = step(state, rows, T0 + 101 * NS_PER_S)
    assert state.refused["superseded"] == 1


def test_a_step_is_a_function():
    """The same input gives the same bytes, the argument is not touched, the order of reports is nothing."""
    rng = np.random.default_rng(7)
    truth = targets(rng, 10)
    a, b = init(HUB), init(HUB)
    for k in range(15):
        truth = moved(rng, truth)
        heard = np.concatenate(
            [report(n, range(1, 11), truth + rng.normal(0.0, 3.0, truth.shape), k) for n in (1, 2)]
        )
        before = copy.deepcopy(a)
        a2, one = step(a, heard, T0 + k * NS_PER_S)
        for name in before.members.__slots__:
            np.testing.assert_array_equal(getattr(before.members, name), getattr(a.members, name))
        b, two = step(b, heard[rng.permutation(len(heard))], T0 + k * NS_PER_S)
        a = a2
        assert one.rows.tobytes() == two.rows.tobytes()
        assert one.members.tobytes() == two.members.tobytes()


@pytest.mark.parametrize("troubled", [False, True])
def test_the_benchmark_in_small(troubled):
    out = run(3, targets=15, seconds=90, troubled=troubled)
    fused = out["pictures"].pop("fused")
    assert fused["gospa_rms_m"] < min(p["gospa_rms_m"] for p in out["pictures"].values())
    assert fused["nees"] < 2.5


def test_the_bench_tells_all_runs_and_judges_them():
    said = []
    out = bench(3, targets=15, seconds=40, say=said.append)
    assert list(out["runs"]) == ["clean", "process_q not told", "one late, one cut off"]
    assert out["passed"] == all(judge(one) for one in out["runs"].values())
    assert any("clean" in line for line in said)
    text = table(out)
    assert text.count("fused ") >= 3
    assert ("not passed" in text) != out["passed"]
    assert "sector 3" in text


def test_a_bench_that_matched_nothing_does_not_pass():
    out = run(1, targets=1, seconds=3)
    assert out["pictures"]["fused"]["position_rms_m"] is None
    assert not judge(out)
