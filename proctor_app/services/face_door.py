"""What the database holds of log-ins by face: challenges, failures, locks.

A try counts as failed from its start and is forgiven once it succeeds: however many run at the same
time, no more than MAX_FAILURES are begun before the lock.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from proctor_app.clock import Clock
from proctor_app.db.repositories.face_challenges import FaceChallenges
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database
from proctor_app.db.tables import FaceChallenge, User
from proctor_app.domain.access import Role
from proctor_app.errors import NotAuthenticated, Throttled
from proctor_app.services.audit import Audit
from proctor_app.vision.challenge import Action

EXPIRES_IN = timedelta(seconds=60)
MAX_FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
_FORGET_AFTER = timedelta(hours=1)
_RANDOM_BYTES, _TAG_CHARACTERS = 12, 12


class FaceLoginFailed(NotAuthenticated):
    """One answer for all that goes wrong. hint: a sentence about the pictures, never about whose
    they are or whether there is such an account."""

    code = "face_login_failed"

    def __init__(self, hint: str = "") -> None:
        self.hint = hint
        words = ("Face log-in did not succeed.", hint, "Try again, or use your password.")
        super().__init__(detail=" ".join(word for word in words if word))


class FaceLoginPaused(Throttled):
    code = "face_login_paused"
    detail = "Face log-in is not possible now. Use your password."


@dataclass(frozen=True, slots=True)
class Try:
    """A challenge that was used. user_id: whose account may be entered, None for nobody's; number:
    how many tries in a row have failed, this one included."""

    user_id: str | None
    action: Action
    number: int = 0


class FaceDoor:
    def __init__(self, database: Database, audit: Audit, clock: Clock, secret: str) -> None:
        """secret: binds challenges to e-mails; the same in every process of an installation."""
        self._database = database
        self._audit = audit
        self._clock = clock
        self._secret = secret.encode()
        self._forgot_at: datetime | None = None

    def ask(self, email: str, action: Action) -> str:
        """Note what is asked of the account with this normal e-mail, if it has one; its id."""
        now = self._clock()
        with self._database.write() as session:
            user = Users(session).by_email(email)
            row = FaceChallenge(
                id=self._new_id(email),
                user_id=user.id if user is not None and _may_enter(user, now) else None,
                action=action.value,
                created_at=now,
                expires_at=now + EXPIRES_IN,
            )
            FaceChallenges(session).add(row)
        self._forget(now)
        return row.id

    def begin(self, email: str, challenge_id: str) -> Try:
        """Use a challenge up, and count the try as failed. Raises FaceLoginFailed where it is
        unknown, used, expired or of another e-mail."""
        if not self._is_of(challenge_id, email):
            raise _challenge_over()
        now = self._clock()
        with self._database.write() as session:
            row = FaceChallenges(session).held(challenge_id)
            if row is None or row.used_at is not None or row.expires_at <= now:
                raise _challenge_over()
            row.used_at = now
            action = Action(row.action)
            user = Users(session).locked(row.user_id) if row.user_id else None
            if user is None or not _may_enter(user, now):
                return Try(None, action)
            if user.face_locked_until is not None:  # it has ended
                user.face_failures, user.face_locked_until = 0, None
            user.face_failures += 1
            if user.face_failures >= MAX_FAILURES:
                user.face_locked_until = now + LOCKED_FOR
            return Try(user.id, action, user.face_failures)

    def fail(self, made: Try, why: str) -> None:
        """Put a failed try, and the lock it may have closed, into the log."""
        if made.user_id is None:
            return
        with self._database.write() as session:
            self._audit.note(
                session,
                None,
                "user.face_login_failed",
                "user",
                made.user_id,
                failures=made.number,
                why=why,
            )
            if made.number == MAX_FAILURES:
                self._audit.note(session, None, "user.face_locked", "user", made.user_id)

    def forgive(self, made: Try) -> None:
        """Uncount a try that the server itself could not judge."""
        if made.user_id is None:
            return
        with self._database.write() as session:
            user = Users(session).locked(made.user_id)
            if user is not None and user.face_failures > 0:
                user.face_failures -= 1
                user.face_locked_until = None

    def succeed(self, made: Try) -> User:
        """Forget the failures; the account as it is now. Raises FaceLoginFailed where it may no
        longer be entered."""
        with self._database.write() as session:
            user = Users(session).locked(made.user_id) if made.user_id else None
            if user is None or not _is_open(user):
                raise FaceLoginFailed
            user.face_failures, user.face_locked_until = 0, None
        return user

    def account(self, user_id: str) -> User:
        """The account of somebody who has just succeeded. Raises FaceLoginFailed as ``succeed``."""
        with self._database.read() as session:
            user = Users(session).by_id(user_id)
        if user is None or not _is_open(user):
            raise FaceLoginFailed
        return user

    def _forget(self, now: datetime) -> None:
        if self._forgot_at is not None and now - self._forgot_at < _FORGET_AFTER:
            return
        self._forgot_at = now
        with self._database.write() as session:
            FaceChallenges(session).forget(now - _FORGET_AFTER)

    def _new_id(self, email: str) -> str:
        chance = secrets.token_hex(_RANDOM_BYTES)
        return chance + self._tag(chance, email)

    def _is_of(self, challenge_id: str, email: str) -> bool:
        chance, tag = challenge_id[: 2 * _RANDOM_BYTES], challenge_id[2 * _RANDOM_BYTES :]
        return hmac.compare_digest(tag.encode(errors="replace"), self._tag(chance, email).encode())

    def _tag(self, chance: str, email: str) -> str:
        """A challenge of nobody's account is bound to its e-mail as any other, which tells nothing
        of whether there is such an account."""
        said = f"face-challenge:{chance}:{email}".encode(errors="replace")
        return hmac.new(self._secret, said, sha256).hexdigest()[:_TAG_CHARACTERS]


def _may_enter(user: User, now: datetime) -> bool:
    locked = user.face_locked_until is not None and user.face_locked_until > now
    return _is_open(user) and not locked


def _is_open(user: User) -> bool:
    """Tell whether this account may be entered by face at all."""
    there = user.disabled_at is None and user.erased_at is None and user.face_template is not None
    return there and user.role == Role.STUDENT.value and user.totp_enabled_at is None


def _challenge_over() -> FaceLoginFailed:
    return FaceLoginFailed("The time for it is over.")
