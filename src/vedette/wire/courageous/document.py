"""Document: all that one system told in one run.

    version              "0.4.1"
    vendor_name, system_name
    static_cuas_location where the system stands
    detection            sets of records while it searched; uas_id where it knows which target they are of
    tracks               sets of records of one target that it followed; each has a uas_id
    uav_home_location    of a set or track: the home that the drone's settings name

The example files and vendors' own leave out what they do not know; so do we.

Source: COURAGEOUS interchange format, schema 0.4.1, definitions Document, Detection, Track; CWA 18150.
"""

from typing import Literal

import msgspec
from msgspec import Struct

from vedette.core.errors import WireError
from vedette.wire.courageous.places import Place
from vedette.wire.courageous.record import DetectionRecord, TrackingRecord, Unsigned


class Detection(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Records of a search; uas_id None where the system could not tell of what."""

    records: list[DetectionRecord]
    uas_id: Unsigned | None = None
    name: str | None = None
    uav_home_location: Place | None = None


class Track(Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Records of one target that was followed."""

    records: list[TrackingRecord]
    uas_id: Unsigned
    name: str | None = None
    uav_home_location: Place | None = None


class Document(Struct, frozen=True, kw_only=True):
    """One file."""

    version: Literal["0.4.1"] = "0.4.1"
    vendor_name: str
    system_name: str
    static_cuas_location: Place
    detection: list[Detection]
    tracks: list[Track]


class _Versioned(Struct):
    version: str


_DECODER = msgspec.json.Decoder(Document)


def decode(text: bytes) -> Document:
    """Read one file, or WireError with the place in it."""
    try:
        version = msgspec.json.decode(text, type=_Versioned).version
        if version != "0.4.1":
            raise WireError("bad-version", f"expected COURAGEOUS 0.4.1, got {version!r}")
        return _DECODER.decode(text)
    except msgspec.ValidationError as error:
        raise WireError("bad-document", f"expected a COURAGEOUS document: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise WireError("bad-json", f"expected JSON: {error}") from error


def encode(document: Document) -> bytes:
    """Write one file, indented."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2)
