"""Changes of an exam's questions, as its page makes them. Pure."""

import hashlib
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pydantic import TypeAdapter, ValidationError

from proctor_app.domain.exam import ExamContent
from proctor_app.domain.question import (
    CHOICES,
    MAX_QUESTIONS,
    Question,
    QuestionKind,
    as_number,
    problems,
)
from proctor_app.errors import Conflict, Invalid, NotFound, TooLarge
from proctor_app.state import exam_words as words
from proctor_app.state.exam_words import OpenQuestion, QuestionRow

MAX_JSON = 200_000
"""A question at its longest, every character escaped as JSON may, fits into this."""
_SUMMARY = 120
_FORMULA = re.compile(r"\$+([^$]*)\$+")
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
_MARKS = re.compile(r"!\[([^\]]*)\]\([^)]*\)|[*_`#>$\\]")


@dataclass(frozen=True, slots=True)
class _TypedOption:
    text: str
    right: bool


@dataclass(frozen=True, slots=True)
class _TypedQuestion:
    """As the editor sends it: numbers as they were typed."""

    id: str
    kind: QuestionKind
    text: str
    options: tuple[_TypedOption, ...]
    accepted: tuple[str, ...]
    number: str
    tolerance: str
    points: str
    negative_points: str
    partial_credit: bool
    case_sensitive: bool
    explanation: str


Edit = Callable[[ExamContent], ExamContent]
_TYPED = TypeAdapter(_TypedQuestion)
_WHOLE = TypeAdapter(Question)
_EMPTY_OPTIONS = {QuestionKind.SINGLE: ("", ""), QuestionKind.MULTIPLE: ("", "")}


def typed(json: str) -> Question:
    """The question that the editor sent. Raises TooLarge; Invalid where it is none, or a number is
    none."""
    if len(json) > MAX_JSON:
        raise TooLarge("question_too_large", "This question is too long.")
    try:
        sent = _TYPED.validate_json(json)
    except ValidationError as error:
        raise Invalid("question_invalid", "This is no question.") from error
    right = tuple(option.text for option in sent.options if option.right)
    is_choice = sent.kind in CHOICES
    return Question(
        id=sent.id,
        kind=sent.kind,
        text=sent.text,
        options=tuple(option.text for option in sent.options) if is_choice else (),
        correct=right if is_choice else tuple(one for one in sent.accepted if one.strip()),
        number=_number("right number", sent.number, None),
        tolerance=_number("tolerance", sent.tolerance, 0.0) or 0.0,
        points=_number("points", sent.points, 0.0) or 0.0,
        negative_points=_number("points taken if wrong", sent.negative_points, 0.0) or 0.0,
        partial_credit=sent.partial_credit,
        case_sensitive=sent.case_sensitive,
        explanation=sent.explanation,
    )


def base(question: Question) -> str:
    """A word for the question as it is stored: another one as soon as it is changed."""
    return hashlib.sha256(as_json(question).encode()).hexdigest()[:16]


def as_json(question: Question) -> str:
    return _WHOLE.dump_json(question).decode()


def from_json(text: str) -> Question:
    return _WHOLE.validate_json(text)


def place(content: ExamContent, question_id: str) -> int:
    """Where the question stands, from 0. Raises NotFound."""
    for number, question in enumerate(content.questions):
        if question.id == question_id:
            return number
    raise NotFound("no_question", "This question was removed meanwhile.")


def added(content: ExamContent, question: Question, at: int | None = None) -> ExamContent:
    """With one more question, at the end or at a place from 0. Raises Conflict."""
    if len(content.questions) >= MAX_QUESTIONS:
        raise Conflict("too_many_questions", f"An exam has at most {MAX_QUESTIONS} questions.")
    questions = list(content.questions)
    questions.insert(len(questions) if at is None else max(0, at), question)
    return replace(content, questions=tuple(questions))


def new(question_id: str, kind: QuestionKind) -> Question:
    return Question(question_id, kind, "", options=_EMPTY_OPTIONS.get(kind, ()))


def changed(content: ExamContent, question: Question, bases: Iterable[str]) -> ExamContent:
    """With the question in place of the one of its id. bases: what it may have been until now;
    another one was changed by somebody else. Raises NotFound, Conflict."""
    at = place(content, question.id)
    if base(content.questions[at]) not in bases:
        raise Conflict("question_changed", "This question was changed elsewhere meanwhile.")
    questions = list(content.questions)
    questions[at] = question
    return replace(content, questions=tuple(questions))


def moved(content: ExamContent, question_id: str, to: int) -> ExamContent:
    """With the question at another place, from 0. Raises NotFound."""
    questions = list(content.questions)
    question = questions.pop(place(content, question_id))
    questions.insert(max(0, min(to, len(questions))), question)
    return replace(content, questions=tuple(questions))


def copied(content: ExamContent, question_id: str, copy_id: str) -> ExamContent:
    """With a copy of the question behind it. Raises NotFound, Conflict."""
    at = place(content, question_id)
    return added(content, replace(content.questions[at], id=copy_id), at + 1)


def removed(content: ExamContent, question_id: str) -> ExamContent:
    """Raises NotFound."""
    at = place(content, question_id)
    questions = content.questions[:at] + content.questions[at + 1 :]
    return replace(content, questions=questions)


def rows(content: ExamContent) -> list[QuestionRow]:
    return [
        QuestionRow(
            id=question.id,
            number=number,
            kind=words.KINDS[question.kind],
            summary=summary(question.text),
            points=words.points(question.points),
            problem=next(problems(question), ""),
        )
        for number, question in enumerate(content.questions, 1)
    ]


def summary(markdown: str) -> str:
    """The first words, without the marks of Markdown; a picture by what it shows, a formula on one
    line as well as it goes."""
    text = _FORMULA.sub(lambda found: _on_one_line(found[1]), markdown[: 4 * _SUMMARY])
    plain = " ".join(_MARKS.sub(lambda found: found[1] or "", text).split())
    return plain if len(plain) <= _SUMMARY else plain[: _SUMMARY - 2] + " …"


def _on_one_line(formula: str) -> str:
    plain = _FRACTION.sub(r"\1/\2", formula).replace("\\sqrt", "√")
    return plain.replace("{", "").replace("}", "")


def opened(question: Question) -> OpenQuestion:
    """As the editor begins with it."""
    return OpenQuestion(
        id=question.id,
        base=base(question),
        kind=question.kind.value,
        text=question.text,
        options=list(question.options),
        correct=list(question.correct),
        number="" if question.number is None else f"{question.number!r}".removesuffix(".0"),
        tolerance=f"{question.tolerance!r}".removesuffix(".0"),
        points=f"{question.points:g}",
        negative_points=f"{question.negative_points:g}",
        partial_credit=question.partial_credit,
        case_sensitive=question.case_sensitive,
        explanation=question.explanation,
    )


def _number(name: str, text: str, missing: float | None) -> float | None:
    if not text.strip():
        return missing
    number = as_number(text)
    if number is None or not math.isfinite(number):
        raise Invalid("number_invalid", f"The {name} must be a number.")
    return number
