"""Exams as JSON documents, in files and in requests: format "proctor-exam", version 1.

The body that the published contract posts is such a document too; what is left out has the value a
new exam has. Fields that are not known are refused, so that no setting is lost unnoticed.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from proctor_app.domain.browser import DEFAULT_POLICIES, Policy, SignalKind
from proctor_app.domain.exam import (
    MAX_FORBIDDEN,
    MAX_TITLE,
    Access,
    ExamContent,
    ExamTerms,
    Level,
    Preset,
    Results,
    RuleChange,
    SecondDevice,
)
from proctor_app.domain.incident import EventType
from proctor_app.domain.question import (
    MAX_OPTION,
    MAX_OPTIONS,
    MAX_QUESTIONS,
    MAX_TEXT,
    Question,
    QuestionKind,
    as_number,
)
from proctor_app.errors import Invalid
from proctor_app.services.picture_rows import MAX_PICTURES

FORMAT = "proctor-exam"
_MAX_PICTURE = 4 * 1024 * 1024
MAX_PICTURE_BYTES = _MAX_PICTURE // 4 * 3
"""As many of its bytes are in base64 that a document may carry."""
_Plain = int | float | bool | str
_Option = Annotated[str, Field(max_length=MAX_OPTION)]


class _Document(BaseModel):
    """null says as little as an optional field that is left out."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_null(cls, given: object) -> object:
        if not isinstance(given, dict):
            return given
        optional = {name for name, field in cls.model_fields.items() if not field.is_required()}
        return {
            name: value
            for name, value in given.items()
            if value is not None or name not in optional
        }


class ExamQuestionDocument(_Document):
    """correct: the right option's text, or a list of them; of a short answer the accepted texts; of
    a numeric question the number. number: the same, as it may be sent instead."""

    model_config = ConfigDict(extra="forbid", coerce_numbers_to_str=True)

    id: str = Field(default="", max_length=36)
    kind: QuestionKind
    text: str = Field(max_length=MAX_TEXT)
    options: list[_Option] = Field(default=[], max_length=MAX_OPTIONS)
    correct: Annotated[list[_Plain], Field(max_length=MAX_OPTIONS)] | _Plain | None = None
    number: float | None = Field(default=None, exclude=True)
    tolerance: float = 0.0
    points: float = 1.0
    negative_points: float = 0.0
    partial_credit: bool = False
    case_sensitive: bool = False
    explanation: str = Field(default="", max_length=MAX_TEXT)


class RuleDocument(_Document):
    """What is left out stays as the preset has it."""

    is_on: bool = True
    hold_s: float | None = None
    points: float | None = None


class PictureDocument(_Document):
    """id: by which texts name it, as ``picture:ID``. data: a JPEG or PNG in base64."""

    id: str = Field(max_length=36)
    data: str = Field(max_length=_MAX_PICTURE)


class TermsDocument(_Document):
    """Who may sit the exam, and when."""

    code: str = Field(default="", max_length=16)
    opens_at: datetime | None = None
    closes_at: datetime | None = None
    time_zone: str = Field(default="UTC", max_length=64)
    access: Access = Access.OPEN
    attempts_allowed: int = 1
    results: Results = Results.BY_HAND
    retention_days: int | None = None
    reviewers: int = 1


class ContentDocument(_Document):
    """What is asked, and by which rules."""

    title: str = Field(max_length=MAX_TITLE)
    description: str = Field(default="", max_length=MAX_TEXT)
    duration_minutes: int = 60
    questions: list[ExamQuestionDocument] = Field(default=[], max_length=MAX_QUESTIONS)
    shuffle_questions: bool = False
    shuffle_options: bool = False
    level: Level = Level.CAMERA
    preset: Preset = Preset.STANDARD
    rules: dict[EventType, RuleDocument] = {}
    forbidden: list[Annotated[str, Field(max_length=40)]] = Field(
        default=["book", "laptop"], max_length=MAX_FORBIDDEN
    )
    signals: dict[SignalKind, Policy] = dict(DEFAULT_POLICIES)
    candidate_may_pause: bool = False
    identity_check: bool = True
    fullscreen: bool = False
    second_device: SecondDevice = SecondDevice.TAKE_OVER
    grace_s: int = 60


