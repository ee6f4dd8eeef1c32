"""What the analytics show, summed up by the database: it gives sums, counts and groups, never the
rows behind them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import aliased
from sqlalchemy.sql.functions import FunctionElement
from sqlmodel import Session, case, col, exists, func, select

from proctor_app.db.repositories.attempts import watched_by
from proctor_app.db.tables import (
    Attempt,
    Exam,
    ExamProctor,
    Incident,
    IncidentTally,
    QuestionView,
    Review,
    User,
)
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.review import GIVEN, ReviewKind

_RUNNING = (
    AttemptStatus.RUNNING.value,
    AttemptStatus.PAUSED.value,
    AttemptStatus.INTERRUPTED.value,
)
_JUDGING = tuple(
    kind.value for kind in (ReviewKind.FIRST, ReviewKind.SECOND, ReviewKind.BULK, ReviewKind.UNDO)
)
_GIVEN = tuple(verdict.value for verdict in GIVEN)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which attempts: of one exam, or free sessions (no exam_id), made since then; None: ever."""

    exam_id: str | None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class ListedExam:
    id: str
    title: str
    code: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Of the attempts that began. compliance: their mean, None without any."""

    attempts: int
    running: int
    incidents: int
    to_review: int
    compliance: float | None
    first_at: datetime | None
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class TypeAtTime:
    """Incidents of a type whose slot lies in [slot, slot + width). cost: points, without caps."""

    event_type: str
    slot: int
    incidents: int
    passed: int
    suspicious: int
    violation: int
    cost: float


@dataclass(frozen=True, slots=True)
class Candidate:
    attempt_id: str
    name: str
    compliance: float
    incidents: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Cell:
    """One attempt's incidents that opened in one slot."""

    attempt_id: str
    slot: int
    incidents: int
    cost: float


@dataclass(frozen=True, slots=True)
class QuestionTime:
    """seconds: of all candidates together, while the question stood before them."""

    question_id: str
    views: int
    candidates: int
    seconds: float


@dataclass(frozen=True, slots=True)
class VerdictPair:
    """How many incidents one person called this and another that."""

    one: str
    other: str
    incidents: int


class AnalyticsRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def exams(self, watcher: str | None, limit: int) -> list[ListedExam]:
        """Exams that somebody sat, the newest first. watcher: a proctor, for those that are theirs
        to watch; None for all."""
        sat = exists().where(col(Attempt.exam_id) == col(Exam.id))
        query = (
            select(Exam.id, Exam.title, Exam.code)
            .where(sat, *_watched_exams(watcher))
            .order_by(col(Exam.created_at).desc(), col(Exam.id).desc())
            .limit(limit)
        )
        return [ListedExam(*row) for row in self._session.exec(query)]

    def sat_last(self, watcher: str | None) -> str | None:
        """The exam of the newest attempt that is theirs to watch; None without one."""
        query = (
            select(Attempt.exam_id)
            .where(col(Attempt.exam_id).is_not(None), *watched_by(watcher))
            .order_by(col(Attempt.created_at).desc(), col(Attempt.id).desc())
            .limit(1)
        )
        return self._session.exec(query).first()

    def standing(self, scope: Scope) -> Standing:
        is_running = case((col(Attempt.status).in_(_RUNNING), 1), else_=0)
        sums: tuple[ColumnElement[Any], ...] = (
            func.count(col(Attempt.id)),
            func.sum(is_running),
            func.sum(col(Attempt.incidents)),
            func.sum(col(Attempt.to_review)),
            func.avg(col(Attempt.compliance)),
            func.min(col(Attempt.started_at)),
            func.max(func.coalesce(col(Attempt.ended_at), col(Attempt.last_frame_at))),
        )
        row = self._session.execute(select(*sums).where(*_in(scope))).one()
        mean = None if row[4] is None else float(row[4])
        return Standing(
            row[0], int(row[1] or 0), int(row[2] or 0), int(row[3] or 0), mean, row[5], row[6]
        )

    def compliance(self, scope: Scope, lower_bounds: tuple[float, ...]) -> list[int]:
        """How many attempts have a compliance of at least each bound, but below the next one."""
        value = col(Attempt.compliance)
        counts: list[ColumnElement[int]] = []
        for bound, following in zip(lower_bounds, (*lower_bounds[1:], None), strict=True):
            is_in = value >= bound if following is None else (value >= bound) & (value < following)
            counts.append(func.sum(case((is_in, 1), else_=0)))
        row = self._session.execute(select(*counts).where(*_in(scope))).one()
        return [int(count or 0) for count in row]

    def by_type_and_time(self, scope: Scope, width: int) -> list[TypeAtTime]:
        """width: how many slots to take together."""
        one = IncidentTally
        begin: ColumnElement[int] = col(one.slot) - col(one.slot) % width
        sums = [
            func.sum(col(column))
            for column in (one.incidents, one.passed, one.suspicious, one.violation)
        ]
        query = (
            select(col(one.event_type), begin.label("begin"), *sums, func.sum(col(one.cost)))  # type: ignore[call-overload]
            .join(Attempt, col(one.attempt_id) == col(Attempt.id))
            .where(*_in(scope))
            .group_by(col(one.event_type), begin)
        )
        return [
            TypeAtTime(kind, int(slot), int(found), int(fine), int(odd), int(bad), float(cost))
            for kind, slot, found, fine, odd, bad, cost in self._session.execute(query)
        ]

    def riskiest(self, scope: Scope, limit: int, offset: int) -> list[Candidate]:
        """Attempts with the lowest compliance first."""
        query = (
            select(Attempt.id, User.name, Attempt.compliance, Attempt.incidents, Attempt.started_at)  # type: ignore[call-overload]
            .join(User, col(Attempt.user_id) == col(User.id))
            .where(*_in(scope))
            .order_by(col(Attempt.compliance), col(Attempt.incidents).desc(), col(Attempt.id))
            .limit(limit)
            .offset(offset)
        )
        return [Candidate(*row) for row in self._session.exec(query)]

    def cells(self, attempt_ids: Iterable[str]) -> list[Cell]:
        one = IncidentTally
        query = (
            select(
                col(one.attempt_id),
                col(one.slot),
                func.sum(col(one.incidents)),
                func.sum(col(one.cost)),
            )
            .where(col(one.attempt_id).in_(list(attempt_ids)))
            .group_by(col(one.attempt_id), col(one.slot))
        )
        return [
            Cell(attempt_id, slot, int(incidents), float(cost))
            for attempt_id, slot, incidents, cost in self._session.execute(query)
        ]

    def question_times(self, scope: Scope) -> list[QuestionTime]:
        """Of views that are over, in no order."""
        view = QuestionView
        query = (
            select(
                col(view.question_id),
                func.count(col(view.id)),
                func.count(func.distinct(col(Attempt.user_id))),
                func.sum(seconds_between(col(view.entered_at), col(view.left_at))),
            )
            .join(Attempt, col(view.attempt_id) == col(Attempt.id))
            .where(*_in(scope), col(view.left_at).is_not(None))
            .group_by(col(view.question_id))
        )
        return [
            QuestionTime(question_id, views, candidates, max(0.0, float(seconds)))
            for question_id, views, candidates, seconds in self._session.execute(query)
        ]

    def question_incidents(self, scope: Scope) -> dict[str, int]:
        """How many incidents opened while each question stood there, of views that are over."""
        view = QuestionView
        # For each view by itself: joined, PostgreSQL would compare every incident with every view
        # of its attempt.
        opened = (
            select(func.count(col(Incident.id)))
            .where(
                col(Incident.attempt_id) == col(view.attempt_id),
                col(Incident.opened_at) >= col(view.entered_at),
                col(Incident.opened_at) < col(view.left_at),
                col(Incident.hidden_at).is_(None),
            )
            .scalar_subquery()
        )
        query = (
            select(col(view.question_id), func.sum(opened))
            .join(Attempt, col(view.attempt_id) == col(Attempt.id))
            .where(*_in(scope), col(view.left_at).is_not(None))
            .group_by(col(view.question_id))
        )
        return {str(question_id): int(count) for question_id, count in self._session.execute(query)}

    def newest_version(self, scope: Scope) -> str | None:
        """Of the exam, as somebody sat it last."""
        query = (
            select(Attempt.version_id)
            .where(*_in(scope), col(Attempt.version_id).is_not(None))
            .order_by(col(Attempt.created_at).desc(), col(Attempt.id).desc())
            .limit(1)
        )
        return self._session.exec(query).first()

    def verdict_pairs(self, scope: Scope) -> list[VerdictPair]:
        """What two people said of the same incident, each by their last word on it."""
        one, other = aliased(Review), aliased(Review)
        query = (
            select(col(one.verdict), col(other.verdict), func.count(col(one.id)))
            .join(Attempt, col(one.attempt_id) == col(Attempt.id))
            .join(other, col(other.incident_id) == col(one.incident_id))
            .where(*_in(scope), col(one.reviewer_id) < col(other.reviewer_id))
            .where(*_is_last_word(one), *_is_last_word(other))
            .group_by(col(one.verdict), col(other.verdict))
        )
        return [VerdictPair(*row) for row in self._session.execute(query)]


