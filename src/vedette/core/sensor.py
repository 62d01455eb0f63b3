"""Sensors: where they stand, what they can see, and how well.

A frame names its sensor by a *source*, the format's own way to tell senders apart:

    asterix:20/107              SAC/SIC
    sapient:a8654cdf-4328-…     node id
    adsb:<feed>, remoteid:<feed>, …   the feed's name where the format has no sender

The configuration maps sources to sensors; a source that describes itself (SAPIENT, CAT034)
becomes a sensor without any.
"""

from typing import Final, Literal

import numpy as np
from msgspec import Struct

Modality = Literal["radar", "rf", "camera", "acoustic", "adsb", "remote_id", "mlat", "fusion", "human"]
# They hear what a target says of itself, and see nothing.
COOPERATIVE: Final[tuple[Modality, ...]] = ("adsb", "remote_id")
Scan = Literal["rotating", "staring", "event", "self_report"]
_ALIVE_NS: Final = 1_500_000_000  # so long after its last look may what belongs to it still come in
Health = Literal["ok", "degraded", "fault", "silent", "unknown"]


class Sensor(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One sensor as the tracker needs it.

    id                     unique in a node
    index                  column value in observations; given by the node, stable while it runs
    source                 what its frames call it (see the module)
    scan                   rotating or staring (looks at every target once a period), event (speaks
                           when it wants), self_report (the target itself speaks)
    lat_deg, lon_deg       WGS-84; None where unknown or moving without saying
    alt_m                  m above the ellipsoid
    period_s               one turn or refresh; None for event sensors
    range_max_m            instrumented range
    azimuth_from_deg       the field of view begins here, clockwise from true north
    azimuth_width_deg      and is so wide; 360 sees all round
    detection_probability  of a typical target in the field of view, one look
    false_per_scan         false plots in the whole field of view, one period
    *_sd                   1-sigma noise where the observation does not say; None keeps the modality's.
                           Of a target near by, where thermal noise does not matter
    thermal_snr_db         signal to noise ratio at which thermal noise of range, azimuth, elevation and
                           range rate is as large as *_sd, for observations that tell theirs
    thermal_range_m        slant range at which it is, for those that do not; None has no thermal noise
    reflected_below_deg    of a radar: below this elevation the echo also comes by way of the ground, and the
                           elevation is told less well; None is 1.5, 0 has none
    stray_share            of its plots have an azimuth that strays by ten sd (multipath)
    ahead_share            what tells a target's place to others (its transponder) sits ahead of the middle
                           of its echo by so much of the echo's length; None is not known
    fixed_after_s          what only it sees, and what has not moved for so long since its first plot, is a
                           fixture and no target; None has none
    second_plot_share      of its targets give a second plot in one period: split, or reflected
    elevation_max_deg      it sees nothing above; None is 45 for rotating radars, else all
    blind_deg              sectors that it does not see: (from, width), clockwise from true north
    height_max_m           targets are between the ground and here, m above the ellipsoid
    simulated              true where the node itself makes the bytes
    """

    id: str
    index: int = -1
    source: str = ""
    name: str = ""
    modality: Modality = "radar"
    scan: Scan = "event"
    lat_deg: float | None = None
    lon_deg: float | None = None
    alt_m: float | None = None
    period_s: float | None = None
    range_max_m: float = 100_000.0
    azimuth_from_deg: float = 0.0
    azimuth_width_deg: float = 360.0
    detection_probability: float = 0.9
    false_per_scan: float = 1.0
    range_sd_m: float | None = None
    azimuth_sd_deg: float | None = None
    elevation_sd_deg: float | None = None
    range_rate_sd_mps: float | None = None
    position_sd_m: float | None = None
    range_difference_sd_m: float | None = None
    thermal_snr_db: float | None = None
    thermal_range_m: float | None = None
    elevation_max_deg: float | None = None
    reflected_below_deg: float | None = None
    blind_deg: tuple[tuple[float, float], ...] = ()
    stray_share: float = 0.0
    height_max_m: float = 15_000.0
    ahead_share: float | None = None
    second_plot_share: float = 0.05
    fixed_after_s: float | None = None
    simulated: bool = False


# Lowest and highest of a sensor's numbers, wherever a person writes them.
RANGES: Final = (
    ("lat_deg", -90.0, 90.0),
    ("lon_deg", -180.0, 180.0),
    ("alt_m", -1000.0, 1e6),
    ("period_s", 0.01, 3600.0),
    ("range_max_m", 1.0, 1e6),
    ("azimuth_from_deg", -360.0, 360.0),
    ("azimuth_width_deg", 0.1, 360.0),
    ("detection_probability", 0.01, 0.999),
    ("false_per_scan", 1e-6, 1e5),
    ("range_sd_m", 0.01, 1e5),
    ("azimuth_sd_deg", 1e-4, 90.0),
    ("elevation_sd_deg", 1e-4, 90.0),
    ("elevation_max_deg", 1.0, 90.0),
    ("reflected_below_deg", 0.0, 10.0),
    ("stray_share", 0.0, 0.2),
    ("ahead_share", -0.5, 0.5),
    ("second_plot_share", 1e-9, 0.5),
    ("fixed_after_s", 5.0, 3600.0),
    ("range_rate_sd_mps", 1e-3, 1e3),
    ("position_sd_m", 0.01, 1e5),
    ("range_difference_sd_m", 0.01, 1e5),
    ("thermal_snr_db", -60.0, 100.0),
    ("thermal_range_m", 1.0, 1e6),
    ("height_max_m", 1.0, 1e5),
)

# What one sensor has too much of: kind is an index into BIAS_KINDS, whose units value and sd have;
# significant where value is more than three sd from nothing.
SENSOR_BIAS = np.dtype(
    [("sensor", "<u4"), ("kind", "u1"), ("value", "<f8"), ("sd", "<f8"), ("significant", "?")]
)
BIAS_KINDS: tuple[str, ...] = (
    "range_m",
    "range_scale",
    "azimuth_deg",
    "elevation_deg",
    "east_m",
    "north_m",
    "clock_s",
)


class Bias(Struct, frozen=True):
    """What one sensor has too much of, with 1 sigma: kind of BIAS_KINDS, which says the unit too."""

    kind: str
    value: float
    sd: float
    significant: bool


class Doubt(Struct, frozen=True, omit_defaults=True):
    """Why the tracker does not believe one sensor: silent or babbling, since when, in words.

    alive_ns  when anything was heard of it last, if only that it is well; 0 where nothing was noted
    """

    condition: Literal["silent", "babbling"]
    since_ns: int
    why: str
    alive_ns: int = 0

    @property
    def sees_nothing(self) -> bool:
        """Whether it is silent and has spoken since: it has nothing to see, or is blind and does not know."""
        return self.condition == "silent" and self.alive_ns - self.since_ns > _ALIVE_NS


class SensorReport(Struct, frozen=True, omit_defaults=True):
    """What a source says about itself, or what its adapter learnt about it.

    Empty fields mean that nothing was said.
    """

    source: str
    heard_ns: int
    name: str | None = None
    modality: Modality | None = None
    scan: Scan | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    alt_m: float | None = None
    period_s: float | None = None
    range_max_m: float | None = None
    azimuth_from_deg: float | None = None
    azimuth_width_deg: float | None = None
    health: Health | None = None
    detail: str | None = None


class SensorStatus(Struct, frozen=True, omit_defaults=True):
    """How a sensor is doing: the figures on its card.

    quarantined  refused input by reason, since the node started
    """

    id: str
    index: int
    health: Health = "unknown"
    detail: str = ""
    last_heard_ns: int | None = None
    frames: int = 0
    observations: int = 0
    quarantined: dict[str, int] = {}
