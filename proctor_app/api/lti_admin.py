"""Learning platforms, for admins: which may send people here, and what scores went there."""

from typing import Annotated

from fastapi import APIRouter, Path

from proctor_app.api import lti_schemas as schemas
from proctor_app.api.dependencies import BEARER, AdminActor, Context, CurrentActor
from proctor_app.api.schemas import Message

router = APIRouter(prefix="/api/v1/admin/lti", tags=["learning platforms"], dependencies=[BEARER])
PlatformId = Annotated[str, Path(max_length=36)]
GradeId = Annotated[int, Path(ge=0, le=2**53)]


@router.get("/platforms")
def list_platforms(context: Context, actor: CurrentActor) -> schemas.PlatformsAnswer:
    """All of them, by name."""
    found = context.services.lti.platforms.all(actor)
    return schemas.PlatformsAnswer(items=[schemas.platform(one) for one in found])


@router.post("/platforms", status_code=201)
def add_platform(
    actor: AdminActor, context: Context, body: schemas.PlatformFields
) -> schemas.PlatformDocument:
    """Let a platform send people here."""
    return schemas.platform(context.services.lti.platforms.add(actor, body.form()))


@router.patch("/platforms/{platform_id}")
def change_platform(
    platform_id: PlatformId, actor: AdminActor, context: Context, body: schemas.PlatformChange
) -> schemas.PlatformDocument:
    """Change what is known of a platform, or whether it is let in."""
    form = body.platform.form() if body.platform else None
    found = context.services.lti.platforms.change(actor, platform_id, form, body.disabled)
    return schemas.platform(found)


@router.get("/grades")
def list_platform_scores(context: Context, actor: CurrentActor) -> schemas.GradesAnswer:
    """The scores for platforms that changed last, a hundred at most."""
    found = context.services.lti.grades.latest(actor)
    return schemas.GradesAnswer(items=[schemas.grade(one) for one in found])


@router.post("/grades/{grade_id}/send", status_code=202)
def send_platform_score(grade_id: GradeId, context: Context, actor: CurrentActor) -> Message:
    """Send a score anew."""
    context.services.lti.grades.send_again(actor, grade_id)
    return Message(message="The score is sent in a moment.")
