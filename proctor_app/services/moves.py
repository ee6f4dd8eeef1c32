"""Moves of an attempt from one status to another, each with all that belongs to it: the clock that
stands still in a pause, the end with its marks and its receipt."""

from datetime import datetime, timedelta

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.answers import Answers as AnswerRows
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.question_views import QuestionViews
from proctor_app.db.session import Transaction
from proctor_app.domain.attempt import (
    ENDINGS,
    MONITORED,
    OPEN,
    AttemptStatus,
    IllegalTransition,
    advance,
)
from proctor_app.domain.marking import mark, total
from proctor_app.domain.webhook import Kind
from proctor_app.errors import Conflict
from proctor_app.services import outbox, paper, scores, views
from proctor_app.services.receipts import receipt
from proctor_app.services.told import status_told
from proctor_app.services.versions import Versions

TIME_UP = "The time was up."
_ENDED = "The attempt has ended."


class Moves:
    """Each works on a row that the caller has locked, within the caller's transaction."""

    def __init__(self, versions: Versions, clock: Clock, receipt_key: bytes) -> None:
        self._versions = versions
        self._clock = clock
        self._receipt_key = receipt_key

    def move(
        self, session: Transaction, row: tables.Attempt, to: AttemptStatus, reason: str
    ) -> None:
        """Raises Conflict where the table forbids it."""
        now = self._clock()
        try:
            status = advance(AttemptStatus(row.status), to)
        except IllegalTransition as error:
            raise Conflict("illegal_state", f"The attempt is {status_told(row)}.") from error
        self._wind(row, status, now)
        row.status, row.status_reason = status.value, reason
        AttemptRows(session).log(row.id, now, status.value, reason)
        if status not in MONITORED:
            QuestionViews(session).leave(row.id, now)
        if status not in OPEN and row.ended_at is None:
            row.ended_at, row.open_for = now, None
            self.mark(session, row)
        scores.rank(row)
        if status in ENDINGS:
            outbox.tell(session, row, Kind.ATTEMPT_FINISHED, now)

    def expire(self, session: Transaction, row: tables.Attempt) -> bool:
        """Time the attempt out if its time is up; whether it was."""
        is_over = is_begun(row) and views.attempt(row).is_overdue(self._clock())
        if is_over:
            self.move(session, row, AttemptStatus.TIMED_OUT, TIME_UP)
        return is_over

    def mark(self, session: Transaction, row: tables.Attempt) -> None:
        """Mark what marks itself, sum up, and write the receipt; what a person marked stays."""
        if row.version_id is None or row.ended_at is None or row.started_at is None:
            return
        content, now = self._versions.content(row.version_id, session), self._clock()
        answers = AnswerRows(session).of(row.id)
        for answer in answers:
            question = content.question(answer.question_id)
            if question is None or answer.marked_by:
                continue
            answer.points = mark(question, paper.read(answer.value, question))
            answer.marked_at = None if answer.points is None else now
        row.max_points = content.max_points
        sum_up(row, answers, now)
        given = [(answer.question_id, answer.value) for answer in answers]
        row.receipt = receipt(self._receipt_key, row.id, row.ended_at, given)

    def _wind(self, row: tables.Attempt, to: AttemptStatus, now: datetime) -> None:
        """Start the attempt's clock, stop it, or let it go on."""
        if row.paused_at is not None:
            row.paused_s += max(0.0, (now - row.paused_at).total_seconds())
            row.paused_at, row.paused_by = None, ""
        if to is AttemptStatus.PAUSED:
            row.paused_at = now
        if to is AttemptStatus.RUNNING and row.started_at is None:
            row.started_at = now


def sum_up(row: tables.Attempt, answers: list[tables.Answer], now: datetime) -> None:
    """The attempt's points out of its answers'; a question without an answer has none."""
    row.points = total([answer.points for answer in answers])
    row.marked_at = None if row.points is None else now


def is_begun(row: tables.Attempt) -> bool:
    """Whether it began and has not ended."""
    return AttemptStatus(row.status) in OPEN and row.started_at is not None


def takes_late(row: tables.Attempt, grace_s: int, now: datetime) -> bool:
    """Whether answers from before the end may still come, of somebody who was offline then.

    For exactly so long nobody is shown what is right.
    """
    ends_at = views.attempt(row).ends_at
    if ends_at is None or row.status != AttemptStatus.TIMED_OUT:
        return False
    return now <= ends_at + timedelta(seconds=grace_s)


def not_running(row: tables.Attempt) -> Conflict:
    """Why nothing can be done with the attempt now."""
    status = AttemptStatus(row.status)
    if status is AttemptStatus.PAUSED:
        return Conflict("attempt_paused", "The attempt is paused.")
    if status not in OPEN:
        return ended()
    return Conflict("attempt_not_running", "The attempt is not running.")


def ended() -> Conflict:
    return Conflict("attempt_ended", _ENDED)
