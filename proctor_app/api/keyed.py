"""Machines that come with an API key instead of somebody's log-in."""

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from proctor_app.api import scopes
from proctor_app.domain.access import Actor
from proctor_app.errors import NotAuthenticated
from proctor_app.services.key_door import KeyDoor
from proctor_app.services.throttle import Rate

HEADER = "x-api-key"


def actor_of_key(request: Request, door: KeyDoor, address: str) -> Actor | None:
    """Whom the key of this request acts for, None where it comes without one.

    Raises NotAuthenticated, NotAllowed (not this route), Throttled (its rate, its quota).
    """
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    if len(given) > 1 or "authorization" in request.headers:
        raise NotAuthenticated("two_credentials", "Send an API key or a token, not both.")
    key = door.authenticate(given[0].strip(), address)
    request.state.key_rate = rate = door.rate(key)
    if rate.allowed:
        scopes.check(key.scopes, request.method, request.scope["route"].path)
    door.admit(key, rate)
    return key.actor


class RateHeaders:
    """ASGI middleware: answers to keys tell what is left of the key's minute, also those that
    refuse. Names as in draft-ietf-httpapi-ratelimit-headers-06; the reset is in seconds."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})

        async def told(message: Message) -> None:
            rate = state.get("key_rate")
            if message["type"] == "http.response.start" and isinstance(rate, Rate):
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Limit"] = str(rate.limit)
                headers["RateLimit-Remaining"] = str(rate.remaining)
                headers["RateLimit-Reset"] = str(rate.reset_s)
            await send(message)

        await self._app(scope, receive, told)
