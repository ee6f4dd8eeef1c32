"""What there is to mark, exam by exam.

An ended attempt has no points exactly as long as an answer of it has none: so whole attempts tell
where something is left, and only theirs are looked through.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from proctor_app.db.tables import Answer, Attempt, Exam
from proctor_app.domain.attempt import ENDINGS, VERDICTS, AttemptStatus

_ENDED = tuple(sorted(ENDINGS | VERDICTS | {AttemptStatus.UNDER_REVIEW}))


@dataclass(frozen=True, slots=True)
class Left:
    """attempts: that have ended; answers: of them, without points."""

    attempts: int = 0
    answers: int = 0


def was_sat(*, only_unmarked: bool) -> ColumnElement[bool]:
    """Whether an attempt of the exam has ended; or whether one of those is not wholly marked."""
    found = select(Attempt.id).where(
        col(Attempt.exam_id) == col(Exam.id), col(Attempt.status).in_(_ENDED)
    )
    if only_unmarked:
        found = found.where(col(Attempt.points).is_(None))
    # Not by EXISTS: MariaDB turns that into a list of all such attempts, made anew for each page.
    return found.limit(1).correlate(Exam).scalar_subquery().is_not(None)


class MarkingRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def left(self, exam_ids: Iterable[str]) -> dict[str, Left]:
        """Of each of these exams."""
        ids = list(exam_ids)
        attempts, answers = self._attempts(ids), self._answers(ids)
        return {one: Left(attempts.get(one, 0), answers.get(one, 0)) for one in ids}

    def _attempts(self, exam_ids: list[str]) -> dict[str | None, int]:
        query = (
            select(Attempt.exam_id, func.count(col(Attempt.id)))
            .where(col(Attempt.exam_id).in_(exam_ids), col(Attempt.status).in_(_ENDED))
            .group_by(col(Attempt.exam_id))
        )
        return dict(self._session.exec(query).all())

    def _answers(self, exam_ids: list[str]) -> dict[str | None, int]:
        query = (
            select(Attempt.exam_id, func.count(col(Answer.id)))
            .join(Answer, col(Answer.attempt_id) == col(Attempt.id))
            .where(
                col(Attempt.exam_id).in_(exam_ids),
                col(Attempt.status).in_(_ENDED),
                col(Attempt.points).is_(None),
                col(Answer.points).is_(None),
                Answer.value != "",
            )
            .group_by(col(Attempt.exam_id))
        )
        return dict(self._session.exec(query).all())
