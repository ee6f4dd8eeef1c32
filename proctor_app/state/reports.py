"""Reports: a whole exam as an archive, made while one waits or does something else, and single
attempts in every format."""

import asyncio
import uuid
from collections.abc import AsyncIterator

import reflex as rx

from proctor_app.domain.access import Actor
from proctor_app.errors import NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.exam_views import ExamQuery
from proctor_app.services.export_archive import Wanted
from proctor_app.services.reports import MAX_SEARCH, Format
from proctor_app.state import reports_words as words
from proctor_app.state.guard import STAFF, signed_in, still_here, way_out
from proctor_app.state.reports_words import ShownExport, ShownExportable, ShownReportable
from proctor_app.state.wiring import services

_MAX_EXAMS = 100
_LOOK_S = 0.7


class ReportsState(rx.State):
    """exam_id: the one to be exported. formats: what is chosen of each attempt's report. attempts:
    the newest ones that fit the search."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    exams: list[ShownExportable] = []
    exam_id: str = ""
    formats: list[str] = ["html", "csv"]
    with_pictures: bool = False
    start_problem: str = ""
    exports: list[ShownExport] = []
    search: str = ""
    search_problem: str = ""
    attempts: list[ShownReportable] = []
    _following: str = ""

    @rx.var
    def is_making(self) -> bool:
        """Whether an export of one's own is being made."""
        return any(one.is_unfinished for one in self.exports)

    @rx.var
    def has_formats(self) -> bool:
        return bool(self.formats)

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, *STAFF)
        self.viewer = actor.name
        try:
            await self._show_exams(actor)
            await self._show_exports(actor)
            await self._show_attempts(actor)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem = error.detail
        self.loaded = True

    @rx.event
    async def choose_exam(self, exam_id: str) -> None:
        await signed_in(self, *STAFF)
        self.exam_id, self.start_problem = exam_id[:36], ""

    @rx.event
    async def set_format(self, kind: str, is_on: bool) -> None:
        await signed_in(self, *STAFF)
        chosen = {*self.formats, kind} if is_on else set(self.formats) - {kind}
        self.formats = [one.value for one in Format if one.value in chosen]

    @rx.event
    async def set_pictures(self, is_on: bool) -> None:
        await signed_in(self, *STAFF)
        self.with_pictures = bool(is_on)

    @rx.event
    async def start(self) -> object:
        """Begin an export; how far it is is shown by ``follow``."""
        actor = await signed_in(self, *STAFF)
        wanted = Wanted(tuple(Format(one) for one in self.formats), self.with_pictures)
        try:
            await asyncio.to_thread(services().exports.start, actor, self.exam_id, wanted)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.start_problem = error.detail
            return None
        self.start_problem = ""
        await self._show_exports(actor)
        return ReportsState.follow

    @rx.event
    async def cancel(self, export_id: str) -> None:
        """Stop one, or remove one that is finished."""
        actor = await signed_in(self, *STAFF)
        await asyncio.to_thread(services().exports.cancel, actor, export_id[:36])
        await self._show_exports(actor)

    @rx.event
    async def find(self, search: str) -> None:
        actor = await signed_in(self, *STAFF)
        self.search, self.search_problem = search[:MAX_SEARCH], ""
        try:
            await self._show_attempts(actor)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.search_problem, self.attempts = error.detail, []

    @rx.event(background=True)
    async def follow(self) -> AsyncIterator[object]:
        """Show how far the exports are until they are finished, or nobody looks any more."""
        actor = await signed_in(self, *STAFF)
        mine = uuid.uuid4().hex
        async with self:
            self._following = mine
        while self._following == mine and await still_here(self, actor):
            found = await asyncio.to_thread(services().exports.of, actor)
            async with self:
                self.exports = [words.export(one) for one in found]
            if not any(one.is_unfinished for one in self.exports):
                return
            await asyncio.sleep(_LOOK_S)
        yield await way_out(actor)

    async def _show_exams(self, actor: Actor) -> None:
        query = ExamQuery(limit=_MAX_EXAMS)
        page = await asyncio.to_thread(services().exams.page, actor, query)
        self.problem = ""
        self.exams = [words.exportable(one) for one in page.items if one.attempts]
        if self.exam_id not in {one.id for one in self.exams}:
            self.exam_id = self.exams[0].id if self.exams else ""

    async def _show_exports(self, actor: Actor) -> None:
        found = await asyncio.to_thread(services().exports.of, actor)
        self.exports = [words.export(one) for one in found]

    async def _show_attempts(self, actor: Actor) -> None:
        found = await services().aside.run(services().reports.find, actor, self.search)
        self.attempts = [words.reportable(one) for one in found]
