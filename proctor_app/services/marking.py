"""Marking what no rule can mark, question by question, and changing a mark that a rule gave."""

import math
from dataclasses import dataclass, replace
from datetime import datetime

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.answers import Answers as AnswerRows
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.marking import MarkingRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor, Role
from proctor_app.domain.attempt import OPEN, AttemptStatus
from proctor_app.domain.exam import ExamContent
from proctor_app.domain.question import AnswerValue, Question
from proctor_app.errors import Conflict, Invalid, NotFound
from proctor_app.services import moves, paper, views
from proctor_app.services.access import allow
from proctor_app.services.attempt_access import allow_on, allow_on_exam, not_ones_own
from proctor_app.services.audit import Audit
from proctor_app.services.cursors import Cursors
from proctor_app.services.exam_lists import Pager, filtered
from proctor_app.services.exam_views import ExamQuery
from proctor_app.services.versions import Versions
from proctor_app.services.views import AttemptView

PAGE = 20
MAX_COMMENT = 1000
_CURSOR = "marking"


@dataclass(frozen=True, slots=True)
class MarkableExam:
    """attempts: that have ended. unmarked: answers of theirs without points."""

    id: str
    code: str
    title: str
    attempts: int
    unmarked: int


@dataclass(frozen=True, slots=True)
class MarkablePage:
    """As ExamPage."""

    items: tuple[MarkableExam, ...]
    next: str
    previous: str
    total: int


@dataclass(frozen=True, slots=True)
class MarkedQuestion:
    """number: its place in the exam as it is written, from 1; 0 where only older versions had it.
    answers: of ended attempts; unmarked: those of them without points."""

    question: Question
    number: int
    answers: int
    unmarked: int


@dataclass(frozen=True, slots=True)
class MarkingOverview:
    """attempts: that have ended. unmarked: answers without points. results_at: since when the
    candidates see their results."""

    title: str
    questions: tuple[MarkedQuestion, ...]
    attempts: int
    unmarked: int
    results_at: datetime | None


@dataclass(frozen=True, slots=True)
class AnswerToMark:
    """question: as this attempt's version asks it. candidate: the name. points: None until marked;
    is_automatic: no person gave them. marked_by: the id of who did."""

    attempt_id: str
    candidate: str
    question: Question
    value: AnswerValue
    points: float | None
    comment: str
    marked_by: str
    is_automatic: bool
    marked_at: datetime | None


@dataclass(frozen=True, slots=True)
class MarkingPage:
    """next: where the next page begins; empty on the last one."""

    items: tuple[AnswerToMark, ...]
    next: str


