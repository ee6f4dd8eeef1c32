"""The life of an attempt: the table of the architecture document, over every pair of states."""

from itertools import product

import pytest

from proctor_app.domain.attempt import (
    MONITORED,
    OPEN,
    TRANSITIONS,
    AttemptStatus,
    IllegalTransition,
    advance,
)

# As docs and contract give it, and decision 16; "from" is a list, "to" is a list.
PUBLISHED = """
created | identity_pending, ready, cancelled
identity_pending | ready, cancelled
ready | running, cancelled
running | paused, interrupted, submitted, timed_out, terminated
paused, interrupted | running, submitted, timed_out, terminated
interrupted | paused
submitted, timed_out, terminated | under_review
under_review | passed, suspicious, violation
passed, suspicious, violation | under_review
"""


def _published_moves() -> set[tuple[str, str]]:
    moves: set[tuple[str, str]] = set()
    for line in PUBLISHED.strip().splitlines():
        starts, ends = ([word.strip() for word in side.split(",")] for side in line.split("|"))
        moves |= set(product(starts, ends))
    return moves


def test_the_table_is_the_published_one() -> None:
    moves = {(start.value, end.value) for start, ends in TRANSITIONS.items() for end in ends}

    assert moves == _published_moves()
    assert set(TRANSITIONS) == set(AttemptStatus)


@pytest.mark.parametrize(("status", "to"), sorted(product(AttemptStatus, AttemptStatus)))
def test_given_any_two_states_then_only_the_published_moves_are_made(
    status: AttemptStatus, to: AttemptStatus
) -> None:
    if (status.value, to.value) in _published_moves():
        assert advance(status, to) is to
    else:
        with pytest.raises(IllegalTransition, match=f"{status} cannot become {to}") as refused:
            advance(status, to)
        assert (refused.value.status, refused.value.to) == (status, to)


def test_an_open_attempt_is_one_that_has_not_ended() -> None:
    ended = {"submitted", "timed_out", "terminated", "cancelled"}
    judged = {"under_review", "passed", "suspicious", "violation"}

    assert {status.value for status in AttemptStatus} - OPEN == ended | judged


def test_frames_are_taken_while_running_or_interrupted_only() -> None:
    assert {status.value for status in MONITORED} == {"running", "interrupted"}
