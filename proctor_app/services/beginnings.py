"""How attempts begin: made, agreed to, and started within the window of their exam."""

import secrets
import uuid
from datetime import datetime

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.roster import Roster
from proctor_app.db.session import Transaction
from proctor_app.domain.access import Actor
from proctor_app.domain.attempt import OPEN, AttemptStatus, advance
from proctor_app.domain.exam import ExamStatus
from proctor_app.errors import Conflict
from proctor_app.services.audit import Audit
from proctor_app.services.exam_times import latest_end, set_times
from proctor_app.services.moves import Moves

NOTICE_VERSION = "2026-11-2"
"""Version of the privacy notice that a candidate accepts; change it with the notice's text."""


class Beginnings:
    """Each step works within the caller's transaction."""

    def __init__(self, moves: Moves, audit: Audit, clock: Clock) -> None:
        self._moves = moves
        self._audit = audit
        self._clock = clock

    def new(self, user_id: str, duration_minutes: int) -> tables.Attempt:
        """An attempt that nothing was agreed to yet."""
        return tables.Attempt(
            id=str(uuid.uuid4()),
            user_id=user_id,
            open_for=user_id,
            status=AttemptStatus.CREATED.value,
            created_at=self._clock(),
            duration_minutes=duration_minutes,
            seed=secrets.randbits(31),
        )

    def still_open(self, session: Transaction, user_id: str) -> tables.Attempt | None:
        """The candidate's open attempt, held against other writers; one overdue ends here, and one
        that did not begin in time."""
        rows = AttemptRows(session)
        found = rows.open_of(user_id)
        row = rows.locked(found.id) if found else None
        if row is None or row.open_for is None:
            return None
        if not self._moves.expire(session, row) and not self.expire(session, row):
            return row
        rows.flush()  # the place of the open attempt is free before the next one takes it
        return None

    def expire(self, session: Transaction, row: tables.Attempt) -> bool:
        """Give the attempt up if it can't begin any more since its exam has closed, with whatever
        extra time the candidate has; whether it was."""
        if AttemptStatus(row.status) not in OPEN or row.started_at is not None:
            return False
        exam = ExamRows(session).by_id(row.exam_id) if row.exam_id else None
        if exam is None or not has_closed(exam, self._clock()):
            return False
        entry = Roster(session).entry_for(exam.id, row.user_id)
        ends_by = latest_end(exam.closes_at, entry.extra_minutes if entry else 0)
        if exam.status != ExamStatus.CLOSED and ends_by is not None and ends_by > self._clock():
            return False
        self._moves.move(session, row, AttemptStatus.CANCELLED, "The exam has closed.")
        return True

    def consent(self, session: Transaction, row: tables.Attempt, now: datetime) -> None:
        """Record that the candidate accepted the notice; once is enough."""
        if row.consented_at is None:
            row.notice_version, row.consented_at = NOTICE_VERSION, now
            AttemptRows(session).log(row.id, now, "notice_accepted", NOTICE_VERSION)

    def note_consent(self, session: Transaction, actor: Actor, attempt_id: str) -> None:
        """The entries tell who did it: the candidate, or staff on the candidate's behalf."""
        self._audit.note(
            session, actor, "consent.recorded", "attempt", attempt_id, notice=NOTICE_VERSION
        )

    def run(self, session: Transaction, row: tables.Attempt) -> None:
        """Bring an open attempt to running, or to ready where its exam is not open yet."""
        if row.status in (AttemptStatus.CREATED, AttemptStatus.IDENTITY_PENDING):
            row.status = advance(AttemptStatus(row.status), AttemptStatus.READY).value
        if row.status == AttemptStatus.INTERRUPTED:
            self._moves.move(session, row, AttemptStatus.RUNNING, "resumed")
        elif row.status == AttemptStatus.READY and self.opens_later(session, row) is None:
            self.begin(session, row)
        row.status_reason = ""

    def begin(self, session: Transaction, row: tables.Attempt) -> None:
        """Start the clock of an attempt that is ready. Raises Conflict (the exam has closed)."""
        exam = ExamRows(session).by_id(row.exam_id) if row.exam_id else None
        if exam is not None and has_closed(exam, self._clock()):
            raise closed()
        if exam is not None:
            set_times(session, exam, [row])
        self._moves.move(session, row, AttemptStatus.RUNNING, "started")

    def opens_later(self, session: Transaction, row: tables.Attempt) -> datetime | None:
        """When the attempt's exam opens, if that lies ahead."""
        exam = ExamRows(session).by_id(row.exam_id) if row.exam_id else None
        opens_at = exam.opens_at if exam else None
        return opens_at if opens_at is not None and opens_at > self._clock() else None


def has_closed(exam: tables.Exam, now: datetime) -> bool:
    """Whether nobody may begin the exam any more."""
    is_past = exam.closes_at is not None and exam.closes_at <= now
    return is_past or exam.status == ExamStatus.CLOSED


def closed() -> Conflict:
    return Conflict("exam_closed", "The exam has closed.")
