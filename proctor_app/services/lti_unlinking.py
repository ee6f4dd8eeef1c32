"""Cutting accounts from the learning platforms that open them: by their holders, by admins, with a
new password and with another role."""

from collections.abc import Iterable
from dataclasses import dataclass

from proctor_app.db.repositories.lti import LtiRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import STAFF, Actor, Role
from proctor_app.errors import NotFound
from proctor_app.services.audit import Audit
from proctor_app.services.logins import Logins
from proctor_app.services.standing import in_use


@dataclass(frozen=True, slots=True)
class LinkedPlatform:
    id: str
    name: str


class OwnPlatforms:
    """Which platforms open one's own account."""

    def __init__(self, database: Database, logins: Logins, audit: Audit) -> None:
        self._database = database
        self._logins = logins
        self._audit = audit

    def mine(self, actor: Actor) -> list[LinkedPlatform]:
        """By name, each once."""
        with self._database.read() as session:
            found = LtiRows(session).places_of([actor.user_id])
        named = {link.platform_id: name for link, name in found}
        return [LinkedPlatform(platform_id, name) for platform_id, name in named.items()]

    def remove(self, actor: Actor, platform_id: str) -> None:
        """The platform opens the account no more; the actor's other log-ins end.

        Raises NotFound where it did not, or the account was closed.
        """
        with self._database.write() as session:
            user = in_use(Users(session).locked(actor.user_id))
            if not LtiRows(session).unlink(user.id, platform_id):
                raise NotFound("no_platform", "This platform does not open your account.")
            self._logins.revoke_all(session, user.id, but=actor.session_id)
            self._audit.note(session, actor, "lti.unlinked", "user", user.id, platform=platform_id)


def platforms_of(session: Transaction, user_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The names of the platforms that open these accounts, by account; each once."""
    found: dict[str, tuple[str, ...]] = {}
    for link, name in LtiRows(session).places_of(user_ids):
        known = found.get(link.user_id, ())
        found[link.user_id] = known if name in known else (*known, name)
    return found


def unlink(session: Transaction, user_id: str) -> int:
    """Cut the account, locked before, from every platform; how many links there were."""
    return LtiRows(session).unlink(user_id)


def role_given(session: Transaction, user_id: str, role: Role) -> int:
    """People here gave the account, locked before, another role: platforms don't open one of staff
    that they did not make so, and don't make anybody staff again who was made a student. How many
    links were cut."""
    if role in STAFF:
        return unlink(session, user_id)
    LtiRows(session).take_back(user_id)
    return 0


def noted(cut: int) -> dict[str, int]:
    """What the log is to say of links that were cut: nothing where there were none."""
    return {"unlinked": cut} if cut else {}
