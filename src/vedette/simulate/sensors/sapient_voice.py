"""How a simulated SAPIENT sensor speaks: it introduces itself, says how it is, reports a scan.

A scan is stamped with one time, and times never go backwards: peers refuse anything else. An object
id stays with a target while it is seen, and is given up after a gap, as a small sensor's own
tracker would do.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.simulate.sensors import memory
from vedette.simulate.sensors.memory import Memory
from vedette.simulate.world import Array, Emission, Ints
from vedette.wire.sapient import registration, status_report
from vedette.wire.sapient.batch import ULID_CHARS, Octets, ulids

STATUS_NS: Final = 5 * NS_PER_S
FIRST_SCAN_NS: Final = NS_PER_S // 2  # after the registration, which wants an answer first
FORGET_NS: Final = 5 * NS_PER_S


@dataclass
class Voice:
    """What a sensor has said so far.

    introduce_ns  when it registers (again); None once done
    status_ns     when it says next how it is
    scan_ns       when it looks next
    stamp_ns      the last time that it stamped: a clock that drifts back is held
    numbers       counts ids
    met           targets: which individual, when it was seen last, its id's letters, and what the
                  sensor takes it for: drift of the evidence, logits
    """

    rng: np.random.Generator
    introduce_ns: int | None
    status_ns: int
    scan_ns: int
    met: Memory
    stamp_ns: int = 0
    numbers: int = 0


def begin(rng: np.random.Generator, start_ns: int, period_ns: int, names: int) -> Voice:
    """Before the first word. Sensors look at instants of their own, so the first scan is drawn."""
    first = start_ns + FIRST_SCAN_NS + int(rng.integers(period_ns))
    met = memory.begin(("object_id", "u1", (ULID_CHARS,)), ("drift", "<f8", (names,)))
    return Voice(rng, start_ns, start_ns + NS_PER_S // 10, first, met)


def hello(voice: Voice, at_ns: int) -> None:
    """Introduce yourself again from at_ns on, and look only after that."""
    voice.introduce_ns = at_ns
    voice.status_ns = at_ns + NS_PER_S // 10
    voice.scan_ns = max(voice.scan_ns, at_ns + FIRST_SCAN_NS)


def stamp(voice: Voice, at_ns: int, clock_ns: int) -> int:
    """What the sensor's clock says, never less than before."""
    voice.stamp_ns = max(voice.stamp_ns, at_ns + clock_ns)
    return voice.stamp_ns


def new_ids(voice: Voice, time_ns: int, count: int) -> Octets:
    """(count, 26) letters of ids that nobody had before."""
    numbers = np.arange(voice.numbers + 1, voice.numbers + 1 + count).astype(np.uint64)
    voice.numbers += count
    return ulids(time_ns, numbers, voice.rng.integers(1 << 40, size=count, dtype=np.uint64))


def meet(voice: Voice, slot: Ints, life: Ints, at_ns: int) -> tuple[Ints, NDArray[np.bool_]]:
    """Rows of targets that are seen now in voice.met, (k,), and which of them are new, (k,)."""
    voice.met.forget(at_ns - 10 * FORGET_NS)
    at = voice.met.find(slot)
    rows = voice.met.rows
    new = (rows["life"][at] != life) | (rows["seen_ns"][at] < at_ns - FORGET_NS)
    rows["object_id"][at[new]] = new_ids(voice, at_ns, int(new.sum()))
    rows["life"][at], rows["seen_ns"][at] = life, at_ns
    return at, new


def introduce(
    voice: Voice, sensor: Sensor, emit: Emission, end_ns: int, clock_ns: int = 0, *, polar: bool = True
) -> list[Emission]:
    """Registration and status reports that are due before end_ns, stamped with when they are due.

    emit  gives feed and connection, and as t_ns how much later than stamped this sensor sends
    """
    out: list[Emission] = []
    node_id = sensor.source.removeprefix("sapient:")
    if voice.introduce_ns is not None and voice.introduce_ns < end_ns:
        at = voice.introduce_ns
        data = registration(
            node_id,
            stamp(voice, at, clock_ns),
            sensor.name,
            sensor.modality,
            scan=sensor.scan,
            period_s=sensor.period_s,
            range_max_m=sensor.range_max_m,
            polar=polar,
            tracks=True,
            status_interval_s=STATUS_NS / NS_PER_S,
        )
        out.append(Emission(emit.feed, emit.connection, at + emit.t_ns, data))
        voice.introduce_ns = None
    while voice.status_ns < end_ns:
        at = voice.status_ns
        data = status_report(
            node_id,
            stamp(voice, at, clock_ns),
            new_ids(voice, at, 1).tobytes().decode(),
            lat_deg=sensor.lat_deg,
            lon_deg=sensor.lon_deg,
            alt_m=sensor.alt_m,
            azimuth_from_deg=sensor.azimuth_from_deg,
            azimuth_width_deg=sensor.azimuth_width_deg,
            range_max_m=sensor.range_max_m,
            note="simulated",
        )
        out.append(Emission(emit.feed, emit.connection, at + emit.t_ns, data))
        voice.status_ns += STATUS_NS
    return out


def false_share(rng: np.random.Generator, mean: float) -> Array:
    """(k, 4) uniform draws, one row a false detection; k is Poisson."""
    return rng.random((int(rng.poisson(mean)), 4))
