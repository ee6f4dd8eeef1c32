"""Accounts: made by sign-up with a face, or by the command line."""

import asyncio
import uuid
from dataclasses import dataclass

from proctor_app.clock import Clock
from proctor_app.db.repositories.roster import Roster
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import AlreadyThere, Database
from proctor_app.db.tables import User
from proctor_app.domain.access import Actor, Role
from proctor_app.domain.printable import is_printable, one_line
from proctor_app.errors import Conflict, Invalid, NotFound
from proctor_app.services import views
from proctor_app.services.audit import Audit
from proctor_app.services.emails import normal_email
from proctor_app.services.enrolment import describe, sealed
from proctor_app.services.lti_unlinking import noted, role_given
from proctor_app.services.passwords import PasswordPool, check_policy, hash_password
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.vault import Vault
from proctor_app.services.views import Account
from proctor_app.vision.engine import VisionEngine

_MAX_NAME = 120


@dataclass(frozen=True, slots=True)
class SignUp:
    """photo: JPEG or PNG, the one that may be kept; more_photos: of the same face, up to four."""

    email: str
    password: str
    photo: bytes
    name: str = ""
    more_photos: tuple[bytes, ...] = ()


class Accounts:
    def __init__(
        self,
        database: Database,
        engine: VisionEngine,
        pictures: PictureStore,
        vault: Vault,
        throttle: Throttle,
        password_pool: PasswordPool,
        audit: Audit,
        clock: Clock,
        *,
        keep_photo: bool,
    ) -> None:
        """keep_photo: whether the installation keeps the sign-up photo itself."""
        self._database = database
        self._engine = engine
        self._pictures = pictures
        self._vault = vault
        self._throttle = throttle
        self._password_pool = password_pool
        self._clock = clock
        self._audit = audit
        self._keep_photo = keep_photo

    async def sign_up(self, form: SignUp, address: str) -> Account:
        """Make a student's account with a face template.

        Raises Invalid (e-mail, password, faces_differ), FrameRejected or PhotoRejected (photo),
        Conflict (e-mail known), Throttled.
        """
        self._throttle.hit(Limit.SIGN_UP, address)
        email = normal_email(form.email)
        check_policy(form.password, email, form.name)
        if await asyncio.to_thread(self._known, email):
            raise _email_taken()
        user = self._new_user(email, form.name, Role.STUDENT)
        photos = (form.photo, *form.more_photos)
        face = await describe(self._engine, photos, self._clock().timestamp())
        user.face_template, user.face_model = sealed(face, self._vault), face.model
        return await self._password_pool.run(self._insert, user, form.password, form.photo)

    def create(self, email: str, password: str, role: Role, name: str = "") -> Account:
        """Make an account without a face: staff, from the command line. Raises as ``sign_up``."""
        email = normal_email(email)
        check_policy(password, email, name)
        return self._insert(self._new_user(email, name, role), password, None)

    def set_role(self, email: str, role: Role) -> Account:
        with self._database.write() as session:
            users = Users(session)
            found = users.by_email(normal_email(email))
            user = users.locked(found.id) if found is not None else None
            if user is None:
                raise NotFound("account_unknown", "There is no account with this e-mail.")
            user.role = role.value
            cut = role_given(session, user.id, role)
            self._audit.note(
                session, None, "user.role_set", "user", user.id, role=role.value, **noted(cut)
            )
        return views.account(user)

    def has_admin(self) -> bool:
        with self._database.read() as session:
            return Users(session).count_role(Role.ADMIN.value) > 0

    def account(self, actor: Actor) -> Account:
        with self._database.read() as session:
            user = Users(session).by_id(actor.user_id)
        if user is None:
            raise NotFound("account_unknown", "This account does not exist any more.")
        return views.account(user)

    def _known(self, email: str) -> bool:
        with self._database.read() as session:
            return Users(session).by_email(email) is not None

    def _new_user(self, email: str, name: str, role: Role) -> User:
        shown = one_line(name)[:_MAX_NAME] or email.split("@")[0]
        if not is_printable(shown):
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
        if photo is not None and self._keep_photo:
            user.face_photo_key = self._pictures.put(user.id, photo)
        try:
            with self._database.write() as session:
                Users(session).add(user)
                Roster(session).bind(user.email, user.id)
                self._audit.note(session, None, "user.created", "user", user.id, role=user.role)
        except BaseException as error:
            if user.face_photo_key:
                self._pictures.delete(user.face_photo_key)
            if isinstance(error, AlreadyThere):
                raise _email_taken() from error
            raise
        return views.account(user)


def _email_taken() -> Conflict:
    return Conflict("email_taken", "An account with this e-mail exists already.")
