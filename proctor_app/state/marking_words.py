"""How the pages for marking show questions, answers and marks."""

from dataclasses import dataclass, field

from proctor_app.domain.question import Question, QuestionKind
from proctor_app.services.marking import AnswerToMark, MarkableExam, MarkedQuestion
from proctor_app.services.markup import render
from proctor_app.state import exam_words as words
from proctor_app.state import question_edits as edits


@dataclass(frozen=True)
class ShownMarked:
    """A question in the list of what there is to mark."""

    id: str
    number: str
    summary: str
    kind: str
    unmarked: int
    progress: str


@dataclass(frozen=True)
class ShownQuestion:
    """The question whose answers are shown; right: what is right, a line each."""

    id: str = ""
    html: str = ""
    right: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class ShownAnswer:
    """candidate: empty while names are not asked for. lines: the answer, an option each where it
    was a choice. points: empty until marked."""

    attempt_id: str
    number: int
    candidate: str
    lines: list[str]
    points: str
    most: float
    comment: str
    saved: str
    problem: str = ""


@dataclass(frozen=True)
class ShownMarkable:
    """An exam in the list of what there is to mark. unmarked: how many answers are left."""

    id: str
    title: str
    code: str
    attempts: str
    unmarked: int
    left: str


def markable(one: MarkableExam) -> ShownMarkable:
    return ShownMarkable(
        id=one.id,
        title=one.title,
        code=one.code,
        attempts=words.count_words(one.attempts, "attempt", "attempts"),
        unmarked=one.unmarked,
        left=words.count_words(one.unmarked, "answer left", "answers left"),
    )


def listed(one: MarkedQuestion) -> ShownMarked:
    return ShownMarked(
        id=one.question.id,
        number=str(one.number) if one.number else "-",
        summary=edits.summary(one.question.text),
        kind=words.KINDS[one.question.kind],
        unmarked=one.unmarked,
        progress=f"{one.answers - one.unmarked} of {one.answers}",
    )


def shown(question: Question, exam_id: str) -> ShownQuestion:
    """Takes its time: not on the event loop."""
    right = list(question.correct)
    if question.kind is QuestionKind.NUMERIC and question.number is not None:
        within = f" ± {question.tolerance:g}" if question.tolerance else ""
        right = [f"{question.number:g}{within}"]
    return ShownQuestion(question.id, render(question.text, exam_id), right)


def answer(item: AnswerToMark, number: int) -> ShownAnswer:
    value = item.value if isinstance(item.value, tuple) else (item.value,)
    saved = "Not marked yet."
    if item.points is not None:
        saved = "Marked by itself; you can change it." if item.is_automatic else "Marked by hand."
    return ShownAnswer(
        attempt_id=item.attempt_id,
        number=number,
        candidate="",
        lines=[line for line in value if line],
        points="" if item.points is None else f"{item.points:g}",
        most=item.question.points,
        comment=item.comment,
        saved=saved,
    )
