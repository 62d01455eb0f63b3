"""COURAGEOUS documents as pictures and truth, and pictures as documents."""

import math

import numpy as np
import pytest
from pictures import T0, alert, flight, identity, shown

from vedette.app.interchange import document_of, picture_of, truth_of
from vedette.core.units import NS_PER_S
from vedette.evaluate import Picture, compare
from vedette.evaluate.picture import ALERT, ANY_UAS, IDENTITY, NO_UAS
from vedette.wire import courageous as wire

SITE = wire.Place(50.9, 4.48, 60.0)
T0_MS = T0 // 1_000_000


def record(second, location, kind="UAV", *, active=False, certainty=0.0, velocity=None, text=None):
    return wire.TrackingRecord(
        classification=kind,
        record_number=second,
        time=T0_MS + 1000 * second,
        alarm=wire.Alarm(active, certainty),
        location=location,
        velocity=velocity,
        identification=text,
    )


def document(records, detection=()):
    track = wire.Track(uas_id=7, name="the drone", records=list(records))
    return wire.Document(
        vendor_name="V", system_name="S", static_cuas_location=SITE, detection=list(detection), tracks=[track]
    )


def test_places_are_read_in_every_way_that_is_one():
    read = picture_of(
        document(
            [
                record(0, wire.Place3d(50.91, 4.5, 100.0)),
                record(1, wire.Place2d(50.91, 4.5), "Other"),
                record(2, wire.BearingElevationDistance(90.0, 30.0, 1000.0)),
                record(3, wire.BearingElevation(90.0, 30.0)),
                record(4, wire.Quad("North")),
            ]
        ),
        45.0,
        2.0,
    )
    points = read.picture.points
    assert read.without_place == 2
    assert points["track_id"].tolist() == [7, 7, 7]
    assert points["class"].tolist() == [ANY_UAS, NO_UAS, ANY_UAS]
    assert points["alt_m"][0] == 145.0
    assert math.isnan(points["alt_m"][1])
    assert points["alt_m"][2] == pytest.approx(60.0 + 500.0 + 45.0, abs=0.1)
    assert points["lon_deg"][2] == pytest.approx(4.48 + 866.0 / 70_200, abs=1e-4)
    assert np.isnan(points["v_east_mps"]).all()


def test_without_the_geoid_heights_are_not_known():
    read = picture_of(document([record(0, wire.Place3d(50.91, 4.5, 100.0))]), None, 2.0)
    assert np.isnan(read.picture.points["alt_m"]).all()


