"""The model of motion: what file it takes, what it gives, and in which words."""

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vedette.core.classes import CLASSES, N_CLASSES
from vedette.core.errors import StorageError
from vedette.identify import evidence, motion
from vedette.identify.evidence import Moved
from vedette.identify.model import FILE, builtin, ignorant, load, to_bytes
from vedette.kernel.habits import FEATURES, N_FEATURES

MOST_BYTES = 300_000


def edited(path, **arrays):
    """The file that comes with Vedette with some arrays replaced, or left out where None."""
    with np.load(FILE) as file:
        told = {name: file[name] for name in file.files} | arrays
    out = io.BytesIO()
    np.savez(out, **{name: value for name, value in told.items() if value is not None})
    path.write_bytes(out.getvalue())
    return path


def features(**told):
    out = builtin().usual.copy()
    out[FEATURES.index("age_s")] = 30.0
    for name, value in told.items():
        out[FEATURES.index(name)] = value
    return out


def test_it_is_small_and_knows_all_classes_but_the_rest():
    assert FILE.stat().st_size < MOST_BYTES
    assert set(builtin().classes) == set(CLASSES) - {"other"}


def test_it_is_written_as_it_was_read(tmp_path):
    copy = tmp_path / "copy.npz"
    copy.write_bytes(to_bytes(load(FILE)))
    x = np.random.default_rng(1).normal(10.0, 20.0, (50, N_FEATURES))
    np.testing.assert_array_equal(load(copy).probabilities(x), builtin().probabilities(x))
    assert copy.read_bytes() == to_bytes(load(copy)), "the same model is the same bytes"


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"version": np.array(1)}, "version 3, got 1"),
        ({"features": np.array(["age_s", "colour"])}, "colour"),
        ({"classes": np.array(["kite"] * 9)}, "kite"),
        ({"leaf": None}, "with leaf"),
        ({"base": np.full(9, np.nan)}, "finite base"),
        ({"base": np.zeros(4)}, r"base of shape \(9,\), got \(4,\)"),
        ({"temper": np.full(7, -1.0)}, "temper above 0"),
        ({"usual": np.zeros(3)}, "usual"),
        ({"lean": np.full(9, np.inf)}, "finite lean"),
        ({"word": np.ones(2)}, r"word of shape \(5,\), got \(2,\)"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_by_name(tmp_path, arrays, words):
    with pytest.raises(StorageError, match=words):
        load(edited(tmp_path / "model.npz", **arrays))


def test_a_node_that_asks_for_what_there_is_not_is_refused(tmp_path):
    feature = np.array(builtin().feature)
    feature[0, 0, 0] = 2 * N_FEATURES
    with pytest.raises(StorageError, match="complete trees"):
        load(edited(tmp_path / "model.npz", feature=feature))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"\x80\x04K\x01."])
def test_what_is_no_model_is_refused(tmp_path, content):
    path = tmp_path / "model.npz"
    path.write_bytes(content)
    with pytest.raises(StorageError, match="expected a model of motion"):
        load(path)


@given(
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([0.1, 10.0, 1e4, 1e30]),
    unknown=st.floats(0.0, 1.0),
)
def test_whatever_moved_how_it_gives_probabilities(seed, scale, unknown):
    rng = np.random.default_rng(seed)
    x = rng.normal(0.0, scale, (8, N_FEATURES))
    x[rng.random(x.shape) < unknown] = np.nan
    p = builtin().probabilities(x)
    assert np.isfinite(p).all()
    assert (p >= 0.0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1.0)
    np.testing.assert_array_equal(p, builtin().probabilities(x))


def test_one_that_knows_nothing_finds_all_as_likely():
    p = ignorant(("bird", "vessel")).probabilities(np.zeros((3, N_FEATURES)))
    np.testing.assert_allclose(p, 0.5)


# Evidence.


def word(**told):
    """What sensors said, log of their probabilities over the prior."""
    out = np.zeros((1, N_CLASSES))
    for name, value in told.items():
        out[0, CLASSES.index(name)] = value
    return out


POOL = replace(
    builtin(), beside_s=np.array([0.0, 60.0]), motion=np.array([0.2, 1.0]), word=np.array([0.9, 0.3]),
    motion_small=np.array([0.1, -0.3]), word_small=np.array([-0.2, 0.5]),
    lean=np.linspace(-0.4, 0.4, len(builtin().classes)),
)  # fmt: skip
LEAN = np.r_[POOL.lean, 0.0]  # and none of the class that it was never shown


@pytest.mark.parametrize("said", [word(), word(bird=0.2)])
def test_motion_counts_in_full_where_no_sensor_spoke(said):
    x = features(age_s=1.0)[None]
    np.testing.assert_allclose(evidence.pooled(POOL, x, said), evidence.by_trees(POOL, x))


