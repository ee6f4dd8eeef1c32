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


TABLE = [
    (Limit.SIGN_UP, 60),
    (Limit.LOG_IN_ADDRESS, 120),
    (Limit.LOG_IN_FAILURES, 10),
    (Limit.SECOND_FACTOR, 10),
    (Limit.RESET_ADDRESS, 20),
    (Limit.RESET_ACCOUNT, 5),
    (Limit.METER, 95),
    (Limit.START, 30),
    (Limit.FRAME, 20),
    (Limit.FACE_TRY_TAB, 12),
    (Limit.FACE_TRY_ADDRESS, 100),
    (Limit.FACE_LOOK_TAB, 5),
    (Limit.FACE_LOOK_ADDRESS, 900),
    (Limit.FACE_CHALLENGE_ADDRESS, 90),
    (Limit.FACE_CHALLENGE_ACCOUNT, 8),
    (Limit.FACE_LOGIN_ADDRESS, 80),
    (Limit.FACE_LOGIN_FAILURES, 5),
    (Limit.ENROL, 20),
    (Limit.EXPORT, 4),
    (Limit.ERASURE, 30),
]


@pytest.mark.parametrize(("limit", "allowed"), TABLE)
def test_given_a_limit_then_as_many_uses_pass_as_it_says(
    throttle: Throttle, limit: Limit, allowed: int
) -> None:
    assert _uses(throttle, limit, "a key") == allowed
    with pytest.raises(Throttled) as refused:
        throttle.hit(limit, "a key")
    assert 1 <= refused.value.retry_after_s <= 3600


def test_no_two_limits_share_a_rate_and_with_it_their_counts() -> None:
    """Members of an Enum with equal values are one member under two names."""
    assert [name for name, limit in Limit.__members__.items() if name != limit.name] == []


def test_every_limit_is_in_the_table_above() -> None:
    assert {limit for limit, _ in TABLE} == set(Limit)


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


def test_given_uses_that_are_given_back_then_they_are_not_counted(throttle: Throttle) -> None:
    for _ in range(100):
        throttle.hit(Limit.LOG_IN_FAILURES, "ana")
        throttle.give_back(Limit.LOG_IN_FAILURES, "ana")
    throttle.give_back(Limit.LOG_IN_FAILURES, "ana")  # one too many gives no credit

    assert _uses(throttle, Limit.LOG_IN_FAILURES, "ana") == 10


def test_given_a_use_is_given_back_then_another_key_gains_nothing(throttle: Throttle) -> None:
    for key in ("ana", "ben"):
        _uses(throttle, Limit.LOG_IN_FAILURES, key)

    throttle.give_back(Limit.LOG_IN_FAILURES, "ana")

    throttle.hit(Limit.LOG_IN_FAILURES, "ana")
    with pytest.raises(Throttled):
        throttle.hit(Limit.LOG_IN_FAILURES, "ben")
