"""How a simulated SAPIENT sensor speaks: it introduces itself, says how it is, reports a scan.

A scan is stamped with one time, and times never go backwards: peers refuse anything else. An object
id stays with a target while it is seen, and is given up after a gap, as a small sensor's own
tracker would do.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.simulate.world import Array, Emission, Ints
from vedette.wire.sapient import registration, status_report, ulid

STATUS_NS: Final = 5 * NS_PER_S
FIRST_SCAN_NS: Final = NS_PER_S // 2  # after the registration, which wants an answer first
_FORGET_NS: Final = 5 * NS_PER_S


@dataclass
class Voice:
    """What a sensor has said so far.

    introduce_ns  when it registers (again); None once done
    status_ns     when it says next how it is
    scan_ns       when it looks next
    numbers       counts ids
    objects       by individual (slot, life): its id, and when it was seen last
    """

    rng: np.random.Generator
    introduce_ns: int | None
    status_ns: int
    scan_ns: int
    numbers: int = 0
    objects: dict[tuple[int, int], tuple[str, int]] = field(default_factory=dict)


def begin(rng: np.random.Generator, start_ns: int, period_ns: int) -> Voice:
    """Before the first word. Sensors look at instants of their own, so the first scan is drawn."""
    first = start_ns + FIRST_SCAN_NS + int(rng.integers(period_ns))
    return Voice(rng, start_ns, start_ns + NS_PER_S // 10, first)


def hello(voice: Voice, at_ns: int) -> None:
    """Introduce yourself again from at_ns on, and look only after that."""
    voice.introduce_ns = at_ns
    voice.status_ns = at_ns + NS_PER_S // 10
    voice.scan_ns = max(voice.scan_ns, at_ns + FIRST_SCAN_NS)


def next_ulid(voice: Voice, time_ns: int) -> str:
    """An id nobody had before."""
    voice.numbers += 1
    return ulid(time_ns, (int(voice.rng.integers(1 << 40)) << 40) | voice.numbers)


def object_id(voice: Voice, individual: tuple[int, int], time_ns: int) -> tuple[str, bool]:
    """The id of a target that is seen now, and whether it is new."""
    known = voice.objects.get(individual)
    new = known is None or time_ns - known[1] > _FORGET_NS
    name = next_ulid(voice, time_ns) if known is None or new else known[0]
    voice.objects[individual] = (name, time_ns)
    return name, new


def forget(voice: Voice, time_ns: int) -> None:
    """Drop what was not seen for long, so that memory stays flat."""
    gone = [key for key, (_, seen_ns) in voice.objects.items() if time_ns - seen_ns > 10 * _FORGET_NS]
    for key in gone:
        del voice.objects[key]


def introduce(voice: Voice, sensor: Sensor, emit: Emission, end_ns: int, *, polar: bool) -> list[Emission]:
    """Registration and status reports that are due before end_ns, stamped with when they are due.

    emit  gives feed and connection, and as t_ns how much later than stamped this sensor sends
    """
    out: list[Emission] = []
    node_id = sensor.source.removeprefix("sapient:")
    if voice.introduce_ns is not None and voice.introduce_ns < end_ns:
        at = voice.introduce_ns
        data = registration(
            node_id,
            at,
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
            at,
            next_ulid(voice, at),
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


def individuals(slot: Ints, life: Ints) -> list[tuple[int, int]]:
    """Keys of Voice.objects."""
    return list(zip(slot.tolist(), life.tolist(), strict=True))


def false_share(rng: np.random.Generator, mean: float) -> Array:
    """(k, 4) uniform draws, one row a false detection; k is Poisson."""
    return rng.random((int(rng.poisson(mean)), 4))
