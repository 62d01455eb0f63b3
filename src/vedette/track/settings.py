"""Settings of the tracker, set once for everything from a hovering multirotor to a jet."""

import math
from typing import Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Model = Literal["hover", "steady", "manoeuvre"]
MODELS: tuple[Model, ...] = ("hover", "steady", "manoeuvre")


class TrackerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the filter assumes. Defaults are used in every scene that this project shows figures of.

    models                               of MODELS, those that are mixed
    hover_tau_s, hover_speed_mps         velocity of a hovering target: memory and spread
    steady_q, manoeuvre_q                acceleration noise density, m²/s³
    vertical_share                       of it in the vertical
    stay_*_s                             mean time in each model
    birth_speed_sd_mps                   spread of an unknown velocity at the first plot, by model
    undetected                           targets that come in, for one sensor in one period
    undetected_first                     there at its first look; None: as many as it reports false plots
    clutter_map                          whether a sensor learns where its false plots come from
    gate_sd                              see kernel.gating.gate
    hypotheses, beam                     kept a cluster of disputed plots; tried while searching
    prune                                least weight of a hypothesis against the best
    merge_d2                             squared distance below which two histories of a target are one
    largest_cluster                      targets; larger ones go by belief propagation
    ignore_below                         there: share of the best plot's probability that is not mixed in
    birth_existence                      plots that are a new target with less than this begin nothing
    confirm_existence, confirm_hits      a track is shown from here on
    drop_existence                       and ends here
    keep_existence                       one never shown is forgotten below
    coast_existence, coast_periods       not seen and below this, or not seen for so long, it coasts
    drop_periods                         without a plot for so many periods it ends
    lifetime_s                           mean time that a target stays
    registration                         biases of sensors are learnt and taken out, see docs/registration.md
    late_s                               observations measured longer ago are not used, see track.late
    """

    models: tuple[Model, ...] = ("hover", "steady", "manoeuvre")
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
    undetected_first: float | None = None
    clutter_map: bool = True
    gate_sd: float = 4.5
    hypotheses: int = 30
    beam: int = 60
    prune: float = 3e-3
    merge_d2: float = 1.0
    largest_cluster: int = 16
    ignore_below: float = 0.8
    birth_existence: float = 0.001
    confirm_existence: float = 0.95
    confirm_hits: int = 2
    drop_existence: float = 0.05
    keep_existence: float = 0.001
    coast_existence: float = 0.5
    coast_periods: float = 2.5
    drop_periods: float = 8.0
    lifetime_s: float = 600.0
    registration: bool = True
    late_s: float = 30.0

    def motion(self) -> NDArray[np.float64]:
        """The table of kernel.motion, (models, 4)."""
        rows = {
            "hover": (self.hover_tau_s, self.hover_speed_mps, self.vertical_share, self.stay_hover_s),
            "steady": (math.inf, self.steady_q, self.vertical_share, self.stay_steady_s),
            "manoeuvre": (math.inf, self.manoeuvre_q, self.vertical_share, self.stay_manoeuvre_s),
        }
        return np.array([rows[name] for name in self.models])

    def birth_model_weights(self) -> NDArray[np.float64]:
        """Probability of each model at the first plot, (models,)."""
        weight = np.array([_BIRTH_WEIGHT[name] for name in self.models])
        out: NDArray[np.float64] = weight / weight.sum()
        return out

    def birth_speed_sd(self) -> list[float]:
        """Spread of an unknown velocity at the first plot, m/s, by model."""
        return [self.birth_speed_sd_mps[MODELS.index(name)] for name in self.models]


_BIRTH_WEIGHT = {"hover": 0.2, "steady": 0.4, "manoeuvre": 0.4}
