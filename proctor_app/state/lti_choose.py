"""The page for choosing the exam that a place in a course opens; a route takes the answer."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from proctor_app.clock import iso
from proctor_app.domain.access import Actor
from proctor_app.domain.exam import ExamStatus
from proctor_app.errors import NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.exam_views import ExamItem, ExamQuery
from proctor_app.state.guard import STAFF, signed_in
from proctor_app.state.wiring import services

_PAGE = 20
_MAX_CHOICE = 64


@dataclass(frozen=True)
class ShownOffer:
    """An exam that can be chosen. opens_at, closes_at: empty for no such time."""

    id: str
    title: str
    code: str
    facts: str
    opens_at: str
    closes_at: str


class LtiChooseState(rx.State):
    """choice: what is answered, empty where there is nothing to answer; then problem says why.
    returns: whether the answer goes back to the platform."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    choice: str = ""
    platform: str = ""
    returns: bool = False
    searched: str = ""
    exams: list[ShownOffer] = []
    has_next: bool = False
    has_previous: bool = False
    _next: str = ""
    _previous: str = ""

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, *STAFF)
        self.viewer, self.searched, self.choice = actor.name, "", ""
        asked = self.router.url.query_parameters.get("choice", "")[: _MAX_CHOICE + 1]
        try:
            found = await asyncio.to_thread(services().lti.choices.one, actor, asked)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem, self.loaded, self.exams = error.detail, True, []
            return
        self.choice, self.platform, self.returns = found.id, found.platform, found.returns
        await self._show(actor)

    @rx.event
    async def search(self, text: str) -> None:
        actor = await signed_in(self, *STAFF)
        self.searched = text[:100]
        await self._show(actor)

    @rx.event
    async def next_page(self) -> None:
        actor = await signed_in(self, *STAFF)
        await self._show(actor, self._next)

    @rx.event
    async def previous_page(self) -> None:
        actor = await signed_in(self, *STAFF)
        await self._show(actor, self._previous)

    async def _show(self, actor: Actor, cursor: str = "") -> None:
        query = ExamQuery(self.searched, ExamStatus.PUBLISHED.value, "title", _PAGE, cursor)
        try:
            page = await asyncio.to_thread(services().exams.page, actor, query)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem, self.loaded = error.detail, True
            return
        self.problem, self.loaded = "", True
        self.exams = [_offer(item) for item in page.items if not item.is_practice]
        self._next, self._previous = page.next, page.previous
        self.has_next, self.has_previous = bool(page.next), bool(page.previous)


def _offer(item: ExamItem) -> ShownOffer:
    terms = item.terms
    questions = "1 question" if item.questions == 1 else f"{item.questions} questions"
    return ShownOffer(
        id=item.id,
        title=item.title,
        code=item.code,
        facts=f"{item.duration_minutes} min · {questions}",
        opens_at=iso(terms.opens_at) if terms.opens_at else "",
        closes_at=iso(terms.closes_at) if terms.closes_at else "",
    )
