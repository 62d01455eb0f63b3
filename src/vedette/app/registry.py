"""Which sensor a source is, and how every sensor is doing."""

import msgspec

from vedette.core.observation import Intake
from vedette.core.sensor import Health, Modality, Scan, Sensor, SensorReport, SensorStatus
from vedette.core.units import NS_PER_S

_SILENT_AFTER_PERIODS = 4
_SILENT_AFTER_S = 30
_REASONS_MAX = 64  # kinds of trouble remembered a sensor; the rest is counted as "other"

_SOURCES_MAX = 1000  # sources that nobody configured; forged ones must not fill the memory
_OVERFLOW = "overflow:too-many-sources"  # stands for all beyond

# What a source is when nobody configured it: modality, scan, by the format's part of its name.
_KIND: dict[str, tuple[Modality, Scan]] = {
    "asterix": ("radar", "event"),
    "sapient": ("radar", "event"),
    "adsb": ("adsb", "self_report"),
    "remoteid": ("remote_id", "self_report"),
    "cot": ("human", "event"),
}


class Registry:
    """All sensors of a node. Configured ones come first; others as they are first heard of.

    known  what to take an unconfigured source for, by source
    """

    def __init__(self, sensors: list[Sensor], known: dict[str, Sensor] | None = None) -> None:
        self._known = known or {}
        self._sensors = list(sensors)
        self._index = {s.source: s.index for s in sensors}
        self._configured = len(sensors)
        self._told: dict[int, tuple[Health, str]] = {}
        self._last_ns: dict[int, int] = {}
        self._frames: dict[int, int] = {}
        self._observations: dict[int, int] = {}
        self._quarantined: dict[int, dict[str, int]] = {}
        self._changed: list[int] = [s.index for s in sensors]

    @property
    def sensors(self) -> list[Sensor]:
        """All sensors, by index."""
        return list(self._sensors)

    def index(self, source: str) -> int:
        """The sensor that a source is; a new one if it was never heard of."""
        known = self._index.get(source)
        if known is not None:
            return known
        if len(self._sensors) - self._configured >= _SOURCES_MAX and source != _OVERFLOW:
            return self.index(_OVERFLOW)
        index = len(self._sensors)
        modality, scan = _KIND.get(source.split(":", 1)[0], ("radar", "event"))
        fresh = Sensor(id=source, source=source, name=source, modality=modality, scan=scan)
        self._sensors.append(msgspec.structs.replace(self._known.get(source, fresh), index=index))
        self._index[source] = index
        self._changed.append(index)
        return index

    def report(self, report: SensorReport) -> None:
        """Take what a source says of itself. What was configured stays as it was configured."""
        index = self.index(report.source)
        if report.health is not None:
            self._told[index] = (report.health, report.detail or "")
        self._last_ns[index] = max(self._last_ns.get(index, 0), report.heard_ns)
        sensor = self._sensors[index]
        told = {
            name: getattr(report, name)
            for name in _DESCRIBES
            if _makes_sense(name, getattr(report, name))
            and (index >= self._configured or getattr(sensor, name) in (None, ""))
        }
        new = msgspec.structs.replace(sensor, **told)
        if new != sensor:
            self._sensors[index] = new
            self._changed.append(index)

    def take(self, intake: Intake, heard_ns: int) -> None:
        """Count what came in one tick, and take the reports in it."""
        for report in intake.reports:
            self.report(report)
        for (source, _), n in intake.records.items():
            index = self.index(source)
            self._frames[index] = self._frames.get(index, 0) + n
            self._last_ns[index] = heard_ns
        for (source, reason), n in intake.quarantined.items():
            reasons = self._quarantined.setdefault(self.index(source), {})
            key = reason if reason in reasons or len(reasons) < _REASONS_MAX else "other"
            reasons[key] = reasons.get(key, 0) + n

    def refused(self, index: int, reason: str, n: int) -> None:
        """Count observations of a sensor that come too early or too late to be used."""
        reasons = self._quarantined.setdefault(index, {})
        reasons[reason] = reasons.get(reason, 0) + n

    def observed(self, index: int, n: int) -> None:
        """Count observations of a sensor."""
        self._observations[index] = self._observations.get(index, 0) + n

    def changed(self) -> list[Sensor]:
        """Sensors that are new or changed since the last call."""
        out = [self._sensors[i] for i in dict.fromkeys(self._changed)]
        self._changed.clear()
        return out

    def statuses(self, now_ns: int) -> list[SensorStatus]:
        """How every sensor is doing at a time."""
        return [self._status(s, now_ns) for s in self._sensors]

    def _status(self, sensor: Sensor, now_ns: int) -> SensorStatus:
        index = sensor.index
        last_ns = self._last_ns.get(index)
        health, detail = self._told.get(index, ("ok" if last_ns is not None else "unknown", ""))
        patience_s = max(_SILENT_AFTER_S, _SILENT_AFTER_PERIODS * (sensor.period_s or 0.0))
        if last_ns is None:
            detail = detail or "not heard yet"
        elif now_ns - last_ns > patience_s * NS_PER_S:
            health, detail = "silent", f"nothing heard for {(now_ns - last_ns) / NS_PER_S:.0f} s"
        return SensorStatus(
            id=sensor.id,
            index=index,
            health=health,
            detail=detail,
            last_heard_ns=last_ns,
            frames=self._frames.get(index, 0),
            observations=self._observations.get(index, 0),
            quarantined=dict(self._quarantined.get(index, {})),
        )


def _makes_sense(name: str, value: object) -> bool:
    """Whether a figure that a source told of itself can be one; None is nothing told."""
    if isinstance(value, int | float):
        low, high = _RANGES[name]
        return low <= value <= high
    return value is not None


_RANGES = {
    "lat_deg": (-90.0, 90.0),
    "lon_deg": (-180.0, 180.0),
    "alt_m": (-1000.0, 1e6),
    "period_s": (0.01, 3600.0),
    "range_max_m": (1.0, 1e6),
    "azimuth_from_deg": (-360.0, 360.0),
    "azimuth_width_deg": (0.1, 360.0),
}

_DESCRIBES = (
    "name",
    "modality",
    "scan",
    "lat_deg",
    "lon_deg",
    "alt_m",
    "period_s",
    "range_max_m",
    "azimuth_from_deg",
    "azimuth_width_deg",
)
