"""The door every use case goes through."""

from proctor_app.domain.access import Action, Actor, may
from proctor_app.errors import NotAllowed


def allow(actor: Actor, action: Action, owner_id: str | None = None) -> None:
    """Return if the actor may do this; raise NotAllowed otherwise."""
    if not may(actor, action, owner_id):
        raise NotAllowed
