"""The attempts that wait for a person, the riskiest or the oldest first."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.orm import Mapped, aliased
from sqlmodel import Session, col, exists, func, select

from proctor_app.db.repositories.attempts import watched_by
from proctor_app.db.tables import Appeal, Attempt, Exam, Incident, Review, User
from proctor_app.domain.attempt import ENDINGS, AttemptStatus
from proctor_app.domain.incident import Verdict
from proctor_app.domain.review import OF_ATTEMPT, QueueKind, QueueSort, ReviewKind

Queued = tuple[Attempt, str, str | None]
_HALF_STEP = 0.04
"""Scores have one digit after the point, and some databases keep them in single precision."""
_OF_ATTEMPT = [kind.value for kind in OF_ATTEMPT]
_TO_BE_JUDGED = [*(one.value for one in ENDINGS), AttemptStatus.UNDER_REVIEW.value]


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """An attempt's place in the queue, however that is sorted."""

    risk: float
    since: datetime
    id: str


@dataclass(frozen=True, slots=True)
class QueueQuery:
    """reader: who looks, and never sees what they sat. watcher: a proctor, for attempts that are
    theirs to watch. exam_id: "" for all."""

    kind: QueueKind
    reader: str
    exam_id: str = ""
    watcher: str | None = None
    sort: QueueSort = QueueSort.RISK


class ReviewQueue:
    def __init__(self, session: Session) -> None:
        self._session = session

    def page(self, asked: QueueQuery, start: QueuePlace | None, limit: int) -> list[Queued]:
        """At most ``limit`` attempts that follow the start, each with its candidate's name and its
        exam's title; none of somebody who was erased, of whom nothing may be written any more."""
        order = _order(asked.sort)
        query = (
            select(Attempt, User.name, Exam.title)
            .join(User, col(Attempt.user_id) == col(User.id))
            .outerjoin(Exam, col(Attempt.exam_id) == col(Exam.id))
            .where(order[0].is_not(None), *watched_by(asked.watcher), *_waiting(asked.kind))
            .where(col(User.erased_at).is_(None), User.id != asked.reader)
            .order_by(*order)
            .limit(limit)
        )
        if asked.exam_id:
            query = query.where(Attempt.exam_id == asked.exam_id)
        if start is not None:
            query = query.where(*_beyond(asked.sort, start))
        return [(row, name, title) for row, name, title in self._session.exec(query)]

    def appealed(self, attempt_ids: Iterable[str]) -> set[str]:
        """Those of the attempts whose candidate's appeal has no answer yet."""
        query = select(Appeal.attempt_id).where(
            col(Appeal.attempt_id).in_(list(attempt_ids)), col(Appeal.answered_at).is_(None)
        )
        return set(self._session.exec(query))

    def second_wanted(self, attempt_ids: Iterable[str]) -> dict[str, int]:
        """How many violations wait for a second person, by attempt."""
        ids = list(attempt_ids)
        incidents = (
            select(Incident.attempt_id, func.count(col(Incident.id)))
            .where(col(Incident.attempt_id).in_(ids), *_proposed_incident())
            .group_by(col(Incident.attempt_id))
        )
        found = dict(self._session.exec(incidents).all())
        own = select(Attempt.id).where(col(Attempt.id).in_(ids), _proposed_attempt())
        for attempt_id in self._session.exec(own):
            found[attempt_id] = found.get(attempt_id, 0) + 1
        return found


def _order(sort: QueueSort) -> list[Mapped[Any]]:
    since, last = col(Attempt.waits_since), col(Attempt.id)
    return [col(Attempt.review_risk), since, last] if sort is QueueSort.RISK else [since, last]


def _beyond(sort: QueueSort, start: QueuePlace) -> list[ColumnElement[bool]]:
    """Conditions on attempts that follow the start; the first is one that an index serves."""
    risk, since, last = _order(QueueSort.RISK)
    later = (since > start.since) | ((since == start.since) & (last > start.id))
    if sort is QueueSort.AGE:
        return [since >= start.since, later]
    return [risk > start.risk - _HALF_STEP, (risk > start.risk + _HALF_STEP) | later]


def _waiting(kind: QueueKind) -> list[ColumnElement[bool]]:
    """Conditions on attempts that wait for this."""
    own = col(Incident.attempt_id) == col(Attempt.id)
    match kind:
        case QueueKind.ALL:
            return []
        case QueueKind.INCIDENTS:
            # Said as EXISTS, MariaDB would gather the incidents of all attempts first.
            unjudged = (
                select(Incident.id)
                .where(
                    own,
                    col(Incident.verdict) == Verdict.NOT_REVIEWED.value,
                    col(Incident.proposed) == "",
                    col(Incident.hidden_at).is_(None),
                )
                .limit(1)
                .scalar_subquery()
            )
            return [col(Attempt.to_review) > 0, unjudged.is_not(None)]
        case QueueKind.SECOND:
            return [exists().where(own, *_proposed_incident()) | _proposed_attempt()]
        case QueueKind.VERDICT:
            is_over = col(Attempt.status).in_(_TO_BE_JUDGED)
            return [is_over, col(Attempt.to_review) == 0, ~_proposed_attempt()]
        case QueueKind.APPEAL:
            is_theirs = col(Appeal.attempt_id) == col(Attempt.id)
            return [exists().where(is_theirs, col(Appeal.answered_at).is_(None))]


def _proposed_incident() -> list[ColumnElement[bool]]:
    return [col(Incident.proposed) != "", col(Incident.hidden_at).is_(None)]


def _proposed_attempt() -> ColumnElement[bool]:
    """Whether the newest verdict on the attempt itself is only proposed."""
    later = aliased(Review)
    is_older = exists().where(
        col(later.attempt_id) == col(Review.attempt_id),
        col(later.incident_id).is_(None),
        col(later.kind).in_(_OF_ATTEMPT),
        col(later.id) > col(Review.id),
    )
    return exists().where(
        col(Review.attempt_id) == col(Attempt.id),
        col(Review.incident_id).is_(None),
        col(Review.kind) == ReviewKind.PROPOSED.value,
        ~is_older,
    )
