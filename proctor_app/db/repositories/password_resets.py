"""Links to choose a new password by: only their digests are kept."""

from datetime import datetime

from sqlmodel import Session, col, select

from proctor_app.db.tables import PasswordReset


class PasswordResets:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, reset: PasswordReset) -> None:
        self._session.add(reset)

    def by_digest(self, digest: str) -> PasswordReset | None:
        return self._session.get(PasswordReset, digest)

    def void(self, user_id: str, now: datetime) -> None:
        """Use up every link of the account."""
        query = select(PasswordReset).where(
            PasswordReset.user_id == user_id, col(PasswordReset.used_at).is_(None)
        )
        for reset in self._session.exec(query):
            reset.used_at = now
