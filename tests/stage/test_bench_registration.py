"""The registration benchmark, short: the tracker and registration together on a small scene."""

import numpy as np

from vedette.app.bench.registration import run, watch
from vedette.app.bench.registration_scene import Planted, make
from vedette.track.sightings import RegistrationSettings


def test_a_turned_radar_is_found_within_a_minute_and_the_picture_is_whole_again():
    result = run(azimuth_deg=0.6, range_m=80.0, radar=1, seed=3, minutes=1.5, adsb=0.5, aircraft=12)
    assert result["worst_error"]["azimuth_deg"] < 0.05
    assert result["worst_error"]["range_m"] < 25.0
    scores = result["gospa_m"]
    assert scores["biased"] > 1.5 * scores["unbiased"]
    assert scores["registered"] < 1.1 * scores["unbiased"]


def test_a_scene_is_its_seed_s_and_its_faults_are_edits_of_the_same_plots():
    plain, again = (make(Planted(), 5, 0.2, aircraft=6) for _ in range(2))
    assert plain.rows.tobytes() == again.rows.tobytes()
    bent = make(Planted(radar=1, range_m=80.0, azimuth_deg=0.3), 5, 0.2, aircraft=6)
    mine = plain.rows["sensor"] == 1
    np.testing.assert_allclose(bent.rows["range_m"][mine], plain.rows["range_m"][mine] + 80.0)
    assert bent.rows[~mine].tobytes() == plain.rows[~mine].tobytes()
    one, two = (watch(bent, RegistrationSettings()) for _ in range(2))
    assert one.biases == two.biases
