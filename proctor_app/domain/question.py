"""Questions: what is asked, what counts as an answer, and what would be right."""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

MAX_QUESTIONS = 300
MAX_TEXT = 10_000
MAX_OPTIONS = 20
MAX_OPTION = 1_000
MAX_POINTS = 1_000.0
MAX_SHORT = 1_000
MAX_ESSAY = 50_000
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d{1,3})?")
_MAX_NUMBER = 64
_TOO_LARGE = 10**_MAX_NUMBER
"""Whole numbers of thousands of digits take long to write out."""
_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")


class QuestionKind(StrEnum):
    SINGLE = "single"
    MULTIPLE = "multiple"
    NUMERIC = "numeric"
    SHORT = "short"
    ESSAY = "essay"


CHOICES = frozenset({QuestionKind.SINGLE, QuestionKind.MULTIPLE})
CLOSED = frozenset(set(QuestionKind) - {QuestionKind.ESSAY})
"""Kinds that are marked by themselves; a person marks the others."""

AnswerValue = str | tuple[str, ...]
"""What a candidate answered: text, for several options a tuple of their texts; "" or () withdraws
an answer. A number is kept as it was typed."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question of one version of an exam.

    id: stays the same through the versions. text, explanation: Markdown; the explanation is shown
    with the results. options: of choices, each text once. correct: texts of right options, or the
    accepted texts of a short answer. number, tolerance: of a numeric question. negative_points:
    what a wrong answer costs. partial_credit: of a multiple choice, else all or nothing.
    """

    id: str
    kind: QuestionKind
    text: str
    options: tuple[str, ...] = ()
    correct: tuple[str, ...] = ()
    number: float | None = None
    tolerance: float = 0.0
    points: float = 1.0
    negative_points: float = 0.0
    partial_credit: bool = False
    case_sensitive: bool = False
    explanation: str = ""


class NotAnAnswer(ValueError):
    """The value is none that this question can have."""


def check_answer(question: Question, value: object) -> AnswerValue:
    """Return the value as it is kept: text without control characters, options in their order.

    value: from a client: a string, a number for numeric questions, a list of strings for multiple
    choices; None withdraws. Raises NotAnAnswer.
    """
    if question.kind is QuestionKind.MULTIPLE:
        return _several(question, value)
    if value is None:
        return ""
    if question.kind is QuestionKind.NUMERIC and isinstance(value, int | float):
        value = _digits(value)
    if not isinstance(value, str):
        raise NotAnAnswer("the answer is not a text")
    match question.kind:
        case QuestionKind.SINGLE:
            if value and value not in question.options:
                raise NotAnAnswer("the answer is none of the options")
            return value
        case QuestionKind.NUMERIC:
            return _number_text(value)
        case QuestionKind.SHORT:
            return _text(value, MAX_SHORT)
        case QuestionKind.ESSAY:
            return _text(value, MAX_ESSAY)
    raise AssertionError(question.kind)


def is_empty(value: AnswerValue) -> bool:
    """Whether the value stands for no answer."""
    return not value if isinstance(value, tuple) else not value.strip()


def as_number(text: str) -> float | None:
    """Read a number as people type it, with a point or a comma; None where it is none."""
    text = "".join(text.replace("\u2212", "-").split())
    if len(text) > _MAX_NUMBER or not _NUMBER.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    return number if math.isfinite(number) else None


def folded(text: str, *, case_sensitive: bool) -> str:
    """A short answer as it is compared: without odd spaces, forms of letters and, mostly, case."""
    plain = " ".join(unicodedata.normalize("NFKC", text).split())
    return plain if case_sensitive else plain.casefold()


def problems(question: Question) -> Iterator[str]:
    """Say in words what keeps the question from being asked; nothing where all is well."""
    if not question.text.strip():
        yield "the text is missing"
    if not 0 < question.points <= MAX_POINTS:
        yield f"the points must be more than 0 and at most {MAX_POINTS:g}"
    if not 0 <= question.negative_points <= question.points:
        yield "the points taken for a wrong answer must lie between 0 and the question's points"
    yield from _PROBLEMS_OF[question.kind](question)


def refusals(question: Question) -> Iterator[str]:
    """Say in words why the question can't even be kept as a draft; nothing where it can."""
    if not _ID.fullmatch(question.id):
        yield "its id is not made of up to 36 letters, digits, - and _"
    for name, text, longest in _texts(question):
        if len(text) > longest:
            yield f"{name} is longer than {longest} characters"
        if not is_clean(text):
            yield f"{name} has characters that can't be shown"
    if max(len(question.options), len(question.correct)) > MAX_OPTIONS:
        yield f"there are more than {MAX_OPTIONS} options"
    numbers = (question.number, question.tolerance, question.points, question.negative_points)
    if not all(one is None or math.isfinite(one) for one in numbers):
        yield "a number is not finite"


