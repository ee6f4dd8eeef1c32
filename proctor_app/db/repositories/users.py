"""Accounts and log-ins.

MySQL and MariaDB take letters of another case or accent for the same: what was asked for is
compared once more here, so that an account answers to its id and e-mail as they are written.
"""

from datetime import datetime

from sqlmodel import Session, col, func, select

from proctor_app.db.tables import Login, User


class Users:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, user: User) -> None:
        self._session.add(user)
        self._session.flush()

    def by_id(self, user_id: str) -> User | None:
        """The account whose id is written exactly so."""
        return _called(user_id, self._session.get(User, user_id))

    def locked(self, user_id: str) -> User | None:
        """As ``by_id``: the account as it is now, held until the transaction ends.

        Rows that refer to it may be written meanwhile: on PostgreSQL every one of them asks for a
        lock of its own on the account (FOR KEY SHARE), and would wait here the other way round.
        """
        user = self._session.get(
            User, user_id, with_for_update={"key_share": True}, populate_existing=True
        )
        return _called(user_id, user)

    def by_email(self, email: str) -> User | None:
        """The account whose e-mail is written exactly so."""
        user = self._session.exec(select(User).where(User.email == email)).one_or_none()
        return user if user is not None and user.email == email else None

    def by_name(self, name: str) -> list[User]:
        """At most two: enough to know whether a name is one account's alone."""
        return list(self._session.exec(select(User).where(User.name == name).limit(2)))

    def count_role(self, role: str) -> int:
        return self._session.exec(select(func.count(col(User.id))).where(User.role == role)).one()

    def add_login(self, login: Login) -> None:
        self._session.add(login)

    def login(self, login_id: str) -> tuple[Login, User] | None:
        """The log-in with its account, in one query: asked on every request and frame."""
        query = select(Login, User).join(User).where(Login.id == login_id)
        return self._session.exec(query).one_or_none()

    def touch_login(self, login_id: str, now: datetime) -> None:
        """Note that the log-in was used; writes nothing else, least of all a stale revocation."""
        if login := self._session.get(Login, login_id):
            login.last_used_at = now


def _called(user_id: str, user: User | None) -> User | None:
    return user if user is not None and user.id == user_id else None
