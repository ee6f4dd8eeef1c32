"""What every judgement begins with: who may, what was said, and the rows that are held."""

from proctor_app.db import tables
from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.reviews import ReviewRows
from proctor_app.db.repositories.users import Users
from proctor_app.db.session import Transaction
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.attempt import AttemptStatus
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import GIVEN, MAX_REASON, Category, ReviewKind, Standing
from proctor_app.errors import Conflict, Invalid
from proctor_app.services.attempt_access import allow_on, not_ones_own
from proctor_app.services.messages import cleaned
from proctor_app.services.people import erasure_begun

Said = tuple[Verdict, str, Category | None]
"""A verdict, its reason and its category."""


def hold(session: Transaction, attempt_id: str) -> tables.Attempt | None:
    """The attempt, its candidate's row and its own locked: an erasure comes wholly before what is
    written of them now, or after."""
    rows = AttemptRows(session)
    if (found := rows.by_id(attempt_id)) is None:
        return None
    Users(session).locked(found.user_id)
    return rows.locked(attempt_id)


def allow_judging(session: Transaction, actor: Actor, row: tables.Attempt) -> None:
    """Return if the actor may judge what this attempt was. Raises NotAllowed; Conflict where its
    candidate was erased."""
    allow_on(session, actor, Action.READ_EVIDENCE, row)
    not_ones_own(actor, row)
    owner = Users(session).by_id(row.user_id)
    if owner is None or erasure_begun(owner):
        raise Conflict("candidate_erased", "The candidate's data has been erased.")


def heard(verdict: str, reason: str, category: str, *, needs_reason: bool = False) -> Said:
    """A verdict as it is kept. Raises Invalid."""
    if verdict not in GIVEN:
        raise Invalid("verdict_unknown", f"A verdict is {', '.join(GIVEN)}.")
    if category and category not in set(Category):
        raise Invalid("category_unknown", f"A category is {', '.join(Category)}.")
    found = Verdict(verdict)
    if needs_reason or found is Verdict.VIOLATION or reason.strip():
        reason = cleaned(reason, "reason", MAX_REASON)
    return found, reason.strip(), Category(category) if category else None


def reviewers(session: Transaction, row: tables.Attempt) -> int:
    """How many people must call something in this attempt a violation."""
    exam = ExamRows(session).by_id(row.exam_id) if row.exam_id else None
    return exam.reviewers if exam else 1


def standing_of_incident(session: Transaction, incident: tables.Incident) -> Standing:
    """How far a violation of this incident has come."""
    return Standing(
        is_violation=incident.verdict == Verdict.VIOLATION,
        is_proposed=bool(incident.proposed),
        said_by=ReviewRows(session).accusers(incident.attempt_id, incident.id),
    )


def standing_of_attempt(session: Transaction, row: tables.Attempt) -> Standing:
    """How far the attempt's own violation has come; an appeal against it takes it out of force."""
    rows = ReviewRows(session)
    last = rows.last_of_attempt(row.id)
    return Standing(
        is_violation=row.status == AttemptStatus.VIOLATION,
        is_proposed=last is not None and last.kind == ReviewKind.PROPOSED,
        said_by=rows.accusers(row.id, None),
    )
