"""The practice exam: one question of each kind, for everybody, as often as they like."""

import logging
import uuid

from proctor_app.clock import Clock
from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.versions import Versions as VersionRows
from proctor_app.db.session import AlreadyThere, Database, Transaction
from proctor_app.db.tables import Exam
from proctor_app.domain.exam import ExamContent, ExamStatus, ExamTerms, Results
from proctor_app.domain.question import Question, QuestionKind
from proctor_app.services import exam_rows
from proctor_app.services.audit import Audit

CODE = "PRACTICE"
_RETENTION_DAYS = 30
"""What the notice of the practice exam names; removing it is the institution's to do."""
log = logging.getLogger(__name__)

CONTENT = ExamContent(
    title="Practice exam",
    description=(
        "Try out how an exam works here. Nothing of this counts, and you can come back as often "
        "as you like. Your camera is checked and watched as in a real exam, so that you can see "
        "what that is like."
    ),
    duration_minutes=15,
    identity_check=False,
    questions=(
        Question(
            id="practice-single",
            kind=QuestionKind.SINGLE,
            text=(
                "Some questions have **one** right answer. Choose it; you can change your choice "
                "until you hand in.\n\nWhat saves your answers?"
            ),
            options=("The page, by itself", "I must press a button", "Nothing does"),
            correct=("The page, by itself",),
            explanation="Every change is saved within seconds. The page says when it was.",
        ),
        Question(
            id="practice-multiple",
            kind=QuestionKind.MULTIPLE,
            text=(
                "Some have **several** right answers. Tick all of them.\n\n"
                "What happens if your connection drops for a while?"
            ),
            options=(
                "I can go on answering",
                "My answers are kept on this device",
                "They are sent when the connection is back",
                "Everything is lost",
            ),
            correct=(
                "I can go on answering",
                "My answers are kept on this device",
                "They are sent when the connection is back",
            ),
            points=2.0,
            partial_credit=True,
            explanation="Leave the page open, and nothing is lost.",
        ),
        Question(
            id="practice-numeric",
            kind=QuestionKind.NUMERIC,
            text=(
                "Some ask for a number. Type it with a point or a comma.\n\n"
                "What is $\\frac{3}{4} + \\frac{1}{2}$?"
            ),
            number=1.25,
            tolerance=0.001,
            explanation="$\\frac{3}{4} + \\frac{2}{4} = \\frac{5}{4} = 1.25$",
        ),
        Question(
            id="practice-short",
            kind=QuestionKind.SHORT,
            text=(
                "Some ask for a word or two. Capital letters make no difference unless the "
                "question says so.\n\nWhich mark do you set to find a question again: a f..."
            ),
            correct=("flag", "a flag", "flagged"),
            explanation="Flag a question, and the list of questions shows it.",
        ),
        Question(
            id="practice-essay",
            kind=QuestionKind.ESSAY,
            text=(
                "Some ask for a longer text, which a person reads and marks.\n\n"
                "Write a sentence or two about what you would still like to know before your exam."
            ),
            explanation="In the practice exam nobody marks this.",
        ),
    ),
)
TERMS = ExamTerms(
    code=CODE,
    attempts_allowed=0,
    results=Results.WHEN_MARKED,
    retention_days=_RETENTION_DAYS,
)


class Practice:
    def __init__(self, database: Database, audit: Audit, clock: Clock) -> None:
        self._database = database
        self._audit = audit
        self._clock = clock

    def ensure(self) -> None:
        """Make the practice exam, or publish its present content where that has changed."""
        try:
            with self._database.write() as session:
                self._ensure(session)
        except AlreadyThere:  # another process made it in the same moment
            log.info("practice.made_elsewhere")

    def _ensure(self, session: Transaction) -> None:
        rows, now = ExamRows(session), self._clock()
        exam = rows.by_code(CODE)
        if exam is None:
            exam = exam_rows.new_exam(str(uuid.uuid4()), CONTENT.title, "", now)
            exam.is_practice = True
            # From the start: its essay, which nobody marks, holds nobody's results back.
            exam.results_at = now
            exam_rows.write_terms(exam, TERMS)
            rows.add(exam)
        if not exam.is_practice:
            log.warning("practice.code_taken exam_id=%s", exam.id)
            return
        exam_rows.keep_draft(session, exam, CONTENT, "", now)
        self._publish(session, exam)

    def _publish(self, session: Transaction, exam: Exam) -> None:
        newest = VersionRows(session).newest_of(exam.id)
        assert newest is not None
        if newest.published_at is not None:
            return
        newest.published_at = exam.updated_at = self._clock()
        exam.version_id, exam.title = newest.id, CONTENT.title
        exam.status = ExamStatus.PUBLISHED.value
        self._audit.note(
            session, None, "exam.published", "exam", exam.id, version_id=newest.id, practice=True
        )
