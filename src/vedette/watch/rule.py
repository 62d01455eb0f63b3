"""A rule of the watch: what it is about, where, when, of whom, and what is told when it holds."""

from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from vedette.core.site import Site
from vedette.core.zone import ZoneType
from vedette.watch.kinds import KINDS, ClassName, Kind, Metres, Seconds, Share, What, ZoneEntry

Height = Annotated[float, Meta(ge=-1000.0, le=50_000.0)]
Name = Annotated[str, Meta(pattern="^[a-z0-9][a-z0-9-]{0,39}$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Leave = Literal["authorised", "unauthorised", "unknown"]


class Common(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What every rule can say. None and empty lists keep what its kind usually has, see `kinds`.

    name, kind        kind is one of `kinds.KINDS`
    on                false keeps it and does not use it
    zones, sites      ids that it is about; none named is all of them
    zone_types        only zones of these types
    near_m            how near to a place; 0 is in it
    classes           only these classes, class_from: their probability together
    leave             only what is authorised so
    placed_m          only tracks whose place is known better, 1 sigma along the longer axis
    above_m, below_m  only between these heights over the ground
    days, hours       only on these days of the week, between these times, "21:00-06:00"; UTC
    claims_only       whether tracks of which nothing is there but their own word count too
    sun_below_deg     only while the sun is lower: -6 is the end of civil twilight
    severity          of an actual alert; where that is a warning, a predicted one is a caution
    raise_from        probability from which it is raised; clear_below: below which it may end,
    clear_after_s     after so long. None as [watch] says
    unless            rules that speak for it: while one of them holds for the same track, this one does not
    again_after_s     so long after it ended it is not raised again for the same track and place
    most_per_hour     more new alerts an hour are counted and not raised
    escalate_after_s  told again, one step more severe, when nobody answers for so long; None never
    escalate_times    as often at most
    text              the first reason, with {label}, {zone}, {why}, {percent} filled in
    """

    name: Name
    kind: str
    on: bool = True
    zones: list[str] = []
    sites: list[str] = []
    zone_types: list[ZoneType] = []
    near_m: Metres | None = None
    classes: list[ClassName] = []
    class_from: Share | None = None
    leave: list[Leave] = []
    claims_only: bool = True
    placed_m: Metres | None = None
    above_m: Height | None = None
    below_m: Height | None = None
    days: list[Day] = []
    hours: (
        Annotated[str, Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$")] | None
    ) = None
    sun_below_deg: Annotated[float, Meta(ge=-90.0, le=90.0)] | None = None
    severity: Literal["info", "caution", "warning"] = "caution"
    raise_from: Annotated[float, Meta(gt=0.0, le=1.0)] | None = None
    clear_below: Share | None = None
    clear_after_s: Seconds | None = None
    unless: list[Name] = []
    again_after_s: Seconds = 0.0
    most_per_hour: Annotated[int, Meta(ge=1, le=10_000)] | None = None
    escalate_after_s: Annotated[float, Meta(ge=1.0, le=86_400.0)] | None = None
    escalate_times: Annotated[int, Meta(ge=1, le=10)] = 2
    text: Annotated[str, Meta(min_length=1, max_length=300)] = "{why}"


class Rule(Struct, frozen=True):
    """One rule: what all have, and what only its kind has."""

    common: Common
    what: What

    @property
    def name(self) -> str:
        """What people call it."""
        return self.common.name

    @property
    def kind(self) -> Kind:
        """What its kind usually has."""
        return KINDS[self.common.kind]

    @property
    def classes(self) -> tuple[str, ...]:
        """Classes that it is about; empty is any."""
        return tuple(self.common.classes) or self.kind.classes

    @property
    def class_from(self) -> float:
        """The least probability of these classes together."""
        return self.kind.class_from if self.common.class_from is None else self.common.class_from

    @property
    def leave(self) -> tuple[str, ...]:
        """Authorisations that it is about."""
        return tuple(self.common.leave) or self.kind.leave

    @property
    def near_m(self) -> float | None:
        """How near to a place it must be; None anywhere."""
        return self.kind.near_m if self.common.near_m is None else self.common.near_m


class RuleSet(Struct, frozen=True, kw_only=True):
    """All rules of a node, its sites, and how high its ground is where a zone or site does not say.

    ground_m  above the ellipsoid; None unknown
    """

    rules: tuple[Rule, ...]
    sites: tuple[Site, ...] = ()
    ground_m: float | None = None

    def used(self) -> tuple[Rule, ...]:
        """Those that are on."""
        return tuple(rule for rule in self.rules if rule.common.on)


def entry_alone() -> RuleSet:
    """The one rule of a watch that nobody gave rules to."""
    common = Common(name="zone-entry", kind="zone-entry", severity="warning")
    return RuleSet(rules=(Rule(common, ZoneEntry(manoeuvre_m2ps3=0.0)),))


def replaced(rules: RuleSet, by: RuleSet) -> RuleSet:
    """The rules, with those of the same name in their place, others after them; sites of both."""
    own = {rule.name: rule for rule in by.rules}
    kept = [own.pop(rule.name, rule) for rule in rules.rules]
    sites = {site.id: site for site in (*rules.sites, *by.sites)}
    ground_m = rules.ground_m if by.ground_m is None else by.ground_m
    return structs.replace(
        rules, rules=(*kept, *own.values()), sites=tuple(sites.values()), ground_m=ground_m
    )
