"""The bench of a recorded surface: what is held back, what the truth is, what counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.app.bench import surface
from vedette.app.bench.surface_truth import ground_at, held_out, paths, smoothed
from vedette.core.errors import FeedError
from vedette.core.units import NS_PER_S


def one_path(times_s, places_m, still=False):
    n = len(times_s)
    time_ns = np.round(np.array(times_s) * NS_PER_S).astype(np.int64)
    speed = np.full(n, 0.0 if still else 9.0)
    ones = np.ones(n, bool)
    return paths(np.zeros(n, np.int64), time_ns, np.array(places_m, float), speed, ones, ones)[0]


@given(st.lists(st.integers(0, 4), max_size=200), st.floats(0.05, 0.95))
def test_each_address_gives_its_share_and_what_is_held_out_does_not_depend_on_others(address, share):
    address = np.array(address, np.int64)
    held = held_out(address, share)
    for ident in np.unique(address):
        mine = address == ident
        assert (~held[mine]).sum() == pytest.approx(mine.sum() * share, abs=1.0)
        assert np.array_equal(held[mine], held_out(address[mine], share))


@given(st.floats(-30, 30), st.floats(-3, 3), st.floats(6.0, 34.0))
def test_the_truth_of_an_even_acceleration_is_exact(speed, acceleration, at_s):
    times = np.arange(0.0, 41.0, 2.0)
    path = one_path(times, [(speed * t + 0.5 * acceleration * t * t, -speed * t) for t in times])
    place = smoothed(path, round(at_s * NS_PER_S))
    assert place == pytest.approx([speed * at_s + 0.5 * acceleration * at_s**2, -speed * at_s], abs=0.2)


def test_who_is_silent_is_not_known_but_may_still_stand_there():
    moving, standing = (
        one_path([0, 2, 4, 20, 22], np.zeros((5, 2))),
        one_path([0, 2, 4], np.zeros((3, 2)), True),
    )
    assert ground_at([moving], 3 * NS_PER_S).known.tolist() == [True]
    assert len(ground_at([moving], 12 * NS_PER_S).ids) == 0
    assert ground_at([moving], 7 * NS_PER_S).known.tolist() == [False]
    assert ground_at([standing], 900 * NS_PER_S).known.tolist() == [False]


def test_a_folder_without_the_sensors_is_refused(tmp_path):
    (tmp_path / "a.ast").write_bytes(b"\x00\x00\x03")
    with pytest.raises(FeedError, match="expected reports of asterix:0/7"):
        surface.load(tmp_path, surface.CONFIG, 1.0, 0.5)
    with pytest.raises(FeedError, match="no such file"):
        surface.load(tmp_path / "nothing", surface.CONFIG, 1.0, 0.5)
    with pytest.raises(FeedError, match="below 1"):
        surface.load(tmp_path, surface.CONFIG, 1.0, 1.0)


def test_the_real_surface_is_followed_with_the_addresses_hidden(shared_data):
    held = surface.load(shared_data / "asterix_surface_barcelona", surface.CONFIG, 2.0, 0.5)
    assert all(not tick.rows["claim"].any() for tick in held.ticks)
    assert held.left_out > 600
    assert held.apart_m < 1.0
    rows = np.concatenate([tick.rows for tick in held.ticks])
    fed = np.concatenate([tick.fed for tick in held.ticks])
    mlat = rows["sensor"] == held.mlat.index
    assert fed[~mlat].all()
    assert fed[mlat].mean() == pytest.approx(0.5, abs=0.02)
    fused = surface.run(held, "both", (held.radar.index, held.mlat.index), lambda _: None)
    assert fused["seen_share"] > 0.95
    assert fused["localisation_m_a_target"] < 6.0
