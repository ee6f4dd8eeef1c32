"""Who is behind a State handler: any client can call any handler, so every one asks here first."""

import asyncio

import reflex as rx
from reflex.event import EventSpec

from proctor_app import cookies
from proctor_app.domain.access import Actor, Role
from proctor_app.errors import NotAllowed, NotAuthenticated, SecondFactorMissing, Unavailable
from proctor_app.state.wiring import services, wired

STAFF = (Role.PROCTOR, Role.ADMIN)


async def signed_in(state: rx.State, *roles: Role, own_account: bool = False) -> Actor:
    """The actor behind the page's session cookie; roles: any of them will do, none given: all.

    own_account: the one page that is open to those who must set up a second factor first.
    Raises NotAuthenticated or NotAllowed; ``handle_error`` turns these into a way out.
    """
    token = cookies.read(state.router.headers.cookie)
    if not token:
        raise NotAuthenticated
    actor = await asyncio.to_thread(services().logins.authenticate, token)
    if actor.limited and not own_account:
        raise SecondFactorMissing
    if roles and actor.role not in roles:
        raise NotAllowed
    return actor


async def still_here(state: rx.State, actor: Actor) -> bool:
    """Tell whether a background loop should go on: the tab is open, the log-in still good."""
    return wired().is_connected(state.router.session.client_token) and await _is_open(actor)


async def way_out(actor: Actor) -> EventSpec | None:
    """Where an open page leads after its loop: to the log-in if the session has ended, so that
    nothing stays in sight; otherwise nowhere."""
    return None if await _is_open(actor) else rx.redirect("/login")


async def _is_open(actor: Actor) -> bool:
    try:
        await asyncio.to_thread(services().logins.check_session, actor)
    except NotAuthenticated:
        return False
    except Unavailable:  # the database is away for a moment; what is shown stays
        return True
    return True
