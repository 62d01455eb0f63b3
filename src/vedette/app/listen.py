"""A client of a node's picture: what a browser gets, and how fresh it is."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import websockets
from numpy.typing import NDArray

from vedette.core.picture import decode_picture
from vedette.core.sensor import SensorStatus

Ints = NDArray[np.int64]

_KEEP = 2_000_000  # latencies remembered
_KEEP_TRACKS = 100_000
_RETRY_S = 0.5


class _News(msgspec.Struct):
    """The part of a text message that is looked at here."""

    type: str
    status: SensorStatus | None = None
    alert_id: str = ""
    state: str = ""


class Listener:
    """Follows the picture over the WebSocket and measures bytes at the socket to bytes here."""

    def __init__(self, host: str, port: int, token: str, now_ns: Callable[[], int]) -> None:
        self._url = f"ws://{host}:{port}/api/v1/picture"
        self._token = token
        self._now_ns = now_ns
        self._heard: dict[int, int] = {}
        self._fresh: list[tuple[int, Ints]] = []  # arrival of a frame, when its fresh rows were heard
        self._samples = 0
        self._statuses: dict[str, SensorStatus] = {}
        self._shown: set[int] = set()
        self._open_alerts: set[str] = set()
        self.frames = 0
        self.bytes = 0
        self.missed = 0
        self._seq: int | None = None
        self.reconnects = -1

    async def listen(self) -> None:
        """Follow for ever; connect again when the connection is lost."""
        headers = {"Authorization": f"Bearer {self._token}"}
        while True:
            with contextlib.suppress(OSError, websockets.WebSocketException, TimeoutError):
                async with websockets.connect(
                    self._url, additional_headers=headers, max_size=64 << 20, compression=None
                ) as socket:
                    self.reconnects += 1
                    async for message in socket:
                        if isinstance(message, bytes):
                            self._take_picture(message)
                        else:
                            self._take_news(message)
            await asyncio.sleep(_RETRY_S)

    def _take_picture(self, frame: bytes) -> None:
        now_ns = self._now_ns()
        picture = decode_picture(frame)
        self.frames += 1
        self.bytes += len(frame)
        if self._seq is not None:
            self.missed += max(picture.seq - self._seq - 1, 0)
        self._seq = picture.seq
        rows = picture.rows
        ids = rows["track_id"].tolist()
        heard = rows["heard_ns"].tolist()
        # A row that repeats what was heard before says nothing of delay; nor does the first of a track, which
        # is shown when it is sure enough, or one that goes back to an older history of its track.
        fresh = [h for t, h in zip(ids, heard, strict=True) if h > self._heard.get(t, h)]
        if picture.whole:
            self._shown = set(ids)
            if len(self._heard) > _KEEP_TRACKS:
                self._heard = {t: h for t, h in self._heard.items() if t in self._shown}
        else:
            self._shown.update(ids)
        self._heard.update((t, max(h, self._heard.get(t, h))) for t, h in zip(ids, heard, strict=True))
        if fresh and self.frames > 1 and self._samples < _KEEP:
            self._fresh.append((now_ns, np.array(fresh, np.int64)))
            self._samples += len(fresh)

    def _take_news(self, text: str) -> None:
        with contextlib.suppress(msgspec.DecodeError):
            news = msgspec.json.decode(text, type=_News)
            if news.status is not None:
                self._statuses[news.status.id] = news.status
            if news.type == "alert":
                self._note_alert(news)

    def _note_alert(self, news: _News) -> None:
        if news.state == "cleared":
            self._open_alerts.discard(news.alert_id)
        else:
            self._open_alerts.add(news.alert_id)

    def samples(self) -> tuple[Ints, Ints]:
        """When each fresh row arrived here, and when the newest bytes behind it were heard, (n,) ns each."""
        arrived = [np.full(len(heard), now_ns, np.int64) for now_ns, heard in self._fresh]
        none = np.zeros(0, np.int64)
        return np.concatenate([none, *arrived]), np.concatenate([none, *(heard for _, heard in self._fresh)])

    def line(self) -> str:
        """How it stands, in one line."""
        figures = self.figures()
        p99 = figures["latency_ms_p99"]
        return (
            f"{figures['observations']:,} observations, {len(self._shown)} tracks shown, "
            f"{len(self._open_alerts)} alerts open, p99 {'unknown' if p99 is None else f'{p99:.0f} ms'}"
        )

    def figures(self) -> dict[str, Any]:
        """Counts and latency so far; None where nothing was measured."""
        statuses = self._statuses.values()
        reasons: dict[str, int] = {}
        for status in statuses:
            for reason, n in status.quarantined.items():
                reasons[reason] = reasons.get(reason, 0) + n
        arrived_ns, heard_ns = self.samples()
        all_ms = (arrived_ns - heard_ns) / 1e6
        return {
            "observations": sum(s.observations for s in statuses),
            "latency_ms_p50": round(float(np.percentile(all_ms, 50)), 3) if len(all_ms) else None,
            "latency_ms_p99": round(float(np.percentile(all_ms, 99)), 3) if len(all_ms) else None,
            "latency_samples": len(all_ms),
            "quarantined": sum(reasons.values()),
            "quarantined_by_reason": reasons,
            "tracks_shown": len(self._shown),
            "picture_frames": self.frames,
            "picture_frames_missed": self.missed,
            "picture_bytes": self.bytes,
            "reconnects": max(self.reconnects, 0),
        }
