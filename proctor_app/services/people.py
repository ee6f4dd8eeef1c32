"""People, as admins look after them: roles, access, ways to log in. Every change is one transaction
with its entry in the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from proctor_app.clock import Clock
from proctor_app.db.repositories.people import (
    SORTS,
    PeopleFilter,
    PeopleRows,
    Place,
    place_of,
)
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database, Transaction
from proctor_app.db.tables import User
from proctor_app.domain.access import Action, Actor, Role
from proctor_app.errors import Conflict, Invalid, NotFound
from proctor_app.services.access import allow
from proctor_app.services.api_keys import revoke_keys
from proctor_app.services.audit import Audit
from proctor_app.services.cursors import Cursors
from proctor_app.services.logins import Logins
from proctor_app.services.lti_unlinking import noted, platforms_of, role_given, unlink
from proctor_app.services.picture_store import PictureStore
from proctor_app.services.standing import Held, hold, not_oneself

MAX_LIMIT = 100
COUNTED = 10_000
"""Totals are counted no further than this."""
_MAX_SEARCH = 100
State = Literal["active", "disabled", "locked", "erasure_requested", "erased"]
STATES: tuple[State, ...] = get_args(State)


@dataclass(frozen=True, slots=True)
class PersonView:
    """is_disabled: whatever the state says besides. last_login_at: None where none is kept.
    locked_until: the end of a lock of the face log-in, None where there is none. platforms: the
    names of learning platforms that open the account."""

    id: str
    email: str
    name: str
    role: Role
    state: State
    is_disabled: bool
    created_at: datetime
    last_login_at: datetime | None
    locked_until: datetime | None
    has_face: bool
    has_second_factor: bool
    platforms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PeopleQuery:
    """sort: name, email, created or role, with "-" in front from the last to the first. cursor:
    ``next`` or ``previous`` of another page of the same list."""

    search: str = ""
    role: str = ""
    state: str = ""
    sort: str = "name"
    limit: int = 50
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """next, previous: cursors, empty where the list ends. total: as it was counted for the first
    page; COUNTED stands for as many or more."""

    items: tuple[PersonView, ...]
    next: str
    previous: str
    total: int


class People:
    def __init__(
        self,
        database: Database,
        logins: Logins,
        pictures: PictureStore,
        cursors: Cursors,
        audit: Audit,
        clock: Clock,
    ) -> None:
        self._database = database
        self._logins = logins
        self._pictures = pictures
        self._cursors = cursors
        self._audit = audit
        self._clock = clock

    def page(self, actor: Actor, query: PeopleQuery) -> PeoplePage:
        """One page of people. Raises NotAllowed; Invalid for an unknown sort, state or cursor."""
        allow(actor, Action.ADMINISTER)
        wanted = _filter(query, self._clock())
        sort, down = query.sort.removeprefix("-"), query.sort.startswith("-")
        limit = max(1, min(query.limit, MAX_LIMIT))
        start, back, total = self._start(query)
        with self._database.read() as session:
            rows = PeopleRows(session)
            found = rows.page(wanted, sort, down=down != back, start=start, limit=limit + 1)
            more, found = len(found) > limit, found[:limit]
            if total is None:  # the first page: where it is the only one, it is counted
                total = rows.count(wanted, COUNTED) if more else len(found)
            if back:
                found.reverse()
            ids = [user.id for user in found]
            seen, opened = rows.last_logins(ids), platforms_of(session, ids)
        items = tuple(
            person(user, seen.get(user.id), wanted.now, opened.get(user.id, ())) for user in found
        )
        is_next, is_previous = (bool(found), more) if back else (more, bool(found and start))
        return PeoplePage(
            items,
            next=self._cursor(query.sort, "on", found[-1], total) if is_next else "",
            previous=self._cursor(query.sort, "back", found[0], total) if is_previous else "",
            total=total,
        )

    def one(self, actor: Actor, user_id: str) -> PersonView:
        """Raises NotAllowed, NotFound."""
        allow(actor, Action.ADMINISTER)
        with self._database.read() as session:
            user = Users(session).by_id(user_id)
            if user is None:
                raise NotFound("account_unknown", "There is no such account.")
            return self._view(session, user)

    def counts(self, actor: Actor) -> dict[Role, int]:
        """How many there are of each role. Raises NotAllowed."""
        allow(actor, Action.ADMINISTER)
        with self._database.read() as session:
            found = PeopleRows(session).count_by_role()
        return {role: found.get(role.value, 0) for role in Role}

    def change(
        self,
        actor: Actor,
        user_id: str,
        *,
        role: Role | None = None,
        disabled: bool | None = None,
    ) -> PersonView:
        """Give another role, take the access away or give it back; None leaves it as it is.

        The person's log-ins end at once. Admins may give their own role away while another admin is
        left; their own access they can't take away.
        Raises NotAllowed, NotFound, Conflict (the last admin, oneself, an erased account).
        """
        allow(actor, Action.ADMINISTER)
        with self._database.write() as session:
            held = hold(session, actor, user_id)
            if role is not None and role != held.user.role:
                self._set_role(session, actor, held, role)
            if disabled is not None and disabled != (held.user.disabled_at is not None):
                self._set_disabled(session, actor, held, disabled)
            return self._view(session, held.user)

    def reset_face(self, actor: Actor, user_id: str) -> PersonView:
        """Remove the face template and photo; the person enrols again. Raises as ``change``."""
        with self._database.write() as session:
            user = hold(session, actor, user_id).user
            user.face_template, user.face_model = None, ""
            user.face_failures, user.face_locked_until = 0, None
            if user.face_photo_key:  # a photo that can't be removed undoes the rest
                self._pictures.delete(user.face_photo_key)
                user.face_photo_key = ""
            self._audit.note(session, actor, "face.reset", "user", user.id)
            return self._view(session, user)

    def reset_second_factor(self, actor: Actor, user_id: str) -> PersonView:
        """Forget the second factor, as where a phone was lost. Raises as ``change``."""
        with self._database.write() as session:
            user = hold(session, actor, user_id).user
            user.totp_secret, user.totp_enabled_at, user.totp_last_step = None, None, None
            self._logins.revoke_all(session, user.id)
            self._audit.note(session, actor, "second_factor.reset", "user", user.id)
            return self._view(session, user)

    def end_sessions(self, actor: Actor, user_id: str) -> PersonView:
        """Log the person out everywhere, and cut them from learning platforms, whose launches
        would log them in again. Raises as ``change``."""
        with self._database.write() as session:
            user = hold(session, actor, user_id).user
            cut, ended = unlink(session, user.id), self._logins.revoke_all(session, user.id)
            self._audit.note(
                session, actor, "user.logged_out", "user", user.id, ended=ended, **noted(cut)
            )
            return self._view(session, user)

    def unlink(self, actor: Actor, user_id: str) -> PersonView:
        """Cut the account from every learning platform that opens it; its log-ins end.

        Raises as ``change``, and NotFound where no platform opens it.
        """
        with self._database.write() as session:
            user = hold(session, actor, user_id).user
            cut = unlink(session, user.id)
            if not cut:
                raise NotFound("no_platform", "No learning platform opens this account.")
            self._logins.revoke_all(session, user.id)
            self._audit.note(session, actor, "lti.unlinked", "user", user.id, links=cut)
            return self._view(session, user)

    def _set_role(self, session: Transaction, actor: Actor, held: Held, role: Role) -> None:
        if held.user.role == Role.ADMIN:
            held.leave_an_admin()
        before, held.user.role = held.user.role, role.value
        cut = role_given(session, held.user.id, role)
        self._logins.revoke_all(session, held.user.id)
        revoke_keys(session, self._audit, actor, held.user.id, self._clock())
        self._audit.note(
            session, actor, "user.role_set", "user", held.user.id,
            role=role.value, before=before, **noted(cut),
        )  # fmt: skip

    def _set_disabled(self, session: Transaction, actor: Actor, held: Held, disabled: bool) -> None:
        user = held.user
        if disabled:
            not_oneself(actor, user.id)
            held.leave_an_admin()
        elif erasure_begun(user):
            raise Conflict("erasure_begun", "This account is being erased.")
        user.disabled_at = self._clock() if disabled else None
        self._logins.revoke_all(session, user.id)
        revoke_keys(session, self._audit, actor, user.id, self._clock())
        word = "user.disabled" if disabled else "user.enabled"
        self._audit.note(session, actor, word, "user", user.id)

    def _view(self, session: Transaction, user: User) -> PersonView:
        seen = PeopleRows(session).last_logins([user.id])
        opened = platforms_of(session, [user.id])
        return person(user, seen.get(user.id), self._clock(), opened.get(user.id, ()))

    def _start(self, query: PeopleQuery) -> tuple[Place | None, bool, int | None]:
        """Where the page begins, whether it lies before that place, and the total counted then."""
        if not query.cursor:
            return None, False, None
        parts = self._cursors.open(f"people {query.sort}", query.cursor, 5)
        way, role, key, user_id, total = parts
        at = datetime.fromisoformat(key) if query.sort.endswith("created") else key
        return Place(role, at, user_id), way == "back", int(total)

    def _cursor(self, sort: str, way: str, user: User, total: int) -> str:
        place = place_of(user, sort.removeprefix("-"))
        key = place.key if isinstance(place.key, str) else place.key.isoformat()
        return self._cursors.seal(f"people {sort}", [way, place.role, key, place.id, str(total)])


def person(
    user: User, last_login_at: datetime | None, now: datetime, platforms: tuple[str, ...] = ()
) -> PersonView:
    """An account as admins see it."""
    locked_until = user.face_locked_until
    is_locked = locked_until is not None and locked_until > now
    return PersonView(
        id=user.id,
        email=user.email,
        name=user.name,
        role=Role(user.role),
        state=_state(user, is_locked),
        is_disabled=user.disabled_at is not None,
        created_at=user.created_at,
        last_login_at=last_login_at,
        locked_until=locked_until if is_locked else None,
        has_face=user.face_template is not None,
        has_second_factor=user.totp_enabled_at is not None,
        platforms=platforms,
    )


def erasure_begun(user: User) -> bool:
    """Whether it was not only asked for: the way in is gone."""
    return user.erasure_requested_at is not None and not user.password_hash


def _state(user: User, is_locked: bool) -> State:
    if user.erased_at is not None:
        return "erased"
    if user.erasure_requested_at is not None:
        return "erasure_requested"
    if user.disabled_at is not None:
        return "disabled"
    return "locked" if is_locked else "active"


def _filter(query: PeopleQuery, now: datetime) -> PeopleFilter:
    search = " ".join(query.search[:_MAX_SEARCH].split())
    if any(not character.isprintable() for character in search):
        raise Invalid("search_invalid", "The search has characters that can't be looked for.")
    if query.sort.removeprefix("-") not in SORTS:
        raise Invalid("sort_unknown", f"People are sorted by {', '.join(sorted(SORTS))}.")
    if query.role and query.role not in set(Role):
        raise Invalid("role_unknown", f"A role is {', '.join(Role)}.")
    if query.state and query.state not in STATES:
        raise Invalid("state_unknown", f"A state is {', '.join(STATES)}.")
    return PeopleFilter(now, search, query.role, query.state)
