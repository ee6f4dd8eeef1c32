"""Which log-ins have shown that they come from an exam's Safe Exam Browser."""

from datetime import datetime

from sqlmodel import Session, col, select, true

from proctor_app.db.partner_tables import SebEntry
from proctor_app.db.tables import Login


class SebEntries:
    def __init__(self, session: Session) -> None:
        self._session = session

    def of_login(self, login_id: str, exam_id: str) -> SebEntry | None:
        return self._session.get(SebEntry, (login_id, exam_id))

    def newest_of(
        self, user_id: str, exam_id: str, begun_at: datetime, ended_at: datetime | None
    ) -> SebEntry | None:
        """The last that a log-in of this account showed for the exam, of those that were in use
        after ``begun_at``; nothing that was shown after ``ended_at``."""
        query = (
            select(SebEntry)
            .join(Login, col(Login.id) == col(SebEntry.login_id))
            .where(
                Login.user_id == user_id,
                SebEntry.exam_id == exam_id,
                Login.last_used_at >= begun_at,
                true() if ended_at is None else SebEntry.checked_at <= ended_at,
            )
            .order_by(col(SebEntry.checked_at).desc(), col(SebEntry.login_id))
            .limit(1)
        )
        return self._session.exec(query).first()

    def keep(self, login_id: str, exam_id: str, how: str, now: datetime) -> None:
        """Note it, over an earlier note of the same log-in."""
        found = self.of_login(login_id, exam_id)
        if found is None:
            found = SebEntry(login_id=login_id, exam_id=exam_id, how=how, checked_at=now)
            self._session.add(found)
        found.how, found.checked_at = how, now
