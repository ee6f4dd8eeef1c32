"""What single candidates' rosters change of their exams' rules."""

from collections.abc import Collection

from sqlmodel import Session, col, or_, select

from proctor_app.db.tables import RosterEntry


class Accommodations:
    def __init__(self, session: Session) -> None:
        self._session = session

    def of(
        self, exam_ids: Collection[str], user_ids: Collection[str]
    ) -> dict[tuple[str, str], RosterEntry]:
        """The entries of these candidates in these exams that change a rule, by exam and
        candidate."""
        if not exam_ids or not user_ids:
            return {}
        query = select(RosterEntry).where(
            col(RosterEntry.exam_id).in_(list(exam_ids)),
            col(RosterEntry.user_id).in_(list(user_ids)),
            or_(col(RosterEntry.preset) != "", col(RosterEntry.detectors_off) != ""),
        )
        return {(row.exam_id, row.user_id): row for row in self._session.exec(query) if row.user_id}
