"""After the fact: whose plots were whose, as it was settled, and where tracks went."""

import dataclasses

import numpy as np
import pytest
from scenes import ORIGIN, SITE, T0, blank, polar, radar, turns

from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.kernel.registration import AZIMUTH
from vedette.track import late, life, past, trueing
from vedette.track.life import Known, Life, grow, part, shorten, whole
from vedette.track.plots import GEOMETRIC
from vedette.track.resolve import Open, give_up, resolve
from vedette.track.settings import TrackerSettings
from vedette.track.state import init, with_sensors
from vedette.track.step import step
from vedette.track.took import PLOT, Took, of_step

S = NS_PER_S
SETTINGS = TrackerSettings()
TARGETS = np.array(
    [
        [3000.0, 2000.0, 100.0, 15.0, 5.0, 0.0],
        [-4000.0, 1000.0, 200.0, 0.0, -30.0, 1.0],
        [5000.0, -3000.0, 300.0, -20.0, 10.0, 0.0],
    ]
)


def delayed(rows, share, most_s, seed):
    rng = np.random.default_rng(seed)
    out = rows.copy()
    late_s = np.where(rng.random(len(rows)) < share, rng.uniform(1.0, most_s, len(rows)), 0.0)
    out["heard_ns"] = rows["valid_ns"] + np.round(late_s * S).astype(np.int64)
    return out[np.argsort(out["heard_ns"], kind="stable")]


def kept(rows, seconds, sensors=None, *, tick_ns=S, more_s=0, keeps=True):
    """Outputs of the late tracker, lives by track id, and ids of who was shown."""
    state = late.init(with_sensors(init(*SITE), sensors or [radar()]), keeps=keeps)
    pending, lives, outputs, shown, done = Open(), {}, [], set(), 0

    def gather(plots):
        for track_id in np.unique(plots["track_id"]).tolist():
            lives[track_id] = grow(lives.get(track_id, Life()), plots[plots["track_id"] == track_id])

    for end_ns in range(T0 + tick_ns, T0 + (seconds + more_s) * S + 1, tick_ns):
        upto = int(np.searchsorted(rows["heard_ns"], end_ns))
        state, output = late.step(state, rows[done:upto], [], end_ns)
        outputs.append(output)
        done = upto
        shown |= set(output.tracked.rows["track_id"].tolist())
        if output.settled is not None:
            pending, plots = resolve(pending, output.settled.took, ORIGIN)
            gather(plots)
    if keeps:
        pending, plots = resolve(pending, late.finish(state), ORIGIN)
        gather(plots)
        gather(give_up(pending, np.unique(pending.plots["track_id"]))[1])
    return outputs, lives, shown


def times_of(one):
    plots = np.concatenate(one.plots)
    return sorted(plots["valid_ns"][plots["probability"] > 0.5].tolist())


def places(rows):
    return enu_from_geodetic(ORIGIN, rows["lat_deg"].copy(), rows["lon_deg"].copy(), np.zeros(len(rows)))[
        :, :2
    ]


def test_keeping_changes_nothing_of_the_picture():
    rows = delayed(turns(TARGETS, 20, seed=3), 0.2, 6.0, 1)
    keeping, _, _ = kept(rows, 20)
    plain, _, _ = kept(rows, 20, keeps=False)
    for mine, theirs in zip(keeping, plain, strict=True):
        assert mine.tracked.rows.tobytes() == theirs.tracked.rows.tobytes()
        assert theirs.settled is None


