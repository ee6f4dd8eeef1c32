"""An e-mail with an account and one without take the same time to be refused.

The statistic is one of ranks: in how many pairs the known one took longer. It does not care how
fast the machine is, nor for the few pairs that something else disturbed. With cheaper passwords
the rest of a log-in is a larger part of it, so that the same pairs show smaller differences.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import bcrypt
import pytest

from proctor_app.domain.access import Role
from proctor_app.errors import NotAuthenticated
from proctor_app.services import passwords
from proctor_app.services.logins import Origin
from tests.world import PASSWORD, World, build

PAIRS = 60
_TRIES_EACH = 9
"""One fewer than what throttles an account."""

_ROUNDS = 8


@pytest.fixture
def world(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """With bcrypt at a cost that a comparison of its own, below, ties to the real one."""
    nobodys = bcrypt.hashpw(b"nobody's password", bcrypt.gensalt(_ROUNDS)).decode()
    monkeypatch.setattr(passwords, "_ROUNDS", _ROUNDS)
    monkeypatch.setattr(passwords, "_NOBODYS_HASH", nobodys)
    found = build(tmp_path, sqlite_url)
    yield found
    found.database.close()


def _refused_after_s(world: World, email: str, number: int) -> float:
    origin = Origin(f"192.0.2.{number}")
    began_s = time.perf_counter()
    with pytest.raises(NotAuthenticated):
        world.services.logins.log_in(email, "a wrong phrase", origin)
    return time.perf_counter() - began_s


def test_given_no_account_then_the_hash_compared_in_vain_costs_as_much_as_a_real_one() -> None:
    method, cost = passwords.hash_password(PASSWORD).split("$")[1:3]

    assert passwords._NOBODYS_HASH.split("$")[1:3] == [method, cost] == ["2b", "12"]


def test_given_a_known_and_an_unknown_email_then_neither_is_refused_sooner(world: World) -> None:
    slower = 0.0
    for number in range(PAIRS):
        group = number // _TRIES_EACH
        known, unknown = f"known{group}@example.test", f"nobody{group}@example.test"
        if number % _TRIES_EACH == 0:
            world.services.accounts.create(known, PASSWORD, Role.STUDENT)
        pair = (known, unknown) if number % 2 else (unknown, known)
        took_s = {email: _refused_after_s(world, email, number) for email in pair}
        slower += (took_s[known] > took_s[unknown]) + 0.5 * (took_s[known] == took_s[unknown])

    # Chance alone leaves this interval about twice in a thousand runs; a missing comparison
    # makes the share 1.
    assert 0.3 <= slower / PAIRS <= 0.7
