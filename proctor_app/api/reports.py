"""Reports on attempts as files, and exams as archives, for the staff that watches them."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field

from proctor_app.api.attempts import AttemptId
from proctor_app.api.dependencies import BEARER, Context, CurrentActor
from proctor_app.api.exams import ExamId
from proctor_app.clock import iso
from proctor_app.services.export_archive import Wanted
from proctor_app.services.export_jobs import ExportView, Stage
from proctor_app.services.report_data import AttemptReport
from proctor_app.services.report_html import POLICY
from proctor_app.services.reports import MEDIA_TYPES, Format, ReportFile

router = APIRouter(prefix="/api/v1", tags=["reports"], dependencies=[BEARER])
ExportId = Annotated[str, Path(max_length=36)]
_PRIVATE = {"Cache-Control": "no-store, private"}
_POLICY = f"{POLICY}; frame-ancestors 'none'; sandbox"
_SHOWN = frozenset({Format.HTML, Format.PDF})
_FILES: dict[str, dict[str, str]] = {
    kind.split(";")[0]: {} for kind in MEDIA_TYPES.values() if "json" not in kind
}


class ExportRequest(BaseModel):
    """formats: of the report on each attempt. pictures: those of incidents, as they were kept."""

    formats: list[Format] = Field(default=[Format.HTML, Format.CSV], min_length=1, max_length=8)
    pictures: bool = False


class ExportAnswer(BaseModel):
    """done of total attempts are written; current: whose turn it is. errors: how many things could
    not be read; the archive names them in errors.txt. expires_at: when the file goes. problem: why
    it failed, where that is known."""

    id: str
    exam_id: str
    title: str
    formats: list[Format]
    pictures: bool
    status: Stage
    percent: int
    done: int
    total: int
    current: str
    errors: int
    size_bytes: int
    started_at: str
    finished_at: str | None
    expires_at: str | None
    problem: str


class ExportsAnswer(BaseModel):
    items: list[ExportAnswer]


@router.get(
    "/attempts/{attempt_id}/report",
    response_class=Response,
    responses={
        200: {"model": AttemptReport, "description": "The report", "content": _FILES},
        429: {
            "description": "Too many wait already, or your last PDF is not done; see Retry-After"
        },
        503: {"description": "`pdf_unavailable`: PDF can't be made here; the others can"},
    },
)
async def report(
    attempt_id: AttemptId,
    context: Context,
    actor: CurrentActor,
    format: Annotated[Format, Query()] = Format.JSON,
    download: bool = False,
) -> Response:
    """All that is known of an attempt: JSON, incidents as CSV, a page, or a PDF; for its proctors.
    A page and a PDF are shown unless `download` is asked for."""
    made = await context.services.report_queue.make(actor, attempt_id, format)
    return Response(made.data, media_type=made.media_type, headers=_headers(made, format, download))


@router.post("/exams/{exam_id}/exports", status_code=202)
def start(
    exam_id: ExamId, body: ExportRequest, context: Context, actor: CurrentActor
) -> ExportAnswer:
    """Begin to make a ZIP archive of all attempts of the exam; one at a time for each person."""
    wanted = Wanted(tuple(dict.fromkeys(body.formats)), body.pictures)
    return _answer(context.services.exports.start(actor, exam_id, wanted))


@router.get("/exports")
def exports(context: Context, actor: CurrentActor) -> ExportsAnswer:
    """The caller's own archives, the newest first; they go an hour after they were made."""
    found = context.services.exports.of(actor)
    return ExportsAnswer(items=[_answer(one) for one in found])


@router.get("/exports/{export_id}")
def export(export_id: ExportId, context: Context, actor: CurrentActor) -> ExportAnswer:
    """How far an archive is."""
    return _answer(context.services.exports.one(actor, export_id))


@router.delete("/exports/{export_id}", status_code=204)
def cancel(export_id: ExportId, context: Context, actor: CurrentActor) -> None:
    """Stop an archive that is being made, or remove one that is finished."""
    context.services.exports.cancel(actor, export_id)


@router.get(
    "/exports/{export_id}/file",
    response_class=StreamingResponse,
    responses={200: {"content": {"application/zip": {}}, "description": "A ZIP archive"}},
)
def file(export_id: ExportId, context: Context, actor: CurrentActor) -> StreamingResponse:
    """The finished archive; 409 before that, and where somebody in it was erased since."""
    found = context.services.exports.fetch(actor, export_id)
    headers = {
        **_PRIVATE,
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Length": str(found.size_bytes),
    }
    return StreamingResponse(found.chunks, media_type="application/zip", headers=headers)


def _headers(made: ReportFile, kind: Format, download: bool) -> dict[str, str]:
    """A page is shown without any right: no script, no form, no place to load from."""
    how = "inline" if kind in _SHOWN and not download else "attachment"
    found = {**_PRIVATE, "Content-Disposition": f'{how}; filename="{made.name}"'}
    if kind is Format.HTML:
        found["Content-Security-Policy"] = _POLICY
    return found


def _answer(one: ExportView) -> ExportAnswer:
    return ExportAnswer(
        id=one.id,
        exam_id=one.exam_id,
        title=one.title,
        formats=list(one.wanted.formats),
        pictures=one.wanted.with_pictures,
        status=one.stage,
        percent=one.percent,
        done=one.done,
        total=one.total,
        current=one.current,
        errors=one.errors,
        size_bytes=one.size_bytes,
        started_at=iso(one.started_at),
        finished_at=iso(one.finished_at) if one.finished_at else None,
        expires_at=iso(one.expires_at) if one.expires_at else None,
        problem=one.problem,
    )
