"""Attempts: from start to end, by the table of legal moves, the reason beside each status."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from proctor_app.clock import Clock, iso
from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.errors import Conflict, NotFound
from proctor_app.services import moves, seb_door, views
from proctor_app.services.access import allow
from proctor_app.services.again import again
from proctor_app.services.attempt_access import allow_on
from proctor_app.services.attempt_reading import AttemptReading, there
from proctor_app.services.audit import Audit
from proctor_app.services.beginnings import NOTICE_VERSION, Beginnings
from proctor_app.services.moves import TIME_UP, Moves
from proctor_app.services.pauses import Moved, Pauser, Pauses
from proctor_app.services.told import status_told
from proctor_app.services.views import AttemptView

__all__ = ["NOTICE_VERSION", "TIME_UP", "Attempts", "Moved", "Pauser", "Progress"]

_REASON = 200
_BEGUN = [AttemptStatus.RUNNING, AttemptStatus.PAUSED, AttemptStatus.INTERRUPTED]


@dataclass(frozen=True, slots=True)
class Progress:
    """What monitoring knows of an attempt between two incidents."""

    attempt_id: str
    last_frame_at: datetime | None
    monitored_s: float
    face_s: float
    last_seen_at: datetime | None = None


class Attempts(AttemptReading):
    def __init__(
        self,
        database: Database,
        moves: Moves,
        audit: Audit,
        clock: Clock,
        free_session_minutes: int,
    ) -> None:
        super().__init__(database)
        self._moves = moves
        self._beginnings = Beginnings(moves, audit, clock)
        self.pauses = Pauses(moves, audit, clock)
        self._audit = audit
        self._clock = clock
        self._free_session_minutes = free_session_minutes

    def start(self, actor: Actor, user_id: str, attempt_id: str = "") -> AttemptView:
        """Make the candidate's open attempt running, whatever exam it is of; without one, begin a
        free session. An exam that is not open yet leaves its attempt ready; a pause goes on.

        attempt_id: of the one that is to run; no other is begun. Raises NotAllowed, NotFound (no
        such candidate), Conflict (the exam has closed; "attempt_ended": that one).
        """
        allow(actor, Action.STEER, user_id)
        try:
            return self._start(actor, user_id, attempt_id)
        except AlreadyThere:  # another request made it in the same moment
            return self._start(actor, user_id, attempt_id)

    @again
    def begin(self, actor: Actor, attempt_id: str) -> AttemptView:
        """Start the clock of the actor's own attempt that is ready, in its exam's window.

        Raises NotFound, NotAllowed, Conflict (not ready; "exam_not_open"; "exam_closed").
        """
        with self._changing(attempt_id) as (session, row):
            allow(actor, Action.SIT, row.user_id)
            seb_door.require_for(session, actor, row)
            if row.status != AttemptStatus.READY:
                raise Conflict("illegal_state", f"The attempt is {status_told(row)}.")
            if (opens_at := self._beginnings.opens_later(session, row)) is not None:
                raise Conflict("exam_not_open", f"The exam opens at {iso(opens_at)}.")
            self._beginnings.begin(session, row)
            self._audit.note(session, actor, "attempt.started", "attempt", row.id)
            return views.attempt(row)

    @again
    def end(
        self, attempt_id: str, to: AttemptStatus, reason: str, actor: Actor | None = None
    ) -> AttemptView:
        """Submit, terminate or time out; raises Conflict where the table forbids it, NotFound.

        actor: whoever ends it, None where its time was up.
        """
        with self._changing(attempt_id) as (session, row):
            self._moves.move(session, row, to, reason[:_REASON])
            if actor is not None:
                self._audit.note(session, actor, "attempt.ended", "attempt", row.id, status=to)
            return views.attempt(row)

    @again
    def submit(self, actor: Actor, attempt_id: str) -> AttemptView:
        """Hand an attempt in; authorised by the caller. One that was handed in stays as it is, one
        whose time is up is timed out.

        Raises NotFound, Conflict ("attempt_ended", "attempt_not_running").
        """
        with self._changing(attempt_id) as (session, row):
            if row.status == AttemptStatus.SUBMITTED or self._moves.expire(session, row):
                return views.attempt(row)
            if not moves.is_begun(row):
                raise moves.not_running(row)
            who = "candidate" if actor.user_id == row.user_id else "proctor"
            self._moves.move(session, row, AttemptStatus.SUBMITTED, f"Ended by the {who}.")
            self._audit.note(session, actor, "attempt.ended", "attempt", row.id, status=row.status)
            return views.attempt(row)

    @again
    def cancel(self, actor: Actor, attempt_id: str) -> AttemptView:
        """Give an attempt up that has not begun; authorised by the caller. Raises NotFound,
        Conflict (it has begun, or is over)."""
        with self._changing(attempt_id) as (session, row):
            who = "candidate" if actor.user_id == row.user_id else "proctor"
            self._moves.move(session, row, AttemptStatus.CANCELLED, f"Given up by the {who}.")
            self._audit.note(session, actor, "attempt.ended", "attempt", row.id, status=row.status)
            return views.attempt(row)

    @again
    def time_out(self, attempt_id: str) -> AttemptView:
        """End the attempt if its time is up by the server's clock; as it stands now. Raises
        NotFound."""
        with self._changing(attempt_id) as (session, row):
            self._moves.expire(session, row)
            return views.attempt(row)

    @again
    def pause(self, attempt_id: str, by: Pauser, reason: str, actor: Actor | None = None) -> Moved:
        """See Pauses.pause. Raises NotFound as well."""
        with self._changing(attempt_id) as (session, row):
            return self.pauses.pause(session, row, by, reason[:_REASON], actor)

    @again
    def go_on(self, attempt_id: str, reason: str, actor: Actor) -> Moved:
        """See Pauses.lift. Raises NotFound, NotAllowed (see ``seb_door``) as well."""
        with self._changing(attempt_id) as (session, row):
            seb_door.require_for(session, actor, row)
            return self.pauses.lift(session, row, reason[:_REASON], actor)

    @again
    def interrupt(self, attempt_id: str, reason: str) -> AttemptView:
        """Raises Conflict where the table forbids it, NotFound."""
        with self._changing(attempt_id) as (session, row):
            self._moves.move(session, row, AttemptStatus.INTERRUPTED, reason)
            return views.attempt(row)

    @again
    def resume(self, attempt_id: str, reason: str) -> AttemptView:
        """Let an interrupted attempt go on, which changes nothing for one that runs already. A
        pause is nothing that a picture ends.

        Raises Conflict (neither interrupted nor running), NotFound.
        """
        with self._changing(attempt_id) as (session, row):
            if row.status == AttemptStatus.INTERRUPTED:
                self._moves.move(session, row, AttemptStatus.RUNNING, reason)
            elif row.status != AttemptStatus.RUNNING:
                raise Conflict("illegal_state", f"The attempt is {status_told(row)}.")
            return views.attempt(row)

    def admit(self, actor: Actor, attempt_id: str) -> None:
        """Return where the actor may sit this attempt of theirs with this log-in. Raises NotFound,
        NotAllowed (see ``seb_door`` as well)."""
        with self._database.read() as session:
            row = there(AttemptRows(session).by_id(attempt_id))
            allow(actor, Action.SIT, row.user_id)
            seb_door.require_for(session, actor, row)

    def note(self, attempt_id: str, kind: str, detail: str = "") -> None:
        """Write a line into the attempt's history."""
        with self._database.write() as session:
            AttemptRows(session).log(attempt_id, self._clock(), kind, detail)

    def save_progress(self, progress: list[Progress]) -> None:
        with self._database.write() as session:
            rows = AttemptRows(session)
            for item in progress:
                if row := rows.by_id(item.attempt_id):
                    row.last_frame_at = item.last_frame_at
                    row.monitored_s = item.monitored_s
                    row.face_s = item.face_s
                    row.last_seen_at = item.last_seen_at

    def expire_overdue(self) -> list[AttemptView]:
        """End every attempt whose time is up, and give up those that can't begin any more because
        their exam has closed; as they stand then."""
        now = self._clock()
        with self._database.read() as session:
            rows = AttemptRows(session)
            begun = [views.attempt(row) for row, _ in rows.with_status(_BEGUN)]
            too_late = rows.not_begun_in_time(now)
        over = [attempt.id for attempt in begun if attempt.is_overdue(now)]
        ended: list[AttemptView] = []
        for attempt_id in (*over, *too_late):
            with suppress(NotFound):
                ended.extend(self._expire(attempt_id))
        return ended

    @again
    def _expire(self, attempt_id: str) -> list[AttemptView]:
        """The attempt, if it had to end."""
        with self._changing(attempt_id) as (session, row):
            if self._moves.expire(session, row) or self._beginnings.expire(session, row):
                return [views.attempt(row)]
        return []

    @again
    def _start(self, actor: Actor, user_id: str, attempt_id: str) -> AttemptView:
        now = self._clock()
        with self._database.write() as session:
            user = Users(session).locked(user_id)  # nobody is erased while they begin
            if user is None or user.disabled_at is not None:
                raise NotFound("no_candidate", "There is no such candidate.")
            row = self._beginnings.still_open(session, user_id)
            if attempt_id and (row is None or row.id != attempt_id):
                raise moves.ended()
            if row is None:
                row = self._beginnings.new(user_id, self._free_session_minutes)
                AttemptRows(session).add(row)
            allow_on(session, actor, Action.STEER, row)
            seb_door.require_for(session, actor, row)
            if row.status == AttemptStatus.PAUSED:
                return views.attempt(row)
            is_new, first = row.consented_at is None, row.started_at is None
            self._beginnings.consent(session, row, now)
            self._beginnings.run(session, row)
            if is_new:
                self._beginnings.note_consent(session, actor, row.id)
            if first and row.started_at is not None:
                self._audit.note(session, actor, "attempt.started", "attempt", row.id)
            return views.attempt(row)

    @contextmanager
    def _changing(self, attempt_id: str) -> Iterator[tuple[Transaction, tables.Attempt]]:
        with self._database.write() as session:
            yield session, there(AttemptRows(session).locked(attempt_id))
