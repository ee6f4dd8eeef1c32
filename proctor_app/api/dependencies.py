"""What routes ask for: the services, and who is calling."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from proctor_app import cookies
from proctor_app.domain.access import Actor
from proctor_app.errors import NotAuthenticated
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
    """Who calls, by bearer token or, without one, by the session cookie."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme and scheme.lower() != "bearer":
        raise NotAuthenticated("token_invalid", "Use a bearer token.")
    token = token.strip() or cookies.read(request.headers.get("cookie", ""))
    if not token:
        raise NotAuthenticated
    return context.services.logins.authenticate(token)


CurrentActor = Annotated[Actor, Depends(current_actor)]
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
