"""A server of the page asked without a socket, and whoever takes a decision and notes it."""

import asyncio

import httpx
import msgspec


def ask(app, method, path, token=None, cookies=None, headers=None, **more):
    """The answer of an application to one request of a log-in."""
    sent = {} if token is None else {"authorization": f"Bearer {token}"}

    async def asked():
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", cookies=cookies
        ) as one:
            return await one.request(method, path, headers=sent | (headers or {}), **more)

    return asyncio.run(asked())


class PaperDecider:
    """Notes decisions; refuses those that `refuses` says."""

    def __init__(self, refuses):
        self.told = []
        self._refuses = refuses

    async def decide(self, decision):
        self.told.append(decision)
        status = 409 if self._refuses(decision) else 200
        return status, msgspec.json.encode({"status": status, "said": decision.do})
