"""The table of formats: everything that Vedette can read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from vedette.wire.adsb import AvrDecoder, BeastDecoder, ReadsbDecoder, TimedHexDecoder
from vedette.wire.asterix import AsterixDecoder
from vedette.wire.cot import CotDecoder
from vedette.wire.decoder import Decoder
from vedette.wire.remoteid import RemoteIdDecoder
from vedette.wire.sapient import SapientDecoder


@dataclass(frozen=True, slots=True)
class DecoderOptions:
    """What a decoder may need to know of its feed.

    feed     the feed's name, for sources of formats that name no sender
    node_id  our own UUID, for formats in which we answer
    site     lat deg, lon deg of the receiver, if known
    """

    feed: str
    node_id: str = "00000000-0000-4000-8000-000000000000"
    site: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """One format: what it is, what carries it live, and its decoder."""

    summary: str
    transports: tuple[str, ...]
    make: Callable[[DecoderOptions], Decoder]


FORMATS: Final[dict[str, Format]] = {
    "asterix": Format(
        "ASTERIX 010, 021, 034, 048, 062 data blocks (EUROCONTROL)",
        ("udp", "tcp-listen", "tcp-connect"),
        lambda o: AsterixDecoder(o.feed, None),
    ),
    "sapient": Format(
        "SAPIENT, BSI Flex 335 v2: sensors register and report, Vedette is their fusion node",
        ("tcp-listen",),
        lambda o: SapientDecoder(o.feed, o.node_id),
    ),
    "beast": Format(
        "Mode S and ADS-B frames in Beast binary",
        ("tcp-connect", "tcp-listen"),
        lambda o: BeastDecoder(o.feed, o.site),
    ),
    "avr": Format(
        "Mode S and ADS-B frames as AVR text lines",
        ("tcp-connect", "tcp-listen"),
        lambda o: AvrDecoder(o.feed, o.site),
    ),
    "timedhex": Format(
        "Mode S frames as lines of UTC seconds and hexadecimal digits",
        ("tcp-connect", "tcp-listen"),
        lambda o: TimedHexDecoder(o.feed, o.site),
    ),
    "readsb": Format(
        "aircraft.json of readsb and dump1090, and readsb traces",
        ("tcp-connect", "tcp-listen", "udp"),
        lambda o: ReadsbDecoder(o.feed),
    ),
    "remoteid": Format(
        "Remote ID messages (ASTM F3411, EN 4709-002) passed on by a receiver",
        ("udp",),
        lambda o: RemoteIdDecoder(o.feed),
    ),
    "cot": Format(
        "Cursor on Target events as XML, of TAK clients, servers and gateways",
        ("udp", "tcp-listen", "tcp-connect"),
        lambda o: CotDecoder(o.feed),
    ),
}
