"""Words between proctor and candidate while an exam is sat, kept with the attempt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from proctor_app.clock import Clock
from proctor_app.db import tables
from proctor_app.db.repositories.messages import Messages as MessageRows
from proctor_app.db.session import Database, Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import OPEN, AttemptStatus
from proctor_app.errors import Conflict, Invalid, NotAllowed
from proctor_app.services.attempt_access import allow_on_id, not_ones_own
from proctor_app.services.audit import Audit

MAX_TEXT = 1000
_SHOWN = 100
MESSAGE, WARNING = "message", "warning"
Author = Literal["candidate", "proctor", "installation"]


@dataclass(frozen=True, slots=True)
class MessageView:
    """kind: message or warning."""

    id: int
    author: Author
    kind: str
    text: str
    sent_at: datetime


class Messages:
    def __init__(self, database: Database, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    def of(self, actor: Actor, attempt_id: str) -> tuple[MessageView, ...]:
        """The newest messages of the attempt, oldest first. Raises NotFound, NotAllowed."""
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_ATTEMPT, attempt_id)
            found = MessageRows(session).of(attempt_id, _SHOWN)
        return tuple(_view(message, row.user_id) for message in found)

    def send(self, actor: Actor, attempt_id: str, text: str, *, warn: bool = False) -> MessageView:
        """Keep what the candidate or a proctor says to the other. warn: a warning, of staff alone,
        that stands on the candidate's page until they have read it.

        Raises NotFound, NotAllowed, Invalid (empty or too long), Conflict (it has ended).
        """
        text, kind = cleaned(text, "text"), WARNING if warn else MESSAGE
        with self._database.write() as session:
            row = allow_on_id(session, actor, Action.STEER, attempt_id)
            is_candidates = actor.user_id == row.user_id
            if warn and is_candidates:
                raise NotAllowed("own_attempt", "Nobody warns themselves.")
            if AttemptStatus(row.status) not in OPEN:
                raise Conflict("attempt_ended", "The attempt has ended.")
            message = MessageRows(session).add(
                attempt_id, actor.user_id, kind, text, self._clock(), for_staff=is_candidates
            )
            if not is_candidates:
                self._audit.note(session, actor, f"{kind}.sent", "attempt", attempt_id)
            return _view(message, row.user_id)

    def mark_seen(self, actor: Actor, attempt_id: str) -> int:
        """Staff of the exam have seen what the candidate wrote; how many messages were new.

        Raises NotFound, NotAllowed.
        """
        with self._database.read() as session:
            row = allow_on_id(session, actor, Action.READ_EVIDENCE, attempt_id)
            not_ones_own(actor, row)
            if not unseen(session, [attempt_id]):
                return 0
        with self._database.write() as session:
            return MessageRows(session).mark_seen(attempt_id, self._clock())


def unseen(session: Transaction, attempt_ids: Sequence[str]) -> dict[str, int]:
    """How many messages of these attempts' candidates no staff has seen; the caller has made sure
    that the attempts may be watched. Attempts without any are left out."""
    return MessageRows(session).unseen(attempt_ids)


def cleaned(text: str, what: str, longest: int = MAX_TEXT) -> str:
    """Text for people, without control characters. Raises Invalid where none is left, or where it
    is too long."""
    if len(text) > longest:
        raise Invalid(f"{what}_too_long", f"Write at most {longest} characters.")
    kept = "".join(c for c in text if c.isprintable() or c in "\n\t").strip()
    if not kept:
        raise Invalid(f"{what}_missing", f"The {what} is missing.")
    return kept


def _view(message: tables.Message, candidate_id: str) -> MessageView:
    author: Author = "proctor" if message.author_id else "installation"
    if message.author_id == candidate_id:
        author = "candidate"
    return MessageView(message.id or 0, author, message.kind, message.text, message.sent_at)
