"""Scores on their way to learning platforms."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, select, update

from proctor_app.db.partner_tables import LtiGrade, LtiLink, LtiPlatform, LtiUser
from proctor_app.db.tables import Attempt, Exam, User
from proctor_app.domain.attempt import OPEN, AttemptStatus
from proctor_app.domain.exam import ExamStatus, Results

_BETTER_BY = 1e-9
"""Of two shares of points; what is less is rounding."""


@dataclass(frozen=True, slots=True)
class Told:
    """A score with all that is shown of it."""

    grade: LtiGrade
    link: LtiLink
    platform: str
    exam: str
    person: str


class GradeRows:
    def __init__(self, session: Session) -> None:
        self._session = session

    def ensure(self, link_id: str, user_id: str, now: datetime) -> None:
        """A row for somebody who came by a place that takes scores."""
        query = select(LtiGrade.id).where(LtiGrade.link_id == link_id, LtiGrade.user_id == user_id)
        if self._session.exec(query).first() is None:
            self._session.add(LtiGrade(link_id=link_id, user_id=user_id, updated_at=now))
            self._session.flush()

    def locked(self, grade_id: int) -> LtiGrade | None:
        return self._session.get(LtiGrade, grade_id, with_for_update=True, populate_existing=True)

    def behind(self, after: int, limit: int, now: datetime) -> list[tuple[LtiGrade, str]]:
        """Those whose score may be another one than is known here, and the exam, by their ids: the
        attempt that counts was marked anew, or there is a better one. Attempts whose results are
        certainly not released don't count, so that what waits for them is not found again and
        again."""
        query = (
            select(LtiGrade, LtiLink.exam_id)
            .join(LtiLink, col(LtiLink.id) == col(LtiGrade.link_id))
            .join(Exam, col(Exam.id) == col(LtiLink.exam_id))
            .where(
                col(LtiGrade.id) > after,
                LtiLink.line_item != "",
                sqlalchemy.exists().where(
                    col(Attempt.user_id) == col(LtiGrade.user_id),
                    col(Attempt.exam_id) == col(Exam.id),
                    col(Attempt.points).is_not(None),
                    col(Attempt.max_points) > 0,
                    _is_other(),
                    _may_be_released(now),
                ),
            )
            .order_by(col(LtiGrade.id))
            .limit(limit)
        )
        return [(grade, exam_id) for grade, exam_id in self._session.exec(query)]

    def exam_of(self, grade_id: int) -> str | None:
        query = select(LtiLink.exam_id).join(LtiGrade, col(LtiGrade.link_id) == col(LtiLink.id))
        return self._session.exec(query.where(LtiGrade.id == grade_id)).first()

    def due(self, now: datetime, limit: int, without: Collection[str]) -> list[tuple[int, str]]:
        """What waits the longest, and its platform. without: platforms that are left out."""
        query = (
            select(LtiGrade.id, LtiLink.platform_id)
            .join(LtiLink, col(LtiLink.id) == col(LtiGrade.link_id))
            .where(*_due(now), col(LtiLink.platform_id).not_in(without))
            .order_by(col(LtiGrade.due_at), col(LtiGrade.id))
            .limit(limit)
        )
        return [(one or 0, platform_id) for one, platform_id in self._session.exec(query)]

    def claim(self, grade_id: int, now: datetime, until: datetime) -> bool:
        """Whether it is this worker's to send."""
        done = self._session.execute(
            update(LtiGrade)
            .where(col(LtiGrade.id) == grade_id, *_due(now))
            .values(claimed_until=until)
        )
        return bool(done.rowcount == 1)  # type: ignore[attr-defined]

    def parts(self, grade_id: int) -> tuple[LtiLink, LtiPlatform, str] | None:
        """Where a score goes, and who it is about there."""
        query = (
            select(LtiLink, LtiPlatform, LtiUser.subject)
            .join(LtiGrade, col(LtiLink.id) == col(LtiGrade.link_id))
            .join(LtiPlatform, col(LtiPlatform.id) == col(LtiLink.platform_id))
            .join(
                LtiUser,
                (col(LtiUser.platform_id) == col(LtiLink.platform_id))
                & (col(LtiUser.user_id) == col(LtiGrade.user_id)),
            )
            .where(LtiGrade.id == grade_id)
        )
        return self._session.exec(query).first()

    def latest(self, limit: int) -> list[Told]:
        """The scores that changed last."""
        query = (
            sqlalchemy.select(
                LtiGrade, LtiLink, col(LtiPlatform.name), col(Exam.title), col(User.name)
            )
            .join(LtiLink, col(LtiLink.id) == col(LtiGrade.link_id))
            .join(LtiPlatform, col(LtiPlatform.id) == col(LtiLink.platform_id))
            .join(Exam, col(Exam.id) == col(LtiLink.exam_id))
            .join(User, col(User.id) == col(LtiGrade.user_id))
            .order_by(col(LtiGrade.updated_at).desc(), col(LtiGrade.id).desc())
            .limit(limit)
        )
        return [Told(*row) for row in self._session.execute(query)]


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        col(LtiGrade.due_at) <= now,
        or_(col(LtiGrade.claimed_until).is_(None), col(LtiGrade.claimed_until) <= now),
    )


def _is_other() -> ColumnElement[bool]:
    """Whether an attempt has other points than are known, or a larger share of its points."""
    own = col(Attempt.points) * col(LtiGrade.max_points)
    known = col(LtiGrade.points) * col(Attempt.max_points)
    changed = or_(
        col(Attempt.points) != col(LtiGrade.points),
        col(Attempt.max_points) != col(LtiGrade.max_points),
    )
    return or_(
        col(LtiGrade.points).is_(None),
        own > known + _BETTER_BY,
        and_(col(Attempt.id) == col(LtiGrade.attempt_id), changed),
    )


def _may_be_released(now: datetime) -> ColumnElement[bool]:
    """Never wrong where it says no; ``released`` of services/results.py says yes."""
    has_closed = or_(col(Exam.closes_at) <= now, col(Exam.status) == ExamStatus.CLOSED)
    return and_(
        col(Attempt.status).not_in(sorted({*OPEN, AttemptStatus.CANCELLED})),
        or_(
            col(Attempt.released_at).is_not(None),
            col(Exam.results_at) <= now,
            col(Exam.results) == Results.WHEN_MARKED,
            and_(col(Exam.results) == Results.WHEN_CLOSED, has_closed),
        ),
    )
