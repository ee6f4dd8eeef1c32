"""What a candidate may sit, and the way into it: join, accept the notice, show who one is."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.roster import Roster
from proctor_app.db.repositories.users import Users
from proctor_app.db.repositories.versions import Versions as VersionRows
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.exam import Access, ExamStatus, Level
from proctor_app.errors import Conflict, Invalid, NotAllowed, NotFound
from proctor_app.services import seb_door, views
from proctor_app.services.access import allow
from proctor_app.services.again import again
from proctor_app.services.attempt_access import allow_on_exam
from proctor_app.services.audit import Audit
from proctor_app.services.beginnings import Beginnings, closed, has_closed
from proctor_app.services.moves import Moves, is_begun
from proctor_app.services.told import attempt_for
from proctor_app.services.versions import Versions
from proctor_app.services.views import AttemptView

OUTCOMES = ("matched", "mismatch", "unverifiable", "no_template")
"""What a look at the candidate's face before an exam can come to; none of them blocks."""
_CODE = 16
_MAX_TYPED = 100


class SittableState(StrEnum):
    OPEN = "open"
    UPCOMING = "upcoming"
    CLOSED = "closed"
    USED_UP = "used_up"


@dataclass(frozen=True, slots=True)
class SittableExam:
    """duration_minutes: with the candidate's own extra time. attempts_allowed: 0 for any number.
    last: the newest attempt of it."""

    exam_id: str
    code: str
    title: str
    opens_at: datetime | None
    closes_at: datetime | None
    duration_minutes: int
    state: SittableState
    attempts_used: int
    attempts_allowed: int
    is_practice: bool
    time_zone: str = "UTC"
    last: AttemptView | None = None


@dataclass(frozen=True, slots=True)
class MyExams:
    """open: the attempt that has not ended, of whatever exam."""

    open: AttemptView | None
    exams: tuple[SittableExam, ...]


class Joining:
    def __init__(
        self, database: Database, versions: Versions, moves: Moves, audit: Audit, clock: Clock
    ) -> None:
        self._database = database
        self._versions = versions
        self._moves = moves
        self._beginnings = Beginnings(moves, audit, clock)
        self._clock = clock

    def mine(self, actor: Actor) -> MyExams:
        """The exams that the actor may sit or has sat, newest first, and their open attempt."""
        allow(actor, Action.SIT, actor.user_id)
        with self._database.read() as session:
            row = AttemptRows(session).open_of(actor.user_id)
            exams = self._sittable(session, actor.user_id)
        return MyExams(views.attempt(row) if row else None, exams)

    def join(self, actor: Actor, user_id: str, code: str) -> AttemptView:
        """An attempt of the exam with this code, the candidate's open one if there is one.

        Another exam's attempt that was not begun gives way.
        Raises NotFound ("no_exam"), NotAllowed ("not_on_roster", "not_your_exam"), Conflict
        ("exam_closed", "no_attempts_left", "other_attempt_running").
        """
        allow(actor, Action.STEER, user_id)
        try:
            return self._join(actor, user_id, code)
        except AlreadyThere:  # another request made it in the same moment
            return self._join(actor, user_id, code)

    @again
    def accept(self, actor: Actor, attempt_id: str) -> AttemptView:
        """Record that the candidate accepted the notice; accepted again, nothing changes.

        Raises NotFound, NotAllowed.
        """
        with self._own(actor, attempt_id) as (session, row):
            is_first = row.consented_at is None
            self._beginnings.consent(session, row, self._clock())
            if row.status == AttemptStatus.CREATED:
                self._moves.move(session, row, self._after_notice(session, row), "")
            if is_first:
                self._beginnings.note_consent(session, actor, row.id)
            return attempt_for(actor.user_id, row)

    @again
    def confirm_identity(self, actor: Actor, attempt_id: str, outcome: str) -> AttemptView:
        """Note what the look at the candidate came to; whatever it was, the attempt is ready.

        Raises NotFound, NotAllowed, Invalid (an outcome that is none of OUTCOMES), Conflict (the
        notice was not accepted).
        """
        if outcome not in OUTCOMES:
            raise Invalid("outcome_unknown", f"An outcome is one of {', '.join(OUTCOMES)}.")
        with self._own(actor, attempt_id) as (session, row):
            if row.status == AttemptStatus.CREATED:
                raise Conflict("notice_not_accepted", "Accept the notice first.")
            if row.status == AttemptStatus.IDENTITY_PENDING:
                AttemptRows(session).log(row.id, self._clock(), "identity_checked", outcome)
                self._moves.move(session, row, AttemptStatus.READY, "")
            return attempt_for(actor.user_id, row)

    def _after_notice(self, session: Transaction, row: tables.Attempt) -> AttemptStatus:
        if row.version_id is None:
            return AttemptStatus.READY
        content = self._versions.content(row.version_id, session)
        checks = content.identity_check and content.level is Level.CAMERA
        return AttemptStatus.IDENTITY_PENDING if checks else AttemptStatus.READY

    @again
    def _join(self, actor: Actor, user_id: str, code: str) -> AttemptView:
        with self._database.write() as session:
            user = Users(session).locked(user_id)  # nobody is erased while they begin
            if user is None or user.disabled_at is not None:
                raise NotFound("no_candidate", "There is no such candidate.")
            exam = _published(session, code)
            if actor.user_id != user_id:
                allow_on_exam(session, actor, exam.id)
            seb_door.require(session, actor, user_id, exam)
            open_row = self._beginnings.still_open(session, user_id)
            if open_row is not None and open_row.exam_id == exam.id:
                return views.attempt(open_row)
            if open_row is not None and is_begun(open_row):
                raise Conflict("other_attempt_running", "Another attempt of yours is running.")
            row = self._new(session, exam, user_id)
            if open_row is not None:
                reason = "Another exam was joined."
                self._moves.move(session, open_row, AttemptStatus.CANCELLED, reason)
                AttemptRows(session).flush()  # its place is free before the next one takes it
            AttemptRows(session).add(row)
            AttemptRows(session).log(row.id, row.created_at, "joined")
            return views.attempt(row)

    def _new(self, session: Transaction, exam: tables.Exam, user_id: str) -> tables.Attempt:
        entry = Roster(session).entry_for(exam.id, user_id)
        if exam.access == Access.ROSTER and entry is None:
            raise NotAllowed("not_on_roster", "You are not on the list of this exam.")
        if has_closed(exam, self._clock()):
            raise closed()
        earlier = ExamRows(session).attempts_of(exam.id, user_id)
        if _is_used_up(exam, earlier):
            raise Conflict("no_attempts_left", "You have used every attempt of this exam.")
        assert exam.version_id is not None
        content = self._versions.content(exam.version_id, session)
        extra_minutes = entry.extra_minutes if entry else 0
        row = self._beginnings.new(user_id, content.duration_minutes + extra_minutes)
        row.exam_id, row.version_id = exam.id, exam.version_id
        row.number = max((one.number for one in earlier), default=0) + 1
        row.max_points = content.max_points
        return row

    def _sittable(self, session: Transaction, user_id: str) -> tuple[SittableExam, ...]:
        """By as many queries however many exams there are."""
        rows, now = ExamRows(session), self._clock()
        exams = [exam for exam in rows.sat_by(user_id) if exam.version_id is not None]
        minutes = VersionRows(session).minutes(exam.version_id or "" for exam in exams)
        entries, attempts = Roster(session).entries_of(user_id), rows.attempts_by_exam(user_id)
        return tuple(
            _sittable(
                exam,
                minutes[exam.version_id or ""],
                entries.get(exam.id),
                attempts.get(exam.id, []),
                now,
            )
            for exam in exams
        )

    @contextmanager
    def _own(self, actor: Actor, attempt_id: str) -> Iterator[tuple[Transaction, tables.Attempt]]:
        with self._database.write() as session:
            row = AttemptRows(session).locked(attempt_id)
            if row is None:
                raise NotFound("no_attempt", "There is no such attempt.")
            allow(actor, Action.SIT, row.user_id)
            seb_door.require_for(session, actor, row)
            yield session, row


