"""AIRSPACE-CV with a patch in its middle that gives many false plots: what the learnt map is worth.

Targets, false plots everywhere and figures are those of airspace_cv. On top come Poisson(patch) false plots a
scan, uniform in a square. The tracker is not told of it; it runs with its map and without.
"""

from collections.abc import Iterator
from functools import partial

import msgspec
import numpy as np

from vedette.app.bench.airspace_cv import CUTOFF_M, SCORE_FROM, SETTINGS, AirspaceCv, play, sensor
from vedette.app.bench.report import Bench
from vedette.app.bench.scoring import Truth
from vedette.app.bench.tracking import Own, Scan


def bench(scene: AirspaceCv, patch: int, side_m: float, *, learn: bool) -> Bench:
    """Make it ready to run: patch false plots a scan in a square of this side, with the map or without."""
    settings = msgspec.structs.replace(SETTINGS, clutter_map=learn)
    return Bench(
        head={"bench": "clutter", **msgspec.structs.asdict(scene), "patch": patch, "side_m": side_m},
        cutoff_m=CUTOFF_M,
        score_from=SCORE_FROM,
        runs=[partial(with_patch, scene, patch, side_m)],
        make=lambda: Own(settings, sensor(scene), at_end=True),
        settings=settings,
    )


def with_patch(scene: AirspaceCv, patch: int, side_m: float) -> Iterator[tuple[Scan, Truth]]:
    """The scene's scans with more false plots in each; the same each time."""
    rng = np.random.default_rng((scene.seed, patch))
    low = 0.5 * (scene.side_m - side_m)
    for scan, truth in play(scene):
        more = low + side_m * rng.random((rng.poisson(patch), 2))
        plots_m = rng.permutation(np.concatenate((scan.plots_m, more)))
        yield Scan(scan.end_ns, plots_m, np.full(len(plots_m), scan.end_ns)), truth
