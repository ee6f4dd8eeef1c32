"""Marking an exam: one question at a time across all candidates, who have no names unless asked."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import reflex as rx

from proctor_app.domain.access import Actor, Role
from proctor_app.domain.question import as_number
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.exam_views import ExamView
from proctor_app.services.marking import MAX_COMMENT, MarkingOverview
from proctor_app.state import exam_words as words
from proctor_app.state import marking_words
from proctor_app.state.exam_page import exam_in
from proctor_app.state.guard import STAFF, signed_in
from proctor_app.state.marking_words import ShownAnswer, ShownMarked, ShownQuestion
from proctor_app.state.people_words import Question as Dialog
from proctor_app.state.wiring import services


class MarkingState(rx.State):
    """question: the one whose answers are shown. only_unmarked: what was marked already is left
    out, but stays in sight until the list is read again. is_named: names are shown. epoch:
    grows with every reading, so that the forms begin anew."""

    viewer: str = ""
    is_admin: bool = False
    loaded: bool = False
    problem: str = ""
    exam_id_shown: str = ""
    title: str = ""
    questions: list[ShownMarked] = []
    attempts: int = 0
    unmarked: int = 0
    progress: str = ""
    are_results_out: bool = False
    question: ShownQuestion = ShownQuestion()
    answers: list[ShownAnswer] = []
    epoch: int = 0
    only_unmarked: bool = True
    is_named: bool = False
    has_next: bool = False
    is_first: bool = True
    asking: bool = False
    asked: Dialog = Dialog()
    busy: bool = False
    _names: dict[str, str] = {}
    _next: str = ""
    _shown_from: int = 0

    @rx.event
    async def load(self) -> None:
        """The questions, and the answers to the first one that has some to be marked."""
        actor = await signed_in(self, *STAFF)
        self.viewer, self.is_admin = actor.name, actor.role is Role.ADMIN
        self.exam_id_shown, self.asking, self.is_named = exam_in(self), False, False
        try:
            overview = await self._show_overview(actor)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.problem, self.loaded = error.detail, True
            return
        self.problem, self.loaded, self.only_unmarked = "", True, overview.unmarked > 0
        waiting = [one for one in overview.questions if one.unmarked] or list(overview.questions)
        self.question, self.answers = ShownQuestion(), []
        if waiting:
            await self._choose(actor, waiting[0].question.id)

    @rx.event
    async def choose(self, question_id: str) -> None:
        actor = await signed_in(self, *STAFF)
        await self._choose(actor, question_id[:36])

    @rx.event
    async def filter_unmarked(self, only_unmarked: bool) -> None:
        actor = await signed_in(self, *STAFF)
        self.only_unmarked = bool(only_unmarked)
        await self._choose(actor, self.question.id)

    @rx.event
    async def set_named(self, is_named: bool) -> None:
        await signed_in(self, *STAFF)
        self.is_named = bool(is_named)
        self.answers = [self._with_name(answer) for answer in self.answers]

    @rx.event
    async def next_page(self) -> None:
        actor = await signed_in(self, *STAFF)
        await self._show_answers(actor, self._next)

    @rx.event
    async def first_page(self) -> None:
        actor = await signed_in(self, *STAFF)
        await self._choose(actor, self.question.id)

    @rx.event
    async def give(self, attempt_id: str, points: str, comment: str) -> None:
        """Mark one answer; what is wrong with the mark is said beside it."""
        actor = await signed_in(self, *STAFF)
        attempt_id, comment = attempt_id[:36], comment[: MAX_COMMENT + 1]
        problem = await self._try_give(actor, attempt_id, points[:32], comment)
        self.answers = [
            replace(answer, problem=problem) if answer.attempt_id == attempt_id else answer
            for answer in self.answers
        ]

    @rx.event
    async def ask(self, action: str) -> None:
        """Say what releasing the results, or withdrawing them, will do."""
        actor = await signed_in(self, Role.ADMIN)
        if action not in ("release_results", "withdraw_results"):
            raise Invalid("action_unknown", "There is no such action.")
        view = await asyncio.to_thread(services().exams.one, actor, self.exam_id_shown)
        self.asked, self.asking, self.busy = words.dialog(action, view), True, False
        if action == "release_results" and self.unmarked:
            left = words.count_words(self.unmarked, "answer is", "answers are")
            text = f"{self.asked.text} {left} not marked yet; those candidates see no score."
            self.asked = replace(self.asked, text=text)

    @rx.event
    async def close(self, is_open: bool) -> None:
        await signed_in(self, Role.ADMIN)
        self.asking = self.asking and is_open

    @rx.event
    async def confirm(self) -> AsyncIterator[object]:
        """Release the results, or withdraw them where they were released."""
        actor = await signed_in(self, Role.ADMIN)
        if not self.asking or self.busy:
            raise Conflict("not_asked", "There is nothing to confirm.")
        self.busy, released = True, not self.are_results_out
        yield None
        yield await self._release(actor, released)
        self.busy = self.asking = False

    async def _release(self, actor: Actor, released: bool) -> object:
        try:
            view: ExamView = await asyncio.to_thread(
                services().exams.release_results, actor, self.exam_id_shown, released
            )
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            return rx.toast.error(error.detail)
        self.are_results_out = view.results_at is not None
        action = "release_results" if released else "withdraw_results"
        return rx.toast.success(words.done(action, view))

    async def _choose(self, actor: Actor, question_id: str) -> None:
        overview = await self._show_overview(actor)
        found = next((one for one in overview.questions if one.question.id == question_id), None)
        if found is None:
            raise Invalid("no_question", "There is no such question.")
        self.question = await asyncio.to_thread(
            marking_words.shown, found.question, self.exam_id_shown
        )
        self._shown_from, self.is_first = 0, True
        await self._show_answers(actor, "")

    async def _show_overview(self, actor: Actor) -> MarkingOverview:
        marking = services().marking
        overview = await asyncio.to_thread(marking.overview, actor, self.exam_id_shown)
        answers = sum(one.answers for one in overview.questions)
        self.title, self.attempts, self.unmarked = (
            overview.title, overview.attempts, overview.unmarked
        )  # fmt: skip
        self.progress = f"{answers - overview.unmarked:,} of {answers:,} answers marked"
        self.are_results_out = overview.results_at is not None
        self.questions = [marking_words.listed(one) for one in overview.questions]
        return overview

    async def _show_answers(self, actor: Actor, after: str) -> None:
        page = await asyncio.to_thread(
            services().marking.answers,
            actor,
            self.exam_id_shown,
            self.question.id,
            only_unmarked=self.only_unmarked,
            after=after,
        )
        self._shown_from = self._shown_from + len(self.answers) if after else 0
        self.is_first = not after
        self.epoch += 1
        self._names = {item.attempt_id: item.candidate for item in page.items}
        self.answers = [
            self._with_name(marking_words.answer(item, number))
            for number, item in enumerate(page.items, self._shown_from + 1)
        ]
        self._next, self.has_next = page.next, bool(page.next)

    async def _try_give(self, actor: Actor, attempt_id: str, points: str, comment: str) -> str:
        """Why the mark was refused; empty if it is kept."""
        number = as_number(points)
        if number is None:
            return "Give the points as a number."
        try:
            await asyncio.to_thread(
                services().marking.give, actor, attempt_id, self.question.id, number, comment
            )
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            return error.detail
        self.answers = [
            replace(one, points=f"{number:g}", comment=comment, saved="Kept, marked by you.")
            if one.attempt_id == attempt_id
            else one
            for one in self.answers
        ]
        await self._show_overview(actor)
        return ""

    def _with_name(self, answer: ShownAnswer) -> ShownAnswer:
        name = self._names.get(answer.attempt_id, "") if self.is_named else ""
        return replace(answer, candidate=name)
