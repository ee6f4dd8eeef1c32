"""Rosters: who may sit an exam, with their accommodations."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from proctor_app.api.dependencies import BEARER, AdminActor, Context, CurrentActor
from proctor_app.api.exams import ExamId
from proctor_app.api.file_bodies import ROSTER_FILE
from proctor_app.api.negotiation import Uploaded
from proctor_app.domain.incident import EventType
from proctor_app.services.exam_views import RosterView
from proctor_app.services.roster_files import RosterRow

router = APIRouter(prefix="/api/v1/exams/{exam_id}/roster", tags=["rosters"], dependencies=[BEARER])
EntryId = Annotated[int, Path(ge=1, le=2**31 - 1)]
_CSV = {
    "Content-Disposition": 'attachment; filename="roster.csv"',
    "Cache-Control": "no-store, private",
    "X-Content-Type-Options": "nosniff",
}


class EntryDocument(BaseModel):
    """name: empty while there is no account of this e-mail. preset: empty for the exam's own."""

    id: int
    email: str
    name: str
    has_account: bool
    extra_minutes: int
    may_pause: bool
    detectors_off: list[EventType]
    preset: str
    attempts: int


class RosterAnswer(BaseModel):
    items: list[EntryDocument]
    next: None = None


class NewEntry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    email: str = Field(max_length=254)
    extra_minutes: int = 0
    may_pause: bool = False
    detectors_off: list[EventType] = Field(default=[], max_length=50)
    preset: str = Field(default="", max_length=16)


class EntryChange(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    extra_minutes: int | None = None
    may_pause: bool | None = None
    detectors_off: list[EventType] | None = Field(default=None, max_length=50)
    preset: str | None = Field(default=None, max_length=16)


class ImportAnswer(BaseModel):
    added: int
    changed: int
    removed: int


@router.get("")
def entries(exam_id: ExamId, context: Context, actor: CurrentActor) -> RosterAnswer:
    """By e-mail."""
    found = context.services.rosters.entries(actor, exam_id)
    return RosterAnswer(items=[_entry(one) for one in found])


@router.get("/export", response_class=Response)
def export(exam_id: ExamId, context: Context, actor: CurrentActor) -> Response:
    """As a CSV file, which the import takes again."""
    data = context.services.rosters.export_csv(actor, exam_id)
    return Response(data, media_type="text/csv; charset=utf-8", headers=_CSV)


@router.post("", status_code=201)
def add(exam_id: ExamId, context: Context, actor: AdminActor, body: NewEntry) -> EntryDocument:
    row = RosterRow(
        body.email, body.extra_minutes, body.may_pause, tuple(body.detectors_off), body.preset
    )
    return _entry(context.services.rosters.add(actor, exam_id, row))


@router.post("/import", openapi_extra=ROSTER_FILE)
def bring(
    exam_id: ExamId,
    context: Context,
    actor: CurrentActor,
    data: Uploaded,
    mode: Annotated[Literal["add", "replace"], Query()] = "add",
) -> ImportAnswer:
    """Take over a CSV file, all of it or nothing. Columns: email, name (of accounts that are there
    it is not changed), extra_minutes, may_pause, detectors_off, preset."""
    done = context.services.rosters.import_csv(actor, exam_id, data, mode)
    return ImportAnswer(added=done.added, changed=done.changed, removed=done.removed)


@router.patch("/{entry_id}")
def change(
    exam_id: ExamId, entry_id: EntryId, context: Context, actor: AdminActor, body: EntryChange
) -> EntryDocument:
    """Change accommodations; other extra time holds at once for an attempt that is going on."""
    found = context.services.rosters.change(
        actor,
        exam_id,
        entry_id,
        extra_minutes=body.extra_minutes,
        may_pause=body.may_pause,
        detectors_off=body.detectors_off,
        preset=body.preset,
    )
    return _entry(found)


@router.delete("/{entry_id}", status_code=204)
def remove(exam_id: ExamId, entry_id: EntryId, context: Context, actor: CurrentActor) -> None:
    """409 while they sit the exam."""
    context.services.rosters.remove(actor, exam_id, entry_id)


def _entry(view: RosterView) -> EntryDocument:
    return EntryDocument(
        id=view.id,
        email=view.email,
        name=view.name,
        has_account=view.has_account,
        extra_minutes=view.extra_minutes,
        may_pause=view.may_pause,
        detectors_off=list(view.detectors_off),
        preset=view.preset,
        attempts=view.attempts,
    )
