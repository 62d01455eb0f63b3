"""The page: put together from drawings and tables, with its style inside."""

from datetime import UTC, datetime
from html import escape
from importlib import resources

from vedette.core.units import NS_PER_S
from vedette.evaluate.page.charts import error_chart, gospa_chart, legend
from vedette.evaluate.page.groups import WORDS
from vedette.evaluate.page.places import maps
from vedette.evaluate.page.svg import clock
from vedette.evaluate.page.tables import (
    alert_table,
    class_table,
    siap_table,
    surveillance_table,
    trial_table,
)
from vedette.evaluate.page.timeline import left_out, timeline
from vedette.evaluate.score import Compared, Score


def page(compared: Compared, title: str) -> str:
    """One HTML file. Needs a truth with at least one row."""
    style = resources.files(__package__).joinpath("style.css").read_text("utf-8")
    score = compared.score
    sections = [
        _tiles(score),
        _section("Each target over time", _lives_note(compared), _lives_legend(), timeline(compared)),
        _section(
            "Map",
            "Wide and grey is what flew, the thin line on it what was shown. North is up.",
            legend({"flown": "flew", "shown": "was shown"}, "stroke")
            + legend({"missed": "missed", "false": "shown, nothing there"}, "dot"),
            _maps(compared),
        ),
        _section(
            "What the distance is made of",
            "Trajectory GOSPA at each instant: the distance, shared out as its square falls apart.",
            legend({part: part for part in ("localisation", "missed", "false", "switch")}),
            gospa_chart(compared),
        ),
        _section(
            "Error",
            "Root mean square of the horizontal distance between each target and its track.",
            legend(WORDS, "stroke"),
            error_chart(compared),
        ),
        _section("Figures", "", "", siap_table(score) + class_table(score) + surveillance_table(score)),
    ]
    if score.trials:
        note = "Seconds after each drone's first instant."
        sections.append(_section("Drones, as a trial asks", note, "", trial_table(score)))
    if score.warned or score.false_alerts:
        sections.append(_section("Alerts", _alert_note(score), "", alert_table(score)))
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Score of {escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style}</style></head><body><main>{_header(compared, title)}{''.join(sections)}"
        f"{_FOOTER}</main></body></html>\n"
    )


def _header(compared: Compared, title: str) -> str:
    times = compared.both.times_ns
    begin = datetime.fromtimestamp(int(times[0]) // NS_PER_S, UTC)
    score = compared.score
    words = (
        f"{escape(title)}. {begin:%d %B %Y, %H:%M:%S} UTC, {clock(float(compared.both.times_s[-1]))} long, "
        f"{score.instants:,} instants, {len(score.truths)} individuals, {score.tracks} tracks. "
        f"Cut-off {score.cutoff_m:g} m, switch {score.trajectories.switch_m:g} m."
    )
    return f"<header><h1>How good was the picture?</h1><p>{words}</p></header>"


def _tiles(score: Score) -> str:
    whole, siap, alerts = score.trajectories, score.siap, score.alerts
    proof = "" if whole.exact else f", not below {whole.lower_m:.0f}"
    early = "–" if alerts.warning_s_median is None else f"{alerts.warning_s_median:.0f}".replace("-", "−")
    cards = (
        ("Trajectory GOSPA", f"{whole.total_m:.0f}", "m", f"{score.gospa_m:.0f} m instant by instant{proof}"),
        ("Completeness", _percent(siap.completeness), "", "of targets have a track of their own"),
        ("Spuriousness", _percent(siap.spuriousness), "", f"{_tracks(score.false_tracks)} on nothing real"),
        (
            "Longest segment",
            _percent(siap.longest_segment),
            "",
            "of a target's life under one unbroken track",
        ),
        (
            "Alerts",
            f"{alerts.warned} of {alerts.due}",
            "",
            f"{_early(score)}{len(score.false_alerts)} false",
        ),
        ("Warning", early, "s" if early != "–" else "", "median before entry"),
    )
    items = "".join(
        f"<li><span>{name}</span><b>{value}{f'<small>{unit}</small>' if unit else ''}</b><em>{note}</em></li>"
        for name, value, unit, note in cards
    )
    return f'<ul class="tiles">{items}</ul>'


def _tracks(count: int) -> str:
    return "1 track" if count == 1 else f"{count} tracks"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"


def _section(title: str, note: str, keys: str, content: str) -> str:
    words = f'<p class="note">{note}</p>' if note else ""
    head = f'<div class="head"><h2>{title}</h2><div class="keys">{keys}</div></div>'
    return f"<section>{head}{words}{content}</section>"


def _maps(compared: Compared) -> str:
    sheets = maps(compared)
    return f'<div class="pair{"" if len(sheets) > 1 else " one"}">{"".join(sheets)}</div>'


def _lives_note(compared: Compared) -> str:
    hidden = left_out(compared)
    more = f" {hidden} more have no line." if hidden else ""
    return f"The shade of a bar changes where the track's number does.{more}"


def _lives_legend() -> str:
    return (
        legend({**WORDS, "gap": "no track"})
        + legend({"zone": "in a zone"}, "stroke")
        + legend({"predicted": "alert, predicted", "actual": "alert, inside", "wrong": "false"}, "diamond")
    )


def _alert_note(score: Score) -> str:
    one = score.alerts
    rate = "" if one.false_per_hour is None else f" {one.false_per_hour:.1f} false an hour."
    again = f" {one.raised_again} rose again after they were cleared." if one.raised_again else ""
    early = "" if one.in_time is None else f", {one.in_time} of them before entry"
    return f"{one.warned} of {one.due} that were due came{early}.{rate}{again}"


def _early(score: Score) -> str:
    """How many came before entry, where that is known."""
    return "" if score.alerts.in_time is None else f"{score.alerts.in_time} before entry, "


_FOOTER = (
    "<footer><p>Targets and tracks are matched by horizontal distance up to the cut-off. A target that no "
    "sensor could see counts all the same. GOSPA: Rahmathullah, García-Fernández and Svensson 2017; over "
    "trajectories: García-Fernández, Rahmathullah and Svensson 2020; SIAP: technical reports 2001-001 and "
    "2003-029; limits: EUROCONTROL ESASSP, EUROCAE ED-142A; trial: CWA 18150.</p></footer>"
)