def test_alarms_that_begin_and_end_are_alerts():
    place = wire.Place2d(50.9, 4.48)
    states = [False, True, True, False, True]
    records = [record(k, place, active=on, certainty=0.8 if on else 0.0) for k, on in enumerate(states)]
    alerts = picture_of(document(records), None, 2.0).picture.alerts
    assert alerts["state"].tolist() == ["actual", "cleared", "actual"]
    assert ((alerts["time_ns"] - T0) // NS_PER_S).tolist() == [1, 3, 4]
    assert alerts["probability"].tolist() == [0.8, 0.0, 0.8]


def test_a_station_is_where_the_pilot_stands_and_no_point():
    records = [
        record(0, wire.Place2d(50.9, 4.48), text="a model"),
        record(1, wire.Place2d(50.95, 4.4), "GCS"),
    ]
    picture = picture_of(document(records), None, 2.0).picture
    assert len(picture.points) == 1
    assert picture.identities["named"].tolist() == [True, False]
    assert picture.identities["label"][0] == "a model"
    assert picture.identities["pilot_lat_deg"][1] == 50.95


def test_detections_of_a_target_that_is_named_are_its_points():
    seen = wire.DetectionRecord(
        classification="UAV", record_number=9, time=T0_MS - 5000, location=wire.Place2d(50.9, 4.48)
    )
    nobody = wire.Detection(records=[seen])
    known = wire.Detection(records=[seen], uas_id=7)
    read = picture_of(document([record(0, wire.Place2d(50.9, 4.48))], [known, nobody]), None, 2.0)
    assert len(read.picture.points) == 2
    assert read.without_place == 1


def test_numbers_that_need_64_bits_have_room():
    track = wire.Track(uas_id=2**64 - 1, records=[record(0, wire.Place2d(50.9, 4.48))])
    whole = wire.Document(
        vendor_name="V", system_name="S", static_cuas_location=SITE, detection=[], tracks=[track]
    )
    assert picture_of(whole, None, 2.0).picture.points["track_id"][0] > 0


def test_truth_is_filled_in_by_the_second_and_not_over_gaps():
    flown = [record(k, wire.Place3d(50.9 + 1e-4 * k, 4.48, 100.0)) for k in (0, 2, 4, 20, 21)]
    truth = truth_of(document([*flown, record(3, wire.Place2d(50.95, 4.4), "GCS")]), 45.0)
    seconds = ((truth.rows["time_ns"] - T0) // NS_PER_S).tolist()
    assert seconds == [0, 1, 2, 3, 4, 20, 21]
    assert truth.rows["lat_deg"] == pytest.approx(50.9 + 1e-4 * np.array(seconds))
    assert truth.rows["alt_m"] == pytest.approx(145.0)
    assert (truth.rows["name"][0], truth.rows["class"][0]) == ("the drone", "multirotor")
    assert not truth.rows["authorised"].any()
    assert truth.pilots == {7: (50.95, 4.4)}


def test_what_we_showed_goes_out_and_comes_in_again():
    drone = flight(1, "drone")
    points = shown(5, drone, range(40))
    points["alt_m"], points["v_north_mps"], points["v_up_mps"] = 120.0, 0.5, 0.0
    alerts = [alert(10.0, 5, "predicted"), alert(20.0, 5, "actual"), alert(30.0, 5, "cleared")]
    identities = [identity(4.0, 5, "1SVY", True, (50.91, 4.5))]
    picture = Picture(points, np.array(alerts, ALERT), np.array(identities, IDENTITY))
    written = document_of(picture, SITE, 45.0, "here")
    (track,) = written.tracks
    assert [r.alarm.active for r in track.records[:40]] == [10 <= k < 30 for k in range(40)]
    assert track.records[3].identification is None
    assert track.records[4].identification == "1SVY"
    assert track.records[0].location.height_amsl == 75.0
    assert track.records[-1].classification == "GCS"
    assert len({r.record_number for r in track.records}) == 41
    again = picture_of(wire.decode(wire.encode(written)), 45.0, 2.0).picture
    ours, theirs = (compare(one, drone).score for one in (picture, again))
    assert theirs.gospa_m == pytest.approx(ours.gospa_m)
    assert theirs.classes == ours.classes
    assert theirs.trials[0].alarmed_s == ours.trials[0].alarmed_s == 10.0
    assert theirs.trials[0].piloted_s == ours.trials[0].piloted_s == 4.0


def test_the_pilot_is_as_far_off_as_he_is():
    drone = flight(1, "drone")
    picture = Picture(
        shown(5, drone, range(40)),
        np.zeros(0, ALERT),
        np.array([identity(4.0, 5, "1SVY", True, (50.91, 4.5))], IDENTITY),
    )
    (trial,) = compare(picture, drone, pilots={1: (50.92, 4.5)}).score.trials
    assert trial.pilot_error_m == pytest.approx(1111.95, abs=0.1)


def test_a_real_sensors_bearings_cannot_be_scored_and_are_counted(shared_data):
    text = (shared_data / "courageous" / "test_data.json").read_bytes()
    read = picture_of(wire.decode(text), None, 2.0)
    assert len(read.picture.points) == 0
    assert read.without_place > 200
    assert set(read.picture.alerts["state"].tolist()) <= {"actual", "cleared"}
