"""Passwords: bcrypt, refused beyond its limit, the same work for an account that is not there."""

import asyncio
import threading
import time
from collections.abc import Callable

import bcrypt
import pytest

from proctor_app.errors import Invalid, Unavailable
from proctor_app.services import passwords
from proctor_app.services.passwords import PasswordPool, check_policy, hash_password, verify

pytestmark = pytest.mark.usefixtures("cheap_passwords")
EMAIL = "ana.silva@example.test"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("seven c", "password_too_short"),
        ("", "password_too_short"),
        ("x" * 73, "password_too_long"),
        ("é" * 37, "password_too_long"),  # 37 characters, 74 bytes
        (EMAIL, "password_is_email"),
        ("ANA.Silva@Example.Test", "password_is_email"),
        ("ana.silva", "password_is_email"),
        ("Ana Silva", "password_is_name"),
        ("anaSILVA", "password_is_name"),
        ("password", "password_common"),
        ("PassWord1", "password_common"),
        ("12345678", "password_common"),
    ],
)
def test_given_a_password_against_the_rules_then_it_is_refused_with_the_rule(
    password: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_policy(password, EMAIL, "Ana Silva")
    assert refused.value.code == code


@pytest.mark.parametrize(
    "password", ["eight ch", "x" * 72, "é" * 36, "密码很长的一句话", "        ", "\ud800" * 8]
)
def test_given_a_password_within_the_rules_then_it_is_taken_and_verified(password: str) -> None:
    check_policy(password, EMAIL)

    assert verify(password, hash_password(password))
    assert not verify(password + "x", hash_password(password))


def test_given_72_bytes_when_something_follows_them_then_it_is_refused_not_cut() -> None:
    stored = hash_password("x" * 72)

    assert verify("x" * 72, stored)
    assert not verify("x" * 72 + "anything", stored)


def test_given_one_password_twice_then_the_hashes_differ() -> None:
    assert hash_password("the same phrase") != hash_password("the same phrase")


@pytest.mark.parametrize(
    ("password", "score", "words"),
    [
        ("short", 0, "Too short"),
        ("x" * 73, 0, "Too long"),
        ("iloveyou1", 0, "Refused"),
        ("aaaaaaaaaaaa", 0, "Very weak"),
        ("correct horse battery staple", 4, "Strong"),
        ("\ud800" * 8, 0, "Very weak"),
    ],
)
def test_given_a_password_then_its_strength_is_a_number_and_words(
    password: str, score: int, words: str
) -> None:
    found = passwords.strength(password)

    assert found.score == score
    assert found.words.startswith(words)


@pytest.mark.parametrize(
    "password", ["4@8({[<369!1|70$5+" * 4, "aB3$" * 18, "4@8({[<369!1|70$5+%2"]
)
def test_given_many_kinds_of_substitutes_then_no_more_than_four_are_tried(
    password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rated: list[str] = []

    def rate(given: str) -> dict[str, int]:
        rated.append(given)
        return {"score": 3}

    monkeypatch.setattr(passwords, "zxcvbn", rate)
    assert passwords.strength(password).score == 3
    (given,) = rated
    assert len(given) == len(password)
    assert len({one for one in given if one in passwords._SUBSTITUTES}) <= 4
    assert len({one for one in password if one in passwords._SUBSTITUTES}) in (2, 18, 20)


async def test_given_many_at_once_then_the_pool_works_with_its_threads_alone() -> None:
    pool = PasswordPool(threads=2)
    names: set[str] = set()

    def work(number: int) -> int:
        names.add(threading.current_thread().name)
        time.sleep(0.01)
        return number

    answers = await asyncio.gather(*(pool.run(work, number) for number in range(20)))
    pool.close()

    assert answers == list(range(20))
    assert len(names) == 2
    assert all(name.startswith("passwords") for name in names)


async def test_given_more_than_can_wait_then_the_rest_is_told_to_come_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(passwords, "_MAX_WAITING", 3)
    pool, hold = PasswordPool(threads=1), threading.Event()
    waiting = [asyncio.create_task(pool.run(hold.wait, 10)) for _ in range(3)]
    await asyncio.sleep(0)

    with pytest.raises(Unavailable):
        await pool.run(hold.wait, 10)

    hold.set()
    assert await asyncio.gather(*waiting) == [True] * 3
    assert await pool.run(hold.wait, 10)  # there is room again
    pool.close()


def test_given_no_account_then_the_same_work_is_done_in_vain(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared: list[bytes] = []
    real: Callable[[bytes, bytes], bool] = bcrypt.checkpw

    def counted(password: bytes, hashed: bytes) -> bool:
        compared.append(hashed)
        return real(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", counted)

    assert verify("nobody's password", None) is False
    assert len(compared) == 1


def test_given_the_real_cost_then_a_vain_comparison_costs_as_much_as_a_true_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.undo()  # the real number of rounds
    kind, cost = hash_password("a real password").split("$")[1:3]

    assert (kind, cost) == ("2b", "12")
    assert passwords._NOBODYS_HASH.startswith(f"${kind}${cost}$")
