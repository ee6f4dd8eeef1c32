"""Messages between proctor and candidate."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, func, select, update

from proctor_app.db.tables import Message


class Messages:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        attempt_id: str,
        author_id: str,
        kind: str,
        text: str,
        at: datetime,
        *,
        for_staff: bool = False,
    ) -> Message:
        """for_staff: the candidate wrote it, and nobody has seen it yet."""
        message = Message(
            attempt_id=attempt_id,
            author_id=author_id,
            kind=kind,
            text=text,
            sent_at=at,
            seen_at=None if for_staff else at,
        )
        self._session.add(message)
        self._session.flush()
        return message

    def of(self, attempt_id: str, limit: int) -> list[Message]:
        """The newest ones, oldest first."""
        query = (
            select(Message)
            .where(Message.attempt_id == attempt_id)
            .order_by(col(Message.id).desc())
            .limit(limit)
        )
        return list(self._session.exec(query))[::-1]

    def mark_seen(self, attempt_id: str, at: datetime) -> int:
        """Whatever nobody of staff had seen is seen now; how many there were."""
        query = (
            update(Message)
            .where(col(Message.attempt_id) == attempt_id, col(Message.seen_at).is_(None))
            .values(seen_at=at)
        )
        return self._session.exec(query).rowcount

    def unseen(self, attempt_ids: Iterable[str]) -> dict[str, int]:
        """How many of each attempt's nobody of staff has seen; those without any are left out."""
        query = (
            select(Message.attempt_id, func.count(col(Message.id)))
            .where(col(Message.attempt_id).in_(list(attempt_ids)), col(Message.seen_at).is_(None))
            .group_by(col(Message.attempt_id))
        )
        return dict(self._session.exec(query).all())
