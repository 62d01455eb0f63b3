"""What a node was told of who may fly: authorisations, registered operators, flight plans."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from msgspec import Meta, Struct

from vedette.core.zone import Area

Time = Annotated[datetime, Meta(tz=True)]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Authorised(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One authorisation: of a drone by its serial number, or of all drones of an operator.

    serial        Remote ID serial number, as broadcast
    registration  the operator's registration number, as Remote ID's Operator ID has it; instead of a serial
    operator      shown in the reasons
    zones         Zone.id of zones where it may be; empty is all
    area          outside of this volume it has no leave; None: there is no such bound
    start, end    UTC, end is not in it; None is without limit. start_ns, end_ns: the same in nanoseconds
    reference     the authority's own number, for people
    """

    serial: str = ""
    registration: str = ""
    operator: str = ""
    zones: list[str] = []
    area: Area | None = None
    start: Time | None = None
    end: Time | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    reference: str = ""


class Operator(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One operator of the register.

    registration  its number, as Remote ID's Operator ID has it
    name          for people
    serials       Remote ID serial numbers of its drones; empty is not known, and then any may be its
    """

    registration: Annotated[str, Meta(min_length=1, max_length=40)]
    name: str = ""
    serials: list[str] = []


class Flight(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """One flight plan of a manned aircraft. It gives the reason; no verdict rests on it.

    callsign    as the transponder sends it; icao24: its address, six hexadecimal digits. Both must fit
                where both are named
    start, end  UTC, end is not in it; None is without limit
    reference   what people call the plan
    """

    callsign: Annotated[str, Meta(pattern="^[A-Z0-9]{1,8}$")] | None = None
    icao24: Annotated[str, Meta(pattern="^[0-9A-Fa-f]{6}$")] | None = None
    operator: str = ""
    start: Time | None = None
    end: Time | None = None
    reference: str = ""


class Leaves(Struct, frozen=True, kw_only=True):
    """All of it."""

    authorised: tuple[Authorised, ...] = ()
    operators: tuple[Operator, ...] = ()
    flights: tuple[Flight, ...] = ()

    def beside(self, more: "Leaves") -> "Leaves":
        """Both together."""
        return Leaves(
            authorised=(*self.authorised, *more.authorised),
            operators=(*self.operators, *more.operators),
            flights=(*self.flights, *more.flights),
        )


def span_ns(leave: Authorised | Flight) -> tuple[int | None, int | None]:
    """From when on, UTC, and from when on no longer; None is without limit."""
    start_ns, end_ns = (leave.start_ns, leave.end_ns) if isinstance(leave, Authorised) else (None, None)
    return (
        start_ns if leave.start is None else _in_ns(leave.start),
        end_ns if leave.end is None else _in_ns(leave.end),
    )


def holds(leave: Authorised | Flight, now_ns: int) -> bool:
    """Whether it holds now."""
    start_ns, end_ns = span_ns(leave)
    return (start_ns is None or start_ns <= now_ns) and (end_ns is None or now_ns < end_ns)


def _in_ns(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND * 1000
