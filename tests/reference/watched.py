"""Tracks for tests of the watch's rules: ways on a plane, flown second by second through the watch."""

import math

import numpy as np

from vedette.core.classes import CLASSES, Authorisation
from vedette.core.identity import ClaimDoubt, Identity
from vedette.core.picture import TRACK, TrackStatus
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.kernel.geodesy import geodetic_from_enu
from vedette.watch.rules_file import parse
from vedette.watch.step import init, step

T0 = 1_700_481_600 * NS_PER_S  # 2023-11-20 12:00 UTC, a Monday
CENTRE = np.array([50.9, 4.48, 0.0])
GROUND_M = 50.0
PLANT = Zone(
    id="P",
    name="the plant",
    type="PROHIBITED",
    volumes=[Volume(circle=(50.9, 4.48, 300.0))],
    ground_m=GROUND_M,
)
LEAVE = {"unauthorised": Authorisation.UNAUTHORISED, "unknown": Authorisation.UNKNOWN,
         "authorised": Authorisation.AUTHORISED}  # fmt: skip


class Flight:
    """One track: where it is at each second, what it is, whether it may be there."""

    def __init__(
        self, way, *, track_id=1, kind="multirotor", p=0.97, leave="unauthorised", height_m=80.0, sd_m=5.0,
        from_s=0, squawks=None, silent_from_s=None, case=0.0, evidence="", doubt=None, speed_sd_mps=0.4,
        exists=lambda second: 0.99,
    ):  # fmt: skip
        self.way = np.asarray(way, float)
        self.track_id, self.kind, self.p, self.leave = track_id, kind, p, leave
        self.height_m, self.sd_m, self.from_s = height_m, sd_m, from_s
        self.speed_sd_mps, self.exists = speed_sd_mps, exists
        self.squawks, self.silent_from_s = squawks, silent_from_s
        self.case, self.evidence = case, evidence
        self.doubts = [] if doubt is None else [ClaimDoubt(f"remote_id:{track_id}", doubt)]
        self.leaves = {0: leave}  # by the second from which it holds

    def __contains__(self, second):
        return self.from_s <= second < self.from_s + len(self.way)

    def row(self, second):
        at = second - self.from_s
        out = np.zeros(1, TRACK)
        east, north = self.way[at]
        before = self.way[max(0, at - 1)]
        after = self.way[min(len(self.way) - 1, at + 1)]
        v = (after - before) / max(1, min(len(self.way) - 1, at + 1) - max(0, at - 1))
        lat, lon, _ = geodetic_from_enu(CENTRE, np.array([[east, north, 0.0]]))[0]
        out["time_ns"] = out["heard_ns"] = T0 + second * NS_PER_S
        out["lat_deg"], out["lon_deg"] = lat, lon
        out["alt_m"] = math.nan if self.height_m is None else GROUND_M + self.height_m
        out["alt_sd_m"], out["sd_major_m"], out["sd_minor_m"], out["speed_sd_mps"] = (
            3.0,
            self.sd_m,
            self.sd_m,
            self.speed_sd_mps,
        )
        out["track_id"], out["status"] = self.track_id, TrackStatus.CONFIRMED
        out["authorisation"] = LEAVE[self.leaves[max(s for s in self.leaves if s <= at)]]
        out["v_east_mps"], out["v_north_mps"] = v
        out["existence"], out["class_probability"] = self.exists(second), self.p
        out["class_index"] = CLASSES.index(self.kind)
        return out

    def identity(self, second):
        rest = (1.0 - self.p) / (len(CLASSES) - 1)
        now_ns = T0 + second * NS_PER_S
        return Identity(
            self.track_id, now_ns, f"T{self.track_id}", T0 + self.from_s * NS_PER_S,
            classes={name: self.p if name == self.kind else rest for name in CLASSES},
            authorisation=self.leave, reasons=[f"looks like a {self.kind}"],
            case=self.case, evidence=self.evidence, doubts=self.doubts,
        )  # fmt: skip


def ended(flight, second):
    """Its last row."""
    out = flight.row(min(second, flight.from_s + len(flight.way)) - 1)
    out["status"], out["time_ns"] = TrackStatus.ENDED, T0 + second * NS_PER_S
    return out


def watched(
    rules, flights, seconds, *, zones=(PLANT,), start=None, hits=lambda s: (), doubts=lambda s: None,
    unplaced=frozenset(),
):  # fmt: skip
    """Fly them through the watch: the last state, and every change of an alert."""
    state = start or init(list(zones), rules=parse(rules, "test"))
    changes = []
    for second in range(seconds):
        here = [f for f in flights if second in f]
        rows = [f.row(second) for f in here] + [
            ended(f, second) for f in flights if second == f.from_s + len(f.way)
        ]
        identities = [f.identity(second) for f in here if second == f.from_s]
        shown = np.concatenate(rows) if rows else np.zeros(0, TRACK)
        state, output = step(
            state, shown, identities, {}, T0 + second * NS_PER_S,
            hits=hits(second), doubts=doubts(second), whole=True, unplaced=unplaced,
        )  # fmt: skip
        changes += output.alerts
    return state, changes


def raised(changes, rule=None):
    """First changes of alerts, of one rule."""
    first = {}
    for change in changes:
        first.setdefault(change.alert_id, change)
    return [c for c in first.values() if rule in (None, c.rule)]


def straight(start, velocity, seconds):
    """On a straight line."""
    return np.asarray(start, float) + np.arange(seconds)[:, None] * np.asarray(velocity, float)


def hover(at, seconds, seed=1, sway_m=3.0):
    """About one spot."""
    return np.asarray(at, float) + np.random.default_rng(seed).normal(0.0, sway_m, (seconds, 2))


def circle(centre, radius_m, speed_mps, seconds):
    """Round and round."""
    angle = np.arange(seconds) * speed_mps / radius_m
    return np.asarray(centre, float) + radius_m * np.column_stack((np.cos(angle), np.sin(angle)))


def mowing(corner, length_m, spacing_m, speed_mps, seconds):
    """To and fro, one leg beside the other."""
    out, at, k, east = [], 0.0, 0, 1.0
    x, y = corner
    for _ in range(seconds):
        out.append((x + (at if east > 0 else length_m - at), y + k * spacing_m))
        at += speed_mps
        if at > length_m:
            at, k, east = 0.0, k + 1, -east
    return np.array(out)


def rule(kind, name="r", **fields):
    """One rule as TOML."""

    def word(value):
        if isinstance(value, bool):
            return str(value).lower()
        return repr(value).replace("'", '"')

    lines = [f"{field} = {word(value)}" for field, value in fields.items()]
    return "\n".join(["[[rule]]", f'name = "{name}"', f'kind = "{kind}"', *lines, ""])


def line_abreast(count, spacing_m, seconds, **fields):
    """So many side by side, eastward."""
    return [
        Flight(straight((-1500.0, spacing_m * k), (12.0, 0.0), seconds), track_id=k + 1, **fields)
        for k in range(count)
    ]


def landing(**fields):
    """An airliner on its last five kilometres."""
    return Flight(
        straight((-5000.0, 0.0), (70.0, 0.0), 90), track_id=7, kind="aeroplane", leave="authorised",
        **({"height_m": 100.0} | fields),
    )  # fmt: skip
