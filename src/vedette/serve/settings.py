"""What the server must be told."""

from pathlib import Path

from msgspec import Struct

PAGE = Path(__file__).parent / "page"


class ServeSettings(Struct, frozen=True):
    """Settings of one server.

    token                what a person must know to get in; make it with `secrets.token_urlsafe(24)`
    hosts                names by which it may be reached beside loopback and its own address
    map_origins          where a base map of the user's own comes from: "https://tiles.example.org"
    page                 folder of the built web page
    session_s            how long a log-in lasts without use
    failures_per_minute  wrong tokens from one address before it must wait
    max_clients          WebSockets at one time
    send_timeout_s       a client that takes nothing for so long is closed
    """

    token: str
    hosts: tuple[str, ...] = ()
    map_origins: tuple[str, ...] = ()
    page: Path = PAGE
    session_s: float = 12 * 3600.0
    failures_per_minute: int = 10
    max_clients: int = 64
    send_timeout_s: float = 30.0

    def __repr__(self) -> str:
        """Without the token."""
        return f"ServeSettings(hosts={self.hosts!r}, page={str(self.page)!r})"
