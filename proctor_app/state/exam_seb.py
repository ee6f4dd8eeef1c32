"""What an exam asks of Safe Exam Browser: a part of its page of settings."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

import reflex as rx

from proctor_app.domain.access import Actor, Role
from proctor_app.errors import NotAllowed, NotAuthenticated, ProctorError
from proctor_app.state.exam_page import exam_in
from proctor_app.state.guard import signed_in
from proctor_app.state.wiring import services

Value = TypeVar("Value", bool, str)
_MAX_TEXT = 4000


class ExamSebState(rx.State):
    """exam_keys: one a line. said: what was kept last; problem: why the last change was not. mark:
    grows with each, so that fields begin anew."""

    loaded: bool = False
    is_required: bool = False
    exam_keys: str = ""
    has_quit_password: bool = False
    config_key: str = ""
    file: str = ""
    said: str = ""
    problem: str = ""
    mark: int = 0
    _exam_id: str = ""

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self._exam_id, self.said, self.problem = exam_in(self), "", ""
        await self._show(actor)

    @rx.event
    async def turn(self, is_on: bool) -> None:
        """Let it be sat in Safe Exam Browser alone, or anywhere."""
        actor = await signed_in(self, Role.ADMIN)
        words = "Saved: only in Safe Exam Browser." if is_on else "Saved: in any browser."
        await self._keep(actor, words, services().seb.require, bool(is_on))

    @rx.event
    async def set_keys(self, form: dict[str, str]) -> None:
        """Keep the Browser Exam Keys that were pasted."""
        actor = await signed_in(self, Role.ADMIN)
        text = str(form.get("exam_keys", ""))[:_MAX_TEXT]
        await self._keep(actor, "The keys were saved.", services().seb.set_exam_keys, text)

    @rx.event
    async def set_quit(self, form: dict[str, str]) -> None:
        """Keep a quit password; an empty one takes it away."""
        actor = await signed_in(self, Role.ADMIN)
        text = str(form.get("quit_password", ""))[:_MAX_TEXT]
        words = "The quit password was saved." if text else "Nothing is asked on leaving now."
        await self._keep(actor, words, services().seb.set_quit_password, text)

    async def _keep(
        self, actor: Actor, words: str, change: Callable[[Actor, str, Value], None], value: Value
    ) -> None:
        self.said = self.problem = ""
        try:
            await asyncio.to_thread(change, actor, self._exam_id, value)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem = error.detail
            return
        self.said = words
        await self._show(actor)

    async def _show(self, actor: Actor) -> None:
        place = self.router.url
        asked_at = f"{place.scheme}://{place.netloc}"
        try:
            found = await asyncio.to_thread(services().seb.settings, actor, self._exam_id, asked_at)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem = error.detail
            return
        self.is_required, self.exam_keys = found.is_required, "\n".join(found.exam_keys)
        self.has_quit_password, self.config_key = found.has_quit_password, found.config_key
        self.file = f"/api/v1/exams/{self._exam_id}/seb"
        self.mark, self.loaded = self.mark + 1, True
