"""The way into an exam that is sat in Safe Exam Browser."""

import asyncio

import reflex as rx

from proctor_app.domain.access import Actor
from proctor_app.errors import NotAuthenticated, NotFound, ProctorError
from proctor_app.state.guard import signed_in
from proctor_app.state.wiring import services

_ID = 36


class SebState(rx.State):
    """problem: why there is no such way. is_entered: this log-in came with the browser, or none is
    asked for. refused: why the exam could not be joined. file, login_tag: see ``SebExam``."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    title: str = ""
    code: str = ""
    route: str = ""
    file: str = ""
    login_tag: str = ""
    is_required: bool = True
    is_entered: bool = False
    refused: str = ""

    @rx.event
    async def load(self) -> None:
        """Show the exam that the address names."""
        actor = await signed_in(self)
        self.viewer, self.refused = actor.name, ""
        await self._show(actor)

    @rx.event
    async def entered(self) -> None:
        """The browser has shown what it had to; the database knows whether that is so."""
        await self._show(await signed_in(self))

    @rx.event
    async def go_on(self) -> object:
        """Join the exam, or go on with it."""
        actor = await signed_in(self)
        try:
            await services().sitting.join(actor, self.code)
        except NotAuthenticated:
            raise
        except ProctorError as error:
            self.refused = error.detail
            return None
        return rx.redirect("/exam")

    async def _show(self, actor: Actor) -> None:
        exam_id = self.router.url.path.rstrip("/").rpartition("/")[2][:_ID]
        try:
            found = await asyncio.to_thread(services().seb.exam, actor, exam_id)
        except NotFound as error:
            self.loaded, self.problem, self.title = True, error.detail, ""
            self.code = self.route = self.file = self.login_tag = ""
            return
        self.title, self.code, self.file = found.title, found.code, found.file
        self.route, self.login_tag = f"/api/v1/exams/{found.exam_id}/seb", found.tag
        self.is_required = found.is_required
        self.is_entered = found.is_entered or not found.is_required
        self.loaded, self.problem = True, ""
