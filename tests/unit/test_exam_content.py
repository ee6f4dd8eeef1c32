"""An exam's content and terms: orders that never change, and what is said about what is wrong."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proctor_app.domain.exam import (
    THINGS,
    ExamContent,
    ExamTerms,
    arranged,
    problems,
    refusals,
    term_refusals,
    thing_refusals,
    tidied,
    with_texts,
)
from proctor_app.domain.question import CHOICES, Question, QuestionKind
from proctor_app.state import watching_words
from proctor_app.vision.models.objects import LABELS
from tests.questions import questions

LETTERS = tuple("abcdefgh")
CHOICE = Question("c", QuestionKind.SINGLE, "?", LETTERS, ("a",))
CONTENT = ExamContent(
    "Geography", questions=tuple(replace(CHOICE, id=f"q{number}") for number in range(8))
)
SHUFFLED = replace(CONTENT, shuffle_questions=True, shuffle_options=True)


def _order(content: ExamContent, seed: int) -> list[str]:
    return [question.id for question in arranged(content, seed)]


def test_given_an_exam_that_is_not_shuffled_then_everybody_sees_it_as_written() -> None:
    for seed in range(50):
        assert arranged(CONTENT, seed) == CONTENT.questions


def test_given_a_seed_then_the_order_is_the_same_whenever_it_is_asked() -> None:
    # As they were when this was written: another version of Python must not shuffle otherwise.
    assert _order(SHUFFLED, 7) == ["q6", "q7", "q2", "q4", "q0", "q3", "q1", "q5"]
    assert "".join(arranged(SHUFFLED, 7)[0].options) == "ehfagdbc"
    for seed in range(50):
        assert arranged(SHUFFLED, seed) == arranged(SHUFFLED, seed)


def test_given_many_seeds_then_every_question_and_option_comes_first_about_as_often() -> None:
    seeds = range(2000)
    first = Counter(_order(SHUFFLED, seed)[0] for seed in seeds)
    option = Counter(arranged(SHUFFLED, seed)[0].options[0] for seed in seeds)

    for counted in (first, option):
        assert len(counted) == 8
        assert min(counted.values()) > 180
        assert max(counted.values()) < 320


def test_given_options_alone_are_shuffled_then_questions_keep_their_order_and_each_its_own() -> (
    None
):
    found = arranged(replace(CONTENT, shuffle_options=True), 3)

    assert [question.id for question in found] == [question.id for question in CONTENT.questions]
    assert len({question.options for question in found}) > 4


@given(st.lists(questions(), max_size=6), st.integers(0, 2**31), st.booleans(), st.booleans())
def test_given_any_exam_then_shuffling_loses_and_adds_nothing(
    found: list[Question], seed: int, of_questions: bool, of_options: bool
) -> None:
    named = tuple(replace(question, id=f"q{number}") for number, question in enumerate(found))
    content = ExamContent(
        "T", questions=named, shuffle_questions=of_questions, shuffle_options=of_options
    )
    seen = {question.id: question for question in arranged(content, seed)}

    assert len(seen) == len(named)
    for question in named:
        after = seen[question.id]
        assert sorted(after.options) == sorted(question.options)
        assert replace(after, options=question.options) == question
        if question.kind not in CHOICES:
            assert after == question


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (CONTENT, []),
        (replace(CONTENT, title=" "), ["The title is missing."]),
        (replace(CONTENT, questions=()), ["There is no question yet."]),
        (replace(CONTENT, questions=(CHOICE, CHOICE)), ["Two questions have the same id."]),
        (
            replace(CONTENT, questions=(CHOICE, replace(CHOICE, id="d", text=""))),
            ["Question 2: the text is missing."],
        ),
        (
            replace(CONTENT, duration_minutes=0),
            ["The duration must lie between 1 and 1440 minutes."],
        ),
    ],
)
def test_given_an_exam_then_it_is_said_what_keeps_it_from_being_published(
    content: ExamContent, expected: list[str]
) -> None:
    assert list(problems(content)) == expected


def test_given_too_many_questions_and_too_long_a_text_then_neither_is_kept_nor_published() -> None:
    many = tuple(replace(CHOICE, id=f"q{number}") for number in range(301))
    content = replace(CONTENT, questions=many, description="x" * 10_001)

    for found in (list(problems(content)), list(refusals(content))):
        assert "There are more than 300 questions." in found
        assert "The description is longer than 10000 characters." in found


@pytest.mark.parametrize(
    ("terms", "word"),
    [
        (ExamTerms(), ""),
        (ExamTerms(code="AB-1"), ""),
        (ExamTerms(code="ab1"), "A code has"),
        (ExamTerms(code="-AB"), "A code has"),
        (ExamTerms(code="A" * 17), "A code has"),
        (ExamTerms(opens_at=datetime(2026, 1, 1)), "without a time zone"),  # noqa: DTZ001
        (ExamTerms(opens_at=datetime(1999, 1, 1, tzinfo=UTC)), "the years 2000"),
        (ExamTerms(closes_at=datetime(2200, 1, 1, tzinfo=UTC)), "the years 2000"),
        (ExamTerms(attempts_allowed=-1), "number of attempts"),
        (ExamTerms(attempts_allowed=0), ""),
        (ExamTerms(retention_days=0), "kept for 1"),
        (ExamTerms(reviewers=0), "one person, or two"),
    ],
)
def test_given_terms_then_it_is_said_what_is_wrong_with_them(terms: ExamTerms, word: str) -> None:
    found = list(term_refusals(terms))

    assert len(found) == bool(word)
    assert not word or word in found[0]


def test_given_a_content_then_it_is_tidied_once_and_every_text_can_be_changed() -> None:
    untidy = replace(
        CONTENT,
        title="  Geo \t graphy ",
        description=" a\r\nb ",
        forbidden=("book", "book"),
        questions=(replace(CHOICE, id="", text=" ? "),),
    )

    once = tidied(untidy, lambda: "new")

    assert (once.title, once.description, once.forbidden) == ("Geo graphy", "a\nb", ("book",))
    assert (once.questions[0].id, once.questions[0].text) == ("new", "?")
    assert tidied(once, lambda: "newer") == once
    loud = with_texts(once, str.upper)
    assert (loud.description, loud.questions[0].correct) == ("A\nB", ("A",))
    assert loud.title == once.title


def test_given_questions_then_the_most_points_are_their_sum() -> None:
    tenths = tuple(replace(CHOICE, id=f"q{number}", points=0.1) for number in range(3))

    assert replace(CONTENT, questions=tenths).max_points == 0.3
    assert CONTENT.question("q3") == CONTENT.questions[3]
    assert CONTENT.question("none") is None


@pytest.mark.parametrize("title", ["گل\u200cپری", "\U0001f468\u200d\U0001f469\u200d\U0001f467"])
def test_given_a_title_with_joiners_then_it_is_kept_as_it_was_written(title: str) -> None:
    content = replace(CONTENT, title=title)

    assert not list(refusals(content))
    assert tidied(content, str).title == title


def test_given_a_title_of_joiners_alone_then_it_is_none() -> None:
    content = tidied(replace(CONTENT, title=" \u200d \u200c"), str)

    assert content.title == ""
    assert list(problems(content)) == ["The title is missing."]


def test_given_what_pictures_are_searched_for_then_just_that_can_be_forbidden() -> None:
    assert set(THINGS) == set(LABELS)
    assert set(watching_words.THINGS) < set(THINGS)
    assert list(thing_refusals(THINGS)) == []


def test_given_a_thing_that_nothing_finds_then_it_is_refused_unless_the_exam_had_it() -> None:
    things = ("book", "drone", "cup")
    assert [place for place, _ in thing_refusals(things)] == [1, 2]
    assert [place for place, _ in thing_refusals(things, older=("cup",))] == [1]
