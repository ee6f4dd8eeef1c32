"""Erasure of a person (GDPR, article 17): everything that tells of them goes. The account's row and
its ids stay, so that counts and the audit log stay whole.

In an order that never leaves a picture which no row names: the account is closed and the face
template goes first; then each picture's file, and after it the row's word of it; name and e-mail
go last, so that an erasure that was cut short can be found and finished by asking for it again.
"""

import logging

from proctor_app.clock import Clock
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.erasure import Traces
from proctor_app.db.repositories.users import Users
from proctor_app.db.repositories.webhooks import DeliveryRows
from proctor_app.db.session import Database
from proctor_app.db.tables import User
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import Conflict, NotFound, Unavailable
from proctor_app.services.access import allow
from proctor_app.services.again import again
from proctor_app.services.api_keys import revoke_keys
from proctor_app.services.audit import Audit
from proctor_app.services.logins import Logins
from proctor_app.services.people import PersonView, erasure_begun, person
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.standing import hold, not_oneself

ERASED_NAME = "Erased person"
_BATCH = 100
_MESSAGES_AT_ONCE = 500
log = logging.getLogger(__name__)


class ErasureUnfinished(Unavailable):
    """A picture's file could not be removed; the account is closed, erasing again goes on."""

    code = "erasure_unfinished"
    detail = "The account is closed, but not every picture could be removed yet. Try again."


class Erasure:
    def __init__(
        self,
        database: Database,
        logins: Logins,
        pictures: PictureStore,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._logins = logins
        self._pictures = pictures
        self._audit = audit
        self._clock = clock

    def erase(self, actor: Actor, user_id: str) -> PersonView:
        """Erase a person, or finish what was begun; nothing happens where it is done already.

        Raises NotAllowed, NotFound, Conflict (a running attempt, oneself, the last admin),
        ErasureUnfinished.
        """
        allow(actor, Action.ADMINISTER)
        if (done := self._erased(user_id)) is not None:
            return done
        self._close(actor, user_id)
        self._remove_pictures(user_id)
        while self._remove_messages(user_id) == _MESSAGES_AT_ONCE:
            pass
        return self._finish(actor, user_id)

    def _erased(self, user_id: str) -> PersonView | None:
        with self._database.read() as session:
            user = Users(session).by_id(user_id)
        if user is None:
            raise NotFound("account_unknown", "There is no such account.")
        return person(user, None, self._clock()) if user.erased_at else None

    def _close(self, actor: Actor, user_id: str) -> None:
        """From here on nobody gets in, and nobody's face can be told by what is kept."""
        with self._database.write() as session:
            held = hold(session, actor, user_id)
            not_oneself(actor, user_id)
            held.leave_an_admin()
            if AttemptRows(session).open_of(user_id) is not None:
                raise Conflict("attempt_running", "An attempt is running. Stop it first.")
            begun = erasure_begun(held.user)
            self._logins.revoke_all(session, user_id)
            Traces(session, user_id).delete_ways_in()
            _shut(held.user)
            held.user.disabled_at = held.user.disabled_at or self._clock()
            held.user.erasure_requested_at = held.user.erasure_requested_at or self._clock()
            revoke_keys(session, self._audit, actor, user_id, self._clock())
            if not begun:
                self._audit.note(session, actor, "user.erasure_begun", "user", user_id)

    def _remove_pictures(self, user_id: str) -> None:
        """The files of all evidence, and after each batch the rows' word of it."""
        while True:
            with self._database.read() as session:
                found = Traces(session, user_id).pictures(_BATCH)
            if not found:
                return
            gone: list[int] = []
            try:
                for evidence in found:
                    self._delete(evidence.key, user_id)
                    gone.append(evidence.id or 0)
            finally:
                with self._database.write() as session:
                    Traces(session, user_id).forget_pictures(gone)

    @again
    def _remove_messages(self, user_id: str) -> int:
        """What webhooks were and are to be told of their attempts, some at a time."""
        with self._database.write() as session:
            return DeliveryRows(session).remove_of_person(user_id, _MESSAGES_AT_ONCE)

    def _finish(self, actor: Actor, user_id: str) -> PersonView:
        with self._database.write() as session:
            user = Users(session).locked(user_id)
            assert user is not None
            if user.erased_at is not None:  # another request was faster
                return person(user, None, self._clock())
            traces = Traces(session, user_id)
            if traces.pictures(1):  # a stream that was just stopped wrote one more
                raise ErasureUnfinished
            if user.face_photo_key:
                self._delete(user.face_photo_key, user_id)
                user.face_photo_key = ""
            _shut(user)  # whatever was written while the pictures went
            traces.delete_ways_in()
            traces.empty_texts()
            while DeliveryRows(session).remove_of_person(user_id, _MESSAGES_AT_ONCE):
                pass  # what was written since: a few at most
            traces.leave_rosters()  # found by the e-mail too, which goes next
            user.name, user.email = ERASED_NAME, f"erased-{user_id}@invalid.example"
            user.erased_at = self._clock()
            self._audit.note(session, actor, "user.erased", "user", user_id)
        return person(user, None, self._clock())

    def _delete(self, key: str, user_id: str) -> None:
        try:
            self._pictures.delete(key)
        except OSError as error:
            log.warning("erasure.unfinished user_id=%s reason=%s", user_id, type(error).__name__)
            raise ErasureUnfinished from error


def _shut(user: User) -> None:
    user.face_template, user.face_model = None, ""
    user.face_failures, user.face_locked_until = 0, None
    user.totp_secret, user.totp_enabled_at, user.totp_last_step = None, None, None
    user.password_hash = ""
