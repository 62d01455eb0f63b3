"""Remote ID broadcasts to observations, from UDP datagrams and from captured frames."""

from collections.abc import Callable
from typing import Any, Final

from vedette.core.errors import WireError
from vedette.core.observation import CLEAR_OF_GROUND, ON_GROUND, SELF_REPORT, Intake
from vedette.core.units import NS_PER_S
from vedette.wire.remoteid import (
    accuracy,
    authentication,
    basic_id,
    ble,
    location,
    operator_id,
    pack,
    self_id,
    system,
    wifi,
)
from vedette.wire.remoteid.basic_id import BasicId
from vedette.wire.remoteid.broadcast import Broadcast
from vedette.wire.remoteid.datagram import decode_datagram
from vedette.wire.remoteid.direction import east_north
from vedette.wire.remoteid.fields import MESSAGE_BYTES, VERSION
from vedette.wire.remoteid.location import Location
from vedette.wire.remoteid.operator_id import OperatorId
from vedette.wire.remoteid.self_id import SelfId
from vedette.wire.remoteid.system import System
from vedette.wire.remoteid.transmitter import Transmitter

TRANSMITTERS_MAX: Final = 10_000
FORGET_AFTER_NS: Final = 60 * NS_PER_S
CLOCK_OFF_MAX_NS: Final = 60 * NS_PER_S
_HOUR_NS: Final = 3600 * NS_PER_S

BLE_LINKS: Final = (ble.LINK_LAYER, ble.LINK_LAYER_WITH_HEADER, ble.NORDIC)
WIFI_LINKS: Final = (wifi.IEEE_802_11, wifi.RADIOTAP)

_RECORDS: Final = {
    basic_id.TYPE: "remoteid.basic_id",
    location.TYPE: "remoteid.location",
    authentication.TYPE: "remoteid.authentication",
    self_id.TYPE: "remoteid.self_id",
    system.TYPE: "remoteid.system",
    operator_id.TYPE: "remoteid.operator_id",
}
Part = BasicId | OperatorId | SelfId | System
_PARTS: Final[dict[int, Callable[[bytes], Part]]] = {
    basic_id.TYPE: basic_id.decode,
    self_id.TYPE: self_id.decode,
    system.TYPE: system.decode,
    operator_id.TYPE: operator_id.decode,
}


