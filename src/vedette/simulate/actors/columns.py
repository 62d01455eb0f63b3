"""The columns that kernels read and write: what an actor is (FORM) and how it goes (STEER).

Places are metres east and north on the site's map, heights above the ellipsoid.
"""

from typing import Final

import numpy as np

ROUTE: Final = 0  # goes along legs
FOLLOW: Final = 1  # keeps its place beside a leader
WANDER: Final = 2  # keeps about a place, or to a course, without a plan

NEVER: Final = 0  # what it does without satellite navigation: nothing else
DRIFT: Final = 1
RETURN: Final = 2
LAND: Final = 3
LOSSES: Final = {"none": NEVER, "drift": DRIFT, "return": RETURN, "land": LAND}

FORM = np.dtype(
    [
        ("mode", "<i8"),
        ("turns", "<i8"),
        ("carried", "<f8"),
        ("gust", "<f8"),
        ("first_leg", "<i8"),
        ("n_legs", "<i8"),
        ("home_leg", "<i8"),  # first leg of the way home; -1: it has none
        ("last_leg", "<i8"),  # last one of it
        ("loop_leg", "<i8"),  # that follows the last one; -1: it ends there
        ("leader", "<i8"),  # row that it follows; -1 nobody
        ("carrier", "<i8"),  # row that it takes off from; -1 nobody
        ("to_carrier", "<i8"),  # 1: and lands on
        ("cruise", "<f8"),
        ("slow", "<f8"),
        ("top", "<f8"),
        ("accel", "<f8"),
        ("lateral", "<f8"),
        ("accel_up", "<f8"),
        ("climb", "<f8"),
        ("sink", "<f8"),
        ("climb_gain", "<f8"),
        ("look_s", "<f8"),
        ("right", "<f8"),  # of the leader's course
        ("ahead", "<f8"),
        ("up", "<f8"),
        ("centre_x", "<f8"),  # of wanderers
        ("centre_y", "<f8"),
        ("radius", "<f8"),  # inf: they keep to a course
        ("course", "<f8"),  # deg
        ("low", "<f8"),
        ("high", "<f8"),
        ("jitter_sd", "<f8"),  # m, wander about the place where it should be
        ("jitter_tau", "<f8"),  # s
        ("at_loss", "<i8"),  # NEVER, DRIFT, RETURN, LAND; -1: as the area says
        ("inertial", "<i8"),  # 1: knows where it is without satellites
        ("navigates", "<i8"),  # 1: uses satellites
        ("scatter_m", "<f8"),
        ("scatter_deg", "<f8"),
        ("scatter_s", "<f8"),
        ("end_s", "<f8"),
    ]
)

STEER = np.dtype(
    [
        ("leg", "<i8"),
        ("wait_s", "<f8"),
        ("swept", "<f8"),  # rad, of a circle
        ("from_x", "<f8"),  # where the leg began
        ("from_y", "<f8"),
        ("from_z", "<f8"),
        ("centre_x", "<f8"),  # of a circle that drifts
        ("centre_y", "<f8"),
        ("to_x", "<f8"),  # where it was sent
        ("to_y", "<f8"),
        ("to_z", "<f8"),
        ("home_x", "<f8"),
        ("home_y", "<f8"),
        ("shift_x", "<f8"),  # of its way from the one in the file, this life
        ("shift_y", "<f8"),
        ("cos", "<f8"),
        ("sin", "<f8"),
        ("course", "<f8"),  # deg, of wanderers
        ("turn", "<f8"),  # deg/s
        ("level", "<f8"),  # m above the ellipsoid, that wanderers want
        ("jitter_x", "<f8"),
        ("jitter_y", "<f8"),
        ("jitter_z", "<f8"),
        ("blow_x", "<f8"),  # m/s, gust as it blows
        ("blow_y", "<f8"),
        ("gust_x", "<f8"),  # m/s, what it does to the actor
        ("gust_y", "<f8"),
        ("error_x", "<f8"),  # m east and north, of its own navigation
        ("error_y", "<f8"),
        ("lost", "<i8"),  # 1: no satellites
        ("going", "<i8"),  # what it does about it: NEVER, DRIFT, RETURN, LAND
        ("heading", "<f8"),  # deg, where its nose points
        ("born_s", "<f8"),
    ]
)
