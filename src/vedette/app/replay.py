"""Recordings through the same stages as a live run."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vedette.app import config as configuration
from vedette.app.authorisations import Held
from vedette.app.closure.adviser import Adviser
from vedette.app.ingest import Ingest
from vedette.app.outputs import Recorder, write_summary
from vedette.app.recordings import Heard, Trouble, open_all
from vedette.app.rules import of_node
from vedette.app.sector import Sector, SectorOutput
from vedette.app.smoothing import Smoother
from vedette.core.advice import Advice
from vedette.core.observation import Batch
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.core.zone import Zone
from vedette.watch.rule import RuleSet

SITES = Path(__file__).parent / "sites.toml"
_PROGRESS_S = 2.0


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What the command line asks for.

    speed        times real time; None is as fast as it goes
    midnight_ns  UTC of the midnight that undated recordings count from
    claims       False hides self-reported identities and positions from the tracker
    smooth       write smoothed_point too: where each shown track went, after the fact
    """

    paths: list[Path]
    out: Path
    config: Path | None = None
    speed: float | None = None
    midnight_ns: int = 0
    claims: bool = True
    smooth: bool = False


def replay(
    options: ReplayOptions,
    say: Callable[[str], None],
    now_s: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
    on_batch: Callable[[Batch], None] = lambda batch: None,
    on_output: Callable[[SectorOutput], None] = lambda output: None,
    rules: RuleSet | None = None,
) -> dict[str, Any]:
    """Run the recordings through the stages and write picture.duckdb and summary.json.

    say        takes lines of progress
    on_batch   is given every batch of observations, as the tracker is
    on_output  is given all that comes of each
    rules      of the watch; None: those that the configuration names

    Returns the summary.
    """
    run = _Run(options, on_batch, on_output, rules)
    trouble = Trouble({})
    began_s = last_s = now_s()
    first_ns: int | None = None
    heard_ns = 0
    try:
        for n, heard in enumerate(open_all(options.paths, options.midnight_ns, trouble)):
            heard_ns = max(heard_ns, heard.heard_ns)
            if first_ns is None:
                first_ns = heard_ns
            if options.speed is not None:
                ahead_s = (heard_ns - first_ns) / NS_PER_S / options.speed - (now_s() - began_s)
                if ahead_s > 0.0:
                    sleep(ahead_s)
            run.take(heard, heard_ns)
            if n % 256 == 0 and now_s() - last_s >= _PROGRESS_S:
                last_s = now_s()
                done_s = (heard_ns - first_ns) / NS_PER_S
                say(f"{done_s:,.0f} s of the recording, {run.observations:,} observations")
        run.finish(say, now_s)
    finally:
        run.recorder.close()
    summary = run.summary(trouble)
    summary["recorded_s"] = round((heard_ns - (first_ns or heard_ns)) / NS_PER_S, 3)
    summary["took_s"] = round(now_s() - began_s, 3)
    write_summary(options.out, summary)
    return summary


class _Run:
    """One replay: ingest, sector and recorder in one process."""

    def __init__(
        self,
        options: ReplayOptions,
        on_batch: Callable[[Batch], None],
        on_output: Callable[[SectorOutput], None],
        rules: RuleSet | None,
    ) -> None:
        self._on_batch = on_batch
        self._on_output = on_output
        path, known = options.config or _beside(options.paths), False
        if path is None:
            path, known = SITES, True
        config = configuration.load(path)
        zones: list[Zone] = configuration.load_zone_files(config, path.parent)
        sensors = config.sensors()
        self.ingest = Ingest(
            [] if known else sensors,
            known={s.source: s for s in sensors} if known else {},
            claims=options.claims,
            late_s=config.tracker.late_s,
        )
        self.held = Held(config, path.parent, zones)
        self.sector = Sector(
            None if known else config.origin, zones, config.tracker, config.identify_settings(), config.watch,
            rules=of_node(config, path.parent, zones) if rules is None else rules, keeps=options.smooth,
            leaves=self.held.first, surface=configuration.load_surface_file(config, path.parent),
        )  # fmt: skip
        self.adviser = Adviser(config, path.parent)
        self.recorder = Recorder(options.out)
        self.smoother = Smoother(config.tracker, self.recorder) if options.smooth else None
        self.observations = 0

    def take(self, heard: Heard, heard_ns: int) -> None:
        """One frame."""
        if heard.closed:
            self.ingest.closed(heard.options.feed, heard.connection)
            return
        batches, _ = self.ingest.receive(
            heard.options, heard.format, heard.connection, heard_ns, heard.data, link=heard.link
        )
        self._step(batches)

    def finish(self, say: Callable[[str], None], now_s: Callable[[], float]) -> None:
        """The last tick, and what was left to be smoothed."""
        self._step(self.ingest.finish())
        if self.smoother is not None:
            self.smoother.finish(*self.sector.finish(), say, now_s)

    def _step(self, batches: list[Batch]) -> None:
        for batch in batches:
            self._on_batch(batch)
            self.observations += len(batch.observations())
            leaves = self.held.changed(batch.tick_ns)
            if leaves is not None:
                self.sector.use_leaves(leaves)
            output = self.sector.step(batch)
            self._on_output(output)
            self.recorder.take(output)
            self.recorder.take_advice(self._advised(batch, output))
            if self.smoother is not None and output.kept is not None:
                self.smoother.take(output.kept)
            self.recorder.take_statuses(batch.tick_ns, batch.statuses)

    def _advised(self, batch: Batch, output: SectorOutput) -> list[Advice]:
        """What is advised after a batch, once a second."""
        self.adviser.take_sensors(batch.sensors, batch.statuses)
        self.adviser.take_identities(output.identities)
        self.adviser.take_alerts(output.alerts)
        if output.doubts is not None:
            self.adviser.take_doubts(output.doubts)
        return self.adviser.take_picture(output.picture) if output.picture is not None else []

    def summary(self, trouble: Trouble) -> dict[str, Any]:
        """The figures of the whole run."""
        sensors: list[Sensor] = self.ingest.registry.sensors
        statuses = self.ingest.registry.statuses(0)
        quarantined: dict[str, int] = dict(trouble.counts)
        for status in statuses:
            for reason, n in status.quarantined.items():
                quarantined[reason] = quarantined.get(reason, 0) + n
        return {
            "observations": self.observations,
            **self.recorder.sums,
            **(self.smoother.sums if self.smoother is not None else {}),
            "quarantined": sum(quarantined.values()),
            "quarantined_by_reason": quarantined,
            "not_used": self.sector.refused,
            "alerts_held_back": self.sector.held_back,
            "hidden_claims": self.ingest.hidden,
            "records": self.ingest.records,
            "sensors": {
                sensor.id: {
                    "source": sensor.source,
                    "placed": sensor.lat_deg is not None,
                    "missed": self.sector.unplaced.get(sensor.index, 0),
                    "records": status.frames,
                    "observations": status.observations,
                    "quarantined": status.quarantined,
                }
                for sensor, status in zip(sensors, statuses, strict=True)
            },
        }


def _beside(paths: list[Path]) -> Path | None:
    """The configuration that a recorded run keeps beside its journal."""
    for path in paths:
        for folder in (path, path.parent):
            if (folder / "node.toml").is_file():
                return folder / "node.toml"
    return None
