"""Who flies with a crew answers by a transponder: what does not is the less likely one."""

import numpy as np
import pytest
from tests.stage.test_identify import ICAO, T0, likely

from vedette.core.classes import CLASSES, UAS
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.identify import transponder
from vedette.identify.step import init, step, with_sensor

RADAR, ADSB = Sensor(id="radar", index=0, modality="radar"), Sensor(id="adsb", index=1, modality="adsb")
SILENT = "answers by no transponder"
CREWED = ("aeroplane", "helicopter", "glider")


def followed(seconds, *, hears_s=1_000, answers_s=None, other_m=3_000.0, up_m=60.0):
    """The identity of what may be a drone or a helicopter; answers_s: from when on it answers.

    other_m  how far away there is another one, which is heard to answer for hears_s
    """
    state = with_sensor(with_sensor(init(ground_m=50.0), RADAR), ADSB)
    rows = np.zeros(2, TRACK)
    rows["track_id"], rows["status"] = [1, 2], TrackStatus.CONFIRMED
    rows["lon_deg"], rows["alt_m"], rows["v_north_mps"] = 4.48, 50.0 + up_m, 25.0
    rows["speed_sd_mps"], rows["sd_major_m"], rows["alt_sd_m"] = 0.5, 5.0, 5.0
    p = np.stack([likely(fixed_wing_drone=0.45, helicopter=0.45)] * 2)
    for s in range(seconds):
        now_ns = T0 + s * NS_PER_S
        rows["time_ns"] = rows["heard_ns"] = now_ns
        rows["lat_deg"] = 50.9 + s * 25.0 / 111_320.0 + np.array([0.0, other_m]) / 111_320.0
        hits = [(2, now_ns, ICAO)] if s < hears_s else []
        if answers_s is not None and s >= answers_s:
            hits.append((1, now_ns, ICAO))
        plots = np.full((2, 2), 5 + s)
        state, _ = step(state, rows, p, hits, plots, {0: "radar", 1: "adsb"}, now_ns)
    return state.dossiers[1].last


def share(identity, names):
    return sum(identity.classes[name] for name in names)


def test_what_answers_by_no_transponder_is_less_likely_crewed_once_it_would_have_been_heard():
    early, late, nobody = followed(45), followed(75), followed(75, hears_s=0)
    assert share(early, CREWED) == pytest.approx(share(followed(45, hears_s=0), CREWED))
    assert share(late, CREWED) < share(nobody, CREWED) / 2
    assert share(late, UAS) > share(nobody, UAS)
    assert SILENT in late.reasons
    assert SILENT not in [*early.reasons, *nobody.reasons]


def test_whoever_answers_is_not_silent():
    answers = followed(75, answers_s=70)
    assert SILENT not in answers.reasons
    assert share(answers, CREWED) > 2 * share(followed(75), CREWED)


def test_who_is_near_to_one_that_answers_may_be_that_one():
    assert SILENT not in followed(75, other_m=600.0).reasons


def test_where_nobody_is_heard_any_more_silence_says_nothing():
    """The receiver may be deaf."""
    assert SILENT in followed(125, hears_s=70).reasons
    assert SILENT not in followed(140, hears_s=70).reasons


def test_where_aircraft_may_be_silence_says_nothing():
    for up_m in (149.0, 300.0, np.nan):
        assert SILENT not in followed(75, up_m=up_m).reasons


def test_silence_moves_only_what_flies_with_a_crew():
    p = np.full(len(CLASSES), 0.1)
    assert transponder.weighed(p, mute=False) is p
    out = transponder.weighed(p, mute=True)
    assert out.sum() == pytest.approx(1.0)
    others = np.setdiff1d(np.arange(len(CLASSES)), transponder.CREWED)
    assert np.ptp(out[others]) == pytest.approx(0.0)
    assert (out[transponder.CREWED] < out[others].min()).all()


def test_of_a_bird_it_is_not_worth_a_word():
    assert transponder.words(likely(bird=0.9), mute=True) == []
    assert transponder.words(likely(glider=0.9), mute=False) == []
