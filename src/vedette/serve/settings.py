"""What the server must be told."""

from pathlib import Path

from msgspec import Struct

from vedette.serve.rights import Role
from vedette.serve.sessions import same_secret

PAGE = Path(__file__).parent / "page"


class ServeSettings(Struct, frozen=True):
    """Settings of one server.

    token                the owner's; make it with `secrets.token_urlsafe(24)`
    director_token       the same for the director of an exercise; empty where there is none
    hosts                names by which it may be reached beside loopback and its own address
    map_origins          where a base map of the user's own comes from: "https://tiles.example.org"
    page                 folder of the built web page
    session_s            how long a log-in lasts without use
    failures_per_minute  wrong tokens from one address before it must wait
    max_clients          WebSockets at one time
    send_timeout_s       a client that takes nothing for so long is closed
    """

    token: str
    director_token: str = ""
    hosts: tuple[str, ...] = ()
    map_origins: tuple[str, ...] = ()
    page: Path = PAGE
    session_s: float = 12 * 3600.0
    failures_per_minute: int = 10
    max_clients: int = 64
    send_timeout_s: float = 30.0

    def role_of(self, token: str) -> Role | None:
        """Whom a token lets in as; compared in constant time."""
        if self.director_token and same_secret(token, self.director_token):
            return "director"
        return "owner" if same_secret(token, self.token) else None

    def __repr__(self) -> str:
        """Without the token."""
        return f"ServeSettings(hosts={self.hosts!r}, page={str(self.page)!r})"
