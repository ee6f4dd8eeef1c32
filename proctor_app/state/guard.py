"""Who is behind a State handler: any client can call any handler, so every one asks here first."""

import asyncio

import reflex as rx

from proctor_app import cookies
from proctor_app.domain.access import Actor, Role
from proctor_app.errors import NotAllowed, NotAuthenticated, Unavailable
from proctor_app.state.wiring import services, wired

STAFF = (Role.PROCTOR, Role.ADMIN)


async def signed_in(state: rx.State, *roles: Role) -> Actor:
    """The actor behind the page's session cookie; roles: any of them will do, none given: all.

    Raises NotAuthenticated or NotAllowed; ``handle_error`` turns these into a way out.
    """
    token = cookies.read(state.router.headers.cookie)
    if not token:
        raise NotAuthenticated
    actor = await asyncio.to_thread(services().logins.authenticate, token)
    if roles and actor.role not in roles:
        raise NotAllowed
    return actor


async def still_here(state: rx.State, actor: Actor) -> bool:
    """Tell whether a background loop should go on: the tab is open, the log-in still good."""
    if not wired().is_connected(state.router.session.client_token):
        return False
    try:
        await asyncio.to_thread(services().logins.check_session, actor)
    except NotAuthenticated:
        return False
    except Unavailable:  # the database is away for a moment; what is shown stays
        return True
    return True
