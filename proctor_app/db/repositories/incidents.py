"""Incidents and their evidence."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, func, select

from proctor_app.db.tables import Attempt, Evidence, Incident, User


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

    def of_attempts(self, attempt_ids: Iterable[str]) -> list[Incident]:
        """The incidents of these attempts, oldest first."""
        query = (
            select(Incident)
            .where(col(Incident.attempt_id).in_(list(attempt_ids)))
            .order_by(col(Incident.opened_at), col(Incident.id))
        )
        return list(self._session.exec(query))

    def latest(self, limit: int) -> list[tuple[Incident, str]]:
        """The newest incidents of all attempts, each with its candidate's name."""
        query = (
            select(Incident, User.name)
            .join(Attempt, col(Incident.attempt_id) == col(Attempt.id))
            .join(User, col(Attempt.user_id) == col(User.id))
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

    def evidence_counts(self, incident_ids: Iterable[int]) -> dict[int, int]:
        """How many pictures of each incident are still kept."""
        query = (
            select(Evidence.incident_id, func.count(col(Evidence.id)))
            .where(col(Evidence.incident_id).in_(list(incident_ids)), Evidence.key != "")
            .group_by(col(Evidence.incident_id))
        )
        return dict(self._session.exec(query).all())

    def close(self, incident: Incident, at: datetime) -> None:
        incident.closed_at = max(at, incident.opened_at)
