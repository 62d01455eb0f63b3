"""A rule in words, for whoever wrote it to read again."""

from vedette.watch.kinds import (
    Airspace,
    Approach,
    Blinded,
    Claimed,
    Conflict,
    Formation,
    Grid,
    Intruder,
    Launch,
    Loiter,
    LowSlow,
    Orbit,
    Swarm,
    Transponder,
    Visits,
    What,
    ZoneEntry,
)
from vedette.watch.rule import Rule, RuleSet


def explained(rules: RuleSet) -> str:
    """All rules, a paragraph each."""
    sites = [
        f"site {s.id}: {s.name}, {s.radius_m:g} m about {s.lat_deg:g}, {s.lon_deg:g}" for s in rules.sites
    ]
    ground = [] if rules.ground_m is None else [f"ground: {rules.ground_m:g} m above the ellipsoid"]
    return "\n\n".join(
        ["\n".join([*ground, *sites])] * bool(ground or sites) + [in_words(r) for r in rules.rules]
    )


def in_words(rule: Rule) -> str:
    """One rule: when it holds, of whom, where, when, and what comes of it."""
    common = rule.common
    parts = [f"holds when {_condition(rule.what)}", _whom(rule), _where(rule), _when(rule)]
    lines = [f"{rule.name}{'' if common.on else ' (off)'}", *(f"  {part}" for part in parts if part)]
    told = [f"severity {common.severity}"]
    if common.raise_from is not None:
        told.append(f"raised from {100 * common.raise_from:g} %")
    if common.clear_below is not None:
        told.append(f"ends below {100 * common.clear_below:g} %")
    if common.clear_after_s is not None:
        told.append(f"after {common.clear_after_s:g} s")
    if common.again_after_s:
        told.append(f"not again within {common.again_after_s:g} s")
    if common.most_per_hour is not None:
        told.append(f"{common.most_per_hour} an hour at most")
    lines.append(f"  {', '.join(told)}")
    if common.unless:
        lines.append(f"  told by {' or '.join(common.unless)} where that holds for the same track")
    if common.escalate_after_s is not None:
        times = common.escalate_times
        lines.append(
            f"  told again after {common.escalate_after_s:g} s without an answer, {times} times at most"
        )
    return "\n".join(lines)


def _whom(rule: Rule) -> str:
    """Which tracks."""
    if isinstance(rule.what, Blinded):
        return ""
    leave = " or ".join(rule.leave)
    seen = "" if rule.common.claims_only else ", seen by more than their own word"
    classes = " or ".join(name.replace("_", " ") for name in rule.classes)
    sure = f", {100 * rule.class_from:g} % sure" if rule.class_from else ""
    if rule.common.placed_m is not None:
        seen += f", placed within {rule.common.placed_m:g} m"
    return f"of tracks that are {leave}" + (f" and {classes}{sure}" if classes else "") + seen


def _where(rule: Rule) -> str:
    """Which places and heights."""
    common = rule.common
    if isinstance(rule.what, Blinded):
        return ""
    named = [*common.zones, *common.sites]
    kinds = f" of type {' or '.join(common.zone_types)}" if common.zone_types else ""
    places = (
        ", ".join(named)
        if named
        else f"any zone{kinds}" + (" or site" if rule.kind.sites and not kinds else "")
    )
    limit = rule.near_m
    if isinstance(rule.what, ZoneEntry | Claimed):
        where = f"in {places}"
    elif limit is None:
        where = "anywhere"
    else:
        where = f"in {places}" if limit == 0.0 else f"within {limit:g} m of {places}"
    heights = []
    if common.above_m is not None:
        heights.append(f"above {common.above_m:g} m")
    if common.below_m is not None:
        heights.append(f"below {common.below_m:g} m")
    return where + (f", {' and '.join(heights)} over the ground" if heights else "")


def _when(rule: Rule) -> str:
    """Which times."""
    common, parts = rule.common, []
    if common.days:
        parts.append(f"on {', '.join(common.days)}")
    if common.hours:
        parts.append(f"{common.hours.replace('-', ' to ')} UTC")
    if common.sun_below_deg is not None:
        parts.append(f"while the sun is below {common.sun_below_deg:g}°")
    return " ".join(parts)


def _condition(what: What) -> str:  # noqa: C901 - a table, one line a kind
    """What must be so."""
    match what:
        case ZoneEntry():
            ahead = "[watch] horizon_s" if what.horizon_s is None else f"{what.horizon_s:g} s"
            return f"it is inside, or will be within {ahead}"
        case Claimed():
            return f"it says that it is inside, or will be within {what.horizon_s:g} s, and nobody sees it"
        case Airspace():
            return f"it has been inside for {what.after_s:g} s, {what.depth_m:g} m from the border or more"
        case Loiter():
            return f"it stays within {what.radius_m:g} m of one spot for {what.for_s:g} s"
        case Orbit():
            radius = f"{what.radius_from_m:g} to {what.radius_to_m:g} m"
            return f"it flies round {what.turns:g} times or more, at {radius}"
        case Grid():
            return (
                f"it flies {what.legs} legs of {what.leg_m:g} m or more, {what.spacing_m:g} m apart at most"
            )
        case Approach():
            closing = f"closing in at {what.from_mps:g} m/s or more"
            return f"it will pass within {what.within_m:g} m in {what.horizon_s:g} s, {closing}"
        case Formation():
            return f"{what.count} or more keep station within {what.within_m:g} m for {what.for_s:g} s"
        case Swarm():
            return f"{what.count} or more, each within {what.within_m:g} m of another, for {what.for_s:g} s"
        case Visits():
            return f"it is visit {what.times} or more within {what.days:g} days, {what.apart_s:g} s apart"
        case LowSlow():
            return f"it keeps below {what.height_m:g} m and {what.speed_mps:g} m/s for {what.for_s:g} s"
        case Transponder():
            lost = f"silent for {what.lost_after_s:g} s while seen" if what.lost_after_s else ""
            codes = f"squawks {', '.join(what.squawks)}" if what.squawks else ""
            changed = "its code changes" if what.changes else ""
            return ", or ".join(part for part in (lost, codes, changed) if part) or "never"
        case Launch():
            return f"its track began within {what.within_m:g} m of a {' or a '.join(what.carriers)}"
        case Conflict():
            near = f"within {what.horizontal_m:g} m, and {what.vertical_m:g} m in height"
            return f"it will be {near}, of a crewed aircraft in {what.horizon_s:g} s"
        case Blinded():
            return f"a sensor has been {' or '.join(what.conditions)} for {what.for_s:g} s"
        case Intruder():
            silent = "no transponder was heard of it"
            return f"it is seen for {what.for_s:g} s at {what.from_mps:g} m/s or more, and {silent}"
