"""The review queue: attempts in which something waits for a person, sorted by risk or by age."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace

import reflex as rx

from proctor_app.clock import system_clock
from proctor_app.domain.access import Actor
from proctor_app.domain.review import QueueSort
from proctor_app.errors import NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.exam_views import ExamQuery
from proctor_app.services.review_views import QueueFilter
from proctor_app.state import review_queue_words as words
from proctor_app.state.guard import STAFF, signed_in, still_here, way_out
from proctor_app.state.review_queue_words import ShownQueued
from proctor_app.state.wiring import services

_PAGE = 25
_LOOKED_EVERY_S = 3.0
_EXAMS = 100
_ID = 36


class ReviewQueueState(rx.State):
    """exam, kind: what is filtered by, empty for all. sort: by risk or age. exams: pairs of id and
    title."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    items: list[ShownQueued] = []
    exams: list[list[str]] = []
    exam: str = ""
    kind: str = ""
    sort: str = QueueSort.RISK.value
    has_next: bool = False
    has_previous: bool = False
    _next: str = ""
    _cursor: str = ""
    _before: list[str] = []
    _watch: str = ""

    @rx.var
    def is_filtered(self) -> bool:
        return bool(self.exam or self.kind)

    @rx.event
    async def load(self) -> None:
        """The first page, by the filters chosen before."""
        actor = await signed_in(self, *STAFF)
        self.viewer = actor.name
        await self._show_exams(actor)
        await self._begin(actor)

    @rx.event(background=True)
    async def watch(self) -> AsyncIterator[object]:
        """Show who looks at the attempts of the list, until the tab leaves it."""
        actor = await signed_in(self, *STAFF)
        mine = uuid.uuid4().hex
        async with self:
            self._watch = mine
        while self._watch == mine and self._is_here() and await still_here(self, actor):
            async with self:
                self._show_looking(actor)
            await asyncio.sleep(_LOOKED_EVERY_S)
        yield await way_out(actor)

    @rx.event
    async def filter_exam(self, exam_id: str) -> None:
        actor = await signed_in(self, *STAFF)
        self.exam = exam_id[:_ID]
        await self._begin(actor)

    @rx.event
    async def filter_kind(self, kind: str) -> None:
        actor = await signed_in(self, *STAFF)
        self.kind = kind if kind in words.KINDS else ""
        await self._begin(actor)

    @rx.event
    async def sort_by(self, sort: str) -> None:
        actor = await signed_in(self, *STAFF)
        self.sort = sort if sort in words.SORTS else QueueSort.RISK.value
        await self._begin(actor)

    @rx.event
    async def clear_filters(self) -> None:
        actor = await signed_in(self, *STAFF)
        self.exam = self.kind = ""
        await self._begin(actor)

    @rx.event
    async def next_page(self) -> None:
        actor = await signed_in(self, *STAFF)
        if self._next:
            self._before = [*self._before, self._cursor]
            await self._show(actor, self._next)

    @rx.event
    async def previous_page(self) -> None:
        actor = await signed_in(self, *STAFF)
        if self._before:
            *self._before, cursor = self._before
            await self._show(actor, cursor)

    async def _begin(self, actor: Actor) -> None:
        self._before = []
        await self._show(actor, "")

    async def _show(self, actor: Actor, cursor: str) -> None:
        wanted = QueueFilter(self.exam, self.kind, self.sort)
        try:
            page = await services().reviews.queue(actor, wanted, _PAGE, cursor)
        except NotAuthenticated:
            raise
        except ProctorError as error:  # an exam that is another's now, too
            self.problem, self.loaded, self.items = error.detail, True, []
            return
        now = system_clock()
        self.problem, self.loaded = "", True
        self.items = [words.queued(item, now, wanted) for item in page.items]
        self._show_looking(actor)
        self._cursor, self._next = cursor, page.next
        self.has_next, self.has_previous = bool(page.next), bool(self._before)

    def _show_looking(self, actor: Actor) -> None:
        """Who else looks at them now; where nobody came or went nothing is sent."""
        names = services().attention.all(besides=actor.user_id)
        items = [
            replace(one, looking=", ".join(names.get(one.attempt_id, ()))) for one in self.items
        ]
        if items != list(self.items):
            self.items = items

    def _is_here(self) -> bool:
        return self.router.url.path.rstrip("/") == "/review"

    async def _show_exams(self, actor: Actor) -> None:
        """What there is to filter by; the queue is shown without it, too."""
        try:
            page = await asyncio.to_thread(services().exams.page, actor, ExamQuery(limit=_EXAMS))
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError:
            return
        self.exams = [[one.id, one.title] for one in page.items if one.attempts]
