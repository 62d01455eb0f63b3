"""ADS-B and Mode S, both ways: Beast, AVR and timed lines of raw messages, readsb's JSON.

Records that are counted (Intake.records), one for each message read whole:

    adsb.identification  adsb.surface_position  adsb.airborne_position  adsb.velocity
    adsb.status          adsb.operational       adsb.other    another or reserved type code
    adsb.all_call        DF 11                  adsb.reply    DF 0, 4, 5, 16, 20, 21, 24
    adsb.mode_ac         Beast type 1           adsb.receiver Beast types of the receiver itself
    adsb.json            one aircraft of a readsb document or one point of a trace
    adsb.json_repeat     the same, with the position of the document before

Reasons that are quarantined:

    parity           the code does not hold (DF 11, 17, 18)
    unknown-format   a downlink format that does not exist, or of another length
    bad-subtype      a reserved subtype
    no-reference     a surface position with no place near it known
    pair-mismatch    an even and an odd position that do not fit together
    implausible      a position that the target cannot have reached, or out of the site's reach
    too-many-aircraft, framing, truncated, bad-hex, bad-line, oversized, bad-json, bad-aircraft, bad-trace
"""

from vedette.wire.adsb.airborne import encode_position
from vedette.wire.adsb.avr import AvrDecoder, avr_line
from vedette.wire.adsb.beast import BeastDecoder, beast_frame
from vedette.wire.adsb.frame import extended_squitter
from vedette.wire.adsb.identification import encode_identification
from vedette.wire.adsb.operational import encode_operational
from vedette.wire.adsb.readsb import ReadsbDecoder
from vedette.wire.adsb.status import encode_status
from vedette.wire.adsb.surface import encode_surface_position
from vedette.wire.adsb.timed_hex import TimedHexDecoder
from vedette.wire.adsb.velocity import encode_velocity

__all__ = [
    "AvrDecoder",
    "BeastDecoder",
    "ReadsbDecoder",
    "TimedHexDecoder",
    "avr_line",
    "beast_frame",
    "encode_identification",
    "encode_operational",
    "encode_position",
    "encode_status",
    "encode_surface_position",
    "encode_velocity",
    "extended_squitter",
]
