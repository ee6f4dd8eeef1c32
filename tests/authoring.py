"""Exams to write tests with."""

from dataclasses import replace
from datetime import datetime

from proctor_app.db.repositories.attempts import Attempts
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.tables import Attempt
from proctor_app.domain.exam import Access, ExamContent, ExamTerms
from proctor_app.domain.question import Question, QuestionKind
from proctor_app.services.exam_views import ExamView
from tests.world import Person, World

QUESTIONS = (
    Question("one", QuestionKind.SINGLE, "Which?", ("a", "b"), ("b",), explanation="Because."),
    Question("many", QuestionKind.MULTIPLE, "Which ones?", ("a", "b", "c"), ("a", "c"), points=2.0),
    Question("number", QuestionKind.NUMERIC, "How much?", number=3.5, tolerance=0.1),
    Question("word", QuestionKind.SHORT, "Who?", correct=("Ada",)),
    Question("text", QuestionKind.ESSAY, "Why?", points=5.0),
)
CONTENT = ExamContent("Geography", "All about *rivers*.", 45, QUESTIONS)
DRAFT = replace(CONTENT, questions=())
ON_ROSTER = ExamTerms(access=Access.ROSTER)


def published(world: World, admin: Person, terms: ExamTerms = ExamTerms()) -> ExamView:  # noqa: B008
    return world.services.exams.create(admin.actor, CONTENT, terms, publish=True)


def attempt(
    world: World,
    exam: ExamView,
    candidate: Person,
    status: str = "running",
    ends_by: datetime | None = None,
) -> str:
    """An attempt as it stands in the database, without the way to it; its id."""
    is_open = status in ("created", "ready", "running", "paused", "interrupted")
    with world.database.write() as session:
        row = ExamRows(session).by_id(exam.id)
        assert row is not None
        made = Attempt(
            id=f"{exam.id[:8]}-{candidate.id[:20]}",
            user_id=candidate.id,
            open_for=candidate.id if is_open else None,
            status=status,
            created_at=world.clock(),
            started_at=world.clock(),
            ended_at=None if is_open else world.clock(),
            duration_minutes=exam.content.duration_minutes,
            exam_id=exam.id,
            version_id=row.version_id,
            ends_by=ends_by,
        )
        Attempts(session).add(made)
    return made.id


def attempt_row(world: World, attempt_id: str) -> Attempt:
    return next(row for row in world.rows(Attempt) if row.id == attempt_id)
