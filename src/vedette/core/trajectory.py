"""Where tracks went, as far as can be said after the fact: one row a second of their lives."""

import numpy as np

SMOOTHED = np.dtype(
    [
        ("time_ns", "<i8"),  # UTC, a whole second
        ("lat_deg", "<f8"),
        ("lon_deg", "<f8"),
        ("track_id", "<u4"),
        ("plots", "<f4"),  # of the second up to then, each counted as surely as it was the track's
        ("alt_m", "<f4"),  # above the WGS-84 ellipsoid; NaN unknown
        ("alt_sd_m", "<f4"),
        ("v_east_mps", "<f4"),
        ("v_north_mps", "<f4"),
        ("v_up_mps", "<f4"),  # NaN unknown
        ("speed_sd_mps", "<f4"),  # of the horizontal velocity, on its worse axis
        ("v_up_sd_mps", "<f4"),
        ("sd_major_m", "<f4"),  # 1-sigma ellipse of the horizontal position
        ("sd_minor_m", "<f4"),
        ("sd_angle_deg", "<f4"),  # of the major axis, clockwise from true north
    ]
)
