"""What a candidate sees of an exam that is over, as soon as the exam lets them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.answers import Answers as AnswerRows
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import STAFF, Action, Actor
from proctor_app.domain.attempt import OPEN, AttemptStatus
from proctor_app.domain.exam import MAX_GRACE_S, ExamContent, Results, arranged
from proctor_app.domain.question import AnswerValue, Question, QuestionKind, is_empty
from proctor_app.errors import Conflict
from proctor_app.services import paper
from proctor_app.services.attempt_access import allow_on_id
from proctor_app.services.beginnings import has_closed
from proctor_app.services.moves import takes_late
from proctor_app.services.receipts import is_same, receipt
from proctor_app.services.told import attempt_for
from proctor_app.services.versions import Versions
from proctor_app.services.views import AttemptView


@dataclass(frozen=True, slots=True)
class ResultQuestion:
    """text, explanation: Markdown. value: "" or () for no answer. correct: right options or
    accepted answers, of a numeric question its number. points: None until marked. max_points: what
    it is worth."""

    id: str
    number: int
    kind: QuestionKind
    text: str
    options: tuple[str, ...]
    value: AnswerValue
    correct: tuple[str, ...]
    tolerance: float
    points: float | None
    max_points: float
    comment: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Result:
    """is_released: whether the one who asks may see score and review; otherwise score is None.
    has_key: whether they may see the right answers; otherwise there are no questions. results: when
    they are released. score: None until wholly marked."""

    attempt: AttemptView
    exam_id: str | None
    title: str
    is_released: bool
    results: Results
    score: float | None
    max_points: float | None
    receipt: str
    questions: tuple[ResultQuestion, ...]
    has_key: bool = False


class ResultsOf:
    def __init__(
        self, database: Database, versions: Versions, clock: Clock, receipt_key: bytes
    ) -> None:
        self._database = database
        self._versions = versions
        self._clock = clock
        self._receipt_key = receipt_key

    def result(self, actor: Actor, attempt_id: str) -> Result:
        """Raises NotFound, NotAllowed, Conflict ("attempt_not_ended")."""
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_ATTEMPT, attempt_id)
            if AttemptStatus(row.status) in OPEN:
                raise Conflict("attempt_not_ended", "The attempt has not ended.")
            exam = ExamRows(session).by_id(row.exam_id) if row.exam_id else None
            is_released = self.sees(session, actor, row)
            if exam is None or row.version_id is None:
                return _of_free_session(attempt_for(actor.user_id, row), is_released)
            content = self._versions.content(row.version_id, session)
            has_key = self.sees_key(session, actor, row)
            rows = AnswerRows(session).of(row.id) if has_key else []
        return Result(
            attempt=attempt_for(actor.user_id, row),
            exam_id=row.exam_id,
            title=content.title,
            is_released=is_released,
            results=Results(exam.results),
            score=row.points if is_released else None,
            max_points=row.max_points,
            receipt=row.receipt,
            questions=_questions(content, row.seed, rows) if has_key else (),
            has_key=has_key,
        )

    def sees(self, session: Transaction, actor: Actor, row: tables.Attempt) -> bool:
        """Whether the actor may know the attempt's points and what its review found: staff always,
        the candidate once results are released."""
        if _is_staff(actor, row):
            return True
        exam = ExamRows(session).by_id(row.exam_id) if row.exam_id else None
        return released(session, self._versions, exam, row, self._clock())

    def sees_key(self, session: Transaction, actor: Actor, row: tables.Attempt) -> bool:
        """Whether the actor may know what was asked although it is over, and what is right: staff
        always, the candidate once that helps nobody any more."""
        if _is_staff(actor, row):
            return True
        exam = ExamRows(session).by_id(row.exam_id) if row.exam_id else None
        return key_released(session, self._versions, exam, row, self._clock())

    def is_receipt(self, actor: Actor, attempt_id: str, code: str) -> bool:
        """Whether the code was given for these answers at this attempt's end. Raises NotFound,
        NotAllowed."""
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_ATTEMPT, attempt_id)
            answers = [(one.question_id, one.value) for one in AnswerRows(session).of(row.id)]
        if row.ended_at is None:
            return False
        return is_same(receipt(self._receipt_key, row.id, row.ended_at, answers), code)


def released(
    session: Transaction,
    versions: Versions,
    exam: tables.Exam | None,
    attempt: tables.Attempt,
    now: datetime,
) -> bool:
    """Whether the candidate may see their points and what the review found; never while answers of
    theirs may still come.

    A release of the attempt itself counts whatever its exam says, and alone in a free session.
    """
    if not _is_over(session, versions, attempt, now):
        return False
    if attempt.released_at is not None:
        return True
    return exam is not None and _by_its_exam(session, versions, exam, attempt, now)


def key_released(
    session: Transaction,
    versions: Versions,
    exam: tables.Exam | None,
    attempt: tables.Attempt,
    now: datetime,
) -> bool:
    """Whether the candidate may see what is right. A release of the attempt itself tells that no
    sooner than when nobody sits the exam, or can begin to before it closes."""
    if exam is None or attempt.version_id is None or not _is_over(session, versions, attempt, now):
        return False
    if _by_its_exam(session, versions, exam, attempt, now):
        return True
    is_ahead = exam.closes_at is not None and not has_closed(exam, now)
    if attempt.released_at is None or is_ahead:
        return False
    return not _is_sat(session, versions, exam.id, now)


def _is_over(
    session: Transaction, versions: Versions, attempt: tables.Attempt, now: datetime
) -> bool:
    """Whether it has ended, and no answer of it may come any more."""
    if AttemptStatus(attempt.status) in OPEN or attempt.status == AttemptStatus.CANCELLED:
        return False
    if attempt.exam_id is None or attempt.version_id is None:
        return True
    return not takes_late(attempt, versions.content(attempt.version_id, session).grace_s, now)


def _by_its_exam(
    session: Transaction,
    versions: Versions,
    exam: tables.Exam,
    attempt: tables.Attempt,
    now: datetime,
) -> bool:
    """Whether the exam's own rule releases results.

    An exam with a closing time counts as closed when nobody sits it any more: some have extra time,
    some are paused, some were offline at the end.
    """
    if attempt.version_id is None:
        return False
    if exam.results_at is not None and exam.results_at <= now:
        return True
    match Results(exam.results):
        case Results.WHEN_MARKED:
            return attempt.points is not None
        case Results.WHEN_CLOSED:
            return has_closed(exam, now) and not _is_sat(session, versions, exam.id, now)
        case Results.BY_HAND:
            return False


def _is_sat(session: Transaction, versions: Versions, exam_id: str, now: datetime) -> bool:
    """Whether somebody sits the exam, or may still send what they kept while offline."""
    rows = AttemptRows(session)
    if rows.is_sat(exam_id):
        return True
    lately = rows.timed_out_since(exam_id, now - timedelta(seconds=MAX_GRACE_S))
    return any(
        now <= ended_at + timedelta(seconds=versions.content(version_id, session).grace_s)
        for version_id, ended_at in lately
    )


def _is_staff(actor: Actor, row: tables.Attempt) -> bool:
    return actor.user_id != row.user_id and actor.role in STAFF


def _of_free_session(attempt: AttemptView, is_released: bool) -> Result:
    return Result(attempt, None, "", is_released, Results.BY_HAND, None, None, "", ())


def _questions(
    content: ExamContent, seed: int, rows: list[tables.Answer]
) -> tuple[ResultQuestion, ...]:
    given = {row.question_id: row for row in rows}
    return tuple(
        _question(question, number, given.get(question.id))
        for number, question in enumerate(arranged(content, seed), 1)
    )


def _question(question: Question, number: int, row: tables.Answer | None) -> ResultQuestion:
    value = paper.read(row.value if row else "", question)
    is_marked = row is not None and (row.points is not None or not is_empty(value))
    return ResultQuestion(
        id=question.id,
        number=number,
        kind=question.kind,
        text=question.text,
        options=question.options,
        value=value,
        correct=_right(question),
        tolerance=question.tolerance,
        points=row.points if row and is_marked else 0.0,
        max_points=question.points,
        comment=row.comment if row else "",
        explanation=question.explanation,
    )


def _right(question: Question) -> tuple[str, ...]:
    if question.kind is QuestionKind.NUMERIC and question.number is not None:
        return (f"{question.number:g}",)
    return question.correct
