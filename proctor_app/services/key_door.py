"""The door for machines: whose key this is, what it may, and how much of its share is left.

A key is 256 random bits, so its plain SHA-256 is enough to keep: there is nothing to guess that a
slow hash would make dearer. It acts for the admin who made it, with the scopes it was given, and
opens nothing once that person is no admin in good standing any more.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from proctor_app.clock import Clock
from proctor_app.db.partner_tables import ApiKey
from proctor_app.db.repositories.api_keys import KeyRows
from proctor_app.db.session import AlreadyThere, Database
from proctor_app.db.tables import User
from proctor_app.domain.access import Actor, Role
from proctor_app.domain.scopes import Scope
from proctor_app.errors import NotAuthenticated, Throttled
from proctor_app.services.again import again
from proctor_app.services.logins import Logins
from proctor_app.services.throttle import Limit, Rate, Throttle

_DAY_S = 86_400
_KEPT_DAYS = 90
_TOUCH_EVERY = timedelta(minutes=1)
_FORM = re.compile(r"prk_[A-Za-z0-9_-]{43}")
KeyState = Literal["active", "expired", "revoked", "owner_out"]
"""owner_out: its owner may use none now."""


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """A key that was shown and is good."""

    actor: Actor
    scopes: frozenset[Scope]
    per_minute: int
    per_day: int
    last_used_at: datetime | None


class RateExceeded(Throttled):
    code = "rate_limited"
    detail = "This API key asks too often. Wait a moment."


class QuotaUsedUp(Throttled):
    code = "quota_used_up"
    detail = "This API key has used up its requests of today (UTC)."


class KeyDoor:
    def __init__(
        self, database: Database, logins: Logins, throttle: Throttle, clock: Clock
    ) -> None:
        self._database = database
        self._logins = logins
        self._throttle = throttle
        self._clock = clock

    def authenticate(self, key: str, address: str) -> KeyInUse:
        """Whose key this is, and what it may. Raises NotAuthenticated; Throttled for an address
        that came with wrong ones again and again."""
        try:
            return self._good(key)
        except NotAuthenticated:
            self._throttle.hit(Limit.KEY_FAILURES, address)
            raise

    def rate(self, key: KeyInUse) -> Rate:
        """Count a request by the key's rate in a minute; what is left, and whether it may pass."""
        return self._throttle.use("API_KEY", key.actor.key_id, key.per_minute)

    def admit(self, key: KeyInUse, rate: Rate) -> None:
        """Count a request that passed all else by the key's quota of a day, which all workers
        share. Raises RateExceeded, QuotaUsedUp."""
        if not rate.allowed:
            raise RateExceeded(rate.reset_s)
        now = self._clock()
        try:
            counted = self._count(key, now)
        except AlreadyThere:  # another worker has begun the day meanwhile
            counted = self._count(key, now)
        if counted == "full":
            raise QuotaUsedUp(_until_midnight_s(now))
        if counted == "begun":
            self.remove_old_uses()

    def remove_old_uses(self) -> None:
        """Forget the counts of long ago; called at the start, and with the first use of a day."""
        with self._database.write() as session:
            KeyRows(session).forget_before(day_of(self._clock()) - _KEPT_DAYS)

    def _good(self, key: str) -> KeyInUse:
        found = None
        if _FORM.fullmatch(key):
            with self._database.read() as session:
                found = KeyRows(session).by_digest(digest_of(key))
        if found is None:
            raise NotAuthenticated("key_unknown", "This API key is not known.")
        row, owner = found
        _refuse(self.state(row, owner))
        actor = Actor(owner.id, owner.name, Role(owner.role), session_id="", key_id=row.id)
        scopes = frozenset(scopes_of(row))
        return KeyInUse(actor, scopes, row.per_minute, row.per_day, row.last_used_at)

    @again
    def _count(self, key: KeyInUse, now: datetime) -> Literal["counted", "begun", "full"]:
        key_id, day = key.actor.key_id, day_of(now)
        with self._database.write() as session:
            rows = KeyRows(session)
            if key.last_used_at is None or now - key.last_used_at > _TOUCH_EVERY:
                rows.touch(key_id, now)  # before the count: a first one asks for this row, too
            if rows.count_use(key_id, day, key.per_day):
                return "counted"
            if rows.uses_on([key_id], day):
                return "full"
            rows.begin_day(key_id, day)
        return "begun"

    def state(self, row: ApiKey, owner: User) -> KeyState:
        """What the key is good for at this moment."""
        if row.revoked_at is not None:
            return "revoked"
        if row.expires_at is not None and row.expires_at <= self._clock():
            return "expired"
        return "active" if self.may_use(owner) else "owner_out"

    def may_use(self, owner: User) -> bool:
        """Whether the account may have keys act for it: an admin's who could log in and work."""
        is_admin = owner.role == Role.ADMIN and owner.disabled_at is None
        return is_admin and not self._logins.is_limited(owner)


def _refuse(state: KeyState) -> None:
    if state == "revoked":
        raise NotAuthenticated("key_revoked", "This API key was revoked.")
    if state == "expired":
        raise NotAuthenticated("key_expired", "This API key has expired.")
    if state == "owner_out":
        raise NotAuthenticated("key_owner_refused", "The owner of this API key may use none now.")


def scopes_of(row: ApiKey) -> tuple[Scope, ...]:
    """Those that are still known: one that was dropped from the program grants nothing."""
    given = row.scopes.split()
    return tuple(scope for scope in Scope if scope in given)


def digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def day_of(now: datetime) -> int:
    return int(now.timestamp()) // _DAY_S


def _until_midnight_s(now: datetime) -> int:
    return _DAY_S - int(now.timestamp()) % _DAY_S
