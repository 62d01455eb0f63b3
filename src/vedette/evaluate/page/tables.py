"""The figures as tables of the page. What is not known is a dash."""

from collections.abc import Sequence
from html import escape
from typing import Final

from vedette.evaluate.score import Score

Cell = tuple[str, str]  # words, class
_UNKNOWN: Final = ("–", "unknown")
_MET: Final = {True: ("met", "good"), False: ("not met", "bad"), None: _UNKNOWN}


def number(value: float | None, digits: int = 1) -> Cell:
    """A number, or a dash."""
    return _UNKNOWN if value is None else (f"{value:.{digits}f}", "")


def share(value: float | None) -> Cell:
    """A share of one in percent, or a dash."""
    return _UNKNOWN if value is None else (f"{value:.1%}", "")


def class_table(score: Score) -> str:
    """How each class was held."""
    heads = [
        *("class", "individuals", "complete", "continuous", "changes", "error rms m", "95 % m"),
        *("height rms m", "velocity rms m/s", "class right"),
    ]
    rows = [
        [
            (_words(one.class_name), ""),
            (str(one.truths), ""),
            share(one.completeness),
            share(one.continuity),
            (str(one.switches), ""),
            number(one.position_rmse_m),
            number(one.position_p95_m),
            number(one.height_rmse_m),
            number(one.velocity_rmse_mps),
            share(one.right_class),
        ]
        for one in score.classes
    ]
    return _table(heads, rows)


def surveillance_table(score: Score) -> str:
    """Each class against the limits of surveillance."""
    limits = list(dict.fromkeys(one.limit for one in score.surveillance))
    heads = ["surveillance", "new data in 5 s", "in 8 s", "error rms m", *limits]
    rows = []
    for name in dict.fromkeys(one.class_name for one in score.surveillance):
        theirs = [one for one in score.surveillance if one.class_name == name]
        within = {one.update_s: one.update_probability for one in theirs}
        rows.append(
            [
                (_words(name), ""),
                share(within.get(5.0)),
                share(within.get(8.0)),
                number(theirs[0].rms_m),
                *(_MET[one.met] for one in theirs),
            ]
        )
    return _table(heads, rows)


def trial_table(score: Score) -> str:
    """When each drone was found, alarmed, classed, identified; how current it was."""
    heads = [
        *("drone", "found s", "alarm s", "class s", "identity s", "name s", "pilot s", "pilot off m"),
        *("new data every s", "late by s", "error median m", "95 % m"),
    ]
    rows = [
        [
            (one.name, ""),
            *(
                number(value)
                for value in (
                    one.detected_s,
                    one.alarmed_s,
                    one.classed_s,
                    one.identified_s,
                    one.named_s,
                    one.piloted_s,
                    one.pilot_error_m,
                )
            ),
            number(one.refresh_s, 2),
            number(one.delay_s, 2),
            number(one.position_median_m),
            number(one.position_p95_m),
        ]
        for one in score.trials
    ]
    return _table(heads, rows)


def alert_table(score: Score) -> str:
    """Each alert that was due, and each that was not."""
    heads = ("alert", "enters s", "predicted s", "inside s", "warning s", "")
    rows = [
        [
            (one.name, ""),
            number(one.entry_s),
            number(one.predicted_s),
            number(one.actual_s),
            number(one.warning_s),
            _verdict(one.predicted_s, one.actual_s, one.warning_s),
        ]
        for one in score.warned
    ]
    rows += [
        [
            (f"T{one.track_id}, {one.rule} {one.zone}".rstrip(), ""),
            _UNKNOWN,
            number(one.time_s),
            _UNKNOWN,
            _UNKNOWN,
            (f"false: {one.name or 'nothing there'}", "bad"),
        ]
        for one in score.false_alerts
    ]
    return _table(heads, rows)


def siap_table(score: Score) -> str:
    """SIAP attributes in one row."""
    one, kind, leave = score.siap, score.class_identity, score.leave_identity
    heads = [
        *("SIAP", "completeness", "ambiguity", "spuriousness", "position m", "velocity m/s"),
        *("track changes a minute", "longest segment", "class told", "class right", "leave told", "right"),
    ]
    changes = None if one.track_changes_hz is None else one.track_changes_hz * 60.0
    row = [
        ("all", ""),
        share(one.completeness),
        number(one.ambiguity, 2),
        share(one.spuriousness),
        number(one.position_accuracy_m),
        number(one.velocity_accuracy_mps),
        number(changes, 2),
        share(one.longest_segment),
        share(kind.completeness),
        share(kind.correctness),
        share(leave.completeness),
        share(leave.correctness),
    ]
    return _table(heads, [row])


def _words(class_name: str) -> str:
    return class_name.replace("_", " ")


def _verdict(predicted_s: float | None, actual_s: float | None, warning_s: float | None) -> Cell:
    if predicted_s is None and actual_s is None:
        return "missed", "bad"
    if warning_s is None:
        return "warned", "good"
    return ("in time", "good") if warning_s > 0 else ("late", "bad")


def _table(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    head = "".join(f"<th>{escape(words)}</th>" for words in heads)
    body = "".join(
        "<tr>" + "".join(f'<td class="{look}">{escape(words)}</td>' for words, look in row) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'
