"""What is held about a person, for that person: to look at, to take along, to have erased."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from proctor_app.clock import Clock
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.audit import AuditRows, EntryFilter
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.repositories.logins import LoginRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database, Transaction
from proctor_app.db.tables import AuditEntry, Login, User
from proctor_app.domain.access import Action, Actor
from proctor_app.services import views
from proctor_app.services.access import allow
from proctor_app.services.agents import browser_words
from proctor_app.services.audit import Audit
from proctor_app.services.export import Export, Exporter, by_whom
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.standing import in_use
from proctor_app.services.throttle import Limit, Throttle
from proctor_app.services.told import status_told
from proctor_app.services.vault import Vault
from proctor_app.services.views import Account
from proctor_app.vision.models.identity import MODEL

_LATEST = 50
"""Of sessions, attempts and entries shown on the page; the export has them all."""


@dataclass(frozen=True, slots=True)
class HeldFace:
    """model: the network its numbers come from; serves: whether that is the present one."""

    model: str
    serves: bool
    since: datetime


@dataclass(frozen=True, slots=True)
class HeldLogin:
    """agent: the browser, in words."""

    created_at: datetime
    last_used_at: datetime
    method: str
    address: str
    agent: str
    current: bool


@dataclass(frozen=True, slots=True)
class HeldAttempt:
    """incidents, pictures: how many; what they say is shown after the review."""

    id: str
    status: str
    created_at: datetime
    notice_version: str
    consented_at: datetime | None
    incidents: int
    pictures: int


@dataclass(frozen=True, slots=True)
class HeldEntry:
    """by: "you", the role of whoever did it, or "the installation"."""

    at: datetime
    action: str
    by: str


@dataclass(frozen=True, slots=True)
class Held:
    account: Account
    created_at: datetime
    second_factor: bool
    face: HeldFace | None
    photo_kept: bool
    logins: tuple[HeldLogin, ...]
    attempts: tuple[HeldAttempt, ...]
    entries: tuple[HeldEntry, ...]
    erasure_requested_at: datetime | None


class OwnData:
    def __init__(
        self,
        database: Database,
        pictures: PictureStore,
        vault: Vault,
        throttle: Throttle,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._throttle = throttle
        self._audit = audit
        self._clock = clock
        self._exporter = Exporter(database, pictures, vault, clock)

    def held(self, actor: Actor) -> Held:
        """Everything that is held about the actor, in overview. Raises NotFound."""
        allow(actor, Action.SIT, actor.user_id)
        now = self._clock()
        with self._database.read() as session:
            user = in_use(Users(session).by_id(actor.user_id))
            logins = LoginRows(session).open_of(user.id, now, user.created_at)[:_LATEST]
            rows = AuditRows(session)
            entries = rows.before(None, EntryFilter(person=user.id), _LATEST)
            return Held(
                account=views.account(user),
                created_at=user.created_at,
                second_factor=user.totp_enabled_at is not None,
                face=_face(user, rows),
                photo_kept=bool(user.face_photo_key),
                logins=tuple(_login(login, actor) for login in logins),
                attempts=_attempts(session, user.id),
                entries=tuple(_entry(entry, actor) for entry in entries),
                erasure_requested_at=user.erasure_requested_at,
            )

    def export(self, actor: Actor) -> Export:
        """Everything that is held about the actor as a ZIP archive; the caller closes it.

        Takes time and disk, not memory: call it off the event loop. Raises Throttled, NotFound.
        """
        allow(actor, Action.SIT, actor.user_id)
        self._throttle.hit(Limit.EXPORT, actor.user_id)
        with self._database.write() as session:
            user = in_use(Users(session).by_id(actor.user_id))
            self._audit.note(session, actor, "user.data_exported", "user", user.id)
        return self._exporter.build(actor.user_id)

    def request_erasure(self, actor: Actor) -> datetime:
        """Ask an admin to erase the account; asking again changes nothing. Returns since when."""
        allow(actor, Action.SIT, actor.user_id)
        self._throttle.hit(Limit.ERASURE, actor.user_id)
        with self._database.write() as session:
            user = in_use(Users(session).locked(actor.user_id))
            if user.erasure_requested_at is None:
                user.erasure_requested_at = self._clock()
                self._audit.note(session, actor, "user.erasure_requested", "user", user.id)
            return user.erasure_requested_at

    def withdraw_erasure(self, actor: Actor) -> None:
        """Take the request back; nothing happens where there is none.

        Raises NotFound once the erasure was begun, Throttled.
        """
        allow(actor, Action.SIT, actor.user_id)
        self._throttle.hit(Limit.ERASURE, actor.user_id)
        with self._database.write() as session:
            user = in_use(Users(session).locked(actor.user_id))
            if user.erasure_requested_at is not None:
                user.erasure_requested_at = None
                self._audit.note(session, actor, "user.erasure_withdrawn", "user", user.id)


def _face(user: User, rows: AuditRows) -> HeldFace | None:
    """The log knows when a face was enrolled again; the first one came with the account."""
    if user.face_template is None:
        return None
    wanted = EntryFilter(person=user.id, action="user.face_enrolled")
    again = [entry for entry in rows.before(None, wanted, 1) if entry.subject_id == user.id]
    since = again[0].at if again else user.created_at
    return HeldFace(user.face_model, user.face_model == MODEL, since)


def _attempts(session: Transaction, user_id: str) -> tuple[HeldAttempt, ...]:
    attempts = AttemptRows(session).history_of(user_id, _LATEST)
    rows = IncidentRows(session)
    found = rows.of_attempts([attempt.id for attempt in attempts], with_hidden=True)
    shown = rows.evidence_counts([row.id for row in found if row.id is not None])
    incidents = Counter(row.attempt_id for row in found)
    pictures: Counter[str] = Counter()
    for row in found:
        pictures[row.attempt_id] += shown.get(row.id or 0, 0)
    return tuple(
        HeldAttempt(
            id=attempt.id,
            status=status_told(attempt),
            created_at=attempt.created_at,
            notice_version=attempt.notice_version,
            consented_at=attempt.consented_at,
            incidents=incidents[attempt.id],
            pictures=pictures[attempt.id],
        )
        for attempt in attempts
    )


def _login(row: Login, actor: Actor) -> HeldLogin:
    return HeldLogin(
        row.created_at,
        row.last_used_at,
        row.method,
        row.address,
        browser_words(row.agent),
        row.id == actor.session_id,
    )


def _entry(row: AuditEntry, actor: Actor) -> HeldEntry:
    return HeldEntry(row.at, row.action, by_whom(row, actor.user_id))
