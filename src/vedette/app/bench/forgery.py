"""How many forged claims are found, how soon, and how many honest senders are accused.

Every scene (forgery_scenes) is simulated to bytes, decoded and followed by a sector as a node would. A
sender is *accused* in a second in which its doubt is above one half. A forged one is *found* if it is
accused in most of its last ten seconds; an honest one that is accused for as much as one second is a false
alarm. Senders that said fewer than ten things are not counted.

The limits, 95 % found and 1 % false alarms, hold for places that another sensor sees: a radar (`radar`, and
`both`: with two direction finders) or two direction finders (`finders`). Nobody else is given beside. With a
radar they hold without the swarm too.
"""

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from vedette.app.bench.forgery_bytes import Receiver
from vedette.app.bench.forgery_scenes import HONEST, KINDS, SECONDS, SENSORS, Scene, build
from vedette.app.bench.scoring import Say
from vedette.app.config import parse
from vedette.app.ingest import Ingest
from vedette.app.scenarios import document
from vedette.app.sector import Sector
from vedette.core.errors import ConfigError
from vedette.core.units import NS_PER_S
from vedette.identify.check_state import CheckState
from vedette.kernel.geodesy import enu_from_geodetic
from vedette.simulate import Simulation
from vedette.wire.formats import DecoderOptions

Array = NDArray[np.float64]

FOUND_MIN: Final = 0.95
FALSE_MAX: Final = 0.01
_LEAST: Final = 10  # things said
_LAST_S: Final = 10
_TWIN_M: Final = 150.0  # an honest drone is so near to where it says it is


@dataclass(slots=True)
class Followed:
    """One sender through a scene: when it began, when it was accused, by second; first kind named."""

    ident: str
    forged: bool
    since_s: float
    accused: list[bool] = field(default_factory=list)
    said: int = 0
    kind: str = ""

    @property
    def found(self) -> bool:
        """Whether it is accused at the end."""
        last = self.accused[-_LAST_S:]
        return sum(last) * 2 > len(last)

    @property
    def after_s(self) -> float | None:
        """Seconds from its beginning to the first second in which it was accused."""
        return float(self.accused.index(True)) if True in self.accused else None


def play(scene: Scene, seed: int) -> list[Followed]:
    """Run one scene; everybody who was heard in it."""
    simulation = Simulation(scene.scenario, seed)
    node = parse(document(scene.scenario, "forgery", simulation.start_ns), "forgery")
    ingest = Ingest(node.sensors())
    sector = Sector(node.origin, [], node.tracker, node.identify_settings(), node.watch)
    formats = {feed.name: feed.format for feed in scene.scenario.feed}
    receiver = Receiver(scene.edits, simulation.start_ns, np.random.default_rng([seed, 7]))
    known: dict[tuple[str, int], Followed] = {}
    for time_ns, emissions, truth in simulation.run(SECONDS):
        heard = receiver.edit(emissions, time_ns)
        for emission in heard:
            name = formats[emission.feed]
            batches, _ = ingest.receive(
                DecoderOptions(emission.feed), name, emission.connection, emission.t_ns, emission.data
            )
            for batch in batches:
                sector.step(batch)
        for batch in ingest.advance(time_ns):
            sector.step(batch)
        check = sector.check
        if check is not None:
            _follow(known, check, scene, truth, (time_ns - simulation.start_ns) / NS_PER_S, time_ns)
    return [one for one in known.values() if one.said >= _LEAST]


def _follow(
    known: dict[tuple[str, int], Followed],
    check: CheckState,
    scene: Scene,
    truth: NDArray[np.void],
    now_s: float,
    time_ns: int,
) -> None:
    """Note who is accused now."""
    senders = check.senders
    for i in np.flatnonzero(time_ns - senders.last_ns < 3 * NS_PER_S).tolist():
        ident = check.names.claims[int(senders.code[i])].ident
        since = scene.forged.get(ident)
        forged = since is not None and now_s >= since
        if ident in scene.twin:
            forged = not _is_at(truth, scene.twin[ident], check.origin, senders.place[i])
        key = (ident, int(forged))
        one = known.setdefault(key, Followed(ident, forged, now_s))
        one.accused.append(bool(senders.doubt[i] > check.settings.doubt_from))
        one.said = max(one.said, int(senders.count[i]))


