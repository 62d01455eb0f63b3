"""Why an individual was missed, or how it was caught: one tree, from the sensor to the rule.

    never in coverage of a sensor                       no coverage
    in coverage, no plot                                not detected
    plots, no track                                     not associated
    an alert is due (in a zone without leave)
        an alert came, at most `late_s` after entry     alerted
        an alert came later                             late
        none came, and while it was in the zone
            nothing could see it                        no coverage
            nothing saw it                              not detected
            its first track came after it had left      late
            it had no track                             not associated
            its track never was of its class            wrong class
            it had a track of its class                 rule silent
    no alert is due
        its track never was of its class                wrong class
        its first track came `late_s` after coverage    late
        else                                            tracked

The tree stops at the first link of the chain that broke; what later links would have done is not known.
"""

from typing import Final, Literal, get_args

from msgspec import Struct

Verdict = Literal[
    "no coverage",
    "not detected",
    "not associated",
    "late",
    "wrong class",
    "rule silent",
    "alerted",
    "tracked",
]
VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
GOOD: Final = ("alerted", "tracked")
LATE_S: Final = 15.0


class Chain(Struct, frozen=True, kw_only=True):
    """The links from sensor to rule for one individual. Times in s from the beginning; None is never.

    due            an alert was due for it
    entry_s        first instant in a zone, where an alert is due and zones are known
    zone_s         instants in a zone, 1 of them a second in most truths; zone_covered, zone_plots, zone_held,
                   zone_right: in how many of them a sensor could see it, did, a track held it, of its class
    left_s         last instant in a zone
    classes        share of its tracked instants by class that was shown; "" is none
    """

    due: bool
    begin_s: float
    cover_s: float | None
    plot_s: float | None
    track_s: float | None
    class_s: float | None
    alert_s: float | None
    entry_s: float | None
    left_s: float | None
    zone_s: int
    zone_covered: int
    zone_plots: int
    zone_held: int
    zone_right: int
    plots: int
    classes: dict[str, float]


def judge(chain: Chain, late_s: float = LATE_S) -> tuple[Verdict, str]:
    """The verdict and its evidence in words."""
    one = chain
    seen = one.plot_s is not None or one.track_s is not None  # a neighbour's plots can hold its track
    if one.cover_s is None and not seen:
        return "no coverage", "never in range, above the horizon and in the field of view of a working sensor"
    if not seen:
        return "not detected", f"in coverage from {_at(one.cover_s)} on, no plot"
    if one.track_s is None:
        return "not associated", f"{_plots(one.plots)} from {_at(one.plot_s)} on, no track"
    if not one.due:
        return _of_others(one, late_s)
    if one.alert_s is not None:
        return _alerted(one, late_s)
    return _silent(one)


def _of_others(one: Chain, late_s: float) -> tuple[Verdict, str]:
    """Of what no alert is due for."""
    if one.class_s is None:
        return "wrong class", f"tracked from {_at(one.track_s)} on, shown as {_shown(one)}"
    delay_s = _delay(one.cover_s, one.track_s)
    if delay_s > late_s:
        return "late", f"in coverage from {_at(one.cover_s)}, tracked {delay_s:.0f} s later; {_slowest(one)}"
    return "tracked", f"tracked {delay_s:.0f} s after it came into coverage"


def _alerted(one: Chain, late_s: float) -> tuple[Verdict, str]:
    if one.entry_s is None or one.alert_s is None:
        return "alerted", f"alert at {_at(one.alert_s)}"
    early_s = one.entry_s - one.alert_s
    lost = one.zone_s - one.zone_held
    hole = f"; no track in {lost} of its {one.zone_s} s in a zone" if lost > max(5, one.zone_s // 20) else ""
    if early_s >= 0:
        return "alerted", f"alert {early_s:.0f} s before it entered{hole}"
    words = f"alert {-early_s:.0f} s after it entered"
    return ("alerted", words + hole) if -early_s <= late_s else ("late", f"{words}; {_slowest(one)}{hole}")


def _silent(one: Chain) -> tuple[Verdict, str]:
    """An alert was due and none came."""
    where = f"of its {one.zone_s} s in a zone"
    if not one.zone_covered and not one.zone_plots and not one.zone_held:
        return "no coverage", f"out of coverage for all {where}"
    if not one.zone_plots and not one.zone_held:
        return "not detected", f"in coverage for {one.zone_covered} {where}, no plot in them"
    if not one.zone_held:
        if one.left_s is not None and one.track_s is not None and one.track_s > one.left_s:
            return "late", f"first track {one.track_s - one.left_s:.0f} s after it had left; {_slowest(one)}"
        return "not associated", f"plots in {one.zone_plots} {where}, a track in none"
    if not one.zone_right:
        return "wrong class", f"a track in {one.zone_held} {where}, shown as {_shown(one)}"
    return "rule silent", f"a track of its class in {one.zone_right} {where}, no alert"


def _slowest(one: Chain) -> str:
    """Which link took longest, up to the alert."""
    begin = one.cover_s if one.cover_s is not None else one.plot_s
    links = (
        ("to the first plot", begin, one.plot_s),
        ("from plot to track", one.plot_s, one.track_s),
        ("from track to its class", one.track_s, one.class_s),
        ("from its class to the alert", one.class_s, one.alert_s),
    )
    took = [(b - a, words) for words, a, b in links if a is not None and b is not None]
    most_s, words = max(took)
    return f"longest: {most_s:.0f} s {words}"


def _delay(begin_s: float | None, end_s: float | None) -> float:
    return max(end_s - begin_s, 0.0) if begin_s is not None and end_s is not None else 0.0


def _shown(one: Chain) -> str:
    """What it was taken for, most first."""
    parts = sorted(one.classes.items(), key=lambda item: (-item[1], item[0]))
    words = [f"{name.replace('_', ' ') or 'no class'} {share:.0%}" for name, share in parts[:3]]
    return ", ".join(words) or "nothing"


def _plots(count: int) -> str:
    return "1 plot" if count == 1 else f"{count:,} plots"


def _at(second: float | None) -> str:
    if second is None:
        return "never"
    whole = round(second)
    return f"{whole // 60}:{whole % 60:02}"
