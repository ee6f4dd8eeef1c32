"""First pages: a candidate's exams and sessions, an admin's overview."""

import asyncio

import reflex as rx
from reflex.event import EventSpec

from proctor_app.domain.access import Actor, Role
from proctor_app.domain.attempt import OPEN, AttemptStatus
from proctor_app.domain.exam import ExamStatus
from proctor_app.errors import NotAuthenticated, ProctorError
from proctor_app.services.joining import MyExams
from proctor_app.services.seb_door import SebRequired
from proctor_app.services.wall import Counts
from proctor_app.state import home_words as words
from proctor_app.state.guard import signed_in
from proctor_app.state.home_words import ShownExam, ShownOpen, ShownSitting
from proctor_app.state.wiring import services

_MAX_CODE = 40


class HomeState(rx.State):
    """A candidate's exams and attempts, and where to go from here. code: as it was typed; problem:
    why no exam was joined with it. has_session: a session without an exam is open."""

    viewer: str = ""
    role: str = ""
    loaded: bool = False
    code: str = ""
    problem: str = ""
    open: ShownOpen = ShownOpen()
    has_session: bool = False
    exams: list[ShownExam] = []
    practice: list[ShownExam] = []
    attempts: list[ShownSitting] = []

    @rx.event
    async def enter(self) -> object:
        """From the front page, lead whoever is logged in to the first page of the role."""
        try:
            actor = await signed_in(self)
        except NotAuthenticated:
            return rx.redirect("/login")
        return rx.redirect("/admin/dashboard" if actor.role is Role.ADMIN else "/dashboard")

    @rx.event
    async def load(self) -> object:
        actor = await signed_in(self)
        if actor.role is Role.PROCTOR:
            return rx.redirect("/proctor")
        self.viewer, self.role, self.problem = actor.name, actor.role.value, ""
        await self._refresh(actor)
        return None

    @rx.event
    async def type_code(self, code: str) -> None:
        await signed_in(self)
        self.code, self.problem = code[:_MAX_CODE], ""

    @rx.event
    async def join(self) -> object:
        """Join the exam whose code was typed."""
        actor = await signed_in(self)
        if not self.code.strip():
            self.problem = "Type the code that you were given."
            return None
        return await self._join(actor, self.code)

    @rx.event
    async def join_exam(self, code: str) -> EventSpec | None:
        """Join an exam of the list."""
        return await self._join(await signed_in(self), code[:_MAX_CODE])

    async def _join(self, actor: Actor, code: str) -> EventSpec | None:
        try:
            await services().sitting.join(actor, code)
        except SebRequired:  # the page before it leads into that browser
            raise
        except ProctorError as error:  # said beside the field, nothing typed is lost
            self.problem = error.detail
            return None
        self.code = self.problem = ""
        return rx.redirect("/exam")

    async def _refresh(self, actor: Actor) -> None:
        mine = await services().sitting.mine(actor)
        history = await services().sessions.history(actor, actor.user_id)
        self._show_exams(mine)
        titles = {exam.exam_id: exam.title for exam in mine.exams}
        self.attempts = [
            words.sitting(
                attempt,
                titles.get(attempt.exam_id or ""),
                await services().sitting.score(actor, attempt),
            )
            for attempt in history
            if attempt.status not in OPEN | {AttemptStatus.CANCELLED}
        ]
        self.loaded = True

    def _show_exams(self, mine: MyExams) -> None:
        self.open, self.has_session = ShownOpen(), False
        if mine.open is not None and mine.open.exam_id is None:
            self.has_session = True
        elif mine.open is not None:
            self.open = words.open_exam(mine.open, mine.exams)
        shown = [words.exam(exam) for exam in mine.exams]
        self.practice = [exam for exam in shown if exam.is_practice]
        self.exams = sorted(
            (exam for exam in shown if not exam.is_practice), key=lambda exam: exam.order
        )


class AdminState(rx.State):
    """The installation at a glance."""

    viewer: str = ""
    loaded: bool = False
    running: int = 0
    interrupted: int = 0
    finished: int = 0
    students: int = 0
    proctors: int = 0
    admins: int = 0
    drafts: int = 0
    published: int = 0
    closed: int = 0

    @rx.event
    async def load(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        people = await asyncio.to_thread(services().people.counts, actor)
        counts: Counts = await services().wall.counts(actor)
        exams = (await asyncio.to_thread(services().overview.counts, actor)).exams
        self.viewer, self.loaded = actor.name, True
        self.running, self.interrupted = counts.running, counts.interrupted
        self.finished = counts.finished
        self.students, self.proctors = people[Role.STUDENT], people[Role.PROCTOR]
        self.admins = people[Role.ADMIN]
        self.drafts, self.published = exams[ExamStatus.DRAFT], exams[ExamStatus.PUBLISHED]
        self.closed = exams[ExamStatus.CLOSED]
