"""What types cannot say of sensors and of what befalls them."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from vedette.core.classes import CLASSES
from vedette.simulate.spec.events import LIARS_MAX, Babble, Lie, SensorEvent
from vedette.simulate.spec.mistake import Mistake, above_0
from vedette.simulate.spec.place import Feed
from vedette.simulate.spec.sensor_cards import KINDS
from vedette.simulate.spec.sensors import AdsbReceiver, HumanReports, RemoteIdReceiver, SensorSpec

# Settings that must be above 0, of the kinds that have them.
_POSITIVE: Final = (
    "period_s", "range_max_m", "range_1m2_m", "range_1m_m", "azimuth_sd_deg", "elevation_sd_deg",
    "range_sd_m", "position_sd_m", "velocity_sd_mps", "blind_speed_mps", "azimuth_width_deg",
)  # fmt: skip
_NOT_NEGATIVE: Final = (
    "false_per_scan", "latency_s", "notch_mps", "notch_db", "multipath_below_deg", "distance_sd",
)  # fmt: skip
_SHARES: Final = ("multipath_share", "wrong_class")
_NODE_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def of_sensor(at: str, spec: SensorSpec, feeds: list[Feed]) -> Iterator[Mistake]:
    """Its feed speaks its format, its numbers can be."""
    _, _, wanted = KINDS[type(spec)]
    known = [feed.name for feed in feeds if feed.format == wanted]
    if spec.feed not in known:
        yield Mistake(f"{at}.feed", f"a [[feed]] of format {wanted}: {', '.join(known)}", spec.feed)
    values = msgspec.structs.asdict(spec)
    yield from above_0(at, **{name: values[name] for name in _POSITIVE if name in values})
    for name in _NOT_NEGATIVE:
        if name in values and not values[name] >= 0:
            yield Mistake(f"{at}.{name}", "a number of 0 or more", values[name])
    for name in _SHARES:
        if name in values and not 0 <= values[name] <= 1:
            yield Mistake(f"{at}.{name}", "a share, 0 to 1", values[name])
    if not 0 < spec.detection_probability <= 1:
        yield Mistake(f"{at}.detection_probability", "above 0 and at most 1", spec.detection_probability)
    if not _NODE_ID.fullmatch(values.get("node_id", "00000000-0000-4000-8000-000000000000")):
        yield Mistake(f"{at}.node_id", "a version-4 UUID in lower case", values["node_id"])
    if isinstance(spec, HumanReports) and not 0 <= spec.delay_s[0] <= spec.delay_s[1]:
        yield Mistake(f"{at}.delay_s", "the shortest and the longest, 0 or more", spec.delay_s)


def of_feed(at: str, feed: Feed) -> Iterator[Mistake]:
    """COURAGEOUS goes to files, and nothing else does."""
    if (feed.format == "courageous") != (feed.transport == "file"):
        expected = "file" if feed.format == "courageous" else "udp, tcp-listen or tcp-connect"
        yield Mistake(f"{at}.transport", f"{expected} for {feed.format}", feed.transport)


def of_events(events: list[tuple[str, SensorEvent]], sensors: list[SensorSpec]) -> Iterator[Mistake]:
    """Each befalls a sensor that there is, for a while that can be; all with where they stand."""
    known = {spec.id: spec for spec in sensors}
    liars = 0
    for at, event in events:
        spec = known.get(event.sensor)
        if spec is None:
            yield Mistake(f"{at}.sensor", f"the id of a [[sensor]]: {', '.join(known)}", event.sensor)
        until_s = getattr(event, "until_s", None)
        if until_s is not None and not until_s > event.at_s:
            yield Mistake(f"{at}.until_s", f"later than at_s, {event.at_s:g}", until_s)
        match event:
            case Babble():
                yield from above_0(at, rate_per_s=event.rate_per_s)
                if "flood" in event.kinds and isinstance(spec, AdsbReceiver | RemoteIdReceiver):
                    yield Mistake(
                        f"{at}.kinds", "no flood: what it hears has no false detections", event.kinds
                    )
            case Lie():
                liars += event.count
                yield from _of_lie(at, event, liars)
            case _:
                pass


def _of_lie(at: str, lie: Lie, liars: int) -> Iterator[Mistake]:
    """Its targets can be, and are not too many."""
    yield from above_0(at, speed_mps=lie.speed_mps, count=lie.count, rcs_m2=lie.rcs_m2)
    if len(lie.path) < 2:
        yield Mistake(f"{at}.path", "two places or more", lie.path)
    if lie.class_name not in CLASSES:
        yield Mistake(f"{at}.class_name", f"one of {', '.join(CLASSES)}", lie.class_name)
    if lie.icao24 and not re.fullmatch(r"[0-9A-Fa-f]{6}", lie.icao24):
        yield Mistake(f"{at}.icao24", "six hexadecimal digits", lie.icao24)
    if liars > LIARS_MAX:
        yield Mistake(f"{at}.count", f"at most {LIARS_MAX} targets in all lies", liars)
