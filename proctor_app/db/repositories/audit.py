"""The audit log: entries are read and appended, never changed or removed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Insert
from sqlalchemy.dialects import mysql, postgresql, sqlite
from sqlmodel import Session, col, select

from proctor_app.db.tables import AuditEntry, AuditHead, User

_HEAD = 1
_TABLE = AuditHead.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class EntryFilter:
    """person: the id of whoever acted or was acted upon; empty fields admit every entry."""

    person: str = ""
    action: str = ""


class AuditRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def head(self) -> AuditHead | None:
        """The end of the log as it is committed now."""
        return self._session.get(AuditHead, _HEAD, populate_existing=True)

    def locked_head(self, start: str) -> AuditHead:
        """The end of the log; other writers wait until this transaction has ended.

        start: the digest of a log without entries, which is made here the first time.
        """
        self._session.flush()
        head = self._held_head()
        if head is None:
            self._session.execute(self._insert_head(start))
            head = self._held_head()
        assert head is not None
        return head

    def append(self, entry: AuditEntry) -> None:
        self._session.add(entry)
        self._session.flush()

    def after(self, number: int, limit: int) -> list[AuditEntry]:
        """The entries that follow this one, oldest first."""
        query = (
            select(AuditEntry)
            .where(col(AuditEntry.number) > number)
            .order_by(col(AuditEntry.number))
            .limit(limit)
        )
        return list(self._session.exec(query))

    def before(
        self, number: int | None, wanted: EntryFilter, limit: int, *, newer: bool = False
    ) -> list[AuditEntry]:
        """Entries older than this one (newer: the other way), the nearest first; None: any."""
        key = col(AuditEntry.number)
        query = select(AuditEntry).order_by(key if newer else key.desc()).limit(limit)
        if number is not None:
            query = query.where(key > number if newer else key < number)
        for condition in _conditions(wanted):
            query = query.where(condition)
        return list(self._session.exec(query))

    def was_noted(self, actor_id: str, action: str, subject_id: str, since: datetime) -> bool:
        """Tell whether this person did this to this subject, the newest time after ``since``."""
        query = (
            select(AuditEntry.number)
            .where(
                AuditEntry.subject_id == subject_id,
                AuditEntry.actor_id == actor_id,
                AuditEntry.action == action,
                col(AuditEntry.at) > since,
            )
            .limit(1)
        )
        return self._session.exec(query).first() is not None

    def people(self, ids: Iterable[str]) -> list[User]:
        """The accounts that entries name."""
        return list(self._session.exec(select(User).where(col(User.id).in_(list(ids)))))

    def _held_head(self) -> AuditHead | None:
        return self._session.get(AuditHead, _HEAD, populate_existing=True, with_for_update=True)

    def _insert_head(self, start: str) -> Insert:
        """Two first writers at once: the second waits, and finds what the first has made."""
        values = {"id": _HEAD, "number": 0, "digest": start}
        match self._session.get_bind().dialect.name:
            case "postgresql":
                return postgresql.insert(_TABLE).values(values).on_conflict_do_nothing()
            case "sqlite":
                return sqlite.insert(_TABLE).values(values).on_conflict_do_nothing()
        # Unlike INSERT IGNORE this takes the lock for writing at once, so nobody waits in a circle.
        return mysql.insert(_TABLE).values(values).on_duplicate_key_update(id=_HEAD)


def _conditions(wanted: EntryFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.person:
        by, upon = col(AuditEntry.actor_id), col(AuditEntry.subject_id)
        found.append((by == wanted.person) | (upon == wanted.person))
    if wanted.action:
        found.append(col(AuditEntry.action).startswith(wanted.action, autoescape=True))
    return found
