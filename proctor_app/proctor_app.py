"""The composition root, second half: services, API and pages become the application."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx

from proctor_app import settings as configuration
from proctor_app.api.app import build_api
from proctor_app.api.content_policy import ContentPolicy
from proctor_app.api.dependencies import ApiContext
from proctor_app.api.origin import OriginGuard
from proctor_app.api.same_origin import SameOriginSocket
from proctor_app.composition import build_services
from proctor_app.db.migrations import upgrade
from proctor_app.pages import register
from proctor_app.services.container import Services
from proctor_app.settings import Settings
from proctor_app.state import wiring
from proctor_app.state.errors import handle_error
from proctor_app.state.visitor import TabOwner, remove_saved_states
from proctor_app.vision.engine import VisionEngine

log = logging.getLogger(__name__)


def build_app(settings: Settings) -> rx.App:
    """The whole application on one port: pages, their event socket, REST and WebSocket."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    services = build_services(settings)
    context = ApiContext(services, settings.allowed_origins, settings.secure_cookies)
    app = rx.App(
        stylesheets=[
            "/proctor.css",
            "/authoring.css",
            "/exam.css",
            "/desk.css",
            "/candidate.css",
            "/review.css",
            "/analytics.css",
            "/reports.css",
            "/keys.css",
        ],
        backend_exception_handler=handle_error,
        api_transformer=[
            build_api(context),
            SameOriginSocket,
            ContentPolicy,
            lambda inner: OriginGuard(inner, settings.allowed_origins),
        ],
    )
    app.add_middleware(TabOwner(), index=0)
    register(app)
    # The pages say in words of their own that the connection is lost. Reflex adds a place for
    # toasts by itself: with another one here each would be shown twice.
    app.app_wraps[(5, "Overlay")] = lambda _stateful: rx.fragment()
    # Origins are judged by OriginGuard, which knows the Host; a list here would refuse our own.
    assert app.sio is not None
    app.sio.eio.cors_allowed_origins = []
    wiring.install(
        wiring.Wiring(
            services=services,
            frame_transport=settings.frame_transport,
            frame_rate_fps=settings.frame_rate_fps,
            is_connected=lambda token: _is_connected(app, token),
        )
    )

    @asynccontextmanager
    async def lifespan() -> AsyncIterator[None]:
        async with running(services):
            yield

    app.register_lifespan_task(lifespan)
    return app


@asynccontextmanager
async def running(services: Services) -> AsyncIterator[None]:
    """Migrate, recover and begin to monitor; models load meanwhile, health says when they have."""
    await asyncio.to_thread(remove_saved_states, configuration.ROOT / ".states")
    await asyncio.to_thread(upgrade, services.database.engine)
    await asyncio.to_thread(services.practice.ensure)
    await asyncio.to_thread(services.exports.remove_old_files)
    await asyncio.to_thread(services.key_door.remove_old_uses)
    await services.monitoring.start()
    services.webhook_sender.start()
    services.lti.start()
    loading = asyncio.create_task(_load(services.engine))
    try:
        yield
    finally:
        loading.cancel()
        await services.monitoring.close()
        await services.webhook_sender.close()
        await services.lti.close()
        await services.engine.close()
        services.passwords.close()
        await asyncio.to_thread(services.exports.close)
        services.password_pool.close()
        services.report_queue.close()
        services.analytics.close()
        services.aside.close()
        services.database.close()


async def _load(engine: VisionEngine) -> None:
    try:
        await engine.start()
    except Exception:
        log.exception("vision.not_started")
    else:
        log.info("vision.ready models=%s", engine.models)


def _is_connected(app: rx.App, client_token: str) -> bool:
    namespace = app.event_namespace
    return namespace is not None and client_token in namespace.token_to_sid


app = build_app(configuration.load())
