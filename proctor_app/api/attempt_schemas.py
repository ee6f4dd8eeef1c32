"""What the routes of attempts take and answer."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from proctor_app.clock import iso
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.question import MAX_ESSAY, MAX_OPTION, MAX_OPTIONS
from proctor_app.services.answers import MAX_SEQ, UNCHANGED
from proctor_app.services.attempt_list import AttemptPage, ListedAttempt
from proctor_app.services.messages import MAX_TEXT
from proctor_app.services.paper import Paper
from proctor_app.services.results import Result

_Text = Annotated[str, Field(max_length=MAX_ESSAY)]
_Several = Annotated[
    list[Annotated[str, Field(max_length=MAX_OPTION)]], Field(max_length=MAX_OPTIONS)
]


class QuestionDocument(BaseModel):
    """What is asked; never what would be right. text: Markdown."""

    id: str
    number: int
    kind: str
    text: str
    options: list[str]
    points: float


class MarkDocument(BaseModel):
    """points: null until marked; of a question without an answer 0. comment: of the person who
    marked it, for the candidate. awaits_mark: it has an answer that nobody marked yet."""

    points: float | None
    comment: str
    awaits_mark: bool


class AttemptDocument(BaseModel):
    """answers: by the question's id, text or a list of texts; those without an answer are not in
    it. marks: of every question by its id, for staff, once the attempt has ended; null for anybody
    else and before. flagged: questions the candidate means to come back to. compliance: 0 to 100.
    score: null until the one who asks may see it and all is marked. Before the beginning and in a
    pause there are no questions."""

    id: str
    exam_id: str | None
    user_id: str
    title: str
    status: str
    started_at: str | None
    ends_at: str | None
    ended_at: str | None
    remaining_s: float | None
    questions: list[QuestionDocument]
    answers: dict[str, str | list[str]]
    marks: dict[str, MarkDocument] | None
    flagged: list[str]
    compliance: float
    score: float | None
    max_score: float | None
    receipt: str | None


class ListedDocument(BaseModel):
    """name: the candidate's. answered: questions with an answer. score: null until marked."""

    id: str
    exam_id: str | None
    title: str
    user_id: str
    name: str
    status: str
    number: int
    created_at: str
    started_at: str | None
    ends_at: str | None
    remaining_s: float | None
    answered: int
    score: float | None
    max_score: float | None


class AttemptsAnswer(BaseModel):
    """next: a cursor, null where the list ends."""

    items: list[ListedDocument]
    next: str | None


class SaveRequest(BaseModel):
    """value: an option's text, several in a list, a number or a text; left out it stays as it is,
    null withdraws it. seq: the client's count of what it saves, so that an older save that arrives
    late changes nothing. kept: it was kept while offline. holder: the window it comes from."""

    value: _Text | int | float | _Several | None = None
    flagged: bool | None = None
    seq: int = Field(default=0, ge=0, le=MAX_SEQ)
    kept: bool = False
    holder: str = Field(default="", max_length=64)

    @property
    def sent_value(self) -> object:
        """The value, or that none was sent."""
        return self.value if "value" in self.model_fields_set else UNCHANGED


class SaveAnswer(BaseModel):
    saved: bool
    remaining_s: float
    seq: int


class SubmitRequest(BaseModel):
    holder: str = Field(default="", max_length=64)


class SubmitAnswer(BaseModel):
    """score: null until the exam releases results. receipt: shows later what was handed in."""

    status: str
    score: float | None
    receipt: str


class MessageRequest(BaseModel):
    """kind: a warning is for proctors to give."""

    kind: Literal["message", "warning"] = "message"
    text: str = Field(max_length=MAX_TEXT)


class TerminateRequest(BaseModel):
    """reason: the candidate is told."""

    reason: str = Field(max_length=200)


def attempt(
    paper: Paper, compliance: float, score: float | None, result: Result | None
) -> AttemptDocument:
    """result: where the one who asks may see how it was marked."""
    found = paper.attempt
    return AttemptDocument(
        id=found.id,
        exam_id=found.exam_id,
        user_id=found.user_id,
        title=paper.title,
        status=found.status.value,
        started_at=iso(found.started_at) if found.started_at else None,
        ends_at=iso(found.ends_at) if found.ends_at else None,
        ended_at=iso(found.ended_at) if found.ended_at else None,
        remaining_s=paper.remaining_s,
        questions=[
            QuestionDocument(
                id=one.id,
                number=one.number,
                kind=one.kind.value,
                text=one.text,
                options=list(one.options),
                points=one.points,
            )
            for one in paper.questions
        ],
        answers={
            one.question_id: one.value if isinstance(one.value, str) else list(one.value)
            for one in paper.answers
            if one.value
        },
        marks=_marks(result) if result else None,
        flagged=[one.question_id for one in paper.answers if one.is_flagged],
        compliance=compliance,
        score=score,
        max_score=found.max_points,
        receipt=found.receipt or None,
    )


def _marks(result: Result) -> dict[str, MarkDocument]:
    is_marked_at_all = result.attempt.status is not AttemptStatus.CANCELLED
    return {
        one.id: MarkDocument(
            points=one.points,
            comment=one.comment,
            awaits_mark=one.points is None and is_marked_at_all,
        )
        for one in result.questions
    }


def attempts(page: AttemptPage) -> AttemptsAnswer:
    return AttemptsAnswer(items=[listed(one) for one in page.items], next=page.next or None)


def listed(one: ListedAttempt) -> ListedDocument:
    found = one.attempt
    return ListedDocument(
        id=found.id,
        exam_id=found.exam_id,
        title=one.title,
        user_id=found.user_id,
        name=one.candidate,
        status=found.status.value,
        number=found.number,
        created_at=iso(found.created_at),
        started_at=iso(found.started_at) if found.started_at else None,
        ends_at=iso(found.ends_at) if found.ends_at else None,
        remaining_s=one.remaining_s,
        answered=found.answered,
        score=found.points,
        max_score=found.max_points,
    )
