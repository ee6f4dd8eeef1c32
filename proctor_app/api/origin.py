"""Whose page is calling: browsers name the origin, and only our own may act with a cookie.

Guards every WebSocket but ``/ws`` (which answers with its own close code) and every request that
changes something. A missing Origin is no browser's cross-site call and is accepted.
"""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from proctor_app.api.errors import answer

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
FROM_ELSEWHERE = frozenset({"/lti/login", "/lti/launch"})
"""Learning platforms send forms here. Neither acts with the session cookie: the first says where
to log in, the second is believed by a signature and a cookie of the launch's own."""
_SECURITY_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), microphone=(), geolocation=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
]


def origin_of(request: Request) -> str:
    """Where this request says that the installation is reached."""
    return f"{request.url.scheme}://{request.headers.get('host', '')}"


def is_own(origin: str, host: str, allowed: tuple[str, ...]) -> bool:
    """Tell whether an Origin header names this site (the Host asked for) or an allowed one."""
    if not origin:
        return True
    try:
        site = urlsplit(origin).netloc
    except ValueError:
        return False
    return (site != "" and site == host) or origin.rstrip("/") in allowed


class OriginGuard:
    """ASGI middleware: refuses foreign origins, adds the security headers to every answer."""

    def __init__(self, app: ASGIApp, allowed: tuple[str, ...]) -> None:
        self._app = app
        self._allowed = allowed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            if scope["path"].startswith("/ws/") or self._own(scope):
                await self._app(scope, receive, send)
            else:
                await send({"type": "websocket.close", "code": 4403})
            return
        is_guarded = scope["method"] not in _SAFE and scope["path"] not in FROM_ELSEWHERE
        if is_guarded and not self._own(scope):
            refusal = answer(403, "foreign_origin", "Requests from other sites are refused.")
            await refusal(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_SECURITY_HEADERS]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    def _own(self, scope: Scope) -> bool:
        headers = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        return is_own(origin, headers.get(b"host", b"").decode("latin-1"), self._allowed)
