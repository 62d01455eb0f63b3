"""DetectionRecord and TrackingRecord: one thing that the system told at one time.

    record_number   0 or more, once in a document
    time            UTC, ms
    classification  Unknown, UAV, GCS (the pilot's station) or Other
    alarm           active, and certainty from 0 to 1; a tracking record must have it
    location        see `location`; a tracking record must have it
    identification  free text: model or configuration
    velocity        m/s, east, north, up
    cuas_location   where the system was, if not at its static place

What is not known is left out.

Source: COURAGEOUS interchange format, schema 0.4.1, definitions DetectionRecord, TrackingRecord, Alarm.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from vedette.wire.courageous.location import Location
from vedette.wire.courageous.places import Place, Velocity

Classification = Literal["Unknown", "UAV", "GCS", "Other"]
Unsigned = Annotated[int, Meta(ge=0)]


class Alarm(Struct, frozen=True):
    """Whether the system alerts its operator, and how certain it is."""

    active: bool
    certainty: Annotated[float, Meta(ge=0.0, le=1.0)]


class DetectionRecord(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One record of a detection set."""

    classification: Classification
    record_number: Unsigned
    time: Unsigned
    alarm: Alarm | None = None
    location: Location | None = None
    identification: str | None = None
    velocity: Velocity | None = None
    cuas_location: Place | None = None


class TrackingRecord(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One record of a track."""

    classification: Classification
    record_number: Unsigned
    time: Unsigned
    alarm: Alarm
    location: Location
    identification: str | None = None
    velocity: Velocity | None = None
    cuas_location: Place | None = None
