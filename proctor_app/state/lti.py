"""The admins' page of learning platforms: which may send people here, and the scores they got."""

import asyncio
from dataclasses import dataclass
from typing import Any

import reflex as rx

from proctor_app.clock import iso
from proctor_app.domain.access import Actor, Role
from proctor_app.errors import Invalid, NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.lti_grades import GradeView
from proctor_app.services.lti_platforms import PlatformForm, PlatformView
from proctor_app.state.guard import signed_in
from proctor_app.state.wiring import services

_STATES = {
    "none": ("none", "Nothing to send yet"),
    "waiting": ("notice", "Waiting"),
    "sent": ("ok", "Sent"),
    "failed": ("alert", "Given up"),
}
_MAX_TEXT = 1000
Form = dict[str, Any]


@dataclass(frozen=True)
class ShownPlatform:
    """deployments: one a line."""

    id: str = ""
    name: str = ""
    issuer: str = ""
    client_id: str = ""
    auth_url: str = ""
    token_url: str = ""
    keys_url: str = ""
    token_audience: str = ""
    deployments: str = ""
    adopts_accounts: bool = False
    makes_proctors: bool = False
    is_disabled: bool = False
    links: str = ""


@dataclass(frozen=True)
class ShownGrade:
    """kind, state: its chip. at: when it was sent, else when it is tried again."""

    id: int
    person: str
    exam: str
    platform: str
    score: str
    kind: str
    state: str
    at: str
    error: str
    may_send: bool


class LtiState(rx.State):
    """addresses: of this tool, with their names there. edited: the platform in the dialog, without
    an id for a new one."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    addresses: list[list[str]] = []
    address_problem: str = ""
    platforms: list[ShownPlatform] = []
    grades: list[ShownGrade] = []
    editing: bool = False
    edited: ShownPlatform = ShownPlatform()
    edit_problem: str = ""
    epoch: int = 0

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.viewer = actor.name
        self._show_addresses()
        await self._show(actor)

    @rx.event
    async def edit(self, platform_id: str) -> None:
        """Open the dialog; an empty id: for a new platform."""
        await signed_in(self, Role.ADMIN)
        known = {one.id: one for one in self.platforms}
        self.edited = known.get(platform_id, ShownPlatform())
        self.editing, self.edit_problem = True, ""
        self.epoch += 1

    @rx.event
    async def leave(self, is_open: bool) -> None:
        await signed_in(self, Role.ADMIN)
        self.editing = is_open

    @rx.event
    async def save(self, form: Form) -> object:
        actor = await signed_in(self, Role.ADMIN)
        platforms = services().lti.platforms
        try:
            read = _read(form)
            if self.edited.id:
                await asyncio.to_thread(platforms.change, actor, self.edited.id, read)
            else:
                await asyncio.to_thread(platforms.add, actor, read)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.edit_problem = error.detail
            return None
        self.editing = False
        await self._show(actor)
        return rx.toast.success("The learning platform was saved.")

    @rx.event
    async def disable(self, platform_id: str, disabled: bool) -> None:
        """Let nobody in from there any more, or again."""
        actor = await signed_in(self, Role.ADMIN)
        change = services().lti.platforms.change
        await asyncio.to_thread(change, actor, platform_id[:36], None, disabled)
        await self._show(actor)

    @rx.event
    async def send_again(self, grade_id: int) -> object:
        actor = await signed_in(self, Role.ADMIN)
        await asyncio.to_thread(services().lti.grades.send_again, actor, int(grade_id))
        await self._show(actor)
        return rx.toast.success("The score is sent in a moment.")

    async def _show(self, actor: Actor) -> None:
        lti = services().lti
        try:
            platforms = await asyncio.to_thread(lti.platforms.all, actor)
            grades = await asyncio.to_thread(lti.grades.latest, actor)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem, self.loaded = error.detail, True
            return
        self.problem, self.loaded = "", True
        self.platforms = [_platform(view) for view in platforms]
        self.grades = [_grade(view) for view in grades]

    def _show_addresses(self) -> None:
        try:
            found = services().lti.addresses(self.router.headers.origin)
        except Invalid as error:
            self.addresses, self.address_problem = [], error.detail
            return
        self.address_problem = ""
        self.addresses = [
            ["Login (initiate login) URL", found.login],
            ["Launch, redirect and deep linking URL", found.launch],
            ["Key set (JWKS) URL", found.keys],
        ]


def _read(form: Form) -> PlatformForm:
    """What was typed. Raises Invalid where something is longer than anything can be."""
    texts = {name: value for name, value in form.items() if isinstance(value, str)}
    if any(len(value) > _MAX_TEXT for value in texts.values()):
        raise Invalid("too_long", f"A field takes {_MAX_TEXT} characters at most.")
    return PlatformForm(
        name=texts.get("name", ""),
        issuer=texts.get("issuer", ""),
        client_id=texts.get("client_id", ""),
        auth_url=texts.get("auth_url", ""),
        token_url=texts.get("token_url", ""),
        keys_url=texts.get("keys_url", ""),
        deployments=tuple(texts.get("deployments", "").splitlines()),
        token_audience=texts.get("token_audience", ""),
        adopts_accounts=bool(form.get("adopts_accounts")),
        makes_proctors=bool(form.get("makes_proctors")),
    )


def _platform(view: PlatformView) -> ShownPlatform:
    form = view.form
    return ShownPlatform(
        id=view.id,
        name=form.name,
        issuer=form.issuer,
        client_id=form.client_id,
        auth_url=form.auth_url,
        token_url=form.token_url,
        keys_url=form.keys_url,
        token_audience=form.token_audience,
        deployments="\n".join(form.deployments),
        adopts_accounts=form.adopts_accounts,
        makes_proctors=form.makes_proctors,
        is_disabled=view.is_disabled,
        links="1 link" if view.links == 1 else f"{view.links} links",
    )


def _grade(view: GradeView) -> ShownGrade:
    kind, state = _STATES[view.state]
    at = view.sent_at if view.state == "sent" else view.due_at
    points = "" if view.points is None else f"{view.points:g} of {view.max_points or 0:g}"
    return ShownGrade(
        id=view.id,
        person=view.person,
        exam=view.exam,
        platform=view.platform,
        score=points,
        kind=kind,
        state=state,
        at=iso(at) if at else "",
        error=view.error,
        may_send=view.points is not None,
    )
