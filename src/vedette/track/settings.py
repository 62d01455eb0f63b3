"""Settings of the tracker, set once for everything from a hovering multirotor to a jet."""

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray


class TrackerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the filter assumes. Defaults are used in every scene that this project shows figures of.

    hover_tau_s, hover_speed_mps         velocity of a hovering target: memory and spread
    steady_q, manoeuvre_q                acceleration noise density, m²/s³
    vertical_share                       of it in the vertical
    stay_*_s                             mean time in each model
    birth_speed_sd_mps                   spread of an unknown velocity at the first plot, by model
    undetected                           targets not yet seen that a sensor may find in one period
    gate_sd                              see kernel.bernoulli.gate
    ignore_below                         share of the best plot's probability that is not mixed in
    confirm_existence, confirm_hits      a track is shown from here on
    drop_existence                       and ends here
    coast_periods, drop_periods          without a plot for so many periods it coasts, it ends
    lifetime_s                           mean time that a target stays
    late_s                               observations older than this against the track are not used
    """

    hover_tau_s: float = 3.0
    hover_speed_mps: float = 0.7
    steady_q: float = 0.5
    manoeuvre_q: float = 40.0
    vertical_share: float = 0.1
    stay_hover_s: float = 60.0
    stay_steady_s: float = 60.0
    stay_manoeuvre_s: float = 15.0
    birth_speed_sd_mps: tuple[float, float, float] = (1.5, 40.0, 120.0)
    undetected: float = 0.5
    gate_sd: float = 4.5
    ignore_below: float = 0.8
    confirm_existence: float = 0.95
    confirm_hits: int = 2
    drop_existence: float = 0.05
    coast_periods: float = 2.5
    drop_periods: float = 8.0
    lifetime_s: float = 600.0
    late_s: float = 5.0

    def motion(self) -> NDArray[np.float64]:
        """The parameter row of kernel.motion."""
        return np.array(
            [
                self.hover_tau_s,
                self.hover_speed_mps,
                self.steady_q,
                self.manoeuvre_q,
                self.vertical_share,
                self.stay_hover_s,
                self.stay_steady_s,
                self.stay_manoeuvre_s,
            ]
        )
