"""The page of all exams: search, filter and page through them, begin a new one."""

import asyncio

import reflex as rx

from proctor_app.domain.access import Actor, Role
from proctor_app.domain.exam import MAX_TITLE, ExamContent, ExamStatus, ExamTerms
from proctor_app.errors import NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.exam_views import ExamQuery
from proctor_app.state import exam_words as words
from proctor_app.state.exam_words import ShownExam
from proctor_app.state.guard import signed_in
from proctor_app.state.wiring import services

_PAGE = 25
SORTS = ("-created", "created", "title", "-title")


class ExamsState(rx.State):
    """problem: why the list could not be read, empty if it was. sort: as the service has it.
    cleared: how often the filters were, so that the box of the search knows. naming: the dialog for
    a new exam is open; name_problem: why it was not made. importing: the one for a file is."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    exams: list[ShownExam] = []
    total: str = ""
    searched: str = ""
    cleared: int = 0
    status: str = ""
    sort: str = "-created"
    has_next: bool = False
    has_previous: bool = False
    naming: bool = False
    name_problem: str = ""
    importing: bool = False
    _cursor: str = ""
    _next: str = ""
    _previous: str = ""
    _zone: str = "UTC"

    @rx.var
    def is_filtered(self) -> bool:
        return bool(self.searched or self.status)

    @rx.var
    def is_fresh(self) -> bool:
        """Nobody has made an exam here yet."""
        return not self.is_filtered and all(exam.is_practice for exam in self.exams)

    @rx.var
    def is_nothing_found(self) -> bool:
        return self.is_filtered and not self.exams

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.viewer, self.naming, self.importing = actor.name, False, False
        await self._show(actor, self._cursor)

    @rx.event
    async def search(self, text: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.searched = text[:100]
        await self._show(actor)

    @rx.event
    async def filter_status(self, status: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.status = status if status in set(ExamStatus) else ""
        await self._show(actor)

    @rx.event
    async def set_order(self, order: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.sort = order if order in SORTS else SORTS[0]
        await self._show(actor)

    @rx.event
    async def clear_filters(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        self.searched = self.status = ""
        self.cleared += 1
        await self._show(actor)

    @rx.event
    async def next_page(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        await self._show(actor, self._next)

    @rx.event
    async def previous_page(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        await self._show(actor, self._previous)

    @rx.event
    async def show_naming(self, is_open: bool) -> None:
        """Open or leave the dialog for a new exam."""
        await signed_in(self, Role.ADMIN)
        self.naming, self.name_problem = is_open, ""

    @rx.event
    async def show_importing(self, is_open: bool) -> None:
        await signed_in(self, Role.ADMIN)
        self.importing = is_open

    @rx.event
    async def know_zone(self, zone: str) -> None:
        """The zone of whoever looks is that of the exams they make."""
        await signed_in(self, Role.ADMIN)
        self._zone = zone[:64]

    @rx.event
    async def create(self, form: dict[str, str]) -> object:
        """Make a draft of this title and lead to it."""
        actor = await signed_in(self, Role.ADMIN)
        title = str(form.get("title", ""))[: MAX_TITLE + 1].strip()
        if not title:
            self.name_problem = "Give the exam a title; it can be changed later."
            return None
        return await self._create(actor, title)

    async def _create(self, actor: Actor, title: str) -> object:
        for zone in (self._zone, "UTC"):  # a browser may know a zone that this machine does not
            content, terms = ExamContent(title), ExamTerms(time_zone=zone)
            try:
                view = await asyncio.to_thread(services().exams.create, actor, content, terms)
            except (NotAuthenticated, NotAllowed):
                raise
            except ProctorError as error:
                self.name_problem = error.detail
                continue
            self.naming, self.name_problem = False, ""
            return rx.redirect(f"/admin/exams/{view.id}")
        return None

    async def _show(self, actor: Actor, cursor: str = "") -> None:
        query = ExamQuery(self.searched, self.status, self.sort, _PAGE, cursor)
        try:
            page = await asyncio.to_thread(services().exams.page, actor, query)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem, self.loaded, self._cursor = error.detail, True, ""
            return
        self.problem, self.loaded = "", True
        self.exams = [words.shown_exam(item) for item in page.items]
        self.total = words.count_words(page.total, "exam", "exams")
        self._cursor, self._next, self._previous = cursor, page.next, page.previous
        self.has_next, self.has_previous = bool(page.next), bool(page.previous)