def is_clean(text: str) -> bool:
    """Whether the text has no control characters, apart from line ends and tabs."""
    return not any(_is_control(c) and c not in "\n\t" for c in text)


def tidied(question: Question) -> Question:
    """The question as it is kept: without what its kind has no use for, and without spaces around
    options and answers."""
    kind = question.kind
    is_numeric = kind is QuestionKind.NUMERIC
    has_texts = kind in CHOICES or kind is QuestionKind.SHORT
    return replace(
        question,
        text=_unix(question.text).strip(),
        explanation=_unix(question.explanation).strip(),
        options=_stripped(question.options) if kind in CHOICES else (),
        correct=tuple(dict.fromkeys(_stripped(question.correct))) if has_texts else (),
        number=question.number if is_numeric else None,
        tolerance=question.tolerance if is_numeric else 0.0,
        partial_credit=question.partial_credit and kind is QuestionKind.MULTIPLE,
        case_sensitive=question.case_sensitive and kind is QuestionKind.SHORT,
    )


def with_texts(question: Question, change: Callable[[str], str]) -> Question:
    """The question with every text that is shown put through a function."""
    return replace(
        question,
        text=change(question.text),
        explanation=change(question.explanation),
        options=tuple(map(change, question.options)),
        correct=tuple(map(change, question.correct)),
    )


def _texts(question: Question) -> Iterator[tuple[str, str, int]]:
    yield "the text", question.text, MAX_TEXT
    yield "the explanation", question.explanation, MAX_TEXT
    for option in question.options:
        yield "an option", option, MAX_OPTION
    for answer in question.correct:
        yield "a right answer", answer, MAX_OPTION


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _stripped(texts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_unix(text).strip() for text in texts)


def _numeric_problems(question: Question) -> Iterator[str]:
    if question.number is None:
        yield "the right number is missing"
    if question.tolerance < 0:
        yield "the tolerance is below 0"


def _short_problems(question: Question) -> Iterator[str]:
    if not any(text.strip() for text in question.correct):
        yield "an accepted answer is missing"


def _essay_problems(question: Question) -> Iterator[str]:
    if question.negative_points:
        yield "an essay can't take points"


def _choice_problems(question: Question) -> Iterator[str]:
    if len(question.options) < 2:
        yield "at least two options are needed"
    if any(not option.strip() for option in question.options):
        yield "an option is empty"
    if len(set(question.options)) != len(question.options):
        yield "two options are the same"
    if not set(question.correct) <= set(question.options):
        yield "a right answer is none of the options"
    if question.kind is QuestionKind.SINGLE and len(question.correct) != 1:
        yield "exactly one option must be right"
    if question.kind is QuestionKind.MULTIPLE and not question.correct:
        yield "at least one option must be right"


_PROBLEMS_OF: Mapping[QuestionKind, Callable[[Question], Iterator[str]]] = {
    QuestionKind.SINGLE: _choice_problems,
    QuestionKind.MULTIPLE: _choice_problems,
    QuestionKind.NUMERIC: _numeric_problems,
    QuestionKind.SHORT: _short_problems,
    QuestionKind.ESSAY: _essay_problems,
}


def _several(question: Question, value: object) -> tuple[str, ...]:
    if value is None or value == "":
        return ()
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise NotAnAnswer("the answer is not a list of texts")
    chosen = set(value)
    if not chosen <= set(question.options):
        raise NotAnAnswer("the answer has what is none of the options")
    return tuple(option for option in question.options if option in chosen)


def _digits(value: float) -> str:
    if isinstance(value, bool) or abs(value) >= _TOO_LARGE:
        raise NotAnAnswer("the answer is not a number")
    return f"{value!r}"


def _number_text(value: str) -> str:
    text = value.strip()
    if text and as_number(text) is None:
        raise NotAnAnswer("the answer is not a number")
    return text


def _text(value: str, longest: int) -> str:
    if len(value) > longest:
        raise NotAnAnswer(f"the answer is longer than {longest} characters")
    kept = (c for c in value.replace("\r\n", "\n") if c in "\n\t" or not _is_control(c))
    return "".join(kept)


def _is_control(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs")
