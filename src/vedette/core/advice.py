"""Advice: what is known about whether an airport can stay open, and what a person decided about it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Struct

Level = Literal["open", "restrict", "close"]
Action = Literal["keep open", "restrict", "close", "keep closed", "reopen"]
Do = Literal["close", "restrict", "reopen", "keep open"]
Share = Annotated[float, msgspec.Meta(ge=0.0, le=1.0)]


class Estimate(Struct, frozen=True):
    """A probability, and how it comes out under favourable and unfavourable assumptions."""

    p: float
    low: float
    high: float


class Contact(Struct, frozen=True, omit_defaults=True):
    """One thing that was seen and may be a drone without leave.

    was_p          that it was one when it was seen last: existence, class and leave together
    there          that it is in the airport's zones now
    near           that it is so near to a runway or its approaches that it can get there
    last_seen_ns   UTC; first_seen_ns likewise
    sensors        ids of those that saw it
    people_only    nobody but people saw it
    doubt          the strongest doubt of what it says of itself; None where nothing was checked
    """

    track_id: int
    label: str
    first_seen_ns: int
    last_seen_ns: int
    lat_deg: float
    lon_deg: float
    alt_m: float | None
    was_p: float
    there: Estimate
    near: Estimate
    seen_now: bool
    kind: str = ""
    size: str | None = None
    sensors: list[str] = []
    people_only: bool = False
    doubt: float | None = None
    reasons: list[str] = []


class Watcher(Struct, frozen=True, omit_defaults=True):
    """One sensor with cover of the airport.

    looks     whether it works and looks now
    why       in words where it does not count
    sees_p    that one of its looks would see what may be there, where it may be; None where nothing is sought
    cover     share of the zones that it covers
    """

    sensor: str
    name: str
    looks: bool
    cover: float
    every_s: float
    sees_p: float | None = None
    why: str = ""


class Flight(Struct, frozen=True, omit_defaults=True):
    """One aircraft by the airport.

    to_go_s      until it is at the threshold (arrival) or passes the drone's last place most nearly
    distance_m   of its way from where the likeliest contact was seen last
    meets_p      that something is within 250 m of its way, from where it may be
    """

    track_id: int
    label: str
    doing: Literal["arriving", "departing", "passing"]
    runway: str
    to_go_s: float
    distance_m: float | None
    meets_p: float


class Cost(Struct, frozen=True, omit_defaults=True):
    """What a closure costs. None is not known.

    minute_eur     what the next minute adds
    so_far_eur     since it was closed
    closed_min     how long it has been closed
    held           flights that wait by now, as planned movements have it
    diverting      of the arrivals among them, those that have held for longer than they can
    """

    movements_per_hour: float
    delay_eur_per_min: float
    minute_eur: float
    so_far_eur: float
    closed_min: float
    held: float
    diverting: float
    diversion_eur: float | None = None


class State(Struct, frozen=True):
    """What holds, as a person decided it. since_ns, by: None where nobody decided anything yet."""

    level: Level = "open"
    since_ns: int | None = None
    by: str = ""


class Advice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is advised for one airport at one time.

    advice_id    airport and time; a decision names it
    level        what is advised; action: the same, seen from what holds
    since_ns     UTC since when that level is advised
    there        that a drone without leave is in the airport's zones; None where nobody can know
    near         that one is by a runway or its approaches; None likewise
    covered      share of the zones where at least one working sensor looks
    reasons      why, in words, strongest first
    changes      what would change the advice, in words
    reopen_in_s  with nothing seen by those who look; None is not within the hour
    severity     what a collision would do, with its source
    notam        a draft; empty where nothing is to be told
    state        what holds
    """

    advice_id: str
    airport: str
    name: str
    time_ns: int
    level: Level
    action: Action
    since_ns: int
    there: Estimate | None
    near: Estimate | None
    covered: float
    contacts: list[Contact] = []
    watchers: list[Watcher] = []
    flights: list[Flight] = []
    severity: list[str] = []
    cost: Cost
    reasons: list[str] = []
    changes: list[str] = []
    reopen_in_s: float | None = None
    notam: str = ""
    state: State = State()


class ClosureDecision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person decided about an airport.

    advice_id  of the advice that was known then
    by         who
    because    why, in words
    """

    airport: str
    do: Do
    advice_id: str
    by: str
    time_ns: int
    because: str = ""
