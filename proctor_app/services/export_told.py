"""What a person's archive leaves out until it may be told: marks until the results are released,
and what the review found until that is."""

from dataclasses import dataclass
from datetime import datetime

from proctor_app.db.repositories.attempts import Attempts as AttemptRows
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.incidents import Incidents as IncidentRows
from proctor_app.db.repositories.personal import Row
from proctor_app.db.session import Transaction
from proctor_app.domain.attempt import VERDICTS, AttemptStatus
from proctor_app.domain.review import ReviewKind
from proctor_app.services.results import key_released, released
from proctor_app.services.versions import Versions

_MARKS = ("points", "comment", "marked_by", "marked_at")
_JUDGED = (
    "verdict", "reason", "category", "reviewed_by", "reviewed_at", "acknowledged_by",
    "acknowledged_at",
)  # fmt: skip
NEVER = frozenset({"incidents.proposed"})
"""What one person thought and nobody confirmed is told nobody."""
_AMONG_STAFF = (ReviewKind.NOTE, ReviewKind.PROPOSED)
_ANSWERED = ("answer", "answered_by", "answered_at")
_STANDING = (
    "compliance", "to_review", "review_risk", "waits_since", "category", "judged_by", "judged_at",
)  # fmt: skip
_COUNTED = ("passed", "suspicious", "violation", "cost")
AFTER_RELEASE = frozenset(
    {f"answers.{name}" for name in _MARKS} | {"attempts.points", "attempts.marked_at"}
)
"""Columns that are left out until the candidate may see their results; those of answers until they
may see the right ones, which they tell."""
AFTER_REVIEW = frozenset(
    {f"incidents.{name}" for name in _JUDGED}
    | {f"attempts.{name}" for name in _STANDING}
    | {f"incident_tallies.{name}" for name in _COUNTED}
    | {f"appeals.{name}" for name in _ANSWERED}
)
"""Columns that are left out until the attempt is released: they tell what its review found."""
BY = frozenset(
    {
        "answers.marked_by",
        "messages.author_id",
        "incidents.reviewed_by",
        "incidents.acknowledged_by",
        "attempts.judged_by",
        "reviews.reviewer_id",
        "appeals.answered_by",
    }
)
"""Columns that name somebody, maybe of staff: the archive says who in general."""


@dataclass(frozen=True, slots=True)
class Told:
    """Of which attempts the person may know the results, what is right, and what the review found.
    waiting: ids of reviews that nobody confirmed, or that stand no more."""

    results: frozenset[str]
    keys: frozenset[str]
    reviews: frozenset[str]
    waiting: frozenset[int] = frozenset()

    def of(self, table: str, row: Row) -> Row | None:
        """The row with what may be told of it; None where it can't be told at all."""
        attempt_id = row.get("attempt_id", row.get("id"))
        known = self.keys if table == "answers" else self.results
        is_released, is_judged = attempt_id in known, attempt_id in self.reviews
        tells_verdict = table == "attempt_events" and row["kind"] in VERDICTS
        if not is_judged and (table == "reviews" or tells_verdict):
            return None
        if table == "reviews" and (row["kind"] in _AMONG_STAFF or row["id"] in self.waiting):
            return None
        kept = {
            name: value
            for name, value in row.items()
            if (is_released or f"{table}.{name}" not in AFTER_RELEASE)
            and (is_judged or f"{table}.{name}" not in AFTER_REVIEW)
            and f"{table}.{name}" not in NEVER
        }
        if table == "attempts" and not is_judged and kept["status"] in VERDICTS:
            kept["status"] = AttemptStatus.UNDER_REVIEW.value
        return kept


def told(session: Transaction, versions: Versions, user_id: str, now: datetime) -> Told:
    """What the person may know at this moment."""
    rows = ExamRows(session)
    sat = [
        (exam, attempt)
        for exam_id, attempts in rows.attempts_by_exam(user_id).items()
        if (exam := rows.by_id(exam_id)) is not None
        for attempt in attempts
    ]
    return Told(
        results=frozenset(a.id for e, a in sat if released(session, versions, e, a, now)),
        keys=frozenset(a.id for e, a in sat if key_released(session, versions, e, a, now)),
        reviews=frozenset(AttemptRows(session).released_of(user_id)),
        waiting=frozenset(IncidentRows(session).unconfirmed_of(user_id)),
    )
