"""Receipts: the same for the same, another for anything else."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from proctor_app.services.receipts import is_same, key_of, receipt

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANSWERS = [("q1", '"4"'), ("q2", '["a","b"]')]
KEY = key_of("a secret")
CODE = receipt(KEY, "an-attempt", AT, ANSWERS)


def test_given_an_end_then_the_code_is_short_and_readable() -> None:
    assert re.fullmatch(r"([A-Z2-7]{4}-){3}[A-Z2-7]{4}", CODE)


def test_given_the_same_in_another_order_then_it_is_the_same_code() -> None:
    assert receipt(KEY, "an-attempt", AT, [*reversed(ANSWERS), ("q3", "")]) == CODE


@pytest.mark.parametrize(
    ("key", "attempt_id", "ended_at", "answers"),
    [
        (key_of("another secret"), "an-attempt", AT, ANSWERS),
        (KEY, "another", AT, ANSWERS),
        (KEY, "an-attempt", AT + timedelta(microseconds=1), ANSWERS),
        (KEY, "an-attempt", AT, ANSWERS[:1]),
        (KEY, "an-attempt", AT, [("q1", '"5"'), ANSWERS[1]]),
        (KEY, "an-attempt", AT, []),
    ],
)
def test_given_anything_else_then_it_is_another_code(
    key: bytes, attempt_id: str, ended_at: datetime, answers: list[tuple[str, str]]
) -> None:
    assert receipt(key, attempt_id, ended_at, answers) != CODE


@pytest.mark.parametrize("typed", [CODE.lower(), CODE.replace("-", " "), f" {CODE}\n"])
def test_given_the_code_as_people_type_it_then_it_is_the_same(typed: str) -> None:
    assert is_same(CODE, typed)


@pytest.mark.parametrize("typed", ["", "AAAA", CODE[:-1], "\ud800\u00e9"])
def test_given_another_code_then_it_is_not(typed: str) -> None:
    assert not is_same(CODE, typed)
