"""Questions: what counts as an answer, and what keeps a question from being asked."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.domain.question import (
    MAX_ESSAY,
    MAX_OPTIONS,
    MAX_SHORT,
    MAX_TEXT,
    NotAnAnswer,
    Question,
    QuestionKind,
    as_number,
    check_answer,
    folded,
    is_empty,
    problems,
    refusals,
    tidied,
    with_texts,
)
from tests.questions import questions

K = QuestionKind
SINGLE = Question("q1", K.SINGLE, "Which?", ("a", "b", "c"), ("b",))
MULTIPLE = Question("q2", K.MULTIPLE, "Which ones?", ("a", "b", "c"), ("a", "c"))
NUMERIC = Question("q3", K.NUMERIC, "How much?", number=3.5, tolerance=0.1)
SHORT = Question("q4", K.SHORT, "Who?", correct=("Ada",))
ESSAY = Question("q5", K.ESSAY, "Why?")
ALL = (SINGLE, MULTIPLE, NUMERIC, SHORT, ESSAY)
WITHOUT_TEXT = replace(SINGLE, text="  ")


@pytest.mark.parametrize(
    ("question", "value", "kept"),
    [
        (SINGLE, "b", "b"),
        (SINGLE, None, ""),
        (SINGLE, "", ""),
        (MULTIPLE, ["c", "a", "c"], ("a", "c")),
        (MULTIPLE, [], ()),
        (MULTIPLE, None, ()),
        (MULTIPLE, "", ()),
        (MULTIPLE, ("b",), ("b",)),
        (NUMERIC, " 3,5 ", "3,5"),
        (NUMERIC, 3.5, "3.5"),
        (NUMERIC, 4, "4"),
        (NUMERIC, "", ""),
        (NUMERIC, "-1e-3", "-1e-3"),
        (SHORT, "Ada\x00 L", "Ada L"),
        (ESSAY, "one\r\ntwo\tthree\x07", "one\ntwo\tthree"),
        (ESSAY, "x" * MAX_ESSAY, "x" * MAX_ESSAY),
    ],
)
def test_given_an_answer_of_the_right_kind_then_it_is_kept_as_it_will_be_read(
    question: Question, value: object, kept: object
) -> None:
    assert check_answer(question, value) == kept


@pytest.mark.parametrize(
    ("question", "value"),
    [
        (SINGLE, "d"),
        (SINGLE, ["b"]),
        (SINGLE, 1),
        (MULTIPLE, ["a", "d"]),
        (MULTIPLE, "a"),
        (MULTIPLE, [1]),
        (MULTIPLE, {"a": 1}),
        (NUMERIC, "many"),
        (NUMERIC, "1 or 2"),
        (NUMERIC, "1.2.3"),
        (NUMERIC, "9" * 65),
        (NUMERIC, float("nan")),
        (NUMERIC, float("inf")),
        (NUMERIC, []),
        (SHORT, "x" * (MAX_SHORT + 1)),
        (SHORT, 7),
        (ESSAY, "x" * (MAX_ESSAY + 1)),
    ],
)
def test_given_a_value_that_the_question_cannot_have_then_it_is_no_answer(
    question: Question, value: object
) -> None:
    with pytest.raises(NotAnAnswer):
        check_answer(question, value)


@pytest.mark.parametrize("value", [True, False, 10**64, float("nan"), float("-inf")])
def test_given_what_is_no_number_to_people_then_it_is_no_answer(value: float) -> None:
    with pytest.raises(NotAnAnswer):
        check_answer(NUMERIC, value)


@pytest.mark.parametrize(
    ("value", "empty"), [("", True), ("  ", True), ((), True), ("0", False), (("a",), False)]
)
def test_given_a_value_then_it_is_told_whether_anything_was_answered(
    value: str | tuple[str, ...], empty: bool
) -> None:
    assert is_empty(value) is empty


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("3", 3.0),
        ("+3.50", 3.5),
        ("3,5", 3.5),
        ("\N{MINUS SIGN}2", -2.0),
        (" 1 000 ", 1000.0),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
        ("1e-999", 0.0),
        ("1e999", None),
        ("", None),
        ("e3", None),
        ("1e", None),
        ("0x10", None),
        ("infinity", None),
        ("nan", None),
        ("\N{ARABIC-INDIC DIGIT ONE}", 1.0),
        ("1_000", None),
    ],
)
def test_given_a_number_as_people_type_it_then_it_is_read(text: str, number: float | None) -> None:
    assert as_number(text) == number


@pytest.mark.parametrize(
    ("left", "right", "case_sensitive", "same"),
    [
        ("Ada  Lovelace", " ada lovelace ", False, True),
        ("Ada", "ada", True, False),
        ("ﬁn", "fin", True, True),
        ("STRASSE", "straße", False, True),
        ("café", "cafe", False, False),
        ("cafe\u0301", "café", True, True),
    ],
)
def test_given_two_short_answers_then_odd_forms_of_letters_make_no_difference(
    left: str, right: str, case_sensitive: bool, same: bool
) -> None:
    found = {folded(one, case_sensitive=case_sensitive) for one in (left, right)}
    assert (len(found) == 1) is same


@pytest.mark.parametrize("question", ALL)
def test_given_a_whole_question_then_nothing_keeps_it_from_being_asked(question: Question) -> None:
    assert list(problems(question)) == []
    assert list(refusals(question)) == []


@pytest.mark.parametrize(
    ("question", "word"),
    [
        (WITHOUT_TEXT, "text is missing"),
        (replace(SINGLE, points=0), "points must be more than 0"),
        (replace(SINGLE, points=1001), "points must be more than 0"),
        (replace(SINGLE, negative_points=2), "taken for a wrong answer"),
        (replace(SINGLE, negative_points=-1), "taken for a wrong answer"),
        (replace(SINGLE, options=("b",)), "at least two options"),
        (replace(SINGLE, options=("b", " ")), "an option is empty"),
        (replace(SINGLE, options=("b", "b")), "two options are the same"),
        (replace(SINGLE, correct=("d",)), "none of the options"),
        (replace(SINGLE, correct=()), "exactly one option"),
        (replace(SINGLE, correct=("a", "b")), "exactly one option"),
        (replace(MULTIPLE, correct=()), "at least one option must be right"),
        (replace(NUMERIC, number=None), "right number is missing"),
        (replace(NUMERIC, tolerance=-1), "tolerance is below 0"),
        (replace(SHORT, correct=(" ",)), "accepted answer is missing"),
        (replace(ESSAY, negative_points=0.5), "an essay can't take points"),
    ],
)
def test_given_something_missing_then_it_is_said_in_words(question: Question, word: str) -> None:
    assert any(word in problem for problem in problems(question)), list(problems(question))


@pytest.mark.parametrize(
    "question",
    [
        replace(SINGLE, id=""),
        replace(SINGLE, id="a b"),
        replace(SINGLE, id="x" * 37),
        replace(SINGLE, text="x" * (MAX_TEXT + 1)),
        replace(SINGLE, text="a\x00b"),
        replace(SINGLE, text="a\ud800b"),
        replace(SINGLE, explanation="x" * (MAX_TEXT + 1)),
        replace(SINGLE, options=("a", "b" * 1001)),
        replace(SINGLE, options=tuple(str(number) for number in range(MAX_OPTIONS + 1))),
        replace(SHORT, correct=("x" * 1001,)),
        replace(NUMERIC, number=math.nan),
        replace(NUMERIC, tolerance=math.inf),
        replace(ESSAY, points=math.nan),
    ],
)
def test_given_what_no_draft_may_hold_then_it_is_refused(question: Question) -> None:
    assert list(refusals(question))


def test_given_a_question_whose_kind_was_changed_then_what_it_no_longer_needs_goes() -> None:
    full = Question(
        "q",
        K.NUMERIC,
        " How\r\nmuch? ",
        (" a ", "b"),
        (" a ", "a"),
        number=1.0,
        tolerance=0.5,
        partial_credit=True,
        case_sensitive=True,
    )
    kept = {
        K.SINGLE: {"options": ("a", "b"), "correct": ("a",)},
        K.MULTIPLE: {"options": ("a", "b"), "correct": ("a",), "partial_credit": True},
        K.NUMERIC: {"number": 1.0, "tolerance": 0.5},
        K.SHORT: {"correct": ("a",), "case_sensitive": True},
        K.ESSAY: {},
    }
    for kind, fields in kept.items():
        expected = Question("q", kind, "How\nmuch?", **fields)  # type: ignore[arg-type]
        assert tidied(replace(full, kind=kind)) == expected


@given(questions("q"))
def test_given_any_whole_question_then_tidying_changes_nothing_more(question: Question) -> None:
    once = tidied(question)

    assert tidied(once) == once
    assert list(refusals(once)) == []
    assert with_texts(once, lambda text: text) == once


@given(questions("q"), st.text(max_size=50) | st.lists(st.text(max_size=5), max_size=4))
def test_given_any_value_then_it_is_an_answer_that_stays_the_same_or_none(
    question: Question, value: object
) -> None:
    try:
        kept = check_answer(question, value)
    except NotAnAnswer:
        return
    assert check_answer(question, kept) == kept
