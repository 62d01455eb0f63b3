"""The score as a table for people."""

from collections.abc import Sequence

from vedette.evaluate.alerts import AlertQuality
from vedette.evaluate.individuals import ClassScore
from vedette.evaluate.runs import Figure
from vedette.evaluate.score import Score
from vedette.evaluate.surveillance import Surveillance
from vedette.evaluate.trial import Trial


def table(score: Score) -> str:
    """A page of text."""
    whole = score.trajectories
    proof = "" if whole.exact else f", at least {whole.lower_m:.1f}"
    lines = [
        f"{score.instants} instants, cut-off {score.cutoff_m:g} m, switch {whole.switch_m:g} m",
        f"GOSPA {score.gospa_m:.1f} m (localisation {score.gospa_localisation_m:.1f}, "
        f"missed {score.gospa_missed_m:.1f}, false {score.gospa_false_m:.1f})",
        f"trajectory GOSPA {whole.total_m:.1f} m{proof} (localisation {whole.localisation_m:.1f}, "
        f"missed {whole.missed_m:.1f}, false {whole.false_m:.1f}, switch {whole.switched_m:.1f})",
        f"{score.tracks} tracks, {score.false_tracks} of them never on anything real, "
        f"{score.false_shown:.2f} unmatched at a time",
        "",
        *_siap_lines(score),
        "",
        f"{'class':<17}{'truths':>7}{'complete':>10}{'continuous':>12}{'switches':>10}"
        f"{'pos m':>8}{'95 % m':>8}{'height m':>10}{'vel m/s':>9}{'class ok':>10}",
        *(_class_line(one) for one in score.classes),
        "",
        *_trial_lines(score.trials),
        *_surveillance_lines(score.surveillance),
        "alerts due",
        *(
            f"  {one.name:<24} entry {_known(one.entry_s)}  predicted {_seconds(one.predicted_s)}  "
            f"actual {_seconds(one.actual_s)}  warning {_known(one.warning_s)}"
            for one in score.warned
        ),
        _quality_line(score.alerts),
        f"missed {score.missed_alerts}, false {len(score.false_alerts)}",
        *(
            f"  T{one.track_id} {one.rule} {one.zone} at {one.time_s:.1f} s: {one.name or 'nothing there'}"
            for one in score.false_alerts
        ),
    ]
    return "\n".join(lines)


def _siap_lines(score: Score) -> list[str]:
    one, kind, leave = score.siap, score.class_identity, score.leave_identity
    return [
        f"SIAP  completeness {_share(one.completeness)}, ambiguity {_number(one.ambiguity, 2)}, "
        f"spuriousness {_share(one.spuriousness)}, position {_number(one.position_accuracy_m)} m, "
        f"velocity {_number(one.velocity_accuracy_mps)} m/s,",
        f"      track changes {_number(one.track_changes_hz, 4)} /s, "
        f"longest segment {_share(one.longest_segment)}, "
        f"class told {_share(kind.completeness)} right {_share(kind.correctness)}, "
        f"leave told {_share(leave.completeness)} right {_share(leave.correctness)}",
    ]


def _class_line(one: ClassScore) -> str:
    return (
        f"{one.class_name:<17}{one.truths:>7}{one.completeness:>10.1%}{one.continuity:>12.1%}{one.switches:>10}"
        f"{_number(one.position_rmse_m):>8}{_number(one.position_p95_m):>8}{_number(one.height_rmse_m):>10}"
        f"{_number(one.velocity_rmse_mps):>9}"
        f"{'-' if one.right_class is None else f'{one.right_class:.0%}':>10}"
    )


def _trial_lines(trials: list[Trial]) -> list[str]:
    """Seconds after the first instant of each drone; empty without drones."""
    if not trials:
        return []
    heads = ("found", "alarm", "class", "identity", "name", "pilot", "refresh", "delay")
    lines = [f"{'drone, first after s':<24}" + "".join(f"{head:>10}" for head in heads)]
    for one in trials:
        times = (
            one.detected_s,
            one.alarmed_s,
            one.classed_s,
            one.identified_s,
            one.named_s,
            one.piloted_s,
            one.refresh_s,
            one.delay_s,
        )
        lines.append(f"{one.name[:23]:<24}" + "".join(f"{_number(t, 2):>10}" for t in times))
    return [*lines, ""]


def _surveillance_lines(figures: list[Surveillance]) -> list[str]:
    """One line a class; empty without any."""
    if not figures:
        return []
    lines = [f"{'surveillance':<17}{'in 5 s':>9}{'in 8 s':>9}{'rms m':>8}  limits"]
    for name in dict.fromkeys(one.class_name for one in figures):
        theirs = [one for one in figures if one.class_name == name]
        within = {one.update_s: one.update_probability for one in theirs}
        missed = [one.limit for one in theirs if one.met is False]
        unknown = any(one.met is None for one in theirs)
        verdict = f"not met: {'; '.join(missed)}" if missed else "not known" if unknown else "all met"
        lines.append(
            f"{name:<17}{_share(within.get(5.0)):>9}{_share(within.get(8.0)):>9}"
            f"{_number(theirs[0].rms_m):>8}  {verdict}"
        )
    return [*lines, ""]


def _quality_line(one: AlertQuality) -> str:
    return (
        f"  {one.warned} of {one.due} warned of, {'-' if one.in_time is None else one.in_time} before entry, "
        f"warning median {_known(one.warning_s_median)}, least {_known(one.warning_s_least)}, "
        f"{_number(one.false_per_hour)} false an hour, {one.raised_again} raised again"
    )


def _number(value: float | None, digits: int = 1) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def _known(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"


def runs_table(figures: Sequence[Figure], runs: int) -> str:
    """Means over runs with their intervals."""
    lines = [f"{runs} runs", f"{'figure':<52}{'runs':>5}{'mean':>12}{'95 % from':>12}{'to':>12}"]
    for one in figures:
        bounds = "".join(f"{'-' if v is None else f'{v:.4g}':>12}" for v in (one.low, one.high))
        lines.append(f"{one.name:<52}{one.runs:>5}{one.mean:>12.4g}{bounds}")
    return "\n".join(lines)
