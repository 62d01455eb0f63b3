"""The scenario `airport` through sensors, tracker, identification and adviser, against its truth."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from vedette.app import config as configuration
from vedette.app.bench.closure_figures import SEEN_FROM, Followed
from vedette.app.bench.closure_scenes import DANGER_M, STEP_S
from vedette.app.replay import ReplayOptions, replay
from vedette.app.simulate import simulate
from vedette.core.advice import Advice
from vedette.core.classes import UAS
from vedette.core.units import NS_PER_S
from vedette.evaluate.truth import load_truth
from vedette.history.store import History
from vedette.respond.ground import lay_out

SCENARIO: Final = "airport"


def follow(seed: int, minutes: float, say: Callable[[str], None]) -> Followed:
    """One run, every STEP_S seconds."""
    with tempfile.TemporaryDirectory(prefix="vedette-closure-") as name:
        folder = Path(name)
        simulate(SCENARIO, folder, seconds=60.0 * minutes, seed=seed, say=lambda line: None)
        replay(ReplayOptions([folder], folder), say)
        history = History(folder / "picture.duckdb")
        rows = history.read("SELECT whole FROM advice ORDER BY time_ns")
        history.close()
        advices = [msgspec.json.decode(row["whole"], type=Advice) for row in rows][::STEP_S]
        return _followed(folder, advices)


def _followed(folder: Path, advices: list[Advice]) -> Followed:
    """Advice and truth side by side."""
    config = configuration.load(folder / "node.toml")
    zones = configuration.load_zone_files(config, folder)
    airport = config.airport[0]
    zone = lay_out(airport, zones, "airport[0]").zone
    ground = lay_out(msgspec.structs.replace(airport, near_m=DANGER_M), zones, "airport[0]")
    truth = load_truth(folder / "truth.csv")
    drones = truth[np.isin(truth["class"], UAS) & ~truth["authorised"]]
    second = (drones["time_ns"] // NS_PER_S).tolist()
    there: dict[int, tuple[bool, bool]] = {}
    for at, lat, lon in zip(second, drones["lat_deg"].tolist(), drones["lon_deg"].tolist(), strict=True):
        cell = ground.cell(*ground.plane(lat, lon))
        if cell is not None:
            before = there.get(at, (False, False))
            there[at] = (before[0] or bool(zone[cell]), before[1] or bool(ground.near[cell]))
    known = [(a.there, a.near) for a in advices]
    return Followed(
        there=np.array([t.p if t else 0.0 for t, _ in known]),
        near=np.array([n.p if n else 0.0 for _, n in known]),
        closed=np.array([a.level == "close" for a in advices]),
        restricted=np.array([a.level == "restrict" for a in advices]),
        seen=np.array([any(c.seen_now and c.was_p >= SEEN_FROM for c in a.contacts) for a in advices]),
        truth=np.array([there.get(a.time_ns // NS_PER_S, (False, False)) for a in advices]),
    )
