"""API keys, and how often each was used on a day."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import CursorResult, or_
from sqlmodel import Session, col, delete, func, select, update

from proctor_app.db.partner_tables import ApiKey, ApiKeyUse
from proctor_app.db.tables import User


class KeyRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, key: ApiKey) -> None:
        self._session.add(key)
        self._session.flush()

    def by_digest(self, digest: str) -> tuple[ApiKey, User] | None:
        """The key with its owner: one look at one index."""
        found: tuple[ApiKey, User] | None = self._session.exec(
            _with_owner().where(ApiKey.digest == digest)
        ).first()
        return found

    def one(self, key_id: str) -> tuple[ApiKey, User] | None:
        found: tuple[ApiKey, User] | None = self._session.exec(
            _with_owner().where(ApiKey.id == key_id)
        ).first()
        return found if found is not None and found[0].id == key_id else None

    def locked(self, key_id: str) -> ApiKey | None:
        """The key, held against other writers."""
        key = self._session.get(
            ApiKey, key_id, with_for_update={"key_share": True}, populate_existing=True
        )
        return key if key is not None and key.id == key_id else None

    def newest(self, now: datetime, limit: int) -> list[tuple[ApiKey, User]]:
        """Those that open something first, then the others; the newest of each first."""
        order = col(ApiKey.created_at).desc(), col(ApiKey.id)
        good = list(self._session.exec(_with_owner().where(*_in_force(now)).order_by(*order)))
        ended = or_(col(ApiKey.revoked_at).is_not(None), col(ApiKey.expires_at) <= now)
        over = _with_owner().where(ended).order_by(*order).limit(limit)
        return [*good, *self._session.exec(over)]

    def count_in_force(self, now: datetime) -> int:
        query = select(func.count()).select_from(ApiKey).where(*_in_force(now))
        return self._session.exec(query).one()

    def open_of(self, owner_id: str) -> list[ApiKey]:
        """Every key of the owner that was not revoked."""
        query = select(ApiKey).where(ApiKey.owner_id == owner_id, col(ApiKey.revoked_at).is_(None))
        return list(self._session.exec(query.order_by(col(ApiKey.id))))

    def touch(self, key_id: str, now: datetime) -> None:
        self._session.exec(update(ApiKey).where(col(ApiKey.id) == key_id).values(last_used_at=now))

    def uses_on(self, key_ids: Iterable[str], day: int) -> dict[str, int]:
        """How often each was used on the day; those that were not are left out."""
        query = select(ApiKeyUse).where(
            col(ApiKeyUse.key_id).in_(list(key_ids)), ApiKeyUse.day == day
        )
        return {row.key_id: row.uses for row in self._session.exec(query)}

    def count_use(self, key_id: str, day: int, at_most: int) -> bool:
        """Add one to a count that has been begun, unless it is full; at_most: 0 for no end."""
        counted = update(ApiKeyUse).where(
            col(ApiKeyUse.key_id) == key_id, col(ApiKeyUse.day) == day
        )
        if at_most:
            counted = counted.where(col(ApiKeyUse.uses) < at_most)
        found: CursorResult[Any] = self._session.exec(counted.values(uses=ApiKeyUse.uses + 1))
        return found.rowcount == 1

    def begin_day(self, key_id: str, day: int) -> None:
        """Count the first use. AlreadyThere follows where another worker was first."""
        self._session.add(ApiKeyUse(key_id=key_id, day=day, uses=1))
        self._session.flush()

    def forget_before(self, day: int) -> None:
        self._session.exec(delete(ApiKeyUse).where(col(ApiKeyUse.day) < day))


def _with_owner() -> Any:
    return select(ApiKey, User).join(User, col(User.id) == ApiKey.owner_id)


def _in_force(now: datetime) -> tuple[Any, Any]:
    return (
        col(ApiKey.revoked_at).is_(None),
        or_(col(ApiKey.expires_at).is_(None), col(ApiKey.expires_at) > now),
    )
