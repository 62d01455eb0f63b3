"""Rebuild frames.json: SAPIENT frames that another encoder made, and let it judge ours.

Run it in an environment of its own, because the package needs another protobuf than Vedette does:

    python3 -m venv judge && judge/bin/pip install sapient-pydantic==0.1.0
    judge/bin/python tests/golden/sapient/rebuild.py

It writes frames.json (name to hex) beside itself, then reads ours.json, which ours.py makes, checks each
of its messages by the rules of that package, and exits 1 where one is refused.
"""

import json
import struct
import sys
from datetime import UTC, datetime
from pathlib import Path

from sapient_msg.bsi_flex_335_v2_0 import sapient_message_pb2
from sapient_msg_pydantic.bsi_flex_335_v2_0.sapient_message import SapientMessage

HERE = Path(__file__).parent
NODE = "0f3c1a52-7b1e-4c7d-9d55-2f6a0b9c8e11"
OTHER = "5d1f9f8a-0d5b-4e0e-8a34-6a1b2c3d4e5f"
ULIDS = [f"01K6Z7Q8R9S0T1V2W3X4Y5Z{n:03d}" for n in range(10)]
TIME = datetime(2026, 3, 4, 17, 30, 5, 250_000, tzinfo=UTC)
UTM = {"coordinate_system": 5, "datum": 1, "utm_zone": "31U"}  # UTM_M, WGS84_E
SECONDS = {"units": 4, "value": 2.0}

REGISTRATION = {
    "node_definition": [{"node_type": 4, "node_sub_type": ["Thermal"]}],
    "icd_version": "BSI Flex 335 v2.0",
    "name": "Mast camera",
    "capabilities": [{"category": "Sensor", "type": "Maximum Range", "value": "2.5", "units": "km"}],
    "status_definition": {"status_interval": SECONDS},
    "mode_definition": [
        {
            "mode_name": "Watch",
            "mode_type": 1,
            "settle_time": SECONDS,
            "scan_type": 1,
            "tracking_type": 3,
            "detection_definition": [
                {
                    "location_type": {"range_bearing_units": 4, "range_bearing_datum": 3},
                    "detection_performance": [{"type": "Update Rate", "units": "Hz", "unit_value": "5"}],
                    "velocity_type": {
                        "enu_velocity_units": {"east_north_rate_units": 2},
                        "location_datum": 1,
                    },
                }
            ],
            "task": {
                "region_definition": {
                    "region_type": [1],
                    "region_area": [{"location_units": 5, "location_datum": 1, "zone": "31U"}],
                }
            },
        }
    ],
    "config_data": [{"manufacturer": "Nobody", "model": "M1"}],
}
STATUS = {
    "report_id": ULIDS[0],
    "system": 2,
    "info": 1,
    "mode": "Watch",
    "node_location": {"x": 604_000.0, "y": 5_639_000.0, "z": 101.5, **UTM},
    "field_of_view": {
        "range_bearing": {
            "azimuth": 90.0,
            "range": 2.0,
            "horizontal_extent": 60.0,
            "coordinate_system": 3,
            "datum": 1,
        }
    },
    "status": [{"status_level": 3, "status_type": 4, "status_value": "fog"}],
}
BEARING = {
    "report_id": ULIDS[1],
    "object_id": ULIDS[2],
    "range_bearing": {
        "azimuth": 1.5,
        "azimuth_error": 0.01,
        "elevation": 0.25,
        "range": 1.25,
        "range_error": 0.05,
        "coordinate_system": 4,  # radians, kilometres
        "datum": 3,  # grid north
    },
    "detection_confidence": 0.75,
    "classification": [
        {
            "type": "Air vehicle",
            "confidence": 0.9,
            "sub_class": [{"type": "UAV rotary wing", "confidence": 0.8, "level": 1}],
        }
    ],
    "enu_velocity": {"east_rate": 36.0, "north_rate": -18.0, "east_rate_error": 3.6},
}
PLACE_UTM = {
    "report_id": ULIDS[3],
    "object_id": ULIDS[2],
    "location": {"x": 605_000.0, "y": 5_640_000.0, "z": 220.0, "x_error": 3.0, "y_error": 4.0, **UTM},
    "object_info": [{"type": "Remote ID", "value": "1668BNOBODY0001"}],
}
PLACE_RADIANS = {
    "report_id": ULIDS[4],
    "object_id": ULIDS[5],
    "location": {"x": 0.0785, "y": 0.8885, "z": 300.0, "coordinate_system": 2, "datum": 2},
    "signal": [{"amplitude": -60.0, "centre_frequency": 2.437e9}],
}
CONTENTS = {
    "registration": REGISTRATION,
    "status_report": STATUS,
    "detection_report": BEARING,
    "detection_report utm": PLACE_UTM,
    "detection_report radians": PLACE_RADIANS,
    "alert": {"alert_id": ULIDS[6], "description": "mast moved"},
    "task": {"task_id": ULIDS[7], "control": 1},
    "error": {"packet": b"\x01\x02", "error_message": ["not understood"]},
    "status_report goodbye": {"report_id": ULIDS[8], "system": 5, "info": 2, "mode": "Watch"},
}


def frame(kind: str, content: dict[str, object]) -> bytes:
    """One framed message."""
    message = SapientMessage.model_validate(
        {"timestamp": TIME, "node_id": NODE, "destination_id": OTHER, kind: content}
    )
    payload = message.to_pb2().SerializeToString(deterministic=True)
    return struct.pack("<I", len(payload)) + payload


def judge(frame: bytes) -> str:
    """What is wrong with a framed message; empty where nothing is."""
    message = sapient_message_pb2.SapientMessage()
    message.ParseFromString(frame[4:])
    try:
        SapientMessage.from_pb2(message)
    except ValueError as error:
        return str(error)
    return ""


def main() -> int:
    """Write frames.json, judge ours.json."""
    frames = {name: frame(name.split()[0], content).hex() for name, content in CONTENTS.items()}
    (HERE / "frames.json").write_text(json.dumps(frames, indent=1) + "\n")
    ours = json.loads((HERE / "ours.json").read_text())
    refused = {name: why for name, text in ours.items() if (why := judge(bytes.fromhex(text)))}
    sys.stdout.write(f"{len(frames)} frames written, {len(ours)} of ours judged, {len(refused)} refused\n")
    sys.stdout.writelines(f"{name}: {why}\n" for name, why in refused.items())
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
