"""The review as a table for people."""

from vedette.evaluate.review import Individual, Review
from vedette.evaluate.verdict import GOOD


def review_table(review: Review) -> str:
    """A page of text: what an alert was due for, then what was missed, then the rest, one line each."""
    width = max([len(one.name) for one in review.individuals] + [10])
    head = (
        f"{'':{width}}  {'class':<12}{'begins':>8}{'covered':>9}{'plot':>8}{'track':>8}{'class':>8}"
        f"{'alert':>8}{'entry':>8}{'warning':>9}{'tracked':>9}  verdict"
    )
    due = [one for one in review.individuals if one.due]
    missed = [one for one in review.individuals if not one.due and one.verdict not in GOOD]
    fine = [one for one in review.individuals if not one.due and one.verdict in GOOD]
    lines = [
        f"{review.duration_s:.0f} s, {len(review.individuals)} individuals, {review.plots:,} plots, "
        f"{review.false_plots:,} of them near none; late is more than {review.late_s:g} s",
        f"all: {_counts(review.verdicts)}",
        f"alert due: {_counts(review.due)}; {len(review.false_alerts)} false alerts",
    ]
    for words, group in (("an alert was due", due), ("missed in part", missed), ("held", fine)):
        if group:
            lines += ["", words, head, *(_line(one, width) for one in group)]
    lines += [
        "",
        *(
            f"false alert T{one.track_id} {one.rule} {one.zone} at {_clock(one.time_s)}: "
            f"{one.name or 'nothing there'}"
            for one in review.false_alerts
        ),
    ]
    return "\n".join(lines).rstrip()


def _line(one: Individual, width: int) -> str:
    times = (one.begin_s, one.cover_s, one.plot_s, one.track_s, one.class_s, one.alert_s, one.entry_s)
    cells = "".join(f"{_clock(t):>{w}}" for t, w in zip(times, (8, 9, 8, 8, 8, 8, 8), strict=True))
    warning = "-" if one.warning_s is None else f"{one.warning_s:.0f} s"
    kind = one.class_name.replace("_", " ")[:11]
    return f"{one.name:{width}}  {kind:<12}{cells}{warning:>9}{one.tracked:>9.0%}  {one.verdict}: {one.why}"


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _clock(second: float | None) -> str:
    if second is None:
        return "-"
    whole = round(second)
    return f"{whole // 60}:{whole % 60:02}"
