"""API keys for machines."""

from proctor_app.domain.scopes import Scope
from proctor_app.services.api_keys import MadeKey, NewKey
from tests.world import Person, World

ALL = tuple(Scope)


def api_key(
    world: World,
    admin: Person,
    scopes: tuple[Scope, ...] = ALL,
    *,
    days: int | None = 90,
    per_minute: int = 1_000,
    per_day: int = 0,
) -> MadeKey:
    """A key of the admin's; without a quota unless one is given."""
    wanted = NewKey("A machine", scopes, days, per_minute, per_day)
    return world.services.api_keys.create(admin.actor, wanted)


def header(made: MadeKey) -> dict[str, str]:
    return {"X-API-Key": made.key}
