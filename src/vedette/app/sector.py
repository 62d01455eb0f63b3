"""Batches to the picture: the pure stages of one sector in a row.

The same code runs live, in a replay and in a test. It knows no clock: time is what batches say.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
from msgspec import structs
from numpy.typing import NDArray

from vedette.app.areas import volumes
from vedette.core.alert import Alert, Decision
from vedette.core.claim import Claim
from vedette.core.identity import Identity
from vedette.core.interference import DisturbedCell
from vedette.core.observation import Batch
from vedette.core.picture import Picture
from vedette.core.sensor import BIAS_KINDS, Bias, Doubt, Sensor
from vedette.core.surface import Surface
from vedette.core.zone import Zone
from vedette.identify import check_state, claims_checked
from vedette.identify import step as identify
from vedette.identify.leaves import Leaves
from vedette.identify.model import Model
from vedette.identify.register import register
from vedette.identify.settings import IdentifySettings
from vedette.track import late
from vedette.track import state as tracks
from vedette.track.conduct import Notice
from vedette.track.settings import TrackerSettings
from vedette.track.step import TrackOutput
from vedette.track.took import Settled, Took
from vedette.watch import saved
from vedette.watch import step as watch
from vedette.watch.rule import RuleSet
from vedette.watch.settings import WatchSettings


@dataclass(frozen=True, slots=True)
class Kept:
    """What smoothing needs of one batch: what was shown, what is settled since, the frame's origin (3,)."""

    tracked: TrackOutput
    settled: Settled | None
    origin: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SectorOutput:
    """What one batch changed. picture is None where nothing did.

    biases  all that is known of sensors' biases, by Sensor.id; empty where nothing was learnt
    doubts  all sensors that are not believed now, by Sensor.id; None where nothing is to be told
    interference  where satellite navigation is disturbed, all of it; None where nothing is to be told
    kept    for the record; None where the sector does not keep it
    """

    picture: Picture | None
    identities: list[Identity]
    alerts: list[Alert]
    biases: dict[str, list[Bias]] = field(default_factory=dict)
    doubts: dict[str, Doubt] | None = None
    kept: Kept | None = None
    interference: list[DisturbedCell] | None = None


