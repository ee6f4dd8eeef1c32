"""Many incidents judged in one go, attempt by attempt, and taken back the same way."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, literal
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import Session, case, col, exists, func, insert, or_, select, update

from proctor_app.db.tables import Attempt, Incident, Review, User, UtcDateTime
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import ReviewKind


@dataclass(frozen=True, slots=True)
class Unjudged:
    """Incidents of one type that nobody judged, in an exam or (exam_id empty) in free sessions.
    since: opened no sooner. sparing: not of this person's own attempts."""

    exam_id: str
    event_type: str
    since: datetime | None
    sparing: str


@dataclass(frozen=True, slots=True)
class BulkMark:
    """Who judged, when, in which go, and why."""

    bulk_id: str
    reviewer_id: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Past:
    bulk_id: str
    event_type: str
    reason: str
    reviewer: str
    at: datetime
    incidents: int
    attempts: int
    undone: int


_COLUMNS = [
    "attempt_id", "incident_id", "reviewer_id", "kind", "verdict", "category", "reason",
    "bulk_id", "at",
]  # fmt: skip


class BulkReviews:
    def __init__(self, session: Session) -> None:
        self._session = session

    def count(self, wanted: Unjudged) -> int:
        query = (
            select(func.count(col(Incident.id)))
            .join(Attempt, col(Incident.attempt_id) == col(Attempt.id))
            .where(*_of_exam(wanted), *_unjudged(wanted))
        )
        return self._session.exec(query).one()

    def attempts(self, wanted: Unjudged) -> list[str]:
        """Ids of the attempts that have such incidents."""
        has_some = exists().where(col(Incident.attempt_id) == col(Attempt.id), *_unjudged(wanted))
        query = select(Attempt.id).where(*_of_exam(wanted), has_some).order_by(col(Attempt.id))
        return list(self._session.exec(query))

    def dismiss(self, attempt_id: str, wanted: Unjudged, mark: BulkMark) -> int:
        """Dismiss those of one attempt; how many. The caller holds its row."""
        which = (col(Incident.attempt_id) == attempt_id, *_unjudged(wanted))
        said = _said(mark, ReviewKind.BULK, Verdict.PASSED)
        reviews = select_columns(col(Incident.attempt_id), col(Incident.id), *said).where(*which)
        self._session.exec(insert(Review).from_select(_COLUMNS, reviews))
        stands = {
            "verdict": Verdict.PASSED.value,
            "reviewed_by": mark.reviewer_id,
            "reviewed_at": mark.at,
            "reason": mark.reason,
            "category": "",
        }
        return self._session.exec(update(Incident).where(*which).values(stands)).rowcount

    def begun(self, bulk_id: str) -> tuple[str | None, str, str, str] | None:
        """Of what was judged in this go: the exam (None for free sessions), the type of incident,
        who did it, and why; None for no such."""
        query = (
            select(Attempt.exam_id, Incident.event_type, Review.reviewer_id, Review.reason)
            .join(Review, col(Review.attempt_id) == col(Attempt.id))
            .join(Incident, col(Review.incident_id) == col(Incident.id))
            .where(Review.bulk_id == bulk_id, Review.kind == ReviewKind.BULK.value)
            .limit(1)
        )
        found = self._session.exec(query).first()
        return None if found is None else (found[0], found[1], found[2], found[3])

    def attempts_of(self, bulk_id: str, sparing: str) -> list[str]:
        """Ids of the attempts that still stand as this go judged them, at least in part."""
        query = (
            select(Review.attempt_id)
            .join(Attempt, col(Review.attempt_id) == col(Attempt.id))
            .where(*_standing(bulk_id), *_owners(sparing))
            .distinct()
            .order_by(col(Review.attempt_id))
        )
        return list(self._session.exec(query))

    def undo(self, attempt_id: str, mark: BulkMark) -> int:
        """Take back what stands of this go in one attempt; how many. The caller holds its row."""
        which = (col(Review.attempt_id) == attempt_id, *_standing(mark.bulk_id))
        ids = list(self._session.exec(select(Review.incident_id).where(*which)))
        said = _said(mark, ReviewKind.UNDO, Verdict.NOT_REVIEWED)
        reviews = select_columns(col(Review.attempt_id), col(Review.incident_id), *said)
        self._session.exec(insert(Review).from_select(_COLUMNS, reviews.where(*which)))
        stands = {
            "verdict": Verdict.NOT_REVIEWED.value,
            "reviewed_by": "",
            "reviewed_at": None,
            "reason": "",
            "category": "",
        }
        for start in range(0, len(ids), _AT_ONCE):
            some = col(Incident.id).in_(ids[start : start + _AT_ONCE])
            self._session.exec(update(Incident).where(some).values(stands))
        return len(ids)

    def said_of(self, attempt_id: str, mark: BulkMark, kind: ReviewKind) -> list[int]:
        """Ids of the incidents of one attempt of which just this was said now."""
        query = (
            select(Review.incident_id)
            .where(
                Review.bulk_id == mark.bulk_id,
                Review.attempt_id == attempt_id,
                Review.kind == kind.value,
                Review.at == mark.at,
            )
            .order_by(col(Review.incident_id))
        )
        return [one for one in self._session.exec(query) if one is not None]

    def past(self, exam_id: str, limit: int) -> list[Past]:
        """What was judged in one go in an exam or (empty) in free sessions, the newest first."""
        is_bulk = col(Review.kind) == ReviewKind.BULK.value
        at = func.min(col(Review.at))
        query = (
            select_columns(
                col(Review.bulk_id),
                func.min(col(Review.incident_id)),
                func.min(case((is_bulk, col(Review.reason)))),
                func.min(case((is_bulk, col(Review.reviewer_id)))),
                at,
                func.sum(case((is_bulk, 1), else_=0)),
                func.count(func.distinct(col(Review.attempt_id))),
                func.sum(case((is_bulk, 0), else_=1)),
            )
            .join(Attempt, col(Review.attempt_id) == col(Attempt.id))
            .where(col(Review.bulk_id).is_not(None), _exam(exam_id))
            .group_by(col(Review.bulk_id))
            .order_by(at.desc(), col(Review.bulk_id))
            .limit(limit)
        )
        found = self._session.execute(query).all()
        names, types = self._names({row[3] for row in found}), self._types(row[1] for row in found)
        return [
            Past(row[0], types[row[1]], row[2] or "", names.get(row[3], ""), row[4], int(row[5]),
                 int(row[6]), int(row[7]))
            for row in found
        ]  # fmt: skip

    def _types(self, incident_ids: Iterable[int]) -> dict[int, str]:
        """All incidents of one go are of one type: to look at one of each is enough."""
        query = select(Incident.id, Incident.event_type).where(
            col(Incident.id).in_(list(incident_ids))
        )
        return {one: kind for one, kind in self._session.exec(query) if one is not None}

    def _names(self, user_ids: set[str]) -> dict[str, str]:
        query = select(User.id, User.name).where(col(User.id).in_(user_ids))
        return dict(self._session.exec(query).all())


