"""Who may do what: one table of roles and one of addresses. What stands in neither, nobody may.

watch          the watch officer: sees, answers for alerts, leads incidents
supervisor     the same, and closes, reviews, and corrects what others entered
analyst        sees, adds notes and evidence, proves and exports the ledger
administrator  sees, looks after the node and its users; decides nothing
partner        gets what is released to it, which is nothing yet
director       of an exercise: sees and steers it
owner          whoever has the node's own token: all but directing, which is not for trainees
"""

import re
from typing import Final, Literal

from msgspec import Struct

Role = Literal["watch", "supervisor", "analyst", "administrator", "partner", "director", "owner"]
Right = Literal[
    "me", "page", "read", "acknowledge", "suppress", "note", "act", "close", "hand-over", "correct",
    "correct-any", "ledger", "metrics", "users", "direct",
    "decide-closure",
]  # fmt: skip

_LOOKING: Final[frozenset[Right]] = frozenset({"me", "page", "read"})
_WATCHING: Final[frozenset[Right]] = _LOOKING | {
    "acknowledge", "suppress", "note", "act", "hand-over", "correct", "decide-closure"
}  # fmt: skip

RIGHTS: Final[dict[Role, frozenset[Right]]] = {
    "watch": _WATCHING,
    "supervisor": _WATCHING | {"close", "correct-any", "ledger"},
    "analyst": _LOOKING | {"note", "correct", "ledger"},
    "administrator": _LOOKING | {"metrics", "users"},
    "partner": frozenset({"me"}),
    "director": _LOOKING | {"acknowledge", "suppress", "note", "direct"},
    "owner": _WATCHING | {"close", "correct-any", "ledger", "metrics", "users"},
}

# What may be done to an alert with one address, by the word in the body.
DECISIONS: Final[dict[str, Right]] = {
    "acknowledge": "acknowledge",
    "suppress": "suppress",
    "unsuppress": "suppress",
}

# What may be entered about an incident: its address, the kind of the entry, the right.
STEPS: Final[dict[str, tuple[str, Right]]] = {
    "note": ("note", "note"),
    "assess": ("incident-assessed", "act"),
    "respond": ("incident-responding", "act"),
    "close": ("incident-closed", "close"),
    "review": ("incident-reviewed", "close"),
    "task": ("task-set", "act"),
    "done": ("task-done", "act"),
    "decide": ("decided", "act"),
    "hand-over": ("handed-over", "hand-over"),
    "seen": ("seen", "read"),
    "correct": ("corrected", "correct"),
}

_INCIDENT: Final = "/api/v1/incidents/{incident}"

# (method, address) → the right that it takes; HEAD counts as GET. What is open to all stands in guard.py.
ADDRESSES: Final[dict[tuple[str, str], Right]] = {
    ("GET", "/api/v1/me"): "me",
    ("GET", "/logout"): "me",
    ("POST", "/logout"): "me",
    ("GET", "/"): "page",
    ("GET", "/api/docs"): "page",
    ("GET", "/api/v1/openapi.json"): "page",
    ("GET", "/api/v1/tracks"): "read",
    ("GET", "/api/v1/tracks/{track_id}"): "read",
    ("GET", "/api/v1/alerts"): "read",
    ("GET", "/api/v1/sensors"): "read",
    ("GET", "/api/v1/zones"): "read",
    ("GET", "/api/v1/leaves"): "read",
    ("GET", "/api/v1/interference"): "read",
    ("GET", "/api/v1/status"): "read",
    ("GET", "/api/v1/history"): "read",
    ("GET", "/api/v1/picture"): "read",
    ("POST", "/api/v1/alerts/{alert_id}"): "acknowledge",
    ("GET", "/api/v1/incidents"): "read",
    ("POST", "/api/v1/incidents"): "act",
    ("GET", _INCIDENT): "read",
    **{("POST", f"{_INCIDENT}/{step}"): right for step, (_, right) in STEPS.items()},
    ("POST", f"{_INCIDENT}/attachments"): "note",
    ("GET", f"{_INCIDENT}/attachments/{{sha256}}"): "read",
    ("GET", "/api/v1/ledger"): "ledger",
    ("GET", "/api/v1/ledger/export"): "ledger",
    ("GET", "/api/v1/users"): "users",
    **{("GET", f"/api/v1/past{what}"): "read" for what in ("", "/frames", "/told", "/search")},
    ("GET", "/api/v1/closure"): "read",
    ("POST", "/api/v1/closure/{airport}"): "decide-closure",
    ("GET", "/metrics"): "metrics",
    ("GET", "/api/v1/exercise"): "direct",
    ("POST", "/api/v1/exercise"): "direct",
    ("GET", "/api/v1/exercise/score"): "direct",
}

_TITLES: Final[dict[Role, str]] = {"watch": "watch officer", "partner": "partner node"}
_TABLE: Final = [
    (re.compile(re.sub(r"\{\w+\}", "[^/]+", address)), method, right)
    for (method, address), right in ADDRESSES.items()
]
_GUARDED: Final = ("/api/", "/metrics")


class Who(Struct, frozen=True):
    """Whose log-in it is.

    name  of a person; empty for a token that several may have
    """

    role: Role
    name: str = ""

    def may(self, right: Right) -> bool:
        """Whether the role has a right."""
        return right in RIGHTS[self.role]

    def author(self, said: str = "") -> str:
        """How it signs. said: initials, which count only where the log-in names no person."""
        title = title_of(self.role)
        return f"{self.name} ({title})" if self.name else f"{title} {said}".strip()


def title_of(role: Role) -> str:
    """A role in words."""
    return _TITLES.get(role, role)


def right_for(method: str, path: str) -> Right | int:
    """The right that a request takes; 404 or 405 where the table has no such address or method.

    Files of the page are no addresses of the table: they take the right to the page.
    """
    method = "GET" if method == "HEAD" else method
    known = [(m, right) for pattern, m, right in _TABLE if pattern.fullmatch(path)]
    for m, right in known:
        if m == method:
            return right
    if known:
        return 405
    return 404 if path.startswith(_GUARDED) else "page"
