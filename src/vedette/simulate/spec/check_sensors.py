"""What types cannot say of sensors and their feeds."""

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from vedette.core.sensor import RANGES
from vedette.simulate.spec.mistake import Mistake, above_0
from vedette.simulate.spec.place import Feed
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.spec.sensor_cards import KINDS, core_sensor
from vedette.simulate.spec.sensors import HumanReports, SensorSpec

# Settings that must be above 0, of the kinds that have them.
_POSITIVE: Final = (
    "period_s", "range_max_m", "range_1m2_m", "range_1m_m", "azimuth_sd_deg", "elevation_sd_deg",
    "range_sd_m", "position_sd_m", "velocity_sd_mps", "blind_speed_mps", "azimuth_width_deg",
)  # fmt: skip
_NOT_NEGATIVE: Final = (
    "false_per_scan", "latency_s", "notch_mps", "notch_db", "multipath_below_deg", "distance_sd",
)  # fmt: skip
_SHARES: Final = ("multipath_share", "wrong_class")
_SAID_AS: Final = {"alt_m": "height_m", "range_rate_sd_mps": "doppler_sd_mps"}  # by the card, and here
_NODE_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def of_sensor(at: str, spec: SensorSpec, scenario: Scenario) -> Iterator[Mistake]:
    """Its feed speaks its format, its numbers can be."""
    _, _, wanted = KINDS[type(spec)]
    known = [feed.name for feed in scenario.feed if feed.format == wanted]
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
    card = core_sensor(spec, scenario.site)
    for field, low, high in RANGES:
        value, name = getattr(card, field), _SAID_AS.get(field, field)
        least = 0.0 if field == "false_per_scan" else low  # the node's card has a least one of its own
        if value is not None and name in values and not least <= value <= high:
            yield Mistake(f"{at}.{name}", f"a number from {least:g} to {high:g}", values[name])


def of_feed(at: str, feed: Feed) -> Iterator[Mistake]:
    """COURAGEOUS goes to files, and nothing else does."""
    if (feed.format == "courageous") != (feed.transport == "file"):
        expected = "file" if feed.format == "courageous" else "udp, tcp-listen or tcp-connect"
        yield Mistake(f"{at}.transport", f"{expected} for {feed.format}", feed.transport)
