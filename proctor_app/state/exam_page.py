"""What every part of an exam's editor shares: which exam it is, what stands above it, and how a
change is kept."""

import asyncio
import re
from collections.abc import Callable

import reflex as rx

from proctor_app.domain.access import Actor, Role
from proctor_app.errors import Conflict, NotAllowed, NotAuthenticated, NotFound, ProctorError
from proctor_app.services.exam_views import ExamView
from proctor_app.state import exam_words as words
from proctor_app.state.exam_fields import Parts
from proctor_app.state.exam_words import ExamHead, ShownProblem
from proctor_app.state.guard import signed_in
from proctor_app.state.wiring import services

Edit = Callable[[Parts], Parts]
_TRIES = 3
_NUMBERED = re.compile(r"Question (\d{1,3}):")


class ExamPage(rx.State, mixin=True):
    """problem: why the exam can't be shown, empty if it can. acked: the highest number of a change
    that was dealt with, kept or refused. missing: what keeps the exam from being published."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    exam: ExamHead = ExamHead()
    missing: list[ShownProblem] = []
    acked: int = 0
    _exam_id: str = ""

    async def _show(self, view: ExamView) -> None:
        """Show the exam as it is now; parts of the page add what they show."""
        self.exam = words.head(view)
        self.missing = [_problem(view, text) for text in view.problems]

    async def _open(self) -> Actor:
        """Read the exam that the page's address names. What goes wrong is said on the page."""
        actor = await signed_in(self, Role.ADMIN)
        exam_id = exam_in(self)
        try:
            view = await asyncio.to_thread(services().exams.one, actor, exam_id)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.viewer, self.loaded, self.problem = actor.name, True, error.detail
            return actor
        self.viewer, self.loaded, self.problem = actor.name, True, ""
        self._exam_id = view.id
        await self._show(view)
        return actor

    async def _keep(self, actor: Actor, edit: Edit) -> ExamView:
        """Make a change, keep it and show what came of it. Raises what ``edit`` and the service
        do."""
        view = await asyncio.to_thread(_kept, actor, self._exam_id, edit)
        await self._show(view)
        return view

    def _ack(self, number: int) -> None:
        self.acked = max(self.acked, min(number, 2**53))


def exam_in(state: rx.State) -> str:
    """The id in the page's address, /admin/exams/ID/... Raises NotFound where there is none."""
    parts = state.router.url.path.strip("/").split("/")
    if len(parts) < 3 or not parts[2]:
        raise NotFound("no_exam", "There is no such exam.")
    return parts[2][:36]


def _kept(actor: Actor, exam_id: str, edit: Edit) -> ExamView:
    """An edit says for itself what it can't be made upon; so where somebody else has saved in the
    meantime it is made anew, upon what they saved."""
    exams = services().exams
    for left in reversed(range(_TRIES)):
        view = exams.one(actor, exam_id)
        before = Parts(view.content, view.terms)
        after = edit(before)
        if after == before:
            return view
        try:
            return exams.save(
                actor,
                exam_id,
                view.revision,
                content=None if after.content == before.content else after.content,
                terms=None if after.terms == before.terms else after.terms,
            )
        except Conflict as error:
            if error.code != "exam_changed" or not left:
                raise
    raise AssertionError("the last try returns or raises")


def _problem(view: ExamView, text: str) -> ShownProblem:
    found = _NUMBERED.match(text)
    number = int(found[1]) if found else 0
    known = 0 < number <= len(view.content.questions)
    return ShownProblem(text, view.content.questions[number - 1].id if known else "")