class Marking:
    """Reads and writes the database: call it off the event loop."""

    def __init__(
        self,
        database: Database,
        versions: Versions,
        cursors: Cursors,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._versions = versions
        self._cursors = cursors
        self._audit = audit
        self._clock = clock

    def exams(self, actor: Actor, query: ExamQuery, *, only_unmarked: bool) -> MarkablePage:
        """One page of the exams that the actor may mark and somebody has sat to the end.

        only_unmarked: those with answers left to be marked. Raises NotAllowed; Invalid for an
        unknown sort, status or cursor.
        """
        allow(actor, Action.WATCH)
        wanted = replace(filtered(query), marking="left" if only_unmarked else "sat")
        if actor.role is not Role.ADMIN:
            wanted = replace(wanted, proctor_id=actor.user_id)
        with self._database.read() as session:
            found, page = Pager(session, self._cursors, query).page(wanted)
            left = MarkingRows(session).left([exam.id for exam in found])
        items = (
            MarkableExam(one.id, one.code, one.title, left[one.id].attempts, left[one.id].answers)
            for one in found
        )
        return MarkablePage(tuple(items), page.next, page.previous, page.total)

    def overview(self, actor: Actor, exam_id: str) -> MarkingOverview:
        """The exam's questions with how much is left to mark. Raises NotFound, NotAllowed."""
        with self._database.read() as session:
            exam = allow_on_exam(session, actor, exam_id)
            rows = AnswerRows(session)
            counts, attempts = rows.counts(exam_id), rows.ended(exam_id)
            questions = self._questions(session, exam, rows.versions(exam_id))
        marked = tuple(
            MarkedQuestion(question, number, *counts.get(question.id, (0, 0)))
            for question, number in questions
        )
        left = sum(one.unmarked for one in marked)
        return MarkingOverview(exam.title, marked, attempts, left, exam.results_at)

    def answers(
        self,
        actor: Actor,
        exam_id: str,
        question_id: str,
        *,
        only_unmarked: bool = False,
        after: str = "",
    ) -> MarkingPage:
        """Answers to one question, in the order they were first given. Raises NotFound, NotAllowed;
        Invalid for a cursor that is none."""
        start = int(self._cursors.open(_CURSOR, after, 1)[0]) if after else 0
        with self._database.read() as session:
            allow_on_exam(session, actor, exam_id)
            found = AnswerRows(session).to_question(
                exam_id, question_id, only_unmarked=only_unmarked, after=start, limit=PAGE + 1
            )
            items = [self._item(session, *row) for row in found[:PAGE]]
        is_more = len(found) > PAGE
        last = found[PAGE - 1][0].id if is_more else 0
        return MarkingPage(
            tuple(item for item in items if item is not None),
            self._cursors.seal(_CURSOR, [str(last)]) if is_more else "",
        )

    def give(
        self, actor: Actor, attempt_id: str, question_id: str, points: float, comment: str = ""
    ) -> AttemptView:
        """Mark one answer and sum the attempt up anew.

        Raises NotFound, NotAllowed ("own_attempt" as well), Invalid ("points_invalid",
        "comment_too_long"), Conflict (the attempt has not ended).
        """
        if len(comment) > MAX_COMMENT:
            raise Invalid("comment_too_long", f"Write at most {MAX_COMMENT} characters.")
        now = self._clock()
        with self._database.write() as session:
            row = self._ended(session, actor, attempt_id)
            answers = AnswerRows(session).of(row.id)
            answer = next((one for one in answers if one.question_id == question_id), None)
            question = self._content(session, row).question(question_id)
            if answer is None or question is None:
                raise NotFound("no_answer", "There is no answer to this question.")
            answer.points = _within(question, points)
            answer.comment = "".join(c for c in comment if c.isprintable() or c in "\n\t").strip()
            answer.marked_by, answer.marked_at = actor.user_id, now
            moves.sum_up(row, answers, now)
            self._audit.note(
                session, actor, "answer.marked", "attempt", row.id,
                question=question_id, points=answer.points,
            )  # fmt: skip
            return views.attempt(row)

    def _ended(self, session: Transaction, actor: Actor, attempt_id: str) -> tables.Attempt:
        row = AttemptRows(session).locked(attempt_id)
        if row is None or row.exam_id is None:
            raise NotFound("no_attempt", "There is no such attempt of an exam.")
        allow_on(session, actor, Action.WATCH, row)
        not_ones_own(actor, row)
        if AttemptStatus(row.status) in OPEN or row.status == AttemptStatus.CANCELLED:
            raise Conflict("attempt_not_ended", "The attempt has not ended.")
        return row

    def _content(self, session: Transaction, row: tables.Attempt) -> ExamContent:
        assert row.version_id is not None
        return self._versions.content(row.version_id, session)

    def _item(
        self, session: Transaction, answer: tables.Answer, row: tables.Attempt, candidate: str
    ) -> AnswerToMark | None:
        question = self._content(session, row).question(answer.question_id)
        if question is None:
            return None
        return AnswerToMark(
            attempt_id=row.id,
            candidate=candidate,
            question=question,
            value=paper.read(answer.value, question),
            points=answer.points,
            comment=answer.comment,
            marked_by=answer.marked_by,
            is_automatic=answer.points is not None and not answer.marked_by,
            marked_at=answer.marked_at,
        )

    def _questions(
        self, session: Transaction, exam: tables.Exam, older: list[str]
    ) -> list[tuple[Question, int]]:
        """Those of the present version, then what only earlier ones asked."""
        found: dict[str, tuple[Question, int]] = {}
        if exam.version_id is not None:
            content = self._versions.content(exam.version_id, session)
            found = {one.id: (one, at) for at, one in enumerate(content.questions, 1)}
        for version_id in older:
            for question in self._versions.content(version_id, session).questions:
                found.setdefault(question.id, (question, 0))
        return list(found.values())


def _within(question: Question, points: float) -> float:
    lowest = 0.0 - question.negative_points
    if not math.isfinite(points) or not lowest <= points <= question.points:
        raise Invalid(
            "points_invalid", f"The points lie between {lowest:g} and {question.points:g}."
        )
    return round(points, 4)
