"""Attempts and what happened to them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, exists, func, select

from proctor_app.db.tables import Attempt, AttemptEvent, Exam, ExamProctor, User
from proctor_app.domain.attempt import VERDICTS, AttemptStatus
from proctor_app.domain.exam import ExamStatus

Listed = tuple[Attempt, str, str | None]
_IS_SAT = [
    AttemptStatus.RUNNING.value,
    AttemptStatus.PAUSED.value,
    AttemptStatus.INTERRUPTED.value,
]
_BEFORE = [
    AttemptStatus.CREATED.value,
    AttemptStatus.IDENTITY_PENDING.value,
    AttemptStatus.READY.value,
]


@dataclass(frozen=True, slots=True)
class AttemptFilter:
    """Empty fields admit every attempt. reader: who looks; to them the verdict on an attempt of
    their own is none until it is released. watcher: a proctor, for those that are theirs."""

    reader: str
    status: str = ""
    exam_id: str = ""
    watcher: str | None = None


@dataclass(frozen=True, slots=True)
class AttemptPlace:
    """An attempt's place in the list."""

    created_at: datetime
    id: str


class Attempts:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, attempt: Attempt) -> None:
        self._session.add(attempt)
        self._session.flush()

    def flush(self) -> None:
        """Send what has changed to the database now, within the transaction."""
        self._session.flush()

    def by_id(self, attempt_id: str) -> Attempt | None:
        return self._session.get(Attempt, attempt_id)

    def locked(self, attempt_id: str) -> Attempt | None:
        """As ``by_id``, read anew; other writers wait until this transaction has ended."""
        return self._session.get(Attempt, attempt_id, populate_existing=True, with_for_update=True)

    def locked_many(self, attempt_ids: Iterable[str]) -> dict[str, Attempt]:
        """As ``locked``, several at once and always in the same order, by their ids."""
        query = (
            select(Attempt)
            .where(col(Attempt.id).in_(sorted(set(attempt_ids))))
            .order_by(col(Attempt.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return {attempt.id: attempt for attempt in self._session.exec(query)}

    def open_of(self, user_id: str) -> Attempt | None:
        query = select(Attempt).where(Attempt.open_for == user_id)
        return self._session.exec(query).one_or_none()

    def latest_of(self, user_id: str) -> Attempt | None:
        query = (
            select(Attempt)
            .where(Attempt.user_id == user_id)
            .order_by(col(Attempt.created_at).desc(), col(Attempt.id).desc())
            .limit(1)
        )
        return self._session.exec(query).one_or_none()

    def history_of(self, user_id: str, limit: int) -> list[Attempt]:
        query = (
            select(Attempt)
            .where(Attempt.user_id == user_id)
            .order_by(col(Attempt.created_at).desc())
            .limit(limit)
        )
        return list(self._session.exec(query))

    def released_of(self, user_id: str) -> list[str]:
        """Ids of the person's attempts that were released to them."""
        query = select(Attempt.id).where(
            Attempt.user_id == user_id, col(Attempt.released_at).is_not(None)
        )
        return list(self._session.exec(query))

    def with_status(
        self, statuses: Iterable[str], watcher: str | None = None
    ) -> list[tuple[Attempt, User]]:
        """watcher: a proctor, for those that are theirs to watch; None for all."""
        query = (
            select(Attempt, User)
            .join(User)
            .where(col(Attempt.status).in_(list(statuses)), *watched_by(watcher))
            .order_by(col(Attempt.started_at), col(Attempt.id))
        )
        return list(self._session.exec(query))

    def page(self, wanted: AttemptFilter, start: AttemptPlace | None, limit: int) -> list[Listed]:
        """At most ``limit`` attempts that follow the start, newest first, each with its
        candidate's name and its exam's title."""
        created, last = col(Attempt.created_at), col(Attempt.id)
        query = (
            select(Attempt, User.name, Exam.title)
            .join(User, col(Attempt.user_id) == col(User.id))
            .outerjoin(Exam, col(Attempt.exam_id) == col(Exam.id))
            .where(*watched_by(wanted.watcher))
            .order_by(created.desc(), last.desc())
            .limit(limit)
        )
        if wanted.status:
            query = query.where(_is_told(wanted.reader, wanted.status))
        if wanted.exam_id:
            query = query.where(Attempt.exam_id == wanted.exam_id)
        if start is not None:
            beyond = (created < start.created_at) | (last < start.id)
            query = query.where(created <= start.created_at).where(beyond)
        return [(row, name, title) for row, name, title in self._session.exec(query)]

    def is_sat(self, exam_id: str) -> bool:
        """Whether somebody has begun this exam and may still go on."""
        query = (
            select(Attempt.id)
            .where(Attempt.exam_id == exam_id, col(Attempt.status).in_(_IS_SAT))
            .limit(1)
        )
        return self._session.exec(query).first() is not None

    def timed_out_since(self, exam_id: str, since: datetime) -> list[tuple[str, datetime]]:
        """Versions of this exam whose time was up for somebody since then, and when last."""
        ended_at = col(Attempt.ended_at)
        query = (
            select(Attempt.version_id, func.max(ended_at))
            .where(
                Attempt.exam_id == exam_id,
                Attempt.status == AttemptStatus.TIMED_OUT.value,
                ended_at >= since,
            )
            .group_by(col(Attempt.version_id))
        )
        return [(one, at) for one, at in self._session.exec(query) if one and at]

    def not_begun_in_time(self, now: datetime) -> list[str]:
        """Ids of open attempts that did not begin before their exam closed."""
        is_closed = (col(Exam.status) == ExamStatus.CLOSED.value) | (col(Exam.closes_at) <= now)
        query = (
            select(Attempt.id)
            .join(Exam, col(Attempt.exam_id) == col(Exam.id))
            .where(col(Attempt.status).in_(_BEFORE), is_closed)
            .order_by(col(Attempt.id))
        )
        return list(self._session.exec(query))

    def count_by_status(self) -> dict[str, int]:
        query = select(Attempt.status, func.count(col(Attempt.id))).group_by(Attempt.status)
        return dict(self._session.exec(query).all())

    def log(self, attempt_id: str, at: datetime, kind: str, detail: str = "") -> None:
        self._session.add(AttemptEvent(attempt_id=attempt_id, at=at, kind=kind, detail=detail))

    def events(self, attempt_id: str) -> list[AttemptEvent]:
        query = (
            select(AttemptEvent)
            .where(AttemptEvent.attempt_id == attempt_id)
            .order_by(col(AttemptEvent.id))
        )
        return list(self._session.exec(query))


def _is_told(reader: str, status: str) -> ColumnElement[bool]:
    """Whether an attempt has this status for all that the reader may know."""
    is_kept_back = (
        (col(Attempt.user_id) == reader)
        & col(Attempt.released_at).is_(None)
        & col(Attempt.status).in_([one.value for one in VERDICTS])
    )
    has_it = col(Attempt.status) == status
    if status in VERDICTS:
        return has_it & ~is_kept_back
    return has_it | is_kept_back if status == AttemptStatus.UNDER_REVIEW else has_it


def watched_by(proctor_id: str | None) -> list[ColumnElement[bool]]:
    """Conditions on attempts that are this proctor's to watch; none for None, who sees all."""
    if proctor_id is None:
        return []
    of_exam = exists().where(col(ExamProctor.exam_id) == col(Attempt.exam_id))
    mine = of_exam.where(col(ExamProctor.user_id) == proctor_id)
    return [col(Attempt.exam_id).is_(None) | ~of_exam | mine]
