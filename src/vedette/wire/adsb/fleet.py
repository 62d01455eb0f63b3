"""Raw Mode S messages to observations: the part that Beast, AVR and timed lines share.

A position message gives an observation. Velocity, identification, status and accuracy come in
messages of their own; they are remembered by address and go with the next position.
"""

from collections.abc import Callable
from typing import Any, Final

from vedette.core.observation import CLEAR_OF_GROUND, ON_GROUND, SELF_REPORT, Intake
from vedette.core.units import KT_MPS, NS_PER_S
from vedette.wire.adsb import airborne, identification, locate, operational, status, surface, velocity
from vedette.wire.adsb.accuracy import TYPE_SD_M
from vedette.wire.adsb.aircraft import Aircraft
from vedette.wire.adsb.altitude import squawk
from vedette.wire.adsb.cpr import Position
from vedette.wire.adsb.crc import remainder
from vedette.wire.adsb.direction import east_north
from vedette.wire.adsb.frame import AIRBORNE_CA, LENGTH_BYTES, downlink_format

VELOCITY_AGE_NS: Final = 10 * NS_PER_S
FORGET_AFTER_NS: Final = 300 * NS_PER_S
AIRCRAFT_MAX: Final = 50_000

SURFACE_SPEED_SD_MPS: Final = 2 * KT_MPS
ALL_CALL_REST_MAX: Final = 79
_RELAYED: Final = 1 << 25
_NOT_ICAO: Final = 1 << 24

# CF of DF 18: is there a report in it, did the target itself make it, is the address always foreign.
_REPORTS: Final = {0: (True, False), 1: (True, True), 2: (False, False), 5: (False, True), 6: (True, False)}

Reader = Callable[["Fleet", Aircraft, int, "Moment"], None]


class Moment:
    """The message that is being read: where it counts, when, and what its frame said."""

    __slots__ = ("capability", "heard_ns", "intake", "valid_ns")

    def __init__(self, intake: Intake, valid_ns: int, heard_ns: int, capability: int) -> None:
        self.intake = intake
        self.valid_ns = valid_ns
        self.heard_ns = heard_ns
        self.capability = capability  # CA of DF 17; 0 where the frame has none


