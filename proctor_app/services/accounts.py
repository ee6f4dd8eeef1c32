"""Accounts: one service for the pages' cookie and the interfaces' bearer tokens."""

import asyncio
import uuid
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from email_validator import EmailNotValidError, validate_email

from proctor_app.clock import Clock
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import AlreadyThere, Database
from proctor_app.db.tables import Login, User
from proctor_app.domain.access import Actor, Role
from proctor_app.errors import Conflict, Invalid, NotAuthenticated, NotFound
from proctor_app.services import views
from proctor_app.services.passwords import check_policy, hash_password, verify
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.tokens import Claims, Tokens
from proctor_app.services.vault import Vault
from proctor_app.services.views import Account
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.frame import EncodedFrame

_TOUCH_EVERY = timedelta(minutes=1)
_MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a log-in lasts, and whether the sign-up photo itself is kept."""

    idle: timedelta
    absolute: timedelta
    keep_photo: bool


@dataclass(frozen=True, slots=True)
class LoggedIn:
    token: str
    account: Account
    expires_in_s: int


@dataclass(frozen=True, slots=True)
class SignUp:
    email: str
    password: str
    photo: bytes
    name: str = ""


class Accounts:
    def __init__(
        self,
        database: Database,
        engine: VisionEngine,
        pictures: PictureStore,
        vault: Vault,
        tokens: Tokens,
        throttle: Throttle,
        clock: Clock,
        policy: Policy,
    ) -> None:
        self._database = database
        self._engine = engine
        self._pictures = pictures
        self._vault = vault
        self._tokens = tokens
        self._throttle = throttle
        self._clock = clock
        self._policy = policy

    async def sign_up(self, form: SignUp, address: str) -> Account:
        """Make a student's account with a face template.

        Raises Invalid (e-mail, password), FrameRejected or PhotoRejected (photo),
        Conflict (e-mail known), Throttled.
        """
        self._throttle.hit(Limit.SIGN_UP, address)
        email = normal_email(form.email)
        check_policy(form.password, email)
        if await asyncio.to_thread(self._known, email):
            raise _email_taken()
        photo = EncodedFrame(form.photo, self._clock().timestamp())
        face = await self._engine.describe_face(photo)
        template = np.asarray(face.embedding, dtype=np.float64).tobytes()
        user = self._new_user(email, form.name, Role.STUDENT)
        user.face_template = self._vault.seal(template)
        user.face_model = face.model
        return await asyncio.to_thread(self._insert, user, form.password, form.photo)

    def create(self, email: str, password: str, role: Role, name: str = "") -> Account:
        """Make an account without a face: staff, from the command line. Raises as ``sign_up``."""
        email = normal_email(email)
        check_policy(password, email)
        return self._insert(self._new_user(email, name, role), password, None)

    def set_role(self, email: str, role: Role) -> Account:
        with self._database.write() as session:
            user = Users(session).by_email(normal_email(email))
            if user is None:
                raise NotFound("account_unknown", "There is no account with this e-mail.")
            user.role = role.value
        return views.account(user)

    def has_admin(self) -> bool:
        with self._database.read() as session:
            return Users(session).count_role(Role.ADMIN.value) > 0

    def log_in(self, identifier: str, password: str, address: str) -> LoggedIn:
        """Check a password; ``identifier`` is the e-mail, or a name that is one account's alone.

        Takes the same time and gives the same answer for an unknown account.
        Raises NotAuthenticated or Throttled.
        """
        identifier = identifier.strip()
        self._throttle.hit(Limit.LOG_IN_ADDRESS, address)
        user = self._find(identifier)
        whose = user.id if user else identifier.casefold()
        self._throttle.check(Limit.LOG_IN_FAILURES, whose)
        if not verify(password, user.password_hash if user else None) or user is None:
            self._throttle.hit(Limit.LOG_IN_FAILURES, whose)
            raise NotAuthenticated("credentials_wrong", "E-mail or password is wrong.")
        if user.disabled_at is not None:
            raise NotAuthenticated("credentials_wrong", "E-mail or password is wrong.")
        return self._open_login(user)

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

    def account(self, actor: Actor) -> Account:
        with self._database.read() as session:
            user = Users(session).by_id(actor.user_id)
        if user is None:
            raise NotFound("account_unknown", "This account does not exist any more.")
        return views.account(user)

    def log_out(self, actor: Actor, *, everywhere: bool = False) -> None:
        """End this log-in, or all of the account's; their tokens are refused from now on."""
        now = self._clock()
        with self._database.write() as session:
            users = Users(session)
            if everywhere:
                users.revoke_logins(actor.user_id, now)
            elif found := users.login(actor.session_id):
                found[0].revoked_at = now

    def _known(self, email: str) -> bool:
        with self._database.read() as session:
            return Users(session).by_email(email) is not None

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

    def _new_user(self, email: str, name: str, role: Role) -> User:
        shown = " ".join(name.split())[:_MAX_NAME] or email.split("@")[0]
        if any(not character.isprintable() for character in shown):
            raise Invalid("name_invalid", "The name has characters that can't be shown.")
        return User(
            id=str(uuid.uuid4()),
            email=email,
            name=shown,
            password_hash="",
            role=role.value,
            created_at=self._clock(),
        )

    def _insert(self, user: User, password: str, photo: bytes | None) -> Account:
        user.password_hash = hash_password(password)
        if photo is not None and self._policy.keep_photo:
            user.face_photo_key = self._pictures.put(user.id, photo)
        try:
            with self._database.write() as session:
                Users(session).add(user)
        except BaseException as error:
            if user.face_photo_key:
                self._pictures.delete(user.face_photo_key)
            if isinstance(error, AlreadyThere):
                raise _email_taken() from error
            raise
        return views.account(user)

    def _open_login(self, user: User) -> LoggedIn:
        now = self._clock()
        login = Login(
            id=str(uuid.uuid4()),
            user_id=user.id,
            created_at=now,
            last_used_at=now,
            expires_at=now + self._policy.absolute,
        )
        with self._database.write() as session:
            Users(session).add_login(login)
        token = self._tokens.issue(Claims(user.id, login.id), user.role, login.expires_at)
        lasts_s = int(self._policy.absolute.total_seconds())
        return LoggedIn(token, views.account(user), lasts_s)


def _email_taken() -> Conflict:
    return Conflict("email_taken", "An account with this e-mail exists already.")


def normal_email(email: str) -> str:
    """The address in lower case and normal form; raises Invalid where it can't be one."""
    try:
        checked = validate_email(email.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Invalid("email_invalid", "This is not an e-mail address.") from error
    return checked.normalized.casefold()
