"""COURAGEOUS interchange format 0.4.1: what a counter-drone system detected and tracked, as one JSON file."""

from vedette.wire.courageous.document import Detection, Document, Track, decode, encode
from vedette.wire.courageous.location import (
    Arc,
    Bearing,
    BearingElevation,
    BearingElevationDistance,
    Location,
    Place2d,
    Place3d,
    Quad,
)
from vedette.wire.courageous.places import Place, Velocity
from vedette.wire.courageous.record import Alarm, Classification, DetectionRecord, TrackingRecord

__all__ = [
    "Alarm",
    "Arc",
    "Bearing",
    "BearingElevation",
    "BearingElevationDistance",
    "Classification",
    "Detection",
    "DetectionRecord",
    "Document",
    "Location",
    "Place",
    "Place2d",
    "Place3d",
    "Quad",
    "Track",
    "TrackingRecord",
    "Velocity",
    "decode",
    "encode",
]
