"""SAPIENT, BSI Flex 335 v2.0: autonomous sensors over TCP, with Vedette as the fusion node."""

from vedette.wire.sapient.decode import SapientDecoder
from vedette.wire.sapient.encode import (
    NOTHING_MORE,
    Detected,
    detection_location,
    detection_range_bearing,
    registration,
    status_report,
)
from vedette.wire.sapient.frame import encode_frame
from vedette.wire.sapient.ids import node_uuid, ulid

__all__ = [
    "NOTHING_MORE",
    "Detected",
    "SapientDecoder",
    "detection_location",
    "detection_range_bearing",
    "encode_frame",
    "node_uuid",
    "registration",
    "status_report",
    "ulid",
]