def _is_at(truth: NDArray[np.void], name: str, origin: Array, place: Array) -> bool:
    """Whether somebody of this name is really where a sender says it is."""
    mine = truth[truth["name"] == name]
    at = enu_from_geodetic(origin, mine["lat_deg"], mine["lon_deg"], mine["alt_m"])
    return bool((np.hypot(at[:, 0] - place[0], at[:, 1] - place[1]) < _TWIN_M).any())


def chosen(scenes: str | None, sensors: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a person asked for, or ConfigError with what there is."""
    return _known("--scenes", scenes, (*KINDS, *HONEST)), _known("--sensors", sensors, SENSORS)


def _known(option: str, names: str | None, there: tuple[str, ...]) -> tuple[str, ...]:
    wanted = tuple(names.split(",")) if names else there
    for name in wanted:
        if name not in there:
            raise ConfigError(option, f"some of {', '.join(there)}", name)
    return wanted


def bench(
    seeds: range, kinds: tuple[str, ...], sensors: tuple[str, ...], say: Say
) -> tuple[dict[str, Any], str, bool]:
    """All scenes of these seeds: summary, table, and whether the limits are kept."""
    results: dict[tuple[str, str], list[Followed]] = {}
    began = time.monotonic()
    for seed in seeds:
        for kind, which in _scenes(kinds, sensors):
            results.setdefault((kind, which), []).extend(play(build(kind, which, seed), seed))
        say(f"seed {seed} of {seeds[0]} to {seeds[-1]}, {time.monotonic() - began:.0f} s")
    rows = [_row(kind, which, found) for (kind, which), found in results.items()]

    def of(*which: str, but: str = "") -> dict[str, Any]:
        return _figures(
            [one for (k, w), found in results.items() if w in which and k != but for one in found]
        )

    summary: dict[str, Any] = {
        "seeds": [*seeds],
        "with_radar": of("radar", "both"),
        "with_radar_but_swarm": of("radar", "both", but="swarm"),
        "with_finders_only": of("finders"),
        "with_finders_only_but_swarm": of("finders", but="swarm"),
        "with_none": of("none"),
        "scenes": rows,
    }
    # A swarm has a hundred ids, and must not hide the others.
    judged = ("with_radar", "with_radar_but_swarm", "with_finders_only")
    passed = all(
        (each["found"] is None or each["found"] >= FOUND_MIN) and (each["false_alarms"] or 0.0) <= FALSE_MAX
        for each in (summary[name] for name in judged)
    )
    summary["passed"] = passed
    return summary, _table(rows, summary), passed


def _scenes(kinds: tuple[str, ...], sensors: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    for kind in kinds:
        for which in sensors:
            yield kind, which


def _figures(senders: list[Followed]) -> dict[str, Any]:
    """Shares and times of some senders."""
    forged = [one for one in senders if one.forged]
    honest = [one for one in senders if not one.forged]
    times = sorted(one.after_s for one in forged if one.found and one.after_s is not None)
    wrong = [one for one in honest if True in one.accused]
    return {
        "forged": len(forged),
        "found": round(sum(one.found for one in forged) / len(forged), 4) if forged else None,
        "median_s": times[len(times) // 2] if times else None,
        "p90_s": times[math.ceil(0.9 * len(times)) - 1] if times else None,
        "honest": len(honest),
        "false_alarms": round(len(wrong) / len(honest), 4) if honest else None,
        "accused": len(wrong),
    }


def _row(kind: str, sensors: str, senders: list[Followed]) -> dict[str, Any]:
    return {"scene": kind, "sensors": sensors, **_figures(senders)}


def _table(rows: list[dict[str, Any]], summary: dict[str, Any]) -> str:
    """The figures for a person."""
    head = ("scene", "sensors", "forged", "found", "median", "p90", "honest", "false")
    totals = [
        {"scene": "all", "sensors": name.removeprefix("with_")[:7], **summary[name]}
        for name in ("with_radar", "with_finders_only", "with_none")
    ]
    lines = [_line(head)]
    lines += [
        _line(
            (
                row["scene"], row["sensors"], str(row["forged"]), _percent(row["found"]), _s(row["median_s"]),
                _s(row["p90_s"]), str(row["honest"]), _percent(row["false_alarms"]),
            )
        )
        for row in [*rows, *totals]
    ]  # fmt: skip
    return "\n".join(lines)


def _line(cells: tuple[str, ...]) -> str:
    """One line of the table."""
    return f"{cells[0]:11} {cells[1]:8}" + "".join(f"{cell:>8}" for cell in cells[2:])


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}%"


def _s(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} s"
