"""The door every use case goes through."""

from proctor_app.domain.access import Action, Actor, may
from proctor_app.errors import NotAllowed, SecondFactorMissing


def allow(actor: Actor, action: Action, owner_id: str | None = None) -> None:
    """Return if the actor may do this; raise NotAllowed otherwise, SecondFactorMissing for an
    actor who is limited to their own account."""
    if actor.limited:
        raise SecondFactorMissing
    if not may(actor, action, owner_id):
        raise NotAllowed
