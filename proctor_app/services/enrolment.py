"""Enrolment: from pictures of one face to the sealed template that an account is known by."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import numpy as np

from proctor_app.clock import Clock
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.logins import LoginRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database
from proctor_app.db.tables import User
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import Conflict, Invalid, NotFound
from proctor_app.services.access import allow
from proctor_app.services.audit import Audit
from proctor_app.services.passwords import PasswordPool, verify, was_never_set
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.standing import in_use
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.vault import Vault
from proctor_app.vision.engine import VisionEngine
from proctor_app.vision.enrolment import FaceTemplate, mean_embedding, same_person
from proctor_app.vision.frame import EncodedFrame
from proctor_app.vision.models.identity import MODEL

MAX_PHOTOS = 5
FRESH = timedelta(minutes=10)
"""As old a log-in may be that stands for the password of an account that has none."""


async def describe(engine: VisionEngine, photos: Sequence[bytes], now_s: float) -> FaceTemplate:
    """Describe the one person whom 1 to 5 encoded photos show, by the mean of their embeddings.

    Raises Invalid (number of photos; faces_differ), FrameRejected, PhotoRejected, VisionFailed.
    """
    if not 1 <= len(photos) <= MAX_PHOTOS:
        raise Invalid("photos_count", f"Send 1 to {MAX_PHOTOS} photos.")
    found = [await engine.describe_face(EncodedFrame(photo, now_s)) for photo in photos]
    embeddings = [face.embedding for face in found]
    if not same_person(embeddings):
        raise Invalid("faces_differ", "The photos show different faces. Take them again.")
    return FaceTemplate(mean_embedding(embeddings), found[0].model, found[0].face)


def sealed(face: FaceTemplate, vault: Vault) -> bytes:
    """The template as the database keeps it: 128 float64, encrypted."""
    return vault.seal(np.asarray(face.embedding, dtype=np.float64).tobytes())


class Enrolment:
    """One's own face data, after sign-up."""

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
    ) -> None:
        self._database = database
        self._engine = engine
        self._pictures = pictures
        self._vault = vault
        self._throttle = throttle
        self._password_pool = password_pool
        self._audit = audit
        self._clock = clock

    async def enrol(self, actor: Actor, password: str, photos: Sequence[bytes]) -> None:
        """Give the actor's own account a face again; the photos are let go. An account without a
        password, as platforms make them, shows a log-in of the last ten minutes instead.

        Raises Throttled, Unavailable (too many wait), NotFound (the account was closed), Invalid
        (password_wrong, log_in_too_old; photos), Conflict (a face of the present network is there,
        or an attempt is open), FrameRejected, PhotoRejected, VisionFailed.
        """
        allow(actor, Action.SIT, actor.user_id)
        self._throttle.hit(Limit.ENROL, actor.user_id)
        await self._password_pool.run(self._check_password, actor, password)
        await asyncio.to_thread(self._check_open, actor)
        face = await describe(self._engine, photos, self._clock().timestamp())
        await asyncio.to_thread(self._store, actor, face)

    def remove(self, actor: Actor) -> None:
        """Remove the actor's own face data and the sign-up photo, where one was kept.

        Face log-in and identity checks end with them. Raises Conflict while an attempt is open,
        NotFound where nothing is held.
        """
        allow(actor, Action.SIT, actor.user_id)
        with self._database.write() as session:
            user = in_use(Users(session).locked(actor.user_id))
            _none_open(AttemptRows(session), actor)
            if user.face_template is None and not user.face_photo_key:
                raise NotFound("no_face_data", "No face data of yours is held.")
            photo = user.face_photo_key
            user.face_template, user.face_model, user.face_photo_key = None, "", ""
            self._audit.note(session, actor, "user.face_removed", "user", user.id)
            if photo:  # a photo that can't be removed undoes the rest
                self._pictures.delete(photo)

    def asks_password(self, actor: Actor) -> bool:
        """Whether ``enrol`` does, or a log-in of these minutes is enough."""
        with self._database.read() as session:
            user = in_use(Users(session).by_id(actor.user_id))
        return not was_never_set(user.password_hash)

    def _check_password(self, actor: Actor, password: str) -> None:
        with self._database.read() as session:
            user = in_use(Users(session).by_id(actor.user_id))
            login = LoginRows(session).by_id(actor.session_id)
        if was_never_set(user.password_hash):
            if login is None or self._clock() - login.created_at > FRESH:
                raise Invalid(
                    "log_in_too_old",
                    "Come in from your learning platform anew, and enrol within ten minutes.",
                )
            return
        self._throttle.hit(Limit.LOG_IN_FAILURES, user.id)
        if not verify(password, user.password_hash):
            raise Invalid("password_wrong", "The password is wrong.")
        self._throttle.give_back(Limit.LOG_IN_FAILURES, user.id)

    def _check_open(self, actor: Actor) -> None:
        with self._database.read() as session:
            _wanted(in_use(Users(session).by_id(actor.user_id)))
            _none_open(AttemptRows(session), actor)

    def _store(self, actor: Actor, face: FaceTemplate) -> None:
        with self._database.write() as session:
            user = in_use(Users(session).locked(actor.user_id))
            _wanted(user)
            _none_open(AttemptRows(session), actor)
            user.face_template, user.face_model = sealed(face, self._vault), face.model
            user.face_failures, user.face_locked_until = 0, None
            self._audit.note(session, actor, "user.face_enrolled", "user", user.id)


def _wanted(user: User) -> None:
    """A face that serves is replaced only after its removal, which stands in the log of its own."""
    if user.face_template is not None and user.face_model == MODEL:
        raise Conflict("face_enrolled", "Your face is enrolled already. Remove it first.")


def _none_open(attempts: AttemptRows, actor: Actor) -> None:
    """Whoever sits an attempt can't change by whom it is being sat."""
    if attempts.open_of(actor.user_id) is not None:
        raise Conflict("attempt_open", "End your open session first.")