class seconds_between(FunctionElement[float]):  # noqa: N801 - it is written like a function
    """From the first time to the second one."""

    inherit_cache = True
    type = Float()


@compiles(seconds_between, "sqlite")
def _sqlite_seconds(element: seconds_between, compiler: Any, **options: Any) -> str:
    begin, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"((julianday({end}) - julianday({begin})) * 86400.0)"


@compiles(seconds_between, "postgresql")
def _postgresql_seconds(element: seconds_between, compiler: Any, **options: Any) -> str:
    begin, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"EXTRACT(EPOCH FROM ({end} - {begin}))"


@compiles(seconds_between, "mysql")
@compiles(seconds_between, "mariadb")
def _mysql_seconds(element: seconds_between, compiler: Any, **options: Any) -> str:
    begin, end = (compiler.process(clause, **options) for clause in element.clauses)
    return f"(TIMESTAMPDIFF(MICROSECOND, {begin}, {end}) / 1000000.0)"


def _in(scope: Scope) -> list[ColumnElement[bool]]:
    """Conditions on attempts: of the scope, and begun."""
    exam = col(Attempt.exam_id)
    found = [
        exam.is_(None) if scope.exam_id is None else exam == scope.exam_id,
        col(Attempt.started_at).is_not(None),
    ]
    if scope.since is not None:
        found.append(col(Attempt.created_at) >= scope.since)
    return found


def _is_last_word(review: type[Review]) -> list[ColumnElement[bool]]:
    """Conditions on a review: a verdict, and the same person said nothing else of it later."""
    said = aliased(Review)
    last = (
        select(func.max(col(said.id)))
        .where(
            col(said.incident_id) == col(review.incident_id),
            col(said.reviewer_id) == col(review.reviewer_id),
            col(said.kind).in_(_JUDGING),
        )
        .scalar_subquery()
    )
    return [
        col(review.kind) != ReviewKind.UNDO.value,
        col(review.verdict).in_(_GIVEN),
        col(review.id) == last,
    ]


def _watched_exams(proctor_id: str | None) -> list[ColumnElement[bool]]:
    if proctor_id is None:
        return []
    of_exam = exists().where(col(ExamProctor.exam_id) == col(Exam.id))
    return [~of_exam | of_exam.where(col(ExamProctor.user_id) == proctor_id)]
