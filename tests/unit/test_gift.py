"""Moodle's GIFT: what it says is taken over, what we can't say is refused by name, and what we
write is read again."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proctor_app.domain.question import Question, QuestionKind, tidied
from proctor_app.errors import TooLarge
from proctor_app.services.exam_views import FileInvalid, Problem
from proctor_app.services.gift import read_gift, write_gift
from tests.questions import questions
from tests.work import calls

K = QuestionKind


def _one(text: str) -> Question:
    (question,) = read_gift(text.encode())
    return question


def _refused(text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(FileInvalid) as refused:
        read_gift(text if isinstance(text, bytes) else text.encode())
    assert refused.value.code == "file_invalid"
    return refused.value.problems


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Who is buried in Grant's tomb? {=Grant ~nobody ~Napoleon}",
            Question(
                "",
                K.SINGLE,
                "Who is buried in Grant's tomb?",
                ("Grant", "nobody", "Napoleon"),
                ("Grant",),
            ),
        ),
        (
            "::title::Pick {~%50%a ~%50%b ~%-50%c ~%-50%d}",
            Question("", K.MULTIPLE, "Pick", ("a", "b", "c", "d"), ("a", "b"), partial_credit=True),
        ),
        (
            "Thirds {~%33.333%a ~%33.333%b ~%33.333%c ~%-100%d}",
            Question("", K.MULTIPLE, "Thirds", ("a", "b", "c", "d"), ("a", "b", "c")),
        ),
        (
            "Costs {=a ~%-25%b ~%-25%c}",
            Question("", K.SINGLE, "Costs", ("a", "b", "c"), ("a",), negative_points=0.25),
        ),
        (
            "Sun rises in the east. {T}",
            Question("", K.SINGLE, "Sun rises in the east.", ("True", "False"), ("True",)),
        ),
        (
            "Never {FALSE#wrong#right####general}",
            Question(
                "",
                K.SINGLE,
                "Never",
                ("True", "False"),
                ("False",),
                explanation="general\n\nwrong\n\nright",
            ),
        ),
        (
            "Two plus {=two =2} equals four.",
            Question("", K.SHORT, "Two plus _____ equals four.", correct=("two", "2")),
        ),
        (
            "Pi? {#3.14:0.01}",
            Question("", K.NUMERIC, "Pi?", number=3.14, tolerance=0.01),
        ),
        ("Range {#1..5}", Question("", K.NUMERIC, "Range", number=3.0, tolerance=2.0)),
        (
            "When? {#\n=1822:0#good\n}",
            Question("", K.NUMERIC, "When?", number=1822.0, explanation="1822:0: good"),
        ),
        ("Why? {}", Question("", K.ESSAY, "Why?")),
        (
            r"Escapes \~ \= \# \{ \} \: \\ \n end {=a \= b}",
            Question("", K.SHORT, "Escapes ~ = # { } : \\ \n end", correct=("a = b",)),
        ),
        (
            "[html]<p>One <b>two</b> &amp; <i>three</i><br>four</p><ul><li>x</li></ul>{T}",
            Question(
                "",
                K.SINGLE,
                "One **two** & *three*\nfour\n\n- x",
                ("True", "False"),
                ("True",),
            ),
        ),
        (
            "[markdown]a < b &amp; **c** {T}",
            Question("", K.SINGLE, "a < b &amp; **c**", ("True", "False"), ("True",)),
        ),
        (
            "// a comment\n$CATEGORY: x/y\n\n// another\nFeedback {=a#yes ~b#no}",
            Question(
                "",
                K.SINGLE,
                "Feedback",
                ("a", "b"),
                ("a",),
                explanation="a: yes\n\nb: no",
            ),
        ),
        (
            "// proctor: points=2.5 negative=0.5 case=yes\nNoted {=Ada}",
            Question(
                "",
                K.SHORT,
                "Noted",
                correct=("Ada",),
                points=2.5,
                negative_points=0.5,
                case_sensitive=True,
            ),
        ),
    ],
)
def test_given_a_question_that_can_be_said_here_then_it_is_taken_over(
    text: str, expected: Question
) -> None:
    assert _one(text) == expected


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Match {=a -> 1 =b -> 2}", "matching question"),
        ("Only a description", "a description is no question"),
        ("Open {=a", "not closed"),
        ("Open {=a\n\nGood {T}", "not closed"),
        ("Stray } here", "stands alone"),
        ("Two {=a} and {=b}", "more than one pair"),
        ("Nothing {a}", "begins with = or ~"),
        ("No right {~a ~b}", "No option is right"),
        ("Two right {=a =b ~c}", "exactly one option"),
        ("Half {=%50%a =b}", "part of the points"),
        ("Uneven {~%30%a ~%70%b}", "different weights"),
        ("Too few {~%20%a ~%20%b}", "add up to 100"),
        ("Odd costs {=a ~%-50%b ~%-25%c}", "cost the same"),
        ("Gives {=a ~%50%b}", "cost the same"),
        ("Number {#x}", "not a number"),
        ("Numbers {#=1 =2}", "one right answer"),
        ("Backwards {#5..1}", "end lies before"),
        ("[html]<img src='x.png'>{T}", "picture"),
        ("Heavy {=a ~%900%b}", "between -100 and 100"),
        ("Same {=a ~a}", "Two options are the same"),
        ("{T}", "The text is missing"),
        ("// proctor: points=0 negative=0\nFree {T}", "points must be more than 0"),
        ("// proctor: points=1e999\nRich {T}", "not finite"),
        ("// proctor: points=1-1\nOdd {T}", "not a number"),
        ("Long " + "x" * 10_001 + "{T}", "longer than 10000"),
        ("Much {=a " + "~b " * 20 + "}", "more than 20 options"),
        ("x" * 200_001 + " {T}", "too long for one question"),
    ],
)
def test_given_what_cannot_be_said_here_then_it_is_refused_with_its_line_and_reason(
    text: str, word: str
) -> None:
    problems = _refused("Good {T}\n\n\n" + text)

    where = 4 + text.count("//")
    assert all(problem.row == where for problem in problems)
    assert any(word in problem.text for problem in problems), problems


def test_given_several_mistakes_then_all_are_told_with_their_lines_and_nothing_is_taken() -> None:
    text = "Good {T}\n\nBad\n\n\nGood {T}\n\n::t::\nBad {"

    with pytest.raises(FileInvalid) as refused:
        read_gift(text.encode())

    assert [problem.row for problem in refused.value.problems] == [3, 8]
    assert refused.value.detail.startswith("Line 3: This has no answers in braces")
    assert "\nLine 8: " in refused.value.detail


def test_given_very_many_mistakes_then_the_first_fifty_are_told() -> None:
    with pytest.raises(FileInvalid) as refused:
        read_gift(b"bad\n\n" * 100_000)

    assert len(refused.value.problems) == 50
    assert refused.value.detail.endswith("... and 150 more.")


@pytest.mark.parametrize(
    "data", [b"", b"\n\n", b"\xef\xbb\xbf", b"// only\n\n", b"$CATEGORY: a\n\n"]
)
def test_given_no_question_then_that_is_said(data: bytes) -> None:
    assert _refused(data) == (Problem(0, "There is no question in the file."),)


def test_given_bytes_that_are_no_text_then_the_line_is_told() -> None:
    assert _refused(b"Good {T}\n\nB\xe4d {T}") == (Problem(3, "This is not UTF-8 text."),)
    assert _refused(b"Good {T}\n\n\x00 {T}")[0].row == 3


def test_given_line_ends_of_any_system_and_a_byte_order_mark_then_the_same_is_read() -> None:
    text = "One {T}\n\nTwo {=a\n~b}\n"
    expected = read_gift(text.encode())

    for end in ("\r\n", "\r"):
        assert read_gift(text.replace("\n", end).encode("utf-8-sig")) == expected


def test_given_too_many_questions_or_bytes_then_it_is_refused() -> None:
    assert "more than 300" in _refused("Q {T}\n\n" * 301)[0].text
    with pytest.raises(TooLarge):
        read_gift(b"x" * (4 * 1024 * 1024 + 1))


@pytest.mark.parametrize(
    "piece",
    ["<!--", "a\n\n", "::a", "{", "\\", "=a ", "#", "<p ", "\n", "&", "~%", "//\n", "{}", "->"],
)
@pytest.mark.parametrize("start", ["a {", "[html]"])
def test_given_four_megabytes_of_anything_then_the_work_grows_no_faster_than_the_file(
    start: str, piece: str
) -> None:
    def read(size: int) -> None:
        data = (start + piece * (size // len(piece))).encode()[:size] + b" {T}"
        with suppress(FileInvalid):
            read_gift(data)

    read(4 * 1024 * 1024 - 100)  # does not hang

    assert calls(lambda: read(100_000)) < 400_000


@given(st.lists(questions(), min_size=1, max_size=5))
@settings(max_examples=200, deadline=None)
def test_given_any_questions_then_what_is_written_is_read_again(found: list[Question]) -> None:
    expected = tuple(tidied(question) for question in found)

    assert tuple(_comparable(one) for one in read_gift(write_gift(expected))) == tuple(
        _comparable(one) for one in expected
    )


def _comparable(question: Question) -> Question:
    """GIFT says nothing of the order of right options."""
    return replace(question, correct=tuple(sorted(question.correct)))


_AWKWARD = [
    "%50% off", "%x", "a -> b", "c -> d", "->", "-\\> e", "-> %1%", "[html] tag", "[markdown]",
    "[plain] <b>x</b>", "[HTML]<p>y</p>", "T", "FALSE", "=1", "a#b", "1..2", "// proctor: points=9",
]  # fmt: skip
_awkward = st.lists(st.sampled_from(_AWKWARD), min_size=2, max_size=6, unique=True).map(tuple)


@given(_awkward, st.sampled_from(_AWKWARD), st.sampled_from([0.0, 1e-7, 0.3, 1.0]), st.data())
@settings(max_examples=200, deadline=None)
def test_given_texts_that_look_like_signs_of_the_format_then_they_come_back_as_they_were(
    texts: tuple[str, ...], text: str, cost: float, data: st.DataObject
) -> None:
    kind = data.draw(st.sampled_from([K.SINGLE, K.MULTIPLE, K.SHORT]))
    made = Question("", kind, text, points=1.0, negative_points=cost, explanation=text)
    if kind is K.SHORT:
        made = replace(made, correct=texts)
    else:
        made = replace(made, options=texts, correct=texts[:1])

    assert [_comparable(one) for one in read_gift(write_gift([made]))] == [_comparable(made)]


def test_given_options_with_arrows_then_only_accepted_answers_make_a_matching_question() -> None:
    assert _one("Which? {=a -> b ~c -> d}").options == ("a -> b", "c -> d")
    assert "matching" in _refused("Which? {=a -> b =c -> d}")[0].text