def _published(session: Transaction, code: str) -> tables.Exam:
    code = code[:_MAX_TYPED].strip().upper()
    is_code = code.isascii() and code.isprintable() and 0 < len(code) <= _CODE
    exam = ExamRows(session).by_code(code) if is_code else None
    if exam is None or exam.status == ExamStatus.DRAFT or exam.version_id is None:
        raise NotFound("no_exam", "There is no exam with this code.")
    return exam


def _sittable(
    exam: tables.Exam,
    minutes: int,
    entry: tables.RosterEntry | None,
    earlier: list[tables.Attempt],
    now: datetime,
) -> SittableExam:
    return SittableExam(
        exam_id=exam.id,
        code=exam.code,
        title=exam.title,
        opens_at=exam.opens_at,
        closes_at=exam.closes_at,
        duration_minutes=minutes + (entry.extra_minutes if entry else 0),
        state=_state(exam, earlier, now),
        attempts_used=len(_counted(earlier)),
        attempts_allowed=0 if exam.is_practice else exam.attempts_allowed,
        is_practice=exam.is_practice,
        time_zone=exam.time_zone,
        last=attempt_for(earlier[-1].user_id, earlier[-1]) if earlier else None,
    )


def _counted(attempts: list[tables.Attempt]) -> list[tables.Attempt]:
    """Those that use one up."""
    return [one for one in attempts if one.status != AttemptStatus.CANCELLED]


def _is_used_up(exam: tables.Exam, attempts: list[tables.Attempt]) -> bool:
    if exam.is_practice or exam.attempts_allowed == 0:
        return False
    return len(_counted(attempts)) >= exam.attempts_allowed


def _state(exam: tables.Exam, attempts: list[tables.Attempt], now: datetime) -> SittableState:
    if has_closed(exam, now):
        return SittableState.CLOSED
    if any(one.open_for for one in attempts):
        return SittableState.OPEN
    if _is_used_up(exam, attempts):
        return SittableState.USED_UP
    is_ahead = exam.opens_at is not None and exam.opens_at > now
    return SittableState.UPCOMING if is_ahead else SittableState.OPEN
