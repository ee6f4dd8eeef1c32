"""The review queue: attempts in which something waits for a person, the riskiest first."""

import asyncio

import reflex as rx

from proctor_app.clock import system_clock
from proctor_app.domain.access import Actor
from proctor_app.errors import NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.exam_views import ExamQuery
from proctor_app.services.review_views import QueueFilter
from proctor_app.state import review_queue_words as words
from proctor_app.state.guard import STAFF, signed_in
from proctor_app.state.review_queue_words import ShownQueued
from proctor_app.state.wiring import services

_PAGE = 25
_EXAMS = 100
_ID = 36


class ReviewQueueState(rx.State):
    """exam, kind: what is filtered by, empty for all. exams: pairs of id and title."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    items: list[ShownQueued] = []
    exams: list[list[str]] = []
    exam: str = ""
    kind: str = ""
    has_next: bool = False
    has_previous: bool = False
    _next: str = ""
    _cursor: str = ""
    _before: list[str] = []

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
        wanted = QueueFilter(self.exam, self.kind)
        try:
            page = await services().reviews.queue(actor, wanted, _PAGE, cursor)
        except NotAuthenticated:
            raise
        except ProctorError as error:  # an exam that is another's now, too
            self.problem, self.loaded, self.items = error.detail, True, []
            return
        now = system_clock()
        self.problem, self.loaded = "", True
        self.items = [words.queued(item, now, self.exam, self.kind) for item in page.items]
        self._cursor, self._next = cursor, page.next
        self.has_next, self.has_previous = bool(page.next), bool(self._before)

    async def _show_exams(self, actor: Actor) -> None:
        """What there is to filter by; the queue is shown without it, too."""
        try:
            page = await asyncio.to_thread(services().exams.page, actor, ExamQuery(limit=_EXAMS))
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError:
            return
        self.exams = [[one.id, one.title] for one in page.items if one.attempts]
