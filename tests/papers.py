"""Exams as the tests sit them, put into the database as they would be published."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from proctor_app.db import tables
from proctor_app.domain.exam import ExamContent, Level
from proctor_app.domain.question import Question, QuestionKind
from proctor_app.services.versions import to_json
from tests.world import Person, World

SINGLE = Question("q-single", QuestionKind.SINGLE, "Two and two?", ("3", "4", "5"), ("4",))
MULTIPLE = Question(
    "q-multiple",
    QuestionKind.MULTIPLE,
    "Which are even?",
    ("2", "3", "4"),
    ("2", "4"),
    points=2.0,
    partial_credit=True,
)
NUMERIC = Question(
    "q-numeric",
    QuestionKind.NUMERIC,
    "Pi?",
    number=3.14,
    tolerance=0.01,
    points=2.0,
    negative_points=0.5,
)
SHORT = Question("q-short", QuestionKind.SHORT, "Capital of Peru?", correct=("Lima",))
ESSAY = Question("q-essay", QuestionKind.ESSAY, "Why?", points=4.0, explanation="Because.")
CLOSED = (SINGLE, MULTIPLE, NUMERIC, SHORT)
CONTENT = ExamContent("Arithmetic", "Read well.", 60, (*CLOSED, ESSAY), identity_check=False)
RIGHT: dict[str, object] = {
    "q-single": "4",
    "q-multiple": ["4", "2"],
    "q-numeric": "3,14",
    "q-short": " lima ",
}


@dataclass(frozen=True, slots=True)
class SetExam:
    id: str
    code: str
    version_id: str


def set_exam(world: World, content: ExamContent = CONTENT, **terms: Any) -> SetExam:
    """A published exam; terms: columns of the exam that are to differ."""
    now = world.clock()
    exam_id, code = str(uuid.uuid4()), uuid.uuid4().hex[:8].upper()
    exam = SetExam(exam_id, str(terms.pop("code", code)), str(uuid.uuid4()))
    with world.database.write() as session:
        columns = {"status": "published", "title": content.title, **terms}
        session.add(
            tables.Exam(id=exam.id, code=exam.code, created_at=now, updated_at=now, **columns)
        )
        session.flush()
        session.add(
            tables.ExamVersion(
                id=exam.version_id,
                exam_id=exam.id,
                number=1,
                content=to_json(content),
                question_count=len(content.questions),
                duration_minutes=content.duration_minutes,
                saved_at=now,
                published_at=now,
            )
        )
        session.get_one(tables.Exam, exam.id).version_id = exam.version_id
    return exam


def publish(world: World, exam: SetExam, content: ExamContent) -> str:
    """A newer version of the exam; its id."""
    version_id = str(uuid.uuid4())
    with world.database.write() as session:
        session.add(
            tables.ExamVersion(
                id=version_id,
                exam_id=exam.id,
                number=2,
                content=to_json(content),
                question_count=len(content.questions),
                duration_minutes=content.duration_minutes,
                saved_at=world.clock(),
                published_at=world.clock(),
            )
        )
        session.get_one(tables.Exam, exam.id).version_id = version_id
    return version_id


def put_on_roster(world: World, exam: SetExam, who: Person, **columns: Any) -> None:
    with world.database.write() as session:
        session.add(
            tables.RosterEntry(
                exam_id=exam.id,
                user_id=who.id,
                email=who.email,
                added_at=world.clock(),
                **columns,
            )
        )


def assign(world: World, exam: SetExam, *proctors: Person) -> None:
    with world.database.write() as session:
        for proctor in proctors:
            session.add(tables.ExamProctor(exam_id=exam.id, user_id=proctor.id))


def change(world: World, exam: SetExam, **columns: Any) -> None:
    with world.database.write() as session:
        row = session.get_one(tables.Exam, exam.id)
        for name, value in columns.items():
            setattr(row, name, value)


def with_(content: ExamContent = CONTENT, **changes: Any) -> ExamContent:
    return replace(content, **changes)


def browser_only(content: ExamContent = CONTENT) -> ExamContent:
    return replace(content, level=Level.BROWSER)


async def begun(world: World, who: Person, exam: SetExam) -> str:
    """The id of an attempt that has just begun."""
    sitting = world.services.sitting
    attempt = await sitting.join(who.actor, exam.code)
    await sitting.accept(who.actor, attempt.id)
    return (await sitting.begin(who.actor, attempt.id)).id


def attempt_row(world: World, attempt_id: str) -> tables.Attempt:
    return next(row for row in world.rows(tables.Attempt) if row.id == attempt_id)


def at(world: World, **since_now: float) -> datetime:
    """A moment so far from now."""
    return world.clock() + timedelta(**since_now)
