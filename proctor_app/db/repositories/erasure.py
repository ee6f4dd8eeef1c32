"""What is kept of a person in every table, and how it goes."""

from collections.abc import Iterable

from sqlmodel import Session, col, delete, select, update
from sqlmodel.sql.expression import SelectOfScalar

from proctor_app.db.partner_tables import LtiChoice, LtiGrade, LtiUser, SebEntry
from proctor_app.db.tables import (
    Answer,
    Appeal,
    Attempt,
    AttemptEvent,
    BrowserEvent,
    Evidence,
    ExamProctor,
    FaceChallenge,
    Incident,
    Login,
    Message,
    PasswordReset,
    Review,
    RosterEntry,
    SignalTrace,
    User,
)


class Traces:
    def __init__(self, session: Session, user_id: str) -> None:
        self._session = session
        self._user_id = user_id

    def delete_ways_in(self) -> None:
        """Log-ins with their addresses, links for a new password, challenges of face log-ins, who
        they are on learning platforms with scores for those, and the exams they watch: one whose
        only proctor is gone would be nobody's."""
        mine = select(Login.id).where(Login.user_id == self._user_id)
        self._session.exec(delete(SebEntry).where(col(SebEntry.login_id).in_(mine)))
        ways = (Login, PasswordReset, FaceChallenge, ExamProctor, LtiUser, LtiChoice, LtiGrade)
        for table in ways:
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

    def leave_rosters(self) -> None:
        """Entries with their accommodations, those that wait for the e-mail's account as well."""
        mine = col(RosterEntry.user_id) == self._user_id
        user = self._session.get(User, self._user_id)
        if user is not None:
            mine = mine | (col(RosterEntry.email) == user.email)
        self._session.exec(delete(RosterEntry).where(mine))

    def empty_texts(self) -> None:
        """What was written about the person's attempts and by them; the attempts and incidents
        stay, and so do the points."""
        mine = self._attempts()
        for statement in (
            update(AttemptEvent).where(col(AttemptEvent.attempt_id).in_(mine)).values(detail=""),
            update(Incident).where(col(Incident.attempt_id).in_(mine)).values(detail="", reason=""),
            update(Review).where(col(Review.attempt_id).in_(mine)).values(reason=""),
            update(Appeal).where(col(Appeal.attempt_id).in_(mine)).values(text="", answer=""),
            delete(SignalTrace).where(col(SignalTrace.attempt_id).in_(mine)),
            update(Attempt)
            .where(col(Attempt.user_id) == self._user_id)
            .values(status_reason="", neutral=""),
            update(Answer).where(col(Answer.attempt_id).in_(mine)).values(value="", comment=""),
            update(BrowserEvent)
            .where(col(BrowserEvent.attempt_id).in_(mine))
            .values(text="", detail=""),
            update(Message).where(col(Message.attempt_id).in_(mine)).values(text=""),
        ):
            self._session.exec(statement)

    def _attempts(self) -> SelectOfScalar[str]:
        return select(Attempt.id).where(Attempt.user_id == self._user_id)
