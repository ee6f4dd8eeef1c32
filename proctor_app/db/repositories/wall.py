"""What the live wall reads, in light rows: never all incidents of anybody."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, Select, and_, func, select
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from proctor_app.db.repositories.attempts import watched_by
from proctor_app.db.tables import (
    Attempt,
    Exam,
    ExamProctor,
    ExamVersion,
    Incident,
    IncidentTally,
    RosterEntry,
    User,
)
from proctor_app.domain.attempt import CHECKING_IN

_Seen = aliased(User)
_OF_EACH = 3


@dataclass(frozen=True, slots=True)
class SeatRow:
    """An attempt that goes on, with its candidate's name and its exam's title. questions: None for
    a free session."""

    id: str
    user_id: str
    candidate: str
    exam_id: str | None
    exam: str | None
    version_id: str | None
    questions: int | None
    status: str
    started_at: datetime | None
    duration_minutes: int
    ends_by: datetime | None
    paused_at: datetime | None
    paused_s: float
    answered: int
    compliance: float


@dataclass(frozen=True, slots=True)
class NoteRow:
    """An incident that is open, or opened lately. seen_by: the name of who acknowledged it."""

    id: int
    attempt_id: str
    user_id: str
    event_type: str
    severity: str
    detail: str
    opened_at: datetime
    closed_at: datetime | None
    confidence: float
    verdict: str
    acknowledged_at: datetime | None
    seen_by: str | None
    candidate: str
    exam_id: str | None


class Wall:
    def __init__(self, session: Session) -> None:
        self._session = session

    def seats(self, statuses: Iterable[str]) -> list[SeatRow]:
        """The attempts in these statuses, in the order of their start."""
        return [SeatRow(*row) for row in self._session.execute(seats(statuses))]

    def open_notes(self) -> list[NoteRow]:
        """Every incident that stands open, newest first."""
        return [NoteRow(*row) for row in self._session.execute(open_notes())]

    def late_notes(self, since: datetime, limit: int) -> list[NoteRow]:
        """The newest incidents that opened since then, newest first."""
        return [NoteRow(*row) for row in self._session.execute(late_notes(since, limit))]

    def notes(self, incident_ids: Collection[int]) -> list[NoteRow]:
        """These incidents, newest first."""
        query = _notes().where(col(Incident.id).in_(list(incident_ids)))
        return [NoteRow(*row) for row in self._session.execute(query)]

    def newest_of_each(self, since: datetime) -> dict[str | None, list[int]]:
        """By exam: the ids of the newest few of every attempt that goes on, opened since then. So
        many for each attempt and no more are read, however many there are."""
        found: dict[str | None, list[int]] = {}
        for exam_id, *ids in self._session.execute(newest_of_each(since)):
            found.setdefault(exam_id, []).extend(one for one in ids if one is not None)
        return found

    def newest_by_type(self, attempt_ids: Collection[str], since_slot: int) -> list[int]:
        """The ids of the newest of each type in these attempts, of those in the slots since
        then."""
        found = self._session.execute(newest_by_type(attempt_ids, since_slot))
        return [incident_id for (incident_id,) in found if incident_id is not None]

    def assigned(self, exam_ids: Collection[str]) -> dict[str, frozenset[str]]:
        """Who watches these exams; those that are everybody's are left out."""
        found: dict[str, set[str]] = {}
        for exam_id, user_id in self._session.execute(assigned(exam_ids)):
            found.setdefault(exam_id, set()).add(user_id)
        return {exam_id: frozenset(users) for exam_id, users in found.items()}

    def watched(
        self, attempt_ids: Collection[str], proctor_id: str | None, not_of: str
    ) -> frozenset[str]:
        """Those of the attempts that are this proctor's to watch; None watches all. not_of: whose
        own are left out."""
        found = self._session.execute(watched(attempt_ids, proctor_id, not_of))
        return frozenset(attempt_id for (attempt_id,) in found)

    def attendance(self, exam_id: str) -> tuple[int, int, int]:
        """Of an exam: how many people have begun it, how many are checking in now, and how many
        stand on its roster."""
        begun, checking_in, listed = self._session.execute(attendance(exam_id)).one()
        return begun, checking_in, listed

    def unacknowledged(self, attempt_id: str, until: datetime) -> list[Incident]:
        """What stands open, and opened until then."""
        query = select(Incident).where(
            col(Incident.attempt_id) == attempt_id,
            col(Incident.closed_at).is_(None),
            col(Incident.acknowledged_at).is_(None),
            col(Incident.hidden_at).is_(None),
            col(Incident.opened_at) <= until,
        )
        return list(self._session.scalars(query))

    def up_to(
        self, attempt_id: str, event_type: str, since: datetime, incident_id: int
    ) -> list[Incident]:
        """This one and those of its type that became known before it and opened since then, newest
        first, acknowledged or not."""
        query = select(Incident).where(
            col(Incident.attempt_id) == attempt_id,
            col(Incident.event_type) == event_type,
            col(Incident.opened_at) >= since,
            col(Incident.id) <= incident_id,
            col(Incident.hidden_at).is_(None),
        )
        return list(self._session.scalars(query.order_by(col(Incident.id).desc())))