_AT_ONCE = 500


def _exam(exam_id: str) -> ColumnElement[bool]:
    return col(Attempt.exam_id) == exam_id if exam_id else col(Attempt.exam_id).is_(None)


def _of_exam(wanted: Unjudged) -> Sequence[ColumnElement[bool]]:
    return (_exam(wanted.exam_id), *_owners(wanted.sparing))


def _owners(sparing: str) -> Sequence[ColumnElement[bool]]:
    """Conditions on attempts: of others, whose erasure was not begun."""
    is_there = exists().where(
        col(User.id) == col(Attempt.user_id),
        or_(col(User.erasure_requested_at).is_(None), col(User.password_hash) != ""),
    )
    return (col(Attempt.user_id) != sparing, is_there)


def _unjudged(wanted: Unjudged) -> Sequence[ColumnElement[bool]]:
    """Conditions on incidents; what somebody called a violation is no rule's fault alone."""
    found = [
        col(Incident.event_type) == wanted.event_type,
        col(Incident.verdict) == Verdict.NOT_REVIEWED.value,
        col(Incident.proposed) == "",
        col(Incident.hidden_at).is_(None),
    ]
    if wanted.since is not None:
        found.append(col(Incident.opened_at) >= wanted.since)
    return found


def _standing(bulk_id: str) -> Sequence[ColumnElement[bool]]:
    """Conditions on reviews of this go after which nobody judged the same incident."""
    later = aliased(Review)
    is_older = exists().where(
        col(later.incident_id) == col(Review.incident_id),
        col(later.id) > col(Review.id),
        col(later.kind) != ReviewKind.NOTE.value,
    )
    is_bulk = col(Review.kind) == ReviewKind.BULK.value
    return (col(Review.bulk_id) == bulk_id, is_bulk, ~is_older)


def _said(mark: BulkMark, kind: ReviewKind, verdict: Verdict) -> tuple[ColumnElement[object], ...]:
    return (
        literal(mark.reviewer_id),
        literal(kind.value),
        literal(verdict.value),
        literal(""),
        literal(mark.reason),
        literal(mark.bulk_id),
        literal(mark.at, type_=UtcDateTime()),
    )
