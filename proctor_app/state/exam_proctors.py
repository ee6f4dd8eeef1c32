"""Who watches an exam: nobody named means every proctor."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import reflex as rx

from proctor_app.domain.access import Actor, Role
from proctor_app.errors import NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.exam_views import ExamView
from proctor_app.services.people import PeopleQuery
from proctor_app.state.exam_page import exam_in
from proctor_app.state.guard import signed_in
from proctor_app.state.wiring import services

Change = Callable[[set[str]], set[str]]
_FOUND = 8


@dataclass(frozen=True)
class ShownProctor:
    id: str
    name: str
    email: str


class ExamProctorsState(rx.State):
    """assigned: none stands for all. found: proctors that match the search and are not assigned."""

    loaded: bool = False
    assigned: list[ShownProctor] = []
    searched: str = ""
    found: list[ShownProctor] = []
    problem: str = ""
    _exam_id: str = ""

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self._exam_id, self.searched = exam_in(self), ""
        try:
            view = await asyncio.to_thread(services().exams.one, actor, self._exam_id)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem = error.detail
            return
        self._show(view)
        await self._search(actor)

    @rx.event
    async def search(self, text: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.searched = text[:100]
        await self._search(actor)

    @rx.event
    async def assign(self, user_id: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        await self._set(actor, lambda ids: ids | {user_id[:36]})

    @rx.event
    async def unassign(self, user_id: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        await self._set(actor, lambda ids: ids - {user_id})

    async def _set(self, actor: Actor, change: Change) -> None:
        try:
            view = await asyncio.to_thread(_changed, actor, self._exam_id, change)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem = error.detail
            return
        self._show(view)
        await self._search(actor)

    async def _search(self, actor: Actor) -> None:
        query = PeopleQuery(self.searched, role=Role.PROCTOR, state="active", limit=50)
        try:
            page = await asyncio.to_thread(services().people.page, actor, query)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem = error.detail
            return
        known = {proctor.id for proctor in self.assigned}
        others = [one for one in page.items if one.id not in known]
        self.found = [ShownProctor(one.id, one.name, one.email) for one in others[:_FOUND]]

    def _show(self, view: ExamView) -> None:
        self.assigned = [ShownProctor(one.id, one.name, one.email) for one in view.proctors]
        self.problem, self.loaded = "", True


def _changed(actor: Actor, exam_id: str, change: Change) -> ExamView:
    exams = services().exams
    ids = {proctor.id for proctor in exams.one(actor, exam_id).proctors}
    return exams.set_proctors(actor, exam_id, sorted(change(ids)))
