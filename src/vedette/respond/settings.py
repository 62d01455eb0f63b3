"""What an airport's adviser is told of the airport: fields of `[[airport]]` in node.toml."""

from typing import Final

from msgspec import Struct

# 3.9 G€ for 29.6 M minutes of ATFM delay in 2024: EUROCONTROL Performance Review Commission, ACE 2024,
# preliminary results, chapter 3.
DELAY_EUR_PER_MIN: Final = 132.0


class Runway(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A runway by its two thresholds, lat deg and lon deg."""

    name: str
    threshold: tuple[float, float]
    far_threshold: tuple[float, float]


class Cover(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How well a sensor sees a small drone by this airport.

    sensor                 Sensor.id
    range_m                at which a look still has half of detection_probability
    detection_probability  of one look that is independent of the one before
    every_s                time between such looks
    low_share              of detection_probability below 30 m above the ground
    heard_only             counts only for what it has seen before: a listener does not hear what is silent
    """

    sensor: str
    range_m: float
    detection_probability: float = 0.8
    every_s: float = 5.0
    low_share: float = 0.3
    heard_only: bool = False


class Airport(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One airport that is advised.

    icao                 location indicator of four letters; the NOTAM's item A
    fir                  of the NOTAM's item Q; empty is not known
    zones                ids of the zones that a drone without leave must not be in
    lat_deg, lon_deg     aerodrome reference point; None: the middle of the zones
    ground_m             above the ellipsoid; None: of the zones
    movements_per_hour   planned arrivals and departures
    capacity_per_hour    with which what waits is worked off; None: not known, then the cost is a lower bound
    delay_eur_per_min    of one flight
    diversion_eur        of one flight; None is not known, then diversions are counted and not priced
    hold_min             how long an arrival can hold before it diverts
    flight_min           scale of the Weibull distribution of a drone's flight: 63 % are shorter
    stay_min             mean time after which a drone lands or leaves by the will of who flies it
    speed_mps            of a drone that nobody sees
    dark_share           of drones that no sensor sees for a while: behind buildings, in clutter
    hide_min             after which a drone is as visible or hidden as any
    again_per_hour       how often what has gone starts anew
    near_m               aside of a runway or an approach, within which a drone is near: it gets there in a
                         minute or two, which is what an aircraft on final has
    contact_from         probability of being a drone without leave from which something is followed
    restrict_from        probability that one is in the zones from which a restriction is advised
    close_from           probability that one is by a runway or its approaches from which closing is advised
    reopen_below         probability, below which opening is advised; its upper end must be below twice that
    hold_s               so long it must be so, that advice does not flicker
    """

    icao: str
    zones: list[str]
    name: str = ""
    fir: str = ""
    lat_deg: float | None = None
    lon_deg: float | None = None
    ground_m: float | None = None
    runways: list[Runway] = []
    cover: list[Cover] = []
    movements_per_hour: float = 20.0
    capacity_per_hour: float | None = None
    delay_eur_per_min: float = DELAY_EUR_PER_MIN
    diversion_eur: float | None = None
    hold_min: float = 20.0
    flight_min: float = 25.0
    stay_min: float = 10.0
    speed_mps: float = 10.0
    dark_share: float = 0.15
    hide_min: float = 10.0
    again_per_hour: float = 0.1
    near_m: float = 1500.0
    contact_from: float = 0.2
    restrict_from: float = 0.2
    close_from: float = 0.3
    reopen_below: float = 0.05
    hold_s: float = 10.0
