"""What a scenario says of sensors. What each kind detects and how it errs: docs/scenarios-sensors.md."""

from typing import Literal

from msgspec import Struct

FaultKind = Literal["truncated", "garbage", "oversized"]


class Faults(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bad input that a sensor makes on cue, to see it refused.

    rate_per_s       mean number of bad frames a second
    from_s, until_s  when it babbles, seconds from the scenario's start
    kinds            truncated: a real frame cut short; garbage: random bytes; oversized: too long
    """

    rate_per_s: float
    from_s: float = 0.0
    until_s: float | None = None
    kinds: tuple[FaultKind, ...] = ("truncated", "garbage", "oversized")


class _Pose(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    """What every sensor has. height_m is above the site's ground; feed names a [[feed]]."""

    id: str
    name: str
    feed: str
    lat_deg: float
    lon_deg: float
    height_m: float = 10.0
    range_max_m: float
    period_s: float
    detection_probability: float = 0.9
    false_per_scan: float = 0.0
    latency_s: float = 0.0
    faults: Faults | None = None


class SurveillanceRadar(_Pose, frozen=True, kw_only=True, tag="surveillance_radar"):
    """Rotating primary and Mode S radar: ASTERIX 048 plots, 034 north and sector messages.

    range_1m2_m          where a 1 m² target is detected with probability 0.9 (Swerling 1)
    small_target_factor  what sensitivity control leaves of that for drones and birds
    notch_mps            half width of the Doppler notch about 0 and each blind speed
    blind_speed_mps      first blind speed of the pulse repetition frequencies together
    notch_db             how far the notch pushes down an echo
    doppler_sd_mps       error of the Doppler speed that primary plots carry (I048/120); None: none carried
    """

    sac: int
    sic: int
    range_1m2_m: float = 47_000.0
    small_target_factor: float = 0.03
    range_sd_m: float = 60.0
    azimuth_sd_deg: float = 0.08
    notch_mps: float = 5.0
    blind_speed_mps: float = 350.0
    notch_db: float = 30.0
    doppler_sd_mps: float | None = None


class DroneRadar(_Pose, frozen=True, kw_only=True, tag="drone_radar"):
    """Staring short-range radar: SAPIENT range, azimuth and elevation with a class guess.

    notch_mps, blind_speed_mps, notch_db  as of a surveillance radar; turning blades are outside of the notch
    multipath_below_deg  elevation below which the ground's reflection disturbs elevations
    multipath_share      of looks below that give the mirror image, as far below the horizon
    """

    node_id: str
    range_1m2_m: float = 22_000.0
    range_sd_m: float = 6.0
    azimuth_sd_deg: float = 0.5
    elevation_sd_deg: float = 0.8
    azimuth_from_deg: float = 0.0
    azimuth_width_deg: float = 360.0
    notch_mps: float = 0.8
    blind_speed_mps: float = 120.0
    notch_db: float = 30.0
    multipath_below_deg: float = 1.5
    multipath_share: float = 0.15


class RfFinder(_Pose, frozen=True, kw_only=True, tag="rf_finder"):
    """Radio direction finder: SAPIENT bearings of what transmits."""

    node_id: str
    azimuth_sd_deg: float = 2.0


class RemoteIdReceiver(_Pose, frozen=True, kw_only=True, tag="remote_id_receiver"):
    """Hears the Remote ID broadcast of drones; passes the frames on over UDP."""


class AdsbReceiver(_Pose, frozen=True, kw_only=True, tag="adsb_receiver"):
    """Hears 1090 MHz extended squitter; speaks Beast."""


class Multilateration(_Pose, frozen=True, kw_only=True, tag="multilateration"):
    """Ground stations that time the replies of transponders: ASTERIX 010 target reports.

    position_sd_m  at the site's middle; doubles at range_max_m, where the stations lie to one side
    """

    sac: int
    sic: int
    position_sd_m: float = 12.0


class Camera(_Pose, frozen=True, kw_only=True, tag="camera"):
    """Camera with a detector: SAPIENT azimuth and elevation with a class guess.

    range_1m_m  where a target 1 m wide is detected with probability 0.9, by day in clear air
    thermal     sees by night as by day, and through haze (not through fog) further
    """

    node_id: str
    range_1m_m: float = 1_500.0
    azimuth_sd_deg: float = 0.1
    elevation_sd_deg: float = 0.1
    azimuth_from_deg: float = 0.0
    azimuth_width_deg: float = 360.0
    elevation_from_deg: float = -5.0
    elevation_to_deg: float = 60.0
    thermal: bool = False


class AcousticArray(_Pose, frozen=True, kw_only=True, tag="acoustic_array"):
    """Microphones that hear propellers: SAPIENT bearings. range_max_m is that of a small drone in a calm."""

    node_id: str
    azimuth_sd_deg: float = 5.0


class HumanReports(_Pose, frozen=True, kw_only=True, tag="human_reports"):
    """People who look up and report by phone: CoT markers.

    period_s       how often one looks round; detection_probability: that a look sees what can be seen
    delay_s        shortest and longest time from seeing to telling, evenly between
    wrong_class    share of reports that take the thing for another
    distance_sd    error of the guessed distance, a share of it (log-normal)
    azimuth_sd_deg error of the direction
    again_s        the same person does not report the same thing before that
    """

    delay_s: tuple[float, float] = (30.0, 300.0)
    wrong_class: float = 0.3
    distance_sd: float = 0.5
    azimuth_sd_deg: float = 10.0
    again_s: float = 600.0


class SystemTracker(_Pose, frozen=True, kw_only=True, tag="system_tracker"):
    """Somebody else's tracker that hands over its tracks: ASTERIX 062.

    range_max_m    about its middle; it holds what a transponder or 5 m² would show it
    position_sd_m, velocity_sd_mps  of its tracks, which err slowly (30 s)
    """

    sac: int
    sic: int
    position_sd_m: float = 60.0
    velocity_sd_mps: float = 2.0


class CuasSystem(_Pose, frozen=True, kw_only=True, tag="cuas_system"):
    """A whole counter-drone system on trial: COURAGEOUS records, to a file.

    alarm_m  it raises its alarm for what it takes for a drone nearer than this
    """

    range_1m2_m: float = 18_000.0
    range_sd_m: float = 8.0
    azimuth_sd_deg: float = 0.8
    elevation_sd_deg: float = 1.0
    alarm_m: float = 1_500.0


SensorSpec = (
    SurveillanceRadar
    | DroneRadar
    | RfFinder
    | RemoteIdReceiver
    | AdsbReceiver
    | Multilateration
    | Camera
    | AcousticArray
    | HumanReports
    | SystemTracker
    | CuasSystem
)
