"""A file that somebody may change while the node runs: read again when it changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from vedette.core.errors import ConfigError

T = TypeVar("T")


class Reread(Generic[T]):
    """Looks whether a file changed. Whoever asks keeps the last good content on a mistake."""

    def __init__(self, path: Path, read: Callable[[Path], T]) -> None:
        """Watch a file that was read already. read: ConfigError where the file has a mistake."""
        self._path = path
        self._read = read
        self._seen = self._stamp()

    def look(self) -> T | ConfigError | None:
        """The new content, or the mistake in it; None where nothing changed."""
        stamp = self._stamp()
        if stamp == self._seen:
            return None
        self._seen = stamp
        try:
            return self._read(self._path)
        except ConfigError as error:
            return error

    def _stamp(self) -> tuple[int, int]:
        """What changes when somebody writes the file; zeros where it is not there."""
        try:
            found = self._path.stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_size
