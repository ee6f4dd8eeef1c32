"""Exams, who watches them, and their pictures."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement
from sqlalchemy.orm import defer
from sqlmodel import Session, col, delete, exists, func, select
from sqlmodel.sql.expression import SelectOfScalar

from proctor_app.db.partner_tables import LtiOffer, SebEntry
from proctor_app.db.repositories.marking import was_sat
from proctor_app.db.repositories.matching import has
from proctor_app.db.tables import (
    Attempt,
    Exam,
    ExamPicture,
    ExamProctor,
    ExamVersion,
    RosterEntry,
    User,
)

_UNFINISHED = ("created", "identity_pending", "ready", "running", "paused", "interrupted")
_WITHOUT_CONTENT = defer(ExamVersion.content)  # type: ignore[arg-type]
_KEYS = {"created": col(Exam.created_at), "title": col(Exam.title)}
SORTS = frozenset(_KEYS)


@dataclass(frozen=True, slots=True)
class ExamFilter:
    """Empty fields admit every exam. proctor_id: only what this proctor may see. candidate_id: only
    what this candidate may sit or has sat. marking: "sat" for what has an ended attempt, "left" for
    what has one that is not wholly marked; the practice exam, which nobody marks, is none."""

    search: str = ""
    status: str = ""
    proctor_id: str = ""
    candidate_id: str = ""
    marking: Literal["", "sat", "left"] = ""


@dataclass(frozen=True, slots=True)
class ExamPlace:
    """An exam's place in a sorted list; key: the value of the column the list is sorted by."""

    key: str | datetime
    id: str


@dataclass(frozen=True, slots=True)
class VersionNote:
    """What a list tells of a version, without its content."""

    id: str
    exam_id: str
    number: int
    question_count: int
    duration_minutes: int
    is_published: bool


