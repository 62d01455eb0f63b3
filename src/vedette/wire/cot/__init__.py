"""Cursor on Target: events as XML, over UDP or as a stream, as TAK clients and servers send them.

Records that are counted (Intake.records):

    cot.event   an atom (a-…) in air, on ground or at sea: an observation
    cot.other   another type (a chat, a route, a ping): not looked into

Reasons that are quarantined:

    framing    bytes between events, or an event that was cut short by the next
    oversized  more than 64 KiB without an end
    not-xml    no XML in UTF-8; also the binary TAK protocol
    entities   a document type or an entity in it
    not-cot    no event, or one without uid, type, times or point
    bad-time   a time that is none
    bad-point  a place that is not on the Earth, or a number that is none
"""

from vedette.wire.cot.decoder import CotDecoder
from vedette.wire.cot.event import Event, decode, encode

__all__ = ["CotDecoder", "Event", "decode", "encode"]
