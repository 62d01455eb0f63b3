"""GET /api/v1/leaves: who may fly now and soon, and which of them is heard or seen flying.

    GET /api/v1/leaves?soon_s=43200

A track counts as the flight of a leave that it is heard under, wherever it is: whether it may be there is the
verdict of its identity, which is told beside it.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from vedette.core.claim import Claim
from vedette.core.identity import Identity
from vedette.core.leave import Leave, plain
from vedette.core.units import NS_PER_S
from vedette.serve.live import LiveState
from vedette.serve.rest import RequestError

_SOON_S: Final = 86_400
_MOST_SOON_S: Final = 366 * 86_400
MOST: Final = 500  # leaves in one answer
Flying = dict[str, Any]


class LeaveList:
    """The endpoint."""

    def __init__(self, state: LiveState) -> None:
        """Answer from state."""
        self._state = state

    async def tell(self, request: Request) -> Response:
        """GET /api/v1/leaves."""
        soon_s = _soon_s(request.query_params.get("soon_s", str(_SOON_S)))
        state = self._state
        now_ns = state.now_ns() if state.time_ns is None else state.time_ns
        told = listed(state.leaves or (), shown(state), now_ns, now_ns + soon_s * NS_PER_S)
        body = {"time_ns": now_ns, "known": state.leaves is not None, "soon_s": soon_s, **told}
        return Response(msgspec.json.encode(body), media_type="application/json")


def shown(state: LiveState) -> list[Identity]:
    """Identities of the tracks that are in the picture."""
    return [one for track_id, one in state.identities.items() if state.track(track_id) is not None]


def listed(
    leaves: Iterable[Leave], identities: Iterable[Identity], now_ns: int, until_ns: int
) -> dict[str, Any]:
    """The leaves that hold now or begin before until_ns, those that are flown first.

    leaves  with holds and flying; later: how many begin after that; over: how many have ended; left_off: how
            many of those that are wanted found no room
    """
    by_name = _by_name(identities)
    rows, later, over = [], 0, 0
    for leave in leaves:
        if leave.end_ns is not None and leave.end_ns <= now_ns:
            over += 1
        elif leave.start_ns is not None and leave.start_ns > max(now_ns, until_ns):
            later += 1
        else:
            flying = _flying(leave, by_name) if leave.holds(now_ns) else []
            rows.append({**msgspec.structs.asdict(leave), "holds": leave.holds(now_ns), "flying": flying})
    rows.sort(key=_order)
    return {"leaves": rows[:MOST], "later": later, "over": over, "left_off": max(0, len(rows) - MOST)}


def _order(row: dict[str, Any]) -> tuple[Any, ...]:
    """Flown, then holding by when it ends, then coming by when it begins."""
    at = row["end_ns"] if row["holds"] else row["start_ns"]
    return (not row["flying"], not row["holds"], at is None, at or 0, row["holder"], row["who"])


def _by_name(identities: Iterable[Identity]) -> dict[str, list[Identity]]:
    """Tracks by what they are heard under: a Remote ID, an operator, a callsign, an address."""
    found: dict[str, list[Identity]] = {}
    for one in identities:
        for name in {name for claim in one.claims for name in _names(claim)}:
            found.setdefault(name, []).append(one)
    return found


def _names(claim: Claim) -> list[str]:
    if claim.scheme == "remote_id":
        operator = [f"operator {plain(claim.operator_id)}"] if claim.operator_id else []
        return [f"serial {claim.ident}", *operator]
    if claim.scheme == "icao24":
        callsign = [f"callsign {claim.callsign}"] if claim.callsign else []
        return [f"address {claim.ident.upper()}", *callsign]
    return []


def _flying(leave: Leave, by_name: dict[str, list[Identity]]) -> list[Flying]:
    """The tracks that are heard under what a leave names."""
    if leave.kind == "flight-plan":
        found = _aircraft(leave, by_name)
    else:
        names = [f"serial {serial}" for serial in leave.serials]
        names += [f"operator {leave.registration}"] if leave.registration else []
        found = [one for name in names for one in by_name.get(name, ())]
    tracks = {one.track_id: one for one in found}
    return [_flight(one) for _, one in sorted(tracks.items())]


def _aircraft(leave: Leave, by_name: dict[str, list[Identity]]) -> list[Identity]:
    """Aircraft that answer with the address and the callsign of a plan, whichever of them it names."""
    by_address = by_name.get(f"address {leave.icao24.upper()}", [])
    by_callsign = by_name.get(f"callsign {leave.callsign}", [])
    if not (leave.icao24 and leave.callsign):
        return by_address if leave.icao24 else by_callsign
    called = {one.track_id for one in by_callsign}
    return [one for one in by_address if one.track_id in called]


def _flight(one: Identity) -> Flying:
    """A track that flies, and how that is known: seen is by others than itself, too."""
    return {
        "track_id": one.track_id,
        "label": one.label,
        "how": "seen" if one.evidence == "both" else "heard",
        "authorisation": one.authorisation,
    }


def _soon_s(text: str) -> int:
    if not text.isdecimal() or int(text[:12]) > _MOST_SOON_S:
        raise RequestError(400, f"soon_s: expected 0 to {_MOST_SOON_S} s, got {text[:40]!r}")
    return int(text)
