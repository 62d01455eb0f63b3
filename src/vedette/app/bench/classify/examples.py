"""Examples for a classifier: what tracks had shown of themselves at some ages, and what they truly were.

An example is taken where a node would judge: of the rows that the tracker shows, by the stage's own memory of
motion. A track is of the class that most of its instants lie nearest to; where they do not agree it is left
out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.app.config import parse
from vedette.app.ingest import Ingest
from vedette.app.scenarios import document
from vedette.app.sector import Sector, SectorOutput
from vedette.core.classes import CLASS_PRIOR, CLASSES
from vedette.core.identity import Identity
from vedette.core.picture import TrackStatus
from vedette.core.units import NS_PER_S
from vedette.identify import motion
from vedette.identify.classify import by_claim
from vedette.identify.model import Model
from vedette.kernel.habits import N_FEATURES
from vedette.simulate.simulation import Simulation
from vedette.simulate.spec.scenario import Scenario
from vedette.simulate.truth import TRUTH
from vedette.wire.formats import DecoderOptions

Array = NDArray[np.float64]

# Ages at which a track gives an example, s: close at first, then each a quarter later than the last.
AGES_S: Final = (
    1.0,
    3.0,
    5.0,
    7.0,
    10.0,
    14.0,
    20.0,
    30.0,
    40.0,
    55.0,
    75.0,
    100.0,
    130.0,
    170.0,
    220.0,
    290.0,
)
_NEAR_M: Final = 60.0
_NEAR_SD: Final = 3.0
_AGREE: Final = 0.7
_STALE_NS: Final = 6 * NS_PER_S
_M_PER_DEG: Final = 111_195.0

EXAMPLE: Final = np.dtype(
    [
        ("features", "<f4", (N_FEATURES,)),
        ("age_s", "<f4"),
        ("class", "u1"),  # index into CLASSES
        ("individual", "<u4"),  # of the source
        ("track", "<u4"),
        ("source", "<u4"),  # scene, file or flight; set by whoever puts sources together
        ("said", "<f4", (len(CLASSES),)),  # what the whole stage thought of it then; NaN nothing
        ("word", "<f4", (len(CLASSES),)),  # what sensors said of it until then, over the prior: log ratios
        ("claimed", "<f4", (len(CLASSES),)),  # what it said of itself, as log likelihoods
    ]
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The picture of one whole second beside the truth.

    rows    (n,) of TRACK
    truth   (m,) of simulate.truth.TRUTH
    class_p (n, N_CLASSES) what sensors said of class, with the prior
    said    of those of whom something was told: what they are
    """

    rows: NDArray[np.void]
    truth: NDArray[np.void]
    class_p: Array
    said: list[Identity]


def shown(output: SectorOutput, truth: NDArray[np.void]) -> Shown:
    """The picture that a sector gave, which keeps what its tracker said; beside the truth of its time."""
    if output.picture is None or output.kept is None:
        raise ValueError("expected a sector that keeps its tracks, and a picture of it")
    tracked = output.kept.tracked
    place = {track_id: i for i, track_id in enumerate(tracked.rows["track_id"].tolist())}
    at = [place[track_id] for track_id in output.picture.rows["track_id"].tolist()]
    return Shown(output.picture.rows, truth, tracked.class_p[at], output.identities)


def played(scenario: Scenario, name: str, seed: int, seconds: float, model: Model) -> Iterator[Shown]:
    """A scenario simulated, tracked and judged with a model in this process, second by second."""
    simulation = Simulation(scenario, seed)
    config = parse(document(scenario, name, simulation.start_ns), name)
    ingest = Ingest(config.sensors(), late_s=config.tracker.late_s)
    sector = Sector(
        config.origin, [], config.tracker, config.identify_settings(), config.watch, keeps=True, model=model
    )
    formats = {feed.name: feed.format for feed in scenario.feed if feed.transport != "file"}
    truth_before = np.zeros(0, TRUTH)
    for _, emissions, truth in simulation.run(seconds):
        for emission in emissions:
            if emission.feed not in formats:
                continue
            batches, _ = ingest.receive(
                DecoderOptions(emission.feed), formats[emission.feed], emission.connection, emission.t_ns,
                emission.data,
            )  # fmt: skip
            for batch in batches:
                output = sector.step(batch)
                if output.picture is not None:
                    whole = output.picture.whole and len(truth_before)
                    yield shown(output, truth_before if whole else truth[:0])
        truth_before = truth


def ground_of(scenario: Scenario) -> float:
    """Where the lowest sensor stands, m above the ellipsoid."""
    return min(scenario.site.ground_m + spec.height_m for spec in scenario.sensor)


@dataclass(slots=True)
class _Life:
    """What is gathered of one track."""

    votes: dict[int, int]
    taken: list[tuple[float, Array, Array, Array, Array]]
    begin_ns: int
    next_age: int = 0


