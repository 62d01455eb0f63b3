"""Facts to what the template prints: sentences and cells of tables, in one language."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import numpy as np

from vedette.app.evidence.derive import ALERTS
from vedette.app.report.facts import Change, Course, Facts, Life, Taken
from vedette.app.report.translate import Tongue, lines, tongue
from vedette.app.report.words import words
from vedette.core.units import NS_PER_S

_MOST_ALERTS: Final = 40
_MOST_TRACKS: Final = 40
_SURE: Final = 0.9

Words = dict[str, str]


def told(facts: Facts, language: str, pack_sha256: str) -> dict[str, Any]:
    """Everything that the template reads, but for the drawings."""
    lead, known, manifest = words(language), tongue(language), facts.manifest
    window = manifest.window
    return {
        "language": language,
        "words": lead,
        "node": manifest.node,
        "about": manifest.about,
        "window": f"{_utc(window.from_ns)} – {_utc(window.until_ns)}",
        "made": _utc(manifest.made_ns),
        "made_day": _day(manifest.made_ns),
        "sha256": pack_sha256,
        "key": facts.key,
        "summary": _summary(facts, lead),
        **_why(facts, lead, known),
        "alerts": [_alert(life, lead, known) for life in facts.alerts[:_MOST_ALERTS]],
        "more_alerts": _more(len(facts.alerts) - _MOST_ALERTS, lead),
        "tracks": [_track(course, lead) for course in facts.courses[:_MOST_TRACKS]],
        "more_tracks": _more(len(facts.courses) - _MOST_TRACKS, lead),
        "sensors": [
            [s.name or s.id, known.word("modality", s.modality), _place(s.lat_deg, s.lon_deg)]
            for s in facts.sensors
        ],
        "unknown": _unknown(facts, lead),
        "verify": lead["p_verify"].format(version=manifest.made_by.vedette),
    }  # fmt: skip


def _summary(facts: Facts, lead: Words) -> list[str]:
    if not facts.alerts:
        return [lead["s_none"]]
    out = [
        lead["s_alerts"].format(
            n=len(facts.alerts), tracks=len(facts.alerted), shown=len(facts.courses)
        )
    ]  # fmt: skip
    if facts.subject is not None:
        out += _of_subject(facts, facts.subject, lead)
    return out


def _of_subject(facts: Facts, life: Life, lead: Words) -> list[str]:
    """What the alert was, and what set it off."""
    worst = life.worst
    sentence = lead["s_subject" if worst.zone_name else "s_subject_nowhere"]
    out = [
        sentence.format(
            alert=life.alert_id, label=worst.label, zone=worst.zone_name, state=lead.get(worst.state, ""),
            time=_clock(worst.time_ns), sure=_percent(worst.probability),
        )
    ]  # fmt: skip
    course = _course_of(facts, worst)
    if course is not None:
        then, last = course.taken_at(worst.time_ns), course.taken[-1]
        out.append(_taken_for(then, "s_class", lead))
        if (last.class_name, last.authorisation) != (then.class_name, then.authorisation):
            out.append(_taken_for(last, "s_later", lead))
    return out


def _taken_for(taken: Taken, sentence: str, lead: Words) -> str:
    leave = lead.get(taken.authorisation, taken.authorisation)
    if not taken.class_name or taken.class_probability is None:
        return lead[f"{sentence}_unknown"].format(leave=leave)
    what, sure = lead.get(taken.class_name, taken.class_name), _percent(taken.class_probability)
    return lead[sentence].format(what=what, sure=sure, leave=leave)


def _course_of(facts: Facts, change: Change) -> Course | None:
    return next((course for course in facts.courses if course.track_id == change.track_id), None)


def _why(facts: Facts, lead: Words, known: Tongue) -> dict[str, Any]:
    """The reasons of the alert that it is about, and under them where they are as they were recorded."""
    if facts.subject is None:
        return {"reasons": [], "reasons_note": ""}
    found = lines(_reasons(facts.subject), known)
    note = lead["r_note"].format(file=f"{'shown' if facts.shown else 'derived'}/{ALERTS}")
    own = sum(not line.known for line in found)
    return {
        "reasons": [
            [
                line.text if line.known else _in_quotes(line.text, lead),
                lead["r_times"].format(n=line.times) if line.times > 1 else "",
            ]
            for line in found
        ],
        "reasons_note": note + (" " + lead["r_own"].format(n=own) if own else ""),
    }


def _in_quotes(text: str, lead: Words) -> str:
    """Somebody's own words, whatever their language."""
    return lead["quotes"].format(text=text)


