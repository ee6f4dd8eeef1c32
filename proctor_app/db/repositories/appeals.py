"""What candidates say against a verdict, and what they were answered."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from proctor_app.db.tables import Appeal, User


class AppealRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, appeal: Appeal) -> None:
        self._session.add(appeal)
        self._session.flush()

    def open_of(self, attempt_id: str) -> Appeal | None:
        """The one that has no answer yet; there is at most one."""
        query = (
            select(Appeal)
            .where(Appeal.attempt_id == attempt_id, col(Appeal.answered_at).is_(None))
            .order_by(col(Appeal.id))
            .limit(1)
            .execution_options(populate_existing=True)
        )
        return self._session.exec(query).one_or_none()

    def of(self, attempt_id: str) -> Sequence[tuple[Appeal, str]]:
        """All of an attempt, oldest first, each with the name of who answered."""
        query = (
            select(Appeal, User.name)
            .outerjoin(User, col(Appeal.answered_by) == col(User.id))
            .where(Appeal.attempt_id == attempt_id)
            .order_by(col(Appeal.id))
        )
        return [(appeal, name or "") for appeal, name in self._session.exec(query)]
