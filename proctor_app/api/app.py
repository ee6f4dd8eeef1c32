"""The FastAPI application: every route, the WebSocket, and documents without foreign assets."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from starlette.middleware.cors import CORSMiddleware

from proctor_app import __version__
from proctor_app.api import account, admin, auth, errors, exam, face_login, health, me, ws
from proctor_app.api.body_limit import BodyLimit
from proctor_app.api.dependencies import ApiContext
from proctor_app.api.schemas import Error

_ERRORS = {
    status: {"model": Error, "description": text}
    for status, text in {
        401: "Without a valid token",
        403: "Another's data",
        404: "Not there",
        409: "Not in this state",
        413: "Too large",
        415: "Neither JPEG nor PNG",
        422: "Not valid",
        429: "Too many requests; see Retry-After",
    }.items()
}
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
        responses=_ERRORS,
    )
    assert isinstance(app, FastAPI)
    app.state.context = context
    errors.install(app)
    for module_router in (
        admin.router,
        auth.router,
        auth.pages_router,
        account.router,
        exam.router,
        exam.pictures_router,
        face_login.router,
        face_login.pages_router,
        me.router,
        health.router,
        ws.router,
    ):
        app.include_router(module_router)
    app.add_api_route("/api/{path:path}", _unknown, methods=_METHODS, include_in_schema=False)
    app.add_middleware(BodyLimit)
    if context.allowed_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(context.allowed_origins),
            allow_methods=_METHODS,
            allow_headers=["authorization", "content-type"],
        )
    return app


async def _unknown(_request: Request, path: str) -> JSONResponse:
    return errors.answer(404, "no_route", f"There is no route /api/{path[:100]}.")
