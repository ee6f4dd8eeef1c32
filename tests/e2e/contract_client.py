"""Clients of the two public systems, written from what those documented and nothing else: nothing
of this program is imported here, and no answer is read but by the names the contract gives."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

Document = dict[str, Any]
_PATIENCE_S = 60.0
_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Stream:
    """The WebSocket of one candidate; keeps whatever the server says in ``heard``."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.heard: list[Document] = []

    def send(self, message: bytes | str | Document) -> None:
        """Binary as it is, text as it is, a document as JSON."""
        self._connection.send(json.dumps(message) if isinstance(message, dict) else message)

    def hear(self, *kinds: str) -> Document:
        """The next message of one of these types."""
        until_s = time.monotonic() + _PATIENCE_S
        while True:
            message: Document = json.loads(self._connection.recv(until_s - time.monotonic()))
            self.heard.append(message)
            if message["type"] in kinds:
                return message

    def answer_to(self, message: bytes | str | Document) -> Document:
        """Send a frame or an event; what it is answered by: ``ack`` or ``error``."""
        self.send(message)
        return self.hear("ack", "error")

    def hear_of(self, event: str) -> Document:
        """The incident with this text, once it was told of."""
        while True:
            found = [item for item in self.logs() if item["event"] == event]
            if found:
                return found[0]
            self.hear("logs")

    def logs(self) -> list[Document]:
        """Every incident that was told of so far."""
        told = [message for message in self.heard if message["type"] == "logs"]
        assert all(message["stored"] is True for message in told)
        return [item for message in told for item in message["data"]]

    def stream_until(self, event: str, frames: Iterator[bytes | str | Document]) -> Document:
        """Send frames, each after the last one's answer, until the event was told."""
        until_s = time.monotonic() + _PATIENCE_S
        for frame in frames:
            assert self.answer_to(frame)["type"] == "ack"
            found = [item for item in self.logs() if item["event"] == event]
            if found:
                return found[0]
            assert time.monotonic() < until_s, f"no {event!r} among {self.logs()}"
            time.sleep(0.1)
        raise AssertionError(f"the frames ended before {event!r}")

    def close_code(self) -> int | None:
        """With which code the server ends the connection."""
        try:
            self.hear("never sent")
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
        raise AssertionError("the connection is open")

    def close(self) -> None:
        self._connection.close()


class FirstSystem:
    """A program for the system with ``/api/v1/exam/start/{user_id}`` and frames by WebSocket."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=_PATIENCE_S)
        self.id = ""
        self.token = ""

    def sign_up(self, email: str, password: str, face: bytes, **more: str) -> httpx.Response:
        fields = {"email": email, "password": password, **more}
        files = {"image": ("face.png", face, "image/png")}
        return self.http.post("/api/v1/auth/signup", data=fields, files=files)

    def log_in(self, email: str, password: str, field: str = "email") -> Document:
        """Log in by form; later calls carry the token."""
        form = {field: email, "password": password}
        answer = self.http.post("/api/v1/auth/login/password", data=form)
        assert answer.status_code == 200, answer.text
        assert "set-cookie" not in answer.headers
        found: Document = answer.json()
        self.id, self.token = found["id"], found["access_token"]
        self.http.headers["Authorization"] = f"Bearer {self.token}"
        return found

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path)

    def post(self, path: str, body: Document | None = None) -> httpx.Response:
        return self.http.post(path, json=body)

    def exam(self, verb: str, user_id: str = "", body: Document | None = None) -> Document:
        """``start``, ``pause``, ``resume``, ``stop`` or ``clear-logs``; without an id one's own."""
        answer = self.post(f"/api/v1/exam/{verb}/{user_id or self.id}", body)
        assert answer.status_code == 200, answer.text
        found: Document = answer.json()
        return found

    def look(self, what: str, user_id: str = "") -> Document:
        """``session`` or ``summary``."""
        answer = self.get(f"/api/v1/exam/{what}/{user_id or self.id}")
        assert answer.status_code == 200, answer.text
        found: Document = answer.json()
        return found

    @contextmanager
    def stream(
        self, start: Document, *, ticket_in_message: bool = False, origin: str | None = None
    ) -> Iterator[Stream]:
        """Open ``wsUrl`` with the ticket in its address, or as the first message."""
        ticket = start["wsConfig"]["token"]
        address = start["wsUrl"] if ticket_in_message else f"{start['wsUrl']}?token={ticket}"
        with self.open(address, origin) as stream:
            if ticket_in_message:
                stream.send({"type": "auth", "token": ticket})
            yield stream

    @contextmanager
    def open(self, address: str, origin: str | None = None) -> Iterator[Stream]:
        headers = {"Origin": origin} if origin else {}
        with connect(
            address, additional_headers=headers, proxy=None, open_timeout=_PATIENCE_S
        ) as connection:
            yield Stream(connection)


class SecondSystem:
    """A program for the system with ``/login``, ``/admin/...`` and ``/api/monitor/...``."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=_PATIENCE_S)

    def log_in(self, who: str, password: str, field: str = "email") -> httpx.Response:
        """Log in by form; later calls carry the cookie."""
        return self.http.post("/login", data={field: who, "password": password})

    def page(self, path: str) -> httpx.Response:
        """As a browser asks for it."""
        return self.http.get(path, headers={"Accept": _BROWSER}, follow_redirects=True)

    def document(self, path: str) -> Document:
        """As a program asks for it."""
        answer = self.http.get(path, headers={"Accept": "application/json"})
        assert answer.status_code == 200, answer.text
        found: Document = answer.json()
        return found

    def tell(self, path: str, body: Document) -> httpx.Response:
        return self.http.post(path, json=body)


def as_base64(frame: bytes) -> str:
    return base64.b64encode(frame).decode()


def in_every_form(frames: Iterator[bytes]) -> Iterator[bytes | str | Document]:
    """Frames, each in the next of the forms that a client may send."""
    for number, frame in enumerate(frames):
        text = as_base64(frame)
        forms: tuple[bytes | str | Document, ...] = (
            frame,
            text,
            f"data:image/jpeg;base64,{text}",
            {"type": "frame", "seq": number, "image": text},
        )
        yield forms[number % len(forms)]
