"""Which question stood before a candidate, and when."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from proctor_app.db.tables import BrowserEvent, QuestionView


class QuestionViews:
    def __init__(self, session: Session) -> None:
        self._session = session

    def newest(self, attempt_id: str) -> QuestionView | None:
        """The view that began last; whoever holds the attempt's row is told for sure."""
        query = (
            select(QuestionView)
            .where(QuestionView.attempt_id == attempt_id)
            .order_by(col(QuestionView.entered_at).desc(), col(QuestionView.id).desc())
            .limit(1)
        )
        return self._session.exec(query).one_or_none()

    def of(self, attempt_id: str) -> list[QuestionView]:
        """Oldest first."""
        query = (
            select(QuestionView)
            .where(QuestionView.attempt_id == attempt_id)
            .order_by(col(QuestionView.entered_at), col(QuestionView.id))
        )
        return list(self._session.exec(query))

    def count(self, attempt_id: str) -> int:
        query = select(func.count(col(QuestionView.id))).where(
            QuestionView.attempt_id == attempt_id
        )
        return self._session.exec(query).one()

    def add(self, view: QuestionView) -> None:
        self._session.add(view)
        self._session.flush()

    def leave(self, attempt_id: str, at: datetime) -> None:
        """Nothing stands before the candidate any more."""
        newest = self.newest(attempt_id)
        if newest is not None and newest.left_at is None:
            newest.left_at = max(at, newest.entered_at)

    def anchor(self, attempt_id: str) -> tuple[datetime, datetime] | None:
        """The client's and the server's time of the newest event that came at once."""
        query = (
            select(BrowserEvent)
            .where(
                BrowserEvent.attempt_id == attempt_id,
                col(BrowserEvent.is_late).is_(False),
                col(BrowserEvent.claimed_at).is_not(None),
            )
            .order_by(col(BrowserEvent.id).desc())
            .limit(1)
        )
        event = self._session.exec(query).one_or_none()
        if event is None or event.claimed_at is None:
            return None
        return event.claimed_at, event.received_at
