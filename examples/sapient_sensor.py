"""A SAPIENT radar in a few lines: registers, says where it stands, reports one drone a second.

    .venv/bin/python examples/sapient_sensor.py

It connects to the feed "sapient" of examples/site.toml, 127.0.0.1 port 5020, and needs only sapient-msg,
which Vedette installs. Vedette answers the registration; a wrong message is answered with an Error that names
each field.
"""

import socket
import struct
import time
from typing import Any

from google.protobuf.json_format import ParseDict
from sapient_msg.bsi_flex_335_v2_0.sapient_message_pb2 import SapientMessage

NODE_ID = "7f8d1c62-0c5e-4b8e-9d6a-3f2b51c0a9e4"  # version 4, lower case; keep it: it is the sensor's name
WGS84 = {"coordinateSystem": "LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M", "datum": "LOCATION_DATUM_WGS84_E"}
UNITS = {
    "locationUnits": "LOCATION_COORDINATE_SYSTEM_LAT_LNG_DEG_M",
    "locationDatum": "LOCATION_DATUM_WGS84_E",
}


def frame(content: dict[str, Any], time_s: float) -> bytes:
    """Return one message on the wire: length, 4 bytes little-endian, then protobuf."""
    message = ParseDict(content, SapientMessage(node_id=NODE_ID))
    message.timestamp.FromMicroseconds(round(time_s * 1e6))
    payload = message.SerializeToString()
    return struct.pack("<I", len(payload)) + payload


def registration() -> dict[str, Any]:
    """Say what the sensor is: a staring radar with one mode and a period of 1 s."""
    region = {"regionType": ["REGION_TYPE_AREA_OF_INTEREST"], "regionArea": [UNITS]}
    mode = {
        "modeName": "Default",
        "modeType": "MODE_TYPE_PERMANENT",
        "scanType": "SCAN_TYPE_FIXED",
        "settleTime": {"units": "TIME_UNITS_SECONDS", "value": 0},
        "detectionDefinition": [
            {
                "locationType": UNITS,
                "detectionPerformance": [{"type": "update period", "units": "s", "unitValue": "1"}],
            }
        ],
        "task": {"regionDefinition": region},
    }
    return {
        "registration": {
            "nodeDefinition": [{"nodeType": "NODE_TYPE_RADAR"}],
            "icdVersion": "BSI Flex 335 v2.0",
            "name": "My radar",
            "capabilities": [{"category": "radar", "type": "maximum range", "value": "5", "units": "km"}],
            "statusDefinition": {"statusInterval": {"units": "TIME_UNITS_SECONDS", "value": 5}},
            "modeDefinition": [mode],
            "configData": [{"manufacturer": "Me", "model": "One"}],
        }
    }


def status() -> dict[str, Any]:
    """Say that all is well, and where the sensor stands: x is the longitude, y the latitude."""
    return {
        "statusReport": {
            "reportId": "01JD0000000000000000000000",
            "activeTaskId": "01JD0000000000000000000001",
            "system": "SYSTEM_OK",
            "info": "INFO_NEW",
            "mode": "Default",
            "nodeLocation": WGS84 | {"x": 4.47, "y": 51.19, "z": 60.0},
        }
    }


def detection(number: int) -> dict[str, Any]:
    """Say where something is, and what the radar takes it for."""
    place = {"x": 4.42 + number * 1e-4, "y": 51.19, "z": 120.0}
    errors = {"xError": 1e-4, "yError": 1e-4, "zError": 10.0}
    drone = {"type": "UAV rotary wing", "confidence": 0.8, "level": 1}
    return {
        "detectionReport": {
            "reportId": f"01JD{number:022d}",
            "objectId": "01JD0000000000000000000002",
            "location": WGS84 | place | errors,
            "classification": [{"type": "Air vehicle", "confidence": 0.9, "subClass": [drone]}],
        }
    }


def main() -> None:
    """Speak for a minute."""
    with socket.create_connection(("127.0.0.1", 5020)) as link:
        link.sendall(frame(registration(), time.time()))
        link.recv(4096)  # the acknowledgement
        link.sendall(frame(status(), time.time()))
        for number in range(60):
            link.sendall(frame(detection(number), time.time()))
            time.sleep(1.0)


if __name__ == "__main__":
    main()
