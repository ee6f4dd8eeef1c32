"""Attempts: from start to end, by the table of legal moves, the reason beside each status."""

import uuid
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import (
    AttemptStatus,
    IllegalTransition,
    advance,
)
from proctor_app.errors import Conflict, NotFound
from proctor_app.services import views
from proctor_app.services.access import allow
from proctor_app.services.audit import Audit
from proctor_app.services.views import AttemptView

NOTICE_VERSION = "2026-11"
"""Version of the privacy notice that a candidate accepts; change it with the notice's text."""

TIME_UP = "The time was up."
_HISTORY = 20


@dataclass(frozen=True, slots=True)
class Progress:
    """What monitoring knows of an attempt between two incidents."""

    attempt_id: str
    last_frame_at: datetime | None
    monitored_s: float
    face_s: float


class Attempts:
    def __init__(
        self, database: Database, audit: Audit, clock: Clock, free_session_minutes: int
    ) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock
        self._free_session_minutes = free_session_minutes

    def start(self, actor: Actor, user_id: str) -> AttemptView:
        """Make the candidate's attempt running, or return the one that is open already.

        Raises NotAllowed, NotFound (no such candidate), Conflict (paused by a proctor).
        """
        allow(actor, Action.STEER, user_id)
        try:
            return self._start(actor, user_id)
        except AlreadyThere:  # another request made it in the same moment
            return self._start(actor, user_id)

    def open_of(self, actor: Actor, user_id: str) -> AttemptView:
        """The candidate's open attempt. Raises NotAllowed or NotFound."""
        allow(actor, Action.READ_ATTEMPT, user_id)
        with self._database.read() as session:
            row = AttemptRows(session).open_of(user_id)
        if row is None:
            raise NotFound("no_open_attempt", "There is no open attempt.")
        return views.attempt(row)

    def latest_of(self, actor: Actor, user_id: str) -> AttemptView:
        """The open attempt, else the last one. Raises NotAllowed or NotFound."""
        allow(actor, Action.READ_ATTEMPT, user_id)
        with self._database.read() as session:
            row = AttemptRows(session).latest_of(user_id)
        if row is None:
            raise NotFound("no_attempt", "This candidate has no attempt yet.")
        return views.attempt(row)

    def history(self, actor: Actor, user_id: str) -> list[AttemptView]:
        """The candidate's latest attempts, newest first. Raises NotAllowed."""
        allow(actor, Action.READ_ATTEMPT, user_id)
        with self._database.read() as session:
            return [
                views.attempt(row) for row in AttemptRows(session).history_of(user_id, _HISTORY)
            ]

    def by_id(self, actor: Actor, attempt_id: str) -> AttemptView:
        """Raises NotFound, or NotAllowed for another candidate's attempt."""
        with self._database.read() as session:
            row = AttemptRows(session).by_id(attempt_id)
        if row is None:
            raise NotFound("no_attempt", "There is no such attempt.")
        allow(actor, Action.READ_ATTEMPT, row.user_id)
        return views.attempt(row)

    def end(
        self, attempt_id: str, to: AttemptStatus, reason: str, actor: Actor | None = None
    ) -> AttemptView:
        """Submit or time out; raises Conflict where the table forbids it, NotFound.

        actor: whoever ends it, None where its time was up.
        """
        with self._changing(attempt_id) as (session, rows, row):
            self._move(rows, row, to, reason)
            self._close(row)
            if actor is not None:
                self._audit.note(session, actor, "attempt.ended", "attempt", row.id, status=to)
        return views.attempt(row)

    def interrupt(self, attempt_id: str, reason: str) -> AttemptView:
        """Raises Conflict where the table forbids it, NotFound."""
        with self._changing(attempt_id) as (_, rows, row):
            self._move(rows, row, AttemptStatus.INTERRUPTED, reason)
        return views.attempt(row)

    def resume(self, attempt_id: str, reason: str) -> AttemptView:
        """Let an interrupted attempt go on, which changes nothing for one that runs already.

        Raises Conflict where the table forbids it, NotFound.
        """
        with self._changing(attempt_id) as (_, rows, row):
            if row.status != AttemptStatus.RUNNING:
                self._move(rows, row, AttemptStatus.RUNNING, reason)
        return views.attempt(row)

    def status(self, attempt_id: str) -> AttemptStatus:
        """What the attempt is now. Raises NotFound."""
        with self._database.read() as session:
            return AttemptStatus(_there(AttemptRows(session).by_id(attempt_id)).status)

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

    def expire_overdue(self, except_ids: Collection[str] = ()) -> list[AttemptView]:
        """Time out what nobody monitors any more and whose time is up."""
        now = self._clock()
        open_now = [AttemptStatus.RUNNING, AttemptStatus.PAUSED, AttemptStatus.INTERRUPTED]
        with self._database.read() as session:
            found = [views.attempt(row) for row, _ in AttemptRows(session).with_status(open_now)]
        expired: list[AttemptView] = []
        for attempt in found:
            if attempt.id not in except_ids and _is_overdue(attempt, now):
                with suppress(Conflict):  # it ended in another way meanwhile
                    expired.append(self.end(attempt.id, AttemptStatus.TIMED_OUT, TIME_UP))
        return expired

    def recover(self) -> int:
        """At the server's start: what ran when it died is interrupted, not lost.

        Open incidents end at the last frame that was noted, or where they began. Returns how many
        attempts were found.
        """
        now = self._clock()
        with self._database.write() as session:
            rows, incidents = AttemptRows(session), IncidentRows(session)
            for incident, attempt in incidents.unclosed():
                incidents.close(incident, attempt.last_frame_at or incident.opened_at)
            running = rows.with_status([AttemptStatus.RUNNING])
            for attempt, _user in running:
                attempt.status = advance(AttemptStatus.RUNNING, AttemptStatus.INTERRUPTED)
                attempt.status_reason = "The server was restarted."
                rows.log(attempt.id, now, attempt.status, attempt.status_reason)
        return len(running)

    def _start(self, actor: Actor, user_id: str) -> AttemptView:
        now = self._clock()
        with self._database.write() as session:
            rows = AttemptRows(session)
            user = Users(session).locked(user_id)  # nobody is erased while they begin
            if user is None or user.disabled_at is not None:
                raise NotFound("no_candidate", "There is no such candidate.")
            found = row = self._still_open(rows, user_id, now)
            if row is None:
                row = self._new_attempt(user_id, now)
                rows.add(row)
                rows.log(row.id, now, "notice_accepted", NOTICE_VERSION)
            status = AttemptStatus(row.status)
            if status is AttemptStatus.PAUSED:
                raise Conflict("attempt_paused", "The attempt is paused by a proctor.")
            if status is not AttemptStatus.RUNNING:
                for step in _steps_to_running(status):
                    row.status = advance(AttemptStatus(row.status), step)
                row.status_reason = ""
                row.started_at = row.started_at or now
                rows.log(row.id, now, row.status, "started" if row.started_at == now else "resumed")
            if found is None:
                self._note_start(session, actor, row.id)
        return views.attempt(row)

    def _note_start(self, session: Transaction, actor: Actor, attempt_id: str) -> None:
        """The entries tell who did it: the candidate, or staff on the candidate's behalf."""
        self._audit.note(
            session, actor, "consent.recorded", "attempt", attempt_id, notice=NOTICE_VERSION
        )
        self._audit.note(session, actor, "attempt.started", "attempt", attempt_id)

    def _new_attempt(self, user_id: str, now: datetime) -> tables.Attempt:
        return tables.Attempt(
            id=str(uuid.uuid4()),
            user_id=user_id,
            open_for=user_id,
            status=AttemptStatus.CREATED.value,
            notice_version=NOTICE_VERSION,
            consented_at=now,
            created_at=now,
            duration_minutes=self._free_session_minutes,
        )

    def _still_open(self, rows: AttemptRows, user_id: str, now: datetime) -> tables.Attempt | None:
        """The candidate's open attempt, held against other writers; one overdue ends here."""
        found = rows.open_of(user_id)
        row = rows.locked(found.id) if found else None
        if row is None or row.open_for is None:
            return None
        if not _is_overdue(views.attempt(row), now):
            return row
        self._move(rows, row, AttemptStatus.TIMED_OUT, TIME_UP)
        self._close(row)
        rows.flush()  # the place of the open attempt is free before the next one takes it
        return None

    @contextmanager
    def _changing(
        self, attempt_id: str
    ) -> Iterator[tuple[Transaction, AttemptRows, tables.Attempt]]:
        with self._database.write() as session:
            rows = AttemptRows(session)
            yield session, rows, _there(rows.locked(attempt_id))

    def _move(self, rows: AttemptRows, row: tables.Attempt, to: AttemptStatus, reason: str) -> None:
        try:
            row.status = advance(AttemptStatus(row.status), to).value
        except IllegalTransition as error:
            raise Conflict("illegal_state", f"The attempt is {error.status}.") from error
        row.status_reason = reason
        rows.log(row.id, self._clock(), to.value, reason)

    def _close(self, row: tables.Attempt) -> None:
        row.ended_at = self._clock()
        row.open_for = None


def _there(row: tables.Attempt | None) -> tables.Attempt:
    if row is None:
        raise NotFound("no_attempt", "There is no such attempt.")
    return row


def _is_overdue(attempt: AttemptView, now: datetime) -> bool:
    return attempt.ends_at is not None and attempt.ends_at <= now


def _steps_to_running(status: AttemptStatus) -> tuple[AttemptStatus, ...]:
    if status is AttemptStatus.CREATED or status is AttemptStatus.IDENTITY_PENDING:
        return (AttemptStatus.READY, AttemptStatus.RUNNING)
    return (AttemptStatus.RUNNING,)
