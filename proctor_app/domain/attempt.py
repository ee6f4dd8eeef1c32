"""An attempt is one candidate's sitting of one exam; its legal moves are a table."""

from enum import StrEnum


class AttemptStatus(StrEnum):
    CREATED = "created"
    IDENTITY_PENDING = "identity_pending"
    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    INTERRUPTED = "interrupted"
    SUBMITTED = "submitted"
    TIMED_OUT = "timed_out"
    TERMINATED = "terminated"
    CANCELLED = "cancelled"
    UNDER_REVIEW = "under_review"
    PASSED = "passed"
    SUSPICIOUS = "suspicious"
    VIOLATION = "violation"


_S = AttemptStatus
ENDINGS = frozenset({_S.SUBMITTED, _S.TIMED_OUT, _S.TERMINATED})
VERDICTS = frozenset({_S.PASSED, _S.SUSPICIOUS, _S.VIOLATION})

TRANSITIONS: dict[AttemptStatus, frozenset[AttemptStatus]] = {
    _S.CREATED: frozenset({_S.IDENTITY_PENDING, _S.READY, _S.CANCELLED}),
    _S.IDENTITY_PENDING: frozenset({_S.READY, _S.CANCELLED}),
    _S.READY: frozenset({_S.RUNNING, _S.CANCELLED}),
    _S.RUNNING: frozenset({_S.PAUSED, _S.INTERRUPTED}) | ENDINGS,
    _S.PAUSED: frozenset({_S.RUNNING}) | ENDINGS,
    _S.INTERRUPTED: frozenset({_S.RUNNING, _S.PAUSED}) | ENDINGS,
    _S.SUBMITTED: frozenset({_S.UNDER_REVIEW}),
    _S.TIMED_OUT: frozenset({_S.UNDER_REVIEW}),
    _S.TERMINATED: frozenset({_S.UNDER_REVIEW}),
    _S.CANCELLED: frozenset(),
    _S.UNDER_REVIEW: VERDICTS,
    _S.PASSED: frozenset({_S.UNDER_REVIEW}),
    _S.SUSPICIOUS: frozenset({_S.UNDER_REVIEW}),
    _S.VIOLATION: frozenset({_S.UNDER_REVIEW}),
}

OPEN = frozenset({_S.CREATED, _S.IDENTITY_PENDING, _S.READY, _S.RUNNING, _S.PAUSED, _S.INTERRUPTED})
CHECKING_IN = (_S.CREATED, _S.IDENTITY_PENDING, _S.READY)
"""Statuses before the start, in their order."""
MONITORED = frozenset({_S.RUNNING, _S.INTERRUPTED})
"""Statuses in which a frame is accepted; a frame of an interrupted attempt resumes it."""


class IllegalTransition(ValueError):
    """The attempt's table has no such move."""

    def __init__(self, status: AttemptStatus, to: AttemptStatus) -> None:
        super().__init__(f"an attempt that is {status} cannot become {to}")
        self.status = status
        self.to = to


def advance(status: AttemptStatus, to: AttemptStatus) -> AttemptStatus:
    """Return ``to`` where the table allows the move; raise IllegalTransition otherwise."""
    if to not in TRANSITIONS[status]:
        raise IllegalTransition(status, to)
    return to
