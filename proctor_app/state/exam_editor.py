"""An exam's editor: settings and what is watched, field by field, and what is done with the whole
exam."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from zoneinfo import available_timezones

import reflex as rx

from proctor_app.clock import iso
from proctor_app.domain.access import Actor, Role
from proctor_app.domain.exam import ExamContent, Level
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, ProctorError
from proctor_app.services import exam_rules
from proctor_app.services.exam_views import ExamView
from proctor_app.services.markup import render
from proctor_app.state import exam_fields, exam_words
from proctor_app.state.exam_fields import Parts
from proctor_app.state.exam_questions import QuestionEdits, RenderedQuestion, rendered
from proctor_app.state.guard import signed_in
from proctor_app.state.people_words import Question as Dialog
from proctor_app.state.wiring import services


class ExamEditorState(QuestionEdits, rx.State):
    """fields: every field's text. field_problems: why a field's change was refused. standard: what
    a rule's empty fields stand for. opens_at, closes_at: ISO 8601 or empty. preview: the
    questions as candidates see them."""

    fields: dict[str, str] = {}
    field_problems: dict[str, str] = {}
    standard: dict[str, str] = {}
    zones: list[str] = []
    opens_at: str = ""
    closes_at: str = ""
    description_html: str = ""
    preview: list[RenderedQuestion] = []
    asking: bool = False
    asked: Dialog = Dialog()
    busy: bool = False
    _action: str = ""

    @rx.var
    def refused(self) -> str:
        """Said beside the name of the exam where a change could not be kept."""
        if self.is_conflict:
            return "Not saved: the question was changed elsewhere."
        if self.question_problem:
            return f"Not saved: {self.question_problem}"
        return next((f"Not saved: {text}" for text in self.field_problems.values()), "")

    async def _show(self, view: ExamView) -> None:
        await super()._show(view)
        self.fields = exam_fields.values(Parts(view.content, view.terms))
        self.standard = _standard(view.content)
        terms = view.terms
        self.opens_at = iso(terms.opens_at) if terms.opens_at else ""
        self.closes_at = iso(terms.closes_at) if terms.closes_at else ""

    @rx.event
    async def load(self) -> None:
        """Read the exam afresh; what was refused before is forgotten, for nobody sees it now."""
        actor = await self._open()
        self.field_problems, self.removed, self._gone = {}, "", ""
        if not self.problem:
            await self._reopen(actor)

    @rx.event
    async def load_settings(self) -> None:
        await self._open()
        self.field_problems = {}
        self.zones = self.zones or sorted(available_timezones())

    @rx.event
    async def load_preview(self) -> None:
        actor = await self._open()
        if self.problem:
            return
        view = await asyncio.to_thread(services().exams.one, actor, self._exam_id)
        self.description_html, self.preview = await asyncio.to_thread(_preview, view)

    @rx.event
    async def set_field(self, name: str, value: str, number: int) -> None:
        """Keep a field's new text; what is wrong with it is said beside the field."""
        actor = await signed_in(self, Role.ADMIN)
        name = name[:80]
        others = {key: text for key, text in self.field_problems.items() if key != name}
        problem = await self._try_field(actor, name, value)
        self.field_problems = others | ({name: problem} if problem else {})
        self._ack(number)

    @rx.event
    async def ask(self, action: str) -> None:
        """Say what will happen, and wait for a yes."""
        actor = await signed_in(self, Role.ADMIN)
        if action not in exam_words.ACTIONS:
            raise Invalid("action_unknown", "There is no such action.")
        view = await asyncio.to_thread(services().exams.one, actor, self._exam_id)
        await self._show(view)
        self.asked, self._action = exam_words.dialog(action, view), action
        self.asking, self.busy = True, False

    @rx.event
    async def close(self, is_open: bool) -> None:
        """The dialog was left without a yes."""
        await signed_in(self, Role.ADMIN)
        self.asking = is_open and bool(self._action)

    @rx.event
    async def confirm(self) -> AsyncIterator[object]:
        """Do what was asked, and tell how it went."""
        actor = await signed_in(self, Role.ADMIN)
        if not self.asking or self.busy:
            raise Conflict("not_asked", "There is nothing to confirm.")
        self.busy = True
        yield None
        for answer in await self._do(actor):
            yield answer
        self.busy = self.asking = False

    async def _do(self, actor: Actor) -> list[object]:
        action = self._action
        try:
            view = await asyncio.to_thread(_apply, actor, action, self._exam_id)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            return [rx.toast.error(error.detail)]
        said = rx.toast.success(exam_words.done(action, view))
        if action == "delete":
            return [said, rx.redirect("/admin/exams")]
        if action == "duplicate":
            return [said, rx.redirect(f"/admin/exams/{view.id}")]
        await self._show(view)
        return [said]

    async def _try_field(self, actor: Actor, name: str, value: str) -> str:
        """Why the change was refused; empty if it is kept."""
        seen = self.fields.get(name, "")

        def edit(before: Parts) -> Parts:
            after = exam_fields.changed(before, name, value)
            current = exam_fields.values(before)[name]
            if current not in (seen, exam_fields.values(after)[name]):
                raise Conflict("field_changed", f"Somebody else changed this, to: {current}")
            return after

        try:
            await self._keep(actor, edit)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            if error.code == "field_changed":  # whoever changes it again knows what they do
                await self._keep(actor, lambda parts: parts)
            return error.detail
        return ""


def _apply(actor: Actor, action: str, exam_id: str) -> ExamView:
    exams = services().exams
    match action:
        case "publish" | "publish_changes":
            return exams.publish(actor, exam_id)
        case "close":
            return exams.close(actor, exam_id)
        case "reopen":
            return exams.reopen(actor, exam_id)
        case "duplicate":
            return exams.duplicate(actor, exam_id)
        case "delete":
            view = exams.one(actor, exam_id)
            exams.delete(actor, exam_id)
            return view
    raise Invalid("action_unknown", "There is no such action.")


def _standard(content: ExamContent) -> dict[str, str]:
    """What the preset gives where the exam changes nothing, by the fields' names."""
    plain = replace(content, rules={}, level=Level.CAMERA, identity_check=True)
    found = exam_rules.rules(plain)
    holds = {f"rule.{spec.event_type.value}.hold_s": f"{spec.hold_s:.2g}" for spec in found.specs}
    points = {
        f"rule.{event_type.value}.points": f"{weight.points:.3g}"
        for event_type, weight in found.weights.items()
    }
    return holds | points


def _preview(view: ExamView) -> tuple[str, list[RenderedQuestion]]:
    shown = [rendered(view, question) for question in view.content.questions]
    return render(view.content.description, view.id), shown
