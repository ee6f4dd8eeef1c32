"""Log-ins: one row for each, whoever's token names it."""

from datetime import datetime

from sqlmodel import Session, col, select

from proctor_app.db.tables import Login


class LoginRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def by_id(self, login_id: str) -> Login | None:
        return self._session.get(Login, login_id)

    def open_of(self, user_id: str, now: datetime, used_since: datetime) -> list[Login]:
        """The user's log-ins that still open something, the one used last first."""
        query = (
            select(Login)
            .where(
                Login.user_id == user_id,
                col(Login.revoked_at).is_(None),
                col(Login.expires_at) > now,
                col(Login.last_used_at) >= used_since,
            )
            .order_by(col(Login.last_used_at).desc(), col(Login.id))
        )
        return list(self._session.exec(query))

    def revoke_all(self, user_id: str, now: datetime, but: str = "") -> int:
        """End every log-in of the user that was not ended before; but: the id of one to keep."""
        query = select(Login).where(Login.user_id == user_id, col(Login.revoked_at).is_(None))
        ended = [login for login in self._session.exec(query) if login.id != but]
        for login in ended:
            login.revoked_at = now
        return len(ended)