@pytest.mark.parametrize(
    ("age_s", "motion", "by_word", "motion_small", "word_small"),
    [(0.0, 0.2, 0.9, 0.1, -0.2), (30.0, 0.6, 0.6, -0.1, 0.15), (99.0, 1.0, 0.3, -0.3, 0.5)],
)
def test_beside_the_word_of_sensors_both_count_as_far_as_was_learnt(
    age_s, motion, by_word, motion_small, word_small
):
    x, said = features(age_s=age_s)[None], word(multirotor=2.0, bird=-1.0)
    moves, says = evidence.by_trees(POOL, x), evidence.meant(said)
    wanted = motion * moves + by_word * says + LEAN
    small = [CLASSES.index(name) for name in ("multirotor", "fixed_wing_drone", "bird")]
    for share, told in ((motion_small, moves), (word_small, says)):
        wanted[:, small] += share * (told[:, small] - told[:, small].mean())
    np.testing.assert_allclose(evidence.pooled(POOL, x, said), wanted)


def test_a_word_for_drones_speaks_for_those_that_sensors_have_no_word_for():
    meant = dict(zip(CLASSES, evidence.meant(word(multirotor=2.0, fixed_wing_drone=-3.0))[0], strict=True))
    assert meant["multirotor"] == pytest.approx(2.0)
    assert 0.5 < meant["fixed_wing_drone"] < 2.0
    assert 0.0 < meant["helicopter"] < meant["fixed_wing_drone"] < meant["multirotor"]
    assert 0.0 < meant["ground_vehicle"] < meant["fixed_wing_drone"], (
        "called a drone by what has no word for cars"
    )
    assert meant["bird"] == meant["vessel"] == pytest.approx(0.0)
    np.testing.assert_allclose(evidence.meant(word()), 0.0, atol=1e-12)


def test_a_class_never_shown_is_as_likely_as_the_average():
    likelihood = evidence.by_trees(ignorant(("bird", "vessel")), features()[None])
    np.testing.assert_allclose(likelihood, 0.0, atol=1e-12)
    trees = np.exp(evidence.by_trees(builtin(), features(speed_mps=4.0, top_mps=6.0)[None]))[0]
    assert trees[CLASSES.index("other")] == 1.0
    assert trees[:-1].mean() == pytest.approx(1.0, abs=0.02)


def test_of_nobody_nothing_is_told():
    assert evidence.told(builtin(), motion.init(), [], np.zeros((0, N_CLASSES))) == []


@pytest.mark.parametrize(
    ("name", "top_mps", "size"),
    [
        ("multirotor", 15.0, "small"), ("bird", 15.0, "small"), ("aeroplane", 120.0, "large"),
        ("vessel", 5.0, "large"), ("fixed_wing_drone", 18.0, "small"), ("fixed_wing_drone", 48.0, "large"),
    ],
)  # fmt: skip
def test_size_follows_class_and_speed(name, top_mps, size):
    p = np.full(N_CLASSES, 0.01)
    p[CLASSES.index(name)] = 0.91
    told, sure = evidence.size(p, top_mps)
    assert told == size
    assert 0.85 < sure <= 1.0


def test_size_is_open_where_the_class_is():
    p = np.zeros(N_CLASSES)
    p[CLASSES.index("balloon")] = p[CLASSES.index("other")] = 0.5
    assert evidence.size(p, 3.0) == (None, None)


def test_words_tell_what_spoke_for_a_class_and_what_against():
    model = builtin()
    hovering = features(
        speed_mps=0.4, mean_speed_mps=1.0, top_mps=9.0, least_mps=0.5, hover_share=0.8, longest_hover_s=25.0,
        straightness=0.2, straightness_now=0.1, height_m=45.0, lowest_m=40.0, altitude_sd_m=4.0,
        speed_sd_mps=0.5, climb_mps=0.0, climb_now_mps=0.0,
    )  # fmt: skip
    said = evidence.words(model, Moved(np.ones(N_CLASSES), hovering), CLASSES.index("multirotor"))
    text = " ".join(said)
    assert said[0].startswith("moves like a multirotor: ")
    assert "stood still for 25 s" in text
    for_, against = (next((s for s in said if s.startswith(k)), "") for k in ("moves like", "unlike"))
    parts = for_.split(": ")[-1].split(", ")
    assert not set(parts) & set(against.split(": ")[-1].split(", ")), "nothing speaks for and against"


def test_nothing_seen_is_nothing_said():
    nothing = Moved(np.ones(N_CLASSES), np.full(N_FEATURES, np.nan))
    assert evidence.words(builtin(), nothing, 0) == []
    assert evidence.words(builtin(), nothing, CLASSES.index("other")) == []
