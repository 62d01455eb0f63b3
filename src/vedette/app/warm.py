"""Compile every kernel, or load it from the cache, before the first real plot comes."""

import numpy as np

from vedette.app.sector import Sector
from vedette.core.claim import Claim
from vedette.core.observation import Batch, Intake
from vedette.core.sensor import Sensor
from vedette.core.units import NS_PER_S
from vedette.core.zone import Volume, Zone
from vedette.kernel.cells import far_above, plane_cells
from vedette.kernel.measurement import N_COMPONENTS

_START_NS = 1_600_000_000 * NS_PER_S


def warm() -> int:
    """Fly one drone through a zone under one radar; returns how many rows its picture had."""
    radar = Sensor(
        id="warm", index=0, source="warm", scan="rotating", lat_deg=0.0, lon_deg=0.0, alt_m=0.0, period_s=1.0
    )
    rings = [[(0.01, 0.01), (0.01, 0.02), (0.02, 0.02), (0.01, 0.01)]]
    zones = [
        Zone("ring", "ring", "PROHIBITED", [Volume(rings=rings)]),
        Zone("circle", "circle", "PROHIBITED", [Volume(circle=(0.015, 0.015, 500.0))]),
    ]
    sector = Sector((0.0, 0.0), zones)
    drone = Claim("remote_id", "warm")
    shown = 0
    for second in range(4):
        now_ns = _START_NS + second * NS_PER_S
        intake = Intake()
        for k in range(3):
            polar = {"range_m": 2000.0 + 500.0 * k, "azimuth_deg": 45.0, "range_rate_mps": 0.0}
            intake.observe("warm", now_ns, now_ns, drone if k == 0 else None, polar)
        rows = intake.rows()
        place = intake.rows()[:1]
        place["range_m"] = np.nan
        place["lat_deg"] = place["lon_deg"] = 0.0127
        rows = np.concatenate((rows, place))
        batch = Batch(second, now_ns + 1, rows.tobytes(), intake.claims, [radar] if second == 0 else [])
        output = sector.step(batch)
        shown += len(output.picture.rows) if output.picture else 0
    # What only busy sensors need, and those that tell places.
    plane_cells(np.zeros((1, N_COMPONENTS)), 1.0, 1)
    far_above(np.zeros(1), np.zeros(1), np.zeros(1))
    return shown


if __name__ == "__main__":
    raise SystemExit(0 if warm() else 1)
