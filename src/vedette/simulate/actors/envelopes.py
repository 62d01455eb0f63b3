"""What each kind of thing can do: one table of performance envelopes.

Figures are of one well-known type of each kind, rounded; the type and where its figures are published
stand beside it. Radar cross-sections are means over aspects, at S to X band; Skolnik (2001),
Introduction to Radar Systems, table 2.2, where nothing else is said. What has no source is called an
estimate.
"""

import math
from dataclasses import dataclass
from typing import Final

GRAVITY_MPS2: Final = 9.80665


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One kind of thing.

    class_name    of core.classes
    turns         it goes where it points, so it turns along an arc; else it moves to any side
    carried       1: the air carries it; 0: it stands on the ground or in the sea
    cruise_mps    usual speed: through the air for what turns, over the ground for what hovers
    top_mps       most, and slow_mps least, through the air
    accel_mps2    along its way, or to any side for what hovers
    lateral_mps2  across its way: g tan(bank)
    gust          share of a gust that moves it
    look_s        how far ahead on its way it steers
    climb_gain    1/s, how hard it corrects its height
    """

    class_name: str
    turns: bool
    carried: float
    cruise_mps: float
    top_mps: float
    slow_mps: float
    climb_mps: float
    sink_mps: float
    accel_mps2: float
    lateral_mps2: float
    accel_up_mps2: float
    rcs_m2: float
    gust: float = 1.0
    look_s: float = 1.2
    climb_gain: float = 0.8

    def radius_m(self, speed_mps: float) -> float:
        """Of the tightest turn at a speed, m."""
        return speed_mps * speed_mps / self.lateral_mps2


def _bank(degrees: float) -> float:
    """Lateral acceleration of a level turn with a bank, m/s²."""
    return GRAVITY_MPS2 * math.tan(math.radians(degrees))


def _hovers(
    top_mps: float, climb_mps: float, sink_mps: float, rcs_m2: float, accel_mps2: float = 4.5
) -> Envelope:
    """A multirotor. It holds its place against gusts but for half of them (estimate)."""
    return Envelope(
        class_name="multirotor",
        turns=False,
        carried=1.0,
        cruise_mps=0.6 * top_mps,
        top_mps=top_mps,
        slow_mps=0.0,
        climb_mps=climb_mps,
        sink_mps=sink_mps,
        accel_mps2=accel_mps2,
        lateral_mps2=accel_mps2,
        accel_up_mps2=2.5,
        rcs_m2=rcs_m2,
        gust=0.5,
    )


ENVELOPES: Final[dict[str, Envelope]] = {
    # Under 900 g: DJI Mini 3 Pro, maker's specifications: 249 g, 16 m/s, up 5, down 3.5 m/s.
    # Cross-section -20 dBsm: Li & Ling (2017), IEEE Antennas and Wireless Propagation Letters 16,
    # for consumer drones; smaller than their Phantom.
    "multirotor_small": _hovers(16.0, 5.0, 3.5, 0.01),
    # 2 kg: DJI Phantom 4 Pro, maker's specifications: 1.4 kg, 20 m/s, up 5, down 3 m/s in P mode.
    "multirotor_medium": _hovers(20.0, 5.0, 3.0, 0.02),
    # 25 kg: DJI Matrice 600 Pro, maker's specifications: up to 15.5 kg, 18 m/s, up 5, down 3 m/s.
    "multirotor_large": _hovers(18.0, 5.0, 3.0, 0.1, accel_mps2=3.5),
    # Survey wing: senseFly eBee X, maker's specifications: 1.4 kg, 11 to 30 m/s. Bank an estimate.
    "fixed_wing": Envelope(
        class_name="fixed_wing_drone",
        turns=True,
        carried=1.0,
        cruise_mps=15.0,
        top_mps=30.0,
        slow_mps=11.0,
        climb_mps=4.0,
        sink_mps=4.0,
        accel_mps2=2.0,
        lateral_mps2=_bank(35.0),
        accel_up_mps2=2.0,
        rcs_m2=0.02,
        climb_gain=0.5,
        look_s=2.0,
    ),
    # Long-range one-way drone of the Shahed-136 kind: 200 kg, 50 m/s; Defense Intelligence Agency
    # (2023), Iranian UAVs in Ukraine: a visual comparison. Dive and cross-section are estimates.
    "one_way": Envelope(
        class_name="fixed_wing_drone",
        turns=True,
        carried=1.0,
        cruise_mps=50.0,
        top_mps=90.0,
        slow_mps=33.0,
        climb_mps=4.0,
        sink_mps=60.0,
        accel_mps2=3.0,
        lateral_mps2=_bank(30.0),
        accel_up_mps2=8.0,
        rcs_m2=0.05,
        climb_gain=0.3,
        look_s=4.0,
    ),
    # Medium jet airliner: Airbus A320, EUROCONTROL aircraft performance database: climb 2,500 ft/min
    # and more at first, cruise 450 kt. Bank below the 15° of ICAO Doc 8168 for departures.
    "airliner": Envelope(
        class_name="aeroplane",
        turns=True,
        carried=1.0,
        cruise_mps=230.0,
        top_mps=260.0,
        slow_mps=60.0,
        climb_mps=20.0,
        sink_mps=12.0,
        accel_mps2=1.85,
        lateral_mps2=_bank(13.4),
        accel_up_mps2=1.5,
        rcs_m2=30.0,
        climb_gain=0.2,
        look_s=5.0,
    ),
    # Fighter: F-16C, US Air Force fact sheet: Mach 2 at height; 250 to 600 m/s here. Bank 72° is 3.2 g.
    "jet": Envelope(
        class_name="aeroplane",
        turns=True,
        carried=1.0,
        cruise_mps=280.0,
        top_mps=600.0,
        slow_mps=80.0,
        climb_mps=150.0,
        sink_mps=150.0,
        accel_mps2=8.0,
        lateral_mps2=_bank(72.0),
        accel_up_mps2=20.0,
        rcs_m2=2.0,
        climb_gain=0.3,
        look_s=3.0,
    ),
    # Light aircraft: Cessna 172S, pilot's operating handbook: cruise 124 kt, never above 163 kt,
    # stall 48 kt, climb 730 ft/min.
    "light": Envelope(
        class_name="aeroplane",
        turns=True,
        carried=1.0,
        cruise_mps=58.0,
        top_mps=83.0,
        slow_mps=25.0,
        climb_mps=3.7,
        sink_mps=4.0,
        accel_mps2=2.0,
        lateral_mps2=_bank(30.0),
        accel_up_mps2=1.5,
        rcs_m2=1.0,
        climb_gain=0.3,
        look_s=3.0,
    ),
    # Light twin helicopter: Airbus H135, EASA type certificate data sheet R.009: never above 155 kt;
    # maker's figures: cruise 137 kt, climb 1,500 ft/min.
    "helicopter": Envelope(
        class_name="helicopter",
        turns=False,
        carried=1.0,
        cruise_mps=60.0,
        top_mps=78.0,
        slow_mps=0.0,
        climb_mps=7.6,
        sink_mps=5.0,
        accel_mps2=2.5,
        lateral_mps2=2.5,
        accel_up_mps2=2.0,
        rcs_m2=3.0,
        gust=0.5,
        look_s=4.0,
        climb_gain=0.4,
    ),
    # Standard-class glider: Rolladen-Schneider LS4, flight manual: best glide 40 at 28 m/s, stall
    # 19 m/s. Cross-section an estimate for fibre with metal inside.
    "glider": Envelope(
        class_name="glider",
        turns=True,
        carried=1.0,
        cruise_mps=28.0,
        top_mps=70.0,
        slow_mps=20.0,
        climb_mps=4.0,
        sink_mps=4.0,
        accel_mps2=1.5,
        lateral_mps2=_bank(38.0),
        accel_up_mps2=1.5,
        rcs_m2=0.5,
        climb_gain=0.3,
        look_s=2.5,
    ),
    # Hot-air balloon: FAA-H-8083-11B, Balloon Flying Handbook: climb and descent of some 500 ft/min.
    "balloon_manned": Envelope(
        class_name="balloon",
        turns=False,
        carried=1.0,
        cruise_mps=0.0,
        top_mps=1.0,
        slow_mps=0.0,
        climb_mps=2.5,
        sink_mps=2.5,
        accel_mps2=2.0,
        lateral_mps2=2.0,
        accel_up_mps2=0.3,
        rcs_m2=1.0,
        climb_gain=0.05,
    ),
    # Small free balloon: WMO-No. 8, part III, 8: sounding balloons rise at 5 m/s. The cross-section of
    # a parcel under it is an estimate.
    "balloon_small": Envelope(
        class_name="balloon",
        turns=False,
        carried=1.0,
        cruise_mps=0.0,
        top_mps=1.0,
        slow_mps=0.0,
        climb_mps=5.0,
        sink_mps=5.0,
        accel_mps2=3.0,
        lateral_mps2=3.0,
        accel_up_mps2=1.0,
        rcs_m2=0.05,
        climb_gain=0.05,
    ),
    # Birds: Alerstam et al. (2007), PLoS Biology 5(8): 8 to 23 m/s through the air over 138 species.
    # Cross-section of one bird: Vaughn (1985), Proceedings of the IEEE 73(2): 0.001 to 0.01 m².
    "bird": Envelope(
        class_name="bird",
        turns=True,
        carried=1.0,
        cruise_mps=13.0,
        top_mps=23.0,
        slow_mps=6.0,
        climb_mps=2.0,
        sink_mps=2.5,
        accel_mps2=2.0,
        lateral_mps2=4.4,
        accel_up_mps2=2.5,
        rcs_m2=0.01,
    ),
    # Van or car: comfortable braking and cornering, AASHTO (2018), A Policy on Geometric Design, 3.2.
    "vehicle": Envelope(
        class_name="ground_vehicle",
        turns=True,
        carried=0.0,
        cruise_mps=14.0,
        top_mps=45.0,
        slow_mps=0.0,
        climb_mps=4.0,
        sink_mps=4.0,
        accel_mps2=2.0,
        lateral_mps2=3.0,
        accel_up_mps2=2.0,
        rcs_m2=100.0,
        gust=0.0,
    ),
    # Merchant ship 150 m long: tactical diameter at most five lengths, IMO resolution MSC.137(76).
    "ship": Envelope(
        class_name="vessel",
        turns=True,
        carried=0.0,
        cruise_mps=7.0,
        top_mps=13.0,
        slow_mps=0.0,
        climb_mps=1.0,
        sink_mps=1.0,
        accel_mps2=0.05,
        lateral_mps2=0.17,
        accel_up_mps2=1.0,
        rcs_m2=10_000.0,
        gust=0.0,
        look_s=25.0,
    ),
    # Fast boat, cabin cruiser. Turning an estimate.
    "boat": Envelope(
        class_name="vessel",
        turns=True,
        carried=0.0,
        cruise_mps=12.0,
        top_mps=25.0,
        slow_mps=0.0,
        climb_mps=1.0,
        sink_mps=1.0,
        accel_mps2=1.0,
        lateral_mps2=2.0,
        accel_up_mps2=1.0,
        rcs_m2=10.0,
        gust=0.0,
        look_s=4.0,
    ),
}
