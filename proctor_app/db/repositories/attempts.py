"""Attempts and what happened to them."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, func, select

from proctor_app.db.tables import Attempt, AttemptEvent, User


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

    def with_status(self, statuses: Iterable[str]) -> list[tuple[Attempt, User]]:
        query = (
            select(Attempt, User)
            .join(User)
            .where(col(Attempt.status).in_(list(statuses)))
            .order_by(col(Attempt.started_at), col(Attempt.id))
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
