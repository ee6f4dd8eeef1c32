"""Log-ins: one service for the pages' cookie and the interfaces' bearer tokens."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from proctor_app.clock import Clock
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database
from proctor_app.db.tables import Login, User
from proctor_app.domain.access import Actor, Role
from proctor_app.errors import Invalid, NotAuthenticated
from proctor_app.services import views
from proctor_app.services.emails import normal_email
from proctor_app.services.passwords import verify
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.tokens import Claims, Tokens
from proctor_app.services.views import Account

_TOUCH_EVERY = timedelta(minutes=1)
_MAX_AGENT = 200
Method = Literal["password", "face"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a log-in lasts: unused, and at most."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a log-in comes from, to be recognised in the list of one's sessions."""

    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    token: str
    account: Account
    expires_in_s: int


class Logins:
    def __init__(
        self,
        database: Database,
        tokens: Tokens,
        throttle: Throttle,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._throttle = throttle
        self._clock = clock
        self._policy = policy

    def log_in(self, identifier: str, password: str, origin: Origin) -> LoggedIn:
        """Check a password; ``identifier`` is the e-mail, or a name that is one account's alone.

        Takes the same time and gives the same answer for an unknown account.
        Raises NotAuthenticated or Throttled.
        """
        identifier = identifier.strip()
        self._throttle.hit(Limit.LOG_IN_ADDRESS, origin.address)
        user = self._find(identifier)
        whose = user.id if user else identifier.casefold()
        self._throttle.check(Limit.LOG_IN_FAILURES, whose)
        if not verify(password, user.password_hash if user else None) or user is None:
            self._throttle.hit(Limit.LOG_IN_FAILURES, whose)
            raise NotAuthenticated("credentials_wrong", "E-mail or password is wrong.")
        if user.disabled_at is not None:
            raise NotAuthenticated("credentials_wrong", "E-mail or password is wrong.")
        return self.open(user, "password", origin)

    def open(self, user: User, method: Method, origin: Origin) -> LoggedIn:
        """Open a log-in for somebody who has proved to be this user."""
        now = self._clock()
        login = Login(
            id=str(uuid.uuid4()),
            user_id=user.id,
            created_at=now,
            last_used_at=now,
            expires_at=now + self._policy.absolute,
            method=method,
            address=origin.address[:45],
            agent=origin.agent[:_MAX_AGENT],
        )
        with self._database.write() as session:
            Users(session).add_login(login)
        token = self._tokens.issue(Claims(user.id, login.id), user.role, login.expires_at)
        lasts_s = int(self._policy.absolute.total_seconds())
        return LoggedIn(token, views.account(user), lasts_s)

    def authenticate(self, token: str) -> Actor:
        """Tell whose token this is; asks the database, so a revoked one fails at once.

        Raises NotAuthenticated.
        """
        claims = self._tokens.read(token)
        login, user = self._open_session(claims.login_id)
        if user.id != claims.user_id:
            raise NotAuthenticated("token_invalid", "The token is not valid.")
        self._touch(login)
        return Actor(user.id, user.name, Role(user.role), login.id)

    def check_session(self, actor: Actor, *, used: bool = False) -> None:
        """Raise NotAuthenticated once the log-in behind a long-lived connection has ended.

        used: whether the person did something just now, which keeps the log-in from idling out.
        """
        login, user = self._open_session(actor.session_id)
        if user.role != actor.role:
            raise NotAuthenticated("role_changed", "Your role was changed. Log in again.")
        if used:
            self._touch(login)

    def _touch(self, login: Login) -> None:
        now = self._clock()
        if now - login.last_used_at > _TOUCH_EVERY:
            with self._database.write() as session:
                Users(session).touch_login(login.id, now)

    def _open_session(self, login_id: str) -> tuple[Login, User]:
        now = self._clock()
        with self._database.read() as session:
            found = Users(session).login(login_id)
        if found is None:
            raise NotAuthenticated("token_invalid", "The token is not valid.")
        login, user = found
        if login.revoked_at is not None or user.disabled_at is not None:
            raise NotAuthenticated("token_revoked", "This session was ended. Log in again.")
        if login.expires_at <= now or now - login.last_used_at > self._policy.idle:
            raise NotAuthenticated("token_expired", "The session has ended. Log in again.")
        return login, user

    def log_out(self, actor: Actor, *, everywhere: bool = False) -> None:
        """End this log-in, or all of the account's; their tokens are refused from now on."""
        now = self._clock()
        with self._database.write() as session:
            users = Users(session)
            if everywhere:
                users.revoke_logins(actor.user_id, now)
            elif found := users.login(actor.session_id):
                found[0].revoked_at = now

    def _find(self, identifier: str) -> User | None:
        try:
            email = normal_email(identifier) if "@" in identifier else ""
            with self._database.read() as session:
                if email:
                    return Users(session).by_email(email)
                named = Users(session).by_name(identifier)
        except Invalid:  # nobody can be called this
            return None
        return named[0] if len(named) == 1 else None
