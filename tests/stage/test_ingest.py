"""Frames to batches: ticks that depend on nothing but the times at which frames were heard."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vedette.app.ingest import TICK_NS, Ingest
from vedette.core.errors import StorageError
from vedette.core.observation import Batch, decode_batch, encode_batch
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.wire.formats import FORMATS, DecoderOptions

T0 = 1_700_000_000 * NS_PER_S
OPTIONS = DecoderOptions("air", site=(50.9, 4.48))


def aircraft(number, lat=50.9, now_ns=T0):
    """One aircraft.json with one aircraft, as a frame."""
    seconds = now_ns / NS_PER_S
    return (
        f'{{"now":{seconds:.9f},"aircraft":[{{"hex":"{number:06x}","type":"adsb_icao","lat":{lat},"lon":4.48,'
        f'"alt_geom":1000,"seen":0,"seen_pos":0}}]}}\n'
    ).encode()


def heard(ingest, t_ns, data=None, connection=0):
    return ingest.receive(OPTIONS, "readsb", connection, t_ns, data or aircraft(0x44A8B2, now_ns=t_ns))[0]


def all_batches(times, advance_at=()):
    """Every batch of frames heard at these times, with the clock asked in between."""
    ingest = Ingest([])
    out = []
    marks = sorted([(t, 1) for t in times] + [(t, 0) for t in advance_at if times and t >= times[0]])
    for k, (t, is_frame) in enumerate(marks):
        out += heard(ingest, t, aircraft(k, now_ns=t)) if is_frame else ingest.advance(t)
    return out, ingest


offsets = st.lists(st.integers(0, 20 * NS_PER_S), min_size=1, max_size=30).map(sorted)


@given(times=offsets, clock=st.lists(st.integers(0, 20 * NS_PER_S), max_size=60))
@settings(max_examples=40)
def test_when_the_clock_is_looked_at_does_not_matter(times, clock):
    """Live, ticks are ended by a timer; in a replay only by the next frame. Both cut the same ticks."""
    end = max([*times, *clock])
    live, first = all_batches([T0 + t for t in times], [T0 + t for t in clock])
    replayed, second = all_batches([T0 + t for t in times])
    live += first.advance(T0 + end + NS_PER_S)
    replayed += second.advance(T0 + end + NS_PER_S)
    assert [(b.seq, b.tick_ns, b.statuses) for b in live] == [
        (b.seq, b.tick_ns, b.statuses) for b in replayed
    ]
    assert [b.observations()["heard_ns"].tolist() for b in live] == [
        b.observations()["heard_ns"].tolist() for b in replayed
    ]


@given(times=offsets)
@settings(max_examples=40)
def test_ticks_are_in_order_and_hold_what_was_heard_in_them(times):
    batches, ingest = all_batches([T0 + t for t in times])
    batches += ingest.advance(T0 + 22 * NS_PER_S)
    assert [b.seq for b in batches] == list(range(len(batches)))
    ticks = [b.tick_ns for b in batches]
    assert all(a < b for a, b in itertools.pairwise(ticks))
    assert all(t % TICK_NS == 0 for t in ticks)
    found = []
    for batch in batches:
        rows = batch.observations()
        assert (rows["heard_ns"] < batch.tick_ns).all()
        assert (rows["heard_ns"] >= batch.tick_ns - TICK_NS).all()
        found += rows["heard_ns"].tolist()
    assert found == [T0 + t for t in times]
    seconds = [t for t in ticks if t % NS_PER_S == 0]
    assert seconds == list(range(seconds[0], seconds[-1] + 1, NS_PER_S))


def test_frames_of_one_tick_are_one_batch_and_of_two_are_two():
    batches, ingest = all_batches([T0, T0 + TICK_NS - 1, T0 + TICK_NS])
    assert [len(b.observations()) for b in batches] == [2]
    assert [len(b.observations()) for b in ingest.finish()] == [1]
    assert ingest.finish() == []


def test_seconds_of_silence_give_empty_batches_with_statuses():
    batches, _ = all_batches([T0 + 500_000_000, T0 + 4 * NS_PER_S + 1])
    assert [b.tick_ns - T0 for b in batches] == [
        520_000_000, NS_PER_S, 2 * NS_PER_S, 3 * NS_PER_S, 4 * NS_PER_S
    ]  # fmt: skip
    assert [len(b.observations()) for b in batches] == [1, 0, 0, 0, 0]
    assert [len(b.statuses) for b in batches] == [0, 1, 1, 1, 1]


@pytest.mark.parametrize(("gap_s", "batches"), [(599, 599), (3600, 601), (86_400 * 365, 601)])
def test_a_gap_over_ten_minutes_is_passed_over(gap_s, batches):
    ingest = Ingest([])
    heard(ingest, T0)
    out = heard(ingest, T0 + gap_s * NS_PER_S)
    empty = [b for b in out if not b.rows]
    assert abs(len(empty) - batches) <= 1
    assert out[-1].tick_ns == T0 + gap_s * NS_PER_S
    ticks = [b.tick_ns for b in out]
    assert ticks == sorted(set(ticks))


def test_a_clock_that_goes_back_loses_nothing_and_does_not_stop():
    ingest = Ingest([])
    out = heard(ingest, T0 + 5 * NS_PER_S)
    out += heard(ingest, T0, aircraft(2))
    out += heard(ingest, T0 + 6 * NS_PER_S)
    out += ingest.finish()
    assert sum(len(b.observations()) for b in out) == 3
    ticks = [b.tick_ns for b in out]
    assert ticks == sorted(set(ticks))


def test_nothing_heard_is_nothing():
    ingest = Ingest([])
    assert ingest.finish() == []
    assert ingest.advance(T0) == []
    assert ingest.finish() == []


def test_all_sensors_come_every_ten_seconds_and_new_ones_at_once():
    sensors = [Sensor(id="a", index=0, source="x"), Sensor(id="b", index=1, source="y")]
    ingest = Ingest(sensors)
    start = T0 // (10 * NS_PER_S) * 10 * NS_PER_S
    out = heard(ingest, start + 1) + heard(ingest, start + 25 * NS_PER_S)
    named = {b.tick_ns - start: [s.id for s in b.sensors] for b in out if b.sensors}
    assert list(named) == [TICK_NS, 10 * NS_PER_S, 20 * NS_PER_S]
    assert [set(v) for v in named.values()] == [{"a", "b", "adsb:air"}] * 3
    assert all(
        [s.index for s in b.sensors] == [0, 1, 2] for b in out if b.sensors and b.tick_ns > start + TICK_NS
    )


def test_rows_name_their_sensor_and_their_claim():
    ingest = Ingest([Sensor(id="other", index=0, source="y"), Sensor(id="mine", index=1, source="adsb:air")])
    heard(ingest, T0, aircraft(1))
    heard(ingest, T0 + 1, aircraft(2))
    (batch,) = ingest.finish()
    rows = batch.observations()
    assert rows["sensor"].tolist() == [1, 1]
    assert [batch.claims[int(c) - 1].ident for c in rows["claim"]] == ["000001", "000002"]
    assert decode_batch(encode_batch(batch)) == batch


def test_hidden_claims_take_positions_and_names_with_them():
    shown, hidden = Ingest([]), Ingest([], claims=False)
    for ingest in (shown, hidden):
        heard(ingest, T0)
    (open_batch,), (batch,) = shown.finish(), hidden.finish()
    assert len(open_batch.observations()) == 1
    assert len(batch.observations()) == 0
    assert batch.claims == []
    assert hidden.hidden == 1
    assert hidden.records == shown.records
    assert hidden.registry.statuses(T0)[0].observations == 1


def test_a_position_of_dump1090_is_a_claim_too():
    """Its aircraft.json has no `type`: what mlat and tisb do not name, the aircraft said itself."""
    hidden = Ingest([], claims=False)
    heard(hidden, T0, aircraft(1).replace(b'"type":"adsb_icao",', b""))
    (batch,) = hidden.finish()
    assert len(batch.observations()) == 0


def test_peers_of_one_feed_have_decoders_of_their_own():
    """Half a document from each of two peers is none; of one peer it is one."""
    data = aircraft(0x44A8B2)
    ingest = Ingest([])
    heard(ingest, T0, data[:60], connection=1)
    heard(ingest, T0 + 1, data[60:], connection=2)
    assert sum(len(b.observations()) for b in ingest.finish()) == 0
    heard(ingest, T0 + 2, data[:60], connection=3)
    heard(ingest, T0 + 3, data[60:], connection=3)
    assert sum(len(b.observations()) for b in ingest.finish()) == 1


def test_a_peer_that_went_leaves_nothing_behind():
    data = aircraft(0x44A8B2)
    ingest = Ingest([])
    heard(ingest, T0, data[:60], connection=1)
    ingest.closed("air", 1)
    ingest.closed("air", 1)
    heard(ingest, T0 + 1, data[60:], connection=1)
    assert sum(len(b.observations()) for b in ingest.finish()) == 0
    assert not ingest.hung_up("air", 1)
    assert not ingest.hung_up("nobody", 9)


def test_what_a_feed_refused_is_counted():
    ingest = Ingest([])
    ingest.quarantine("asterix:air", "oversized", 3)
    heard(ingest, T0)
    ingest.finish()
    counted = {s.id: s.quarantined for s in ingest.registry.statuses(T0)}
    assert counted["asterix:air"] == {"oversized": 3}


@given(data=st.binary(max_size=300), name=st.sampled_from(sorted(FORMATS)))
@settings(max_examples=150)
def test_no_bytes_raise_out_of_ingest(data, name):
    ingest = Ingest([])
    for k in range(3):
        ingest.receive(OPTIONS, name, 0, T0 + k * TICK_NS, data)
    for batch in ingest.finish():
        batch.observations()


@pytest.mark.parametrize(
    "document",
    [
        '{"now":1.6e12,"aircraft":[{"hex":"44a8b2","lat":50,"lon":4,"alt_geom":1000,"seen":0,"seen_pos":0}]}',
        '{"now":1e300,"aircraft":[{"hex":"44a8b2","lat":50,"lon":4,"alt_geom":1000,"seen":0,"seen_pos":0}]}',
        '{"now":-1e300,"aircraft":[{"hex":"44a8b2","lat":50,"lon":4}]}',
        '{"now":1.7e9,"aircraft":[{"hex":"44a8b2","lat":50,"lon":4,"seen":-1e300,"seen_pos":1e300}]}',
        '{"now":1.7e9,"aircraft":[{"hex":"44a8b2","lat":1e300,"lon":-1e300,"alt_geom":1e300,"gs":1e300}]}',
        '{"timestamp":1e300,"icao":"44a8b2","trace":[[0,50,4,1000]]}',
        '{"timestamp":1.7e9,"icao":"44a8b2","trace":[[null,50,4,1000],5,[],[1e300,50,4]]}',
    ],
)
def test_absurd_numbers_in_a_document_do_not_stop_ingest(document):
    ingest = Ingest([])
    heard(ingest, T0, document.encode() + b"\n")
    out = ingest.finish()
    for batch in out:
        rows = batch.observations()
        for column in ("lat_deg", "lon_deg", "alt_m"):
            assert not np.isinf(rows[column]).any()
    heard(ingest, T0 + NS_PER_S)
    assert sum(len(b.observations()) for b in ingest.finish()) == 1


def test_batches_that_are_cut_short_are_told():
    batch = Batch(seq=0, tick_ns=T0, rows=b"12345")
    with pytest.raises(StorageError, match="got 5 bytes"):
        decode_batch(encode_batch(batch))
    with pytest.raises(StorageError):
        decode_batch(b"\xff\xff")


def test_what_is_out_of_order_is_on_the_sensors_card():
    """Measurements of too long ago, or of the future, are counted by reason."""
    ingest = Ingest([])
    for n, now_s in enumerate((T0 // NS_PER_S - 60, T0 // NS_PER_S, T0 // NS_PER_S + 60)):
        document = f'{{"now": {now_s}, "hex": "44a8b{n}", "lat": 50.9, "lon": 4.5}}\n'
        ingest.receive(DecoderOptions("roof"), "readsb", 0, T0, document.encode())
    ingest.finish()
    (status,) = ingest.registry.statuses(T0)
    assert status.observations == 3
    assert status.quarantined == {"late": 1, "future": 1}
