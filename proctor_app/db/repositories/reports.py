"""What reports are made of: everything about one attempt, and the attempts of an exam."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from proctor_app.db.repositories.attempts import Listed, watched_by
from proctor_app.db.repositories.matching import has
from proctor_app.db.tables import (
    Appeal,
    Attempt,
    AttemptEvent,
    BrowserEvent,
    Evidence,
    Exam,
    ExamVersion,
    Incident,
    Message,
    QuestionView,
    Review,
    User,
)

_AT_ONCE = 400
"""Of values in one list of a query."""


@dataclass(frozen=True, slots=True)
class SignalCount:
    kind: str
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class IncidentPlace:
    """An incident's place in the order of an attempt."""

    opened_at: datetime
    id: int


class ReportRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def incidents(self, attempt_id: str, after: IncidentPlace | None, limit: int) -> list[Incident]:
        """Incidents that were not cleared away, oldest first, those that follow the place."""
        opened, last = col(Incident.opened_at), col(Incident.id)
        query = (
            select(Incident)
            .where(Incident.attempt_id == attempt_id, col(Incident.hidden_at).is_(None))
            .order_by(opened, last)
            .limit(limit)
        )
        if after is not None:
            beyond = (opened > after.opened_at) | (last > after.id)
            query = query.where(opened >= after.opened_at, beyond)
        return list(self._session.exec(query))

    def pictures(self, incident_ids: Iterable[int]) -> dict[int, list[Evidence]]:
        """Their pictures in order, those whose bytes are gone as well."""
        ids, found = list(incident_ids), dict[int, list[Evidence]]()
        for start in range(0, len(ids), _AT_ONCE):
            query = (
                select(Evidence)
                .where(col(Evidence.incident_id).in_(ids[start : start + _AT_ONCE]))
                .order_by(col(Evidence.incident_id), col(Evidence.ordinal))
            )
            for row in self._session.exec(query):
                found.setdefault(row.incident_id, []).append(row)
        return found

    def reviews(self, attempt_id: str, limit: int) -> list[Review]:
        query = (
            select(Review)
            .where(Review.attempt_id == attempt_id)
            .order_by(col(Review.at), col(Review.id))
            .limit(limit)
        )
        return list(self._session.exec(query))

    def appeals(self, attempt_id: str, limit: int) -> list[Appeal]:
        query = (
            select(Appeal)
            .where(Appeal.attempt_id == attempt_id)
            .order_by(col(Appeal.made_at), col(Appeal.id))
            .limit(limit)
        )
        return list(self._session.exec(query))

    def messages(self, attempt_id: str, limit: int) -> list[Message]:
        query = (
            select(Message)
            .where(Message.attempt_id == attempt_id)
            .order_by(col(Message.sent_at), col(Message.id))
            .limit(limit)
        )
        return list(self._session.exec(query))

    def events(self, attempt_id: str, limit: int) -> list[AttemptEvent]:
        query = (
            select(AttemptEvent)
            .where(AttemptEvent.attempt_id == attempt_id)
            .order_by(col(AttemptEvent.id))
            .limit(limit)
        )
        return list(self._session.exec(query))

    def signals(self, attempt_id: str) -> list[SignalCount]:
        """What the browser told, by kind."""
        at = col(BrowserEvent.received_at)
        query = (
            select(BrowserEvent.kind, func.count(), func.min(at), func.max(at))
            .where(BrowserEvent.attempt_id == attempt_id)
            .group_by(BrowserEvent.kind)
            .order_by(BrowserEvent.kind)
        )
        return [SignalCount(*row) for row in self._session.exec(query)]

    def views(self, attempt_id: str, limit: int) -> list[QuestionView]:
        query = (
            select(QuestionView)
            .where(QuestionView.attempt_id == attempt_id)
            .order_by(col(QuestionView.entered_at), col(QuestionView.id))
            .limit(limit)
        )
        return list(self._session.exec(query))

    def people(self, user_ids: Iterable[str]) -> dict[str, User]:
        ids, found = sorted({one for one in user_ids if one}), dict[str, User]()
        for start in range(0, len(ids), _AT_ONCE):
            query = select(User).where(col(User.id).in_(ids[start : start + _AT_ONCE]))
            found.update({user.id: user for user in self._session.exec(query)})
        return found

    def version_number(self, version_id: str) -> int | None:
        query = select(ExamVersion.number).where(ExamVersion.id == version_id)
        return self._session.exec(query).one_or_none()

    def attempt_ids(self, exam_id: str, limit: int) -> list[str]:
        """The exam's attempts, the first one first."""
        query = (
            select(Attempt.id)
            .where(Attempt.exam_id == exam_id)
            .order_by(col(Attempt.created_at), col(Attempt.id))
            .limit(limit)
        )
        return list(self._session.exec(query))

    def find(self, search: str, watcher: str | None, limit: int) -> list[Listed]:
        """The newest attempts whose candidate's name or e-mail, or whose exam's title or code, has
        this in it. watcher: a proctor, for those that are theirs to watch."""
        query = (
            select(Attempt, User.name, Exam.title)
            .join(User, col(Attempt.user_id) == col(User.id))
            .outerjoin(Exam, col(Attempt.exam_id) == col(Exam.id))
            .where(*watched_by(watcher))
            .order_by(col(Attempt.created_at).desc(), col(Attempt.id).desc())
            .limit(limit)
        )
        if search:
            columns = (col(User.name), col(User.email), col(Exam.title), col(Exam.code))
            first, *others = (has(self._session, column, search) for column in columns)
            for one in others:
                first = first | one
            query = query.where(first)
        return [(row, name, title) for row, name, title in self._session.exec(query)]

    def was_erased_since(self, exam_id: str, since: datetime) -> bool:
        """Whether a candidate of the exam was erased, or asked for it, since then."""
        query = (
            select(User.id)
            .join(Attempt, col(Attempt.user_id) == col(User.id))
            .where(
                Attempt.exam_id == exam_id,
                (col(User.erased_at) >= since) | (col(User.erasure_requested_at) >= since),
            )
            .limit(1)
        )
        return self._session.exec(query).first() is not None