@pytest.mark.parametrize("tick_ns", [S, S // 10])
def test_what_comes_late_is_used_at_its_own_time(tick_ns):
    """The plots of each track are those that it would have had in order; and so is where it went."""
    rows = turns(TARGETS, 40, seed=5, false_per_scan=0.5)
    _, ordered, shown = kept(rows, 40, tick_ns=tick_ns)
    outputs, folded, shown_late = kept(delayed(rows, 0.25, 15.0, 2), 40, tick_ns=tick_ns, more_s=16)
    assert sum(o.folded for o in outputs) > 20
    want = sorted(times_of(ordered[i]) for i in shown)
    got = sorted(times_of(folded[i]) for i in shown_late if i in folded)
    assert len(got) >= 3
    same = {t for plots in want if len(plots) > 20 for t in plots}
    found = {t for plots in got if len(plots) > 20 for t in plots}
    assert len(same ^ found) <= 0.02 * len(same)
    for i in sorted(shown):
        if len(times_of(ordered[i])) < 20:
            continue
        theirs = max(folded.values(), key=lambda one: len(set(times_of(one)) & set(times_of(ordered[i]))))
        a, b = (whole(one, 1, SETTINGS, ORIGIN) for one in (ordered[i], theirs))
        both = np.intersect1d(a["time_ns"], b["time_ns"])
        a, b = a[np.isin(a["time_ns"], both)], b[np.isin(b["time_ns"], both)]
        assert (np.abs(places(a) - places(b)).max(axis=1) < 0.7 * a["sd_major_m"]).all()
        assert np.abs(places(a) - places(b)).mean() < 0.5


def test_smoothed_is_nearer_than_shown_and_honest():
    rows = turns(TARGETS, 40, seed=6)
    outputs, lives, _ = kept(rows, 40)
    filtered, smoothed, nees = [], [], []
    for k, output in enumerate(outputs):
        shown = output.tracked.rows[output.tracked.rows["status"] == TrackStatus.CONFIRMED]
        truth = TARGETS[:, :2] + (k + 1) * TARGETS[:, 3:5]
        filtered += [np.linalg.norm(truth - at, axis=1).min() for at in places(shown)]
    for track_id, one in lives.items():
        if len(times_of(one)) < 20:
            continue
        out = whole(one, track_id, SETTINGS, ORIGIN)
        assert (out["track_id"] == track_id).all()
        assert (np.diff(out["time_ns"]) == S).all()
        assert (out["time_ns"] % S == 0).all()
        expected = np.concatenate(one.plots)["probability"].sum()
        assert out["plots"].sum() == pytest.approx(expected, rel=1e-5)
        assert np.isfinite(out["alt_m"]).all()
        truth = TARGETS[:, None, :2] + (out["time_ns"][None, :, None] - T0) / S * TARGETS[:, None, 3:5]
        apart = truth - places(out)
        mine = int(np.argmin(np.linalg.norm(apart, axis=2).mean(axis=1)))
        smoothed += np.linalg.norm(apart[mine], axis=1).tolist()
        angle = np.radians(out["sd_angle_deg"])
        along = apart[mine][:, 0] * np.sin(angle) + apart[mine][:, 1] * np.cos(angle)
        across = apart[mine][:, 0] * np.cos(angle) - apart[mine][:, 1] * np.sin(angle)
        nees += ((along / out["sd_major_m"]) ** 2 + (across / out["sd_minor_m"]) ** 2).tolist()
    assert len(smoothed) > 100
    assert np.sqrt(np.mean(np.square(smoothed))) < 0.6 * np.sqrt(np.mean(np.square(filtered)))
    assert np.mean(nees) < 3.0  # 2 is exact


def test_biases_are_out_as_in_the_filter():
    """What is kept of a step is what the filter took, not what was heard."""
    sensors = [radar(0), radar(1)]
    state = with_sensors(init(*SITE), sensors)
    known = state.registration
    bias = np.zeros((2, known.bias.shape[1] if known.bias.shape[1] else 7))
    bias[1, AZIMUTH] = np.radians(1.0)
    known = dataclasses.replace(
        known, sensors=np.arange(2), bias=bias, spread=np.zeros((2, 7, 7)), off=np.array([False, True]),
        x=np.zeros(14 + len(known.x)), P=np.eye(14 + len(known.x)), pairs=np.zeros((2, 2), np.int64),
        recent=np.zeros((2, 2)), lean=np.zeros((2, 7)), walk=np.zeros((2, 7)),
    )  # fmt: skip
    state = dataclasses.replace(state, registration=known)
    rows = np.concatenate([polar(T0, 3000.0, 2000.0, 100.0, sensor=s) for s in (0, 1)])
    rows["azimuth_deg"][1] += 1.0
    assert trueing.learns(state)
    after, output = step(state, rows, [], T0 + S // 10)
    took = of_step(state, after, rows, np.array([1, 2]), output.look, output.hits, T0 + S // 10)
    assert len(took.rows) == 2
    assert took.rows["azimuth_deg"][0] == pytest.approx(took.rows["azimuth_deg"][1], abs=1e-9)
    assert rows["azimuth_deg"][1] == pytest.approx(rows["azimuth_deg"][0] + 1.0)


# Disputed plots


def told(fresh, last, since, look=0):
    """A step in which plots (track, number, p) are new, of those (track, number, p) that are remembered."""
    number = np.array(sorted({n for _, n, _ in fresh}), np.int64)
    rows = np.concatenate([polar(T0 + n * S, 3000.0, 2000.0, 100.0) for n in number.tolist()] or [blank(0)])
    state = with_sensors(init(*SITE), [radar()])

    def column(values, kind):
        return np.array(values, kind)

    return Took(
        end_ns=T0, rows=rows, look=np.full(len(number), look), number=number, models=state.sensors,
        fresh_track=column([t for t, _, _ in fresh], np.uint32),
        fresh_row=np.searchsorted(number, column([n for _, n, _ in fresh], np.int64)),
        fresh_p=column([p for _, _, p in fresh], float),
        last_track=column([t for t, _, _ in last], np.uint32),
        last_number=column([n for _, n, _ in last], np.int64), last_p=column([p for _, _, p in last], float),
        since_track=column([t for t, _ in since], np.uint32),
        since_number=column([n for _, n in since], np.int64),
    )  # fmt: skip


def probabilities(plots):
    return {(int(p["track_id"]), int(p["number"])): round(float(p["probability"]), 3) for p in plots}


def test_a_plot_in_dispute_is_whose_it_turned_out_to_be():
    steps = [
        told([(7, 1, 1.0)], [(7, 1, 1.0)], [(7, 0)]),
        told([(7, 2, 0.6), (7, 3, 0.4)], [(7, 1, 1.0), (7, 2, 0.6), (7, 3, 0.4)], [(7, 0)]),
        told([(7, 4, 1.0)], [(7, 1, 1.0), (7, 3, 0.98), (7, 4, 1.0)], [(7, 1)]),
    ]
    pending, done = resolve(Open(), steps, ORIGIN)
    assert not len(done)
    assert probabilities(pending.plots) == {(7, 1): 1.0, (7, 2): 0.0, (7, 3): 0.98, (7, 4): 1.0}
    pending, done = resolve(pending, [told([(7, 5, 1.0)], [(7, 4, 1.0), (7, 5, 1.0)], [(7, 4)])], ORIGIN)
    assert probabilities(done) == {(7, 1): 1.0, (7, 3): 0.98}
    pending, done = give_up(pending, np.array([7], np.uint32))
    assert probabilities(done) == {(7, 4): 1.0, (7, 5): 1.0}
    assert not len(pending.plots)


def test_what_changed_its_owner_is_the_new_owners():
    """Two tracks exchange their last plots: what neither remembers any more of the other's is not its own."""
    steps = [
        told([(1, 1, 1.0), (2, 2, 1.0)], [(1, 1, 1.0), (2, 2, 1.0)], [(1, 0), (2, 0)]),
        told(
            [(1, 3, 1.0), (2, 4, 1.0)], [(1, 1, 1.0), (1, 3, 1.0), (2, 2, 1.0), (2, 4, 1.0)], [(1, 1), (2, 2)]
        ),
        told(
            [(1, 6, 1.0), (2, 5, 1.0), (1, 4, 1.0), (2, 3, 1.0)],
            [(1, 1, 1.0), (1, 4, 1.0), (1, 6, 1.0), (2, 2, 1.0), (2, 3, 1.0), (2, 5, 1.0)],
            [(1, 1), (2, 2)],
        ),
    ]
    pending, _ = resolve(Open(), steps, ORIGIN)
    sure = {k for k, p in probabilities(pending.plots).items() if p > 0.5}
    assert sure == {(1, 1), (1, 4), (1, 6), (2, 2), (2, 3), (2, 5)}


def test_targets_that_cross_keep_their_plots():
    """Two drones that meet: the plots that a track ends with are one drone's before and after."""
    meet = np.array([[2000.0, 3000.0, 100.0, 12.0, 0.0, 0.0], [2480.0, 3010.0, 100.0, -12.0, 0.0, 0.0]])
    rows = turns(meet, 40, seed=4, false_per_scan=0.0, pd=1.0)
    _, lives, shown = kept(rows, 40)
    good = 0
    for track_id in shown & set(lives):
        out = whole(lives[track_id], track_id, SETTINGS, ORIGIN)
        truth = meet[:, None, :2] + (out["time_ns"][None, :, None] - T0) / S * meet[:, None, 3:5]
        error = np.linalg.norm(truth - places(out), axis=2)
        good += int(len(out) > 35 and np.sqrt((error**2).mean(axis=1)).min() < 12.0)
    assert good == 2


# Lives


def straight(n, seed=0, step_s=1.0):
    """Plots of a target that flies straight, and where it is, by plot."""
    rng = np.random.default_rng(seed)
    t = np.arange(n) * step_s
    truth = np.outer(t, [30.0, 10.0, 0.0]) + np.array([-3000.0, 500.0, 300.0])
    plots = np.zeros(n, PLOT)
    plots["track_id"], plots["kind"], plots["has_place"], plots["probability"] = 4, GEOMETRIC, True, 1.0
    plots["number"] = plots["look"] = np.arange(n)
    plots["valid_ns"] = T0 + np.round(t * S).astype(np.int64)
    plots["z"] = np.nan
    plots["z"][:, 4:6] = truth[:, :2] + rng.normal(0.0, 10.0, (n, 2))
    plots["z"][:, 6] = truth[:, 2] + rng.normal(0.0, 10.0, n)
    plots["sd"], plots["rotation"], plots["height_max_m"] = 10.0, np.eye(3), 5000.0
    return plots, truth


def test_a_long_life_in_parts_is_the_same_life():
    n = life.LONGEST + 400
    plots, _ = straight(n, step_s=0.5)
    once = whole(grow(Life(shown_ns=T0), plots), 4, SETTINGS, ORIGIN)
    growing, parts = Life(shown_ns=T0), []
    for first in range(0, n, 100):
        growing = grow(growing, plots[first : first + 100])
        if growing.count >= life.LONGEST:
            growing, rows = part(growing, 4, SETTINGS, ORIGIN)
            parts.append(rows)
            assert growing.count < life.LONGEST / 2
    parts.append(whole(growing, 4, SETTINGS, ORIGIN))
    assert len(parts) > 1
    together = np.concatenate(parts)
    assert together["time_ns"].tolist() == once["time_ns"].tolist()
    assert np.abs(places(together) - places(once)).max() < 0.5
    np.testing.assert_allclose(together["sd_major_m"], once["sd_major_m"], rtol=0.05)
    np.testing.assert_allclose(together["plots"], once["plots"])


def test_a_track_is_told_as_long_as_it_was_shown():
    plots, _ = straight(20)
    out = whole(grow(Life(shown_ns=T0 + 40 * S + 5), plots), 4, SETTINGS, ORIGIN)
    assert out["time_ns"].tolist() == [T0 + k * S for k in range(41)]
    assert (np.diff(out["sd_major_m"][20:]) > 0.0).all()
    assert (out["plots"][20:] == 0.0).all()


def test_a_height_that_is_not_known_is_not_told():
    plots, _ = straight(20)
    plots["z"][:, 6] = np.nan
    plots["kind"] = 0
    out = whole(grow(Life(shown_ns=T0), plots), 4, SETTINGS, ORIGIN)
    for name in ("alt_m", "alt_sd_m", "v_up_mps", "v_up_sd_mps"):
        assert np.isnan(out[name]).all()
    assert np.isfinite(out["lat_deg"]).all()


def test_a_track_without_places_begins_as_it_was_first_shown():
    """From bearings, as of a camera that stands aside."""
    plots, truth = straight(60)
    bare = plots.copy()
    bare["z"], bare["has_place"], bare["kind"] = np.nan, False, 0
    seen_from = np.array([0.0, -4000.0, 0.0])
    d = truth - seen_from
    bare["z"][:, 1] = np.arctan2(d[:, 0], d[:, 1])
    bare["sd"][:, 1] = np.radians(0.1)
    bare["pose"][:, :3] = seen_from
    known = Known(
        T0 + 5 * S, np.array([*truth[5], 28.0, 12.0, 0.0]), np.diag([400.0, 400.0, 400.0, 25, 25, 4])
    )
    out = whole(grow(Life(shown_ns=T0, known=known), bare), 4, SETTINGS, ORIGIN)
    assert out["time_ns"][0] == T0 + 5 * S
    sight, found = d[5:30, :2], places(out)[:25] - seen_from[:2]
    across = (sight[:, 0] * found[:, 1] - sight[:, 1] * found[:, 0]) / np.linalg.norm(sight, axis=1)
    assert np.sqrt((across**2).mean()) < 15.0
    # A track with a place before that begins there.
    bare[0] = plots[0]
    assert whole(grow(Life(shown_ns=T0, known=known), bare), 4, SETTINGS, ORIGIN)["time_ns"][0] == T0


def test_of_one_look_there_is_one_plot():
    """Two plots of a look, told at different times to be likely: together no more than certain."""
    plots, truth = straight(30)
    other = plots[10:11].copy()
    other["z"][:, 4] += 60.0
    other["number"], other["probability"] = 99, 0.9
    both = np.concatenate((plots, other))
    out = whole(grow(Life(shown_ns=T0), both), 4, SETTINGS, ORIGIN)
    assert out["plots"][10] == pytest.approx(1.0)
    assert np.abs(places(out)[10, 0] - truth[10, 0]) < 30.0


def test_of_a_track_never_shown_little_is_held():
    plots, _ = straight(500)
    assert shorten(grow(Life(), plots)).count == 256
    assert not len(whole(Life(shown_ns=T0), 4, SETTINGS, ORIGIN))


def test_what_is_settled_is_told_once_and_in_order():
    rows = delayed(turns(TARGETS, 30, seed=8), 0.2, 10.0, 3)
    outputs, _, _ = kept(rows, 30, more_s=45)
    ends = [t.end_ns for o in outputs if o.settled for t in o.settled.took]
    assert ends == sorted(ends)
    assert len(ends) > 20
    going = [o.settled.going for o in outputs if o.settled]
    assert any(g is not None for g in going)
    assert past.NAMELESS not in {
        int(i) for o in outputs if o.settled for t in o.settled.took for i in t.tracks
    }
