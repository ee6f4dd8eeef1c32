"""Whose attempts a proctor may touch: those of the exams they watch.

An exam that nobody was assigned to is every proctor's, and so are free sessions; admins may always.
"""

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.session import Transaction
from proctor_app.domain.access import Action, Actor, Role
from proctor_app.errors import NotAllowed, NotFound
from proctor_app.services.access import allow

_THEIRS = frozenset({Action.SIT, Action.STEER, Action.READ_ATTEMPT})
"""What a candidate may do with an attempt of their own, whatever their role."""


def allow_on(session: Transaction, actor: Actor, action: Action, attempt: tables.Attempt) -> None:
    """Return if the actor may do this to the attempt. Raises NotAllowed."""
    allow(actor, action, attempt.user_id)
    if action in _THEIRS and actor.user_id == attempt.user_id:
        return
    if attempt.exam_id is not None:
        _watches(session, actor, attempt.exam_id)


def allow_on_id(
    session: Transaction, actor: Actor, action: Action, attempt_id: str
) -> tables.Attempt:
    """The attempt, if the actor may do this to it. Raises NotFound, NotAllowed."""
    row = AttemptRows(session).by_id(attempt_id)
    if row is None:
        raise NotFound("no_attempt", "There is no such attempt.")
    allow_on(session, actor, action, row)
    return row


def allow_on_exam(session: Transaction, actor: Actor, exam_id: str) -> tables.Exam:
    """The exam, if the actor is staff that watches it. Raises NotFound, NotAllowed."""
    allow(actor, Action.WATCH)
    exam = ExamRows(session).by_id(exam_id)
    if exam is None:
        raise NotFound("no_exam", "There is no such exam.")
    _watches(session, actor, exam_id)
    return exam


def not_ones_own(actor: Actor, attempt: tables.Attempt) -> None:
    """Raise NotAllowed where staff would judge what they sat themselves."""
    if actor.user_id == attempt.user_id:
        raise NotAllowed("own_attempt", "This attempt is your own. Somebody else has to do this.")


def watcher(actor: Actor) -> str | None:
    """Whom to ask for in a query of attempts: None sees all of them."""
    return actor.user_id if actor.role is Role.PROCTOR else None


def _watches(session: Transaction, actor: Actor, exam_id: str) -> None:
    if actor.role is Role.ADMIN:
        return
    assigned = ExamRows(session).proctor_ids(exam_id)
    if assigned and actor.user_id not in assigned:
        raise NotAllowed("not_your_exam", "Other people watch this exam.")
