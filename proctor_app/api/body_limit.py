"""No request body grows beyond what any route takes, whatever length it claims to have."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from proctor_app.api.errors import answer
from proctor_app.errors import TooLarge
from proctor_app.vision.frame import PHOTO_LIMITS

MAX_BODY_BYTES = PHOTO_LIMITS.max_bytes + 64 * 1024
"""The largest photo, with room for the form around it."""


class BodyTooLarge(TooLarge):
    code = "body_too_large"
    detail = f"A request has at most {MAX_BODY_BYTES} bytes."


class BodyLimit:
    """ASGI middleware: refuses by Content-Length, and counts where none is given."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            await answer(413, BodyTooLarge.code, BodyTooLarge.detail)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAX_BODY_BYTES:
                raise BodyTooLarge
            return message

        await self._app(scope, counted, send)