class Sector:
    """One estimator over one area. Its origin is fixed by the first sensor whose place is known."""

    def __init__(
        self,
        origin: tuple[float, float] | None,
        zones: list[Zone],
        tracker: TrackerSettings | None = None,
        identity: IdentifySettings | None = None,
        watching: WatchSettings | None = None,
        *,
        rules: RuleSet | None = None,
        leaves: Leaves | None = None,
        surface: Surface | None = None,
        first_id: int = 1,
        keeps: bool = False,
        model: Model | None = None,
    ) -> None:
        """Know the zones and settings; keeps says whether outputs tell which plots tracks took.

        rules  of the watch; None: zone entry alone
        leaves who may fly; None: those of the identity's settings
        surface a map of water and roads; None: there is none
        model  of motion, by class; None is the one that comes with Vedette
        """
        self._new_tracker = partial(tracks.init, settings=tracker, first_id=first_id)
        self._keeps = keeps
        self._tracker = late.init(self._new_tracker(*origin), keeps=keeps) if origin else None
        self._waiting: dict[int, Sensor] = {}
        self._names: dict[int, str] = {}
        self._doubts: dict[str, Doubt] = {}
        self._alive_ns: dict[str, int] = {}
        self._placed: set[int] = set()
        self.unplaced: dict[int, int] = {}  # observations that were no use for want of a place, by sensor
        grounds = [zone.ground_m for zone in zones if zone.ground_m is not None]
        self._volume = volumes(zones, watching.undulation_m if watching else None)
        told = Leaves(authorised=tuple(identity.authorised if identity else ())) if leaves is None else leaves
        known = register(told, self._volume)
        self._identify = identify.init(identity, model, min(grounds, default=None), known, surface)
        self._zones = zones
        self._check: check_state.CheckState | None = None
        self._cards: dict[int, Sensor] = {}
        self._watch = watch.init(zones, watching, rules=rules, first_id=first_id)
        self._ground_m = math.nan
        self._seq = 0
        self._late_placed = 0
        self._tick_ns = 0

    @property
    def refused(self) -> dict[str, int]:
        """Observations that the tracker did not use, by reason."""
        refused = dict(self._tracker.tracker.refused) if self._tracker else {}
        if self._late_placed:
            refused["unplaced-sensor"] = refused.get("unplaced-sensor", 0) + self._late_placed
        return refused

    @property
    def check(self) -> check_state.CheckState | None:
        """What the check of claims knows; None where it is off or has no frame yet."""
        return self._check

    @property
    def n_tracks(self) -> int:
        """How many tracks are held, shown or not."""
        return len(self._tracker.tracker.tracks) if self._tracker else 0

    @property
    def identities(self) -> list[Identity]:
        """What every shown track is thought to be, as it was last told."""
        return [d.last for d in self._identify.dossiers.values() if d.last is not None]

    def decide(self, decision: Decision) -> tuple[list[Alert], str]:
        """Take what somebody decided about an alert: the changes, and in one line why not, if not."""
        self._watch, changes, refusal = watch.decided(self._watch, decision)
        return changes, refusal

    def use_rules(self, rules: RuleSet) -> None:
        """Watch by other rules from now on."""
        self._watch = watch.with_rules(self._watch, rules)

    @property
    def tick_ns(self) -> int:
        """The last tick that was taken, UTC; 0 before the first."""
        return self._tick_ns

    def use_leaves(self, leaves: Leaves) -> None:
        """Know from now on who may fly, instead of what was known before."""
        known = register(leaves, self._volume)
        self._identify = identify.with_leaves(self._identify, known)
        if self._check is not None:
            self._check = replace(self._check, register=known)

    @property
    def watch_memory(self) -> bytes:
        """What of the watch outlives this sector."""
        return saved.saved(self._watch)

    def restore_watch(self, memory: bytes) -> None:
        """Go on from the memory of an earlier one, or StorageError."""
        self._watch = saved.restored(self._watch, memory)

    @property
    def held_back(self) -> dict[str, int]:
        """Alerts that were not raised because a rule had raised too many, by rule."""
        return dict(self._watch.held_back)

    def step(self, batch: Batch) -> SectorOutput:
        """Take one batch."""
        self._tick_ns = batch.tick_ns
        rows = batch.observations()
        self._learn_sensors(batch.sensors, rows)
        self._count_unplaced(rows)
        if self._tracker is None:
            self._late_placed += len(rows)
            return SectorOutput(None, [], [])
        check = self._checking(self._tracker.tracker.origin, batch)
        kept_back = claims_checked.believable(check, rows, batch.claims) if check else None
        believed = rows if kept_back is None else rows[kept_back]
        self._tracker, heard = late.step(self._tracker, believed, batch.claims, batch.tick_ns)
        tracked = heard.tracked
        checked = self._checked(check, batch, rows, kept_back, tracked)
        hits = _claimed(tracked.hits.track_id, tracked.hits.row, heard.rows, heard.claims)
        self._identify, identified = identify.step(
            self._identify, tracked.rows, tracked.class_p, hits, tracked.plots, self._names, batch.tick_ns,
            checked.told,
        )  # fmt: skip
        self._alive_ns.update({one.id: one.last_heard_ns or 0 for one in batch.statuses})
        doubts = self._doubts_told(tracked.notices, whole=tracked.whole)
        self._watch, watched = watch.step(
            self._watch, identified.rows, identified.identities, identified.zones, batch.tick_ns,
            hits=hits, doubts=doubts, whole=tracked.whole, unplaced=identified.unplaced,
        )  # fmt: skip
        picture = None
        if len(watched.rows) or tracked.whole:
            picture = Picture(batch.tick_ns, watched.rows, whole=tracked.whole, seq=self._seq)
            self._seq += 1
        biases = self._biases(tracked.biases) if len(tracked.biases) else {}
        kept = Kept(tracked, heard.settled, self._tracker.tracker.origin) if self._keeps else None
        return SectorOutput(picture, identified.identities, watched.alerts, biases, doubts, kept, checked.map)

    def _checking(self, origin: NDArray[np.float64], batch: Batch) -> check_state.CheckState | None:
        """The check of claims as it stands before a batch; None where it is off."""
        if not self._identify.settings.check_claims:
            return None
        if self._check is None:
            self._check = check_state.init(
                origin, self._identify.settings, self._zones, self._identify.register
            )
            return check_state.with_sensors(self._check, list(self._cards.values()), batch.statuses)
        return check_state.with_sensors(self._check, batch.sensors, batch.statuses)

    def _checked(
        self,
        check: check_state.CheckState | None,
        batch: Batch,
        rows: NDArray[np.void],
        kept: NDArray[np.bool_] | None,
        tracked: TrackOutput,
    ) -> claims_checked.CheckOutput:
        """Check the claims of a batch. kept (m,) are the rows that the tracker was given; None: all."""
        if check is None:
            return claims_checked.CheckOutput()
        hits = tracked.hits
        given = np.arange(len(rows)) if kept is None else np.flatnonzero(kept)
        fresh = hits.row < len(given)  # others are of earlier ticks
        taken = (hits.track_id[fresh], given[hits.row[fresh]])
        shown = (tracked.rows, tracked.plots) if tracked.whole else None
        self._check, output = claims_checked.step(check, rows, batch.claims, taken, shown, batch.tick_ns)
        return output

    def finish(self) -> tuple[tuple[Took, ...], NDArray[np.float64]]:
        """What tracks took and was not settled yet, after the last batch, and the frame's origin (3,)."""
        if self._tracker is None or not self._keeps:
            return (), np.zeros(3)
        return late.finish(self._tracker), self._tracker.tracker.origin

    def _doubts_told(self, notices: Sequence[Notice], *, whole: bool) -> dict[str, Doubt] | None:
        """Who is not believed now, where that changed; and every second while there is anybody."""
        for notice in notices:
            name = self._names[notice.sensor]
            if notice.condition == "ok":
                self._doubts.pop(name, None)
            else:
                self._doubts[name] = Doubt(notice.condition, notice.since_ns, notice.why)
        if not notices and not (whole and self._doubts):
            return None
        return {
            name: structs.replace(doubt, alive_ns=self._alive_ns.get(name, 0))
            for name, doubt in self._doubts.items()
        }

    def _biases(self, rows: NDArray[np.void]) -> dict[str, list[Bias]]:
        """Rows of SENSOR_BIAS by Sensor.id."""
        out: dict[str, list[Bias]] = {}
        for sensor, kind, value, sd, significant in rows.tolist():
            told = out.setdefault(self._names[sensor], [])
            told.append(Bias(BIAS_KINDS[kind], value, sd, significant))
        return out

    def _count_unplaced(self, rows: NDArray[np.void]) -> None:
        """Count what a sensor measured from itself while nobody knows where it stands."""
        polar = rows["sensor"][np.isnan(rows["lat_deg"])]
        for index in polar.tolist():
            if index not in self._placed:
                self.unplaced[index] = self.unplaced.get(index, 0) + 1

    def _learn_sensors(self, sensors: list[Sensor], rows: NDArray[np.void]) -> None:
        """Know new sensors; with the first place known, put the frame there."""
        for sensor in sensors:
            self._waiting[sensor.index] = sensor
            self._names[sensor.index] = sensor.id
            self._cards[sensor.index] = sensor
            self._identify = identify.with_sensor(self._identify, sensor)
            if sensor.lat_deg is not None and sensor.lon_deg is not None:
                self._placed.add(sensor.index)
                self._learn_ground(sensor.alt_m)
        if self._tracker is None:
            origin = self._first_place(rows)
            if origin is None:
                return
            self._tracker = late.init(self._new_tracker(*origin), keeps=self._keeps)
        if self._waiting:
            self._tracker = late.with_sensors(self._tracker, list(self._waiting.values()))
            self._waiting.clear()

    def _learn_ground(self, alt_m: float | None) -> None:
        """The lowest sensor that says how high it stands tells about where the ground is."""
        if alt_m is not None and not self._ground_m <= alt_m:
            self._ground_m = alt_m
            self._identify = identify.with_ground(self._identify, alt_m)

    def _first_place(self, rows: NDArray[np.void]) -> tuple[float, float] | None:
        """Where the first placed sensor stands, or else the first target that tells its place."""
        for sensor in self._waiting.values():
            if sensor.lat_deg is not None and sensor.lon_deg is not None:
                return sensor.lat_deg, sensor.lon_deg
        told = rows[~np.isnan(rows["lat_deg"])]
        return (float(told["lat_deg"][0]), float(told["lon_deg"][0])) if len(told) else None


def _claimed(
    track_id: NDArray[np.uint32], row: NDArray[np.int64], rows: NDArray[np.void], claims: Sequence[Claim]
) -> list[tuple[int, int, Claim]]:
    """(track id, heard_ns, claim) of the hits that carried a claim."""
    number = rows["claim"][row]
    told = number > 0
    heard_ns = rows["heard_ns"][row[told]]
    return [
        (t, h, claims[n - 1])
        for t, h, n in zip(track_id[told].tolist(), heard_ns.tolist(), number[told].tolist(), strict=True)
    ]
