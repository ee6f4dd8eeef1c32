"""The page with what an exam came to, once its results are released."""

import asyncio
from dataclasses import dataclass

import reflex as rx

from proctor_app.clock import iso
from proctor_app.domain.access import Actor
from proctor_app.domain.question import AnswerValue, QuestionKind, is_empty
from proctor_app.errors import Conflict, NotAllowed, NotAuthenticated, NotFound, ProctorError
from proctor_app.services.appeals import MAX_TEXT
from proctor_app.services.markup import render
from proctor_app.services.results import Result, ResultQuestion
from proctor_app.state import sitting_words as words
from proctor_app.state.guard import signed_in
from proctor_app.state.home_words import points_of
from proctor_app.state.results_incidents import ShownOutcome, outcome
from proctor_app.state.review_words import FREE, status
from proctor_app.state.shown import Chip
from proctor_app.state.sitting_words import Receipt
from proctor_app.state.wiring import services

_ID = 36


@dataclass(frozen=True)
class ShownChoice:
    """mark: chosen, right, both or empty."""

    html: str
    is_chosen: bool
    is_right: bool


@dataclass(frozen=True)
class ShownResult:
    """answer, right: in words, of questions without options; empty where there is nothing."""

    number: int
    html: str
    choices: list[ShownChoice]
    answer: str
    right: str
    verdict: Chip
    points: str
    comment: str
    explanation: str


class ResultsState(rx.State):
    """problem: why there is nothing to show."""

    viewer: str = ""
    loaded: bool = False
    problem: str = ""
    title: str = ""
    status: str = ""
    ended_at: str = ""
    is_released: bool = False
    score: str = ""
    percent: str = ""
    next_words: str = ""
    key_words: str = ""
    receipt: Receipt = Receipt()
    questions: list[ShownResult] = []
    is_exam: bool = True
    outcome: ShownOutcome = ShownOutcome()
    appeal_problem: str = ""
    _attempt_id: str = ""

    @rx.event
    async def load(self) -> None:
        """Show the attempt that the address names."""
        actor = await signed_in(self)
        self.viewer = actor.name
        self._attempt_id = self.router.url.path.rstrip("/").rpartition("/")[2][:_ID]
        self.appeal_problem = ""
        try:
            found = await services().sitting.result(actor, self._attempt_id)
            told = await services().outcomes.of(actor, self._attempt_id)
        except (NotFound, NotAllowed, Conflict) as error:
            self._clear(error.detail)
            return
        questions = await asyncio.to_thread(_questions, found)
        self._show(found, questions)
        self.outcome = outcome(told, found.attempt)

    @rx.event
    async def appeal(self, form: dict[str, str]) -> None:
        """Say why one sees it differently; a person answers."""
        actor = await signed_in(self)
        text = str(form.get("text", ""))[: MAX_TEXT + 1]
        try:
            await services().appeals.make(actor, self._attempt_id, text)
        except (NotAuthenticated, NotAllowed):
            raise
        except ProctorError as error:
            self.appeal_problem = error.detail
            return
        await self._refresh(actor)

    async def _refresh(self, actor: Actor) -> None:
        found = await services().sitting.result(actor, self._attempt_id)
        told = await services().outcomes.of(actor, self._attempt_id)
        self.appeal_problem, self.outcome = "", outcome(told, found.attempt)
        self.status = status(found.attempt).text

    def _clear(self, problem: str) -> None:
        self.loaded, self.problem, self.title = True, problem, ""
        self.questions, self.is_released, self.score = [], False, ""
        self.outcome = ShownOutcome()

    def _show(self, found: Result, questions: list[ShownResult]) -> None:
        attempt = found.attempt
        self.loaded, self.problem, self.title = True, "", found.title or FREE
        self.is_exam = found.exam_id is not None
        self.status = status(attempt).text
        self.ended_at = iso(attempt.ended_at) if attempt.ended_at else ""
        self.is_released, self.questions = found.is_released, questions
        self.score = "" if found.score is None else points_of(found.score, found.max_points)
        self.percent = _percent(found.score, found.max_points)
        self.next_words = words.what_next(found.results.value, is_released=found.is_released)
        self.key_words = words.when_key(has_key=found.has_key) if found.is_released else ""
        self.receipt = words.receipt(attempt, 0)


def _questions(found: Result) -> list[ShownResult]:
    return [_question(one, found.exam_id or "") for one in found.questions]


def _question(one: ResultQuestion, exam_id: str) -> ShownResult:
    chosen = one.value if isinstance(one.value, tuple) else (one.value,)
    return ShownResult(
        number=one.number,
        html=render(one.text, exam_id),
        choices=[
            ShownChoice(render(text, exam_id), text in chosen, text in one.correct)
            for text in one.options
        ],
        answer=_answer(one.value),
        right=_right(one),
        verdict=_verdict(one),
        points="" if one.points is None else points_of(one.points, one.max_points),
        comment=one.comment,
        explanation=render(one.explanation, exam_id) if one.explanation else "",
    )


def _answer(value: AnswerValue) -> str:
    return "" if is_empty(value) else value if isinstance(value, str) else ", ".join(value)


def _right(one: ResultQuestion) -> str:
    """Several accepted answers stand beside one another; a number with its tolerance."""
    right = " or ".join(one.correct)
    if one.kind is QuestionKind.NUMERIC and one.tolerance:
        return f"{right} (± {one.tolerance:g})"
    return right


def _verdict(one: ResultQuestion) -> Chip:
    if is_empty(one.value):
        return Chip("none", "No answer")
    if one.points is None:
        return Chip("unknown", "Not marked yet")
    if one.points >= one.max_points:
        return Chip("ok", "Right")
    return Chip("notice", "Partly right") if one.points > 0 else Chip("alert", "Not right")


def _percent(score: float | None, max_points: float | None) -> str:
    if score is None or not max_points:
        return ""
    return f"{100 * score / max_points:.0f} %"
