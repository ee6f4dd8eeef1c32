"""What routes ask for: the services, and who is calling."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from proctor_app import cookies
from proctor_app.api.keyed import actor_of_key
from proctor_app.domain.access import Action, Actor
from proctor_app.errors import NotAuthenticated
from proctor_app.services.access import allow
from proctor_app.services.container import Services
from proctor_app.services.logins import Origin


@dataclass(frozen=True, slots=True)
class ApiContext:
    """What the API needs to know of the installation."""

    services: Services
    allowed_origins: tuple[str, ...]
    secure_cookies: bool


def context(request: Request) -> ApiContext:
    found = request.app.state.context
    assert isinstance(found, ApiContext)
    return found


Context = Annotated[ApiContext, Depends(context)]
_bearer = HTTPBearer(auto_error=False, description="The access_token of a log-in.")


def current_actor(request: Request, context: Context) -> Actor:
    """Who calls: by API key, by bearer token or, without either, by the session cookie.

    Asked once for a request, however often it is called for it.
    """
    known = getattr(request.state, "actor", None)
    if isinstance(known, Actor):
        return known
    door = context.services.key_door
    actor = actor_of_key(request, door, client_address(request)) or _logged_in(request, context)
    request.state.actor = actor
    return actor


def _logged_in(request: Request, context: ApiContext) -> Actor:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise NotAuthenticated("token_invalid", "Use a bearer token.")
    token = token.strip() or cookies.read(request.headers.get("cookie", ""))
    if not token:
        raise NotAuthenticated
    return context.services.logins.authenticate(token)


CurrentActor = Annotated[Actor, Depends(current_actor)]


def admin_actor(actor: CurrentActor) -> Actor:
    """Who calls, where that is an admin: for routes whose body nobody else should have parsed."""
    allow(actor, Action.ADMINISTER)
    return actor


AdminActor = Annotated[Actor, Depends(admin_actor)]
BEARER = Depends(_bearer)
"""Names the scheme in the OpenAPI document."""


def client_address(request: Request) -> str:
    """The peer's address; behind a proxy, the one the server was told to trust."""
    return request.client.host if request.client else "unknown"


ClientAddress = Annotated[str, Depends(client_address)]


def client_origin(request: Request) -> Origin:
    """Where a log-in comes from."""
    return Origin(client_address(request), request.headers.get("user-agent", ""))


ClientOrigin = Annotated[Origin, Depends(client_origin)]