class RemoteIdDecoder:
    """One receiver's broadcasts."""

    def __init__(self, feed: str) -> None:
        """Start with no transmitter known; `feed` names the source, "remoteid:<feed>"."""
        self._source = f"remoteid:{feed}"
        self._transmitters: dict[bytes, Transmitter] = {}

    def receive(self, data: bytes, heard_ns: int, intake: Intake) -> bytes:
        """Take one datagram (see datagram)."""
        try:
            broadcast = decode_datagram(data)
        except WireError as error:
            intake.quarantine(self._source, error.reason)
        else:
            self.receive_broadcast(broadcast, heard_ns, intake)
        return b""

    def receive_link(self, link_type: int, data: bytes, heard_ns: int, intake: Intake) -> None:
        """Take one captured frame.

        link_type  of the capture file: 105, 127 Wi-Fi; 251, 256, 272 Bluetooth Low Energy
        """
        if link_type in BLE_LINKS:
            read = ble.broadcasts
        elif link_type in WIFI_LINKS:
            read = wifi.broadcasts
        else:
            intake.quarantine(self._source, "unknown-link-type")
            return
        try:
            found = read(link_type, data)
        except WireError as error:
            intake.quarantine(self._source, error.reason)
            return
        if not found:
            intake.count(self._source, "remoteid.other_frame")
        for broadcast in found:
            self.receive_broadcast(broadcast, heard_ns, intake)

    def receive_broadcast(self, broadcast: Broadcast, heard_ns: int, intake: Intake) -> None:
        """Take one broadcast: a message or a pack."""
        payload = broadcast.payload
        if payload[0] >> 4 == pack.TYPE:
            try:
                messages = pack.decode(payload)
            except WireError as error:
                intake.quarantine(self._source, error.reason)
                return
            intake.count(self._source, "remoteid.pack")
        elif len(payload) < MESSAGE_BYTES:
            intake.quarantine(self._source, "truncated")
            return
        else:
            messages = [payload[:MESSAGE_BYTES]]
        # Identity and operator of a pack belong to its place, wherever they stand in it.
        for message in sorted(messages, key=_is_location):
            self._receive_message(message, broadcast, heard_ns, intake)

    def _receive_message(self, message: bytes, broadcast: Broadcast, heard_ns: int, intake: Intake) -> None:
        kind = message[0] >> 4
        record = _RECORDS.get(kind)
        if record is None or message[0] & 0xF > VERSION:
            intake.quarantine(self._source, "unknown-type" if record is None else "unknown-version")
            return
        sender = self._known(broadcast.transmitter, heard_ns)
        if sender is None:
            intake.quarantine(self._source, "too-many-transmitters")
            return
        duplicate = sender.is_duplicate(broadcast.counter, message, heard_ns)
        intake.count(self._source, "remoteid.duplicate" if duplicate else record)
        if kind in _PARTS:
            sender.remember(_PARTS[kind](message), heard_ns)
        elif kind == location.TYPE and not duplicate:
            self._observe(sender, location.decode(message), broadcast.rssi_dbm, heard_ns, intake)

    def _known(self, address: bytes, heard_ns: int) -> Transmitter | None:
        sender = self._transmitters.get(address)
        if sender is None:
            if len(self._transmitters) >= TRANSMITTERS_MAX:
                self._transmitters = {
                    a: t for a, t in self._transmitters.items() if heard_ns - t.heard_ns <= FORGET_AFTER_NS
                }
                if len(self._transmitters) >= TRANSMITTERS_MAX:
                    return None
            sender = self._transmitters[address] = Transmitter(address)
        sender.heard_ns = heard_ns
        return sender

    def _observe(
        self, sender: Transmitter, said: Location, rssi_dbm: int | None, heard_ns: int, intake: Intake
    ) -> None:
        """An observation, where the message has a place."""
        if said.place is None:
            return
        valid_ns = heard_ns
        if said.hour_s is not None:
            told_ns = nearest_hour_ns(said.hour_s, heard_ns)
            if abs(told_ns - heard_ns) <= CLOCK_OFF_MAX_NS:
                valid_ns = told_ns
            else:
                intake.count(self._source, "remoteid.bad_clock")
        claim = sender.claim(said.status, heard_ns)
        values = _values(said, said.place)
        values["signal_dbm"] = rssi_dbm
        intake.observe(self._source, valid_ns, heard_ns, claim, values)


def nearest_hour_ns(hour_s: float, heard_ns: int) -> int:
    """The time nearest to `heard_ns` that is `hour_s` after a full UTC hour."""
    after_ns = round(hour_s * 10) * (NS_PER_S // 10)
    return after_ns + (heard_ns - after_ns + _HOUR_NS // 2) // _HOUR_NS * _HOUR_NS


def _is_location(message: bytes) -> bool:
    return message[0] >> 4 == location.TYPE


_STATUS_FLAGS: Final = {location.GROUND: ON_GROUND, location.AIRBORNE: CLEAR_OF_GROUND}


def _values(said: Location, place: tuple[float, float]) -> dict[str, Any]:
    """Columns of the observation."""
    v_east, v_north = east_north(said.speed_mps, said.direction_deg)
    return {
        "lat_deg": place[0],
        "lon_deg": place[1],
        "position_sd_m": said.position_sd_m,
        "nac_p": accuracy.position_class(said.position_sd_m),  # counts as NACp does
        "alt_m": said.alt_m,
        "alt_sd_m": said.alt_sd_m if said.alt_m is not None else None,
        "baro_alt_m": said.baro_alt_m,
        "baro_alt_sd_m": said.baro_alt_sd_m if said.baro_alt_m is not None else None,
        "v_east_mps": v_east,
        "v_north_mps": v_north,
        "v_up_mps": said.v_up_mps,
        "velocity_sd_mps": said.velocity_sd_mps if v_east is not None else None,
        "flags": SELF_REPORT | _STATUS_FLAGS.get(said.status, 0),
    }
