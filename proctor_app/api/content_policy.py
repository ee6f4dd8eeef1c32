"""The content security policy of every page: nothing from elsewhere, and of scripts in the page
itself only those it was built with, named by their hashes."""

import asyncio
import base64
import gzip
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL | re.IGNORECASE)
_MOST_BYTES = 2 * 1024 * 1024
_SCRIPTS = "script-src 'self' 'unsafe-eval'"
"""Reflex's front end evaluates what its server sends (toasts are such events), never markup."""
_RULES = (
    "default-src 'none'",
    "style-src 'self' 'unsafe-inline'",  # Radix and Emotion set styles on elements
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
)


class ContentPolicy:
    """ASGI middleware: reads each HTML answer before it goes out, and adds the policy for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message | None = None
        body = bytearray()

        async def held(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_html(message):
                start = message
                return
            if start is None:
                await send(message)
                return
            if message["type"] == "http.response.pathsend":  # a file the server would send itself
                read = await asyncio.to_thread(Path(message["path"]).read_bytes)
                message = {"type": "http.response.body", "body": read}
            body.extend(message.get("body", b""))
            if message.get("more_body", False) and len(body) <= _MOST_BYTES:
                return
            whole = not message.get("more_body", False)
            headers = MutableHeaders(raw=start["headers"])
            text = _plain(bytes(body), headers.get("content-encoding", "")) if whole else b""
            headers["content-security-policy"] = policy(text)
            first, start = start, None
            await send(first)
            await send({**message, "body": bytes(body)})

        await self._app(scope, receive, held)


@lru_cache(maxsize=256)
def policy(html: bytes) -> str:
    """The policy of a page: its inline scripts by hash, and files of our own."""
    scripts = dict.fromkeys(_hash(script) for script in _SCRIPT.findall(html))
    return "; ".join((*_RULES, " ".join((_SCRIPTS, *scripts))))


def _hash(script: bytes) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def _is_html(message: Message) -> bool:
    """Whether it is a page without a policy of its own, as reports have one."""
    headers = MutableHeaders(raw=list(message["headers"]))
    is_page = headers.get("content-type", "").startswith("text/html")
    return is_page and "content-security-policy" not in headers


def _plain(body: bytes, encoding: str) -> bytes:
    return gzip.decompress(body) if encoding == "gzip" else body
