"""Addresses that are a page to a browser and a document to a program; bodies of several kinds."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute
from starlette.datastructures import Headers, UploadFile
from starlette.routing import Match
from starlette.types import Message, Receive, Scope, Send

from proctor_app.api.accept import wants_page
from proctor_app.api.dependencies import AdminActor, context, current_actor
from proctor_app.errors import Invalid
from proctor_app.services.document_reading import (
    MAX_DOCUMENT_BYTES,
    document_from,
    read_document,
    refuse_crowded,
)
from proctor_app.services.exam_documents import ExamDocument
from proctor_app.services.exam_views import FileInvalid, Problem

FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_CHANGES = ("PATCH", "PUT")
_READS = ("GET", "HEAD")
_BY_ACCEPT = (b"vary", b"accept")
_MAX_FIELDS = 20
FORM_FIELDS = (
    "title", "duration", "duration_minutes", "description", "code", "opens_at", "closes_at",
    "time_zone",
)  # fmt: skip


class DocumentRoute(APIRoute):
    """Is not there for whoever would rather have HTML, so that the page of this address answers.

    HEAD is answered as GET would be, without the body.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] not in _READS:
            return super().matches(scope)
        if wants_page(",".join(Headers(scope=scope).getlist("accept"))):
            return Match.NONE, {}
        return super().matches({**scope, "method": "GET"})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] not in _READS:
            await super().handle(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"

        async def send_chosen(message: Message) -> None:
            if message["type"] == "http.response.start":  # a cache keeps page and document apart
                message = {**message, "headers": [*message.get("headers", []), _BY_ACCEPT]}
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        await super().handle({**scope, "method": "GET"}, receive, send_chosen)


class KnownFirstRoute(APIRoute):
    """Asks who calls before the framework reads the body: for routes that take large ones."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def known(request: Request) -> Response:
            if request.method not in _READS:
                await run_in_threadpool(current_actor, request, context(request))
            return await handle(request)

        return known


class BoundedRoute(KnownFirstRoute):
    """Looks, too, at how many values a change has before the framework makes them: while it does,
    and while it tells what is wrong with each, nobody else is answered."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def bounded(request: Request) -> Response:
            if request.method in _CHANGES:
                await run_in_threadpool(current_actor, request, context(request))
                await run_in_threadpool(refuse_crowded, await request.body())
            return await handle(request)

        return bounded


async def uploaded(request: Request, _actor: AdminActor) -> bytes:
    """The bytes of an admin's file: the first of a form, or the body itself.

    Raises NotAllowed before anything is read; Invalid.
    """
    if not _is_form(request):
        return await request.body()
    async with request.form(max_files=1, max_fields=_MAX_FIELDS) as form:
        for _, value in form.multi_items():
            if isinstance(value, UploadFile):
                return await value.read(MAX_DOCUMENT_BYTES + 1)
    raise Invalid("file_missing", "Send a file, as the body or in a form.")


async def posted_exam(request: Request, _actor: AdminActor) -> ExamDocument:
    """The exam that a body describes: JSON, or a form with title and duration, which make a draft.

    Raises NotAllowed before anything is read; TooLarge, Invalid.
    """
    if not _is_form(request):
        return await run_in_threadpool(read_document, await request.body())
    async with request.form(max_files=0, max_fields=_MAX_FIELDS) as form:
        given = {name: value.strip() for name, value in form.items() if isinstance(value, str)}
    return document_from(_asked(given))


Uploaded = Annotated[bytes, Depends(uploaded)]
PostedExam = Annotated[ExamDocument, Depends(posted_exam)]


def _asked(given: Mapping[str, str]) -> dict[str, str]:
    """What a form says of the exam; its buttons and tokens say nothing. Raises FileInvalid."""
    fields = {name: given[name] for name in FORM_FIELDS if given.get(name)}
    missing = [
        Problem(0, f"{names[0]}: Field required")
        for names in (("title",), ("duration", "duration_minutes"))
        if not fields.keys() & set(names)
    ]
    if missing:
        raise FileInvalid(tuple(missing))
    return fields


def _is_form(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return kind in FORMS
