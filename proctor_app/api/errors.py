"""Errors become answers: {"detail", "code"} with the status their class stands for."""

from collections.abc import Mapping

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from proctor_app.errors import (
    Conflict,
    Invalid,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    ProctorError,
    Throttled,
    TooLarge,
    Unavailable,
    Unsupported,
)
from proctor_app.vision.enrolment import PhotoRejected
from proctor_app.vision.errors import VisionFailed
from proctor_app.vision.frame import FrameRejected

_STATUS: tuple[tuple[type[ProctorError], int], ...] = (
    (NotAuthenticated, 401),
    (NotAllowed, 403),
    (NotFound, 404),
    (Conflict, 409),
    (TooLarge, 413),
    (Unsupported, 415),
    (Invalid, 422),
    (Throttled, 429),
    (Unavailable, 503),
)
_FRAME_STATUS = {"frame_too_large": 413, "frame_dimensions": 413, "frame_not_an_image": 415}
_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}


def answer(
    status: int, code: str, detail: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"detail": detail, "code": code}, status, dict(headers or {}))


def install(app: FastAPI) -> None:
    """Register a handler for everything a route may raise."""
    app.add_exception_handler(ProctorError, _proctor_error)
    app.add_exception_handler(FrameRejected, _rejected)
    app.add_exception_handler(PhotoRejected, _rejected)
    app.add_exception_handler(VisionFailed, _vision_failed)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, _unexpected)


def status_of(error: ProctorError) -> int:
    """What HTTP calls it."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


async def _proctor_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, ProctorError)
    status = status_of(error)
    headers: dict[str, str] = {}
    if isinstance(error, Throttled):
        headers["Retry-After"] = str(error.retry_after_s)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return answer(status, error.code, error.detail, headers)


async def _rejected(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, FrameRejected | PhotoRejected)
    return answer(_FRAME_STATUS.get(error.code, 422), error.code, error.detail)


async def _vision_failed(_request: Request, _error: Exception) -> JSONResponse:
    return answer(503, VisionFailed.code, "The picture could not be looked at. Try again.")


async def _not_valid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    places = (
        f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors()
    )
    return answer(422, "invalid_request", "; ".join(places)[:1000])


async def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, ProctorError):  # raised while the body was read
        return await _proctor_error(request, error.__cause__)
    if error.status_code == 400:  # a body that can't be parsed is bad input like any other
        return answer(422, "invalid_request", str(error.detail))
    code = _HTTP_CODES.get(error.status_code, "http_error")
    return answer(error.status_code, code, str(error.detail), error.headers)


async def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    return answer(500, "internal_error", "Something went wrong here. It was logged.")
