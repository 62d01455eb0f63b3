"""What a pack says of itself: manifest.json, and the words for whoever opens it without Vedette."""

import hashlib
import platform
from pathlib import Path
from typing import Final

import msgspec
import numba
import numpy as np
from msgspec import Struct

from vedette import __version__
from vedette.app.evidence.agree import Agreement
from vedette.app.evidence.cut import Cut
from vedette.app.evidence.derive import Derived, Window
from vedette.core.errors import StorageError

FORMAT: Final = "vedette-evidence/1"
NAME: Final = "manifest.json"
README: Final = "README.txt"


class MadeBy(Struct, frozen=True, kw_only=True):
    """The programs that derived it."""

    vedette: str
    python: str
    numpy: str
    numba: str
    machine: str


class Member(Struct, frozen=True):
    """One file of the pack."""

    name: str
    bytes: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that a pack says of itself.

    about     why it was made, in words
    alert     id of the alert it is about, None for none
    warm_s    so long before the window the derivation begins
    shown     how what people saw agrees with what is derived; None where no picture was kept
    """

    format: str
    node: str
    about: str
    alert: str | None
    made_ns: int
    made_by: MadeBy
    window: Window
    warm_s: float
    journal: Cut
    derived: Derived
    shown: Agreement | None
    members: list[Member]


def made_by() -> MadeBy:
    """The program and the machine that run now."""
    return MadeBy(
        vedette=__version__,
        python=platform.python_version(),
        numpy=np.__version__,
        numba=numba.__version__,
        machine=platform.machine(),
    )


def member_of(content: Path, name: str) -> Member:
    """A file as it is."""
    digest = hashlib.sha256()
    with (content / name).open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return Member(name, (content / name).stat().st_size, digest.hexdigest())


def encode(manifest: Manifest) -> bytes:
    """As JSON, indented: people read it."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"


def read(content: Path, place: str) -> Manifest:
    """The manifest of an unpacked pack."""
    try:
        manifest = msgspec.json.decode((content / NAME).read_bytes(), type=Manifest)
    except (OSError, msgspec.DecodeError) as error:
        raise StorageError(f"{place}: {NAME}: expected what the pack says of itself, got {error}") from error
    if manifest.format != FORMAT:
        raise StorageError(f"{place}: {NAME}: expected format {FORMAT}, got {manifest.format!r}")
    return manifest


WORDS: Final = """This is an evidence pack of Vedette, an airspace watch: a ZIP archive, which any tool opens.

manifest.json         what it is about, when and by which program it was made, SHA-256 of every other file
manifest.sig          signature of manifest.json by the node that made it
node.toml, *.json     the configuration of the node and its zones
journal/              what its sensors sent, byte for byte, with the time each frame was heard
derived/tracks.csv    what follows from these frames alone: tracks, once a second (UTC nanoseconds, WGS-84)
derived/alerts.json   and alerts, with their reasons
shown/                the same as people saw it at the time; numbers of tracks are others there
ledger.vdtl           what people and the node did and noted, chained and signed, where there is any

Prove it, on any machine with the same version of Vedette:

    ./vedette verify FILE

It checks every bit of the file, the signature, and the ledger; then it derives tracks and alerts again from
the frames and says whether they are the same.
"""
