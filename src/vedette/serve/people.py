"""The endpoints about log-ins: whose this one is, and who else has one."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from vedette.serve.guard import WHO
from vedette.serve.rights import RIGHTS, Who
from vedette.serve.users import Users


class People:
    """The endpoints."""

    def __init__(self, users: Users | None) -> None:
        """Tell of these persons; None is none."""
        self._users = users

    async def me(self, request: Request) -> Response:
        """GET /api/v1/me."""
        who: Who = request.scope[WHO]
        told = {
            "role": who.role,
            "person": who.name,
            "author": who.author(),
            "rights": sorted(RIGHTS[who.role]),
        }
        return Response(msgspec.json.encode(told), media_type="application/json")

    async def users(self, request: Request) -> Response:
        """GET /api/v1/users: names, roles and times, nothing of their tokens."""
        known = [] if self._users is None else self._users.all
        told = [
            {"name": u.name, "role": u.role, "since_ns": u.since_ns, "until_ns": u.until_ns} for u in known
        ]
        return Response(msgspec.json.encode({"users": told}), media_type="application/json")
