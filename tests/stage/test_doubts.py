"""A sensor that floods the node is told to the officer, and told again when it is well."""

import numpy as np
from scenes import SITE, T0, polar, radar

from vedette.app.sector import Sector
from vedette.core.observation import Batch
from vedette.core.units import NS_PER_S

FLOOD = range(20, 24)


def test_who_floods_is_told_once_a_second_until_it_is_well() -> None:
    rng = np.random.default_rng(3)
    sector = Sector(SITE, [])
    told = []
    for second in range(40):
        n = 300 if second in FLOOD else 8
        time_ns = T0 + second * NS_PER_S + NS_PER_S // 2
        azimuth, away = rng.uniform(0.0, 360.0, n), rng.uniform(500.0, 20e3, n)
        rows = np.concatenate(
            [
                polar(time_ns, r * np.sin(a), r * np.cos(a), 0.0)
                for a, r in zip(np.radians(azimuth), away, strict=True)
            ]
        )
        sensors = [radar(period_s=1.0)] if second == 0 else []
        batch = Batch(second, T0 + (second + 1) * NS_PER_S, rows.tobytes(), [], sensors)
        told.append(sector.step(batch).doubts)
    name = radar().id
    assert all(one is None for one in told[: FLOOD[0]])
    first = told[FLOOD[0]]
    assert first is not None
    assert first[name].condition == "babbling"
    assert "300 plots" in first[name].why
    assert {} in told[FLOOD[-1] :]
    assert told[-1] is None
