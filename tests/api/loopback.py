"""The interfaces behind the server that the app is served by, in a process of its own, on loopback.

Run as a program it serves until it is told to end; the models are the fake's. People are made at
the start, and told in a file. ``/test/state`` tells what the process holds.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil
from granian.constants import Interfaces
from granian.server import Server
from starlette.types import ASGIApp

PEOPLE = "people.json"


def application() -> ASGIApp:
    """What a worker of the server runs; only the worker loads it."""
    from proctor_app.api.app import build_api
    from proctor_app.api.dependencies import ApiContext
    from proctor_app.api.origin import OriginGuard
    from proctor_app.clock import system_clock
    from proctor_app.composition import build_services
    from tests.fakes import FakeEngine
    from tests.world import World, build

    home = Path(os.environ["LOOPBACK_DIR"])
    world = build(home, f"sqlite:///{home / 'proctor.db'}")
    services = build_services(world.settings, FakeEngine(), system_clock, world.mailer)
    world = World(world.settings, services, world.engine, world.clock, world.mailer)
    people = [world.person() for _ in range(4)]
    (home / PEOPLE).write_text(json.dumps([[who.id, who.token] for who in people]))
    app = build_api(ApiContext(services, (), secure_cookies=False))

    @app.get("/test/state")
    async def state() -> dict[str, int]:
        return {
            "watchers": services.broadcast.watchers,
            "waiting": app.state.doorway.waiting,
            "tasks": sum("_Connection" in repr(task) for task in asyncio.all_tasks()),
            "sockets": len(psutil.Process().net_connections("tcp")),
        }

    @asynccontextmanager
    async def lifespan(_app: object) -> AsyncIterator[None]:
        await services.monitoring.start()
        yield
        await services.monitoring.close()
        world.database.close()

    app.router.lifespan_context = lifespan
    return OriginGuard(app, ())


if __name__ == "__main__":
    Server(
        target="tests.api.loopback:application",
        factory=True,
        address="127.0.0.1",
        port=int(sys.argv[1]),
        interface=Interfaces.ASGI,
        workers=1,
    ).serve()
