"""Marking closed questions, as tables and for any question at all."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.domain.marking import is_right, mark, total
from proctor_app.domain.question import (
    AnswerValue,
    NotAnAnswer,
    Question,
    QuestionKind,
    check_answer,
)
from tests.questions import questions

K = QuestionKind
SINGLE = Question("q", K.SINGLE, "?", ("a", "b", "c"), ("b",), points=2, negative_points=0.5)
MULTIPLE = Question(
    "q", K.MULTIPLE, "?", ("a", "b", "c", "d"), ("a", "b"), points=4, negative_points=1
)
PARTIAL = replace(MULTIPLE, partial_credit=True)
ALL_RIGHT = replace(PARTIAL, correct=("a", "b", "c", "d"))
NUMERIC = Question("q", K.NUMERIC, "?", number=3.1, tolerance=0.1, points=2, negative_points=1)
EXACT = replace(NUMERIC, tolerance=0.0)
SHORT = Question("q", K.SHORT, "?", correct=("Ada Lovelace", "Ada"), points=3)
STRICT = replace(SHORT, case_sensitive=True)
ESSAY = Question("q", K.ESSAY, "?", points=10)


@pytest.mark.parametrize(
    ("question", "value", "points"),
    [
        (SINGLE, "b", 2),
        (SINGLE, "a", -0.5),
        (SINGLE, "", 0),
        (SINGLE, None, 0),
        (MULTIPLE, ("a", "b"), 4),
        (MULTIPLE, ("b", "a"), 4),
        (MULTIPLE, ("a",), -1),
        (MULTIPLE, ("a", "b", "c"), -1),
        (MULTIPLE, (), 0),
        (PARTIAL, ("a", "b"), 4),
        (PARTIAL, ("a",), 2),
        (PARTIAL, ("a", "b", "c"), 2),
        (PARTIAL, ("a", "c"), -1),
        (PARTIAL, ("a", "b", "c", "d"), -1),
        (PARTIAL, ("c",), -1),
        (PARTIAL, (), 0),
        (ALL_RIGHT, ("a", "b", "c"), 3),
        (NUMERIC, "3.1", 2),
        (NUMERIC, "3,2", 2),
        (NUMERIC, "3.0", 2),
        (NUMERIC, "3.21", -1),
        (NUMERIC, "nothing", -1),
        (EXACT, "3.1", 2),
        (EXACT, "3.10", 2),
        (EXACT, "31e-1", 2),
        (EXACT, "3.1000001", -1),
        (SHORT, "ada", 3),
        (SHORT, " ADA  lovelace", 3),
        (SHORT, "Babbage", 0),
        (STRICT, "ada", 0),
        (STRICT, "Ada", 3),
        (ESSAY, "words", None),
        (ESSAY, "", 0),
        (ESSAY, "  \n", 0),
        (ESSAY, None, 0),
    ],
)
def test_given_an_answer_then_it_gets_its_points(
    question: Question, value: AnswerValue | None, points: float | None
) -> None:
    assert mark(question, value) == points


def test_given_an_essay_then_nobody_but_a_person_says_whether_it_is_right() -> None:
    with pytest.raises(ValueError, match="a person"):
        is_right(ESSAY, "words")


def test_given_a_tolerance_then_its_ends_belong_to_it_whatever_a_computer_makes_of_decimals() -> (
    None
):
    for tenths in range(1, 1000):
        question = replace(NUMERIC, number=tenths / 10, tolerance=0.1)
        for typed in (tenths - 1, tenths + 1):
            assert mark(question, f"{typed / 10:.1f}") == 2, (tenths, typed)


@pytest.mark.parametrize(
    ("points", "score"),
    [
        ([], 0),
        ([1.0, 2.5], 3.5),
        ([1.0, None], None),
        ([-2.0, 1.0], 0),
        ([0.1, 0.2], 0.3),
    ],
)
def test_given_the_points_of_all_questions_then_the_score_is_their_sum_but_never_below_none(
    points: list[float | None], score: float | None
) -> None:
    assert total(points) == score


@given(questions("q"), st.data())
def test_given_any_answer_then_its_points_lie_between_the_worst_and_the_best(
    question: Question, data: st.DataObject
) -> None:
    value = data.draw(_answers(question))
    points = mark(question, value)

    if points is None:
        assert question.kind is K.ESSAY
        return
    assert -question.negative_points <= points <= question.points
    if question.kind is not K.ESSAY and value and points == question.points:
        assert is_right(question, value) or question.points == -question.negative_points


@given(questions("q"))
def test_given_the_right_answer_then_it_gets_all_of_the_points(question: Question) -> None:
    if question.kind is K.ESSAY:
        return
    right: AnswerValue = question.correct[:1][0] if question.correct else ""
    if question.kind is K.MULTIPLE:
        right = question.correct
    if question.kind is K.NUMERIC:
        right = repr(question.number)
    assert mark(question, check_answer(question, right)) == question.points


@given(questions("q"), st.permutations(["a", "b", "c", "d"]))
def test_given_options_in_another_order_then_the_points_are_the_same(
    question: Question, order: list[str]
) -> None:
    shuffled = replace(PARTIAL, options=tuple(order))
    for value in (("a",), ("a", "c"), ("b", "a")):
        assert mark(shuffled, value) == mark(PARTIAL, value)


def _answers(question: Question) -> st.SearchStrategy[AnswerValue]:
    if question.kind is K.MULTIPLE:
        return st.lists(st.sampled_from(question.options), unique=True).map(tuple)
    if question.kind is K.SINGLE:
        return st.sampled_from(question.options)
    return st.text(max_size=30).filter(lambda text: _is_answer(question, text))


def _is_answer(question: Question, text: str) -> bool:
    try:
        check_answer(question, text)
    except NotAnAnswer:
        return False
    return True
