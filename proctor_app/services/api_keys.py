"""API keys as admins look after them: made, listed, revoked. A key itself is shown once."""

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.db.partner_tables import ApiKey
from proctor_app.db.repositories.api_keys import KeyRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database, Transaction
from proctor_app.db.tables import User
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.scopes import Scope
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound
from proctor_app.services.access import allow
from proctor_app.services.audit import Audit
from proctor_app.services.key_door import KeyDoor, KeyState, day_of, digest_of, scopes_of

MAX_KEYS = 100
"""In force at a time."""
MAX_NAME = 80
MAX_DAYS = 3650
MAX_PER_MINUTE, MAX_PER_DAY = 1_200, 10_000_000
_SHOWN_ENDED = 100
_PREFIX = 10
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class NewKey:
    """expires_in_days: None for a key that does not expire. per_day: requests, 0 for no quota."""

    name: str
    scopes: tuple[Scope, ...]
    expires_in_days: int | None = 90
    per_minute: int = 120
    per_day: int = 10_000


@dataclass(frozen=True, slots=True)
class KeyView:
    """A key as it can be shown: never itself. state: owner_out where its owner may use none.
    used_today: requests since midnight in UTC."""

    id: str
    name: str
    prefix: str
    owner_id: str
    owner: str
    scopes: tuple[Scope, ...]
    state: KeyState
    per_minute: int
    per_day: int
    used_today: int
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class MadeKey:
    """key: the only time that it is seen."""

    view: KeyView
    key: str


class ApiKeys:
    def __init__(self, database: Database, door: KeyDoor, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._door = door
        self._audit = audit
        self._clock = clock

    def create(self, actor: Actor, wanted: NewKey) -> MadeKey:
        """Make a key for the actor, an admin in person. Raises NotAllowed, Invalid, Conflict."""
        _person(actor)
        name = _checked(wanted)
        key, now = f"prk_{secrets.token_urlsafe(32)}", self._clock()
        row = ApiKey(
            id=str(uuid.uuid4()),
            owner_id=actor.user_id,
            name=name,
            prefix=key[:_PREFIX],
            digest=digest_of(key),
            scopes=" ".join(scope for scope in Scope if scope in wanted.scopes),
            per_minute=wanted.per_minute,
            per_day=wanted.per_day,
            created_at=now,
            expires_at=now + _DAY * wanted.expires_in_days if wanted.expires_in_days else None,
        )
        with self._database.write() as session:
            owner = Users(session).locked(actor.user_id)  # whoever is demoted now comes after
            if owner is None or not self._door.may_use(owner):
                raise NotAllowed
            rows = KeyRows(session)
            if rows.count_in_force(now) >= MAX_KEYS:
                raise Conflict("too_many_keys", f"There are {MAX_KEYS} keys. Revoke one first.")
            rows.add(row)
            detail = {"prefix": row.prefix, "scopes": row.scopes}
            self._audit.note(session, actor, "key.created", "api_key", row.id, **detail)
            return MadeKey(self._view(row, owner, 0), key)

    def all(self, actor: Actor) -> tuple[KeyView, ...]:
        """Those that open something, then some that no longer do; the newest of each first.

        Raises NotAllowed.
        """
        _person(actor)
        now = self._clock()
        with self._database.read() as session:
            rows = KeyRows(session)
            found = rows.newest(now, _SHOWN_ENDED)
            used = rows.uses_on([key.id for key, _ in found], day_of(now))
        return tuple(self._view(key, owner, used.get(key.id, 0)) for key, owner in found)

    def one(self, actor: Actor, key_id: str) -> KeyView:
        """Raises NotAllowed, NotFound."""
        _person(actor)
        return self._one(key_id)

    def own(self, actor: Actor) -> KeyView:
        """The key that the actor came with. Raises NotFound for a person."""
        if not actor.key_id:
            raise NotFound("no_key", "This request came without an API key.")
        return self._one(actor.key_id)

    def revoke(self, actor: Actor, key_id: str) -> KeyView:
        """Let the key, whoever's it is, open nothing any more. Raises NotAllowed, NotFound."""
        _person(actor)
        with self._database.write() as session:
            key = KeyRows(session).locked(key_id)
            if key is None:
                raise _unknown()
            if key.revoked_at is None:
                key.revoked_at = self._clock()
                session.flush()
                self._audit.note(session, actor, "key.revoked", "api_key", key.id)
        return self._one(key_id)

    def _one(self, key_id: str) -> KeyView:
        with self._database.read() as session:
            rows = KeyRows(session)
            found = rows.one(key_id)
            if found is None:
                raise _unknown()
            used = rows.uses_on([key_id], day_of(self._clock()))
        return self._view(*found, used.get(key_id, 0))

    def _view(self, row: ApiKey, owner: User, used_today: int) -> KeyView:
        return KeyView(
            id=row.id,
            name=row.name,
            prefix=row.prefix,
            owner_id=row.owner_id,
            owner=owner.name,
            scopes=scopes_of(row),
            state=self._door.state(row, owner),
            per_minute=row.per_minute,
            per_day=row.per_day,
            used_today=used_today,
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
        )


def revoke_keys(
    session: Transaction, audit: Audit, actor: Actor, owner_id: str, now: datetime
) -> None:
    """End every key of a person whose standing changes, in the caller's transaction, which holds
    their account and has nothing else to change: the log comes last."""
    ended = KeyRows(session).open_of(owner_id)
    for key in ended:
        key.revoked_at = now
    session.flush()
    for key in ended:
        audit.note(session, actor, "key.revoked", "api_key", key.id)


def _person(actor: Actor) -> None:
    allow(actor, Action.ADMINISTER)
    if actor.key_id:
        raise NotAllowed


def _checked(wanted: NewKey) -> str:
    """The key's name, tidied up. Raises Invalid."""
    name = " ".join(wanted.name.split())
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise Invalid("name_invalid", f"A name has 1 to {MAX_NAME} letters.")
    if not wanted.scopes:
        raise Invalid("scopes_missing", "Choose what the key may do.")
    days = wanted.expires_in_days
    if days is not None and not 1 <= days <= MAX_DAYS:
        raise Invalid("expiry_invalid", f"A key lasts 1 to {MAX_DAYS} days, or has no end.")
    _within(wanted.per_minute, 1, MAX_PER_MINUTE, "requests in a minute")
    _within(wanted.per_day, 0, MAX_PER_DAY, "requests in a day")
    return name


def _within(value: int, least: int, most: int, what: str) -> None:
    if not least <= value <= most:
        raise Invalid("limit_invalid", f"A key has {least:,} to {most:,} {what}.")


def _unknown() -> NotFound:
    return NotFound("key_unknown", "There is no such API key.")