class Exams:
    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, exam: Exam) -> None:
        self._session.add(exam)
        self._session.flush()

    def by_id(self, exam_id: str) -> Exam | None:
        return _called(exam_id, self._session.get(Exam, exam_id))

    def locked(self, exam_id: str) -> Exam | None:
        """As ``by_id``, read anew; others who change it wait until this transaction has ended. Who
        only refers to it, as an attempt that is being made, need not wait on PostgreSQL."""
        lock = {"key_share": True}
        row = self._session.get(Exam, exam_id, populate_existing=True, with_for_update=lock)
        return _called(exam_id, row)

    def by_code(self, code: str) -> Exam | None:
        """code: upper case, as it is stored."""
        row = self._session.exec(select(Exam).where(Exam.code == code)).one_or_none()
        return row if row is not None and row.code == code else None

    def sat_by(self, user_id: str) -> list[Exam]:
        """What this candidate may sit or has sat: exams beyond drafts whose roster names them or
        that they have an attempt of, and the practice exam; newest first."""
        return list(
            self._session.exec(
                select(Exam)
                .where(*_sat_by(user_id))
                .order_by(col(Exam.created_at).desc(), col(Exam.id).desc())
            )
        )

    def is_sat_by(self, exam_id: str, user_id: str) -> bool:
        """Whether the exam is one of ``sat_by``."""
        query = select(Exam.id).where(Exam.id == exam_id, *_sat_by(user_id))
        return self._session.exec(query).first() is not None

    def page(
        self, wanted: ExamFilter, sort: str, *, down: bool, start: ExamPlace | None, limit: int
    ) -> list[Exam]:
        """At most ``limit`` exams that follow the start. sort: one of SORTS."""
        return list(
            self._session.exec(self.query(wanted, sort, down=down, start=start).limit(limit))
        )

    def query(
        self, wanted: ExamFilter, sort: str, *, down: bool, start: ExamPlace | None
    ) -> SelectOfScalar[Exam]:
        """What ``page`` asks the database for."""
        key, last = _KEYS[sort], col(Exam.id)
        query = select(Exam).where(*self._conditions(wanted))
        query = query.order_by(*(one.desc() if down else one for one in (key, last)))
        if start is None:
            return query
        beyond = key < start.key if down else key > start.key
        # Said in this way every database finds the place by its index.
        behind = last < start.id if down else last > start.id
        return query.where(key <= start.key if down else key >= start.key).where(beyond | behind)

    def count(self, wanted: ExamFilter, at_most: int) -> int:
        """How many there are, counted no further than ``at_most``."""
        some = select(Exam.id).where(*self._conditions(wanted)).limit(at_most).subquery()
        return self._session.exec(select(func.count()).select_from(some)).one()

    def count_by_status(self) -> dict[str, int]:
        query = select(Exam.status, func.count(col(Exam.id))).group_by(Exam.status)
        return dict(self._session.exec(query).all())

    def version_notes(self, exam_ids: Iterable[str]) -> list[VersionNote]:
        """Of the newest versions, in no order."""
        newest = (
            select(ExamVersion.exam_id, func.max(ExamVersion.number).label("number"))
            .where(col(ExamVersion.exam_id).in_(list(exam_ids)))
            .group_by(col(ExamVersion.exam_id))
            .subquery()
        )
        is_newest = (newest.c.exam_id == ExamVersion.exam_id) & (
            newest.c.number == ExamVersion.number
        )
        query = select(ExamVersion).join(newest, is_newest)
        return [_note(row) for row in self._session.exec(query.options(_WITHOUT_CONTENT))]

    def published_numbers(self, version_ids: Iterable[str]) -> dict[str, int]:
        """The number of each of these versions."""
        query = select(ExamVersion.id, ExamVersion.number).where(
            col(ExamVersion.id).in_(list(version_ids))
        )
        return dict(self._session.exec(query).all())

    def attempt_counts(self, exam_ids: Iterable[str]) -> dict[str, dict[str, int]]:
        """How many attempts each exam has, by their status."""
        query = (
            select(Attempt.exam_id, Attempt.status, func.count(col(Attempt.id)))
            .where(col(Attempt.exam_id).in_(list(exam_ids)))
            .group_by(col(Attempt.exam_id), col(Attempt.status))
        )
        found: dict[str, dict[str, int]] = {}
        for exam_id, status, count in self._session.exec(query):
            if exam_id is not None:
                found.setdefault(exam_id, {})[status] = count
        return found

    def unfinished_attempts(self, exam_id: str, user_id: str = "") -> list[Attempt]:
        """Attempts that have not ended, locked, in the order of their ids; of one candidate or of
        all."""
        conditions = [col(Attempt.exam_id) == exam_id, col(Attempt.status).in_(_UNFINISHED)]
        if user_id:
            conditions.append(col(Attempt.user_id) == user_id)
        query = (
            select(Attempt)
            .where(*conditions)
            .order_by(col(Attempt.id))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        return list(self._session.exec(query))

    def attempts_of(self, exam_id: str, user_id: str) -> list[Attempt]:
        """A candidate's attempts of the exam, the first one first."""
        query = (
            select(Attempt)
            .where(Attempt.exam_id == exam_id, Attempt.user_id == user_id)
            .order_by(col(Attempt.number), col(Attempt.created_at))
        )
        return list(self._session.exec(query))

    def attempts_by_exam(self, user_id: str) -> dict[str, list[Attempt]]:
        """All that ``attempts_of`` finds of this candidate, by exam."""
        query = (
            select(Attempt)
            .where(Attempt.user_id == user_id, col(Attempt.exam_id).is_not(None))
            .order_by(col(Attempt.number), col(Attempt.created_at))
        )
        found: dict[str, list[Attempt]] = {}
        for attempt in self._session.exec(query):
            found.setdefault(attempt.exam_id or "", []).append(attempt)
        return found

    def proctor_ids(self, exam_id: str) -> set[str]:
        """Who was assigned; nobody means every proctor."""
        return set(
            self._session.exec(select(ExamProctor.user_id).where(ExamProctor.exam_id == exam_id))
        )

    def proctors(self, exam_id: str) -> list[User]:
        """Who was assigned, by name."""
        query = (
            select(User)
            .join(ExamProctor, col(ExamProctor.user_id) == col(User.id))
            .where(ExamProctor.exam_id == exam_id)
            .order_by(col(User.name), col(User.id))
        )
        return list(self._session.exec(query))

    def staff(self, user_ids: Iterable[str]) -> set[str]:
        """Which of these may watch: proctors and admins with an open account."""
        query = select(User.id).where(
            col(User.id).in_(list(user_ids)),
            col(User.role).in_(("proctor", "admin")),
            col(User.disabled_at).is_(None),
        )
        return set(self._session.exec(query))

    def set_proctors(self, exam_id: str, user_ids: Iterable[str]) -> None:
        self._session.exec(delete(ExamProctor).where(col(ExamProctor.exam_id) == exam_id))
        for user_id in sorted(user_ids):
            self._session.add(ExamProctor(exam_id=exam_id, user_id=user_id))
        self._session.flush()

    def remove(self, exam: Exam) -> None:
        """The exam with its versions, roster, proctors and the rows of its pictures; it must have
        no attempt."""
        for table in (ExamProctor, RosterEntry, ExamPicture, ExamVersion, SebEntry, LtiOffer):
            self._session.exec(delete(table).where(col(table.exam_id) == exam.id))
        self._session.delete(exam)
        self._session.flush()

    def _conditions(self, wanted: ExamFilter) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if wanted.status:
            found.append(col(Exam.status) == wanted.status)
        if wanted.search:
            found.append(
                has(self._session, col(Exam.title), wanted.search)
                | has(self._session, col(Exam.code), wanted.search)
            )
        if wanted.proctor_id:
            of_exam = exists().where(col(ExamProctor.exam_id) == col(Exam.id))
            mine = of_exam.where(col(ExamProctor.user_id) == wanted.proctor_id)
            found.append(mine | (~of_exam & (col(Exam.status) != "draft")))
        if wanted.marking:
            is_left = wanted.marking == "left"
            found += [col(Exam.is_practice).is_(False), was_sat(only_unmarked=is_left)]
        if wanted.candidate_id:
            found += _sat_by(wanted.candidate_id)
        return found


def place_of(exam: Exam, sort: str) -> ExamPlace:
    """Where this exam stands in a list sorted so."""
    return ExamPlace(exam.created_at if sort == "created" else exam.title, exam.id)


def _sat_by(user_id: str) -> list[ColumnElement[bool]]:
    listed = select(RosterEntry.exam_id).where(RosterEntry.user_id == user_id)
    sat = select(Attempt.exam_id).where(
        Attempt.user_id == user_id, col(Attempt.exam_id).is_not(None)
    )
    is_theirs = col(Exam.is_practice) | col(Exam.id).in_(listed) | col(Exam.id).in_(sat)
    return [col(Exam.status) != "draft", is_theirs]


def _note(row: ExamVersion) -> VersionNote:
    return VersionNote(
        row.id,
        row.exam_id,
        row.number,
        row.question_count,
        row.duration_minutes,
        row.published_at is not None,
    )


def _called(exam_id: str, exam: Exam | None) -> Exam | None:
    """MySQL and MariaDB take letters of another case for the same."""
    return exam if exam is not None and exam.id == exam_id else None
