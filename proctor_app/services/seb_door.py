"""The door of exams that are sat in Safe Exam Browser alone: asked wherever somebody sits one.

What is asked is whether this log-in showed an entry, see ``Seb.enter``; so a log-in elsewhere is
outside, whoever's it is.
"""

from proctor_app.db.repositories.exams import Exams as ExamRows
from proctor_app.db.repositories.seb import SebEntries
from proctor_app.db.session import Transaction
from proctor_app.db.tables import Attempt, Exam
from proctor_app.domain.access import Actor
from proctor_app.errors import NotAllowed


class SebRequired(NotAllowed):
    """exam_id: of the exam, so that a page can lead to the way in."""

    code = "seb_required"
    detail = "This exam is sat in Safe Exam Browser. Open its configuration there."

    def __init__(self, exam_id: str) -> None:
        super().__init__()
        self.exam_id = exam_id


def is_asked(exam: Exam) -> bool:
    """Whether the exam is sat in Safe Exam Browser alone; the practice exam never is."""
    return bool(exam.seb) and not exam.is_practice


def require(session: Transaction, actor: Actor, user_id: str, exam: Exam | None) -> None:
    """Return where the actor may sit this exam with this log-in. Staff who steer somebody else's
    attempt sit nothing. Raises SebRequired."""
    if exam is None or not is_asked(exam) or actor.user_id != user_id:
        return
    if SebEntries(session).of_login(actor.session_id, exam.id) is None:
        raise SebRequired(exam.id)


def require_for(session: Transaction, actor: Actor, attempt: Attempt) -> None:
    """``require`` for an attempt; a free session asks for nothing. Raises SebRequired."""
    if attempt.exam_id is not None and actor.user_id == attempt.user_id:
        require(session, actor, attempt.user_id, ExamRows(session).by_id(attempt.exam_id))
