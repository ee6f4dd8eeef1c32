"""What the routes about exams take and answer, besides the documents of files."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field, model_validator

from proctor_app.clock import iso
from proctor_app.domain.browser import Policy, SignalKind
from proctor_app.domain.exam import (
    MAX_FORBIDDEN,
    MAX_TITLE,
    Access,
    ExamStatus,
    Level,
    Preset,
    Results,
)
from proctor_app.domain.exam import SecondDevice as SecondDeviceRule
from proctor_app.domain.incident import EventType
from proctor_app.domain.question import MAX_QUESTIONS, MAX_TEXT
from proctor_app.services.catalogue import CandidateExam, CandidatePage
from proctor_app.services.document_reading import document_from
from proctor_app.services.exam_documents import (
    ContentDocument,
    ExamDocument,
    ExamQuestionDocument,
    RuleDocument,
    document_of,
)
from proctor_app.services.exam_pictures import PictureView
from proctor_app.services.exam_views import ExamItem, ExamPage, ExamView
from proctor_app.services.overview import Counts


class ProctorDocument(BaseModel):
    id: str
    name: str
    email: str


class _Head(BaseModel):
    """version: the published one's number. revision: changes with every change; send it with a
    PATCH to be told (409 exam_changed) where somebody else was faster."""

    id: str
    code: str
    status: ExamStatus
    published: bool
    opens_at: str | None
    closes_at: str | None
    time_zone: str
    access: Access
    attempts_allowed: int
    results: Results
    results_released_at: str | None
    retention_days: int | None
    reviewers: int
    has_changes: bool
    version: int | None
    revision: int
    attempts: int
    running: int
    is_practice: bool
    created_at: str
    updated_at: str


class ExamItemDocument(_Head):
    """An exam in a list."""

    title: str
    duration_minutes: int
    question_count: int


class ExamAnswer(_Head, ContentDocument):
    """An exam with all that is in it, for staff. problems: why it can't be published."""

    question_ids: list[str]
    proctors: list[ProctorDocument]
    problems: list[str]


class CandidateExamDocument(BaseModel):
    """An exam that the caller may sit or has sat; attempts_allowed: 0 for any number."""

    id: str
    code: str
    title: str
    status: ExamStatus
    opens_at: str | None
    closes_at: str | None
    duration_minutes: int
    attempts_allowed: int
    question_ids: list[str]
    is_practice: bool


class ExamsAnswer(BaseModel):
    """next, previous: cursors, null where the list ends. total is counted up to 10,000."""

    items: list[ExamItemDocument] | list[CandidateExamDocument]
    next: str | None
    previous: str | None
    total: int


_NULLABLE = frozenset({"title", "opens_at", "closes_at", "retention_days"})
"""The times and days can be empty; the title can't, and is refused."""


class ExamPatch(BaseModel):
    """What is left out, or null where it can't be empty, stays as it is. published: true publishes
    what is saved. revision: of the exam that was changed; without it whatever is there is changed.
    """

    model_config = ConfigDict(extra="forbid")

    revision: int | None = None
    published: bool = False
    code: str = Field(default="", max_length=16)
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    time_zone: str = Field(default="", max_length=64)
    access: Access = Access.OPEN
    attempts_allowed: int = 1
    results: Results = Results.BY_HAND
    retention_days: int | None = None
    reviewers: int = 1
    title: str = Field(default="", max_length=MAX_TITLE)
    description: str = Field(default="", max_length=MAX_TEXT)
    duration_minutes: int = 60
    questions: list[ExamQuestionDocument] = Field(default=[], max_length=MAX_QUESTIONS)
    shuffle_questions: bool = False
    shuffle_options: bool = False
    level: Level = Level.CAMERA
    preset: Preset = Preset.STANDARD
    rules: dict[EventType, RuleDocument] = {}
    forbidden: list[str] = Field(default=[], max_length=MAX_FORBIDDEN)
    signals: dict[SignalKind, Policy] = {}
    candidate_may_pause: bool = False
    identity_check: bool = True
    fullscreen: bool = False
    second_device: SecondDeviceRule = SecondDeviceRule.TAKE_OVER
    grace_s: int = 60

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        return {name: one for name, one in given.items() if one is not None or name in _NULLABLE}

    def over(self, view: ExamView) -> ExamDocument:
        """The exam with these changes. Raises FileInvalid."""
        present = document_of(view.content, view.terms).model_dump()
        changes = self.model_dump(exclude_unset=True, exclude={"revision", "published"})
        return document_from({**present, **changes})