class ExamDocument(TermsDocument, ContentDocument):
    """A whole exam. published: whether it can be sat at once; files say nothing of it."""

    format: Literal["proctor-exam"] = "proctor-exam"
    version: Literal[1] = 1
    pictures: list[PictureDocument] = Field(default=[], max_length=MAX_PICTURES)
    published: bool = False

    @model_validator(mode="before")
    @classmethod
    def _duration(cls, given: object) -> object:
        """Older programs say ``duration``."""
        if not isinstance(given, dict) or "duration" not in given:
            return given
        if given.get("duration_minutes") is not None:
            return given
        rest = {name: value for name, value in given.items() if name != "duration"}
        return rest | {"duration_minutes": given["duration"]}


def content_of(document: ContentDocument) -> ExamContent:
    """Raises Invalid where the right answer to a numeric question is not one number."""
    return ExamContent(
        title=document.title,
        description=document.description,
        duration_minutes=document.duration_minutes,
        questions=tuple(_question(number, one) for number, one in enumerate(document.questions, 1)),
        shuffle_questions=document.shuffle_questions,
        shuffle_options=document.shuffle_options,
        level=document.level,
        preset=document.preset,
        rules={
            event: RuleChange(rule.is_on, rule.hold_s, rule.points)
            for event, rule in document.rules.items()
        },
        forbidden=tuple(document.forbidden),
        signals=document.signals,
        candidate_may_pause=document.candidate_may_pause,
        identity_check=document.identity_check,
        fullscreen=document.fullscreen,
        second_device=document.second_device,
        grace_s=document.grace_s,
    )


def terms_of(document: TermsDocument) -> ExamTerms:
    return ExamTerms(
        code=document.code,
        opens_at=_aware(document.opens_at),
        closes_at=_aware(document.closes_at),
        time_zone=document.time_zone,
        access=document.access,
        attempts_allowed=document.attempts_allowed,
        results=document.results,
        retention_days=document.retention_days,
        reviewers=document.reviewers,
    )


def document_of(
    content: ExamContent, terms: ExamTerms, pictures: Iterable[PictureDocument] = ()
) -> ExamDocument:
    return ExamDocument(
        code=terms.code,
        opens_at=terms.opens_at,
        closes_at=terms.closes_at,
        time_zone=terms.time_zone,
        access=terms.access,
        attempts_allowed=terms.attempts_allowed,
        results=terms.results,
        retention_days=terms.retention_days,
        reviewers=terms.reviewers,
        title=content.title,
        description=content.description,
        duration_minutes=content.duration_minutes,
        questions=[question_document(question) for question in content.questions],
        shuffle_questions=content.shuffle_questions,
        shuffle_options=content.shuffle_options,
        level=content.level,
        preset=content.preset,
        rules={
            event: RuleDocument(is_on=rule.is_on, hold_s=rule.hold_s, points=rule.points)
            for event, rule in content.rules.items()
        },
        forbidden=list(content.forbidden),
        signals=dict(content.signals),
        candidate_may_pause=content.candidate_may_pause,
        identity_check=content.identity_check,
        fullscreen=content.fullscreen,
        second_device=content.second_device,
        grace_s=content.grace_s,
        pictures=list(pictures),
    )


def question_document(question: Question) -> ExamQuestionDocument:
    return ExamQuestionDocument(
        id=question.id,
        kind=question.kind,
        text=question.text,
        options=list(question.options),
        correct=list(question.correct) if question.number is None else [question.number],
        tolerance=question.tolerance,
        points=question.points,
        negative_points=question.negative_points,
        partial_credit=question.partial_credit,
        case_sensitive=question.case_sensitive,
        explanation=question.explanation,
    )


def _question(number: int, document: ExamQuestionDocument) -> Question:
    """Raises Invalid."""
    given = document.correct
    right = [] if given is None else given if isinstance(given, list) else [given]
    is_numeric = document.kind is QuestionKind.NUMERIC
    wanted = document.number
    if is_numeric and right:
        said = as_number(str(right[0])) if len(right) == 1 else None
        if said is None or wanted not in (None, said):
            raise Invalid("exam_invalid", f"Question {number}: the right answer is not one number.")
        wanted = said
    return Question(
        id=document.id,
        kind=document.kind,
        text=document.text,
        options=tuple(document.options),
        correct=() if is_numeric else tuple(map(str, right)),
        number=wanted,
        tolerance=document.tolerance,
        points=document.points,
        negative_points=document.negative_points,
        partial_credit=document.partial_credit,
        case_sensitive=document.case_sensitive,
        explanation=document.explanation,
    )


def _aware(at: datetime | None) -> datetime | None:
    """A time without a zone is in UTC, as all times of the contract are."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
