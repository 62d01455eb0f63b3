"""What a tracking bench says at the end: figures of everybody, one dictionary for machines and people.

{
  "bench", the scene's own settings, "cutoff_m", "score_from",
  …           the figures of this project's tracker (scoring.Figures)
  "settings"  what the tracker was told
  "bound"     figures of the filters that know the answer, where a bench has them
  "peers"     for each: its figures, "settings", "ours" over the same scans, and "ratio":
              "gospa" ours to theirs, "cpu" theirs to ours
}
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any, Final

import msgspec

from vedette.app.bench.peers import PeerSettings, StoneSoup, require
from vedette.app.bench.scoring import Figures, Say, Tally, Truth, watch
from vedette.app.bench.tracking import Scan, Subject
from vedette.app.memory import keep_freed
from vedette.track.settings import TrackerSettings

# One run: its scans with their truth, made anew each time it is called.
Run = Callable[[], Iterable[tuple[Scan, Truth]]]
PeerRun = tuple[PeerSettings, int]  # and how many scans of each run it is shown

_DIGITS: Final = 6


class Bench(msgspec.Struct, kw_only=True):
    """One bench ready to be run.

    head      name and settings of the scene, as they are told
    make      this project's tracker, new for each run
    settings  what it is told
    rms       whether its GOSPA is the root of the mean square over scans, not the mean
    peers     Stone Soup in these settings, each over so many scans of a run
    """

    head: dict[str, Any]
    cutoff_m: float
    score_from: int
    runs: Sequence[Run]
    make: Callable[[], Subject]
    settings: TrackerSettings
    rms: bool = False
    bound: Callable[[Tally], None] | None = None
    peers: Sequence[PeerRun] = ()


def measure(bench: Bench, say: Say) -> dict[str, Any]:
    """Run it with everybody and sum it up; see the module."""
    keep_freed()
    version = require() if bench.peers else None
    own = _tally(bench, "Vedette")
    _watch_all(bench, own, bench.make, None, say)
    summary = {
        **bench.head,
        "cutoff_m": bench.cutoff_m,
        "score_from": bench.score_from,
        **_plain(own.figures()),
        "settings": msgspec.to_builtins(bench.settings),
    }
    if bench.bound is not None:
        known = _tally(bench, "bound: association known")
        bench.bound(known)
        summary["bound"] = _plain(known.figures())
    if bench.peers:
        summary["stone_soup"] = version
        summary["peers"] = [_beside(bench, own, peer, scans, say) for peer, scans in bench.peers]
    return summary


def _tally(bench: Bench, name: str) -> Tally:
    return Tally(name, bench.cutoff_m, bench.score_from, bench.rms)


def _watch_all(bench: Bench, tally: Tally, make: Callable[[], Subject], scans: int | None, say: Say) -> None:
    for number, run in enumerate(bench.runs):
        of = f"run {number + 1} of {len(bench.runs)}, " if len(bench.runs) > 1 else ""
        watch(make(), tally, islice(run(), scans), partial(_say_of, say, of))


def _say_of(say: Say, of: str, line: str) -> None:
    say(of + line)


def _beside(bench: Bench, own: Tally, peer: PeerSettings, scans: int, say: Say) -> dict[str, Any]:
    """One peer over the first scans of each run, and ours over the same."""
    tally = _tally(bench, peer.name)
    _watch_all(bench, tally, lambda: StoneSoup(peer), scans, say)
    theirs, ours = tally.figures(), own.figures(until=scans)
    ratio = {
        "gospa": ours.gospa_m / theirs.gospa_m if theirs.gospa_m else None,
        "cpu": theirs.cpu_ms_a_scan / ours.cpu_ms_a_scan
        if theirs.cpu_ms_a_scan and ours.cpu_ms_a_scan
        else None,
    }
    return {
        **_plain(theirs),
        "settings": msgspec.to_builtins(peer),
        "ours": _plain(ours),
        "ratio": {name: _short(value) for name, value in ratio.items()},
    }


def _plain(figures: Figures) -> dict[str, Any]:
    return {name: _short(value) for name, value in msgspec.structs.asdict(figures).items()}


def _short(value: Any) -> Any:
    """No more digits than a figure of a noisy thing has."""
    return float(f"{value:.{_DIGITS}g}") if isinstance(value, float) else value


_COLUMNS: Final = (
    ("gospa_m", "GOSPA m"),
    ("localisation_m", "local. m"),
    ("missed_m", "missed m"),
    ("false_m", "false m"),
    ("switches_per_100_target_scans", "switches/100"),
    ("cpu_ms_a_scan", "CPU ms/scan"),
    ("scans", "scans"),
)


def table(summary: dict[str, Any]) -> str:
    """The same for people."""
    skipped = {"tracker", "settings", "bound", "peers", *Figures.__struct_fields__}
    head = ", ".join(f"{name} {value}" for name, value in summary.items() if name not in skipped)
    rows = [summary, *([summary["bound"]] if "bound" in summary else [])]
    notes = []
    for peer in summary.get("peers", ()):
        rows.append(peer)
        ours, ratio = peer["ours"], peer["ratio"]
        if ours["scans"] != summary["scans"]:
            rows.append({**ours, "tracker": f"{ours['tracker']}, the same {ours['scans']} scans"})
        if ratio["gospa"] is not None and ratio["cpu"] is not None:
            notes.append(
                f"beside {peer['tracker']}: "
                f"{ratio['gospa']:.3g} of its GOSPA, {ratio['cpu']:.4g} times its speed"
            )
    width = max(len(row["tracker"]) for row in rows)
    lines = [head, "", " " * width + "".join(f"{title:>14}" for _, title in _COLUMNS)]
    lines += [
        f"{row['tracker']:{width}}" + "".join(f"{_cell(row[name]):>14}" for name, _ in _COLUMNS)
        for row in rows
    ]
    return "\n".join([*lines, *([""] if notes else []), *notes])


def _cell(value: float | None) -> str:
    return "–" if value is None else str(value) if isinstance(value, int) else f"{value:.4g}"
