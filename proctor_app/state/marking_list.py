"""The exams that the viewer may mark: those with answers left first of all, and the others."""

import asyncio

import reflex as rx

from proctor_app.domain.access import Actor
from proctor_app.errors import NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.exam_views import ExamQuery
from proctor_app.state import exam_words as words
from proctor_app.state import marking_words
from proctor_app.state.guard import STAFF, signed_in
from proctor_app.state.marking_words import ShownMarkable
from proctor_app.state.wiring import services

_PAGE = 25
_MAX_SEARCH = 100


class MarkingListState(rx.State):
    """shown: "left" for exams with answers left to mark, "sat" for all. cleared: how often the
    filters were, so that the box of the search knows."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    exams: list[ShownMarkable] = []
    total: str = ""
    searched: str = ""
    cleared: int = 0
    shown: str = "left"
    has_next: bool = False
    has_previous: bool = False
    _cursor: str = ""
    _next: str = ""
    _previous: str = ""

    @rx.var
    def is_all_marked(self) -> bool:
        """Nothing is left, whatever one looks for."""
        return self.shown == "left" and not self.searched

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, *STAFF)
        self.viewer = actor.name
        await self._show(actor, self._cursor)

    @rx.event
    async def search(self, text: str) -> None:
        actor = await signed_in(self, *STAFF)
        self.searched = text[:_MAX_SEARCH]
        await self._show(actor)

    @rx.event
    async def show(self, shown: str) -> None:
        """Those with answers left to mark, or all that somebody has sat."""
        actor = await signed_in(self, *STAFF)
        self.shown = "left" if shown == "left" else "sat"
        await self._show(actor)

    @rx.event
    async def show_all(self) -> None:
        """Every exam that was sat, marked or not."""
        actor = await signed_in(self, *STAFF)
        self.searched, self.shown = "", "sat"
        self.cleared += 1
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
        query = ExamQuery(self.searched, limit=_PAGE, cursor=cursor)
        only_unmarked = self.shown == "left"
        try:
            page = await asyncio.to_thread(
                services().marking.exams, actor, query, only_unmarked=only_unmarked
            )
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem, self.loaded, self._cursor = error.detail, True, ""
            return
        self.problem, self.loaded = "", True
        self.exams = [marking_words.markable(item) for item in page.items]
        self.total = words.count_words(page.total, "exam", "exams")
        self._cursor, self._next, self._previous = cursor, page.next, page.previous
        self.has_next, self.has_previous = bool(page.next), bool(page.previous)
