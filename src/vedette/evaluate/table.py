"""The score as a table for people."""

from vedette.evaluate.score import ClassScore, Score


def table(score: Score) -> str:
    """A page of text."""
    lines = [
        f"{score.instants} instants, cut-off {score.cutoff_m:g} m",
        f"GOSPA {score.gospa_m:.1f} m (localisation {score.gospa_localisation_m:.1f}, "
        f"missed {score.gospa_missed_m:.1f}, false {score.gospa_false_m:.1f})",
        f"{score.tracks} tracks, {score.false_tracks} of them never on anything real, "
        f"{score.false_shown:.2f} unmatched at a time",
        "",
        f"{'class':<17}{'truths':>7}{'complete':>10}{'continuous':>12}{'switches':>10}"
        f"{'pos m':>8}{'height m':>10}{'vel m/s':>9}{'class ok':>10}",
        *(_class_line(one) for one in score.classes),
        "",
        "alerts due",
        *(
            f"  {one.name:<24} entry {_known(one.entry_s)}  predicted {_seconds(one.predicted_s)}  "
            f"actual {_seconds(one.actual_s)}  warning {_known(one.warning_s)}"
            for one in score.warned
        ),
        f"missed {score.missed_alerts}, false {len(score.false_alerts)}",
        *(
            f"  T{one.track_id} {one.rule} {one.zone} at {one.time_s:.1f} s: {one.name or 'nothing there'}"
            for one in score.false_alerts
        ),
    ]
    return "\n".join(lines)


def _class_line(one: ClassScore) -> str:
    return (
        f"{one.class_name:<17}{one.truths:>7}{one.completeness:>10.1%}{one.continuity:>12.1%}{one.switches:>10}"
        f"{_number(one.position_rmse_m):>8}{_number(one.height_rmse_m):>10}{_number(one.velocity_rmse_mps):>9}"
        f"{'-' if one.right_class is None else f'{one.right_class:.0%}':>10}"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f}"


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def _known(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
