"""The interfaces as they are served: guarded, over real services that run on the same loop."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient, WebSocketTestSession

from proctor_app.api.app import build_api
from proctor_app.api.dependencies import ApiContext
from proctor_app.api.origin import OriginGuard
from proctor_app.services import monitoring
from tests.api import documented
from tests.fakes import jpeg
from tests.world import Person, World, build

TICK_S = 0.01


@dataclass(frozen=True, slots=True)
class Site:
    """A running installation and a client without cookies in front of it."""

    world: World
    app: FastAPI
    client: TestClient

    def start(self, who: Person) -> dict[str, Any]:
        """Start the person's own attempt; what the route answers."""
        answer = self.client.post(f"/api/v1/exam/start/{who.id}", headers=who.bearer)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    @contextmanager
    def connect(self, who: Person, **options: Any) -> Iterator[WebSocketTestSession]:
        """The WebSocket of the person's attempt, with a fresh ticket, once it is let in."""
        ticket = self.start(who)["wsConfig"]["token"]
        address = f"/ws/{who.id}?token={ticket}"
        with self.client.websocket_connect(address, **options) as socket:
            socket.send_json({"type": "ping"})
            assert socket.receive_json() == {"type": "pong"}
            yield socket

    def absent(self, who: Person, seconds: int = 3) -> str:
        """A running attempt without a face: an incident from second 3 on. Its id."""
        attempt_id: str = self.start(who)["wsConfig"]["sessionId"]
        self.world.engine.faces = 0
        for number in range(seconds):
            self.world.clock.advance(1.0)
            self.run(self.world.services.monitoring.ingest, who.actor, attempt_id, jpeg(number))
        return attempt_id

    def run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Call something on the event loop the services live on."""
        assert self.client.portal is not None
        return self.client.portal.call(function, *arguments)


MakeSite = Callable[..., Site]


class DocumentedClient(TestClient):
    """Holds every answer of every test against the published document."""

    def request(self, method: str, url: Any, **options: Any) -> Any:
        answer = super().request(method, url, **options)
        documented.check(method, answer.request.url.path, answer)
        return answer


@pytest.fixture
def make_site(
    sqlite_url: str, tmp_path: Path, cheap_passwords: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeSite]:
    """Serve an installation with settings of its own."""
    monkeypatch.setattr(monitoring, "TICK_S", TICK_S)
    opened: list[TestClient] = []

    def make(**environ: str) -> Site:
        world = build(tmp_path, sqlite_url, **environ)
        settings = world.settings
        app = build_api(
            ApiContext(world.services, settings.allowed_origins, settings.secure_cookies)
        )
        app.router.lifespan_context = _lifespan(world)
        guarded = OriginGuard(app, settings.allowed_origins)
        client = DocumentedClient(guarded, follow_redirects=False)
        opened.append(client)
        return Site(world, app, client.__enter__())

    yield make
    for client in opened:
        client.__exit__(None, None, None)


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()


def _lifespan(world: World) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await world.services.monitoring.start()
        yield
        await world.services.monitoring.close()
        world.database.close()

    return lifespan