def gathered(seen: Iterable[Shown], ground_m: float) -> NDArray[np.void]:
    """Examples (k,) of EXAMPLE; ground_m of the surroundings above the ellipsoid, NaN unknown."""
    memory = motion.init(ground_m)
    lives: dict[int, _Life] = {}
    classes: dict[int, int] = {}
    said: dict[int, Identity] = {}
    for one in seen:
        said.update((identity.track_id, identity) for identity in one.said)
        memory = motion.without_ended(motion.step(memory, one.rows), one.rows)
        if not len(one.truth):
            continue
        classes.update(zip(one.truth["id"].tolist(), one.truth["class"].tolist(), strict=True))
        fresh = (one.rows["status"] == TrackStatus.CONFIRMED) & (
            one.rows["time_ns"] - one.rows["heard_ns"] < _STALE_NS
        )
        rows = one.rows[fresh]
        for track_id, begin_ns in zip(
            one.rows["track_id"].tolist(), one.rows["time_ns"].tolist(), strict=True
        ):
            lives.setdefault(track_id, _Life({}, [], begin_ns))
        for track_id, owner in zip(rows["track_id"].tolist(), nearest(rows, one.truth), strict=True):
            votes = lives[track_id].votes
            votes[owner] = votes.get(owner, 0) + 1
        due = [
            (t, age)
            for t, now in zip(rows["track_id"].tolist(), rows["time_ns"].tolist(), strict=True)
            if _is_due(lives[t], age := (now - lives[t].begin_ns) / NS_PER_S)
        ]
        if due:
            values = motion.features(memory, [t for t, _ in due])
            for (track_id, age), value in zip(due, values, strict=True):
                at = int(np.flatnonzero(one.rows["track_id"] == track_id)[0])
                word = np.log(one.class_p[at] / np.array(CLASS_PRIOR))
                lives[track_id].taken.append((age, value, *_told(said.get(track_id)), word))
    return _examples(lives, classes)


def _told(identity: Identity | None) -> tuple[Array, Array]:
    """Class probabilities as they were told, NaN for none; and what claims say, as log likelihoods."""
    if identity is None:
        return np.full(len(CLASSES), np.nan), np.zeros(len(CLASSES))
    claimed = np.zeros(len(CLASSES))
    for claim in identity.claims:
        claimed += np.log(by_claim(claim))
    return np.array([identity.classes[c] for c in CLASSES]), claimed


def _is_due(life: _Life, age_s: float) -> bool:
    """Whether the track has come to the next age of AGES_S."""
    if life.next_age >= len(AGES_S) or age_s < AGES_S[life.next_age]:
        return False
    life.next_age = sum(age_s >= age for age in AGES_S)
    return True


def nearest(rows: NDArray[np.void], truth: NDArray[np.void]) -> list[int]:
    """Truth id nearest to each row, -1 where none is near."""
    if not len(rows):
        return []
    scale = np.cos(np.radians(rows["lat_deg"]))[:, None] * _M_PER_DEG
    east = (rows["lon_deg"][:, None] - truth["lon_deg"]) * scale
    north = (rows["lat_deg"][:, None] - truth["lat_deg"]) * _M_PER_DEG
    away = np.hypot(east, north)
    best = away.argmin(axis=1)
    limit = np.maximum(_NEAR_M, _NEAR_SD * rows["sd_major_m"].astype(np.float64))
    near = away[np.arange(len(rows)), best] < limit
    above = np.abs(rows["alt_m"] - truth["alt_m"][best])  # NaN where the height is not known
    near &= ~(above > np.maximum(_NEAR_M, _NEAR_SD * rows["alt_sd_m"]))
    found: list[int] = np.where(near, truth["id"][best].astype(np.int64), -1).tolist()
    return found


def _examples(lives: dict[int, _Life], classes: dict[int, int]) -> NDArray[np.void]:
    """Those of tracks that belong to one class."""
    out: list[Any] = []
    for track_id, life in lives.items():
        total = sum(life.votes.values())
        by_class: dict[int, int] = {}
        for owner, count in life.votes.items():
            if owner >= 0:
                by_class[classes[owner]] = by_class.get(classes[owner], 0) + count
        if not by_class or not life.taken:
            continue
        kind, count = max(by_class.items(), key=lambda pair: (pair[1], -pair[0]))
        if count < _AGREE * total:
            continue
        owner = max(
            (o for o in life.votes if o >= 0 and classes[o] == kind), key=lambda o: (life.votes[o], -o)
        )
        out += [
            (values, age, kind, owner, track_id, 0, said, word, claimed)
            for age, values, said, claimed, word in life.taken
        ]
    return np.array(out, EXAMPLE) if out else np.zeros(0, EXAMPLE)
