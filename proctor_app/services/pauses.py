"""Pauses: whose they are, and who may lift them."""

from dataclasses import dataclass
from typing import Literal

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.session import Transaction
from proctor_app.domain.access import Actor
from proctor_app.domain.attempt import MONITORED, AttemptStatus
from proctor_app.errors import NotAllowed
from proctor_app.services import moves, views
from proctor_app.services.audit import Audit
from proctor_app.services.moves import Moves
from proctor_app.services.views import AttemptView

Pauser = Literal["candidate", "staff", "installation"]
_THE_CANDIDATES = ("", "candidate")


@dataclass(frozen=True, slots=True)
class Moved:
    """The attempt as it stands now; is_new: whether this changed it."""

    attempt: AttemptView
    is_new: bool


class Pauses:
    """Each works on a row that the caller has locked, within the caller's transaction; otherwise
    authorised by the caller."""

    def __init__(self, moves: Moves, audit: Audit, clock: Clock) -> None:
        self._moves = moves
        self._audit = audit
        self._clock = clock

    def pause(
        self,
        session: Transaction,
        row: tables.Attempt,
        by: Pauser,
        reason: str,
        actor: Actor | None = None,
    ) -> Moved:
        """Stop the candidate's clock. actor: None for the installation itself.

        A pause of the candidate's own becomes that of whoever pauses then, any other stays as it
        is. An attempt whose time is up ends instead. Raises Conflict (it does not run).
        """
        if self._moves.expire(session, row):
            return Moved(views.attempt(row), is_new=True)
        if row.status != AttemptStatus.PAUSED:
            self._moves.move(session, row, AttemptStatus.PAUSED, reason)
        elif row.paused_by in _THE_CANDIDATES and by not in _THE_CANDIDATES:
            row.status_reason = reason
            AttemptRows(session).log(row.id, self._clock(), row.status, reason)
        else:
            return Moved(views.attempt(row), is_new=False)
        row.paused_by = by
        self._audit.note(session, actor, "attempt.paused", "attempt", row.id, by=by)
        return Moved(views.attempt(row), is_new=True)

    def lift(self, session: Transaction, row: tables.Attempt, reason: str, actor: Actor) -> Moved:
        """Let a paused attempt run again; one that runs stays as it is. A candidate lifts only a
        pause of their own, and who paused is looked at here, where nobody else can pause.

        Raises NotAllowed ("resume_not_allowed"), Conflict (neither paused nor running).
        """
        if row.status != AttemptStatus.PAUSED:
            if row.status not in MONITORED:
                raise moves.not_running(row)
            return Moved(views.attempt(row), is_new=False)
        if actor.user_id == row.user_id and row.paused_by not in _THE_CANDIDATES:
            raise NotAllowed("resume_not_allowed", "Only a proctor can let this exam go on.")
        self._moves.move(session, row, AttemptStatus.RUNNING, reason)
        self._audit.note(session, actor, "attempt.resumed", "attempt", row.id)
        return Moved(views.attempt(row), is_new=True)
