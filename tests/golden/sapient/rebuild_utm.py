"""Rebuild utm.json: UTM points and grid convergence as PROJ has them.

python3 -m venv judge && judge/bin/pip install pyproj
judge/bin/python tests/golden/sapient/rebuild_utm.py
"""

import json
from pathlib import Path

from pyproj import Proj

POINTS = [
    (50.9014, 4.4844, 31),
    (60.4, 5.32, 32),
    (60.4, 5.32, 31),
    (-33.95, 151.18, 56),
    (-54.8, -68.3, 19),
    (0.0001, 9.0, 32),
    (36.7, -4.5, 30),
    (78.2, 15.6, 33),
    (45.0, 179.5, 60),
    (41.3, 2.1, 31),
]


def main() -> None:
    """Write utm.json: lat, lon, zone, easting, northing, convergence."""
    rows = []
    for lat, lon, zone in POINTS:
        proj = Proj(proj="utm", zone=zone, ellps="WGS84", south=lat < 0)
        easting, northing = proj(lon, lat)
        convergence = proj.get_factors(lon, lat).meridian_convergence
        rows.append([lat, lon, zone, easting, northing, convergence])
    lines = ",\n".join(f" {json.dumps(row)}" for row in rows)
    Path(__file__).with_name("utm.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
