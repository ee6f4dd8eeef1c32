"""Exams: made, changed, published, brought in and taken out as files."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response

from proctor_app.api import exam_schemas as schemas
from proctor_app.api.dependencies import BEARER, AdminActor, Context, CurrentActor
from proctor_app.api.file_bodies import EXAM_BODY, EXAM_FILE
from proctor_app.api.negotiation import BoundedRoute, PostedExam, Uploaded
from proctor_app.domain.access import STAFF
from proctor_app.services.exam_documents import ExamDocument, content_of, terms_of
from proctor_app.services.exam_views import MAX_LIMIT, ExamQuery

router = APIRouter(
    prefix="/api/v1/exams", tags=["exams"], dependencies=[BEARER], route_class=BoundedRoute
)
ExamId = Annotated[str, Path(max_length=36)]
Format = Annotated[Literal["json", "gift"], Query(alias="format")]


def query(
    search: Annotated[str, Query(max_length=100)] = "",
    status: Annotated[str, Query(max_length=16)] = "",
    sort: Annotated[str, Query(max_length=16)] = "-created",
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 50,
    cursor: Annotated[str, Query(max_length=2000)] = "",
) -> ExamQuery:
    return ExamQuery(search, status, sort, limit, cursor)


Wanted = Annotated[ExamQuery, Depends(query)]


@router.post("", status_code=201, openapi_extra=EXAM_BODY)
def create(context: Context, actor: CurrentActor, body: PostedExam) -> schemas.ExamAnswer:
    """Make an exam: a draft, or one that can be sat at once (published)."""
    return schemas.exam(context.services.exam_files.make(actor, body))


@router.get("")
def exams(context: Context, actor: CurrentActor, wanted: Wanted) -> schemas.ExamsAnswer:
    """A page of exams; to a candidate, those they may sit or have sat. Sort by title or created,
    with "-" before it downwards."""
    if actor.role in STAFF:
        return schemas.exams(context.services.exams.page(actor, wanted))
    return schemas.candidate_exams(context.services.catalogue.page(actor, wanted))


@router.post("/import", status_code=201, openapi_extra=EXAM_FILE)
def bring(
    context: Context,
    actor: CurrentActor,
    data: Uploaded,
    form: Format = "json",
    title: Annotated[str, Query(max_length=200)] = "",
) -> schemas.ExamAnswer:
    """Make a draft of a file, all of it or nothing; title: for GIFT, which has none."""
    return schemas.exam(context.services.exam_files.bring(actor, data, form, title))


@router.get("/{exam_id}")
def one(
    exam_id: ExamId, context: Context, actor: CurrentActor
) -> schemas.ExamAnswer | schemas.CandidateExamDocument:
    """With all that is in it for staff; to a candidate without what is asked."""
    if actor.role in STAFF:
        return schemas.exam(context.services.exams.one(actor, exam_id))
    return schemas.candidate_exam(context.services.catalogue.one(actor, exam_id))


@router.patch("/{exam_id}")
def change(
    exam_id: ExamId, context: Context, actor: AdminActor, body: schemas.ExamPatch
) -> schemas.ExamAnswer:
    """Change an exam. New questions and rules are a draft until they are published; everything
    else holds at once."""
    exams = context.services.exams
    view = exams.one(actor, exam_id)
    document, revision = body.over(view), body.revision or view.revision
    content, terms = content_of(document), terms_of(document)
    return schemas.exam(exams.save(actor, exam_id, revision, content, terms, body.published))


@router.delete("/{exam_id}", status_code=204)
def delete(exam_id: ExamId, context: Context, actor: CurrentActor) -> None:
    """Remove a draft that was never published; 409 for others."""
    context.services.exams.delete(actor, exam_id)


@router.post("/{exam_id}/publish")
def publish(exam_id: ExamId, context: Context, actor: CurrentActor) -> schemas.ExamAnswer:
    """Publish the draft; 422 exam_incomplete says what is missing."""
    return schemas.exam(context.services.exams.publish(actor, exam_id))


@router.post("/{exam_id}/close")
def close(exam_id: ExamId, context: Context, actor: CurrentActor) -> schemas.ExamAnswer:
    """Let nobody begin any more; who has begun goes on."""
    return schemas.exam(context.services.exams.close(actor, exam_id))


@router.post("/{exam_id}/reopen")
def reopen(exam_id: ExamId, context: Context, actor: CurrentActor) -> schemas.ExamAnswer:
    return schemas.exam(context.services.exams.reopen(actor, exam_id))


@router.post("/{exam_id}/duplicate", status_code=201)
def duplicate(exam_id: ExamId, context: Context, actor: CurrentActor) -> schemas.ExamAnswer:
    """A draft with the same content, without window, roster and proctors."""
    return schemas.exam(context.services.exams.duplicate(actor, exam_id))


@router.put("/{exam_id}/proctors")
def set_proctors(
    exam_id: ExamId, context: Context, actor: AdminActor, body: schemas.ProctorIds
) -> schemas.ExamAnswer:
    """Only these, and admins, see and judge its attempts; none given: all proctors."""
    return schemas.exam(context.services.exams.set_proctors(actor, exam_id, body.user_ids))


@router.post("/{exam_id}/results")
def results(
    exam_id: ExamId,
    context: Context,
    actor: AdminActor,
    body: schemas.ResultsRelease | None = None,
) -> schemas.ExamAnswer:
    """Let candidates see their results, or no more."""
    released = body.released if body else True
    return schemas.exam(context.services.exams.release_results(actor, exam_id, released))


@router.get("/{exam_id}/export", response_class=Response, responses={200: {"model": ExamDocument}})
def export(
    exam_id: ExamId,
    context: Context,
    actor: CurrentActor,
    form: Format = "json",
    pictures: bool = True,
) -> Response:
    """The exam as a file, with its right answers; gift: its questions alone."""
    found = context.services.exam_files.export(actor, exam_id, form, pictures=pictures)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Cache-Control": "no-store, private",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(found.data, media_type=found.media_type, headers=headers)
