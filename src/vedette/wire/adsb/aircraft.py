"""What is remembered of one aircraft between its messages, and the claim that it makes."""

from typing import Final

from vedette.core.claim import Claim
from vedette.wire.adsb.cpr import Position
from vedette.wire.adsb.velocity import Velocity

NEVER: Final = -(1 << 62)

CprFrame = tuple[int, int, int]  # latitude, longitude, valid_ns


class Aircraft:
    """The memory of one address.

    cpr          the newest even and odd position message, [airborne or surface][even or odd]
    position     where it was at position_ns; None before the first fix and after an implausible one
    confirmed    a second pair of messages agreed with `position`
    misses       implausible positions in a row
    heard_since_fix  bits: 1 an even, 2 an odd position message came after the first fix
    velocity     the newest velocity message, at velocity_ns
    """

    __slots__ = (
        "_claim",
        "alt_sd_m",
        "callsign",
        "category",
        "confirmed",
        "cpr",
        "cpr_surface",
        "emergency",
        "heard_ns",
        "heard_since_fix",
        "ident",
        "misses",
        "nac_p",
        "on_ground",
        "position",
        "position_ns",
        "position_sd_m",
        "scheme_icao",
        "self_report",
        "squawk",
        "velocity",
        "velocity_ns",
    )

    def __init__(self, ident: str, *, scheme_icao: bool, self_report: bool) -> None:
        """Start with nothing known but the address.

        scheme_icao  the address is ICAO's; otherwise the ident names the receiver too
        self_report  the aircraft itself sent the message
        """
        self.ident = ident
        self.scheme_icao = scheme_icao
        self.self_report = self_report
        self.heard_ns = NEVER
        self.cpr: list[CprFrame | None] = [None, None]
        self.cpr_surface: list[CprFrame | None] = [None, None]
        self.position: Position | None = None
        self.position_ns = NEVER
        self.confirmed = False
        self.misses = 0
        self.heard_since_fix = 0
        self.velocity: Velocity | None = None
        self.velocity_ns = NEVER
        self.position_sd_m: float | None = None
        self.nac_p: int | None = None
        self.alt_sd_m: float | None = None
        self.callsign: str | None = None
        self.category: str | None = None
        self.squawk: str | None = None
        self.emergency: str | None = None
        self.on_ground: bool | None = None
        self._claim: Claim | None = None

    def say(
        self,
        *,
        callsign: str | None = None,
        category: str | None = None,
        squawk: str | None = None,
    ) -> None:
        """Remember what it said of itself; what is None stays as it was."""
        self.callsign = callsign or self.callsign
        self.category = category or self.category
        self.squawk = squawk or self.squawk
        self._claim = None

    def say_emergency(self, emergency: str | None) -> None:
        """Remember the emergency state, which ends by being sent as none."""
        self.emergency = emergency
        self._claim = None

    def claim(self, on_ground: bool | None) -> Claim:
        """Its claim as of now."""
        if self._claim is None or on_ground is not self.on_ground:
            self.on_ground = on_ground
            self._claim = Claim(
                scheme="icao24" if self.scheme_icao else "sensor_track",
                ident=self.ident,
                callsign=self.callsign,
                squawk=self.squawk,
                category=self.category,
                emergency=self.emergency,
                on_ground=on_ground,
            )
        return self._claim
