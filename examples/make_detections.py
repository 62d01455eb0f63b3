"""Write detections.csv: what a made-up radar sees of four made-up flights in five minutes.

    .venv/bin/python examples/make_detections.py

The radar turns once in 4 s, measures range to 40 m and azimuth to 0.15 degrees, sees a target with
probability 0.9 and gives six false detections a turn, anywhere within 20 km. Two aircraft cross, one
circles, a small one comes up after a minute and a half. The same seed gives the same file.
"""

import math
from pathlib import Path

import numpy as np

SEED = 7
TURNS = 75
PERIOD_S = 4.0
RANGE_MAX_M = 20_000.0
RANGE_SD_M, AZIMUTH_SD_DEG = 40.0, 0.15
DETECTION = 0.9
FALSE_A_TURN = 6.0
HEADER = """\
# Made up by make_detections.py: a radar that turns once in 4 s, four flights, false detections.
# One line is one detection. time_s: seconds since the recording began. range_m: slant range from the
# radar, metres. azimuth_deg: clockwise from true north at the radar, degrees. An empty cell is unknown.
time_s,range_m,azimuth_deg
"""


def flight(k: int, t_s: float) -> tuple[float, float] | None:
    """Where flight k is, m east and north of the radar; None when it is not there."""
    if k == 0:  # from the west, to the east
        return -15_000.0 + 95.0 * t_s, 3_000.0 + 4.0 * t_s
    if k == 1:  # from the north, across the path of the first
        return 3_500.0 - 12.0 * t_s, 16_000.0 - 75.0 * t_s
    if k == 2:  # circles in three minutes
        angle = 2.0 * math.pi * t_s / 180.0
        return 7_000.0 + 2_000.0 * math.sin(angle), -7_000.0 + 2_000.0 * math.cos(angle)
    if t_s < 90.0:
        return None
    return -8_000.0 + 18.0 * (t_s - 90.0), -9_000.0 + 14.0 * (t_s - 90.0)


def detections(seed: int) -> list[tuple[float, float, float]]:
    """Time, s, slant range, m, and azimuth, deg, of all detections in the order of time."""
    rng = np.random.default_rng(seed)
    out = []
    for turn in range(TURNS):
        begin_s = PERIOD_S * turn
        for k in range(4):
            t_s = begin_s
            for _ in range(3):  # when the beam points at where it then is
                place = flight(k, t_s)
                if place is not None:
                    t_s = begin_s + PERIOD_S * (math.atan2(*place) / (2.0 * math.pi) % 1.0)
            if place is not None and rng.random() < DETECTION:
                range_m = math.hypot(*place) + rng.normal(0.0, RANGE_SD_M)
                azimuth_deg = math.degrees(math.atan2(*place)) + rng.normal(0.0, AZIMUTH_SD_DEG)
                out.append((t_s, range_m, azimuth_deg % 360.0))
        for _ in range(rng.poisson(FALSE_A_TURN)):
            share = rng.random()
            range_m = RANGE_MAX_M * math.sqrt(rng.uniform(0.001, 1.0))
            out.append((begin_s + PERIOD_S * share, range_m, 360.0 * share))
    return sorted(out)


def text(seed: int = SEED) -> str:
    """The file."""
    return HEADER + "".join(f"{t:.3f},{r:.1f},{a:.2f}\n" for t, r, a in detections(seed))


if __name__ == "__main__":
    Path(__file__).with_name("detections.csv").write_text(text(), encoding="utf-8")
