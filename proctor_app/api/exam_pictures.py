"""Pictures of questions: uploaded by admins, seen by whoever may see the questions."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from proctor_app.api import exam_schemas as schemas
from proctor_app.api.dependencies import BEARER, Context, CurrentActor
from proctor_app.api.exams import ExamId
from proctor_app.api.file_bodies import PICTURE_FILE
from proctor_app.api.negotiation import Uploaded

router = APIRouter(prefix="/api/v1/exams/{exam_id}/pictures", tags=["exams"], dependencies=[BEARER])
PictureId = Annotated[str, Path(max_length=36)]
_FOR_AN_HOUR = {
    "Cache-Control": "private, max-age=3600",
    "Vary": "Authorization, Cookie",
    "X-Content-Type-Options": "nosniff",
}
"""Only the browser that was let in keeps it, so that going from question to question is quick."""


@router.post("", status_code=201, openapi_extra=PICTURE_FILE)
def add(
    exam_id: ExamId, context: Context, actor: CurrentActor, data: Uploaded
) -> schemas.PictureDocumentAnswer:
    """Keep a JPEG or PNG of at most 2 MB and 2000 pixels a side for the exam's texts."""
    return schemas.picture(context.services.exam_pictures.add(actor, exam_id, data))


@router.get("")
def pictures(exam_id: ExamId, context: Context, actor: CurrentActor) -> schemas.PicturesAnswer:
    found = context.services.exam_pictures.of(actor, exam_id)
    return schemas.PicturesAnswer(items=[schemas.picture(one) for one in found])


@router.get("/{picture_id}", response_class=Response)
def one(exam_id: ExamId, picture_id: PictureId, context: Context, actor: CurrentActor) -> Response:
    """For staff of the exam, and for candidates while they sit it and once they see results."""
    found = context.services.exam_pictures.read(actor, exam_id, picture_id)
    return Response(found.data, media_type=found.media_type, headers=_FOR_AN_HOUR)


@router.delete("/{picture_id}", status_code=204)
def remove(exam_id: ExamId, picture_id: PictureId, context: Context, actor: CurrentActor) -> None:
    """Remove a picture that no text shows; 409 otherwise."""
    context.services.exam_pictures.remove(actor, exam_id, picture_id)
