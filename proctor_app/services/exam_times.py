"""How long an attempt may go on: by its version, its exam's window, and its candidate's extra
time. Set with every change of these, and when an attempt begins."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.roster import Roster
from proctor_app.db.repositories.versions import Versions as VersionRows
from proctor_app.db.session import Database, Transaction
from proctor_app.db.tables import Attempt, Exam
from proctor_app.services.again import again


def set_times(session: Transaction, exam: Exam, attempts: Iterable[Attempt]) -> None:
    """Let these attempts of the exam, which the caller has locked, end as is stored now."""
    found = [attempt for attempt in attempts if attempt.version_id is not None]
    if not found:
        return
    extra = Roster(session).extra_minutes(exam.id)
    minutes = VersionRows(session).minutes(row.version_id for row in found if row.version_id)
    for attempt in found:
        more = extra.get(attempt.user_id, 0)
        attempt.duration_minutes = minutes[attempt.version_id or ""] + more
        attempt.ends_by = latest_end(exam.closes_at, more)


@again
def catch_up(database: Database, exam_id: str) -> None:
    """Call it after a change of terms or roster was committed: one who began in that very moment
    may have seen neither the change nor been seen by it. Raises DatabaseUnavailable."""
    with database.write() as session:
        rows = ExamRows(session)
        unfinished = rows.unfinished_attempts(exam_id)
        if unfinished and (exam := rows.by_id(exam_id)) is not None:
            set_times(session, exam, unfinished)


def latest_end(closes_at: datetime | None, extra_minutes: int) -> datetime | None:
    """When an attempt ends at the latest: with the window, and the candidate's own extra time."""
    return closes_at + timedelta(minutes=extra_minutes) if closes_at else None
