"""Too often is refused, with the seconds to wait; one key never pays for another."""

from contextlib import suppress

import pytest

from proctor_app.errors import Throttled
from proctor_app.services.throttle import Limit, Throttle


@pytest.fixture
def throttle() -> Throttle:
    return Throttle()


def _uses(throttle: Throttle, limit: Limit, key: str) -> int:
    """How many uses pass before one is refused."""
    for count in range(1000):
        with suppress(Throttled):
            throttle.hit(limit, key)
            continue
        return count
    raise AssertionError("never refused")


@pytest.mark.parametrize(
    ("limit", "allowed"),
    [
        (Limit.SIGN_UP, 60),
        (Limit.LOG_IN_ADDRESS, 120),
        (Limit.LOG_IN_FAILURES, 10),
        (Limit.START, 30),
        (Limit.FRAME, 20),
    ],
)
def test_given_a_limit_then_as_many_uses_pass_as_it_says(
    throttle: Throttle, limit: Limit, allowed: int
) -> None:
    assert _uses(throttle, limit, "a key") == allowed
    with pytest.raises(Throttled) as refused:
        throttle.hit(limit, "a key")
    assert 1 <= refused.value.retry_after_s <= 60


def test_every_limit_is_in_the_table_above() -> None:
    assert [limit.name for limit in Limit] == [
        "SIGN_UP",
        "LOG_IN_ADDRESS",
        "LOG_IN_FAILURES",
        "START",
        "FRAME",
    ]


def test_given_one_key_is_throttled_then_another_key_and_another_limit_are_not(
    throttle: Throttle,
) -> None:
    _uses(throttle, Limit.LOG_IN_FAILURES, "ana")

    with pytest.raises(Throttled):
        throttle.hit(Limit.LOG_IN_FAILURES, "ana")
    throttle.hit(Limit.LOG_IN_FAILURES, "ben")
    throttle.hit(Limit.START, "ana")


def test_given_a_check_then_nothing_is_counted(throttle: Throttle) -> None:
    for _ in range(100):
        throttle.check(Limit.LOG_IN_FAILURES, "ana")

    assert _uses(throttle, Limit.LOG_IN_FAILURES, "ana") == 10
    with pytest.raises(Throttled):
        throttle.check(Limit.LOG_IN_FAILURES, "ana")
