"""The paper: what a candidate is asked, as one attempt sees it, and what was answered so far.

What would be right never stands in it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import TypeAdapter

from proctor_app.db import tables
from proctor_app.domain.exam import ExamContent, Level, arranged
from proctor_app.domain.question import AnswerValue, Question, QuestionKind
from proctor_app.services.views import AttemptView

_VALUE: TypeAdapter[AnswerValue] = TypeAdapter(AnswerValue)


@dataclass(frozen=True, slots=True)
class PaperQuestion:
    """number: its place in this attempt, from 1. text: Markdown."""

    id: str
    number: int
    kind: QuestionKind
    text: str
    options: tuple[str, ...]
    points: float
    negative_points: float = 0.0


@dataclass(frozen=True, slots=True)
class PaperAnswer:
    """value: "" or () for none."""

    question_id: str
    value: AnswerValue
    is_flagged: bool
    seq: int


@dataclass(frozen=True, slots=True)
class Paper:
    """questions: for the candidate only while the time runs, and once results are released; for
    staff always. question_count: how many there are. last_seq: the highest seq of the answers, 0
    before any; last_signal_seq: of the browser's signals. retention_days: for how many days
    after the exam the institution keeps it, None where the exam names no number."""

    attempt: AttemptView
    exam_id: str | None
    title: str
    description: str
    level: Level
    fullscreen: bool
    candidate_may_pause: bool
    questions: tuple[PaperQuestion, ...]
    question_count: int
    answers: tuple[PaperAnswer, ...]
    last_seq: int
    last_signal_seq: int
    remaining_s: float | None
    now: datetime
    retention_days: int | None = None


def stored(value: AnswerValue) -> str:
    """The value as the database keeps it: JSON, or nothing at all where there is no answer."""
    return _VALUE.dump_json(value).decode() if value else ""


def read(text: str, question: Question | None = None) -> AnswerValue:
    """What ``stored`` kept; the question tells what kind of nothing an empty one is."""
    if text:
        return _VALUE.validate_json(text)
    is_several = question is not None and question.kind is QuestionKind.MULTIPLE
    return () if is_several else ""


def questions(content: ExamContent, seed: int) -> tuple[PaperQuestion, ...]:
    """The questions in the order of this attempt, without anything that tells what is right."""
    return tuple(
        PaperQuestion(
            id=question.id,
            number=number,
            kind=question.kind,
            text=question.text,
            options=question.options,
            points=question.points,
            negative_points=question.negative_points,
        )
        for number, question in enumerate(arranged(content, seed), 1)
    )


def answers(content: ExamContent, rows: Iterable[tables.Answer]) -> tuple[PaperAnswer, ...]:
    return tuple(
        PaperAnswer(
            question_id=row.question_id,
            value=read(row.value, content.question(row.question_id)),
            is_flagged=row.is_flagged,
            seq=row.seq,
        )
        for row in rows
    )
