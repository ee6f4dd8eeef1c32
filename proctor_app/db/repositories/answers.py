"""Answers to questions."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, func, or_, select

from proctor_app.db.tables import Answer, Attempt, User

_NOT_ENDED = ("created", "identity_pending", "ready", "running", "paused", "interrupted")
_NEVER_MARKED = (*_NOT_ENDED, "cancelled")


class Answers:
    def __init__(self, session: Session) -> None:
        self._session = session

    def new(self, attempt_id: str, question_id: str, at: datetime) -> Answer:
        """Add an answer that says nothing yet."""
        answer = Answer(attempt_id=attempt_id, question_id=question_id, saved_at=at)
        self._session.add(answer)
        return answer

    def of(self, attempt_id: str) -> list[Answer]:
        """The attempt's answers as they are now, in the order they were first given."""
        query = (
            select(Answer)
            .where(Answer.attempt_id == attempt_id)
            .order_by(col(Answer.id))
            .execution_options(populate_existing=True)
        )
        return list(self._session.exec(query))

    def one(self, attempt_id: str, question_id: str) -> Answer | None:
        query = select(Answer).where(
            Answer.attempt_id == attempt_id, Answer.question_id == question_id
        )
        return self._session.exec(query).one_or_none()

    def those(self, keys: Iterable[tuple[str, str]]) -> list[Answer]:
        """The answers of these attempts to these questions, found by their unique index."""
        # Said so they are looked up; SQLite reads the whole table for a list of pairs.
        wanted = [
            (col(Answer.attempt_id) == attempt_id) & (col(Answer.question_id) == question_id)
            for attempt_id, question_id in keys
        ]
        return list(self._session.exec(select(Answer).where(or_(*wanted))))

    def counts(self, exam_id: str) -> dict[str, tuple[int, int]]:
        """By question: how many ended attempts answered it, and how many answers lack a mark."""
        unmarked = func.count(col(Answer.id)) - func.count(col(Answer.points))
        query = (
            select(Answer.question_id, func.count(col(Answer.id)), unmarked)
            .join(Attempt, col(Answer.attempt_id) == col(Attempt.id))
            .where(
                Attempt.exam_id == exam_id,
                col(Attempt.status).not_in(_NEVER_MARKED),
                Answer.value != "",
            )
            .group_by(Answer.question_id)
        )
        return {question: (given, left) for question, given, left in self._session.exec(query)}

    def ended(self, exam_id: str) -> int:
        """How many attempts of the exam have ended."""
        query = select(func.count(col(Attempt.id))).where(
            Attempt.exam_id == exam_id, col(Attempt.status).not_in(_NEVER_MARKED)
        )
        return self._session.exec(query).one()

    def versions(self, exam_id: str) -> list[str]:
        """The versions that ended attempts were asked."""
        query = (
            select(Attempt.version_id)
            .where(Attempt.exam_id == exam_id, col(Attempt.status).not_in(_NEVER_MARKED))
            .distinct()
        )
        return sorted(version for version in self._session.exec(query) if version)

    def to_question(
        self, exam_id: str, question_id: str, *, only_unmarked: bool, after: int, limit: int
    ) -> list[tuple[Answer, Attempt, str]]:
        """Answers of ended attempts with the candidates' names, those that follow ``after``."""
        query = (
            select(Answer, Attempt, User.name)
            .join(Attempt, col(Answer.attempt_id) == col(Attempt.id))
            .join(User, col(Attempt.user_id) == col(User.id))
            .where(
                Attempt.exam_id == exam_id,
                col(Attempt.status).not_in(_NEVER_MARKED),
                Answer.question_id == question_id,
                Answer.value != "",
                col(Answer.id) > after,
            )
            .order_by(col(Answer.id))
            .limit(limit)
        )
        if only_unmarked:
            query = query.where(col(Answer.points).is_(None))
        return list(self._session.exec(query))
