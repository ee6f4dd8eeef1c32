"""Addresses of admins' pages, as documents for programs: a browser gets the page itself."""

from typing import Annotated

from fastapi import APIRouter, Depends

from proctor_app.api import admin, exam_schemas
from proctor_app.api.admin_schemas import PeopleAnswer
from proctor_app.api.dependencies import BEARER, Context, CurrentActor
from proctor_app.api.exams import Wanted
from proctor_app.api.file_bodies import EXAM_BODY
from proctor_app.api.negotiation import DocumentRoute, PostedExam
from proctor_app.domain.access import Action
from proctor_app.services.access import allow

router = APIRouter(
    prefix="/admin", tags=["admin pages"], dependencies=[BEARER], route_class=DocumentRoute
)


@router.get("/dashboard")
def dashboard(context: Context, actor: CurrentActor) -> exam_schemas.DashboardAnswer:
    """How many exams, users, running attempts and open incidents there are."""
    return exam_schemas.dashboard(context.services.overview.counts(actor))


@router.get("/exams")
def exams(context: Context, actor: CurrentActor, wanted: Wanted) -> exam_schemas.ExamsAnswer:
    """As /api/v1/exams, for admins."""
    allow(actor, Action.ADMINISTER)
    return exam_schemas.exams(context.services.exams.page(actor, wanted))


@router.post("/exams", status_code=201, openapi_extra=EXAM_BODY)
def create(context: Context, actor: CurrentActor, body: PostedExam) -> exam_schemas.ExamAnswer:
    """Make an exam of JSON; a form with title and duration makes a draft."""
    return exam_schemas.exam(context.services.exam_files.make(actor, body))


@router.get("/users")
def users(found: Annotated[PeopleAnswer, Depends(admin.people)]) -> PeopleAnswer:
    """As /api/v1/admin/users."""
    return found
