"""The people of an installation, as an admin looks through them and changes them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from proctor_app.db.repositories.matching import has
from proctor_app.db.tables import Login, User

_ROLES = ("admin", "proctor", "student")
_ADMIN = _ROLES[0]
_FEW = 200
_KEYS = {
    "name": col(User.name),
    "email": col(User.email),
    "created": col(User.created_at),
    "role": col(User.name),
}
SORTS = frozenset(_KEYS)


@dataclass(frozen=True, slots=True)
class PeopleFilter:
    """Empty fields admit everybody, but nobody who was erased: those are a state of their own.

    search: a part of name or e-mail. state: active, disabled, locked, erasure_requested or erased,
    as it is at ``now``.
    """

    now: datetime
    search: str = ""
    role: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A row's place in a sorted list; key: the value of the column the list is sorted by."""

    role: str
    key: str | datetime
    id: str


class PeopleRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def locked_admins(self) -> set[str]:
        """The ids of all admins who can log in; none of them changes while they are locked."""
        query = (
            select(User)
            .where(User.role == _ADMIN, col(User.disabled_at).is_(None))
            .order_by(col(User.id))
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
        return {user.id for user in self._session.exec(query)}

    def page(
        self, wanted: PeopleFilter, sort: str, *, down: bool, start: Place | None, limit: int
    ) -> list[User]:
        """At most ``limit`` accounts that follow the start, in the order of the list.

        sort: one of SORTS; by role means by role, then by name. down: from the last to the first.
        """
        conditions = self._narrowed(wanted)
        if sort != "role":
            return self._run(_sorted(sort, conditions, down, start).limit(limit))
        found: list[User] = []
        for role in sorted(_ROLES, reverse=down):
            if start and (role > start.role if down else role < start.role):
                continue
            inside = start if start and role == start.role else None
            query = _sorted(sort, [*conditions, col(User.role) == role], down, inside)
            found += self._run(query.limit(limit - len(found)))
            if len(found) == limit:
                break
        return found

    def query(
        self, wanted: PeopleFilter, sort: str, *, down: bool, start: Place | None
    ) -> SelectOfScalar[User]:
        """What ``page`` asks the database for without a search, in any sorting but by role."""
        return _sorted(sort, self._conditions(wanted), down, start)

    def count(self, wanted: PeopleFilter, at_most: int) -> int:
        """How many there are, counted no further than ``at_most``."""
        some = select(User.id).where(*self._conditions(wanted)).limit(at_most).subquery()
        return self._session.exec(select(func.count()).select_from(some)).one()

    def count_by_role(self) -> dict[str, int]:
        """Everybody who was not erased."""
        query = (
            select(User.role, func.count(col(User.id)))
            .where(col(User.erased_at).is_(None))
            .group_by(User.role)
        )
        return dict(self._session.exec(query).all())

    def last_logins(self, user_ids: Iterable[str]) -> dict[str, datetime]:
        query = (
            select(Login.user_id, func.max(Login.created_at))
            .where(col(Login.user_id).in_(list(user_ids)))
            .group_by(Login.user_id)
        )
        return dict(self._session.exec(query).all())

    def _run(self, query: SelectOfScalar[User]) -> list[User]:
        return list(self._session.exec(query))

    def _narrowed(self, wanted: PeopleFilter) -> list[ColumnElement[bool]]:
        """The conditions; where a search finds few, those themselves: one walk through the table in
        its own order is quicker than one along an index, from row to row all over the table."""
        conditions = self._conditions(wanted)
        if not wanted.search:
            return conditions
        some = list(self._session.exec(select(User.id).where(*conditions).limit(_FEW + 1)))
        return conditions if len(some) > _FEW else [col(User.id).in_(some)]

    def _conditions(self, wanted: PeopleFilter) -> list[ColumnElement[bool]]:
        found = [_in_state(wanted.state, wanted.now)]
        if wanted.role:
            found.append(col(User.role) == wanted.role)
        if wanted.search:
            name, email = col(User.name), col(User.email)
            in_name = has(self._session, name, wanted.search)
            found.append(in_name | has(self._session, email, wanted.search))
        return found


def place_of(user: User, sort: str) -> Place:
    """Where this account stands in a list sorted so."""
    keys: dict[str, str | datetime] = {"email": user.email, "created": user.created_at}
    return Place(user.role, keys.get(sort, user.name), user.id)


def _sorted(
    sort: str, conditions: list[ColumnElement[bool]], down: bool, start: Place | None
) -> SelectOfScalar[User]:
    """E-mails are unique; what is not is sorted by id besides, as the indexes are."""
    key, last = _KEYS[sort], col(User.id)
    columns = [key] if sort == "email" else [key, last]
    query = select(User).where(*conditions)
    query = query.order_by(*(column.desc() if down else column for column in columns))
    if start is None:
        return query
    beyond = key < start.key if down else key > start.key
    if sort == "email":
        return query.where(beyond)
    # Said in this way every database finds the place by its index; (key, id) > (?, ?) not all do.
    behind = last < start.id if down else last > start.id
    return query.where(key <= start.key if down else key >= start.key).where(beyond | behind)


def _in_state(state: str, now: datetime) -> ColumnElement[bool]:
    erased, asked = col(User.erased_at), col(User.erasure_requested_at)
    disabled, locked = col(User.disabled_at), col(User.face_locked_until)
    match state:
        case "erased":
            return erased.is_not(None)
        case "erasure_requested":
            return erased.is_(None) & asked.is_not(None)
        case "disabled":
            return erased.is_(None) & asked.is_(None) & disabled.is_not(None)
        case "locked":
            return asked.is_(None) & disabled.is_(None) & (locked > now)
        case "active":
            unlocked = locked.is_(None) | (locked <= now)
            return asked.is_(None) & disabled.is_(None) & unlocked
    return erased.is_(None)
