"""What the server asks of a history that it does not know: `app` brings one."""

from typing import Any, Protocol

# time_ns, lat_deg, lon_deg, alt_m
TrailPoint = tuple[int, float, float, float | None]
Rows = list[dict[str, Any]]


class Archive(Protocol):
    """Questions about the past. Each may raise VedetteError, which becomes 503 with its one line."""

    async def trail(self, track_id: int, since_ns: int) -> list[TrailPoint]:
        """Where a track was since then, oldest first."""
        ...

    async def identity(self, track_id: int) -> dict[str, Any] | None:
        """The newest identity of a track that may have ended, fields of Identity."""
        ...

    async def alerts(self, since_ns: int) -> Rows:
        """Changes of alerts since then, oldest first, fields of Alert."""
        ...

    async def points(
        self, box: tuple[float, float, float, float], from_ns: int, to_ns: int, limit: int
    ) -> Rows:
        """Track points in (south, west, north, east) degrees between two times, in order of time."""
        ...
