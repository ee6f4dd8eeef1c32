"""Marking closed questions. Pure; a person marks the others."""

from proctor_app.domain.question import (
    AnswerValue,
    Question,
    QuestionKind,
    as_number,
    folded,
    is_empty,
)

_RELATIVE_SLACK = 1e-9
"""3.1 typed and 3.1 computed differ in their last bits; the tolerance is never cut by those."""


def mark(question: Question, value: AnswerValue | None) -> float | None:
    """Points for an answer, None where a person must give them.

    No answer gets 0, a wrong one minus ``negative_points``. Partial credit for several options:
    the share of right ones chosen less the share of wrong ones; with nothing left of it the answer
    counts as wrong.
    """
    if value is None or is_empty(value):
        return 0.0
    if question.kind is QuestionKind.ESSAY:
        return None
    if question.kind is QuestionKind.MULTIPLE and question.partial_credit:
        return _partial(question, value)
    return question.points if is_right(question, value) else -question.negative_points


def is_right(question: Question, value: AnswerValue) -> bool:
    """Whether an answer to a closed question is wholly right."""
    match question.kind:
        case QuestionKind.SINGLE:
            return value in question.correct
        case QuestionKind.MULTIPLE:
            return set(value) == set(question.correct)
        case QuestionKind.NUMERIC:
            return isinstance(value, str) and _near(question, as_number(value))
        case QuestionKind.SHORT:
            assert isinstance(value, str)
            given = folded(value, case_sensitive=question.case_sensitive)
            accepted = (
                folded(text, case_sensitive=question.case_sensitive) for text in question.correct
            )
            return given in accepted
        case QuestionKind.ESSAY:
            raise ValueError("a person marks essays")


def total(points: list[float | None]) -> float | None:
    """The score: the sum, never below 0; None while one of them is missing."""
    known = [one for one in points if one is not None]
    return None if len(known) < len(points) else round(max(0.0, sum(known)), 4)


def _near(question: Question, number: float | None) -> bool:
    if number is None or question.number is None:
        return False
    slack = _RELATIVE_SLACK * max(1.0, abs(question.number))
    return abs(number - question.number) <= question.tolerance + slack


def _partial(question: Question, value: AnswerValue) -> float:
    chosen, right = set(value), set(question.correct)
    wrong = set(question.options) - right
    share = len(chosen & right) / len(right)
    if wrong:
        share -= len(chosen & wrong) / len(wrong)
    if share <= 0:
        return -question.negative_points
    return round(question.points * share, 4)
