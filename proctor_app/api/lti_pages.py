"""Small pages of our own between a learning platform and the app: why somebody can't come in, and
the form that takes an answer back. Each has a policy of its own; nothing frames them."""

import base64
import hashlib
from collections.abc import Callable, Coroutine
from html import escape
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute

from proctor_app.api.accept import wants_page
from proctor_app.api.errors import status_of
from proctor_app.errors import Invalid, ProctorError, Throttled

_STYLE = (
    ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:0}"
    "main{max-width:34rem;margin:12vh auto;padding:0 1.5rem}h1{font-size:1.4rem}"
    "small{opacity:.8}a,button{font:inherit}"
)
_SEND = "document.forms[0].submit()"
_NO_STORE = {"Cache-Control": "no-store"}


class PeopleRoute(APIRoute):
    """Answers errors with a page to whoever asks for one, as browsers on their way do."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except (ProctorError, RequestValidationError) as error:
                if not asks_for_page(request):
                    raise
                known = error if isinstance(error, ProctorError) else _not_whole()
                return refusal(known)

        return answered


def asks_for_page(request: Request) -> bool:
    return wants_page(request.headers.get("accept", ""))


def refusal(error: ProctorError, *, logged_in: bool = False) -> HTMLResponse:
    """Why not, in words. logged_in: whether there is a first page to go to."""
    way = '<p><a href="/dashboard">My exams</a></p>' if logged_in else ""
    body = (
        f"<h1>This did not work</h1><p>{escape(error.detail)}</p>{way}"
        f"<p><small>Code: {escape(error.code)}</small></p>"
    )
    headers = {"Content-Security-Policy": _policy()} | _NO_STORE
    if isinstance(error, Throttled):
        headers["Retry-After"] = str(error.retry_after_s)
    return HTMLResponse(_page("Proctor", body), status_of(error), headers)


def returning(url: str, origin: str, token: str) -> HTMLResponse:
    """A form that takes the token to the platform by itself, and by a button without scripts.
    origin: the one it may be sent to."""
    body = (
        f'<h1>Back to your course</h1><form method="post" action="{escape(url)}">'
        f'<input type="hidden" name="JWT" value="{escape(token)}">'
        f"<p><button>Go on</button></p></form><script>{_SEND}</script>"
    )
    policy = _policy(f"form-action {origin}", f"script-src {_hash(_SEND)}")
    headers = {"Content-Security-Policy": policy} | _NO_STORE
    return HTMLResponse(_page("Back to your course", body), 200, headers)


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    )


def _policy(*more: str) -> str:
    named = {rule.partition(" ")[0] for rule in more}
    rules = ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"]
    rules += [f"style-src {_hash(_STYLE)}"]
    rules += [] if "form-action" in named else ["form-action 'none'"]
    return "; ".join((*rules, *more))


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _not_whole() -> Invalid:
    return Invalid("invalid_request", "The learning platform's request is not whole.")
