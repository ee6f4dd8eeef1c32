"""What holds for every change of an account: who may make it, that an admin is left, and that
nobody changes one that is closed."""

from dataclasses import dataclass

from proctor_app.db.repositories.people import PeopleRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Transaction
from proctor_app.db.tables import User
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import Conflict, NotAllowed, NotFound
from proctor_app.services.access import allow


@dataclass(frozen=True, slots=True)
class Held:
    """An account and all active admins, held against other writers until the transaction ends."""

    user: User
    admins: frozenset[str]

    def leave_an_admin(self) -> None:
        """Raise Conflict where nobody could administer without this account."""
        if self.admins == {self.user.id}:
            raise Conflict(
                "last_admin",
                "This is the only admin. Make somebody else an admin first.",
            )


def hold(session: Transaction, actor: Actor, user_id: str) -> Held:
    """Lock the account for a change by an admin, who must be one still.

    Two admins who act on each other come one after the other, so one of them is left.
    Raises NotAllowed, NotFound, Conflict (the account was erased).
    """
    allow(actor, Action.ADMINISTER)
    admins = PeopleRows(session).locked_admins()
    if actor.user_id not in admins:
        raise NotAllowed
    user = Users(session).locked(user_id)
    if user is None:
        raise NotFound("account_unknown", "There is no such account.")
    if user.erased_at is not None:
        raise Conflict("account_erased", "This account was erased.")
    return Held(user, frozenset(admins))


def in_use(user: User | None) -> User:
    """The account of somebody who looks after it themself.

    Raises NotFound where it is gone or was closed since they logged in, as an erasure does first.
    """
    if user is None or user.disabled_at is not None or user.erased_at is not None:
        raise NotFound("account_unknown", "This account does not exist any more.")
    return user


def not_oneself(actor: Actor, user_id: str) -> None:
    """Raise Conflict where somebody is about to shut themself out."""
    if actor.user_id == user_id:
        raise Conflict("own_account", "This is your own account. Ask another admin to do this.")