def _reasons(life: Life) -> list[str]:
    """Of the change that was surest first, then all others, in their order."""
    return [reason for change in (life.best_known, *life.changes) for reason in change.reasons]


def _alert(life: Life, lead: Words, known: Tongue) -> list[str]:
    worst = life.worst
    where, rule = worst.zone_name or worst.zone, known.word("rule", worst.rule)
    return [
        _clock(worst.time_ns),
        life.alert_id,
        worst.label,
        lead["rule_at"].format(rule=rule, zone=where) if where else rule,
        lead.get(worst.state, worst.state),
        f"{_percent(life.best_known.probability)} %",
    ]


def _track(course: Course, lead: Words) -> list[str]:
    last = course.taken[-1]
    what = lead.get(last.class_name, last.class_name) if last.class_name else lead["unknown"]
    sure = "" if last.class_probability is None else f" {_percent(last.class_probability)} %"
    return [
        course.label,
        what + sure,
        lead.get(last.authorisation, last.authorisation),
        f"{_clock(int(course.time_ns[0]))} – {_clock(int(course.time_ns[-1]))}",
        _span(course.speed_mps, "m/s"),
        _span(course.alt_m, "m"),
        f"{float(np.median(course.sd_major_m)):.0f} m",
    ]


def _unknown(facts: Facts, lead: Words) -> list[str]:
    """What a reader must not take for known."""
    out, simulated = [], facts.node.node.simulated
    if simulated:
        out.append(lead["u_simulated"].format(what=_in_quotes(simulated, lead)))
    for course in facts.courses:
        if course.track_id not in facts.alerted:
            continue
        blind = float(np.isnan(course.alt_m).mean())
        if blind > 0.0:
            out.append(lead["u_height"].format(label=course.label, share=_percent(blind)))
        last = course.taken[-1]
        if last.class_probability is not None and last.class_probability < _SURE:
            sure = _percent(last.class_probability)
            out.append(lead["u_class"].format(label=course.label, sure=sure))
        if last.authorisation == "unknown":
            out.append(lead["u_leave"].format(label=course.label))
    shown = facts.manifest.shown
    if shown is None:
        out.append(lead["u_derived"])
    else:
        seconds = sum(pair.seconds for pair in shown.tracks)
        held = sum(pair.share * pair.seconds for pair in shown.tracks)
        share = f"{100.0 * held / seconds:.1f}".replace(".", lead["decimal"]) if seconds else "0"
        out.append(lead["u_shown"].format(share=share, alike=shown.alerts_alike, alerts=shown.alerts))
    return [*out, lead["u_sensors"]]


def _span(values: Sequence[float] | np.ndarray[Any, np.dtype[np.float64]], unit: str) -> str:
    known = np.asarray(values)[np.isfinite(values)]
    if not len(known):
        return "?"
    low, high = f"{known.min():.0f}", f"{known.max():.0f}"
    return f"{low} {unit}" if low == high else f"{low} – {high} {unit}"


def _more(n: int, lead: Words) -> str:
    return lead["more"].format(n=n) if n > 0 else ""


def _percent(share: float) -> str:
    return f"{100.0 * share:.0f}"


def _place(lat_deg: float | None, lon_deg: float | None) -> str:
    return "?" if lat_deg is None or lon_deg is None else f"{lat_deg:.5f}, {lon_deg:.5f}"


def _moment(time_ns: int) -> datetime:
    return datetime.fromtimestamp(time_ns // NS_PER_S, UTC)


def _utc(time_ns: int) -> str:
    return _moment(time_ns).strftime("%Y-%m-%d %H:%M:%S")


def _clock(time_ns: int) -> str:
    return _moment(time_ns).strftime("%H:%M:%S")


def _day(time_ns: int) -> list[int]:
    moment = _moment(time_ns)
    return [moment.year, moment.month, moment.day]
