"""Leave: who may fly, where and when, as it is told to people. What follows from it is `identify`'s."""

import re
from functools import lru_cache
from typing import Final, Literal

from msgspec import Struct

from vedette.core.zone import Area

# An operator of the European Union may send the three secret signs behind its number; they name nobody else.
# The number itself has 16, the first three of which are the country's.
# Source: EASA, AMC1 Article 14(6) of Regulation (EU) 2019/947.
_WITH_SECRET: Final = re.compile(r"^([a-z]{3}[a-z0-9]{13})-[a-z0-9]{3}$")


class Leave(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One authorisation of a drone or of an operator's drones, or one flight plan of a manned aircraft.

    holder            the operator, in words; empty is not told
    who               what flies, in words: a serial number, "all drones of …", a callsign
    zones             Zone.id of zones where it may be
    area              outside of this volume it has no leave. Without zones and area it holds everywhere
    start_ns, end_ns  UTC, the end is not in it; None is without limit
    reference         the authority's own number, or what people call the plan
    serials           Remote IDs that it is heard under; any that its operator is known for
    registration      Operator ID that it is heard under where no serial is known, as `plain` has it
    callsign, icao24  what a manned aircraft is heard under; both must fit where both are given
    """

    kind: Literal["authorisation", "flight-plan"]
    holder: str = ""
    who: str = ""
    zones: list[str] = []
    area: Area | None = None
    start_ns: int | None = None
    end_ns: int | None = None
    reference: str = ""
    serials: list[str] = []
    registration: str = ""
    callsign: str = ""
    icao24: str = ""

    def holds(self, now_ns: int) -> bool:
        """Whether it holds now."""
        begun = self.start_ns is None or self.start_ns <= now_ns
        return begun and (self.end_ns is None or now_ns < self.end_ns)


@lru_cache(maxsize=4096)
def plain(registration: str) -> str:
    """A registration number as two writings of it are compared: without case, blanks and secret signs."""
    text = registration.strip().casefold()
    found = _WITH_SECRET.match(text)
    return found[1] if found else text
