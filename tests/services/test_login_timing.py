"""An e-mail with an account and one without take the same time to be refused.

The statistic is one of ranks: in how many pairs the known one took longer. It does not care how
fast the machine is, nor for the few pairs that something else disturbed.
"""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from proctor_app.domain.access import Role
from proctor_app.errors import NotAuthenticated
from proctor_app.services.logins import Origin
from tests.world import PASSWORD, World, build

PAIRS = 60
_TRIES_EACH = 9
"""One fewer than what throttles an account."""

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def world(sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    """With bcrypt at its real cost."""
    found = build(tmp_path, sqlite_url)
    yield found
    found.database.close()


def _refused_after_s(world: World, email: str, number: int) -> float:
    origin = Origin(f"192.0.2.{number}")
    began_s = time.perf_counter()
    with pytest.raises(NotAuthenticated):
        world.services.logins.log_in(email, "a wrong phrase", origin)
    return time.perf_counter() - began_s


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
