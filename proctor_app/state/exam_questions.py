"""The questions of an exam's editor: a list of them, and one that is open to be changed."""

import asyncio
import uuid
from dataclasses import dataclass, field, replace

import reflex as rx

from proctor_app.domain.access import Actor, Role
from proctor_app.domain.question import CHOICES, Question, QuestionKind, problems
from proctor_app.errors import Invalid, NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services.exam_views import ExamView
from proctor_app.services.markup import render
from proctor_app.state import exam_words as words
from proctor_app.state import question_edits as edits
from proctor_app.state.exam_fields import Parts
from proctor_app.state.exam_page import ExamPage
from proctor_app.state.exam_words import OpenQuestion, QuestionRow
from proctor_app.state.guard import signed_in


@dataclass(frozen=True)
class RenderedOption:
    html: str
    is_right: bool


@dataclass(frozen=True)
class RenderedQuestion:
    """How candidates see it, as HTML that is safe. answer: what is right, where it is no option."""

    number: int = 0
    kind: str = ""
    html: str = ""
    options: list[RenderedOption] = field(default_factory=list)
    answer: str = ""
    explanation: str = ""
    points: str = ""
    problems: list[str] = field(default_factory=list)


class QuestionEdits(ExamPage, mixin=True):
    """opened: the question that is open, without an id if none is. epoch: grows where the editor
    has to begin anew. question_problem: why the last change was refused. is_conflict: somebody else
    changed it meanwhile. removed: words about the question that was removed last. said: read
    out after a move."""

    rows: list[QuestionRow] = []
    opened: OpenQuestion = OpenQuestion()
    rendered: RenderedQuestion = RenderedQuestion()
    epoch: int = 0
    question_problem: str = ""
    is_conflict: bool = False
    removed: str = ""
    said: str = ""
    _own: dict[str, str] = {}
    _pending: str = ""
    _gone: str = ""
    _gone_at: int = 0

    async def _show(self, view: ExamView) -> None:
        await super()._show(view)
        rows = edits.rows(view.content)
        if rows != self.rows:
            self.rows = rows
        found = view.content.question(self.opened.id)
        if found is None:
            self._close()
        else:
            self.rendered = await asyncio.to_thread(rendered, view, found)

    @rx.event
    async def add_question(self, kind: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        if kind not in set(QuestionKind):
            raise Invalid("kind_unknown", "There is no such kind of question.")
        question = edits.new(str(uuid.uuid4()), QuestionKind(kind))
        await self._edit(actor, lambda it: edits.added(it, question))
        await self._open_question(actor, question.id)

    @rx.event
    async def open_question(self, question_id: str) -> None:
        """Open it to be changed, as it is kept now."""
        actor = await signed_in(self, Role.ADMIN)
        await self._open_question(actor, question_id[:36])

    @rx.event
    async def show_question(self, question_id: str) -> object:
        """As ``open_question``, from any page of the exam."""
        actor = await signed_in(self, Role.ADMIN)
        await self._open_question(actor, question_id[:36])
        return rx.redirect(f"/admin/exams/{self._exam_id}")

    @rx.event
    async def close_question(self) -> None:
        await signed_in(self, Role.ADMIN)
        self._close()

    @rx.event
    async def change_question(self, json: str, base: str, number: int) -> None:
        """Keep what the editor holds of a question, unless somebody else changed it since."""
        actor = await signed_in(self, Role.ADMIN)
        self._pending = json[: edits.MAX_JSON + 1]
        await self._take(actor, base[:16])
        self._ack(number)

    @rx.event
    async def keep_mine(self) -> None:
        """After a conflict: what is in the editor, over what somebody else saved."""
        actor = await signed_in(self, Role.ADMIN)
        await self._take(actor, "", over=True)

    @rx.event
    async def take_theirs(self) -> None:
        """After a conflict: what somebody else saved, instead of what is in the editor."""
        actor = await signed_in(self, Role.ADMIN)
        question_id = self.opened.id
        self._close()
        view = await self._edit(actor, lambda it: it)
        if view.content.question(question_id) is not None:
            await self._open_question(actor, question_id)

    @rx.event
    async def move_question(self, question_id: str, by: int) -> None:
        actor = await signed_in(self, Role.ADMIN)
        step = 1 if by > 0 else -1
        view = await self._edit(
            actor,
            lambda it: edits.moved(it, question_id[:36], edits.place(it, question_id) + step),
        )
        self.said = f"It is question {edits.place(view.content, question_id) + 1} now."

    @rx.event
    async def place_question(self, question_id: str, number: str) -> None:
        """Give it a place in the list, from 1."""
        actor = await signed_in(self, Role.ADMIN)
        if not number.isdecimal():
            return
        to = int(number[:4]) - 1
        await self._edit(actor, lambda it: edits.moved(it, question_id[:36], to))

    @rx.event
    async def duplicate_question(self, question_id: str) -> None:
        actor = await signed_in(self, Role.ADMIN)
        copy_id = str(uuid.uuid4())
        await self._edit(actor, lambda it: edits.copied(it, question_id[:36], copy_id))
        await self._open_question(actor, copy_id)

    @rx.event
    async def remove_question(self, question_id: str) -> None:
        """Remove it at once; it can be brought back while the page is open."""
        actor = await signed_in(self, Role.ADMIN)
        view = await self._edit(actor, lambda it: it)
        at = edits.place(view.content, question_id[:36])
        gone = view.content.questions[at]
        await self._edit(actor, lambda it: edits.removed(it, gone.id))
        self._gone, self._gone_at = edits.as_json(gone), at
        about = edits.summary(gone.text)
        self.removed = f"Question {at + 1} was removed{f': {about}' if about else '.'}"

    @rx.event
    async def undo_remove(self) -> None:
        actor = await signed_in(self, Role.ADMIN)
        if not self._gone:
            return
        question, at = edits.from_json(self._gone), self._gone_at
        await self._edit(actor, lambda it: edits.added(it, question, at))
        self._gone = self.removed = ""

    @rx.event
    async def forget_removed(self) -> None:
        """The words about it are not needed any more."""
        await signed_in(self, Role.ADMIN)
        self._gone = self.removed = ""

    async def _take(self, actor: Actor, base: str, *, over: bool = False) -> None:
        try:
            question = edits.typed(self._pending)
            bases = [base, self._own.get(question.id, "")]
            view = await self._keep(actor, lambda parts: _with(parts, question, bases, over=over))
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            if error.code == "question_changed":  # theirs is shown beside mine
                await self._edit(actor, lambda it: it)
            self.is_conflict = error.code in ("question_changed", "no_question")
            self.question_problem = error.detail
            return
        self.is_conflict, self.question_problem, self._pending = False, "", ""
        kept = view.content.questions[edits.place(view.content, question.id)]
        self._own[question.id] = edits.base(kept)
        if self.opened.id == question.id:
            self.opened = edits.opened(kept)

    async def _edit(self, actor: Actor, edit: edits.Edit) -> ExamView:
        return await self._keep(actor, lambda parts: replace(parts, content=edit(parts.content)))

    async def _open_question(self, actor: Actor, question_id: str) -> None:
        view = await self._edit(actor, lambda it: it)
        found = view.content.questions[edits.place(view.content, question_id)]
        self.opened = edits.opened(found)
        self.rendered = await asyncio.to_thread(rendered, view, found)
        self.epoch += 1
        self.is_conflict, self.question_problem, self._pending = False, "", ""

    async def _reopen(self, actor: Actor) -> None:
        """The page is there afresh: its editor begins with what is kept."""
        if self.opened.id:
            await self._open_question(actor, self.opened.id)

    def _close(self) -> None:
        self.opened, self.rendered = OpenQuestion(), RenderedQuestion()
        self.is_conflict, self.question_problem, self._pending = False, "", ""


def rendered(view: ExamView, question: Question) -> RenderedQuestion:
    """Takes its time: not on the event loop."""
    is_choice = question.kind in CHOICES
    return RenderedQuestion(
        number=edits.place(view.content, question.id) + 1,
        kind=question.kind.value,
        html=render(question.text, view.id),
        options=[
            RenderedOption(render(option, view.id), option in question.correct)
            for option in question.options
        ],
        answer="" if is_choice else _answer(question),
        explanation=render(question.explanation, view.id) if question.explanation else "",
        points=words.points(question.points),
        problems=list(problems(question)),
    )


def _answer(question: Question) -> str:
    if question.kind is QuestionKind.NUMERIC and question.number is not None:
        within = f" ± {question.tolerance:g}" if question.tolerance else ""
        return f"{question.number:g}{within}"
    return " · ".join(question.correct)


def _with(parts: Parts, question: Question, bases: list[str], *, over: bool) -> Parts:
    content = parts.content
    there = content.question(question.id)
    if over and there is None:
        return replace(parts, content=edits.added(content, question))
    if over and there is not None:
        bases = [edits.base(there)]
    return replace(parts, content=edits.changed(content, question, bases))
