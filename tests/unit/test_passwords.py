"""Passwords: bcrypt, refused beyond its limit, the same work for an account that is not there."""

from collections.abc import Callable

import bcrypt
import pytest

from proctor_app.errors import Invalid
from proctor_app.services import passwords
from proctor_app.services.passwords import check_policy, hash_password, verify

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
    ],
)
def test_given_a_password_against_the_rules_then_it_is_refused_with_the_rule(
    password: str, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        check_policy(password, EMAIL)
    assert refused.value.code == code


@pytest.mark.parametrize(
    "password", ["eight ch", "x" * 72, "é" * 36, "密码很长的一句话", "        "]
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
