"""Track a file of detections and draw the result: tracks.svg in the folder that it is run in.

.venv/bin/python examples/track_csv.py [detections.csv]
"""

import sys
from pathlib import Path

from vedette.library import Sensor, TrackerSettings, draw, read_csv, track_detections

path = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("detections.csv")
radar = Sensor(
    id="radar", scan="rotating", period_s=4.0, range_max_m=20_000.0, range_sd_m=40.0, azimuth_sd_deg=0.15,
    height_max_m=1_000.0,
)  # fmt: skip
low = TrackerSettings(vertical_share=0.01)  # the radar measures no height: see docs/library.md
tracks = track_detections(read_csv(path), radar, settings=low)
for points in tracks:
    speed_mps = (points["v_east_mps"] ** 2 + points["v_north_mps"] ** 2) ** 0.5
    print(f"track {points['track_id'][0]}: {len(points)} points, {speed_mps.mean():.0f} m/s")
Path("tracks.svg").write_text(draw(tracks), encoding="utf-8")
