"""Exams as candidates find them: those they may sit or have sat, without what is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.roster import Roster
from proctor_app.db.repositories.versions import Versions as VersionRows
from proctor_app.db.session import Database, Transaction
from proctor_app.db.tables import Exam
from proctor_app.domain.access import Action, Actor
from proctor_app.domain.exam import ExamStatus
from proctor_app.services.access import allow
from proctor_app.services.cursors import Cursors
from proctor_app.services.exam_access import no_exam
from proctor_app.services.exam_lists import Pager, filtered
from proctor_app.services.exam_views import ExamQuery
from proctor_app.services.versions import Versions


@dataclass(frozen=True, slots=True)
class CandidateExam:
    """duration_minutes: with the candidate's extra time. attempts_allowed: 0 for any number."""

    id: str
    code: str
    title: str
    status: ExamStatus
    opens_at: datetime | None
    closes_at: datetime | None
    duration_minutes: int
    attempts_allowed: int
    question_ids: tuple[str, ...]
    is_practice: bool


@dataclass(frozen=True, slots=True)
class CandidatePage:
    """As ExamPage."""

    items: tuple[CandidateExam, ...]
    next: str
    previous: str
    total: int


class Catalogue:
    def __init__(self, database: Database, versions: Versions, cursors: Cursors) -> None:
        self._database = database
        self._versions = versions
        self._cursors = cursors

    def page(self, actor: Actor, query: ExamQuery) -> CandidatePage:
        """Raises NotAllowed; Invalid for an unknown sort, status or cursor."""
        allow(actor, Action.SIT, actor.user_id)
        wanted = replace(filtered(query), candidate_id=actor.user_id)
        with self._database.read() as session:
            found, page = Pager(session, self._cursors, query).page(wanted)
            items = self._seen(session, found, actor.user_id)
        return CandidatePage(items, page.next, page.previous, page.total)

    def one(self, actor: Actor, exam_id: str) -> CandidateExam:
        """Raises NotFound for what the actor may not sit and never sat."""
        allow(actor, Action.SIT, actor.user_id)
        with self._database.read() as session:
            rows = ExamRows(session)
            exam = rows.by_id(exam_id)
            if exam is None or not rows.is_sat_by(exam_id, actor.user_id):
                raise no_exam()
            return self._seen(session, [exam], actor.user_id)[0]

    def _seen(
        self, session: Transaction, exams: Sequence[Exam], user_id: str
    ) -> tuple[CandidateExam, ...]:
        """By as many queries however many they are, but for questions that were not read yet."""
        versions = [exam.version_id for exam in exams if exam.version_id is not None]
        minutes = VersionRows(session).minutes(versions)
        question_ids = self._versions.question_ids(versions, session)
        entries = Roster(session).entries_of(user_id)
        return tuple(
            _seen(exam, minutes, question_ids, entries[exam.id].extra_minutes)
            if exam.id in entries
            else _seen(exam, minutes, question_ids, 0)
            for exam in exams
        )


def _seen(
    exam: Exam,
    minutes: Mapping[str, int],
    question_ids: Mapping[str, tuple[str, ...]],
    extra_minutes: int,
) -> CandidateExam:
    assert exam.version_id is not None
    return CandidateExam(
        id=exam.id,
        code=exam.code,
        title=exam.title,
        status=ExamStatus(exam.status),
        opens_at=exam.opens_at,
        closes_at=exam.closes_at,
        duration_minutes=minutes[exam.version_id] + extra_minutes,
        attempts_allowed=exam.attempts_allowed,
        question_ids=question_ids[exam.version_id],
        is_practice=exam.is_practice,
    )
