"""The audit log as admins read it, page by page, the newest first."""

from dataclasses import dataclass
from datetime import datetime

from proctor_app.db.repositories.audit import AuditRows, EntryFilter
from proctor_app.db.session import Database
from proctor_app.db.tables import AuditEntry
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import Invalid
from proctor_app.services.access import allow

PAGE = 50
_MAX_FILTER = 60
ERASED = "erased"


@dataclass(frozen=True, slots=True)
class EntryView:
    """actor, subject: a name where the account is still there, "erased" where it was erased, empty
    where the id is nobody's. detail: words and numbers, as JSON."""

    number: int
    at: datetime
    actor_id: str
    actor: str
    actor_role: str
    action: str
    subject_type: str
    subject_id: str
    subject: str
    detail: str


@dataclass(frozen=True, slots=True)
class LogQuery:
    """person: the id of who acted or was acted upon. action: its beginning, such as "user.".
    older_than, newer_than: entry numbers; without them the newest entries."""

    person: str = ""
    action: str = ""
    older_than: int | None = None
    newer_than: int | None = None


@dataclass(frozen=True, slots=True)
class LogPage:
    """items: the newest first. has_older, has_newer: whether entries of the same kind follow."""

    items: tuple[EntryView, ...]
    has_older: bool
    has_newer: bool


class AuditLog:
    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, actor: Actor, query: LogQuery) -> LogPage:
        """Raises NotAllowed; Invalid for a filter that is too long."""
        allow(actor, Action.ADMINISTER)
        if max(len(query.person), len(query.action)) > _MAX_FILTER:
            raise Invalid("filter_too_long", "This filter is too long.")
        wanted = EntryFilter(query.person.strip(), query.action.strip())
        newer = query.newer_than is not None
        start = query.newer_than if newer else query.older_than
        with self._database.read() as session:
            rows = AuditRows(session)
            found = rows.before(start, wanted, PAGE + 1, newer=newer)
            more, found = len(found) > PAGE, found[:PAGE]
            if newer:
                found.reverse()
            names = _names(rows, found)
        items = tuple(_entry(row, names) for row in found)
        other = start is not None and bool(found)
        return LogPage(items, other if newer else more, more if newer else other)


def _names(rows: AuditRows, entries: list[AuditEntry]) -> dict[str, str]:
    ids = {entry.actor_id for entry in entries if entry.actor_id}
    ids |= {entry.subject_id for entry in entries if entry.subject_type == "user"}
    return {user.id: ERASED if user.erased_at else user.name for user in rows.people(ids)}


def _entry(row: AuditEntry, names: dict[str, str]) -> EntryView:
    return EntryView(
        number=row.number,
        at=row.at,
        actor_id=row.actor_id,
        actor=names.get(row.actor_id, ""),
        actor_role=row.actor_role,
        action=row.action,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        subject=names.get(row.subject_id, ""),
        detail=row.detail,
    )
