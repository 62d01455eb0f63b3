"""What is remembered of one transmitter: Remote ID sends identity, place and operator apart."""

from typing import Final, TypeVar

from vedette.core.claim import Claim
from vedette.core.units import NS_PER_S
from vedette.wire.remoteid import basic_id, location, self_id
from vedette.wire.remoteid.basic_id import BasicId
from vedette.wire.remoteid.operator_id import OperatorId
from vedette.wire.remoteid.self_id import SelfId
from vedette.wire.remoteid.system import System

MERGE_AGE_NS: Final = 30 * NS_PER_S
DUPLICATE_AGE_NS: Final = 10 * NS_PER_S

# Which id names the target, the best first. Some senders fill in an id and say that it is none.
_ID_ORDER: Final = (
    basic_id.SERIAL_NUMBER,
    basic_id.REGISTRATION,
    basic_id.UTM_UUID,
    basic_id.SESSION,
    basic_id.NONE,
)
_ID_KINDS: Final = {
    basic_id.SERIAL_NUMBER: "serial",
    basic_id.REGISTRATION: "registration",
    basic_id.UTM_UUID: "utm",
    basic_id.SESSION: "session",
}
_EMERGENCIES: Final = {location.EMERGENCY: "emergency", location.SYSTEM_FAILURE: "remote_id_failure"}
Part = TypeVar("Part")


class Transmitter:
    """The newest of each part, with the time it was heard; a part counts for MERGE_AGE_NS."""

    __slots__ = ("_mac", "_newest", "basic_ids", "heard_ns", "operator_id", "self_id", "system")

    def __init__(self, address: bytes) -> None:
        """Start with nothing known but the address, 6 bytes."""
        self._mac = address.hex(":")
        self._newest: dict[int, tuple[int | None, bytes, int]] = {}
        self.heard_ns = 0
        self.basic_ids: dict[int, tuple[BasicId, int]] = {}
        self.operator_id: tuple[OperatorId, int] | None = None
        self.self_id: tuple[SelfId, int] | None = None
        self.system: tuple[System, int] | None = None

    def is_duplicate(self, counter: int | None, message: bytes, heard_ns: int) -> bool:
        """Whether this is the newest message of its kind once more: same counter, same bytes.

        Basic IDs of different kinds and pages of authentication are kinds of their own.
        """
        kind = message[0] >> 4
        if kind == basic_id.TYPE:
            kind = kind << 8 | message[1] >> 4
        elif kind == 2:
            kind = kind << 8 | message[1] & 0xF
        last = self._newest.get(kind)
        if last is not None and last[:2] == (counter, message) and heard_ns - last[2] <= DUPLICATE_AGE_NS:
            return True
        self._newest[kind] = (counter, message, heard_ns)
        return False

    def remember(self, part: BasicId | OperatorId | SelfId | System, heard_ns: int) -> None:
        """Keep a part until a newer one comes or it is too old."""
        if isinstance(part, BasicId):
            self.basic_ids[part.id_type] = (part, heard_ns)
        elif isinstance(part, OperatorId):
            self.operator_id = (part, heard_ns)
        elif isinstance(part, SelfId):
            self.self_id = (part, heard_ns)
        else:
            self.system = (part, heard_ns)

    def claim(self, status: int, heard_ns: int) -> Claim:
        """What the transmitter says of itself, from the parts that are not too old."""
        ids = [fresh for kind in _ID_ORDER if (fresh := _fresh(self.basic_ids.get(kind), heard_ns))]
        named = [said.ident for said in ids if said.ident]
        kinds = [_ID_KINDS.get(said.id_type) for said in ids if said.ident]
        aircraft = [said.aircraft for said in ids if said.aircraft]
        operator = _fresh(self.operator_id, heard_ns)
        words = _fresh(self.self_id, heard_ns)
        system = _fresh(self.system, heard_ns)
        stands = system.place if system else None
        emergency = _EMERGENCIES.get(status)
        if words and words.description_type == self_id.EMERGENCY:
            emergency = emergency or "emergency"
        return Claim(
            scheme="remote_id",
            ident=named[0] if named else f"mac:{self._mac}",
            category=aircraft[0] if aircraft else None,
            emergency=emergency,
            on_ground={location.GROUND: True, location.AIRBORNE: False}.get(status),
            operator_id=(operator.ident or None) if operator else None,
            operator_lat_deg=stands[0] if stands else None,
            operator_lon_deg=stands[1] if stands else None,
            operator_alt_m=system.alt_m if system and stands else None,
            description=(words.description or None) if words else None,
            id_kind=kinds[0] if kinds else None,
        )


def _fresh(kept: tuple[Part, int] | None, heard_ns: int) -> Part | None:
    return kept[0] if kept is not None and heard_ns - kept[1] <= MERGE_AGE_NS else None
