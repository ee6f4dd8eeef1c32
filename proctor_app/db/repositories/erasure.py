"""What is kept of a person in every table, and how it goes."""

from collections.abc import Iterable

from sqlmodel import Session, col, delete, select, update
from sqlmodel.sql.expression import SelectOfScalar

from proctor_app.db.tables import (
    Attempt,
    AttemptEvent,
    Evidence,
    FaceChallenge,
    Incident,
    Login,
    PasswordReset,
)


class Traces:
    def __init__(self, session: Session, user_id: str) -> None:
        self._session = session
        self._user_id = user_id

    def delete_ways_in(self) -> None:
        """Log-ins with their addresses, links for a new password, challenges of face log-ins."""
        for table in (Login, PasswordReset, FaceChallenge):
            self._session.exec(delete(table).where(col(table.user_id) == self._user_id))

    def pictures(self, limit: int) -> list[Evidence]:
        """Evidence whose picture is still kept."""
        incidents = select(Incident.id).where(col(Incident.attempt_id).in_(self._attempts()))
        query = (
            select(Evidence)
            .where(col(Evidence.incident_id).in_(incidents), Evidence.key != "")
            .order_by(col(Evidence.id))
            .limit(limit)
        )
        return list(self._session.exec(query))

    def forget_pictures(self, evidence_ids: Iterable[int]) -> None:
        """Their digests stay, so that what was recorded can still be checked."""
        ids = list(evidence_ids)
        self._session.exec(update(Evidence).where(col(Evidence.id).in_(ids)).values(key=""))

    def empty_texts(self) -> None:
        """What was written about the person's attempts; the attempts and incidents stay."""
        mine = self._attempts()
        for statement in (
            update(AttemptEvent).where(col(AttemptEvent.attempt_id).in_(mine)).values(detail=""),
            update(Incident).where(col(Incident.attempt_id).in_(mine)).values(detail=""),
            update(Attempt).where(col(Attempt.user_id) == self._user_id).values(status_reason=""),
        ):
            self._session.exec(statement)

    def _attempts(self) -> SelectOfScalar[str]:
        return select(Attempt.id).where(Attempt.user_id == self._user_id)
