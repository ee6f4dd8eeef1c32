"""Too often is refused, with the seconds to wait; one key never pays for another."""

import threading
import time
from contextlib import suppress

import pytest

from proctor_app.errors import Throttled
from proctor_app.services import throttle as throttling
from proctor_app.services.throttle import Limit, Throttle, network


@pytest.fixture
def throttle() -> Throttle:
    return Throttle()


def _uses(throttle: Throttle, limit: Limit, key: str) -> int:
    """How many uses pass before one is refused."""
    for count in range(1200):
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
    (Limit.KEY_FAILURES, 30),
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
    (Limit.JOIN, 40),
    (Limit.ANSWER, 900),
    (Limit.MESSAGE, 70),
    (Limit.PAUSE, 240),
    (Limit.OWN_PAUSE, 20),
    (Limit.REPORT, 45),
    (Limit.EXAM_EXPORT, 25),
    (Limit.APPEAL, 6),
    (Limit.DISMISSAL, 50),
    (Limit.LTI_ADDRESS, 1100),
    (Limit.SEB, 65),
    (Limit.WEBHOOK_TEST, 12),
    (Limit.SIGNALS, 300),
    (Limit.CHECK_IN_LOOK, 6),
    (Limit.IDENTIFY, 15),
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


# --- rates of their own ---


def test_given_a_rate_of_its_own_then_each_use_tells_what_is_left_until_one_is_too_many(
    throttle: Throttle, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = time.monotonic()
    monkeypatch.setattr(throttling, "monotonic", lambda: now_s)

    def used(key: str, per_minute: int) -> tuple[bool, int, int]:
        found = throttle.use("THING", key, per_minute)
        assert found.limit == per_minute
        return found.allowed, found.remaining, found.reset_s

    assert [used("a", 3) for _ in range(2)] == [(True, 2, 60), (True, 1, 60)]
    now_s += 20
    assert [used("a", 3) for _ in range(3)] == [(True, 0, 40), (False, 0, 40), (False, 0, 40)]
    assert used("b", 3) == (True, 2, 60), "another key's uses are its own"
    now_s += 40.5
    assert used("a", 3) == (True, 1, 20)


# --- what is kept ---


def test_given_keys_that_no_longer_count_then_they_are_forgotten_and_the_others_are_not(
    throttle: Throttle, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = time.monotonic()
    monkeypatch.setattr(throttling, "monotonic", lambda: now_s)
    for number in range(1000):
        throttle.hit(Limit.LOG_IN_FAILURES, f"nobody {number}")
        throttle.hit(Limit.FACE_TRY_TAB, f"tab {number}")
        throttle.give_back(Limit.FACE_TRY_TAB, f"tab {number}")
    assert _uses(throttle, Limit.RESET_ACCOUNT, "ana") == 5
    assert len(throttle._storage.events) == 2001

    now_s += 61
    throttle.hit(Limit.START, "ben")

    assert len(throttle._storage.events) == 2
    with pytest.raises(Throttled):
        throttle.hit(Limit.RESET_ACCOUNT, "ana")
    now_s += 3600
    assert _uses(throttle, Limit.RESET_ACCOUNT, "ana") == 5


def test_given_many_uses_of_one_key_then_no_more_are_kept_than_its_limit_asks(
    throttle: Throttle, monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = time.monotonic()
    monkeypatch.setattr(throttling, "monotonic", lambda: now_s)
    for _ in range(100):
        throttle.hit(Limit.LOG_IN_FAILURES, "ana")
        now_s += 7

    assert [len(held) for held in throttle._storage.events.values()] == [10]


def test_given_uses_then_no_thread_walks_over_them(throttle: Throttle) -> None:
    throttle._storage.timer.join()
    throttle.hit(Limit.START, "ana")
    assert not throttle._storage.timer.is_alive()


@pytest.mark.parametrize("step_s", [-3600.0, 3600.0])
def test_given_the_servers_clock_is_set_then_nobody_waits_longer_and_nobody_is_let_in_sooner(
    throttle: Throttle, monkeypatch: pytest.MonkeyPatch, step_s: float
) -> None:
    steady_s, set_s = time.monotonic(), time.time()
    monkeypatch.setattr(throttling, "monotonic", lambda: steady_s)
    monkeypatch.setattr(time, "time", lambda: set_s)
    assert _uses(throttle, Limit.FRAME, "ana") == 20
    assert _uses(throttle, Limit.LOG_IN_FAILURES, "ana") == 10

    set_s += step_s
    steady_s += 2

    assert _uses(throttle, Limit.FRAME, "ana") == 20
    with pytest.raises(Throttled) as refused:
        throttle.hit(Limit.LOG_IN_FAILURES, "ana")
    assert refused.value.retry_after_s == 58
    with pytest.raises(Throttled):
        throttle.check(Limit.LOG_IN_FAILURES, "ana")
    steady_s += 59
    throttle.check(Limit.LOG_IN_FAILURES, "ana")


def test_given_long_keys_then_they_are_told_apart_and_kept_short(throttle: Throttle) -> None:
    long = "x" * 100_000
    for key in (long, f"{long}y", "\ud800" * 1000):
        assert _uses(throttle, Limit.LOG_IN_FAILURES, key) == 10
    assert max(len(key) for key in throttle._storage.events) < 120

    throttle.give_back(Limit.LOG_IN_FAILURES, long)
    throttle.check(Limit.LOG_IN_FAILURES, long)
    with pytest.raises(Throttled):
        throttle.check(Limit.LOG_IN_FAILURES, f"{long}y")
    throttle.clear(Limit.LOG_IN_FAILURES, f"{long}y")
    assert _uses(throttle, Limit.LOG_IN_FAILURES, f"{long}y") == 10


def test_given_uses_at_the_same_time_then_no_more_pass_than_may(throttle: Throttle) -> None:
    passed: list[str] = []

    def use() -> None:
        for number in range(300):
            with suppress(Throttled):
                throttle.hit(Limit.START, "ana")
                passed.append("ana")
            throttle.hit(Limit.START, f"{threading.get_ident()} {number}")

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(passed) == 30


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("::1", "::/64"),
        ("unknown", "unknown"),
        ("testclient", "testclient"),
        ("", ""),
        ("192.0.2.7:80", "192.0.2.7:80"),
    ],
)
def test_an_address_counts_as_its_network(address: str, counted_as: str) -> None:
    assert network(address) == counted_as


@pytest.mark.parametrize("limit", [limit for limit, _ in TABLE if "ADDRESS" in limit.name])
def test_given_many_addresses_of_one_network_then_they_count_as_one(
    throttle: Throttle, limit: Limit
) -> None:
    assert _uses(throttle, limit, "2001:db8::1") > 0
    with pytest.raises(Throttled):
        throttle.hit(limit, "2001:db8::2")
    with pytest.raises(Throttled):
        throttle.check(limit, "2001:db8::3")
    throttle.hit(limit, "2001:db8:0:1::1")


@pytest.mark.parametrize("limit", [Limit.SIGN_UP, Limit.METER])
def test_sign_up_and_the_meter_are_counted_by_network_too(throttle: Throttle, limit: Limit) -> None:
    assert _uses(throttle, limit, "2001:db8::1") > 0
    with pytest.raises(Throttled):
        throttle.hit(limit, "2001:db8::2")