class Fleet:
    """All aircraft that one receiver hears."""

    def __init__(self, source: str, site: Position | None) -> None:
        """Start empty.

        source  names the receiver in observations: "adsb:<feed>"
        site    where it stands, degrees; needed for aircraft that were first heard on the ground
        """
        self.source = source
        self.site = site
        self.aircraft: dict[int, Aircraft] = {}
        self._swept_ns = 0

    def receive(
        self, message: bytes, valid_ns: int, heard_ns: int, intake: Intake, *, relayed: bool = False
    ) -> None:
        """Read one message of 7 or 14 bytes.

        valid_ns  UTC, when it was received off the air
        relayed   a computed position in the clothes of a message (multilateration), not the target's own
        """
        form = downlink_format(message[0]) if message else -1
        if LENGTH_BYTES.get(form) != len(message):
            intake.quarantine(self.source, "unknown-format")
        elif form == 17 or form == 18:
            self._receive_squitter(message, form, Moment(intake, valid_ns, heard_ns, 0), relayed=relayed)
        elif form == 11:
            if remainder(message) > ALL_CALL_REST_MAX:
                intake.quarantine(self.source, "parity")
            else:
                intake.count(self.source, "adsb.all_call")
        else:
            self._receive_reply(message, form, intake)

    def _receive_squitter(self, message: bytes, form: int, moment: Moment, *, relayed: bool) -> None:
        intake = moment.intake
        if remainder(message):
            intake.quarantine(self.source, "parity")
            return
        me = int.from_bytes(message[4:11])
        type_code = me >> 51
        control = message[0] & 7
        key = int.from_bytes(message[1:4])
        own = not relayed
        if form == 17:
            moment.capability = control
        else:
            report = _REPORTS.get(control)
            if report is None:
                intake.count(self.source, "adsb.other")
                return
            own = own and report[0]
            if report[1] or (control in (2, 6) and _foreign_address(me, type_code)):
                key |= _NOT_ICAO
        record, reader = _READERS[type_code]
        intake.count(self.source, record)
        if reader is not None:
            craft = self._known(key if own else key | _RELAYED, moment)
            if craft is not None:
                reader(self, craft, me, moment)

    def _receive_reply(self, message: bytes, form: int, intake: Intake) -> None:
        """A reply to a radar: its parity hides the address, so only known ones are believed."""
        intake.count(self.source, "adsb.reply")
        if form in (5, 21):
            craft = self.aircraft.get(remainder(message))
            if craft is not None:
                code = squawk((message[2] << 8 | message[3]) & 0x1FFF)
                if code != craft.squawk:
                    craft.say(squawk=code)

    def _known(self, key: int, moment: Moment) -> Aircraft | None:
        craft = self.aircraft.get(key)
        if craft is None:
            if len(self.aircraft) >= AIRCRAFT_MAX or moment.heard_ns - self._swept_ns > FORGET_AFTER_NS:
                self._sweep(moment.heard_ns)
                if len(self.aircraft) >= AIRCRAFT_MAX:
                    moment.intake.quarantine(self.source, "too-many-aircraft")
                    return None
            own = not key & _RELAYED
            icao = not key & _NOT_ICAO
            address = f"{key & 0xFFFFFF:06X}"
            ident = address if icao else f"{self.source}/~{address}"
            craft = self.aircraft[key] = Aircraft(ident, scheme_icao=icao, self_report=own)
        craft.heard_ns = moment.heard_ns
        return craft

    def _sweep(self, now_ns: int) -> None:
        """Forget who was not heard for long."""
        self._swept_ns = now_ns
        self.aircraft = {k: a for k, a in self.aircraft.items() if now_ns - a.heard_ns <= FORGET_AFTER_NS}

    def read_identification(self, craft: Aircraft, me: int, _: Moment) -> None:
        """Type codes 1 to 4."""
        said = identification.decode(me)
        if said.callsign != craft.callsign or said.category != craft.category:
            craft.say(callsign=said.callsign, category=said.category)

    def read_status(self, craft: Aircraft, me: int, _: Moment) -> None:
        """Type code 28."""
        said = status.decode(me)
        if said is not None:
            craft.say(squawk=said.squawk)
            craft.say_emergency(said.emergency)

    def read_operational(self, craft: Aircraft, me: int, moment: Moment) -> None:
        """Type code 31."""
        said = operational.decode(me)
        if said is None:
            moment.intake.quarantine(self.source, "bad-subtype")
        else:
            craft.position_sd_m, craft.alt_sd_m = said.position_sd_m, said.alt_sd_m
            craft.nac_p = said.nac_p

    def read_velocity(self, craft: Aircraft, me: int, moment: Moment) -> None:
        """Type code 19."""
        said = velocity.decode(me)
        if said is None:
            moment.intake.quarantine(self.source, "bad-subtype")
        else:
            craft.velocity, craft.velocity_ns = said, moment.valid_ns

    def read_airborne(self, craft: Aircraft, me: int, moment: Moment) -> None:
        """Type codes 9 to 18 and 20 to 22: an observation, once the place is known."""
        said = airborne.decode(me)
        fix = locate.airborne(craft, said.odd, said.lat, said.lon, moment.valid_ns, self.site)
        if not isinstance(fix, tuple):
            if fix is not None:
                moment.intake.quarantine(self.source, fix)
            return
        alt_m = said.alt_m
        values: dict[str, Any] = {
            "lat_deg": fix[0],
            "lon_deg": fix[1],
            "baro_alt_m": said.baro_alt_m,
            "position_sd_m": craft.position_sd_m or TYPE_SD_M.get(me >> 51),
        }
        motion = craft.velocity
        if motion is not None and moment.valid_ns - craft.velocity_ns <= VELOCITY_AGE_NS:
            values["v_east_mps"] = motion.v_east_mps
            values["v_north_mps"] = motion.v_north_mps
            values["v_up_mps"] = motion.v_up_mps
            values["velocity_sd_mps"] = motion.velocity_sd_mps
            if alt_m is None and said.baro_alt_m is not None and motion.alt_above_baro_m is not None:
                alt_m = said.baro_alt_m + motion.alt_above_baro_m
        if alt_m is not None:
            values["alt_m"] = alt_m
            values["alt_sd_m"] = craft.alt_sd_m
        airborne_for_sure = moment.capability == AIRBORNE_CA
        values["flags"] = craft.self_report * SELF_REPORT | airborne_for_sure * CLEAR_OF_GROUND
        self._observe(craft, moment, values, on_ground=False if airborne_for_sure else None)

    def read_surface(self, craft: Aircraft, me: int, moment: Moment) -> None:
        """Type codes 5 to 8: an observation, once the place is known."""
        said = surface.decode(me)
        fix = locate.surface(craft, said.odd, said.lat, said.lon, moment.valid_ns, self.site)
        if not isinstance(fix, tuple):
            if fix is not None:
                moment.intake.quarantine(self.source, fix)
            return
        v_east, v_north = east_north(said.speed_mps, said.track_deg)
        values: dict[str, Any] = {
            "lat_deg": fix[0],
            "lon_deg": fix[1],
            "position_sd_m": craft.position_sd_m or TYPE_SD_M.get(me >> 51),
            "v_east_mps": v_east,
            "v_north_mps": v_north,
            "velocity_sd_mps": None if v_east is None else SURFACE_SPEED_SD_MPS,
            "flags": craft.self_report * SELF_REPORT | ON_GROUND,
        }
        self._observe(craft, moment, values, on_ground=True)

    def _observe(
        self, craft: Aircraft, moment: Moment, values: dict[str, Any], *, on_ground: bool | None
    ) -> None:
        values["nac_p"] = craft.nac_p
        moment.intake.observe(self.source, moment.valid_ns, moment.heard_ns, craft.claim(on_ground), values)


def _foreign_address(me: int, type_code: int) -> bool:
    """The bit that says that the address of a TIS-B or rebroadcast message is not ICAO's."""
    if 5 <= type_code <= 8:
        return bool(me >> 35 & 1)
    if 9 <= type_code <= 18 or type_code >= 20:
        return bool(me >> 48 & 1)
    return type_code == 19 and bool(me >> 47 & 1)


def _table_of_readers() -> tuple[tuple[str, Reader | None], ...]:
    table: list[tuple[str, Reader | None]] = [("adsb.other", None)] * 32
    for codes, record, reader in (
        (range(1, 5), "adsb.identification", Fleet.read_identification),
        (range(5, 9), "adsb.surface_position", Fleet.read_surface),
        (range(9, 19), "adsb.airborne_position", Fleet.read_airborne),
        (range(19, 20), "adsb.velocity", Fleet.read_velocity),
        (range(20, 23), "adsb.airborne_position", Fleet.read_airborne),
        (range(28, 29), "adsb.status", Fleet.read_status),
        (range(31, 32), "adsb.operational", Fleet.read_operational),
    ):
        for code in codes:
            table[code] = (record, reader)
    return tuple(table)


_READERS: Final = _table_of_readers()
