"""No request body grows beyond what its route takes, whatever length it claims to have.

Bodies are read before it is known who sends them, and JSON is parsed on the event loop: so only
the few routes that take pictures, exams or files may be sent much, and the others little.
"""

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from proctor_app.api.errors import answer
from proctor_app.errors import TooLarge
from proctor_app.vision.frame import PHOTO_LIMITS

MAX_BODY_BYTES = PHOTO_LIMITS.max_bytes + 64 * 1024
"""The largest photo, with room for the form around it."""
MAX_TEXT_BYTES = 1024 * 1024
"""An essay of 50,000 letters, each written as two escapes of six bytes, and what goes with it."""
MAX_SMALL_BYTES = 64 * 1024
_ONE = r"[^/]+"
_LARGE = re.compile(
    r"/api/v1/auth/(signup|login/face)|/api/v1/me/face|/admin/exams"
    rf"|/api/v1/exams(/import|/{_ONE}|/{_ONE}/pictures|/{_ONE}/roster/import)?"
    r"|/_.*"  # the pages' own, which have limits of their own
)
_TEXT = re.compile(
    rf"/api/v1/attempts/{_ONE}/(signals|answers/{_ONE})|/api/(monitor|proctor)/{_ONE}"
)


class BodyTooLarge(TooLarge):
    code = "body_too_large"

    def __init__(self, most: int) -> None:
        super().__init__(detail=f"A request to this address has at most {most} bytes.")


class BodyLimit:
    """ASGI middleware: refuses by Content-Length, and counts where none is given."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = most_bytes(scope["path"])
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > most:
            refused = BodyTooLarge(most)
            await answer(413, refused.code, refused.detail)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > most:
                raise BodyTooLarge(most)
            return message

        await self._app(scope, counted, send)


def most_bytes(path: str) -> int:
    """How large a body sent to this address may be."""
    if _LARGE.fullmatch(path):
        return MAX_BODY_BYTES
    return MAX_TEXT_BYTES if _TEXT.fullmatch(path) else MAX_SMALL_BYTES
