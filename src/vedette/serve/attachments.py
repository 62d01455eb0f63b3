"""Attachments: files in a folder under the SHA-256 of their bytes, so that one cannot pass for another."""

import hashlib
import os
import secrets
from pathlib import Path
from typing import Final

from msgspec import Struct
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from vedette.core.errors import StorageError
from vedette.serve.rest import RequestError

FOLDER: Final = "attachments"
_BLOCK: Final = 1 << 20
# What a browser may show by itself; it runs nothing of these. All else is offered as a file.
_SHOWN: Final = ("image/png", "image/jpeg", "image/webp", "image/gif")


class Kept(Struct, frozen=True):
    """A file as it was kept."""

    sha256: str
    size_bytes: int
    media_type: str


class Attachments:
    """The folder."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        """Keep files of most_bytes or less in a folder, which is made when the first one comes."""
        self._folder = folder
        self._most_bytes = most_bytes

    async def keep(self, request: Request) -> Kept:
        """Keep the body of a request; it is on the disk when this returns.

        RequestError where it is too large, or nothing.
        """
        told = request.headers.get("content-length", "0")
        if told.isdecimal() and int(told) > self._most_bytes:
            raise self._too_large()
        part = self._folder / f"{secrets.token_hex(8)}.part"
        digest, size = hashlib.sha256(), 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with part.open("xb") as file:
                async for chunk in request.stream():
                    size += len(chunk)
                    if size > self._most_bytes:
                        raise self._too_large()
                    digest.update(chunk)
                    await run_in_threadpool(file.write, chunk)
                if not size:
                    raise RequestError(400, "expected the bytes of an attachment, got none")
                file.flush()
                await run_in_threadpool(os.fsync, file.fileno())
            part.replace(self._folder / digest.hexdigest())
            await run_in_threadpool(_sync, self._folder)
        except OSError as error:
            raise StorageError(f"cannot keep an attachment in {self._folder}: {error.strerror}") from error
        finally:
            part.unlink(missing_ok=True)
        media = request.headers.get("content-type", "application/octet-stream").partition(";")[0].strip()
        return Kept(digest.hexdigest(), size, media.lower()[:100] or "application/octet-stream")

    async def proved(self, sha256: str) -> Path:
        """A file that is still what was attached; RequestError where it is gone or another."""
        path = self._folder / sha256
        if not path.is_file():
            raise RequestError(404, f"the file of attachment {sha256[:12]} is not here any more")
        if await run_in_threadpool(_sha256, path) != sha256:
            raise RequestError(409, f"the file of attachment {sha256[:12]} is not what was attached")
        return path

    def _too_large(self) -> RequestError:
        return RequestError(413, f"expected {self._most_bytes:,} bytes or less, see 'attachment_mib'")


def media_of(media_type: str) -> tuple[str, bool]:
    """As what a browser gets a file, and whether it may show it."""
    return (media_type, True) if media_type in _SHOWN else ("application/octet-stream", False)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    place = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
