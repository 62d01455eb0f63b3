"""The tree of classes as likelihoods."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sapient_msg.bsi_flex_335_v2_0.detection_report_pb2 import DetectionReport

from vedette.core.classes import CLASSES
from vedette.wire.sapient.classes import ASSUMED_CONFIDENCE, FLOOR, likelihood

Top = DetectionReport.DetectionReportClassification
Sub = DetectionReport.SubClass


def by_name(*nodes: Top) -> dict[str, float]:
    values = likelihood(nodes)
    assert values is not None
    return dict(zip(CLASSES, values, strict=True))


def test_one_class_holds_its_confidence_and_the_rest_share_what_is_over():
    found = by_name(Top(type="Sea vessel", confidence=0.82))
    assert found.pop("vessel") == pytest.approx(0.82)
    assert found == pytest.approx(dict.fromkeys(found, 0.02))


def test_a_sub_class_takes_its_part_from_its_parent():
    found = by_name(
        Top(
            type="Air Vehicle",
            confidence=0.9,
            sub_class=[Sub(type="UAV Rotary Wing", confidence=0.6, level=1)],
        )
    )
    assert found["multirotor"] == pytest.approx(0.6 + 0.3 / 6)
    assert found["helicopter"] == pytest.approx(0.3 / 6)
    assert found["bird"] == pytest.approx(0.1 / 4)


def test_a_sub_class_is_never_surer_than_its_parent():
    found = by_name(Top(type="Animal", confidence=0.5, sub_class=[Sub(type="Bird", confidence=0.9, level=1)]))
    assert found["bird"] == pytest.approx(0.5, abs=0.01)


def test_a_detail_that_is_not_known_leaves_its_parent_standing():
    deep = Sub(
        type="UAV fixed wing",
        confidence=0.7,
        level=1,
        sub_class=[Sub(type="Military", confidence=0.7, level=2)],
    )
    found = by_name(Top(type="sapient_core:Air vehicle", confidence=0.7, sub_class=[deep]))
    assert found["fixed_wing_drone"] == pytest.approx(0.7, abs=0.04)


def test_several_classes_share():
    found = by_name(Top(type="Animal", confidence=0.4), Top(type="Land vehicle", confidence=0.6))
    assert found["bird"] == found["other"] == pytest.approx(found["ground_vehicle"] / 3.0)


def test_what_a_sensor_has_no_word_for_is_as_likely_as_its_second_word():
    guess = (Top(type="Drone", confidence=0.5), Top(type="Bird", confidence=0.5))
    torn, sure = (
        by_name(*guess),
        by_name(Top(type="Bird", confidence=0.98), Top(type="Land vehicle", confidence=0.02)),
    )
    assert torn["vessel"] == torn["multirotor"] == pytest.approx(torn["bird"] / 2.0)
    assert sure["vessel"] == sure["ground_vehicle"] == pytest.approx(sure["bird"] / 49.0)


def test_one_word_alone_says_nothing_for_the_others():
    found = by_name(Top(type="Sea vessel", confidence=1.0))
    assert found["bird"] == pytest.approx(FLOOR, rel=0.1)


def test_a_class_without_confidence_takes_what_is_assumed():
    assert by_name(Top(type="Drone"))["multirotor"] == pytest.approx(ASSUMED_CONFIDENCE / 2)


def test_a_parent_without_confidence_is_as_sure_as_its_sub_class():
    found = by_name(Top(type="Animal", sub_class=[Sub(type="Bird", confidence=0.9, level=1)]))
    assert found["bird"] == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("name", ["Unknown", "", "Flying saucer", "other"])
def test_names_that_say_nothing(name):
    assert likelihood([Top(type=name, confidence=0.9)]) is None
    assert likelihood([]) is None


NAMES = st.sampled_from(
    ["Air vehicle", "UAV rotary wing", "Bird", "Animal", "Human", "Sea vessel", "Gnome", ""]
)
CONFIDENCES = st.none() | st.floats(-1, 2, width=32)
SUBS = st.recursive(
    st.builds(Sub, type=NAMES, confidence=CONFIDENCES, level=st.just(1)),
    lambda below: st.builds(
        Sub, type=NAMES, confidence=CONFIDENCES, level=st.just(1), sub_class=st.lists(below, max_size=3)
    ),
    max_leaves=6,
)


@settings(deadline=None)
@given(
    st.lists(
        st.builds(Top, type=NAMES, confidence=CONFIDENCES, sub_class=st.lists(SUBS, max_size=3)), max_size=4
    )
)
def test_whatever_is_said_is_a_likelihood(nodes):
    values = likelihood(nodes)
    if values is not None:
        assert sum(values) == pytest.approx(1.0)
        assert min(values) >= FLOOR / 2
