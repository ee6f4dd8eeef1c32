"""Incidents and their evidence."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, exists, func, or_, select, update

from proctor_app.db.repositories.attempts import watched_by
from proctor_app.db.tables import Attempt, Evidence, Incident, Review, User
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import ReviewKind


@dataclass(frozen=True, slots=True)
class IncidentPlace:
    """An incident's place among those of its attempt."""

    opened_at: datetime
    id: int


class Incidents:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, incident: Incident) -> int:
        """Insert and return the new row's id."""
        self._session.add(incident)
        self._session.flush()
        assert incident.id is not None
        return incident.id

    def by_id(self, incident_id: int) -> Incident | None:
        return self._session.get(Incident, incident_id)

    def open_in(self, attempt_id: str, event_type: str) -> Incident | None:
        """The newest open incident of this type; there is at most one."""
        query = (
            select(Incident)
            .where(
                Incident.attempt_id == attempt_id,
                Incident.event_type == event_type,
                col(Incident.closed_at).is_(None),
            )
            .order_by(col(Incident.opened_at).desc())
            .limit(1)
        )
        return self._session.exec(query).one_or_none()

    def open_of(self, attempt_id: str) -> list[Incident]:
        """All that stand open in this attempt."""
        query = select(Incident).where(
            Incident.attempt_id == attempt_id, col(Incident.closed_at).is_(None)
        )
        return list(self._session.exec(query))

    def begun_at(self, attempt_id: str, event_type: str, opened_at: datetime) -> Incident | None:
        """The incident that began just then: the same one, written in a try that seemed lost."""
        query = (
            select(Incident)
            .where(
                Incident.attempt_id == attempt_id,
                Incident.event_type == event_type,
                Incident.opened_at == opened_at,
            )
            .limit(1)
        )
        return self._session.exec(query).one_or_none()

    def of_attempts(
        self, attempt_ids: Iterable[str], *, with_hidden: bool = False
    ) -> list[Incident]:
        """The incidents of these attempts, oldest first."""
        query = select(Incident).where(col(Incident.attempt_id).in_(list(attempt_ids)))
        if not with_hidden:
            query = query.where(col(Incident.hidden_at).is_(None))
        query = query.order_by(col(Incident.opened_at), col(Incident.id))
        return list(self._session.exec(query))

    def page_of(self, attempt_id: str, after: IncidentPlace | None, limit: int) -> list[Incident]:
        """The attempt's incidents behind a place (None: from the beginning), oldest first."""
        opened_at, key = col(Incident.opened_at), col(Incident.id)
        query = select(Incident).where(
            Incident.attempt_id == attempt_id, col(Incident.hidden_at).is_(None)
        )
        if after is not None:
            is_same = and_(opened_at == after.opened_at, key > after.id)
            query = query.where(or_(opened_at > after.opened_at, is_same))
        return list(self._session.exec(query.order_by(opened_at, key).limit(limit)))

    def hide(self, attempt_id: str, at: datetime) -> int:
        """Clear the attempt's incidents away; how many were."""
        query = (
            update(Incident)
            .where(col(Incident.attempt_id) == attempt_id, col(Incident.hidden_at).is_(None))
            .values(hidden_at=at)
        )
        return self._session.exec(query).rowcount

    def show_again(self, attempt_id: str) -> int:
        """Bring back what was cleared away; how many were."""
        query = (
            update(Incident)
            .where(col(Incident.attempt_id) == attempt_id, col(Incident.hidden_at).is_not(None))
            .values(hidden_at=None)
        )
        return self._session.exec(query).rowcount

    def latest(self, limit: int, watcher: str | None = None) -> list[tuple[Incident, str]]:
        """The newest incidents of all attempts, each with its candidate's name. watcher: a
        proctor, for attempts that are theirs to watch."""
        query = (
            select(Incident, User.name)
            .join(Attempt, col(Incident.attempt_id) == col(Attempt.id))
            .join(User, col(Attempt.user_id) == col(User.id))
            .where(col(Incident.hidden_at).is_(None), *watched_by(watcher))
            .order_by(col(Incident.opened_at).desc(), col(Incident.id).desc())
            .limit(limit)
        )
        return [(incident, name) for incident, name in self._session.exec(query)]

    def unclosed(self) -> list[tuple[Incident, Attempt]]:
        query = select(Incident, Attempt).join(Attempt).where(col(Incident.closed_at).is_(None))
        return list(self._session.exec(query))

    def add_evidence(self, evidence: Evidence) -> None:
        self._session.add(evidence)

    def evidence(self, incident_id: int, ordinal: int) -> Evidence | None:
        query = select(Evidence).where(
            Evidence.incident_id == incident_id, Evidence.ordinal == ordinal
        )
        return self._session.exec(query).one_or_none()

    def evidence_of(self, incident_ids: Iterable[int]) -> list[Evidence]:
        """The pictures of these incidents that are still kept, in the order they were taken."""
        query = (
            select(Evidence)
            .where(col(Evidence.incident_id).in_(list(incident_ids)), Evidence.key != "")
            .order_by(col(Evidence.incident_id), col(Evidence.taken_at), col(Evidence.id))
        )
        return list(self._session.exec(query))

    def evidence_counts(self, incident_ids: Iterable[int]) -> dict[int, int]:
        """How many pictures of each incident are still kept."""
        query = (
            select(Evidence.incident_id, func.count(col(Evidence.id)))
            .where(col(Evidence.incident_id).in_(list(incident_ids)), Evidence.key != "")
            .group_by(col(Evidence.incident_id))
        )
        return dict(self._session.exec(query).all())

    def unconfirmed_of(self, user_id: str) -> list[int]:
        """Ids of reviews that called an incident of this person's a violation, where that was only
        proposed, or stands no more."""
        later = aliased(Review)
        is_older = exists().where(
            col(later.incident_id) == col(Review.incident_id),
            col(later.id) > col(Review.id),
            col(later.kind) != ReviewKind.NOTE.value,
        )
        query = (
            select(Review.id)
            .join(Incident, col(Review.incident_id) == col(Incident.id))
            .join(Attempt, col(Review.attempt_id) == col(Attempt.id))
            .where(
                Attempt.user_id == user_id,
                Review.kind == ReviewKind.FIRST.value,
                Review.verdict == Verdict.VIOLATION.value,
                or_(Incident.verdict != Verdict.VIOLATION.value, is_older),
            )
        )
        return [one for one in self._session.exec(query) if one is not None]

    def close(self, incident: Incident, at: datetime) -> None:
        incident.closed_at = max(at, incident.opened_at)
