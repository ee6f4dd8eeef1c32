"""What people said of incidents and attempts, and the incidents as a reviewer reads them."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, case, col, func, or_, select

from proctor_app.db.tables import Attempt, Incident, IncidentTally, Review, User
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import OF_ATTEMPT, ReviewKind

Listed = tuple[Review, str]
_OF_ATTEMPT = [kind.value for kind in OF_ATTEMPT]


class ReviewRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, review: Review) -> int:
        """Insert and return the new row's id."""
        self._session.add(review)
        self._session.flush()
        assert review.id is not None
        return review.id

    def of(self, attempt_id: str, incident_ids: Iterable[int], limit: int) -> list[Listed]:
        """The newest of the whole attempt and of these incidents, oldest first, each with the
        reviewer's name."""
        of_these = col(Review.incident_id).in_(list(incident_ids))
        query = (
            select(Review, User.name)
            .outerjoin(User, col(Review.reviewer_id) == col(User.id))
            .where(Review.attempt_id == attempt_id)
            .where(or_(col(Review.incident_id).is_(None), of_these))
            .order_by(col(Review.id).desc())
            .limit(limit)
        )
        return [(row, name or "") for row, name in self._session.exec(query)][::-1]

    def accusers(self, attempt_id: str, incident_id: int | None) -> frozenset[str]:
        """Who called an incident (None: the attempt itself) a violation, since anybody said
        otherwise."""
        about = _about(attempt_id, incident_id)
        is_violation = col(Review.verdict) == Verdict.VIOLATION.value
        otherwise = select(func.max(col(Review.id))).where(*about, ~is_violation)
        since = self._session.exec(otherwise).one() or 0
        query = select(Review.reviewer_id).where(*about, is_violation, col(Review.id) > since)
        return frozenset(self._session.exec(query.distinct()))

    def last_of_attempt(self, attempt_id: str, *, standing: bool = False) -> Review | None:
        """The newest verdict on the attempt itself. standing: none that was only proposed."""
        query = (
            select(Review)
            .where(Review.attempt_id == attempt_id, col(Review.incident_id).is_(None))
            .where(col(Review.kind).in_(_OF_ATTEMPT))
            .order_by(col(Review.id).desc())
            .limit(1)
        )
        if standing:
            query = query.where(Review.kind != ReviewKind.PROPOSED.value)
        return self._session.exec(query).one_or_none()

    def given_since(self, attempt_id: str) -> datetime | None:
        """Since when the attempt's own verdict is what it is, however often it was given again;
        None without one."""
        last = self.last_of_attempt(attempt_id, standing=True)
        if last is None:
            return None
        given = [*_about(attempt_id, None), col(Review.kind) != ReviewKind.PROPOSED.value]
        another = select(func.max(col(Review.id))).where(*given, Review.verdict != last.verdict)
        before = self._session.exec(another).one() or 0
        query = select(func.min(col(Review.at))).where(*given, col(Review.id) > before)
        return self._session.exec(query).one()

    def attempt_of(self, incident_id: int) -> str | None:
        """The id of the attempt that an incident belongs to; None for no such incident."""
        query = select(Incident.attempt_id).where(Incident.id == incident_id)
        return self._session.exec(query).one_or_none()

    def incident(self, incident_id: int) -> Incident | None:
        """The incident as it stands now; None where it was cleared away. The caller holds its
        attempt's row."""
        row = self._session.get(Incident, incident_id, populate_existing=True)
        return None if row is None or row.hidden_at is not None else row

    def to_judge(self, attempt_id: str, limit: int) -> list[Incident]:
        """The attempt's incidents as they are to be judged: those nobody judged first, of them the
        dearest, then by time."""
        is_judged = case((col(Incident.verdict) == Verdict.NOT_REVIEWED.value, 0), else_=1)
        query = (
            select(Incident)
            .where(Incident.attempt_id == attempt_id, col(Incident.hidden_at).is_(None))
            .order_by(
                is_judged, col(Incident.cost).desc(), col(Incident.opened_at), col(Incident.id)
            )
            .limit(limit)
        )
        return list(self._session.exec(query))

    def judged_by_type(
        self, exam_id: str | None, event_types: Sequence[str]
    ) -> dict[str, tuple[int, int]]:
        """How many incidents of an exam (None: of free sessions) people judged, and how many of
        them they dismissed, by type."""
        one = IncidentTally
        dismissed = func.sum(col(one.passed))
        judged = dismissed + func.sum(col(one.suspicious) + col(one.violation))
        query = (
            select(one.event_type, judged, dismissed)
            .join(Attempt, col(one.attempt_id) == col(Attempt.id))
            .where(col(Attempt.exam_id) == exam_id if exam_id else col(Attempt.exam_id).is_(None))
            .where(col(one.event_type).in_(list(event_types)))
            .group_by(col(one.event_type))
        )
        return {kind: (int(all_), int(out)) for kind, all_, out in self._session.exec(query)}


def _about(attempt_id: str, incident_id: int | None) -> list[ColumnElement[bool]]:
    """Conditions on the verdicts on an incident, or (None) on the attempt itself."""
    of_attempt = col(Review.attempt_id) == attempt_id
    if incident_id is None:
        return [
            of_attempt,
            col(Review.incident_id).is_(None),
            col(Review.kind).in_(_OF_ATTEMPT),
        ]
    is_verdict = col(Review.kind) != ReviewKind.NOTE.value
    return [of_attempt, col(Review.incident_id) == incident_id, is_verdict]
