"""Who may fly, as it is told to people: what the stage knows, in the words of `core.leave`."""

from vedette.core.leave import Leave, plain
from vedette.identify.leaves import Authorised, Flight, Leaves, Operator, span_ns


def as_told(leaves: Leaves) -> list[Leave]:
    """Every authorisation and every flight plan, in their order."""
    operators = {plain(one.registration): one for one in leaves.operators}
    return [
        *(_authorised(one, operators) for one in leaves.authorised),
        *(_flight(one) for one in leaves.flights),
    ]


def _authorised(one: Authorised, operators: dict[str, Operator]) -> Leave:
    start_ns, end_ns = span_ns(one)
    number = plain(one.registration)
    known = operators.get(number)
    serials = [one.serial] if one.serial else [] if known is None else known.serials
    return Leave(
        kind="authorisation",
        holder=one.operator or ("" if known is None else known.name),
        who=one.serial or f"all drones of {one.registration}",
        zones=one.zones,
        area=one.area,
        start_ns=start_ns,
        end_ns=end_ns,
        reference=one.reference,
        serials=serials,
        registration="" if serials else number,
    )


def _flight(one: Flight) -> Leave:
    start_ns, end_ns = span_ns(one)
    return Leave(
        kind="flight-plan",
        holder=one.operator,
        who=" ".join(name for name in (one.callsign, one.icao24) if name),
        start_ns=start_ns,
        end_ns=end_ns,
        reference=one.reference,
        callsign=one.callsign or "",
        icao24=one.icao24 or "",
    )
