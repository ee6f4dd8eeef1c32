"""The page of API keys: list them, make one and show it once, revoke one."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import reflex as rx

from proctor_app.domain.access import Actor, Role
from proctor_app.domain.scopes import Scope
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.api_keys import MAX_NAME, NewKey
from proctor_app.state import api_keys_words as words
from proctor_app.state.api_keys_words import ShownKey
from proctor_app.state.guard import signed_in
from proctor_app.state.people_words import Question
from proctor_app.state.wiring import services

_MAX_DIGITS = 9


class ApiKeysState(rx.State):
    """problem: why the list could not be read, empty if it was. making: the dialog for a new key is
    open; made: the key that was just made, until the dialog is closed; make_problem: why none was.
    asking: the dialog asks whether a key shall be revoked."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    keys: list[ShownKey] = []
    making: bool = False
    make_problem: str = ""
    made: str = ""
    asking: bool = False
    asked: Question = Question()
    busy: bool = False
    _target: str = ""

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.viewer, self.making, self.asking, self.made = actor.name, False, False, ""
        await self._show(actor)

    @rx.event
    async def show_making(self, is_open: bool) -> None:
        """Open or leave the dialog for a new key; a key in it is not shown again."""
        await signed_in(self, Role.ADMIN)
        self.making, self.make_problem, self.made = is_open, "", ""

    @rx.event
    async def create(self, form: dict[str, str]) -> None:
        actor = await signed_in(self, Role.ADMIN)
        try:
            wanted = _wanted(form)
            found = await asyncio.to_thread(services().api_keys.create, actor, wanted)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.make_problem = error.detail
            return
        self.made, self.make_problem = found.key, ""
        await self._show(actor)

    @rx.event
    async def ask(self, key_id: str) -> None:
        """Say what revoking does, and wait for a yes."""
        actor = await signed_in(self, Role.ADMIN)
        view = await asyncio.to_thread(services().api_keys.one, actor, key_id[:36])
        self.asked, self._target = words.question(view), view.id
        self.asking, self.busy = True, False

    @rx.event
    async def close(self, is_open: bool) -> None:
        """The dialog was opened or left without a yes."""
        await signed_in(self, Role.ADMIN)
        self.asking = is_open and bool(self._target)

    @rx.event
    async def confirm(self) -> AsyncIterator[object]:
        """Revoke the key, and show the list afresh."""
        actor = await signed_in(self, Role.ADMIN)
        if not self.asking:
            raise Conflict("not_confirmed", "Choose a key first.")
        self.busy = True
        yield None
        answer = await self._revoke(actor)
        self.busy = self.asking = False
        yield answer
        await self._show(actor)

    async def _revoke(self, actor: Actor) -> object:
        try:
            view = await asyncio.to_thread(services().api_keys.revoke, actor, self._target)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            return rx.toast.error(error.detail)
        return rx.toast.success(f"“{view.name}” opens nothing any more.")

    async def _show(self, actor: Actor) -> None:
        try:
            found = await asyncio.to_thread(services().api_keys.all, actor)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem, self.loaded = error.detail, True
            return
        self.problem, self.loaded = "", True
        self.keys = [words.shown_key(view) for view in found]


def _wanted(form: Mapping[str, object]) -> NewKey:
    """The key that the dialog describes. Raises Invalid."""
    expires = str(form.get("expires", ""))
    return NewKey(
        name=str(form.get("name", ""))[: MAX_NAME + 1],
        scopes=tuple(scope for scope in Scope if form.get(f"scope.{scope}")),
        expires_in_days=None if expires == "never" else _number(expires),
        per_minute=_number(form.get("per_minute", "")),
        per_day=_number(form.get("per_day", "")),
    )


def _number(text: object) -> int:
    digits = str(text).strip()
    if not (digits.isascii() and digits.isdigit()) or len(digits) > _MAX_DIGITS:
        raise Invalid("number_invalid", "The limits are whole numbers.")
    return int(digits)
