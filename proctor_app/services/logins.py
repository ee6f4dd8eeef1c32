"""Log-ins: one service for the pages' cookie and the interfaces' bearer tokens."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from proctor_app.clock import Clock
from proctor_app.db.repositories.logins import LoginRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database, Transaction
from proctor_app.db.tables import Login, User
from proctor_app.domain.access import STAFF, Actor, Role
from proctor_app.errors import Invalid, NotAuthenticated, NotFound
from proctor_app.services import views
from proctor_app.services.agents import browser_words
from proctor_app.services.audit import Audit
from proctor_app.services.emails import normal_email
from proctor_app.services.passwords import verify
from proctor_app.services.second_factor import SecondFactor
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.tokens import Claims, Tokens
from proctor_app.services.views import Account

_TOUCH_EVERY = timedelta(minutes=1)
_MAX_AGENT = 200
Method = Literal["password", "face", "lti"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a log-in lasts: unused, and at most. second_factor_for_staff: without one,
    proctors and admins are limited to their own account."""

    idle: timedelta
    absolute: timedelta
    second_factor_for_staff: bool = False


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a log-in comes from, to be recognised in the list of one's sessions."""

    address: str
    agent: str = ""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """limited: to the person's own account, until a second factor is set up."""

    token: str
    account: Account
    expires_in_s: int
    limited: bool = False


@dataclass(frozen=True, slots=True)
class OpenLogin:
    """One of somebody's sessions. agent: the browser in words; current: the one that asks."""

    id: str
    method: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str
    agent: str
    current: bool


