"""Receivers of webhooks: real ones on this machine, that can be away, refuse, or hang."""

import json
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from examples.webhook_receiver import Inbox
from proctor_app.clock import Clock
from proctor_app.db.partner_tables import WebhookDelivery
from proctor_app.domain.access import Role
from proctor_app.domain.webhook import KINDS
from proctor_app.services.audit import Audit
from proctor_app.services.outgoing import Outgoing
from proctor_app.services.vault import Vault
from proctor_app.services.webhook_sender import Pace, WebhookSender
from proctor_app.services.webhook_views import MadeWebhook, WebhookTerms
from proctor_app.settings import resolve_data_key
from tests.world import World

LOOPBACK = "127.0.0.0/8"


class Mode(Enum):
    TAKES = auto()
    AWAY = auto()  # nobody listens
    REFUSES = auto()  # with the status
    HANGS = auto()  # listens, and never answers


class Receiver:
    """messages: what was taken, in its order; tries: all that came, with status given."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._port = _free_port()
        self._server: ThreadingHTTPServer | None = None
        self._go_on = threading.Event()
        self._mode = Mode.AWAY
        self._inbox: Inbox | None = None
        self.status = 503
        self.headers: Mapping[str, str] = {}
        self.answer = b""
        self.messages: list[dict[str, Any]] = []
        self.tries: list[tuple[dict[str, str], int]] = []
        self.on_message: Callable[[int], None] = lambda _number: None
        self.on_taken: Callable[[int], None] = lambda _number: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}/hook"

    @property
    def ids(self) -> list[str]:
        return [str(message["id"]) for message in self.messages]

    @property
    def by_attempt(self) -> dict[str, list[str]]:
        """Ids of what was taken, in its order."""
        found = defaultdict(list)
        for message in self.messages:
            found[str(message["attempt"]["id"])].append(str(message["id"]))
        return dict(found)

    def trust(self, secret: str, clock: Clock | None = None) -> None:
        """Know the secret from now on; the clock: by which a message is an old one."""
        self._clock = clock or self._clock
        if self._inbox is None:
            self._inbox = Inbox(secret, self.messages.append, lambda: self._clock().timestamp())

    def forget(self) -> None:
        self._inbox = None

    def be(self, mode: Mode) -> None:
        self._mode = mode
        self._go_on.set()
        if mode is Mode.AWAY:
            self.close()
        elif self._server is None:
            self._server = _Server(("127.0.0.1", self._port), _handler(self))
            threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        if mode is Mode.HANGS:
            self._go_on = threading.Event()

    def close(self) -> None:
        self._go_on.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def take(self, headers: dict[str, str], body: bytes) -> int | None:
        """None: no answer at all."""
        if self._mode is Mode.HANGS:
            self._go_on.wait()
            return None
        if self._mode is not Mode.TAKES:
            self.tries.append((headers, self.status))
            return self.status
        assert self._inbox is not None
        self.on_message(len(self.messages))
        status = self._inbox.take(headers, body)
        self.tries.append((headers, status))
        self.on_taken(len(self.messages))
        return status


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever gave up waiting is no trouble of ours."""


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = receiver.take(headers, body)
            if status is None:
                return
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(receiver.answer)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    return Handler


@contextmanager
def receiving(clock: Clock) -> Iterator[Receiver]:
    receiver = Receiver(clock)
    try:
        yield receiver
    finally:
        receiver.close()


class Quick:
    """A clock that runs faster than the world, and never behind the installation's own."""

    def __init__(self, world: World, speed: float) -> None:
        self._world = world
        self._speed = speed
        self._began_s, self._began = time.monotonic(), world.clock()

    def __call__(self) -> datetime:
        passed = timedelta(seconds=(time.monotonic() - self._began_s) * self._speed)
        return max(self._world.clock(), self._began + passed)


def sender(world: World, clock: Clock | None = None, **pace: float | int) -> WebhookSender:
    """Another worker's sender over the same database."""
    vault = Vault(resolve_data_key(world.settings))
    told = Pace(**{"poll_s": 0.01, **pace})  # type: ignore[arg-type]
    audit, clock = Audit(world.database, world.clock), clock or world.clock
    return WebhookSender(
        world.database, Outgoing((LOOPBACK,)), vault, audit, clock, told, lambda: 0.5
    )


def hook(world: World, receiver: Receiver, kinds: Sequence[str] = KINDS) -> MadeWebhook:
    """A webhook of the receiver, which knows its secret."""
    admin = world.person(Role.ADMIN)
    made = world.services.webhooks.create(admin.actor, WebhookTerms(receiver.url, tuple(kinds)))
    receiver.trust(made.secret)
    return made


def outbox(world: World) -> list[WebhookDelivery]:
    return world.rows(WebhookDelivery)


def bodies(world: World) -> list[dict[str, Any]]:
    return [json.loads(row.body) for row in outbox(world)]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def utc_now() -> datetime:
    return datetime.now(UTC)
