"""Rebuild ours.json: what Vedette's SAPIENT encoder makes, to show a change as a diff.

    python tests/golden/sapient/ours.py

rebuild.py lets another implementation judge the result.
"""

import json
from pathlib import Path

from vedette.wire import sapient
from vedette.wire.sapient import replies

TIME_NS = 1_772_645_405_250_000_000
NODE = sapient.node_uuid("golden radar")
FUSION = sapient.node_uuid("golden fusion node")
ULIDS = [sapient.ulid(TIME_NS, n) for n in range(6)]


def messages() -> dict[str, bytes]:
    """Framed messages by name: a sensor's first, then a fusion node's."""
    drone = sapient.Detected(
        confidence=0.9,
        classes={"multirotor": 0.7, "fixed_wing_drone": 0.1, "bird": 0.15},
        v_east_mps=3.0,
        v_north_mps=-4.0,
        v_up_mps=0.5,
        velocity_sd_mps=1.0,
        frequency_mhz=2437.0,
        remote_id="1668BNOBODY0001",
    )
    return {
        "registration radar": sapient.registration(
            NODE,
            TIME_NS,
            "Hill radar",
            "radar",
            scan="rotating",
            period_s=1.5,
            range_max_m=8000.0,
            polar=True,
            tracks=True,
        ),
        "registration remote id": sapient.registration(NODE, TIME_NS, "Listener", "remote_id"),
        "status": sapient.status_report(
            NODE,
            TIME_NS,
            ULIDS[0],
            lat_deg=50.9,
            lon_deg=4.48,
            alt_m=95.0,
            health="degraded",
            azimuth_from_deg=300.0,
            azimuth_width_deg=120.0,
            range_max_m=8000.0,
            note="simulated",
        ),
        "status goodbye": sapient.status_report(NODE, TIME_NS, ULIDS[1], health="silent", new=False),
        "detection by location": sapient.detection_location(
            NODE,
            TIME_NS,
            ULIDS[2],
            ULIDS[3],
            50.91,
            4.5,
            alt_m=180.0,
            position_sd_m=12.0,
            alt_sd_m=20.0,
            more=drone,
        ),
        "detection by range and bearing": sapient.detection_range_bearing(
            NODE,
            TIME_NS,
            ULIDS[4],
            ULIDS[3],
            azimuth_deg=45.0,
            azimuth_sd_deg=0.5,
            elevation_deg=3.0,
            elevation_sd_deg=1.0,
            range_m=1800.0,
            range_sd_m=10.0,
        ),
        "detection by bearing": sapient.detection_range_bearing(
            NODE, TIME_NS, ULIDS[5], ULIDS[3], azimuth_deg=46.0, azimuth_sd_deg=2.0
        ),
        "registration ack": replies.registration_ack(FUSION, NODE, TIME_NS),
        "registration refused": replies.registration_ack(FUSION, NODE, TIME_NS, "no room"),
        "alert ack": replies.alert_ack(FUSION, NODE, TIME_NS, ULIDS[0]),
        "task refused": replies.task_refused(FUSION, NODE, TIME_NS, ULIDS[0]),
        "error": replies.error(FUSION, NODE, TIME_NS, b"\x01", ["not a SapientMessage"]),
    }


if __name__ == "__main__":
    frames = {name: frame.hex() for name, frame in messages().items()}
    Path(__file__).with_name("ours.json").write_text(json.dumps(frames, indent=1) + "\n")
