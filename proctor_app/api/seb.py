"""Safe Exam Browser: an exam's configuration file, and what a browser shows that came with it."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, Field

from proctor_app.api.dependencies import BEARER, Context, CurrentActor, current_actor
from proctor_app.api.exams import ExamId
from proctor_app.api.origin import origin_of
from proctor_app.api.schemas import Message
from proctor_app.domain.seb import Shown

router = APIRouter(prefix="/api/v1/exams/{exam_id}/seb", tags=["exams"], dependencies=[BEARER])
CONFIG_HEADER = "x-safeexambrowser-configkeyhash"
EXAM_HEADER = "x-safeexambrowser-requesthash"
TAG_HEADER = "Proctor-Seb-For"
_TYPE = "application/seb"
_TAG = {
    "description": "Of a request with a log-in: what `for` is in the addresses that its Safe Exam "
    "Browser proves",
    "schema": {"type": "string"},
}
_HASH = 64


class SebHashes(BaseModel):
    """What the browser's own script interface told of a page; all empty where the headers of this
    request tell it. url: the page's address. Both hashes: 64 hexadecimal digits."""

    url: str = Field(default="", max_length=1000)
    config_key: str = Field(default="", max_length=_HASH)
    browser_exam_key: str = Field(default="", max_length=_HASH)


def shown_by(request: Request) -> Shown:
    """What the headers of this request show, about its own address, here without the origin."""
    query = f"?{request.url.query}" if request.url.query else ""
    return Shown(
        f"{request.url.path}{query}",
        request.headers.get(CONFIG_HEADER, ""),
        request.headers.get(EXAM_HEADER, ""),
    )


@router.get(
    "",
    response_class=Response,
    responses={
        200: {
            "content": {_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            "headers": {TAG_HEADER: _TAG},
        }
    },
)
def config(
    exam_id: ExamId,
    request: Request,
    context: Context,
    link: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """The .seb file, for whoever may sit the exam, and its staff. link: what the exam's page put
    into its seb:// address; good for an hour without a log-in, and for this file alone."""
    seb, asked_at = context.services.seb, origin_of(request)
    if link:
        found = seb.config_by_link(exam_id, link, asked_at)
    else:
        found = seb.config(current_actor(request, context), exam_id, asked_at)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Cache-Control": "no-store, private",
        "X-Content-Type-Options": "nosniff",
    }
    if found.tag:
        headers[TAG_HEADER] = found.tag
    return Response(found.data, media_type=_TYPE, headers=headers)


@router.post("")
def enter(
    exam_id: ExamId,
    request: Request,
    context: Context,
    actor: CurrentActor,
    body: SebHashes | None = None,
) -> Message:
    """Show that this log-in came with the exam's Safe Exam Browser: by the page's hashes, or by the
    two headers of this request. The address that was hashed carries the log-in's tag as `for`: see
    `Proctor-Seb-For` of the file."""
    seb, asked_at = context.services.seb, origin_of(request)
    if body is not None and body.config_key:
        shown = Shown(body.url, body.config_key, body.browser_exam_key)
        seb.enter(actor, exam_id, shown, "page", asked_at)
    else:
        seb.enter(actor, exam_id, shown_by(request), "header", asked_at)
    return Message(message="You can go on to the exam.")