def seats(statuses: Iterable[str]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            col(Attempt.id),
            col(Attempt.user_id),
            col(User.name),
            col(Attempt.exam_id),
            col(Exam.title),
            col(Attempt.version_id),
            col(ExamVersion.question_count),
            col(Attempt.status),
            col(Attempt.started_at),
            col(Attempt.duration_minutes),
            col(Attempt.ends_by),
            col(Attempt.paused_at),
            col(Attempt.paused_s),
            col(Attempt.answered),
            col(Attempt.compliance),
        )
        .join(User, col(Attempt.user_id) == col(User.id))
        .outerjoin(Exam, col(Attempt.exam_id) == col(Exam.id))
        .outerjoin(ExamVersion, col(Attempt.version_id) == col(ExamVersion.id))
        # Those that go on have this set, and few do. Of the status SQLite knows no more than how
        # many attempts have the same one on average, and reads the whole table for it.
        .where(col(Attempt.open_for) > "", col(Attempt.status).in_(list(statuses)))
        .order_by(col(Attempt.started_at), col(Attempt.id))
    )


def open_notes() -> Select[*tuple[Any, ...]]:
    return _notes().where(col(Incident.closed_at).is_(None))


def late_notes(since: datetime, limit: int) -> Select[*tuple[Any, ...]]:
    return _notes().where(col(Incident.opened_at) >= since).limit(limit)


def assigned(exam_ids: Collection[str]) -> Select[str, str]:
    query = select(col(ExamProctor.exam_id), col(ExamProctor.user_id))
    return query.where(col(ExamProctor.exam_id).in_(list(exam_ids)))


def newest_of_each(since: datetime) -> Select[*tuple[Any, ...]]:
    nth = [_nth_newest(number, since) for number in range(_OF_EACH)]
    return select(col(Attempt.exam_id), *nth).where(col(Attempt.open_for) > "")


def newest_by_type(attempt_ids: Collection[str], since_slot: int) -> Select[int | None]:
    one = IncidentTally
    key = (col(one.attempt_id), col(one.event_type))
    # What is summed up tells in which slot the newest lies: no other is read.
    newest = (
        select(*key, func.max(col(one.slot)).label("slot"))
        .where(key[0].in_(list(attempt_ids)), col(one.slot) >= since_slot, col(one.incidents) > 0)
        .group_by(*key)
        .subquery()
    )
    is_there = and_(
        col(Incident.attempt_id) == newest.c.attempt_id,
        col(Incident.event_type) == newest.c.event_type,
        col(Incident.slot) == newest.c.slot,
    )
    return (
        select(func.max(col(Incident.id)))
        .join_from(newest, Incident, is_there)
        .group_by(newest.c.attempt_id, newest.c.event_type)
    )


def watched(attempt_ids: Collection[str], proctor_id: str | None, not_of: str) -> Select[str]:
    return select(col(Attempt.id)).where(
        col(Attempt.id).in_(list(attempt_ids)),
        col(Attempt.user_id) != not_of,
        *watched_by(proctor_id),
    )


def attendance(exam_id: str) -> Select[int, int, int]:
    of_exam = col(Attempt.exam_id) == exam_id
    people = func.count(col(Attempt.user_id).distinct())
    begun = select(people).where(of_exam, col(Attempt.started_at).is_not(None))
    coming = select(func.count(col(Attempt.id))).where(
        of_exam, col(Attempt.status).in_([one.value for one in CHECKING_IN])
    )
    listed = select(func.count(col(RosterEntry.id))).where(col(RosterEntry.exam_id) == exam_id)
    return select(*(one.scalar_subquery() for one in (begun, coming, listed)))


def _nth_newest(number: int, since: datetime) -> ScalarSelect[Any]:
    return (
        select(col(Incident.id))
        .where(col(Incident.attempt_id) == col(Attempt.id), col(Incident.opened_at) >= since)
        .order_by(col(Incident.opened_at).desc())
        .limit(1)
        .offset(number)
        .correlate(Attempt)
        .scalar_subquery()
    )


def _notes() -> Select[*tuple[Any, ...]]:
    return (
        select(
            col(Incident.id),
            col(Incident.attempt_id),
            col(Attempt.user_id),
            col(Incident.event_type),
            col(Incident.severity),
            col(Incident.detail),
            col(Incident.opened_at),
            col(Incident.closed_at),
            col(Incident.confidence),
            col(Incident.verdict),
            col(Incident.acknowledged_at),
            col(_Seen.name),
            col(User.name),
            col(Attempt.exam_id),
        )
        .join(Attempt, col(Incident.attempt_id) == col(Attempt.id))
        .join(User, col(Attempt.user_id) == col(User.id))
        .outerjoin(_Seen, col(Incident.acknowledged_by) == col(_Seen.id))
        .where(col(Incident.hidden_at).is_(None))
        .order_by(col(Incident.opened_at).desc(), col(Incident.id).desc())
    )
