"""The score of one picture or of several: reads them, compares, writes what is asked for.

A picture is a folder with picture.duckdb, or a COURAGEOUS file (.json) of any system; so is truth: truth.csv
or a COURAGEOUS file. Zones and the height of the geoid come from node.toml beside either.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from vedette.app.config import NodeConfig, load, load_zone_files
from vedette.app.interchange import Truth, document_of, picture_of, truth_of
from vedette.core.errors import ConfigError, StorageError, WireError
from vedette.evaluate.page import page
from vedette.evaluate.picture import Picture, load_picture
from vedette.evaluate.runs import over_runs
from vedette.evaluate.score import Compared, compare
from vedette.evaluate.table import runs_table, table
from vedette.evaluate.truth import load_pilots, load_truth
from vedette.wire import courageous

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ScoreOptions:
    """What to compare, and what to make of it.

    pictures   folders with picture.duckdb, or COURAGEOUS files
    truths     one for all pictures or one each; None is truth.csv in each folder
    html, courageous  files to write, of one picture
    smoothed   where tracks went after the fact, in place of what was shown
    """

    pictures: list[Path]
    truths: list[Path] | None
    cutoff_m: float
    switch_m: float
    held_s: float
    json: bool = False
    html: Path | None = None
    courageous: Path | None = None
    smoothed: bool = False


def score(options: ScoreOptions, say: Say) -> str:
    """Compare everything and write the files; returns the table or the JSON."""
    truths = _truths(options)
    if len(options.pictures) > 1 and (options.html or options.courageous):
        raise ConfigError("score", "one picture for --html or --courageous", f"{len(options.pictures)}")
    scores = []
    for path, truth_path in zip(options.pictures, truths, strict=True):
        compared = _compared(path, truth_path, options, say)
        scores.append(compared.score)
    if len(scores) > 1:
        runs = over_runs(scores)
        return _json({"figures": runs, "runs": scores}) if options.json else runs_table(runs, len(scores))
    if options.html is not None:
        _write(options.html, page(compared, _title(options.pictures[0], truths[0])).encode())
    if options.courageous is not None:
        _write(options.courageous, _exported(compared.picture, options.pictures[0], truths[0]))
    return _json(scores[0]) if options.json else table(scores[0])


def _truths(options: ScoreOptions) -> list[Path]:
    """The truth of each picture."""
    if options.truths is None:
        return [path / "truth.csv" for path in options.pictures]
    if len(options.truths) == 1:
        return options.truths * len(options.pictures)
    if len(options.truths) != len(options.pictures):
        expected = f"one truth for all, or one for each of the {len(options.pictures)} pictures"
        raise ConfigError("--truth", expected, f"{len(options.truths)}")
    return options.truths


def _compared(path: Path, truth_path: Path, options: ScoreOptions, say: Say) -> Compared:
    """One picture against its truth."""
    node, folder = _node_beside(path, truth_path)
    undulation_m = None if node is None else node.watch.undulation_m
    truth = _truth(truth_path, undulation_m)
    picture = _picture(path, undulation_m, options, say)
    zones = [] if node is None else load_zone_files(node, folder)
    return compare(picture, truth.rows, zones, options.cutoff_m, options.switch_m, truth.pilots)


def _picture(path: Path, undulation_m: float | None, options: ScoreOptions, say: Say) -> Picture:
    if path.suffix == ".json":
        if options.smoothed:
            raise ConfigError("--smoothed", "a folder with picture.duckdb", str(path))
        read = picture_of(_document(path), undulation_m, options.held_s)
        if read.without_place:
            say(f"{path}: {read.without_place:,} records have no target or no place and cannot be scored")
        return read.picture
    shown = load_picture(path / "picture.duckdb", smoothed=options.smoothed)
    return msgspec.structs.replace(shown, held_s=options.held_s)


def _truth(path: Path, undulation_m: float | None) -> Truth:
    if path.suffix == ".json":
        truth = truth_of(_document(path), undulation_m)
    else:
        truth = Truth(load_truth(path), load_pilots(path))
    if not len(truth.rows):
        raise StorageError(f"{path}: expected rows of truth, got none")
    return truth


def _document(path: Path) -> courageous.Document:
    try:
        return courageous.decode(path.read_bytes())
    except OSError as error:
        raise StorageError(f"{path}: expected a COURAGEOUS file, got {error}") from error
    except WireError as error:
        raise StorageError(f"{path}: {error.detail}") from error


def _node_beside(*paths: Path) -> tuple[NodeConfig | None, Path]:
    """The configuration that lies beside the first of these that has one, and its folder."""
    for path in paths:
        folder = path if path.is_dir() else path.parent
        if (folder / "node.toml").is_file():
            return load(folder / "node.toml"), folder
    return None, paths[0]


def _exported(picture: Picture, *beside: Path) -> bytes:
    """The picture as a COURAGEOUS file."""
    node, folder = _node_beside(*beside)
    place = str(folder / "node.toml")
    if node is None:
        raise ConfigError(place, "a configuration, for where the system stands", "no such file")
    heights = [sensor.alt_m for sensor in node.sensor if sensor.alt_m is not None]
    if node.origin is None or node.watch.undulation_m is None or not heights:
        expected = "node.origin, watch.undulation_m and a sensor's alt_m, for where the system stands"
        raise ConfigError(place, expected, "not all of them")
    undulation_m = node.watch.undulation_m
    site = courageous.Place(*node.origin, sum(heights) / len(heights) - undulation_m)
    return courageous.encode(document_of(picture, site, undulation_m, node.node.name))


def _title(path: Path, truth: Path) -> str:
    return f"{path.name or path} against {truth.parent.name or '.'}/{truth.name}"


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise StorageError(f"{path}: cannot write: {error}") from error


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