class Logins:
    def __init__(
        self,
        database: Database,
        tokens: Tokens,
        throttle: Throttle,
        second_factor: SecondFactor,
        audit: Audit,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._database = database
        self._tokens = tokens
        self._throttle = throttle
        self._second_factor = second_factor
        self._audit = audit
        self._clock = clock
        self._policy = policy

    def log_in(self, identifier: str, password: str, origin: Origin, code: str = "") -> LoggedIn:
        """Check a password; ``identifier`` is the e-mail, or a name that is one account's alone.

        Takes the same time and gives the same answer for an unknown account. code: of the second
        factor, asked for only after the password was right. Slow by design: call it in the
        PasswordPool. Raises NotAuthenticated or Throttled.
        """
        identifier = identifier.strip()
        self._throttle.hit(Limit.LOG_IN_ADDRESS, origin.address)
        user, sought = self._find(identifier)
        whose = user.id if user else sought
        self._throttle.hit(Limit.LOG_IN_FAILURES, whose)
        if not verify(password, user.password_hash if user else None) or user is None:
            raise _credentials_wrong()
        if user.disabled_at is not None:
            raise _credentials_wrong()
        self._throttle.give_back(Limit.LOG_IN_FAILURES, whose)
        if user.totp_enabled_at is not None:
            self._second_factor.check(user.id, code)
        return self.open(user, "password", origin)

    def open(self, user: User, method: Method, origin: Origin) -> LoggedIn:
        """Open a log-in for somebody who has proved to be this user.

        Raises NotAuthenticated where the account was disabled, or its password, its second factor
        or, but for a password, its role changed since the row was read: whoever waited in the queue
        with what was asked before stays outside.
        """
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
            users = Users(session)
            found = users.locked(user.id)
            if found is None or found.disabled_at or not _proves_as_much(user, found, method):
                raise _credentials_wrong()
            users.add_login(login)
            self._audit.note(session, None, "user.login", "user", user.id, method=method)
        token = self._tokens.issue(Claims(user.id, login.id), user.role, login.expires_at)
        lasts_s = int(self._policy.absolute.total_seconds())
        return LoggedIn(token, views.account(user), lasts_s, self.is_limited(found))

    def authenticate(self, token: str) -> Actor:
        """Tell whose token this is; asks the database, so a revoked one fails at once.

        Raises NotAuthenticated.
        """
        claims = self._tokens.read(token)
        login, user = self._open_session(claims.login_id)
        if user.id != claims.user_id:
            raise NotAuthenticated("token_invalid", "The token is not valid.")
        self._touch(login)
        return Actor(user.id, user.name, Role(user.role), login.id, self.is_limited(user))

    def check_session(self, actor: Actor, *, used: bool = False) -> None:
        """Raise NotAuthenticated once the log-in behind a long-lived connection has ended.

        used: whether the person did something just now, which keeps the log-in from idling out.
        """
        login, user = self._open_session(actor.session_id)
        if user.role != actor.role:
            raise NotAuthenticated("role_changed", "Your role was changed. Log in again.")
        if self.is_limited(user) and not actor.limited:
            raise NotAuthenticated("second_factor_removed", "Log in again to set it up anew.")
        if used:
            self._touch(login)

    def is_limited(self, user: User) -> bool:
        """Whether a second factor is asked of them that they have not set up."""
        asked = self._policy.second_factor_for_staff and Role(user.role) in STAFF
        return asked and user.totp_enabled_at is None

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
            logins = LoginRows(session)
            if everywhere:
                ended = logins.revoke_all(actor.user_id, now)
                self._audit.note(
                    session, actor, "user.logged_out", "user", actor.user_id, ended=ended
                )
            elif found := logins.by_id(actor.session_id):
                found.revoked_at = now

    def sessions(self, actor: Actor) -> list[OpenLogin]:
        """The actor's own log-ins that are open now, the one used last first."""
        now = self._clock()
        with self._database.read() as session:
            rows = LoginRows(session).open_of(actor.user_id, now, now - self._policy.idle)
        return [_open_login(row, actor) for row in rows]

    def end(self, actor: Actor, login_id: str) -> None:
        """End one of the actor's own log-ins; raises NotFound for any other."""
        with self._database.write() as session:
            login = LoginRows(session).by_id(login_id)
            if login is None or login.user_id != actor.user_id or login.revoked_at is not None:
                raise NotFound("session_unknown", "There is no such session.")
            login.revoked_at = self._clock()
            self._audit.note(session, actor, "login.ended", "login", login.id)

    def end_others(self, actor: Actor) -> int:
        """End the actor's other log-ins; returns how many there were."""
        with self._database.write() as session:
            ended = self.revoke_all(session, actor.user_id, but=actor.session_id)
            self._audit.note(session, actor, "user.logged_out", "user", actor.user_id, ended=ended)
        return ended

    def revoke_all(self, session: Transaction, user_id: str, *, but: str = "") -> int:
        """End every open log-in of the user in the caller's transaction; returns how many.

        but: the id of one that goes on. Tokens, sockets and pages of the others are refused once
        the transaction commits.
        """
        return LoginRows(session).revoke_all(user_id, self._clock(), but)

    def _find(self, identifier: str) -> tuple[User | None, str]:
        """The account, and what was looked for: all spellings of one e-mail are the same there,
        whether it has an account or not. MariaDB finds "ANA" and "Aná" for "Ana": that is not it.
        """
        try:
            email = normal_email(identifier) if "@" in identifier else ""
            with self._database.read() as session:
                if email:
                    found = Users(session).by_email(email)
                    return (found if found and found.email == email else None), email
                named = Users(session).by_name(identifier)
        except Invalid:  # nobody can be called this
            return None, identifier
        alone = len(named) == 1 and named[0].name == identifier
        return (named[0] if alone else None), identifier


def _proves_as_much(user: User, found: User, method: Method) -> bool:
    """Tell whether what was proved for the row as it was read is what it asks for now."""
    unchanged = found.password_hash == user.password_hash
    unchanged = unchanged and found.totp_enabled_at == user.totp_enabled_at
    return unchanged and (method == "password" or found.role == user.role)


def _open_login(row: Login, actor: Actor) -> OpenLogin:
    return OpenLogin(
        id=row.id,
        method=row.method,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
        expires_at=row.expires_at,
        address=row.address,
        agent=browser_words(row.agent),
        current=row.id == actor.session_id,
    )


def _credentials_wrong() -> NotAuthenticated:
    return NotAuthenticated("credentials_wrong", "E-mail or password is wrong.")
