"""The FastAPI application: every route, the WebSocket, and documents without foreign assets."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from proctor_app import __version__
from proctor_app.api import (
    account,
    admin,
    admin_pages,
    api_keys,
    asyncapi,
    asyncapi_page,
    attempts,
    auth,
    errors,
    exam,
    exam_pictures,
    exams,
    face_login,
    health,
    lti,
    lti_admin,
    me,
    monitor,
    openapi,
    reports,
    reviews,
    rosters,
    seb,
    signals,
    wall,
    webhooks,
    ws,
)
from proctor_app.api.body_limit import BodyLimit
from proctor_app.api.dependencies import ApiContext
from proctor_app.api.keyed import RateHeaders
from proctor_app.api.ws_doorway import Doorway

_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def build_api(context: ApiContext) -> FastAPI:
    """Build the API over the given services; nothing is started here."""
    app = FastAPIOffline(
        title="Proctor",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url="/api/docs",
        swagger_ui_oauth2_redirect_url="/api/docs/oauth2-redirect",
        redoc_url=None,
        static_url="/api/docs-static",
        generate_unique_id_function=openapi.operation_id,
    )
    assert isinstance(app, FastAPI)
    openapi.install(app)
    app.state.context = context
    app.state.doorway = Doorway()
    errors.install(app)
    for module_router in (
        admin.router,
        admin_pages.router,
        api_keys.router,
        auth.router,
        auth.pages_router,
        account.router,
        attempts.router,
        exam.router,
        exam.pictures_router,
        exam_pictures.router,
        exams.router,
        face_login.router,
        face_login.pages_router,
        me.router,
        health.router,
        lti.router,
        lti_admin.router,
        monitor.router,
        reports.router,
        reviews.router,
        rosters.router,
        seb.router,
        signals.router,
        wall.router,
        webhooks.router,
        ws.router,
    ):
        app.include_router(module_router)
    app.add_api_route("/api/asyncapi.json", _asyncapi, include_in_schema=False)
    app.add_api_route(asyncapi_page.PATH, asyncapi_page.show, include_in_schema=False)
    app.add_api_route("/api/{path:path}", _unknown, methods=_METHODS, include_in_schema=False)
    app.add_middleware(BodyLimit)
    app.add_middleware(RateHeaders)
    if context.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(context.allowed_origins),
            allow_methods=_METHODS,
            allow_headers=["authorization", "content-type"],
        )
    return app


async def _asyncapi() -> JSONResponse:
    return JSONResponse(asyncapi.build())


async def _unknown(_request: Request, path: str) -> JSONResponse:
    return errors.answer(404, "no_route", f"There is no route /api/{path[:100]}.")
