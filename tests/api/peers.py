"""A client at the other end of the WebSocket, on the server's own loop: whatever a server hands on,
it can send, and nothing that comes back escapes it."""

import asyncio
import json
from collections import Counter
from typing import Any

from starlette.types import ASGIApp, Message

_PATIENCE_S = 30.0
_KEYS: dict[str, set[str]] = {
    "ack": {"seq"},
    "status": {"face", "face_box", "quality", "open", "degraded"},
    "logs": {"data", "stored"},
    "control": {"action", "kind", "text", "time"},
    "error": {"code", "detail"},
    "pong": set(),
}
"""Every documented message, and what is in it at least."""
_LOGGED = {"event", "time", "event_type", "severity", "confidence", "incident_id", "phase"}
CLOSES = {1000, 1009, 1013, 4401, 4403, 4409}


def check_message(text: str) -> dict[str, Any]:
    """The message, which is one of those that are documented."""
    message: dict[str, Any] = json.loads(text)
    kind = message["type"]
    assert kind in _KEYS, message
    assert _KEYS[kind] <= message.keys(), message
    if kind == "logs":
        assert message["stored"] is True
        assert all(item.keys() == _LOGGED for item in message["data"]), message
    if kind == "error":
        assert message["code"].replace("_", "").isalnum(), message
        assert message["detail"], message
    return message


class Peer:
    """One connection; make it on the loop that the application lives on."""

    def __init__(self, app: ASGIApp, path: str, query: str = "", origin: str = "") -> None:
        self.said: list[dict[str, Any]] = []
        self.closed: int | None = None
        self._to_app: asyncio.Queue[Message] = asyncio.Queue()
        self._news = asyncio.Condition()
        self._read: Counter[str] = Counter()
        self.reading = asyncio.Event()
        self.reading.set()
        headers = [(b"host", b"testserver")]
        if origin:
            headers.append((b"origin", origin.encode()))
        scope = {
            "type": "websocket",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "scheme": "ws",
            "headers": headers,
            "client": ("192.0.2.7", 50000),
            "server": ("testserver", 80),
            "subprotocols": [],
            "state": {},
        }
        self.send({"type": "websocket.connect"})
        self.served = asyncio.ensure_future(app(scope, self._to_app.get, self._hear))

    def send(self, message: Message) -> None:
        self._to_app.put_nowait(message)

    def say(self, content: str | bytes) -> None:
        kind = "bytes" if isinstance(content, bytes) else "text"
        self.send({"type": "websocket.receive", kind: content})

    async def leave(self, code: int = 1006) -> None:
        """Be gone, as the server is told it; raises what the application raised."""
        self.send({"type": "websocket.disconnect", "code": code})
        async with asyncio.timeout(_PATIENCE_S):
            await self.served

    async def next(self, kind: str) -> dict[str, Any]:
        """The next message of this type; each type is read by itself."""
        async with asyncio.timeout(_PATIENCE_S), self._news:
            await self._news.wait_for(lambda: self._unread(kind) or self._is_over)
            unread = self._unread(kind)
            assert unread, f"closed with {self.closed}"
            self._read[kind] += 1
            return unread[0]

    def _unread(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.said if message["type"] == kind][self._read[kind] :]

    @property
    def _is_over(self) -> bool:
        return self.closed is not None

    async def _hear(self, message: Message) -> None:
        assert self.closed is None, f"{message} after its end"
        await self.reading.wait()
        async with self._news:
            if message["type"] == "websocket.send":
                self.said.append(check_message(message["text"]))
            elif message["type"] == "websocket.close":
                assert message["code"] in CLOSES, message
                self.closed = message["code"]
            else:
                assert message["type"] == "websocket.accept", message
            self._news.notify_all()
