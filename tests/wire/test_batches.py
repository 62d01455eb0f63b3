"""Encoders of many records at once write the bytes that the encoders of one record write."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

from vedette.core.units import NS_PER_S
from vedette.wire.adsb import batch as adsb
from vedette.wire.adsb import beast_frame, encode_position, encode_velocity
from vedette.wire.asterix import Cat048, encode_block, plots
from vedette.wire.asterix.values import callsign_octets
from vedette.wire.remoteid import batch as remoteid
from vedette.wire.remoteid import location
from vedette.wire.sapient import Detected, detection_range_bearing, ulid
from vedette.wire.sapient.batch import detections, ulids
from vedette.wire.sapient.ids import is_ulid

NOW = 1_795_195_800 * NS_PER_S
NODE = "98d007d6-d9ea-4fca-bfb8-17f2fe6067b5"
seeds = st.integers(0, 2**32)


@given(seeds)
def test_adsb_positions_and_velocities(seed):
    rng = np.random.default_rng(seed)
    n = 40
    icao = rng.integers(1 << 24, size=n)
    lat, lon = rng.uniform(-90, 90, n), rng.uniform(-180, 180, n)
    feet = rng.uniform(-1500, 70_000, n)
    odd = rng.integers(2, size=n)
    velocity = rng.uniform(-700, 700, (n, 3)) * (1.0, 1.0, 0.2)
    messages = adsb.squitters(icao, adsb.position_me(lat, lon, feet, odd))
    speeds = adsb.squitters(icao, adsb.velocity_me(velocity, 45.0))
    for i in range(n):
        one = encode_position(int(icao[i]), lat[i], lon[i], feet[i], odd=bool(odd[i]))
        assert messages[i].tobytes() == one
        assert speeds[i].tobytes() == encode_velocity(int(icao[i]), *velocity[i], alt_above_baro_m=45.0)


def test_beast_doubles_its_escape():
    messages = np.full((2, 14), 0x1A, np.uint8)
    assert adsb.beast(messages, 0x1A1A, np.array([26, 7])) == b"".join(
        beast_frame(bytes(messages[0]), 0x1A1A, level) for level in (26, 7)
    )


@given(seeds, st.booleans())
def test_radar_plots(seed, doppler):
    rng = np.random.default_rng(seed)
    n = 20
    time_s, range_m, azimuth = rng.uniform(0, 86_400, n), rng.uniform(0, 470e3, n), rng.uniform(0, 360, n)
    speed = rng.uniform(-500, 500, n) if doppler else None
    squawk, icao = rng.integers(4096, size=n), rng.integers(1 << 24, size=n)
    alt, status = rng.uniform(-300, 20_000, n), rng.integers(2, size=n)
    kind = rng.choice([5, 7], n)
    letters = np.frombuffer(callsign_octets("SIM12A") * n, np.uint8).reshape(n, 6)
    plain = plots.primary((8, 21), 1, time_s, range_m, azimuth, speed)
    replied = plots.mode_s(
        (8, 21),
        kind,
        time_s,
        range_m,
        azimuth,
        squawk=squawk,
        baro_alt_m=alt,
        icao24=icao,
        callsign=letters,
        flight_status=status,
        doppler_mps=speed,
    )
    for i in range(n):
        record = Cat048(
            sac=8,
            sic=21,
            time_s=time_s[i],
            kind=1,
            simulated=True,
            range_m=range_m[i],
            azimuth_deg=azimuth[i],
            doppler_mps=None if speed is None else speed[i],
        )
        assert plots.block([plain[i].tobytes()]) == encode_block(48, [record])
        record.kind, record.squawk, record.baro_alt_m = int(kind[i]), f"{squawk[i]:04o}", alt[i]
        record.icao24, record.callsign = f"{icao[i]:06X}", "SIM12A"
        record.flight_status = int(status[i])
        assert plots.block([replied[i].tobytes()]) == encode_block(48, [record])


def test_plots_are_cut_into_datagrams_that_fit():
    records = [bytes(50)] * 100
    parts = list(plots.datagrams(records))
    assert sum(len(part) for part in parts) == 100
    assert all(len(plots.block(part)) <= 1_403 for part in parts)
    assert list(plots.datagrams([])) == []


@given(seeds)
def test_remote_id_locations(seed):
    rng = np.random.default_rng(seed)
    n = 30
    geo = rng.uniform((-90, -180, -1200), (90, 180, 33_000), (n, 3))
    velocity = rng.uniform(-200, 200, (n, 3)) * (1, 1, 0.5)
    baro, height, hour = rng.uniform(-900, 9_000, n), rng.uniform(-50, 500, n), rng.uniform(0, 3_600, n)
    status = rng.integers(1, 3, size=n)
    sds = {"position_sd_m": 1.5, "alt_sd_m": 3.0, "velocity_sd_mps": 0.3, "hour_accuracy_s": 0.1}
    rows = remoteid.locations(status, geo, velocity, baro, height, hour, **sds)
    for i in range(n):
        one = location.Location(
            status=int(status[i]),
            place=(geo[i, 0], geo[i, 1]),
            direction_deg=np.degrees(np.arctan2(velocity[i, 0], velocity[i, 1])) % 360,
            speed_mps=np.hypot(velocity[i, 0], velocity[i, 1]),
            v_up_mps=velocity[i, 2],
            baro_alt_m=baro[i],
            alt_m=geo[i, 2],
            height_m=height[i],
            hour_s=hour[i],
            **sds,
        )
        assert rows[i].tobytes() == location.encode(one)


@pytest.mark.parametrize("with_range", [True, False])
@pytest.mark.parametrize("mhz", [True, False])
@pytest.mark.parametrize("names", [(), ("multirotor", "bird", "aeroplane"), ("ground_vehicle", "helicopter")])
@given(seed=seeds)
def test_sapient_detections_mean_the_same(with_range, mhz, names, seed):
    rng = np.random.default_rng(seed)
    n = 6
    low = rng.integers(1 << 40, size=2 * n, dtype=np.uint64)
    letters = ulids(NOW, low, rng.integers(1 << 40, size=2 * n, dtype=np.uint64))
    reports, objects = letters[:n], letters[n:]
    assert all(is_ulid(row.tobytes().decode()) for row in letters)
    sure, azimuth, away = rng.random(n), rng.uniform(0, 360, n), rng.uniform(0, 9e3, n)
    frequency = rng.uniform(400, 6000, n) if mhz else None
    shares = rng.dirichlet(np.ones(len(names)), n) if names else None
    block = detections(
        NODE,
        NOW,
        reports,
        objects,
        confidence=sure,
        azimuth_deg=azimuth,
        azimuth_sd_deg=0.5,
        range_m=away if with_range else None,
        range_sd_m=6.0 if with_range else None,
        class_names=names,
        classes=shares,
        frequency_mhz=frequency,
    )
    size = len(block) // n
    for i in range(n):
        more = Detected(
            confidence=sure[i],
            classes={} if shares is None else dict(zip(names, shares[i].tolist(), strict=True)),
            frequency_mhz=None if frequency is None else frequency[i],
        )
        one = detection_range_bearing(
            NODE,
            NOW,
            reports[i].tobytes().decode(),
            objects[i].tobytes().decode(),
            azimuth_deg=azimuth[i],
            azimuth_sd_deg=0.5,
            range_m=away[i] if with_range else None,
            range_sd_m=6.0 if with_range else None,
            more=more,
        )
        assert said(block[i * size : (i + 1) * size]) == said(one)


def said(frame):
    """What a message says, its classes in one order and floats as near as float32 holds them."""
    message = SapientMessage.FromString(frame[4:])
    assert int.from_bytes(frame[:4], "little") == len(frame) - 4
    report = message.detection_report
    classes = {}
    for top in report.classification:
        classes[top.type] = pytest.approx(top.confidence, abs=1e-6)
        for sub in top.sub_class:
            classes[top.type, sub.type] = (pytest.approx(sub.confidence, abs=1e-6), sub.level)
    del report.classification[:]
    return message, classes


def test_ulids_are_those_of_one():
    high, low = np.array([5], np.uint64), np.array([77], np.uint64)
    assert ulids(NOW, low, high)[0].tobytes().decode() == ulid(NOW, 5 << 40 | 77)


@given(seeds)
def test_beast_streams(seed):
    rng = np.random.default_rng(seed)
    messages = rng.integers(0x18, 0x1D, size=(12, 14)).astype(np.uint8)
    level = rng.integers(1, 256, size=12)
    one_by_one = b"".join(
        beast_frame(row.tobytes(), 77, int(s)) for row, s in zip(messages, level, strict=True)
    )
    assert adsb.beast(messages, 77, level) == one_by_one
