"""What the page about one attempt shows: its people, incidents, answers and other attempts."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from proctor_app.db.repositories.attempts import watched_by
from proctor_app.db.tables import (
    Answer,
    Attempt,
    AttemptEvent,
    Exam,
    Incident,
    QuestionView,
    User,
)
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import EventType

_BEFORE = [
    AttemptStatus.CREATED.value,
    AttemptStatus.IDENTITY_PENDING.value,
    AttemptStatus.READY.value,
    AttemptStatus.CANCELLED.value,
]


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    question_id: str
    is_answered: bool
    is_flagged: bool


class DeskRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def head(self, attempt: Attempt) -> tuple[str, str | None]:
        """The candidate's name and the exam's title, None for a free session."""
        name = self._session.exec(select(User.name).where(User.id == attempt.user_id)).one()
        if attempt.exam_id is None:
            return name, None
        query = select(Exam.title).where(Exam.id == attempt.exam_id)
        return name, self._session.exec(query).one_or_none()

    def newest(self, attempt_id: str, limit: int) -> list[Incident]:
        """The newest incidents of the attempt, newest first."""
        return self._incidents(attempt_id, limit, by_severity=False)

    def gravest(self, attempt_id: str, limit: int) -> list[Incident]:
        """Alerts before notices, the newest first."""
        return self._incidents(attempt_id, limit, by_severity=True)

    def open_now(self, attempt_id: str) -> list[Incident]:
        query = select(Incident).where(
            Incident.attempt_id == attempt_id,
            col(Incident.closed_at).is_(None),
            col(Incident.hidden_at).is_(None),
        )
        return list(self._session.exec(query))

    def gaps(self, attempt_id: str, limit: int) -> list[tuple[datetime, datetime | None]]:
        """When nothing came to be looked at, from and to; the newest, oldest first."""
        query = (
            select(Incident.opened_at, Incident.closed_at)
            .where(
                Incident.attempt_id == attempt_id,
                Incident.event_type == EventType.MONITORING_GAP.value,
                col(Incident.hidden_at).is_(None),
            )
            .order_by(col(Incident.opened_at).desc())
            .limit(limit)
        )
        return list(self._session.exec(query))[::-1]

    def history(self, attempt_id: str, limit: int) -> list[AttemptEvent]:
        """What happened to the attempt; the newest, oldest first."""
        query = (
            select(AttemptEvent)
            .where(AttemptEvent.attempt_id == attempt_id)
            .order_by(col(AttemptEvent.id).desc())
            .limit(limit)
        )
        return list(self._session.exec(query))[::-1]

    def answers(self, attempt_id: str) -> list[GivenAnswer]:
        """What was answered and flagged; what was answered is not read."""
        is_answered = Answer.value != ""
        query = select(Answer.question_id, is_answered, Answer.is_flagged).where(
            Answer.attempt_id == attempt_id
        )
        rows = self._session.exec(query)
        return [GivenAnswer(question, bool(given), bool(flag)) for question, given, flag in rows]

    def stands_at(self, attempt_id: str) -> str | None:
        """The question that stands before the candidate, where the page has told."""
        query = (
            select(QuestionView.question_id)
            .where(QuestionView.attempt_id == attempt_id, col(QuestionView.left_at).is_(None))
            .order_by(col(QuestionView.entered_at).desc(), col(QuestionView.id).desc())
            .limit(1)
        )
        return self._session.exec(query).first()

    def others(
        self, attempt: Attempt, limit: int, watcher: str | None
    ) -> list[tuple[Attempt, str | None]]:
        """What else the candidate has sat, newest first, with the exams' titles. watcher: a
        proctor, for attempts that are theirs to watch."""
        query = (
            select(Attempt, Exam.title)
            .outerjoin(Exam, col(Attempt.exam_id) == col(Exam.id))
            .where(
                Attempt.user_id == attempt.user_id,
                Attempt.id != attempt.id,
                col(Attempt.status).not_in(_BEFORE),
                *watched_by(watcher),
            )
            .order_by(col(Attempt.created_at).desc(), col(Attempt.id).desc())
            .limit(limit)
        )
        return [(row, title) for row, title in self._session.exec(query)]

    def _incidents(self, attempt_id: str, limit: int, *, by_severity: bool) -> list[Incident]:
        # "alert" stands before "notice" in the alphabet, too.
        first = [col(Incident.severity)] if by_severity else []
        query = (
            select(Incident)
            .where(Incident.attempt_id == attempt_id, col(Incident.hidden_at).is_(None))
            .order_by(*first, col(Incident.opened_at).desc(), col(Incident.id).desc())
            .limit(limit)
        )
        return list(self._session.exec(query))
