"""Many Location messages at once, byte for byte as `location.encode` writes them (see there)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from vedette.wire.remoteid import accuracy, fields, location

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Octets = NDArray[np.uint8]

MESSAGE: Final = np.dtype(
    [
        ("head", "u1"), ("flags", "u1"), ("direction", "u1"), ("speed", "u1"), ("climb", "i1"),
        ("lat", "<i4"), ("lon", "<i4"), ("baro", "<u2"), ("alt", "<u2"), ("height", "<u2"),
        ("accuracy", "u1"), ("accuracy_2", "u1"), ("time", "<u2"), ("time_accuracy", "u1"), ("rest", "u1"),
    ]
)  # fmt: skip
_STEPS: Final = fields.PLACE_STEPS_A_DEG


def locations(
    status: Ints,
    geo: Array,
    velocity: Array,
    baro_alt_m: Array,
    height_m: Array,
    hour_s: Array,
    *,
    position_sd_m: float,
    alt_sd_m: float,
    velocity_sd_mps: float,
    hour_accuracy_s: float,
) -> Octets:
    """(k, 25) messages.

    geo       (k, 3)  lat_deg, lon_deg, m above the ellipsoid
    velocity  (k, 3)  m/s east, north, up
    others    (k,)
    """
    out = np.zeros(len(status), MESSAGE)
    degrees = np.rint(np.degrees(np.arctan2(velocity[:, 0], velocity[:, 1])) % 360.0).astype(np.int64) % 360
    speed = np.hypot(velocity[:, 0], velocity[:, 1])
    fast = speed > location.FAST_FROM_MPS
    slow_code = np.rint(np.minimum(speed, location.FAST_FROM_MPS) / location.SLOW_STEP_MPS)
    over_mps = np.maximum(speed - location.FAST_FROM_MPS, 0.0)
    out["head"] = fields.head(location.TYPE)
    out["flags"] = status << 4 | (degrees >= 180) << 1 | fast
    out["direction"] = np.where(degrees < 180, degrees, degrees - 180)
    out["speed"] = np.where(fast, np.minimum(np.rint(over_mps / location.FAST_STEP_MPS), 254), slow_code)
    out["climb"] = np.rint(np.clip(velocity[:, 2], -62.0, 62.0) * 2)
    out["lat"], out["lon"] = np.rint(geo[:, 0] * _STEPS), np.rint(geo[:, 1] * _STEPS)
    out["baro"], out["alt"], out["height"] = _height(baro_alt_m), _height(geo[:, 2]), _height(height_m)
    out["accuracy"] = accuracy.height_class(alt_sd_m) << 4 | accuracy.position_class(position_sd_m)
    out["accuracy_2"] = accuracy.velocity_class(velocity_sd_mps)
    out["time"] = np.rint(hour_s * 10).astype(np.int64) % location.TIME_LAST
    out["time_accuracy"] = min(max(round(hour_accuracy_s * 10), 1), 15)
    return out.view(np.uint8).reshape(-1, fields.MESSAGE_BYTES)


def _height(value_m: Array) -> Array:
    """Codes of heights."""
    return np.clip(np.rint((value_m - fields.HEIGHT_LOWEST_M) / fields.HEIGHT_STEP_M), 1, 0xFFFF)