class ProctorIds(BaseModel):
    model_config = ConfigDict(extra="forbid")

    user_ids: list[str] = Field(max_length=200)


class ResultsRelease(BaseModel):
    model_config = ConfigDict(extra="forbid")

    released: bool = True


class PictureDocumentAnswer(BaseModel):
    """name: as a text shows it, ``![words](picture:ID)``."""

    id: str
    name: str
    media_type: str
    size_bytes: int


class PicturesAnswer(BaseModel):
    items: list[PictureDocumentAnswer]
    next: None = None


class DashboardAnswer(BaseModel):
    """exams, users: counted; exams_by_status and users_by_role say of what kind."""

    exams: int
    users: int
    running_attempts: int
    open_incidents: int
    exams_by_status: dict[str, int]
    users_by_role: dict[str, int]


def exam(view: ExamView) -> ExamAnswer:
    content = document_of(view.content, view.terms).model_dump(
        include=set(ContentDocument.model_fields)
    )
    return ExamAnswer.model_validate(
        {
            **content,
            **_head(view),
            "question_ids": [question.id for question in view.content.questions],
            "proctors": [{"id": p.id, "name": p.name, "email": p.email} for p in view.proctors],
            "problems": list(view.problems),
        }
    )


def exams(page: ExamPage) -> ExamsAnswer:
    items = [
        ExamItemDocument.model_validate(
            {
                **_head(item),
                "title": item.title,
                "duration_minutes": item.duration_minutes,
                "question_count": item.questions,
            }
        )
        for item in page.items
    ]
    return ExamsAnswer(
        items=items, next=page.next or None, previous=page.previous or None, total=page.total
    )


def candidate_exam(found: CandidateExam) -> CandidateExamDocument:
    return CandidateExamDocument(
        id=found.id,
        code=found.code,
        title=found.title,
        status=found.status,
        opens_at=iso(found.opens_at) if found.opens_at else None,
        closes_at=iso(found.closes_at) if found.closes_at else None,
        duration_minutes=found.duration_minutes,
        attempts_allowed=found.attempts_allowed,
        question_ids=list(found.question_ids),
        is_practice=found.is_practice,
    )


def candidate_exams(page: CandidatePage) -> ExamsAnswer:
    return ExamsAnswer(
        items=[candidate_exam(item) for item in page.items],
        next=page.next or None,
        previous=page.previous or None,
        total=page.total,
    )


def picture(view: PictureView) -> PictureDocumentAnswer:
    return PictureDocumentAnswer(
        id=view.id, name=view.name, media_type=view.media_type, size_bytes=view.size_bytes
    )


def dashboard(counts: Counts) -> DashboardAnswer:
    return DashboardAnswer(
        exams=sum(counts.exams.values()),
        users=sum(counts.users.values()),
        running_attempts=counts.running_attempts,
        open_incidents=counts.open_incidents,
        exams_by_status={status.value: count for status, count in counts.exams.items()},
        users_by_role={role.value: count for role, count in counts.users.items()},
    )


def _head(view: ExamView | ExamItem) -> dict[str, object]:
    terms = view.terms
    return {
        "id": view.id,
        "code": view.code,
        "status": view.status,
        "published": view.status is ExamStatus.PUBLISHED,
        "opens_at": iso(terms.opens_at) if terms.opens_at else None,
        "closes_at": iso(terms.closes_at) if terms.closes_at else None,
        "time_zone": terms.time_zone,
        "access": terms.access,
        "attempts_allowed": terms.attempts_allowed,
        "results": terms.results,
        "results_released_at": iso(view.results_at) if view.results_at else None,
        "retention_days": terms.retention_days,
        "reviewers": terms.reviewers,
        "has_changes": view.has_changes,
        "version": view.version,
        "revision": view.revision,
        "attempts": view.attempts,
        "running": view.running,
        "is_practice": view.is_practice,
        "created_at": iso(view.created_at),
        "updated_at": iso(view.updated_at),
    }
