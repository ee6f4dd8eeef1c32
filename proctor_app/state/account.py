"""One's own account: sessions, second factor. Passwords go to the routes, never through here."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from proctor_app.clock import iso
from proctor_app.domain.access import Actor
from proctor_app.services.logins import OpenLogin
from proctor_app.state.guard import signed_in
from proctor_app.state.wiring import services

_METHODS = {"password": "by password", "face": "by face", "lti": "from a learning platform"}


@dataclass(frozen=True)
class ShownSession:
    """Times: ISO 8601; the browser shows them in its own zone."""

    id: str
    agent: str
    method: str
    address: str
    since: str
    last_used_at: str
    current: bool


@dataclass(frozen=True)
class ShownPlatform:
    """A learning platform that opens the account."""

    id: str
    name: str


class AccountState(rx.State):
    """limited: until a second factor is set up. second_factor_since: empty while it is off.
    secret, picture, uri: only while it is being set up."""

    viewer: str = ""
    loaded: bool = False
    email: str = ""
    role: str = ""
    limited: bool = False
    second_factor_since: str = ""
    secret: str = ""
    picture: str = ""
    uri: str = ""
    sessions: list[ShownSession] = []
    has_others: bool = False
    platforms: list[ShownPlatform] = []

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, own_account=True)
        account = await asyncio.to_thread(services().accounts.account, actor)
        since = await asyncio.to_thread(services().second_factor.enabled_since, actor)
        self.viewer, self.email, self.role = account.name, account.email, account.role.value
        self.limited, self.second_factor_since = actor.limited, iso(since) if since else ""
        self._hide_secret()
        await self._list(actor)
        self.loaded = True

    @rx.event
    async def end_session(self, login_id: str) -> None:
        actor = await signed_in(self, own_account=True)
        await asyncio.to_thread(services().logins.end, actor, login_id[:36])
        await self._list(actor)

    @rx.event
    async def end_others(self) -> None:
        actor = await signed_in(self, own_account=True)
        await asyncio.to_thread(services().logins.end_others, actor)
        await self._list(actor)

    @rx.event
    async def remove_platform(self, platform_id: str) -> None:
        """The platform opens the account no more."""
        actor = await signed_in(self, own_account=True)
        await asyncio.to_thread(services().lti.own.remove, actor, platform_id[:36])
        await self._list(actor)

    @rx.event
    async def begin_second_factor(self) -> None:
        """Show a new secret to this tab, until it is confirmed, or any page is loaded."""
        actor = await signed_in(self, own_account=True)
        made = await asyncio.to_thread(services().second_factor.begin, actor)
        self.secret, self.picture, self.uri = made.secret, made.picture, made.uri

    def _hide_secret(self) -> None:
        self.secret, self.picture, self.uri = "", "", ""

    async def _list(self, actor: Actor) -> None:
        found = await asyncio.to_thread(services().logins.sessions, actor)
        self.sessions = [_shown(login) for login in found]
        self.has_others = any(not login.current for login in found)
        linked = await asyncio.to_thread(services().lti.own.mine, actor)
        self.platforms = [ShownPlatform(one.id, one.name) for one in linked]


def _shown(login: OpenLogin) -> ShownSession:
    return ShownSession(
        id=login.id,
        agent=login.agent,
        method=_METHODS.get(login.method, login.method),
        address=login.address,
        since=iso(login.created_at),
        last_used_at=iso(login.last_used_at),
        current=login.current,
    )
