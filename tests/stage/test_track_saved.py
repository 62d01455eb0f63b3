"""Saved states: the step after is the same step, and other bytes are refused by name."""

import dataclasses
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import SITE, T0, place, radar, ticks, turns

from vedette.core.claim import Claim
from vedette.core.errors import StorageError
from vedette.core.observation import OBSERVATION
from vedette.core.units import NS_PER_S
from vedette.track import saved
from vedette.track.saved import HEADER, load, save
from vedette.track.settings import TrackerSettings
from vedette.track.state import init, with_sensors
from vedette.track.step import step

ADSB = radar(1, modality="adsb", scan="self_report", lat_deg=None, lon_deg=None, alt_m=None, period_s=None)
# Three that fly side by side, closer than the noise, so that their plots are disputed.
CLOSE = np.array([[4000.0 + 60.0 * k, 1000.0 + 30.0 * k, 200.0, -15.0, 6.0, 0.0] for k in range(3)])


def scene(seed, seconds=12):
    """Ticks of a radar in clutter and of a target that tells its name."""
    rows = turns(CLOSE, seconds, seed, false_per_scan=6.0)
    told = [
        place(T0 + k * NS_PER_S + 500_000_000, -3000.0 + 40.0 * k, 10.0, 900.0, sensor=1, claim=1, flags=1)
        for k in range(seconds)
    ]
    rows = np.concatenate([rows, *told])
    rows = rows[np.argsort(rows["valid_ns"], kind="stable")]
    return list(ticks(rows, seconds, lambda: NS_PER_S // 4))


def said(output):
    """All that a step told, as bytes."""
    parts = [output.rows, output.class_p, output.plots, output.mean, output.cov]
    hits = [output.hits.track_id, output.hits.row, output.hits.probability]
    return b"".join(part.tobytes() for part in parts) + repr(hits).encode()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_step_after_is_the_same_step(seed):
    claims = [Claim("icao24", "44A8B2")]
    state = again = with_sensors(init(*SITE), [radar(), ADSB])
    disputed = 0
    for tick_ns, rows in scene(seed):
        disputed += len(state.clusters) > 0
        again = load(save(again))
        state, output = step(state, rows, claims, tick_ns)
        again, other = step(again, rows, claims, tick_ns)
        assert said(output) == said(other)
        assert save(state) == save(again)
    assert disputed > 5, "hypotheses were open"


def test_what_is_loaded_is_a_value_of_its_own():
    state = with_sensors(init(*SITE), [radar(), ADSB])
    for tick_ns, rows in scene(5)[:30]:
        state, _ = step(state, rows, [Claim("icao24", "44A8B2")], tick_ns)
    data = save(state)
    other = load(data)
    for field in dataclasses.fields(other.tracks):
        column = getattr(other.tracks, field.name)
        assert column.dtype == getattr(state.tracks, field.name).dtype
        assert column.flags.writeable
        column[:] = 0
    assert save(state) == data
    assert other.sensors[0].sensor == state.sensors[0].sensor
    assert other.settings == state.settings
    assert other.backgrounds == state.backgrounds


def test_settings_of_any_kind_come_back():
    told = TrackerSettings(models=("steady",), undetected_first=0.1, hover_tau_s=float("inf"))
    assert load(save(init(*SITE, told, first_id=70))).settings == told


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
        lambda inside: (
            st.lists(inside)
            | st.lists(inside).map(tuple)
            | st.dictionaries(st.text() | st.tuples(st.integers(0, 9), st.integers(0, 9)), inside)
        ),
    )
)
def test_plain_values_come_back_as_they_were(value):
    back = saved._value(saved._plain(value))
    assert back == value
    assert type(back) is type(value)
    assert repr(back) == repr(value), "order and signs of zero too"


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["<f8", "<i8", "<u4", "|u1", "|b1", OBSERVATION])
def test_arrays_come_back_as_they_were(dtype, order):
    rng = np.random.default_rng(1)
    size = np.dtype(dtype).itemsize
    array = np.frombuffer(rng.integers(0, 2, 6 * size, np.uint8).tobytes(), dtype).reshape(2, 3, order=order)
    back = saved._value(saved._plain(array))
    assert back.dtype == array.dtype
    assert back.tobytes() == array.tobytes()
    assert back.flags.c_contiguous == array.flags.c_contiguous


def test_the_same_state_gives_the_same_bytes():
    state = with_sensors(init(*SITE), [radar(), ADSB])
    assert save(state) == save(load(save(state)))


DATA = save(with_sensors(init(*SITE), [radar(), ADSB]))


def changed(version=saved.VERSION, magic=saved.MAGIC, shape=saved._SHAPE, body=DATA[HEADER.size :]):
    return HEADER.pack(magic, version, shape, saved._sum(body)) + body


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "30 bytes or more, got 0"),
        (DATA[:29], "30 bytes or more, got 29"),
        (DATA[:-1], "damaged"),
        (DATA + b"\0", "damaged"),
        (changed(magic=b"VDT1"), "begins with b'VDTS', got b'VDT1'"),
        (changed(version=2), "of version 1, got version 2"),
        (changed(shape=b"\0" * 8), "saved by another release"),
        (changed(body=b"\xc1"), "got something else"),
        (changed(body=b"\x05"), "got int"),
        (changed(body=b"\x92\xa3foo\x90"), "got something else: 'foo'"),
        (changed(body=b"\x90"), "got something else"),
    ],
)
def test_other_bytes_are_refused_by_name(data, says):
    with pytest.raises(StorageError) as caught:
        load(data)
    assert says in str(caught.value)


@given(at=st.integers(0, len(DATA) - 1), bit=st.integers(0, 7))
@settings(max_examples=200)
def test_no_bit_can_turn_over_unseen(at, bit):
    data = bytearray(DATA)
    data[at] ^= 1 << bit
    with pytest.raises(StorageError):
        load(bytes(data))


@given(body=st.binary(max_size=200))
@settings(max_examples=200)
def test_no_body_is_worse_than_an_error(body):
    with pytest.raises(StorageError):
        load(changed(body=body))


def test_what_a_state_does_not_hold_is_not_saved():
    with pytest.raises(StorageError, match="expected values that a state can hold, got object"):
        saved._plain(object())
    with pytest.raises(StorageError, match="arrays of numbers"):
        saved._plain(np.array([object()]))
    assert struct.calcsize("<4sH8s16s") == HEADER.size
