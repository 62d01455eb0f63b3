"""A recorded exercise gone through again: truth, plots, picture and alerts, what was missed and why.

A folder has journal/, picture.duckdb, truth.csv and node.toml, and of an exercise exercise.json,
scenario.toml and events.jsonl too; see app/exercise/folder.py.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from vedette.app.config import NodeConfig, load, load_zone_files
from vedette.app.exercise import folder as recorded
from vedette.app.exercise.events import Event
from vedette.app.ingest import Ingest
from vedette.app.recordings import Trouble, open_all
from vedette.core.errors import StorageError
from vedette.core.observation import Batch, stack
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.evaluate.coverage import Circumstances, covered
from vedette.evaluate.page.review import review_page
from vedette.evaluate.page.review_data import Happened
from vedette.evaluate.picture import load_picture
from vedette.evaluate.plots import attribute
from vedette.evaluate.review import Review, review
from vedette.evaluate.review_table import review_table
from vedette.evaluate.score import Compared, compare
from vedette.evaluate.truth import load_truth

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ReviewOptions:
    """What to go through, and what to make of it.

    truth  None is truth.csv in the folder
    html   page to write; None writes none
    """

    folder: Path
    late_s: float
    truth: Path | None = None
    json: bool = False
    html: Path | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """A review with what it was made of, for a page that shows it. plots is (p,) of PLOT."""

    compared: Compared
    sensors: list[Sensor]
    plots: NDArray[np.void]
    review: Review


def go_through(options: ReviewOptions, say: Say) -> str:
    """Review a folder and write the page; returns the table or the JSON."""
    gone = gone_through(options.folder, options.truth, options.late_s)
    if options.html is not None:
        events = [_happened(event, gone.review.start_ns) for event in recorded.read_events(options.folder)]
        made = review_page(gone.compared, gone.review, gone.plots, gone.sensors, events, options.folder.name)
        try:
            options.html.write_text(made, encoding="utf-8")
        except OSError as error:
            raise StorageError(f"{options.html}: cannot write: {error}") from error
        say(f"wrote {options.html}")
    if options.json:
        return msgspec.json.encode(gone.review).decode()
    return review_table(gone.review)


def _happened(event: Event, start_ns: int) -> Happened:
    """An event in the time of the review."""
    return Happened(
        time_s=round((event.time_ns - start_ns) / NS_PER_S, 1),
        kind=(event.injected or {}).get("do", event.kind),
        words=event.words,
        who=event.who,
        sensor=event.sensor,
        until_s=None if event.until_ns is None else round((event.until_ns - start_ns) / NS_PER_S, 1),
    )


def gone_through(folder: Path, truth: Path | None, late_s: float) -> Gone:
    """Read a folder and review it."""
    config = load(folder / "node.toml")
    rows = load_truth(truth or folder / "truth.csv")
    if not len(rows):
        raise StorageError(f"{truth or folder / 'truth.csv'}: expected rows of truth, got none")
    zones = load_zone_files(config, folder)
    compared = compare(load_picture(folder / "picture.duckdb"), rows, zones)
    heard = Plots(config)
    for batch in _batches(folder, config):
        heard.take(batch)
    about = recorded.circumstances_of(folder, rows, zones)
    return reviewed(compared, heard.observations(), heard.sensors, about, late_s)


def reviewed(
    compared: Compared,
    observations: NDArray[np.void],
    sensors: list[Sensor],
    about: Circumstances,
    late_s: float,
) -> Gone:
    """Review what was read."""
    rows = compared.both.rows
    covers = {sensor.id: covered(sensor, rows, about) for sensor in sensors}
    plots = attribute(observations, sensors, rows, covers)
    return Gone(compared, sensors, plots, review(compared, plots, sensors, covers, late_s))


class Plots:
    """All observations of a recording, and the sensors that made them."""

    def __init__(self, config: NodeConfig) -> None:
        """Know the sensors of the configuration; others are learnt."""
        self._sensors = {sensor.id: sensor for sensor in config.sensors()}
        self._parts: list[NDArray[np.void]] = []

    def take(self, batch: Batch) -> None:
        """One batch."""
        self._sensors.update({sensor.id: sensor for sensor in batch.sensors})
        if batch.rows:
            self._parts.append(batch.observations())

    @property
    def sensors(self) -> list[Sensor]:
        """Every sensor, by index."""
        return sorted(self._sensors.values(), key=lambda sensor: sensor.index)

    def observations(self) -> NDArray[np.void]:
        """(n,) of OBSERVATION."""
        return stack(self._parts)


def _batches(folder: Path, config: NodeConfig) -> Iterable[Batch]:
    """What the journal of a folder holds."""
    ingest = Ingest(config.sensors(), late_s=config.tracker.late_s)
    trouble = Trouble({})
    for heard in open_all([folder / "journal"], 0, trouble):
        if heard.closed:
            ingest.closed(heard.options.feed, heard.connection)
            continue
        batches, _ = ingest.receive(
            heard.options, heard.format, heard.connection, heard.heard_ns, heard.data, link=heard.link
        )
        yield from batches
    yield from ingest.finish()
